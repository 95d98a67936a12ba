"""Sessions: where a question is asked from decides its path, its answer is passed on untouched, and late questions fail."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

import symbolic as sym
from symbolic.python.forward import no_questions
from symbolic.python.program import program
from symbolic.resolver import Decision


class Untouchable:
    """An answer that may only be handed on."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise AssertionError("read")

    __int__ = __index__ = __float__ = __len__ = __iter__ = __symbolic_lift__ = __bool__


@attrs.define
class Mixing:
    """A resolver as a supernet's: stand-ins for numbers, options that are all called, all rounds."""

    paths: list[str] = attrs.field(factory=list)
    labels: dict[str, tuple[str, ...]] = attrs.field(factory=dict)

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        self.paths.append(decision.path)
        self.labels[decision.path] = decision.labels
        calls: list[Any] = [option for option in options if callable(option)]
        return (lambda: [call() for call in calls]) if calls else Untouchable()

    def repeat(self, decision: Decision, body: Callable[[int], Any]) -> Sequence[Any]:
        self.paths.append(decision.path)
        return [body(i) for i in range(int(decision.high))]

    def counted(self, count: Any, body: Callable[[int], Any]) -> Sequence[Any]:
        assert type(count) is Untouchable
        return [body(i) for i in range(2)]


class Leaf:
    def __init__(self, width: object) -> None:
        self.width = width
        self.kernel = sym.oneof(3, 5)


@sym.searchable
class Tree:
    def __init__(self, width: int = sym.Range(1, 4)) -> None:
        self.width = width
        make = sym.oneof({"leaf": lambda: Leaf(width), "pair": lambda: [Leaf(width), Leaf(width)], "none": dict}, name="make")
        self.first, self.second = make(), make()
        self.rest = sym.repeat(lambda i: Leaf(i), width, name="rest")
        self.more = sym.repeat(lambda i: sym.floating(0.0, 1.0, name="rate"), 0, 2, name="more")


def test_a_mixing_resolver_meets_every_option_under_one_stable_name() -> None:
    made = program(Tree, "m::Tree")
    resolver = Mixing()
    tree: Any = made.run({}, resolver, "model")
    inner = ["leaf/leaf/kernel", "pair/leaf[0]/kernel", "pair/leaf[1]/kernel"]
    assert resolver.paths == [
        "model/width",
        "model/make",
        *(f"model/make/{path}" for path in inner),
        *(f"model/make/{path}" for path in inner),
        "model/rest[0]/leaf/kernel",
        "model/rest[1]/leaf/kernel",
        "model/more",
        "model/more[0]/rate",
        "model/more[1]/rate",
    ]
    assert resolver.labels["model/make"] == ("leaf", "pair", "none") and resolver.labels["model/make/leaf/leaf/kernel"] == (
        "3",
        "5",
    )
    assert type(tree.width) is Untouchable and tree.first[0].width is tree.width and tree.first[2] == {}


def test_given_arguments_are_not_asked() -> None:
    resolver = Mixing()
    program(Tree, "m::Tree").run({"width": 1}, resolver, "net")
    assert "net/width" not in resolver.paths and resolver.paths[0] == "net/make" and "net/rest[0]/leaf/kernel" in resolver.paths


SWITCH: list[bool] = []


class Moody:
    def __init__(self) -> None:
        self.a = sym.oneof(1, 2)
        if SWITCH:
            self.b = sym.oneof(1, 2)


def test_a_decision_that_tracing_did_not_see_is_an_error() -> None:
    made = program(Moody, "m::Moody")
    SWITCH.append(True)
    try:
        with pytest.raises(sym.SpaceError, match=r"E707 decision 'b' was not seen when the space was traced"):
            made.run({}, Mixing(), "model")
    finally:
        SWITCH.clear()


class Lazy:
    def __init__(self) -> None:
        self.make = sym.oneof({"leaf": lambda: Leaf(1), "none": dict})
        self.made = self.make()


@attrs.frozen
class First:
    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        return options[0]

    def repeat(self, decision: Decision, body: Callable[[int], Any]) -> Sequence[Any]:
        return [body(0)]

    def counted(self, count: int, body: Callable[[int], Any]) -> Sequence[Any]:
        return [body(i) for i in range(count)]


def test_an_option_with_questions_cannot_be_called_when_construction_is_over() -> None:
    lazy: Any = program(Lazy, "m::Lazy").run({}, First(), "model")
    with pytest.raises(sym.SpaceError, match=r"E706 'make/leaf' is asked while the network runs"):
        lazy.make()


def test_no_questions_while_a_network_runs() -> None:
    with no_questions(), pytest.raises(sym.SpaceError, match=r"E706 'kernel' is asked while the network runs"):
        Leaf(1)
    assert Leaf(1).kernel == 3


class Outer:
    """A build inside a build is its own world."""

    def __init__(self) -> None:
        self.a = sym.oneof(1, 2)
        inner = sym.space(Leaf2)
        self.inner = inner.candidate({"model/kernel": 7, "model/size": 2}).build()
        self.b = sym.oneof(1, 2)


class Leaf2:
    def __init__(self) -> None:
        self.kernel = sym.oneof(5, 7)
        self.size = sym.integer(1, 2)


def test_a_build_inside_a_build_is_its_own_world() -> None:
    space = sym.space(Outer)
    assert space.lower().path == ("model/a", "model/b")
    assert space.sample(1)[0].build().inner.kernel == 7


class Threaded:
    def __init__(self) -> None:
        self.kernel = 0

        def ask() -> None:
            self.kernel = sym.oneof(3, 5, name="kernel")

        thread = threading.Thread(target=contextvars.copy_context().run, args=(ask,))
        thread.start()
        thread.join()


def test_a_thread_of_the_constructor_needs_its_context() -> None:
    space = sym.space(Threaded)
    assert space.lower().path == ("model/kernel",)
    assert space.candidate({"model/kernel": 5}).build().kernel == 5


class Base:
    def __init__(self, width: int) -> None:
        self.width = width
        self.kernel = sym.oneof(3, 5)


class Derived(Base):
    def __init__(self) -> None:
        super().__init__(sym.integer(1, 4, name="width"))
        self.rate = sym.floating(0.0, 1.0)


class Family:
    def __init__(self) -> None:
        self.one = Derived()
        self.left, self.right = Derived(), Derived()
        self.many = [Derived() for _ in range(2)]
        self.loose()

    def loose(self) -> None:
        parts = []
        for _ in range(2):
            parts.append(Derived())
        self.parts = parts


def test_the_constructors_of_one_object_are_one_scope_and_helpers_open_none() -> None:
    paths = set(sym.space(Family).lower().path)
    scopes = {path.rpartition("/")[0] for path in paths}
    assert scopes == {f"model/{name}" for name in ("one", "left", "right", "many[0]", "many[1]", "derived[0]", "derived[1]")}
    assert {path.rpartition("/")[2] for path in paths} == {"width", "kernel", "rate"}
