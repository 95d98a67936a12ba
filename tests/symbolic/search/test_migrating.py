"""A study goes on after its space was edited: renamed applied, refused with a diff where candidates lose their meaning."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import attrs
import pytest

import symbolic as sym
from symbolic.search.events import Trial
from symbolic.search.interrupts import Stop
from symbolic.search.notices import Note, Saved, Stepped
from symbolic.search.problem import Needs
from symbolic.search.randomness import rng
from symbolic.search.store import StoreBusy, StoreError, store_at
from symbolic.search.study import load_study, resume_study, search
from symbolic.table import sample

OLD = 'space s\na = 0..9\nkind = "x" | "y"\nlr = 0.1..1.0 when kind is y\n'
RENAMED = 'space s\nb = 0..9\nkind = "x" | "z"\nrate = 0.1..1.0 when kind is z\nextra = 1 | default 2\n' + (
    'renamed "a" to "b"\nrenamed "kind/y" to "kind/z"\nrenamed "lr" to "rate"\n'
)
NARROW = "space s\na = 0..4\n"


def worth(values) -> float:
    return float(values.get("a", values.get("b")))


def started(store: Path | str, text: str = OLD, trials: int = 12, **more):
    settings = {"algorithm": "random", "store": store, "study": "s", "listeners": [], **more}
    study = search(sym.parse(text), evaluate=worth, trials=trials, **settings)
    assert study.trials  # read now: later they are those of another space
    return study


def again(store: Path | str, text: str, trials: int = 12, heard: list | None = None, **more):
    settings = {"algorithm": "random", "store": store, "study": "s", "migrate": True, **more}
    return search(
        sym.parse(text), evaluate=worth, trials=trials, listeners=[(heard if heard is not None else []).append], **settings
    )


def notes(heard: list) -> list[str]:
    return [n.text for n in heard if isinstance(n, Note)]


def test_renamed_decisions_and_options_go_on(location):
    before = started(location)
    heard: list = []
    after = again(location, RENAMED, 20, heard)
    assert "the space was edited: 12 of 12 trials are candidates of it" in notes(heard)
    assert len(after.trials) == 20 and not any(t.outdated for t in after.trials)
    for old, new in zip(before.trials, after.trials, strict=False):
        was, now = old.candidate.to_dict(), new.candidate.to_dict()
        assert now["b"] == was["a"] and now["extra"] == 2 and new.value == old.value
        assert now["kind"] == was["kind"].replace("y", "z") and now.get("rate") == was.get("lr")
    assert after.best.value == max(t.value for t in after.trials)
    stored = load_study(location, "s")
    assert stored.space == after.space and [t.candidate for t in stored.trials] == [t.candidate for t in after.trials]


def test_a_migrated_study_is_an_ordinary_one(tmp_path):
    """Sittings after the migration add up: the log with two versions of the space restores the search exactly."""
    for name, steps in {"at_once": (20,), "in_parts": (13, 17, 20)}.items():
        started(tmp_path / f"{name}.db", algorithm="regularized_evolution(population: 4)")
        for trials in steps:
            again(tmp_path / f"{name}.db", RENAMED, trials, algorithm="regularized_evolution(population: 4)")
    one, other = (load_study(tmp_path / f"{name}.db", "s") for name in ("at_once", "in_parts"))
    assert [(t.candidate, t.values) for t in one.trials] == [(t.candidate, t.values) for t in other.trials]
    assert len(one.trials) == 20


def test_without_migrate_an_edited_space_is_refused_and_the_way_is_named(location):
    started(location)
    with pytest.raises(StoreError, match=r"(?s)\+ b.*--migrate"):
        again(location, RENAMED, migrate=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RENAMED.replace('renamed "a" to "b"\n', ""), r"(?s)- a.*\+ b.*'a' is gone.*renamed \"a\" to"),
        (OLD + "extra = 1 | 2\n", r"(?s)\+ extra.*'extra' is new: mark one of its values with `default`"),
        (OLD.replace("a = 0..9\n", ""), r"(?s)- a.*'a' is gone.*fix \"a\" to"),
    ],
)
def test_what_has_no_meaning_is_refused_with_a_diff_and_nothing_changes(location, text, message):
    started(location)
    with pytest.raises(StoreError, match=message):
        again(location, text)
    stored = load_study(location, "s")
    assert stored.space.text().startswith("space s") and "extra" not in stored.space.text() and len(stored.trials) == 12
    assert started(location, trials=14).trials[13].state == "ok"


def test_values_that_are_no_longer_allowed_are_history(location):
    text = "space s\na = 0..9\n"
    before = started(location, text, trials=8, algorithm="random")
    gone = [t.number for t in before.trials if t.candidate.to_dict()["a"] > 4]
    assert gone and before.best.number in gone
    heard: list = []
    after = again(location, NARROW, 12, heard)
    (line,) = [n for n in notes(heard) if "the space was edited" in n]
    assert f"{8 - len(gone)} of 8 trials are candidates of it, {len(gone)} stay as history" in line
    assert [t.number for t in after.trials if t.outdated] == gone
    assert all(after.trials[n].candidate.to_dict() == before.trials[n].candidate.to_dict() for n in gone)
    assert after.best.number not in gone and after.best.candidate.to_dict()["a"] <= 4
    assert sorted(t.candidate.to_dict()["a"] for t in after.trials if not t.outdated) == [0, 1, 2, 3, 4]
    assert after.why == "done" and len(after.trials) == len(gone) + 5


def test_a_default_that_is_history_is_measured_anew(location):
    assert started(location, "space s\na = 0..9 default 7\n", trials=3).baseline.candidate.to_dict() == {"a": 7}
    after = again(location, NARROW.replace("0..4", "0..4 default 3"), 5)
    assert after.baseline.number == 3 and after.baseline.candidate.to_dict() == {"a": 3} and after.trials[0].outdated
    assert [t.origin for t in after.trials].count("baseline") == 2


def test_history_counts_in_the_budget(location):
    started(location, "space s\na = 0..99\n", trials=8)
    heard: list = []
    assert len(again(location, "space s\na = 0..49\n", 8, heard).trials) == 8
    assert any("nothing is left to do" in n for n in notes(heard)) and any("was edited" in n for n in notes(heard))
    assert len(again(location, "space s\na = 0..49\n", 9).trials) == 9


def test_a_value_allowed_again_is_history_no_more(location):
    started(location, "space s\na = 0..9\n", trials=8)
    assert any(t.outdated for t in again(location, NARROW, 8).trials)
    heard: list = []
    wide = again(location, "space s\na = 0..9\n", 10, heard)
    assert not any(t.outdated for t in wide.trials) and len({t.candidate for t in wide.trials}) == 10
    assert any("8 of 8 trials" in n for n in notes(heard))


def test_three_versions_and_renames_that_were_taken_out_again(location):
    before = started(location)
    again(location, RENAMED, 14)
    final = RENAMED[: RENAMED.index("renamed")].replace("b = ", "c = ") + 'renamed "b" to "c"\n'
    after = again(location, final, 15)
    assert [t.candidate.to_dict()["c"] for t in after.trials[:12]] == [t.candidate.to_dict()["a"] for t in before.trials]


def test_an_edited_limit_and_objective_keep_every_candidate(location):
    text = "space s\na = 0..9\nmaximize value\n"
    started(location, text, trials=6)
    after = again(location, "space s\na = 0..9\nminimize value\nrequire value >= 2\n", 6)
    assert after.best.value == min(t.value for t in after.trials if t.value >= 2) and not any(t.outdated for t in after.trials)


def test_the_queue_moves_and_what_was_proposed_is_not_proposed_again(location):
    study = started(location, trials=1)
    study.enqueue([{"a": 7, "kind": "x"}, {"a": 8, "kind": "x"}, {"a": 9, "kind": "x"}])
    started(location, trials=2)
    heard: list = []
    narrow = RENAMED.replace("b = 0..9", "b = 0..8")
    after = again(location, narrow, 6, heard)
    queued = [t for t in after.trials if t.origin == "queued"]
    assert [t.candidate.to_dict()["b"] for t in queued] == [7, 8]
    assert "1 queued candidates have no meaning in the edited space and are dropped" in notes(heard)


def test_pending_trials_go_on_or_are_closed(tmp_path):
    """A trial whose process died runs again in the edited space, or ends as infeasible where it is none of its candidates."""
    started(tmp_path / "s.db", "space s\na = 0..9\n", trials=8)
    connection = sqlite3.connect(tmp_path / "s.db")
    with connection:
        connection.execute("update trial set status = 'pending', owner = ''")
        connection.execute("delete from result")
    connection.close()
    after = again(tmp_path / "s.db", NARROW, 10)
    for t in after.trials[:8]:
        assert t.outdated == (t.candidate.to_dict()["a"] > 4)
        assert t.state == ("infeasible" if t.outdated else "ok")
        assert not t.outdated or "the space was edited" in (t.error or "")


def test_resume_reads_the_edited_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "worth_of_test.py").write_text("def worth(values):\n    return values.get('a', values.get('b'))\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = __import__("worth_of_test")
    Path("s.space").write_text("space s\na = 0..9\n")
    search("s.space", evaluate=module.worth, trials=4, store="s.db", study="s", objectives="minimize value", listeners=[])
    Path("s.space").write_text('space s\nb = 0..9\nrenamed "a" to "b"\n')
    assert len(resume_study("s.db", "s", trials=5, listeners=[]).trials) == 5
    heard: list = []
    after = resume_study("s.db", "s", trials=7, migrate=True, listeners=[heard.append])
    assert (
        set(after.trials[6].candidate.to_dict()) == {"b"} and after.best.value == 0 and "minimize value" in after.space.text()
    )
    assert not any("changed since the study was started" in n for n in notes(heard))
    made = search(sym.parse("x = 1..9"), evaluate=module.worth, trials=1, store="s.db", study="made", listeners=[])
    assert made.trials
    with pytest.raises(StoreError, match="which has no file to read again"):
        resume_study("s.db", "made", trials=2, migrate=True, listeners=[])


def test_a_study_that_somebody_searches_is_not_changed(location):
    study = started(location, "space s\na = 0..9\n", trials=2)
    log = store_at(location).open(study.record.identity, study.space.lower(), study.record)
    try:
        with pytest.raises(StoreBusy, match="is being searched by process"):
            again(location, NARROW)
    finally:
        log.disconnect()
    assert not any(t.outdated for t in started(location, "space s\na = 0..9\n", trials=3).trials)
    assert len(again(location, NARROW, trials=4).trials) == 4


def test_shared_weights_of_another_space_are_not_used(toys, space, tmp_path):
    """The snapshot belongs to the old space: the supernet is trained from step 0, the retrained trial stays."""
    stop, store, saved = Stop(), tmp_path / "s.db", []

    def hear(notice):
        saved.extend([notice] if isinstance(notice, Saved) else [])
        stop.requested |= len(saved) >= 4

    settings = {"backend": toys.ToySupernet(), "algorithm": toys.Relaxed(), "store": store, "study": "r"}
    search(space, snapshot_s=0.0, listeners=[hear], stop=stop, **settings)
    wider = sym.parse(space.text().replace("a = 0..9", "a = 0..10"))
    heard: list = []
    study = search(wider, migrate=True, listeners=[heard.append], **settings)
    assert "the shared weights trained so far are not used any more" in notes(heard)
    steps = [n.count for n in heard if isinstance(n, Stepped)]
    assert study.why == "done" and len(study.trials) == 1 and steps[0] <= 2


STAGED = "space s\na = 0..9\ntrain { epochs: fidelity 1..9 }\nminimize loss\n"


@pytest.mark.parametrize(
    ("edited", "outdated", "fidelities"),
    [
        ("epochs: fidelity 1..27", set(), [3.0, 9.0]),
        ("epochs: fidelity 1..9", set(), [3.0, None]),
        ("epochs: fidelity 1..3", {1}, [None, None]),
        ("epochs: 5", {0}, [3.0, None]),
    ],
)
def test_trials_keep_the_fidelity_they_were_measured_at(toys, location, edited, outdated, fidelities):
    """The high end of a fidelity is stored as none: it is that of then, not that of now."""
    space = sym.parse(STAGED)
    settings = {"backend": toys.ToyTrainer(), "store": location, "study": "f", "listeners": []}
    study = search(space, algorithm=Two(), baseline=False, trials=2, **settings)
    assert [t.fidelity for t in study.trials] == [3.0, None]
    wide = sym.parse(STAGED.replace("epochs: fidelity 1..9", edited).replace("a = 0..9", "a = 0..10"))
    after = search(wide, algorithm=Two(), baseline=False, trials=2, migrate=True, **settings)
    assert {t.number for t in after.trials if t.outdated} == outdated
    log = store_at(location).open(after.record.identity, wide.lower(), after.record)
    try:
        entries = list(log.entries(after.space.lower()))
    finally:
        log.disconnect()
    assert [e.trial.fidelity for e in entries] == fidelities


@attrs.frozen
class Two:
    """Proposes a trial at fidelity 3 and one at the high end."""

    @property
    def needs(self):
        return Needs()

    def start(self, problem):
        return TwoSearch(problem)


@attrs.define
class TwoSearch:
    problem: object
    count: int = 0

    def ask(self, numbers):
        levels = (3.0, None)[self.count :]
        table, seed = self.problem.table, self.problem.seed
        return [Trial(n, sample(table, 1, rng(seed, n))[0], fidelity=level) for n, level in zip(numbers, levels, strict=False)]

    def tell(self, events):
        self.count += sum(isinstance(e, Trial) for e in events)


def test_results_that_wait_for_their_turn(tmp_path):
    """Deterministic order: results that arrived and were not told yet are told where they belong, or closed as they are."""
    settings = {"deterministic": True, "trials": 8}
    started(tmp_path / "s.db", "space s\na = 0..9\n", **settings)
    connection = sqlite3.connect(tmp_path / "s.db")
    with connection:
        connection.execute("update trial set status = 'arrived', owner = '' where number >= 3")
        connection.execute("update result set seq = null where number >= 3")
    connection.close()
    after = again(tmp_path / "s.db", NARROW, 20, deterministic=True)
    assert {t.state for t in after.trials} == {"ok"}
    assert all(t.outdated == (t.candidate.to_dict()["a"] > 4) for t in after.trials)
    assert sorted(t.candidate.to_dict()["a"] for t in after.trials if not t.outdated) == [0, 1, 2, 3, 4]
