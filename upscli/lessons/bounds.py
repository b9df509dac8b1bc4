"""How much one lesson may hold: the steps of a small input can still be a great many numbers."""

from upscli.errors import MethodError

MOST_NUMBERS = 1_000_000
"""In all steps together."""


def check_numbers(steps: int, each: int) -> None:
    """Raise MethodError if `steps` steps of `each` numbers are more than a lesson holds."""
    if steps * each > MOST_NUMBERS:
        raise MethodError(
            f"the steps of this lesson hold {steps * each:,} numbers and {MOST_NUMBERS:,} are the most;"
            " take a smaller input, kernel, padding or stride"
        )
