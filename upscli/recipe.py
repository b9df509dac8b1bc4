"""A recipe: all that decides the pixels of a result beside the source's, and what no picture can become by it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from upscli import registry, tiles
from upscli.errors import InputError, MethodError, OutputError
from upscli.kernels.axis import Edge
from upscli.method import Method
from upscli.options import make_options
from upscli.pictures.formats import DEPTHS, Layout
from upscli.steps import Step, steps_of


class Recipe(NamedTuple):
    """What becomes of a source, and how."""

    method: str
    options: Mapping[str, Any]
    edge: Edge
    layout: Layout
    """Of the source."""
    source: tuple[int, int]
    """(width, height)"""
    target: tuple[int, int]
    """(width, height)"""
    background: tuple[int, int, int] | None = None
    """Red, green, blue, 0..255, to lay a picture with alpha on; the result then has none."""
    tile: tuple[int, int] | None = None
    """Result rows and columns of a tile; None: what suits the method."""
    depth: str | None = None
    """Of the result; None: the source's."""
    linear: bool = False
    """Resample light, not levels."""

    @property
    def layout_out(self) -> Layout:
        """Of the result."""
        layout = self.layout.flat() if self.background else self.layout
        return layout._replace(depth=self.depth or layout.depth)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The way from the source to the result."""
        method, options = self._method()
        return steps_of(method, options, self.source, self.target)

    @property
    def cut(self) -> tuple[int, int]:
        """Rows and columns of a tile of this result."""
        return self.cut_for(*self._method())

    @property
    def tiles(self) -> int:
        """How many tiles of the result there are."""
        high, wide = self.cut
        return -(-self.target[1] // high) * -(-self.target[0] // wide)

    @property
    def looks_far(self) -> bool:
        """Whether its method looks at so many pixels that it has large tiles, and holds much for each."""
        method, options = self._method()
        return tiles.far(method.reach_with(options))

    def cut_for(self, method: Method, options: Any) -> tuple[int, int]:
        """The same for a step by this method."""
        reach, factor = method.reach_with(options), self.target[0] / self.source[0]
        tile = self.tile or tiles.fitting(reach, self.source[::-1], factor)
        return tiles.lowered(tile, self.target[0] * self.layout_out.channels * self.layout_out.sample)

    def _method(self) -> tuple[Method, Any]:
        method = registry.get(self.method)
        return method, make_options(method.name, method.options, self.options)

    @property
    def bytes_out(self) -> int:
        """Of the result, as it is."""
        return self.target[0] * self.target[1] * self.layout_out.channels * self.layout_out.sample


def check_trained(method: Method, layout: Layout) -> None:
    """Raise MethodError for pictures that a trained method does not know."""
    if method.trained and layout.color == "cmyk":
        raise MethodError(f"{method.name} was trained on gray and RGB pictures, and this one is cmyk; convert it first")


def check_pixel(recipe: Recipe, no_light: str = "") -> None:
    """Raise UpscliError for what a pixel cannot become: a gray one colored, a class number of another depth, light.

    `no_light`: why the levels do not say how much light they mean, if they don't.
    """
    layout, ground = recipe.layout, recipe.background
    if ground is not None and layout.color == "gray" and len(set(ground)) > 1:
        raise OutputError("a gray picture; its --background must be a gray, such as white")
    if recipe.depth is not None and layout.color == "labels":
        raise MethodError("class numbers are kept as they are; leave out --depth")
    method = registry.get(recipe.method)
    check_trained(method, layout)
    if not recipe.linear:
        return
    if method.trained:
        raise MethodError(f"{recipe.method} was trained on levels, and light would mislead it; leave out --linear")
    if method.exact:
        raise MethodError(f"{recipe.method} only moves samples, so --linear would change nothing; leave it out")
    if layout.color == "cmyk":
        raise MethodError("--linear is for light, and cmyk counts ink; leave it out")
    if layout.depth == "float32":
        raise MethodError("the levels of float pictures are taken for light as they are; leave out --linear")
    if no_light:
        raise InputError(no_light)


def reduction(recipe: Recipe) -> tuple[str, ...]:
    """What a smaller depth costs, in words."""
    before, after = recipe.layout, recipe.layout_out
    if DEPTHS.index(after.depth) >= DEPTHS.index(before.depth):
        return ()
    return (f"{before} became {after}, as --depth says",)
