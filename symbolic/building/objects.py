"""Python objects that a space names: whether one is trusted is decided once, as long as its module gives the same one."""

from __future__ import annotations

import sys
from typing import Any

import attrs

from symbolic.errors import Span
from symbolic.trust import Trust, resolve

_MISSING = object()


@attrs.frozen(eq=False)
class Objects:
    """The objects that were found with one trust."""

    trust: Trust
    _known: dict[str, tuple[Any, str, list[str]]] = attrs.field(factory=dict, init=False)

    def find(self, name: str, span: Span | None) -> Any:
        """Return the object called `module::qualname`. Raises E603 as `resolve` does."""
        known = self._known.get(name)
        if known is None or _now(known[1], known[2]) is not known[0]:
            module, _, qualname = name.partition("::")
            known = self._known[name] = (resolve(name, self.trust, span), module, qualname.split("."))
        return known[0]


def _now(module: str, parts: list[str]) -> Any:
    """Return what an imported module calls by a name at this moment."""
    found: Any = sys.modules.get(module, _MISSING)
    for part in parts:
        found = getattr(found, part, _MISSING)
    return found
