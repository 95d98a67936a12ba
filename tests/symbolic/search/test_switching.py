"""Another algorithm goes on with the same log; a larger budget continues what had ended."""

from __future__ import annotations

import sys

import attrs
import pytest

import symbolic as sym
from symbolic.search.events import Trial
from symbolic.search.notices import Note, Opened
from symbolic.search.problem import Needs
from symbolic.search.store import StoreError, store_at
from symbolic.search.study import load_study, resume_study, search
from symbolic.table import sample

SPACE = "space s\na = 0..9\nb = 0..9\n"


@attrs.frozen
class Noting:
    """Proposes random points and notes something of its own with each."""

    @property
    def needs(self):
        return Needs()

    def start(self, problem):
        return NotingSearch(problem)


@attrs.define
class NotingSearch:
    problem: object
    told: list = attrs.field(factory=list)

    def ask(self, numbers):
        from symbolic.search.randomness import rng

        table, seed = self.problem.table, self.problem.seed
        return [Trial(n, sample(table, 1, rng(seed, n))[0], memo={"mine": n}) for n in numbers]

    def tell(self, events):
        self.told += [dict(e.memo) for e in events if isinstance(e, Trial)]


@pytest.fixture
def goal(tmp_path, monkeypatch):
    """A function in a module of its own, so that studies can be resumed."""
    (tmp_path / "goal_of_test.py").write_text("def goal(v):\n    return float(v['a'] - abs(v['b'] - 4))\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield __import__("goal_of_test").goal
    sys.modules.pop("goal_of_test", None)


def start(goal, tmp_path, algorithm="random", trials=10, **more):
    settings = {"evaluate": goal, "store": tmp_path / "s.db", "study": "s", "listeners": [], **more}
    return search(sym.parse(SPACE), algorithm=algorithm, trials=trials, **settings)


def test_another_algorithm_learns_from_the_whole_log(goal, tmp_path):
    before = start(goal, tmp_path)
    assert len(before.trials) == 10
    heard = []
    after = resume_study(
        tmp_path / "s.db",
        "s",
        algorithm="regularized_evolution(population: 8, tournament: 8)",
        trials=60,
        listeners=[heard.append],
    )
    notes = [n.text for n in heard if isinstance(n, Note)]
    assert any(
        "goes on with regularized_evolution(population: 8, tournament: 8), which learns from the trials that random" in n
        for n in notes
    )
    assert [t.candidate for t in after.trials[:10]] == [t.candidate for t in before.trials]
    best = max(before.trials[2:], key=lambda t: t.value).candidate.to_dict()
    child = after.trials[10].candidate.to_dict()
    assert sum(best[p] != child[p] for p in best) <= 1, "the first child is one mutation from the fittest of the last eight"
    assert [o.algorithm for o in heard if isinstance(o, Opened)] == [after.record.algorithm]
    again = resume_study(tmp_path / "s.db", "s", trials=62, listeners=[])
    assert len(again.trials) == 62 and again.record.algorithm.startswith("regularized_evolution")


def test_a_switch_is_restored_exactly(goal, tmp_path):
    runs = []
    for name, steps in {"a": (60,), "b": (13, 31, 60)}.items():
        settings = {"evaluate": goal, "store": tmp_path / f"{name}.db", "study": "s", "listeners": []}
        search(sym.parse(SPACE), algorithm="random", trials=10, **settings)
        resume_study(tmp_path / f"{name}.db", "s", algorithm="regularized_evolution(population: 5)", trials=11, listeners=[])
        for trials in steps:
            study = resume_study(tmp_path / f"{name}.db", "s", trials=trials, listeners=[])
        runs.append([(t.candidate, t.values) for t in study.trials])
    assert runs[0] == runs[1]


def test_a_program_switches_too(tmp_path):
    """Also with a function that has no name, which `resume_study` could not find."""
    settings = {"evaluate": lambda v: float(v["a"]), "store": tmp_path / "s.db", "study": "s", "listeners": []}
    search(sym.parse(SPACE), algorithm="random", trials=5, **settings)
    study = search(sym.parse(SPACE), algorithm="grid", trials=9, switch=True, **settings)
    assert study.record.algorithm == "grid" and len({t.candidate for t in study.trials}) == 9
    with pytest.raises(StoreError, match=r"switch=True"):
        search(sym.parse(SPACE), algorithm="random", trials=12, **settings)


def test_settings_of_the_new_algorithm_scale_to_the_budget(goal, tmp_path):
    start(goal, tmp_path)
    assert resume_study(
        tmp_path / "s.db", "s", algorithm="regularized_evolution", trials=40, listeners=[]
    ).record.algorithm == ("regularized_evolution(population: 10, tournament: 2)")


def test_what_an_algorithm_noted_is_its_own(goal, tmp_path):
    start(goal, tmp_path, algorithm=Noting(), trials=4)
    study = resume_study(tmp_path / "s.db", "s", algorithm="random", trials=6, listeners=[])
    log = store_at(tmp_path / "s.db").open(study.record.identity, study.space.lower(), study.record)
    try:
        with log.turn() as turn:
            trials = [e for e in turn.news(0) if isinstance(e, Trial)]
    finally:
        log.disconnect()
    assert len(trials) == 6 and all(dict(t.memo) == {} for t in trials)


def test_without_asking_another_algorithm_is_refused_and_the_way_is_named(goal, tmp_path):
    start(goal, tmp_path)
    with pytest.raises(StoreError, match=r"(?s)algorithm: random -> grid.*symspace resume s --algorithm grid"):
        start(goal, tmp_path, algorithm="grid")
    with pytest.raises(sym.SymspaceError, match="did you mean 'grid'"):
        resume_study(tmp_path / "s.db", "s", algorithm="gird", listeners=[])
    with pytest.raises(sym.SymspaceError, match="darts cannot run here"):
        resume_study(tmp_path / "s.db", "s", algorithm="darts", listeners=[])
    assert load_study(tmp_path / "s.db", "s").record.algorithm == "random"


def test_a_finished_study_goes_on_with_a_larger_budget_and_an_exhausted_one_says_so(goal, tmp_path):
    start(goal, tmp_path, algorithm="grid", trials=90)
    assert len(resume_study(tmp_path / "s.db", "s", trials=95, listeners=[]).trials) == 95
    done = resume_study(tmp_path / "s.db", "s", trials=500, listeners=[])
    assert len(done.trials) == 100 and done.why == "done" and done.record.state == "done"
    heard = []
    again = resume_study(tmp_path / "s.db", "s", trials=900, listeners=[heard.append])
    assert [n.text for n in heard] == ["nothing is left to do in study 's': the search is over"] and len(again.trials) == 100
    other = resume_study(tmp_path / "s.db", "s", algorithm="random", trials=900, listeners=[])
    assert len(other.trials) == 100 and other.why == "done"


def test_shared_weights_begin_anew_when_another_algorithm_takes_over(tmp_path):
    """Sampled, then weight sharing, then another one: nobody's derived trials count as another's."""
    network = "model = flatten >> linear(4..16 step 4) >> (relu | gelu) >> linear(classes)"
    space = sym.parse(f"space s\ntask digits\n{network}\ntrain {{ epochs: fidelity 1..2 }}\n")
    settings = {"backend": "supernet", "store": tmp_path / "s.db", "study": "s", "listeners": []}
    search(space, algorithm="random", trials=2, **settings)
    first = resume_study(
        tmp_path / "s.db", "s", algorithm="spos(epochs: 1, population: 4, generations: 2)", trials=3, listeners=[]
    )
    assert [t.state for t in first.trials] == ["ok"] * 3 and first.trials[2].number > 10, "transient trials took numbers"
    heard = []
    second = resume_study(tmp_path / "s.db", "s", algorithm="darts(epochs: 1)", trials=4, listeners=[heard.append])
    assert len(second.trials) == 4 and second.trials[3].number > first.trials[2].number + 10
    assert "the shared weights trained so far are not used any more" in [n.text for n in heard if isinstance(n, Note)]
