"""Expressions as trees of text, broken over lines where they are long."""

from __future__ import annotations

import attrs

WIDTH = 100
"""The longest line that is not broken."""


@attrs.frozen
class Group:
    """Parts between an opening and a closing text, separated by commas: a call, a list, a dict."""

    begin: str
    parts: tuple[Expression, ...]
    end: str


Expression = str | Group


def layout(expression: Expression, indent: int = 0, before: int = 0) -> str:
    """Return an expression as text; what is too long goes one part a line, `indent` columns in.

    `before`: how many columns stand in front of it on its line.

    >>> layout(Group("f(", ("1", Group("g(", (), ")")), ")"))
    'f(1, g())'
    """
    if isinstance(expression, str):
        return expression
    flat = _flat(expression)
    if "\n" not in flat and indent + before + len(flat) <= WIDTH:
        return flat
    if len(expression.parts) == 1 and isinstance(part := expression.parts[0], Group):
        return expression.begin + layout(part, indent, before + len(expression.begin)) + expression.end
    inner = "".join(f"\n{' ' * (indent + 4)}{layout(part, indent + 4)}," for part in expression.parts)
    return f"{expression.begin}{inner}\n{' ' * indent}{expression.end}"


def labelled(label: str, expression: Expression) -> Expression:
    """Return an expression with text in front of it: `name=`, `'key': `."""
    if isinstance(expression, str):
        return label + expression
    return attrs.evolve(expression, begin=label + expression.begin)


def _flat(expression: Expression) -> str:
    if isinstance(expression, str):
        return expression
    return expression.begin + ", ".join(_flat(part) for part in expression.parts) + expression.end
