"""The settings of a run: whether the results' formats have them, and which a result was made with."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from upscli import journal
from upscli.errors import InputError, OutputError
from upscli.jobs import Job
from upscli.pictures.formats import Format, with_quality
from upscli.request import COMPRESSED, Request


def check_encoding(request: Request, formats: set[Format]) -> None:
    """Raise OutputError for a setting that none of these formats has."""
    names = " and ".join(sorted(form.name for form in formats))
    if request.compress is not None and all(form.name not in COMPRESSED for form in formats):
        raise OutputError(f"--compress is for {' and '.join(COMPRESSED)}, and the result is {names}")
    if request.quality is not None and all(form.quality is None for form in formats):
        raise OutputError(f"{names} has no --quality; {with_quality()} have")
    if all(form.name != "gif" for form in formats):
        for word, given in (("--palette", request.palettes), ("--dither", request.dither)):
            if given is not None:
                raise OutputError(f"{word} is for gif, and the result is {names}")


def fingerprint(job: Job) -> str:
    """What the result depends on, in short. Raises InputError for a source that is gone."""
    settings: dict[str, Any] = {
        "recipe": job.recipe._asdict(),
        "files": [_facts(value) for value in job.recipe.options.values()],
        "format": job.format.name,
        "quality": job.quality,
        "compress": job.compress,
        "strip": job.strip,
        "copy": job.copy,
    }
    if job.pages:
        settings["pages"] = [page.recipe._asdict() for page in job.pages]
    if job.source.frame is not None:
        settings["frame"] = job.source.frame
    if job.format.name == "gif":
        settings |= {"palettes": job.palettes, "dither": job.dither}
    try:
        return journal.fingerprint(settings, job.source)
    except OSError as error:
        raise InputError(f"{job.source}: cannot be read ({error.strerror})") from None


def _facts(value: object) -> tuple[int, int] | None:
    """Of the file that an option may name, such as trained weights."""
    with suppress(OSError, ValueError):
        if isinstance(value, (str, Path)) and value:
            found = Path(value).stat()
            return found.st_size, found.st_mtime_ns
    return None
