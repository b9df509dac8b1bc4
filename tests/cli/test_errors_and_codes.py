"""Bad input: one sentence with the name, the documented exit code, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SAMPLE_IMAGES
from PIL import Image

from upscli.cli import run

NOBODY = 65534


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every path below, with its bytes."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def png(width: int, height: int, data: bytes, bits: int = 8, color: int = 0) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def wrong_checksum(good: bytes) -> bytes:
    """The CRC behind the (first) IDAT, one bit off."""
    start = good.index(b"IDAT") - 4
    end = start + 8 + int.from_bytes(good[start : start + 4], "big")
    return good[:end] + bytes([good[end] ^ 1]) + good[end + 1 :]


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def gray(height: int = 43, width: int = 31) -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 256, (height, width), np.uint8)
    return Image.fromarray(noise)


def floats_with_nan() -> bytes:
    pixels = np.zeros((6, 5), np.float32)
    pixels[2, 3] = np.nan
    pixels[4, 1] = np.inf
    pixels[5, 4] = np.nan
    return encoded(Image.fromarray(pixels), "TIFF")


def jpeg_with_thumbnail_of_nothing() -> bytes:
    return b"\xff\xd8\xff\xe0" + b"\x00\x10JFIF\x00" + bytes(9) + b"\xff\xd9"


def rows(count: int, width: int = 31) -> bytes:
    return zlib.compress((b"\0" + bytes(range(width))) * count)


BROKEN: dict[str, tuple[str, Callable[[], bytes]]] = {
    "an empty file": ("a.png", lambda: b""),
    "a text file named .png": ("a.png", lambda: b"# a letter\n\nnot a picture\n" * 40),
    "a text file without extension": ("a", lambda: b"hello"),
    "one byte": ("a.jpg", lambda: b"\xff"),
    "a PNG signature alone": ("a.png", lambda: b"\x89PNG\r\n\x1a\n"),
    "a PNG header alone": ("a.png", lambda: png(31, 43, b"")[:33]),
    "a PNG without pixels": ("a.png", lambda: png(31, 43, b"")),
    "a PNG truncated in the middle": ("a.png", lambda: (whole := encoded(gray(), "PNG"))[: len(whole) // 2]),
    "a PNG that lacks its last pixels": ("a.png", lambda: encoded(gray(), "PNG")[:-40]),
    "a PNG with a wrong IDAT checksum": ("a.png", lambda: wrong_checksum(encoded(gray(), "PNG"))),
    "a PNG whose stream ends after 20 of 43 rows": ("a.png", lambda: png(31, 43, rows(20))),
    "a PNG whose stream is cut at row 20": ("a.png", lambda: png(31, 43, rows(43)[:30])),
    "a PNG of garbage": ("a.png", lambda: png(31, 43, b"garbage" * 40)),
    "a PNG of no width": ("a.png", lambda: png(0, 43, rows(43))),
    "a palette PNG without a palette": ("a.png", lambda: png(31, 43, rows(43), 8, 3)),
    "a PNG of a color type that does not exist": ("a.png", lambda: png(31, 43, rows(43), 8, 5)),
    "a truncated JPEG": ("a.jpg", lambda: (whole := encoded(gray(200, 200), "JPEG"))[: len(whole) // 2]),
    "a JPEG without a frame": ("a.jpg", jpeg_with_thumbnail_of_nothing),
    "a truncated GIF": ("a.gif", lambda: encoded(gray(), "GIF")[:500]),
    "a truncated BMP": ("a.bmp", lambda: encoded(gray(), "BMP")[:-500]),
    "a truncated WebP": ("a.webp", lambda: encoded(gray(), "WEBP")[:-200]),
    "a truncated TIFF": ("a.tif", lambda: encoded(gray(), "TIFF", compression="tiff_adobe_deflate")[:400]),
    "a truncated PGM": ("a.pgm", lambda: encoded(gray(), "PPM")[:-100]),
    "a truncated AVIF": ("a.avif", lambda: encoded(gray(), "AVIF")[:-200]),
    "EPS": ("a.eps", lambda: encoded(gray(), "EPS")),
    "EPS named .png": ("a.png", lambda: encoded(gray(), "EPS")),
    "PCX": ("a.pcx", lambda: encoded(gray(), "PCX")),
    "a truncated ICO": ("a.ico", lambda: encoded(gray(), "ICO")[:60]),
    "an ICO of nothing": ("a.ico", lambda: b"\0\0\1\0\0\0"),
    "a truncated JPEG 2000": ("a.jp2", lambda: encoded(gray(), "JPEG2000")[:150]),
    "a truncated QOI": ("a.qoi", lambda: encoded(gray().convert("RGB"), "QOI")[:-100]),
    "a truncated DDS": ("a.dds", lambda: encoded(gray(), "DDS")[:-100]),
    "a truncated TGA": ("a.tga", lambda: encoded(gray(), "TGA")[:-100]),
    "random bytes named .tga": ("a.tga", lambda: bytes(range(256))),
    "PSD": ("a.psd", lambda: b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\4\0\0\0\4\0\x08\0\3" + bytes(100)),
    "FITS": ("a.fits", lambda: b"SIMPLE  =                    T".ljust(80) * 36),
    "SVG": ("a.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
    "a TIFF that holds no numbers": ("a.tif", floats_with_nan),
    "32-bit whole numbers": ("a.tif", lambda: encoded(Image.new("I", (4, 3), 70000), "TIFF")),
    "LAB": ("a.tif", lambda: encoded(Image.new("LAB", (4, 3)), "TIFF")),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("route", ["file", "overwrite"])
def test_a_broken_picture_gets_one_sentence_and_leaves_nothing(
    upscli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, route: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file, make = BROKEN[name]
    Path(file).write_bytes(make())
    output = "b.tif" if file == "a.tif" else "b.png"
    Path(output).write_bytes(b"precious")
    words = ["-o", output, "--overwrite"] if route == "overwrite" else []
    before = snapshot(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = upscli("enlarge", file, *words)
    assert (said.code, said.out) == (1, ""), said.err
    assert len(said.lines) == 1, said.err
    assert said.err.startswith(f"upscli: {file}: ")
    assert "internal error" not in said.err
    assert "0x" not in said.err, "an address is of no use to anybody"
    assert snapshot(tmp_path) == before


def test_no_numbers_are_counted_and_the_first_is_named(
    upscli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.tif").write_bytes(floats_with_nan())
    said = upscli("enlarge", "a.tif")
    assert re.search(r"\b3 samples\b.*column 3, row 2", said.err), said.err


# (what, words, exit code, a part of the sentence)
REFUSED: list[tuple[str, list[str], int, str]] = [
    # 1: the input
    ("a missing file", ["missing.png"], 1, "missing.png: no such file"),
    ("an address", ["https://example.com/a.png?w=2"], 1, "addresses are not read; fetch the picture first"),
    ("an address, and a file for it", ["https://example.com/a.png", "-o", "b.png"], 1, "addresses are not read"),
    ("an empty name, and stdout for it", ["", "-o", "-"], 1, "an empty name; perhaps a variable of the shell is not"),
    ("a missing folder", ["no/where.png"], 1, "no/where.png: no such file"),
    ("an empty folder", ["dir"], 2, "no pictures in dir; -r looks into subfolders"),
    ("a folder of other kinds", ["texts"], 2, r"no pictures in texts \(1 files of other kinds\)"),
    ("a glob without a match", ["*.nothing"], 1, r"\*\.nothing: no file matches"),
    ("a file as a folder", ["sprite.png/a.png"], 1, "sprite.png/a.png: "),
    ("an input over --max-pixels", ["sprite.png", "--max-pixels", "2303"], 1, "2,304 pixels.*--max-pixels"),
    ("60,000 x 60,000", ["bomb.png"], 1, "bomb.png: 60000 x 60000 .*300,000,000.*--max-pixels"),
    ("60,000 x 60,000 without the first limit", ["bomb.png", "--max-pixels", "0"], 1, "--max-output-pixels"),
    ("a result over the limit", ["sprite.png", "-s", "1000"], 1, "48000 x 48000 .*--max-output-pixels"),
    ("a result over a limit of one's own", ["sprite.png", "--max-output-pixels", "9215"], 1, "96 x 96 is 9,216"),
    # 2: sizes
    ("scale 0", ["sprite.png", "-s", "0"], 2, "scale '0' is not a factor"),
    ("scale 0x2", ["sprite.png", "-s", "0x2"], 2, "scale '0x2' is not a factor"),
    ("scale -1", ["sprite.png", "--scale", "-1"], 2, "scale '-1' is not a factor"),
    ("scale abc", ["sprite.png", "--scale", "abc"], 2, "scale 'abc' is not a factor"),
    ("scale 1e3", ["sprite.png", "--scale", "1e3"], 2, "scale '1e3' is not a factor"),
    ("scale 2x", ["sprite.png", "--scale", "2x"], 2, "scale '2x' is not a factor"),
    ("scale nan", ["sprite.png", "--scale", "nan"], 2, "scale 'nan' is not a factor"),
    ("scale inf", ["sprite.png", "--scale", "inf"], 2, "scale 'inf' is not a factor"),
    ("scale ''", ["sprite.png", "--scale", ""], 2, "scale '' is not a factor"),
    ("no name", [""], 1, "an empty name; perhaps a variable of the shell is not set"),
    ("endless timeout", ["sprite.png", "--timeout", "inf"], 2, "inf is not in the range"),
    ("long timeout", ["sprite.png", "--timeout", "1e7"], 2, "is not in the range"),
    ("no timeout", ["sprite.png", "--timeout", "nan"], 2, "'nan' is not a number of seconds"),
    ("scale in other digits", ["sprite.png", "--scale", "٢"], 2, "is not a factor"),
    ("scale with a newline", ["sprite.png", "--scale", "2\nx"], 2, "is not a factor"),
    ("scale 0.5", ["sprite.png", "--scale", "0.5"], 2, "sprite.png: 24 x 24 is smaller than .* 48 x 48"),
    ("one axis smaller", ["sprite.png", "--scale", "2x0.5"], 2, "96 x 24 is smaller"),
    ("size 0x0", ["sprite.png", "--size", "0x0"], 2, "size '0x0' is not"),
    ("size x", ["sprite.png", "--size", "x"], 2, "size 'x' is not"),
    ("size 100", ["sprite.png", "--size", "100"], 2, "size '100' is not"),
    ("size -5x5", ["sprite.png", "--size", "-5x5"], 2, "size '-5x5' is not"),
    ("size 1.5x9", ["sprite.png", "--size", "1.5x9"], 2, "size '1.5x9' is not"),
    ("a smaller size", ["sprite.png", "--size", "47x99"], 2, "47 x 99 is smaller"),
    ("fit 100x", ["sprite.png", "--fit", "100x"], 2, "fit '100x' is not"),
    ("a smaller fit", ["landscape.png", "--fit", "100x5000"], 2, "100 x 67 is smaller"),
    ("long edge 0", ["sprite.png", "--long-edge", "0"], 2, "--long-edge"),
    ("long edge abc", ["sprite.png", "--long-edge", "abc"], 2, "--long-edge"),
    ("a smaller long edge", ["sprite.png", "--long-edge", "47"], 2, "47 x 47 is smaller"),
    ("scale and size", ["sprite.png", "-s", "2", "--size", "96x"], 2, "--scale and --size are both given"),
    ("fit and long edge", ["sprite.png", "--fit", "99x99", "--long-edge", "99"], 2, "--fit and --long-edge"),
    # 2: methods
    ("an unknown method", ["sprite.png", "-m", "bicubik"], 2, "no method 'bicubik'; did you mean 'bicubic'"),
    ("a method in capitals", ["sprite.png", "-m", "Bicubic"], 2, "did you mean 'bicubic'"),
    ("no method", ["sprite.png", "-m", ""], 2, "no method ''"),
    ("an unknown option", ["sprite.png", "-O", "b=1"], 2, "bicubic has no option 'b'.*it has: a"),
    ("an option of none", ["sprite.png", "-m", "nearest", "-O", "a=1"], 2, "nearest has no options"),
    ("an option out of range", ["sprite.png", "-m", "lanczos", "-O", "lobes=6"], 2, "'lobes'.* 6.* 2 to 5"),
    ("an option just below its range", ["sprite.png", "-m", "lanczos", "-O", "lobes=1"], 2, "2 to 5"),
    ("a word for a number", ["sprite.png", "-O", "a=soft"], 2, "'soft', which is not a number"),
    ("nan for a number", ["sprite.png", "-O", "a=nan"], 2, "which is not a number"),
    ("a fraction for a count", ["sprite.png", "-m", "lanczos", "-O", "lobes=2.5"], 2, "not a whole number"),
    ("no value", ["sprite.png", "-O", "a="], 2, "not a number"),
    ("-O without =", ["sprite.png", "-O", "a"], 2, "-O a is not KEY=VALUE"),
    ("-O without a key", ["sprite.png", "-O", "=1"], 2, "-O =1 is not KEY=VALUE"),
    ("-O twice", ["sprite.png", "-O", "a=0", "-O", "a=0"], 2, "-O a is given twice"),
    ("a factor the method cannot do", ["sprite.png", "-m", "bed-of-nails", "-s", "1.5"], 2, "whole numbers only.*1.5"),
    # 2: words
    ("an unknown edge", ["sprite.png", "--edge", "mirror"], 2, "--edge"),
    ("quality 101", ["sprite.png", "--quality", "101"], 2, "--quality"),
    ("no threads", ["sprite.png", "-j", "0"], 2, "--jobs"),
    ("fewer than no pixels", ["sprite.png", "--max-pixels", "-1"], 2, "--max-pixels"),
    ("two inputs to one file", ["sprite.png", "lineart.png", "-o", "b.png"], 2, "b.png names one file"),
    ("two inputs to stdout", ["sprite.png", "lineart.png", "-o", "-"], 2, "-o - takes one picture"),
    ("stdin twice", ["-", "-"], 2, "stdin can be read once only"),
    ("NUL without a list", ["sprite.png", "--null"], 2, "--null is for --files-from"),
    ("a base without a list", ["sprite.png", "--base", "dir"], 2, "--base is for --files-from"),
    ("a list that is missing", ["--files-from", "missing.txt"], 1, "missing.txt: cannot be read"),
    ("a memory limit that is none", ["sprite.png", "--memory-limit", "lots"], 2, "--memory-limit lots"),
    ("two ways with what exists", ["sprite.png", "--resume", "--overwrite"], 2, "--overwrite and --resume"),
    ("compress of jpeg", ["lineart.png", "-o", "b.jpg", "--compress", "small"], 2, "--compress is for png"),
    ("a compress level that is none", ["sprite.png", "--compress", "10"], 2, "--compress 10 is not fast"),
    ("over the memory limit", ["sprite.png", "--memory-limit", "1M"], 1, "sprite.png: needs about .*--memory-limit"),
    # 2: templates
    ("an unknown field", ["sprite.png", "--template", "{steam}"], 2, "no field 'steam'; did you mean 'stem'"),
    ("a template that goes up", ["sprite.png", "--template", "../{stem}{ext}"], 2, "leaves the output folder"),
    ("an absolute template", ["sprite.png", "--template", "/{stem}{ext}"], 2, "leaves the output folder"),
    ("a template for stdout", ["sprite.png", "--template", "{stem}", "-o", "-"], 2, "-o - is none"),
    ("a template and a file", ["sprite.png", "--template", "{stem}{ext}", "-o", "b.png"], 2, "b.png names one file"),
    ("a template named as another format", ["sprite.png", "--template", "{stem}.webp", "--format", "png"], 2, "webp"),
    ("an option without its value", ["sprite.png", "-s"], 2, "-s"),
    ("a color that is none", ["sprite.png", "--background", "reddish"], 2, "--background reddish"),
    ("a color with too few digits", ["sprite.png", "--background", "#12"], 2, "--background #12"),
    # 2: outputs
    ("no output", ["sprite.png", "-o", ""], 2, "-o '' names nothing"),
    ("a report that is the input", ["sprite.png", "--report", "sprite.png"], 2, "sprite.png is a picture of this run"),
    ("a report on stdout", ["sprite.png", "--report", "-"], 2, "--report '-' is no file"),
    ("a report in no folder", ["sprite.png", "--report", "no/r.json"], 2, "no/r.json: no folder"),
    ("a report that exists", ["sprite.png", "--report", "lineart.png"], 2, "lineart.png exists"),
    ("colors to pgm", ["landscape.png", "-o", "b.pgm"], 2, "landscape.png: pgm holds gray only"),
    ("an unknown format", ["sprite.png", "--format", "jpegg"], 2, "no format 'jpegg'; did you mean 'jpeg'"),
    ("an unknown extension", ["sprite.png", "-o", "x.xyz"], 2, "x.xyz: the extension names no format"),
    ("no extension", ["sprite.png", "-o", "x"], 2, "x: the extension names no format"),
    ("extension and format differ", ["sprite.png", "-o", "a.png", "--format", "webp"], 2, "a.png .*png.*webp"),
    ("quality of png", ["sprite.png", "--quality", "80"], 2, "png .*--quality"),
    ("quality of tiff", ["sprite.png", "--quality", "80", "-o", "b.tif"], 2, "tiff .*--quality"),
    ("no such folder", ["sprite.png", "-o", "no/b.png"], 2, "no/b.png: the folder no does not exist"),
    ("a file as a folder of the output", ["sprite.png", "-o", "lineart.png/b.png"], 2, "lineart.png/b.png"),
    ("the input as output", ["sprite.png", "-o", "sprite.png"], 2, "sprite.png is an input"),
    ("the input as output, overwriting", ["sprite.png", "-o", "sprite.png", "--overwrite"], 2, "is an input"),
    ("the input by another road", ["sprite.png", "-o", "dir/../sprite.png", "--overwrite"], 2, "is an input"),
    ("the input through a link", ["sprite.png", "-o", "link.png", "--overwrite"], 2, "link.png is an input"),
    ("the input's own folder", ["sprite.png", "-o", ".", "--overwrite"], 2, "sprite.png is an input"),
    ("an output that exists", ["sprite.png", "-o", "lineart.png"], 2, "lineart.png exists; use --overwrite"),
    ("an existing default output", ["sprite.png", "-m", "box"], 2, "sprite_box_x2.png exists; use --overwrite"),
    ("a dangling link as output", ["sprite.png", "-o", "dangling.png"], 2, "dangling.png exists"),
    ("a name of 300 letters", ["sprite.png", "-o", "n" * 300 + ".png"], 2, "n.png"),
    ("alpha to jpeg", ["sprite.png", "-o", "b.jpg"], 2, "sprite.png: jpeg .*--background"),
    ("alpha to pnm", ["sprite.png", "-o", "b.ppm"], 2, "sprite.png: pnm .*--background"),
    ("alpha to bmp", ["sprite.png", "-o", "b.bmp"], 2, "sprite.png: bmp .*--background"),
    ("gray alpha on a color", ["la.png", "-o", "b.jpg", "--background", "red"], 2, "la.png: a gray picture"),
    ("16 bits to jpeg", ["gradient16.png", "-o", "b.jpg"], 2, "jpeg cannot hold 16-bit gray.*png"),
    ("16 bits to webp", ["gradient16.png", "-o", "b.webp"], 2, "webp cannot hold 16-bit gray"),
    ("16 bits to gif", ["gradient16.png", "-o", "b.gif"], 2, "gif cannot hold 16-bit gray"),
    ("16 bits to bmp", ["gradient16.png", "-o", "b.bmp"], 2, "bmp cannot hold 16-bit gray"),
    ("16 bits to avif", ["gradient16.png", "-o", "b.avif"], 2, "avif cannot hold 16-bit gray"),
    ("floats to png", ["float.tif", "-o", "b.png"], 2, "png cannot hold 32-bit float gray.*tiff"),
    ("CMYK to png", ["cmyk.tif", "-o", "b.png"], 2, "png cannot hold 8-bit cmyk.*jpeg or tiff"),
    ("CMYK to webp", ["cmyk.tif", "-o", "b.webp"], 2, "webp cannot hold 8-bit cmyk"),
    ("a side longer than webp allows", ["sprite.png", "--size", "16384x48", "-o", "b.webp"], 2, "webp ends at 16,383"),
    ("a side longer than jpeg allows", ["lineart.png", "--size", "320x65501", "-o", "b.jpg"], 2, "jpeg ends at"),
    ("a side longer than gif allows", ["sprite.png", "--size", "65536x48", "-o", "b.gif"], 2, "gif ends at"),
]


@pytest.fixture
def crowded(folder: Path) -> Path:
    """The sample pictures, and others that are refused somewhere."""
    Path("dir").mkdir()
    Path("texts").mkdir()
    Path("texts/a.txt").touch()
    Path("bomb.png").write_bytes(png(60_000, 60_000, b"x"))
    Path("link.png").symlink_to("sprite.png")
    Path("dangling.png").symlink_to("nowhere.png")
    shutil.copy("sprite.png", "sprite_box_x2.png")
    Image.new("LA", (5, 4), (90, 128)).save("la.png")
    Image.fromarray(np.full((4, 5), 0.5, np.float32)).save("float.tif")
    Image.new("CMYK", (5, 4), (10, 20, 30, 40)).save("cmyk.tif")
    return folder


@pytest.mark.parametrize(("words", "code", "part"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_it_is_refused_in_one_sentence_and_leaves_nothing(
    upscli: Callable[..., Any], crowded: Path, words: list[str], code: int, part: str
) -> None:
    before = snapshot(crowded)
    said = upscli("enlarge", *words)
    assert (said.code, said.out) == (code, ""), said.err
    assert len(said.lines) == 1, said.err
    assert said.err.startswith("upscli: ")
    assert re.search(part, said.err), said.err
    assert snapshot(crowded) == before


ALLOWED = [
    ("the limit exactly", ["sprite.png", "--max-pixels", "2304", "--max-output-pixels", "9216"]),
    ("no limits", ["sprite.png", "--max-pixels", "0", "--max-output-pixels", "0"]),
    ("alpha on a color", ["sprite.png", "-o", "b.jpg", "--background", "#336699"]),
    ("gray alpha on a gray", ["la.png", "-o", "b.jpg", "--background", "white"]),
    ("gray alpha on a color name for gray", ["la.png", "-o", "b.jpg", "--background", "#808080"]),
    ("a background that nothing shows", ["lineart.png", "--background", "red"]),
    ("quality of jpeg", ["lineart.png", "-o", "b.jpg", "--quality", "0"]),
    ("extension and format agree", ["lineart.png", "-o", "b.jpg", "--format", "jpeg"]),
    ("white space round a factor", ["sprite.png", "-s", " 2 "]),
    ("a factor of one", ["sprite.png", "-s", "1"]),
    ("a half-open fraction", ["sprite.png", "-s", "2."]),
]


@pytest.mark.parametrize("words", [case[1] for case in ALLOWED], ids=[case[0] for case in ALLOWED])
def test_it_is_not_refused(upscli: Callable[..., Any], crowded: Path, words: list[str]) -> None:
    before = snapshot(crowded)
    said = upscli("enlarge", *words)
    assert said.code == 0, said.err
    after = snapshot(crowded)
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of somebody whom permissions hold back; root becomes nobody for the while.

    Nobody may not read the interpreter's own folders either, so what a run imports is imported before.
    """
    folder = Path(tempfile.mkdtemp(prefix="upscli-test-"))
    monkeypatch.chdir(folder)
    run(["enlarge", *(str(SAMPLE_IMAGES / f"{name}.png") for name in ("sprite", "lineart")), "-o", "imported", "-q"])
    shutil.rmtree("imported")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:
        os.chown(folder, NOBODY, -1)
        os.seteuid(NOBODY)
    elif not hasattr(os, "geteuid"):
        pytest.skip("this system has no such permissions")
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in folder.rglob("*"):
            path.chmod(0o755)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def make_locked() -> None:
    Image.new("L", (4, 4)).save("a.png")
    Image.new("L", (4, 4)).save("unreadable.png")
    Path("unreadable.png").chmod(0)
    for mode, name in ((0, "locked"), (0o555, "readonly")):
        Path(name).mkdir()
        Image.new("L", (4, 4)).save(Path(name) / "b.png")
        Path(name).chmod(mode)


@pytest.mark.parametrize(
    ("words", "codes", "part"),
    [
        (["unreadable.png"], {1}, "unreadable.png: no permission to read it"),
        (["locked"], {1}, "locked: (a folder|no permission)"),
        (["locked/b.png"], {1}, "locked/b.png: no permission to read it"),
        (["locked/b.jpg"], {1}, "locked/b.jpg: no permission to read it"),
        (["a.png", "-o", "readonly/c.png"], {1, 2}, "readonly/c.png: cannot be written .*[Pp]ermission"),
        (["a.png", "-o", "readonly/"], {1, 2}, "readonly/a.png: cannot be written .*[Pp]ermission"),
        (["a.png", "-o", "readonly/new/"], {1, 2}, "[Pp]ermission"),
        (["a.png", "-o", "readonly/b.png", "--overwrite"], {1, 2}, "[Pp]ermission"),
        (["a.png", "-o", "locked/c.png"], {1, 2}, "locked/c.png"),
        (["a.png", "-o", "locked/"], {1, 2}, "locked/"),
        (["a.png", "-o", "locked/new/c.png"], {1, 2}, "locked/new"),
        (["readonly/b.png"], {1, 2}, "readonly/b_bicubic_x2.png: cannot be written"),
        (["readonly"], {2}, "upscli: readonly: cannot be written .*[Pp]ermission"),
        (["a.png", "readonly", "-o", "readonly"], {2}, "upscli: readonly/b.png is an input"),
        (["a.png", "readonly", "-o", "readonly/new"], {2}, "upscli: readonly/new: cannot be written .*[Pp]ermission"),
    ],
)
def test_what_has_no_permission_is_refused(
    upscli: Callable[..., Any], nobody: Path, words: list[str], codes: set[int], part: str
) -> None:
    make_locked()
    before = set(nobody.iterdir())
    said = upscli("enlarge", *words)
    assert said.code in codes, said.err
    assert len(said.lines) == 1, said.err
    assert re.search(part, said.err), said.err
    assert set(nobody.iterdir()) == before
    assert [path.name for path in Path("readonly").iterdir()] == ["b.png"]


def test_an_internal_error_is_one_line_and_a_traceback_only_when_asked_for(
    upscli: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("upscli.run.enlarged", bug)
    before = snapshot(folder)
    short, long = upscli("enlarge", "sprite.png"), upscli("--debug", "enlarge", "sprite.png")
    assert short.code == long.code == 1
    assert short.lines == [
        "upscli: sprite.png: internal error (ZeroDivisionError: a bug); --debug shows where",
    ]
    assert long.lines[0] == short.lines[0]
    assert long.lines[1] == "Traceback (most recent call last):"
    assert long.lines[-1] == "ZeroDivisionError: a bug"
    assert snapshot(folder) == before


def test_an_output_that_appears_meanwhile_is_not_replaced(
    upscli: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from upscli import run as work

    def rival(bands: Any, *_: Any) -> Any:
        Path("b.png").write_bytes(b"theirs")
        return bands

    monkeypatch.setattr(work, "_watched", rival)
    said = upscli("enlarge", "sprite.png", "-o", "b.png")
    assert said.code == 1
    assert said.lines == ["upscli: b.png exists; use --overwrite to replace it, or -o for another name"]
    assert Path("b.png").read_bytes() == b"theirs"


def test_an_input_that_changes_meanwhile_is_refused(
    upscli: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from upscli.cli import enlarge

    work = enlarge._do

    def swap(*words: Any) -> Any:
        shutil.copy("lineart.png", "sprite.png")
        return work(*words)

    monkeypatch.setattr(enlarge, "_do", swap)
    said = upscli("enlarge", "sprite.png", "-o", "b.png")
    assert said.code == 1
    assert said.lines == ["upscli: sprite.png changed while the work was planned; run again"]
    assert not Path("b.png").exists()


def test_an_interruption_says_so_and_leaves_nothing(
    upscli: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("upscli.run._watched", interrupt)
    before = snapshot(folder)
    said = upscli("enlarge", "sprite.png")
    assert said.code == 130
    assert said.err.strip() == "upscli: interrupted"
    assert snapshot(folder) == before
    said = upscli("enlarge", "sprite.png", "--report", "report.json")
    assert said.code == 130
    assert said.err.startswith("upscli: interrupted; 0 of 1 written")
    assert json.loads(Path("report.json").read_text())["pictures"] == []
