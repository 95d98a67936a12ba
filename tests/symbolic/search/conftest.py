"""Small algorithms and backends that drive the loop: a learner, successive halving, a relaxed search, a toy trainer."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import attrs
import numpy as np
import pytest

from symbolic.points import Mixture, Point
from symbolic.search.events import Failure, Result, Trial
from symbolic.search.problem import Facts, Needs
from symbolic.search.randomness import rng
from symbolic.table import Options, mutate_one, sample

TEXT = "space toy version 1\na = 0..9\nb = 0..9\nc = 1 | 2 | 3\ntrain { epochs: fidelity 1..9 }\nminimize loss\n"


def loss_of(point: Point) -> float:
    """The optimum is at codes 6, 3, 1."""
    return float(np.abs(point.index[:3] - np.array([6, 3, 1])).sum())


@attrs.define
class Stateful:
    """What the toy searches share: nothing is stopped, every checkpoint is wanted."""

    problem: object
    log: list = attrs.field(factory=list)

    def stop(self, report):
        return False

    def keep(self):
        return None


@attrs.frozen
class Climber:
    """Mutates the best point told so far: what it proposes depends on every result and on their order."""

    spread: int = 1

    @property
    def needs(self):
        return Needs()

    def start(self, problem):
        return ClimberSearch(problem, self.spread)


@attrs.define
class ClimberSearch:
    problem: object
    spread: int
    best: Point | None = None
    loss: float = math.inf
    order: list = attrs.field(factory=list)

    def ask(self, numbers):
        table, out = self.problem.table, []
        for n in numbers:
            g = rng(self.problem.seed, n)
            out.append(Trial(n, sample(table, 1, g)[0] if self.best is None or n % 3 == 0 else mutate_one(table, self.best, g)))
        return out

    def tell(self, events):
        for e in events:
            if isinstance(e, Result) and e.final:
                self.order.append(e.trial.number)
                loss = float(self.problem.objectives.losses(e)[0]) + 1e-3 * (len(self.order) % 7)
                if loss < self.loss:
                    self.best, self.loss = e.trial.point, loss

    def stop(self, report):
        return False

    def keep(self):
        return frozenset()

    def state_dict(self):
        return {"best": self.best, "loss": self.loss, "order": list(self.order)}

    def load_state_dict(self, state):
        self.best, self.loss, self.order = state["best"], state["loss"], list(state["order"])


@attrs.frozen
class Halving:
    """Rungs 1, 3, 9: promotes the better half of each, and stops a trial whose first report is bad."""

    @property
    def needs(self):
        return Needs(signals=frozenset({"evaluate", "report", "continue"}), fidelity=True)

    def start(self, problem):
        return HalvingSearch(problem)


@attrs.define
class HalvingSearch:
    problem: object
    ended: dict = attrs.field(factory=dict)
    continued: set = attrs.field(factory=set)
    mean: list = attrs.field(factory=list)

    def ask(self, numbers):
        out, continued = [], set(self.continued)
        for n in numbers:
            at = self._promotable(continued)
            if at is None:
                out.append(Trial(n, sample(self.problem.table, 1, rng(self.problem.seed, n))[0], fidelity=1.0))
                continue
            trial, _ = self.ended[at]
            continued.add(at)
            out.append(Trial(n, trial.point, fidelity=trial.fidelity * 3, continue_from=at, reached=trial.fidelity))
        return out

    def _promotable(self, continued):
        for rung in (3.0, 1.0):
            here = sorted((loss, n) for n, (t, loss) in self.ended.items() if t.fidelity == rung)
            for _, n in here[: len(here) // 2]:
                if n not in continued:
                    return n
        return None

    def tell(self, events):
        for e in events:
            if isinstance(e, Trial) and e.continue_from is not None:
                self.continued.add(e.continue_from)
            elif isinstance(e, Result) and e.status == "ok":
                self.ended[e.trial.number] = (e.trial, float(self.problem.objectives.losses(e)[0]))
            elif isinstance(e, Result) and not e.final:
                self.mean.append(e.metrics["loss"])

    def stop(self, report):
        return report.fidelity == 1.0 and len(self.mean) > 5 and report.metrics["loss"] > np.mean(self.mean) + 2

    def keep(self):
        return frozenset(n for n in self.ended if n not in self.continued)

    def state_dict(self):
        return {"n": len(self.ended)}

    def load_state_dict(self, state):
        raise NotImplementedError


@attrs.frozen
class Relaxed:
    """A step and a gradient in turn for `iterations`, then the argmax as an ordinary trial."""

    iterations: int = 20
    rate: float = 0.5

    @property
    def needs(self):
        return Needs(signals=frozenset({"step", "gradient", "evaluate"}))

    def scaled(self, problem):
        return attrs.evolve(self, rate=0.25)

    def start(self, problem):
        return RelaxedSearch(problem, self)


@attrs.define
class RelaxedSearch:
    problem: object
    options: Relaxed
    logits: np.ndarray | None = None
    done: int = 0
    waiting: int = 0
    derived: int = 0

    def __attrs_post_init__(self):
        self.logits = np.zeros(Options(self.problem.table).count)

    def ask(self, numbers):
        options = Options(self.problem.table)
        weights = options.softmax(self.logits)
        if self.done < self.options.iterations:
            if self.waiting:
                return []
            progress = self.done / self.options.iterations
            pair = zip(numbers, ("step", "gradient"), strict=False)
            return [Trial(n, Mixture(weights), purpose, progress=progress) for n, purpose in pair]
        if self.waiting or self.derived:
            return []
        return [Trial(n, options.argmax(weights, rng(self.problem.seed, 0))) for n in numbers[:1]]

    def tell(self, events):
        for e in events:
            if isinstance(e, Trial):
                self.waiting += 1
                self.derived += e.purpose == "evaluate"
            elif e.final:
                self.waiting -= 1
                if e.trial.purpose == "gradient":
                    g = Options(self.problem.table).softmax_vjp(e.trial.point.weights, e.gradient)
                    self.logits = self.logits - self.options.rate * g
                    self.done += 1

    def stop(self, report):
        return False

    def keep(self):
        return frozenset()

    def state_dict(self):
        return {"logits": self.logits, "counts": [self.done, self.waiting, self.derived]}

    def load_state_dict(self, state):
        self.logits = np.array(state["logits"])
        self.done, self.waiting, self.derived = state["counts"]


@attrs.frozen
class ToyTrainer:
    """Reports the loss after each epoch; `bad` maps trial numbers to how they go wrong; checkpoints count epochs."""

    bad: tuple[tuple[int, str], ...] = ()

    @property
    def provides(self):
        return frozenset({"evaluate", "report", "continue"})

    def describe(self, space, task):
        return Facts("toy", self.provides, frozenset({"loss", "epoch"}))

    def evaluator(self, space, task, seed):
        return ToyEvaluator(dict(self.bad))

    def test(self, space, task, trial, checkpoint, seed):
        return {"loss": loss_of(trial.point) + 0.5, "checkpoint": float(checkpoint is not None)}


@attrs.frozen
class ToyEvaluator:
    bad: dict

    @property
    def provides(self):
        return frozenset({"evaluate", "report", "continue"})

    def run(self, trial, job):
        how = self.bad.get(trial.number)
        if how == "raise":
            raise RuntimeError("made up")
        done = 0
        if job.start is not None:
            done = json.loads((job.start / "state.json").read_text())["epoch"]
        base = loss_of(trial.point)
        last = base + 1.0 / max(1, done) + (job.seed % 97) / 1000
        for epoch in range(done + 1, int(trial.fidelity or 9) + 1):
            last = base + 1.0 / epoch + (job.seed % 97) / 1000
            if how == "nan":
                last = math.nan
            save = lambda folder, epoch=epoch: (folder / "state.json").write_text(json.dumps({"epoch": epoch}))  # noqa: E731
            if not job.report({"loss": last, "epoch": float(epoch)}, float(epoch), save):
                break
        return Result(trial, "ok", {"loss": last, "epoch": float(int(trial.fidelity or 9))}, trial.fidelity, cost_s=1.0)


@attrs.frozen
class ToySupernet:
    """Shared weights are one number that steps move; the gradient pulls every decision to its second option."""

    fail: str = ""

    @property
    def provides(self):
        return frozenset({"evaluate", "step", "gradient", "score"})

    def describe(self, space, task):
        return Facts("supernet", self.provides, frozenset({"loss"}), steps_per_epoch=4, relaxable=frozenset(space.lower().path))

    def evaluator(self, space, task, seed):
        return ToyShared(self.fail, space.lower(), seed)


@attrs.define
class ToyShared:
    fail: str
    table: object
    seed: int
    weight: float = 0.0
    steps: int = 0
    log: list = attrs.field(factory=list)

    @property
    def provides(self):
        return frozenset({"evaluate", "step", "gradient", "score"})

    def run(self, trial, job):
        if trial.purpose == "evaluate":
            return Result(trial, "ok", {"loss": loss_of(trial.point) + round(self.weight, 3) * 0}, cost_s=0.5)
        if self.fail == "raise" and self.steps > 5:
            raise RuntimeError("the supernet broke")
        if trial.purpose == "step":
            self.steps += 1
            if self.fail == "nan":
                return Result(trial, "failed", {}, failure=Failure("nan", "loss is nan"))
            self.weight += float(rng(self.seed, trial.number, 11).normal()) * float(trial.point.weights.max())
            return Result(trial, "ok", {"loss": self.weight})
        target = np.zeros(len(trial.point.weights))
        return Result(trial, "ok", {"loss": self.weight}, gradient=trial.point.weights - target + 0.01 * self.weight)

    def save(self, folder):
        (folder / "weights.json").write_text(json.dumps([self.weight, self.steps]))

    def load(self, folder):
        self.weight, self.steps = json.loads((folder / "weights.json").read_text())


@attrs.define
class Shuffled:
    """A session of several workers whose trials end in an order of its own; a lost trial never ends."""

    capacity: int
    order: object
    facts: Facts = Facts("shuffled", frozenset({"evaluate"}))
    burst: int = 1
    queue: list = attrs.field(factory=list)
    seconds: float = 0.0
    most: int = 0

    def submit(self, trials, roots=None):
        self.queue.extend(trials)
        self.most = max(self.most, len(self.queue))
        assert self.most <= self.capacity

    def collect(self, on_report, timeout_s) -> list[Result]:
        self.seconds += 0.1
        at = int(self.order.integers(len(self.queue)))
        trial = self.queue.pop(at)
        return [Result(trial, "ok", {"loss": float(trial.point.index[0])})]

    def cancel(self, number):
        pass

    def clock(self):
        return self.seconds

    def close(self):
        self.queue.clear()

    def open(self, backend, space, task, seed, folder):
        return self


@pytest.fixture
def toys():
    """The classes of this file by name, and the text of the space they are made for."""
    return SimpleNamespace(
        text=TEXT,
        loss_of=loss_of,
        Climber=Climber,
        Halving=Halving,
        Relaxed=Relaxed,
        ToyTrainer=ToyTrainer,
        ToySupernet=ToySupernet,
        Shuffled=Shuffled,
    )


@pytest.fixture
def space():
    """The toy space: 300 candidates, one fidelity, one loss to minimise."""
    from symbolic.language.load import parse

    return parse(TEXT, "toy.space")


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    """No store, and a file."""
    return None if request.param == "memory" else tmp_path / "store.db"
