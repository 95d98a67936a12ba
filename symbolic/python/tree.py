"""A traced program as a node of the language: `module::Qual(arguments) with { choice points }`.

Scopes become records, rounds fields `"name[i]"` under the count, what an option asks stands in the option, and conditions
become `when`, on a whole record where all of it hangs on them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from symbolic.errors import SpaceError, Span
from symbolic.nodes import Arg, Call, Choice, Const, Expr, Field, If, Node, Obj, Option, Range, Record
from symbolic.python.activity import Conditions
from symbolic.python.asked import Asked, Interval, Options
from symbolic.python.explore import grid, lowest
from symbolic.python.objects import importable, named
from symbolic.python.places import Place
from symbolic.python.probe import Probe, formula_of
from symbolic.python.program import Program
from symbolic.python.refs import Level, expression, reference
from symbolic.python.searchable import signature_choices

Item: TypeAlias = "tuple[Place, frozenset[Any]]"
Inner: TypeAlias = "Callable[[str], Node | None]"
_MAX_NESTED = 64
"""The text of a space nests as deep, and every reader and writer of it recurses."""


def call_node(program: Program, objects: dict[str, Any], given: tuple[Arg, ...] = ()) -> Call:
    """Return the call that stands for a program with some arguments given; the live objects it names go to `objects`."""
    objects[program.name] = program.target
    writer = Writer(program.trace.conditions, {place: i for i, place in enumerate(program.trace.decisions)}, objects)
    root = program.trace.root
    arguments, args = Level(root), list(given)
    for name in signature_choices(program.target):
        place = root.child(("choice", name))
        # A choice whose options ask questions is answered by the program itself, not by its caller.
        if place is not None and place in writer.rank and not any(map(writer.first, place.children.values())):
            args.append(Arg(name, writer.value(place, (), importables=True)))
            arguments.names.add(name)
    record = writer.record(root, (arguments,), frozenset(), skip=arguments.names)
    return Call(program.name, tuple(args), None, record if record.fields else None)


@attrs.frozen(eq=False)
class Writer:
    """Writes the records of one program. `rank` is the order of the decisions."""

    conditions: Conditions
    rank: Mapping[Place, int]
    objects: dict[str, Any]

    def first(self, place: Place) -> int | None:
        """Return the rank of the first decision at or below a place, or None."""
        return min((self.rank[each] for each in place.walk() if each in self.rank), default=None)

    def record(self, place: Place, outer: tuple[Level, ...], inherited: frozenset[Item], skip: Collection[str] = ()) -> Record:
        """Return the record of a place: its fields in the order of their first decisions. Raises E105 past 64 in each other."""
        level = Level(place)
        if len(outer) >= _MAX_NESTED:
            message = f"the choices of this program nest more than {_MAX_NESTED} scopes and options deep"
            raise SpaceError("E105", message, place.span, "bound the depth of options inside options")
        fields = []
        for _, key, part in sorted(self._parts(place), key=lambda item: item[0]):
            if key not in skip:
                fields.append(self._field(key, part, (*outer, level), inherited))
                level.names.add(key)
        return Record(tuple(fields), span=place.span)

    def _parts(self, place: Place) -> Iterator[tuple[int, str, Place]]:
        """Yield rank, key and place of what becomes a field."""
        for child in place.children.values():
            if child in self.rank:
                yield self.rank[child], child.part, child
            rounds = [below for below in child.children.values() if below.kind == "round"]
            for below in rounds:
                first = self.first(below)
                if first is not None:
                    yield first, f"{child.part}[{below.index}]", below
            if child.kind in ("object", "scope"):
                first = self.first(child)
                if first is not None:
                    yield first, child.part, child

    def _field(self, key: str, place: Place, levels: tuple[Level, ...], inherited: frozenset[Item]) -> Field:
        common = self._common(place) - inherited
        guards = [self._test(other, values, levels) for other, values in sorted(common, key=lambda item: self.rank[item[0]])]
        if place.kind == "choice":
            value: Node = self.value(place, levels, inherited=inherited | common)
        else:
            guards = [*self._count(place, levels), *guards]
            value = self.record(place, levels, inherited | common)
        if guards:
            value = If(guards[0] if len(guards) == 1 else Expr("and", tuple(guards)), value, span=place.span)
        doc = place.asked.doc if place.asked is not None else None
        return Field(key, value, doc=doc, span=place.span)

    def value(
        self, place: Place, levels: tuple[Level, ...], *, inherited: frozenset[Item] = frozenset(), importables: bool = False
    ) -> Node:
        """Return the node of a decision."""
        assert place.asked is not None

        def inner(label: str) -> Record | None:
            below = place.child(("option", label))
            return None if below is None or self.first(below) is None else self.record(below, levels, inherited)

        return asked_node(place.asked, levels, inner, self.objects, importables=importables)

    def _common(self, place: Place) -> frozenset[Item]:
        """Return the conditions that all decisions at or below a place share."""
        if place in self.rank:
            # What stands inside its options hangs on the choice, so its conditions are enough.
            return frozenset(self.conditions[place].items())
        every = [frozenset(self.conditions[each].items()) for each in place.walk() if each in self.rank]
        return frozenset.intersection(*every)

    def _count(self, place: Place, levels: tuple[Level, ...]) -> list[Node]:
        """Return the guard of a round: that there are more of them than its index."""
        if place.kind != "round" or place.parent is None or place.index is None:
            return []
        repeated = place.parent
        if repeated.kind == "choice":
            assert isinstance(repeated.asked, Interval)
            if not isinstance(repeated.asked.low, int) or repeated.asked.low <= place.index:
                return [Expr(">", (reference(repeated, levels), Const(place.index)))]
        elif repeated.count is not None and lowest(repeated.count) <= place.index:
            return [Expr(">", (expression(repeated.count, levels), Const(place.index)))]
        return []

    def _test(self, place: Place, values: frozenset[Any], levels: tuple[Level, ...]) -> Node:
        """Return the condition that a decision has one of some values."""
        assert place.asked is not None
        return membership(reference(place, levels), place.asked, values)


def membership(ref: Node, asked: Asked, values: frozenset[Any]) -> Node:
    """Return the shortest condition that says that a decision has one of the values."""
    if isinstance(asked, Interval):
        every, allowed = list(grid(asked)), sorted(values)
        if len(allowed) == 1:
            return Expr("==", (ref, Const(allowed[0])))
        if allowed == every[-len(allowed) :]:
            return Expr(">=", (ref, Const(allowed[0])))
        if allowed == every[: len(allowed)]:
            return Expr("<=", (ref, Const(allowed[-1])))
        return Expr("in", (ref, _list([Const(value) for value in allowed])))
    labels = [label for label in asked.labels if label in values]
    others = [label for label in asked.labels if label not in values]
    numbers = {label: option for label, option in zip(asked.labels, asked.options, strict=True) if _number(option)}
    if len(numbers) == len(asked.labels):
        shown = {label: Const(value) for label, value in numbers.items() if isinstance(value, int | float)}
        equal, unequal = "==", "!="
    else:
        shown = {label: Const(label) for label in asked.labels}
        equal, unequal = "is", "is not"
    if len(labels) == 1:
        return Expr(equal, (ref, shown[labels[0]]))
    if len(others) == 1:
        return Expr(unequal, (ref, shown[others[0]]))
    return Expr("in", (ref, _list([shown[label] for label in labels])))


def _number(option: object) -> bool:
    return type(option) in (int, float)


def _list(items: list[Const]) -> Call:
    return Call("list", tuple(Arg(None, item) for item in items))


def asked_node(asked: Asked, levels: tuple[Level, ...], inner: Inner, objects: dict[str, Any], *, importables: bool) -> Node:
    """Return the node of a choice; `inner` gives what stands for an option, by label, unless it is the option.

    One option alone is no choice.
    """
    match asked:
        case Options(form="one", labels=[label], options=[option], span=span):
            return inner(label) or _option(option, label, span, objects, importables)
        case Options(
            form=form, labels=labels, options=options, low=low, high=high, default=default, weights=weights, span=span
        ):
            marked = default != ((0,) if form == "one" else tuple(range(low)))
            made = []
            for index, (label, option) in enumerate(zip(labels, options, strict=True)):
                value = inner(label) or _option(option, label, span, objects, importables)
                weight = weights[index] if weights is not None else 1.0
                made.append(Option(label, value, weight, marked and index in default, span=span))
            return Choice(tuple(made), form, low, high, span=span)
        case Interval(low=low, high=high, step=step, log=log, default=default, prior=prior, span=span):
            ends = [expression(formula_of(end), levels) for end in (low, high)]
            rest = [None if number is None else Const(number) for number in (step, prior, _shown_default(asked))]
            return Range(ends[0], ends[1], rest[0], log, rest[1], rest[2], span=span)


def _shown_default(asked: Interval) -> int | float | None:
    """Return the default unless it is what the range has anyway."""
    if asked.default is None or attrs.evolve(asked, default=None).start == asked.default:
        return None
    return asked.default


def _option(option: object, label: str, span: Span | None, objects: dict[str, Any], importables: bool) -> Node:
    """Return the node of an option without questions; one that only its program can make is its label as a text."""
    if type(option) is Probe:
        # Computed from earlier answers, so its value is not one.
        return Const(label, span=span)
    if option is None or isinstance(option, bool | int | float | str):
        return Const(option, span=span)
    if isinstance(option, tuple | list):
        return _sequence(option, span)
    name = named(option, "the option", span) if importables else importable(option)
    if name is None:
        return Const(label, span=span)
    objects[name] = option
    return Obj(name, span=span)


def _sequence(values: tuple[object, ...] | list[object], span: Span | None) -> Call:
    if values == ():
        raise SpaceError("E710", "an option is an empty tuple, which the language cannot write", span, "give an empty list")
    items = []
    for value in values:
        if isinstance(value, tuple | list):
            items.append(Arg(None, _sequence(value, span)))
        elif value is None or isinstance(value, bool | int | float | str):
            items.append(Arg(None, Const(value, span=span)))
        else:
            raise SpaceError("E710", f"{value!r} inside an option is no constant", span)
    return Call("list" if isinstance(values, list) else "tuple", tuple(items), span=span)
