"""Every trap of the page as a golden file: `errors/NAME.py` and the message in `errors/NAME.txt`."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

import symbolic as sym

FOLDER = Path(__file__).parent / "errors"
CASES = sorted(path.stem for path in FOLDER.glob("*.py"))


def message_of(stem: str) -> str:
    """Import a program and make a space of its `target`; return the error, with the folder left out of paths."""
    path = FOLDER / f"{stem}.py"
    spec = importlib.util.spec_from_file_location(f"wrong_{stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        with pytest.raises(sym.SpaceError) as caught:
            spec.loader.exec_module(module)
            sym.space(module.target)
    finally:
        del sys.modules[spec.name]
    shown = str(caught.value)
    for folder in (str(FOLDER), os.path.relpath(FOLDER)):
        shown = shown.replace(folder + os.sep, "")
    return shown + "\n"


@pytest.mark.parametrize("stem", CASES)
def test_message(stem: str) -> None:
    golden = FOLDER / f"{stem}.txt"
    assert message_of(stem) == golden.read_text()
