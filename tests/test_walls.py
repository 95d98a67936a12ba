"""The walls between the rooms: who may import whom, and that the language needs nothing heavy."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_NOT = {
    "symbolic": {"algorithms", "backends", "torch", "torchvision", "sklearn", "sqlalchemy"},
    "algorithms": {"backends"},
    "backends": {"algorithms"},
}
FILES = sorted(p for room in MAY_NOT for p in (ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the top-level packages a file imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import():
                names |= {alias.name.split(".")[0] for alias in node.names}
            case ast.ImportFrom(level=0):
                names.add((node.module or "").split(".")[0])
            case ast.ImportFrom():
                raise AssertionError(f"{path}: relative import; write the full name")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_stay_inside_the_walls(path: Path) -> None:
    assert not imported(path) & MAY_NOT[path.relative_to(ROOT).parts[0]]


@pytest.mark.parametrize("module", ["symbolic", "symbolic.space", "symbolic.language.load", "symbolic.python.space"])
def test_the_language_needs_nothing_heavy(module: str) -> None:
    heavy = "{'torch', 'torchvision', 'sklearn', 'sqlalchemy', 'pandas', 'matplotlib'}"
    code = f"import sys, {module}; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_no_other_packages_of_our_names_are_in_the_way() -> None:
    import algorithms
    import backends
    import symbolic

    for package in (symbolic, algorithms, backends):
        assert Path(package.__file__ or "").is_relative_to(ROOT)
