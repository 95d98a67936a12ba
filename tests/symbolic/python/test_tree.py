"""How programs are written in the language: records, guards on whole records, references, formulas; and what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import symbolic as sym


class Unit:
    def __init__(self) -> None:
        self.k = sym.oneof(3, 5)
        self.w = sym.integer(1, 4)


class Guards:
    """A condition of everything in a scope stands on the scope."""

    def __init__(self) -> None:
        self.kind = sym.oneof("a", "b", "c")
        self.size = sym.integer(1, 6)
        if self.kind == "b":
            self.unit = Unit()
        if self.size >= 4 and self.kind != "a":
            self.late = sym.oneof(True, False)
        if self.size in (1, 3):
            self.odd = sym.oneof(None, 0.5)


class Looking:
    """Conditions that read what stands inside an option, a scope and a round."""

    def __init__(self) -> None:
        self.unit = Unit()
        if self.unit.k == 5:
            self.a = sym.oneof(1, 2)
        part = sym.oneof({"unit": Unit, "other": Other}, name="part")()
        if part.k == 3:
            self.b = sym.oneof(1, 2)


class Other:
    def __init__(self) -> None:
        self.k = 7


class Arithmetic:
    def __init__(self) -> None:
        n, m = sym.integer(1, 2, name="n"), sym.integer(1, 3, name="m")
        self.sum = sym.repeat(lambda i: sym.oneof(1, 2, name="x"), n + m - 1, name="sum")
        self.most = sym.integer(1, sym.lift(max, n, m) * 2)
        self.rate = sym.floating(0.0, n / 2)


class Documented:
    def __init__(self) -> None:
        self.k = sym.oneof(1, 2, doc="the kernel", weights=(1, 3), default=2)
        self.lr = sym.floating(1e-4, 0.1, log=True, prior=1e-2)
        self.w = sym.integer(8, 64, step=8, default=16)


TEXTS: dict[Callable[..., Any], str] = {
    Guards: '{ kind: "a" | "b" | "c", size: 1..6, unit: { k: 3 | 5, w: 1..4 } when kind is b, '
    "late: true | false when kind is not a and size >= 4, odd: none | 0.5 when size in [1, 3] }",
    Looking: "{ unit: { k: 3 | 5, w: 1..4 }, a: 1 | 2 when unit.k == 5, part: { k: 3 | 5, w: 1..4 } as unit | "
    f"{__name__}::Other as other, b: 1 | 2 when part.unit.k == 3 }}",
    Arithmetic: '{ n: 1..2, m: 1..3, "sum[0]": { x: 1 | 2 }, "sum[1]": { x: 1 | 2 } when n + m - 1 > 1, '
    '"sum[2]": { x: 1 | 2 } when n + m - 1 > 2, "sum[3]": { x: 1 | 2 } when n + m - 1 > 3, '
    "most: 1..max(n, m) * 2, rate: 0.0..n / 2 }",
    Documented: "{ k: 1 | default 2 @ 3, lr: 0.0001..0.1 prior 0.01 log, w: 8..64 step 8 default 16 }",
}


@pytest.mark.parametrize("target", TEXTS, ids=lambda t: t.__name__)
def test_text(target: Callable[..., Any]) -> None:
    space = sym.space(target)
    assert space.text().splitlines()[1] == f"model = {target.__module__}::{target.__name__}() with {TEXTS[target]}"
    assert sym.parse(space.text()) == space


@pytest.mark.parametrize("target", TEXTS, ids=lambda t: t.__name__)
def test_builds_ask_what_is_active(target: Callable[..., Any], asked_in_build: Callable[[Any], list[str]]) -> None:
    for candidate in sym.space(target).sample(30, seed=2):
        assert set(asked_in_build(candidate)) == set(candidate.to_dict())


def test_docs_and_places_come_along() -> None:
    table = sym.space(Documented).lower()
    assert [span is not None and span.line for span in table.spans] == [
        Documented.__init__.__code__.co_firstlineno + line for line in (1, 2, 3)
    ]
    record = sym.space(Documented).root.fields[0].value.sites  # type: ignore[union-attr]
    assert record is not None and record.fields[0].doc == "the kernel"


class Hidden:
    """The name of what a condition reads is taken nearer by."""

    def __init__(self) -> None:
        self.k = sym.oneof(1, 2)
        self.inner = HiddenInner(self.k)


class HiddenInner:
    def __init__(self, outer: int) -> None:
        self.k = sym.oneof(3, 5)
        if outer == 2:
            self.more = sym.oneof(1, 2)


class Later:
    """A scope is entered again after what its condition reads."""

    def __init__(self) -> None:
        with sym.scope("a"):
            self.x = sym.oneof(1, 2)
        self.c = sym.oneof(1, 2)
        with sym.scope("a"):
            if self.c == 2:
                self.y = sym.oneof(1, 2)


class Odd:
    def __init__(self) -> None:
        n = sym.integer(1, 3)
        self.r = sym.repeat(lambda i: sym.oneof(1, 2, name="x"), sym.lift(_twice, n), name="r")


def _twice(n: int) -> int:
    return 2 * n


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Hidden, "E705 a condition or bound reads 'k', which has no name where it is needed"),
        (Later, "E705 a condition or bound reads 'c', which has no name where it is needed"),
        (Odd, "E209 a count or bound through _twice is not supported"),
    ],
    ids=lambda x: x.__name__ if isinstance(x, type) else "",
)
def test_what_the_language_cannot_say_is_refused(target: Callable[..., Any], message: str) -> None:
    with pytest.raises(sym.SpaceError, match=message):
        sym.space(target)
