"""The errors upscli raises, and the exit codes they become.

Every message is one sentence that says where, what value, and what to do.
Library code raises these and never prints or exits; `run` catches them per
picture, and `cli` is the only place that turns them into words on a terminal.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller."""

    OK = 0
    FAILED = 1
    """A picture is missing, unreadable or refused, or a result could not be written; all others are done."""
    REFUSED = 2
    """Found before the first pixel was touched: nothing has been done."""
    INTERRUPTED = 130
    CLOSED_PIPE = 141
    TERMINATED = 143


class UpscliError(Exception):
    """Base of all errors a user can cause. `exit_code` holds when it ends the whole command."""

    exit_code = ExitCode.REFUSED


class InputError(UpscliError):
    """An input that is missing, unreadable, broken or over a limit."""

    exit_code = ExitCode.FAILED


class OutputError(UpscliError):
    """An output that exists, collides, or has no place."""


class WriteError(OutputError):
    """An output that the system refused when it was written."""

    exit_code = ExitCode.FAILED


class MethodError(UpscliError):
    """An unknown method or option, a value out of range, a size a method cannot make."""


class ModelError(UpscliError):
    """A model or switches file that is damaged, hostile or of another kind."""
