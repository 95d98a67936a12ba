"""What a file says once, and what it names: header, task, definitions and entries, before anything is resolved."""

from __future__ import annotations

from collections.abc import Sequence

from symbolic import registry
from symbolic.errors import Source, SpaceError
from symbolic.language import raw
from symbolic.language.lookup import dotted
from symbolic.language.parser import spanned
from symbolic.language.words import FUNCTIONS, literal
from symbolic.nodes import Arg, Call, Const
from symbolic.registry import RegistryError
from symbolic.task import FACTS, TaskFacts


def header(source: Source, statements: Sequence[raw.Statement], default: str) -> tuple[str, int]:
    """Return the name and version of a space. Raises E202 for a header that is not first, E305 for a bad version."""
    headers = [s for s in statements if isinstance(s, raw.Header)]
    if not headers:
        return default, 1
    if statements[0] is not headers[0]:
        raise _error(source, "E202", "the header is the first statement", headers[0].place, "move it to the top")
    if len(headers) > 1:
        raise _error(source, "E202", "a file has one header", headers[1].place)
    given = headers[0].version
    if given is None:
        return headers[0].name, 1
    version = given.value
    if type(version) is not int or version < 1 or given.unit is not None:
        raise _error(source, "E305", f"the version {literal(version)} is not a whole number from 1", given.place)
    return headers[0].name, version


def task(source: Source, statements: Sequence[raw.Statement]) -> Call | None:
    """Return the task with its constant arguments. Raises E202 for a second one, E207 for anything else."""
    tasks = [s for s in statements if isinstance(s, raw.Task)]
    if len(tasks) > 1:
        raise _error(source, "E202", "a file has one task", tasks[1].place)
    if not tasks:
        return None
    value = tasks[0].value
    call = value if isinstance(value, raw.Call) else raw.Call(value, (), None, None, value.place)
    name = dotted(call.fn)
    wrong = name is None or call.body is not None or call.sites is not None
    args: list[Arg] = []
    for arg in call.args or ():
        wrong = wrong or arg.name is None or not isinstance(arg.value, raw.Literal)
        if arg.name is not None and isinstance(arg.value, raw.Literal):
            args.append(Arg(arg.name, Const(arg.value.value, arg.value.unit)))
    if wrong or name is None:
        hint = "as in: task digits(batch: 64)"
        raise _error(source, "E207", "a task is a name with constant arguments", value.place, hint)
    if len({a.name for a in args}) < len(args):
        raise _error(source, "E202", "an argument of the task is given twice", value.place)
    return Call(name, tuple(args))


def task_facts(call: Call) -> TaskFacts | None:
    """Return the facts of a task where it is registered and can be had, else None: what needs them says so."""
    if call.fn not in registry.entries("tasks"):
        return None
    try:
        made = registry.get("tasks", call.fn)(**{a.name or "": a.value.value for a in call.args if isinstance(a.value, Const)})
    except (RegistryError, TypeError, ValueError):
        return None
    facts = getattr(made, "facts", None)
    return facts if isinstance(facts, TaskFacts) else None


def defined(source: Source, statements: Sequence[raw.Statement]) -> tuple[dict[str, raw.Definition], dict[str, raw.Field]]:
    """Return definitions and entries by name. Raises E202 for a name defined twice or built in."""
    definitions: dict[str, raw.Definition] = {}
    entries: dict[str, raw.Field] = {}
    for s in statements:
        match s:
            case raw.Definition(name=name) if name in FUNCTIONS or name in FACTS or name == "dag":
                raise _error(source, "E202", f"{name!r} is a built-in name", s.place)
            case raw.Definition(name=name):
                if name in definitions or name in entries:
                    raise _error(source, "E202", f"{name!r} is defined twice", s.place)
                definitions[name] = s
            case raw.Field(key=key):
                if key in entries or key in definitions:
                    raise _error(source, "E202", f"{key!r} is defined twice", s.place)
                entries[key] = s
            case _:
                pass
    return definitions, entries


def _error(source: Source, code: str, message: str, place: raw.Place, hint: str | None = None) -> SpaceError:
    return SpaceError(code, message, spanned(place, source), hint)
