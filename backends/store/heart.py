"""The heartbeat of a process: a thread that writes, every 15 seconds, that the process still works on its study.

Other machines cannot look up its process id, and take over its trials when a minute has passed without a beat. A trial may
take hours in the process itself, so the beat must not wait for the loop. It has a connection of its own for each beat: a lock
that somebody holds for long makes one beat late, and no more.
"""

from __future__ import annotations

import threading
from contextlib import suppress

import attrs
import sqlalchemy as sa

from backends.store import schema
from backends.store.database import Database, wrapped
from backends.store.owners import BEAT_S
from symbolic.search.store import StoreError


@attrs.define(eq=False)
class Heart:
    """Beats for `owner` from `start` to `stop`."""

    database: Database
    owner: str
    pause_s: float = BEAT_S
    stopped: threading.Event = attrs.field(factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self.thread = threading.Thread(target=self._run, name="symspace-heart", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.stopped.wait(self.pause_s):
            with suppress(StoreError):  # a server that restarts, a file that is locked: the next beat may come through
                beat(self.database, self.owner)

    def stop(self) -> None:
        """End the thread. Idempotent."""
        self.stopped.set()
        if self.thread is not None and self.thread is not threading.current_thread():
            self.thread.join()


def beat(database: Database, owner: str) -> None:
    """Write that a process lives, by the shared clock, on a connection of its own. Raises `StoreError`."""
    connection = database.connect(write=True)
    p = schema.process.c
    try:
        with wrapped(database), connection.begin():
            now_s = database.now_s(connection)
            connection.execute(sa.update(schema.process).where(p.id == owner).values(beat_s=now_s))
    finally:
        connection.close()
        connection.engine.dispose()
