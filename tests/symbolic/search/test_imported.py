"""Results of older studies, queued candidates and facts: what a study starts from beside its space."""

from __future__ import annotations

import math

import attrs
import pytest

import symbolic as sym
from symbolic.search.events import Result, Trial
from symbolic.search.notices import Note
from symbolic.search.problem import Needs
from symbolic.search.study import load_study, search
from symbolic.search.wishes import PlanError
from symbolic.table import sample

SPACE = "space s\na = 0..9\nb = 0..9\n"
QUIET = {"listeners": []}


def worth(v) -> float:
    return float(v["a"] + v["b"])


@attrs.frozen
class Listening:
    """Proposes random points, and keeps what it was told before its first proposal and the context of its problem."""

    heard: list = attrs.field(factory=list, eq=False, init=False)

    @property
    def needs(self):
        return Needs()

    def start(self, problem):
        self.heard.append(dict(problem.context))
        return Heard(problem, self.heard)


@attrs.define
class Heard:
    problem: object
    heard: list
    count: int = 0

    def ask(self, numbers):
        from symbolic.search.randomness import rng

        return [Trial(n, sample(self.problem.table, 1, rng(self.problem.seed, n))[0]) for n in numbers]

    def tell(self, events):
        self.heard += events


@pytest.fixture
def older(tmp_path):
    study = search(
        sym.parse(SPACE), evaluate=worth, algorithm="random", trials=20, store=tmp_path / "old.db", study="o", **QUIET
    )
    assert study.best.value > 5
    return study


@pytest.mark.parametrize("as_text", [False, True])
def test_results_of_an_older_study_are_told_first_and_are_never_best(older, tmp_path, store, as_text):
    algorithm, notes = Listening(), []
    source = f"{tmp_path / 'old.db'}/o" if as_text else older
    settings = {"algorithm": algorithm, "store": store, "study": "n", "listeners": [notes.append]}
    study = search(sym.parse(SPACE), evaluate=lambda v: worth(v) / 10, warm_start=[source], trials=3, **settings)
    told = [e for e in algorithm.heard[1:] if isinstance(e, Result)][:20]
    assert [r.trial.number for r in told] == list(range(-20, 0)) and {r.trial.origin for r in told} == {"imported"}
    assert [r.metrics["value"] for r in told] == [t.value for t in older.trials]
    assert len(study.trials) == 3 and [t.number for t in study.trials] == [0, 1, 2]
    assert study.best.value == max(t.value for t in study.trials) < older.best.value
    assert [t.number for t in study.imported] == list(range(-1, -21, -1)) and study.imported[-1].value == older.trials[0].value
    assert any("starts from 20 results of older studies" in n.text for n in notes if isinstance(n, Note))
    assert study.record.cost_s == pytest.approx(sum(t.cost_s for t in study.trials))


def test_a_study_that_has_begun_takes_no_older_results_and_says_so(older, tmp_path):
    heard = []
    settings = {"evaluate": worth, "algorithm": "random", "store": tmp_path / "n.db", "study": "n", "listeners": [heard.append]}
    search(sym.parse(SPACE), trials=2, **settings)
    study = search(sym.parse(SPACE), trials=3, warm_start=[older], context={"a": 1}, **settings)
    told = [n.text for n in heard if isinstance(n, Note)]
    assert not study.imported and told == [
        "warm_start is left out: the study has begun, with 2 trials; start another one with it",
        "the study keeps the facts it was started with: none",
    ]


def test_imported_results_are_in_the_log(older, tmp_path):
    settings = {"evaluate": worth, "algorithm": "regularized_evolution(population: 8)", **QUIET}
    whole = search(sym.parse(SPACE), warm_start=[older], trials=30, store=tmp_path / "a.db", study="n", **settings)
    for trials in (5, 17, 30):
        parts = search(sym.parse(SPACE), warm_start=[older], trials=trials, store=tmp_path / "b.db", study="n", **settings)
    assert [t.candidate for t in parts.trials] == [t.candidate for t in whole.trials] and len(parts.imported) == 20
    assert len(load_study(tmp_path / "b.db", "n").imported) == 20
    cold = search(sym.parse(SPACE), trials=30, **settings)
    assert [t.candidate for t in cold.trials] != [t.candidate for t in whole.trials]


def test_results_move_to_another_space_by_path(older):
    notes = []
    space = sym.parse('space n\nx = 0..9\nb = 0..4\nextra = 1 | default 2\nrenamed "a" to "x"\n')
    study = search(
        space,
        evaluate=lambda v: 0.0,
        algorithm="random",
        warm_start=[older],
        trials=1,
        baseline=False,
        listeners=[notes.append],
    )
    kept = [t for t in older.trials if t.candidate.to_dict()["b"] <= 4]
    expected = [{"x": t.candidate.to_dict()["a"], "b": t.candidate.to_dict()["b"], "extra": 2} for t in reversed(kept)]
    assert [t.candidate.to_dict() for t in study.imported] == expected
    assert any(f"{len(older.trials) - len(kept)} others are left out ('b'" in n.text for n in notes if isinstance(n, Note))


def test_pairs_are_results_too():
    space = sym.parse(SPACE)
    given = [({"a": 1, "b": 2}, 0.5), (space.candidate({"a": 3, "b": 4}), {"value": 0.7}), ({"a": 5, "b": 5}, math.nan)]
    study = search(space, evaluate=worth, algorithm="random", warm_start=given, trials=1, **QUIET)
    assert [(t.candidate.to_dict()["a"], t.value) for t in study.imported] == [(3, 0.7), (1, 0.5)]
    for wrong, message in [("nothing", "names no study"), (3, "is no study"), (({"a": 1, "b": 2}, "good"), "is no result")]:
        with pytest.raises(PlanError, match=message):
            search(space, evaluate=worth, warm_start=[wrong], trials=1, **QUIET)
    with pytest.raises(sym.SpaceError, match="E601"):
        search(space, evaluate=worth, warm_start=[({"a": 11, "b": 2}, 0.5)], trials=1, **QUIET)


def test_what_was_imported_answers_no_duplicate():
    space = sym.parse("space s\na = 0..9 default 4\n")
    called = []
    study = search(
        space, evaluate=lambda v: called.append(v) or 1.0, warm_start=[({"a": 4}, 9.0)], algorithm="random", trials=1, **QUIET
    )
    assert study.best.value == 1.0 and len(called) == 1 and study.best.origin == "baseline"


def test_a_queue_given_to_a_search_comes_first_and_once(store, tmp_path):
    space = sym.parse(SPACE)
    settings = {"evaluate": worth, "algorithm": "random", "store": store, "study": "q", **QUIET}
    queue = [{"a": 9, "b": 9}, space.candidate({"a": 8, "b": 9})]
    study = search(space, queue=queue, trials=4, **settings)
    assert [t.origin for t in study.trials] == ["baseline", "queued", "queued", "search"] and study.best.number == 1
    if store is not None:
        more = search(space, queue=[*queue, {"a": 7, "b": 7}], trials=7, **settings)
        assert [t.number for t in more.trials if t.origin == "queued"] == [1, 2, 4]
    with pytest.raises(sym.SpaceError, match="E601"):
        search(space, queue=[{"a": 10, "b": 9}], trials=4, **settings)
    with pytest.raises(PlanError, match="give candidates, or their values by path"):
        search(space, queue=[3], trials=4, **settings)


def test_a_study_keeps_facts_that_algorithms_read(tmp_path):
    algorithm = Listening()
    settings = {"evaluate": worth, "algorithm": algorithm, "store": tmp_path / "s.db", "study": "c", **QUIET}
    search(sym.parse(SPACE), context={"similarity": 0.25, "sizes": [1, 2]}, trials=1, **settings)
    context = algorithm.heard[0]
    assert context["own"] == {"similarity": 0.25, "sizes": [1, 2]} and context["machine"]["cores"] >= 1
    algorithm.heard.clear()
    search(sym.parse(SPACE), context={"similarity": 99.0}, trials=2, **settings)
    assert algorithm.heard[0] == context, "a study's facts are those it was started with"
    digits = search("examples/digits.space", algorithm="random", trials=1, baseline=False, cost=1e-9, **QUIET)
    assert digits.record.context["facts"]["task"]["values"] == {"classes": 10, "channels": 1}
    for wrong in ({"f": worth}, {1: 2}, [3]):
        with pytest.raises(PlanError, match="context"):
            search(sym.parse(SPACE), context=wrong, trials=1, **{**settings, "study": "d"})
