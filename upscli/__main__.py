"""The program's entry point: `upscli` and `python -m upscli`."""

import atexit
import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

_OBJECTS = 200_000
"""New ones until the young are looked through, more than imports make; Python's own number is 700."""

_AVX512 = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    prepare_environment()
    # What imports make stays. To look through all of it for cycles, again and again, costs a twentieth of a short run.
    gc.set_threshold(_OBJECTS)
    from upscli.cli import run

    leave(run(sys.argv[1:]))


def leave(code: int) -> NoReturn:
    """`sys.exit(code)`, but what was imported is not taken apart: that costs up to a twentieth of a short run."""
    from threading import active_count

    if active_count() > 1:  # a plug-in's, perhaps: Python knows which of them to wait for
        sys.exit(code)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or not there
            stream.flush()
    os._exit(code)


def prepare_environment() -> None:
    """Tell BLAS how to work here. Before NumPy is imported, and never over a setting of the user's."""
    # Tiles run on threads of their own; BLAS threads on top of them would fight for the same cores.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # NumPy would set it for the time of its import; a decoder that looks up its own settings meanwhile, on a thread,
    # would read memory that is gone.
    os.environ.setdefault("OPENBLAS_MAIN_FREE", "1")
    os.environ.setdefault("GOTOBLAS_MAIN_FREE", "1")  # its older name, which NumPy 1 sets
    # OpenBLAS takes its AVX2 products on AMD processors that have AVX-512; those for AVX-512 are up to twice as fast.
    if _is_amd_with_avx512("/proc/cpuinfo"):
        os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")


def _is_amd_with_avx512(cpuinfo: str) -> bool:
    """Read off the first processor; False where the system does not tell."""
    known: dict[str, list[str]] = {}
    try:
        with open(cpuinfo, encoding="ascii", errors="replace") as lines:  # noqa: PTH123 - pathlib would cost start-up
            for line in lines:
                if not line.strip():
                    break
                key, _, value = line.partition(":")
                known[key.strip()] = value.split()
    except OSError:
        return False
    return known.get("vendor_id") == ["AuthenticAMD"] and set(known.get("flags", ())) >= _AVX512


if __name__ == "__main__":
    main()
