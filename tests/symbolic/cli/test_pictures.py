"""The commands that make pictures and logs: plot, report, show --svg, best --svg, search --log-jsonl --tensorboard."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import symbolic as sym

VALUES = """space values
x = 0.0..1.0
op = "<script>alert(1)<b>" | "plain"
k = 1..9 when op is "plain"
minimize loss
"""
NET = """space net
task digits
model = conv2d(4..8 step 4, kernel: 3 | 5) >> (relu | gelu) >> global_avg_pool >> linear(classes)
train { epochs: 1 }
maximize accuracy
"""


def loss(values):
    """A few milliseconds' worth of nothing."""
    return {"loss": (values["x"] - 0.3) ** 2, "size": values.get("k", 0)}


@pytest.fixture
def stored(run: Callable) -> Callable:
    sym.search(
        sym.parse(VALUES), evaluate=loss, trials=12, algorithm="random", store="symspace.db", study="values", listeners=[]
    )
    return run


class Page(HTMLParser):
    """The tags of a page; fails where they are not nested."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href") and not value.startswith("#")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_plots_are_written_in_every_format(stored: Callable) -> None:
    for kind, name in (("history", "a.png"), ("importances", "b.svg"), ("parallel", "c.pdf")):
        done = stored("plot", "symspace.db", "values", kind, "-o", name)
        assert done.code == 0, done.err
        assert Path(name).stat().st_size > 2_000
    assert "plot of values" in stored("plot", "symspace.db", "values", "-o", "d.png").out


def test_plots_that_cannot_be_made_are_refused(stored: Callable) -> None:
    for words, message in (
        (("symspace.db", "values", "pareto", "-o", "a.png"), "has one objective"),
        (("symspace.db", "values", "histori", "-o", "a.png"), "did you mean 'history'"),
        (("symspace.db", "values", "-o", "a.xyz"), "known endings"),
        (("symspace.db", "valuse", "-o", "a.png"), "values"),
        (("none.db", "values", "-o", "a.png"), "none.db"),
    ):
        refused = stored("plot", *words)
        assert refused.code == 2
        assert message in refused.err
        assert "Traceback" not in refused.err
    assert not Path("a.png").exists()


def test_a_report_is_one_page_that_needs_nothing_else(stored: Callable) -> None:
    done = stored("report", "symspace.db", "values", "-o", "r.html")
    assert done.code == 0, done.err
    text = Path("r.html").read_text(encoding="utf-8")
    shown = Page()
    shown.feed(text)
    assert not shown.open
    assert not shown.links
    assert "script" not in shown.tags
    assert shown.tags.count("tr") >= 12
    for title in ("Best", "History", "Which decisions matter", "Parallel coordinates", "Trials", "Space"):
        assert f"<h2>{title}</h2>" in text
    assert "not shown: " in text  # no network, no reports
    assert "url(http" not in text


def test_a_report_on_several_objectives_shows_the_front(run: Callable) -> None:
    goals = ["minimize loss", "maximize size"]
    sym.search(
        sym.parse(VALUES),
        evaluate=loss,
        objectives=goals,
        trials=12,
        algorithm="random",
        store="symspace.db",
        study="two",
        listeners=[],
    )
    assert run("report", "symspace.db", "two", "-o", "r.html").code == 0
    assert "<h2>Pareto front</h2>" in Path("r.html").read_text(encoding="utf-8")


def test_networks_are_drawn_and_searches_logged(run: Callable) -> None:
    Path("net.space").write_text(NET)
    found = run("search", "net.space", "--trials", "2", "--algorithm", "random", "--log-jsonl", "log.jsonl")
    assert found.code == 0, found.err
    told = [json.loads(line) for line in Path("log.jsonl").read_text().splitlines()]
    assert [line["trial"] for line in told if line["event"] == "finished"] == [0, 1]
    more = run("resume", "--trials", "3", "--log-jsonl", "log.jsonl", "--tensorboard", "runs")
    assert more.code == 0, more.err
    assert len(Path("log.jsonl").read_text().splitlines()) > len(told)
    assert Path("runs/net-random-s0/trial-0002").is_dir()
    drawn = run("best", "--svg", "best.svg")
    assert drawn.code == 0, drawn.err
    text = Path("best.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert "Linear" in text
    assert run("report", "symspace.db", "net-random-s0", "-o", "r.html").code == 0
    page = Path("r.html").read_text(encoding="utf-8")
    assert "Conv2d" in page
    assert "on test data, measured once" in page


def test_spaces_are_drawn(run: Callable) -> None:
    assert run("show", "examples/digits.space", "--svg", "space.svg").code == 0
    assert "relu | gelu | silu" in Path("space.svg").read_text(encoding="utf-8")
    Path("c.json").write_text(sym.load("examples/digits.space").default().json())
    assert (
        json.loads(run("show", "examples/digits.space", "--candidate", "c.json", "--svg", "c.svg", "--json").out)["svg"]
        == "c.svg"
    )
    assert "Conv2d" in Path("c.svg").read_text(encoding="utf-8")
    Path("v.space").write_text(VALUES)
    refused = run("show", "v.space", "--svg", "v.svg")
    assert refused.code == 2
    assert "no network to draw" in refused.err


def test_logs_that_cannot_be_written_are_refused_before_trial_1(run: Callable) -> None:
    Path("net.space").write_text(NET)
    for words in (("--log-jsonl", "none/log.jsonl"), ("--tensorboard", "none/runs")):
        refused = run("search", "net.space", "--trials", "1", *words)
        assert refused.code == 2
        assert "none is no folder; make it first" in refused.err
    assert not Path("symspace.db").exists()
