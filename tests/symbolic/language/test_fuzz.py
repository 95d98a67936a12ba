"""Mutated files give a space that can be counted and drawn from, or an error with a place.

Never another exception, never a hang.
"""

from __future__ import annotations

import random
import re
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import SpaceWarning, read
from symbolic.language.printer import print_space
from symbolic.operators import Signature
from symbolic.table.drafts import MAX_COLUMNS

_FRAGMENTS = """
| >> .. @ ( ) { } [ ] [*] [**] " # 0 1e9 - * ** if else when } let not is in , ; none true :: a.b $ é of = 5ms 1k 50% as
"""
FRAGMENTS = [
    *_FRAGMENTS.split(), "\n", " as x", 'as "a b"', "repeat 3 {", "let a = ", "{ let q = 1 | 2; q }", "rule r depth 2 = ",
    "subset 1 of", " step 2", " times 2", " log", "renamed a to b\n", 'import "x"\n', "dag(nodes: 2) {", "999999999999",
    "1..9999999", "layer[i-1].width", "sum(", "forbid ", "require ", 'this["a"]', "m::Q with { a: 1..2 }",
    'fix "a/b" to 3\n', "1 < x < 3", '== "a"', "fidelity 1..3", " default ", "block ", "\x00", "\ufeff", "\r",
]  # fmt: skip


LARGE = {"hnas", "dnc_text", "dnc_cnn"}
"""Spaces that take a second each: left to the long test."""


def mutated(rng: random.Random, text: str) -> str:
    """Return a text with one to four small changes."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        match rng.randint(0, 4):
            case 0:
                text = text[:at] + text[at + rng.randint(1, 12) :]
            case 1:
                text = text[:at] + rng.choice(FRAGMENTS) + text[at:]
            case 2:
                lines = text.split("\n")
                lines.insert(rng.randrange(len(lines)), lines.pop(rng.randrange(len(lines))))
                text = "\n".join(lines)
            case 3:
                words = re.findall(r"\w+", text) or ["x"]
                text = re.sub(rf"\b{rng.choice(words)}\b", rng.choice(words), text, count=1)
            case _:
                text = text[:at] + rng.choice("0123456789.|@>()[]{}:,=") + text[at + 1 :]
    return text


def check(text: str, operators: dict[str, Signature | None]) -> None:
    """Assert that a text is a space that can be used, or an error with a place."""
    try:
        space = read(text, operators=operators).space
        table = space.lower()
    except SpaceError as error:
        assert error.span is not None and str(error)
        return
    canonical = print_space(space)
    assert read(canonical, operators=operators).space == space
    try:
        size = space.size()
        drawn = space.sample(3)
    except SpaceError as error:
        assert error.code in ("E405", "E501") and str(error)
        return
    assert size.value > 0 and all(space.candidate(c.to_dict()) == c for c in drawn)
    assert len(table) <= MAX_COLUMNS


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Stop what takes longer: a hang is a failure, and says on which text."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def fuzz(seed: int, count: int, examples: dict[str, str], operators: dict[str, Signature | None]) -> None:
    rng = random.Random(seed)
    for k in range(count):
        text = mutated(rng, rng.choice(list(examples.values())))
        try:
            with at_most(60), warnings.catch_warnings():
                warnings.simplefilter("ignore", SpaceWarning)
                check(text, operators)
        except Exception as e:
            raise AssertionError(f"seed {seed}, text {k}: {type(e).__name__}: {e}\n{text}") from e


@pytest.mark.parametrize("seed", range(10))
def test_mutated_files(seed: int, examples: dict[str, str], loose: dict[str, Signature | None]) -> None:
    fuzz(seed, 30, {name: text for name, text in examples.items() if name not in LARGE}, loose)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_ten_thousand_mutated_files(seed: int, examples: dict[str, str], loose: dict[str, Signature | None]) -> None:
    fuzz(seed, 100, examples, loose)
