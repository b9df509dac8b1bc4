import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from upscli.__main__ import _is_amd_with_avx512

AVX512 = "fpu avx2 avx512f avx512dq avx512cd avx512bw avx512vl"


def cpuinfo(vendor: str, flags: str) -> str:
    first = f"processor\t: 0\nvendor_id\t: {vendor}\nmodel name\t: a: b\nflags\t\t: {flags}\n\n"
    return first + first.replace("processor\t: 0", "processor\t: 1")


@pytest.mark.parametrize(
    ("text", "qualifies"),
    [
        (cpuinfo("AuthenticAMD", AVX512), True),
        (cpuinfo("AuthenticAMD", "fpu avx2"), False),
        (cpuinfo("AuthenticAMD", AVX512.replace(" avx512vl", "")), False),
        (cpuinfo("GenuineIntel", AVX512), False),
        ("processor : 0\nBogoMIPS : 50.00\nFeatures : fp asimd\n", False),
        ("", False),
    ],
)
def test_only_amd_processors_with_all_of_avx512_qualify(tmp_path: Path, text: str, qualifies: bool) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    assert _is_amd_with_avx512(str(path)) is qualifies


def test_a_system_without_cpuinfo_does_not_qualify(tmp_path: Path) -> None:
    assert not _is_amd_with_avx512(str(tmp_path / "none"))


SHOW = "import os, {module}; print([os.environ.get(f'OPENBLAS_{{key}}') for key in ('NUM_THREADS', 'CORETYPE')])"


def shown(code: str, **environment: str) -> str:
    bare = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=bare | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_importing_the_package_sets_nothing() -> None:
    assert shown(SHOW.format(module="upscli.__main__, upscli.api")) == "[None, None]"


def test_the_users_own_settings_stay() -> None:
    code = "import upscli.__main__ as m; m.prepare_environment(); " + SHOW.format(module="sys")
    assert shown(code, OPENBLAS_NUM_THREADS="3", OPENBLAS_CORETYPE="Haswell") == "['3', 'Haswell']"
    assert shown(code).startswith("['1', ")


LEAVE = """
import atexit, threading, time
from upscli.__main__ import leave
atexit.register(print, "registered")
{before}
print("printed", end=" ")
leave(3)
"""


def left(before: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", LEAVE.format(before=before)], capture_output=True, text=True)


def test_leaving_prints_what_is_buffered_and_calls_what_is_registered() -> None:
    done = left()
    assert (done.returncode, done.stdout, done.stderr) == (3, "printed registered\n", "")


def test_leaving_waits_for_threads() -> None:
    done = left('threading.Thread(target=lambda: time.sleep(0.5) or print("waited", end=" ")).start()')
    assert (done.returncode, done.stdout) == (3, "printed waited registered\n")


def test_leaving_minds_no_stream_that_is_closed() -> None:
    done = left("import sys; sys.stderr.close()")
    assert (done.returncode, done.stdout) == (3, "printed registered\n")


WATCHED = """
import atexit, sys
from upscli.__main__ import main
changed = []
def hear(event, words):
    if event in ("os.putenv", "os.unsetenv") and "upscli.pictures.ahead" in sys.modules:
        changed.append(words)
sys.addaudithook(hear)
atexit.register(lambda: print(changed))
sys.argv[1:] = ["enlarge", {source!r}, "-o", {target!r}, "--no-color", "-q"]
main()
"""


def test_nothing_changes_the_environment_while_a_thread_decodes(tmp_path: Path) -> None:
    """The decoder asks for its settings there, and in C that must not coincide: it would crash, once in a thousand."""
    source, target = tmp_path / "a.jpg", tmp_path / "b.jpg"
    Image.new("RGB", (8, 8)).save(source)
    assert shown(WATCHED.format(source=str(source), target=str(target))).splitlines()[-1] == "[]"
    assert target.exists()
