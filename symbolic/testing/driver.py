"""A simulated session: drives a search through the protocol with made-up results, in any order, some of them failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import attrs
import numpy as np

from symbolic.points import Mixture, Point
from symbolic.search.complete import started
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.plain import decode, encode
from symbolic.search.problem import Problem
from symbolic.search.protocols import Algorithm, Search

Value = Callable[[Point], float]


def state_text(search: Search) -> str:
    """Return the search's state as canonical JSON."""
    return json.dumps(encode(search.state_dict()), sort_keys=True)


def reloaded(algorithm: Algorithm, problem: Problem, text: str) -> Search:
    """Return a fresh search that continues from a state."""
    search = started(algorithm, problem)
    search.load_state_dict(decode(json.loads(text)))
    return search


def optimum(problem: Problem) -> Value:
    """Return a smooth loss with one optimum: the mean distance of each active column to a target code, 0 at best."""
    table = problem.table
    cards = np.maximum(table.card, 1)
    target = np.floor(cards * 0.6).astype(int) % cards
    spread = np.maximum(table.high - table.low, 1e-12)

    def value(point: Point) -> float:
        total, active = 0.0, 0
        for c in range(len(table)):
            if point.index[c] < 0:
                continue
            active += 1
            f = table.float_column[c]
            if f >= 0:
                total += abs((point.real[f] - table.low[c]) / spread[c] - 0.6)
            else:
                total += abs(int(point.index[c]) - int(target[c])) / max(1, int(cards[c]) - 1)
        return total / max(1, active)

    return value


@attrs.define
class Driver:
    """One running search and what is in flight. `fail_every` k: each k-th evaluation fails (0: none)."""

    problem: Problem
    search: Search
    value: Value
    fail_every: int = 0
    pending: list[Trial] = attrs.field(factory=list)
    log: list[Trial | Result] = attrs.field(factory=list)
    number: int = 0
    ended: int = 0

    def ask(self, count: int) -> Sequence[Trial]:
        """Ask for up to `count` trials and tell the search of them."""
        trials = list(self.search.ask(range(self.number, self.number + count)))
        self.take(trials)
        return trials

    def take(self, trials: Sequence[Trial]) -> None:
        """Put trials in flight."""
        self.search.tell(trials)
        self.log.extend(trials)
        self.pending.extend(trials)
        self.number += len(trials)

    def finish(self, positions: Sequence[int]) -> None:
        """End the pending trials at these positions, in this order."""
        chosen = [self.pending[i] for i in positions]
        self.pending = [t for i, t in enumerate(self.pending) if i not in set(positions)]
        results = [self.answer(t) for t in chosen]
        self.search.tell(results)
        self.log.extend(results)

    def answer(self, trial: Trial) -> Result:
        """Return what a backend would: the value of a point; the gradient of a quadratic for a mixture."""
        self.ended += 1
        if self.fail_every and trial.purpose == "evaluate" and self.ended % self.fail_every == 0:
            return Result(trial, "failed", failure=Failure("raised", "made up"))
        match trial.point:
            case Point():
                value = self.value(trial.point)
                metric = -value if self.problem.objectives.goals[0].maximize else value
                return Result(trial, "ok", {"value": metric}, fidelity=trial.fidelity, cost_s=1.0)
            case Mixture():
                target = np.linspace(0.0, 1.0, trial.point.weights.shape[-1])
                error = trial.point.weights - target
                gradient = None if trial.purpose == "step" else 2.0 * error
                return Result(trial, "ok", {"value": float((error**2).sum())}, gradient=gradient)

    def run(self, evaluations: int, width: int = 1) -> list[Result]:
        """Run until so many evaluations have ended or the search is done; return the results of evaluations."""
        while sum(isinstance(e, Result) and e.trial.purpose == "evaluate" for e in self.log) < evaluations:
            asked = self.ask(width - len(self.pending)) if len(self.pending) < width else []
            if not asked and not self.pending:
                break
            self.finish([0])
        return [e for e in self.log if isinstance(e, Result) and e.trial.purpose == "evaluate"]
