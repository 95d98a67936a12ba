"""`docs/python.md`: its programs run and print what the page says; every trap is in its table, word for word."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```\n\nIt prints\n\n```text\n(.*?)```", TEXT, re.S)
GOLDEN = sorted((Path(__file__).parent / "errors").glob("*.txt"))


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_the_programs_print_what_the_page_says(number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = BLOCKS[number]
    path = tmp_path / "net.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("net", path)
    assert spec is not None and spec.loader is not None
    module = sys.modules["net"] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["net"]
    assert capsys.readouterr().out == printed


def test_every_program_of_the_page_is_run() -> None:
    assert len(BLOCKS) == TEXT.count("```python\n") == 5


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_every_trap_is_in_the_table(golden: Path) -> None:
    first, *_, last = (golden.read_text().rstrip("\n") + "\n").split("\n")[:-1] * 2
    found = re.match(r"(?:\S+?:\d+:\d+: )?(E\d+) (.*)", first)
    assert found is not None
    message = re.sub(r"\bat \S+\.py:\d+:\d+", "at F:L:C", found[2]).replace(f"wrong_{golden.stem}::", "net::")
    hint = last.strip()
    rows = [line for line in TEXT.splitlines() if line.startswith(f"| {found[1]} | `{message}` |")]
    assert rows, message
    assert set(hint) <= {"^"} or any(row.endswith(f"| {hint} |") for row in rows)
