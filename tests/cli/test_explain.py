"""`upscli explain`: what is printed, drawn and refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from upscli.lessons.topics import TOPICS, make

if sys.platform != "win32":
    import pty
    import select


def squeezed(text: str) -> str:
    """Runs of blanks as one, so that columns may be as wide as they like."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


@pytest.mark.parametrize(
    ("topic", "rows"),
    [
        ("convolution", ("3 -3 -1", "-2 3 -3", "-3 2 3")),
        ("transposed-convolution", ("0 0 1", "0 4 6", "4 12 9")),
        ("max-pooling", ("6 5", "7 9", "5 6", "8 10")),
        ("checkerboard", ("4 2", "2 1", "= 1.3333", "ones 5 x 5: 0.8")),
        ("matrix", ("0 1 0 2 3 0 0 0 0", "they agree")),
        ("nearest", ("2 2 3 3",)),
        ("bed-of-nails", ("2 0 3 0",)),
        ("bilinear", ("0 0.25 0.75 1",)),
        ("bicubic", ("-0.2109",)),
        ("max-unpooling", ("7 0 9 0",)),
    ],
)
def test_the_text_has_the_worked_numbers(upscli: Any, topic: str, rows: tuple[str, ...]) -> None:
    said = upscli("explain", topic)
    assert (said.code, said.err) == (0, "")
    for row in rows:
        assert row in squeezed(said.out)
    assert "\x1b" not in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_the_four_copies_are_written_as_a_sum(upscli: Any) -> None:
    text = squeezed(upscli("explain", "transposed-convolution").out)
    assert "0 0 . + . 2 3 + 0 2 . + . 0 3 = 0 4 6" in text
    assert ". . . . . . 4 6 . . 6 9 4 12 9" in text


def test_words_in_no_color_are_marked_by_brackets(upscli: Any) -> None:
    assert "[0 1 0]1 1" in upscli("explain", "convolution").out


@pytest.mark.parametrize("topic", TOPICS)
def test_json_goes_to_stdout_and_is_the_facts(upscli: Any, topic: str) -> None:
    said = upscli("explain", topic, "--format", "json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out) == make(topic, {}).facts


@pytest.mark.parametrize(
    ("topic", "keys"),
    [
        (
            "transposed-convolution",
            "input kernel stride padding output_padding dilation steps expanded output",
        ),
        ("convolution", "output steps"),
        ("matrix", "matrix transpose unrolled_input output"),
        ("max-pooling", "output switches"),
        ("checkerboard", "gains score"),
    ],
)
def test_json_has_these_keys(upscli: Any, topic: str, keys: str) -> None:
    assert set(keys.split()) <= set(json.loads(upscli("explain", topic, "--format", "json").out))


def test_my_own_numbers_are_explained(upscli: Any) -> None:
    words = ["--input", "1 2; 3 4", "--kernel", "1 1 1; 1 1 1; 1 1 1", "--stride", 2, "--padding", 1]
    said = upscli("explain", "transposed-convolution", *words, "--output-padding", 1, "--format", "json")
    found = json.loads(said.out)
    assert found["expanded"] == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
    assert found["output"] == [[1, 3, 2, 2], [4, 10, 6, 6], [3, 7, 4, 4], [3, 7, 4, 4]]


def test_a_convolution_of_a_small_input_takes_a_small_kernel(upscli: Any) -> None:
    said = upscli("explain", "convolution", "--input", "0 1; 2 3", "--format", "json")
    assert json.loads(said.out)["output"] == [[14]]


def test_numbers_may_come_from_files(upscli: Any, folder: Path) -> None:
    Path("in.csv").write_text("1,2\n3,4\n")
    found = json.loads(upscli("explain", "nearest", "--input", "in.csv", "--format", "json").out)
    assert found["input"] == [[1, 2], [3, 4]]


def test_a_piece_of_a_picture_is_the_input(upscli: Any, folder: Path) -> None:
    words = ("--image", "landscape.png", "--at", "100,60", "--format", "json")
    found = json.loads(upscli("explain", "max-pooling", *words).out)
    with Image.open("landscape.png") as image:
        expected = np.asarray(image.convert("L").crop((100, 60, 104, 64)), int)
    assert np.abs(np.array(found["input"]) - expected).max() <= 1
    middle = json.loads(upscli("explain", "max-pooling", "--image", "landscape.png", "--format", "json").out)
    assert middle["input"] != found["input"]


def grid(side: int) -> str:
    return "; ".join([" ".join(["1"] * side)] * side)


ERRORS = [
    (("foo",), "no topic 'foo'"),
    (("transposed-conv",), "did you mean 'transposed-convolution'?"),
    ((), "name a topic"),
    (("nearest", "--input", "1 2; 3"), "row 2 of the input has 1"),
    (("nearest", "--input", "a b"), "'a', which is not a number"),
    (("nearest", "--input", ""), "the input is empty"),
    (("nearest", "--input", "nan"), "numbers must be finite"),
    (("convolution", "--kernel", "1 inf"), "numbers must be finite"),
    (("convolution", "--kernel", grid(7)), "the kernel spans 7 and the padded input only 5"),
    (("convolution", "--kernel", grid(17)), "16 x 16 is the most"),
    (("nearest", "--input", grid(33)), "32 x 32 is the most"),
    (("nearest", "--input", "9999999999"), "a billion is the most"),
    (("nearest", "--input", "missing.csv"), "missing.csv cannot be read"),
    (("nearest", "--kernel", "1"), "nearest has no --kernel; it takes --input, --factor"),
    (("max-pooling", "--factor", 2), "max-pooling has no --factor"),
    (("max-pooling", "--dilation", 2), "max-pooling has no --dilation"),
    (("convolution", "--output-padding", 1), "convolution has no --output-padding"),
    (("matrix", "--output-padding", 1), "matrix has no --output-padding"),
    (("checkerboard", "--input", "1"), "checkerboard has no --input"),
    (("checkerboard", "--image", "landscape.png"), "checkerboard has no --image"),
    (("encoder-decoder", "--stride", 2), "encoder-decoder has no --stride"),
    (("encoder-decoder", "--at", "1,1"), "encoder-decoder has no --at"),
    (("nearest", "--factor", 0), "--factor is 0; in a lesson it is 1 to 16"),
    (("convolution", "--stride", 0), "--stride is 0; in a lesson it is 1 to 16"),
    (("convolution", "--padding", -1), "--padding is -1; in a lesson it is 0 to 32"),
    (("convolution", "--stride", "x"), "'x' is not a valid integer"),
    (("transposed-convolution", "--padding", 2), "nothing is left"),
    (("transposed-convolution", "--output-padding", 1), "must be less than the stride"),
    (("transposed-convolution", "--input", grid(32), "--stride", 16), "1,000,000 are the most"),
    (("matrix", "--input", grid(32)), "1,000,000 are the most"),
    (("bicubic", "--input", grid(32), "--factor", 16), "1,000,000 are the most"),
    (("max-pooling", "--window", 5), "the window is 5 and the padded input only 4"),
    (("max-pooling", "--padding", 2), "more than half of the window"),
    (("nearest", "--input", "1", "--image", "landscape.png"), "give --input or --image, not both"),
    (("nearest", "--at", "1,1"), "--at says where in the --image"),
    (("nearest", "--image", "landscape.png", "--at", "1"), "not a column and a row"),
    (("nearest", "--image", "landscape.png", "--at", "9999,1"), "it goes up to 476,316"),
    (("nearest", "--format", "png"), "png goes to a file"),
    (("nearest", "--format", "gif"), "gif goes to a file"),
    (("nearest", "-o", "a.jpg"), "a lesson is written as text, json, png, gif, html"),
    (("nearest", "-o", "sprite.png"), "sprite.png exists; use --overwrite"),
    (("nearest", "--image", "sprite.png", "-o", "sprite.png", "--overwrite"), "inputs are never replaced"),
    (("nearest", "--overwrite"), "--overwrite is for a file"),
    (("nearest", "--step"), "--step needs a terminal"),
    (("nearest", "--animate"), "--animate needs a terminal"),
    (("nearest", "--step", "--format", "json"), "--step is for the terminal"),
    (("nearest", "--animate", "-o", "a.gif"), "--animate is for the terminal"),
]


@pytest.mark.parametrize(("words", "part"), ERRORS, ids=lambda value: " ".join(map(str, value))[:50])
def test_what_cannot_be_is_one_sentence(upscli: Any, folder: Path, words: tuple[Any, ...], part: str) -> None:
    before = sorted(folder.iterdir())
    said = upscli("explain", *words)
    assert (said.code, said.out, len(said.lines)) == (2, "", 1)
    assert part in said.err
    assert sorted(folder.iterdir()) == before


def test_a_picture_that_is_missing_or_none_is_one_sentence(upscli: Any, folder: Path) -> None:
    Path("words.png").write_text("no picture")
    for name, part in (("missing.png", "no such file"), ("words.png", "not an image")):
        for topic in ("convolution", "encoder-decoder"):
            said = upscli("explain", topic, "--image", name)
            assert (said.code, said.out, len(said.lines)) == (1, "", 1)
            assert part in said.err


@pytest.mark.parametrize("topic", TOPICS)
def test_sheets_films_and_pages_are_made(upscli: Any, tmp_path: Path, topic: str) -> None:
    scenes = len(make(topic, {}).scenes)
    for form in ("png", "gif", "html"):
        said = upscli("explain", topic, "-o", tmp_path / f"a.{form}")
        assert (said.code, said.out, said.err) == (0, "", "")
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.width >= 1500
        assert sheet.height > 300
    with Image.open(tmp_path / "a.gif") as film:
        assert film.n_frames == scenes
        assert film.info["loop"] == 0
    page = (tmp_path / "a.html").read_text()
    assert page.count("<section>") == scenes
    assert "http" not in page
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert "prefers-color-scheme: dark" in page
    assert "ArrowRight" in page
    assert "nan" not in page.lower().replace("base64", "") or topic == "encoder-decoder"


def test_a_film_plays_in_order(upscli: Any, tmp_path: Path) -> None:
    """The number that is read moves along the rows of the input: left, right, left, right; up, up, down, down."""
    upscli("explain", "nearest", "-o", tmp_path / "a.gif")
    places = []
    with Image.open(tmp_path / "a.gif") as film:
        for frame in range(1, film.n_frames):
            film.seek(frame)
            distance = np.abs(np.asarray(film.convert("RGB"), int) - (0xBF, 0xDC, 0xFF)).max(axis=2)
            rows, columns = np.nonzero(distance < 6)
            assert len(rows) > 300
            places.append((rows.mean(), columns.mean()))
    assert len(places) == 4
    (y0, x0), (y1, x1), (y2, x2), (y3, x3) = places
    assert x0 == pytest.approx(x2, abs=2)
    assert x1 == pytest.approx(x3, abs=2)
    assert x0 < x1 - 20
    assert y0 == pytest.approx(y1, abs=2)
    assert y2 == pytest.approx(y3, abs=2)
    assert y0 < y2 - 20


def test_the_form_follows_the_name_and_a_pipe_takes_bytes(upscli: Any, tmp_path: Path) -> None:
    upscli("explain", "nearest", "-o", tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["topic"] == "nearest"
    upscli("explain", "nearest", "-o", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text().startswith("Nearest neighbor")
    words = [sys.executable, "-m", "upscli", "explain", "nearest", "--format", "png", "-o", "-"]
    done = subprocess.run(words, capture_output=True, check=True)
    assert done.stdout.startswith(b"\x89PNG")
    assert done.stderr == b""


def test_many_steps_are_shortened_and_said_so(upscli: Any, tmp_path: Path) -> None:
    assert upscli("explain", "nearest", "--input", grid(9), "-o", tmp_path / "a.png").code == 0
    assert upscli("explain", "nearest", "--input", grid(9), "-o", tmp_path / "a.gif").code == 0
    with Image.open(tmp_path / "a.gif") as film:
        assert film.n_frames == 1 + 64
    text = squeezed(upscli("explain", "nearest", "--input", grid(9)).out)
    assert "steps 65 to 81 are left out here; --format json has them all" in text
    assert len(json.loads(upscli("explain", "nearest", "--input", grid(32), "--format", "json").out)["steps"]) == 1024


def test_the_encoder_decoder_tells_the_sizes_and_what_each_operator_keeps(upscli: Any) -> None:
    found = json.loads(upscli("explain", "encoder-decoder", "--format", "json").out)
    assert found["sizes"][::2] == [[240, 160], [120, 80], [60, 40], [30, 20]]
    ways = {step["operator"]: step for step in found["steps"]}
    assert set(ways) >= {"nearest", "bed of nails", "bilinear", "bicubic", "max unpooling", "transposed convolution"}
    assert ways["max unpooling"]["where"] == 0
    assert all(way["where"] > 1 for name, way in ways.items() if name != "max unpooling")
    assert ways["bed of nails"]["what"] > 5 * ways["bilinear"]["what"]
    assert ways["transposed convolution"]["psnr"] == max(way["psnr"] for way in ways.values())


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "CMYK", "1", "I;16"])
def test_the_encoder_decoder_takes_pictures_of_all_kinds(upscli: Any, tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    size = (701, 333)
    if mode == "I;16":
        Image.fromarray((np.indices(size[::-1]).sum(axis=0) * 60).astype(np.uint16)).save(path)
    else:
        Image.radial_gradient("L").resize(size).convert(mode).save(path)
    found = json.loads(upscli("explain", "encoder-decoder", "--image", path, "--format", "json").out)
    assert found["sizes"][0] == [232, 104]
    said = upscli("explain", "encoder-decoder", "--image", path)
    assert "made 3 times smaller and cut" in squeezed(said.out)


def test_the_encoder_decoder_refuses_tiny_pictures_and_takes_even_ones(upscli: Any, tmp_path: Path) -> None:
    Image.new("L", (31, 99)).save(tmp_path / "a.png")
    said = upscli("explain", "encoder-decoder", "--image", tmp_path / "a.png")
    assert (said.code, len(said.lines)) == (2, 1)
    assert "32 pixels a side at least" in said.err
    Image.new("L", (32, 32), 255).save(tmp_path / "b.png")
    said = upscli("explain", "encoder-decoder", "--image", tmp_path / "b.png", "--format", "json")
    assert json.loads(said.out)["steps"][0]["psnr"] is None


posix = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")


def on_terminal(*words: str, keys: str = "", **env: str) -> str:
    """What a person sees who types these keys, one after the other."""
    person, program = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "40", **env}
    process = subprocess.Popen(
        [sys.executable, "-m", "upscli", "explain", *words],
        stdin=program,
        stdout=program,
        stderr=program,
        env=environment,
        start_new_session=True,
    )
    os.close(program)
    seen, left = b"", list(keys)
    try:
        while True:
            # A key that comes before the program asks for one is dropped: people are slower, too.
            ready, _, _ = select.select([person], [], [], 0.7 if left and seen.endswith(b"end: q\x1b[0m") else 30)
            if not ready:
                assert left, "nothing more is drawn, and the program does not end"
                os.write(person, left.pop(0).encode())
                continue
            part = os.read(person, 65536)
            if not part:
                break
            seen += part
    except OSError:
        pass  # all ends are closed
    finally:
        os.close(person)
    assert process.wait(30) == 0, seen.decode()
    return seen.decode()


@posix
def test_a_terminal_gets_colors(tmp_path: Path) -> None:
    seen = on_terminal("max-pooling")
    assert "\x1b[" in seen
    assert "48;" in seen
    assert "[6" not in re.sub(r"\x1b\[[0-9;]*m", "", seen)


@posix
@pytest.mark.parametrize(("words", "env"), [((), {"NO_COLOR": "1"}), (("--no-color",), {}), ((), {"TERM": "dumb"})])
def test_colors_can_be_turned_off(words: tuple[str, ...], env: dict[str, str]) -> None:
    seen = on_terminal("max-pooling", *words, **env)
    assert "\x1b[" not in seen
    assert "[1 3]2 1" in seen


@posix
def test_keys_turn_the_pages(tmp_path: Path) -> None:
    seen = on_terminal("nearest", "--step", keys="n bq")
    shown = re.findall(r"(\d)/6   next", seen)
    assert shown == ["1", "2", "3", "2"]


@posix
@pytest.mark.slow
def test_a_film_on_the_terminal_ends_by_itself() -> None:
    seen = on_terminal("nearest", "--animate", "--input", "5")
    assert re.findall(r"(\d)/3   Ctrl-C", seen) == ["1", "2", "3"]


@posix
def test_pictures_are_drawn_on_terminals() -> None:
    assert "\u2580" * 1 in on_terminal("encoder-decoder", COLORTERM="truecolor")


def test_help_has_examples_and_every_topic(upscli: Any) -> None:
    said = upscli("explain", "--help")
    assert said.code == 0
    for topic in TOPICS:
        assert topic in said.out
    assert 'upscli explain transposed-convolution --input "1 2; 3 4"' in said.out
