"""What is checked before anything is built, without torch: which objects a space names, and whether shapes fit.

The shape rules are run over candidates, and the decision values that break them are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from symbolic.building.roles import describe, span_of
from symbolic.building.values import Values
from symbolic.building.walk import Walk
from symbolic.errors import SpaceError, Span
from symbolic.points import Point, Population
from symbolic.resolver import Resolver
from symbolic.shapes import Shape, ShapeError
from symbolic.space import Space
from symbolic.table.instances import External, Formula, Operation
from symbolic.table.scope import below
from symbolic.table.table import Table
from symbolic.task import TaskFacts
from symbolic.trust import foresee, trust_of

CANDIDATES = 128
"""Random candidates a check runs, beside one for each value of each decision."""
VALUES = 8
"""Values of one number that a check tries: evenly spaced codes, both ends included."""
TRIES = 2
"""Random candidates in which a value is tried that the others do not have."""
FEW = 16
"""Candidates tried before a search: where all of them fail, so would the search."""
MODEL = "model"
MOST = 2_000
"""Candidates made for such values at most."""
SEED = 0


class Foreign(Exception):
    """A layer of foreign make stands here: its shape is known only when it is built, so the check ends before it."""


@attrs.frozen(eq=False)
class Outlines:
    """The maker that makes nothing: operators only tell their shapes, and no code of the user's runs."""

    def find(self, name: str, at: Operation | External) -> Any:
        return name

    def call(self, function: Any, args: Sequence[object], kwargs: Mapping[str, object]) -> object:
        return None

    def program(self, function: Any, kwargs: Mapping[str, object], at: Operation, resolver: Resolver) -> object:
        return None

    def layer(self, op: Any, s: Shape) -> object:
        return None

    def around(self, op: Any, s: Shape, body: Any) -> tuple[object, Shape]:
        return None, op.shape(s, (lambda inner: body(inner)[1]) if callable(body) else body)

    def join(self, parts: Sequence[object]) -> object:
        return None

    def cost(self, name: str, module: object, s: Shape | None, at: Formula) -> int:
        raise Foreign(name)

    def measure(self, module: object, s: Shape, at: Operation) -> Shape:
        raise Foreign(at.fn)

    def memory(self) -> Any:
        return None

    def remember(self, part: Any, memory: Any) -> Any:
        return None

    def recall(self, memory: Any, back: int) -> Any:
        return None

    def begin(self, part: Any, memory: Any) -> Any:
        return None

    def forget(self, part: Any, memories: Sequence[Any]) -> Any:
        return None

    def weight(self, layer: Any) -> Any:
        return None


def check_trust(space: Space) -> None:
    """Raise E603 for an object that the space may not call, at any depth, as far as that can be told without running code."""
    trust = trust_of(space)
    for x, _ in below(space.lower().root, 0, lambda *_: 0):
        match x:
            case External(name=name) | Operation(fn=name) if "::" in name and name not in space.objects:
                foresee(name, trust, x.span)


def check_shapes(space: Space, facts: TaskFacts | None = None) -> None:
    """Run the shape rules over the space: each value of each decision once, and random candidates.

    `facts` default to those of the task the space names; without any nothing is checked. Options of unlike shape are no
    error as long as every candidate fits, and gives what the task takes. Raises E602 that names the decision values which
    break a candidate, or says that the entry `model` is no network; the rest of a network behind a Python callable is left
    to building.
    """
    from symbolic.building.build import task_facts

    known = facts or task_facts(space)
    if known is None:
        return
    _check_network(space)
    broken: list[tuple[Point, SpaceError]] = []
    sound: list[Point] = []
    for point in _candidates(space):
        error = shape_error(space, point, known)
        if error is None:
            sound.append(point)
        else:
            broken.append((point, error))
    if broken:
        point, error = broken[0]
        same = [p for p, e in broken if _place(e) == _place(error)]
        raise ShapeError("E602", f"{error.message}; {_blame(space, same, sound)}", error.span, error.hint)


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


def _candidates(space: Space) -> Iterator[Point]:
    """Yield valid candidates: random ones, and for each value of each decision one that has it where one is found."""
    from symbolic.search.randomness import rng
    from symbolic.table import sample

    table = space.lower()
    generator = rng(SEED, 0)
    population = sample(table, CANDIDATES, generator)
    seen: set[tuple[int, int]] = set()
    for row in range(len(population)):
        seen |= {(c, int(v)) for c, v in enumerate(population.index[row])}
        yield population[row]
    missing = [(c, v) for c, codes in enumerate(_codes(table.card)) for v in codes if (c, v) not in seen]
    yield from _with_values(space, population, missing)


def _codes(card: np.ndarray[Any, Any]) -> list[list[int]]:
    """Return the codes to try of each column."""
    return [sorted({int(v) for v in np.linspace(0, n - 1, min(int(n), VALUES)).round()}) if n else [] for n in card]


def _with_values(space: Space, population: Population, missing: Sequence[tuple[int, int]]) -> Iterator[Point]:
    """Yield candidates that have missing values, made by setting each in random ones that have its decision."""
    from symbolic.search.randomness import rng
    from symbolic.table import close, satisfies

    table = space.lower()
    places = [(row, c, v) for c, v in missing for row in np.flatnonzero(population.index[:, c] >= 0)[:TRIES]]
    if not places:
        return
    rows, columns, codes = (np.array(part) for part in zip(*places, strict=True))
    tried = population.take(rows)
    tried.index[np.arange(len(rows)), columns] = codes
    closed = close(table, tried, rng(SEED, 1))
    valid = satisfies(table, closed) & (closed.index[np.arange(len(rows)), columns] == codes)
    found: set[tuple[int, int]] = set()
    for k in np.flatnonzero(valid):
        value = (int(columns[k]), int(codes[k]))
        if value not in found and len(found) < MOST:
            found.add(value)
            yield closed[int(k)]


def _place(error: SpaceError) -> str:
    return error.path if isinstance(error, ShapeError) and error.path else error.message


def _blame(space: Space, broken: Sequence[Point], sound: Sequence[Point]) -> str:
    """Name the fewest values that all broken candidates share and no sound one has; else those of one broken candidate."""
    from symbolic.table import to_dict

    table = space.lower()
    bad = [to_dict(table, p) for p in broken]
    good = [to_dict(table, p) for p in sound]
    if not good:
        return "every candidate breaks here"
    shared = [(k, v) for k, v in bad[0].items() if all(_has(d, k, v) for d in bad)]
    for k, v in shared:
        if not any(_has(d, k, v) for d in good):
            return f"it breaks where {k} = {v!r}"
    for k in bad[0]:
        limit = _limit(k, bad, good)
        if limit is not None:
            return f"it breaks where {limit}"
    pair = _conjunction(shared, good)
    values = pair or [(k, v) for k, v in bad[0].items()]
    return f"it breaks where {' and '.join(f'{k} = {v!r}' for k, v in values)}"


def _has(values: Mapping[str, Any], key: str, value: object) -> bool:
    return key in values and bool(values[key] == value)


def _limit(key: str, bad: Sequence[Mapping[str, Any]], good: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the bound that one number crosses in all broken candidates and in no sound one."""
    low = [d.get(key) for d in bad]
    high = [d[key] for d in good if key in d]
    if not high or not all(type(v) in (int, float) for v in (*low, *high)):
        return None
    crossed, kept = [float(v) for v in low if v is not None], [float(v) for v in high]
    if min(crossed) > max(kept):
        return f"{key} >= {min(crossed):g} ({max(kept):g} works)"
    if max(crossed) < min(kept):
        return f"{key} <= {max(crossed):g} ({min(kept):g} works)"
    return None


def _conjunction(shared: Sequence[tuple[str, Any]], good: Sequence[Mapping[str, Any]]) -> list[tuple[str, Any]]:
    """Return few shared values that no sound candidate has together; empty when there are none."""
    left, named = list(good), list[tuple[str, Any]]()
    while left and shared:
        k, v = min(shared, key=lambda kv: sum(_has(d, *kv) for d in left))
        kept = [d for d in left if _has(d, k, v)]
        if len(kept) == len(left):
            return []
        left = kept
        named.append((k, v))
    return named
