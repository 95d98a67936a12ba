"""Mutated files give a space, or an error with a place: never another exception, never a hang."""

from __future__ import annotations

import random
import re

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import read
from symbolic.language.printer import print_space
from symbolic.operators import Signature

_FRAGMENTS = """
| >> .. @ ( ) { } [ ] [*] [**] " # 0 1e9 - * ** if else when } let not is in , ; none true :: a.b $ é of = 5ms 1k 50% as
"""
FRAGMENTS = [
    *_FRAGMENTS.split(), "\n", " as x", 'as "a b"', "repeat 3 {", "let a = ", "{ let q = 1 | 2; q }", "rule r depth 2 = ",
    "subset 1 of", " step 2", " times 2", " log", "renamed a to b\n", 'import "x"\n', "dag(nodes: 2) {", "999999999999",
    "1..9999999", "layer[i-1].width", "sum(", "forbid ", "require ", 'this["a"]', "m::Q with { a: 1..2 }",
    'fix "a/b" to 3\n', "1 < x < 3", '== "a"', "fidelity 1..3", " default ", "block ", "\x00", "\ufeff", "\r",
]  # fmt: skip


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


@pytest.mark.parametrize("seed", range(20))
def test_mutated_files(seed: int, examples: dict[str, str], loose: dict[str, Signature | None]) -> None:
    rng = random.Random(seed)
    for _ in range(20):
        text = mutated(rng, rng.choice(list(examples.values())))
        try:
            space = read(text, operators=loose).space
        except SpaceError as error:
            assert error.span is not None and str(error)
            continue
        canonical = print_space(space)
        assert read(canonical, operators=loose).space == space
