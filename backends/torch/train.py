"""Backend `train`: builds a candidate's network, trains it on the task and says what it is worth on validation data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from backends.errors import TrainError
from backends.torch.course import online
from backends.torch.device import using_threads
from backends.torch.metric_commands import commands_of, read_commands
from backends.torch.record import check_record, read_record, told_branches, told_defaults
from backends.torch.tasks.defaults import TRAIN
from backends.torch.train_evaluator import PROVIDES, TrainEvaluator
from backends.torch.train_fidelity import Driven
from backends.torch.train_measures import LATENCIES
from backends.torch.train_network import check_network
from symbolic.candidate import Candidate
from symbolic.check import check_outputs
from symbolic.display.graph import Graph
from symbolic.points import Point
from symbolic.search.events import Trial
from symbolic.search.objectives import Objective, objectives_of
from symbolic.search.problem import Facts
from symbolic.search.randomness import trial_seed
from symbolic.space import Space
from symbolic.task import Task, TaskFacts


def _threads(backend: Any, attribute: Any, value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise TrainError(f"threads is {value!r}; it is a whole number of at least 1, or none for all that a worker has")


def _truth(backend: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, bool):
        raise TrainError(f"{attribute.name} is {value!r}; it is true or false")


def _seed(backend: Any, attribute: Any, value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63):
        raise TrainError(
            f"{attribute.name} is {value!r}; it is a whole number from 0 on, or none for a seed of each trial's own"
        )


def _seconds(backend: Any, attribute: Any, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise TrainError(f"{attribute.name} is {value!r}; it is a number of seconds above 0")


def _commands(backend: Any, attribute: Any, value: Any) -> None:
    read_commands(value, ("params", "flops"))


@attrs.frozen
class TrainBackend:
    """Trains each candidate from scratch, or on from its checkpoint.

    `device`: `auto` is the GPU where there is one. `threads` for computing on the CPU: one is quickest for small networks
    and gives the same sums in every executor; None takes all that the executor offers. `flops`: count them for each
    candidate even where the space does not ask for them (10 ms each). `amp`: mixed precision, bfloat16 where that is safe.
    `fidelity`: the path that a trial's fidelity is of, needed where the space has several. `weights_seed` and `data_seed`: for
    all trials alike, the seed of initial weights, and of the order of batches and augmentation; None: each trial has its own.

    `metrics`: `name=COMMAND {onnx}`, one or several: a program that gets the network's file (`{onnx}`, or `{pt2}` of
    torch.export), as it is built and not yet trained, and prints a number within `metric_timeout_s`.
    """

    device: str = "auto"
    threads: int | None = attrs.field(default=1, validator=_threads)
    flops: bool = False
    amp: bool = attrs.field(default=False, validator=_truth)
    fidelity: str | None = None
    weights_seed: int | None = attrs.field(default=None, validator=_seed)
    data_seed: int | None = attrs.field(default=None, validator=_seed)
    metrics: tuple[str, ...] = attrs.field(default=(), converter=commands_of, validator=_commands)
    metric_timeout_s: float = attrs.field(default=600.0, validator=_seconds)

    @property
    def provides(self) -> frozenset[str]:
        """Trains, reports after each epoch, and continues from checkpoints."""
        return PROVIDES

    def describe(self, space: Space, task: Task | None) -> Facts:
        """Say what the static checks read; loads no data and builds nothing.

        Raises `TrainError` where there is no task or nothing to train, a metric is measured twice, or `fidelity` is none of
        the space's; E602 where no candidate gives what the task takes; E203 at a key of the `train` record that is unknown or
        not for this task.
        """
        facts = _needed(space, task).facts
        check_record(space, facts)
        check_network(space)
        check_outputs(space, facts)
        read_record(None, facts.train)
        Driven.of(space, self.fidelity)
        own = read_commands(self.metrics, facts.metrics.keys() - LATENCIES)
        reported = {*facts.metrics, *LATENCIES, *(command.name for command in own)}
        notes = told_defaults(space, {**TRAIN, **facts.train}) + told_branches(space) + _latency_note(space)
        return Facts("train", PROVIDES, frozenset(reported), online=online(space), notes=notes)

    def evaluator(self, space: Space, task: Task | None, seed: int) -> TrainEvaluator:
        """Load the data and return the evaluator."""
        task = _needed(space, task)
        return TrainEvaluator.of(self, space, task.facts, task.load())

    def rehearse(self, space: Space, point: Point, facts: TaskFacts) -> int:
        """Build a candidate and run its network on the meta device; return its parameters. See `backends.torch.rehearsal`."""
        from backends.torch.rehearsal import rehearse

        return rehearse(space, point, facts)

    def test(self, space: Space, task: Task | None, trial: Trial, checkpoint: Path | None, seed: int) -> Mapping[str, float]:
        """Return the metrics of a trial's network on the test split.

        Takes the weights of the checkpoint; without one it trains again with the trial's seed (`seed` is the study's).
        """
        evaluator = self.evaluator(space, task, seed)
        with using_threads(self.threads or 1):
            return evaluator.test(trial, checkpoint, trial_seed(seed, trial.number))

    def refit(self, space: Space, task: Task | None, trial: Trial, seed: int) -> Mapping[str, float]:
        """Return the metrics on the test split of a trial's network, trained anew on training and validation data together."""
        needed = _needed(space, task)
        evaluator = TrainEvaluator.of(self, space, needed.facts, needed.load().merged())
        whole = attrs.evolve(trial, fidelity=None, continue_from=None)
        with using_threads(self.threads or 1):
            return evaluator.test(whole, None, trial_seed(seed, trial.number))

    def source(self, candidate: Candidate, facts: TaskFacts | None = None) -> str:
        """Return a candidate's network as plain PyTorch, executed and compared; see `backends.torch.emit.candidate`."""
        from backends.torch.emit.candidate import source

        return source(candidate, facts)

    def export(
        self,
        candidate: Candidate,
        facts: TaskFacts | None,
        path: Path,
        checkpoint: Path | None = None,
        batch: int | None = None,
    ) -> bool:
        """Write a candidate's network to a `.pt2`, `.onnx` or `.py` file; see `backends.torch.written`."""
        from backends.torch.written import write

        return write(candidate, facts, path, checkpoint, batch)

    def graph(self, candidate: Candidate, facts: TaskFacts | None = None) -> Graph:
        """Return the graph of a candidate's network, to be drawn; see `backends.torch.graph.network`."""
        from backends.torch.graph.network import graph

        return graph(candidate, facts)


def _latency_note(space: Space) -> tuple[str, ...]:
    """The line that says what latency is, where goals or limits read it."""
    read = {name for names in objectives_of(space, Objective("loss")).metrics for name in names}
    if not read & LATENCIES:
        return ()
    return ("latency is the median of 50 runs on one example on this machine; whatever else runs beside it is in it",)


def _needed(space: Space, task: Task | None) -> Task:
    if task is None:
        raise TrainError(f"the space {space.name!r} names no task to train on; write `task digits`, or give --task digits")
    return task
