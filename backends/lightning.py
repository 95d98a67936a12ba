"""A Lightning callback that reports to a trial after each validation and ends the training when the study says so.

Needs the package lightning: `pip install 'symspace[lightning]'`.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from backends.errors import BackendError
from backends.handle import Handle
from symbolic.errors import nearest

if TYPE_CHECKING:
    from lightning.pytorch import Callback, LightningModule, Trainer


def reporter(trial: Handle, metrics: str | Sequence[str]) -> Callback:
    """Return a callback for `Trainer(callbacks=[...])`.

    `metrics`: the logged metric that is the study's objective, or several, reported under their own names. Steps are epochs
    from 1, counted on by a training that goes on from a checkpoint. Raises `BackendError` where Lightning is missing.
    """
    try:
        base: Any = importlib.import_module("lightning.pytorch").Callback
    except ImportError as e:
        raise BackendError("a Lightning callback needs the package lightning: pip install 'symspace[lightning]'") from e
    names = (metrics,) if isinstance(metrics, str) else tuple(metrics)

    class Reporter(base):  # type: ignore[misc]  # made here, so that importing this file needs no Lightning
        """Reports to the trial after each validation; asks the trainer to stop when the study does."""

        def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
            """Refuse trainings that run in several processes: only one of them holds the trial."""
            if trainer.world_size > 1:
                raise BackendError(
                    f"this training runs in {trainer.world_size} processes, and a trial lives in one: "
                    f"give the Trainer devices=1, and the search workers=... to use several devices"
                )

        def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
            """Report what was logged."""
            if trainer.sanity_checking or trainer.state.fn != "fit":
                return
            found = {name: _logged(trainer, name) for name in names}
            value = found if len(found) > 1 or names[0] in trial.names else found[names[0]]
            trial.report(value, trainer.current_epoch + 1)
            if trial.should_stop():
                trainer.should_stop = True

    made: Callback = Reporter()
    return made


def _logged(trainer: Trainer, name: str) -> Any:
    logged = trainer.callback_metrics
    if name not in logged:
        hint = nearest(name, logged) or f"it logs {', '.join(logged) or 'nothing'}"
        raise BackendError(f"the module logs no metric {name!r} in validation; {hint}")
    return logged[name]
