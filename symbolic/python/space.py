"""`space(...)`: a search space from a class, a function, or a dict of entries."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from symbolic.errors import SpaceError, nearest
from symbolic.language import fragments
from symbolic.language.statements import task_facts
from symbolic.nodes import Call, Const, Constraint, Expr, Field, Node, Range, Record
from symbolic.python import frames
from symbolic.python.asked import Interval, Options
from symbolic.python.edited import NAME as EDITED
from symbolic.python.foreign import Foreign
from symbolic.python.foreign_nodes import value_node
from symbolic.python.labels import plain_number
from symbolic.python.objects import named
from symbolic.python.places import snake
from symbolic.python.program import program
from symbolic.python.rules import free_names, located
from symbolic.python.tree import call_node
from symbolic.space import Space

Target = Space | Callable[..., Any] | Foreign | Mapping[str, Any]
Fidelity = tuple[int | float, int | float] | tuple[int | float, int | float, int | float]


@attrs.define
class Found:
    """What turning a target into nodes brings along: live objects by name, combinations that constructors refused."""

    objects: dict[str, Any] = attrs.field(factory=dict)
    failures: list[SpaceError] = attrs.field(factory=list)


def space(
    target: Target,
    *,
    require: str | Sequence[str] = (),
    forbid: str | Sequence[str] = (),
    maximize: str | Sequence[str] | None = None,
    minimize: str | Sequence[str] | None = None,
    fidelity: Mapping[str, Fidelity] | None = None,
    task: str | None = None,
    name: str | None = None,
) -> Space:
    """Return the space of everything that a target can become.

    `target`: a class or function whose signature or body holds choices (the entry `model`); a dict of entries, each a
    class, a function, a description (`sym.Range`, `sym.OneOf`), a constant, or a dict of these; or a space, to which the rest
    is added. `require`, `forbid`, `maximize`, `minimize` are expressions of the language over the entries
    (`"params(model) <= 200k"`); the names inside `model` may stand free (`"sum(body[*].rank) <= 256"`). `fidelity`: path ->
    (low, high) or (low, high, step). `task`: as in a file (`"digits"`). Raises `SpaceError` with the line in the user's
    source for what cannot be searched.

    >>> from symbolic.python.descriptions import OneOf, Range
    >>> space({"lr": Range(1e-4, 0.1, log=True), "batch": OneOf(32, 64)}, name="recipe").text()
    'space recipe version 1\\nlr = 0.0001..0.1 log\\nbatch = 32 | 64\\n'
    """
    try:
        return _made(target, _Wanted(require, forbid, maximize, minimize, fidelity, task, name))
    except SpaceError as error:
        place = frames.user_span(sys._getframe(1)) if error.span is None else None
        if place is None:
            raise
        raise SpaceError(error.code, error.message, place, error.hint) from error


@attrs.frozen
class _Wanted:
    """What stands beside a target, as `space` takes it."""

    require: str | Sequence[str]
    forbid: str | Sequence[str]
    maximize: str | Sequence[str] | None
    minimize: str | Sequence[str] | None
    fidelity: Mapping[str, Fidelity] | None
    task: str | None
    name: str | None


def _made(target: Target, wanted: _Wanted) -> Space:
    found = Found()
    made = _with_fidelity(_base(target, found), _paths(wanted.fidelity))
    call = made.task if wanted.task is None else _task(wanted.task)
    entries = {*made.entries, *free_names(made.root, task_facts(call) if call is not None else None)}
    goals = [fragments.goal(True, text, entries, call) for text in _texts("maximize", wanted.maximize)]
    goals += [fragments.goal(False, text, entries, call) for text in _texts("minimize", wanted.minimize)]
    rules = [fragments.constraint("require", text, entries, call) for text in _texts("require", wanted.require)]
    rules += [fragments.constraint("forbid", text, entries, call) for text in _texts("forbid", wanted.forbid)]
    if found.failures and all(_measured(rule) for rule in (*made.constraints, *rules)):
        raise found.failures[0]
    return attrs.evolve(
        made,
        name=_space_name(wanted.name) if wanted.name else made.name,
        task=call,
        objectives=(*made.objectives, *(located(goal, made.root) for goal in goals)),
        constraints=(*made.constraints, *(located(rule, made.root) for rule in rules)),
    )


def _base(target: Target, found: Found) -> Space:
    if isinstance(target, Space):
        return target
    if isinstance(target, Mapping):
        fields = _fields(target, "", found)
        if not fields:
            raise SpaceError("E204", "a space needs at least one entry, got an empty dict")
        return Space("space", Record(fields), objects=found.objects)
    node = _entry("model", target, found)
    if not isinstance(node, Call):
        raise SpaceError("E711", f"{target!r} has no name of its own", None, "name it: space({'width': ...})")
    maker = node.args[0].value if node.fn == EDITED else node
    assert isinstance(maker, Call)
    word = snake(maker.fn.rpartition("::")[2].rpartition(".")[2])
    return Space(word, Record((Field("model", node),)), objects=found.objects)


def _fields(values: Mapping[Any, Any], prefix: str, found: Found) -> tuple[Field, ...]:
    """Return the fields of a dict; what documents a description documents its field."""
    made = []
    for key, value in values.items():
        doc = value.doc if isinstance(value, Options | Interval) else None
        made.append(Field(_key(key), _entry(f"{prefix}{key}", value, found), doc=doc))
    return tuple(made)


def _entry(key: str, value: Any, found: Found) -> Node:
    """Return the node of an entry or a field of one."""
    value = plain_number(value)
    match value:
        case Options() | Interval() | Foreign():
            return value_node(value, found.objects, key)
        case Mapping():
            return Record(_fields(value, f"{key}/", found))
        case float() if not math.isfinite(value):
            raise SpaceError("E305", f"the entry {key!r} is {value!r}, which is not a finite number")
        case None | bool() | int() | float() | str() if type(value) in (type(None), bool, int, float, str):
            return Const(value)
        case _ if callable(value) and not hasattr(type(value), "forward"):
            return _program_node(value, found)
        case _:
            hint = "an entry is a class, a function, a description (sym.Range, sym.OneOf), a constant, or a dict of these"
            raise SpaceError("E711", f"the entry {key!r} is {value!r}", None, hint)


def _program_node(value: Callable[..., Any], found: Found) -> Call:
    made = program(value, named(value, "the target"))
    found.failures.extend(made.trace.failures)
    return call_node(made, found.objects)


def _measured(rule: object) -> bool:
    """Return whether a constraint reads a metric, and so says nothing about what can be built."""
    if isinstance(rule, Expr):
        return rule.op == "metric" or any(map(_measured, rule.args))
    return isinstance(rule, Constraint) and _measured(rule.condition)


def _key(key: object) -> str:
    if not isinstance(key, str) or not key or "/" in key:
        raise SpaceError("E103", f"{key!r} cannot be the name of an entry", None, "a name is a text without '/'")
    return key


def _space_name(name: str) -> str:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name, re.ASCII):
        raise SpaceError("E103", f"{name!r} cannot be the name of a space", None, "letters, digits, _ and dots")
    return name


def _task(text: str) -> Call:
    """Return a task as it stands in a file: `digits` or `digits(batch: 64)`."""
    from symbolic.language.load import parse

    found = parse(f"task {text}\nx = 1 | 2", "<task>").task
    assert found is not None
    return found


def _texts(word: str, texts: str | Sequence[str] | None) -> Sequence[str]:
    """Return the expressions of a keyword as a sequence. Raises E711 for what is none."""
    several = [texts] if isinstance(texts, str) else () if texts is None else texts
    if not isinstance(several, tuple | list) or not all(isinstance(text, str) for text in several):
        raise SpaceError("E711", f"{word}={texts!r} is no text", None, f'write an expression of the language: {word}="..."')
    return several


def _paths(fidelity: Mapping[str, Fidelity] | None) -> Mapping[str, Fidelity]:
    """Return what moves with the fidelity. Raises E711 for anything but paths with ends, E305 for ends that are no numbers."""
    hint = 'write fidelity={"train/epochs": (1, 9)}'
    if not isinstance(fidelity, Mapping | None):
        raise SpaceError("E711", f"fidelity={fidelity!r} is no dict of paths", None, hint)
    for path, ends in (fidelity or {}).items():
        if not isinstance(path, str) or not isinstance(ends, tuple | list) or len(ends) not in (2, 3):
            raise SpaceError("E711", f"the fidelity {path!r}: {ends!r} is no path with (low, high)", None, hint)
        for end in ends:
            if type(end) not in (int, float) or not math.isfinite(end):
                raise SpaceError("E305", f"the fidelity {path!r} has the end {end!r}, which is no number", None, hint)
    return fidelity or {}


def _with_fidelity(made: Space, fidelity: Mapping[str, Fidelity]) -> Space:
    root = made.root
    for path, ends in fidelity.items():
        low, high, *step = ends
        value = Range(Const(low), Const(high), Const(step[0]) if step else None, fidelity=True)
        root = _placed(root, path.split("/"), value, path)
    return attrs.evolve(made, root=root)


def _placed(record: Record, keys: Sequence[str], value: Range, path: str) -> Record:
    """Return a record with a value at a path, behind its other fields. Raises E202 where something stands there already."""
    first, rest = keys[0], keys[1:]
    known = {field.key: field.value for field in record.fields}
    if not rest:
        if first in known:
            hint = "leave it out of the target, or name another path"
            raise SpaceError("E202", f"the fidelity {path!r} is in the target already", known[first].span, hint)
        made: Node = value
    elif isinstance(known.get(first, Record(())), Record):
        inner = known.get(first, Record(()))
        assert isinstance(inner, Record)
        made = _placed(inner, rest, value, path)
    else:
        raise SpaceError("E309", f"no fidelity can stand at {path!r}: {first!r} is no record", None, nearest(first, known))
    if first in known:
        return Record(tuple(attrs.evolve(field, value=made) if field.key == first else field for field in record.fields))
    return Record((*record.fields, Field(first, made)))
