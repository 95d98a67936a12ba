"""Candidates as plain data: strict reading with helpful refusals, text, and the candidate of defaults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbolic.candidate import Candidate
from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.space import Space

TEXT = """
batch_size = 8 | 16 | 32 | 64 | 128 | 256
augment = subset 1..2 of { "cutout", "rotate", "flip" }
order = permutation 0..2 of { "a", "b", "c" }
optim { lr: 1e-5..0.1 log, type: "sgd" | "adam", momentum: 0.0..0.99 when type is sgd }
nodes = 3..9 step 2
keep = 0.1..0.7 step 0.1
wide = true | false | none
depth = nodes..9
"""
GIVEN: dict[str, Any] = {
    "batch_size": 8,
    "augment": ["cutout", "flip"],
    "order": ["c", "a"],
    "optim/lr": 0.001,
    "optim/type": "sgd",
    "optim/momentum": 0.9,
    "nodes": 5,
    "keep": 0.3,
    "wide": None,
    "depth": 7,
}


@pytest.fixture(scope="module")
def space(oracle: Any) -> Space:
    made: Space = oracle.parse(TEXT + "forbid batch_size == 256 and optim.type is adam")
    return made


def test_there_and_back(space: Space) -> None:
    candidate = space.candidate(GIVEN)
    assert candidate.to_dict() == GIVEN
    assert list(candidate.to_dict()) == list(GIVEN), "keys in table order"
    assert Candidate.parse(space, candidate.text()) == candidate
    types = {k: type(v) for k, v in candidate.to_dict().items()}
    assert types["nodes"] is int and types["keep"] is float and types["wide"] is type(None)


def test_what_is_read_alike(space: Space) -> None:
    wanted = space.candidate(GIVEN)
    alike = {"augment": ("flip", "cutout"), "nodes": 5.0, "batch_size": np.int64(8), "optim/lr": np.float64(0.001)}
    assert space.candidate(GIVEN | alike) == wanted


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "missing": ({"batch_size": ...}, "'batch_size' is missing", "it is one of 8, 16, 32, 64, 128, 256"),
    "missing set": ({"augment": ...}, "'augment' is missing", "it is a list of labels"),
    "unknown": ({"optim/mom": 1}, "'optim/mom' is unknown", "did you mean 'optim/momentum'?"),
    "a member": ({"augment/flip": 1}, "'augment/flip' is unknown", "give 'augment' a list of labels"),
    "not active": ({"optim/type": "adam"}, "'optim/momentum' is not active here", "optim/type is 'adam'"),
    "no option": ({"batch_size": 9}, "'batch_size' cannot be 9", "one of 8, 16, 32, 64, 128, 256"),
    "near option": ({"optim/type": "adm"}, "'optim/type' cannot be 'adm'", "did you mean 'adam'?"),
    "true for one": ({"batch_size": True}, "'batch_size' cannot be True", "one of 8"),
    "one for true": ({"wide": 1}, "'wide' cannot be 1", "one of true, false, null"),
    "text for a number": ({"batch_size": "8"}, "'batch_size' cannot be '8'", "one of 8"),
    "outside": ({"optim/lr": 1.0}, "'optim/lr' = 1.0 is outside 1e-05..0.1", ""),
    "nan": ({"optim/lr": float("nan")}, "'optim/lr' cannot be nan", "a number is wanted"),
    "true for a float": ({"optim/lr": True}, "'optim/lr' cannot be True", "a number is wanted"),
    "between": ({"nodes": 3.5}, "'nodes' = 3.5 is not on the grid", "3..9 step 2"),
    "off": ({"nodes": 4}, "'nodes' = 4 is not on the grid", "3..9 step 2"),
    "bounds of the row": ({"depth": 4}, "'depth' = 4 is outside 5..9", ""),
    "twice": ({"augment": ["flip", "flip"]}, "'augment' cannot be ['flip', 'flip']", "1..2 different ones of"),
    "too many": ({"augment": ["flip", "cutout", "rotate"]}, "'augment' cannot be ['flip', 'cutout', 'rotate']", "1..2"),
    "no list": ({"augment": "flip"}, "'augment' cannot be 'flip'", "a list of labels"),
    "list of numbers": ({"augment": [1]}, "'augment' cannot be [1]", "a list of labels"),
    "stranger": ({"order": ["c", "A"]}, "'order' cannot be ['c', 'A']", "different ones of a, b, c"),
    "constraint": (
        {"batch_size": 256, "optim/type": "adam", "optim/momentum": ...},
        "the candidate violates: forbid batch_size == 256 and optim.type is adam",
        "",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str, space: Space) -> None:
    change, message, hint = REFUSED[name]
    values = {k: v for k, v in (GIVEN | change).items() if v is not ...}
    with pytest.raises(SpaceError) as e:
        space.candidate(values)
    assert (e.value.code, e.value.message) == ("E601", message)
    assert hint in (e.value.hint or "")


def test_why_a_decision_is_not_active(oracle: Any) -> None:
    text = """
shared act = relu | linear(1 | 2)
n = repeat 0..2 { linear(1 | 2) }
s = subset of { "a", linear(1 | 2) }
x = skip | residual { act }
"""
    space = oracle.parse(text)
    base = {"n": 0, "s": ["a"], "x": "skip"}
    for path, why in {
        "n[1]/width": "n is 0",
        "s/linear/width": "'linear' is not in s",
        "act": "x is 'skip'",
        "act/linear/width": "x is 'skip'",
    }.items():
        with pytest.raises(SpaceError, match="is not active here") as e:
            space.candidate(base | {path: 1})
        assert e.value.hint == why


def test_fixed_tied_and_fidelity_values_are_absent(oracle: Any) -> None:
    space = oracle.parse('x = 1 | 2\ny = 1 | 2\nz = 1 | 2\nt { e: fidelity 1..9 }\nfix "x" to 2\ntie "z" to "y"')
    assert space.candidate({"y": 1}).to_dict() == {"y": 1}
    with pytest.raises(SpaceError, match="'t/e' is unknown") as e:
        space.candidate({"y": 1, "t/e": 3})
    assert "fidelity" in (e.value.hint or "")


def test_the_text_of_a_candidate_may_hold_comments_and_odd_keys(oracle: Any) -> None:
    space = oracle.parse('"a = b" = 1 | 2\ny = "p = q" | "r"')
    candidate = space.candidate({"a = b": 2, "y": "p = q"})
    assert Candidate.parse(space, f"# best\n\n{candidate.text()}\n") == candidate


@pytest.mark.parametrize(
    ("text", "message"), [("x = 1\nx = 2", "'x' is given twice"), ("x 1", "is `path = JSON value`"), ("x = {", "is `path")]
)
def test_bad_text_shows_the_line(text: str, message: str, oracle: Any) -> None:
    with pytest.raises(SpaceError, match=message) as e:
        Candidate.parse(oracle.parse("x = 1 | 2"), text)
    assert e.value.code == "E601" and e.value.span is not None


def test_defaults(space: Space) -> None:
    assert space.default().to_dict() == {
        "batch_size": 8,
        "augment": ["cutout"],
        "order": [],
        "optim/lr": pytest.approx(1e-3),
        "optim/type": "sgd",
        "optim/momentum": pytest.approx(0.495),
        "nodes": 3,
        "keep": 0.4,
        "wide": True,
        "depth": 3,
    }


def test_defaults_as_marked(oracle: Any) -> None:
    space = oracle.parse('x = 1 | default 2\ny = subset of { "a", default "b", default "c" }\nz = 2..9 prior 4\nw = z..9')
    assert space.default().to_dict() == {"x": 2, "y": ["b", "c"], "z": 4, "w": 4}


def test_defaults_that_are_no_candidate(oracle: Any) -> None:
    with pytest.raises(SpaceError, match="violates: forbid x == 1") as e:
        oracle.parse("x = 1 | 2\nforbid x == 1").default()
    assert e.value.code == "E501"


@pytest.mark.parametrize("values", [{"x": 10**400}, {"n": -(10**400)}, {"k": 10**5000}])
def test_numbers_too_large_for_a_machine_are_told_so(values: dict[str, int]) -> None:
    space = parse("x = 0.0..1.0\nk = 1 | 2\nn = 1..3")
    with pytest.raises(SpaceError, match=r"E601 .* cannot be so large a number"):
        space.candidate({"x": 0.5, "k": 1, "n": 1, **values})
