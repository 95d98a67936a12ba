"""`docs/language.md`: every space in it loads and is sized, every error is said word for word, every code is there."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

from symbolic.errors import SpaceError
from symbolic.language.load import parse, read

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```space([^\n]*)\n(.*?)\n```(?:\n\n```text\n(.*?)\n```)?", TEXT, re.S)
SOUND = [(info.strip(), text) for info, text, _ in BLOCKS if "error=" not in info]
WRONG = [(info.strip().removeprefix("error="), text, said) for info, text, said in BLOCKS if "error=" in info]
FORMS = re.findall(r"^\| (?:[\w ,]+) \| (`.*?`) \| ", TEXT[TEXT.index("## Values") : TEXT.index("### Ranges")], re.M)


@pytest.mark.parametrize(("info", "text"), SOUND, ids=[text.splitlines()[-1] for _, text in SOUND])
def test_spaces_are_sound(info: str, text: str) -> None:
    space = parse(text)
    assert parse(space.text()) == space
    size = space.size().value
    assert not info or info == f"size={size}"
    assert len(space.sample(3)) == 3


@pytest.mark.parametrize(("code", "text", "said"), WRONG, ids=[code for code, _, _ in WRONG])
def test_errors_are_said_word_for_word(code: str, text: str, said: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            reading = read(text + "\n" if "\n" in text else text, "net.space")
            found = [str(w) for w in reading.warnings] or [reading.space.size()]
        except SpaceError as e:
            found = [str(e)]
            assert e.code == code
    assert found[0] == said


def test_every_code_is_there() -> None:
    golden = {f.stem for f in (ROOT / "tests" / "symbolic" / "language" / "errors").glob("E*.txt")}
    assert golden <= set(re.findall(r"^### (E\d+):", TEXT, re.M))


@pytest.mark.parametrize("cell", FORMS)
def test_the_forms_of_the_table_can_be_read(cell: str) -> None:
    for example in re.findall(r"`(.*?)`", cell.replace("\\|", "|")):
        if "layer[i - 1]" in example:
            example = f"repeat 2 as layer[i] {{ width: {example.replace('i == 0', 'i == 0')} }}"
        elif "when" in example:
            example = f"{{ type: 'sgd' | 'adam', {example} }}".replace("'", '"')
        elif example == "width * 2" or example == "min(a, b)":
            example = f"{{ a: 1..3, b: 1..3, width: 1..3, c: {example} }}"
        space = parse(f"x = {example}")
        assert space.size().value >= 1
