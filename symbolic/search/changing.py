"""What a study may change when it is opened again: its space, edited meanwhile, and the algorithm that goes on."""

from __future__ import annotations

import attrs


@attrs.frozen
class Change:
    """What may differ from the stored study. Where it does, it is written as the study's own before anything else happens.

    `space`: the space was edited, and every stored candidate still has a meaning or is known to have lost it (counted, never
    best). `algorithm`: another one goes on with the same log.
    """

    space: bool = False
    algorithm: bool = False


NOTHING = Change()
