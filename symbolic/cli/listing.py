"""Commands that list what is registered: backends, tasks and operators, and describe one."""

from __future__ import annotations

import inspect
import json
from typing import Any

import click

from symbolic.registry import Group


def listing(group: Group) -> click.Command:
    """Return the command that lists one group of the registry, or describes the entry that is named."""

    @click.command(group, help=f"List the {group}; with NAME print its signature and documentation.")
    @click.argument("name", required=False)
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    def command(name: str | None, as_json: bool) -> None:
        from symbolic import registry

        names = [name] if name is not None else list(registry.entries(group))
        found = {n: described(group, n, named=name is not None) for n in names}
        if as_json:
            click.echo(json.dumps(found))
        elif name is not None:
            click.echo(f"{found[name]['signature']}\n\n{found[name]['doc']}")
        else:
            width = max((len(str(d["signature"])) for d in found.values() if len(str(d["signature"])) < 48), default=0)
            for d in found.values():
                click.echo(f"{d['signature']:<{width}}  {str(d['doc']).partition(chr(10))[0]}")

    return command


def described(group: Group, name: str, *, named: bool) -> dict[str, Any]:
    """Return signature and documentation of an entry; one that cannot be imported says why, unless it was asked for."""
    from symbolic import registry

    try:
        thing = registry.get(group, name)
    except registry.RegistryError as error:
        if named:
            raise
        return {"signature": name, "doc": str(error)}
    signature = getattr(thing, "signature", None)
    shown = str(signature) if signature is not None else f"{name}{_parameters(thing)}"
    return {"signature": shown, "doc": _doc(group, thing)}


def _doc(group: Group, thing: Any) -> str:
    """The documentation: a task has a file of its own, whose first words say what it is."""
    own = inspect.getdoc(thing) or ""
    return f"{inspect.getdoc(inspect.getmodule(thing)) or ''}\n\n{own}".strip() if group == "tasks" else own


def _parameters(thing: Any) -> str:
    """The parameters of a callable as the language writes a call, with their defaults."""
    shown = []
    for p in inspect.signature(thing).parameters.values():
        default = (
            "" if p.default is p.empty or not isinstance(p.default, int | float | str | None) else f": {_literal(p.default)}"
        )
        shown.append(f"{p.name}{default}")
    return f"({', '.join(shown)})"


def _literal(value: object) -> str:
    return "none" if value is None else json.dumps(value)
