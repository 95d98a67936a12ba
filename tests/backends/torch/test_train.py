"""The trainer on small networks: it learns, continues exactly, respects limits, and says what is wrong."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import symbolic as sym
from backends.errors import TrainError
from backends.executors.processes import Processes
from backends.executors.serial import Serial
from backends.torch.cost import parameters
from backends.torch.tasks.digits import digits
from backends.torch.train import TrainBackend
from symbolic.errors import SpaceError
from symbolic.search.events import Result, Trial

Run = Callable[..., Result]
EXAMPLE = Path(__file__).parents[3] / "examples" / "digits.space"
SMALL = {
    "activation": "relu",
    "model/stage/width": 8,
    "model/stage/unit/conv2d/kernel": 3,
    "model/stage/more": 0,
    "model/stage#2/width": 32,
    "model/stage#2/unit/conv2d/kernel": 3,
    "model/stage#2/more": 0,
    "model/dropout/rate": 0.0,
    "train/optimizer": "adamw",
    "train/optimizer/adamw/weight_decay": 1e-4,
    "train/lr": 0.02,
    "train/batch_size": 64,
}


def learned(result: Result) -> dict[str, float]:
    return dict(result.metrics)


def test_the_example_learns_digits_in_seconds(run: Run) -> None:
    space = sym.load(str(EXAMPLE))
    result = run(space, SMALL, fidelity=6.0)
    assert result.status == "ok" and result.fidelity == 6.0
    assert result.metrics["accuracy"] > 0.9
    model = space.candidate(SMALL).build(digits().facts)["model"]
    assert result.metrics["params"] == parameters(model) == sum(p.numel() for p in model.parameters())
    assert result.cost_s > 0


def test_nine_epochs_are_three_and_six_bit_for_bit(run: Run, tiny: sym.Space, values: dict[str, Any], tmp_path: Path) -> None:
    reports: list[Result] = []
    whole = run(tiny, values, folder=tmp_path / "a", reports=reports)
    run(tiny, values, fidelity=3.0, folder=tmp_path / "b")
    rest: list[Result] = []
    continued = run(tiny, values, number=7, continue_from=0, reached=3.0, roots={7: 0}, folder=tmp_path / "b", reports=rest)
    assert learned(continued) == learned(whole)
    assert [(r.fidelity, learned(r)) for r in reports[3:]] == [(r.fidelity, learned(r)) for r in rest]
    one, two = (torch.load(tmp_path / p / "state.pt", weights_only=True) for p in ("a/checkpoints/0", "b/checkpoints/7"))
    assert all(torch.equal(one["network"][k], two["network"][k]) for k in one["network"])


def test_a_report_after_each_epoch(run: Run, tiny: sym.Space, values: dict[str, Any]) -> None:
    reports: list[Result] = []
    result = run(tiny, values, fidelity=4.0, reports=reports)
    assert [r.fidelity for r in reports] == [1.0, 2.0, 3.0, 4.0]
    assert learned(reports[-1]) == learned(result)
    assert set(result.metrics) == {"accuracy", "loss", "params"}


def test_equal_numbers_train_equally_and_others_do_not(run: Run, tiny: sym.Space, values: dict[str, Any]) -> None:
    one, again, other = (run(tiny, values, number=n, fidelity=1.0) for n in (0, 0, 1))
    assert learned(one) == learned(again)
    assert one.metrics["loss"] != other.metrics["loss"]


def test_serial_equals_processes_bit_for_bit(run: Run, tiny: sym.Space, values: dict[str, Any]) -> None:
    here = run(tiny, values, fidelity=2.0)
    session = Processes(1).open(TrainBackend(), tiny, digits(), 3, None)
    try:
        session.submit([Trial(0, tiny.candidate(values).point, fidelity=2.0)])
        (there,) = session.collect(lambda report: "go", 60.0)
    finally:
        session.close()
    assert learned(here) == learned(there)


def test_global_generators_and_threads_are_left_alone(run: Run, tiny: sym.Space, values: dict[str, Any]) -> None:
    before = (
        random.getstate(),
        np.random.get_state()[1].tobytes(),
        torch.get_rng_state().numpy().tobytes(),
        torch.get_num_threads(),
    )
    run(tiny, values, fidelity=1.0)
    after = (
        random.getstate(),
        np.random.get_state()[1].tobytes(),
        torch.get_rng_state().numpy().tobytes(),
        torch.get_num_threads(),
    )
    assert before == after


def test_results_do_not_depend_on_global_generators(run: Run, tiny: sym.Space, values: dict[str, Any]) -> None:
    torch.manual_seed(1)
    one = run(tiny, values, fidelity=1.0)
    torch.manual_seed(2)
    assert learned(run(tiny, values, fidelity=1.0)) == learned(one)


def test_a_limit_on_params_is_kept_before_training(run: Run, tiny: sym.Space, values: dict[str, Any]) -> None:
    reports: list[Result] = []
    result = run(tiny, {**values, "model/conv2d/width": 4000}, reports=reports)
    assert (result.status, reports) == ("infeasible", [])
    assert result.metrics == {"params": 4000 * 9 + 4000 + 2 * 4000 + 4000 * 10 + 10}


def test_divergence_is_nan(run: Run, tiny: sym.Space, values: dict[str, Any]) -> None:
    space = sym.parse(tiny.text().replace("0.0001..0.1 log", "0.0001..1e30 log"))
    reports: list[Result] = []
    diverging = {**values, "train/optimizer": "sgd", "train/optimizer/sgd/momentum": 0.9, "train/lr": 1e25}
    del diverging["train/optimizer/adamw/weight_decay"]
    result = run(space, diverging, reports=reports)
    assert (result.status, result.failure.kind, reports) == ("failed", "nan", [])


def test_stop_keeps_the_checkpoint_before(run: Run, tiny: sym.Space, values: dict[str, Any], tmp_path: Path) -> None:
    result = run(tiny, values, folder=tmp_path, verdict=lambda report: "stop" if report.fidelity == 3 else "go")
    assert (result.status, result.fidelity) == ("stopped", 3.0)
    manifest = json.loads((tmp_path / "checkpoints" / "0" / "manifest.json").read_text())
    assert manifest["epoch"] == 2
    assert manifest["candidate"] == {
        "model/conv2d/width": 8,
        "model/dropout/rate": 0.25,
        "train/optimizer": "adamw",
        "train/batch_size": 64,
    }


def test_a_promotion_may_change_online_decisions_only(
    run: Run, tiny: sym.Space, values: dict[str, Any], tmp_path: Path
) -> None:
    run(tiny, values, fidelity=1.0, folder=tmp_path)
    assert run(tiny, {**values, "train/lr": 0.02}, number=1, continue_from=0, fidelity=2.0, folder=tmp_path).status == "ok"
    other = run(tiny, {**values, "train/batch_size": 128}, number=2, continue_from=0, fidelity=2.0, folder=tmp_path)
    assert other.failure.kind == "shape"
    assert "they differ at train/batch_size" in other.failure.message


def test_a_lost_checkpoint_is_trained_again_and_said(run: Run, tiny: sym.Space, values: dict[str, Any], tmp_path: Path) -> None:
    run(tiny, values, fidelity=1.0, folder=tmp_path)
    shutil.rmtree(tmp_path / "checkpoints" / "0")
    result = run(tiny, values, number=1, continue_from=0, fidelity=2.0, roots={1: 0}, folder=tmp_path)
    assert result.metrics["restarted"] == 1.0
    assert result.metrics["loss"] == run(tiny, values, fidelity=2.0).metrics["loss"]


def test_an_unreadable_checkpoint_fails_with_the_remedy(
    run: Run, tiny: sym.Space, values: dict[str, Any], tmp_path: Path
) -> None:
    run(tiny, values, fidelity=1.0, folder=tmp_path)
    for file, content in (("state.pt", b"nonsense"), ("manifest.json", b'{"epoch": 1}'), ("manifest.json", b"[")):
        (tmp_path / "checkpoints" / "0" / file).write_bytes(content)
        result = run(tiny, values, number=1, continue_from=0, folder=tmp_path)
        assert "cannot be read" in result.failure.message and "delete the folder" in result.failure.message


def test_test_takes_the_checkpoint_or_trains_again(run: Run, tiny: sym.Space, values: dict[str, Any], tmp_path: Path) -> None:
    run(tiny, values, number=4, fidelity=3.0, folder=tmp_path)
    trial = Trial(4, tiny.candidate(values).point, fidelity=3.0)
    kept = TrainBackend().test(tiny, digits(), trial, tmp_path / "checkpoints" / "4", 3)
    again = TrainBackend().test(tiny, digits(), trial, None, 3)
    assert kept == again
    assert kept["loss"] != run(tiny, values, number=4, fidelity=3.0).metrics["loss"], "test data are not validation data"


def test_describe_is_static(tiny: sym.Space) -> None:
    facts = TrainBackend().describe(tiny, digits())
    assert facts.provides == {"evaluate", "report", "continue", "schedule"}
    assert facts.metrics >= {"accuracy", "loss", "params"}
    assert facts.notes == ()
    assert facts.online == {"train/lr", "train/optimizer/sgd/momentum", "train/optimizer/adamw/weight_decay"}


def test_a_space_without_a_record_is_trained_by_the_tasks_defaults(run: Run) -> None:
    space = sym.parse("space bare\ntask digits\nmodel = flatten >> linear(16 | 32) >> relu >> linear(classes)\n")
    (line,) = TrainBackend().describe(space, digits()).notes
    assert "no train record" in line and "optimizer adamw, lr 0.01" in line and "clip none" in line
    reports: list[Result] = []
    result = run(space, {"model/linear/width": 32}, reports=reports)
    assert result.metrics["accuracy"] > 0.9
    assert [r.fidelity for r in reports] == list(range(1, 10))


def test_flops_are_counted_where_they_are_read(run: Run) -> None:
    text = "space bare\ntask digits\nmodel = flatten >> linear(16 | 32) >> relu >> linear(classes)\nminimize flops\n"
    result = run(sym.parse(text), {"model/linear/width": 16})
    assert result.metrics["flops"] == 64 * 16 + 16 + 16 * 10 + 10


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("model = relu >> flatten >> linear(3 | 10)\ntrain { lrr: 1.0..2.0 }", SpaceError, "did you mean 'lr'"),
        ("x = 1 | 2\ntrain { lr: 0.1..0.2 }", TrainError, "builds no network"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_trial_one(text: str, error: type[Exception], message: str) -> None:
    space = sym.parse(f"space wrong\ntask digits\n{text}\n")
    with pytest.raises(error, match=message):
        TrainBackend().describe(space, digits())


def test_a_missing_task_is_refused(tiny: sym.Space) -> None:
    with pytest.raises(TrainError, match="--task digits"):
        TrainBackend().describe(tiny, None)


def test_outputs_that_do_not_fit_are_infeasible_before_training(run: Run) -> None:
    space = sym.parse("space wrong\ntask digits\nmodel = flatten >> linear(3 | 10)\n")
    reports: list[Result] = []
    result = run(space, {"model/linear/width": 3}, reports=reports)
    assert (result.status, result.failure.kind, reports) == ("infeasible", "shape", [])
    assert "[2, 3], the task needs [2, 10]" in result.failure.message
    assert run(space, {"model/linear/width": 10}).status == "ok"


@pytest.mark.parametrize(
    ("fields", "message"), [({"purpose": "score"}, "shared weights"), ({"inherit_from": "supernet"}, "not supported yet")]
)
def test_what_is_not_provided_is_refused(fields: dict[str, Any], message: str, tiny: sym.Space, values: dict[str, Any]) -> None:
    evaluator = TrainBackend().evaluator(tiny, digits(), 0)
    job = Serial().open(TrainBackend(), tiny, digits(), 0, None)
    with pytest.raises(TrainError, match=message):
        evaluator.run(Trial(0, tiny.candidate(values).point, **fields), job)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"threads": 0}, {"threads": 1.5}])
def test_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(TrainError, match="threads"):
        TrainBackend(**options)


def test_an_unknown_device_is_refused(run: Run, tiny: sym.Space, values: dict[str, Any]) -> None:
    result = run(tiny, values, backend=TrainBackend(device="warp"))
    assert "the device 'warp' cannot be used here" in result.failure.message


NETS = """
import torch
from torch import nn

class Wrong(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.Linear(16, 10))
    def forward(self, x):
        return self.layers(x)

class Buggy(Wrong):
    def forward(self, x):
        raise NameError("no such layer")

class Real(Wrong):
    def __init__(self, width: int):
        super().__init__(width)
        if float(torch.ones(2).sum()) > 1:
            self.extra = nn.Parameter(torch.zeros(1))
"""


@pytest.mark.parametrize(
    ("name", "width", "status", "kind"),
    [
        ("Wrong", 16, "ok", None),
        ("Wrong", 32, "infeasible", "shape"),
        ("Buggy", 16, "failed", "raised"),
        ("Real", 16, "ok", None),
    ],
)
def test_a_users_network(
    name: str, width: int, status: str, kind: str | None, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"trained_{name.lower()}_{width}"
    (tmp_path / f"{module}.py").write_text(NETS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    space = sym.parse(f"space s\ntask digits\nmodel = {module}::{name}(width: 16 | 32)\n")
    result = run(space, {"model/width": width})
    assert result.status == status, result.failure
    assert (result.failure.kind if result.failure else None) == kind
    assert result.metrics.get("params", 0) > 0 or kind == "raised"


def test_a_fidelity_that_is_not_epochs_is_followed_but_not_continued(run: Run, tmp_path: Path) -> None:
    record = "train { lr: 0.01..0.02, batch_size: fidelity 64..128, epochs: 2 }"
    space, reports = sym.parse(f"space s\ntask digits\nmodel = flatten >> linear(classes)\n{record}\n"), []
    result = run(space, {"train/lr": 0.01}, fidelity=64.0, reports=reports)
    assert (result.status, result.fidelity, reports) == ("ok", 64.0, [])
    assert result.metrics["loss"] != run(space, {"train/lr": 0.01}, fidelity=128.0).metrics["loss"]
    refused = run(space, {"train/lr": 0.01}, number=1, continue_from=0, fidelity=128.0)
    assert "only trainings along train/epochs, train/data, train/size can be continued" in refused.failure.message


def test_an_annotated_class_crosses_to_workers() -> None:
    space = sym.load(f"{EXAMPLE.with_suffix('.py')}:Net")
    trial = Trial(0, space.default().point)
    results = []
    for executor in (Serial(), Processes(1)):
        session = executor.open(TrainBackend(), space, digits(), 3, None)
        try:
            session.submit([trial])
            results += session.collect(lambda report: "stop", 60.0)
        finally:
            session.close()
    assert [r.status for r in results] == ["stopped"] * 2, results
    assert learned(results[0]) == learned(results[1])
