"""Which columns an expression, a guard or a column's bounds read."""

from __future__ import annotations

from typing import assert_never

from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    External,
    Fact,
    Fields,
    Formula,
    Gathered,
    Instance,
    Members,
    Operation,
    Repeated,
    Scoped,
    Varying,
)
from symbolic.table.table import AnyOf, Member, Table, Test, When


def reads(table: Table, instance: Instance) -> frozenset[int]:
    """Return the columns an expression reads, those of the guards inside it included."""
    out: set[int] = set()
    _expression(table, instance, out)
    return frozenset(out)


def guard_reads(table: Table, guard: int) -> frozenset[int]:
    """Return the columns that must be known to tell whether a guard holds; none for -1.

    An option test on a column implies that the column's own guard holds, so what that guard reads is not listed.
    """
    out: set[int] = set()
    _guard(table, guard, out)
    return frozenset(out)


def column_reads(table: Table, column: int) -> frozenset[int]:
    """Return the columns that a column's guard and bounds read: they come before it in `table.order`."""
    out: set[int] = set()
    _guard(table, int(table.guard[column]), out)
    for bound in (table.low_x[column], table.high_x[column]):
        if bound is not None:
            _expression(table, bound, out)
    return frozenset(out - {column})


def implied(table: Table, guard: Test | Member) -> bool:
    """Return whether the tested column is active only where the guard's parent holds, so that the parent adds nothing."""
    column = guard.column if isinstance(guard, Test) else guard.columns[0]
    return guard.parent == -1 or int(table.guard[column]) == guard.parent


def _expression(table: Table, x: Instance, out: set[int]) -> None:
    match x:
        case Constant() | Varying() | Fact() | External() | Operation() | Chain() | Fields():
            return
        case Decided(path=path):
            out.add(table.where[path])
        case Members(columns=columns):
            out.update(table.where[path] for path in columns)
        case Scoped(body=body):
            _expression(table, body, out)
        case Repeated(count=count):
            _expression(table, count, out)
        case Conditional(condition=condition, then=then, other=other, guard=guard):
            _guard(table, guard, out)
            for part in (condition, then, other):
                if part is not None:
                    _expression(table, part, out)
        case Formula(op="guarded", args=(value, Constant(value=int(guard)))):
            _expression(table, value, out)
            _guard(table, guard, out)
        case Formula(op="metric"):
            return
        case Formula(args=args) | Gathered(items=args):
            for part in args:
                _expression(table, part, out)
        case _:
            assert_never(x)


def _guard(table: Table, guard: int, out: set[int]) -> None:
    while guard != -1:
        match table.guards[guard]:
            case Test() as g:
                out.add(g.column)
                if implied(table, g):
                    return
                guard = g.parent
            case Member() as g:
                out.update(g.columns)
                if implied(table, g):
                    return
                guard = g.parent
            case When() as g:
                _expression(table, g.condition, out)
                guard = g.parent
            case AnyOf(guards=guards):
                for one in guards:
                    _guard(table, one, out)
                return
