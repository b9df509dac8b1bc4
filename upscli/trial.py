"""What will be compared, decided from words and headers: no pixel is opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from upscli import registry
from upscli.comparison import Region
from upscli.contenders import Contender, check_comparable
from upscli.errors import InputError, MethodError
from upscli.grids import Grid
from upscli.jobs import Job
from upscli.kernels.axis import Edge
from upscli.kernels.degrade import Degradation, Way, small
from upscli.options import as_values, make_options
from upscli.pictures import door
from upscli.pictures.formats import Layout
from upscli.pictures.header import Header, Limits, Source
from upscli.recipe import Recipe, check_pixel
from upscli.regions import check_inside
from upscli.size import Exact, Scale, Wide, decimal

AROUND = (160, 120)
"""Pixels of the result that a region shows, unless told otherwise."""
ROOM, ROOM_OF_ALL = 1_500_000, 12_000_000
"""Pixels of a picture, and of all pictures, that a page gets: 15 to 20 MB of PNG at most."""
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Wish:
    """What the user asked for."""

    source: Source
    contenders: tuple[Contender, ...]
    named: frozenset[str] = frozenset()
    """Methods that were named one by one: these are refused, not left out, where they cannot."""
    scale: Scale | None = None
    """None: twice the size, or up to the reference's."""
    reference: Source | None = None
    degradation: Degradation | None = None
    """How the picture is made small to be enlarged back; None: it is not."""
    crops: tuple[Region | None, ...] = (None,)
    """None: the most telling region."""
    around: Wide = AROUND
    """(width, height) of a region that is looked for."""
    spacious: bool = False
    """As much is held round the regions as fills a page."""
    edge: Edge = Edge.REPLICATE
    background: tuple[int, int, int] = WHITE
    """Red, green, blue, 0..255, that transparent pictures are laid on."""
    linear: bool = False
    """Resample light, not levels, where a method makes new ones."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Trial:
    """A picture, and what each contender will do with it."""

    source: Source
    size: Wide
    """Of what is enlarged."""
    target: Wide
    entrants: tuple[tuple[Contender, Recipe], ...]
    basis: str
    reference: Source | None = None
    degradation: Degradation | None = None
    factor: Fraction = Fraction(1)
    """Of the degradation."""
    crops: tuple[Region | None, ...] = (None,)
    around: Wide = AROUND
    room: int = 0
    """Pixels that each picture may hold round the regions."""
    background: tuple[int, int, int] = WHITE
    limits: Limits = field(default_factory=Limits)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Course:
    """From which size to which, and what the scores are against."""

    size: Wide
    target: Wide
    basis: str
    factor: Fraction = Fraction(1)
    notes: tuple[str, ...] = ()
    no_light: str = ""
    """Why the levels do not say how much light they mean, if they don't."""


def trial(wish: Wish) -> Trial:
    """Decide everything. Raises UpscliError."""
    header = door.header(wish.source, wish.limits)
    if wish.reference is not None:
        course = _to_reference(wish, header)
    elif wish.degradation is not None:
        course = _there_and_back(wish, header, wish.degradation)
    else:
        scale = wish.scale or Scale(Fraction(2), Fraction(2))
        size = header.width, header.height
        course = _Course(size, scale.of(size), "No scores: the picture was only enlarged.")
    wish.limits.check_result(*course.target)
    for region in wish.crops:
        if region is not None:
            check_inside(region, course.target)
    layout = header.layout.flat() if wish.degradation and wish.reference is None else header.layout
    entrants, notes = _entrants(wish, layout, replace(course, no_light=header.no_light))
    width, height = (min(pair) for pair in zip(wish.around, course.target, strict=True))
    return Trial(
        source=wish.source,
        size=course.size,
        target=course.target,
        entrants=entrants,
        basis=course.basis,
        reference=wish.reference,
        degradation=wish.degradation if wish.reference is None else None,
        factor=course.factor,
        crops=wish.crops,
        around=(width, height),
        room=min(ROOM, ROOM_OF_ALL // (len(entrants) + 1)) if wish.spacious else 0,
        background=wish.background,
        limits=wish.limits,
        notes=(*course.notes, *notes),
    )


def trial_of(job: Job, grid: Grid) -> Trial:
    """The job's method beside others, at its size, without scores. Raises MethodError for one that cannot do it."""
    recipe = job.recipe
    mine = Contender(recipe.method, _changed(recipe.method, recipe.options))
    others = tuple(one for one in grid.against if one.label != mine.label)
    named = grid.named | {mine.method}
    ground = recipe.background or WHITE
    wish = Wish(job.source, (mine, *others), named, edge=recipe.edge, background=ground, linear=recipe.linear)
    course = _Course(recipe.source, recipe.target, "")
    entrants, notes = _entrants(wish, job.header.layout, course)
    width, height = (min(pair) for pair in zip(AROUND, recipe.target, strict=True))
    return Trial(
        source=job.source,
        size=recipe.source,
        target=recipe.target,
        entrants=entrants,
        basis="",
        around=(width, height),
        background=ground,
        limits=job.limits,
        notes=notes,
    )


def _changed(method: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not as they always are."""
    usual = as_values(registry.get(method).options())
    return {key: value for key, value in options.items() if usual[key] != value}


def _to_reference(wish: Wish, header: Header) -> _Course:
    """Up to the reference's size."""
    assert wish.reference is not None  # noqa: S101 - for mypy
    other = door.header(wish.reference, wish.limits)
    size, target = (header.width, header.height), (other.width, other.height)
    said = f"the reference {wish.reference} is {target[0]} x {target[1]}"
    if wish.scale is not None and wish.scale.of(size) != target:
        wide, high = wish.scale.of(size)
        raise MethodError(f"{said}, but {wish.source} enlarged by {wish.scale.asked[6:]} is {wide} x {high}")
    if target not in (Exact(target[0], None).of(size), Exact(None, target[1]).of(size)):
        raise MethodError(f"{said}: not the shape of {wish.source}, which is {size[0]} x {size[1]}; crop one of them")
    if target[0] < size[0]:
        raise MethodError(f"{said}, smaller than {wish.source} with {size[0]} x {size[1]}; are the two exchanged?")
    if header.layout.flat() != other.layout.flat():
        kinds = f"{other.layout.flat()}, and {wish.source} is {header.layout.flat()}"
        raise MethodError(f"the reference {wish.reference} is {kinds}; save both in the same way")
    return _Course(size, target, f"Scores are against {wish.reference}.")


def _there_and_back(wish: Wish, header: Header, degradation: Degradation) -> _Course:
    """Made small, and enlarged back to the size it has; whole factors leave out what does not divide."""
    scale = wish.scale or Scale(Fraction(2), Fraction(2))
    if scale.x != scale.y:
        raise MethodError("a picture degrades itself by one factor, such as -s 2; give --reference, or --plain")
    if scale.x < 1:
        raise MethodError(f"scale {decimal(scale.x)} is below 1; upscli only enlarges")
    layout = header.layout
    if degradation.way is Way.JPEG and (layout.depth != "uint8" or layout.color not in ("gray", "rgb")):
        raise MethodError(
            f"{wish.source} is {layout}, which JPEG cannot hold; use --degrade bicubic, box or gaussian:1"
        )
    whole = header.width, header.height
    target = whole
    notes: tuple[str, ...] = ()
    if scale.x.denominator == 1:
        target = (whole[0] - whole[0] % int(scale.x), whole[1] - whole[1] % int(scale.x))
    if 0 in target:
        raise InputError(f"{wish.source}: {whole[0]} x {whole[1]} cannot be made {decimal(scale.x)} times smaller")
    if target != whole:
        notes = (f"sides are cropped to multiples of {scale.x}: {target[0]} x {target[1]}",)
    size = small(target[0], scale.x), small(target[1], scale.x)
    how = _WAYS[degradation.way].format(degradation.amount)
    basis = f"The picture was made {decimal(scale.x)} times smaller {how}, enlarged back, and scored against itself."
    return _Course(size, target, basis, scale.x, notes)


_WAYS = {
    Way.BICUBIC: "by antialiased bicubic",
    Way.BOX: "by the mean of each block",
    Way.GAUSSIAN: "after a Gaussian blur of sigma {:g}",
    Way.JPEG: "by antialiased bicubic, saved as JPEG of quality {:g}",
}


def _entrants(
    wish: Wish, layout: Layout, course: _Course
) -> tuple[tuple[tuple[Contender, Recipe], ...], tuple[str, ...]]:
    """Those that can do it, and what is to be said of them. Raises MethodError for one that was named and cannot."""
    found, notes = [], []
    out: dict[str, list[str]] = {}
    for one in wish.contenders:
        method = registry.get(one.method)
        check_comparable(method)
        options = make_options(method.name, method.options, one.options)
        try:
            method.check(course.size, course.target)
        except MethodError as error:
            if one.method in wish.named:
                raise
            out.setdefault(str(error).removeprefix(f"{one.method} "), []).append(one.method)
            continue
        notes += [f"{one.label}: {note}" for note in _said(method, course, options)]
        recipe = Recipe(method.name, as_values(options), wish.edge, layout, course.size, course.target)
        ground = wish.background if layout.alpha else None
        recipe = recipe._replace(background=ground, linear=wish.linear and not method.exact)
        check_pixel(recipe, course.no_light)
        found.append((one, recipe))
    if not found:
        raise MethodError("; ".join(f"{', '.join(names)}: {why}" for why, names in out.items()) or "no method is given")
    return tuple(found), (*notes, *(f"left out: {', '.join(names)} ({why})" for why, names in out.items()))


def _said(method: Any, course: _Course, options: Any) -> tuple[str, ...]:
    return method.notes(course.size, course.target, options) if method.notes else ()
