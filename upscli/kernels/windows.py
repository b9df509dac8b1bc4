"""Where windows stand: pairs of numbers for the two axes, and the sizes of results."""

from upscli.errors import MethodError

Pair = int | tuple[int, int]
"""One number for both axes, or (down, across)."""


def pair(name: str, value: Pair, low: int = 0) -> tuple[int, int]:
    """`value` for both axes. Raises MethodError if one is not a whole number or is less than `low`."""
    both = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(both) != 2 or any(isinstance(one, bool) or int(one) != one or one < low for one in both):
        raise MethodError(f"{name} is {value}; it must be one whole number, or two, of at least {low}")
    return int(both[0]), int(both[1])


def convolved_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Results of a convolution along one axis: (n + 2 p - d (k - 1) - 1) // s + 1.

    Raises MethodError if the kernel is larger than the padded input. (Dumoulin, Visin, arXiv 1603.07285)
    """
    span = dilation * (kernel - 1) + 1
    if span > size + 2 * padding:
        raise MethodError(
            f"the kernel spans {span} and the padded input only {size + 2 * padding}; pad more, or use a smaller one"
        )
    return (size + 2 * padding - span) // stride + 1


def transposed_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    """Results of a transposed convolution along one axis: (n - 1) s - 2 p + d (k - 1) + output_padding + 1.

    Raises MethodError if nothing is left, or if `output_padding` is not less than the stride or the dilation:
    it tells apart the sizes that one stride maps to the same result, and there are no more of them.
    """
    if output_padding >= max(stride, dilation):
        raise MethodError(
            f"output padding {output_padding} must be less than the stride {stride} or dilation {dilation}"
        )
    made = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1
    if made < 1:
        raise MethodError(f"padding {padding} takes away all of the result; nothing is left")
    return made


def pooled_size(size: int, window: int, stride: int, padding: int = 0, ceil_mode: bool = False) -> int:
    """Windows along one axis, as PyTorch counts them: the last one must begin inside the input or its left padding.

    Raises MethodError if the padding is more than half the window, or the window larger than the padded input.
    """
    if 2 * padding > window:
        raise MethodError(f"padding {padding} is more than half of the window {window}; such a window may hold nothing")
    room = size + 2 * padding - window
    if room < 0 and not (ceil_mode and room + stride > 0):
        raise MethodError(
            f"the window is {window} and the padded input only {size + 2 * padding}; take a smaller window"
        )
    count = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    return count - 1 if ceil_mode and (count - 1) * stride >= size + padding else count
