"""`upscli methods`."""

import json
from typing import TYPE_CHECKING, Any

import click

from upscli.cli import options
from upscli.cli.terminal import printable, say, show, show_table

if TYPE_CHECKING:
    from upscli.method import Method


@click.command(short_help="List the methods, or tell all about one.")
@click.argument("name", required=False, shell_complete=options.complete_method)
@click.option("--json", "as_json", is_flag=True, help="A list of objects on stdout.")
def methods(name: str | None, as_json: bool) -> None:
    """List the methods, or tell all about one.

    \b
    upscli methods                  the table
    upscli methods lanczos          its options, with defaults and ranges
    upscli methods --json           for programs
    """
    from upscli import registry
    from upscli.errors import UpscliError

    found: list[tuple[str, Any]] = [(name, registry.get(name))] if name else list(registry.everything())
    good = [method for _, method in found if not isinstance(method, UpscliError)]
    if as_json:
        show(json.dumps([_object(method) for method in good], indent=2))
    elif name:
        _tell(good[0])
    else:
        _table(good)
    for _, method in found:
        if isinstance(method, UpscliError):
            say(f"upscli: {method}")


def factors(method: "Method") -> str:
    """The factors it can do, in words."""
    if method.target is not None:
        return "its own"
    if isinstance(method.scales, str):
        return {"any": "any", "integer": "whole"}[method.scales]
    return ", ".join(str(scale) for scale in method.scales)


def _object(method: "Method") -> dict[str, Any]:
    from upscli.options import describe

    return {
        "name": method.name,
        "family": method.family,
        "scales": method.scales,
        "summary": method.summary,
        "options": describe(method.options),
        "source": method.source,
        "exact": method.exact,
        "takes": method.takes,
    }


def _table(found: list["Method"]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("name", "family", "factors", "summary"):
        table.add_column(heading, no_wrap=heading != "summary")
    for method in found:
        cells = (method.name, method.family, factors(method), method.summary)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    show_table(table)


def _tell(method: "Method") -> None:
    from upscli.options import describe

    show(f"{method.name}: {method.summary}")
    show(f"  family   {method.family}")
    show(f"  factors  {factors(method)}")
    show(f"  source   {method.source}")
    rows = describe(method.options)
    show("  options  " + ("none" if not rows else ""))
    for row in rows:
        low, high = row["range"]
        bounds = f", {low:g} to {high:g}" if None not in (low, high) else ""
        choices = f", one of {', '.join(map(str, row['choices']))}" if row["choices"] else ""
        default = f"{row['default']:.6g}" if isinstance(row["default"], float) else row["default"]
        default = "FILE" if default is None else default
        show(f"    -O {row['name']}={default}  ({row['type']}{bounds}{choices})  {row['help']}")
