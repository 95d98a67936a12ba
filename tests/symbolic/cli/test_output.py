"""What the command line says and how it ends when things go wrong: closed pipes, `sys.exit`, errors as JSON, trust."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import symbolic as sym
from symbolic.search.study import search

ROOT = Path(__file__).parents[3]
OBJECTIVE = "import time\n\n\ndef slow(values):\n    time.sleep(0.01)\n    return values['x']\n"


def symspace(*arguments: str, **settings: object) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return subprocess.Popen([sys.executable, "-m", "symbolic.cli", *arguments], env=environment, text=True, **settings)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of a script's function, two trials old, in an empty folder."""
    (tmp_path / "measure.py").write_text(OBJECTIVE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    import measure

    search(sym.parse("space s\nx = 1..90\n"), evaluate=measure.slow, trials=2, store="s.db", study="s", listeners=[])
    sys.modules.pop("measure")
    return tmp_path


def test_a_search_outlives_who_reads_its_output(study: Path) -> None:
    """Also shows that the function of a script is found again, from any folder."""
    (study / "elsewhere").mkdir()
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = symspace("resume", "s", "--store", "../s.db", "--trials", "80", "--trust", "..", cwd=study / "elsewhere", **piped)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait() == 0
    assert [t.state for t in sym.load_study("s.db", "s").trials] == ["ok"] * 80


def test_a_listing_that_is_cut_off_ends_well(tmp_path: Path) -> None:
    (tmp_path / "x.space").write_text("x = 1..9\n")
    process = symspace("sample", "x.space", "-n", "20000", cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0 and errors == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_device_is_no_fault_of_symspace(tmp_path: Path) -> None:
    (tmp_path / "x.space").write_text("x = 1..9\n")
    with Path("/dev/full").open("w") as full:
        process = symspace("sample", "x.space", cwd=tmp_path, stdout=full, stderr=subprocess.PIPE)
        _, errors = process.communicate()
    assert process.returncode == 2 and "No space left" in errors and "fault" not in errors


def test_sys_exit_of_user_code_ends_with_a_message(run: Callable) -> None:
    Path("exits.py").write_text("import sys\n\nsys.exit(4)\n")
    found = run("check", "exits.py:Net")
    assert found.code == 1
    assert found.err == "your code ended the program with sys.exit(4)\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["size", "none.space"], "no file"), (["best"], "symspace.db"), (["check", "x.space", "--trails"], "No such option")],
)
def test_errors_are_json_where_json_was_asked_for(run: Callable, arguments: list[str], message: str) -> None:
    found = run(*arguments, "--json")
    assert found.code == 2
    assert message in json.loads(found.out)["error"]
    assert message in found.err


def test_a_python_file_without_a_name_is_answered_with_its_classes(run: Callable) -> None:
    found = run("check", "examples/digits.py")
    assert found.code == 2
    assert "examples/digits.py:Name" in found.err and "Net" in found.err
    Path("one.py").write_text("raise RuntimeError\n\n\nclass Alone:\n    pass\n")
    assert "write one.py:Alone" in run("check", "one.py").err


def test_a_folder_is_told_from_a_file(run: Callable) -> None:
    Path("d.space").mkdir()
    found = run("check", "d.space")
    assert found.code == 2 and "'d.space' is a folder" in found.err and "did you mean" not in found.err


HOSTILE = """space hostile
task digits
model = flatten >> torch.utils.collect_env::run("touch pwned") >> linear(classes)
train { epochs: 1, lr: 1e-3..1e-2 log }
"""


def test_a_hostile_space_runs_no_command_unless_it_is_trusted(run: Callable) -> None:
    Path("hostile.space").write_text(HOSTILE)
    settings = ("--trials", "1", "--algorithm", "random", "--store", "t.db")
    found = run("search", "hostile.space", *settings)
    assert found.code == 2 and not Path("t.db").exists()
    assert "E603 torch.utils.collect_env::run is not trusted" in found.err and "--trust torch" in found.err
    assert not Path("pwned").exists()
    run("search", "hostile.space", *settings, "--trust", "torch", "--study", "trusted")
    assert Path("pwned").exists()
    Path("pwned").unlink()
    again = ("resume", "trusted", "--store", "t.db", "--trials", "2")
    found = run(*again)
    assert found.code == 2 and "--trust torch" in found.err and not Path("pwned").exists(), "a store is not believed"
    run(*again, "--trust", "torch")
    assert Path("pwned").exists()


NESTED = """space nested
task digits
model = flatten >> (linear(8) | relu >> json::dumps("a")) >> linear(classes)
"""


def test_check_refuses_an_object_that_is_not_trusted(run: Callable) -> None:
    Path("nested.space").write_text(NESTED)
    found = run("check", "nested.space")
    assert found.code == 2 and "nested.space:3:41: E603 json::dumps is not trusted" in found.err
    assert run("check", "nested.space", "--trust", "json").code == 0
