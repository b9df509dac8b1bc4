"""The program's entry point: `upscli` and `python -m upscli`."""

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    # Tiles run on threads of their own; BLAS threads on top of them would fight for the same cores.
    # Set here, before NumPy is imported, and never over a setting of the user's.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from upscli.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
