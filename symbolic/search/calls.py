"""Algorithms, backends and tasks as calls of the language: `asha(tpe(gamma: 0.2), eta: 4)` to an instance and back.

A registered class or function is named by its entry, anything else by `module::Qual`. The canonical text names every argument
that differs from its default, so a study means the same when defaults change in a later version.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from symbolic import registry
from symbolic.errors import SymspaceError, nearest
from symbolic.importing import importing, module_name

_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\")|(?P<number>-?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_][\w.]*(?:::[\w.]+)?)"
    r"|(?P<mark>[()\[\],:=])|(?P<end>$))"
)
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "none": None}


class CallError(SymspaceError):
    """A call text that cannot be read, or names something that is not there."""


@attrs.frozen
class Call:
    """A call as read: a name, positional and named arguments; arguments are literals, lists or calls."""

    name: str
    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any] = attrs.field(factory=dict)


def from_text(group: registry.Group, text: str) -> Any:
    """Return the instance a call text stands for; nested names are of the same group.

    Raises `CallError` for text that is no call or an argument that is unknown, `RegistryError` for an unknown name.
    """
    return _made(group, read(text), text)


def read(text: str) -> Call:
    """Return the call of a text, a bare name being a call without arguments.

    >>> read('asha(tpe(gamma: 0.2), eta: 4)')
    Call(name='asha', positional=(Call(name='tpe', positional=(), named={'gamma': 0.2}),), named={'eta': 4})
    """
    reader = _Reader(text)
    call = reader.value()
    if not isinstance(call, Call):
        raise CallError(
            f'{text!r} is no call: write a name, e.g. random, or a name with arguments, e.g. random(how: "uniform")'
        )
    reader.expect("end")
    return call


def to_text(group: registry.Group, instance: Any) -> str:
    """Return the canonical call of an instance: a frozen class's fields that differ from their defaults, by name.

    Raises `CallError` for an argument that has no text.
    """
    name = name_of(group, type(instance))
    if not attrs.has(type(instance)):
        return name
    shown = []
    for field in attrs.fields(type(instance)):
        value = getattr(instance, field.name)
        if field.init and field.eq and not _is_default(field, instance, value):
            shown.append(f"{field.alias}: {_argument(group, value, f'{name}({field.alias}: ...)')}")
    return f"{name}({', '.join(shown)})" if shown else name


def name_of(group: registry.Group, made_by: Any) -> str:
    """Return the entry under which a class or function is registered, else `module::Qual`."""
    module = module_name(made_by.__module__)
    wanted = f"{module}:{made_by.__qualname__}"
    for name, entry in registry.entries(group).items():
        if entry.value.replace(" ", "") == wanted:
            return name
    return f"{module}::{made_by.__qualname__}"


def _is_default(field: Any, instance: Any, value: Any) -> bool:
    default = field.default
    if default is attrs.NOTHING:
        return False
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        default = default.factory(instance) if default.takes_self else default.factory()
    return type(default) is type(value) and bool(default == value)


def _argument(group: registry.Group, value: Any, where: str) -> str:
    match value:
        case None | bool():
            return json.dumps(value).replace("null", "none")
        case int() | float() if math.isfinite(value):
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(_argument(group, v, where) for v in value)}]"
    if attrs.has(type(value)):
        return to_text(group, value)
    if callable(value) and not isinstance(value, type):
        return callable_text(value)
    raise CallError(f"{where}: {value!r} cannot be written into a study; use numbers, text, lists or registered classes")


def callable_text(value: Callable[..., Any]) -> str:
    """Return `module::Qual` of a function; a partial or a callable object gets a mark, since its name would not bring it back.

    >>> callable_text(json.dumps)
    'json::dumps'
    """
    if isinstance(value, functools.partial):
        return f"{callable_text(value.func)}.<partial>"
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{module_name(named.__module__)}::{named.__qualname__}" + ("" if named is value else ".<instance>")


def _made(group: registry.Group, call: Call, text: str) -> Any:
    maker = imported(call.name) if "::" in call.name else registry.get(group, call.name)
    positional = [_value(group, v, text) for v in call.positional]
    named = {k: _value(group, v, text) for k, v in call.named.items()}
    _check_arguments(maker, call, text)
    try:
        return maker(*positional, **named)
    except (TypeError, ValueError) as e:
        why = e.args[0] if e.args and isinstance(e.args[0], str) else e  # a validator of attrs adds all that it knows
        raise CallError(f"{call.name} cannot be made from {text!r}: {why}") from e


def _value(group: registry.Group, value: Any, text: str) -> Any:
    match value:
        case Call() if "::" in value.name and not value.positional and not value.named:
            found = imported(value.name)
            return found() if isinstance(found, type) else found
        case Call():
            return _made(group, value, text)
        case list():
            return tuple(_value(group, v, text) for v in value)
    return value


def imported(name: str) -> Any:
    """Return the object called `module::Qual`. Raises `CallError` where it cannot be imported."""
    module, _, qual = name.partition("::")
    try:
        with importing(module):
            found = importlib.import_module(module)
        for part in qual.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as e:
        raise CallError(f"{name} cannot be imported: {e}") from e
    return found


def _check_arguments(maker: Callable[..., Any], call: Call, text: str) -> None:
    parameters = inspect.signature(maker).parameters
    known = [p.name for p in parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    takes = f"{call.name} takes {', '.join(known) or 'no arguments'}"
    for name in call.named:
        if name not in known:
            hint = nearest(name, known)
            raise CallError(f"{call.name} has no argument {name!r}; " + (f"{hint}; " if hint else "") + takes)
    if len(call.positional) > len(known):
        raise CallError(f"{len(call.positional)} arguments in {text!r}; {takes}")


@attrs.define
class _Reader:
    """A cursor over a call text."""

    text: str
    at: int = 0

    def peek(self) -> tuple[str, str, int]:
        """The kind, the text and the end of the next token."""
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            rest = self.text[self.at :].strip()
            raise CallError(f"unexpected {rest[:1]!r} in {self.text!r}\n  {self.text}\n  {' ' * self.text.index(rest)}^")
        kind = found.lastgroup or "end"
        return kind, found.group(kind), found.end()

    def take(self, mark: str) -> bool:
        """Move over a mark if it is next."""
        kind, token, end = self.peek()
        if kind == "mark" and token == mark:
            self.at = end
            return True
        return False

    def expect(self, what: str) -> None:
        """Move over a mark, or the end, that must come next."""
        kind, token, end = self.peek()
        if (kind if what == "end" else token) != what or (what == "end" and kind != "end"):
            shown = repr(token) if token else "the end"
            wanted = "the end" if what == "end" else repr(what)
            place = end - len(token)
            raise CallError(f"{shown} in {self.text!r}, expected {wanted}\n  {self.text}\n  {' ' * place}^")
        self.at = end

    def value(self) -> Any:
        """Read a literal, a list or a call."""
        kind, token, end = self.peek()
        match kind:
            case "number":
                self.at = end
                return float(token) if re.search(r"[.eE]", token) else int(token)
            case "text":
                self.at = end
                return json.loads(token)
            case "name":
                self.at = end
                return _WORDS[token] if token in _WORDS else self.call(token)
            case _ if token == "[":
                self.at = end
                return self.items("]")
        self.expect("a value")
        return None

    def items(self, closing: str) -> list[Any]:
        """Read values up to a closing mark."""
        found: list[Any] = []
        while not self.take(closing):
            found.append(self.value())
            if not self.take(","):
                self.expect(closing)
                break
        return found

    def call(self, name: str) -> Call:
        """Read the arguments of a call, if there are any."""
        if not self.take("("):
            return Call(name)
        positional: list[Any] = []
        named: dict[str, Any] = {}
        while not self.take(")"):
            self.argument(positional, named)
            if not self.take(","):
                self.expect(")")
                break
        return Call(name, tuple(positional), named)

    def argument(self, positional: list[Any], named: dict[str, Any]) -> None:
        """Read one argument."""
        kind, token, end = self.peek()
        before = self.at
        if kind == "name":
            self.at = end
            if self.take(":") or self.take("="):
                if token in named:
                    raise CallError(f"the argument {token!r} stands twice in {self.text!r}")
                named[token] = self.value()
                return
            self.at = before
        if named:
            raise CallError(f"a positional argument after a named one in {self.text!r}")
        positional.append(self.value())
