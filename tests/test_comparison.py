"""What a comparison says of itself: the order, the best, and the reasons."""

from dataclasses import replace

from sheets import PLAIN, SCORED, cell

from upscli.comparison import Cell, Comparison


def of(*cells: Cell) -> Comparison:
    return replace(SCORED, cells=cells)


def test_the_nearest_is_first_and_says_how_far_it_is_ahead() -> None:
    found = of(cell("a", 0.03, 20.0), cell("b", 0.02, 30.0, best=True), cell("c", 0.02, 25.5))
    assert [one.label for one in found.ranked] == ["b", "c", "a"]
    assert found.verdict[0] == "Best: b, 30.00 dB, 4.50 dB ahead of c."


def test_all_that_are_equally_near_are_named() -> None:
    found = of(cell("a", 0.0, 30.0, best=True), cell("b", 0.0, 30.0, best=True), cell("c", 0.0, 29.0))
    assert found.verdict[0] == "Best: a and b, 30.00 dB, 1.00 dB ahead of c."


def test_a_quicker_one_that_is_hardly_worse_is_recommended() -> None:
    slow = replace(cell("slow", 0.0, 30.0, best=True), seconds=1.0)
    found = of(slow, replace(cell("quick", 0.0, 29.95), seconds=0.1), replace(cell("bad", 0.0, 20.0), seconds=0.01))
    assert "quick is 0.05 dB behind and 10.0 times as fast." in found.verdict


def test_one_that_is_quicker_but_clearly_worse_is_not() -> None:
    slow = replace(cell("slow", 0.0, 30.0, best=True), seconds=1.0)
    assert len(of(slow, replace(cell("quick", 0.0, 29.8), seconds=0.1)).verdict) == 1


def test_another_winner_by_ssim_is_told() -> None:
    first = replace(cell("first", 0.0, 30.0, best=True), ssim=0.9)
    assert (
        "By SSIM it would be second: 0.9500, against 0.9000."
        in of(first, replace(first, label="second", psnr=29.0, ssim=0.95, best=False)).verdict
    )


def test_a_result_that_is_identical_beats_all_others() -> None:
    same = replace(cell("same", 0.0, None, best=True), ssim=1.0, identical=True)
    found = of(cell("other", 0.0, 60.0), same)
    assert found.ranked[0] is same
    assert found.verdict[0] == "Best: same, identical to the reference."


def test_pictures_too_small_for_ssim_are_ranked_all_the_same() -> None:
    found = of(replace(cell("a", 0.0, 20.0), ssim=None), replace(cell("b", 0.0, 30.0, best=True), ssim=None))
    assert found.verdict == ("Best: b, 30.00 dB, 10.00 dB ahead of a.",)


def test_without_scores_the_quickest_is_first_and_none_is_called_best() -> None:
    assert [one.seconds for one in PLAIN.ranked] == sorted(one.seconds or 0 for one in PLAIN.cells)
    assert PLAIN.verdict == ()


def test_one_that_is_hardly_quicker_is_not_recommended() -> None:
    slow = replace(cell("slow", 0.0, 30.0, best=True), seconds=1.0)
    assert len(of(slow, replace(cell("near", 0.0, 29.95), seconds=0.8)).verdict) == 1
