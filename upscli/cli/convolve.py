"""`upscli convolve`."""

from typing import Any

import click

from upscli.cli import options
from upscli.cli.layer import PAIR, Work


@click.command(short_help="Convolution with a kernel of your own.")
@click.argument("image", metavar="IMG")
@click.option("--kernel", required=True, metavar="KERNEL", help="A name, a file, or rows: see below.")
@click.option("--stride", type=PAIR, default=(1, 1), metavar="N", help="Smaller by it: 2, or 3x2 (across x down). [1]")
@click.option("--padding", type=PAIR, metavar="N", help="Pixels beyond the border; default: so many as keep the size.")
@click.option("--dilation", type=PAIR, default=(1, 1), metavar="N", help="How far apart the kernel's weights are. [1]")
@click.option(
    "--edge",
    type=click.Choice(["zero", "replicate", "reflect", "wrap"]),
    default="zero",
    show_default=True,
    help="What the padding holds; zero as in networks.",
)
@click.option(
    "--show",
    "how",
    type=click.Choice(["abs", "signed", "clip"]),
    help="Of results beyond black and white; default: abs if the kernel's sum is 0, else clip.",
)
@options.one_result
def convolve(image: str, **words: Any) -> None:
    """Convolution of every channel with one kernel.

    \b
    upscli convolve photo.png --kernel edge -o edges.png
    upscli convolve photo.png --kernel sobel-x --show signed -o slope.png
    upscli convolve photo.png --kernel "0 1 0; 1 -4 1; 0 1 0" -o edges.png
    upscli convolve photo.png --kernel blur --stride 2 --edge replicate -o half.png
    upscli convolve photo.png --kernel mine.json --padding 0 -o out.png

    KERNEL is edge, sharpen, blur, emboss, sobel-x, sobel-y, a file (.npz, .txt,
    .csv, .json), or rows of numbers. As in networks the kernel is not flipped
    (cross-correlation), and beyond the border lie zeros unless --edge says
    otherwise.

    \b
    --show abs      the value without its sign, cut at white
    --show signed   half of it about middle gray: 128 + value / 2
    --show clip     cut at black and white
    """
    from upscli.filters import filter_of
    from upscli.network_layers import Border, Convolution, Show, shown, usual
    from upscli.whole import save

    work = Work("convolution", image, words)
    kernel = filter_of(words["kernel"])
    work.target.check(work.source)
    held = work.hold()
    layer = Convolution(kernel, words["stride"], words["padding"], words["dilation"], Border(words["edge"]))
    how = Show(words["how"]) if words["how"] else usual(kernel)
    levels = shown(layer(held, work.limits), held, how)
    notes = save(levels, held, work.target)
    made = {name: words[name] for name in ("kernel", "stride", "padding", "dilation", "edge")}
    work.done(made | {"show": how.value, "weights": kernel.tolist()}, held, (levels.shape[1], levels.shape[0]), notes)
