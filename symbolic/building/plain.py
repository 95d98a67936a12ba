"""A candidate as a space without choices: what it takes is written out, what it does not take is gone."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from symbolic.building.build import task_facts
from symbolic.building.roles import ABSENT
from symbolic.building.values import Values
from symbolic.building.walk import Walk
from symbolic.candidate import Candidate
from symbolic.checking.outlines import Foreign, Outlines
from symbolic.errors import SpaceError
from symbolic.measured import is_measured
from symbolic.nodes import Arg, Call, Const, Constraint, Expr, Field, Node, Obj, Range, Record, Ref, Repeat
from symbolic.space import Space
from symbolic.table.convert import to_dict
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    External,
    Fact,
    Fields,
    Formula,
    Gathered,
    Instance,
    Members,
    Operation,
    Repeated,
    Scoped,
    Varying,
)

NOTHING = Repeat(Const(0), Call("skip"))
"""A part of a network that a condition leaves out."""


class _Unwritten(Exception):
    """A part that cannot be written without the decisions it has."""


def plain_space(candidate: Candidate) -> Space:
    """Return the candidate as a space without decisions; see `Candidate.plain`."""
    space = candidate.space
    try:
        fields = _Plain(_walk(candidate)).fields(space.lower().root.fields.items())
    except (_Unwritten, Foreign):
        return space.freeze(to_dict(space.lower(), candidate.point))
    limits = tuple(c for c in space.constraints if is_measured(c) and _of_entries(c, space))
    return attrs.evolve(space, root=Record(fields), defs=(), constraints=limits, renames=(), edits=())


def _walk(candidate: Candidate) -> Walk:
    try:
        facts = task_facts(candidate.space)
    except SpaceError:
        facts = None
    table = candidate.space.lower()
    return Walk(table, Values(table, candidate.point), Outlines(), facts)


@attrs.frozen(eq=False)
class _Plain:
    """The way back from instances to nodes, for one candidate."""

    walk: Walk

    def fields(self, given: Iterable[tuple[str, Instance]]) -> tuple[Field, ...]:
        found = [(key, self.node(x)) for key, x in given]
        return tuple(Field(key, node) for key, node in found if node is not None)

    def sure(self, x: Instance) -> Node:
        """Return the node of an instance; what a condition leaves out does nothing."""
        found = self.node(x)
        return NOTHING if found is None else found

    def node(self, x: Instance) -> Node | None:
        """Return the node of an instance, None where nothing stands. Raises `_Unwritten`."""
        match x:
            case Constant(value=value):
                return Const(value)
            case External(name=name):
                return Obj(name)
            case Fact(name=name):
                return Ref(name)
            case Varying(path=path):
                return self._fidelity(path)
            case Decided(options=options):
                column = self.walk.table.where[x.path]
                assert isinstance(self.walk.resolver, Values)
                return self.node(options[int(self.walk.resolver.point.index[column])]) if options else self._computed(x)
            case Members() | Gathered():
                items = [Arg(None, self.sure(item)) for item in self._items(x)]
                return Call("tuple" if items else "list", tuple(items))
            case Operation():
                return self._operation(x)
            case Chain(items=items):
                return Call(">>", tuple(Arg(None, self.sure(item)) for item in items))
            case Fields(fields=fields):
                return Record(self.fields(fields.items()))
            case Scoped(body=body):
                return self.node(body)
            case Repeated():
                return self._repeated(x)
            case Conditional():
                branch = self.walk.branch(x)
                return None if branch is None else self.node(branch)
            case Formula():
                return self._computed(x)
            case _:
                raise _Unwritten(x)

    def _items(self, x: Members | Gathered) -> list[Instance]:
        if isinstance(x, Gathered):
            return list(x.items)
        chosen = self.walk.asking.members(x)
        return [member(lambda k: x.options[k]) for member in chosen]

    def _operation(self, x: Operation) -> Node:
        if x.sites is not None or x.fn == "dag":  # the edges of a dag differ, and the language has one body for all
            raise _Unwritten(x)
        named = [(name, self.node(y)) for name, y in x.named.items()]
        args = [Arg(None, self.sure(y)) for y in x.positional] + [Arg(k, v) for k, v in named if v is not None]
        return Call(x.fn, tuple(args), None if x.body is None else self.sure(x.body))

    def _repeated(self, x: Repeated) -> Node:
        units = [self.sure(unit) for unit in self.walk.repeated(x, lambda i: x.items[i])]
        if not self.walk.blueprint.is_layer(x):
            return Call("list", tuple(Arg(None, unit) for unit in units))
        if not units:
            return NOTHING
        if all(unit == units[0] for unit in units):
            return Repeat(Const(len(units)), units[0])
        return Call(">>", tuple(Arg(None, unit) for unit in units))

    def _computed(self, x: Instance) -> Node | None:
        try:
            value = self.walk.value(x)
        except SpaceError as e:
            raise _Unwritten(x) from e
        if value is ABSENT:
            return None
        if value is not None and not isinstance(value, bool | int | float | str):
            raise _Unwritten(x)
        return Const(value)

    def _fidelity(self, path: str) -> Node:
        found = next(f for f in self.walk.table.fidelities if f.path == path)
        kind = int if found.integer else float
        step = None if found.step is None or (found.integer and found.step == 1) else Const(kind(found.step))
        return Range(Const(kind(found.low)), Const(kind(found.high)), step, found.log, fidelity=True)


def _of_entries(constraint: Constraint, space: Space) -> bool:
    """Whether a limit reads whole entries only, which are still there."""
    return all(ref.name in space.entries and not ref.steps for ref in _references(constraint.condition))


def _references(node: Node) -> list[Ref]:
    match node:
        case Ref():
            return [node]
        case Expr(args=args):
            return [ref for arg in args for ref in _references(arg)]
        case _:
            return []
