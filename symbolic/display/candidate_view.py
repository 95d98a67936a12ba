"""What is shown of a candidate: its active decisions as an outline, with their values."""

from __future__ import annotations

from symbolic.candidate import Candidate
from symbolic.display.outline import outline
from symbolic.display.space_view import counted, cut
from symbolic.display.view import Line, Table, View
from symbolic.display.words import value_text


def candidate_view(candidate: Candidate) -> View:
    """Return the view of a candidate."""
    values = candidate.to_dict()
    facts = f"{candidate.hash}, {counted(len(values), 'active decision')}"
    return View(f"candidate of {candidate.space.name}", (facts,), (decisions(candidate),))


def decisions(candidate: Candidate) -> Table:
    """Return the active decisions and their values as a table."""
    entries = outline((path, value_text(value)) for path, value in candidate.to_dict().items())
    lines = [
        Line((entry.name, entry.content or ""), depth, way=entry.content is None)
        for top in entries
        for depth, entry in top.walk()
    ]
    return cut(Table(("decision", "value"), tuple(lines)))
