"""Every form of the language and its normal form: the text as written and the canonical text it becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbolic.language.load import read
from symbolic.language.printer import print_space
from symbolic.nodes import Arg, Call, Choice, Const, Expr, If, Let, Option, Range, Record, Ref, Repeat, Use
from symbolic.operators import Signature

Operators = dict[str, Signature | None]

FORMS = Path(__file__).with_name("forms.txt")


def forms() -> dict[str, tuple[str, str]]:
    """Read the cases: a comment with the name, the text, a line of dashes, the canonical text without its header."""
    cases = {}
    for case in FORMS.read_text(encoding="utf-8").rstrip("\n").split("\n=====\n"):
        head, _, rest = case.partition("\n")
        written, _, canonical = rest.partition("\n-----\n")
        cases[head.removeprefix("# ")] = (written, canonical)
    return cases


@pytest.mark.parametrize("form", forms())
def test_canonical_text(form: str, operators: Operators) -> None:
    written, expected = forms()[form]
    header = "space space version 1\n"
    body = print_space(read(written, operators=operators).space).removeprefix(header)
    assert body == expected + "\n"
    assert print_space(read(body, operators=operators).space).removeprefix(header) == body


def value(text: str, operators: Operators, key: str = "x") -> object:
    """Return the node of an entry."""
    root = read(text, operators=operators).space.root
    return next(f.value for f in root.fields if f.key == key)


def test_nodes_of_choices(operators: Operators) -> None:
    made = value("x = relu @ 2 | default (1..3) as n", operators)
    assert made == Choice((Option("relu", Call("relu"), 2.0), Option("n", Range(Const(1), Const(3)), 1.0, True)))


def test_nodes_of_sets(operators: Operators) -> None:
    made = value('x = permutation 1..2 of { "a", "b", "c" }', operators)
    options = tuple(Option(c, Const(c)) for c in "abc")
    assert made == Choice(options, "permutation", 1, 2)


def test_nodes_of_a_sequence_with_labels(operators: Operators) -> None:
    made = value("x = relu as a >> repeat 2 as r[i] { linear(i) }", operators)
    body = Call("linear", (Arg("width", Ref("i")),))
    assert made == Call(">>", (Arg("a", Call("relu")), Arg(None, Repeat(Const(2), body, "r", "i"))))


def test_a_let_is_one_decision_and_a_shared_choice_is_used_by_name(operators: Operators) -> None:
    made = value("shared a = relu | gelu\nx = { let k = 3 | 5; a >> linear(k) }", operators)
    choice = Choice((Option("3", Const(3)), Option("5", Const(5))))
    body = Call(">>", (Arg(None, Use("a")), Arg(None, Call("linear", (Arg("width", Ref("k")),)))))
    assert made == Let((Arg("k", choice),), body)


def test_guards_are_ifs_without_other(operators: Operators) -> None:
    made = value("x { a: 1..3, b: 2..4 when a == 2 }", operators)
    assert isinstance(made, Record)
    condition = Expr("==", (Ref("a"), Const(2)))
    assert made.fields[1].value == If(condition, Range(Const(2), Const(4)))


def test_references_keep_keys_indices_and_expressions_apart(operators: Operators) -> None:
    text = 'n = 0..2\ny = repeat 3 { a: 1..2 }\nx = y[n + 1].a + y[1]["a"] + y[n].a'
    made = value(text, operators)
    assert isinstance(made, Expr)
    assert isinstance(made.args[0], Expr)
    refs = [*made.args[0].args, made.args[1]]
    assert refs == [Ref("y", (Expr("+", (Ref("n"), Const(1))), "a")), Ref("y", (1, "a")), Ref("y", (Ref("n"), "a"))]


def test_metrics_take_an_entry(operators: Operators) -> None:
    space = read("x = linear(8)\nminimize log(error) + params(x)\nrequire latency(x) <= 5ms", operators=operators).space
    error, params = Expr("metric", (Const("error"),)), Expr("metric", (Const("params"), Ref("x")))
    assert space.objectives[0].expression == Expr("+", (Expr("log", (error,)), params))
    latency = Expr("metric", (Const("latency"), Ref("x")))
    assert space.constraints[0].condition == Expr("<=", (latency, Const(0.005, "s")))


def test_a_metric_of_the_users_own_needs_no_task(operators: Operators) -> None:
    space = read("x = 1..3\nmaximize energy", operators=operators).space
    assert space.objectives[0].expression == Expr("metric", (Const("energy"),))


def test_one_and_true_are_three_constants(operators: Operators) -> None:
    text = "x = [1, 1.0, true]"
    made = value(text, operators)
    assert isinstance(made, Call)
    assert [type(a.value.value) for a in made.args if isinstance(a.value, Const)] == [int, float, bool]


def test_header_task_and_order(operators: Operators) -> None:
    text = "space a.b version 4\nmaximize accuracy\ny = 1 | 2\ntask t\nminimize params(y)\nx = 1 | 2\nforbid x == y"
    space = read(text, operators=operators).space
    assert (space.name, space.version, space.task) == ("a.b", 4, Call("t"))
    assert list(space.entries) == ["y", "x"] and [g.maximize for g in space.objectives] == [True, False]
    text = print_space(space)
    starts = [line.split()[0] for line in text.splitlines()]
    assert starts == ["space", "task", "y", "x", "maximize", "minimize", "forbid"]
