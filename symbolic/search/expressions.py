"""Expressions over the metrics of a result: objectives to minimise, and conditions that measure how far they are violated."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping

from symbolic.errors import SpaceError
from symbolic.nodes import Const, Expr, If, Node, Ref, Step

Metrics = Mapping[str, float]
SLIGHTEST = 1e-9
"""The violation of a broken condition whose sides are equal (`a < b` at a = b)."""

_FLIPPED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_UNITED = re.compile(r"(?<=\d)(?:s|B)\b")
_BINARY: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_COMPARED: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "neg": lambda a: -a,
    "not": lambda a: float(not a),
    "abs": abs,
    "round": lambda a: math.floor(a + 0.5),
    "floor": math.floor,
    "ceil": math.ceil,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "min": min,
    "max": max,
}


def value(node: Node, metrics: Metrics) -> float:
    """Return the value of an expression; truth is 1.0 and 0.0. NaN where a metric is missing or an operation has no result.

    A metric of an entry, `params(model)`, is looked up under that name, then as `params`; parts over decisions and metrics of
    the reference candidate (`symbolic.search.derived`) under their text.
    """
    match node:
        case Const(value=bool() | int() | float() as number):
            return float(number)
        case Expr(op="decided", args=(Const(value=str(text)),)):
            return float(metrics.get(text, math.nan))
        case Expr(op="metric"):
            return _metric(node, metrics)
        case Expr(op="and" | "or", args=args):
            return _logic(node.op, [value(a, metrics) for a in args])
        case Expr(op=op, args=args):
            return _apply(op, [value(a, metrics) for a in args])
        case If(cond=cond, then=then, other=other) if other is not None:
            known = value(cond, metrics)
            return math.nan if math.isnan(known) else value(then if known else other, metrics)
    raise _unsupported(node)


def violation(node: Node, metrics: Metrics, unknown: float) -> float:
    """Return how far a condition is from true, >= 0, and 0 where it holds; `unknown` where it reads a missing metric.

    What reads a decision that is not active, or not told yet, is unknown too, and that satisfies a limit.

    `a <= b` gives `max(0, a - b) / max(1, |b|)`, `and` the sum, `or` the least, anything else 0 or 1.
    """
    match node:
        case Expr(op="and", args=args):
            return sum(violation(a, metrics, unknown) for a in args)
        case Expr(op="or", args=args):
            return min(violation(a, metrics, unknown) for a in args)
        case Expr(op="not", args=(inner,)) if (turned := negated(inner)) is not None:
            return violation(turned, metrics, unknown)
        case Expr(op="<" | "<=" | ">" | ">=", args=(left, right)):
            a, b = value(left, metrics), value(right, metrics)
            if math.isnan(a) or math.isnan(b):
                return 0.0 if _undecided(node, metrics) else unknown
            gap = abs(a - b) / max(1.0, abs(b)) if math.isfinite(a) and math.isfinite(b) else math.inf
            return 0.0 if _ARITHMETIC[node.op](a, b) else max(gap, SLIGHTEST)
    truth = value(node, metrics)
    if math.isnan(truth):
        return 0.0 if _undecided(node, metrics) else unknown
    return float(not truth)


def _undecided(node: Node, metrics: Metrics) -> bool:
    """Return whether an expression reads a part over decisions that is not known."""
    match node:
        case Expr(op="decided"):
            return math.isnan(value(node, metrics))
        case Expr(op="metric"):
            return False
        case Expr(args=parts):
            return any(_undecided(part, metrics) for part in parts)
        case If(cond=cond, then=then, other=other):
            return any(_undecided(part, metrics) for part in (cond, then, other) if part is not None)
        case _:
            return False


def negated(node: Node) -> Node | None:
    """Return a condition that holds exactly where this one does not, `not` pushed inwards; None where it cannot be."""
    match node:
        case Expr(op="and" | "or", args=args):
            turned = tuple(negated(a) or Expr("not", (a,)) for a in args)
            return Expr("or" if node.op == "and" else "and", turned)
        case Expr(op="not", args=(inner,)):
            return inner
        case Expr(op=op, args=args) if op in _FLIPPED:
            return Expr(_FLIPPED[op], args)
    return None


def metrics_of(node: Node) -> Iterator[tuple[str, ...]]:
    """Yield what each metric of an expression may be called in a result, the preferred name first.

    For `reference(seconds)` these are the names of what is measured of the reference candidate.
    """
    match node:
        case Expr(op="metric", args=(Const(value="reference"), Expr() as measured)):
            yield _names(measured)
        case Expr(op="metric"):
            yield _names(node)
        case Expr(args=args):
            for inner in args:
                yield from metrics_of(inner)
        case If(cond=cond, then=then, other=other):
            for part in (cond, then, other):
                if part is not None:
                    yield from metrics_of(part)


def references_of(node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the metrics of the reference candidate that an expression reads: their name in results, those of the metric."""
    match node:
        case Expr(op="metric", args=(Const(value="reference"), Expr() as measured)):
            yield _names(node)[0], _names(measured)
        case Expr(op="metric"):
            return
        case Expr(args=parts):
            for part in parts:
                yield from references_of(part)
        case If(cond=cond, then=then, other=other):
            for branch in (cond, then, other):
                if branch is not None:
                    yield from references_of(branch)


def parse_expression(text: str) -> Node:
    """Return the node of canonical text over metrics. Raises E101 for text that is no expression, E305 for other forms.

    >>> value(parse_expression("log(error) + 0.5 * params(model)"), {"error": 1.0, "params": 4.0})
    2.0
    """
    try:
        tree = ast.parse(_UNITED.sub("", text.strip()), mode="eval").body
    except SyntaxError as e:
        raise SpaceError("E101", f"{text!r} is no expression over metrics", hint="write a metric's name, e.g. accuracy") from e
    return _node(tree, text)


def _node(tree: ast.expr, text: str) -> Node:
    match tree:
        case ast.Constant(value=bool() | int() | float() as number):
            return Const(number)
        case ast.Name(id=name):
            return Const(name == "true") if name in ("true", "false") else Expr("metric", (Const(name),))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return Expr("neg", (_node(inner, text),))
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return Expr("not", (_node(inner, text),))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return Expr(_BINARY[type(op)], (_node(left, text), _node(right, text)))
        case ast.BoolOp(op=op, values=values):
            return Expr("and" if isinstance(op, ast.And) else "or", tuple(_node(v, text) for v in values))
        case ast.Compare(left=left, ops=ops, comparators=rights) if all(type(op) in _COMPARED for op in ops):
            sides = [_node(side, text) for side in (left, *rights)]
            links = tuple(Expr(_COMPARED[type(op)], (sides[i], sides[i + 1])) for i, op in enumerate(ops))
            return links[0] if len(links) == 1 else Expr("and", links)
        case ast.IfExp(test=test, body=body, orelse=other):
            return If(_node(test, text), _node(body, text), _node(other, text))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return Expr(name, tuple(_node(a, text) for a in args))
        case ast.Call(func=ast.Name(id="reference"), args=[measured], keywords=[]):
            return Expr("metric", (Const("reference"), _node(measured, text)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return Expr("metric", (Const(name), *(_reference(a, text) for a in args)))
    raise SpaceError("E305", f"{ast.unparse(tree)!r} in {text!r} is no expression over metrics")


def _reference(tree: ast.expr, text: str) -> Ref:
    match tree:
        case ast.Name(id=name):
            return Ref(name)
        case ast.Attribute(value=inner, attr=attr):
            base = _reference(inner, text)
            return Ref(base.name, (*base.steps, attr))
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() | int() as step)):
            base = _reference(inner, text)
            return Ref(base.name, (*base.steps, step))
    raise SpaceError("E305", f"{ast.unparse(tree)!r} in {text!r} is not the entry of a metric")


def _names(node: Expr) -> tuple[str, ...]:
    """`params(model)` and `params`, as they may be called in a result."""
    name, *of = node.args
    assert isinstance(name, Const)
    if not of:
        return (str(name.value),)
    if name.value == "reference":
        assert isinstance(of[0], Expr)
        return (f"reference({_names(of[0])[0]})",)
    return f"{name.value}({', '.join(_shown(o) for o in of)})", str(name.value)


def _shown(node: Node) -> str:
    if not isinstance(node, Ref):
        raise _unsupported(node)
    return node.name + "".join(_step(s) for s in node.steps)


def _step(step: Step) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{step}"


def _metric(node: Expr, metrics: Metrics) -> float:
    for name in _names(node):
        if name in metrics:
            return float(metrics[name])
    return math.nan


def _logic(op: str, values: list[float]) -> float:
    """Kleene: a known decider wins, else unknown infects."""
    decider = 0.0 if op == "and" else 1.0
    if any(not math.isnan(v) and float(bool(v)) == decider for v in values):
        return decider
    return math.nan if any(math.isnan(v) for v in values) else 1.0 - decider


def _apply(op: str, values: list[float]) -> float:
    if any(math.isnan(v) for v in values):
        return math.nan
    function = _ARITHMETIC.get(op) or _FUNCTIONS.get(op)
    if function is None:
        raise SpaceError("E305", f"{op!r} takes no metrics")
    try:
        result = function(*values)
    except (ArithmeticError, ValueError):
        return math.nan
    return math.nan if isinstance(result, complex) else float(result)


def _unsupported(node: Node) -> SpaceError:
    shown = type(node).__name__.lower() + (f" {node.name!r}" if isinstance(node, Ref) else "")
    return SpaceError(
        "E305", f"{shown} is no expression over metrics", node.span, "such as: accuracy - 0.1 * params(model) / 1M"
    )


def check_supported(node: Node) -> None:
    """Raise E305 (with a position) for an expression that cannot be computed."""
    try:
        value(node, {})
    except SpaceError as e:
        raise SpaceError(e.code, e.message, e.span or node.span, e.hint) from None
    _walk(node)


def _walk(node: Node) -> None:
    """Visit the branches that `value` may have skipped."""
    if isinstance(node, If) and node.other is not None:
        for part in (node.cond, node.then, node.other):
            check_supported(part)
    elif isinstance(node, Expr) and node.op != "metric":
        for part in node.args:
            _walk(part)
