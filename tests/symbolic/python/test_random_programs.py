"""Random programs, written out as source files: brute force, both tracers and the text must agree on each."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

import symbolic as sym
from symbolic.python.places import name_places
from symbolic.python.program import Program, program
from symbolic.python.trace import trace_slowly
from symbolic.space import Space

LIMIT = 400


@attrs.define
class Writer:
    """Writes a constructor at random: questions, branches on earlier answers, options that ask, repeats, objects, scopes."""

    rng: random.Random
    lines: list[str] = attrs.field(factory=list)
    serial: int = 0
    left: int = 7

    def fresh(self) -> str:
        self.serial += 1
        return f"v{self.serial}"

    def add(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def block(self, depth: int, names: list[str]) -> None:
        """Write one to three statements; `names` are the answers that may be read."""
        names = list(names)
        self.add(depth, "pass")
        for _ in range(self.rng.randint(1, 3)):
            if self.left > 0:
                self.left -= 1
                self.statement(depth, names)

    def statement(self, depth: int, names: list[str]) -> None:
        kinds = ["number", "number", "text", "integer", "options", "repeat", "unit", "units", "scope"]
        if names:
            kinds += ["if", "if", "if", "loop", "counted"]
        name, kind = self.fresh(), self.rng.choice(kinds)
        match kind:
            case "number":
                self.add(depth, f"{name} = sym.oneof({', '.join(str(x) for x in range(1, self.rng.randint(3, 4)))})")
                names.append(name)
            case "text":
                self.add(depth, f'{name} = len(sym.oneof("a", "bb", name="{name}"))')
                names.append(name)
            case "integer":
                low = self.rng.randint(0, 2)
                self.add(depth, f"{name} = sym.integer({low}, {low + self.rng.randint(1, 2)})")
                names.append(name)
            case "if":
                self.branch(depth, names)
            case "loop":
                self.add(depth, f"{name} = [Unit() for _ in range({self.rng.choice(names)})]")
            case "counted":
                self.add(depth, f'{name} = sym.repeat(lambda i: Unit(), {self.rng.choice(names)}, name="{name}")')
            case "unit":
                self.add(depth, f"{name} = Unit()")
            case "units":
                self.add(depth, f"{name} = [Unit() if i else Pair() for i in range(2)]")
            case "scope":
                self.add(depth, f'with sym.scope("{name}", {self.rng.choice([None, 0, 1])}):')
                self.block(depth + 1, names)
            case "options" | "repeat":
                self.function(depth, name, names, kind)

    def branch(self, depth: int, names: list[str]) -> None:
        chosen = self.rng.sample(names, min(len(names), self.rng.randint(1, 2)))
        tests = [f"{name} {self.rng.choice(['==', '>', '!='])} {self.rng.randint(1, 2)}" for name in chosen]
        self.add(depth, f"if {' and '.join(tests)}:")
        self.block(depth + 1, names)
        if self.rng.random() < 0.4:
            self.add(depth, "else:")
            self.block(depth + 1, names)

    def function(self, depth: int, name: str, names: list[str], kind: str) -> None:
        self.add(depth, f"def {name}_body(i: int = 0) -> object:")
        self.block(depth + 1, names)
        self.add(depth + 1, "return object()")
        if kind == "options":
            self.add(depth, f'{name} = sym.oneof({{"f": {name}_body, "g": dict, "u": Unit}})()')
        else:
            low = self.rng.randint(0, 1)
            self.add(depth, f"{name} = sym.repeat({name}_body, {low}, {low + self.rng.randint(1, 2)})")


def source(seed: int) -> str:
    """Return a random program."""
    writer = Writer(random.Random(seed))
    writer.block(2, [])
    writer.add(2, 'last = sym.oneof(1, 2, name="last")')
    classes = [
        'class Unit:\n    def __init__(self) -> None:\n        self.k = sym.oneof(3, 5, name="k")\n',
        "class Pair:\n    def __init__(self) -> None:\n        self.a = sym.oneof(1, 2)\n        self.unit = Unit()\n",
        "class Net:\n    def __init__(self) -> None:\n" + "\n".join(writer.lines) + "\n",
    ]
    return "import symbolic as sym\n\n\n" + "\n\n".join(classes)


@pytest.fixture
def module(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """A random program, imported from a file of its own."""
    name = f"random_program_{request.param}"
    path = tmp_path / f"{name}.py"
    path.write_text(source(request.param))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    yield made
    del sys.modules[name]


def _conditions(found: Any) -> dict[str, dict[str, set[Any]]]:
    return {d.path: {p.path: set(v) for p, v in found.conditions[d].items()} for d in found.decisions}


@pytest.mark.parametrize("module", range(60), indirect=True)
def test_a_random_program(
    module: ModuleType, by_brute_force: Callable[[Program], set[Any]], by_table: Callable[[Space], set[Any]]
) -> None:
    space = sym.space(module.Net)
    assert sym.parse(space.text()) == space
    made = program(module.Net, f"{module.__name__}::Net")
    slow = trace_slowly(module.Net, "Net")
    name_places(slow.root)
    assert {d.path for d in made.trace.decisions} == {d.path for d in slow.decisions}
    if space.size().value <= LIMIT:
        assert by_brute_force(made) == by_table(space)
    for candidate in space.sample(5, seed=1, how="uniform"):
        candidate.build()
