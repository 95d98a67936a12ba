"""What a function reaches: helpers, methods, properties, functions around it; nothing that only looks alike."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from torch import nn

import symbolic as sym
from symbolic.python.forward import check_forward
from symbolic.python.reach import reached


def asks() -> int:
    return sym.integer(1, 3, name="n")


def deeper() -> int:
    return asks()


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return function(*args)

    return call


def pick(_: object) -> bool:
    return asks() > 1


class Owner:
    def by_method(self) -> Any:
        return self.method()

    def method(self) -> Any:
        return asks()

    @property
    def prop(self) -> Any:
        return asks()

    def by_property(self) -> Any:
        return self.prop

    @staticmethod
    def static() -> Any:
        return deeper()

    def by_static(self) -> Any:
        return self.static()

    @classmethod
    def maker(cls) -> Any:
        return asks()

    def by_class_method(self) -> Any:
        return [self.maker() for _ in range(2)]

    def inside(self) -> Any:
        def inner() -> Any:
            return self.method()

        return inner()

    @decorated
    def wrapped(self) -> Any:
        return asks()

    def given_to_another(self) -> Any:
        return list(filter(pick, ()))

    def itself(self) -> Any:
        return self.itself() if self else None

    def of_others(self, other: Any) -> Any:
        return other.method(), other.asks(), "asks"

    def nothing(self, asks: Any) -> Any:
        return asks()


def names(function: Any, owner: type | None = None) -> set[str]:
    return {each.code.co_name for each in reached(function, owner)}


@pytest.mark.parametrize(
    "name",
    ["by_method", "method", "by_property", "by_static", "by_class_method", "inside", "wrapped", "given_to_another"],
)
def test_reaches(name: str) -> None:
    assert "asks" in names(getattr(Owner, name), Owner)


@pytest.mark.parametrize("name", ["itself", "of_others", "nothing"])
def test_does_not_reach(name: str) -> None:
    assert "asks" not in names(getattr(Owner, name), Owner)


def test_variables_of_the_functions_around() -> None:
    def maker() -> int:
        return asks()

    assert "asks" in names(lambda: maker())


class Good(nn.Module):
    """Asks in methods of construction; what it calls in `forward` has like names elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = self.make()

    def make(self) -> nn.Module:
        return nn.Linear(2, sym.oneof(1, 2, name="k"))

    def forward(self, x: Any) -> Any:
        return self.layer(x).make()


def test_construction_may_ask_in_methods() -> None:
    check_forward([Good])
    assert sym.space(Good).size().value == 2
