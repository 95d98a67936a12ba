"""Grid search: every candidate once, in order, whatever was proposed before by others."""

from __future__ import annotations

import itertools

import pytest

import symbolic as sym
from symbolic.search.check import Unsuited
from symbolic.search.study import resume_study, search
from symbolic.table.diagram import diagram as diagrams

SPACE = 'a = 1 | 2 | 3\nb = 0..4\nc = "x" | "y" when a == 2\nrequire a <= b\nrequire b != 3\n'


def brute() -> set[tuple[object, ...]]:
    found = set()
    for a, b in itertools.product((1, 2, 3), range(5)):
        if a <= b and b != 3:
            found |= {(a, b, c) for c in ("x", "y")} if a == 2 else {(a, b, None)}
    return found


def values(study: sym.Study) -> list[tuple[object, ...]]:
    return [tuple(t.candidate.to_dict().get(p) for p in ("a", "b", "c")) for t in study.trials]


def plus(v) -> float:
    return float(v["a"] + v["b"])


@pytest.mark.parametrize("exact", [True, False])
def test_the_grid_ends_with_every_point_once(exact: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not exact:  # a diagram that leaves the constraints out: they are checked point by point
        make = diagrams.make_diagram
        monkeypatch.setattr(diagrams, "make_diagram", lambda table, *_: make(table, 12))
    space = sym.parse(SPACE)
    assert bool(space.lower().diagram.relaxed) != exact
    study = search(space, evaluate=plus, algorithm="grid", listeners=[])
    assert study.why == "done" and len(study.trials) == len(brute()) and set(values(study)) == brute()
    ordered = [v for t, v in zip(study.trials, values(study), strict=True) if t.origin == "search"]
    assert ordered == sorted(ordered, key=lambda v: (v[0], v[1], v[2] or ""))


def test_without_a_budget_the_grid_goes_on_past_fifty(tmp_path) -> None:
    space = sym.parse("a = 0..99\n")
    assert len(search(space, evaluate=lambda v: 1.0, algorithm="grid", trials=7, listeners=[]).trials) == 7
    assert len(search(space, evaluate=lambda v: 1.0, algorithm="grid", listeners=[]).trials) == 100


def test_what_others_proposed_is_left_out(tmp_path) -> None:
    space = sym.parse(SPACE)
    settings = {"evaluate": plus, "algorithm": "grid", "store": tmp_path / "s.db", "study": "g", "listeners": []}
    search(space, trials=2, **settings).enqueue([{"a": 1, "b": 4}, {"a": 3, "b": 4}])
    study = search(space, trials=100, **settings)
    assert len(study.trials) == len(brute()) and set(values(study)) == brute()
    assert [t.origin for t in study.trials[2:4]] == ["queued", "queued"]


def test_floats_are_refused_with_the_remedy() -> None:
    with pytest.raises(Unsuited, match=r"float decisions \(lr\); freeze them, or discretize them"):
        search(sym.parse("lr = 0.1..1.0\n"), evaluate=plus, algorithm="grid", listeners=[])


def test_the_grid_finishes_what_another_algorithm_began(tmp_path, monkeypatch) -> None:
    (tmp_path / "plus_of_test.py").write_text("def plus(v):\n    return float(v['a'] + v['b'])\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = __import__("plus_of_test")
    settings = {"evaluate": module.plus, "store": tmp_path / "s.db", "study": "g", "listeners": []}
    search(sym.parse(SPACE), algorithm="random", trials=4, **settings)
    study = resume_study(tmp_path / "s.db", "g", algorithm="grid", trials=100, listeners=[])
    assert len(study.trials) == len(brute()) and set(values(study)) == brute() and study.record.algorithm == "grid"
