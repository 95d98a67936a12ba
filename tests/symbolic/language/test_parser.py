"""The parser: positions, no state between calls, a grammar without conflicts."""

from __future__ import annotations

import logging
import threading
from importlib.resources import files

import lark
import pytest

from symbolic.errors import Source, SpaceError
from symbolic.language.layout import Layout
from symbolic.language.load import parse
from symbolic.language.parser import parse_statements
from symbolic.nodes import Call


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    grammar = files("symbolic.language").joinpath("grammar.lark").read_text(encoding="utf-8")
    with caplog.at_level(logging.DEBUG, logger=lark.logger.name):
        lark.Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=True, postlex=Layout(), debug=True)
    assert not [r for r in caplog.records if "conflict" in r.message.lower()]


def test_spans_cover_what_was_written() -> None:
    text = "a = 1\n\nx = linear(8) >>\n  dropout(0.1) as d\n"
    x = parse(text).root.fields[1].value
    assert isinstance(x, Call)
    spans = [a.value.span for a in x.args]
    assert [(s.line, s.column, text[s.start : s.end]) for s in spans if s] == [(3, 5, "linear(8)"), (4, 3, "dropout(0.1)")]


def test_columns_count_characters() -> None:
    with pytest.raises(SpaceError, match=r"t:1:14: E201"):
        parse('x = "éé😀" | \trleu', "t")


def test_threads_do_not_meet() -> None:
    texts = [f"x{i} = (1 |\n  {i + 2}) {'>> (3 | 4)' * 20}\ny = {'(' * i}1{')' * i}\n" for i in range(8)]
    expected = [parse_statements(Source("t", t)) for t in texts]
    failed: list[int] = []

    def work(i: int) -> None:
        for _ in range(10):
            if parse_statements(Source("t", texts[i])) != expected[i]:
                failed.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed


def test_an_unwritable_cache_folder_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from symbolic.language import parser

    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/none")
    assert parser._cache_file() is None
