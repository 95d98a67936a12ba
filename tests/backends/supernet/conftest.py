"""A plain resolver and small hand-written programs for the tests of the elastic engine."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
import torch

from backends.supernet.verify import Sample
from backends.torch.device import using_threads
from symbolic.resolver import Decision, Resolver

Program = Callable[[Resolver], torch.nn.Module]


@attrs.frozen
class Values:
    """Answers each decision with the value of a candidate; `asked` collects the decisions that were met."""

    values: Mapping[str, Any]
    asked: dict[str, Decision] = attrs.field(factory=dict)
    mixes: bool = False

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        self.asked[decision.path] = decision
        value = self.values[decision.path]
        return options[value] if decision.kind == "one" else value

    def repeat(self, decision: Decision, body: Callable[[int], Any]) -> list[Any]:
        self.asked[decision.path] = decision
        return [body(i) for i in range(self.values[decision.path])]

    def counted(self, count: int, body: Callable[[int], Any]) -> list[Any]:
        return [body(i) for i in range(count)]


class _Draws(dict[str, Any]):
    """Values drawn when they are first asked for."""

    def __init__(self, generator: random.Random, fixed: Mapping[str, Any]) -> None:
        super().__init__(fixed)
        self.generator = generator
        self.decisions: dict[str, Decision] = {}

    def value(self, decision: Decision, count: int) -> Any:
        if decision.path not in self:
            if decision.kind == "one":
                self[decision.path] = self.generator.randrange(count)
            elif decision.kind == "float":
                self[decision.path] = self.generator.uniform(decision.low, decision.high)
            else:
                self[decision.path] = self.generator.randrange(
                    int(decision.low), int(decision.high) + 1, int(decision.step or 1)
                )
        self.decisions[decision.path] = decision
        return self[decision.path]


@attrs.frozen
class _Drawing:
    draws: _Draws
    mixes: bool = False

    def answer(self, decision: Decision, options: Sequence[object]) -> object:
        value = self.draws.value(decision, len(options))
        return options[value] if decision.kind == "one" else value

    def repeat(self, decision: Decision, body: Callable[[int], Any]) -> list[Any]:
        return [body(i) for i in range(self.draws.value(decision, 0))]

    def counted(self, count: int, body: Callable[[int], Any]) -> list[Any]:
        return [body(i) for i in range(count)]


def draw(program: Program, generator: random.Random, fixed: Mapping[str, Any] | None = None) -> Sample:
    """Draw a candidate of a program (options of a choice as codes) with some values fixed."""
    draws = _Draws(generator, fixed or {})
    program(_Drawing(draws))
    codes, reals = {}, {}
    for path, decision in draws.decisions.items():
        if decision.kind == "float":
            reals[path] = draws[path]
        elif decision.kind == "one":
            codes[path] = draws[path]
        else:
            codes[path] = (draws[path] - int(decision.low)) // int(decision.step or 1)
    values = dict(draws)
    return Sample(codes, reals, lambda: program(Values(values)), str(values))


def draws(program: Program, count: int, seed: int = 0, **fixed: Any) -> list[Sample]:
    """Draw candidates of a program."""
    generator = random.Random(seed)
    return [draw(program, generator, fixed) for _ in range(count)]


@pytest.fixture
def candidates() -> Callable[..., list[Sample]]:
    """How to draw candidates of a hand-written program: `candidates(program, count, seed=0, path=value)`."""
    return draws


@pytest.fixture(autouse=True)
def _generator() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Small networks are quickest on one thread, above all on a busy machine."""
    with using_threads(1):
        yield


@pytest.fixture(scope="session")
def programs() -> Iterator[Any]:
    """The module `programs.py` beside this file: classes need a module that can be imported."""
    folder = str(Path(__file__).parent)
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module("programs")
    finally:
        sys.path.remove(folder)
