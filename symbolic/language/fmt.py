"""The formatter: spaces and indents become regular, line breaks and comments stay where the author put them.

It works on tokens, so a file that does not resolve is formatted too; one that does not lex is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from symbolic.errors import Source, SpaceError, Span
from symbolic.language.hints import character_hint
from symbolic.language.words import RESERVED, STATEMENTS, words_of

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*") | (?P<comment>\#[^\n]*) | (?P<newline>\n) | (?P<blank>[ \t\f\r]+)
    | (?P<object>[A-Za-z_][A-Za-z0-9_.]*::[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<number>\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?[A-Za-z%]*) | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<operator>>>|\.\.|==|!=|<=|>=|//|\*\*|[-+*/%<>=|@.,;:()\[\]{}])""",
    re.VERBOSE,
)
_TIGHT = frozenset({"..", "."})
_OPENERS, _CLOSERS = frozenset("([{"), frozenset(")]}")
_HANGING = words_of("= : | >> + - * / // % ** .. . @ == != < <= > >= and or not when if else is in as of with")
_LEADING = words_of("| >> + - * / // % ** .. . @ == != < <= > >= and or when if else is in as of with")
_DEFINITIONS = frozenset({"shared", "block", "rule"})


@attrs.frozen
class Token:
    """A token: `word` marks a name that is a keyword where it stands, `sign` a minus in front of a value."""

    kind: str
    text: str
    word: bool = False
    sign: bool = False

    @property
    def ends_value(self) -> bool:
        """Whether a value ends here, so that the next name is a keyword and the next minus subtracts."""
        if self.kind == "name":
            return not self.word
        return self.kind in ("number", "string", "object") or self.text in _CLOSERS


@attrs.frozen
class Line:
    """A line: its tokens, and its comment."""

    tokens: tuple[Token, ...]
    comment: str | None


def format_text(text: str, name: str = "<text>") -> str:
    """Return a text with regular layout. Raises E102 for a character that the language does not have.

    >>> format_text("x=conv2d( 8,kernel:3|5 )>>relu#end")
    'x = conv2d(8, kernel: 3 | 5) >> relu  # end'
    """
    lines = _colons(_lines(text.removeprefix("\ufeff"), name))
    shown: list[str] = []
    for indent, line in zip(_indents(lines), lines, strict=True):
        code = _spaced(line.tokens)
        comment = "" if line.comment is None else line.comment
        body = f"{code}  {comment}" if code and comment else code or comment
        if body:
            shown.append(" " * indent + body)
        elif shown and shown[-1]:
            shown.append("")
    while shown and not shown[-1]:
        shown.pop()
    return "\n".join(shown) + "\n" if shown else ""


def _lines(text: str, name: str) -> list[Line]:
    lines: list[Line] = []
    tokens: list[Token] = []
    comment: str | None = None
    last: Token | None = None
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _refused(text, position, name)
        kind, position = match.lastgroup, match.end()
        if kind == "newline":
            lines.append(Line(tuple(tokens), comment))
            tokens, comment = [], None
        elif kind == "comment":
            comment = match[0].rstrip()
        elif kind != "blank" and kind is not None:
            last = _token(kind, match[0], last if tokens or _goes_on(last, match[0]) else None)
            tokens.append(last)
    return [*lines, Line(tuple(tokens), comment)]


def _refused(text: str, position: int, name: str) -> SpaceError:
    start = text.rfind("\n", 0, position) + 1
    span = Span(Source(name, text), text.count("\n", 0, position) + 1, position - start + 1, position, position + 1)
    character = text[position]
    return SpaceError("E102", f"unexpected character {character!r}", span, character_hint(character))


def _goes_on(last: Token | None, text: str) -> bool:
    """Tell whether a line that starts with a text goes on with the statement of the line before."""
    return text in _LEADING or text in _CLOSERS or (last is not None and last.text in _HANGING)


def _token(kind: str, text: str, before: Token | None) -> Token:
    """Return a token; whether a name is a keyword and a minus a sign depends on the token before it."""
    value_before = before is not None and before.ends_value
    if kind == "name":
        starts = before is None or before.text in ("{", ";")
        dotted = before is not None and before.text == "."
        word = not dotted and (text in RESERVED - {"true", "false", "none"} or value_before or (starts and text in STATEMENTS))
        return Token(kind, text, word or (text == "default" and not dotted))
    return Token(kind, text, False, text == "-" and not value_before)


def _colons(lines: Sequence[Line]) -> list[Line]:
    """Write `:` for `=` after the name of an argument or field; parameters keep it before their default."""
    made: list[Line] = []
    opened: list[str] = []
    first: str | None = None  # of the statement, until its first bracket
    for line in lines:
        tokens = list(line.tokens)
        if tokens and not opened:
            first = tokens[0].text
        for i, token in enumerate(line.tokens):
            if token.text in _OPENERS:
                opened.append("parameters" if token.text == "(" and first in _DEFINITIONS and not opened else token.text)
                first = None
            elif token.text in _CLOSERS and opened:
                opened.pop()
            elif token.text == "=" and opened and opened[-1] in ("(", "{") and _is_key(line.tokens, i):
                tokens[i] = attrs.evolve(token, text=":")
            elif token.text == "=":
                first = None
        made.append(Line(tuple(tokens), line.comment))
    return made


def _is_key(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether the token before a position is a key: a name or string at the start of an argument or field."""
    if at == 0 or tokens[at - 1].kind not in ("name", "string"):
        return False
    return at == 1 or tokens[at - 2].text in ("(", "{", ",", ";")


def _indents(lines: Sequence[Line]) -> list[int]:
    """Return the indent of each line.

    Two more than the line that opened the innermost bracket, a closing bracket under that line; two more for a line that
    goes on with the one before. A comment alone on its line stands like the code below it.
    """
    opened: list[int] = []
    indents: list[int] = []
    last: Token | None = None
    waiting = 0
    for line in lines:
        if not line.tokens:
            waiting += 1
            continue
        first = line.tokens[0]
        inner = opened[-1] + 2 if opened else 0
        closing = 0
        while closing < len(line.tokens) and line.tokens[closing].text in _CLOSERS:
            closing += 1
        hangs = first.text in _LEADING or (last is not None and last.text in _HANGING)
        hanging = inner + (2 if hangs else 0)
        indent = opened[-min(closing, len(opened))] if closing and opened else hanging
        indents += [inner if closing else indent] * waiting + [indent]
        waiting = 0
        for token in line.tokens:
            if token.text in _OPENERS:
                opened.append(indent)
            elif token.text in _CLOSERS and opened:
                opened.pop()
        last = line.tokens[-1]
    return indents + [0] * waiting


def _spaced(tokens: Sequence[Token]) -> str:
    shown = ""
    before: Token | None = None
    for token in tokens:
        shown += (" " if before is not None and _space(before, token) else "") + token.text
        before = token
    return shown


def _space(a: Token, b: Token) -> bool:
    """Tell whether a space stands between two tokens."""
    if a.kind == "number" and b.text == ".":
        return True  # no number and its fraction
    if a.text in _TIGHT or b.text in _TIGHT or a.text in ("(", "[") or a.sign:
        return False
    if b.text in (",", ";", ":", ")", "]") or (a.text, b.text) == ("{", "}"):
        return False
    if b.text in ("(", "["):
        return not a.ends_value or a.text == "}"
    return True
