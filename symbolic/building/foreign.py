"""Python callables in a network: called with their arguments and the layer in their braces, and edited by dotted path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symbolic.building.roles import ABSENT, describe, exhausted, span_of
from symbolic.building.values import Inactive
from symbolic.errors import SymspaceError
from symbolic.shapes import Shape, ShapeError
from symbolic.table.instances import Fields, Instance, Operation, Scoped

if TYPE_CHECKING:
    from symbolic.building.network import Network

EDIT = "edit"


def call(network: Network, x: Operation, s: Shape | None) -> object:
    """Call a Python object, or run it as a constructor that asks decisions of its own.

    What stands in its braces is built for the input shape and given as the argument `body`, or as the first one where it has
    none of that name.
    """
    walk = network.walk
    function = walk.maker.find(x.fn, x)
    args = [v for y in x.positional if (v := walk.argument(y)) is not ABSENT]
    kwargs = {k: v for k, y in x.named.items() if (v := walk.argument(y)) is not ABSENT}
    try:
        if x.body is not None:
            body = _body(network, x.body, s)
            if walk.maker.takes_body(function):
                kwargs["body"] = body
            else:
                args.insert(0, body)
        if x.sites is not None:
            assert not args, "arguments of a call with sites are named"
            return walk.maker.program(function, kwargs, x, walk.resolver)
        return walk.maker.call(function, args, kwargs)
    except (SymspaceError, Inactive):
        raise
    except Exception as e:
        if exhausted(e):
            raise
        message = f"`{x.path}`: {x.fn} cannot be built: {type(e).__name__}: {e}"
        raise ShapeError("E602", message, x.span) from e


def _body(network: Network, x: Instance, s: Shape | None) -> object:
    """Build what stands in the braces of a call: a layer for the input that reaches the call, else a value."""
    if not network.walk.blueprint.is_layer(x):
        return network.walk.value(x)
    return network.layer(x, network.walk.input(x) if s is None else s)[0]


def edit(network: Network, x: Operation, s: Shape | None) -> object:
    """Replace submodules of a finished network: `edit(NETWORK, parts: { "layer1.0.relu": gelu, "fc": torch.nn::Identity })`.

    A part is an operator, built for what reaches the submodule when the network runs behind `s`; or a module, a class or a
    function that makes one, given the old module where it takes an argument. Raises E602 where the input is not known, E711
    for a path that leads nowhere.
    """
    walk = network.walk
    made = walk.argument(x.named["network"])
    for path, y in _parts(x).items():
        if walk.blueprint.is_layer(y):
            given = walk.input(y) if s is None else s
            new: Any = network.layer(y, walk.maker.reaching(made, given, path, x))[0]
        else:
            new = walk.argument(y)
        made = walk.maker.edited(made, {path: new}, x)
    return made


def _parts(x: Operation) -> dict[str, Instance]:
    parts: Instance | None = x.named.get("parts")
    while isinstance(parts, Scoped):
        parts = parts.body
    if not isinstance(parts, Fields):
        hint = 'write parts: { "conv1": conv2d(64, 3) }'
        what = "nothing" if parts is None else describe(parts)
        raise ShapeError("E602", f"edit takes a record of submodules and what replaces them, not {what}", span_of(x), hint)
    return dict(parts.fields)
