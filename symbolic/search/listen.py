"""Who listens to a search where the user names nobody: a progress bar where one can move, else a few lines."""

from __future__ import annotations

import sys

from symbolic.search.notices import Listener, Note, Notice, Opened, Waiting


def default_listener() -> Listener:
    """Return a progress bar at a terminal or in a notebook, else `say`."""
    if "IPython" not in sys.modules and not sys.stderr.isatty():
        return say
    from symbolic.display.progress import Progress, lives

    progress = Progress()
    return progress if lives(progress.console) else say


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
