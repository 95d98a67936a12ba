"""Expansion of tables of rows: names become decisions, cells become codes; what is fixed already picks the rows that stay."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import attrs
import numpy as np

from symbolic.errors import SpaceError, Span, nearest
from symbolic.nodes import Call, Const, Expr, Node, Ref, Scalar, Use
from symbolic.table.allowed import AllowedRows
from symbolic.table.drafts import ABSENT, Column, Place
from symbolic.table.grid import code_of
from symbolic.table.instances import Conditional, Constant, Decided, Formula, Instance, Repeated, Scoped
from symbolic.table.references import refer
from symbolic.table.scalars import is_number, literal, same_option
from symbolic.table.table import INT, ONE

if TYPE_CHECKING:
    from symbolic.table.expand.expand import Expander

_BLANK, _GONE, _WRONG = -1, -2, -3
Cell: TypeAlias = "str | Const"


@attrs.frozen
class _Rows:
    """The cells by column, in the order of the decisions, and where one stands."""

    columns: tuple[Sequence[Cell], ...]
    names: tuple[str, ...]
    place: Callable[[int, int], tuple[str, Span | None]]
    """Of row and decision: in words, and as a span."""


def rows(e: Expander, node: Expr, at: Place) -> Instance:
    """Expand `(a, b) in rows`.

    A cell of a file is a label or a number; an empty one says that the decision is not active in that row. Raises E201 for a
    value that its decision cannot have, at the cell; E305 for what is no one-of or whole number, or a file without its columns.
    """
    asked, written = node.args
    assert isinstance(asked, Call)
    names = [a.value for a in asked.args]
    parts = [_bare(refer(e, _as_ref(n), at)) for n in names]
    paths = {id(x): path for path, x in e.draft.decided.items()}
    called = [(_written(n), paths.get(id(p), "")) for n, p in zip(names, parts, strict=True)]
    table = _listed(written, called) if isinstance(written, Call) else _of_file(written, called, node.span)
    codes = np.stack([_codes(e, p, table, k, node) for k, p in enumerate(parts)], 1)
    codes = codes[(codes != _GONE).all(1)]
    left = [(k, p) for k, p in enumerate(parts) if isinstance(p, Decided)]
    if not left or not len(codes):
        return Constant(bool(len(codes)) == (node.op == "in"))
    allowed = AllowedRows(tuple(p.path for _, p in left), np.unique(codes[:, [k for k, _ in left]], axis=0))
    made = Formula("rows", tuple(p for _, p in left), node.span, allowed)
    return made if node.op == "in" else Formula("not", (made,), node.span)


def _as_ref(node: Node) -> Ref:
    assert isinstance(node, Ref | Use)
    return node if isinstance(node, Ref) else Ref(node.name, span=node.span)


def _bare(x: Instance) -> Instance:
    """Return the decision that a name stands for; a guarded one is not active where its guard is false."""
    while True:
        match x:
            case Scoped(body=inner) | Repeated(count=inner):
                x = inner
            case Conditional(then=then, other=None) if x is not ABSENT:
                x = then
            case _:
                return x


def _written(node: Node) -> str:
    from symbolic.language.printer import print_node

    return print_node(node)


def _listed(node: Call, called: Sequence[tuple[str, str]]) -> _Rows:
    lines = [[c.value for c in row.value.args] for row in node.args if isinstance(row.value, Call)]
    cells = [[c for c in line if isinstance(c, Const)] for line in lines]

    def place(row: int, k: int) -> tuple[str, Span | None]:
        return f"row {row + 1}", cells[row][k].span

    return _Rows(tuple(list(column) for column in zip(*cells, strict=True)), tuple(n for n, _ in called), place)


def _of_file(node: Node, called: Sequence[tuple[str, str]], at: Span | None) -> _Rows:
    """Read the rows of a text. Columns are found by the path of their decision, or by its name as it is written."""
    assert isinstance(node, Const) and isinstance(node.value, str)
    text = node.value
    whole = node.span if node.span is not None and node.span.source.text == text else at
    try:
        lines = list(csv.reader(text.split("\n"), strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise SpaceError("E305", f"these rows are no CSV: {error}", whole) from error
    header, *below = [[cell.strip() for cell in line] for line in lines]
    order = _order(header, called, whole)
    numbers = [i for i, line in enumerate(below) if line]
    body = [below[i] for i in numbers]
    for i, line in zip(numbers, body, strict=True):
        if len(line) != len(header):
            span = _cell_span(node, whole, i + 2, 0, line)
            raise SpaceError("E305", f"row {i + 1} has {len(line)} values, the header {len(header)}", span)

    def place(row: int, k: int) -> tuple[str, Span | None]:
        i, c = numbers[row], order[k]
        return f"row {i + 1}, column {header[c]!r}", _cell_span(node, whole, i + 2, c, body[row])

    columns = list(zip(*body, strict=True)) or [()] * len(header)
    return _Rows(tuple(columns[c] for c in order), tuple(header[c] for c in order), place)


def _order(header: Sequence[str], called: Sequence[tuple[str, str]], at: Span | None) -> list[int]:
    """Return for each decision its column. Raises E305 for a column that is missing, twice there, or not asked for."""
    order: list[int] = []
    for name, path in called:
        known = {name, name.replace(".", "/"), path} - {""}
        found = [c for c, h in enumerate(header) if h in known]
        if len(found) != 1:
            what = f"no column {path or name!r}" if not found else f"two columns {path or name!r}"
            near = None if found else nearest(path or name, header)
            raise SpaceError("E305", f"the rows have {what}", at, near or f"they have {', '.join(header[:12])}")
        order.append(found[0])
    extra = next((h for c, h in enumerate(header) if c not in order), None)
    if extra is not None:
        raise SpaceError("E305", f"the rows have a column {extra!r} that is not asked for", at, "name it, or leave it out")
    return order


def _cell_span(node: Const, whole: Span | None, line: int, column: int, cells: Sequence[str]) -> Span | None:
    """Return where a cell stands in its file; the place of the constraint where the rows come from a text."""
    if node.span is None or whole is not node.span:
        return whole
    text = whole.source.line(line)
    begin = 0
    for cell in cells[:column]:
        begin = text.find(cell, begin) + len(cell) + 1
    begin = max(text.find(cells[column], begin), 0) if cells else 0
    start = sum(len(part) + 1 for part in whole.source.text.split("\n")[: line - 1]) + begin
    return Span(whole.source, line, begin + 1, start, start + max(len(cells[column]) if cells else 1, 1))


def _codes(e: Expander, x: Instance, table: _Rows, k: int, node: Expr) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the code of each cell of a column."""
    known: dict[Cell, int] = {}
    read = _reader(e, x, table.names[k], node.span)
    codes = [known[c] if c in known else known.setdefault(c, read(c)) for c in table.columns[k]]
    if _WRONG in known.values():
        row = codes.index(_WRONG)
        words, span = table.place(row, k)
        cell = table.columns[k][row]
        value = literal(cell.value) if isinstance(cell, Const) else cell
        column = e.draft.column(x) if isinstance(x, Decided) else None
        labels = (column.labels if column is not None else None) or ()
        hint = nearest(value, labels) or (f"one of {', '.join(labels[:12])}" if labels else None)
        if hint is None and column is not None:
            hint = _ends(column)
        raise SpaceError("E201", f"{table.names[k]!r} cannot be {value!r} ({words})", span or node.span, hint)
    return np.array(codes, np.int32)


def _ends(column: Column) -> str:
    ends = [int(v) if column.integer else v for v in (column.low, column.high)]
    step = f" step {column.step:g}" if column.step != 1 else ""
    return f"{ends[0]}..{ends[1]}{step}"


def _reader(e: Expander, x: Instance, name: str, span: Span | None) -> Callable[[Cell], int]:
    """Return the function from a cell to its code: blank, gone with an edit, or wrong where there is none."""
    settled = e.draft.settled.get(x)
    if isinstance(x, Constant) or settled is not None:
        value = x.value if isinstance(x, Constant) else None
        labels = settled or (literal(value),)
        return lambda cell: 0 if any(_means(cell, label, value) for label in labels) else _GONE
    column = e.draft.column(x) if isinstance(x, Decided) else None
    if column is None or column.kind not in (ONE, INT):
        hint = "limit or discretize a float first" if column is not None else None
        raise SpaceError("E305", f"a table of rows is about one-ofs and whole numbers, {name!r} is neither", span, hint)
    missing = _GONE if column.path in e.draft.edits else _WRONG

    def read(cell: Cell) -> int:
        if cell == "":
            return _BLANK
        if column.kind == INT:
            code = _number_code(column, cell)
        else:
            pairs = zip(column.labels or (), column.values or (), strict=True)
            code = next((k for k, (label, value) in enumerate(pairs) if _means(cell, label, value)), None)
        return missing if code is None else code

    return read


def _number_code(column: Column, cell: Cell) -> int | None:
    value = _number(cell) if isinstance(cell, str) else cell.value
    if not isinstance(value, int | float) or isinstance(value, bool) or not column.low <= value <= column.high:
        return None
    return code_of(column.low, column.step, value)


def _means(cell: Cell, label: str, value: Scalar) -> bool:
    """Return whether a cell means an option. In a file `True` is `true`, and `3.0` is 3, as other programs write them."""
    if isinstance(cell, Const):
        return cell.value == label or same_option(value, cell.value)
    if cell == label or (isinstance(value, bool) and cell.lower() == label):
        return True
    number = _number(cell)
    return number is not None and is_number(value) and number == value


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
