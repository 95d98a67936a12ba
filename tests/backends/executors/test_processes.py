"""What worker processes add: lost and hanging workers, completion order, what may cross, and nothing left behind."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from backends.errors import ExecutorError
from backends.executors.crossing import packed
from backends.executors.processes import Processes
from symbolic.space import Space

ROOT = Path(__file__).parents[3]


def children() -> set[int]:
    return {p.pid for p in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(p.cmdline())}


def gone(pids: list[int], within_s: float) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        alive = [p for p in pids if psutil.pid_exists(p) and psutil.Process(p).status() != psutil.STATUS_ZOMBIE]
        if not alive:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("how", "kind", "message"),
    [
        ("die", "lost", "exit code 7"),
        ("kill", "lost", "SIGKILL, often by the memory limit"),
        ("hang", "timeout", "within 1.5 s"),
    ],
)
def test_a_lost_or_hanging_worker_costs_its_trial(
    how: str, kind: str, message: str, fakes: Any, opened: Any, trial: Any, run_all: Any
) -> None:
    session = opened(Processes(1, trial_timeout=1.5), fakes.Fake(bad={0: how}))
    results = run_all(session, [trial(0), trial(1)])
    assert results[0].failure.kind == kind
    assert message in results[0].failure.message
    assert results[1].status == "ok"


def test_waiting_for_a_verdict_is_not_counted(fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    session = opened(Processes(1, trial_timeout=1.0), fakes.Fake())

    def slow(report: Any) -> str:
        time.sleep(0.3)
        return "go"

    assert run_all(session, [trial(0)], slow)[0].status == "ok"


def test_results_come_in_completion_order_within_capacity(fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    session = opened(Processes(2), fakes.Fake(seconds={0: 0.1, 1: 0.02, 2: 0.02}))
    results = run_all(session, [trial(0), trial(1), trial(2)])
    ends = [r.metrics["ended"] for r in results.values()]
    assert all(later > earlier - 0.05 for earlier, later in itertools.pairwise(ends))
    assert {r.metrics["pid"] for r in results.values()} <= {float(s.process.pid) for s in session.slots}


def test_collect_keeps_its_time_out(fakes: Any, opened: Any, trial: Any) -> None:
    session = opened(Processes(1), fakes.Fake(bad={0: "hang"}))
    session.submit([trial(0)])
    began = time.monotonic()
    assert session.collect(lambda report: "go", 0.2) == []
    assert time.monotonic() - began < 1.5


def test_cancel_ends_a_running_trial(fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    session = opened(Processes(1), fakes.Fake(bad={0: "hang"}))
    session.submit([trial(0)])
    while not session.slots[0].order:
        session.collect(lambda report: "go", 0.1)
    session.cancel(0)
    assert run_all(session, [trial(1)])[1].status == "ok"


def test_threads_are_divided_and_set_before_the_start(fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    before = dict(os.environ)
    session = opened(Processes(2), fakes.Fake())
    metrics = run_all(session, [trial(0)])[0].metrics
    assert metrics["threads"] == metrics["omp"] == session.threads
    assert dict(os.environ) == before


def test_three_deaths_before_ready_end_it(fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    with pytest.raises(ExecutorError, match=r"3 workers in a row .* exit code 7; .*__main__"):
        run_all(opened(Processes(1), fakes.Fake(constructor="die")), [trial(0)])


def test_a_transient_trial_is_refused(fakes: Any, opened: Any, trial: Any) -> None:
    with pytest.raises(ExecutorError, match="--workers 0"):
        opened(Processes(1), fakes.Fake()).submit([trial(0, purpose="step")])


def test_close_leaves_no_process(fakes: Any, opened: Any, trial: Any) -> None:
    before = children()
    session = opened(Processes(2), fakes.Fake(bad={0: "hang"}))
    session.submit([trial(0)])
    session.collect(lambda report: "go", 0.5)
    assert len(children() - before) == 2
    session.close()
    assert children() == before


def test_workers_leave_when_the_parent_is_killed(fakes: Any, tmp_path: Path) -> None:
    program = f"import executor_fakes; executor_fakes.serve_until_killed({str(tmp_path)!r})"
    paths = os.pathsep.join([str(Path(fakes.__file__).parent), str(ROOT)])
    with subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": paths}) as parent:
        while not (tmp_path / "ids").exists():
            assert parent.poll() is None
            time.sleep(0.05)
        workers = json.loads((tmp_path / "ids").read_text())
        parent.send_signal(signal.SIGKILL)
    assert gone(workers, 5.0)


def test_workers_ignore_sigint(fakes: Any, opened: Any, trial: Any, run_all: Any) -> None:
    session = opened(Processes(1), fakes.Fake(seconds={1: 0.02}))
    run_all(session, [trial(0)])

    def on_report(report: Any) -> str:
        os.kill(session.slots[0].process.pid, signal.SIGINT)
        return "go"

    assert run_all(session, [trial(1)], on_report)[1].status == "ok"


def test_what_cannot_cross_is_named_before_anything_starts(fakes: Any, space: Space) -> None:
    def objective(net: object) -> float:
        return 0.0

    with pytest.raises(ExecutorError, match=r"'.*objective' cannot be sent .* inside 'test_what_cannot_cross.*--workers 0"):
        packed(fakes.Fake(bad={0: objective}), space, None)
    with pytest.raises(ExecutorError, match=r"a lambda cannot be sent"):
        packed(fakes.Fake(bad={0: lambda net: 0.0}), space, None)
    with pytest.raises(ExecutorError, match="cannot be sent"):
        packed(fakes.Fake(bad={0: (i for i in ())}), space, None)


def test_what_is_typed_in_a_shell_is_refused() -> None:
    program = (
        "from backends.executors.crossing import packed\nfrom symbolic.nodes import Record\nfrom symbolic.space import Space\n"
        "def objective(net): return 1.0\n"
        "try: packed(objective, Space('s', Record(())), None)\nexcept Exception as e: print(e)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == (
        "'objective' cannot be sent to worker processes: it is defined in <main>; move it to a module, or use --workers 0"
    )


def test_a_script_without_a_guard_gets_our_message(tmp_path: Path, fakes: Any) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from executor_fakes import Fake\nfrom backends.executors.processes import Processes\n"
        "from symbolic.nodes import Record\nfrom symbolic.space import Space\n"
        "session = Processes(1).open(Fake(), Space('s', Record(())), None, 0, None)\n"
        "session.submit([__import__('symbolic.search.events', fromlist=['Trial']).Trial(0, None)])\n"
        "session.collect(lambda r: 'go', 20)\n"
    )
    paths = os.pathsep.join([str(Path(fakes.__file__).parent), str(ROOT)])
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths}
    )
    assert done.returncode != 0
    assert "below `if __name__ == '__main__':`" in done.stderr
    assert "bootstrapping phase" not in done.stderr


@pytest.mark.parametrize("options", [{"workers": 0}, {"workers": 1.5}, {"per_gpu": 0}, {"trial_timeout": 0}])
def test_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(ExecutorError, match=next(iter(options))):
        Processes(**options)


def test_retries_run_a_lost_trial_again_from_its_checkpoint(
    fakes: Any, opened: Any, trial: Any, run_all: Any, tmp_path: Path
) -> None:
    whole = run_all(opened(Processes(1), fakes.Fake()), [trial(0)])[0]
    for place in ("kept", None):
        once = f"die once {tmp_path / str(place)}"
        folder = None if place is None else tmp_path / "study"
        seen: list[float] = []

        def hear(report: Any, seen: list[float] = seen) -> str:
            seen.append(report.fidelity)
            return "go"

        again = run_all(opened(Processes(1, retries=1), fakes.Fake(bad={0: once}), folder), [trial(0)], hear)[0]
        assert again.status == "ok" and again.metrics["loss"] == whole.metrics["loss"]
        assert seen == [*([1] if place is None else []), *range(1, 10)]
    lost = run_all(opened(Processes(1, retries=1), fakes.Fake(bad={0: "die"})), [trial(0)])[0]
    assert lost.failure.kind == "lost", "it died twice"
