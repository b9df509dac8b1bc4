"""The numbers of the worked examples, to the digit."""

import json
from typing import Any

import pytest

from upscli.lessons.board import Matrix
from upscli.lessons.topics import TOPICS, make

EDGE = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
SQUARE = [[0, 1], [2, 3]]


def facts(topic: str, **given: Any) -> dict[str, Any]:
    return make(topic, {name.replace("_", "-"): value for name, value in given.items()}).facts


def test_example_1_the_edge_detector() -> None:
    found = facts("convolution")
    assert found["kernel"] == EDGE
    assert found["output"] == [[3, -3, -1], [-2, 3, -3], [-3, 2, 3]]
    assert len(found["steps"]) == 9
    assert found["steps"][0] == {
        "position": [0, 0],
        "corner": [0, 0],
        "window": [[0, 1, 0], [0, 0, 1], [1, 1, 0]],
        "products": [[0, 1, 0], [0, 0, 1], [0, 1, 0]],
        "sum": 3,
    }


def test_example_1_the_way_back_has_the_shape_and_not_the_values() -> None:
    lesson = make("convolution", {})
    back = lesson.facts["back"]
    assert [len(row) for row in back] == [5] * 5
    assert back != lesson.facts["input"]
    assert lesson.facts["back_equals_input"] is False
    last = lesson.scenes[-1]
    assert any("not an inverse" in words for words in last.words)
    shown = [piece.values.tolist() for piece in last.pieces if isinstance(piece, Matrix)]
    assert shown == [lesson.facts["output"], back, lesson.facts["input"]]


def test_example_2_four_placed_copies() -> None:
    found = facts("transposed-convolution")
    assert found["input"] == found["kernel"] == SQUARE
    assert found["output"] == [[0, 0, 1], [0, 4, 6], [4, 12, 9]]
    assert [step["scaled"] for step in found["steps"]] == [
        [[0, 0], [0, 0]],
        [[0, 1], [2, 3]],
        [[0, 2], [4, 6]],
        [[0, 3], [6, 9]],
    ]
    assert [step["position"] for step in found["steps"]] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert [step["canvas"] for step in found["steps"]][1:3] == [
        [[0, 0, 1], [0, 2, 3], [0, 0, 0]],
        [[0, 0, 1], [0, 4, 3], [4, 6, 0]],
    ]
    assert found["steps"][-1]["canvas"] == found["output"]


def test_example_3_two_steps() -> None:
    kernel = "0 1 0; 2 3 4; 0 5 0"
    found = facts("transposed-convolution", input="1 2; 3 4", kernel=kernel, stride=2, padding=1, output_padding=1)
    assert found["expanded"] == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
    assert found["two_steps"]["padding"] == [1, 1]
    assert found["two_steps"]["kernel"] == [[0, 5, 0], [4, 3, 2], [0, 1, 0]]
    assert found["two_steps"]["output"] == found["output"]
    assert found["agree"] is True
    # By hand: 1 lies on the middle of its copy, and 2 adds its left arm.
    assert found["output"][0] == [3, 1 * 4 + 2 * 2, 6, 8]


def test_output_padding_is_explained_in_these_words() -> None:
    given = {"input": "1 2; 3 4", "stride": 2, "output-padding": 1}
    words = " ".join(make("transposed-convolution", given).words)
    assert "makes the result larger on one side; it is not zero padding" in words
    assert "how many times larger" in words
    assert "how many times smaller" in words


def test_example_4_the_matrix() -> None:
    found = facts("matrix", input="0 1 2; 3 4 5; 6 7 8", kernel="0 1; 2 3")
    assert found["matrix"] == [
        [0, 1, 0, 2, 3, 0, 0, 0, 0],
        [0, 0, 1, 0, 2, 3, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 2, 3, 0],
        [0, 0, 0, 0, 0, 1, 0, 2, 3],
    ]
    assert found["transpose"] == [list(column) for column in zip(*found["matrix"], strict=True)]
    assert found["unrolled_input"] == list(range(9))
    product = [sum(a * b for a, b in zip(row, found["unrolled_input"], strict=True)) for row in found["matrix"]]
    assert product == found["unrolled_output"]
    assert found["output"] == [product[:2], product[2:]]
    assert all(found["checks"].values())


@pytest.mark.parametrize(("stride", "ordinary"), [(1, True), (2, False)])
def test_the_transpose_is_an_ordinary_convolution_for_stride_1_only(stride: int, ordinary: bool) -> None:
    checks = facts("matrix", stride=stride)["checks"]
    assert checks["matrix_times_input_is_convolution"]
    assert checks["transpose_times_output_is_transposed_convolution"]
    assert checks["transpose_is_ordinary_convolution"] is ordinary


def ones(side: int) -> str:
    return "; ".join([" ".join(["1"] * side)] * side)


@pytest.mark.parametrize(
    ("kernel", "gains", "score"),
    [
        (ones(3), [[4, 2], [2, 1]], 4 / 3),
        (ones(5), [[9, 6], [6, 4]], 0.8),
        (ones(4), [[4, 4], [4, 4]], 0),
        ("0.25 0.5 0.25; 0.5 1 0.5; 0.25 0.5 0.25", [[1, 1], [1, 1]], 0),
    ],
)
def test_example_5_gains_and_scores(kernel: str, gains: list[list[int]], score: float) -> None:
    found = facts("checkerboard", kernel=kernel, stride=2)
    assert found["gains"] == gains
    assert found["score"] == pytest.approx(score, abs=1e-11)
    assert found["measured_gains"] == gains
    assert [cure["score"] for cure in found["cures"].values()] == [0, 0, 0, 0]


def test_example_5_a_kernel_of_mean_0_has_no_score_but_a_sentence() -> None:
    found = facts("checkerboard", kernel="0 1 0; 1 -4 1; 0 1 0")
    assert found["score"] is None
    assert "mean gain is 0" in found["note"]
    assert found["spectral_amplitude"] > 1
    assert "cannot be divided" in found["cures"]["phase"]["note"]


def test_max_pooling_and_its_switches() -> None:
    found = facts("max-pooling", input="1 3 2 1; 4 6 5 2; 7 2 9 0; 1 0 3 8")
    assert found["output"] == [[6, 5], [7, 9]]
    assert found["switches"] == [[5, 6], [8, 10]]


def test_max_unpooling_goes_back_to_the_places() -> None:
    found = facts("max-unpooling", input="1 3 2 1; 4 6 5 2; 7 2 9 0; 1 0 3 8")
    assert found["output"] == [[0, 0, 0, 0], [0, 6, 5, 0], [7, 0, 9, 0], [0, 0, 0, 0]]


def test_nearest_and_bed_of_nails() -> None:
    assert facts("nearest")["output"] == [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    assert facts("bed-of-nails")["output"] == [[0, 0, 1, 0], [0, 0, 0, 0], [2, 0, 3, 0], [0, 0, 0, 0]]


def test_bilinear_reads_between_the_pixels() -> None:
    found = facts("bilinear")
    assert found["output"][0] == [0, 0.25, 0.75, 1]
    assert found["output"][1] == [0.5, 0.75, 1.25, 1.5]


NUMBERS = [name for name in TOPICS if name != "encoder-decoder"]


@pytest.mark.parametrize("topic", TOPICS)
def test_the_facts_are_json_and_whole_numbers_are_whole(topic: str) -> None:
    text = json.dumps(make(topic, {}).facts, allow_nan=False)
    assert json.loads(text)["topic"] == topic
    assert ".0," not in text
    assert ".0]" not in text


@pytest.mark.parametrize("topic", [name for name in NUMBERS if "input" in TOPICS[name].defaults])
def test_another_input_gives_another_lesson(topic: str) -> None:
    given = "5 1 4 1; 2 9 2 7; 8 3 6 3; 1 1 0 4"
    other = "5 1 4 1; 2 9 2 7; 8 3 7 3; 1 1 0 4"
    one, two = (make(topic, {"input": word}).facts for word in (given, other))
    assert one["output"] != two["output"]
    assert one["steps" if "steps" in one else "unrolled_input"] != two["steps" if "steps" in two else "unrolled_input"]


@pytest.mark.parametrize("topic", [name for name in NUMBERS if "kernel" in TOPICS[name].defaults])
def test_another_kernel_gives_another_lesson(topic: str) -> None:
    key = "gains" if topic == "checkerboard" else "output"
    one, two = (make(topic, {"kernel": word}).facts[key] for word in ("1 2; 3 5", "1 2; 3 6"))
    assert one != two
