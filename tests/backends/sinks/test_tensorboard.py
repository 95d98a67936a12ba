"""A study as runs of TensorBoard, read back with TensorBoard's own reader."""

import sys

import pytest

import symbolic as sym
from backends.sinks import TensorBoard
from symbolic import registry
from symbolic.sinks.errors import SinkError

pytest.importorskip("tensorboard")
SPACE = 'space s\nx = 0.0..1.0\nop = "a" | "b"\nk = 1..9 when op is "a"\nminimize loss\n'


def measured(values, trial):
    for step in (1, 2, 3):
        trial.report({"loss": values["x"] + 1 / step}, step)
    return {"loss": values["x"], "size": 3.0}


def read(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return events


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_runs_tell_progress_curves_and_hyperparameters(tmp_path):
    sink = TensorBoard(tmp_path / "runs")
    study = sym.search(sym.parse(SPACE), evaluate=measured, trials=5, algorithm="random", listeners=[sink])
    whole = read(tmp_path / "runs" / study.name)
    assert [(e.step, pytest.approx(e.value)) for e in whole.Scalars("trials/loss")] == [
        (t.number, t.value) for t in study.trials
    ]
    best = [e.value for e in whole.Scalars("best/minimize loss")]
    assert best == sorted(best, reverse=True)
    assert best[-1] == pytest.approx(study.best.value)
    first = read(tmp_path / "runs" / study.name / "trial-0000")
    assert [e.step for e in first.Scalars("loss")] == [1, 2, 3]
    assert first.Scalars("hparam/loss")[0].value == pytest.approx(study.trials[0].value)
    assert "_hparams_/session_start_info" in first.summary_metadata


def test_it_is_registered_and_checks_at_once(tmp_path, monkeypatch):
    assert registry.get("sinks", "tensorboard") is TensorBoard
    assert registry.get("sinks", "json_lines") is sym.JsonLines
    with pytest.raises(SinkError, match="is no folder"):
        TensorBoard(tmp_path / "none" / "runs")
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(SinkError, match=r"pip install 'symspace\[tensorboard\]'"):
        TensorBoard(tmp_path)
