"""The bar of a running search: what it says, where it moves, and that it goes away."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

import symbolic as sym
from symbolic.display.progress import Progress
from symbolic.search import listen

SPACE = "space s\nx = 0.0..1.0\nminimize loss\n"


def search(progress, trials=20, evaluate=lambda v: {"loss": v["x"]}, **more):
    return sym.search(sym.parse(SPACE), evaluate=evaluate, trials=trials, algorithm="random", listeners=[progress], **more)


def shown(terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=160, color_system=None, force_jupyter=False)


def test_a_terminal_shows_best_rate_and_what_is_left():
    progress = Progress(console=shown(True))
    study = search(progress)
    text = progress.console.file.getvalue()
    assert f"best loss {study.best.value:.4g}" in text
    assert "20/20" in text
    assert "/s" in text
    assert "left" in text
    assert text.rstrip().endswith(f"(-{study.baseline.value - study.best.value:.3g})")
    assert progress.bar is None


def test_without_a_terminal_there_is_a_line_for_each_improvement():
    progress = Progress(console=shown(False))
    study = search(progress)
    text = progress.console.file.getvalue()
    assert f"trial {study.best.number}: best loss {study.best.value:.4g}" in text
    assert "\x1b" not in text
    assert "20 trials in" in text


def test_the_bar_goes_away_when_a_search_fails():
    progress = Progress(console=shown(True))
    with pytest.raises(sym.SymspaceError):
        search(progress, evaluate=lambda v: 1 / 0)
    assert progress.bar is None


def test_a_continued_search_counts_from_where_it_was(tmp_path):
    for trials in (3, 6):
        progress = Progress(console=shown(False))
        search(progress, trials=trials, store=tmp_path / "s.db", study="s")
    text = progress.console.file.getvalue()
    assert "going on after 3 trials" in text
    assert (progress.before, progress.finished) == (3, 6)


def test_a_continued_search_knows_what_led(tmp_path):
    search(Progress(console=shown(False)), trials=8, store=tmp_path / "s.db", study="s")
    progress = Progress(console=shown(False))
    study = search(progress, trials=9, store=tmp_path / "s.db", study="s")
    assert study.best.number < 8
    assert progress.best.startswith(f"best loss {study.best.value:.4g} (-")


def test_hostile_names_are_no_markup():
    progress = Progress(console=shown(False))
    sym.search(
        sym.parse(SPACE),
        evaluate=lambda v: {"loss": v["x"]},
        trials=2,
        study="[bold]x[/]",
        algorithm="random",
        listeners=[progress],
    )
    assert "study [bold]x[/]:" in progress.console.file.getvalue()


def test_the_default_listener_is_a_bar_where_one_can_move(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert listen.default_listener() is listen.say

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(listen.default_listener(), Progress)


def test_a_notebook_shows_the_bar(tmp_path):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipywidgets")
    code = (
        "import symbolic as sym, time\n"
        f"space = sym.parse({SPACE!r})\n"
        "study = sym.search(space, evaluate=lambda v: time.sleep(0.05) or {'loss': v['x']}, trials=6, algorithm='random')\n"
        "study"
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    client = nbclient.NotebookClient(book, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = book.cells[0].outputs
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert "application/vnd.jupyter.widget-view+json" in kinds
    result = next(output for output in outputs if output.output_type == "execute_result")
    assert "study s-random-s0" in result.data["text/html"]
