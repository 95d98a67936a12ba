"""What a function of the user's reaches without being run: the objects that its code names, and those of what it calls.

Read from bytecode: globals, attributes of modules, methods of its own class, functions around it. Installed packages are not
looked into. What only running tells (an attribute of an unknown object) is not seen.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

import attrs

from symbolic.python.probe import is_library

_NOTHING: Any = object()


@attrs.frozen(eq=False)
class Reached:
    """One function's code and the objects that it names, each with the offset of the instruction that does."""

    code: CodeType
    named: tuple[tuple[int, object], ...]


@attrs.frozen(eq=False)
class _Scope:
    """Where names of a code lead: globals, variables of the functions around, `myself` to the class whose method it is."""

    names: Mapping[str, Any]
    around: Mapping[str, Any]
    owner: type | None = None
    myself: str | None = None


def reached(function: Any, owner: type | None = None) -> Iterator[Reached]:
    """Yield a function's code and every code that it leads to, each once. `owner`: the class whose method it is."""
    pending: list[tuple[Any, type | None]] = [(function, owner)]
    seen: set[CodeType] = set()
    while pending:
        found, cls = pending.pop()
        plain = inspect.unwrap(found)
        if not isinstance(plain, FunctionType) or plain.__code__ in seen:
            continue
        for code in _codes(plain.__code__):
            seen.add(code)
            named = tuple(_named(code, _scope(plain, code, cls)))
            yield Reached(code, named)
            for _, value in named:
                method = _function_of(value)
                if method is not None and not is_library(method.__code__.co_filename):
                    pending.append((method, owner if _is_method(value, owner) else None))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield a function's code and those of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _scope(function: FunctionType, code: CodeType, owner: type | None) -> _Scope:
    """Return where names of a function's code, or of code inside it, lead."""
    around = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            around[name] = cell.cell_contents
        except ValueError:
            continue
    outer = function.__code__
    if owner is None or not outer.co_argcount:
        return _Scope(function.__globals__, around)
    around[outer.co_varnames[0]] = owner
    return _Scope(function.__globals__, around, owner, outer.co_varnames[0] if code is outer else None)


def _named(code: CodeType, scope: _Scope) -> Iterator[tuple[int, object]]:
    """Yield offset and value of whatever a code names: `f`, `module.f`, `self.f`."""
    value: Any = _NOTHING
    for instruction in dis.get_instructions(code):
        name, before = instruction.argval, value
        value = _NOTHING
        match instruction.opname:
            case "LOAD_GLOBAL" | "LOAD_NAME":
                value = scope.names.get(name, _NOTHING)
            case "LOAD_DEREF":
                value = scope.around.get(name, _NOTHING)
            case "LOAD_ATTR" | "LOAD_METHOD" if before is not _NOTHING:
                value = _attribute(before, name, scope)
            case opname if opname.startswith("LOAD_FAST"):
                # From 3.13 on one instruction may load two variables.
                last = name[-1] if isinstance(name, tuple) else name
                value = scope.owner if scope.owner is not None and last == scope.myself else _NOTHING
            case _:
                pass
        if value is not _NOTHING:
            yield instruction.offset, value


def _attribute(holder: Any, name: str, scope: _Scope) -> Any:
    """Return what an attribute of a module or of the method's own class leads to, without running anything."""
    if isinstance(holder, ModuleType):
        # Ours loads its words when they are first used.
        return getattr(holder, name, _NOTHING) if holder.__name__ == "symbolic" else vars(holder).get(name, _NOTHING)
    if holder is scope.owner:
        return inspect.getattr_static(holder, name, _NOTHING)
    return _NOTHING


def _function_of(value: object) -> FunctionType | None:
    """Return the function behind a value: itself, or that of a property, a static method or a class method."""
    inner = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    plain = inspect.unwrap(inner) if callable(inner) else inner
    return plain if isinstance(plain, FunctionType) else None


def _is_method(value: object, owner: type | None) -> bool:
    """Return whether a value is a method of a class whose first argument is an object of it."""
    if owner is None or isinstance(value, staticmethod | classmethod):
        return False
    return any(value is each for base in owner.__mro__ for each in vars(base).values())
