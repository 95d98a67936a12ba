"""What the loop itself proposes before the search does: the default candidate, then candidates the user queued."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from symbolic.points import Point
from symbolic.search.events import Trial
from symbolic.search.tally import Tally

QUEUE = "queue"
"""The document of a study with the values by path of all candidates that were queued, in order."""


@attrs.frozen
class Queue:
    """`baseline` is trial 0 of the study, and proposed again where an edited space made that one history; then `points`.

    `points` are those that wait after the `before` first ones, each proposed once, in order.
    What the log holds already is not repeated.
    """

    baseline: Point | None = None
    points: tuple[Point, ...] = ()
    before: int = 0

    @property
    def queued(self) -> int:
        """How many candidates were queued in all."""
        return self.before + len(self.points)

    def trials(self, numbers: Sequence[int], tally: Tally) -> list[Trial]:
        """Return trials for a prefix of `numbers`; none once everything queued was proposed."""
        found: list[Trial] = []
        left = list(numbers)
        if self.baseline is not None and not tally.baseline and left:
            found.append(Trial(left.pop(0), self.baseline, origin="baseline"))
        waiting = self.points[max(0, tally.queued - self.before) :]
        return found + [Trial(n, p, origin="queued") for n, p in zip(left, waiting, strict=False)]
