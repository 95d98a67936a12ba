"""Shared choices: one set of decisions, active where any use is; rebuilt per use where they take arguments."""

from __future__ import annotations

from typing import Any

import pytest

from symbolic.errors import SpaceError
from symbolic.table.instances import Chain, Constant, Instance, Operation, Scoped


def paths(space: Any) -> str:
    return " ".join(space.lower().path)


def operations(x: Instance) -> list[Operation]:
    match x:
        case Operation():
            return [x]
        case Chain(items=items):
            return [op for item in items for op in operations(item)]
        case Scoped(body=body):
            return operations(body)
        case _:
            return []


def test_shared_choices_stand_first_in_order_of_completion(oracle: Any) -> None:
    text = """
shared b = residual { a } | skip
shared a = relu | gelu
x = 1 | 2
y = b >> linear(3 | 4)
"""
    table = oracle.parse(text).lower()
    assert " ".join(table.path) == "a b x y/linear/width"
    assert table.order.tolist() == [1, 0, 2, 3]


def test_a_choice_used_once_has_the_guard_of_its_use(oracle: Any) -> None:
    table = oracle.parse("shared a = relu | gelu\nx = skip | residual { a }").lower()
    assert (table.parent[0], table.parent_codes[0]) == (1, frozenset((1,)))


def test_a_choice_used_everywhere_is_always_active(oracle: Any) -> None:
    table = oracle.parse("shared a = relu | gelu\nx = skip | residual { a }\ny = a").lower()
    assert table.guard.tolist() == [-1, -1]


def test_arguments_belong_to_the_use_and_operators_are_rebuilt(oracle: Any) -> None:
    space = oracle.parse(
        "shared cell(w: int) = conv2d(w, kernel: 3 | 5) >> linear(w * 2)\nx = cell(4) >> cell(8) >> cell(1 | 2)"
    )
    assert paths(space) == "cell/conv2d/kernel x/cell#3/w"
    built = operations(space.lower().root.fields["x"])
    widths = [op.named["width"] for op in built]
    assert [w.value for w in widths if isinstance(w, Constant)] == [4, 8, 8, 16]
    assert len({op.named["kernel"].path for op in built if op.fn == "conv2d"}) == 1
    assert len(oracle.candidates(space)) == space.size().value == 4


def test_a_condition_decides_only_what_it_reads(oracle: Any) -> None:
    space = oracle.parse("shared a = relu | linear(1 | 2)\nx = 1 | 2 when a is relu")
    assert len(oracle.candidates(space)) == space.size().value == 3
    inner = oracle.parse("shared a = relu | linear(1 | 2)\nx = 1 | 2 when a.linear.width == 1")
    assert inner.size().value == 1 + 2 + 1


def test_bounds_and_counts_use_a_shared_choice(oracle: Any) -> None:
    space = oracle.parse("shared n = 1..3\nx = skip | repeat n as r { linear(1..n) }")
    assert len(oracle.candidates(space)) == space.size().value == 1 + 1 + 2**2 + 3**3


@pytest.mark.parametrize(
    "text",
    [
        "shared c(w: int) = repeat 1..w { linear(1 | 2) }\nx = c(3)",
        "shared c(w: int) = linear(1..w)\nx = c(3)",
        "shared c(w: int) = (linear(1 | 2) if w > 2 else skip)\nx = c(3)",
        "block d(v: int) = linear(1..v)\nshared c(w: int) = d(w)\nx = c(3)",
        "shared c(w: int) { let v = w + 1; linear(1..v) }\nx = c(3)",
    ],
)
def test_an_argument_does_not_steer_the_decisions(text: str, oracle: Any) -> None:
    with pytest.raises(SpaceError, match="depend on its argument") as e:
        oracle.parse(text).lower()
    assert e.value.code == "E404" and e.value.span is not None


def test_an_argument_may_select_what_decides_nothing(oracle: Any) -> None:
    space = oracle.parse("shared c(w: int) = linear(1 | 2) >> (relu if w > 2 else gelu)\nx = c(3) >> c(1)")
    assert [op.fn for op in operations(space.lower().root.fields["x"])] == ["linear", "relu", "linear", "gelu"]


def test_a_choice_that_only_a_constraint_names_is_an_error(oracle: Any) -> None:
    with pytest.raises(SpaceError, match="named by a constraint only") as e:
        oracle.parse("shared a = relu | gelu\nx = 1 | 2\nforbid a is relu").lower()
    assert e.value.code == "E402"


def test_constraints_of_a_body_hold_per_use(oracle: Any) -> None:
    text = "shared c(w: int) { let k = 1..4; require k <= w; linear(k) }\nx = skip | residual { c(2) }\ny = c(3)"
    space = oracle.parse(text)
    assert len(oracle.candidates(space)) == space.size().value == 3 + 2
