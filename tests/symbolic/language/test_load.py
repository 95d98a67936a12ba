"""Loading: files, modules, names that are not there, and warnings."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

import symbolic as sym
from symbolic.errors import SpaceError
from symbolic.language.load import LoadError, SpaceWarning, load, parse, read
from symbolic.shapes import Shape
from symbolic.task import TaskFacts


def test_a_file_gives_its_name_to_the_space(tmp_path: Path) -> None:
    (tmp_path / "my-net.space").write_text("x = 1 | 2\n")
    assert load(str(tmp_path / "my-net.space")).name == "my_net"
    (tmp_path / "named.space").write_text("space other version 2\nx = 1 | 2\n")
    assert load(str(tmp_path / "named.space")).name == "other"


def test_errors_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "net.space"
    file.write_text("x = 1 |\n")
    with pytest.raises(SpaceError, match=r"net\.space:1:8: E101"):
        load(str(file))
    file.write_bytes(b"x = \xff\xfe")
    with pytest.raises(SpaceError, match=r"E102 .*not UTF-8"):
        load(str(file))


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "digits.space").write_text("x = 1 | 2\n")
    with pytest.raises(LoadError, match=r"did you mean 'digits.space'\?"):
        load(str(tmp_path / "digit.space"))
    with pytest.raises(LoadError, match="there is no folder"):
        load(str(tmp_path / "sub" / "digit.space"))


def test_missing_modules_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "loaded_by_a_test.py").write_text("Network = 3\nclass Inner:\n    Net = 4\n")
    (tmp_path / "broken_by_a_test.py").write_text("import no_such_module_at_all\n")
    with pytest.raises(LoadError, match=r"has no 'Netwrok'; did you mean 'Network'\?"):
        load(f"{tmp_path}/loaded_by_a_test.py:Netwrok")
    with pytest.raises(LoadError, match="no module is called 'no_such_module'"):
        load("no_such_module:Net")
    with pytest.raises(LoadError, match="cannot be imported: No module named 'no_such_module_at_all'"):
        load(f"{tmp_path}/broken_by_a_test.py:Net")
    with pytest.raises(LoadError, match="needs the name of an object"):
        load(str(tmp_path / "x.py"))
    with pytest.raises(LoadError, match="no file"):
        load(str(tmp_path / "gone.py") + ":Net")
    with pytest.raises(LoadError, match=r"a \.space file is one space"):
        load(f"{tmp_path}/x.space:Net")
    monkeypatch.delitem(sys.modules, "loaded_by_a_test")


def test_a_file_named_like_an_imported_module_is_refused(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("Net = 3\n")
    import json  # noqa: F401  # so that it is imported

    with pytest.raises(LoadError, match="rename the file"):
        load(f"{tmp_path}/json.py:Net")


def test_warnings() -> None:
    with pytest.warns(SpaceWarning, match="E402 block 'f' is never used"):
        parse("block f = 1 | 2\nx = 1 | 2")
    with pytest.warns(SpaceWarning, match="one list, not a choice"):
        assert sym.parse("lr = [1e-4, 1e-3]").entries == ["lr"]
    assert [w.code for w in read("block f = 1\nlr = [1, 2]").warnings] == ["E310", "E402"]


def test_parsing_needs_no_torch_and_runs_no_code() -> None:
    space = parse("x = os::system('rm') | os::abort".replace("'rm'", '"rm"'))
    assert space.text().endswith('x = os::system("rm") | os::abort\n')


def test_registered_operators_have_signatures() -> None:
    with pytest.raises(SpaceError, match=r"E203 'conv2d' has no argument 'kernl'"):
        parse("x = conv2d(8, kernl: 3)")


def test_a_python_file_gives_a_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    text = 'import symbolic as sym\nsettings = {"lr": sym.Range(1e-4, 1e-1, log=True), "on": sym.Range(0, 1)}\n'
    (tmp_path / "settings_of_a_test.py").write_text(text)
    space = load(f"{tmp_path}/settings_of_a_test.py:settings")
    assert parse(space.text()) == space
    assert space.text().splitlines()[1:] == ["lr = 0.0001..0.1 log", "on = 0..1 step 1"]
    monkeypatch.delitem(sys.modules, "settings_of_a_test")


def test_the_digits_example() -> None:
    file = Path(__file__).parents[3] / "examples" / "digits.space"
    space = load(str(file))
    assert space.name == "digits" and space.entries == ["model", "train"]
    assert parse(space.text()) == space and parse(space.text()).hash == space.hash


@pytest.mark.parametrize("wrong", [None, 3, b"x = 1", ["x = 1"]])
def test_what_is_no_text_is_refused(wrong: Any) -> None:
    for read_it in (parse, load):
        with pytest.raises(LoadError, match=re.escape(repr(wrong))):
            read_it(wrong)
    with pytest.raises(LoadError, match="nothing to load"):
        load("")


@pytest.mark.parametrize(("reported", "read"), [(("accuracy",), "1.0 - accuracy"), (("accuracy", "error"), "error")])
def test_the_error_of_a_task(reported: tuple[str, ...], read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a task reports the accuracy and no error, `error` is what is missing to 1."""
    facts = TaskFacts("mine", Shape("features", (4,)), metrics=dict.fromkeys(reported, True))
    monkeypatch.setattr("symbolic.language.resolve.task_facts", lambda call: facts)
    assert parse("task mine\nx = 1 | 2\nminimize log(error + 0.1)").text().endswith(f"minimize log({read} + 0.1)\n")


def test_a_path_is_loaded_as_its_text_is(tmp_path: Path) -> None:
    (tmp_path / "x.space").write_text("x = 1 | 2")
    assert load(tmp_path / "x.space") == load(str(tmp_path / "x.space"))
