"""Whose pictures a model learns from: what licences ask to be said, gathered from manifests beside the pictures."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from upscli.errors import InputError
from upscli.learned.modelfile import Credit
from upscli.pictures.header import Source

MANIFEST = "MANIFEST.tsv"
"""In the folder of a picture or one above: a table with tabs whose columns `file` and `licence` are read.

`file` counts from the manifest's own folder. A third column, `author` or `source_repo`, says whose it is.
"""
MOST_BYTES = 1 << 26
UNKNOWN = "licence not stated"

Rows = dict[str, tuple[str, str]]
"""File -> whose it is, and its licence."""


def credits_of(pictures: Iterable[Source], stated: Iterable[str] = ()) -> tuple[Credit, ...]:
    """One credit for each set, source and licence, the largest first; `stated` as `NAME: LICENCE`, of all pictures.

    Raises InputError for a manifest that is no table, and for a stated credit without a colon.
    """
    pictures = list(pictures)
    said = [_stated(word, len(pictures)) for word in stated]
    if said:
        return tuple(said)
    counts = Counter(_credit(one.path) for one in pictures)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Credit(name, licence, count) for (name, licence), count in ordered)


def joined(now: Iterable[Credit], earlier: Iterable[Credit]) -> tuple[Credit, ...]:
    """Also what a model that a training began from had learned from; of a set that both name, the larger count."""
    counts: dict[tuple[str, str], int] = {}
    for credit in (*now, *earlier):
        key = credit.name, credit.licence
        counts[key] = max(counts.get(key, 0), credit.pictures)
    return tuple(Credit(name, licence, count) for (name, licence), count in counts.items())


def _stated(word: str, count: int) -> Credit:
    name, colon, licence = word.partition(":")
    if not colon or not name.strip() or not licence.strip():
        raise InputError(f"credit '{word}' is not NAME: LICENCE, such as 'my own photographs: CC0'")
    return Credit(name.strip(), licence.strip(), count)


def _credit(picture: Path) -> tuple[str, str]:
    for folder in _above(picture):
        rows = _manifest(folder / MANIFEST)
        found = rows.get(picture.absolute().relative_to(folder).as_posix())
        if found:
            return f"{picture.parent.name} ({found[0]})" if found[0] else picture.parent.name, found[1]
    return picture.parent.name or "pictures", UNKNOWN


def _above(picture: Path) -> Iterator[Path]:
    yield from list(picture.absolute().parents)[:4]


@cache
def _manifest(path: Path) -> Rows:
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return {}
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no table that can be read ({error})") from None
    return {
        row["file"]: (row.get("author") or row.get("source_repo") or "", row["licence"])
        for row in rows
        if row.get("file") and row.get("licence")
    }
