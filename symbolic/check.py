"""What is checked before anything is built, without torch: which objects a space names, and whether shapes fit.

The shape rules are run over candidates, and the decision values that break them are named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from symbolic.building.roles import describe, span_of
from symbolic.building.values import Values
from symbolic.building.walk import Walk
from symbolic.checking.blame import blame
from symbolic.checking.coverage import Coverage, cover
from symbolic.checking.outlines import Foreign, Outlines
from symbolic.errors import SpaceError, Span, nearest
from symbolic.nodes import Record
from symbolic.points import Point
from symbolic.shapes import Shape, ShapeError
from symbolic.space import Space
from symbolic.table.instances import External, Operation
from symbolic.table.scope import below
from symbolic.table.table import Table
from symbolic.task import TaskFacts
from symbolic.trust import foresee, trust_of

FEW = 16
"""Candidates tried before a search: where all of them fail, so would the search."""
MODEL = "model"
TRAIN = "train"
SEED = 0


def check_trust(space: Space) -> None:
    """Raise E603 for an object that the space may not call, at any depth, as far as that can be told without running code."""
    trust = trust_of(space)
    for x, _ in below(space.lower().root, 0, lambda *_: 0):
        match x:
            case External(name=name) | Operation(fn=name) if "::" in name and name not in space.objects:
                foresee(name, trust, x.span)


def check_train(space: Space, keys: Collection[str]) -> None:
    """Raise E203 at a key of the space's `train` record that is none of `keys`, with the nearest one."""
    for entry in space.root.fields:
        if entry.key == TRAIN and isinstance(entry.value, Record):
            for field in entry.value.fields:
                if field.key not in keys:
                    raise SpaceError("E203", unknown_key(field.key, keys), field.span)


def unknown_key(key: str, keys: Collection[str]) -> str:
    """Say that the `train` record has no such key, and which one is nearest."""
    hint = nearest(key, keys) or f"known: {', '.join(keys)}"
    return f"the train record has no key {key!r}; {hint}"


def check_shapes(space: Space, facts: TaskFacts | None = None) -> Coverage | None:
    """Run the shape rules over candidates that cover the space, and say how much of it they show.

    `facts` default to those of the task the space names; without any nothing is checked. Options of unlike shape are no
    error as long as every candidate fits, and gives what the task takes. Raises E602 that names the decision values which
    break a candidate, or says that the entry `model` is no network; the rest of a network behind a Python callable is left
    to building.
    """
    from symbolic.building.build import task_facts

    known = facts or task_facts(space)
    if known is None:
        return None
    _check_network(space)
    made = cover(space)
    raise_first(space, made.rows, lambda point: shape_error(space, point, known))
    return made.coverage()


def raise_first(space: Space, points: Sequence[Point], error_of: Callable[[Point], SpaceError | None]) -> None:
    """Raise the first error of some candidates, if there is one, and name the decision values that make it."""
    tried = [(point, error_of(point)) for point in points]
    broken = [(point, error) for point, error in tried if error is not None]
    if broken:
        _, error = broken[0]
        same = [p for p, e in broken if _place(e) == _place(error)]
        sound = [p for p, e in tried if e is None]

        def fails(point: Point) -> bool:
            found = error_of(point)
            return found is not None and _place(found) == _place(error)

        raise ShapeError("E602", f"{error.message}; {blame(space, same, sound, fails)}", error.span, error.hint)


def check_outputs(space: Space, facts: TaskFacts) -> None:
    """Raise E602 where `model` is no network, or no candidate of a few gives what the task takes: one error before trial 1."""
    _check_network(space)
    errors = [shape_error(space, candidate.point, facts) for candidate in space.sample(FEW, SEED)]
    if all(errors) and errors[0] is not None:
        error = errors[0]
        raise ShapeError("E602", f"{error.message}; none of the candidates tried fits", error.span, error.hint)


def _check_network(space: Space) -> None:
    """Raise E602 where the entry `model` is a value: a task needs a network to train."""
    table = space.lower()
    x = table.root.fields.get(MODEL)
    if x is not None and not table.blueprint.has_call(x):
        place = _entry_span(space, MODEL)
        hint = f"write e.g. {MODEL} = flatten >> linear(classes), or call the entry something else"
        raise ShapeError("E602", f"the entry {MODEL!r} is {describe(x)}, and a task needs a network", span_of(x) or place, hint)


def shape_error(space: Space, point: Point, facts: TaskFacts) -> SpaceError | None:
    """Return the error of one candidate's shapes, None where they fit or only building can tell."""
    table = space.lower()
    walk = Walk(table, Values(table, point), Outlines(), facts)
    network = _network(table)
    for key, x in table.root.fields.items():
        try:
            if key != network:
                walk.value(x)
            elif misfit := _misfit(walk.network.whole(x, facts.input)[1], facts):
                message, hint = misfit
                return ShapeError("E602", message, span_of(x) or _entry_span(space, key), hint)
        except Foreign:
            continue
        except SpaceError as e:
            if e.code != "E602":
                raise
            return e
    return None


def _network(table: Table) -> str | None:
    """Return the entry that is trained, where it is made of layers: `model`, or the only one that is."""
    layers = [key for key, x in table.root.fields.items() if table.blueprint.is_layer(x)]
    return MODEL if MODEL in layers else layers[0] if len(layers) == 1 else None


def _misfit(given: Shape, facts: TaskFacts) -> tuple[str, str] | None:
    """Return what is wrong and what to write where a network does not give what the task takes."""
    wanted = facts.output
    if wanted is None or given == wanted:
        return None
    end = "linear(classes)" if "classes" in facts.values else f"linear({wanted.axes[0]})"
    hint = f"end it with {'flatten >> ' if len(given.axes) > 1 else ''}{end}"
    return f"the network gives {given}, and the task {facts.name!r} takes {wanted}", hint


def _entry_span(space: Space, key: str) -> Span | None:
    return next((f.span for f in space.root.fields if f.key == key), None)


def _place(error: SpaceError) -> str:
    return error.path if isinstance(error, ShapeError) and error.path else error.message
