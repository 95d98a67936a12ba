"""What is shown of a space: its decisions as an outline, with what each may be, and how many candidates there are."""

from __future__ import annotations

from symbolic.display.outline import outline
from symbolic.display.view import Line, Table, View
from symbolic.display.words import columns, decision_path, default_text, size_text, values_text, when_text
from symbolic.errors import SymspaceError
from symbolic.language.printer import print_node
from symbolic.space import Space
from symbolic.table.table import Table as Lowered

MOST = 200
"""Lines shown of one table."""


def space_view(space: Space) -> View:
    """Return the view of a space; of one that cannot be lowered the reason."""
    task = () if space.task is None else (f"task {print_node(space.task)}",)
    try:
        table = space.lower()
        facts = (size_text(space.size()), counted(len(columns(table)), "decision"), *task)
    except SymspaceError as error:
        return View(f"space {space.name}", task, (), (str(error),))
    goals = [f"{'maximize' if g.maximize else 'minimize'} {print_node(g.expression)}" for g in space.objectives]
    rules = [f"{c.kind} {print_node(c.condition)}" for c in space.constraints]
    return View(f"space {space.name}", (", ".join(facts),), (decisions(table),), (*goals, *_few(rules)))


def decisions(table: Lowered) -> Table:
    """Return the decisions of a space as a table."""
    told = [
        (decision_path(table, c), (values_text(table, c), default_text(table, c), when_text(table, c))) for c in columns(table)
    ]
    told += [(f.path, (f"fidelity {f.low:g}..{f.high:g}", f"{f.high:g}", "")) for f in table.fidelities]
    lines = [
        Line((entry.name, *(entry.content or ("", "", ""))), depth, way=entry.content is None)
        for top in outline(told)
        for depth, entry in top.walk()
    ]
    conditional = any(line.cells[3] for line in lines)
    if not conditional:
        lines = [Line(line.cells[:3], line.depth, line.way) for line in lines]
    names = ("decision", "values", "default", "exists when")
    return cut(Table(names[: 3 + conditional], tuple(lines)))


def cut(table: Table) -> Table:
    """Return a table with its first lines only, saying how many there are."""
    if len(table.lines) <= MOST:
        return table
    left_out = f"... and {len(table.lines) - MOST:,} more lines"
    return Table(table.columns, table.lines[:MOST], table.title, left_out)


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> counted(1, "decision"), counted(2000, "trial")
    ('1 decision', '2,000 trials')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _few(rules: list[str]) -> list[str]:
    return rules if len(rules) <= 12 else [*rules[:12], f"... and {len(rules) - 12} more constraints"]
