"""Paths and candidates of the worked examples of the language page, counted by reading the instance tree."""

from __future__ import annotations

from typing import Any

import pytest

EXAMPLES = {
    "shared": (
        """
shared act = relu | gelu
block unit(w: int) = conv2d(width: w, kernel: 3 | 5) >> act
model = unit(8 | 16) >> unit(32) >> unit(64) as last
""",
        "act model/unit/w model/unit/conv2d/kernel model/unit#2/conv2d/kernel model/last/conv2d/kernel",
        32,
    ),
    "repeat": (
        "model = repeat 1..3 { conv2d(kernel: 3 | 5) >> relu }",
        "model model[0]/conv2d/kernel model[1]/conv2d/kernel model[2]/conv2d/kernel",
        14,
    ),
    "subset": (
        'x = subset 1..2 of { relu, linear(width: 8 | 16), (1..3) as n, "a" }',
        "x/relu x/linear x/n x/a x/linear/width x/n/range",
        24,
    ),
    "permutation": (
        'x = permutation 2 of { relu, linear(width: 8 | 16), "a" }',
        "x[0] x[1] x/linear/width",
        10,
    ),
    "dag": (
        "x = dag(inputs: 1, nodes: 2) { relu | linear(width: 4 | 8) }",
        "x/node[1]/from[0] x/node[1]/from[0]/linear/width x/node[2]/from[0] x/node[2]/from[0]/linear/width"
        " x/node[2]/from[1] x/node[2]/from[1]/linear/width",
        27,
    ),
    "dag picks": (
        "x = dag(inputs: 2, nodes: 2, picks: 2) { relu | skip }",
        "x/node[2]/from/0 x/node[2]/from/1 x/node[2]/from/0/choice x/node[2]/from/1/choice"
        " x/node[3]/from/0 x/node[3]/from/1 x/node[3]/from/2"
        " x/node[3]/from/0/choice x/node[3]/from/1/choice x/node[3]/from/2/choice",
        48,
    ),
    "rule": (
        "rule t depth 3 = relu | branch(t, t) | residual { t }\nx = t",
        "x x/branch/0 x/branch/1 x/residual/body",
        13,
    ),
    "record": (
        "x { a: relu | linear(width: 1 | 2), b { c: 1..3, d: true | false }, k: 1 | 2 when a is relu }",
        "x/a x/a/linear/width x/b/c x/b/d x/k",
        24,
    ),
    "constraints do not activate": (
        "shared act = relu | gelu\nx = skip | residual { act }\ny = 1 | 2\nforbid act is relu and y == 1",
        "act x y",
        5,
    ),
    "disjunction of conditions": (
        "a = 0 | 1\nb = 0 | 1\nc = 0 | 1 | 2 when a == 1 or b == 1\nd = 0 | 1 when a == 1 and b == 1",
        "a b c d",
        13,
    ),
    "rows without a value": ("a = 1..4\nb = 1..(a - 1)", "a b", 6),
    "else branch": ("x = 1..3\ny = 1 | 2 if x == 2 else 3 | 4", "x y y/else", 6),
    "arithmetic": ("x = (1 | 2) + (3 | 4) * (5 | 6)", "x/choice x/choice#2 x/choice#3", 8),
    "absent reference": ("x = relu | conv2d(8, kernel: 3 | 5) as conv\ny = linear(x.conv.kernel)", "x x/conv/kernel", 3),
    "unused let": ("block f { let k = 3 | 5; relu }\nx = f", "x/k", 2),
    "default of an absent argument": (
        "block f(w: int = 3) = linear(w)\nx = 1 | 2\ny = f(w: 4 | 5 when x == 1)",
        "x y/w",
        3,
    ),
    "sites": (
        'x = a::Net(width: 16 | 32) with { act: relu | gelu, "body[0]": { k: 1 | 3 } when width == 32 }',
        "x/width x/act x/body[0]/k",
        6,
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_paths_and_candidates(name: str, oracle: Any) -> None:
    text, paths, count = EXAMPLES[name]
    space = oracle.parse(text)
    assert " ".join(space.lower().path) == paths
    assert len(oracle.candidates(space)) == count
    assert space.size().value == count


def test_quoted_keys_are_parts_of_a_path(oracle: Any) -> None:
    space = oracle.parse('x { "k e.y": 1 | 2, "a[0]": 1 | 2 }\nforbid x["a[0]"] == 1 and x["k e.y"] == 2')
    assert space.lower().path == ("x/k e.y", "x/a[0]")
    assert len(oracle.candidates(space)) == 3


def test_members_lead_to_their_set(oracle: Any) -> None:
    table = oracle.parse('z = 1 | 2\nx = subset of { "a", "b" }\ny = permutation of { "a", "b" }').lower()
    assert [table.path[c] for c in table.sets[0].columns] == ["x/a", "x/b"]
    assert (table.where["x"], table.where["y"], table.where["x/b"]) == (1, 3, 2)
    assert table.decision.tolist() == [0, 1, 1, 2, 2]
