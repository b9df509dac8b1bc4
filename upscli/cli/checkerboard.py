"""`upscli checkerboard`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from upscli.cli import options
from upscli.cli.layer import PAIR
from upscli.cli.terminal import check_open, say, show

if TYPE_CHECKING:
    from upscli.checkerboards import Finding, Remedy


@click.command(short_help="Find, measure and cure checkerboard artifacts.")
@click.argument("target", metavar="[KERNEL|IMG]", required=False)
@click.option("--method", metavar="NAME", help="Measure this method instead; 'upscli methods' lists them.")
@click.option("-O", "pairs", multiple=True, metavar="KEY=VALUE", help="An option of that method.")
@click.option("--stride", type=PAIR, default=(2, 2), metavar="N", help="2, or 3x2 (horizontal x vertical). [2]")
@click.option("--image", metavar="FILE", help="Measure on this picture; default: a small scene drawn by upscli.")
@click.option("--fix", type=click.Choice(["phase", "icnr", "box", "resize"]), help="Cure the kernel this way.")
@click.option(
    "-o", "--output", "outputs", multiple=True, metavar="FILE", help="Heat map (.png ...), cured kernel (.npz ...)."
)
@click.option("--overwrite", is_flag=True, help="Replace outputs that exist.")
@options.limits_with("50 million")
@options.json_option("All numbers as a JSON object")
def checkerboard(target: str | None, **words: Any) -> None:
    """Checkerboards: predicted from a kernel, measured on results, cured.

    \b
    upscli checkerboard "1 1 1; 1 1 1; 1 1 1"             gains 4 2 2 1, score 1.3333
    upscli checkerboard kernel.npz --stride 2 -o map.png  and a heat map
    upscli checkerboard kernel.npz --fix phase -o clean.npz -o map.png
    upscli checkerboard --method transposed-conv -O kernel=kernel.npz
    upscli checkerboard enlarged.png --stride 2           is there one in a picture?

    A transposed convolution lays copies of the kernel, --stride apart. Where
    they overlap unevenly each phase of the result has a gain of its own: a
    picture of one color becomes a pattern. The score is (max - min) / |mean| of
    the gains; 0 is clean. The spectral measure is what of the fine structure
    repeats every --stride pixels.

    \b
    KERNEL is bilinear, box, edge, sharpen, blur, emboss, sobel-x, sobel-y,
    a file (.npz, .txt, .csv, .json), or rows of numbers.

    \b
    --fix phase     divide each phase by its gain
    --fix icnr      every phase gets the mean of the phases
    --fix box       nearest, then convolution, as one kernel
    --fix resize    bilinear, then convolution, as one kernel
    """
    from upscli.cli.checkerboard_screen import draw, lines_of

    check_open()
    found = _found(target, words)
    remedy = _remedy(found, words["fix"])
    paths = _outputs(words, target)
    _write(paths, found, remedy, words["overwrite"])
    if words["json_"]:
        show(json.dumps(object_of(found, remedy)))
        return
    if not draw(found, remedy):
        for line in lines_of(found, remedy):
            show(line)
    for path in paths:
        say(f"{path}  {'heat map' if _is_picture(path) else 'kernel'}")


def object_of(found: "Finding", remedy: "Remedy | None") -> dict[str, Any]:
    """The object of `--json`."""
    down, across = found.stride
    made: dict[str, Any] = {
        "upscli": 1,
        "kind": found.kind,
        "name": found.name,
        "stride": down if down == across else [down, across],
        "kernel": None if found.kernel is None else found.kernel.tolist(),
        **_pattern(found.pattern),
        "notes": list(found.notes),
        "measured": {"constant": _pattern(found.constant), "picture": _pattern(found.picture)},
        "spectrum": {"amplitude": found.spectrum.amplitude, "share": found.spectrum.share},
        "cures": [_cure(each) for each in found.remedies],
        "suggested": found.suggested.cure.value if found.suggested else None,
    }
    if remedy and remedy.kernel is not None:
        made["fixed"] = {**_cure(remedy), "kernel": remedy.kernel.tolist()}
    return made


def _pattern(pattern: Any) -> Any:
    return None if pattern is None else {"gains": pattern.gains.tolist(), "score": pattern.score.value}


def _cure(remedy: "Remedy") -> dict[str, Any]:
    size = None if remedy.kernel is None else list(remedy.kernel.shape)
    after = _pattern(remedy.pattern) or {"gains": None, "score": None}
    return {"cure": remedy.cure.value, **after, "size": size, "note": remedy.note or None}


def _found(target: str | None, words: dict[str, Any]) -> "Finding":
    """What is asked about, looked at. Raises UsageError and UpscliError."""
    from upscli import checkerboards
    from upscli.cli.options import pairs_of
    from upscli.filters import FILTERS, filter_of
    from upscli.kernels.windows import pair

    stride = pair("stride", words["stride"], 1)
    given = pairs_of(words["pairs"])
    if (target is None) == (words["method"] is None):
        raise click.UsageError("give one of KERNEL, IMG, and --method NAME", click.get_current_context())
    if given and words["method"] is None:
        raise click.UsageError("-O is for --method, which is not given")
    if target is None or not _is_picture(Path(target)):
        checkerboards.check_stride(stride)
    if words["method"] is not None:
        return checkerboards.of_method(words["method"], given, stride, _sample(words, stride))
    word = str(target)
    if _is_picture(Path(word)):
        if words["image"]:
            raise click.UsageError("--image is to measure kernels and methods on; the picture is measured itself")
        return checkerboards.of_picture(word, _pixels(word, words), stride)
    kernel = checkerboards.kernel_of(word, stride, FILTERS)
    name = word if kernel is not None or Path(word).suffix else "kernel"
    return checkerboards.of_kernel(name, filter_of(word) if kernel is None else kernel, stride, _sample(words, stride))


def _sample(words: dict[str, Any], stride: tuple[int, int]) -> Any:
    """What to measure on, 0..1. Raises InputError if its result would be too large."""
    from upscli import checkerboards
    from upscli.cli.request import limits_of
    from upscli.kernels import depth

    if words["image"] is None:
        return checkerboards.scene()
    pixels = _pixels(words["image"], words)
    limits = limits_of(words)
    if words["max_output_pixels"] is None:
        limits = limits._replace(output_pixels=checkerboards.MOST_PIXELS)
    limits.check_result(pixels.shape[1] * stride[1], pixels.shape[0] * stride[0])
    return pixels / depth.peak(pixels.dtype)


def _pixels(word: str, words: dict[str, Any]) -> Any:
    from upscli.cli.request import limits_of
    from upscli.pictures.header import Source
    from upscli.whole import hold

    return hold(Source(Path(word)), limits_of(words)).pixels


def _remedy(found: "Finding", fix: str | None) -> "Remedy | None":
    """The cure that is asked for. Raises MethodError if it cannot be applied."""
    from upscli.errors import MethodError

    if fix is None:
        return None
    if found.kernel is None:
        raise MethodError(f"--fix cures kernels, and {found.name} is a {found.kind}; give its kernel")
    remedy = next(each for each in found.remedies if each.cure == fix)
    if remedy.kernel is None:
        raise MethodError(remedy.note)
    return remedy


def _is_picture(path: Path) -> bool:
    from upscli.pictures.formats import by_extension

    return by_extension(str(path)) is not None


def _outputs(words: dict[str, Any], target: str | None) -> list[Path]:
    """The files to be written. Raises OutputError before any is."""
    from upscli.errors import OutputError
    from upscli.matrices import SUFFIXES
    from upscli.whole import check_new

    paths = [Path(word) for word in words["outputs"]]
    check_new(paths, words["overwrite"], [Path(word) for word in (target, words["image"]) if word])
    for path in paths:
        if path.suffix.lower() in SUFFIXES:
            if words["fix"] is None:
                raise OutputError(f"{path} is for a cured kernel; give --fix phase, icnr, box or resize")
        elif not _is_picture(path):
            raise OutputError(f"{path} is neither a picture (.png) for a heat map nor a kernel ({', '.join(SUFFIXES)})")
    return paths


def _write(paths: list[Path], found: "Finding", remedy: "Remedy | None", overwrite: bool) -> None:
    from upscli import heatmap
    from upscli.matrices import matrix_bytes
    from upscli.pictures.atomic import new_file
    from upscli.whole import save_colors

    after = remedy.pattern if remedy else None
    for path in paths:
        if _is_picture(path):
            patterns = [found.pattern.gains] + ([after.gains] if after else [])
            save_colors(heatmap.drawn(*patterns), str(path), overwrite)
        elif remedy is not None and remedy.kernel is not None:
            with new_file(path, overwrite) as stream:
                stream.write(matrix_bytes(remedy.kernel, path.suffix.lower()))
