"""Facts of the task where they are needed before anything is built: in bounds, counts, conditions and constraints.

Lowering knows the facts of the task that the space names, or that was handed over beside it. A fact that is a whole argument
(`linear(classes)`) is left to building, which may be told of a task later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from symbolic.errors import SpaceError
from symbolic.table.instances import Conditional, Fact, Formula, Gathered, Instance, Repeated, Scoped

if TYPE_CHECKING:
    from symbolic.space import Space


def known_facts(space: Space) -> Mapping[str, int] | None:
    """Return the facts of the task of a space by name, None where no task is known."""
    if space.facts is not None:
        return space.facts.values
    if space.task is None:
        return None
    from symbolic.language.statements import task_facts

    found = task_facts(space.task)
    return None if found is None else found.values


def untold(x: Fact) -> SpaceError:
    """Return the error of a fact that must be known before the search starts, and is not."""
    message = f"{x.name!r} is a fact of the task, and no task says it: what exists depends on it here"
    return SpaceError("E201", message, x.span, "name the task in the space: task NAME")


def refuse_untold(x: Instance) -> None:
    """Raise E201 where an expression reads a fact that no task says."""
    match x:
        case Fact(value=None):
            raise untold(x)
        case Formula(args=parts) | Gathered(items=parts):
            for part in parts:
                refuse_untold(part)
        case Scoped(body=part) | Repeated(count=part):
            refuse_untold(part)
        case Conditional(condition=condition, then=then, other=other):
            for part in (condition, then, *(() if other is None else (other,))):
                refuse_untold(part)
        case _:
            return
