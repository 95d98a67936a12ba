"""Snapshots of a one-shot search: the session's weights in a folder, named in the log once they are whole."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from symbolic.search.events import Plain
from symbolic.search.notices import Saved
from symbolic.search.protocols import Session
from symbolic.search.store import Log, Snapshot, StoreError

if TYPE_CHECKING:
    from symbolic.search.desk import Desk

FOLDER = "snapshots"
SHARE = 20
"""At most one part in so many of the time goes into saving."""


def save(desk: Desk) -> None:
    """Save the search's state and the session's weights. Nothing may be pending."""
    assert not desk.pending
    began = time.monotonic()
    state = {"search": desk.search.state_dict(), "transient": desk.transient}
    folder = write(desk.log, desk.session, state, desk.seq, desk.number)
    ended = time.monotonic()
    pause = SHARE * (ended - began) if desk.options.snapshot_s else 0.0
    desk.saved, desk.dirty = ended + pause, False
    if folder is not None:
        desk.audience.hear(Saved(folder))


def write(log: Log, session: Session, state: Plain, seq: int, next_number: int) -> Path | None:
    """Write a snapshot and delete older ones; return its folder, None where the study keeps no folder.

    The folder is written under another name and renamed before the log names it, so a kill at any moment leaves the old one.
    """
    if log.folder is None:
        return None
    name = f"{FOLDER}/{next_number:010d}"
    final, part = log.folder / name, log.folder / f"{name}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        session.save(part)
        shutil.rmtree(final, ignore_errors=True)
        part.rename(final)
    except OSError as e:
        raise StoreError(f"the snapshot {final} cannot be written: {e.strerror or e}") from e
    with log.turn() as turn:
        turn.save_snapshot(Snapshot(seq, next_number, name, state))
    for other in (log.folder / FOLDER).iterdir():
        if other != final:
            shutil.rmtree(other, ignore_errors=True)
    return final


def load(log: Log, session: Session, snapshot: Snapshot) -> None:
    """Load the session's weights. Raises `StoreError` with both remedies where the folder is missing or unreadable."""
    folder = None if log.folder is None else log.folder / snapshot.folder
    try:
        if folder is None or not folder.is_dir():
            raise FileNotFoundError(f"{snapshot.folder} is missing")
        session.load(folder)
    except Exception as e:
        raise StoreError(
            f"the snapshot of study {log.record.identity.name!r} ({folder}) cannot be read: {e}\n"
            "  start its supernet again from step 0 (restart_supernet=True, --restart-supernet), or start another study"
        ) from e
