"""Every plot is drawn, shows what the study holds, and refuses what it does not."""

from __future__ import annotations

import math
import sys
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from symbolic.plots.figure import PlotError, shade, svg_of
from symbolic.plots.kinds import KINDS
from symbolic.plots.parallel import axis
from symbolic.search.importance import ImportanceError


@pytest.mark.parametrize("kind", ["history", "importances", "parallel", "curves"])
def test_one_objective(one, kind, tmp_path):
    one.plot(kind).savefig(tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 5_000


@pytest.mark.parametrize("kind", KINDS)
def test_two_objectives_as_svg(two, kind):
    text = svg_of(two.plot(kind))
    ElementTree.fromstring(text)
    assert text == svg_of(two.plot(kind))


def test_history_shows_trials_the_best_so_far_and_the_baseline(one):
    made = one.plot().axes[0]
    points = np.asarray(made.collections[0].get_offsets())
    assert points.tolist() == [[t.number, t.value] for t in one.trials]
    best = np.asarray(made.lines[0].get_ydata())
    assert best.tolist() == np.minimum.accumulate([t.value for t in one.trials]).tolist()
    assert set(np.asarray(made.lines[1].get_ydata())) == {one.baseline.value}


def test_the_front_is_the_studys(two):
    made = two.plot().axes[0]
    rest, front = (np.asarray(c.get_offsets()) for c in made.collections)
    assert sorted(front.tolist()) == sorted(list(t.values) for t in two.pareto)
    good = [t for t in two.trials if t.metrics["cost"] <= 12]
    assert len(rest) + len(front) == len(good)


def test_curves_show_every_report(one):
    lines = one.plot("curves").axes[0].lines
    assert sum(len(line.get_xdata()) for line in lines) == sum(map(len, one.reports.values()))


def test_importances_follow_what_the_function_reads(one, two):
    shares = one.importances()
    assert list(shares)[:2] == ["x", "lr"]
    assert shares["x"] > 0.6
    assert math.isclose(sum(shares.values()), 1.0)
    assert shares["pick"] < 0.05
    assert next(iter(two.importances(1))) == "x"
    assert one.importances() == shares


def test_parallel_axes_place_values_on_their_scale(one):
    table = one.space.lower()
    values = [t.candidate.to_dict() for t in one.trials]
    lr, k = (axis(table, table.where[path], values) for path in ("lr", "k"))
    assert lr.places == tuple(pytest.approx((math.log10(v["lr"]) + 5) / 5) for v in values)
    assert [p is None for p in k.places] == ["k" not in v for v in values]


def test_what_a_study_does_not_have_is_refused(one, empty):
    with pytest.raises(PlotError, match=r"one objective.*plot 'history'"):
        one.plot("pareto")
    with pytest.raises(PlotError, match="did you mean 'history'"):
        one.plot("histori")
    with pytest.raises(PlotError, match="no trial of study"):
        empty.plot("parallel")
    with pytest.raises(PlotError, match="reported no loss on their way"):
        empty.plot("curves")
    with pytest.raises(ImportanceError, match="4 results are too few"):
        empty.importances()
    with pytest.raises(ImportanceError, match="no objective 2"):
        one.importances(2)


def test_plots_leave_settings_and_figures_alone(one):
    before = dict(matplotlib.rcParams)
    svg_of(one.plot())
    assert dict(matplotlib.rcParams) == before
    assert not sys.modules.get("matplotlib.pyplot") or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_a_missing_matplotlib_is_named(one, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(PlotError, match=r"pip install 'symspace\[plot\]'"):
        one.plot()


def test_shades_are_ranks():
    assert shade([5.0, 1.0, 3.0]) == [1.0, 0.0, 0.5]
    assert shade([1.0]) == [0.0]
