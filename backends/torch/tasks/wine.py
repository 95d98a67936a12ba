"""Task `wine`: scikit-learn's 178 wines, 13 chemical measurements, three cultivars (Forina et al., 1988)."""

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
class Wine:
    """The task with its arguments: shares of the data for validation and test, and the seed of the split."""

    validation: float = attrs.field(default=0.2, validator=share)
    test: float = attrs.field(default=0.2, validator=share)
    seed: int = attrs.field(default=0, validator=whole)

    @property
    def facts(self) -> TaskFacts:
        """What a space needs to know; loads nothing."""
        return TaskFacts(
            "wine", features(13), {"classes": 3, "features": 13}, CLASSIFICATION, train(batch_size=16, epochs=30), features(3)
        )

    def load(self) -> Splits:
        """Load the data: inputs float32 `[wine, 13]`, standardised by the training part; targets int64 `[wine]`."""
        from sklearn.datasets import load_wine  # type: ignore[import-untyped]  # ships no stubs

        from backends.torch.splitting import stratified
        from backends.torch.tasks.parts import of_vectors

        inputs, targets = load_wine(return_X_y=True)
        return of_vectors(inputs, targets, 3, stratified(targets, self.validation, self.test, self.seed))
