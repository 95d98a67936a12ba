"""A small training on a quadratic with a checkpoint, and backends that fail in each way a backend can."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import attrs
import numpy as np

from symbolic.search.events import Result, Trial
from symbolic.search.problem import Facts
from symbolic.search.protocols import Job


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


def die(code: int) -> None:
    os._exit(code)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def misbehave(how: str) -> None:
    match how:
        case "raise":
            raise ValueError("no such operator")
        case "long":
            raise ValueError("x" * 100_000)
        case "exit":
            raise SystemExit(3)
        case "die":
            os._exit(7)
        case str() if how.startswith("die once "):
            mark = Path(how.removeprefix("die once "))
            if not mark.exists():
                mark.touch()
                os._exit(7)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(3600)
        case "memory":
            raise MemoryError("no room")
        case "cuda memory":
            raise RuntimeError("CUDA error: out of memory")
        case "torch memory":
            raise OutOfMemoryError("tried to allocate 80 GiB")
        case "shape":
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied (1x2 and 3x4)")


@attrs.frozen
class Fake:
    """Descent on a quadratic; `bad` says how a trial misbehaves, `seconds` how long an epoch takes, by number."""

    bad: Mapping[int, str] = attrs.field(factory=dict)
    seconds: Mapping[int, float] = attrs.field(factory=dict)
    constructor: str = ""
    epochs: int = 9
    provides: frozenset[str] = frozenset({"evaluate", "report", "continue"})

    def describe(self, space: object, task: object) -> Facts:
        return Facts("fake", self.provides)

    def evaluator(self, space: object, task: object, seed: int) -> Training:
        misbehave(self.constructor)
        return Training(self)


@attrs.define
class Training:
    options: Fake
    closed: bool = False

    @property
    def provides(self) -> frozenset[str]:
        return self.options.provides

    def close(self) -> None:
        self.closed = True

    def concurrent(self) -> Training:
        return self

    def run(self, trial: Trial, job: Job) -> Result:
        if trial.purpose != "evaluate":
            misbehave(self.options.bad.get(trial.number, ""))
            return Result(trial, "ok", {"loss": float(job.seed)})
        weights, epoch = np.random.default_rng(job.seed).normal(size=4), 0
        if job.start is not None:
            held = np.load(job.start / "weights.npz")
            weights, epoch = held["weights"], int(held["epoch"])
        began, goal = epoch, int(trial.fidelity or self.options.epochs)
        while epoch < goal:
            time.sleep(self.options.seconds.get(trial.number, 0.0))
            weights = 0.7 * weights + 0.1 * np.random.default_rng([job.seed, epoch]).normal(size=4)
            epoch += 1
            if epoch == 2:
                misbehave(self.options.bad.get(trial.number, ""))
            saved = (weights, epoch)

            def save(folder: Path, saved: tuple[np.ndarray, int] = saved) -> None:
                np.savez(folder / "weights.npz", weights=saved[0], epoch=saved[1])

            if not job.report({"loss": float(weights @ weights)}, epoch, save):
                break
        environment = {
            "threads": job.threads,
            "omp": int(os.environ.get("OMP_NUM_THREADS", "0")),
            "pid": os.getpid(),
            "ended": time.monotonic(),
        }
        metrics = {"loss": float(weights @ weights), **environment}
        return Result(trial, "ok", metrics, float(epoch), float(epoch - began))


@attrs.frozen
class Falling:
    """Reports the same fidelity twice."""

    provides: frozenset[str] = frozenset({"evaluate", "report"})

    def describe(self, space: object, task: object) -> Facts:
        return Facts("falling", self.provides)

    def evaluator(self, space: object, task: object, seed: int) -> Falling:
        return self

    def concurrent(self) -> Falling:
        return self

    def run(self, trial: Trial, job: Job) -> Result:
        job.report({"loss": 1.0}, 2)
        job.report({"loss": 1.0}, 2)
        return Result(trial, "ok")


def objective(values: Mapping[str, float]) -> float:
    """A user's function, importable in workers."""
    return values["x"] + values["y/z"]


def serve_until_killed(folder: str) -> None:
    """Be a loop that starts two workers, says their ids and hangs; for the test that kills it."""
    from backends.executors.processes import Processes
    from symbolic.nodes import Record
    from symbolic.points import Point
    from symbolic.space import Space

    session = Processes(2).open(Fake(bad={0: "hang", 1: "hang"}), Space("empty", Record(())), None, 0, None)
    session.submit([Trial(i, Point(np.zeros(1, np.int32), np.zeros(0))) for i in range(2)])

    def note() -> None:
        while not all(slot.order for slot in session.slots):
            time.sleep(0.05)
        part = Path(folder) / "ids.part"
        part.write_text(json.dumps([slot.process.pid for slot in session.slots]))
        part.rename(Path(folder) / "ids")

    threading.Thread(target=note, daemon=True).start()
    session.collect(lambda report: "go", None)
