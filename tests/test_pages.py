"""The pages of `docs/`: their Python runs, their commands end as they say and print the lines they show.

A page is run from top to bottom in an empty folder: blocks with `file=NAME` are written there, `python` blocks share one
namespace, `console` blocks run each line that begins with `$ symspace`; the lines shown below it must appear in its output in
that order. `status=N` is the exit code expected.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import attrs
import pytest

from symbolic.cli import main

ROOT = Path(__file__).parents[1]
PAGES = [
    "tutorial.md",
    "studies.md",
    "looking.md",
    "training.md",
    "networks.md",
    "extending.md",
    "from_optuna.md",
    "from_pyglove.md",
    "from_nni.md",
]
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.S | re.M)


@attrs.frozen
class Block:
    kind: str
    options: dict[str, str]
    text: str
    line: int


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(m[1], dict(o.split("=", 1) for o in m[2].split() if "=" in o), m[3], text.count("\n", 0, m.start()) + 2)
        for m in BLOCK.finditer(text)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work and import in; what was imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_as_it_stands(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    blocks, page = blocks_of(ROOT / "docs" / name), ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", page)
    assert blocks, f"{name} has no block to run"
    for block in blocks:
        where = f"docs/{name}:{block.line}"
        if "file" in block.options:
            Path(block.options["file"]).write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            exec(compile("\n" * (block.line - 1) + block.text, where, "exec"), page.__dict__)
        elif block.kind == "console":
            for part in re.split(r"^\$ symspace ", block.text, flags=re.M)[1:]:
                command, *shown = part.rstrip("\n").split("\n")
                code, printed = run(command, capsys)
                assert code == int(block.options.get("status", 0)), f"{where}: {command}\n{printed}"
                expect_in_order(shown, printed, f"{where}: {command}")


def run(command: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run a command in this process; return its exit code and all that it printed."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command))
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out + captured.err


def expect_in_order(shown: list[str], printed: str, where: str) -> None:
    at = 0
    for line in shown:
        found = printed.find(line.rstrip(), at)
        assert found >= 0, f"{where} does not print {line!r} here:\n{printed[at:]}"
        at = found + len(line.rstrip())
