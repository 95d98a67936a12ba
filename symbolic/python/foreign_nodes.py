"""Calls from elsewhere as nodes of the language: `module::Qual(argument: value, ...)`, edits as a call of `edited`.

What no text can say is refused with the reason: E710 an object without a name or with state, E305 a number without a
literal. E711: an annotated class in a form that this version does not search.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from symbolic.errors import SpaceError, Span
from symbolic.nodes import Arg, Call, Const, Field, Node, Obj, Record
from symbolic.python import edited as edits
from symbolic.python.asked import Interval, Options
from symbolic.python.containers import calls, holds, init_fields, opened, replaced
from symbolic.python.foreign import Foreign
from symbolic.python.labels import check_text, plain_number
from symbolic.python.objective import refuse_training
from symbolic.python.objects import importable, named
from symbolic.python.program import program
from symbolic.python.running import raised
from symbolic.python.searchable import signature_choices
from symbolic.python.session import outside
from symbolic.python.trace import Tracer
from symbolic.python.tree import asked_node, call_node

_MAX_DEPTH = 50


def foreign_node(made: Foreign, objects: dict[str, Any], where: str = "model") -> Call:
    """Return the node of a call; the live objects it names are added to `objects`. `where` is its path, for messages.

    Runs the constructor once with defaults, to see that it can and whether it asks questions of its own. Raises E708 where
    it cannot, E710 E711 E305 for what the text of a space could not say.
    """
    try:
        return _foreign_node(made, objects, where)
    except SpaceError as error:
        if error.span is not None:
            raise
        raise SpaceError(error.code, error.message, made.span, error.hint) from error


def _foreign_node(made: Foreign, objects: dict[str, Any], where: str) -> Call:
    name = named(made.target, "the target", made.span)
    refuse_training(made.target, name)
    inside = f"{where}/{edits.NAME.rpartition('::')[2]}" if made.parts else where
    base = _base(made, name, objects, where if not made.parts else inside)
    if not made.parts:
        return base
    fields = []
    for path, part in made.parts.items():
        fields.append(Field(path, _node(_part(made, path, part), objects, f"{where}/parts/{path}")))
    objects[edits.NAME] = edits.edited
    return Call(edits.NAME, (Arg("network", base), Arg("parts", Record(tuple(fields)))), span=made.span)


def _base(made: Foreign, name: str, objects: dict[str, Any], where: str) -> Call:
    if _asks(lambda: Foreign(made.target, made.positional, made.named).default(), name, made.span):
        return _annotated(made, name, objects)
    objects[name] = made.target
    args = [Arg(None, _node(value, objects, f"{where}/{i}")) for i, value in enumerate(made.positional)]
    args += [Arg(word, _node(value, objects, f"{where}/{word}")) for word, value in made.named.items()]
    return Call(name, tuple(args), span=made.span)


def _annotated(made: Foreign, name: str, objects: dict[str, Any]) -> Call:
    """Return the call of a constructor that asks questions itself, with some constants given."""
    if made.positional:
        raise SpaceError("E711", f"{name} asks for choices itself, so its arguments are given by name", made.span)
    for word, value in made.named.items():
        if word in signature_choices(made.target):
            hint = f"freeze it: sym.space(...).freeze({{'model/{word}': ...}}), or edit its signature"
            raise SpaceError("E711", f"{word!r} is a choice of {name} already", made.span, hint)
        if holds(value) or calls(value):
            hint = f"describe it in the signature of {name}"
            raise SpaceError("E711", f"{name} asks for choices itself, so {word!r} must be a constant", made.span, hint)
    return call_node(
        program(made.target, name, made.named),
        objects,
        tuple(Arg(word, _node(value, objects, word)) for word, value in made.named.items()),
    )


def _part(made: Foreign, path: str, part: Any) -> Any:
    """Return a replacement with what asks questions of its own as a call; every option of it is tried once.

    Raises E708 E711 where one fails, or asks while it has the old module.
    """
    if isinstance(part, Options):
        options = [_part(made, path, option) for option in part.options]
        if any(isinstance(option, Foreign) for option in options):
            # Beside a module stand modules, so that a supernet can mix them.
            options = [o if isinstance(o, Options) or edits.takes_old(o) else _called(o, made) for o in options]
        return attrs.evolve(part, options=tuple(options))
    if not callable(part) or hasattr(type(part), "forward"):
        hint = "give a class, a function, sym.call(nn.Linear, 512, 10), or sym.OneOf of these"
        raise SpaceError("E711", f"{path!r} cannot be replaced by {part!r}", made.span, hint)
    before = attrs.evolve(made, parts={key: value for key, value in made.parts.items() if key != path})

    def trial() -> object:
        with outside():
            network, replacement = before.default(), replaced(part)
        return edits.edited(network, {path: replacement})

    if not _asks(trial, f"the edit of {path!r}", made.span) or isinstance(part, Foreign):
        return part
    if edits.takes_old(part):
        hint = "ask in a class or function without arguments, or describe the choice: sym.OneOf(...)"
        raise SpaceError("E711", f"the function that replaces {path!r} asks for choices", made.span, hint)
    return _called(part, made)


def _called(part: Any, made: Foreign) -> Foreign:
    return part if isinstance(part, Foreign) else Foreign(part, span=made.span)


def _asks(make: Callable[[], object], name: str, span: Span | None) -> bool:
    """Return whether a constructor asks questions with its defaults. Raises E708 when it fails."""
    run = Tracer(make, name, probing=False).attempt({}, False, False)
    if isinstance(run, SpaceError):
        raise run
    if isinstance(run, Exception):
        raise raised(name, run, {}, span)
    return bool(run.asked)


def value_node(value: Any, objects: dict[str, Any], where: str) -> Node:
    """Return the node of a value with descriptions and calls at any depth. Raises E305 E710 E711 for what has no text."""
    return _node(value, objects, where)


def _node(value: Any, objects: dict[str, Any], where: str) -> Node:
    if where.count("/") > _MAX_DEPTH:
        raise SpaceError("E105", f"the arguments are nested more than {_MAX_DEPTH} deep at {where!r}")
    value = plain_number(value)
    match value:
        case Options() | Interval():
            return _described(value, objects, where)
        case Foreign():
            return foreign_node(value, objects, where)
        case None | bool() | int() | float() | str() if type(value) in (type(None), bool, int, float, str):
            return _constant(value, where)
    fields = init_fields(value)
    if fields is not None:
        return _object(value, fields, objects, where)
    inside = opened(value)
    if inside is not None:
        return _container(value, inside.contents, objects, where)
    name = importable(value)
    if name is None or not callable(value):
        raise SpaceError("E710", f"{where!r} is {_shown(value)}, which no text of a space can say", None, _hint(value))
    objects[name] = value
    return Obj(name)


def _described(asked: Options | Interval, objects: dict[str, Any], where: str) -> Node:
    if asked.name is not None and asked.name != where.rpartition("/")[2]:
        message = f"the choice at {where!r} is called {asked.name!r}"
        raise SpaceError("E711", message, asked.span, "leave name= out: its path is the place where it stands")
    if isinstance(asked, Interval):
        return asked_node(asked, (), lambda label: None, objects, importables=True)
    options = dict(zip(asked.labels, asked.options, strict=True))
    return asked_node(asked, (), lambda label: _node(options[label], objects, f"{where}/{label}"), objects, importables=True)


def _constant(value: Any, where: str) -> Const:
    if isinstance(value, float) and not math.isfinite(value):
        raise SpaceError("E305", f"{where!r} is {value!r}, which is not a finite number")
    if isinstance(value, str):
        check_text(value, None)
    return Const(value)


def _object(value: Any, fields: Mapping[str, Any], objects: dict[str, Any], where: str) -> Call:
    """Return the call of the class of a named tuple, dataclass or attrs object."""
    kind = type(value)
    name = named(kind, "the class")
    objects[name] = kind
    return Call(name, tuple(Arg(key, _node(each, objects, f"{where}/{key}")) for key, each in fields.items()))


def _container(value: Any, contents: Mapping[Any, Any], objects: dict[str, Any], where: str) -> Node:
    if isinstance(value, dict):
        for key in contents:
            if not isinstance(key, str) or not key or "/" in key:
                raise SpaceError("E711", f"the dict at {where!r} has the key {key!r}", None, "keys are texts without '/'")
        return Record(tuple(Field(key, _node(each, objects, f"{where}/{key}")) for key, each in contents.items()))
    if value == ():
        raise SpaceError("E710", f"{where!r} is an empty tuple, which the language cannot write", None, "give an empty list")
    items = tuple(Arg(None, _node(each, objects, f"{where}/{i}")) for i, each in contents.items())
    return Call("list" if isinstance(value, list) else "tuple", items)


def _shown(value: object) -> str:
    if callable(value) and getattr(value, "__name__", "") == "<lambda>":
        return "a lambda"
    return f"an object of {type(value).__module__}.{type(value).__qualname__}"


def _hint(value: object) -> str:
    if hasattr(type(value), "forward"):
        return f"give the class, or sym.call({type(value).__qualname__}, ...): every candidate needs a module of its own"
    if isinstance(value, functools.partial):
        return "write sym.call(f, ...) for what it makes, or define a function"
    if callable(value):
        return "define it at the top level of a module"
    return "give constants, lists, dicts, dataclasses, classes and functions, or sym.call(f, ...) that makes it"
