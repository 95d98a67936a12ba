"""The plots by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from symbolic.errors import nearest
from symbolic.plots.curves import curves
from symbolic.plots.figure import PlotError
from symbolic.plots.history import history
from symbolic.plots.importances import importances
from symbolic.plots.parallel import parallel
from symbolic.plots.pareto import pareto
from symbolic.search.finished import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS: Mapping[str, Callable[[Study], Figure]] = {
    "history": history,
    "pareto": pareto,
    "importances": importances,
    "parallel": parallel,
    "curves": curves,
}


def plot(study: Study, kind: str | None = None) -> Figure:
    """Return a plot of a study; see `Study.plot`."""
    kind = kind or ("pareto" if len(study.objectives.goals) > 1 else "history")
    if kind not in KINDS:
        hint = nearest(str(kind), KINDS) or f"there are {', '.join(KINDS)}"
        raise PlotError(f"no plot is called {kind!r}; {hint}")
    return KINDS[kind](study)
