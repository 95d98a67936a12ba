"""Backend `supernet`: one set of shared weights for all candidates; what is derived is retrained by the `train` backend."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

import attrs

from backends.supernet.batches import Cursor, carve
from backends.supernet.evaluator import SupernetEvaluator, proof_inputs
from backends.supernet.measure import seconds
from backends.supernet.refusal import Refusal
from backends.supernet.shared import SharedNetwork, share
from backends.torch.cost import Flops, Parameters
from backends.torch.device import pick
from backends.torch.train import TrainBackend
from backends.torch.train_measures import LATENCIES
from symbolic import registry
from symbolic.search.events import Trial
from symbolic.search.objectives import Objective, objectives_of
from symbolic.search.problem import Analytic, Facts
from symbolic.search.randomness import TRAINING_ORDER, VALIDATION_ORDER
from symbolic.space import Space
from symbolic.task import Task

SIGNALS = frozenset({"step", "score", "gradient"})


def _positive(instance: Any, attribute: Any, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise Refusal(f"supernet: {attribute.name} is {value!r}; it must be a number above 0")


def _share(instance: Any, attribute: Any, value: object) -> None:
    if value is not None and not (isinstance(value, float) and 0.0 < value < 1.0):
        raise Refusal(f"supernet: {attribute.name} is {value!r}; it is a share of the training data between 0 and 1")


def _known(instance: Any, attribute: Any, value: object) -> None:
    if value not in ("batch", "recalibrated"):
        raise Refusal(f"supernet: {attribute.name} is {value!r}; allowed: batch, recalibrated")


@attrs.frozen
class SupernetBackend:
    """Weight sharing by an elastic network, with the common settings of such searches.

    `device` of the shared weights: `auto` (a GPU where there is one), `cpu`, `cuda`; `threads` for computing on
    the CPU (None: all that the executor offers; only with one are runs repeated bit for bit). Weight steps: SGD with Nesterov
    `momentum` on batches of `batch_size`, learning rate `lr` -> `lr_end` by a cosine over the run, gradients clipped to norm
    `clip` (None: never). `arch_split`: share of the training data that the architecture learns on instead of the
    validation data. Scores: whole splits in batches of `score_batch_size`; `statistics` of batch norm of the `batch`, or
    `recalibrated` on `calibration_batches` training batches. `trainer` trains the derived candidates from scratch.
    """

    device: str = "auto"
    threads: int | None = 1
    batch_size: int = attrs.field(default=64, validator=_positive)
    score_batch_size: int = attrs.field(default=512, validator=_positive)
    lr: float = attrs.field(default=0.025, validator=_positive)
    lr_end: float = 0.001
    momentum: float = 0.9
    weight_decay: float = 5e-4
    clip: float | None = 5.0
    arch_split: float | None = attrs.field(default=None, validator=_share)
    statistics: str = attrs.field(default="batch", validator=_known)
    calibration_batches: int = attrs.field(default=10, validator=_positive)
    trainer: TrainBackend = attrs.field(factory=TrainBackend)

    @property
    def retraining(self) -> TrainBackend:
        """The trainer, on this backend's device unless it names its own."""
        return attrs.evolve(self.trainer, device=self.device) if self.trainer.device == "auto" else self.trainer

    @property
    def provides(self) -> frozenset[str]:
        """The signals: those of shared weights beside the trainer's."""
        return SIGNALS | self.trainer.provides

    def describe(self, space: Space, task: Task | None) -> Facts:
        """Build the network elastically, without data and proof, and say what can be mixed.

        Raises `Refusal` (or the `SpaceError` of the shape rules) for a program that one network cannot hold.
        """
        return self._facts(share(space, _task(space, task).facts, 0), task)

    def evaluator(self, space: Space, task: Task | None, seed: int) -> SupernetEvaluator:
        """Load the data, build and prove the network, measure its steps."""
        known = _task(space, task)
        device = pick(self.device)
        data = known.load().to(device)
        train, validation = data.train, data.validation
        if self.arch_split is not None:
            train, validation = carve(train, self.arch_split, seed)
        assert not set(train.index.tolist()) & set(validation.index.tolist()), "the architecture would learn on training data"
        shared = share(space, known.facts, seed).proved(proof_inputs(data.train).cpu(), seed)
        shared.supernet.to(device=device)
        facts = attrs.evolve(
            self._facts(shared, task),
            steps_per_epoch=Cursor(train, self.batch_size, seed, TRAINING_ORDER).per_epoch,
        )
        evaluator = SupernetEvaluator(
            shared,
            self,
            data.goal,
            Cursor(train, self.batch_size, seed, TRAINING_ORDER),
            Cursor(validation, self.batch_size, seed, VALIDATION_ORDER),
            seed,
            facts,
            self.retraining.evaluator(space, task, seed),
        )
        evaluator.facts = attrs.evolve(facts, seconds=seconds(evaluator))
        return evaluator

    def test(self, space: Space, task: Task, trial: Trial, checkpoint: Path | None, seed: int) -> Mapping[str, float]:
        """Return the metrics of a retrained candidate on the test split."""
        return self.retraining.test(space, task, trial, checkpoint, seed)

    def refit(self, space: Space, task: Task, trial: Trial, seed: int) -> Mapping[str, float]:
        """Return the metrics on the test split of a candidate retrained on training and validation data together."""
        return self.retraining.refit(space, task, trial, seed)

    def _facts(self, shared: SharedNetwork, task: Task | None) -> Facts:
        facts = self.retraining.describe(shared.space, task)
        _check_goals(shared.space, {*_task(shared.space, task).facts.metrics, "params", "flops"} - LATENCIES)
        return attrs.evolve(
            facts,
            name="supernet",
            provides=facts.provides | SIGNALS,
            relaxable=shared.relaxable,
            unrelaxable=dict(shared.unmixed),
            notes=facts.notes + shared.notes(),
            analytic=_analytic(shared),
        )


def _check_goals(space: Space, scored: Set[str]) -> None:
    """Raise `Refusal` for a goal that reads what scores with shared weights do not report."""
    goals = attrs.evolve(objectives_of(space, Objective("accuracy", maximize=True)), limits=())
    for names in goals.metrics:
        if not scored & set(names):
            raise Refusal(
                f"a goal reads {names[0]!r}; scores with shared weights report {', '.join(sorted(scored))}",
                remedy=f"make it a limit (require {names[0]} <= ...), or search with an algorithm that trains each candidate",
            )


def _analytic(shared: SharedNetwork) -> dict[str, Analytic]:
    """Return what is known of a candidate without training; FLOPs only where goals or limits of the space read them."""
    known: dict[str, Analytic] = {"params": Parameters(shared.space, shared.facts)}
    objectives = objectives_of(shared.space, Objective("accuracy", maximize=True))
    if shared.facts is not None and any("flops" in names for names in objectives.metrics):
        known["flops"] = Flops(shared.space, shared.facts)
    return known


def sampling(provides: frozenset[str]) -> list[str]:
    """Return the names of the registered algorithms that need no more than these signals."""
    found = []
    for name in registry.entries("algorithms"):
        try:
            needs = registry.get("algorithms", name)().needs
        except (registry.RegistryError, TypeError):
            continue
        if needs.signals <= provides:
            found.append(name)
    return found


def _task(space: Space, task: Task | None) -> Any:
    if task is None:
        raise Refusal(f"sharing weights over the space {space.name!r} needs a task to learn", remedy="name one: task digits")
    return task
