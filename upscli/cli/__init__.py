"""The command line. Words only: each command turns them into a request, and outcomes back into words."""

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Any

import click

from upscli import __version__
from upscli.cli.terminal import say
from upscli.errors import ExitCode, UpscliError

COMMANDS = {
    "enlarge": ("upscli.cli.enlarge:enlarge", "Make pictures larger."),
    "compare": ("upscli.cli.compare:compare", "Methods side by side, scored and timed."),
    "pool": ("upscli.cli.pool:pool", "Max pooling, with the switches that undo it."),
    "convolve": ("upscli.cli.convolve:convolve", "Convolution with a kernel of your own."),
    "checkerboard": ("upscli.cli.checkerboard:checkerboard", "Find, measure and cure checkerboard artifacts."),
    "score": ("upscli.cli.score:score", "Measure how near two pictures are."),
    "evaluate": ("upscli.cli.evaluate:evaluate", "The table of the papers: methods scored on a folder of pictures."),
    "explain": ("upscli.cli.explain:explain", "Explain an operator, step by step, with your own numbers."),
    "train": ("upscli.cli.train:train", "Train a method on your own pictures."),
    "methods": ("upscli.cli.methods:methods", "List the methods, or tell all about one."),
    "formats": ("upscli.cli.formats:formats", "List the file formats, and what each can hold."),
    "completion": ("upscli.cli.completion:completion", "Print the completion script of a shell."),
}
"""name -> (where it is, one line): a command is imported when it is used."""


_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""What is wrong with a stdout that cannot be written; other files are named where they fail."""


class Terminated(BaseException):
    """SIGTERM, as an exception: everything on the way out is cleaned up."""


class ClosedPipe(BaseException):
    """Nobody reads stdout any more. Click would end the program with 1 at a BrokenPipeError."""


@contextmanager
def _pipe_kept() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise ClosedPipe from None


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As Click's, with the nearest name for one that does not exist."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            found = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean '{found[0]}'?" if found else f"it is one of {', '.join(COMMANDS)}"
            raise click.UsageError(f"no command '{args[0]}'; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def make_context(self, *words: Any, **more: Any) -> click.Context:
        """As Click's, with a closed pipe kept from it: --help prints here."""
        with _pipe_kept():
            return super().make_context(*words, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """As Click's, with a closed pipe kept from it."""
        with _pipe_kept():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Each command has examples: upscli enlarge --help",
)
@click.version_option(__version__, "-V", "--version", message="upscli %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def main(debug: bool) -> None:
    """Make pictures larger, well and fast.

    \b
    upscli enlarge photo.jpg                          photo_bicubic_x2.jpg
    upscli enlarge photo.jpg -m lanczos -s 3          three times the size
    upscli enlarge icon.png --size 256x -o big.png    256 pixels wide
    cat a.png | upscli enlarge - -o - > b.png         in a pipe
    upscli methods                                    all there is
    """


def run(words: list[str]) -> int:
    """Run one command line; the exit code. The only place that turns errors into words."""
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    if hasattr(signal, "SIGCHLD"):
        # A parent that ignores it passes that on, and then a child's number may be another's before we ask for it.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _hold_streams()
    try:
        code = main.main(words, prog_name="upscli", standalone_mode=False)
        return _flushed(int(code or 0))
    except click.exceptions.NoArgsIsHelpError as error:
        for line in error.format_message().splitlines():
            say(line)
        return ExitCode.REFUSED
    except click.ClickException as error:
        say(f"upscli: {_sentence(error)}")
        return ExitCode.REFUSED
    except UpscliError as error:
        say(f"upscli: {error}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("upscli: interrupted")
        return ExitCode.INTERRUPTED
    except Terminated:
        return ExitCode.TERMINATED
    except (ClosedPipe, BrokenPipeError):
        _forget(sys.stdout)
        return ExitCode.CLOSED_PIPE
    except MemoryError:
        say("upscli: not enough memory for what was asked for; make it smaller")
        return ExitCode.FAILED
    except OSError as error:
        if error.errno not in _UNWRITABLE or error.filename is not None:
            raise
        _forget(sys.stdout)
        say(f"upscli: stdout: cannot be written ({error.strerror})")
        return ExitCode.FAILED


def _hold_streams() -> None:
    """Descriptors that the caller closed lead to the null device, so that no file of ours takes their number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _flushed(code: int) -> int:
    """`code`, when all that was printed has left. Raises OSError, unless a failure has been told already."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        if not code or isinstance(error, BrokenPipeError):
            raise
        _forget(sys.stdout)
    return code


def _sentence(error: click.ClickException) -> str:
    """Click's message, its first letter small and its command's help named."""
    message = error.format_message().rstrip(".").replace("\n", " ")
    context = getattr(error, "ctx", None)
    where = f" ('{context.command_path} --help' has examples)" if context else ""
    return f"{message[:1].lower()}{message[1:]}{where}"


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


def _interrupt(number: int, frame: FrameType | None) -> None:
    """The first Ctrl-C cleans up on its way out; a second one leaves at once."""
    signal.signal(signal.SIGINT, _leave)
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        os.write(sys.stderr.fileno(), b"\x1b[?25h\n")  # a bar hides the cursor
    os._exit(ExitCode.INTERRUPTED)


def _forget(stream: Any) -> None:
    """Nobody reads it any more: what is still buffered must not fail once more at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
