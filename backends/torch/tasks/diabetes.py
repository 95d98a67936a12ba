"""Task `diabetes`: scikit-learn's 442 patients, ten measurements, a number to predict (Efron et al., 2004). A regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from backends.torch.tasks.arguments import share, whole
from backends.torch.tasks.defaults import REGRESSION, train
from symbolic.shapes import features
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    from backends.torch.data import Splits


@attrs.frozen
class Diabetes:
    """The task with its arguments: shares of the data for validation and test, and the seed of the split.

    The network gives one number; `loss` is its mean squared error in standard deviations of the target, `mse` in the
    target's own unit.
    """

    validation: float = attrs.field(default=0.2, validator=share)
    test: float = attrs.field(default=0.2, validator=share)
    seed: int = attrs.field(default=0, validator=whole)

    @property
    def facts(self) -> TaskFacts:
        """What a space needs to know; loads nothing."""
        return TaskFacts(
            "diabetes", features(10), {"features": 10}, REGRESSION, train(lr=3e-3, batch_size=32, epochs=30), features(1)
        )

    def load(self) -> Splits:
        """Load the data: inputs float32 `[patient, 10]` and targets float32 `[patient]`, standardised by the training part."""
        from sklearn.datasets import load_diabetes  # type: ignore[import-untyped]  # ships no stubs

        from backends.torch.splitting import stratified
        from backends.torch.tasks.parts import of_vectors

        inputs, targets = load_diabetes(return_X_y=True)
        return of_vectors(inputs, targets, None, stratified(targets, self.validation, self.test, self.seed))
