"""The flat option axis of mixtures: the codes of every discrete column in table order, side by side.

A member of a subset has two options (out, in), an integer its grid; places of permutations and floats have none.
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from symbolic.errors import SpaceError
from symbolic.points import Point, Population
from symbolic.table.close import Defaults, settle
from symbolic.table.constrain import constrained, satisfies
from symbolic.table.encode import repair_sets
from symbolic.table.table import BIT, F64, I64, INT, ONE, Table

DRAWS = 1000
"""How many candidates are drawn from the weights when the likeliest codes together are no candidate."""
MOST = 10_000_000
"""The longest option axis."""


@attrs.frozen(eq=False)
class Options:
    """The option axis of a table. Raises E405 when it would be longer than 10 million.

    `start` int64 `[column]`: first option of a column; `card` int64 `[column]`: how many it has; `owner` int64 `[option]`: its
    column; `count`: the length of the axis.
    """

    table: Table
    start: I64 = attrs.field(init=False)
    card: I64 = attrs.field(init=False)
    owner: I64 = attrs.field(init=False)
    count: int = attrs.field(init=False)
    _segments: I64 = attrs.field(init=False, repr=False)
    _segment_of: I64 = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        kinds = self.table.kind
        card = np.where((kinds == ONE) | (kinds == BIT) | (kinds == INT), self.table.card, 0).astype(np.int64)
        count = int(card.sum())
        if count > MOST:
            path = self.table.path[int(card.argmax())]
            raise SpaceError("E405", f"mixtures over {count} options are too long", hint=f"{path!r} has {int(card.max())}")
        columns = np.flatnonzero(card)
        start = np.cumsum(card) - card
        for name, value in (
            ("start", start),
            ("card", card),
            ("count", count),
            ("owner", np.repeat(np.arange(len(card)), card)),
        ):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_segments", start[columns])
        object.__setattr__(self, "_segment_of", np.repeat(np.arange(len(columns)), card[columns]))

    def softmax(self, logits: F64) -> F64:
        """Return probabilities `[..., option]` of logits, each column's summing to 1."""
        top = np.maximum.reduceat(logits, self._segments, axis=-1) if self.count else logits
        raised = np.exp(logits - self._spread(top))
        return raised / self._spread(self._sums(raised))

    def softmax_vjp(self, p: F64, gradient: F64) -> F64:
        """Return d loss / d logits, given p = softmax(logits) and d loss / d p, all `[..., option]`."""
        return p * (gradient - self._spread(self._sums(p * gradient)))

    def uniform(self) -> F64:
        """Return the mixture `[option]` of equal weights."""
        return self.softmax(np.zeros(self.count))

    def one_hot(self, point: Point) -> F64:
        """Return the vertex `[option]` of a point: 1 at the chosen option of each active column, zeros at inactive ones."""
        weights = np.zeros(self.count)
        chosen = np.flatnonzero((self.card > 0) & (point.index >= 0))
        weights[self.start[chosen] + point.index[chosen]] = 1.0
        return weights

    def draw(self, p: F64, n: int, rng: np.random.Generator) -> Population:
        """Draw `n` closed rows, each column by its probabilities p `[option]`; subsets are repaired to their bounds.

        What has no options (floats, permutations) takes its default. Constraints are not looked at: see `argmax`.
        """
        index = np.full((n, len(self.table)), -1, np.int32)
        for column in np.flatnonzero(self.card):
            summed = np.cumsum(self._of(p, column))
            drawn = np.searchsorted(summed, rng.random(n) * summed[-1], "right")
            index[:, column] = np.minimum(drawn, self.card[column] - 1)
        for step in self.table.plan.steps:
            if step.members is not None and not step.members.ordered:
                columns = list(step.columns)
                most = step.members.most
                lean = index[:, columns] / most + (0.4 * p[self.start[columns] + 1] if most == 1 else 0.0)
                index[:, columns] = repair_sets(lean, step.members)
        return self._closed(index)

    def argmax(self, weights: F64, rng: np.random.Generator | None = None) -> Point:
        """Return the candidate of largest weights `[option]`.

        The largest option of each column, the members of weight above 0.5 of each subset (repaired to its bounds by the
        largest). If that breaks a constraint: the valid candidate with the largest product of weights among 1,000 drawn by them
        (`rng` None: always the same draws). Floats and permutations take their defaults. Raises E501 when none is valid.
        """
        best = self._largest(weights)
        if not constrained(self.table) or satisfies(self.table, best)[0]:
            return best[0]
        drawn = self.draw(weights, DRAWS, rng if rng is not None else np.random.default_rng(0))
        valid = drawn.take(satisfies(self.table, drawn))
        if not len(valid):
            rules = "; ".join(rule.text for rule in self.table.rules)
            hint = f"the weights favour what is not allowed: {rules}" if rules else None
            raise SpaceError("E501", f"none of {DRAWS} candidates drawn from the weights is valid", hint=hint)
        return valid[int(self.log_weight(weights, valid).argmax())]

    def log_weight(self, weights: F64, population: Population) -> F64:
        """Return the log of the product of the weights of the chosen options of active columns, `[row]`; -inf for a zero."""
        columns = np.flatnonzero(self.card)
        codes = population.index[:, columns]
        with np.errstate(divide="ignore"):
            logs = np.log(weights)[self.start[columns] + np.maximum(codes, 0)]
        return np.asarray(np.where(codes >= 0, logs, 0.0).sum(1), np.float64)

    def _largest(self, weights: F64) -> Population:
        index = np.full((1, len(self.table)), -1, np.int32)
        for column in np.flatnonzero(self.card):
            index[0, column] = self._of(weights, column).argmax()
        for step in self.table.plan.steps:
            if step.members is not None and not step.members.ordered:
                columns = list(step.columns)
                most = step.members.most
                inside = weights[self.start[columns] + 1][None] if most == 1 else index[:, columns] / most
                index[:, columns] = repair_sets(inside, step.members)
        return self._closed(index)

    def _closed(self, index: NDArray[np.int32]) -> Population:
        """Close rows whose discrete columns are filled in; permutations and floats take their defaults."""
        rows = Population(index, np.zeros((len(index), self.table.n_floats)))
        return settle(self.table, rows, Defaults(self.table), self.table.plan.steps)

    def _of(self, weights: F64, column: np.intp) -> F64:
        return weights[self.start[column] : self.start[column] + self.card[column]]

    def _sums(self, values: F64) -> F64:
        if not self.count:
            return values
        return np.asarray(np.add.reduceat(values, self._segments, axis=-1), np.float64)

    def _spread(self, values: F64) -> F64:
        return values[..., self._segment_of] if self.count else values
