"""What to say about a syntax error: what could stand there, and the habits of other languages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symbolic.language.words import STATEMENTS, words_of

_VALUE = words_of("NUMBER STRING LPAR LSQB REPEAT SUBSET PERMUTATION TRUE FALSE NONE OBJECT")
_OF_VALUE = words_of("NAME MINUS NOT FIDELITY DEFAULT LBRACE LET")
_OPERATOR = words_of("PLUS MINUS STAR SLASH PERCENT VBAR _SEQ CMP DEEP OR AND IS IN AT IF __ANON_1")
_OF_OPERATOR = words_of("NOT LPAR LSQB LBRACE DOT __ANON_0 AS WITH WHEN")
_NAMED = {"_NL": "end of line", "$END": "end of file", "NAME": "a name", "NUMBER": "a number", "STRING": "a quoted text"}
_LAYOUT = frozenset({"_JOIN", "COMMENT", "__IGNORE_0"})
_MOST = 5

_CHARACTERS = {
    "'": 'texts stand in double quotes: "a"',
    "`": 'texts stand in double quotes: "a"',
    "\u201c": 'texts stand in straight double quotes: "a"',
    "\u201d": 'texts stand in straight double quotes: "a"',
    "^": "the power is written **",
    "&": "write: and",
    "!": "write: not",
    "~": "write: not",
    "?": "write: A if condition else B",
    "\u2013": "the minus sign is -",
    "\u2212": "the minus sign is -",
    "\u2026": "a range is written with two dots: 1..9",
    "\u00d7": "times is written *",
    "\u2264": "write <=",
    "\u2265": "write >=",
    "\\": "a line goes on by itself after an operator or before one: no backslash is needed",
    '"': "a text ends on the line where it starts",
}
_LOOKALIKE = re.compile(r"\d+[xX][\dA-Za-z]+")
_LINES = (
    (
        r"(def|class|lambda|for|while|return|from)\b",
        "this is Python; a file describes a space with block, repeat and if ... else",
    ),
    (r"import\s+\w", 'a file is imported by its quoted name: import "cells.space"'),
    (r"choice\s+\w", "a decision made once and used by name is written: shared NAME = ..."),
    (r"(int|float|str|bool)\s+\w", "no type stands in front of a name: name = value"),
    (r"(repeat|subset|permutation)\b", "a value belongs to an entry: NAME = ..."),
    (r"\w+\s*\{\s*let\b", "write: NAME = { let ...; value }"),
    (r"for\b", "write: repeat COUNT as NAME[i] { ... }"),
)
_HABITS = (
    (r".*\d\s*\.\.\.", "a range is written with two dots: 1..9"),
    (r"\w+\s*:(?!:)", "an entry is written NAME = value"),
    (r"\w+\s*==", "an entry is written with one =: NAME = value"),
    (r"let\s+\w", "an entry needs no let: NAME = value"),
    (r"if\b", "write: NAME = value when condition, or A if condition else B"),
    (r"(mini|maxi)mise\b", "write minimize or maximize, with z"),
    (r"(minimize|maximize|require|forbid)\s*[(:]", "no sign stands after the word: maximize accuracy"),
    (r".*\|\|", "options are separated by one |"),
    (r"(.*[=:]\s*)?[\d.eE+-]+\s+to\b", "a range is written with two dots: 1..9"),
    (r"\w+\s*=\s*\{\s*[\d\"-]", "options are separated by |; the fields of a record have names: { a: 1 }"),
    (r"\w+\s*=[^(\[{]*,", "options are separated by |, a list stands in [ ]"),
    (r"choose\b|select\b", "options are separated by |: NAME = a | b"),
)
_STATEMENT = re.compile(rf"({'|'.join(sorted(STATEMENTS))})\s*[=:{{]")


def expected(terminals: Iterable[str], patterns: dict[str, str]) -> str:
    """Say what could stand there in classes: a value, an operator, a name, `:`, end of line; at most five.

    `patterns` maps a terminal to its text, for those that have a fixed one.
    """
    names = set(terminals) - _LAYOUT
    classes: list[str] = []
    if len(names & _VALUE) > 3:
        classes.append("a value")
        names -= _VALUE | _OF_VALUE
    if len(names & _OPERATOR) > 3:
        classes.append("an operator")
        names -= _OPERATOR | _OF_OPERATOR
    fixed = sorted(_NAMED.get(n) or f"'{patterns[n]}'" for n in names if n in _NAMED or n in patterns)
    classes += [c for c in fixed if c not in classes]
    return "expected " + ", ".join(classes[:_MOST]) + (" ..." if len(classes) > _MOST else "")


def character_hint(character: str) -> str | None:
    """Return what to write in place of a character that the language does not have."""
    if character in _CHARACTERS:
        return _CHARACTERS[character]
    return (
        "names have the letters a-z, digits and '_'; anything else is quoted"
        if character.isalnum() or character == "$"
        else None
    )


def token_hint(line: str, column: int) -> str | None:
    """Return a hint for a token that cannot stand at a column (from 1) of a line, from the habits of others, or None."""
    for match in _LOOKALIKE.finditer(line):
        if match.start() < column <= match.end():
            word = match[0]
            return f'quote it, or put a space: "{word}" or {word[0]} {word[1:]}'
    start = line.strip()
    dots = re.match(r".*\d\s*\.\.\.", line[: column + 1])
    if line[column - 1 : column] == "." and re.match(r"\.\d", line[column - 1 :]) and not dots:
        return f"a digit stands before the point: 0{line[column - 1 :].split()[0]}"
    statement = _STATEMENT.match(start)
    if statement is not None and column <= len(line) - len(line.lstrip()) + statement.end():
        return f'an entry called {statement[1]!r} is quoted: "{statement[1]}" = ...'
    before = line[: column + 1].strip()  # what follows the place may be as it should
    return next(
        (hint for pattern, hint in _LINES if re.match(pattern, start)),
        next((hint for pattern, hint in _HABITS if re.match(pattern, before)), None),
    )
