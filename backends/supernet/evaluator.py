"""The evaluator of shared weights: weight steps, scores and gradients of mixtures; retraining is the trainer's."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import attrs
import numpy as np
import torch
from torch import Tensor, nn

from backends.isolation import Isolation
from backends.supernet.batches import Cursor
from backends.supernet.refusal import Refusal
from backends.supernet.shared import SharedNetwork
from backends.supernet.statistics import batch_statistics, recalibrated
from backends.torch.data import Split
from backends.torch.device import using_threads
from backends.torch.goals import Goal
from symbolic.points import Mixture, Point
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.problem import Facts
from symbolic.search.protocols import Evaluator, Job
from symbolic.search.randomness import trial_seed

if TYPE_CHECKING:
    from backends.supernet.backend import SupernetBackend

FILE = "supernet.pt"


@attrs.define(eq=False)
class SupernetEvaluator:
    """One set of shared weights with its optimiser and two cursors; `trainer` evaluates single candidates.

    In a weight step, tensors of options that are not used stay as they are; the unused part of a sliced tensor has gradient
    zero, so that momentum and weight decay act on it.
    """

    shared: SharedNetwork
    options: SupernetBackend
    goal: Goal
    train: Cursor
    validation: Cursor
    seed: int
    facts: Facts
    trainer: Evaluator
    optimizer: torch.optim.SGD = attrs.field(init=False)
    isolation: Isolation = attrs.field(factory=Isolation)

    def __attrs_post_init__(self) -> None:
        s = self.options
        nesterov = s.momentum > 0
        self.optimizer = torch.optim.SGD(
            self.shared.supernet.parameters, s.lr, s.momentum, weight_decay=s.weight_decay, nesterov=nesterov
        )

    @property
    def provides(self) -> frozenset[str]:
        """The signals this evaluator serves."""
        return self.facts.provides

    def run(self, trial: Trial, job: Job) -> Result:
        """Serve a trial of any purpose but `lookahead`."""
        if trial.purpose == "evaluate":
            return self._evaluate(trial, job)
        begun = time.perf_counter()
        result = self.transient(trial, job.threads)
        return attrs.evolve(result, cost_s=time.perf_counter() - begun)

    def transient(self, trial: Trial, threads: int) -> Result:
        """Serve a trial that leaves no row, with generators of its own; `threads` unless the options say how many."""
        with using_threads(self.options.threads or threads), self.isolation.seeded(trial_seed(self.seed, trial.number)):
            return self._serve(trial)

    def _serve(self, trial: Trial) -> Result:
        match trial.purpose:
            case "step":
                return self._step(trial)
            case "score":
                return self._score(trial)
            case "gradient":
                return self._gradient(trial)
            case "lookahead":
                raise Refusal("the supernet does not look ahead through a weight step yet", remedy="use first-order gradients")
            case "evaluate":
                raise AssertionError("not transient")
        assert_never(trial.purpose)

    def _evaluate(self, trial: Trial, job: Job) -> Result:
        if trial.inherit_from is not None:
            raise Refusal(f"trial {trial.number} inherits weights from {trial.inherit_from!r}, which is not supported yet")
        return self.trainer.run(trial, job)

    def _step(self, trial: Trial) -> Result:
        """Take one weight step on the next training batch; a loss that is not finite leaves the weights alone."""
        inputs, targets = self.train.take()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.goal.loss(self._network(trial.point, None)(inputs), targets)
        if not math.isfinite(float(loss.detach())):
            return _diverged(trial, "the training loss of the supernet")
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.shared.supernet.parameters, self.options.clip or math.inf)
        if not math.isfinite(float(norm)):
            self.optimizer.zero_grad(set_to_none=True)
            return _diverged(trial, "the gradient of the supernet's weights")
        for group in self.optimizer.param_groups:
            group["lr"] = cosine(self.options.lr, self.options.lr_end, trial.progress)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return Result(trial, "ok", {"loss": float(loss.detach())})

    def _network(self, point: Point | Mixture, weights: Tensor | None) -> nn.Module:
        """Return the network at a point in training mode."""
        return self.shared.set(point, weights).train()

    def _gradient(self, trial: Trial) -> Result:
        """Differentiate the loss of the next validation batch with respect to the option weights."""
        if not isinstance(trial.point, Mixture):
            raise Refusal("a gradient is with respect to the weights of a mixture; the trial holds a single candidate")
        inputs, targets = self.validation.take()
        weights = torch.from_numpy(trial.point.weights).to(self.shared.supernet.parameters[0]).requires_grad_()
        loss = self.goal.loss(self._network(trial.point, weights)(inputs), targets)
        (found,) = torch.autograd.grad(loss, [weights], allow_unused=True)
        gradient = np.zeros(len(weights)) if found is None else found.double().cpu().numpy()
        value = float(loss.detach())
        if not math.isfinite(value) or not np.all(np.isfinite(gradient)):
            return _diverged(trial, "the validation loss of the supernet")
        return Result(trial, "ok", {"loss": value}, gradient=gradient)

    def _score(self, trial: Trial) -> Result:
        """Measure a point with the shared weights, on the next validation batches or on the whole split."""
        batches = list(self._whole()) if trial.batches is None else [self.validation.take() for _ in range(trial.batches)]
        outputs = self.outputs(trial.point, [inputs for inputs, _ in batches])
        metrics = dict(self.goal.metrics(outputs, torch.cat([targets for _, targets in batches])))
        return Result(trial, "ok", {**self._analytic(trial.point), **metrics})

    def outputs(self, point: Point | Mixture, batches: list[Tensor]) -> Tensor:
        """Return the outputs `[example, ...]` at a point in evaluation mode, norms as the options say."""
        with torch.no_grad():
            network = self.shared.set(point).eval()
            if self.options.statistics == "batch":
                batch_statistics(network)
                return torch.cat([network(inputs) for inputs in batches])
            training = (self.train.at(i)[0] for i in range(self.options.calibration_batches))
            with recalibrated(network, training):
                return torch.cat([network(inputs) for inputs in batches])

    def _whole(self) -> Iterator[tuple[Tensor, Tensor]]:
        split = self.validation.split
        chunks = math.ceil(len(split) / self.options.score_batch_size)
        yield from zip(split.inputs.chunk(chunks), split.targets.chunk(chunks), strict=True)

    def _analytic(self, point: Point | Mixture) -> dict[str, float]:
        """Return what is known of a candidate without training."""
        if not isinstance(point, Point):
            return {}
        return {name: float(metric.actual(point.index)) for name, metric in self.facts.analytic.items()}

    def state(self) -> dict[str, Any]:
        """Return a copy of shared tensors by full name, the optimiser and the cursors."""
        tensors = {name: tensor.clone() for name, tensor in self.shared.supernet.tensors().items()}
        optimizer = self.optimizer.state_dict()
        buffers = {key: {k: _copy(v) for k, v in entry.items()} for key, entry in optimizer["state"].items()}
        positions = {"train": self.train.position, "validation": self.validation.position}
        return {"tensors": tensors, "optimizer": {**optimizer, "state": buffers}, "positions": positions}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue exactly from a state. Raises `Refusal` for the weights of another supernet."""
        self.shared.supernet.load(state["tensors"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.train.position, self.validation.position = state["positions"]["train"], state["positions"]["validation"]

    def save(self, folder: Path) -> None:
        """Write the state into a folder."""
        torch.save(self.state(), folder / FILE)

    def load(self, folder: Path) -> None:
        """Read the state from a folder. Raises `Refusal` where it is missing, unreadable or of another supernet."""
        path = folder / FILE
        try:
            state = torch.load(path, weights_only=True, map_location=self.shared.supernet.parameters[0].device)
        except Exception as error:
            remedy = "start the study afresh under another name"
            raise Refusal(f"the shared weights in {path} cannot be read: {error}", remedy=remedy) from error
        self.restore(state)

    def close(self) -> None:
        """Let go of the trainer."""
        if hasattr(self.trainer, "close"):
            self.trainer.close()


def cosine(start: float, end: float, progress: float) -> float:
    """Return the value at a position in [0, 1] between two values.

    >>> cosine(0.1, 0.0, 0.5)
    0.05
    """
    return end + 0.5 * (start - end) * (1 + math.cos(math.pi * progress))


def _copy(value: object) -> object:
    return value.clone() if isinstance(value, Tensor) else value


def _diverged(trial: Trial, what: str) -> Result:
    return Result(trial, "failed", failure=Failure("nan", f"{what} is not finite; the weights were left as they were"))


def proof_inputs(split: Split, count: int = 4) -> Tensor:
    """Return a few training examples for the proof."""
    return split.inputs[:count]
