"""Reasons before trial 1: all of them, each with what to do, and who can run instead."""

from __future__ import annotations

import attrs
import pytest

import symbolic as sym
from symbolic.search.check import Unsuited, check, reasons, signals
from symbolic.search.objectives import Limit, Objective, Objectives
from symbolic.search.problem import Budget, Facts, Needs, Problem

TEXT = 'space mixed version 1\nop = 1 | 2\nn = 0..3 when op == 2\nlr = 0.0..1.0\npick = subset of { "x", "y" }\n'
TABLE = sym.parse(TEXT).lower()


@attrs.frozen
class Declares:
    needs: Needs
    inner: tuple = ()

    def parts(self, problem):
        return self.inner


def problem(**changes) -> Problem:
    made = Problem(TABLE, Objectives((Objective("loss"),)), budget=Budget(9), facts=Facts("train", frozenset({"evaluate"})))
    return attrs.evolve(made, **changes)


def test_nothing_to_say():
    assert reasons(Declares(Needs()), problem()) == []
    check(Declares(Needs()), problem(), "mine")


@pytest.mark.parametrize(
    ("needs", "changes", "reason"),
    [
        (
            Needs(signals=frozenset({"evaluate", "nothing"})),
            {},
            "it needs nothing; backend 'train' provides evaluate. No registered backend provides it.",
        ),
        (
            Needs(kinds=frozenset({"one", "int", "subset"})),
            {},
            "it cannot propose float decisions (lr); freeze them, or discretize them",
        ),
        (
            Needs(kinds=frozenset({"one"})),
            {},
            "it cannot propose float and integer and subset decisions (n, lr, pick/x ... (4 in all)); "
            "freeze them, or discretize them",
        ),
        (
            Needs(),
            {"objectives": Objectives((Objective("accuracy", True), Objective("params")))},
            "it takes 1 objective(s), the space states 2: accuracy, params; turn all but one into require, or scalarise",
        ),
        (Needs(fidelity=True), {}, "it needs a fidelity, and the space has none: declare `epochs: fidelity 1..9`"),
        (Needs(online=True), {}, "it changes decisions during training, and every decision of this space alters the network"),
        (
            Needs(limits=False),
            {"objectives": Objectives((Objective("loss"),), (Limit("latency <= 3"),))},
            "it ignores measured constraints (latency <= 3)",
        ),
        (Needs(conditions=False), {}, "it cannot handle conditional decisions (n)"),
        (
            Needs(),
            {
                "objectives": Objectives((Objective("acuracy"),)),
                "facts": Facts("digits", metrics=frozenset({"accuracy", "loss"})),
            },
            "the study reads 'acuracy'; digits reports accuracy, loss  (did you mean 'accuracy'?)",
        ),
    ],
)
def test_each_reason(needs, changes, reason):
    assert reasons(Declares(needs), problem(**changes)) == [reason]


def test_what_cannot_be_mixed_is_named_with_the_reason():
    facts = Facts(
        "net", frozenset({"evaluate", "gradient"}), relaxable=frozenset({"op", "pick"}), unrelaxable={"n": "its grid"}
    )
    needs = Needs(signals=frozenset({"gradient"}), kinds=frozenset({"one", "int", "subset"}))
    found = reasons(Declares(needs), problem(facts=facts))
    assert found == [
        "it cannot propose float decisions (lr); freeze them, or discretize them",
        "backend 'net' cannot mix n (its grid); freeze them",
    ]
    mixed = attrs.evolve(facts, relaxable=frozenset({"op", "pick", "n"}))
    assert len(reasons(Declares(needs), problem(facts=mixed))) == 1


def test_metrics_of_an_entry_may_be_reported_without_it():
    objectives = Objectives((Objective("loss"),), (Limit("params(model) <= 3"),))
    assert (
        reasons(Declares(Needs()), problem(objectives=objectives, facts=Facts("t", metrics=frozenset({"loss", "params"}))))
        == []
    )


def test_parts_of_a_wrapper_are_checked_with_their_own_problem():
    inner = Declares(Needs(kinds=frozenset({"one", "int", "subset"})))
    outer = Declares(Needs(), (("stage 2 (reinforce)", inner, problem()),))
    assert reasons(outer, problem()) == [
        "stage 2 (reinforce): it cannot propose float decisions (lr); freeze them, or discretize them"
    ]
    assert signals(Declares(Needs(), (("a", Declares(Needs(signals=frozenset({"step"}))), problem()),)), problem()) == {
        "evaluate",
        "step",
    }


def test_the_message_lists_all_reasons_and_who_can():
    needs = Needs(signals=frozenset({"gradient"}), fidelity=True)
    with pytest.raises(Unsuited) as e:
        check(Declares(needs), problem(), "gdas")
    lines = str(e.value).splitlines()
    assert lines[0] == "gdas cannot run here:" and len(lines) == 5
    assert lines[1].startswith("  - it needs gradient;") and lines[1].endswith("Backends that provide it: supernet.")
    assert lines[2].startswith("  - backend 'train' cannot mix op, n, lr ... (5 in all)")
    assert lines[3].startswith("  - it needs a fidelity")
    able = lines[4].removeprefix("Algorithms that can: ").removesuffix(".").split(", ")
    assert {"random", "regularized_evolution"} <= set(able) and not {"darts", "spos", "grid"} & set(able)
