"""Importances by a random forest (Breiman, 2001, https://doi.org/10.1023/A:1010933404324).

A forest is fitted to the results; a decision matters as much as the forest's error grows when its features are shuffled among
the trials. Features of one decision are shuffled together (Breiman shuffles single ones), on the trials it was fitted to.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@attrs.frozen
class Forest:
    """`trees` of the forest, `repeats` of each shuffle. Ranks of the values are learned: one outlier is no importance."""

    trees: int = 64
    repeats: int = 8
    seed: int = 0

    def importances(self, features: F64, values: F64, groups: Sequence[Sequence[int]]) -> F64:
        """Return for each group of columns of `features` `[row, feature]` how much `values` `[row]` depend on it, >= 0."""
        from sklearn.ensemble import RandomForestRegressor  # type: ignore[import-untyped]

        target = np.unique(values, return_inverse=True)[1].astype(np.float64)
        target /= max(1.0, float(target.max()))
        forest = RandomForestRegressor(self.trees, min_samples_leaf=2, random_state=self.seed, n_jobs=1)
        forest.fit(features, target)
        base = _error(forest.predict(features), target)
        generator = np.random.default_rng(self.seed)
        grown = [self._grown(forest, features, target, list(group), generator) - base for group in groups]
        return np.array([max(0.0, x) for x in grown])

    def _grown(self, forest: object, features: F64, target: F64, group: list[int], generator: np.random.Generator) -> float:
        """The mean error where the features of a group are shuffled; all repeats are predicted at once."""
        shuffled = np.tile(features, (self.repeats, 1))
        for k in range(self.repeats):
            rows = slice(k * len(features), (k + 1) * len(features))
            shuffled[rows, group] = features[generator.permutation(len(features))][:, group]
        return _error(forest.predict(shuffled), np.tile(target, self.repeats))  # type: ignore[attr-defined]


def _error(predicted: F64, target: F64) -> float:
    return float(np.mean((predicted - target) ** 2))
