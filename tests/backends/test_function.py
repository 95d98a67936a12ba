"""The function backend: what a user's function is given, what it may return, and how it reports."""

from __future__ import annotations

import functools
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symbolic as sym
from backends.errors import BackendError, ExecutorError
from backends.executors.processes import Processes
from backends.executors.serial import Serial
from backends.function import FunctionBackend, Handle, metrics_of, takes_trial
from symbolic.errors import SymspaceError
from symbolic.search.events import Result, Trial

SPACE = 'space plain\nx = 0..10\ny { z: 0.0..1.0, k: "a" | "b" }\n'
VALUES = {"x": 4, "y/z": 0.5, "y/k": "b"}


@pytest.fixture
def run() -> Iterator[Callable[..., Result]]:
    sessions = []

    def run_one(
        function: Any, text: str = SPACE, values: Mapping[str, Any] = VALUES, on_report: Any = lambda r: "go", **fields: Any
    ) -> Result:
        space = sym.parse(text)
        backend = function if isinstance(function, FunctionBackend) else FunctionBackend(function)
        session = Serial().open(backend, space, None, 0, None)
        sessions.append(session)
        session.submit([Trial(3, space.candidate(values).point, **fields)])
        (result,) = session.collect(on_report, None)
        return result

    yield run_one
    for session in sessions:
        session.close()


def test_values_come_by_path(run: Any) -> None:
    seen: list[Any] = []
    result = run(lambda built: seen.append(built) or 1.0)
    assert dict(seen[0]) == VALUES
    assert (result.status, result.metrics) == ("ok", {"value": 1.0})


@pytest.mark.parametrize(
    ("goals", "metric", "name"),
    [
        ("", None, "value"),
        ("minimize error\n", None, "error"),
        ("maximize accuracy\n", None, "accuracy"),
        ("", "score", "score"),
    ],
)
def test_a_number_is_the_only_objective(goals: str, metric: str | None, name: str, run: Any) -> None:
    assert run(FunctionBackend(lambda built: 2, metric), SPACE + goals).metrics == {name: 2.0}


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2), np.array(2.0), True + 1])
def test_scalars_of_all_kinds_are_numbers(value: Any, run: Any) -> None:
    assert run(lambda built: value).metrics == {"value": 2.0}


def test_a_mapping_is_metrics(run: Any) -> None:
    assert run(lambda built: {"accuracy": np.float64(0.5), "ms": 3}).metrics == {"accuracy": 0.5, "ms": 3.0}


def test_not_finite_numbers_are_left_to_the_loop(run: Any) -> None:
    result = run(lambda built: math.nan)
    assert result.status == "ok" and math.isnan(result.metrics["value"])


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "the function's value is None; return a number or a mapping"),
        ("0.5", "the function's value is '0.5'"),
        ([1.0, 2.0], "the function's value is [1.0, 2.0]"),
        ({"accuracy": "high"}, "metric 'accuracy' is 'high'"),
    ],
)
def test_anything_else_fails_with_what_to_return(returned: object, message: str, run: Any) -> None:
    failure = run(lambda built: returned).failure
    assert failure.kind == "raised" and message in failure.message


def test_a_number_for_two_objectives_is_refused(run: Any) -> None:
    failure = run(lambda built: 1.0, SPACE + "maximize accuracy\nminimize params\n").failure
    assert "states 2 objectives: return a mapping with accuracy, params" in failure.message


def test_an_exception_is_a_failure_with_its_trace(run: Any) -> None:
    def objective(built: object) -> float:
        raise LookupError("no such thing")

    failure = run(objective).failure
    assert (failure.kind, failure.message) == ("raised", "LookupError: no such thing")
    assert "in objective" in failure.trace


def test_reports_and_should_stop(run: Any) -> None:
    def objective(built: object, trial: Handle) -> float:
        for step in range(1, 10):
            trial.report(step / 10, step)
            if trial.should_stop():
                break
        return -1.0

    reports: list[Result] = []

    def on_report(report: Result) -> str:
        reports.append(report)
        return "stop" if report.fidelity == 4 else "go"

    result = run(objective, on_report=on_report)
    assert [r.metrics["value"] for r in reports] == [0.1, 0.2, 0.3, 0.4]
    assert (result.status, result.metrics, result.fidelity) == ("stopped", {"value": 0.4}, 4.0)


def test_a_function_that_does_not_ask_is_stopped_all_the_same(run: Any) -> None:
    def stubborn(built: object, trial: Handle) -> float:
        for step in range(1, 10):
            trial.report({"value": step}, step)
        return 9.0

    seen: list[float] = []
    result = run(stubborn, on_report=lambda r: seen.append(r.fidelity) or "stop")
    assert (result.status, result.metrics, seen) == ("stopped", {"value": 1.0}, [1.0])


def test_the_fidelity_reaches_the_function_and_the_handle(run: Any) -> None:
    def objective(built: Mapping[str, Any], trial: Handle) -> Mapping[str, float]:
        return {"value": built["epochs"], "asked": trial.fidelity or -1.0, "number": trial.number}

    text = "space plain\nx = 0..10\nepochs = fidelity 1..9\n"
    assert run(objective, text, {"x": 1}, fidelity=3.0).metrics == {"value": 3.0, "asked": 3.0, "number": 3.0}
    assert run(objective, text, {"x": 1}).metrics == {"value": 9.0, "asked": -1.0, "number": 3.0}


def test_the_handle_knows_the_candidate(run: Any) -> None:
    seen: list[Any] = []

    def objective(built: object, trial: Handle) -> float:
        seen.extend([trial.candidate.to_dict(), trial.start, trial.seed])
        return 1.0

    run(objective)
    assert seen[:2] == [VALUES, None] and seen[2] >= 0


EPOCHS = "space plain\nx = 0..10\nepochs = fidelity 1..9\n"


def counting(values: Mapping[str, Any], trial: Handle) -> float:
    """Count epochs from where a file says it was left."""
    done = int((trial.start / "epoch").read_text()) if trial.start else 0
    for epoch in range(done + 1, int(values["epochs"]) + 1):
        trial.report(epoch, epoch, lambda folder, at=epoch: (folder / "epoch").write_text(str(at)))  # type: ignore[misc]
    return values["epochs"] - done


def test_a_function_that_continues_goes_on_from_its_own_files(tmp_path: Path) -> None:
    space = sym.parse(EPOCHS)
    point = space.candidate({"x": 1}).point
    trials = [Trial(0, point, fidelity=3.0), Trial(1, point, fidelity=9.0, continue_from=0, reached=3.0)]
    reports: list[float] = []
    for continues, expected in ((True, {"value": 6.0}), (False, {"value": 6.0, "restarted": 1.0})):
        backend = FunctionBackend(counting, continues=continues)
        session = Serial().open(backend, space, None, 0, tmp_path / str(continues))
        for trial in trials:
            session.submit([trial], {1: 0})
            (result,) = session.collect(lambda r: reports.append(r.fidelity) or "go", None)  # type: ignore[func-returns-value]
        session.close()
        assert dict(result.metrics) == expected, result.failure
        assert ("continue" in backend.provides) == continues
    assert reports[:9] == list(range(1, 10))


def test_continuing_without_what_was_kept_is_told(run: Any) -> None:
    result = run(FunctionBackend(counting, continues=True), EPOCHS, {"x": 1}, continue_from=7, fidelity=9.0)
    assert result.metrics == {"value": 9.0, "restarted": 1.0}


def test_only_functions_that_take_the_trial_continue() -> None:
    with pytest.raises(BackendError, match=r"takes the trial: f\(built, trial\)"):
        FunctionBackend(lambda net: 0.0, continues=True)


@pytest.mark.parametrize("step", ["one", None])
def test_a_step_is_a_number(step: Any, run: Any) -> None:
    failure = run(lambda built, trial: trial.report(1.0, step)).failure
    assert f"the step is {step!r}; give a number" in failure.message


def test_which_functions_take_the_trial() -> None:
    class Asking:
        def __call__(self, net: object, trial: object) -> float:
            return 0.0

    assert not takes_trial(lambda net: 0.0)
    assert not takes_trial(lambda net, epochs=3: 0.0)
    assert not takes_trial(lambda net, *, trial: 0.0)
    assert not takes_trial(functools.partial(lambda net, epochs: 0.0, epochs=3))
    assert not takes_trial(len)
    assert takes_trial(lambda net, trial: 0.0)
    assert takes_trial(lambda net, trial=None: 0.0)
    assert takes_trial(Asking())


async def later(values: object) -> float:
    return 0.0


def yielding(values: object) -> Iterator[float]:
    yield 0.0


def needing(values: object, trial: object, more: object) -> float:
    return 0.0


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda: 0.0,
            r"<lambda>\(\) cannot be called .*too many positional.*write def f\(built\), or def f\(built, trial\)",
        ),
        (needing, r"needing\(values.*cannot be called .*missing a required argument: 'more'.*write def needing\(built\)"),
        (lambda values, *, key: 0.0, "missing a required.* argument: 'key'"),
        (lambda x, y: 0.0, r"<lambda>\(x, y\) takes values by name, and gets one dict of them by path: .*values\[\"x\"\]"),
        (later, "later is a coroutine function, which gives no number"),
        (yielding, "yielding is a generator function"),
    ],
)
def test_functions_that_cannot_be_called_are_refused_before_trial_1(function: Any, message: str) -> None:
    with pytest.raises(BackendError, match=message):
        FunctionBackend(function).describe(sym.parse(SPACE), None)
    called = []
    with pytest.raises(BackendError, match=message):
        sym.search(sym.parse(SPACE), evaluate=function, trials=1, listeners=[called.append])
    assert called == []


@pytest.mark.parametrize(
    "function", [lambda x: 0.0, lambda x, trial: 0.0, lambda *args: 0.0, lambda x, y=3: 0.0, len, dict.get]
)
def test_functions_that_can_be_called_are_not_refused(function: Any) -> None:
    FunctionBackend(function).describe(sym.parse(SPACE), None)


def test_several_fidelities_need_a_word(run: Any) -> None:
    text = "space plain\nx = 0..10\nepochs = fidelity 1..9\nshare = fidelity 0.1..1.0\n"

    def both(values: Mapping[str, Any]) -> float:
        return 100 * values["epochs"] + values["share"]

    assert run(both, text, {"x": 1}).metrics == {"value": 901.0}
    assert "several fidelities (epochs, share)" in run(both, text, {"x": 1}, fidelity=0.5).failure.message
    assert run(FunctionBackend(both, fidelity="share"), text, {"x": 1}, fidelity=0.5).metrics == {"value": 900.5}
    study = sym.search(sym.parse(text), evaluate=both, fidelity="share", trials=1, algorithm="random", listeners=[])
    assert study.best.values == (901.0,)
    with pytest.raises(SymspaceError, match="the backend follows 'epochs': leave one out"):
        sym.search(sym.parse(text), backend=FunctionBackend(both, fidelity="epochs"), fidelity="share", trials=1)
    with pytest.raises(SymspaceError, match=r"no fidelity 'shares'"):
        sym.search(sym.parse(text), evaluate=both, fidelity="shares", trials=1)


def test_a_function_beside_a_backend_is_refused() -> None:
    with pytest.raises(SymspaceError, match="measures candidates, and so does backend='train': leave one out"):
        sym.search(sym.parse(SPACE), evaluate=len, backend="train", trials=1)


def test_an_exception_costs_one_trial_and_its_traceback_is_kept(tmp_path: Path) -> None:
    def fragile(values: Mapping[str, Any]) -> float:
        if values["y/k"] == "b":
            raise LookupError("no such thing")
        return values["y/z"]

    store = tmp_path / "s.db"
    study = sym.search(
        sym.parse(SPACE), evaluate=fragile, algorithm="random", trials=12, store=store, study="own", listeners=[]
    )
    failed = [t for t in sym.load_study(store, "own").trials if t.state == "failed"]
    assert 0 < len(failed) < 12 == len(study.trials)
    for trial in failed:
        assert trial.error == "raised: LookupError: no such thing"
        assert trial.trace is not None and "in fragile" in trial.trace and trial.trace.endswith("no such thing\n")
    assert all(t.trace is None for t in study.trials if t.state == "ok")


def test_only_functions_that_take_the_trial_report() -> None:
    assert FunctionBackend(lambda net: 0.0).provides == {"evaluate"}
    assert FunctionBackend(lambda net, trial: 0.0).provides == {"evaluate", "report"}


def test_a_loss_that_carries_gradients_is_a_number(run: Any) -> None:
    import torch

    assert run(lambda built: torch.ones(1, requires_grad=True) * 2).metrics == {"value": 2.0}


def test_networks_are_built_with_seeded_weights(run: Any) -> None:
    def weight(net: Any) -> float:
        return float(next(net.parameters()).detach().sum()) + random.random()

    text = "space net\ntask digits\nmodel = flatten >> linear(4 | 8)\n"
    one, two = (run(weight, text, {"model/linear/width": 4}).metrics for _ in range(2))
    assert one == two


def test_an_importable_function_runs_in_workers_and_a_lambda_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    space = sym.parse(SPACE)
    with pytest.raises(ExecutorError, match="a lambda cannot be sent to worker processes"):
        Processes(1).open(FunctionBackend(lambda built: 0.0), space, None, 0, None)
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "executors" / "fakes"))
    import executor_fakes

    session = Processes(1).open(FunctionBackend(executor_fakes.objective), space, None, 0, None)
    try:
        session.submit([Trial(0, space.candidate(VALUES).point)])
        (result,) = session.collect(lambda report: "go", 30.0)
    finally:
        session.close()
    assert result.metrics == {"value": 4.5}


def test_a_function_of_a_guarded_script_runs_in_workers(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "import symbolic as sym\n"
        "def objective(values): return values['x'] * 2\n"
        "if __name__ == '__main__':\n"
        "    space = sym.parse('space s\\nx = 1..3\\n')\n"
        "    study = sym.search(space, evaluate=objective, algorithm='random', trials=3, workers=1)\n"
        "    print(sorted(t.values[0] for t in study.trials))\n"
    )
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=path)
    assert done.stdout.splitlines()[-1:] == ["[2.0, 4.0, 6.0]"], done.stderr


def test_a_number_beyond_floats_is_refused_with_advice() -> None:
    with pytest.raises(BackendError, match="too large for a float"):
        metrics_of(10**400, ("value",))
