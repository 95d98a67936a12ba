"""Spaces as tables: lowering, candidates as rows of codes, and everything that is done to them in bulk.

Names are imported on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_WHERE = {
    "lower": "symbolic.table.lower",
    "to_dict": "symbolic.table.convert",
    "from_dict": "symbolic.table.parse_values",
    "default_point": "symbolic.table.convert",
    "close": "symbolic.table.close",
    "sample": "symbolic.table.sample",
    "mutate": "symbolic.table.vary",
    "mutate_one": "symbolic.table.vary_one",
    "crossover": "symbolic.table.crossover",
    "neighbours": "symbolic.table.neighbours",
    "encode": "symbolic.table.encode",
    "decode": "symbolic.table.encode",
    "feature_names": "symbolic.table.encode",
    "distance": "symbolic.table.distance",
    "satisfies": "symbolic.table.constrain",
    "hash_rows": "symbolic.table.rows",
    "size": "symbolic.table.size",
    "rank": "symbolic.table.rank",
    "unrank": "symbolic.table.rank",
    "Options": "symbolic.table.options",
}
__all__ = sorted(_WHERE)

if TYPE_CHECKING:
    from symbolic.table.close import close as close
    from symbolic.table.constrain import satisfies as satisfies
    from symbolic.table.convert import default_point as default_point
    from symbolic.table.convert import to_dict as to_dict
    from symbolic.table.lower import lower as lower
    from symbolic.table.parse_values import from_dict as from_dict
    from symbolic.table.rank import rank as rank
    from symbolic.table.rank import unrank as unrank
    from symbolic.table.rows import hash_rows as hash_rows
    from symbolic.table.sample import sample as sample
    from symbolic.table.size import size as size
    from symbolic.table.vary import mutate as mutate
    from symbolic.table.vary_one import mutate_one as mutate_one


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'symbolic.table' has no attribute {name!r}")
    module = importlib.import_module(_WHERE[name])
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
