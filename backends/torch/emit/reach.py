"""What of the user's classes a network runs: the members that `forward` reaches, from any module of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import FunctionType
from typing import Any

import attrs
from torch import nn

from backends.torch.emit.code import Code, read_code
from backends.torch.emit.origin import importable, own_classes
from backends.torch.emit.refusal import CannotEmit

ROOTS = ("forward", "__call__", "__getattr__", "train", "eval")
"""What is run without being mentioned in `forward`, where the user defines it."""
_CALLED = frozenset({"__getitem__", "__len__", "__iter__", "__contains__", "__bool__", "__add__", "__eq__", "__hash__"})
"""What an expression can run; copied where it can be."""


@attrs.frozen(eq=False)
class Member:
    """A member of a class: where it is defined, the value in the class's dict, its code if it is a function."""

    name: str
    owner: type
    value: object
    code: Code | None

    @property
    def mentions(self) -> frozenset[str]:
        """The names of attributes that it reads, those in functions that it calls included."""
        return frozenset() if self.code is None else frozenset(_mentions(self.code, set()))


@attrs.frozen(eq=False, slots=False)
class Reached:
    """The members of one class by the name under which they are written, and those that could not be read."""

    cls: type[nn.Module]
    members: dict[str, Member] = attrs.field(factory=dict)
    refused: dict[str, CannotEmit] = attrs.field(factory=dict)

    @cached_property
    def own(self) -> frozenset[str]:
        """The names that the class reaches by itself: these it cannot do without."""
        names, waiting = set(ROOTS), list(ROOTS)
        while waiting:
            member = self.members.get(waiting.pop())
            for name in () if member is None else member.mentions - names:
                names.add(name)
                waiting.append(name)
        return frozenset(names)

    def look_up(self, name: str) -> None:
        """Read the member of that name, and what it calls by `super()`, once."""
        if name in self.members or name in self.refused:
            return
        owner = next((c for c in self.cls.__mro__ if name in c.__dict__), None)
        if owner is not None and owner in own_classes(self.cls):
            self._read(name, name, owner)

    def _read(self, written: str, name: str, owner: type) -> None:
        value = owner.__dict__[name]
        try:
            function = function_of(value)
            code = None if function is None else read_code(function, owner.__name__)
        except CannotEmit as e:
            self.refused[written] = e
            return
        self.members[written] = Member(written, owner, value, code)
        for attribute in () if code is None else super_calls(code.tree):
            above = self.above(owner, attribute)
            if above is not None and (inherited := inherited_name(above, attribute)) not in self.members:
                self._read(inherited, attribute, above)

    def above(self, owner: type, name: str) -> type | None:
        """Return the user's class in which `super()` of another one finds a name; None where it is one of PyTorch's."""
        mro = self.cls.__mro__
        found = next((c for c in mro[mro.index(owner) + 1 :] if name in c.__dict__), None)
        return found if found in own_classes(self.cls) else None


@attrs.frozen(eq=False)
class Reach:
    """The reached members of every class of the user's in a network, and all names of attributes they mention."""

    classes: Mapping[type[nn.Module], Reached]
    names: frozenset[str]


def reach(network: nn.Module) -> Reach:
    """Return what a network's modules reach: a module may call a method, or read an attribute, of another one."""
    types = dict.fromkeys(type(m) for m in network.modules())
    classes = {cls: Reached(cls) for cls in types if own_classes(cls)}
    names, before = {*ROOTS, *_CALLED}, 0
    while len(names) != before:
        before = len(names)
        for reached in classes.values():
            for name in tuple(names):
                reached.look_up(name)
            names |= {n for member in reached.members.values() for n in member.mentions}
    return Reach(classes, frozenset(names))


def function_of(value: object) -> FunctionType | None:
    """Return the function of a method, static or class method or property; None for what is none."""
    if isinstance(value, property) and isinstance(value.fget, FunctionType):
        return value.fget
    inner: Any = getattr(value, "__func__", getattr(value, "func", value))
    return inner if isinstance(inner, FunctionType) else None


def inherited_name(owner: type, name: str) -> str:
    """Return how a method that only `super()` reaches is called in the text: `_Base_forward`."""
    return f"_{owner.__name__}_{name.strip('_')}"


def super_calls(tree: ast.AST) -> Iterator[str]:
    """Yield the names that are looked up on `super()`. Raises `CannotEmit` where it is used otherwise."""
    found = [node for node in ast.walk(tree) if is_super(node)]
    uses = sum(isinstance(node, ast.Name) and node.id == "super" for node in ast.walk(tree))
    if uses != len(found):
        raise CannotEmit("super() is used as a value")
    yield from (node.attr for node in found if isinstance(node, ast.Attribute))


def is_super(node: ast.AST) -> bool:
    """Return whether an expression is `super().name`."""
    match node:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
            return True
        case _:
            return False


def _mentions(code: Code, seen: set[FunctionType]) -> Iterator[str]:
    yield from code.mentions
    for value in code.reads.values():
        if isinstance(value, FunctionType) and value not in seen and importable(value) is None:
            seen.add(value)
            try:
                yield from _mentions(read_code(value), seen)
            except CannotEmit:
                continue  # told where the function is written
