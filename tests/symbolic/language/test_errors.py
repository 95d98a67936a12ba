"""Every error of the catalogue, word for word: `errors/CODE.txt` holds texts and what is said about them.

A file holds cases: the text, a line of dashes, the message; a line of equal signs separates them. To write the messages
anew after a change, run with SYMSPACE_GOLDEN=write and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import read
from symbolic.operators import Signature

FOLDER = Path(__file__).with_name("errors")
BETWEEN, BELOW = "\n=====\n", "\n-----\n"
WARNINGS = {"E310", "E402"}


def said(text: str, code: str, operators: dict[str, Signature | None]) -> str:
    """Return the message that a text earns."""
    try:
        reading = read(text, "net.space", operators=operators)
    except SpaceError as error:
        assert error.code == code and error.span is not None
        return str(error)
    assert code in WARNINGS and reading.warnings, f"no error: {text!r}"
    assert {w.code for w in reading.warnings} == {code}
    return "\n".join(map(str, reading.warnings))


@pytest.mark.parametrize("code", sorted(f.stem for f in FOLDER.glob("E*.txt")))
def test_messages(code: str, operators: dict[str, Signature | None]) -> None:
    file = FOLDER / f"{code}.txt"
    cases = [case.split(BELOW) for case in file.read_text(encoding="utf-8").rstrip("\n").split(BETWEEN)]
    texts = [case[0] for case in cases]
    now = [(text, said(text, code, operators)) for text in texts]
    if os.environ.get("SYMSPACE_GOLDEN") == "write":
        file.write_text(BETWEEN.join(BELOW.join(pair) for pair in now) + "\n", encoding="utf-8")
        return
    assert [tuple(case) for case in cases] == now


def test_the_catalogue_is_covered() -> None:
    ours = "101 102 103 104 201 202 203 204 205 206 207 208 209 301 302 303 304 305 306 307 308 309 310 401 402 403 405"
    assert {f.stem for f in FOLDER.glob("E*.txt")} == {f"E{n}" for n in ours.split()}
