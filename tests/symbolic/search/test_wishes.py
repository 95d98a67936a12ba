"""Settings of the wrong type or out of range are refused with what is allowed, before anything is opened."""

from __future__ import annotations

import re
from typing import Any

import pytest

import symbolic as sym
from symbolic.search.wishes import Wishes

SPACE = sym.parse("space s\nx = 1..9\n")

WRONG: list[tuple[str, Any]] = [
    *(("trials", v) for v in (0, -3, 1.5, "8", True, 10**400)),
    *(("workers", v) for v in (-1, 1.0, "2", None, True)),
    *(("seed", v) for v in (-1, 1.5, "a", None, True, 2**64, 10**30)),
    *(("algorithm", v) for v in (None, 3, dict, object())),
    *(("backend", v) for v in (3, dict)),
    *(("task", v) for v in (3, dict)),
    *(("objectives", v) for v in ([3], 3, {"x": 1}, b"maximize x")),
    *(("time", v) for v in (0, -1, True, float("nan"), float("inf"), "soon", [1])),
    *(("trial_timeout", v) for v in (0, "never")),
    *(("cost", v) for v in (0, "1", float("nan"))),
    *(("epochs", v) for v in (0, 1.5)),
    *(("executor", v) for v in ("serial", 3)),
    *(("metrics", v) for v in (3, None)),
    *(("study", v) for v in (3, "")),
    *(("store", v) for v in (3, b"s.db", "", True)),
    *(("evaluate", v) for v in ("abc", 3)),
    *(("baseline", v) for v in (1, "no")),
    *(("reuse", v) for v in (1, None)),
    *(("snapshot_s", v) for v in (-1, "1")),
    *(("trust", v) for v in ("a b", 3)),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_wrong_settings_are_refused_by_name_and_value(name: str, value: Any) -> None:
    settings = {"evaluate": lambda v: v["x"], "trials": 1, "listeners": [], name: value}
    with pytest.raises(sym.SymspaceError, match=re.escape(repr(value))) as caught:
        sym.search(SPACE, **settings)
    assert len(str(caught.value)) > 10


@pytest.mark.parametrize("name", ["trials", "time", "cost", "epochs", "executor", "study", "evaluate", "baseline", "task"])
def test_none_is_as_you_see_fit(name: str) -> None:
    assert getattr(Wishes(**{name: None}), name) is None


def test_packages_are_one_or_several() -> None:
    assert Wishes(trust="timm").trust == ("timm",)
    assert Wishes(trust=["timm", "einops"]).trust == ("timm", "einops")


@pytest.mark.parametrize("seed", [-1, 2**64, None, "a", 1.9, True, 99999999999999999999999])
def test_samples_need_a_seed_that_is_one(seed: Any) -> None:
    with pytest.raises(sym.SymspaceError, match=re.escape(repr(seed))):
        SPACE.sample(1, seed=seed)


@pytest.mark.parametrize("n", [-1, 1.5, None, True])
def test_samples_need_a_number_that_is_one(n: Any) -> None:
    with pytest.raises(sym.SymspaceError, match=re.escape(repr(n))):
        SPACE.sample(n)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("listeners", v) for v in (3, print, "x", [3], ["x"])),
        *(("stop", v) for v in (3, "x", lambda: True)),
        *((name, v) for name in ("migrate", "switch") for v in (3, "no", None)),
    ],
)
def test_what_is_no_part_of_a_plan_is_checked_too(name: str, value: Any) -> None:
    with pytest.raises(sym.SymspaceError, match=f"^{name}="):
        sym.search(SPACE, **{"evaluate": lambda v: v["x"], "trials": 1, "listeners": [], name: value})
