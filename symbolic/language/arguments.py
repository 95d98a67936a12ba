"""Arguments: positional ones take the parameter's name; what does not fit the signature is refused."""

from __future__ import annotations

from collections.abc import Sequence

from symbolic.errors import nearest
from symbolic.language import ranges, raw, types
from symbolic.language.context import Context, Scope
from symbolic.language.raw import Place
from symbolic.nodes import Arg, Node
from symbolic.operators import Parameter


def bind(
    ctx: Context, who: str, args: Sequence[raw.Argument], parameters: Sequence[Parameter], scope: Scope, place: Place
) -> tuple[Arg, ...]:
    """Return the arguments by name, in the order written.

    Raises E202 for one given twice, E203 for an unknown one or a positional one after a named one, E204 for a missing
    one, E205 for too many, E305 for one of the wrong type.
    """
    in_order(ctx, args)
    known = {p.name: p for p in parameters if not p.many}
    rest = parameters[-1] if parameters and parameters[-1].many else None
    bound: dict[str, Arg] = {}
    for i, arg in enumerate(args):
        if rest is not None and arg.name is None and i >= len(known):
            bound[str(i)] = Arg(None, ctx.value(arg.value, scope))
            types.check(ctx, who, rest, bound[str(i)].value, arg.value.place)
            continue
        if arg.name is None and i >= len(parameters):
            raise ctx.error("E205", f"{who!r} takes {_count(len(parameters))}, {len(args)} given", arg.place, _takes(known))
        name = parameters[i].name if arg.name is None else arg.name
        if name not in known:
            raise ctx.error("E203", f"{who!r} has no argument {name!r}", arg.place, nearest(name, known) or _takes(known))
        if name in bound:
            raise ctx.error("E202", f"argument {name!r} is given twice", arg.place)
        value = argument(ctx, arg.value, scope, known[name].type)
        types.check(ctx, who, known[name], value, arg.value.place)
        bound[name] = Arg(name, value)
    for p in parameters:
        if p.required and p.name not in bound:
            raise ctx.error("E204", f"{who!r} needs the argument {p.name!r}", place, _takes(known))
    return tuple(bound.values())


def loose(ctx: Context, args: Sequence[raw.Argument], scope: Scope) -> tuple[Arg, ...]:
    """Return the arguments of something whose signature is not known: positional ones stay without a name."""
    in_order(ctx, args)
    seen: set[str] = set()
    for arg in args:
        if arg.name in seen:
            raise ctx.error("E202", f"argument {arg.name!r} is given twice", arg.place)
        if arg.name is not None:
            seen.add(arg.name)
    return tuple(Arg(arg.name, argument(ctx, arg.value, scope, "any")) for arg in args)


def in_order(ctx: Context, args: Sequence[raw.Argument]) -> None:
    """Raise E203 for a positional argument after a named one."""
    named = False
    for arg in args:
        if named and arg.name is None:
            raise ctx.error("E203", "a positional argument after a named one", arg.place, "name it, or move it to the front")
        named = named or arg.name is not None


def argument(ctx: Context, value: raw.Raw, scope: Scope, kind: str) -> Node:
    """Resolve an argument; where a number is asked for, `0..1` is not mistaken for a probability or a flag."""
    if isinstance(value, raw.Range) and kind in ("int", "float"):
        return ranges.resolve(ctx, value, scope, plain=True)
    return ctx.value(value, scope)


def _count(n: int) -> str:
    return "no arguments" if n == 0 else f"{n} argument{'s' if n > 1 else ''}"


def _takes(known: dict[str, Parameter]) -> str:
    if not known:
        return "it takes none"
    return "it takes " + ", ".join(f"{p.name}: {p.type}" + ("" if p.required else "?") for p in known.values())
