"""Expressions that name a shared choice: they decide what they read of it, and no more.

`act is relu` makes the choice `act` active where the expression stands, but not what stands inside its options.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbolic.table.drafts import Alternatives, Place
from symbolic.table.expand.definitions import Shared
from symbolic.table.instances import Conditional, Constant, Decided, Formula, Gathered, Instance, Members, Repeated, Scoped
from symbolic.table.scope import Growing, Named
from symbolic.table.table import Test

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander


def read_shared(e: Expander, name: str, made: Shared, what: Named, at: Place) -> None:
    """Make active, under the guard of a place, what an expression there reads of a shared choice."""
    if not at.context.activate or at.context.reuse or isinstance(what, Growing):
        return
    e.draft.read.add(name)
    read = [_read(e, leaf, made.guard, at.guard) for leaf in _leaves(what)]
    if not all(read) and at.guard not in made.uses.guards:
        made.uses.guards.append(at.guard)


def _leaves(x: Instance) -> list[Instance]:
    """Return the decisions an expression over `x` reads; anything else whose reading depends on a condition as it is."""
    match x:
        case Scoped(body=inner) | Repeated(count=inner):
            return _leaves(inner)
        case Gathered(items=parts) | Formula(args=parts):
            return [leaf for part in parts for leaf in _leaves(part)]
        case Constant():
            return []
        case _:
            return [x]


def _read(e: Expander, x: Instance, shared: int, here: int) -> bool:
    """Make one decision of a shared choice active `here`, and those above it; False where that cannot be told simply."""
    if isinstance(x, Conditional) or not isinstance(x, Decided | Members):
        return False
    path = x.path if isinstance(x, Decided) else x.columns[0]
    return _read_column(e, e.draft.where[path], shared, here) is not None


def _read_column(e: Expander, column: int, shared: int, here: int) -> int | None:
    """Return the guard under which a column is read here, now one of those that make it active."""
    guard = e.draft.columns[column].guard
    own = guard
    g = e.draft.guards[guard] if guard != -1 else None
    if isinstance(g, Alternatives) and guard != shared:
        own = g.guards[0]  # read before: its own guard stands first
        g = e.draft.guards[own]
    if own == shared:
        under: int | None = here
    elif isinstance(g, Test):
        above = _read_column(e, g.column, shared, here)
        under = None if above is None else e.draft.guard(Test(above, g.column, g.codes))
    else:
        under = None
    if under is not None:
        _activate(e, column, guard, own, under)
    return under


def _activate(e: Expander, column: int, guard: int, own: int, under: int) -> None:
    g = e.draft.guards[guard]
    if guard != own and isinstance(g, Alternatives):
        if under not in g.guards:
            g.guards.append(under)
        return
    wider = e.draft.guard(Alternatives([own, under]))
    members = e.draft.columns[column].set
    if members < 0:
        e.draft.columns[column].guard = wider
        return
    e.draft.sets[members].guard = wider
    for c in e.draft.sets[members].columns:
        e.draft.columns[c].guard = wider
