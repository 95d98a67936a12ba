"""`symspace show`."""

from __future__ import annotations

import json

import click
import numpy as np

from symbolic.cli.options import json_option, space_argument
from symbolic.table.table import FLOAT, INT, KINDS, Table


@click.command("show")
@space_argument
@json_option
def command(space: str, as_json: bool) -> None:
    """Print SPACE: its canonical text, then every decision with what it may be and its default."""
    from symbolic import load

    loaded = load(space)
    table = loaded.lower()
    decisions = [describe(table, column) for column in range(len(table))]
    if as_json:
        click.echo(json.dumps({"name": loaded.name, "hash": loaded.hash, "text": loaded.text(), "decisions": decisions}))
        return
    click.echo(loaded.text())
    width = max((len(str(d["path"])) for d in decisions), default=0)
    for d in decisions:
        conditional = "  (conditional)" if d["conditional"] else ""
        click.echo(f"# {d['path']:<{width}}  {d['values']}{conditional}")


def describe(table: Table, column: int) -> dict[str, object]:
    """Return path, kind, values as text, and whether the decision is conditional."""
    labels = table.labels[column]
    if table.kind[column] in (INT, FLOAT):
        values = span(table, column)
    else:
        values = " | ".join(labels) if labels is not None else "in | out"
    return {
        "path": table.path[column],
        "kind": KINDS[table.kind[column]],
        "values": values,
        "conditional": bool(table.guard[column] >= 0),
    }


def span(table: Table, column: int) -> str:
    """Return a numeric decision as range text."""
    whole = bool(table.integer[column])
    low, high = (int(x) if whole else float(x) for x in (table.low[column], table.high[column]))
    step = table.step[column]
    shown = f"{low}..{high}" + (f" step {step:g}" if np.isfinite(step) and step not in (0, 1) else "")
    return shown + (" log" if table.log[column] else "")
