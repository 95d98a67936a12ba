"""`symspace fmt`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from symbolic.cli.options import json_option


@click.command("fmt")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file would change.")
@json_option
def command(files: tuple[Path, ...], check: bool, as_json: bool) -> int:
    """Give FILES regular layout: spaces, indents, blank lines. Line breaks and comments stay where they are.

    With --json one object: the files, and those that `changed` (with --check: would change).
    """
    from symbolic.errors import SymspaceError
    from symbolic.language.fmt import format_text

    changed: list[str] = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise SymspaceError(f"{path} is no text in UTF-8: {error.reason} at byte {error.start}") from error
        formatted = format_text(text, str(path))
        if formatted == text:
            continue
        changed.append(str(path))
        if not as_json:
            click.echo(f"{'would change' if check else 'changed'} {path}")
        if not check:
            path.write_text(formatted, encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"files": [str(path) for path in files], "changed": changed}))
    return 1 if check and changed else 0
