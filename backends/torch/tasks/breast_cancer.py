"""Task `breast_cancer`: scikit-learn's 569 tumours, 30 measurements, malignant or benign (Wolberg et al., 1995)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from backends.torch.tasks.arguments import share, whole
from backends.torch.tasks.defaults import CLASSIFICATION, train
from symbolic.shapes import features
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    from backends.torch.data import Splits


@attrs.frozen
class BreastCancer:
    """The task with its arguments: shares of the data for validation and test, and the seed of the split."""

    validation: float = attrs.field(default=0.2, validator=share)
    test: float = attrs.field(default=0.2, validator=share)
    seed: int = attrs.field(default=0, validator=whole)

    @property
    def facts(self) -> TaskFacts:
        """What a space needs to know; loads nothing."""
        values = {"classes": 2, "features": 30}
        return TaskFacts("breast_cancer", features(30), values, CLASSIFICATION, train(batch_size=32, epochs=20), features(2))

    def load(self) -> Splits:
        """Load the data: inputs float32 `[tumour, 30]`, standardised by the training part; targets int64 `[tumour]`."""
        from sklearn.datasets import load_breast_cancer  # type: ignore[import-untyped]  # ships no stubs

        from backends.torch.splitting import stratified
        from backends.torch.tasks.parts import of_vectors

        inputs, targets = load_breast_cancer(return_X_y=True)
        return of_vectors(inputs, targets, 2, stratified(targets, self.validation, self.test, self.seed))
