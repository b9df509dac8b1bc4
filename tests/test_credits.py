"""What a card says of the pictures that a model learned from."""

from upscli.credits import joined
from upscli.learned.modelfile import Credit


def test_credits_of_what_a_training_began_from_are_kept_and_no_set_stands_twice() -> None:
    now = [Credit("photos", "CC0", 3), Credit("art", "CC0", 9)]
    before = [Credit("photos", "CC0", 7), Credit("photos", "MIT", 1), Credit("art", "CC0", 2)]
    assert joined(now, before) == (Credit("photos", "CC0", 7), Credit("art", "CC0", 9), Credit("photos", "MIT", 1))
