"""Running the command line in this process: output, errors and exit code."""

import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from symbolic.cli import main

ROOT = Path(__file__).parents[3]


@attrs.frozen
class Ran:
    """What a command printed, and its exit code."""

    out: str
    err: str
    code: int


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run `symspace ARGUMENTS` in an empty folder that holds the examples."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    (tmp_path / "examples").symlink_to(ROOT / "examples")

    def call(*arguments: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        captured = capsys.readouterr()
        return Ran(captured.out, captured.err, int(ended.value.code or 0))

    return call
