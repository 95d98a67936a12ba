"""What lowering refuses, with the place and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from symbolic.errors import SpaceError
from symbolic.nodes import Call, Choice, Const, Def, Field, Option, Param, Range, Record, Ref, Repeat, Use
from symbolic.space import Space
from symbolic.table.lower import lower

REFUSED = {
    "two with one path": ('x = repeat 2 { 1 | 2 }\n"x[0]" = 1 | 2', "E202 two decisions have the path 'x[0]'"),
    "no such option": ('x = "relu" | "gelu"\ny = 1 | 2 when x is rleu', "E201 'x' has no option 'rleu'\n"),
    "nothing so called": ("x { a: 1 | 2 }\ny = 1 | 2 when x.b == 1", "E201"),
    "the option left out": (
        "x = sgd(momentum: 0.1..0.9) | adam\nforbid x.momentum > 0.5",
        "name the option first: sgd.momentum",
    ),
    "no instance before": ("x = repeat 1..3 as l[i] { let w = 1..4; linear(l[i - 1].w) }", "E208 there is no instance [-1]"),
    "no instance after": ("x = repeat 2 as l { linear(1 | 2) }\ny = x[2].width", "E208 there is no instance [2]"),
    "empty hull": ("a = 1..3\nx = (a + 5)..4", "E301 the range 6..4 is reversed"),
    "division": ("a = 0..3\nx = 1..(6 // a)", "E301 division by a range that contains 0"),
    "log of zero": ("a = 0..3\nx = a..9 log", "E303 a log range must start above 0"),
    "more than there are": ("x = dag(inputs: 1, nodes: 2, picks: 2) { relu | skip }", "E304 node 1 has 1 earlier nodes"),
    "text in arithmetic": ('x = "a" | "b"\ny = 1..x', "E305"),
    "text compared": ('x = "a" | "b"\ny = 1 | 2 when x > 1', "E305 'x' is not a number"),
    "negative count": ("a = 1..3\nx = repeat (a - 2) as r { relu }", "E305 a repeat count is a whole number from 0"),
    "float count": ("a = 0.0..3.0\nx = repeat a as r { relu }", "E305 a repeat count is a whole number from 0"),
    "a list constrained": (
        "x = repeat 2 as l { linear(1 | 2) }\nrequire x[*].width == 1",
        "E305 a list stands where one value is needed",
    ),
    "conditional fidelity": ("a = 1 | 2\nt { e: fidelity 1..9 when a == 1 }", "E309 a fidelity is constant and unconditional"),
    "repeated fidelity": ("x = repeat 2 { linear(fidelity 1..9) }", "E309"),
    "never": ("block f { require 1 == 2; relu }\nx = f >> linear(1 | 2)", "E501 this require can never hold here"),
    "too many nodes": ("x = repeat 1000 { repeat 1000 { relu } }", "E405 the space unrolls to more than 400000 nodes"),
    "a huge repeat": ("a = 1..500000\nx = repeat a as r { relu }", "E405 a repeat of 500000"),
    "a fact as a bound": ("x = 1..classes * 2", "E201 'classes' is a fact of the task"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str, oracle: Any) -> None:
    text, message = REFUSED[name]
    with pytest.raises(SpaceError) as e:
        oracle.parse(text).lower()
    assert message in f"{e.value}\n", str(e.value)
    assert e.value.span is not None


def of(value: Any, *defs: Def) -> Space:
    return Space("s", Record((Field("x", value),)), defs=defs)


def test_what_only_a_tree_made_by_hand_can_say() -> None:
    """The resolver catches these in texts; spaces from Python reach lowering without it."""
    options = tuple(Option(str(k), Const(k)) for k in range(10_001))
    weighted = (Option("a", Const("a"), weight=2.0), Option("b", Const("b")))
    marked = tuple(Option(str(k), Const(k), default=True) for k in range(3))
    block = Def("block", "f", (Param("w", "int"),), Ref("w"))
    cases = {
        "E206 two options are called 'a'": Choice((Option("a", Const("a")), Option("a", Const("b")))),
        "E306 the weight 0 is not a positive number": Choice((Option("a", Const("a"), weight=0.0), Option("b", Const("b")))),
        "E307 two options are marked default": Choice(marked),
        "E307 3 options are marked default, allowed are 0..2": Choice(marked, "subset", 0, 2),
        "E307 the options of a permutation take no default": Choice(marked, "permutation", 0, 2),
        "E405 a choice of more than 10000 options": Choice(options),
        "E306 a subset has no weights": Choice(weighted, "subset", 0, 2),
        "E304 cannot pick 3..3 of 2": Choice(options[:2], "subset", 3, 3),
        "E301 the range has one value": Range(Const(3), Const(3)),
        "E302 30 is not reached from 8": Range(Const(8), Const(30), Const(8)),
        "E307 the prior 3.5 is not on the grid": Range(Const(1), Const(9), prior=Const(3.5)),
        "E307 the default 10 is outside 1..9": Range(Const(1), Const(9), default=Const(10)),
        "E405 a range of more than 2^31 values": Range(Const(1), Const(3_000_000_000)),
        "E405 a range beyond": Range(Const(1), Const(2**60)),
        "E204 'f' needs the argument 'w'": Use("f"),
        "E201 unknown name 'y'": Ref("y"),
        "E204 'dag' needs the argument 'nodes'": Call("dag", (), Const(1)),
        "E305 a repeat count": Repeat(Const(1.5), Const(1)),
    }
    for message, node in cases.items():
        with pytest.raises(SpaceError) as e:
            lower(of(node, block))
        assert message in str(e.value)


def test_types_of_arguments() -> None:
    block = Def(
        "block", "f", (Param("w", "int"), Param("r", "float", Const(0.5)), Param("m", "module", Call("relu"))), Ref("w")
    )
    from symbolic.nodes import Arg

    def use(**given: Any) -> Space:
        return of(Use("f", tuple(Arg(k, v) for k, v in given.items())), block)

    lower(use(w=Const(3), r=Const(1), m=Call("gelu")))
    lower(use(w=Range(Const(1), Const(4))))
    for given, message in (
        ({"w": Const(0.5)}, "is of type int, not 0.5"),
        ({"w": Range(Const(0.0), Const(1.0))}, "is of type int, not a value of type float"),
        ({"w": Const(1), "r": Range(Const(0), Const(3))}, "an integer range for the float parameter 'r'"),
        ({"w": Const(1), "m": Const(2)}, "is of type module, not 2"),
        ({"w": Const(True)}, "is of type int, not true"),
    ):
        with pytest.raises(SpaceError, match=message) as e:
            lower(use(**given))
        assert e.value.code == "E305"


def test_deep_nesting_is_a_typed_error(oracle: Any) -> None:
    deep = "\n".join(f"block b{i} = b{i - 1} >> relu" for i in range(1, 400))
    with pytest.raises(SpaceError) as e:
        oracle.parse(f"block b0 = linear(1 | 2)\n{deep}\nx = b399").lower()
    assert e.value.code in ("E405", "E105")
