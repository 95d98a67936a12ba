"""What an algorithm may note on its own trials: plain data, so that a stored trial reads as the one proposed, and little."""

from __future__ import annotations

from symbolic.errors import SymspaceError
from symbolic.search.events import Trial
from symbolic.search.plain import dumps

LIMIT_BYTES = 4096


class MemoError(SymspaceError):
    """An algorithm noted something on a trial that cannot be kept."""


def check_memo(trial: Trial) -> None:
    """Raise `MemoError` where the memo of a trial is not plain data, or takes more than 4 KB as JSON."""
    if not trial.memo:
        return
    try:
        sizes = {str(key): len(dumps({key: value}).encode()) for key, value in trial.memo.items()}
    except (TypeError, ValueError, UnicodeError) as e:
        raise MemoError(f"the algorithm's memo of trial {trial.number} cannot be stored: {e}") from e
    size = sum(sizes.values())
    if size > LIMIT_BYTES:
        largest = max(sizes, key=lambda key: sizes[key])
        raise MemoError(
            f"the algorithm's memo of trial {trial.number} takes {size:,} bytes, and at most {LIMIT_BYTES:,} are kept; "
            f"{largest!r} takes {sizes[largest]:,}: keep it in the search's own state, or draw it again from the trial's number"
        )
