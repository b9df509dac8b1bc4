"""Which peers this machine has. A program counts only if its version output names it."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from os import environ, get_exec_path
from pathlib import Path

import numpy as np
from timing import cores


@dataclass(frozen=True)
class Program:
    """How a program may be called, how it tells its version, and what it says if it is the one."""

    names: tuple[str, ...]
    ask: str
    pattern: str


PROGRAMS = {
    "vips": Program(("vips",), "--version", r"^vips[- ](\d\S*)"),
    "ImageMagick": Program(("magick", "convert-im6.q16", "convert"), "--version", r"^Version: ImageMagick (\S+)"),
    "GraphicsMagick": Program(("gm",), "version", r"^GraphicsMagick (\S+)"),
}
PACKAGES = {"Pillow": "PIL", "OpenCV": "cv2", "scikit-image": "skimage", "PyTorch": "torch"}


@dataclass(frozen=True)
class Peers:
    """Name -> version of what is here, name -> path of the programs, and the names of what is not."""

    versions: dict[str, str]
    paths: dict[str, str]
    left_out: tuple[str, ...]

    def __contains__(self, name: str) -> bool:
        return name in self.versions

    @property
    def words(self) -> str:
        """One line for the report."""
        here = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return here + (f"; left out, not installed: {', '.join(self.left_out)}" if self.left_out else "")


def installed() -> Peers:
    """Look for all of them."""
    versions, paths = {}, {}
    for name, package in PACKAGES.items():
        with suppress(ImportError):
            versions[name] = import_module(package).__version__
    for name, program in PROGRAMS.items():
        for path in _candidates(program):
            if version := version_of(path, program):
                versions[name], paths[name] = version, path
                break
    names = (*PACKAGES, *PROGRAMS)
    return Peers(versions, paths, tuple(name for name in names if name not in versions))


def version_of(path: str, program: Program) -> str | None:
    """The version if the file at `path` is that program."""
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run([path, program.ask], capture_output=True, text=True, errors="replace", timeout=20)
        found = re.search(program.pattern, done.stdout, re.MULTILINE)
        return found[1] if found else None
    return None


def _candidates(program: Program) -> list[str]:
    """Every file on the path that has one of the names, scripts last: a wrapper's start-up is not the program's."""
    folders = get_exec_path(environ)
    found = [path for name in program.names for folder in folders if (path := shutil.which(name, path=folder))]
    return sorted(dict.fromkeys(found), key=_is_script)


def _is_script(path: str) -> bool:
    with Path(path).open("rb") as stream:
        return stream.read(2) == b"#!"


def machine() -> Iterator[str]:
    """Lines that name the machine."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    yield f"{_cpu()}, {cores()} cores, {platform.system()} {platform.machine()}"
    core = environ.get("OPENBLAS_CORETYPE")
    kernels = f", OPENBLAS_CORETYPE={core}" if core else ""
    python = f"Python {'.'.join(map(str, sys.version_info[:3]))}"
    yield f"{python}, NumPy {np.__version__} ({blas['name']} {blas['version']}{kernels})"


def _cpu() -> str:
    with suppress(OSError):
        text = Path("/proc/cpuinfo").read_text()
        facts = dict(re.findall(r"^(model name|cpu family|model|flags)\s*: (.*)$", text, re.MULTILINE))
        wide = "AVX-512" if "avx512f" in facts.get("flags", "") else "no AVX-512"
        if "model name" in facts:
            return f"{facts['model name']} (family {facts.get('cpu family')}, model {facts.get('model')}, {wide})"
    return platform.processor() or platform.machine()
