"""`symspace report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from symbolic.cli import completing
from symbolic.cli.options import folder_option, with_folder
from symbolic.errors import SymspaceError

if TYPE_CHECKING:
    from symbolic.display.svg import Drawing
    from symbolic.search.finished import Study


@click.command("report")
@click.argument("store", metavar="STORE", callback=with_folder, shell_complete=completing.files)
@click.argument("study", metavar="STUDY", shell_complete=completing.studies)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The page: report.html")
@click.option("--trial", type=click.IntRange(0), help="Draw the network of this trial instead of the best one.")
@folder_option
def command(store: str, study: str, output: Path, trial: int | None) -> None:
    """Write one HTML page on STUDY of STORE that needs nothing else.

    It holds the best trial and its network drawn, the history, the Pareto front, which decisions matter, parallel
    coordinates, what trials reported, and the table of all trials. Needs matplotlib.
    """
    from symbolic.plots.page import page
    from symbolic.search.study import load_study

    loaded = load_study(store, study)
    output.write_text(page(loaded, drawn(store, loaded, trial)), encoding="utf-8")
    click.echo(f"report on {study}: {output}")


def drawn(store: str, study: Study, number: int | None) -> Drawing | str:
    """Return the drawing of a trial's network, or in words why there is none. Raises `StudyError` for an unknown trial."""
    from symbolic.cli.networks import network_of, trial_of

    if number is None and len(study.objectives.goals) > 1:
        number = next((t.number for t in study.pareto), None)
        if number is None:
            return "no trial has all values"
    elif number is not None:
        trial_of(study, number)
    try:
        found = network_of(store, study, number)
        return found.candidate.draw(found.facts)
    except SymspaceError as error:
        return str(error)
