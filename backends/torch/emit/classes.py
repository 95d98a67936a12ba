"""The user's classes as classes of the text: what `forward` reaches, attributes as constants, `__init__` without arguments."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator

import attrs
import torch
from torch import nn

from backends.torch.emit.code import rendered
from backends.torch.emit.layers import arguments
from backends.torch.emit.layout import Expression, Group, labelled, layout
from backends.torch.emit.literals import literal, starting_values, tensor
from backends.torch.emit.namespace import Namespace
from backends.torch.emit.origin import CONTAINERS, torch_base
from backends.torch.emit.reach import Member, Reach, Reached, inherited_name, is_super
from backends.torch.emit.refusal import CannotEmit

INTERNAL = frozenset(nn.Module().__dict__)
Child = Callable[[nn.Module | None, str], Expression]
"""Gives the expression of a child under its name."""


@attrs.frozen(eq=False)
class Classes:
    """The classes written so far: a body met again is the same class, another body of one class is `MB2`."""

    namespace: Namespace
    reach: Reach
    texts: dict[str, str] = attrs.field(factory=dict)
    _known: dict[tuple[type, str], str] = attrs.field(factory=dict)

    def plain(self, module: nn.Module) -> bool:
        """Return whether a module has nothing of its own that is run: its class of PyTorch says it all."""
        base = torch_base(type(module))
        if base is nn.Module or (issubclass(base, CONTAINERS) and (module._parameters or module._buffers)):
            return False
        reached = self.reach.classes.get(type(module))
        own = reached is not None and any(member.code is not None for member in reached.members.values())
        return not own and not (reached is not None and reached.refused.keys() & reached.own) and not self._kept(module)

    def expression(self, module: nn.Module, base: type[nn.Module], made: Expression, child: Child) -> str:
        """Return the call that makes a module of the user's, writing its class where it is new.

        `base`: the class of PyTorch that it extends; `made`: the call of the base's constructor.
        """
        cls = type(module)
        reached = self.reach.classes[cls]
        given = None if base is nn.Module or issubclass(base, CONTAINERS) else _made(base, module)
        tensors, parts = self._tensors(module, given), self._children(module, base, given, child)
        lines = [*self._attributes(module, given, reached), *tensors, *parts]
        late = list(self._references(module, reached))
        first = self._container(module, base, child) if given is None else labelled("super().__init__", _arguments_of(made))
        body = self._body(reached, [layout(line, 4, 4) for line in (first, *lines, *late)])
        key = cls, f"{base.__name__}\n{body}"
        if key not in self._known:
            name = self._known[key] = self.namespace.free(cls.__name__)
            self.texts[name] = f"class {name}(nn.{base.__name__}):\n{body}"
        return f"{self._known[key]}()"

    def _body(self, reached: Reached, lines: list[str]) -> str:
        constants: list[str] = []
        methods: list[str] = []
        for name, member in sorted(reached.members.items(), key=lambda item: item[0] != "forward"):
            try:
                text = self._member(reached, member)
            except CannotEmit as e:
                if name in reached.own or (name.startswith("_") and not name.startswith("__")):
                    raise CannotEmit(f"{reached.cls.__name__}.{name}: {e}") from e
                continue  # mentioned somewhere, not here: the comparison tells whether it was needed
            (methods if member.code is not None else constants).append(text)
        for name, error in reached.refused.items():
            if name in reached.own:
                raise CannotEmit(f"{reached.cls.__name__}.{name}: {error}") from error
        init = "\n".join(["def __init__(self):", *(f"    {line}" for line in lines)])
        parts = [*(["\n".join(constants)] if constants else []), init, *methods]
        return "\n\n".join(textwrap.indent(part, "    ") for part in parts)

    def _member(self, reached: Reached, member: Member) -> str:
        if member.code is None:
            return f"{member.name} = {literal(member.value, self.namespace.refer)}"

        def above(tree: ast.FunctionDef) -> None:
            self._flatten_super(tree, reached, member)

        text = rendered(member.code, member.name, self.namespace.refer, above)
        if isinstance(member.value, property) and not text.startswith("@"):
            return f"@property\n{text}"
        return text

    def _flatten_super(self, tree: ast.FunctionDef, reached: Reached, member: Member) -> None:
        """Write `super().forward(x)` as `self._Base_forward(x)` where the method is the user's."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and is_super(node):
                above = reached.above(member.owner, node.attr)
                if above is not None:
                    node.value, node.attr = ast.Name(tree.args.args[0].arg, ast.Load()), inherited_name(above, node.attr)

    def _kept(self, module: nn.Module) -> list[str]:
        """The plain attributes that any reached code mentions."""
        reached = self.reach.classes.get(type(module))
        if reached is None:
            return []
        return [k for k in module.__dict__ if k not in INTERNAL and k in self.reach.names and k not in reached.members]

    def _attributes(self, module: nn.Module, given: nn.Module | None, reached: Reached) -> Iterator[str]:
        for name in self._kept(module):
            value = module.__dict__[name]
            if _holds_modules(value) or (given is not None and _same(given.__dict__.get(name), value)):
                continue
            try:
                yield f"self.{name} = {literal(value, self.namespace.refer)}"
            except CannotEmit as e:
                if name in reached.own:
                    raise CannotEmit(f"{reached.cls.__name__}.{name}: {e}") from e

    def _references(self, module: nn.Module, reached: Reached) -> Iterator[str]:
        """Plain lists, tuples and dicts that hold modules or parameters of this module."""
        places: dict[int, str] = {id(m): path for path, m in module.named_modules() if path}
        places |= {id(p): path for path, p in module.named_parameters()}
        for name in self._kept(module):
            value = module.__dict__[name]
            if _holds_modules(value):
                try:
                    yield f"self.{name} = {_reference(value, places, self.namespace)}"
                except CannotEmit as e:
                    raise CannotEmit(f"{reached.cls.__name__}.{name}: {e}") from e

    def _tensors(self, module: nn.Module, given: nn.Module | None) -> Iterator[str]:
        """The parameters and buffers that the constructor of the base does not make."""
        refer = self.namespace.refer
        known = set() if given is None else {*given._parameters, *given._buffers}
        for name, parameter in module._parameters.items():
            if name in known:
                continue
            if parameter is None:
                yield f"self.register_parameter({name!r}, None)"
            else:
                grad = "" if parameter.is_floating_point() else ", requires_grad=False"
                yield f"self.{name} = nn.Parameter({starting_values(parameter, refer)}{grad})"
        for name, buffer in module._buffers.items():
            if name not in known:
                kept = "" if name not in module._non_persistent_buffers_set else ", persistent=False"
                text = "None" if buffer is None else _named_tensor(module, name, buffer, self.namespace)
                yield f"self.register_buffer({name!r}, {text}{kept})"

    def _children(
        self, module: nn.Module, base: type[nn.Module], given: nn.Module | None, child: Child
    ) -> Iterator[Expression]:
        """The modules that the constructor of the base does not make or take."""
        if issubclass(base, CONTAINERS):
            return
        known = set() if given is None else set(given._modules)
        for name, part in module._modules.items():
            if name in known:
                continue
            made = child(part, name)
            yield (
                labelled(f"self.{name} = ", made) if name.isidentifier() else Group("self.add_module(", (repr(name), made), ")")
            )

    def _container(self, module: nn.Module, base: type[nn.Module], child: Child) -> Expression:
        """The call of a container's constructor with its children."""
        names = list(module._modules)
        if base is nn.Module or not names:
            return "super().__init__()"
        if base is nn.ModuleDict:
            pairs = tuple(labelled(f"{name!r}: ", child(module._modules[name], name)) for name in names)
            return Group("super().__init__(", (Group("{", pairs, "}"),), ")")
        if names != [str(k) for k in range(len(names))]:
            raise CannotEmit(f"{type(module).__name__} extends nn.{base.__name__} and names its parts ({', '.join(names)})")
        parts = tuple(child(module._modules[name], name) for name in names)
        if base is nn.Sequential:
            return Group("super().__init__(", parts, ")")
        return Group("super().__init__(", (Group("[", parts, "]"),), ")")


def _made(base: type[nn.Module], module: nn.Module) -> nn.Module:
    """Return what the constructor of a class of PyTorch makes of a module's arguments, without weights."""
    given = arguments(module, base)
    keywords = {a.name: a.value for a in given if a.name is not None}
    with torch.device("meta"):
        return base(*(a.value for a in given if a.name is None), **keywords)


def _same(a: object, b: object) -> bool:
    return type(a) is type(b) and not isinstance(a, torch.Tensor) and bool(a == b)


def _named_tensor(module: nn.Module, name: str, value: torch.Tensor, namespace: Namespace) -> str:
    try:
        return tensor(value, namespace.refer)
    except CannotEmit as e:
        raise CannotEmit(f"{type(module).__name__}.{name}: {e}") from e


def _arguments_of(made: Expression) -> Expression:
    """The arguments of a call, in their brackets."""
    if isinstance(made, str):
        return made[made.index("(") :]
    return attrs.evolve(made, begin=made.begin[made.begin.index("(") :])


def _holds_modules(value: object) -> bool:
    match value:
        case nn.Module() | nn.Parameter():
            return True
        case list() | tuple():
            return any(_holds_modules(item) for item in value)
        case dict():
            return any(_holds_modules(item) for item in value.values())
        case _:
            return False


def _reference(value: object, places: dict[int, str], namespace: Namespace) -> str:
    match value:
        case nn.Module() | nn.Parameter():
            if id(value) not in places:
                raise CannotEmit(f"it holds a {type(value).__name__} that is no part of this module")
            return owned("self", places[id(value)])
        case list() if type(value) is list:
            return "[" + ", ".join(_reference(item, places, namespace) for item in value) + "]"
        case tuple() if type(value) is tuple:
            return "(" + "".join(f"{_reference(item, places, namespace)}, " for item in value) + ")"
        case dict() if type(value) is dict:
            parts = (f"{literal(k, namespace.refer)}: {_reference(v, places, namespace)}" for k, v in value.items())
            return "{" + ", ".join(parts) + "}"
        case _:
            return literal(value, namespace.refer)


def owned(root: str, path: str) -> str:
    """Return the expression for a module or parameter at a path below `root`.

    >>> owned("net", "body.conv.weight"), owned("net", "layers.0.weight")
    ('net.body.conv.weight', "net.get_submodule('layers.0').weight")
    """
    if all(part.isidentifier() for part in path.split(".")):
        return f"{root}.{path}"
    head, _, last = path.rpartition(".")
    if last.isidentifier():
        return f"{root}.get_submodule({head!r}).{last}"
    return f"{root}.get_submodule({path!r})"
