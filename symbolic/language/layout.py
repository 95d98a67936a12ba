"""Layout: which newlines count, and how deep brackets may nest.

A newline before a line that continues the statement is no token at all (`_JOIN` in the grammar). Here go those inside
`(` and `[`, and those after an operator, an opener or another newline. All state belongs to one call of `process`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

from symbolic.language.raw import Fault, Place
from symbolic.language.words import words_of

MAX_BRACKETS = 100
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_OPERATORS = words_of("( [ { , | = : + - * / // % ** >> .. . @ ; == != <= >= < >")
_WORDS = words_of("and or not if else is in when with of as")


class Layout:
    """The post-lexer: drops newlines that end nothing."""

    always_accept = ("_NL",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Yield the tokens that matter. Raises E105 past 100 open brackets."""
        open_brackets: list[str] = []
        after_operator = True
        for token in stream:
            if token.type == "_NL":
                if after_operator or (open_brackets and open_brackets[-1] != "{"):
                    continue
                after_operator = True
                yield token
                continue
            text = str(token)
            if text in ("(", "[", "{"):
                open_brackets.append(text)
                if len(open_brackets) > MAX_BRACKETS:
                    raise Fault("E105", f"nested more than {MAX_BRACKETS} brackets deep", place(token))
            elif text in _CLOSERS and open_brackets:
                open_brackets.pop()
            after_operator = text in _OPERATORS or (token.type == text.upper() and text in _WORDS)
            yield token


def place(token: Token) -> Place:
    """Return where a token stands."""
    start = token.start_pos or 0
    return Place(token.line or 1, token.column or 1, start, token.end_pos or start + 1)
