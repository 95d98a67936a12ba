"""Where a call stands: its place in the source, the name it is assigned to, whether it is in a `def` header.

Read from the positions of the calling instruction and the syntax tree of its file. E710: no source, hence no stable name.
"""

from __future__ import annotations

import ast
import functools
import linecache
import os
from bisect import bisect_right
from collections.abc import Callable
from types import CodeType, FrameType
from typing import TypeAlias, TypeVar

import attrs

from symbolic.errors import Source, SpaceError, Span

T = TypeVar("T")
_CODES = 4096
Range: TypeAlias = tuple[int, int, int, int]
"""Line from 1, column from 0 in UTF-8 bytes; the same of the end."""


@attrs.frozen
class Usage:
    """How the result of a call is used: the one name it is assigned to, and where the call stands."""

    name: str | None = None
    header: bool = False
    forward: bool = False


@attrs.frozen
class Outline:
    """What names need of a file: calls by their range, and the simple assignments in source order."""

    calls: dict[Range, Usage]
    assigned: tuple[tuple[Range, str], ...]


def per_code(find: Callable[[CodeType, int], T]) -> Callable[[CodeType, int], T]:
    """Remember the answers of a function of code and instruction, by the identity of the code: its hash is slow."""
    known: dict[int, tuple[CodeType, dict[int, T]]] = {}

    @functools.wraps(find)
    def found(code: CodeType, instruction: int) -> T:
        try:
            return known[id(code)][1][instruction]
        except KeyError:
            pass
        if len(known) >= _CODES:
            known.clear()
        # The code is kept, so that no other can get its identity.
        answers = known.setdefault(id(code), (code, {}))[1]
        answers[instruction] = find(code, instruction)
        return answers[instruction]

    return found


@per_code
def where(code: CodeType, instruction: int) -> Range:
    """Return the range of the instruction at byte offset `instruction`. Raises E710 when Python keeps no columns."""
    line, end_line, column, end_column = _ranges(code)[instruction // 2]
    if line is None or column is None or end_line is None or end_column is None:
        raise SpaceError("E710", f"{code.co_qualname} has no columns", None, "do not run with -X no_debug_ranges")
    return line, column, end_line, end_column


@functools.lru_cache(maxsize=4096)
def _ranges(code: CodeType) -> tuple[tuple[int | None, int | None, int | None, int | None], ...]:
    return tuple(code.co_positions())


def here(frame: FrameType) -> Range:
    """Return the range of the call that a frame is at."""
    return where(frame.f_code, frame.f_lasti)


@per_code
def usage(code: CodeType, instruction: int) -> Usage:
    """Return how the call at an instruction is used; an empty usage where there is no source text."""
    outline = _outline(_text(code.co_filename))
    return Usage() if outline is None else outline.calls.get(where(code, instruction), Usage())


@per_code
def target(code: CodeType, instruction: int) -> str | None:
    """Return the variable or attribute that the statement at an instruction assigns, if it is exactly one.

    Lambdas are not looked into: their statement belongs to another scope. Raises E710 without source text.
    """
    if code.co_name == "<lambda>":
        return None
    outline = _outline(_text(code.co_filename))
    if outline is None:
        hint = "put the class into a file, or open the scope yourself: with sym.scope(...)"
        raise SpaceError(
            "E710", f"the source of {code.co_filename!r} is not known, so this scope has no stable name", None, hint
        )
    position = where(code, instruction)
    index = bisect_right(outline.assigned, position[:2], key=lambda item: item[0][:2]) - 1
    if index < 0:
        return None
    (_, _, end_line, end_column), name = outline.assigned[index]
    return name if position[2:] <= (end_line, end_column) else None


def span_of(frame: FrameType) -> Span | None:
    """Return the source span of the call that a frame is at, or None where there is no source text."""
    return _span_at(frame.f_code, frame.f_lasti)


def user_span(frame: FrameType) -> Span | None:
    """Return the source span of the call that a frame is at, or None where the frame is this library's."""
    return None if str(frame.f_globals.get("__name__", "")).startswith("symbolic.") else span_of(frame)


@per_code
def _span_at(code: CodeType, instruction: int) -> Span | None:
    text = _text(code.co_filename)
    return _span(code.co_filename, text, where(code, instruction)) if text else None


def asked_at(code: CodeType, offset: int) -> tuple[str | None, Span | None]:
    """Return name and span of the call whose function is loaded at a byte offset; the function's first line without source."""
    text, start = _text(code.co_filename), where(code, offset)[:2]
    for later in range(offset, len(code.co_code), 2):
        line, end_line, column, end_column = _ranges(code)[later // 2]
        if not text or (line, column) != start or end_line is None or end_column is None:
            continue
        if _lines(text)[end_line - 1].encode()[:end_column].endswith(b")"):
            return usage(code, later).name, _span(code.co_filename, text, (*start, end_line, end_column))
    return None, header_span(code)


def header_span(code: CodeType) -> Span | None:
    """Return the span of the first line of a function."""
    text = _text(code.co_filename)
    if not text:
        return None
    line = code.co_firstlineno
    shown = text.split("\n")[line - 1].encode()
    return _span(code.co_filename, text, (line, len(shown) - len(shown.lstrip()), line, len(shown)))


def _span(filename: str, text: str, position: Range) -> Span:
    line, column, end_line, end_column = position
    lines = _lines(text)
    offset = sum(len(each) + 1 for each in lines[: line - 1])
    begin = _characters(lines[line - 1], column)
    end = _characters(lines[line - 1], end_column) if end_line == line else len(lines[line - 1])
    return Span(_source(filename, text), line, begin + 1, offset + begin, offset + max(end, begin + 1))


def _characters(line: str, column: int) -> int:
    return len(line.encode()[:column].decode(errors="replace"))


@functools.lru_cache(maxsize=256)
def _lines(text: str) -> list[str]:
    return text.split("\n")


@functools.lru_cache(maxsize=256)
def _source(filename: str, text: str) -> Source:
    relative = os.path.relpath(filename) if os.path.isabs(filename) else filename
    return Source(filename if relative.startswith("..") else relative, text)


def _text(filename: str) -> str:
    return "".join(linecache.getlines(filename))


@functools.lru_cache(maxsize=256)
def _outline(text: str) -> Outline | None:
    if not text:
        return None
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    calls: dict[Range, Usage] = {}
    assigned: list[tuple[Range, str]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=several)], value=ast.Tuple(elts=values)) if len(several) == len(values):
                # `a, b = f(), g()` is two assignments.
                for single, value in zip(several, values, strict=True):
                    name = _name(single)
                    if name is not None:
                        _record_assignment(name, value, calls)
                        assigned.append((_range(value), name))
            case ast.Assign(targets=[single], value=value) | ast.AnnAssign(target=single, value=ast.expr() as value):
                name = _name(single)
                if name is not None:
                    _record_assignment(name, value, calls)
                    assigned.append((_range(node), name))
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                _record_assignment(name, value, calls)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                _record_header(node, calls)
            case _:
                pass
    _record_forward(tree, calls)
    return Outline(calls, tuple(sorted(assigned)))


def _name(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return None


def _record_assignment(name: str, value: ast.expr, calls: dict[Range, Usage]) -> None:
    """Note a call, and a call of its result, that is the whole right side of an assignment."""
    if isinstance(value, ast.Call):
        calls[_range(value)] = Usage(name)
        if isinstance(value.func, ast.Call):
            calls[_range(value.func)] = Usage(name)


def _record_header(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, calls: dict[Range, Usage]) -> None:
    parts: list[ast.AST | None] = [*node.args.defaults, *node.args.kw_defaults]
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    parts += [argument.annotation for argument in every if argument is not None]
    for part in parts:
        for inner in ast.walk(part) if part is not None else ():
            if isinstance(inner, ast.Call):
                calls[_range(inner)] = Usage(header=True)


def _record_forward(tree: ast.Module, calls: dict[Range, Usage]) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "forward":
                    for inner in ast.walk(method):
                        if isinstance(inner, ast.Call):
                            calls[_range(inner)] = attrs.evolve(calls.get(_range(inner), Usage()), forward=True)


def _range(node: ast.expr | ast.stmt) -> Range:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
