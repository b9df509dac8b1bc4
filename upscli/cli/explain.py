"""`upscli explain`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from upscli.cli.terminal import check_takes_bytes, is_watched, show
from upscli.lessons.topics import TOPICS, make, topic_of

if TYPE_CHECKING:
    from upscli.lessons.board import Lesson

FORMATS = ("text", "json", "png", "gif", "html")
BYTES = ("png", "gif", "html")
"""Never sent to a terminal."""
STDOUT = "-"


def _topic_list() -> str:
    wide = max(map(len, TOPICS))
    return "\n".join(f"{name:{wide}}  {topic.summary}" for name, topic in TOPICS.items())


def _complete(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    return [name for name in TOPICS if name.startswith(typed)]


HELP = f"""Explain an operator, step by step, with your own numbers.

\b
{_topic_list()}

Without numbers the examples are those of the lectures. An option that a topic has no use for is an error.

\b
upscli explain transposed-convolution
upscli explain transposed-convolution --input "1 2; 3 4" --kernel "0 1 0; 2 3 4; 0 5 0" \\
    --stride 2 --padding 1 --output-padding 1
upscli explain convolution --step                      page by page
upscli explain max-pooling --image photo.jpg --at 120,80
upscli explain checkerboard --kernel "1 2 1; 2 4 2; 1 2 1" --stride 2
upscli explain bicubic --format json                   every number
upscli explain convolution -o convolution.gif
upscli explain encoder-decoder --image photo.jpg -o sheet.png
"""


@click.command(short_help="Explain an operator, step by step, with your own numbers.", help=HELP)
@click.argument("topic", required=False, shell_complete=_complete)
@click.option("--input", metavar="ROWS", help='Numbers such as "0 1; 2 3", or a .txt, .csv, .json or .npz file.')
@click.option("--image", metavar="FILE", help="A small piece of this picture is the input, in gray levels.")
@click.option("--at", metavar="X,Y", help="Where that piece begins; default: the middle.")
@click.option("--kernel", metavar="ROWS", help="Like --input.")
@click.option("--stride", type=int, metavar="N", help="From one window, or copy, to the next.")
@click.option("--padding", type=int, metavar="N", help="Zeros round the input; cut from a transposed convolution.")
@click.option("--output-padding", type=int, metavar="N", help="Makes the result larger on one side.")
@click.option("--dilation", type=int, metavar="N", help="From one number of the kernel to the next.")
@click.option("--window", type=int, metavar="N", help="Of a pooling.")
@click.option("--factor", type=int, metavar="N", help="How many times larger.")
@click.option("--format", "format_", type=click.Choice(FORMATS), help="Default: as the name of -o says, or text.")
@click.option("-o", "--output", metavar="FILE", help="A file, or - for stdout.")
@click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")
@click.option("--step", is_flag=True, help="Page by page, with keys.")
@click.option("--animate", is_flag=True, help="As a film on the terminal.")
@click.option("--no-color", is_flag=True, help="No colors; as with NO_COLOR in the environment.")
def explain(topic: str | None, image: str | None, at: str | None, **words: Any) -> None:
    """See HELP."""
    if topic is None:
        raise click.UsageError(f"name a topic: {', '.join(TOPICS)}")
    topic_of(topic)
    _check_words(words)
    form = _format(words["format_"], words["output"])
    names = ("input", "kernel", "stride", "padding", "output-padding", "dilation", "window", "factor")
    given = {name: words[name.replace("-", "_")] for name in names if words[name.replace("-", "_")] is not None}
    _check_output(words, image)
    lesson = make(topic, given, None if image is None else Path(image), _place(at))
    if words["step"] or words["animate"]:
        from upscli.cli import lesson_terminal

        play = lesson_terminal.step_through if words["step"] else lesson_terminal.animate
        play(lesson, words["no_color"])
    elif words["output"] in (None, STDOUT) and form not in BYTES:
        _show(lesson, form, words["no_color"], words["format_"] is None)
    else:
        _write(lesson, form, words["output"], words["overwrite"])


def _check_words(words: dict[str, Any]) -> None:
    for name in ("step", "animate"):
        if not words[name]:
            continue
        if words["format_"] or words["output"]:
            raise click.UsageError(f"--{name} is for the terminal; leave --format and -o away")
        if not is_watched() or (name == "step" and not (sys.stdin and sys.stdin.isatty())):
            raise click.UsageError(f"--{name} needs a terminal")
    if words["step"] and words["animate"]:
        raise click.UsageError("give --step or --animate, not both")
    if words["overwrite"] and words["output"] in (None, STDOUT):
        raise click.UsageError("--overwrite is for a file; name it with -o")


def _check_output(words: dict[str, Any], image: str | None) -> None:
    """Raises OutputError."""
    if words["output"] in (None, STDOUT):
        return
    from upscli.whole import check_new

    read = (image, words["input"], words["kernel"])
    check_new([Path(words["output"])], words["overwrite"], [Path(word) for word in read if word])


def _format(asked: str | None, output: str | None) -> str:
    """The form asked for, or that of the file's name."""
    ending = "" if output is None else Path(output).suffix.lower()[1:]
    known = {"txt": "text", "htm": "html"} | {name: name for name in FORMATS}
    if asked is None and ending and ending not in known:
        raise click.UsageError(f"-o {output}: a lesson is written as {', '.join(FORMATS)}; name one with --format")
    form = asked or known.get(ending, "text")
    if form in BYTES and output is None:
        raise click.UsageError(f"{form} goes to a file: -o lesson.{form} (or -o - into a pipe)")
    if form in BYTES and output == STDOUT:
        check_takes_bytes()
    return form


def _place(word: str | None) -> tuple[int, int] | None:
    """`120,80` -> (120, 80)."""
    if word is None:
        return None
    parts = word.split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
        raise click.UsageError(f"--at {word} is not a column and a row, such as 120,80")
    return int(parts[0]), int(parts[1])


def _show(lesson: "Lesson", form: str, no_color: bool, free: bool) -> None:
    """Words on stdout; with colors if a person reads them and chose no format."""
    if free and is_watched():
        from upscli.cli.lesson_terminal import show_all

        click.echo(show_all(lesson, no_color), nl=False)
    else:
        show(_text(lesson, form))


def _text(lesson: "Lesson", form: str) -> str:
    from upscli.cli.lesson_lines import Page, lesson_lines, plain_text

    return json.dumps(lesson.facts) if form == "json" else plain_text(lesson_lines(lesson, Page()))


def _encoded(lesson: "Lesson", form: str) -> bytes:
    if form == "html":
        from upscli.cli.lesson_html import html

        return html(lesson).encode()
    if form in BYTES:
        from upscli.cli.lesson_raster import gif, png

        return png(lesson) if form == "png" else gif(lesson)
    return (_text(lesson, form) + "\n").encode()


def _write(lesson: "Lesson", form: str, output: str, overwrite: bool) -> None:
    from upscli.pictures.atomic import new_file
    from upscli.pictures.write import standard_output

    data = _encoded(lesson, form)
    if output == STDOUT:
        with standard_output(sys.stdout.buffer) as stream:
            stream.write(data)
    else:
        with new_file(Path(output), overwrite) as stream:
            stream.write(data)
