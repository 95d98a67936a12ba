"""What the `train` backend does with one trial: count, build, train epoch by epoch, report, keep a checkpoint."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import torch

from backends.errors import ShapeError, TrainError
from backends.executors.checkpoints import replace
from backends.executors.outcomes import failure, failure_of, kind_of
from backends.isolation import Isolation
from backends.torch.averaging import Average
from backends.torch.course import Course, course_of
from backends.torch.data import Splits
from backends.torch.device import check_mixed_precision, forget_memory, pick, using_threads
from backends.torch.metric_commands import read_commands
from backends.torch.optimizers import make_optimizer
from backends.torch.record import ENTRY, Recipe
from backends.torch.stochastic_depth import drop_branches
from backends.torch.train_checkpoint import Manifest, load, save
from backends.torch.train_data import View, Views
from backends.torch.train_fidelity import EPOCHS, STAGED, Driven
from backends.torch.train_measures import Measures
from backends.torch.train_network import construct, count, try_out
from backends.torch.training import WEIGHTS, Training, stream_seed
from symbolic.candidate import Candidate
from symbolic.errors import SymspaceError
from symbolic.points import Mixture, Point
from symbolic.search.events import Result, Trial
from symbolic.search.objectives import Objective, Objectives, objectives_of
from symbolic.search.protocols import Job
from symbolic.space import Space
from symbolic.table.table import FLOAT
from symbolic.task import TaskFacts

if TYPE_CHECKING:
    from backends.torch.train import TrainBackend

PROVIDES = frozenset({"evaluate", "report", "continue", "schedule"})


@attrs.frozen(eq=False)
class Prepared:
    """A trial's training, the data as it sees them, and from which epoch to which it goes."""

    training: Training
    view: View
    epoch: int
    end: int


@attrs.frozen(eq=False)
class TrainEvaluator:
    """Trains one candidate at a time on data it holds in memory."""

    options: TrainBackend
    space: Space
    task: TaskFacts
    views: Views
    objectives: Objectives
    driven: Driven
    measures: Measures
    with_flops: bool
    isolation: Isolation = attrs.field(factory=Isolation)

    @staticmethod
    def of(options: TrainBackend, space: Space, task: TaskFacts, data: Splits) -> TrainEvaluator:
        """Make the evaluator of a space; FLOPs and latency are measured where wanted or where goals or limits read them."""
        name, up = next(iter(task.metrics.items()), ("loss", False))
        objectives = objectives_of(space, Objective(name, up))
        read = {name for names in objectives.metrics for name in names}
        measures = Measures.of(read, read_commands(options.metrics, ()), options.metric_timeout_s, options.amp)
        driven = Driven.of(space, options.fidelity)
        wanted = options.flops or "flops" in read
        return TrainEvaluator(options, space, task, Views(data), objectives, driven, measures, wanted)

    @property
    def provides(self) -> frozenset[str]:
        """What it can do."""
        return PROVIDES

    def run(self, trial: Trial, job: Job) -> Result:
        """Train the trial's candidate to its fidelity.

        `infeasible`, untrained, where a limit on what is known before training (params, FLOPs, latency, what commands
        measure) is broken or the network does not fit the data; `failed/nan` where the loss diverges.
        """
        began = time.perf_counter()
        self._refuse(trial)
        with using_threads(self.options.threads or job.threads), _memory_freed():
            result = self._run(trial, job)
        return attrs.evolve(result, cost_s=time.perf_counter() - began)

    def _run(self, trial: Trial, job: Job) -> Result:
        known = self.known(trial)
        if self.objectives.known_violation(known) > 0:
            return Result(trial, "infeasible", known)
        device = pick(self.options.device, job.device)
        try:
            prepared = self.prepare(trial, job.seed, job.start, device)
        except ShapeError as e:
            return Result(trial, "infeasible", known, failure=failure_of(e))
        known |= self.measures.of_network(prepared.training.network, self.task.input, device)
        if self.objectives.known_violation(known) > 0:
            return Result(trial, "infeasible", known)
        if trial.continue_from is not None and job.start is None:
            known["restarted"] = 1.0
        return self._train(trial, job, prepared, known)

    def test(self, trial: Trial, checkpoint: Path | None, seed: int) -> Mapping[str, float]:
        """Return the metrics of the trial's network on the test split, trained as far as the checkpoint is not.

        Where the task has no test data: only what is known without them.
        """
        start = checkpoint if checkpoint is not None and checkpoint.exists() else None
        known, prepared = self.known(trial), self.prepare(trial, seed, start, pick(self.options.device))
        data = prepared.view.splits
        if not len(data.test):
            return known
        for number in range(prepared.epoch, prepared.end):
            prepared.training.epoch(number, data.train)
        return {**known, **prepared.training.measure(data.test)}

    def known(self, trial: Trial) -> dict[str, float]:
        """Return the metrics that need no training, counted on the meta device where the constructors can work there."""
        point, fidelity = _point(trial), self.driven.values(trial)
        with self.isolation.seeded(0):
            try:
                with torch.device("meta"):
                    built = construct(self.space, point, self.task, fidelity)
            except SymspaceError as e:
                if e.__cause__ is None:
                    raise
                built = construct(self.space, point, self.task, fidelity)  # a constructor may need real numbers
        return count(built, self.task.input, self.with_flops)

    def prepare(self, trial: Trial, seed: int, start: Path | None, device: torch.device) -> Prepared:
        """Return the training of a trial's candidate, from the checkpoint `start` on where there is one.

        Raises `ShapeError` where the network does not fit the data, or the checkpoint is another candidate's.
        """
        options = self.options
        if options.amp:
            check_mixed_precision(device)
        with self.isolation.seeded(stream_seed(seed if options.weights_seed is None else options.weights_seed, 0, WEIGHTS)):
            built = construct(self.space, _point(trial), self.task, self.driven.values(trial))
            built.network.to(device)
            view = self.views.of(built.recipe, device)
            try_out(built, view.splits)
        weights = list(built.network.parameters())
        if not weights:
            raise TrainError("the network has no parameters to train")
        recipe, driven = built.recipe, self.driven.fidelity
        if recipe.drop_path:
            drop_branches(built.network, recipe.drop_path)
        horizon = driven.high if self.driven.epochs and driven is not None else recipe.epochs
        training = Training(
            built.network,
            make_optimizer(recipe, weights),
            recipe,
            view.splits.goal,
            horizon,
            seed,
            seed if options.data_seed is None else options.data_seed,
            self.isolation,
            amp=options.amp,
            share=view.share,
            count=view.count,
            average=None if recipe.ema is None else Average(built.network, recipe.ema),
            course=self._course(trial),
        )
        epoch, begun = (0, 0) if start is None else self._reached(trial, load(start, training, self._identity(trial)))
        if epoch > begun + recipe.epochs:
            raise TrainError(f"the checkpoint {start} has had {epoch - begun} epochs, the trial wants {recipe.epochs}")
        return Prepared(attrs.evolve(training, begun=begun), view, epoch, begun + recipe.epochs)

    def _course(self, trial: Trial) -> Course | None:
        """What changes in the recipe of a trial that follows schedules."""
        fidelity = self.driven.values(trial)

        def recipe_of(point: Point) -> Recipe:
            return construct(self.space, point, self.task, fidelity).recipe

        return course_of(self.space, _point(trial), trial.schedule, recipe_of)

    def _reached(self, trial: Trial, manifest: Manifest) -> tuple[int, int]:
        """How many epochs a checkpoint has had, and after how many the trial's own began: there, if it was of a lower stage."""
        if self.driven.staged and manifest.at != self.driven.at(trial):
            return manifest.epoch, manifest.epoch
        return manifest.epoch, manifest.begun

    def _train(self, trial: Trial, job: Job, prepared: Prepared, known: Mapping[str, float]) -> Result:
        training, data = prepared.training, prepared.view.splits
        metrics: dict[str, float] = {}
        epoch = prepared.epoch

        def keep(folder: Path) -> None:
            at = self.driven.at(trial) if self.driven.staged else None
            save(folder, training, Manifest(self._identity(trial), epoch, job.seed, training.begun, at))

        while epoch < prepared.end:
            loss = training.epoch(epoch, data.train)
            epoch += 1
            metrics = {**training.measure(data.validation), **known}
            if not math.isfinite(loss) or not math.isfinite(metrics.get("loss", loss)):
                why = failure("nan", f"the loss diverged in epoch {epoch}")
                return Result(trial, "failed", fidelity=float(epoch) if self.driven.by_epoch else trial.fidelity, failure=why)
            if self.driven.by_epoch and not job.report(metrics, float(epoch), keep):
                break
            if self.driven.staged and job.checkpoint is not None:
                replace(job.checkpoint, keep)  # no verdict hangs on it: a killed trial goes on from here
        metrics = metrics or {**training.measure(data.validation), **known}
        at = self.driven.at(trial)
        if self.driven.staged and at is not None:
            job.report(metrics, at, keep)
        return Result(trial, "ok", metrics, float(epoch) if self.driven.epochs else trial.fidelity)

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
        if trial.inherit_from is not None:
            raise TrainError("inheriting weights is not supported yet by the backend train")
        if trial.continue_from is not None and not self.driven.continues:
            raise TrainError(
                f"only trainings along {', '.join((EPOCHS, *STAGED))} can be continued; this space's fidelity is "
                f"{self.driven.fidelity.path if self.driven.fidelity else 'none'}"
            )


@contextmanager
def _memory_freed() -> Iterator[None]:
    """Let go of a failed trial's tensors where memory ran out, so that it costs this trial and not the next."""
    try:
        yield
    except Exception as e:
        if kind_of(e) == "memory":
            traceback.clear_frames(e.__traceback__)
            forget_memory()
        raise


def _point(trial: Trial) -> Point:
    if isinstance(trial.point, Mixture):
        raise TrainError("a mixture of options cannot be trained on its own: use the backend supernet")
    return trial.point
