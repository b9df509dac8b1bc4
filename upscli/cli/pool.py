"""`upscli pool`."""

from typing import Any

import click

from upscli.cli import options
from upscli.cli.layer import PAIR, Work


@click.command(short_help="Max pooling, with the switches that undo it.")
@click.argument("image", metavar="IMG")
@click.option("--window", type=PAIR, default=(2, 2), metavar="N", help="Size: 2, or 3x2 (horizontal x vertical). [2]")
@click.option("--stride", type=PAIR, metavar="N", help="How far apart windows stand; default: their size.")
@click.option("--padding", type=PAIR, default=(0, 0), metavar="N", help="Beyond the border; never the maximum. [0]")
@click.option("--ceil-mode", is_flag=True, help="Windows that stick out at the end count too.")
@click.option("--switches", metavar="FILE", help="Write where each maximum was, for max unpooling.")
@options.one_result
def pool(image: str, **words: Any) -> None:
    """Max pooling: the largest value of each window, channel by channel.

    \b
    upscli pool photo.png -o small.png --switches small.switches.npz
    upscli enlarge small.png -m max-unpool --switches small.switches.npz
    upscli pool photo.png --window 3 --stride 2 --padding 1 -o small.png
    upscli pool photo.png --window 4x2 -o small.png

    IMG is a file, or - for stdin. The values come back exactly if the result is
    a PNG. The size is that of PyTorch's max_pool2d; what does not fill a window
    is left out, but the switches remember the size. Layers see colors only: a
    transparent picture is laid on --background first.
    """
    from pathlib import Path

    from upscli.network_layers import Pooling
    from upscli.whole import save

    if words["switches"] in ("", "-"):
        raise click.UsageError(
            f"--switches '{words['switches']}' is no file; give it a name such as small.switches.npz"
        )
    work = Work("max pooling", image, words)
    file = None if words["switches"] is None else Path(words["switches"])
    work.target.check(work.source, *(() if file is None else (file,)))
    held = work.hold()
    layer = Pooling(words["window"], words["stride"], words["padding"], words["ceil_mode"])
    values, switches = layer(held, work.limits)
    notes = save(values, held, work.target, None if file is None else (file, switches))
    made = {"window": switches.window, "stride": switches.stride, "padding": switches.padding}
    more = {"ceil_mode": switches.ceil_mode, "switches": words["switches"]}
    work.done(made | more, held, (values.shape[1], values.shape[0]), notes)
