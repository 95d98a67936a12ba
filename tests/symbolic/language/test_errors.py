"""Every error of the catalogue, word for word: `errors/CODE.txt` holds texts and what is said about them.

A file holds cases: the text, a line of dashes, the message; a line of equal signs separates them. Other files that a text names
follow it, each below a line `--- NAME`. A last line `? {...}` is a candidate to read. To write the messages anew after a
change, run with SYMSPACE_GOLDEN=write and read the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from symbolic.check import check_shapes, check_trust
from symbolic.errors import SpaceError
from symbolic.language.load import read
from symbolic.operators import Signature
from symbolic.table.idle import idle

FOLDER = Path(__file__).with_name("errors")
SOURCES = Path(__file__).parents[3] / "symbolic"
BETWEEN, BELOW = "\n=====\n", "\n-----\n"
WARNINGS = {"E310", "E402", "E502"}
BUILT = {"E602", "E603"}
"""Codes of what is found out with the registered operators: shapes that do not fit, objects that are not trusted."""
WITHOUT_PLACE = {"E601"}


def said(case: str, code: str, operators: dict[str, Signature | None], folder: Path) -> str:
    """Return the message that a text earns: when it is read, lowered or counted, or by a candidate of it."""
    text, *files = re.split(r"^--- (.+)\n", case, flags=re.MULTILINE)
    for name, content in zip(files[::2], files[1::2], strict=True):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    text, _, candidate = text.partition("\n? ")
    try:
        reading = read(text, "net.space", operators=None if code in BUILT else operators, folder=folder if files else None)
        reading.space.size()
        if code in BUILT:
            check_trust(reading.space)
            check_shapes(reading.space)
        if candidate:
            reading.space.candidate(json.loads(candidate))
    except SpaceError as error:
        assert error.code == code, str(error)
        assert error.span is not None or code in WITHOUT_PLACE, str(error)
        return str(error)
    warnings = reading.warnings or idle(reading.space.lower())
    assert code in WARNINGS and warnings, f"no error: {text!r}"
    assert {w.code for w in warnings} == {code}
    return "\n".join(map(str, warnings))


@pytest.mark.parametrize("code", sorted(f.stem for f in FOLDER.glob("E*.txt")))
def test_messages(code: str, operators: dict[str, Signature | None], tmp_path: Path) -> None:
    file = FOLDER / f"{code}.txt"
    cases = [case.split(BELOW) for case in file.read_text(encoding="utf-8").rstrip("\n").split(BETWEEN)]
    texts = [case[0] for case in cases]
    now = [(text, said(text, code, operators, tmp_path)) for text in texts]
    if os.environ.get("SYMSPACE_GOLDEN") == "write":
        file.write_text(BETWEEN.join(BELOW.join(pair) for pair in now) + "\n", encoding="utf-8")
        return
    assert [tuple(case) for case in cases] == now


def test_every_code_of_the_sources_has_its_messages() -> None:
    """A new code needs a golden file; those of the Python front end (E7..) have a folder of their own."""
    sources = "\n".join(file.read_text(encoding="utf-8") for file in SOURCES.rglob("*.py"))
    assert set(re.findall(r'"(E[1-6]\d\d)"', sources)) - {"E209"} == {f.stem for f in FOLDER.glob("E*.txt")}
