"""One row in plain Python: codes in a list, expressions and guards without arrays. What `mutate_one` works on."""

from __future__ import annotations

import math
from typing import assert_never

import attrs

from symbolic.errors import SpaceError
from symbolic.nodes import Scalar
from symbolic.table.allowed import AllowedRows
from symbolic.table.bounds import SLACK
from symbolic.table.facts import untold
from symbolic.table.grid import value_at
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
from symbolic.table.reads import implied
from symbolic.table.scalars import AGGREGATES, UNKNOWN, Maybe, aggregate, apply, compare, is_number, same_option
from symbolic.table.table import FLOAT, INT, ONE, AnyOf, Member, Rule, Table, Test, When


@attrs.frozen(eq=False)
class Row:
    """One row: `codes` by column, `reals` by float column. Both may change between questions."""

    table: Table
    codes: list[int]
    reals: list[float]

    def violates(self, rule: Rule) -> bool:
        """Return whether a `forbid` is known true or a `require` known false."""
        value = self.value(rule.condition)
        return value is not UNKNOWN and _truth(value) == (rule.kind == "forbid")

    def code_bounds(self, column: int) -> tuple[int, int]:
        """Return the lowest and highest code that the bounds of an integer column allow, as `bounds.code_bounds`."""
        table = self.table
        low, high = self._bounds(column)
        base, step, top = float(table.low[column]), float(table.step[column]), int(table.card[column])
        first, last = math.ceil((low - base) / step - SLACK), math.floor((high - base) / step + SLACK)
        return min(max(first, 0), top), min(max(last, -1), top - 1)

    def value_bounds(self, column: int) -> tuple[float, float]:
        """Return the lowest and highest value that the bounds of a float column allow."""
        low, high = self._bounds(column)
        return max(low, float(self.table.low[column])), min(high, float(self.table.high[column]))

    def _bounds(self, column: int) -> tuple[float, float]:
        return (
            self._bound(self.table.low_x[column], float(self.table.low[column])),
            self._bound(self.table.high_x[column], float(self.table.high[column])),
        )

    def _bound(self, expression: Instance | None, hull: float) -> float:
        value = UNKNOWN if expression is None else self.value(expression)
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else hull

    def holds(self, guard: int) -> bool:
        """Return whether a guard holds (-1: always)."""
        if guard == -1:
            return True
        found = self.table.guards[guard]
        match found:
            case Test(parent, column, codes):
                return self.codes[column] in codes and (implied(self.table, found) or self.holds(parent))
            case Member(parent, columns, code):
                picked = any(self.codes[c] == code for c in columns)
                return picked and (implied(self.table, found) or self.holds(parent))
            case When(parent, condition, polarity):
                if not self.holds(parent):
                    return False
                value = self.value(condition)
                return value is not UNKNOWN and _truth(value) == polarity
            case AnyOf(guards):
                return any(self.holds(g) for g in guards)
            case _:
                assert_never(found)

    def value(self, x: Instance) -> Maybe:
        """Return the value of an expression, or `UNKNOWN` where it reads an inactive decision."""
        match x:
            case Constant(value=value):
                return value
            case Varying(high=high):
                return high
            case Decided(path=path):
                return self._decided(self.table.where[path])
            case Formula():
                return self._formula(x)
            case Members(columns=columns, ordered=ordered):
                codes = [self.codes[self.table.where[p]] for p in columns]
                return sum(c > 0 if ordered else c for c in codes) if codes[0] >= 0 else UNKNOWN
            case Scoped(body=inner) | Repeated(count=inner):
                return self.value(inner)
            case Conditional():
                return self._conditional(x)
            case Fact():
                if x.value is None:
                    raise untold(x)
                return x.value
            case Operation() | External() | Chain() | Fields() | Gathered():
                raise SpaceError("E305", "this is not a number")
            case _:
                assert_never(x)

    def _decided(self, column: int) -> Maybe:
        code = self.codes[column]
        if code < 0:
            return UNKNOWN
        kind = self.table.kind[column]
        if kind == FLOAT:
            return self.reals[int(self.table.float_column[column])]
        if kind == ONE:
            values = self.table.values[column]
            return values[code] if values is not None else None
        if kind == INT:
            low, step = float(self.table.low[column]), float(self.table.step[column])
            return low + code * step if low.is_integer() and step.is_integer() else value_at(low, step, code)
        return code

    def _conditional(self, x: Conditional) -> Maybe:
        condition = self.value(x.condition)
        if condition is UNKNOWN or not self.holds(x.guard):
            return UNKNOWN
        if _truth(condition):
            return self.value(x.then)
        return UNKNOWN if x.other is None else self.value(x.other)

    def _formula(self, x: Formula) -> Maybe:
        match x:
            case Formula(op="guarded", args=(inner, Constant(value=int(guard)))):
                return self.value(inner) if self.holds(guard) else UNKNOWN
            case Formula(op="active", args=(inner,)):
                return self.value(inner) is not UNKNOWN
            case Formula(op="is" | "is not" | "in" | "not in" as op, args=(left, right)):
                found = self._membership(left, right)
                return found if found is UNKNOWN else found == (op in ("is", "in"))
            case Formula(op="rows", allowed=AllowedRows() as allowed):
                among = allowed.look_up_one(tuple(self.codes[self.table.where[p]] for p in allowed.paths))
                return UNKNOWN if among is None else among
            case Formula(op="metric"):
                raise SpaceError("E305", "a metric is known only after the evaluation; it has no place here", x.span)
            case Formula(op="if", args=(condition, then, other)):
                chosen = self.value(condition)
                return UNKNOWN if chosen is UNKNOWN else self.value(then if _truth(chosen) else other)
            case Formula(op=op, args=(Gathered(items=items),)):
                return aggregate(op, [_number(self.value(i)) for i in items])
        args = [self.value(a) for a in x.args]
        if x.op in ("and", "or", "not"):
            args = [a if a is UNKNOWN else _truth(a) for a in args]
        return aggregate(x.op, args) if x.op in AGGREGATES else apply(x.op, args)

    def _membership(self, left: Instance, right: Instance) -> Maybe:
        """Tell whether `left` is (in) `right`: an option against labels or values, or a label against a set of options."""
        if isinstance(left, Scoped):
            return self._membership(left.body, right)
        if isinstance(right, Members) and isinstance(left, Constant):
            return self._picked(right, str(left.value))
        wanted = [i.value for i in (right.items if isinstance(right, Gathered) else (right,)) if isinstance(i, Constant)]
        if isinstance(left, Decided) and left.labels:
            column = self.table.where[left.path]
            code, values = self.codes[column], self.table.values[column] or ()
            return UNKNOWN if code < 0 else any(w == left.labels[code] or same_option(values[code], w) for w in wanted)
        value = self.value(left)
        if value is UNKNOWN or not is_number(value):
            return value if value is UNKNOWN else False
        return any(is_number(w) and compare("==", float(value or 0), float(w or 0)) for w in wanted)

    def _picked(self, members: Members, label: str) -> Maybe:
        k = members.labels.index(label)
        codes = [self.codes[self.table.where[p]] for p in members.columns]
        if codes[0] < 0:
            return UNKNOWN
        return k + 1 in codes if members.ordered else codes[k] > 0


def _truth(value: Scalar) -> bool:
    """Return whether a value counts as true; one that is no number does."""
    return value != 0 if isinstance(value, int | float) else True


def _number(value: Maybe) -> Maybe:
    """Return a value as aggregates take it: what is no number is NaN, and known."""
    return value if value is UNKNOWN or isinstance(value, int | float) else math.nan
