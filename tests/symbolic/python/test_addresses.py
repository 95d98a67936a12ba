"""`rebind` by address: a value anywhere in the arguments of a call is replaced, nothing changes in place, typos are errors."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

import symbolic as sym


def note(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    return (*args, kwargs)


def strict(x: int, *, y: int = 2) -> tuple[int, int]:
    return x, y


@dataclasses.dataclass
class Config:
    width: Any
    rates: Any = ()


def made() -> Any:
    inner = sym.call(note, y=[1, 2])
    choice = sym.OneOf({"a": inner, "b": None})
    return sym.call(
        note,
        setting=[[1, 16], [sym.OneOf(3, 6), 24]],
        cfg=Config(3, (1, 2)),
        extra={"a.b": 1},
        opt=choice,
        part=sym.call(strict, 1),
    )


def plain(**changes: Any) -> dict[str, Any]:
    default = {
        "setting": [[1, 16], [3, 24]],
        "cfg": Config(3, (1, 2)),
        "extra": {"a.b": 1},
        "opt": ({"y": [1, 2]},),
        "part": (1, 2),
    }
    return {**default, **changes}


PLACES: list[tuple[str, Any, dict[str, Any]]] = [
    ("setting[1][0]", 9, {"setting": [[1, 16], [9, 24]]}),
    ("setting/0", [7], {"setting": [[7], [3, 24]]}),
    ("cfg.width", 4, {"cfg": Config(4, (1, 2))}),
    ("cfg/rates/1", 5, {"cfg": Config(3, (1, 5))}),
    ("extra/a.b", 2, {"extra": {"a.b": 2}}),
    ("opt/a/y/1", 8, {"opt": ({"y": [1, 8]},)}),
    ("part.y", 6, {"part": (1, 6)}),
    ("cfg", None, {"cfg": None}),
]


@pytest.mark.parametrize(("address", "value", "changes"), PLACES)
def test_a_value_at_an_address_is_replaced(address: str, value: Any, changes: dict[str, Any]) -> None:
    first = made()
    changed = first.rebind({address: value})
    assert changed() == (plain(**changes),) == sym.rebind(first, {address: value})()
    assert first() == (plain(),)


def test_choices_are_put_in_and_taken_out() -> None:
    space = sym.space(made().rebind({"setting[1][0]": 5, "cfg.rates[1]": sym.Range(1, 4), "opt/a/y/0": sym.OneOf(7, 8)}))
    assert space.lower().path == ("model/cfg/rates/1", "model/opt", "model/opt/a/y/0")
    assert space.size().value == 4 * 3 and sym.parse(space.text()) == space


def test_several_at_once_and_with_names() -> None:
    changed = made().rebind({"setting[0][0]": 2, "setting[0][1]": 32}, cfg=Config(1))
    assert changed() == (plain(setting=[[2, 32], [3, 24]], cfg=Config(1)),)


WRONG: list[tuple[Any, str]] = [
    ("setting[9]", "E711 'setting[9]' leads nowhere: there is no '9'"),
    ("setting[1][0", "E711 'setting[1][0' is no address"),
    ("", "E711 '' is no address"),
    (3, "E711 3 is no address"),
    ("a//b", "E711 'a//b' is no address"),
    (".cfg", "E711 '.cfg' is no address"),
    ("cfg.widht", "did you mean 'width'?"),
    ("cfg.width.x", "E711 'cfg.width.x' leads into 3, which holds no values"),
    ("opt/a", "E711 'opt/a' leads to an option of a choice"),
    ("opt/c/0", "there are a, b"),
    ("part.z", "E203 strict has no argument 'z'"),
    ("nope/1", "E711 'nope/1' leads nowhere"),
]


@pytest.mark.parametrize(("address", "message"), WRONG)
def test_wrong_addresses(address: Any, message: str) -> None:
    with pytest.raises(sym.SpaceError, match=re.escape(message)):
        made().rebind({address: 5})
    with pytest.raises(sym.SpaceError, match=r"E711 .* leads into the range 1\.\.3"):
        sym.call(note, n=sym.Range(1, 3)).rebind({"n/0": 1})


def test_values_that_are_no_dict() -> None:
    with pytest.raises(sym.SpaceError, match="E711 5 is no dict of addresses"):
        made().rebind(5)
