"""Sink `tensorboard`: a study as runs of TensorBoard, its progress in one and each trial's curves and decisions in another."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from symbolic.points import Point
from symbolic.schedules import with_schedules
from symbolic.search.events import Result
from symbolic.search.notices import Finished, Measured, Notice, Opened, Reported, Served, Stepped
from symbolic.sinks.errors import SinkError, writable_folder


@attrs.define
class TensorBoard:
    """Writes below `folder/STUDY`: scalars by trial number, and `trial-0007` with what trial 7 reported and its decisions.

    The tab HParams compares the trials: decisions as hyper-parameters, metrics as results. A run a trial costs some
    milliseconds. Raises `SinkError` where tensorboard is not installed or the folder's parent does not exist.

    >>> search(space, listeners=[TensorBoard("runs")])  # doctest: +SKIP
    """

    folder: Path = attrs.field(converter=Path)
    _opened: Opened | None = attrs.field(default=None, init=False, repr=False)
    _study: Any = attrs.field(default=None, init=False, repr=False)
    _running: dict[int, Any] = attrs.field(factory=dict, init=False, repr=False)
    _reports: dict[int, int] = attrs.field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        writable_folder(self.folder.parent, f"runs cannot be written to {self.folder}")
        _writer()

    def __call__(self, notice: Notice) -> None:
        """Write what one notice tells."""
        match notice:
            case Opened(study=study):
                self.close()
                self._opened, self._study = notice, self._open(study)
            case _ if self._opened is None:
                pass
            case Reported(result=result):
                self._report(result)
            case Finished(result=result, improved=improved):
                self._finish(result, improved)
            case Served(result=result):
                self._finish(result, improved=False)
            case Stepped(count=count, metrics=metrics):
                self._scalars(self._study, {f"supernet/{k}": v for k, v in metrics.items()}, count)
            case Measured(trial=trial, metrics=metrics):
                self._scalars(self._study, {f"test/{k}": v for k, v in metrics.items()}, trial.number)
            case _:
                pass

    def close(self) -> None:
        """Close all runs; a search that goes on opens them again."""
        for writer in (*self._running.values(), *([self._study] if self._study is not None else [])):
            writer.close()
        self._running.clear()
        self._reports.clear()
        self._study = self._opened = None

    def _open(self, *parts: str) -> Any:
        return _writer()(str(self.folder.joinpath(*parts)))

    def _trial(self, number: int) -> Any:
        assert self._opened is not None
        if number not in self._running:
            self._running[number] = self._open(self._opened.study, f"trial-{number:04d}")
        return self._running[number]

    def _report(self, result: Result) -> None:
        number = result.trial.number
        told = self._reports[number] = self._reports.get(number, 0) + 1
        at = result.fidelity
        step = int(at) if at is not None and float(at).is_integer() else told
        self._scalars(self._trial(number), result.metrics, step)

    def _finish(self, result: Result, improved: bool) -> None:
        assert self._opened is not None
        number, goals = result.trial.number, self._opened.objectives.goals
        values = dict(zip(map(str, goals), self._opened.objectives.values(result.metrics), strict=True))
        self._scalars(self._study, {f"trials/{k}": v for k, v in result.metrics.items()}, number)
        if improved and len(goals) == 1:
            self._scalars(self._study, {f"best/{k}": v for k, v in values.items()}, number)
        self._study.flush()
        writer = self._trial(number)
        if isinstance(result.trial.point, Point):
            _hyperparameters(writer, with_schedules(self._opened.space.lower(), result.trial.point), result.metrics)
        writer.close()
        del self._running[number]
        self._reports.pop(number, None)

    def _scalars(self, writer: Any, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            if math.isfinite(value):
                writer.add_scalar(name, value, step)


def _writer() -> Any:
    """Return the class that writes runs. Raises `SinkError` where it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as e:
        raise SinkError("TensorBoard's runs need tensorboard: pip install 'symspace[tensorboard]'") from e
    return SummaryWriter


def _hyperparameters(writer: Any, values: Mapping[str, object], metrics: Mapping[str, float]) -> None:
    """Write what the tab HParams reads: decisions, and metrics as `hparam/NAME`."""
    from torch.utils.tensorboard.summary import hparams

    plain = {k: v if isinstance(v, bool | int | float | str) else str(v) for k, v in values.items()}
    finite = {f"hparam/{k}": v for k, v in metrics.items() if math.isfinite(v)}
    for part in hparams(plain, finite):  # type: ignore[no-untyped-call]
        writer.file_writer.add_summary(part)
    for name, value in finite.items():
        writer.add_scalar(name, value)
