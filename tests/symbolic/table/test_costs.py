"""Costs as values: computed from the network of an earlier entry when a candidate is built; no decision, no column."""

from __future__ import annotations

from typing import Any

import pytest

from symbolic.check import check_shapes
from symbolic.errors import SpaceError
from symbolic.language.load import parse
from symbolic.nodes import Const, Expr, Ref
from symbolic.space import Space

NETWORK = "task digits\nmodel = flatten >> linear(8 | 16) >> relu >> linear(classes)\n"
COUNTS = {8: 64 * 8 + 8 + 8 * 10 + 10, 16: 64 * 16 + 16 + 16 * 10 + 10}


def built(space: Space, width: int, **others: object) -> dict[str, Any]:
    made: dict[str, Any] = space.candidate({"model/linear/width": width, **others}).build()
    return made


@pytest.mark.parametrize("width", [8, 16])
def test_values_are_computed_from_the_network(width: int) -> None:
    space = parse(
        NETWORK
        + "train { decay: params(model) / 1e6 if params(model) >= 1k else 0.0, clip: flops(model) * 2 when params(model) < 1k }"
    )
    assert space.size().value == 2 and space.size().exact
    train = built(space, width)["train"]
    assert train["decay"] == (COUNTS[16] / 1e6 if width == 16 else 0.0)
    assert ("clip" in train) == (width == 8)
    if width == 8:
        assert train["clip"] == 2 * COUNTS[8], "a dense network multiplies once for every parameter"


def test_they_are_passed_to_blocks_and_read_again() -> None:
    space = parse(NETWORK + "block f(k: int) = { a: k * params(model), c: 1 | 2 }\nx = f(2)\ny = x.a + 1")
    made = built(space, 8, **{"x/c": 1})
    assert made["x"] == {"a": 2 * COUNTS[8], "c": 1} and made["y"] == 2 * COUNTS[8] + 1


def test_the_network_is_built_once() -> None:
    space = parse(NETWORK + "x = params(model)\ny = params(model)")
    made = built(space, 16)
    assert made["x"] == made["y"] == sum(p.numel() for p in made["model"].parameters())


def test_they_print_and_read_back() -> None:
    space = parse(NETWORK + "x = params(model) * 2")
    assert space.root.fields[1].value == Expr("*", (Expr("metric", (Const("params"), Ref("model"))), Const(2)))
    assert parse(space.text()) == space
    check_shapes(space)


def test_a_network_that_is_absent_has_no_cost() -> None:
    space = parse("a = 1 | 2\nm = torch.nn::Linear(2, 3) when a == 1\nx = params(m)")
    assert space.candidate({"a": 1}).build()["x"] == 9
    assert "x" not in space.candidate({"a": 2}).build()


def test_what_is_no_network_has_no_cost() -> None:
    with pytest.raises(SpaceError, match=r"E602 `params\(t\)`: it is 'int', no module"):
        parse("t = 3\nx = params(t)").default().build()
    with pytest.raises(SpaceError, match="E602 FLOPs need the shape of the input"):
        parse("m = torch.nn::Linear(2, 3)\nx = flops(m)").default().build()


def test_a_gathering_reference_does_not_look_into_the_network() -> None:
    space = parse(NETWORK + "x { a: params(model), width: 1 | 2 }\nrequire sum(x[**].width) <= 1")
    assert space.size().value == 2
