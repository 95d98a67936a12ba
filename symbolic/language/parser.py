"""Text to raw statements. Every failure is a `SpaceError` with a place; the parser itself keeps no state between calls."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError

from symbolic.errors import Source, SpaceError, Span
from symbolic.language import hints
from symbolic.language.layout import Layout, place
from symbolic.language.raw import Fault, Place, Statement
from symbolic.language.tree import Tree

MAX_BYTES = 2_000_000


def parse_statements(source: Source) -> list[Statement]:
    """Return the statements of a text as raw nodes.

    Raises `SpaceError`: E101 for what cannot stand there, E102 for a character the language does not have, E103 and E104
    for bad words, numbers and strings, E105 for nesting that is too deep, E405 for a text of more than 2 MB.
    """
    if len(source.text) > MAX_BYTES or len(source.text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise SpaceError("E405", f"{source.name} is larger than 2 MB")
    text = source.text.removeprefix("\ufeff")
    if text != source.text:
        source = Source(source.name, text)
    parser = _parser()
    try:
        return parser.parse(text + "\n")  # type: ignore[return-value]  # the transformer makes statements of the tree
    except (VisitError, Fault) as e:
        cause = e.orig_exc if isinstance(e, VisitError) else e
        if not isinstance(cause, Fault):
            raise cause from e
        raise located(cause, source) from None
    except UnexpectedCharacters as e:
        raise _bad_character(e, source) from None
    except UnexpectedToken as e:
        raise _bad_token(e, source, parser) from None
    except RecursionError:
        raise SpaceError("E105", f"{source.name} is nested too deeply") from None


def located(fault: Fault, source: Source) -> SpaceError:
    """Return the error of a fault, at its place in a source."""
    return SpaceError(fault.code, fault.message, spanned(fault.place, source), fault.hint)


@contextmanager
def located_errors(source: Source) -> Iterator[None]:
    """Give faults their place in the source, and turn exhausted recursion into E105."""
    try:
        yield
    except Fault as e:
        raise located(e, source) from None
    except RecursionError:
        raise SpaceError("E105", f"{source.name} is nested too deeply") from None


def spanned(place: Place | None, source: Source) -> Span | None:
    """Return the span of a place in a source."""
    return None if place is None else Span(source, *place)


@functools.cache
def _parser() -> Lark:
    grammar = files("symbolic.language").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=True,
        postlex=Layout(),
        transformer=Tree(),
        cache=_cache_file() or False,
    )


def _cache_file() -> str | None:
    """Return a file in the user's cache folder for the tables of the parser, or None where there is no such folder."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "symspace"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return str(folder / "grammar.lark-cache") if os.access(folder, os.W_OK) else None


def _bad_character(e: UnexpectedCharacters, source: Source) -> SpaceError:
    position = min(e.pos_in_stream or 0, max(0, len(source.text) - 1))
    character = source.text[position : position + 1]
    span = Span(source, e.line, e.column, position, position + 1)
    return SpaceError("E102", f"unexpected character {character!r}", span, hints.character_hint(character))


def _bad_token(e: UnexpectedToken, source: Source, parser: Lark) -> SpaceError:
    token = e.token
    if token.type == "$END":
        return SpaceError("E101", "unexpected end of file", _end(source), _expectation(e, parser))
    if token.type == "_NL":
        where = place(token)
        span = Span(source, where.line, where.column, where.start, where.start + 1)
        return SpaceError("E101", "unexpected end of line", span, _expectation(e, parser))
    hint = hints.token_hint(source.line(token.line or 1), token.column or 1) or _expectation(e, parser)
    return SpaceError("E101", f"unexpected {_shown(token)}", spanned(place(token), source), hint)


def _shown(token: Token) -> str:
    text = str(token)
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _expectation(e: UnexpectedToken, parser: Lark) -> str:
    patterns = {t.name: str(t.pattern.value) for t in parser.terminals if t.pattern.type == "str"}
    return hints.expected(e.accepts or e.expected, patterns)


def _end(source: Source) -> Span:
    text = source.text.rstrip()
    line = text.count("\n") + 1
    return Span(source, line, len(text) - (text.rfind("\n") + 1) + 1, len(text), len(text) + 1)
