"""`symspace show`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
import numpy as np

from symbolic.cli.options import json_option, space_argument
from symbolic.passes.edits import decision_paths, default_of
from symbolic.table.table import KINDS, SetOf, Table

if TYPE_CHECKING:
    from symbolic.candidate import Candidate
    from symbolic.space import Space


@click.command("show")
@space_argument
@click.option("--candidate", type=click.File(encoding="utf-8"), help="A file (- for standard input) that holds a candidate.")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw it to a file: its network, choices open.")
@json_option
def command(space: str, candidate: TextIO | None, svg: Path | None, as_json: bool) -> None:
    """Print SPACE: its canonical text, then every decision with what it may be and its default.

    With --candidate one candidate of it, given as JSON or as lines `path = value`: the space with its choices taken, then
    the decisions that it has, with what each could be; those that are not active are not listed.
    """
    from symbolic import load

    loaded = load(space)
    if svg is not None:
        drawn = loaded if candidate is None else read_candidate(loaded, candidate.read())
        drawn.draw().save(svg)
        click.echo(json.dumps({"name": loaded.name, "svg": str(svg)}) if as_json else f"{loaded.name}: {svg}")
        return
    if candidate is None:
        text, head, decisions = loaded.text(), {}, decisions_of(loaded)
    else:
        given = read_candidate(loaded, candidate.read())
        text, decisions = given.plain().text(), decisions_of(loaded, given)
        head = {"candidate": given.to_dict()}
    if as_json:
        click.echo(json.dumps({"name": loaded.name, "hash": loaded.hash, "text": text, **head, "decisions": decisions}))
        return
    click.echo(text)
    width = max((len(str(d["path"])) for d in decisions), default=0)
    for d in decisions:
        click.echo(f"# {d['path']:<{width}}  {_line(d)}")


def _line(decision: Mapping[str, Any]) -> str:
    if "value" in decision:
        return f"= {json.dumps(decision['value'], ensure_ascii=False)}  of  {decision['values']}"
    default = f"  default {json.dumps(decision['default'], ensure_ascii=False)}"
    return f"{decision['values']}{default}{'  (conditional)' if decision['conditional'] else ''}"


def read_candidate(space: Space, text: str) -> Candidate:
    """Return the candidate that a text holds: a JSON object, or one `path = value` a line. Raises E601."""
    from symbolic.candidate import Candidate

    read = Candidate.from_json if text.lstrip().startswith("{") else Candidate.parse
    return read(space, text)


def decisions_of(space: Space, candidate: Candidate | None = None) -> list[dict[str, Any]]:
    """Return the decisions of a space; with a candidate those that are active in it, and their values."""
    table = space.lower()
    if candidate is None:
        return [describe(table, path) for path in decision_paths(table)]
    return [{**describe(table, path), "value": value} for path, value in candidate.to_dict().items()]


def describe(table: Table, path: str) -> dict[str, Any]:
    """Return path, kind, values as text, default, and whether the decision is conditional."""
    column = table.where[path]
    members = next((s for s in table.sets if s.path == path), None)
    kind = KINDS[table.kind[column]]
    if members is not None:
        kind = "permutation" if members.ordered else "multiset" if members.most > 1 else "subset"
    return {
        "path": path,
        "kind": kind,
        "values": span(table, column) if kind in ("int", "float") else _options(table, column, members),
        "default": default_of(table, column),
        "conditional": bool(table.guard[column] >= 0),
    }


def _options(table: Table, column: int, members: SetOf | None) -> str:
    labels = table.labels[column] or ()
    if members is None:
        return " | ".join(labels)
    count = f"{members.low}" if members.low == members.high else f"{members.low}..{members.high}"
    return f"{count} of {{ {', '.join(labels)} }}"


def span(table: Table, column: int) -> str:
    """Return a numeric decision as range text."""
    whole = bool(table.integer[column])
    low, high = (int(x) if whole else float(x) for x in (table.low[column], table.high[column]))
    step = table.step[column]
    shown = f"{low}..{high}" + (f" step {step:g}" if np.isfinite(step) and step not in (0, 1) else "")
    return shown + (" log" if table.log[column] else "")
