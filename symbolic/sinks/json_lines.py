"""Sink `json_lines`: one JSON object a line for everything a search does, appended to a file."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TextIO

import attrs

from symbolic.search.notices import Notice, Opened
from symbolic.sinks.errors import SinkError, writable_folder
from symbolic.sinks.notice_json import as_json


@attrs.define
class JsonLines:
    """Appends to `path`: `{"event": "finished", "time": 1764066000.2, "study": "...", "trial": 7, ...}`.

    `time` is UTC seconds. A line is written whole and at once, so that it survives whatever ends the process. Raises
    `SinkError` where the file cannot be opened.

    >>> search(space, listeners=[JsonLines("log.jsonl")])  # doctest: +SKIP
    """

    path: Path = attrs.field(converter=Path)
    _file: TextIO | None = attrs.field(default=None, init=False, repr=False)
    _opened: Opened | None = attrs.field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        writable_folder(self.path.parent, f"the log {self.path} cannot be written")
        try:
            with self.path.open("a", encoding="utf-8"):
                pass
        except OSError as e:
            raise SinkError(f"the log {self.path} cannot be written: {e.strerror}") from e

    def __call__(self, notice: Notice) -> None:
        """Write one line."""
        if isinstance(notice, Opened):
            self._opened = notice
        told = as_json(notice, self._opened)
        study = None if self._opened is None else self._opened.study
        line = json.dumps({"event": told.pop("event"), "time": time.time(), "study": study, **told}, ensure_ascii=False)
        if self._file is None:
            self._file = self.path.open("a", encoding="utf-8")
        self._file.write(line + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file; a search that goes on opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None
