"""An objective given as a target is refused before it is run, or after one run; it never trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import symbolic as sym

RUNS: list[str] = []
HELPERS: dict[str, Callable[[torch.Tensor], None]] = {"gradient": torch.Tensor.backward}


def annotated() -> float:
    RUNS.append("run")
    return sym.floating(0.0, 1.0, name="x")


def quoted() -> int:
    RUNS.append("run")
    return sym.integer(1, 3, name="x")


def procedure() -> None:
    RUNS.append("run")


def unsaid():  # type: ignore[no-untyped-def]
    RUNS.append("run")
    return 1.0 - sym.floating(0.0, 1.0, name="x")


def pair():  # type: ignore[no-untyped-def]
    RUNS.append("run")
    return sym.floating(0.0, 1.0, name="x"), 3


def tensor():  # type: ignore[no-untyped-def]
    RUNS.append("run")
    return nn.Linear(sym.integer(1, 3, name="x"), 1)(torch.zeros(1, 1)).sum() if RUNS[1:] else torch.zeros(())


def by_name() -> Any:
    RUNS.append("run")
    net = nn.Linear(2, sym.integer(1, 3, name="x"))
    net(torch.ones(1, 2)).sum().backward()
    return net


def hidden() -> Any:
    """Trains in a way that no text tells."""
    net = nn.Linear(2, sym.integer(1, 3, name="x"))
    HELPERS["gradient"](net(torch.ones(1, 2)).sum())
    RUNS.append("trained")
    return net


def scikit() -> Any:
    from sklearn.linear_model import Ridge  # type: ignore[import-untyped]

    RUNS.append("run")
    return Ridge(sym.floating(0.1, 1.0, name="x")).fit([[0.0], [1.0]], [0.0, 1.0]).score([[0.0], [1.0]], [0.0, 1.0])


def with_trial(trial: Any) -> Any:
    return trial


CASES: list[tuple[Callable[..., Any], int, str]] = [
    (annotated, 0, r"returns a number \(float\)"),
    (quoted, 0, r"returns a number \(int\)"),
    (procedure, 0, "returns nothing"),
    (by_name, 0, r"trains or scores something \(backward, itself\)"),
    (scikit, 0, r"trains or scores something \(fit, score, itself\)"),
    (with_trial, 0, "needs a value for its parameter 'trial'"),
    (hidden, 0, "hidden trains while its choices are looked for"),
    (unsaid, 1, r"returns the number 0\.5"),
    (pair, 1, r"returns the numbers \(0\.5, 3\)"),
    (tensor, 1, "returns the number tensor"),
]


@pytest.mark.parametrize(("target", "runs", "message"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_objectives_are_no_targets(target: Callable[..., Any], runs: int, message: str) -> None:
    RUNS.clear()
    with pytest.raises(sym.SpaceError, match=rf"E711 .*{message}[\s\S]*evaluate="):
        sym.space(target)
    assert len(RUNS) == runs


def test_search_refuses_before_it_opens_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    RUNS.clear()
    with pytest.raises(sym.SpaceError, match="evaluate="):
        sym.search(annotated, trials=3)
    assert RUNS == [] and list(tmp_path.iterdir()) == []


def test_a_call_of_a_function_that_trains_is_none_either() -> None:
    RUNS.clear()
    with pytest.raises(sym.SpaceError, match=r"E711 .* trains or scores something"):
        sym.space(sym.call(by_name))
    with pytest.raises(sym.SpaceError, match=r"E711 .* trains while its choices are looked for"):
        sym.space(sym.call(hidden))
    assert RUNS == []


@sym.searchable
def builder(width: int = sym.Range(1, 3)) -> nn.Module:
    """A function that builds is a target."""
    net = nn.Linear(2, width)
    net(torch.zeros(1, 2)).sum()
    return net


def test_functions_that_build_are_targets() -> None:
    assert sym.space(builder).size().value == 3
