"""Conditions and objectives written as text beside a space that comes from Python."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from symbolic.errors import Source, SpaceError
from symbolic.language import raw, resolve
from symbolic.language.parser import located_errors, parse_statements
from symbolic.nodes import Call, Constraint, Goal
from symbolic.space import Space


def constraint(kind: Literal["require", "forbid"], text: str, entries: Iterable[str], task: Call | None = None) -> Constraint:
    """Return the constraint that a condition such as `"sum(model.body[*].rank) <= 256"` states.

    `entries` are the names it may start from. Raises `SpaceError` with the place in the text.
    """
    return _read(f"{kind} ", text, entries, task).constraints[0]


def goal(maximize: bool, text: str, entries: Iterable[str], task: Call | None = None) -> Goal:
    """Return the objective that an expression over metrics such as `"accuracy"` states."""
    return _read("maximize " if maximize else "minimize ", text, entries, task).objectives[0]


def _read(word: str, text: str, entries: Iterable[str], task: Call | None) -> Space:
    """Read one statement as if it stood in a file with these entries."""
    source = Source(f"<{word.strip()}>", word + text.strip())
    with located_errors(source):
        statements = parse_statements(source)
        if len(statements) != 1 or not isinstance(statements[0], raw.Objective | raw.Constraint):
            raise SpaceError("E101", f"{text.strip()!r} is more than one {'condition' if word[0] in 'rf' else 'objective'}")
        return resolve.fragment(source, statements, frozenset(entries), task)
