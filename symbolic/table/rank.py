"""Numbering candidates: a bijection between the candidates of a table and 0..size-1, by its decision diagram."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np

from symbolic.errors import SpaceError
from symbolic.points import Point, Population
from symbolic.table.close import Defaults, settle
from symbolic.table.diagram.diagram import Branch, Counts, Diagram, Free
from symbolic.table.table import I32, I64, Bools, SetOf, Table


@attrs.frozen(eq=False)
class Index:
    """For each layer with edges: a rising key of (state, code) and the completions of all edges before it `[edge + 1]`."""

    keys: tuple[I64 | None, ...]
    before: tuple[Counts | None, ...]


def rank(table: Table, point: Point) -> int:
    """Return the number of a candidate: its place in lexicographic order, decisions in evaluation order, codes rising.

    Inactive comes alone, a permutation's prefix first; floats do not count. Raises E601 for a point that is no candidate, E405
    where the diagram is not exact.
    """
    return int(rank_rows(exact_diagram(table), Population.of([point]))[0])


def unrank(table: Table, number: int) -> Point:
    """Return the candidate with a number in `0..size-1`; floats take their defaults. Raises E601 outside, E405 as `rank`."""
    diagram = exact_diagram(table)
    if not 0 <= number < diagram.size:
        raise SpaceError("E601", f"there is no candidate number {number}", hint=f"the numbers are 0..{diagram.size - 1}")
    return unrank_rows(diagram, np.array([number], object))[0]


def exact_diagram(table: Table) -> Diagram:
    """Return the diagram of a table. Raises E405 when it leaves out anything that decides which rows are candidates."""
    diagram = table.diagram
    if diagram.relaxed:
        raise SpaceError(
            "E405",
            "the candidates of this space cannot be numbered",
            hint=f"its decision diagram is not exact: it leaves out every {' and every '.join(sorted(diagram.relaxed))}",
        )
    return diagram


def rank_rows(diagram: Diagram, population: Population) -> Counts:
    """Return the numbers `[row]` of candidates: int64, or Python integers where the space is larger. Raises E601."""
    total: Counts = np.zeros(len(population), diagram.counts[0].dtype)
    state = np.zeros(len(population), np.int64)
    for at, layer in enumerate(diagram.layers):
        after = diagram.counts[at + 1]
        if isinstance(layer, Free):
            place = _place(diagram.table, layer, population.index, state)
            _require(np.asarray((place >= 0) & (place < layer.width[state]), np.bool_))
            state = layer.to[state]
            total = total + place.astype(total.dtype) * after[state]
        else:
            edge = _edge(diagram.index, at, layer, state, population.index[:, layer.column])
            before = diagram.index.before[at]
            assert before is not None
            total = total + (before[edge] - before[layer.offset[state]]).astype(total.dtype)
            state = layer.to[edge]
    return total


def unrank_rows(diagram: Diagram, numbers: Counts) -> Population:
    """Return the candidates with some numbers `[row]`, each in `0..size-1`; floats take their defaults."""
    table = diagram.table
    rest = numbers.astype(diagram.counts[0].dtype)
    index = np.full((len(rest), len(table)), -1, np.int32)
    state = np.zeros(len(rest), np.int64)
    for at, layer in enumerate(diagram.layers):
        after = diagram.counts[at + 1]
        if isinstance(layer, Free):
            behind = after[layer.to[state]]
            place = rest // behind
            rest = rest - place * behind
            index[:, list(layer.columns)] = _codes(table, layer, place, layer.base[state])
            state = layer.to[state]
        else:
            before = diagram.index.before[at]
            assert before is not None
            start = before[layer.offset[state]]
            edge = np.searchsorted(before, rest.astype(before.dtype) + start, "right") - 1
            rest = rest - (before[edge] - start).astype(rest.dtype)
            index[:, layer.column] = layer.code[edge]
            state = layer.to[edge]
    floats = [s for s in table.plan.steps if s.real >= 0]
    index[:, [s.columns[0] for s in floats]] = -1
    return settle(table, Population(index, np.zeros((len(rest), table.n_floats))), Defaults(table), floats)


def make_index(diagram: Diagram) -> Index:
    """Sum the completions of edges along each layer."""
    keys, sums = list[I64 | None](), list[Counts | None]()
    for layer, after in zip(diagram.layers, diagram.counts[1:], strict=True):
        if isinstance(layer, Free):
            keys.append(None)
            sums.append(None)
            continue
        behind = after[layer.to]
        if behind.dtype != object and float(behind.astype(np.float64).sum()) >= 2.0**62:
            behind = behind.astype(object)
        keys.append(_key(layer, np.repeat(np.arange(layer.states), np.diff(layer.offset)), layer.code))
        sums.append(np.concatenate([np.zeros(1, behind.dtype), np.cumsum(behind)]))
    return Index(tuple(keys), tuple(sums))


def _key(layer: Branch, state: I64, code: I32) -> I64:
    width = int(layer.code.max(initial=0)) + 2
    return np.asarray(state * width + np.minimum(code, width - 2) + 1, np.int64)


def _edge(index: Index, at: int, layer: Branch, state: I64, code: I32) -> I64:
    keys = index.keys[at]
    assert keys is not None
    edge = np.minimum(np.searchsorted(keys, _key(layer, state, code)), max(len(keys) - 1, 0))
    _require(len(keys) > 0 and np.asarray((keys[edge] == _key(layer, state, code)) & (layer.code[edge] == code), np.bool_))
    return edge


def _require(found: Bools | bool) -> None:
    if not np.all(found):
        raise SpaceError("E601", "this point is no candidate of the space", hint="see `satisfies` and `close`")


def _place(table: Table, layer: Free, index: I32, state: I64) -> Counts:
    """Return the place of the codes among those that a free layer allows."""
    base, step = layer.base[state], table.plan.step(layer.columns[0])
    if step.members is None or not step.members.ordered:
        code = index[:, layer.columns[0]].astype(np.int64)
        return np.where((base < 0) & (code >= 0), -1, code - base)
    places = [permutation_rank(step.members, step.size, row) for row in index[:, list(layer.columns)].tolist()]
    return np.array(places, layer.width.dtype)


def _codes(table: Table, layer: Free, place: Counts, base: I32) -> I32:
    """Return the codes `[row, column]` at places among those that a free layer allows."""
    step = table.plan.step(layer.columns[0])
    if step.members is None or not step.members.ordered:
        return np.asarray(place.astype(np.int64) + base, np.int32)[:, None]
    nothing = [-1] * len(layer.columns)
    rows = [
        permutation_unrank(step.members, step.size, int(p)) if active else nothing
        for p, active in zip(place, base >= 0, strict=True)
    ]
    return np.array(rows, np.int32).reshape(len(rows), len(layer.columns))


def permutation_rank(members: SetOf, size: int, codes: Sequence[int]) -> int:
    """Return the place of a permutation of `size` options, prefixes first; 0 for an inactive one.

    >>> two = SetOf("p", (0, 1), 0, 2, True, -1)
    >>> [permutation_rank(two, 2, c) for c in ([0, 0], [1, 0], [1, 2], [2, 0], [2, 1])]
    [0, 1, 2, 3, 4]
    """
    total, free = 0, list(range(1, size + 1))
    for place, code in enumerate(codes):
        if code <= 0:
            break
        smaller = free.index(code)
        total += (place >= members.low) + smaller * _longer(members, size, place + 1)
        del free[smaller]
    return total


def permutation_unrank(members: SetOf, size: int, number: int) -> list[int]:
    """Return the permutation at a place, as codes with zeros at the tail.

    >>> permutation_unrank(SetOf("p", (0, 1), 0, 2, True, -1), 2, 3)
    [2, 0]
    """
    codes, free = [0] * len(members.columns), list(range(1, size + 1))
    for place in range(members.high):
        if place >= members.low:
            if number == 0:
                break
            number -= 1
        smaller, number = divmod(number, _longer(members, size, place + 1))
        codes[place] = free.pop(smaller)
    return codes


def _longer(members: SetOf, size: int, filled: int) -> int:
    """Return how many allowed permutations begin with `filled` given options."""
    return sum(math.perm(size - filled, k - filled) for k in range(max(members.low, filled), members.high + 1))
