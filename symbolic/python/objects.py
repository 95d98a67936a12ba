"""Names of Python objects, `module::Qual`. E710: an object that no such name leads to."""

from __future__ import annotations

import re
import sys
from typing import Any

from symbolic.errors import SpaceError, Span
from symbolic.importing import module_name
from symbolic.python.frames import header_span

_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*::[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


def importable(value: Any) -> str | None:
    """Return `module::Qual` of a class or function that its module holds under that name, else None.

    A running script is called by its file's stem, the name under which it is imported elsewhere.

    >>> importable(re.compile), importable(lambda: 3)
    ('re::compile', None)
    """
    module, qualname = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(qualname, str):
        return None
    found: Any = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    name = f"{module_name(module)}::{qualname}"
    return name if found is value and _NAME.fullmatch(name) else None


def named(value: Any, what: str, span: Span | None = None) -> str:
    """Return `module::Qual` of an object. Raises E710 where none leads to it."""
    name = importable(value)
    if name is None:
        shown = getattr(value, "__qualname__", None) or repr(value)
        message = f"{what} {shown} cannot be found by a name, so the text of the space could not say it"
        raise SpaceError("E710", message, span or _header(value), "define it at the top level of a module")
    return name


def _header(value: Any) -> Span | None:
    """Return the span of the first line of a function, or of a class's constructor."""
    function = vars(value).get("__init__") if isinstance(value, type) else value
    code = getattr(function, "__code__", None)
    return header_span(code) if code is not None else None
