"""What a space, a candidate and a study show in a terminal and in a notebook."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import pytest
from rich.console import Console

import symbolic as sym
from symbolic.display.study_view import best_so_far, ranked, sparkline

SPACE = """space small
x = 0.0..1.0
op = sgd | adam
k = 1..9 when op is adam
minimize loss
require size <= 8
"""
HOSTILE = '<script>alert(1)<b onload="x">[bold]&amp;'


class Shown(HTMLParser):
    """The tags and the text of a fragment; fails on tags that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def html(value) -> Shown:
    shown = Shown()
    shown.feed(value._repr_html_())
    shown.close()
    assert not shown.open
    return shown


def printed(value) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(value)
    return console.file.getvalue()


def measured(values):
    return {"loss": (values["x"] - 0.3) ** 2 + (values.get("k", 5) - 4) ** 2, "size": values.get("k", 5)}


@pytest.fixture(scope="module")
def study():
    return sym.search(sym.parse(SPACE), evaluate=measured, trials=25, listeners=[])


@pytest.mark.parametrize("show", [printed, lambda v: " ".join(html(v).words)])
def test_a_space_shows_decisions_defaults_conditions_and_size(show):
    text = show(sym.parse(SPACE))
    for word in (
        "space small",
        "at most 10 candidates, floats counted once",
        "sgd | adam",
        "1..9",
        "op is adam",
        "minimize loss",
    ):
        assert word in text


@pytest.mark.parametrize("show", [printed, lambda v: " ".join(html(v).words)])
def test_a_candidate_shows_active_decisions_only(show):
    space = sym.parse("space s\nmodel = repeat 1..4 as layers { linear(16..64 step 16) >> relu }")
    candidate = next(c for c in space.sample(50, seed=1) if c.to_dict()["model"] == 2)
    text = show(candidate)
    assert "[1]" in text
    assert "[2]" not in text


@pytest.mark.parametrize("show", [printed, lambda v: " ".join(html(v).words)])
def test_a_study_shows_its_best_the_baseline_and_counts(show, study):
    text = show(study)
    best = study.best
    assert f"best: trial {best.number}, loss {best.value:.6g}, the default candidate {study.baseline.value:.6g}" in text
    assert "25 ok" in text
    assert "▁" in text


def test_ranking_agrees_with_best_and_the_front(study):
    trials = ranked(study)
    assert trials[0].number == study.best.number
    assert [t.value for t in trials] == sorted(t.value for t in trials)
    assert all(t.metrics["size"] <= 8 for t in trials)
    both = sym.search(
        sym.parse(SPACE),
        evaluate=measured,
        objectives=["minimize loss", "maximize size"],
        trials=25,
        algorithm="random",
        listeners=[],
    )
    front = {t.number for t in both.pareto}
    assert {t.number for t in ranked(both)[: len(front)]} >= front
    assert "on the Pareto front" in printed(both)


def test_the_best_so_far_never_gets_worse(study):
    values = best_so_far(study)
    assert values == sorted(values, reverse=True)
    assert values[-1] == study.best.value
    assert len(sparkline(values)) <= 40


def test_hostile_labels_are_text(study):
    space = sym.space({"x": sym.OneOf(HOSTILE, "plain")}, name="hostile")
    candidate = space.candidate({"x": HOSTILE})
    hostile = sym.search(space, evaluate=lambda values: 1.0, trials=2, listeners=[])
    for value in (space, candidate, hostile):
        shown = html(value)
        assert not {"script", "b onload"} & set(shown.tags)
        assert set(shown.tags) <= {"div", "b", "table", "tr", "th", "td"}
    assert HOSTILE in " ".join(html(space).words)
    assert HOSTILE in printed(space).replace("\n", "")


def test_a_space_that_cannot_be_lowered_says_why():
    space = sym.parse("space s\na = 1..3\nb = 1..(a - 5)\n")
    text = printed(space)
    assert "space s" in text
    assert "E5" in text or "E3" in text
    assert html(space).words


def test_large_spaces_are_cut():
    space = sym.parse("space s\n" + "\n".join(f"x{k} = 1..3" for k in range(500)))
    assert "... and 300 more lines" in printed(space)
    assert "... and 300 more lines" in " ".join(html(space).words)


def test_a_study_without_trials_shows_that():
    study = sym.search(
        sym.parse(SPACE), evaluate=lambda values: {"loss": 1.0, "size": 9.0}, trials=3, algorithm="random", listeners=[]
    )
    assert "no trial keeps all limits" in printed(study)
    assert html(study).words


def test_plain_reprs_are_short(study):
    assert repr(study.space) == "<space small: x, op, k>"
    assert repr(study.best.candidate).startswith("<candidate of small: {'x': ")
    assert repr(study).startswith("<study ")
