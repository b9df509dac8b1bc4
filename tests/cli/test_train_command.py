"""`upscli train`: filters of one's own, as a user makes and uses them."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from upscli import train_filters
from upscli.cli import main
from upscli.errors import InputError, ModelError
from upscli.kernels.degrade import Degradation
from upscli.learned.modelfile import load
from upscli.npz import write_npz
from upscli.pictures.header import Source
from upscli.train_filters import Order, Watch, sizes_of, train
from upscli.training_task import Task


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Three pictures of edges in all directions, which bicubic blurs."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    y, x = np.mgrid[0:96, 0:96] - 48.0
    for number in range(3):
        angle = number + 0.3
        waves = np.sign(np.sin((x * np.cos(angle) + y * np.sin(angle)) / 5)) + np.sign(np.sin(np.hypot(x, y) / 4))
        Image.fromarray(np.uint8(127 + 50 * waves)).save(folder / f"{number}.png")
    return folder


def run(*words: str) -> dict[str, object]:
    done = CliRunner().invoke(main, ["train", *words, "--json"], catch_exceptions=False)
    facts: dict[str, object] = json.loads(done.stdout)
    return facts


@pytest.mark.parametrize("kind", ["linear", "buckets"])
def test_a_filter_of_own_pictures_beats_bicubic_on_those_held_out(pictures: Path, tmp_path: Path, kind: str) -> None:
    output = tmp_path / "my.npz"
    facts = run(str(pictures), "-o", str(output), "--kind", kind, "--window", "7")
    assert facts["pictures"] == 2
    assert facts["held_out"] == 1
    assert float(str(facts["psnr"])) > float(str(facts["bicubic"])) + 0.3
    assert load(output).header.kind == kind
    assert not list(tmp_path.glob("*.checkpoint"))


def test_the_same_words_make_the_same_bytes(pictures: Path, tmp_path: Path) -> None:
    for jobs in ("1", "2"):
        run(str(pictures), "-o", str(tmp_path / jobs / ".." / "my.npz"), "--window", "5", "-j", jobs, "--overwrite")
        (tmp_path / "my.npz").rename(tmp_path / f"{jobs}.bytes")
    assert (tmp_path / "1.bytes").read_bytes() == (tmp_path / "2.bytes").read_bytes()


def test_what_was_stopped_goes_on_to_the_same_bytes(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_filters, "SAVE_EVERY", -1.0)
    sources = tuple(Source(path) for path in sorted(pictures.iterdir()))
    output = tmp_path / "my.npz"
    order = Order(Task(sources, (), output, overwrite=True), sizes_of("linear", 2, 5))
    train(order, Watch(lambda done, total: None, lambda note: None))
    straight = output.read_bytes()

    class Stop(Exception):
        pass

    def stop_after(done: int, total: int) -> None:
        if done == 2:
            raise Stop

    with pytest.raises(Stop):
        train(order, Watch(stop_after, lambda note: None))
    assert order.task.checkpoint.exists()
    notes: list[str] = []
    train(order, Watch(lambda done, total: None, notes.append))
    assert any("going on after 1 pictures" in note for note in notes)
    assert output.read_bytes() == straight


def order_of(pictures: Path, output: Path, window: int = 5, degrade: str = "bicubic") -> Order:
    sources = tuple(Source(path) for path in sorted(pictures.iterdir()))
    return Order(Task(sources, (), output, Degradation.parse(degrade)), sizes_of("linear", 2, window))


def stopped(order: Order) -> bytes:
    """The checkpoint of a training that was stopped after its first picture."""

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(order, Watch(stop, lambda note: None))
    return order.task.checkpoint.read_bytes()


def test_what_was_stopped_with_other_settings_is_begun_anew(pictures: Path, tmp_path: Path) -> None:
    stopped(order_of(pictures, tmp_path / "my.npz", window=7))
    notes: list[str] = []
    train(order_of(pictures, tmp_path / "my.npz"), Watch(lambda done, total: None, notes.append))
    assert [note for note in notes if "is of other settings or pictures; begun anew" in note]
    assert load(tmp_path / "my.npz").header.window == 5


def archive(name: str) -> bytes:
    """A zip file with one member, as PyTorch's checkpoints are."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(name, b"\x80\x02}q\x00.")
    return stream.getvalue()


def arrays(**named: object) -> bytes:
    stream = BytesIO()
    write_npz(stream, {name: np.array(value) for name, value in named.items()})
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [archive("n/data.pkl"), b"mine", arrays(kernel=[1.0]), arrays(key="x", gram=[1.0], cross=[1.0], done=1), None],
    ids=["network", "text", "arrays", "misshapen", "torn"],
)
def test_a_checkpoint_of_something_else_is_refused_and_kept(
    pictures: Path, tmp_path: Path, content: bytes | None
) -> None:
    order = order_of(pictures, tmp_path / "my.npz")
    content = stopped(order)[:500] if content is None else content
    order.task.checkpoint.write_bytes(content)
    done: list[int] = []
    with pytest.raises(ModelError, match="another training; remove it, or name another output") as caught:
        train(order, Watch(lambda count, total: done.append(count), lambda note: None))
    assert str(order.task.checkpoint) in str(caught.value)
    assert order.task.checkpoint.read_bytes() == content
    assert not done
    assert not (tmp_path / "my.npz").exists()


def test_broken_pictures_to_score_on_are_passed_over_with_a_note(pictures: Path, tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.mkdir()
    (others / "bad.png").write_bytes(b"no picture")
    words = [str(pictures), "-o", str(tmp_path / "my.npz"), "--window", "5", "--validate", str(others)]
    done = CliRunner().invoke(main, ["train", *words])
    assert isinstance(done.exception, InputError)
    assert f"no held-out picture could be scored on; {others / 'bad.png'}: not an image" in str(done.exception)
    (pictures / "0.png").rename(others / "0.png")
    done = CliRunner().invoke(main, ["train", *words, "--json"], catch_exceptions=False)
    assert "bad.png" in done.stderr
    assert json.loads(done.stdout)["held_out"] == 1
    assert "PSNR of luma of 1 held-out pictures" in load(tmp_path / "my.npz").header.scores


def test_pictures_that_jpeg_cannot_hold_are_passed_over_with_a_note(pictures: Path, tmp_path: Path) -> None:
    Image.fromarray(np.full((96, 96), 30_000, np.uint16)).save(pictures / "1.png")
    notes: list[str] = []
    order = order_of(pictures, tmp_path / "my.npz", degrade="jpeg:60")
    assert train(order, Watch(lambda done, total: None, notes.append)).pictures == 1
    assert notes == [f"{pictures / '1.png'}: JPEG holds gray or RGB of 8 bits, not 1 channels of uint16"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "my.png"), "ends in .npz"),
        (("-o", "my.npz", "--window", "4"), "4"),
        (("-o", "my.npz", "--window", "5", "--picture", "my.txt"), "my.txt has no extension of a format"),
        (("-o", "my.npz", "--degrade", "fog"), "no degradation 'fog'"),
        (("-o", "my.npz", "--validate", "nowhere"), "nowhere"),
    ],
)
def test_wrong_words_are_refused_before_the_work(
    pictures: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    placed = [str(tmp_path / word) if word.startswith("my") else word for word in words]
    done = CliRunner().invoke(main, ["train", str(pictures), *placed])
    assert done.exception is not None
    assert said in f"{done.exception} {done.output}"
    assert not list(tmp_path.glob("my*"))


def test_an_existing_model_is_kept(pictures: Path, tmp_path: Path) -> None:
    output = tmp_path / "my.npz"
    output.write_bytes(b"mine")
    done = CliRunner().invoke(main, ["train", str(pictures), "-o", str(output), "--window", "5"])
    assert "exists" in f"{done.exception} {done.output}"
    assert output.read_bytes() == b"mine"


@pytest.mark.parametrize("option", ["--from", "--teacher"])
def test_a_model_that_is_learned_from_is_never_replaced(pictures: Path, tmp_path: Path, option: str) -> None:
    model = tmp_path / "my.npz"
    model.write_bytes(b"mine")
    words = [str(pictures), "-o", str(model), "--kind", "network", option, str(model), "--overwrite"]
    done = CliRunner().invoke(main, ["train", *words])
    assert f"{model} is the input; inputs are never replaced" in str(done.exception)
    assert model.read_bytes() == b"mine"
