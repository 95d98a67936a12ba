"""The layered decision diagram of a table: columns in evaluation order are layers, a state is what later layers still need.

Paths from the root to the end are the candidates (floats count once), so that counting, ranking and drawing are sums over
edges. Equal states merge: twelve ordered widths of 64 values need 64 states a layer, whatever the number of candidates.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.errors import SpaceError
from symbolic.table.diagram.agenda import Relaxation
from symbolic.table.table import I32, I64, Table, When

if TYPE_CHECKING:
    from symbolic.table.diagram.draw import Weights
    from symbolic.table.rank import Index

LIMIT = 8_000_000
"""Edges at most; an edge costs about 16 bytes, and the layer that is being built a few times that."""
_BITS = 2.0**34
"""Bits of all counts together, at an edge each, at most: what a diagram with long numbers is limited by."""
_LEAST = 100_000
"""Edges that are allowed whatever the numbers."""
_ORDER = ("constraints", "bounds", "conditions")
_EXACT_INT64 = 2.0**61
Counts: TypeAlias = NDArray[Any]
"""int64, or Python integers where those would not do."""


@attrs.frozen(eq=False)
class Free:
    """A layer that nobody looks at: `width[state]` codes from `base[state]` on (-1: inactive), all leading `to[state]`.

    Of a permutation, `columns` are all its columns and `width` counts its arrangements.
    """

    columns: tuple[int, ...]
    base: I32
    width: Counts
    to: I64


@attrs.frozen(eq=False)
class Branch:
    """A layer with an edge per code: those of a state are `offset[state]` up to `offset[state + 1]`, codes rising.

    `between`: the first and last code that own bounds allow in each state, constraints aside.
    """

    column: int
    offset: I64
    code: I32
    to: I64
    between: tuple[I32, I32] | None = None

    @property
    def states(self) -> int:
        """How many states the layer has."""
        return len(self.offset) - 1


DiagramLayer = Free | Branch


@attrs.frozen(eq=False)
class Diagram:
    """All candidates of a table as paths. `counts[layer][state]`: completions from there; `relaxed`: what was left out."""

    table: Table
    layers: tuple[DiagramLayer, ...]
    counts: tuple[Counts, ...]
    edges: int
    relaxed: frozenset[Relaxation]

    @property
    def size(self) -> int:
        """How many paths there are."""
        return int(self.counts[0][0])

    @property
    def complete(self) -> bool:
        """Whether only constraints that read a float are left out, so that draws need no other rejection."""
        return self.relaxed <= {"float constraint"}

    @cached_property
    def uniform(self) -> Weights:
        """Weights that make every path equally likely."""
        from symbolic.table.diagram.draw import uniform_weights

        return uniform_weights(self)

    @cached_property
    def prior(self) -> Weights:
        """Weights that draw from the priors, on condition that the path is in the diagram."""
        from symbolic.table.diagram.draw import prior_weights

        return prior_weights(self)

    @cached_property
    def index(self) -> Index:
        """Sums over smaller edges, for `rank` and `unrank`."""
        from symbolic.table.rank import make_index

        return make_index(self)


def make_diagram(table: Table, limit: int = LIMIT) -> Diagram:
    """Build the diagram of a table, leaving out constraints, then bounds, then conditions where it would be too large.

    Raises E405 when it has more than `limit` edges even so.
    """
    from symbolic.table.diagram.build import TooLarge, build
    from symbolic.table.diagram.simplify import simplify

    drops: tuple[frozenset[Relaxation], ...] = (
        frozenset(),
        frozenset({"constraints"}),
        frozenset({"constraints", "bounds"}),
        frozenset({"constraints", "bounds", "conditions"}),
    )
    simple = simplify(table)
    limit = min(limit, max(_LEAST, int(_BITS / (1 + _bits(table)))))
    useful = _useful(table)
    for dropped in drops:
        if dropped and max(dropped, key=_ORDER.index) not in useful:
            continue  # as large as without
        try:
            layers, last, edges, relaxed = build(simple, dropped, limit)
        except TooLarge:
            continue
        return Diagram(table, layers, count(layers, last), edges, relaxed)
    raise SpaceError("E405", f"the decision diagram of this space has more than {limit} edges", hint="give a higher limit")


def _bits(table: Table) -> float:
    """Return how many bits the number of candidates can have: every count of the diagram may need as many."""
    return float(np.log2(np.maximum(table.card, 1) + (table.guard >= 0)).sum())


def _useful(table: Table) -> frozenset[str]:
    """Return what leaving it out can make a diagram smaller."""
    return frozenset(
        word
        for word, there in (
            ("constraints", bool(table.rules)),
            ("bounds", any(x is not None for x in (*table.low_x, *table.high_x))),
            ("conditions", any(isinstance(g, When) for g in table.guards)),
        )
        if there
    )


def count(layers: tuple[DiagramLayer, ...], last_states: int) -> tuple[Counts, ...]:
    """Return the completions of each state of each layer: int64 where the whole count fits, else Python integers."""
    with np.errstate(over="ignore"):
        rough = _count(layers, np.ones(last_states, np.float64))[0]
    whole = np.dtype(np.int64) if len(rough) == 0 or rough[0] < _EXACT_INT64 else np.dtype(object)
    return _count(layers, np.ones(last_states, whole))


def _count(layers: tuple[DiagramLayer, ...], last: Counts) -> tuple[Counts, ...]:
    counts = [last]
    for layer in reversed(layers):
        after = counts[-1]
        if isinstance(layer, Free):
            counts.append(_as(layer.width, after.dtype) * after[layer.to])
        else:
            counts.append(sum_by_state(layer, after[layer.to]))
    return tuple(reversed(counts))


def _as(width: Counts, dtype: np.dtype[Any]) -> Counts:
    """Return widths in another type; as floats, what these cannot hold is their largest: enough to tell that it is large."""
    if width.dtype == object and dtype == np.float64:
        width = np.minimum(width, 2**1000)
    return width.astype(dtype)


def sum_by_state(layer: Branch, values: Counts) -> Counts:
    """Return the sums `[state]` of values of edges; 0 for a state without edges."""
    sums = np.zeros(layer.states, values.dtype)
    busy = np.flatnonzero(np.diff(layer.offset))
    if len(busy):
        sums[busy] = np.add.reduceat(values, layer.offset[busy])
    return sums
