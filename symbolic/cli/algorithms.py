"""`symspace algorithms`."""

from __future__ import annotations

import inspect
import json
from typing import Any

import attrs
import click

from symbolic.cli.options import json_option


@click.command("algorithms")
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> None:
    """List the algorithms; with NAME print its paper, its options with their defaults, and what it needs."""
    from symbolic import registry

    names = [name] if name is not None else list(registry.entries("algorithms"))
    described = {n: _described(n) for n in names}
    if as_json:
        click.echo(json.dumps(described))
    elif name is not None:
        click.echo(_page(name, described[name]))
    else:
        width = max(map(len, names))
        for n, d in described.items():
            click.echo(f"{n:<{width}}  {d['summary']}")


def _described(name: str) -> dict[str, Any]:
    """What one algorithm's file says; an entry that cannot be imported says why, and spoils nothing else."""
    from symbolic import registry

    try:
        cls = registry.get("algorithms", name)
    except registry.RegistryError as error:
        if name not in registry.entries("algorithms"):
            raise
        return {"summary": str(error), "doc": "", "options": {}, "needs": []}
    module = inspect.getdoc(inspect.getmodule(cls)) or ""
    options = {f.name: _told(f.default) for f in attrs.fields(cls)}
    doc = f"{module}\n\n{inspect.getdoc(cls) or ''}"
    return {"summary": module.partition("\n")[0], "doc": doc, "options": options, "needs": sorted(cls().needs.signals)}


def _page(name: str, described: dict[str, Any]) -> str:
    options = ", ".join(f"{key}: {_literal(value)}" for key, value in described["options"].items())
    return f"{name}({options})\n\n{described['doc']}\n\nneeds of the backend: {', '.join(described['needs'])}"


def _literal(value: object) -> str:
    return "none" if value is None else json.dumps(value)


def _told(default: Any) -> Any:
    """The default of an option as JSON can hold it: of an inner algorithm its call."""
    from symbolic.search import calls

    made = default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]
    if made is attrs.NOTHING:
        return None
    return calls.to_text("algorithms", made) if attrs.has(type(made)) else made
