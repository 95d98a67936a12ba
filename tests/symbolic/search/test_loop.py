"""The loop: reports and verdicts, continued trials, shared weights, stops; what a sitting leaves behind, the next takes up."""

from __future__ import annotations

import json
import os
import signal

import attrs
import pytest

from symbolic.search.desk import SearchError
from symbolic.search.events import Result, Trial
from symbolic.search.interrupts import Stop
from symbolic.search.notices import Ended, Finished, Proposed, Reported, Saved, Stepped
from symbolic.search.problem import Facts
from symbolic.search.randomness import trial_seed
from symbolic.search.store import StoreError, store_at
from symbolic.search.study import load_study, search


def log_of(study):
    return [(t.number, t.candidate.point.key, t.fidelity, t.state, t.values) for t in study.trials]


def run(space, toys, store, algorithm, **kwargs):
    heard = []
    settings = {"backend": toys.ToyTrainer(), "store": store, "study": "s", "baseline": False, **kwargs}
    return search(space, algorithm=algorithm, listeners=[heard.append], **settings), heard


def test_reports_are_heard_with_their_verdicts(toys, space, store):
    study, heard = run(space, toys, store, toys.Halving(), trials=30)
    reports = [n for n in heard if isinstance(n, Reported)]
    stopped = {n.result.trial.number for n in reports if n.verdict == "stop"}
    assert stopped and stopped == {t.number for t in study.trials if t.state == "stopped"}
    for n in stopped:
        assert study.trials[n].metrics["epoch"] == 1.0
    by_trial = {}
    for n in reports:
        by_trial.setdefault(n.result.trial.number, []).append(n.result.fidelity)
    assert all(f == sorted(set(f)) for f in by_trial.values())


def test_continued_trials_start_from_the_checkpoint_and_keep_the_seed(toys, space, tmp_path):
    study, heard = run(space, toys, tmp_path / "s.db", toys.Halving(), trials=30)
    trials = {n.trial.number: n.trial for n in heard if isinstance(n, Proposed)}
    continued = [t for t in trials.values() if t.continue_from is not None]
    assert len(continued) > 5
    for t in continued:
        root = t
        while root.continue_from is not None:
            root = trials[root.continue_from]
        last = study.trials[t.number].metrics["loss"]
        assert last == pytest.approx(toys.loss_of(t.point) + 1 / t.fidelity + trial_seed(0, root.number) % 97 / 1000)
    first = {n.result.trial.number: n.result.fidelity for n in reversed(heard) if isinstance(n, Reported)}
    assert all(first[t.number] == t.reached + 1 for t in continued)


def test_only_wanted_checkpoints_are_kept(toys, space, tmp_path):
    study, heard = run(space, toys, tmp_path / "s.db", toys.Halving(), trials=30)
    kept = {int(p.name) for p in (tmp_path / "s.db.d" / "s" / "checkpoints").iterdir()}
    trials = {n.trial.number: n.trial for n in heard if isinstance(n, Proposed)}
    continued = {t.continue_from for t in trials.values()}
    wanted = {t.number for t in study.trials if t.state == "ok"} - continued
    assert kept <= wanted | {study.best.number} | {29} and study.best.number in kept


def test_a_report_that_is_not_finite_ends_its_trial(toys, space, store):
    study, heard = run(space, toys, store, "random", backend=toys.ToyTrainer(bad=((2, "nan"), (3, "raise"))), trials=6)
    assert [t.state for t in study.trials] == ["ok", "ok", "failed", "failed", "ok", "ok"]
    assert study.trials[2].error.startswith("nan: not finite") and study.trials[3].error == "raised: RuntimeError: made up"
    assert not [n for n in heard if isinstance(n, Reported) and n.result.trial.number == 2]


@attrs.frozen
class Choosy:
    """Uses numbers as it likes: not a prefix of those it is offered."""

    @property
    def needs(self):
        from symbolic.search.problem import Needs

        return Needs()

    def start(self, problem):
        return self

    def ask(self, numbers):
        from symbolic.points import Point

        return [Trial(numbers[0] + 1, Point([0], [0]))]

    def tell(self, events):
        pass


def test_an_algorithm_that_makes_up_numbers_is_named(toys, space):
    with pytest.raises(SearchError, match=r"used the numbers \[1\] of \[0\]"):
        run(space, toys, None, Choosy(), trials=3)


def killer(at, kind=Finished):
    """A stop that is asked for when the `at`-th notice of a kind is heard."""
    stop, count = Stop(), [0]

    def hear(notice):
        if isinstance(notice, kind):
            count[0] += 1
            stop.requested = stop.requested or count[0] == at

    return stop, hear


@pytest.mark.parametrize("at", [1, 7, 20])
def test_a_clean_stop_and_a_second_sitting_equal_one(toys, space, tmp_path, at):
    kwargs = {"backend": toys.ToyTrainer(), "algorithm": toys.Halving(), "baseline": False, "study": "s", "trials": 30}
    whole = search(space, store=tmp_path / "a.db", listeners=[], **kwargs)
    stop, hear = killer(at, Reported)
    cut = search(space, store=tmp_path / "b.db", listeners=[hear], stop=stop, **kwargs)
    assert cut.why == "interrupted" and len(cut.trials) < 30
    assert [t.state for t in cut.trials].count("pending") <= 1
    again = search(space, store=tmp_path / "b.db", listeners=[], **kwargs)
    assert log_of(again) == log_of(whole) and again.why == "trials"


def test_ctrl_c_stops_cleanly_and_handlers_are_restored(space, tmp_path):
    before = signal.getsignal(signal.SIGINT)

    def interrupt(values):
        if values["a"] > 4:
            os.kill(os.getpid(), signal.SIGINT)
        return float(values["a"])

    study = search(
        space, evaluate=interrupt, algorithm="random", objectives="maximize value", store=tmp_path / "s.db", listeners=[]
    )
    assert study.why == "interrupted" and {t.state for t in study.trials} == {"ok"}
    assert study.trials[-1].candidate.to_dict()["a"] > 4 and study.record.why == "interrupted"
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_ends_at_once_and_the_trial_is_taken_up_again(space, tmp_path):
    def interrupt(values):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return 0.0

    kwargs = {"algorithm": "random", "objectives": "maximize value", "store": tmp_path / "s.db", "study": "s", "listeners": []}
    with pytest.raises(KeyboardInterrupt):
        search(space, backend=Function(interrupt), **kwargs)
    assert [t.state for t in load_study(tmp_path / "s.db", "s").trials] == ["pending"]
    again = search(space, backend=Function(lambda v: 1.0), trials=3, **kwargs)
    assert [t.state for t in again.trials] == ["ok"] * 3


@attrs.frozen
class Function:
    """A function backend whose text is the same whatever the function."""

    function: object = attrs.field(eq=False)

    @property
    def provides(self):
        return frozenset({"evaluate"})

    def describe(self, space, task):
        return Facts("mine", self.provides)

    def evaluator(self, space, task, seed):
        return Evaluate(self.function, space)


@attrs.frozen
class Evaluate:
    function: object
    space: object

    @property
    def provides(self):
        return frozenset({"evaluate"})

    def run(self, trial, job):
        from symbolic.candidate import Candidate

        return Result(trial, "ok", {"value": self.function(Candidate(self.space, trial.point).to_dict())}, cost_s=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_deterministic_order_whatever_the_timing(toys, space, store, seed):
    import numpy as np

    def go(order, file):
        session = toys.Shuffled(4, np.random.default_rng(order))
        kwargs = {"algorithm": toys.Climber(), "backend": toys.ToyTrainer(), "executor": session, "baseline": False}
        study = search(space, trials=40, deterministic=True, reuse=False, store=file, study=f"o{order}", listeners=[], **kwargs)
        assert session.most == 4
        return log_of(study)

    assert go(seed, store) == go(seed + 100, store)


def test_deterministic_sittings_add_up(toys, space, tmp_path):
    import numpy as np

    def go(file, cuts):
        for at in cuts:
            session = toys.Shuffled(4, np.random.default_rng(at))
            stop, hear = killer(at)
            kwargs = {"algorithm": toys.Climber(), "backend": toys.ToyTrainer(), "executor": session, "baseline": False}
            search(
                space, trials=40, deterministic=True, reuse=False, store=file, study="d", listeners=[hear], stop=stop, **kwargs
            )
        return log_of(load_study(file, "d"))

    assert go(tmp_path / "a.db", [1000]) == go(tmp_path / "b.db", [3, 5, 1, 9, 1000])


def relaxed(space, toys, store, heard, **kwargs):
    settings = {"backend": toys.ToySupernet(), "algorithm": toys.Relaxed(), "store": store, "study": "r", "snapshot_s": 0.0}
    return search(space, listeners=[heard.append], **{**settings, **kwargs})


def test_a_relaxed_search_derives_ordinary_trials(toys, space, store):
    heard = []
    study = relaxed(space, toys, store, heard)
    assert study.why == "done" and [t.state for t in study.trials] == ["ok"]
    assert study.trials[0].number == 40 and study.record.algorithm.endswith("Relaxed(rate: 0.25)")
    assert sum(isinstance(n, Stepped) for n in heard) >= 1


def test_a_relaxed_study_resumes_from_its_snapshot(toys, space, tmp_path):
    whole_heard, heard = [], []
    whole = relaxed(space, toys, tmp_path / "a.db", whole_heard)
    stop, hear = killer(6, Saved)
    cut = search(
        space,
        backend=toys.ToySupernet(),
        algorithm=toys.Relaxed(),
        store=tmp_path / "b.db",
        study="r",
        snapshot_s=0.0,
        listeners=[hear],
        stop=stop,
    )
    assert cut.why == "interrupted" and not cut.trials
    folders = list((tmp_path / "b.db.d" / "r" / "snapshots").iterdir())
    assert len(folders) == 1 and json.loads((folders[0] / "weights.json").read_text())[1] == 6
    again = relaxed(space, toys, tmp_path / "b.db", heard)
    assert log_of(again) == log_of(whole)
    steps = [n for n in heard if isinstance(n, Stepped)]
    assert steps[0].count > 12


def snapshot_of(file, space):
    study = load_study(file, "r")
    log = store_at(file).open(study.record.identity, space.lower(), study.record)
    try:
        return log.snapshot()
    finally:
        log.disconnect()


def test_weights_after_a_resume_equal_those_of_one_sitting(toys, space, tmp_path):
    relaxed(space, toys, tmp_path / "a.db", [])
    for at in (3, 8, 1000):
        stop, hear = killer(at, Saved)
        kwargs = {"backend": toys.ToySupernet(), "algorithm": toys.Relaxed(), "study": "r", "snapshot_s": 0.0}
        search(space, store=tmp_path / "b.db", listeners=[hear], stop=stop, **kwargs)
    one, two = snapshot_of(tmp_path / "a.db", space), snapshot_of(tmp_path / "b.db", space)
    assert (one.seq, one.next, one.folder) == (two.seq, two.next, two.folder)
    assert (one.state["search"]["logits"] == two.state["search"]["logits"]).all()
    assert one.state["transient"] == two.state["transient"] == 40


def test_a_missing_snapshot_is_refused_with_both_remedies(toys, space, tmp_path):
    stop, hear = killer(4, Saved)
    kwargs = {"backend": toys.ToySupernet(), "algorithm": toys.Relaxed(), "study": "r", "snapshot_s": 0.0}
    search(space, store=tmp_path / "s.db", listeners=[hear], stop=stop, **kwargs)
    for folder in (tmp_path / "s.db.d" / "r" / "snapshots").iterdir():
        (folder / "weights.json").unlink()
        folder.rmdir()
    with pytest.raises(StoreError, match=r"(?s)is missing.*restart_supernet.*another study"):
        relaxed(space, toys, tmp_path / "s.db", [])
    study = relaxed(space, toys, tmp_path / "s.db", [], restart_supernet=True)
    assert study.why == "done" and len(study.trials) == 1


def test_ten_steps_without_a_finite_loss_end_the_study(toys, space, tmp_path):
    heard = []
    with pytest.raises(SearchError, match="not finite ten steps in a row"):
        relaxed(space, toys, tmp_path / "s.db", heard, backend=toys.ToySupernet(fail="nan"))
    assert isinstance(heard[-1], Ended) and heard[-1].why == "diverged"
    assert load_study(tmp_path / "s.db", "r").record.why == "diverged"


def test_an_exception_in_a_step_ends_the_study_with_its_trace(toys, space, tmp_path):
    with pytest.raises(SearchError, match=r"(?s)outside any candidate.*the supernet broke"):
        relaxed(space, toys, tmp_path / "s.db", [], backend=toys.ToySupernet(fail="raise"))
    assert load_study(tmp_path / "s.db", "r").record.why == "error"


def test_the_clock_does_not_cut_a_relaxed_search_before_its_first_candidate(toys, space, store):
    study = relaxed(space, toys, store, [], time=1e-6)
    assert [t.state for t in study.trials] == ["ok"]
