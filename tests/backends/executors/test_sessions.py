"""What both executors promise, with the oracle of section 9: equal results, verdicts, checkpoints, failures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from backends.errors import ExecutorError, ExitCalled
from backends.executors.processes import Processes
from backends.executors.serial import Serial
from backends.executors.threads import Threads

BOTH = pytest.mark.parametrize("executor", [Serial(), Processes(1), Threads(1)], ids=["serial", "processes", "threads"])


def losses(results: dict[int, Any]) -> dict[int, float]:
    return {number: result.metrics["loss"] for number, result in sorted(results.items())}


def test_serial_equals_processes_bit_for_bit(fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    trials = [trial(i) for i in range(6)]
    one = run_all(opened(Serial(), fakes.Fake()), trials)
    two = run_all(opened(Processes(2), fakes.Fake()), trials)
    three = run_all(opened(Threads(3), fakes.Fake()), trials)
    assert losses(one) == losses(two) == losses(three)
    assert len(set(losses(one).values())) == 6


@BOTH
def test_nine_epochs_are_three_and_six(
    executor: Any, fakes: Any, opened: Any, trial: Any, run_all: Any, tmp_path: Path
) -> None:
    whole = run_all(opened(executor, fakes.Fake(), tmp_path / "a"), [trial(0)])[0]
    session = opened(executor, fakes.Fake(), tmp_path / "b")
    first = trial(0, fidelity=3.0)
    second = trial(1, code=0, continue_from=0, reached=3.0)
    run_all(session, [first])
    session.submit([second], {1: 0})
    (continued,) = session.collect(lambda report: "go", 30.0)
    assert continued.metrics["loss"] == whole.metrics["loss"]
    assert continued.cost_s == 6.0


@BOTH
def test_stop_and_leave(executor: Any, fakes: Any, opened: Any, trial: Any, run_all: Any, tmp_path: Path) -> None:
    seen: list[float] = []

    def on_report(report: Any) -> str:
        seen.append(report.fidelity)
        return {0: "stop", 1: "leave"}[report.trial.number] if report.fidelity == 4 else "go"

    results = run_all(opened(executor, fakes.Fake(), tmp_path), [trial(0), trial(1)], on_report)
    assert (results[0].status, results[0].fidelity) == ("stopped", 4.0)
    assert set(results[0].metrics) == {"loss"}, "a stopped trial has the metrics of its last report"
    assert results[1].status == "cancelled"
    assert seen == [1.0, 2.0, 3.0, 4.0] * 2
    assert [float(fakes.np.load(tmp_path / "checkpoints" / n / "weights.npz")["epoch"]) for n in "01"] == [3.0, 4.0]


@BOTH
def test_a_trial_that_was_left_goes_on_and_repeats_no_report(
    executor: Any, fakes: Any, opened: Any, trial: Any, run_all: Any, tmp_path: Path
) -> None:
    whole = run_all(opened(executor, fakes.Fake()), [trial(3)])[3]
    session, seen = opened(executor, fakes.Fake(), tmp_path), []
    run_all(session, [trial(3)], lambda report: "leave" if report.fidelity == 5 else "go")
    own = tmp_path / "checkpoints" / "3"
    own.rename(own.with_name("3.old"))  # killed between the two renames

    def on_report(report: Any) -> str:
        seen.append(report.fidelity)
        return "go"

    again = run_all(session, [trial(3)], on_report)[3]
    assert again.metrics["loss"] == whole.metrics["loss"]
    assert seen == [6.0, 7.0, 8.0, 9.0]


@BOTH
@pytest.mark.parametrize(
    ("how", "status", "kind"),
    [
        ("raise", "failed", "raised"),
        ("memory", "failed", "memory"),
        ("cuda memory", "failed", "memory"),
        ("torch memory", "failed", "memory"),
        ("shape", "failed", "shape"),
        ("long", "failed", "raised"),
    ],
)
def test_exceptions_fail_their_trial_alone(
    executor: Any, how: str, status: str, kind: str, fakes: Any, opened: Any, trial: Any, run_all: Any
) -> None:
    good = run_all(opened(Serial(), fakes.Fake()), [trial(1)])
    results = run_all(opened(executor, fakes.Fake(bad={0: how})), [trial(0), trial(1)])
    failure = results[0].failure
    assert (results[0].status, failure.kind) == (status, kind)
    assert "misbehave" in failure.trace or how == "long"
    assert len(failure.message.encode()) <= 1024 and len(failure.trace.encode()) <= 16 * 1024
    assert results[1].metrics["loss"] == good[1].metrics["loss"]


@BOTH
def test_fidelities_of_reports_must_rise(executor: Any, fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    result = run_all(opened(executor, fakes.Falling()), [trial(0)])[0]
    assert result.failure.kind == "raised"
    assert "reported at 2 after 2" in result.failure.message


def test_sys_exit_in_this_process_stops_the_search_and_says_so(fakes: Any, opened: Any, trial: Any) -> None:
    session = opened(Serial(), fakes.Fake(bad={0: "exit"}))
    session.submit([trial(0)])
    with pytest.raises(ExitCalled, match=r"sys\.exit\(3\) in trial 0, so the search stopped"):
        session.collect(lambda report: "go", 30.0)
    assert ExitCalled.exit_code == 1


def test_sys_exit_in_a_worker_fails_its_trial_only(fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    session = opened(Processes(1), fakes.Fake(bad={0: "exit"}))
    results = run_all(session, [trial(0), trial(1)])
    assert (results[0].status, results[0].failure.kind) == ("failed", "raised")
    assert results[0].failure.message == "your code called sys.exit(3)"
    assert "misbehave" in results[0].failure.trace
    assert results[1].status == "ok"


@BOTH
def test_sys_exit_in_a_constructor_is_told(executor: Any, fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    with pytest.raises(ExecutorError, match=r"sys\.exit\(3\)"):
        run_all(opened(executor, fakes.Fake(constructor="exit")), [trial(0)])


def test_more_workers_than_can_help_are_refused() -> None:
    with pytest.raises(ExecutorError, match=r"1000000 workers on \d+ cores; at most \d+"):
        Processes(1_000_000)


@BOTH
def test_a_constructor_that_fails_shows_its_trace_and_charges_no_trial(
    executor: Any, fakes: Any, opened: Any, trial: Any, run_all: Any
) -> None:
    with pytest.raises(Exception, match=r"no such operator") as raised:
        run_all(opened(executor, fakes.Fake(constructor="raise")), [trial(0)])
    assert type(raised.value).__name__ == "ExecutorError"
    assert "misbehave" in str(raised.value)


@BOTH
def test_a_missing_checkpoint_starts_from_nothing(
    executor: Any, fakes: Any, opened: Any, trial: Any, run_all: Any, tmp_path: Path
) -> None:
    session = opened(executor, fakes.Fake(), tmp_path)
    run_all(session, [trial(0, fidelity=3.0)])
    shutil.rmtree(tmp_path / "checkpoints" / "0")
    assert run_all(session, [trial(1, continue_from=0)])[1].cost_s == 9.0


@BOTH
def test_close_is_idempotent(executor: Any, fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    session = opened(executor, fakes.Fake())
    run_all(session, [trial(0)])
    session.close()
    session.close()
    assert session.clock() > 0
