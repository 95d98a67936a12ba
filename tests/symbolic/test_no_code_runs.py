"""Reading, checking, sizing, drawing and printing a space run none of the code it names; stored data run none either."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import symbolic as sym
from symbolic.check import check_shapes, check_trust
from symbolic.cli import main
from symbolic.errors import SpaceError
from symbolic.trust import Trust, resolve

ROOT = Path(__file__).parents[2]
SPACE = """space s
task digits
model = flatten >> linear(8 | 16) >> left_mark_of_mine::Net(3 | 5) >> linear(classes)
extra { f: left_mark_of_mine::make | left_mark_of_mine.deep::other(1..3), w: left_mark_of_mine::WIDTH }
"""


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that a module of the working folder writes when it is imported."""
    package = tmp_path / "left_mark_of_mine"
    package.mkdir()
    (package / "__init__.py").write_text("from pathlib import Path\nPath('mark').touch()\nWIDTH = 3\ndef make(): ...\n")
    (package / "deep.py").write_text("def other(x): ...\n")
    (tmp_path / "s.space").write_text(SPACE)
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "mark"
    for name in [n for n in sys.modules if n.partition(".")[0] == "left_mark_of_mine"]:
        del sys.modules[name]


def test_nothing_is_imported_before_something_is_built(mark: Path) -> None:
    space = sym.parse(SPACE)
    check_trust(space)
    check_shapes(space)
    candidate = space.sample(3)[0]
    for text in (space.text(), candidate.text(), candidate.json(), candidate.plain().text(), candidate.hash):
        assert text
    assert space.size().value > 1 and sym.Candidate.from_json(space, candidate.json()) == candidate
    assert space.freeze({"model/linear/width": 8}).default().to_dict()
    assert not mark.exists() and "left_mark_of_mine" not in sys.modules
    assert space.default().kwargs("extra")["w"] == 3 and mark.exists(), "building is what imports it"


@pytest.mark.parametrize("words", ["check", "size", "sample", "show", "fmt --check"])
def test_no_command_that_reads_a_space_imports_it(words: str, mark: Path) -> None:
    with pytest.raises(SystemExit):
        main([*words.split(), "s.space"])
    assert not mark.exists()


REACHED = """
import functools, operator, os, types
import numpy as np
from subprocess import run as helper
from functools import partial

nested = partial(partial(os.system), "true")
cached = functools.lru_cache(os.system)
wrapped = functools.wraps(os.system)(functools.partial(os.system))
caller = operator.methodcaller("system", "true")
getter = operator.attrgetter("system")
bound = types.MethodType(os.system, "true")
path = os.path
table = {"f": os.system}

class Reduced:
    def __reduce__(self):
        return os.system, ("true",)

class Holder:
    system = staticmethod(os.system)
    code = eval
    inner = os

holder = Holder()
"""


@pytest.mark.parametrize(
    "name",
    [
        "nested",
        "cached",
        "wrapped",
        "caller",
        "getter",
        "bound",
        "path",
        "path.os.system",
        "table",
        "helper",
        "np.load",
        "np.lib.npyio.load",
        "np.save",
        "np",
        "np.ctypeslib.load_library",
        "operator.attrgetter",
        "Holder.system",
        "Holder.code",
        "Holder.inner",
        "Holder.inner.system",
        "holder.system",
        "holder.inner.popen",
        "functools.reduce",
        "types.CodeType",
        "Reduced.__reduce__",
        "Holder.__init__.__globals__",
        "partial",
    ],
)
def test_what_the_own_project_only_passes_on_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "passes_on_of_mine.py").write_text(REACHED)
    monkeypatch.chdir(tmp_path)
    try:
        with pytest.raises(SpaceError) as caught:
            resolve(f"passes_on_of_mine::{name}", Trust.of(None))
        assert caught.value.code == "E603"
        assert resolve("passes_on_of_mine::Holder", Trust.of(None)).__name__ == "Holder"
    finally:
        sys.modules.pop("passes_on_of_mine", None)


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for room in ("symbolic", "algorithms", "backends"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield path.relative_to(ROOT), node


def test_stored_data_are_read_without_pickle() -> None:
    """Pickles cross to worker processes of our own only; weights are read as weights, arrays as arrays."""
    unpickled = set()
    for path, call in calls():
        match ast.unparse(call.func):
            case "torch.load":
                given = {k.arg: ast.unparse(k.value) for k in call.keywords}
                assert given.get("weights_only") == "True", path
            case "np.load" | "numpy.load":
                assert {k.arg: ast.unparse(k.value) for k in call.keywords}.get("allow_pickle") == "False", path
            case "pickle.load" | "pickle.loads" | "pickle.Unpickler" | "marshal.loads" | "shelve.open" | "joblib.load":
                unpickled.add(path.as_posix())
    assert unpickled <= {"backends/executors/crossing.py"}
