"""Columns of a table and decisions of a supernet: points and mixtures become settings, samples for the proof are drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backends.supernet.expressions import Real
from backends.supernet.proof import Sample
from backends.supernet.refusal import Refusal
from backends.supernet.state import Setting
from symbolic.points import Point, Population
from symbolic.table.close import close
from symbolic.table.constrain import satisfies
from symbolic.table.convert import to_dict
from symbolic.table.grid import value_at
from symbolic.table.options import Options
from symbolic.table.sample import sample
from symbolic.table.table import FLOAT, INT, ONE, Table

MANY = 16
"""Decisions with more values than this are proved at three of them."""
DRAWS = 200


def grid_values(table: Table) -> dict[str, tuple[Real, ...]]:
    """Return path -> the numbers of every column on a grid, in code order."""
    found = {}
    for column in np.flatnonzero(table.kind == INT):
        low, step = float(table.low[column]), float(table.step[column])
        values = (value_at(low, step, code) for code in range(int(table.card[column])))
        found[table.path[column]] = tuple(int(v) if table.integer[column] else v for v in values)
    return found


def float_defaults(table: Table) -> dict[str, float]:
    """Return path -> default of every float column."""
    return {table.path[column]: float(table.default[column]) for column in np.flatnonzero(table.kind == FLOAT)}


@attrs.frozen(eq=False)
class Columns:
    """A table, its option axis of mixtures, and the `paths` of the columns that the network asks, in table order.

    A shared choice may stand outside of the network's entry and yet be part of it, so what counts is what is asked.
    """

    table: Table
    options: Options
    paths: tuple[str, ...]

    @staticmethod
    def of(table: Table, asked: Collection[str]) -> Columns:
        """Return the columns of the decisions that a network asks."""
        return Columns(table, Options(table), tuple(path for path in table.path if path in asked))

    def setting_of_point(self, point: Point) -> Setting:
        """Return a candidate as a single path."""
        support, reals = {}, {}
        for path in self.paths:
            column = self.table.where[path]
            code = int(point.index[column])
            if code < 0:
                continue
            if self.table.kind[column] == FLOAT:
                reals[path] = float(point.real[self.table.float_column[column]])
            else:
                support[path] = (code,)
        return Setting(support, {}, reals)

    def setting_of_mixture(self, weights: Tensor, fixed: frozenset[str]) -> Setting:
        """Return a mixture as a setting; `weights` `[option]` may require gradients.

        Exact zeros are left out. A decision with a single option of weight 1 is a plain path unless gradients are wanted.
        `fixed` decisions stay at their defaults, as all floats do.
        """
        support: dict[str, tuple[int, ...]] = {}
        mixed: dict[str, Tensor] = {}
        plain = weights.detach().cpu().numpy()
        for path in self.paths:
            column = self.table.where[path]
            start, card = int(self.options.start[column]), int(self.options.card[column])
            if self.table.kind[column] == FLOAT:
                continue
            if path in fixed:
                support[path] = (int(self.table.default[column]),)
                continue
            codes = np.flatnonzero(plain[start : start + card])
            support[path] = tuple(int(code) for code in codes)
            if len(codes) > 1 or weights.requires_grad or plain[start + codes[0]] != 1.0:
                mixed[path] = weights[torch.from_numpy(start + codes).to(weights.device)]
        return Setting(support, mixed)

    def check(self, weights: NDArray[np.float64]) -> None:
        """Raise `Refusal` unless weights fit the option axis: one draw, segments of sum 1 and nothing below 0."""
        if weights.ndim != 1:
            raise Refusal(f"a mixture of {len(weights)} draws: several draws for one decision are not supported yet")
        if weights.shape != (self.options.count,):
            raise Refusal(f"a mixture of {len(weights)} weights for a space with {self.options.count} options")
        for path in self.paths:
            column = self.table.where[path]
            start, card = int(self.options.start[column]), int(self.options.card[column])
            part = weights[start : start + card]
            if card and not (np.all(part >= 0) and abs(part.sum() - 1) < 1e-6):
                raise Refusal(f"the weights of `{path}` are {part.tolist()}: they must not be negative and sum to 1")

    def samples(
        self, build: Callable[[Point], nn.Module], rng: np.random.Generator, joint: int = 8
    ) -> tuple[list[Sample], list[Sample]]:
        """Draw candidates that hold every value of every decision (of many values: three), and some more at random."""
        pool = sample(self.table, DRAWS, rng)
        rows = [point for path in self.paths for point in self._with_values(path, pool, rng)]
        extra = [pool[i] for i in range(min(joint, len(pool)))]
        return [self.draw_of(p, build) for p in rows], [self.draw_of(p, build) for p in extra]

    def _with_values(self, path: str, pool: Population, rng: np.random.Generator) -> Iterator[Point]:
        column = self.table.where[path]
        if self.table.kind[column] not in (ONE, INT):
            return
        count = int(self.table.card[column])
        codes: Sequence[int] = range(count) if count <= MANY else (0, count // 2, count - 1)
        for code in codes:
            point = self._with_code(column, code, pool, rng)
            if point is not None:
                yield point

    def _with_code(self, column: int, code: int, pool: Population, rng: np.random.Generator) -> Point | None:
        """Return a valid candidate with a code: one of the pool, else one of the pool changed, else None."""
        having = np.flatnonzero(pool.index[:, column] == code)
        if len(having):
            return pool[int(having[rng.integers(len(having))])]
        active = np.flatnonzero(pool.index[:, column] >= 0)
        if not len(active):
            return None
        changed = pool.take(active)
        changed.index[:, column] = code
        changed = close(self.table, changed, rng)
        good = np.flatnonzero((changed.index[:, column] == code) & satisfies(self.table, changed))
        return changed[int(good[0])] if len(good) else None

    def draw_of(self, point: Point, build: Callable[[Point], nn.Module]) -> Sample:
        """Return a point as the proof takes it."""
        setting = self.setting_of_point(point)
        codes = {path: codes[0] for path, codes in setting.support.items()}
        values = {path: value for path, value in to_dict(self.table, point).items() if path in self.paths}
        return Sample(codes, setting.reals, lambda: build(point), str(values))
