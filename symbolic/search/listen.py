"""The listener of a search in a script: the few lines one should see, on standard error."""

from __future__ import annotations

import sys

from symbolic.search.notices import Note, Notice, Opened, Waiting


def say(notice: Notice) -> None:
    """Print what was decided for the user: settings scaled to the budget, what is fixed, why the search waits or ends."""
    match notice:
        case Opened():
            going_on = f", {notice.finished} trials done before" if notice.resumed else ""
            print(f"study {notice.study}: {notice.algorithm} on {notice.backend}{going_on}", file=sys.stderr)
        case Note(text=text) | Waiting(reason=text):
            print(text, file=sys.stderr)
        case _:
            pass
