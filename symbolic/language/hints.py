"""What to say about a syntax error: what could stand there, and the habits of other languages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symbolic.language.words import words_of

_VALUE = words_of("NUMBER STRING LPAR LSQB REPEAT SUBSET PERMUTATION TRUE FALSE NONE OBJECT")
_OPERATOR = words_of("PLUS MINUS STAR SLASH PERCENT VBAR _SEQ CMP DEEP OR AND IS IN AT IF __ANON_1")
_NAMED = {"_NL": "end of line", "$END": "end of file", "NAME": "a name", "NUMBER": "a number", "STRING": "a quoted text"}
_LAYOUT = frozenset({"_JOIN", "COMMENT", "__IGNORE_0"})
_MOST = 5

_CHARACTERS = {
    "'": 'strings stand in double quotes: "a"',
    "^": "the power is written **",
    "&": "write: and",
    "!": "write: not",
    "~": "write: not",
    "?": "write: A if condition else B",
    "$": 'a name has letters, digits and "_"; anything else is quoted',
    "\\": "a line goes on by itself after an operator or before one: no backslash is needed",
    '"': "a string ends on the line where it starts",
}
_LOOKALIKE = re.compile(r"\d+[xX]\w+")


def expected(terminals: Iterable[str], patterns: dict[str, str]) -> str:
    """Say what could stand there in classes: a value, an operator, a name, `:`, end of line; at most five.

    `patterns` maps a terminal to its text, for those that have a fixed one.
    """
    names = set(terminals) - _LAYOUT
    classes: list[str] = []
    if len(names & _VALUE) > 3:
        classes.append("a value")
        names -= _VALUE | {"NAME", "MINUS", "NOT", "FIDELITY", "DEFAULT", "LBRACE", "LET"}
    if len(names & _OPERATOR) > 3:
        classes.append("an operator")
        names -= _OPERATOR | {"NOT"}
    fixed = sorted(_NAMED.get(n) or f"'{patterns[n]}'" for n in names if n in _NAMED or n in patterns)
    classes += [c for c in fixed if c not in classes]
    return "expected " + ", ".join(classes[:_MOST]) + (" ..." if len(classes) > _MOST else "")


def character_hint(character: str) -> str | None:
    """Return what to write in place of a character that the language does not have."""
    return _CHARACTERS.get(character)


def token_hint(text: str, line: str) -> str | None:
    """Return a hint for a token that cannot stand where it does, or None."""
    word = text.strip()
    if _LOOKALIKE.fullmatch(word):
        return f'quote it or put a space: "{word}" or {word[0]} {word[1:]}'
    if word in ("def", "class", "lambda", "import", "for", "while", "return"):
        return f"{word!r} is Python: a file describes a space; repeat, block and if ... else stand for code"
    if word == "=" and re.match(r"\s*(int|float|str|bool)\s", line):
        return "a name has no type in front: name = value"
    if word == "choice" or line.strip().startswith("choice "):
        return "a decision made once and used by name is written: shared NAME = ..."
    return None
