"""What the `train` backend does with one trial: count, build, train epoch by epoch, report, keep a checkpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import torch

from backends.errors import ShapeError, TrainError
from backends.executors.outcomes import failure, failure_of
from backends.isolation import Isolation
from backends.torch.data import Splits
from backends.torch.device import pick, using_threads
from backends.torch.optimizers import make_optimizer
from backends.torch.record import ENTRY
from backends.torch.train_checkpoint import Manifest, load, save
from backends.torch.train_network import construct, count, try_out
from backends.torch.training import WEIGHTS, Training, stream_seed
from symbolic.candidate import Candidate
from symbolic.errors import SymspaceError
from symbolic.points import Mixture, Point
from symbolic.search.events import Result, Trial
from symbolic.search.objectives import Objective, Objectives, objectives_of
from symbolic.search.protocols import Job
from symbolic.space import Space
from symbolic.table.table import FLOAT, Fidelity
from symbolic.task import TaskFacts

PROVIDES = frozenset({"evaluate", "report", "continue"})
EPOCHS = f"{ENTRY}/epochs"


@attrs.frozen(eq=False)
class TrainEvaluator:
    """Trains one candidate at a time on data it holds in memory."""

    device: str
    threads: int | None
    with_flops: bool
    space: Space
    task: TaskFacts
    data: Splits
    objectives: Objectives
    fidelity: Fidelity | None
    isolation: Isolation = attrs.field(factory=Isolation)

    @staticmethod
    def of(device: str, threads: int | None, flops: bool, space: Space, task: TaskFacts, data: Splits) -> TrainEvaluator:
        """Make the evaluator of a space; FLOPs are counted where wanted or where goals or limits read them."""
        objectives = objectives_of(space, Objective("accuracy", maximize=True))
        read = {name for names in objectives.metrics for name in names}
        fidelities = space.lower().fidelities
        wanted = flops or "flops" in read
        return TrainEvaluator(device, threads, wanted, space, task, data, objectives, fidelities[0] if fidelities else None)

    @property
    def provides(self) -> frozenset[str]:
        """What it can do."""
        return PROVIDES

    def run(self, trial: Trial, job: Job) -> Result:
        """Train the trial's candidate to its fidelity.

        `infeasible`, untrained, where a limit on params or FLOPs is broken or the network does not fit the data;
        `failed/nan` where the loss diverges.
        """
        began = time.perf_counter()
        self._refuse(trial)
        with using_threads(self.threads or job.threads):
            known = self.known(trial)
            if self.objectives.known_violation(known) > 0:
                return Result(trial, "infeasible", known, cost_s=time.perf_counter() - began)
            try:
                training, epoch = self.prepare(trial, job.seed, job.start, pick(self.device, job.device))
            except ShapeError as e:
                spent = time.perf_counter() - began
                return Result(trial, "infeasible", known, cost_s=spent, failure=failure_of(e))
            if trial.continue_from is not None and job.start is None:
                known["restarted"] = 1.0
            result = self._train(trial, job, training, epoch, known)
        return attrs.evolve(result, cost_s=time.perf_counter() - began)

    def test(self, trial: Trial, checkpoint: Path | None, seed: int) -> Mapping[str, float]:
        """Return the metrics of the trial's network on the test split, trained as far as the checkpoint is not."""
        start = checkpoint if checkpoint is not None and checkpoint.exists() else None
        device = pick(self.device)
        training, epoch = self.prepare(trial, seed, start, device)
        data = self.data.to(device)
        for number in range(epoch, training.recipe.epochs):
            training.epoch(number, data.train)
        return {**self.known(trial), **training.measure(data.test)}

    def known(self, trial: Trial) -> dict[str, float]:
        """Return the metrics that need no training, counted on the meta device where the constructors can work there."""
        point, fidelity = _point(trial), self._fidelity(trial)
        with self.isolation.seeded(0):
            try:
                with torch.device("meta"):
                    built = construct(self.space, point, self.task, fidelity)
            except SymspaceError as e:
                if e.__cause__ is None:
                    raise
                built = construct(self.space, point, self.task, fidelity)  # a constructor may need real numbers
        return count(built, self.task.input, self.with_flops)

    def prepare(self, trial: Trial, seed: int, start: Path | None, device: torch.device) -> tuple[Training, int]:
        """Return the training of a trial's candidate and how many epochs it has had.

        Raises `ShapeError` where the network does not fit the data, or the checkpoint is another candidate's.
        """
        with self.isolation.seeded(stream_seed(seed, 0, WEIGHTS)):
            built = construct(self.space, _point(trial), self.task, self._fidelity(trial))
            built.network.to(device)
            try_out(built, self.data.to(device))
        weights = list(built.network.parameters())
        if not weights:
            raise TrainError("the network has no parameters to train")
        horizon = self.fidelity.high if self._drives_epochs and self.fidelity else built.recipe.epochs
        optimizer = make_optimizer(built.recipe, weights)
        training = Training(built.network, optimizer, built.recipe, self.data.goal, horizon, seed, self.isolation)
        epoch = 0 if start is None else load(start, training, self._identity(trial))
        if epoch > built.recipe.epochs:
            raise TrainError(f"the checkpoint {start} has had {epoch} epochs, the trial wants {built.recipe.epochs}")
        return training, epoch

    def _train(self, trial: Trial, job: Job, training: Training, epoch: int, known: Mapping[str, float]) -> Result:
        data = self.data.to(next(training.network.parameters()).device)
        metrics: dict[str, float] = {}
        while epoch < training.recipe.epochs:
            loss = training.epoch(epoch, data.train)
            epoch += 1
            metrics = {**training.measure(data.validation), **known}
            if not math.isfinite(loss) or not math.isfinite(metrics["loss"]):
                return Result(
                    trial, "failed", fidelity=float(epoch), failure=failure("nan", f"the loss diverged in epoch {epoch}")
                )

            def keep(folder: Path, epoch: int = epoch) -> None:
                save(folder, training, Manifest(self._identity(trial), epoch, job.seed))

            if self._reports and not job.report(metrics, float(epoch), keep):
                break
        reached = float(epoch) if self._drives_epochs else trial.fidelity
        return Result(trial, "ok", metrics or {**training.measure(data.validation), **known}, reached)

    @property
    def _drives_epochs(self) -> bool:
        return self.fidelity is not None and self.fidelity.path == EPOCHS

    @property
    def _reports(self) -> bool:
        """Whether an epoch is a step of the trial's fidelity."""
        return self.fidelity is None or self._drives_epochs

    def _fidelity(self, trial: Trial) -> dict[str, float]:
        if self.fidelity is None or trial.fidelity is None:
            return {}
        return {self.fidelity.path: round(trial.fidelity) if self.fidelity.integer else trial.fidelity}

    def _identity(self, trial: Trial) -> dict[str, Any]:
        """The trial's values without those that may change in the course of a training."""
        table = self.space.lower()
        values = Candidate(self.space, _point(trial)).to_dict()
        moving = {p for p, kind in zip(table.path, table.kind, strict=True) if kind == FLOAT and p.startswith(f"{ENTRY}/")}
        return {path: value for path, value in values.items() if path not in moving}

    def _refuse(self, trial: Trial) -> None:
        """Raise `TrainError` for what this backend does not provide."""
        if trial.purpose != "evaluate":
            raise TrainError(f"a trial of purpose {trial.purpose!r} needs shared weights: use the backend supernet")
        if trial.schedule or trial.inherit_from is not None:
            raise TrainError("following a schedule and inheriting weights are not supported yet by the backend train")
        if trial.continue_from is not None and not self._reports:
            raise TrainError(f"only trainings along {EPOCHS} can be continued; this space's fidelity is {self.fidelity}")


def _point(trial: Trial) -> Point:
    if isinstance(trial.point, Mixture):
        raise TrainError("a mixture of options cannot be trained on its own: use the backend supernet")
    return trial.point
