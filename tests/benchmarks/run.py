"""The benchmark: upscli beside its peers, and beside what the machine could do.

    python tests/benchmarks/run.py [--data FOLDER] [--only ROWS] [--heavy] [--markdown FILE]

Prints Markdown on stdout and progress on stderr. It never fails for being slow.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def main() -> None:
    """Read the words, make the process as upscli's own is, and only then import NumPy."""
    told = words()
    environment = dict(os.environ)  # what the peers are started with
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # programs that are installed have their bytecode, upscli too
    prepare()
    from suite import report

    text = report(told, environment)
    print(text)
    if told.markdown:
        told.markdown.write_text(text + "\n")


def prepare() -> None:
    """Set what upscli's entry point sets before NumPy is imported: floors are measured in this process."""
    from upscli import __main__ as entry

    if hasattr(entry, "prepare_environment"):
        entry.prepare_environment()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def words() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="photographs: FOLDER/train/Photo_tiles/*.png, else FOLDER/*.png; default: $UPSCLI_DATA, else a sample",
    )
    parser.add_argument("--only", metavar="ROWS", help="such as bicubic,png or 'bicubic*,memory'; 'x' lists them all")
    parser.add_argument("--repeats", type=positive, metavar="N", help="rounds; default: 7 for arrays, 5 for programs")
    parser.add_argument("--threads", type=positive, default=2, metavar="N", help="for the row of threads; default: 2")
    parser.add_argument("--heavy", action="store_true", help="with the peak memory of 12000x12000 pixels")
    parser.add_argument("--quick", action="store_true", help="tiny pictures, one round: does it run at all?")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the report there too")
    return parser.parse_args()


def positive(word: str) -> int:
    """A whole number from 1 on."""
    number = int(word)
    if number < 1:
        raise ValueError(word)
    return number


if __name__ == "__main__":
    main()
