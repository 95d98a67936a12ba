"""From the instance tree of a space to the figure of its network: choices as branches, repeats and conditions as frames."""

from __future__ import annotations

import attrs

from symbolic.building.roles import is_layer
from symbolic.display.figures import NOTHING, Branches, Figure, Frame, Leaf, Series, Web
from symbolic.display.outline import parts
from symbolic.display.web import dag_web
from symbolic.display.words import constant_text, decision_path, expression_text, set_columns, values_text
from symbolic.table.instances import (
    Chain,
    Conditional,
    Constant,
    Decided,
    External,
    Fact,
    Fields,
    Instance,
    Members,
    Operation,
    Repeated,
    Scoped,
    Varying,
)
from symbolic.table.table import Table

MOST = 2_000
"""Figures of one sketch; deeper inside, dots stand for the rest."""
MOST_LINES = 16


@attrs.define(eq=False)
class Sketch:
    """One walk over the instances of a table."""

    table: Table
    made: int = 0

    def figure(self, x: Instance) -> Figure:
        """Return the figure of a part of a network."""
        self.made += 1
        if self.made > MOST:
            return Leaf(("...",))
        match x:
            case Chain(items=items):
                return _series([self.figure(item) for item in items])
            case Scoped(body=body):
                return self.figure(body)
            case Decided(options=options) if options:
                return self._choice(x)
            case Members():
                ways = tuple((label, self.figure(o)) for label, o in zip(x.labels, x.options, strict=True))
                return Frame(f"{name(x.path)}: {self.values(x.path)}", Branches(ways), open_=True)
            case Repeated():
                return self._repeat(x)
            case Conditional(condition=condition, then=then, other=other):
                ways = (("", self.figure(then)), ("otherwise", NOTHING if other is None else self.figure(other)))
                return Frame(f"when {expression_text(self.table, condition)}", Branches(ways), open_=True)
            case Operation():
                return self._operation(x)
            case _:
                return Leaf((self.text(x),), open_=isinstance(x, Decided))

    def _choice(self, x: Decided) -> Figure:
        if all(self._plain(option) for option in x.options):
            return Leaf((self.values(x.path), name(x.path)), open_=True)
        ways = tuple((label, self.figure(option)) for label, option in zip(x.labels, x.options, strict=True))
        return Frame(f"{name(x.path)}: one of", Branches(ways), open_=True)

    def _plain(self, x: Instance) -> bool:
        """Whether an option is told by its label: a layer without decisions or layers inside."""
        match x:
            case Operation(body=None, sites=None, named=named, positional=positional):
                return all(isinstance(a, Constant | Fact) for a in (*named.values(), *positional))
            case Constant() | External():
                return True
            case _:
                return False

    def _repeat(self, x: Repeated) -> Figure:
        if not x.items:
            return NOTHING
        match x.count:
            case Constant(value=int(count)):
                times = f"{count} times"
            case Decided(path=path):
                times = f"{self.values(path)} times"
            case other:
                times = f"{expression_text(self.table, other)} times"
        return Frame(f"{name(x.path)}, {times}", self.figure(x.items[0]), open_=not isinstance(x.count, Constant))

    def _operation(self, x: Operation) -> Figure:
        if x.fn == "dag" and (web := dag_web(x, self.text)) is not None:
            told = [f"{key} {self.text(a)}" for key, a in x.named.items() if key != "node"]
            return Frame(", ".join([f"{name(x.path)}: dag", *told]), Web(web), open_=True)
        named = {key: a for key, a in x.named.items() if not is_layer(a)}
        given = [self.text(a) for a in x.positional if not is_layer(a)]
        asked = x.sites is not None
        told = [f"{key} {self.text(a)}" for key, a in named.items() if not (asked and isinstance(a, Decided))]
        inside = [(key, self.figure(a)) for key, a in x.named.items() if is_layer(a)]
        inside += [("", self.figure(a)) for a in x.positional if is_layer(a)]
        if x.body is not None:
            inside.append(("", self.figure(x.body)))
        if not inside:
            return Leaf(_lines(short(x.fn), [*given, *told, *self._sites(x)]), open_=self._open(x))
        title = ", ".join([short(x.fn), *given, *told])
        if x.fn in ("residual", "concat") and x.body is not None:
            inside.append(("input", NOTHING))
        (label, first), *others = inside
        return Frame(title, Branches(tuple(inside)) if others or label else first)

    def _sites(self, x: Operation) -> list[str]:
        """The decisions that a Python class asks itself."""
        if x.sites is None:
            return []
        below = [c for c in range(len(self.table)) if self.table.path[c].startswith(f"{x.path}/")]
        firsts = [c for c in below if set_columns(self.table, c)[0] == c]
        return [f"{decision_path(self.table, c).removeprefix(f'{x.path}/')} {values_text(self.table, c)}" for c in firsts]

    def _open(self, x: Operation) -> bool:
        return x.sites is not None or not all(
            isinstance(a, Constant | Fact | External) for a in (*x.named.values(), *x.positional)
        )

    def values(self, path: str) -> str:
        """Return what the decision at a path may be; of one that a pass fixed or tied, that."""
        column = self.table.where.get(path)
        return values_text(self.table, column) if column is not None else self.table.edited.get(path, "...")

    def text(self, x: Instance) -> str:
        """Return an argument in words: what it is, or what it may be."""
        match x:
            case Constant(value=value):
                return constant_text(value)
            case Decided(path=path) | Members(path=path):
                return self.values(path)
            case External(name=full):
                return short(full)
            case Varying(path=path):
                return path
            case Scoped(body=body):
                return self.text(body)
            case Operation(fn=fn):
                return short(fn)
            case Repeated() | Fields() | Chain() | Conditional():
                return "..."
            case _:
                return expression_text(self.table, x)


def name(path: str) -> str:
    """Return what a decision is called where it stands: the last part of its path that is no index."""
    return next((part for part in reversed(parts(path)) if not part.startswith("[")), path)


def short(fn: str) -> str:
    """Return the last part of the name of an operator or a Python object."""
    return fn.rpartition("::")[2].rpartition(".")[2]


def _lines(title: str, words: list[str]) -> tuple[str, ...]:
    if len(words) <= MOST_LINES:
        return (title, *words)
    return (title, *words[: MOST_LINES - 1], f"... and {len(words) - MOST_LINES + 1} more")


def _series(figures: list[Figure]) -> Figure:
    flat = [part for f in figures for part in (f.parts if isinstance(f, Series) else (f,))]
    return flat[0] if len(flat) == 1 else Series(tuple(flat))
