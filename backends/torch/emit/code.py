"""The source of a function of the user's, as a tree: what it reads from around it, and with other names for that."""

from __future__ import annotations

import ast
import builtins
import inspect
import symtable
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, ModuleType

import attrs

from backends.torch.emit.literals import Refer, literal
from backends.torch.emit.origin import installed
from backends.torch.emit.refusal import CannotEmit


@attrs.frozen(eq=False)
class Code:
    """A function: its tree without annotations, the values of the names it reads, the names of attributes it mentions.

    `defaults` of its parameters, as many as have one; `keywords`: those of parameters by name only.
    """

    name: str
    defaults: tuple[object, ...]
    keywords: Mapping[str, object]
    tree: ast.FunctionDef
    reads: Mapping[str, object]
    bound: frozenset[str]
    mentions: frozenset[str]


def read_code(function: FunctionType, owner: str = "") -> Code:
    """Return the code of a function; `owner` names the class it belongs to.

    Raises `CannotEmit` where there is no source, or it depends on what a copy cannot have.
    """
    inner: object = inspect.unwrap(function)
    if not isinstance(inner, FunctionType):
        raise CannotEmit(f"{function.__qualname__} is no plain function")
    name = f"{owner}.{function.__name__}" if owner else function.__qualname__
    tree = _parsed(inner, name)
    tree = _Plain(owner).visit(tree)
    ast.fix_missing_locations(tree)
    reads, bound = _names(tree, name)
    values = _values(inner, reads, name)
    given, keywords = inner.__defaults__ or (), inner.__kwdefaults__ or {}
    return Code(name, given, keywords, tree, values, bound, frozenset(_mentions(tree)))


def rendered(code: Code, called: str, refer: Refer, rewrite: Callable[[ast.FunctionDef], None] = lambda tree: None) -> str:
    """Return the function's text under the name `called`, every name from outside as `refer` says. Leaves `code` alone."""
    tree = ast.parse(ast.unparse(code.tree)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.name = called
    _set_defaults(tree, code, refer)
    rewrite(tree)
    others = _Others(code, refer)
    tree = others.visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree))


def module_members(code: Code, name: str) -> tuple[str, ...]:
    """Return the attributes that a function reads of a module. Raises `CannotEmit` where it uses the module otherwise."""
    found = [n.attr for n in ast.walk(code.tree) if isinstance(n, ast.Attribute) and _is(n.value, name)]
    uses = sum(_is(node, name) for node in ast.walk(code.tree))
    if uses != len(found):
        raise CannotEmit(f"{code.name} uses the module {name} as a value")
    return tuple(dict.fromkeys(found))


def _parsed(function: FunctionType, name: str) -> ast.FunctionDef:
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError) as e:
        raise CannotEmit(f"the source of {name} cannot be found") from e
    try:
        body = ast.parse(f"if True:\n{source}" if source[:1].isspace() else source).body
    except SyntaxError as e:
        raise CannotEmit(f"the source of {name} cannot be read on its own") from e
    found = body[0].body[0] if isinstance(body[0], ast.If) else body[0]
    if not isinstance(found, ast.FunctionDef):
        raise CannotEmit(f"{name} is no `def` (a lambda, or a coroutine): give it a name with `def`")
    return found


class _Plain(ast.NodeTransformer):
    """Drops annotations and what tells types to a checker, mangles private names, writes `super(A, self)` as `super()`."""

    def __init__(self, owner: str) -> None:
        self.cls, self.owner = owner, owner.lstrip("_")

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        made = ast.Assign(targets=[node.target], value=node.value)
        return self.generic_visit(ast.copy_location(made, node))

    def visit_Assert(self, node: ast.Assert) -> ast.AST | None:
        narrowing = isinstance(node.test, ast.Call) and _is(node.test.func, "isinstance")
        return None if narrowing else self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        visited = super().generic_visit(node)
        if isinstance(visited, ast.stmt) and getattr(visited, "body", None) == []:
            visited.body = [ast.Pass()]  # type: ignore[attr-defined]  # every statement with a body has one
        return visited

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if _is(node.func, "super") and node.args:
            if not _is(node.args[0], self.cls):
                raise CannotEmit(f"a method of {self.cls} calls super() of another class")
            node.args = []
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if self.owner and node.attr.startswith("__") and not node.attr.endswith("__"):
            node.attr = f"_{self.owner}{node.attr}"
        return self.generic_visit(node)


def _names(tree: ast.FunctionDef, name: str) -> tuple[set[str], frozenset[str]]:
    """Return the names a function reads from outside itself, and those that it or a function inside it binds."""
    try:
        top = symtable.symtable(ast.unparse(tree), "<source>", "exec")
    except SyntaxError as e:
        raise CannotEmit(f"{name} changes a variable of the function around it") from e
    reads = {s.get_name() for s in top.get_symbols() if s.is_referenced() and not s.is_assigned()}
    bound: set[str] = set()
    for scope in _scopes(top):
        for symbol in scope.get_symbols():
            if symbol.is_declared_global() and symbol.is_assigned():
                raise CannotEmit(f"{name} changes the global variable {symbol.get_name()}")
            if symbol.is_global():
                reads.add(symbol.get_name())
            else:
                bound.add(symbol.get_name())
    return reads, frozenset(bound)


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _scopes(child)


def _values(function: FunctionType, reads: set[str], name: str) -> dict[str, object]:
    """Return the values of outside names; builtins that nothing hides are left out."""
    around = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    found: dict[str, object] = {}
    for read in sorted(reads - {tree_name(function)}):
        if read in around:
            try:
                found[read] = around[read].cell_contents
            except ValueError as e:
                raise CannotEmit(f"{name} reads {read}, which has no value yet") from e
        elif read in function.__globals__:
            found[read] = function.__globals__[read]
        elif not hasattr(builtins, read):
            raise CannotEmit(f"{name} reads {read}, which is not defined")
    if tree_name(function) in reads:
        found[tree_name(function)] = function.__globals__.get(tree_name(function), function)
    return found


def tree_name(function: FunctionType) -> str:
    """Return the name in a function's `def`."""
    return function.__code__.co_name


def _mentions(tree: ast.AST) -> Iterator[str]:
    """Yield the names of attributes, and texts that could be names of attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def _set_defaults(tree: ast.FunctionDef, code: Code, refer: Refer) -> None:
    """Write the defaults of parameters as the values they have."""
    if len(code.defaults) != len(tree.args.defaults):
        raise CannotEmit(f"the defaults of {code.name} were changed after its definition")
    tree.args.defaults = [_expression(literal(value, refer)) for value in code.defaults]
    names = [argument.arg for argument in tree.args.kwonlyargs]
    tree.args.kw_defaults = [_expression(literal(code.keywords[n], refer)) if n in code.keywords else None for n in names]


class _Others(ast.NodeTransformer):
    """Replaces what a function reads from around it by the names that the written text has for it."""

    def __init__(self, code: Code, refer: Refer) -> None:
        self.code, self.refer = code, refer
        self.modules = {n for n, v in code.reads.items() if isinstance(v, ModuleType) and not installed(v.__name__)}
        for name in self.modules:
            module_members(code, name)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.code.reads:
            return node
        if node.id in self.code.bound:
            raise CannotEmit(f"{self.code.name} uses the name {node.id} for a variable of its own and for one outside it")
        return self._named(node.id, self.code.reads[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self.modules:
            module = self.code.reads[node.value.id]
            if not hasattr(module, node.attr):
                raise CannotEmit(f"{self.code.name} reads {node.value.id}.{node.attr}, which is not defined")
            return self._named(node.attr, getattr(module, node.attr))
        return self.generic_visit(node)

    def _named(self, name: str, value: object) -> ast.expr:
        text = self.refer(name, value)
        if text.partition(".")[0] in self.code.bound:
            raise CannotEmit(f"{self.code.name} has a variable called {text}, which hides what it reads")
        return _expression(text)

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            self._check(alias.name)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        self._check("" if node.level else node.module or "")
        return node

    def _check(self, module: str) -> None:
        if not installed(module):
            raise CannotEmit(f"{self.code.name} imports {module or 'a neighbouring module'} while it runs")


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
