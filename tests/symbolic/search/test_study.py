"""What a user sees: search, continue, ask for the best, load again."""

from __future__ import annotations

import functools
import math

import pytest

import symbolic as sym
from symbolic.search.check import Unsuited
from symbolic.search.desk import SearchError
from symbolic.search.durations import DurationError
from symbolic.search.finished import StudyError
from symbolic.search.notices import Ended, Finished, Measured, Note, Opened, Proposed, Served
from symbolic.search.store import StoreError, store_at
from symbolic.search.study import load_study, resume_study, search
from symbolic.search.targets import TargetError
from symbolic.search.wishes import PlanError

QUIET = {"listeners": []}


def distance(values) -> float:
    return float(abs(values["a"] - 6) + abs(values["b"] - 3) + abs(values["c"] - 2))


def accuracy(values) -> float:
    return -distance(values)


PLAIN = "space plain version 1\na = 0..9\nb = 0..9\nc = 1 | 2 | 3\n"


@pytest.fixture
def plain():
    return sym.parse(PLAIN)


def points(study):
    return [(t.number, t.candidate.to_dict(), t.values, t.state) for t in study.trials]


def test_a_function_is_maximised_and_the_best_is_found(plain, store):
    study = search(plain, evaluate=accuracy, trials=120, store=store, **QUIET)
    assert study.best.values[0] == max(t.value for t in study.trials) and study.best.value >= -1
    assert study.name == "plain-regularized_evolution-s0" and len(study.trials) == 120 and study.why == "trials"
    assert {t.state for t in study.trials} == {"ok"} and study.pareto == (study.best,)
    assert str(study).endswith("120 ok")


def test_default_budget_and_baseline(plain, store):
    study = search(plain, evaluate=accuracy, store=store, **QUIET)
    assert len(study.trials) == 50
    assert study.trials[0].origin == "baseline" and study.trials[0].candidate.to_dict() == plain.default().to_dict()
    assert study.baseline == study.trials[0]
    without = search(plain, evaluate=accuracy, trials=3, baseline=False, **QUIET)
    assert {t.origin for t in without.trials} == {"search"} and without.baseline is None


def test_memory_and_store_propose_the_same(plain, tmp_path):
    kwargs = {"evaluate": accuracy, "trials": 60, "seed": 3, **QUIET}
    assert points(search(plain, **kwargs)) == points(search(plain, store=tmp_path / "s.db", **kwargs))


def test_sittings_add_up_to_one(plain, tmp_path):
    settings = {"algorithm": "regularized_evolution(population: 10, tournament: 3)", "evaluate": accuracy, **QUIET}
    at_once = search(plain, trials=60, store=tmp_path / "a.db", **settings)
    for trials in (7, 8, 30, 60):
        parts = search(plain, trials=trials, store=tmp_path / "b.db", **settings)
        assert len(parts.trials) == trials
    assert points(parts) == points(at_once)


def test_settings_scale_once_and_are_told(plain, tmp_path):
    heard = []
    kwargs = {"evaluate": accuracy, "store": tmp_path / "s.db", "listeners": [heard.append]}
    search(plain, trials=16, **kwargs)
    search(plain, trials=40, **kwargs)
    opened = [n for n in heard if isinstance(n, Opened)]
    assert [o.algorithm for o in opened] == ["regularized_evolution(population: 4, tournament: 2)"] * 2
    assert [o.resumed for o in opened] == [False, True] and opened[1].finished == 16


def test_nothing_left_is_said(plain, tmp_path):
    heard = []
    kwargs = {"evaluate": accuracy, "store": tmp_path / "s.db", "listeners": [heard.append]}
    search(plain, trials=5, **kwargs)
    heard.clear()
    again = search(plain, trials=5, **kwargs)
    assert [type(n) for n in heard] == [Note] and "5 trials were run" in heard[0].text and again.why == "trials"
    assert len(again.trials) == 5
    heard.clear()
    assert len(search(plain, trials=2, **kwargs).trials) == 5
    assert "5 trials were run" in heard[0].text


def test_an_exhausted_space_is_done(store):
    small = sym.parse("space small version 1\na = 1 | 2\nb = 0..2\n")
    heard = []
    study = search(small, evaluate=lambda v: v["b"], algorithm="random", store=store, listeners=[heard.append])
    assert len(study.trials) == 6 and study.why == "done" and study.record.state == "done"
    assert len({t.candidate.hash for t in study.trials}) == 6
    if store is not None:
        heard.clear()
        search(small, evaluate=lambda v: v["b"], algorithm="random", store=store, listeners=[heard.append], trials=500)
        assert "the search is over" in heard[0].text


def test_listeners_hear_everything_in_order_and_cannot_change_a_search(plain, caplog):
    heard = []

    def broken(notice):
        if isinstance(notice, Finished):
            raise ValueError("mine")

    study = search(plain, evaluate=accuracy, trials=8, listeners=[broken, heard.append])
    assert len(study.trials) == 8 and caplog.text.count("is dropped: mine (test_study.py:") == 1
    assert isinstance(heard[0], Opened) and isinstance(heard[-1], Ended) and heard[-1].why == "trials"
    proposed = [n.trial.number for n in heard if isinstance(n, Proposed)]
    ended = [n.result.trial.number for n in heard if isinstance(n, Finished | Served)]
    assert proposed == ended == list(range(8))
    improved = [n.result.metrics["value"] for n in heard if isinstance(n, Finished) and n.improved]
    assert improved == sorted(improved)


def test_a_mapping_and_several_objectives(plain, store):
    def both(values):
        return {"error": distance(values), "size": float(values["a"] + values["b"])}

    study = search(
        plain,
        evaluate=both,
        algorithm="random",
        objectives=["minimize error", "minimize size"],
        trials=80,
        store=store,
        **QUIET,
    )
    front = study.pareto
    values = {t.values for t in study.trials}
    brute = {v for v in values if not any(w != v and w[0] <= v[0] and w[1] <= v[1] for w in values)}
    assert {t.values for t in front} == brute and len(front) == len(brute)
    with pytest.raises(StudyError, match="see `pareto`"):
        _ = study.best
    assert study.frame().columns[:4] == ("number", "state", "error", "size")


def test_limits_keep_a_trial_from_being_best(store):
    limited = sym.parse(PLAIN + "minimize error\nrequire size <= 3\n")

    def both(values):
        return {"error": distance(values), "size": float(values["a"])}

    study = search(limited, evaluate=both, trials=100, store=store, **QUIET)
    assert study.best.metrics["size"] <= 3
    feasible = [t.value for t in study.trials if t.metrics["size"] <= 3]
    assert study.best.value == min(feasible)

    strict = sym.parse(PLAIN + "minimize error\nrequire size < 0\n")
    none = search(strict, evaluate=both, trials=20, **QUIET)
    with pytest.raises(StudyError, match=r"no trial keeps all limits \(size < 0\); the nearest is trial"):
        _ = none.best


def test_the_reason_is_told_where_no_trial_could_be_built(store):
    digits = sym.parse("space s\ntask digits\nmodel = torch.nn::Conv2d(3, 1, 3) >> flatten >> linear(classes)\nx = 1..9\n")
    study = search(digits, algorithm="random", trials=3, store=store, **QUIET)
    assert {t.state for t in study.trials} == {"infeasible"}
    with pytest.raises(StudyError, match=r"none of 3 finished trials has a value; trial 0: .*E602.*Conv2d"):
        _ = study.best


def test_nan_is_never_best_and_is_told_apart(plain, store):
    def sometimes(values):
        return math.nan if values["a"] > 5 else accuracy(values)

    study = search(plain, evaluate=sometimes, algorithm="random", trials=40, store=store, **QUIET)
    failed = [t for t in study.trials if t.state == "failed"]
    assert failed and all(t.error == "nan: value is nan" for t in failed)
    assert study.best.state == "ok" and math.isfinite(study.best.value)


def test_a_missing_metric_names_the_nearest(plain):
    with pytest.raises(SearchError, match=r"reads 'accuracy', and the trial reported accurcy \(did you mean 'accurcy'\?\)"):
        search(plain, evaluate=lambda v: {"accurcy": 1.0}, objectives="maximize accuracy", **QUIET)


def test_five_first_failures_end_the_study(plain, tmp_path):
    def broken(values):
        raise KeyError("my bug")

    with pytest.raises(SearchError, match=r"(?s)first 5 trials all failed.*my bug.*Traceback"):
        search(plain, evaluate=broken, store=tmp_path / "s.db", study="x", **QUIET)
    stored = load_study(tmp_path / "s.db", "x")
    assert [t.state for t in stored.trials] == ["failed"] * 5 and stored.record.why == "failing"
    with pytest.raises(StudyError, match="my bug"):
        _ = stored.best


def test_single_failures_cost_their_trial_only(plain, store):
    def some(values):
        if values["c"] == 1:
            raise ValueError("no ones")
        return accuracy(values)

    study = search(plain, evaluate=some, algorithm="random", trials=30, baseline=False, store=store, **QUIET)
    states = {t.state for t in study.trials}
    assert states == {"ok", "failed"} and all((t.state == "failed") == (t.candidate.to_dict()["c"] == 1) for t in study.trials)
    assert next(t for t in study.trials if t.state == "failed").error == "raised: ValueError: no ones"


def test_queued_candidates_come_first_each_once(plain, tmp_path):
    kwargs = {"evaluate": accuracy, "store": tmp_path / "s.db", "study": "q", **QUIET}
    study = search(plain, trials=3, **kwargs)
    study.enqueue([{"a": 6, "b": 3, "c": 2}, plain.candidate({"a": 0, "b": 1, "c": 3})])
    study = search(plain, trials=10, **kwargs)
    assert [t.number for t in study.trials if t.origin == "queued"] == [3, 4] and study.best.number == 3
    study = search(plain, trials=12, **kwargs)
    assert [t.number for t in study.trials if t.origin == "queued"] == [3, 4]
    with pytest.raises(sym.SpaceError, match="E601"):
        study.enqueue([{"a": 60, "b": 3, "c": 2}])
    with pytest.raises(StudyError, match="not stored"):
        search(plain, evaluate=accuracy, trials=1, **QUIET).enqueue([])


def test_queued_candidates_wake_a_finished_study(tmp_path):
    small = sym.parse("space small version 1\na = 1 | 2\nlr = 0.0..1.0\n").freeze({"a": 1})
    kwargs = {"evaluate": lambda v: v["lr"], "algorithm": "random", "store": tmp_path / "s.db", "study": "q", **QUIET}
    study = search(small, trials=2, **kwargs)
    study.enqueue([{"lr": 0.5}])
    assert search(small, trials=3, **kwargs).trials[2].origin == "queued"


def test_duplicates_are_answered_from_the_log(toys, space, store):
    called = []

    def count(values):
        called.append(tuple(values.values()))
        return {"loss": float(values["a"])}

    heard = []
    study = search(space, evaluate=count, algorithm=toys.Climber(), trials=80, store=store, listeners=[heard.append])
    served = [n for n in heard if isinstance(n, Served)]
    assert len(set(called)) == len(called) == 80 - len(served) and served
    for n in served:
        assert study.trials[n.source].values == study.trials[n.result.trial.number].values
        assert study.trials[n.result.trial.number].cost_s == 0
    called.clear()
    search(space, evaluate=count, algorithm=toys.Climber(), trials=80, reuse=False, **QUIET)
    assert len(called) == 80


def test_time_and_cost_budgets(plain, tmp_path):
    import time

    def slow(values):
        time.sleep(0.02)
        return 1.0

    study = search(plain, evaluate=slow, time=0.3, store=tmp_path / "s.db", study="t", **QUIET)
    assert study.why == "seconds" and 3 <= len(study.trials) <= 15 and study.record.elapsed_s >= 0.3
    heard = []
    search(plain, evaluate=slow, time=0.3, store=tmp_path / "s.db", study="t", listeners=[heard.append])
    assert "seconds are spent" in heard[0].text
    costly = search(plain, evaluate=slow, cost=0.1, **QUIET)
    assert costly.why == "cost" and 0.1 <= sum(t.cost_s for t in costly.trials) < 0.2


def test_load_study(plain, tmp_path):
    file = tmp_path / "s.db"
    study = search(plain, evaluate=accuracy, trials=9, store=file, seed=4, **QUIET)
    loaded = load_study(file, "plain-regularized_evolution-s4")
    assert points(loaded) == points(study) and loaded.best.candidate == study.best.candidate
    assert loaded.space == study.space and loaded.record.identity.seed == 4
    with pytest.raises(StoreError, match="did you mean 'plain-regularized_evolution-s4'"):
        load_study(file, "plain-regularized_evolution-s5")
    with pytest.raises(StoreError, match="no store"):
        load_study(tmp_path / "none.db", "x")
    assert not (tmp_path / "none.db").exists()


def test_another_study_under_the_same_name_is_refused_with_a_diff(plain, tmp_path):
    kwargs = {"evaluate": accuracy, "store": tmp_path / "s.db", "study": "one", "trials": 2, **QUIET}
    search(plain, **kwargs)
    other = sym.parse(PLAIN.replace("b = 0..9", "b = 0..8") + "d = true | false\n")
    with pytest.raises(StoreError, match=r"(?s)\+ d.*~ b 0\.\.9 -> 0\.\.8"):
        search(other, **kwargs)
    with pytest.raises(StoreError, match="algorithm: regularized_evolution -> random"):
        search(plain, algorithm="random", **kwargs)
    with pytest.raises(StoreError, match="seed: 0 -> 1"):
        search(plain, seed=1, **kwargs)
    with pytest.raises(StoreError, match=r"- maximize value.*\n.*\+ minimize value"):
        search(plain, objectives="minimize value", **kwargs)
    assert len(load_study(tmp_path / "s.db", "one").trials) == 2


def test_resume_study_reads_everything_from_the_store(toys, tmp_path):
    file = tmp_path / "s.db"
    space = sym.parse(toys.text)
    kwargs = {"backend": toys.ToyTrainer(), "task": None, "algorithm": "random", "store": file, "study": "r", **QUIET}
    search(space, trials=5, **kwargs)
    resumed = resume_study(file, "r", trials=12, listeners=[])
    assert len(resumed.trials) == 12
    whole = search(space, trials=12, **{**kwargs, "store": tmp_path / "w.db"})
    assert points(resumed) == points(whole)
    heard = []
    resume_study(file, "r", listeners=[heard.append])
    assert "12 trials were run" in heard[0].text


class Scorer:
    def __call__(self, values):
        return accuracy(values)


@pytest.mark.parametrize(
    ("function", "text"),
    [(Scorer(), "Scorer.<instance>"), (functools.partial(accuracy), "accuracy.<partial>"), (lambda v: 0.0, "<lambda>")],
)
def test_any_callable_measures_and_what_cannot_be_imported_goes_on_in_python(plain, tmp_path, function, text):
    kwargs = {"evaluate": function, "store": tmp_path / "s.db", "study": "c", **QUIET}
    study = search(plain, trials=3, **kwargs)
    assert study.record.identity.backend.endswith(f"{text})")
    with pytest.raises(StoreError, match=r"(?s)cannot be made from its text.*search\(\.\.\., store"):
        resume_study(tmp_path / "s.db", "c", trials=5, listeners=[])
    assert len(search(plain, trials=5, **kwargs).trials) == 5


def test_the_best_trial_is_measured_on_test_data_once(toys, space, store):
    class Named:
        @property
        def facts(self):
            from symbolic.shapes import features
            from symbolic.task import TaskFacts

            return TaskFacts("mine", features(3), metrics={"loss": False})

    heard = []
    kwargs = {"backend": toys.ToyTrainer(), "task": Named(), "algorithm": "random", "store": store, "study": "t"}
    study = search(space, trials=6, listeners=[heard.append], **kwargs)
    tested = [n for n in heard if isinstance(n, Measured)]
    assert len(tested) == 1 and study.report == {"trial": study.best.number, "metrics": tested[0].metrics}
    assert tested[0].metrics["checkpoint"] == 1.0
    if store is not None:
        heard.clear()
        again = search(space, trials=6, listeners=[heard.append], **kwargs)
        assert not any(isinstance(n, Measured) for n in heard) and again.report == study.report


def test_a_report_lost_with_its_process_is_measured_when_the_study_is_opened_again(toys, space, tmp_path):
    settings = {"backend": toys.ToyTrainer(), "task": "digits", "objectives": "minimize loss", "algorithm": "random"}
    first = search(space, trials=6, store=tmp_path / "s.db", study="t", **settings, **QUIET)
    log = store_at(tmp_path / "s.db").open(first.record.identity, space.lower(), first.record)
    log.put_document("report", None)  # as after a kill between the end of the search and the report
    log.disconnect()
    assert load_study(tmp_path / "s.db", "t").report is None
    heard = []
    again = search(space, trials=6, store=tmp_path / "s.db", study="t", **settings, listeners=[heard.append])
    assert [type(n) for n in heard] == [Note, Measured] and "nothing is left to do" in heard[0].text
    assert first.report is not None and again.report == first.report
    assert load_study(tmp_path / "s.db", "t").report == first.report


def test_a_failed_measurement_on_test_data_is_told(toys, space):
    class Broken(toys.ToyTrainer):
        def test(self, space, task, trial, checkpoint, seed):
            raise RuntimeError("no test data")

    heard = []
    study = search(
        space,
        backend=Broken(),
        task="digits",
        algorithm="random",
        objectives="minimize loss",
        trials=6,
        listeners=[heard.append],
    )
    assert study.report is None
    assert any(isinstance(n, Note) and "RuntimeError: no test data" in n.text for n in heard)


def test_frame(plain):
    conditional = sym.parse("space c version 1\nkind = 1 | 2\nextra = 0..3 when kind == 2\n")
    table = search(conditional, evaluate=lambda v: 0.0, algorithm="random", trials=10, **QUIET).frame()
    assert table.columns == ("number", "state", "value", "kind", "extra") and len(table) == 5
    assert all((row["extra"] is None) == (row["kind"] == 1) for row in table)
    assert table["kind"] == [row["kind"] for row in table] and "extra" in str(table)
    with pytest.raises(sym.SymspaceError, match="did you mean 'kind'"):
        table["knd"]


@pytest.mark.parametrize(
    ("kwargs", "error", "message"),
    [
        ({}, PlanError, "nothing to measure candidates"),
        ({"evaluate": accuracy, "trials": 0}, PlanError, "trials=0"),
        ({"evaluate": accuracy, "time": "2 parsecs"}, DurationError, "parsecs"),
        ({"evaluate": accuracy, "seed": -1}, PlanError, "seed"),
        ({"evaluate": accuracy, "workers": -1}, PlanError, "workers"),
        ({"evaluate": accuracy, "trial_timeout": "1s"}, sym.SymspaceError, "--workers 1"),
        ({"evaluate": accuracy, "epochs": 3}, PlanError, "no shared weights"),
        ({"evaluate": accuracy, "objectives": "accuracy"}, TargetError, "maximize accuracy"),
        ({"evaluate": accuracy, "objectives": []}, TargetError, "no objective"),
        ({"evaluate": accuracy, "fidelity": "epochs"}, PlanError, "no fidelity 'epochs'"),
        ({"evaluate": accuracy, "study": "../x", "store": "s.db"}, StoreError, "no name for a study"),
        ({"evaluate": accuracy, "algorithm": "darts"}, Unsuited, "gradient"),
    ],
)
def test_settings_that_do_not_go_together(plain, tmp_path, monkeypatch, kwargs, error, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        search(plain, **kwargs, **QUIET)


def test_objectives_as_a_mapping_go_into_the_text(plain):
    study = search(plain, evaluate=lambda v: {"cost": 1.0}, objectives={"cost": "minimize"}, trials=2, **QUIET)
    assert "minimize cost" in study.space.text() and study.objectives.goals[0].expression == "cost"
    assert sym.parse(study.space.text()) == study.space


def test_another_numpy_is_told(plain, tmp_path, monkeypatch):
    from symbolic.search import versions as module

    kwargs = {"evaluate": accuracy, "store": tmp_path / "s.db", "study": "v"}
    search(plain, trials=2, listeners=[], **kwargs)
    monkeypatch.setattr(module, "versions", lambda: {"numpy": "99.0", "symspace": "1"})
    heard = []
    search(plain, trials=4, listeners=[heard.append], **kwargs)
    (note,) = [n for n in heard if isinstance(n, Note)]
    assert "proposals may differ" in note.text and "-> 99.0" in note.text


def test_sym_search_is_the_function(plain):
    assert sym.search(plain, evaluate=accuracy, trials=2, **QUIET).best is not None
