"""Addresses: where in the arguments of a `call` a value stands. `rebind({"setting[1][0]": 6})` puts another one there.

`/` separates steps as in the paths of decisions, `cfg.widths[0]` is how Python would write it. E203: an argument that nothing
takes. E711: an address that leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from symbolic.errors import SpaceError, Span, nearest
from symbolic.python.asked import Interval, Options
from symbolic.python.containers import is_foreign, opened
from symbolic.python.labels import literal

if TYPE_CHECKING:
    from symbolic.python.foreign import Foreign

Steps: TypeAlias = tuple[str, ...]
_PART = re.compile(r"\.?([^.\[\]]+)|\[([^\[\]]+)\]")


def steps_of(address: object, span: Span | None) -> Steps:
    """Return the steps of an address. Raises E711 for what is none.

    >>> steps_of("setting/1/0", None), steps_of("cfg.widths[0]", None)
    (('setting', '1', '0'), ('cfg', 'widths', '0'))
    """
    hint = "write an argument's name, or where a value stands inside one: 'setting/1/0', 'cfg.widths[0]'"
    if not isinstance(address, str) or not address:
        raise SpaceError("E711", f"{address!r} is no address of a value", span, hint)
    if "/" in address:
        # Keys of dicts may hold dots and brackets.
        steps = tuple(address.split("/"))
    else:
        found = list(_PART.finditer(address))
        steps = tuple(part.group(1) or part.group(2) for part in found)
        if "".join(part.group() for part in found) != address or address.startswith((".", "[")):
            raise SpaceError("E711", f"{address!r} is no address of a value", span, hint)
    if not all(steps):
        raise SpaceError("E711", f"{address!r} is no address of a value", span, hint)
    return steps


def placed(value: Any, steps: Steps, new: Any, address: str, span: Span | None) -> Any:
    """Return a value with another one at an address inside; nothing is changed in place."""
    if not steps:
        return new
    first, rest = steps[0], steps[1:]
    if is_foreign(value):
        return _in_call(value, first, rest, new, address, span)
    if isinstance(value, Options):
        return _in_option(value, first, rest, new, address, span)
    if isinstance(value, Interval):
        raise SpaceError("E711", f"{address!r} leads into the range {value.offers()}", span, "give the address of the range")
    inside = opened(value)
    if inside is None:
        raise SpaceError("E711", f"{address!r} leads into {value!r}, which holds no values", span)
    keys = {str(key): key for key in inside.contents}
    if first not in keys:
        raise _nothing(first, address, keys, span)
    key = keys[first]
    return inside.make({**inside.contents, key: placed(inside.contents[key], rest, new, address, span)})


def _in_call(made: Foreign, first: str, rest: Steps, new: Any, address: str, span: Span | None) -> Any:
    if first.isdigit() and int(first) < len(made.positional):
        args = list(made.positional)
        args[int(first)] = placed(args[int(first)], rest, new, address, span)
        return attrs.evolve(made, positional=tuple(args))
    if first in made.named:
        return attrs.evolve(made, named={**made.named, first: placed(made.named[first], rest, new, address, span)})
    if rest:
        raise _nothing(first, address, made.named, span)
    # An argument that was left out so far: the constructor says whether it takes one of this name.
    return made.rebind(**{first: new})


def _in_option(asked: Options, first: str, rest: Steps, new: Any, address: str, span: Span | None) -> Options:
    if first not in asked.labels:
        raise _nothing(first, address, asked.labels, span)
    position = asked.labels.index(first)
    option = asked.options[position]
    if not rest or literal(option) is not None:
        # The option's name says what it is, so it cannot become something else under that name.
        raise SpaceError("E711", f"{address!r} leads to an option of a choice", span, "replace the whole choice")
    options = list(asked.options)
    options[position] = placed(option, rest, new, address, span)
    return attrs.evolve(asked, options=tuple(options))


def _nothing(step: str, address: str, known: Mapping[str, Any] | Iterable[str], span: Span | None) -> SpaceError:
    names = list(known)
    hint = nearest(step, names) or (f"there are {', '.join(names[:12])}" if names else "it is empty")
    return SpaceError("E711", f"{address!r} leads nowhere: there is no {step!r}", span, hint)
