"""Fitting filters to a folder: sums over its pictures one by one, the filters, their score, the file.

Memory does not depend on the number of pictures. What has been summed up is kept in a checkpoint beside the output.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from upscli.errors import InputError, ModelError
from upscli.learned import kinds
from upscli.learned.anchors import made_hash, samples
from upscli.learned.filters import USUAL, Sizes, arrays_of
from upscli.learned.fit import Normals
from upscli.learned.hashing import Floats, Hash
from upscli.learned.luma import LumaModel
from upscli.learned.modelfile import Header, Model, save
from upscli.npz import read_npz, write_npz
from upscli.pictures.atomic import new_file
from upscli.pictures.header import Source
from upscli.training_pairs import Making, floats, held_out, key_of, pair_of, psnr
from upscli.training_task import Task

HASH = ("basis", "coarse", "fine")
SAVE_EVERY = 30.0
"""Seconds between checkpoints."""
SAMPLES = 400_000
"""Windows, of all pictures together, that the anchors are made from."""
MOST_BYTES = 1 << 30
"""Of a checkpoint."""


def sizes_of(kind: str, scale: int, window: int | None) -> Sizes:
    """The sizes of a kind, with its usual window if none is given. Raises MethodError."""
    made = Sizes(kind, scale, USUAL[kind] if window is None else window)
    made.check()
    return made


@dataclass(frozen=True)
class Order:
    """What is to be fitted."""

    task: Task
    sizes: Sizes

    @property
    def making(self) -> Making:
        """How pictures become pairs."""
        return Making(self.sizes.scale, self.task.degradation, least=self.sizes.window)

    def key(self, pictures: Sequence[Source]) -> str:
        """What a checkpoint must have been made from: settings and files."""
        return key_of([vars(self.sizes), str(self.task.degradation), self.task.seed], pictures)


@dataclass(frozen=True)
class Watch:
    """Who is told what is going on."""

    progress: Callable[[int, int], None]
    """(pictures worked on, in all)"""
    note: Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """What came of it."""

    psnr: float
    """Of luma on the held-out pictures, dB: the mean of all."""
    bicubic: float
    pictures: int
    held_out: int
    bytes: int
    model: Model


def train(order: Order, watch: Watch) -> Trained:
    """Do it. What was stopped goes on from its checkpoint. Raises InputError, OutputError, ModelError, MethodError."""
    pictures, validation = held_out(order.task.pictures, order.task.validation)
    if not pictures or not validation:
        raise InputError(f"{len(pictures)} pictures to learn from and {len(validation)} to score on; give more")
    state = _State.begun(order, pictures, watch)
    with ThreadPoolExecutor(order.task.threads) as pool:
        passes = 1 if order.sizes.kind == "linear" else 2
        total = passes * len(pictures) + len(validation)
        if passes == 2 and state.hash is None:
            state.hash = _hash(order, pictures, pool, lambda done: watch.progress(done, total))
        begun = (passes - 1) * len(pictures)
        refused = _sum_up(order, pictures, state, pool, lambda done: watch.progress(begun + done, total))
        for sentence in refused:
            watch.note(sentence)
        if not state.normals.gram.any():
            raise InputError("no picture could be learned from; give larger ones, with something on them")
        arrays = arrays_of(order.sizes, state.normals, state.hash)
        made = kinds.ready(Model(_header(order), arrays), order.task.output)
        begun = total - len(validation)
        scores, unscored = _scores(order, validation, made, pool, lambda done: watch.progress(begun + done, total))
    for sentence in unscored:
        watch.note(sentence)
    base, gained = (float(np.mean(column)) for column in zip(*scores, strict=True))
    of = f"of {len(scores)} held-out pictures"
    said = {f"PSNR of luma {of}": round(gained, 3), f"bicubic's PSNR {of}": round(base, 3)}
    model = Model(_header(order, said), arrays)
    with new_file(order.task.output, order.task.overwrite) as stream:
        save(stream, model)
        size = stream.tell()
    with suppress(OSError):
        order.task.checkpoint.unlink()
    return Trained(gained, base, len(pictures) - len(refused), len(scores), size, model)


@dataclass(eq=False)
class _State:
    """How far it has come."""

    key: str
    normals: Normals
    done: int = 0
    hash: Hash | None = None

    @classmethod
    def begun(cls, order: Order, pictures: Sequence[Source], watch: Watch) -> "_State":
        """From the checkpoint if there is one of the same work, else from nothing. Raises ModelError as `read` does."""
        key = order.key(pictures)
        fresh = cls(key, Normals.zero(*order.sizes.equations))
        if not order.task.checkpoint.exists():
            return fresh
        found = cls.read(order, key)
        if found is None:
            watch.note(f"{order.task.checkpoint} is of other settings or pictures; begun anew")
            return fresh
        watch.note(f"going on after {found.done:,} pictures, which {order.task.checkpoint} holds")
        return found

    @classmethod
    def read(cls, order: Order, key: str) -> "_State | None":
        """None if it is of other settings or pictures. Raises ModelError for a file that is no checkpoint of filters.

        That may be a network's, which has the same name and took hours: it is not to be written over.
        """
        path = order.task.checkpoint
        try:
            held = read_npz(path, MOST_BYTES)
            normals = Normals(held["gram"].copy(), held["cross"].copy())
            fits = (*normals.gram.shape[:2], normals.cross.shape[2]) == order.sizes.equations
            hash_ = Hash(*(held[name].astype(np.float32) for name in HASH)) if "basis" in held else None
            found = cls(str(held["key"]), normals, int(held["done"]), hash_)
        except (KeyError, IndexError, TypeError, ValueError, ModelError):
            raise ModelError(
                f"{path} is damaged or the checkpoint of another training; remove it, or name another output"
            ) from None
        return found if found.key == key and fits else None

    def save(self, path: Path) -> None:
        """Raises OutputError."""
        held: dict[str, Any] = {"key": np.array(self.key), "done": np.array(self.done)}
        if self.hash:
            held |= self.hash.arrays()
        with new_file(path, overwrite=True) as stream:
            write_npz(stream, held | {"gram": self.normals.gram, "cross": self.normals.cross})


Tell = Callable[[int], None]
Work = TypeVar("Work")
Result = TypeVar("Result")


def _hash(order: Order, pictures: Sequence[Source], pool: ThreadPoolExecutor, tell: Tell) -> Hash:
    """The anchors, from windows of all pictures."""
    each = max(1, SAMPLES // len(pictures))

    def some(numbered: tuple[int, Source]) -> Floats | None:
        with suppress(InputError):
            small, _ = floats(pair_of(numbered[1], order.making))
            return samples(small, order.sizes.side, each, np.random.default_rng((order.task.seed, numbered[0])))
        return None

    found = []
    for done, levels in enumerate(_in_turn(pool, some, list(enumerate(pictures)), order.task.threads), 1):
        if levels is not None:
            found.append(levels)
        tell(done)
    if not found:
        raise InputError("no picture could be learned from; give larger ones")
    rng = np.random.default_rng(order.task.seed)
    return made_hash(np.concatenate(found), order.sizes.components, order.sizes.coarse, order.sizes.fine, rng)


def _in_turn(
    pool: ThreadPoolExecutor, do: Callable[[Work], Result], work: Sequence[Work], threads: int
) -> Iterator[Result]:
    """Results in the order of the work, a few at a time: memory holds no more."""
    for first in range(0, len(work), threads):
        yield from pool.map(do, work[first : first + threads])


def _sum_up(
    order: Order, pictures: Sequence[Source], state: _State, pool: ThreadPoolExecutor, tell: Tell
) -> tuple[str, ...]:
    """Add the pictures that are not in yet; a sentence for each that gave nothing."""

    def one(source: Source) -> Normals | str:
        try:
            small, large = floats(pair_of(source, order.making))
        except InputError as error:
            return str(error)
        return order.sizes.normals(small, large, state.hash)

    refused = []
    saved = monotonic()
    state.save(order.task.checkpoint)
    for found in _in_turn(pool, one, pictures[state.done :], order.task.threads):
        if isinstance(found, str):
            refused.append(found)
        else:
            state.normals.add(found)
        state.done += 1
        tell(state.done)
        if monotonic() - saved > SAVE_EVERY:
            state.save(order.task.checkpoint)
            saved = monotonic()
    return tuple(refused)


def _scores(
    order: Order, pictures: Sequence[Source], model: LumaModel, pool: ThreadPoolExecutor, tell: Tell
) -> tuple[list[tuple[float, float]], list[str]]:
    """PSNR of bicubic and of the model; a sentence for each picture that gave none. Raises InputError if all did."""
    making = Making(order.sizes.scale, order.task.degradation, least=8)

    def one(source: Source) -> tuple[float, float] | str:
        try:
            pair = pair_of(source, making)
        except InputError as error:
            return str(error)
        return psnr(pair, making.scale, None), psnr(pair, making.scale, model)

    scores: list[tuple[float, float]] = []
    refused: list[str] = []
    for done, found in enumerate(pool.map(one, pictures), 1):
        if isinstance(found, str):
            refused.append(found)
        else:
            scores.append(found)
        tell(done)
    if not scores:
        raise InputError(f"no held-out picture could be scored on; {refused[0]}")
    return scores, refused


def _header(order: Order, scores: Mapping[str, float] = MappingProxyType({})) -> Header:
    return Header(
        kind=order.sizes.kind,
        scale=order.sizes.scale,
        window=order.sizes.window,
        settings=order.sizes.settings,
        training=order.task.credits,
        licence=order.task.licence,
        command=order.task.command,
        scores=dict(scores),
        tried=order.task.tried,
    )
