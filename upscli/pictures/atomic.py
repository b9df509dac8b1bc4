"""Files that appear whole or not at all, and never in place of another unless that was asked for."""

import contextlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from upscli.errors import OutputError, WriteError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

Announce = Callable[[os.stat_result], None]

_AT_ONCE = 1 << 20
"""Bytes that the disk is given together."""


@contextmanager
def new_file(path: Path, overwrite: bool, announce: Announce | None = None) -> Iterator[BinaryIO]:
    """A stream whose bytes become `path` when the block ends well; after an error nothing has changed.

    A kill at any moment leaves the old file or the new one. `announce` is called with the facts of the complete
    file just before it gets its name. Raises OutputError if `path` exists and
    `overwrite` is false, also when it appeared meanwhile, and WriteError for whatever the disk refuses.
    """
    try:
        if is_device(path):
            with path.open("wb") as stream:
                yield stream
            return
        target = Path(os.path.realpath(path)) if overwrite else path
        target.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(target.parent) as (stream, part):
            yield stream
            _finish(stream, target)
            if announce:
                announce(os.fstat(stream.fileno()))
            if part is None:
                _name(stream.fileno(), target, overwrite)
            else:
                _rename(part, target, overwrite)
    except FileExistsError:
        raise OutputError(exists(path)) from None
    except OSError as error:
        raise WriteError(f"{path}: cannot be written ({error.strerror or error})") from error


def exists(path: Path) -> str:
    """The sentence for an output that is there already."""
    return f"{path} exists; use --overwrite to replace it, or -o for another name"


def sweep(folder: Path) -> None:
    """Remove the temporary files of runs that were killed; those of runs under way are locked."""
    for part in folder.glob(".upscli-*.part"):
        with contextlib.suppress(OSError), part.open("rb") as stream:
            if _locked(stream.fileno()):
                part.unlink(missing_ok=True)


def _locked(descriptor: int) -> bool:
    """Lock it until it is closed; False if another process has done so, or the system has no locks."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_device(path: Path) -> bool:
    """Pipes and /dev/null hold nothing that could be lost."""
    with contextlib.suppress(OSError):
        mode = path.stat().st_mode
        return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)
    return False


@contextmanager
def _temporary(folder: Path) -> Iterator[tuple[BinaryIO, Path | None]]:
    """A new file of the usual permissions: one without a name where the system has them, else a short-named one."""
    nameless = _open_nameless(folder)
    if nameless is not None:
        with _stream(nameless) as stream:
            _locked(nameless)
            yield stream, None
        return
    part = _part(folder)
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with _stream(descriptor) as stream:
            _locked(descriptor)
            yield stream, part
    finally:
        part.unlink(missing_ok=True)


def _stream(descriptor: int) -> BinaryIO:
    """To write and to read, from the first byte."""
    return io.BufferedRandom(_Flowing(descriptor, "r+"))


class _Flowing(io.FileIO):
    """The disk begins with what is written, where the system can be asked to: fsync then waits for the rest alone."""

    _begun = 0

    def write(self, data: Any, /) -> int:
        """As any file."""
        count = super().write(data)
        end = self.tell()
        if end - self._begun >= _AT_ONCE and hasattr(os, "posix_fadvise"):
            # Linux begins to write pages before it forgets them, and those it is writing it keeps.
            with contextlib.suppress(OSError):  # it was advice; what the disk refuses, fsync says
                os.posix_fadvise(self.fileno(), self._begun, end - self._begun, os.POSIX_FADV_DONTNEED)
            self._begun = end
        return count


def _open_nameless(folder: Path) -> int | None:
    """A file that vanishes with its process; None where the system or the disk has none."""
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").exists():
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o666)
    except (NotADirectoryError, PermissionError, FileNotFoundError):
        raise
    except OSError:
        return None


def _part(folder: Path) -> Path:
    """Short, whatever the length of the name to come."""
    return folder / f".upscli-{os.urandom(6).hex()}.part"


def _finish(stream: BinaryIO, target: Path) -> None:
    stream.flush()
    with contextlib.suppress(FileNotFoundError, NotImplementedError, AttributeError):
        os.fchmod(stream.fileno(), stat.S_IMODE(target.stat().st_mode))
    os.fsync(stream.fileno())


def _name(descriptor: int, target: Path, overwrite: bool) -> None:
    """Give a nameless file its name. A link never replaces a file, so an overwrite links aside and renames."""
    folder = os.open(target.parent, getattr(os, "O_PATH", os.O_RDONLY))  # a folder may be closed to readers
    try:
        name = _part(Path()).name if overwrite and target.exists() else target.name
        os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
        if name != target.name:
            try:
                os.rename(name, target.name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                os.unlink(name, dir_fd=folder)
                raise
    finally:
        os.close(folder)


def _rename(part: Path, target: Path, overwrite: bool) -> None:
    if overwrite:
        part.replace(target)
        return
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        if target.exists():
            raise FileExistsError from None
        part.rename(target)
