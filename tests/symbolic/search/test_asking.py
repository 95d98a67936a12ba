"""A program with a loop of its own: it asks for trials and tells what they are worth."""

from __future__ import annotations

import math

import pytest

import symbolic as sym
from symbolic.search.asking import open_study
from symbolic.search.check import Unsuited
from symbolic.search.finished import StudyError
from symbolic.search.notices import Finished
from symbolic.search.store import StoreError
from symbolic.search.study import load_study, resume_study, search
from symbolic.search.told import ToldError

SPACE = "space s\na = 0..9\nb = 0..9\nc = 1 | 2 | 3\n"


def worth(v) -> float:
    return -float(abs(v["a"] - 6) + abs(v["b"] - 3) + abs(v["c"] - 2))


def told(study, count: int) -> None:
    for _ in range(count):
        trial = study.ask()
        study.tell(trial, worth(trial.candidate.to_dict()))


@pytest.mark.parametrize("algorithm", ["random", "regularized_evolution(population: 8)"])
def test_asking_and_telling_is_searching(tmp_path, algorithm):
    """One trial at a time, the same trials and results as `search`, in memory and in a store, in one sitting or several."""
    searched = search(sym.parse(SPACE), evaluate=worth, algorithm=algorithm, trials=40, seed=3, listeners=[])
    expected = [(t.number, t.candidate, t.values, t.state, t.origin) for t in searched.trials]
    settings = {"algorithm": algorithm, "trials": 40, "seed": 3}
    with open_study(sym.parse(SPACE), **settings) as study:
        told(study, 40)
        assert [(t.number, t.candidate, t.values, t.state, t.origin) for t in study.study.trials] == expected
        assert study.study.best.candidate == searched.best.candidate
    for count in (7, 20, 13):
        with open_study(sym.parse(SPACE), store=tmp_path / "s.db", study="s", **settings) as study:
            told(study, count)
    stored = load_study(tmp_path / "s.db", "s")
    assert [(t.number, t.candidate, t.values, t.state, t.origin) for t in stored.trials] == expected


def test_several_may_be_out_and_come_back_in_any_order():
    with open_study(sym.parse(SPACE), algorithm="random") as study:
        out = [study.ask() for _ in range(5)]
        assert [t.number for t in out] == list(range(5)) and len({t.seed for t in out}) == 5
        for trial in reversed(out):
            study.tell(trial, float(trial.number))
        assert study.study.best.number == 4 and {t.state for t in study.study.trials} == {"ok"}


def test_what_is_out_when_a_study_closes_is_asked_for_again(tmp_path):
    settings = {"algorithm": "random", "store": tmp_path / "s.db", "study": "s"}
    with open_study(sym.parse(SPACE), **settings) as study:
        told(study, 2)
        left = study.ask()
    with open_study(sym.parse(SPACE), **settings) as study:
        again = study.ask()
        assert (again.number, again.candidate, again.seed) == (2, left.candidate, left.seed)
        study.tell(again.number, 1.0)
        assert study.ask().number == 3
    with pytest.raises(StudyError, match="closed"):
        study.ask()
    with pytest.raises(StudyError, match="closed"):
        study.tell(3, 1.0)


def test_two_programs_have_one_study_open(tmp_path):
    settings = {"algorithm": "random", "store": tmp_path / "s.db", "study": "s"}
    with open_study(sym.parse(SPACE), **settings) as one, open_study(sym.parse(SPACE), **settings) as other:
        pairs = [(s, s.ask()) for s in (one, other, one, other, other)]
        assert [t.number for _, t in pairs] == [0, 1, 2, 3, 4] and len({t.candidate for _, t in pairs}) == 5
        for s, trial in pairs:
            s.tell(trial, float(trial.number))
        assert len(one.study.trials) == 5 == len(other.study.trials) and one.study.best.number == 4


def test_a_small_space_ends():
    with open_study(sym.parse("a = 1 | 2 | 3"), algorithm="random") as study:
        out = [study.ask(), study.ask(), study.ask()]
        assert study.ask() is None and len({t.candidate for t in out}) == 3
        for trial in out:
            study.tell(trial, 1.0)
        assert study.ask() is None


def test_errors_values_that_are_none_and_what_nobody_asked_for():
    with open_study(sym.parse(SPACE), algorithm="random") as study:
        first, second, third = study.ask(), study.ask(), study.ask()
        study.tell(first, error="it exploded")
        study.tell(second, math.nan)
        for wrong in ("good", True, [1.0], {"value": "good"}):
            with pytest.raises(StudyError, match="is no result: tell a number"):
                study.tell(third, wrong)
        with pytest.raises(StudyError, match="a value or an error"):
            study.tell(third)
        with pytest.raises(StudyError, match="a value or an error"):
            study.tell(third, 1.0, error="both")
        study.tell(third, {"value": 2.0, "seconds": 1})
        trials = study.study.trials
        assert [t.state for t in trials] == ["failed", "failed", "ok"] and study.study.best.metrics == {
            "value": 2.0,
            "seconds": 1,
        }
        assert trials[0].error == "raised: it exploded" and trials[1].error == "nan: value is nan"
        for number in (0, 99):
            with pytest.raises(StudyError, match=f"trial {number} is not out"):
                study.tell(number, 1.0)


def test_duplicates_are_answered_without_asking(toys, space):
    heard = []
    with open_study(space, algorithm=toys.Climber(), listeners=[heard.append]) as study:
        seen = []
        while (trial := study.ask()) is not None and len(seen) < 30:
            seen.append(trial.candidate.hash)
            study.tell(trial, {"loss": float(trial.candidate.to_dict()["a"])})
        assert len(set(seen)) == len(seen) == 30 and len(study.study.trials) > 31
    assert sum(isinstance(n, Finished) for n in heard) == 30


def test_reports_on_the_way(toys, space):
    with open_study(space, algorithm="random") as study:
        trial = study.ask()
        assert study.report(trial, {"loss": 3.0}, 1) and study.report(trial, {"loss": 2.0}, 2)
        assert not study.report(trial, {"loss": math.inf}, 3)
        study.tell(trial, {"loss": 2.0})
        assert study.study.trials[0].state == "failed"


def test_baseline_queue_and_older_results(tmp_path):
    space = sym.parse(SPACE)
    queue = [{"a": 9, "b": 9, "c": 1}]
    with open_study(space, algorithm="random", queue=queue, warm_start=[({"a": 1, "b": 1, "c": 1}, 5.0)]) as study:
        assert [study.ask().origin for _ in range(3)] == ["baseline", "queued", "search"]
        assert len(study.study.imported) == 1


def test_what_cannot_be_told_is_refused(tmp_path):
    with pytest.raises(Unsuited, match="backend 'told' provides evaluate, report"):
        open_study(sym.parse(SPACE), algorithm="darts")
    with open_study(sym.parse(SPACE), algorithm="random", store=tmp_path / "s.db", study="s") as study:
        told(study, 1)
    with pytest.raises(ToldError, match="a program tells the results of this study"):
        resume_study(tmp_path / "s.db", "s", trials=5, listeners=[])
    with pytest.raises(StoreError, match="algorithm: random -> regularized_evolution"):
        open_study(sym.parse(SPACE), store=tmp_path / "s.db", study="s")
    assert len(load_study(tmp_path / "s.db", "s").trials) == 1
