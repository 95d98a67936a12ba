"""What a relaxed search cannot touch is fixed at its default, and every line says where and why."""

from __future__ import annotations

import symbolic as sym
from symbolic.search.fixing import fixed
from symbolic.search.problem import Facts

TEXT = """space mixed version 1
op = 1 | 2 | 3
drop = 0.0..0.5
train {
  optimizer: ({ momentum: 0.5..0.9 }) as sgd | ({ decay: 1e-6..1e-2 log, eps: 1e-8..1e-6 log }) as adam
  lr: 1e-4..1e-1 log prior 3e-3
  batch: 32..128 step 32
}
late = 0..5 when op == 3
picks = subset 1..2 of { "a", "b", "c" } when op == 3
require train.lr <= 0.05
"""


def facts(*paths, why="it is not part of the network"):
    return Facts(unrelaxable=dict.fromkeys(paths, why))


def test_decisions_of_the_default_candidate_take_its_values():
    space = sym.parse(TEXT)
    out = [p for p in space.lower().path if p.startswith("train/")]
    frozen, lines = fixed(space, facts(*out))
    assert [p for p in frozen.lower().path if p.startswith("train/")] == []
    default = space.default().to_dict()
    assert lines == tuple(
        f"{p} stays at {v if not isinstance(v, float) else format(v, '.4g')}: it is not part of the network"
        for p, v in default.items()
        if p in out
    )
    kept = set(space.lower().path) - set(out)
    assert set(frozen.lower().path) == kept
    for candidate in frozen.sample(20, seed=1):
        full = candidate.to_dict() | {p: v for p, v in default.items() if p in out}
        assert space.candidate(full).to_dict() == full


def test_decisions_that_the_default_candidate_does_not_read_take_their_own_default():
    space = sym.parse(TEXT)
    frozen, lines = fixed(space, facts("late", "picks"))
    assert {p.partition("/")[0] for p in frozen.lower().path} == {"op", "drop", "train"}
    assert any(line.startswith("late stays at 0:") for line in lines)
    assert any(line.startswith("picks stays at ['a']:") for line in lines)


def test_nothing_to_fix():
    space = sym.parse(TEXT)
    assert fixed(space, Facts()) == (space, ())
    assert fixed(space, facts("nothing/like/this")) == (space, ())


def test_a_backend_that_names_the_value_itself_is_quoted():
    _, lines = fixed(sym.parse(TEXT), facts("drop", why="stays at 0.25 in mixtures: a float has no options to mix"))
    assert lines == ("drop stays at 0.25 in mixtures: a float has no options to mix",)
