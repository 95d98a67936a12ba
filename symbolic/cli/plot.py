"""`symspace plot`."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from symbolic.cli import completing
from symbolic.cli.options import folder_option, with_folder


def _kinds(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from symbolic.plots.kinds import KINDS

    return [CompletionItem(kind) for kind in KINDS if kind.startswith(incomplete)]


@click.command("plot")
@click.argument("store", metavar="STORE", callback=with_folder, shell_complete=completing.files)
@click.argument("study", metavar="STUDY", shell_complete=completing.studies)
@click.argument("kind", metavar="[KIND]", required=False, shell_complete=_kinds)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="x.png, x.svg, x.pdf")
@click.option("--dpi", type=click.IntRange(20, 1200), default=150, show_default=True, help="Dots per inch of a .png.")
@folder_option
def command(store: str, study: str, kind: str | None, output: Path, dpi: int) -> None:
    """Plot STUDY of STORE: history, pareto, importances, parallel or curves (default: history, or pareto).

    history: the value of every trial and the best so far. pareto: the front of several objectives. importances: which
    decisions matter. parallel: parallel coordinates. curves: what trials reported on their way. Needs matplotlib.
    """
    from symbolic.plots.figure import PlotError
    from symbolic.search.study import load_study

    figure = load_study(store, study).plot(kind)
    known = sorted(figure.canvas.get_supported_filetypes())
    if output.suffix.removeprefix(".") not in known:
        raise PlotError(f"no picture can be written as {output.name!r}; known endings: {', '.join(known)}")
    figure.savefig(output, dpi=dpi)
    click.echo(f"{kind or 'plot'} of {study}: {output}")
