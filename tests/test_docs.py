"""Documentation that can go stale: the list of files, the README's code and its length."""

import os
import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import symbolic as sym
from backends.torch.record import KEYS
from symbolic import registry
from symbolic.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]


def test_the_list_of_files_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, "docs/list_files.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_readme_is_short() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 150
    assert "@@" not in text, "a figure was left to be filled in"


def test_the_readmes_space_is_sound_and_builds() -> None:
    (text,) = re.findall(r"```\n(space .*?)```", (ROOT / "README.md").read_text(), re.S)
    space = sym.parse(text)
    for candidate in space.sample(5):
        assert candidate.build()["model"] is not None


def test_the_readmes_python_runs_and_prints_what_it_says(tmp_path: Path) -> None:
    blocks = re.findall(
        r"```python\n(.*?)```\n+(?:It prints[^\n]*\n+```text\n(.*?)```)?", (ROOT / "README.md").read_text(), re.S
    )
    assert any(printed for _, printed in blocks)
    for code, printed in blocks:
        (tmp_path / "example.py").write_text(code)
        done = subprocess.run([sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        if printed:
            assert done.stdout == printed


def test_every_command_has_a_line() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    assert set(re.findall(r"^\| `symspace (\w+)", text, re.M)) == set(COMMANDS)


def test_every_algorithm_has_a_row_and_a_section() -> None:
    text, names = (ROOT / "docs" / "algorithms.md").read_text(), set(registry.entries("algorithms"))
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.M)) == names
    assert set(re.findall(r"^## `(\w+)`", text, re.M)) == names


def test_every_task_record_key_and_option_of_the_trainer_has_a_row() -> None:
    text = (ROOT / "docs" / "training.md").read_text()
    rows = {name for row in re.findall(r"^\| ((?:`\w+` ?)+)\|", text, re.M) for name in re.findall(r"`(\w+)`", row)}
    options = {field.name for field in attrs.fields(registry.get("backends", "train"))}
    assert rows == {*registry.entries("tasks"), *KEYS, *options}


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the site needs the extra docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tutorial" / "index.html").exists()
