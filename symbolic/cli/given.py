"""What a search is given beside its space on the command line: queued candidates from a file, facts as `name=value`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click


def candidates_in(path: Path) -> list[dict[str, Any]]:
    """Return the candidates of a file: a JSON list of objects path -> value, or one object a line (`sample --json`).

    Raises `click.BadParameter` at the line that is neither.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise click.BadParameter(f"{path} cannot be read: {e}") from e
    found: list[Any]
    if text.lstrip().startswith("["):
        found = _read(text, f"{path}")
    else:
        numbered = ((i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip())
        found = [_read(line, f"{path}:{i}") for i, line in numbered]
    wrong = next((v for v in found if not isinstance(v, dict)), None)
    if wrong is not None:
        raise click.BadParameter(f"{path}: {json.dumps(wrong)} is no candidate; write an object path -> value for each")
    return found


def _read(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as e:
        raise click.BadParameter(f"{where}: {e.msg} at column {e.colno}; write a JSON list of objects, or one a line") from e


def facts_in(pairs: Sequence[str]) -> dict[str, Any]:
    """Return facts written as `name=value`; the value is read as JSON, and is text where it is none.

    >>> facts_in(["similarity=0.25", "site=north"])
    {'similarity': 0.25, 'site': 'north'}
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"--fact {pair}: write name=value")
        try:
            found[name.strip()] = json.loads(value)
        except json.JSONDecodeError:
            found[name.strip()] = value
    return found
