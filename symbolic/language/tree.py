"""From grammar rules to raw nodes: one method a rule, run by the parser at each reduction. Holds no state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from lark import Token, Transformer

from symbolic.language import raw, words
from symbolic.language.layout import place as place_of
from symbolic.language.raw import Fault, Place, Raw, deeper

Parts = list[Any]  # tokens, raw nodes, tuples of raw nodes, and None for what is optional and absent


def _place(part: object) -> Place | None:
    if isinstance(part, Token):
        return place_of(part)
    if isinstance(part, tuple) and not hasattr(part, "place"):
        return _span(part) if part else None
    place = getattr(part, "place", None)
    return place if isinstance(place, Place) else None


def _span(parts: Sequence[object]) -> Place:
    """Return the place from the first part to the last."""
    first = next((p for p in map(_place, parts) if p is not None), None)
    last = next((p for p in map(_place, reversed(parts)) if p is not None), None)
    if first is None or last is None:
        return Place(1, 1, 0, 1)
    return first.to(last)


def _nodes(parts: Parts) -> Parts:
    """Drop tokens and what is absent."""
    return [p for p in parts if p is not None and not isinstance(p, Token)]


def _tokens(parts: Parts, kind: str) -> list[Token]:
    return [p for p in parts if isinstance(p, Token) and p.type == kind]


def _name(token: Token) -> str:
    return words.name(str(token), place_of(token))


def _guarded(value: Raw, guard: Raw | None) -> Raw:
    return value if guard is None else raw.If(guard, value, None, _span([value, guard]), deeper((guard, value), _span([value])))


def _option(part: Raw | raw.Option) -> raw.Option:
    return part if isinstance(part, raw.Option) else raw.Option(part, None, False, part.place)


def _op(op: str, parts: Parts) -> raw.Op:
    place = _span(parts)
    return raw.Op(op, tuple(_nodes(parts)), place, deeper(_nodes(parts), place))


def _decides(node: Raw) -> bool:
    """Tell whether a node holds a decision of its own."""
    match node:
        case raw.OneOf() | raw.Several() | raw.Range() | raw.Repeat() | raw.Body():
            return True
        case raw.Op(args=args) | raw.Listing(items=args):
            return any(map(_decides, args))
        case raw.If():
            return _decides(node.then) or (node.other is not None and _decides(node.other))
        case raw.Call():
            return any(_decides(a.value) for a in node.args or ())
        case _:
            return False


class Tree(Transformer[Token, Any]):
    """The callbacks of the grammar."""

    def start(self, parts: Parts) -> list[raw.Statement]:
        return _nodes(parts)

    def header(self, parts: Parts) -> raw.Header:
        numbers = _tokens(parts, "NUMBER")
        version = words.number(str(numbers[0]), place_of(numbers[0])) if numbers else None
        return raw.Header(_nodes(parts)[0].id, version, _span(parts))

    def task(self, parts: Parts) -> raw.Task:
        return raw.Task(_nodes(parts)[0], _span(parts))

    def import_(self, parts: Parts) -> raw.Import:
        path, aliases = _tokens(parts, "STRING")[0], _tokens(parts, "NAME")
        return raw.Import(words.string(str(path), place_of(path)), _name(aliases[0]) if aliases else None, _span(parts))

    def shared(self, parts: Parts) -> raw.Definition:
        return self._definition("shared", parts)

    def block(self, parts: Parts) -> raw.Definition:
        return self._definition("block", parts)

    def rule(self, parts: Parts) -> raw.Definition:
        return self._definition("rule", parts)

    def _definition(self, kind: Literal["shared", "block", "rule"], parts: Parts) -> raw.Definition:
        name, *rest = _nodes(parts)
        parameters = rest[0] if isinstance(rest[0], tuple) else ()
        numbers = _tokens(parts, "NUMBER")
        depth = words.number(str(numbers[0]), place_of(numbers[0])) if numbers else None
        return raw.Definition(kind, name.id, parameters, depth, rest[-1], name.place)

    def params(self, parts: Parts) -> tuple[raw.Parameter, ...]:
        return tuple(_nodes(parts))

    def param(self, parts: Parts) -> raw.Parameter:
        name, kind, default = parts
        return raw.Parameter(_name(name), None if kind is None else str(kind), default, _span(parts[:2]))

    def entry(self, parts: Parts) -> raw.Field:
        return self.field(parts)

    def objective(self, parts: Parts) -> raw.Objective:
        return raw.Objective(str(parts[0]) == "maximize", parts[1], _span(parts))

    def constraint(self, parts: Parts) -> raw.Constraint:
        kind = cast(Literal["require", "forbid"], str(parts[0]))
        return raw.Constraint(kind, parts[1], parts[2], _span(parts))

    def renamed(self, parts: Parts) -> raw.Renamed:
        old, new = _nodes(parts)
        return raw.Renamed(old, new, _span(parts))

    def edit(self, parts: Parts) -> raw.Edit:
        path, value = _nodes(parts)
        return raw.Edit(cast(Literal["fix", "limit", "tie"], str(parts[0])), path, value, _span(parts))

    def body(self, parts: Parts) -> Raw:
        *items, value = _nodes(parts)
        return raw.Body(tuple(items), value, _span(parts)) if items else cast(Raw, value)

    def let_value(self, parts: Parts) -> Raw:
        return self.body(parts)

    def let(self, parts: Parts) -> raw.Let:
        _, name, _, value, guard = parts
        return raw.Let(_name(name), _guarded(value, guard), place_of(name))

    def record(self, parts: Parts) -> raw.Record:
        return raw.Record(tuple(_nodes(parts)), _span(parts))

    def bare_record(self, parts: Parts) -> raw.Record:
        return self.record(parts)

    def field(self, parts: Parts) -> raw.Field:
        key, value, guard = parts
        return raw.Field(key.id, _guarded(value, guard), key.place)

    def key(self, parts: Parts) -> raw.Name:
        token: Token = parts[0]
        place = place_of(token)
        if token.type == "NAME":
            return raw.Name(words.name(str(token), place), place)
        text = words.string(str(token), place)
        if not text or "/" in text or text in ("*", "**"):
            raise Fault("E103", "a key may not be empty, '*' or '**', or contain '/'", place)
        return raw.Name(text, place)

    def guard(self, parts: Parts) -> Raw:
        return cast(Raw, parts[0])

    def dotted(self, parts: Parts) -> raw.Name:
        return raw.Name(".".join(map(_name, parts)), _span(parts))

    def conditional(self, parts: Parts) -> raw.If:
        then, condition, other = parts
        place = _span(parts)
        return raw.If(condition, then, other, place, deeper(parts, place))

    def one_of(self, parts: Parts) -> raw.OneOf:
        return raw.OneOf(tuple(map(_option, parts)), _span(parts))

    def marked(self, parts: Parts) -> raw.Option:
        _, value, weight = parts
        return self._weighted(value, weight, True, _span(parts))

    def weighted(self, parts: Parts) -> raw.Option:
        value, weight = parts
        return self._weighted(value, weight, False, _span(parts))

    def _weighted(self, value: Raw, weight: Token | None, default: bool, place: Place) -> raw.Option:
        number = None if weight is None else words.number(str(weight), place_of(weight))
        return raw.Option(value, number, default, place)

    def sequence(self, parts: Parts) -> raw.Sequence:
        return raw.Sequence(tuple(parts), _span(parts))

    def plain_range(self, parts: Parts) -> raw.Range | raw.Several:
        low, high, *modifiers = parts
        if isinstance(high, raw.Several) and high.form == "multiset" and high.count is not None:
            count = raw.Range(low, high.count, tuple(modifiers), False, _span([low, high.count]))
            return raw.Several("multiset", count, high.options, _span(parts))
        return raw.Range(low, high, tuple(modifiers), False, _span(parts))

    def fidelity(self, parts: Parts) -> raw.Range:
        _, low, high, *modifiers = parts
        return raw.Range(low, high, tuple(modifiers), True, _span(parts))

    def modifier(self, parts: Parts) -> raw.Modifier:
        return raw.Modifier(str(parts[0]), parts[1] if len(parts) > 1 else None, _span(parts))

    def repeat(self, parts: Parts) -> raw.Repeat:
        names = [_name(t) for t in _tokens(parts, "NAME")]
        count, body = _nodes(parts)
        return raw.Repeat(count, body, names[0] if names else None, names[1] if len(names) > 1 else None, _span(parts))

    def subset(self, parts: Parts) -> raw.Several:
        return self._several("subset", parts)

    def permutation(self, parts: Parts) -> raw.Several:
        return self._several("permutation", parts)

    def multiset(self, parts: Parts) -> raw.Several:
        count = words.number(str(parts[0]), place_of(parts[0]))
        return raw.Several("multiset", count, _nodes(parts)[0], _span(parts))

    def _several(self, form: Literal["subset", "permutation"], parts: Parts) -> raw.Several:
        *count, options = _nodes(parts)
        return raw.Several(form, count[0] if count else None, options, _span(parts))

    def members(self, parts: Parts) -> tuple[raw.Option, ...]:
        return tuple(map(_option, _nodes(parts)))

    def or_(self, parts: Parts) -> raw.Op:
        return _op("or", parts)

    def and_(self, parts: Parts) -> raw.Op:
        return _op("and", parts)

    def not_(self, parts: Parts) -> raw.Op:
        return _op("not", parts)

    def compare(self, parts: Parts) -> raw.Op:
        for middle in parts[2:-2:2]:
            if _decides(middle):
                hint = "it would be decided twice; name it first: let NAME = ..."
                raise Fault("E305", "a decision in the middle of a chained comparison", middle.place, hint)
        pairs = [_op(str(parts[i + 1]), [parts[i], parts[i + 2]]) for i in range(0, len(parts) - 2, 2)]
        return pairs[0] if len(pairs) == 1 else _op("and", cast(Parts, pairs))

    def is_(self, parts: Parts) -> raw.Op:
        return _op("is", parts)

    def is_not(self, parts: Parts) -> raw.Op:
        return _op("is not", parts)

    def in_(self, parts: Parts) -> raw.Op:
        return _op("in", parts)

    def not_in(self, parts: Parts) -> raw.Op:
        return _op("not in", parts)

    def add(self, parts: Parts) -> raw.Op:
        return _op("+", parts)

    def subtract(self, parts: Parts) -> raw.Op:
        return _op("-", parts)

    def multiply(self, parts: Parts) -> raw.Op:
        return _op("*", parts)

    def divide(self, parts: Parts) -> raw.Op:
        return _op("/", parts)

    def floor_divide(self, parts: Parts) -> raw.Op:
        return _op("//", parts)

    def modulo(self, parts: Parts) -> raw.Op:
        return _op("%", parts)

    def power_of(self, parts: Parts) -> raw.Op:
        return _op("**", parts)

    def negate(self, parts: Parts) -> Raw:
        value = parts[1]
        if isinstance(value, raw.Literal) and type(value.value) in (int, float):
            return raw.Literal(-cast(float, value.value), value.unit, _span(parts))
        return _op("neg", parts)

    def label(self, parts: Parts) -> raw.Label:
        value, token = parts
        if token.type == "NAME":
            return raw.Label(value, _name(token), _span(parts))
        text = words.string(str(token), place_of(token))
        if not text:
            raise Fault("E103", "a label may not be empty", place_of(token))
        return raw.Label(value, text, _span(parts))

    def attribute(self, parts: Parts) -> raw.Attribute:
        place = _span(parts)
        return raw.Attribute(parts[0], _name(parts[1]), place, deeper(parts[:1], place))

    def item(self, parts: Parts) -> raw.Item:
        place = _span(parts)
        return raw.Item(parts[0], parts[1], place, deeper(parts[:1], place))

    def gather(self, parts: Parts) -> str:
        return str(parts[0])

    def call(self, parts: Parts) -> raw.Call:
        fn, _, args, _ = parts
        place = _span(parts)
        return raw.Call(fn, args or (), None, None, place, deeper((fn,), place))

    def with_body(self, parts: Parts) -> raw.Call:
        fn, body = parts
        place = _span(parts)
        if isinstance(fn, raw.Call) and fn.body is None:
            return raw.Call(fn.fn, fn.args, body, fn.sites, place, fn.depth)
        return raw.Call(fn, None, body, None, place, deeper((fn,), place))

    def with_sites(self, parts: Parts) -> raw.Call:
        fn, sites = parts
        place = _span(parts)
        if isinstance(fn, raw.Call) and fn.sites is None:
            return raw.Call(fn.fn, fn.args, fn.body, sites, place, fn.depth)
        return raw.Call(fn, None, None, sites, place, deeper((fn,), place))

    def args(self, parts: Parts) -> tuple[raw.Argument, ...]:
        return tuple(p if isinstance(p, raw.Argument) else raw.Argument(None, p, p.place) for p in _nodes(parts))

    def named(self, parts: Parts) -> raw.Argument:
        name, value, guard = parts
        return raw.Argument(_name(name), _guarded(value, guard), place_of(name))

    def number(self, parts: Parts) -> raw.Literal:
        return words.number(str(parts[0]), place_of(parts[0]))

    def string(self, parts: Parts) -> raw.Literal:
        return raw.Literal(words.string(str(parts[0]), place_of(parts[0])), None, place_of(parts[0]))

    def name(self, parts: Parts) -> raw.Name:
        return raw.Name(_name(parts[0]), place_of(parts[0]))

    def keyword(self, parts: Parts) -> raw.Literal:
        value = {"true": True, "false": False, "none": None}[str(parts[0])]
        return raw.Literal(value, None, place_of(parts[0]))

    def object(self, parts: Parts) -> raw.Object:
        return raw.Object(str(parts[0]), place_of(parts[0]))

    def parenthesis(self, parts: Parts) -> Raw:
        return cast(Raw, parts[0])

    def list_(self, parts: Parts) -> raw.Listing:
        return raw.Listing("list", tuple(_nodes(parts)), _span(parts))

    def tuple_(self, parts: Parts) -> raw.Listing:
        return raw.Listing("tuple", tuple(_nodes(parts)), _span(parts))
