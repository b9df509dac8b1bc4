"""The completion scripts, and what they complete."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from upscli import registry

UPSCLI = str(Path(sys.executable).parent / "upscli")

if not Path(UPSCLI).exists():
    pytest.skip("needs the installed command", allow_module_level=True)


def completed(line: str) -> list[str]:
    """What the program offers for the last word of a line; words are kind,name."""
    more = {"_UPSCLI_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    done = subprocess.run([UPSCLI], env={**os.environ, **more}, capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    return [word.partition(",")[2] for word in done.stdout.split()]


def test_method_names_come_from_the_registry() -> None:
    assert completed("upscli enlarge -m ") == registry.names()
    assert completed("upscli enlarge --method bi") == [name for name in registry.names() if name.startswith("bi")]
    assert completed("upscli methods lanc") == ["lanczos"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("upscli enl", "enlarge"),
        ("upscli compl", "completion"),
        ("upscli completion f", "fish"),
        ("upscli enlarge --res", "--resume"),
        ("upscli enlarge --progress p", "plain"),
        ("upscli enlarge --edge wr", "wrap"),
    ],
)
def test_words_complete(line: str, offered: str) -> None:
    assert completed(line) == [offered]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_takes_its_script(shell: str) -> None:
    done = subprocess.run([UPSCLI, "completion", shell], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_UPSCLI_COMPLETE={shell}_complete" in done.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n", "/dev/stdin"], input=done.stdout, text=True, check=True, timeout=30)


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_with_the_script() -> None:
    line = (
        f'export PATH="{Path(UPSCLI).parent}:$PATH"; eval "$(upscli completion bash)";'
        'COMP_WORDS=(upscli enlarge -m near); COMP_CWORD=3; _upscli_completion upscli near -m; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30)
    assert done.stdout.split() == ["nearest"], done.stderr


def test_another_shell_is_refused() -> None:
    done = subprocess.run([UPSCLI, "completion", "tcsh"], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
