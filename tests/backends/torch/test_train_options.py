"""Mixed precision, latency, schedules and running out of memory."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import symbolic as sym
from backends.errors import BackendError, TrainError
from backends.executors.outcomes import kind_of
from backends.executors.serial import Serial
from backends.torch.device import check_mixed_precision
from backends.torch.latency import REPEATS, WARM_UP, latency_ms
from backends.torch.optimizers import learning_rate
from backends.torch.record import read_record
from backends.torch.tasks.digits import digits
from backends.torch.train import TrainBackend
from symbolic.search.events import Trial
from symbolic.shapes import features, tokens

MODEL = "space s\ntask digits\nmodel = conv2d(8 | 16) >> batch_norm >> relu >> global_avg_pool >> linear(classes)\n"
VALUES = {"model/conv2d/width": 8}


def test_mixed_precision_learns_and_keeps_weights_exact(run: Callable[..., Any], tmp_path: Path) -> None:
    space = sym.parse(MODEL + "train { epochs: fidelity 1..3, lr: 0.02 }\n")
    exact, mixed = (run(space, VALUES, backend=TrainBackend(amp=amp), folder=tmp_path / str(amp)) for amp in (False, True))
    assert mixed.status == "ok", mixed.failure
    assert mixed.metrics["loss"] != exact.metrics["loss"]
    assert mixed.metrics["loss"] == pytest.approx(exact.metrics["loss"], abs=0.2)
    state = torch.load(tmp_path / "True" / "checkpoints" / "0" / "state.pt", weights_only=True)
    assert all(v.dtype in (torch.float32, torch.int64) for v in state["network"].values())
    again = run(space, VALUES, backend=TrainBackend(amp=True), fidelity=1.0, folder=tmp_path / "b")
    rest = run(space, VALUES, number=1, continue_from=0, roots={1: 0}, backend=TrainBackend(amp=True), folder=tmp_path / "b")
    assert again.status == "ok" and dict(rest.metrics) == dict(mixed.metrics)


def test_mixed_precision_needs_a_device_that_has_it() -> None:
    check_mixed_precision(torch.device("cpu"))
    with pytest.raises(BackendError, match="meta has none: leave amp out"):
        check_mixed_precision(torch.device("meta"))
    with pytest.raises(TrainError, match="amp is 1; it is true or false"):
        TrainBackend(amp=1)  # type: ignore[arg-type]


class Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.runs: list[bool] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.runs.append(self.training or torch.is_grad_enabled())
        return x


def test_latency_is_of_many_runs_in_eval_mode() -> None:
    network = Counting().train()
    assert 0 < latency_ms(network, features(3), torch.device("cpu")) < 1e3
    assert network.runs == [False] * (WARM_UP + REPEATS) and network.training
    latency_ms(nn.Embedding(3, 2), tokens(4), torch.device("cpu"))


def test_latency_is_measured_where_it_is_read(run: Callable[..., Any]) -> None:
    record = "train { epochs: 1 }\n"
    assert not {"latency", "latency_ms"} & set(run(sym.parse(MODEL + record), VALUES).metrics)
    found = run(sym.parse(MODEL + record + "maximize accuracy\nminimize latency_ms\n"), VALUES).metrics
    assert found["latency_ms"] > 0 and "latency" not in found
    reports: list[Any] = []
    assert (
        "median of 50 runs" in TrainBackend().describe(sym.parse(MODEL + record + "minimize latency_ms\n"), digits()).notes[0]
    )
    space = sym.parse(MODEL + record + "maximize accuracy\nrequire latency(model) <= 0.0000001\n")
    result = run(space, VALUES, reports=reports)
    assert (result.status, reports) == ("infeasible", []) and 0 < result.metrics["latency"] < 1


def test_schedules_at_their_corners() -> None:
    def rates(schedule: str, **more: Any) -> list[float]:
        recipe = read_record({"lr": 1.0, "schedule": schedule, **more}, digits().facts.train)
        return [round(learning_rate(recipe, epoch, 8), 6) for epoch in (0, 1, 3.9, 4, 5.9, 6, 8)]

    assert rates("step") == [1, 1, 1, 0.1, 0.1, 0.01, 0.01]
    assert rates("constant", warmup=4) == [0, 0.25, 0.975, 1, 1, 1, 1]
    assert rates("linear")[::3] == [1, 0.5, 0]
    assert rates("cosine")[::3] == [1, 0.5, 0]


@pytest.mark.parametrize("record", ['schedule: "step"', "label_smoothing: 0.1", "clip: 0.1", 'warmup: 0.5, schedule: "linear"'])
def test_each_key_changes_the_training(record: str, run: Callable[..., Any]) -> None:
    plain, other = (run(sym.parse(f"{MODEL}train {{ epochs: 2, {r} }}\n"), VALUES) for r in ("lr: 0.01", record))
    assert other.status == "ok", other.failure
    assert other.metrics["loss"] != plain.metrics["loss"]


HUNGRY = """
import torch
from torch import nn

class Hungry(nn.Module):
    def __init__(self, gigabytes: int):
        super().__init__()
        self.gigabytes = gigabytes
        self.last = nn.Linear(64, 10)
    def forward(self, x):
        if self.gigabytes and self.training:
            torch.empty(self.gigabytes * 10**9, dtype=torch.uint8)
        return self.last(x.flatten(1))
"""


def test_running_out_of_memory_costs_one_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hungry_network.py").write_text(HUNGRY)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    space = sym.parse("space s\ntask digits\nmodel = hungry_network::Hungry(gigabytes: 0 | 10000000)\ntrain { epochs: 1 }\n")
    session = Serial().open(TrainBackend(), space, digits(), 3, None)
    results = []
    for number, gigabytes in enumerate((10000000, 0)):
        session.submit([Trial(number, space.candidate({"model/gigabytes": gigabytes}).point)])
        results += session.collect(lambda report: "go", None)
    session.close()
    assert [r.status for r in results] == ["failed", "ok"], results
    assert results[0].failure is not None and results[0].failure.kind == "memory"


@pytest.mark.parametrize(
    "e",
    [
        torch.OutOfMemoryError("x"),
        MemoryError(),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_kinds_of_memory_errors(e: Exception) -> None:
    assert kind_of(e) == "memory"
