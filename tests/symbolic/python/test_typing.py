"""A typed annotated program: `mypy --strict` accepts it, and each asking word has the type of its answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import symbolic as sym

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).parent / "programs" / "typed.py"


def checked(program: Path) -> str:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(program)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def test_the_program_runs_and_is_a_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PROGRAM.parent)
    import typed  # type: ignore[import-not-found]

    assert len(typed.Net(32, 2).units) == 2
    assert sym.parse(typed.SPACE.text()) == typed.SPACE and typed.CALLED.size().value == 6
    built = typed.SPACE.sample(1)[0].build()
    assert type(built["model"]) is typed.Net and 1e-4 <= built["lr"] <= 0.1


@pytest.mark.slow
def test_strict_mypy_accepts_it() -> None:
    assert checked(PROGRAM).startswith("Success")


@pytest.mark.slow
def test_strict_mypy_finds_a_wrong_use(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import symbolic as sym\n\n\ndef make() -> str:\n    width = sym.oneof(3, 5)\n    return width\n")
    assert 'got "int", expected "str"' in checked(wrong)
