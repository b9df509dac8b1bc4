"""The topics, the numbers each takes, and the bounds that keep a lesson a lesson."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from upscli.errors import MethodError

if TYPE_CHECKING:
    from pathlib import Path

    from upscli.lessons.board import Lesson

MOST_INPUT = 32
"""Rows or columns of an input."""
MOST_KERNEL = 16
"""Rows or columns of a kernel."""
MOST_VALUE = 1e9
"""What a lesson's numbers may be, either sign."""
LARGEST = {"stride": 16, "padding": 32, "output-padding": 15, "dilation": 16, "window": 32, "factor": 16}
"""The largest of each number."""
LEAST = {"padding": 0, "output-padding": 0}
"""The least of each number; else 1."""


@dataclass(frozen=True)
class Topic:
    """One thing that can be explained."""

    name: str
    summary: str
    maker: str
    """`module:function`, called with the options as keywords."""
    defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Every option it takes, with what it is unless told; None: what the lesson makes of the others."""
    crop: tuple[int, int] = (4, 4)
    """Rows and columns of the piece of a picture that becomes the input."""


_TWO = "0 1; 2 3"
_EDGE = "0 1 0; 1 -4 1; 0 1 0"
_FIVE = "0 1 0 1 1; 0 0 1 1 0; 1 1 0 1 0; 0 1 0 0 1; 0 0 1 1 0"
_POOLED = "1 3 2 1; 4 6 5 2; 7 2 9 0; 1 0 3 8"
_STEPS = {"stride": 1, "padding": 0}

TOPICS = {
    topic.name: topic
    for topic in (
        Topic(
            "nearest",
            "each pixel becomes a block of copies",
            "upscli.lessons.placing:nearest",
            {"input": _TWO, "factor": 2},
        ),
        Topic(
            "bed-of-nails",
            "each pixel to the corner of a block of zeros",
            "upscli.lessons.placing:bed_of_nails",
            {"input": _TWO, "factor": 2},
        ),
        Topic(
            "bilinear",
            "degree 1 through the 4 nearest pixels",
            "upscli.lessons.interpolation:bilinear",
            {"input": _TWO, "factor": 2},
        ),
        Topic(
            "bicubic",
            "degree 3 through the 16 nearest pixels",
            "upscli.lessons.interpolation:bicubic",
            {"input": _TWO, "factor": 2},
        ),
        Topic(
            "max-pooling",
            "the maximum of each window, and where it was",
            "upscli.lessons.pooling:max_pooling",
            {"input": _POOLED, "window": 2, "stride": None, "padding": 0},
        ),
        Topic(
            "max-unpooling",
            "every maximum back to its remembered place",
            "upscli.lessons.pooling:max_unpooling",
            {"input": _POOLED, "window": 2, "stride": None, "padding": 0},
        ),
        Topic(
            "convolution",
            "many to one: a window of pixels makes each result",
            "upscli.lessons.convolution:lesson",
            {"input": _FIVE, "kernel": _EDGE, **_STEPS, "dilation": 1},
            (5, 5),
        ),
        Topic(
            "transposed-convolution",
            "one to many: scaled copies of the kernel add up",
            "upscli.lessons.transposed:lesson",
            {"input": _TWO, "kernel": _TWO, **_STEPS, "output-padding": 0, "dilation": 1},
            (3, 3),
        ),
        Topic(
            "matrix",
            "a convolution is a sparse matrix, its transpose goes back",
            "upscli.lessons.unrolled:lesson",
            {"input": "0 1 2; 3 4 5; 6 7 8", "kernel": _TWO, **_STEPS, "dilation": 1},
            (3, 3),
        ),
        Topic(
            "checkerboard",
            "where copies overlap unevenly, and four cures",
            "upscli.lessons.checkerboard:lesson",
            {"kernel": "1 1 1; 1 1 1; 1 1 1", "stride": 2},
        ),
        Topic("encoder-decoder", "contract a picture to 1/8, and seven ways back", "upscli.lessons.network:lesson"),
    )
}
"""In the order of a lecture."""

WHOLE_PICTURE = "encoder-decoder"
"""The topic that takes a picture as it is, and no numbers."""


def topic_of(name: str) -> Topic:
    """The topic of that name. Raises MethodError."""
    if name in TOPICS:
        return TOPICS[name]
    found = get_close_matches(name, TOPICS, n=1)
    hint = f"did you mean '{found[0]}'?" if found else f"it is one of {', '.join(TOPICS)}"
    raise MethodError(f"no topic '{name}'; {hint}")


def make(
    name: str, given: Mapping[str, Any], image: "Path | None" = None, at: tuple[int, int] | None = None
) -> "Lesson":
    """The lesson about a topic, with `given` options in place of its defaults.

    Matrices are words or names of files, as for `matrices.matrix`. `image` gives the input instead; `at` is the
    column and row of it where the input begins. Raises MethodError for options that the topic does not take and
    for numbers it cannot use, InputError for the picture.
    """
    topic = topic_of(name)
    _check_options(topic, given, image, at)
    module, _, attribute = topic.maker.partition(":")
    maker: Callable[..., Lesson] = getattr(import_module(module), attribute)
    if name == WHOLE_PICTURE:
        return maker(image)
    settings = {**topic.defaults, **given}
    for option, value in settings.items():
        if option in LARGEST and value is not None:
            check_bounds(option, value)
    matrices = {option: _matrix(settings[option], option) for option in ("input", "kernel") if option in settings}
    if image is not None:
        from upscli.lessons.crop import gray_crop

        matrices["input"] = gray_crop(image, topic.crop, at)
    if name == "convolution" and "kernel" not in given:
        matrices["kernel"] = _fitting(matrices["kernel"], matrices["input"])
    return maker(**{option.replace("-", "_"): value for option, value in (settings | matrices).items()})


def check_bounds(option: str, value: int) -> None:
    """Raise MethodError for a number that is too small, or too large for a lesson."""
    low, high = LEAST.get(option, 1), LARGEST[option]
    if not low <= value <= high:
        raise MethodError(f"--{option} is {value}; in a lesson it is {low} to {high}")


def _check_options(topic: Topic, given: Mapping[str, Any], image: Any, at: Any) -> None:
    known = [f"--{option}" for option in topic.defaults]
    known += ["--image"] if "input" in topic.defaults or topic.name == WHOLE_PICTURE else []
    known += ["--at"] if "input" in topic.defaults else []
    words = [f"--{option}" for option in given]
    words += [word for word, value in (("--image", image), ("--at", at)) if value is not None]
    for word in words:
        if word not in known:
            raise MethodError(f"{topic.name} has no {word}; it takes {', '.join(known)}")
    if image is not None and "input" in given:
        raise MethodError("give --input or --image, not both")
    if at is not None and image is None:
        raise MethodError("--at says where in the --image the input begins; give both")


def _matrix(word: str, option: str) -> Any:
    import numpy as np

    from upscli.matrices import matrix

    values = matrix(word, option)
    most = MOST_INPUT if option == "input" else MOST_KERNEL
    if max(values.shape) > most:
        high, wide = values.shape
        raise MethodError(f"the {option} is {high} x {wide}; in a lesson {most} x {most} is the most")
    if np.abs(values).max() > MOST_VALUE:
        raise MethodError(
            f"the {option} has {values.flat[np.abs(values).argmax()]:g}; in a lesson a billion is the most"
        )
    return values


def _fitting(kernel: Any, input_: Any) -> Any:
    """The default kernel, or a smaller one for an input that it does not fit in."""
    return _matrix(_TWO, "kernel") if min(input_.shape) < len(kernel) else kernel
