"""A plugin that claims a name of another package, and a built-in one."""

from upscli import Method


def _zeros(pixels, rows, cols, options):
    raise AssertionError("it must never be used")


def _record(name):
    return Method(name=name, summary=f"Claims {name}", family="plugin", function=_zeros, source="a test of upscli")


BLOCKY, BICUBIC = _record("blocky"), _record("bicubic")
