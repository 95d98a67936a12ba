"""Building: a space and a resolver give objects. A candidate is built by the plain resolver, a supernet by its own."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from symbolic import registry
from symbolic.building.objects import Objects
from symbolic.building.roles import ABSENT
from symbolic.building.values import Values
from symbolic.building.walk import Walk
from symbolic.errors import SpaceError, nearest
from symbolic.fixed import with_fixed
from symbolic.nodes import Const
from symbolic.resolver import Resolver
from symbolic.shapes import Shape, ShapeError
from symbolic.space import Space
from symbolic.table.instances import Constant, External, Formula, Operation
from symbolic.task import TaskFacts
from symbolic.trust import Trust

if TYPE_CHECKING:
    from symbolic.candidate import Candidate


def build(
    space: Space,
    resolver: Resolver,
    facts: TaskFacts | None = None,
    *,
    entries: Collection[str] | None = None,
    fidelity: Mapping[str, float] | None = None,
    trust: Trust | None = None,
) -> dict[str, object]:
    """Build the entries of a space (all unless `entries` names some), asking `resolver` at each decision.

    `facts` default to those of the task the space names; `fidelity` is path -> value, the high end where left out. An entry
    that is absent in this build (`when`) is left out. A resolver with a true attribute `mixes` answers for all options at
    once: then options, and bodies of searched repeats, must keep one shape. Raises `SpaceError` E602 where shapes do not
    fit, E603 for an object that is not trusted, E201 for an entry that does not exist.

    >>> from symbolic import parse
    >>> space = parse("space s\\nx = 1..3\\ny = x * 2")
    >>> build(space, Values(space.lower(), space.candidate({"x": 2}).point))
    {'x': 2, 'y': 4}
    """
    for name in entries or ():
        if name not in space.entries:
            raise SpaceError("E201", f"the space {space.name!r} has no entry {name!r}", None, nearest(name, space.entries))
    maker = Modules(space, trust, bool(getattr(resolver, "mixes", False)))
    walk = Walk(space.lower(), resolver, maker, facts or task_facts(space), fidelity or {})
    _check_facts(walk)
    wanted = walk.table.root.fields
    built = {key: walk.entry(key) for key in wanted if entries is None or key in entries}
    return {key: value for key, value in built.items() if value is not ABSENT}


def build_candidate(candidate: Candidate, facts: TaskFacts | None, fidelity: Mapping[str, float]) -> Any:
    """Build what a candidate stands for; see `Candidate.build`."""
    table = candidate.space.lower()
    built = build(candidate.space, Values(table, candidate.point), facts, fidelity=fidelity)
    if list(table.root.fields) == ["model"]:
        return built.get("model")
    if table.blueprint.has_call(table.root) or table.blueprint.is_flat:
        return built
    return {**candidate.to_dict(), **dict(_flat(built, ""))}


def _check_facts(walk: Walk) -> None:
    """Raise E602 where the table was made with the facts of another task than the one to build for."""
    for name, value in walk.table.facts.items():
        if walk.facts is not None and walk.facts.values.get(name) != value:
            task, given = walk.facts.name, walk.facts.values.get(name)
            message = (
                f"the space was read for a task with {name} = {value}, and {task!r} has {'none' if given is None else given}"
            )
            raise SpaceError("E602", message, None, f"name the task in the space: task {task}")


def task_facts(space: Space) -> TaskFacts | None:
    """Return the facts of the task a space names, None if it names none. Raises `RegistryError` for an unknown one, E203 for
    arguments it does not take.
    """
    if space.facts is not None:
        return space.facts
    if space.task is None:
        return None
    given = [(a.name, a.value.value) for a in space.task.args if isinstance(a.value, Const)]
    make = registry.get("tasks", space.task.fn)
    try:
        task = make(*(v for k, v in given if k is None), **{k: v for k, v in given if k is not None})
    except TypeError as e:
        raise SpaceError("E203", f"the task {space.task.fn!r} does not take these arguments: {e}", space.task.span) from e
    facts: TaskFacts = task.facts
    return facts


def _shown(x: Formula) -> str:
    name, entry = (a.value for a in x.args[:2] if isinstance(a, Constant))
    return f"{name}({entry})"


def _flat(values: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    """Yield path and value of nested records."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}/")
        else:
            yield f"{prefix}{key}", value


@attrs.frozen(eq=False, slots=False)
class Modules:
    """The maker of real objects: operators build torch modules, `module::Qual` is imported where it is trusted."""

    space: Space
    trust: Trust | None
    mixes: bool

    def find(self, name: str, at: Operation | External) -> Any:
        """Return the live object a space came with, else the trusted one of that name."""
        if name in self.space.objects:
            return self.space.objects[name]
        return self.objects.find(name, at.span)

    @cached_property
    def objects(self) -> Objects:
        """The objects of the space that this build may name."""
        return self.space.lower().blueprint.objects(self.space, self.trust)

    def call(self, function: Any, args: Sequence[object], kwargs: Mapping[str, object]) -> object:
        """Call it. Raises E707 where it asks for choices that a space made in Python has not seen."""
        if not self.space.objects:
            return function(*args, **kwargs)
        from symbolic.python.forward import none_unseen

        with none_unseen():
            return function(*args, **kwargs)

    def program(self, function: Any, kwargs: Mapping[str, object], at: Operation, resolver: Resolver) -> object:
        """Run an annotated constructor; its questions go to the same resolver, below the path of the call."""
        from symbolic.python.program import program
        from symbolic.python.searchable import signature_choices

        given = {name: value for name, value in kwargs.items() if name not in signature_choices(function)}
        return program(function, at.fn, given).run(kwargs, with_fixed(self.space, resolver), at.path)

    def takes_body(self, function: Any) -> bool:
        """Return whether a Python object has a parameter called `body`."""
        try:
            return "body" in inspect.signature(function).parameters
        except (TypeError, ValueError):
            return False

    def edited(self, network: Any, parts: Mapping[str, Any], at: Operation) -> Any:
        """Return a network with submodules replaced. Raises E711 for a path that leads to none."""
        from symbolic.python.edited import edited

        return edited(network, parts)

    def reaching(self, network: Any, s: Shape, path: str, at: Operation) -> Shape:
        """Run a network on zeros and return the shape of what reaches a submodule."""
        if self.mixes:
            hint = "give modules as parts, or search with an algorithm that samples candidates"
            raise ShapeError("E602", f"what reaches {path!r} is not known before the network is built", at.span, hint)
        try:
            shape: Shape = _sequence().reaching(network, s, path)
        except Exception as e:
            raise ShapeError("E602", f"no operator can stand at {path!r} of the network behind {s}: {e}", at.span) from e
        return shape

    def layer(self, op: Any, s: Shape) -> object:
        """Build the module of an operator."""
        return op.build(s)

    def around(self, op: Any, s: Shape, body: Any) -> tuple[object, Shape]:
        """Build the module of an operator with a body."""
        module, out = op.build(s, body)
        return module, out

    def join(self, parts: Sequence[object]) -> object:
        """Build a sequence."""
        return _sequence().join(parts)

    def cost(self, name: str, module: object, s: Shape | None, at: Formula) -> int:
        """Count parameters or multiply-adds. Raises E602 for what is no network, and where FLOPs cannot be counted."""
        if name == "flops" and s is None:
            hint = "name a task in the space (`task digits`), or give one"
            raise SpaceError("E602", "FLOPs need the shape of the input, and no task says it", at.span, hint)
        try:
            count: int = registry.get("operators", "sequence").cost(name, module, s)
        except TypeError as e:
            raise SpaceError("E602", f"`{_shown(at)}`: {e}", at.span, "the cost is that of an entry that is a network") from e
        return count

    def measure(self, module: object, s: Shape, at: Operation) -> Shape:
        """Run a layer of foreign make on zeros and return the shape it gives."""
        if self.mixes:
            hint = "put it at the end of the network, or register an operator with a shape rule"
            raise ShapeError("E602", f"the shape that {at.fn} gives is not known before it is built", at.span, hint)
        try:
            shape: Shape = _sequence().probe(module, s)
        except Exception as e:
            raise ShapeError("E602", f"{at.fn} does not fit behind {s}: {e}", at.span) from e
        return shape

    def memory(self) -> Any:
        """Build a memory."""
        return _sequence().memory()

    def remember(self, part: Any, memory: Any) -> Any:
        """Build a layer that puts its output into a memory."""
        return _sequence().remember(part, memory)

    def recall(self, memory: Any, back: int) -> Any:
        """Build a layer that reads a memory."""
        return _sequence().recall(memory, back)

    def begin(self, part: Any, memory: Any) -> Any:
        """Build a layer whose items remember."""
        return _sequence().begin(part, memory)

    def forget(self, part: Any, memories: Sequence[Any]) -> Any:
        """Build a network that leaves nothing in its memories."""
        return _sequence().forget(part, memories)

    def weight(self, layer: Any) -> Any:
        """Return the parameter that is the weight of a layer."""
        return _sequence().weight(layer)


def _sequence() -> Any:
    """Return the operator that knows how layers of the language become one network."""
    return registry.get("operators", "sequence")
