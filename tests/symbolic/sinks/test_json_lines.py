"""The log of a search as JSON lines."""

import json

import pytest

import symbolic as sym
from symbolic.sinks.errors import SinkError

SPACE = 'space s\nx = 0.0..1.0\nop = "a" | "b"\nk = 1..9 when op is "a"\nminimize loss\n'


def measured(values, trial):
    for step in (1, 2):
        trial.report({"loss": values["x"] + 1 / step}, step)
    if values["op"] == "b" and values["x"] < 0.5:
        raise ValueError("made up")
    return {"loss": values["x"], "odd": float("nan")}


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_log_tells_the_study(tmp_path):
    path = tmp_path / "log.jsonl"
    study = sym.search(sym.parse(SPACE), evaluate=measured, trials=12, algorithm="random", listeners=[sym.JsonLines(path)])
    told = lines(path)
    assert all(line["study"] == study.name and line["time"] > 1e9 for line in told if line["event"] not in ("note", "waiting"))
    opened = next(line for line in told if line["event"] == "opened")
    assert opened["objectives"] == ["minimize loss"]
    assert opened["space_hash"] == study.space.hash
    proposed = [line["candidate"] for line in told if line["event"] == "proposed"]
    assert proposed == [t.candidate.to_dict() for t in study.trials]
    finished = {line["trial"]: line for line in told if line["event"] == "finished"}
    for trial in study.trials:
        line = finished[trial.number]
        assert line["status"] == trial.state
        if trial.state == "ok":
            assert line["values"] == [trial.value]
            assert line["metrics"]["odd"] is None
        else:
            assert line["failure"]["message"].endswith("made up")
    reports = [(line["trial"], line["fidelity"]) for line in told if line["event"] == "reported"]
    assert len(reports) == 2 * len(study.trials)
    assert told[-1]["event"] == "ended"
    assert told[-1]["finished"] == 12


def test_a_log_goes_on_where_it_ended(tmp_path):
    sink = sym.JsonLines(tmp_path / "log.jsonl")
    for trials in (3, 5):
        sym.search(
            sym.parse(SPACE),
            evaluate=lambda v: {"loss": v["x"]},
            trials=trials,
            store=tmp_path / "s.db",
            study="s",
            listeners=[sink],
        )
    told = lines(tmp_path / "log.jsonl")
    assert [line["trial"] for line in told if line["event"] == "finished"] == [0, 1, 2, 3, 4]
    assert [line["resumed"] for line in told if line["event"] == "opened"] == [False, True]


def test_places_that_cannot_be_written_are_refused_at_once(tmp_path):
    with pytest.raises(SinkError, match="is no folder; make it first"):
        sym.JsonLines(tmp_path / "none" / "log.jsonl")
    with pytest.raises(SinkError, match="cannot be written"):
        sym.JsonLines(tmp_path)
