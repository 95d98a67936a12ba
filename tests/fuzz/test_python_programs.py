"""Mutated annotated programs: each is a typed error with a position, or a valid space; none hangs, none ends in a traceback.

A program whose own code is broken by the mutation (a name that does not exist) may fail as Python lets it fail.
"""

from __future__ import annotations

import ast
import copy
import importlib.util
import random
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import symbolic as sym

ROOT = Path(__file__).parents[2]
SEEDS = sorted(Path(__file__).parent.glob("programs/*.py"))
ERRORS = sorted((ROOT / "tests" / "symbolic" / "python" / "errors").glob("*.py"))
LIMIT_S = 30
ASKING = ["oneof", "subset", "permutation", "integer", "floating", "repeat", "scope", "lift"]
WORDS = [*ASKING, "OneOf", "Range", "Subset", "Permutation", "searchable", "call", "rebind", "edit"]
KEYWORDS = ["name", "default", "weights", "prior", "doc", "shared", "step", "log", "pick", "low", "high", "index"]
VALUES = [
    "0", "1", "-1", "2", "3", "10**6", "0.0", "-0.5", "1e-300", "float('nan')", "float('inf')", "True", "None", "''", "'a'",
    "'a/b'", "'k'", "[]", "()", "{}", "[1, 2]", "(1, 2)", "{'a': 1}", "{1: 2}", "lambda: 3", "object()", "int", "print",
    "sym.oneof(1, 2)", "sym.oneof(1, 2, name='k')", "sym.Range(1, 3)", "sym.integer(1, 9, name='n')", "sym", "b'x'", "1j",
    "'\\ud800'", "range(3)", "{1, 2}", "x for x in (1, 2)",
]  # fmt: skip


class Mutator:
    """Changes a syntax tree at random places."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def program(self, tree: ast.Module) -> str:
        """Return the text of a program after one to four changes."""
        tree = copy.deepcopy(tree)
        for _ in range(self.rng.randint(1, 4)):
            change = self.rng.choice([self.value, self.value, self.call, self.call, self.keyword, self.statement, self.branch])
            change(tree)
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"

    def value(self, tree: ast.Module) -> None:
        """Replace a constant or an argument."""
        holders = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
        constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and not isinstance(node.value, str)]
        if holders and (not constants or self.rng.random() < 0.6):
            call = self.rng.choice(holders)
            call.args[self.rng.randrange(len(call.args))] = self.fresh()
        elif constants:
            self.rng.choice(constants).value = self.rng.choice([0, 1, -1, 2, 7, 0.5, 1e9, True, None, "a", "k"])

    def call(self, tree: ast.Module) -> None:
        """Change a call of ours: its word, the number or order of its arguments."""
        ours = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and getattr(n.value, "id", None) == "sym"]
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
        match self.rng.randrange(4):
            case 0 if ours:
                self.rng.choice(ours).attr = self.rng.choice(WORDS)
            case 1 if calls:
                self.rng.choice(calls).args.append(self.fresh())
            case 2 if calls:
                call = self.rng.choice(calls)
                call.args = call.args[: self.rng.randint(0, len(call.args))]
            case _ if calls:
                self.rng.shuffle(self.rng.choice(calls).args)
            case _:
                pass

    def keyword(self, tree: ast.Module) -> None:
        """Add, change or drop a keyword argument."""
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        if not calls:
            return
        call = self.rng.choice(calls)
        if call.keywords and self.rng.random() < 0.5:
            call.keywords.pop(self.rng.randrange(len(call.keywords)))
        name = self.rng.choice(KEYWORDS)
        if all(keyword.arg != name for keyword in call.keywords):
            call.keywords.append(ast.keyword(name, self.fresh()))

    def statement(self, tree: ast.Module) -> None:
        """Drop, repeat, swap or move a statement, also to another class, to a header's neighbourhood, to the module."""
        bodies = [node.body for node in ast.walk(tree) if isinstance(getattr(node, "body", None), list) and node.body]
        source, other = self.rng.choice(bodies), self.rng.choice(bodies)
        taken = copy.deepcopy(self.rng.choice(source))
        match self.rng.randrange(3):
            case 0 if len(source) > 1:
                source.pop(self.rng.randrange(len(source)))
            case 1:
                source.insert(self.rng.randrange(len(source) + 1), taken)
            case _:
                other.insert(self.rng.randrange(len(other) + 1), taken)

    def branch(self, tree: ast.Module) -> None:
        """Put a statement of a function under a condition, a loop, or a `try`."""
        bodies = [node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.body]
        if not bodies:
            return
        body = self.rng.choice(bodies)
        position = self.rng.randrange(len(body))
        name = self.rng.choice(["n", "width", "kind", "depth", "kernel", "self.ops", "lr", "sym.oneof(1, 2, name='q')"])
        head = self.rng.choice([f"if {name} == 1:", f"if {name}:", "for i in range(2):", "try:", f"for i in range({name}):"])
        (made,) = ast.parse(f"{head}\n    pass\n" + ("except Exception:\n    pass\n" if head == "try:" else "")).body
        assert isinstance(made, ast.If | ast.For | ast.Try)
        made.body = [body[position]]
        body[position] = made

    def fresh(self) -> ast.expr:
        """Return a value that may not fit."""
        return ast.parse(f"({self.rng.choice(VALUES)})", mode="eval").body


def mutated(number: int) -> str:
    """Return one mutated program: of the seeds mostly, of the traps else."""
    rng = random.Random(number)
    path = rng.choice(SEEDS if rng.random() < 0.75 else ERRORS)
    return Mutator(rng).program(ast.parse(path.read_text()))


class Hangs(BaseException):
    """A program took too long: no `except Exception` may catch it."""


@contextmanager
def limited() -> Iterator[None]:
    """Interrupt what takes longer than any program should."""

    def stop(number: int, frame: Any) -> None:
        raise Hangs

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def imported(path: Path) -> ModuleType:
    """Import a program from a file of its own."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def theirs(error: Exception, path: Path) -> bool:
    """Return whether an exception is one of the program's own: its own line raised it, or code that is not ours."""
    frames = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    return frames[-1] == str(path) or not frames[-1].startswith(str(ROOT / "symbolic"))


def outcome(path: Path, step: Callable[[], object]) -> str:
    """Run a step; return what came of it in one word. Raises what must not happen."""
    try:
        step()
    except sym.SymspaceError as error:
        placed = isinstance(error, sym.SpaceError) and error.span is not None
        return "error" if placed else f"unplaced {error}"
    except Exception as error:
        assert theirs(error, path), "".join(traceback.format_exception(error))
        return "own"
    return "fine"


def judged(number: int, folder: Path) -> str:
    """Make a space of a mutated program, sample and build it; return one word for what came of it."""
    path = folder / f"mutated_{number}.py"
    path.write_text(mutated(number))
    found: list[Any] = []
    try:
        with limited():
            first = outcome(path, lambda: found.append(imported(path)))
            if first != "fine":
                return first
            if not hasattr(found[0], "target"):
                return "own"
            second = outcome(path, lambda: found.append(sym.space(found[0].target)))
            if second == "own":
                raise AssertionError("the exception of a constructor was not wrapped")
            return check(found[1], path) if second == "fine" else second
    finally:
        sys.modules.pop(path.stem, None)


def check(space: sym.Space, path: Path) -> str:
    """Check that a space is valid: its text reads back, candidates satisfy it, survive a round trip, and are built."""
    assert sym.parse(space.text()) == space
    if space.size().value == 0 and not space.size().continuous:
        return "empty"
    for candidate in space.sample(3, seed=1):
        assert space.candidate(candidate.to_dict()) == candidate
        # A constructor may refuse a combination that tracing did not try.
        built = outcome(path, candidate.build)
        assert built in ("fine", "own", "error"), built
    return "space"


def tally(numbers: range, folder: Path) -> dict[str, int]:
    """Judge many programs; return how often each word came. Raises an `AssertionError` that names the program."""
    counts: dict[str, int] = {}
    for number in numbers:
        try:
            word = judged(number, folder)
        except (AssertionError, Hangs) as error:
            raise AssertionError(f"program {number}: {type(error).__name__} {error}\n{mutated(number)}") from error
        assert not word.startswith("unplaced"), f"program {number}: an error without a place: {word}\n{mutated(number)}"
        counts[word] = counts.get(word, 0) + 1
    return counts


def test_the_seeds_are_valid(tmp_path: Path) -> None:
    for path in SEEDS:
        module = imported(path)
        assert check(sym.space(module.target), path) == "space"
        del sys.modules[path.stem]


def test_a_hundred_mutated_programs(tmp_path: Path) -> None:
    counts = tally(range(100), tmp_path)
    assert counts["error"] >= 50 and counts["space"] >= 10


@pytest.mark.slow
def test_two_thousand_mutated_programs(tmp_path: Path) -> None:
    counts = tally(range(100, 2_100), tmp_path)
    assert counts["error"] >= 600 and counts["space"] >= 200
