"""The formats that tests go through; those whose extra is missing are skipped, which the gate does not allow."""

from collections.abc import Callable
from typing import Any

import pytest

from upscli.pictures import extras
from upscli.pictures.formats import FORMATS, Format


def formats(wanted: Callable[[Format], bool] = lambda form: True) -> list[Any]:
    """As parameters of a test."""
    return [form_param(form) for form in FORMATS if wanted(form)]


def form_param(form: Format, *more: Any) -> Any:
    missing = not extras.is_installed(form.extra)
    mark = pytest.mark.skipif(missing, reason=f"the extra {form.extra} is not installed")
    return pytest.param(form, *more, id="-".join((form.name, *map(str, more))), marks=mark)
