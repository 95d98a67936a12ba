"""A candidate as a space without choices: what it takes is written out, what it does not take is gone."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from symbolic import registry
from symbolic.building.build import task_facts
from symbolic.building.roles import ABSENT, operator_class
from symbolic.building.values import Values
from symbolic.building.walk import Walk
from symbolic.candidate import Candidate
from symbolic.checking.outlines import Foreign, Outlines
from symbolic.errors import SpaceError
from symbolic.language.load import read
from symbolic.measured import is_measured
from symbolic.nodes import Arg, Call, Const, Constraint, Edit, Expr, Field, Node, Obj, Range, Record, Ref, Repeat
from symbolic.passes.edits import constant
from symbolic.space import Space
from symbolic.table.convert import to_dict
from symbolic.table.expand.expand import dead_edits
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
        return _fixed(candidate)
    limits = tuple(c for c in space.constraints if is_measured(c) and _of_entries(c, space))
    made = attrs.evolve(space, root=Record(fields), defs=(), constraints=limits, renames=(), edits=())
    return made if _reads_back(made) else _fixed(candidate)


def _fixed(candidate: Candidate) -> Space:
    """Return the space with every decision fixed; where one leaves another a single value, that is no decision any more."""
    space, table = candidate.space, candidate.space.lower()
    values = to_dict(table, candidate.point)
    edits = [*(e for e in space.edits if e.path not in values)]
    edits += [Edit("fix", path, constant(table, path, value)) for path, value in values.items()]
    made = attrs.evolve(space, edits=tuple(sorted(edits, key=lambda e: e.path)))
    dead = dead_edits(made)
    return attrs.evolve(made, edits=tuple(e for e in made.edits if e.path not in dead))


def _reads_back(made: Space) -> bool:
    """Whether the text of a space is that space: a label may be needed where it cannot be seen."""
    try:
        return read(made.text()).space == made and len(made.lower()) == 0
    except SpaceError:
        return False


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
    labels: dict[Instance, str] = attrs.field(factory=dict)
    """The layers that later ones name, by what they are called in the text."""

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
                return self.node(options[self._code(x)]) if options else self._computed(x)
            case Members() | Gathered():
                items = [Arg(None, self.sure(item)) for item in self._items(x)]
                return Call("tuple" if items else "list", tuple(items))
            case Operation():
                return self._operation(x)
            case Chain():
                return self._chain(x)
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

    def _chain(self, x: Chain) -> Node:
        args = []
        for item, name in zip(x.items, x.names, strict=True):
            node = self.sure(item)  # first: what stands inside names what stands before
            args.append(Arg(self._label(item, name), node))
        return Call(">>", tuple(args))

    def _label(self, item: Instance, name: str) -> str | None:
        """Give an item the label by which later layers name it; None where none does."""
        known = self.walk.blueprint
        named = [y for y in self._inside(item) if y in known.named_outputs or y in known.named_weights]
        if not named:
            return None
        free = name.isidentifier() and name not in self.labels.values() and name not in registry.entries("operators")
        label = name if free else f"layer{len(self.labels) + 1}"
        self.labels.update(dict.fromkeys(named, label))
        return label

    def _inside(self, x: Instance) -> list[Instance]:
        """An item, and what stands in its place: the body of a block, the option or branch that is taken."""
        inner: Instance | None = None
        match x:
            case Scoped(body=body):
                inner = body
            case Conditional():
                inner = self.walk.branch(x)
            case Decided(options=options) if options:
                inner = options[self._code(x)]
        return [x] if inner is None else [x, *self._inside(inner)]

    def _code(self, x: Decided) -> int:
        assert isinstance(self.walk.resolver, Values)
        return int(self.walk.resolver.point.index[self.walk.table.where[x.path]])

    def _operation(self, x: Operation) -> Node:
        if x.sites is not None or x.fn in ("dag", "stack"):  # edges of a dag differ, and items of a stack must stay apart
            raise _Unwritten(x)
        kinds = {} if "::" in x.fn or x.fn in ("list", "tuple") else _kinds(x)
        named = [(name, self._argument(kinds.get(name, "any"), y)) for name, y in x.named.items()]
        places = [self.node(y) for y in x.positional]
        args = [Arg(None, v) for v in places if v is not None] + [Arg(k, v) for k, v in named if v is not None]
        return Call(x.fn, tuple(args), None if x.body is None else self.sure(x.body))

    def _argument(self, kind: str, y: Instance) -> Node | None:
        """Return the node of an argument; a layer that it names is written by its label."""
        if kind not in ("output", "weights") or isinstance(y, Constant):
            return self.node(y)
        met = next((z for z in self._inside(y) if z in self.labels), None)
        if met is not None:
            return Ref(self.labels[met])
        if self.walk.blueprint.is_layer(y):
            raise _Unwritten(y)
        return self.node(y)

    def _repeated(self, x: Repeated) -> Node:
        units = [self.sure(unit) for unit in self.walk.repeated(x, lambda i: x.items[i])]
        if not self.walk.blueprint.is_layer(x):
            return Call("list", tuple(Arg(None, unit) for unit in units))
        if not units:
            return NOTHING
        if all(unit == units[0] for unit in units):
            return Repeat(Const(len(units)), units[0])
        if self.walk.blueprint.looks_back(x):  # each unit is one item, whatever it is made of
            return Call("stack", body=Call(">>", tuple(Arg(None, Call("sequence", body=unit)) for unit in units)))
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


def _kinds(x: Operation) -> dict[str, str]:
    """The types of an operator's parameters by name, without the one that takes any number of arguments."""
    return {p.name: p.type for p in operator_class(x).signature.parameters if not p.many}


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
