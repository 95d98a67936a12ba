"""What all passes promise: pure, idempotent, printed, and every candidate of the result, completed, is one of the input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from symbolic.candidate import Candidate
from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.passes.canonicalize import canonicalize
from symbolic.passes.discretize import discretize
from symbolic.passes.freeze import freeze
from symbolic.passes.full import full
from symbolic.passes.limit import limit
from symbolic.passes.prune import prune
from symbolic.passes.select import select
from symbolic.passes.tie import tie
from symbolic.space import Space
from symbolic.table import unrank

TEXT = """
shared act = "relu" | "gelu" | "silu"
x = 1..6
n = repeat 1..3 as r { { k: 3 | 5 | 7, a: act } }
s = subset 1..2 of { "a", "b", "c" }
m = 0..2 of { "p", "q" }
p = permutation 2 of { "u", "v", "w" }
opt = { lr: 1e-4..1e-1 log, nesterov: true | false } as sgd | { lr: 0.0..1.0 } as adam
late = 1..9 when opt is adam and x > 2
bounded = 1..(x + 1)
require x >= n
forbid "c" in s and act is relu
forbid act is silu
"""

PASSES: dict[str, Callable[[Space], Space]] = {
    "freeze": lambda s: freeze(s, {"x": 4, "n[1]/k": 5, "s": ["b"], "m": ["q", "q"], "opt": "sgd"}),
    "select": lambda s: select(s, ["n", "opt"]),
    "select one": lambda s: select(s, ["x"]),
    "limit": lambda s: limit(s, {"n": [1, 2], "s": ["b", "c"], "n[0]/k": [7, 3], "opt": ["adam"], "act": ["gelu", "relu"]}),
    "discretize": lambda s: discretize(s, 5),
    "discretize one": lambda s: discretize(s, values={"opt/adam/lr": [0.5, 0.0]}),
    "tie": lambda s: tie(s, ["n[2]/k", "n[0]/k", "n[1]/k"]),
    "prune": prune,
    "canonicalize": canonicalize,
}


@pytest.fixture(scope="module")
def space() -> Space:
    return parse(TEXT)


@pytest.mark.parametrize("name", PASSES)
def test_candidates_of_the_result_are_candidates_of_the_input(name: str, space: Space) -> None:
    made = PASSES[name](space)
    for candidate in made.sample(60, seed=1):
        whole = full(candidate, space)
        assert whole.space == space
        kept = {k: v for k, v in whole.to_dict().items() if k in candidate.to_dict()}
        assert kept == {k: v for k, v in candidate.to_dict().items() if k in kept}


@pytest.mark.parametrize("name", PASSES)
def test_pure_idempotent_and_printed(name: str, space: Space) -> None:
    before, made = space.text(), PASSES[name](space)
    assert space.text() == before and space.edits == ()
    assert parse(made.text()) == made
    if name not in ("tie", "limit", "discretize one"):
        assert PASSES[name](made) == made
    assert set(made.lower().path) <= set(space.lower().path), "every remaining path is one of before"


@pytest.mark.parametrize("first", PASSES)
@pytest.mark.parametrize("second", ["select one", "discretize", "prune", "canonicalize"])
def test_passes_follow_each_other(first: str, second: str, space: Space) -> None:
    middle = PASSES[first](space)
    if "x" not in middle.lower().path and second == "select one":
        return
    made = PASSES[second](middle)
    for candidate in made.sample(10, seed=2):
        assert full(full(candidate, middle), space) == full(candidate, space)


def test_select_keeps_what_is_below_and_the_base(space: Space) -> None:
    base = space.sample(1, seed=5)[0]
    made = select(space, ["opt"], base)
    assert {p.partition("/")[0] for p in made.lower().path} <= {"opt", "late"} or made.lower().path
    values = base.to_dict()
    for candidate in made.sample(20):
        whole = full(candidate, space).to_dict()
        assert {k: v for k, v in whole.items() if not k.startswith("opt") and k in values} == {
            k: v for k, v in values.items() if not k.startswith("opt") and k in whole
        }


def test_select_everything_changes_nothing(space: Space) -> None:
    assert select(space, [*space.entries, "act"]) == space


def test_select_what_is_inside_of_an_option() -> None:
    space = parse(
        "a = { b: { c: 1 | 2 } as one | { d: 1 | 2 } as two } as inner | { e: 1 | 2 } as out\nf = 1 | 2 when a is out"
    )
    made = select(space, ["a"])
    assert made.lower().path == ("a", "a/inner/b", "a/inner/b/one/c", "a/inner/b/two/d", "a/out/e")
    made = select(space, ["a/inner/b"])
    assert made.lower().path == ("a/inner/b", "a/inner/b/one/c", "a/inner/b/two/d")
    assert made.size().value == 4


@pytest.mark.parametrize("n", [2, 5, 8])
def test_discretize_spaces_values_evenly_on_their_scale(n: int) -> None:
    made = discretize(parse("a = 1e-4..1.0 log"), n)
    numbers = [Candidate(made, unrank(made.lower(), k)).to_dict()["a"] for k in range(n)]
    assert np.allclose(np.log(numbers), np.linspace(np.log(1e-4), 0, n)) and (numbers[0], numbers[-1]) == (1e-4, 1.0)
    made = discretize(parse("b = -1.0..1.0"), n)
    numbers = [Candidate(made, unrank(made.lower(), k)).to_dict()["b"] for k in range(n)]
    assert np.allclose(numbers, np.linspace(-1, 1, n))


def test_prune_keeps_the_candidates_and_only_their_values(space: Space) -> None:
    made = prune(space)
    assert made.size() == space.size()
    assert made.lower().labels[made.lower().where["act"]] == ("relu", "gelu")
    small = parse("x = 1..9\ny = 1 | 2 | 3\nz = subset of { 1, 2, 3 }\nrequire x * y < 3\nforbid 3 in z\nforbid y == 3")
    pruned = prune(small)
    assert [line for line in pruned.text().splitlines() if line.startswith(("limit", "fix"))] == [
        'limit "x" to [1, 2]',
        'limit "y" to [1, 2]',
        'limit "z" to ["1", "2"]',
    ]
    assert pruned.size() == small.size()
    assert prune(parse("x = 0.0..1.0\ny = 1..3\nrequire y < x + 1")).edits == (), "unchanged where the size is a bound"


def test_ties_are_one_decision(space: Space) -> None:
    made = tie(space, ["n[1]/k", "n[0]/k"])
    assert "n[1]/k" not in made.lower().path
    again = tie(made, ["n[2]/k", "n[1]/k"])
    assert [str(e.value) for e in again.edits] == [str(e.value) for e in tie(space, ["n[0]/k", "n[1]/k", "n[2]/k"]).edits]
    for candidate in again.sample(20):
        whole = full(candidate).to_dict()
        assert len({whole[p] for p in whole if p.endswith("/k")}) == 1


def test_canonicalize_drops_what_is_dead_and_collapses_chains() -> None:
    text = 'a = 1 | 2\nb = 1 | 2\nc = 1 | 2\nd = 1 | { k: 1 | 2 }\nfix "d" to 1\nfix "d/record/k" to 2\n'
    space = parse(text + 'tie "c" to "b"\ntie "b" to "a"')
    with pytest.raises(SpaceError, match="E406"):
        space.lower()
    made = canonicalize(space)
    assert [f"{e.kind} {e.path}" for e in made.edits] == ["tie b", "tie c", "fix d"] and made.size().value == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: limit(s, {"y": [1]}), "no decision 'y' to limit"),
        (lambda s: limit(s, {"x": [9]}), "'x' = 9 is outside 1..6"),
        (lambda s: limit(s, {"x": []}), "'x' is limited to nothing"),
        (lambda s: limit(s, {"s": ["z"]}), "'s' cannot pick from ['z']"),
        (lambda s: select(s, ["nn"]), "no decision 'nn' to select"),
        (lambda s: discretize(s, values={"x": [1.0, 2.0]}), "'x' is no float range to discretize"),
        (lambda s: tie(s, ["x"]), "a tie takes two decisions or more"),
        (lambda s: tie(s, ["x", "n[0]/k"]), "'n[0]/k' and 'x' are unlike decisions"),
        (lambda s: tie(s, ["x", "y"]), "no decision 'y' to tie"),
    ],
)
def test_what_does_not_fit_is_refused(change: Callable[[Space], Space], message: str, space: Space) -> None:
    with pytest.raises(SpaceError) as e:
        change(space)
    assert (e.value.code, e.value.message) == ("E406", message)
