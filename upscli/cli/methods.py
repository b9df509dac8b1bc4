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
@click.option("-O", "pairs", multiple=True, metavar="KEY=VALUE", help="With NAME: an option, as -O model=my.npz.")
@options.json_option("A list of objects")
def methods(name: str | None, pairs: tuple[str, ...], json_: bool) -> None:
    """List the methods, or tell all about one.

    \b
    upscli methods                  the table
    upscli methods lanczos          its options, with defaults and ranges
    upscli methods learned-linear   and the cards of its models
    upscli methods trained -O model=my.npz
    upscli methods --json           for programs
    """
    from upscli import registry
    from upscli.errors import UpscliError

    found: list[tuple[str, Any]] = [(name, registry.get(name))] if name else list(registry.everything())
    if pairs and not name:
        raise click.UsageError("-O is for one method; give its name")
    given = options.pairs_of(pairs)
    good = [method for _, method in found if not isinstance(method, UpscliError)]
    if json_:
        show(json.dumps([_object(method, given) for method in good], indent=2))
    elif name:
        _tell(good[0], given)
    else:
        _table(good)
    for _, method in found:
        if isinstance(method, UpscliError):
            say(f"upscli: {method}")


def factors(method: "Method") -> str:
    """The factors it can do, in words."""
    if method.target is not None:
        return "its own"
    if callable(method.scales):
        return "any, from its model's"
    if isinstance(method.scales, str):
        return {"any": "any", "integer": "whole"}[method.scales]
    return f"any, from {', '.join(str(scale) for scale in method.scales)}"


def _cards(method: "Method", made: Any) -> list[dict[str, Any]]:
    return list(method.cards(made)) if method.cards else []


def _object(method: "Method", given: dict[str, str]) -> dict[str, Any]:
    from upscli.options import describe, make_options

    made = make_options(method.name, method.options, given)
    return {
        "name": method.name,
        "family": method.family,
        "scales": method.scales_with(made),
        "summary": method.summary,
        "options": describe(method.options),
        "source": method.source,
        "exact": method.exact,
        "takes": method.takes,
        "cards": _cards(method, made),
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


def _tell(method: "Method", given: dict[str, str]) -> None:
    from upscli.options import describe, make_options

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
    _tell_cards(_cards(method, make_options(method.name, method.options, given)))


def _tell_cards(cards: list[dict[str, Any]]) -> None:
    noted = [line for card in cards for line in card["tried"]]
    shared = [line for line in dict.fromkeys(noted) if noted.count(line) == len(cards)]
    for card in cards:
        _tell_card(card, [line for line in card["tried"] if line not in shared])
    if shared:
        show("  notes")
    for line in shared:
        show(f"    {line}")
    for credits_ in dict.fromkeys(tuple(tuple(one.values()) for one in card["training"]) for card in cards):
        show("  trained on" if credits_ else "  trained on nothing that was stated")
        for credited, licence, count in credits_:
            show(f"    {count:,} pictures of {credited}: {licence}")


def _tell_card(card: dict[str, Any], notes: list[str]) -> None:
    size = f"{card['bytes'] / 1000:,.0f} kB"
    layers = f", {card['layers']} layers" if card["layers"] else ""
    show(f"  model    {card['file']}: {card['kind']}, x{card['scale']}, window {card['window']}{layers}, {size}")
    for what, value in card["scores"].items():
        show(f"    {what}: {value:g}")
    for line in notes:
        show(f"    {line}")
    if card["licence"]:
        show(f"    licence: {card['licence']}")
    if card["command"]:
        show(f"    {card['command']}")
