"""symspace: a symbolic search-space language for PyTorch with interchangeable algorithms.

Names are imported on first use, so that `import symbolic` is quick and needs no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_WHERE = {
    "SymspaceError": "symbolic.errors",
    "SpaceError": "symbolic.errors",
    "Space": "symbolic.space",
    "Candidate": "symbolic.candidate",
    "parse": "symbolic.language.load",
    "load": "symbolic.language.load",
    "migrate": "symbolic.migration",
    "space": "symbolic.python.space",
    "oneof": "symbolic.python.choices",
    "integer": "symbolic.python.choices",
    "floating": "symbolic.python.choices",
    "repeat": "symbolic.python.choices",
    "scope": "symbolic.python.choices",
    "subset": "symbolic.python.choices",
    "permutation": "symbolic.python.choices",
    "lift": "symbolic.python.choices",
    "OneOf": "symbolic.python.descriptions",
    "Range": "symbolic.python.descriptions",
    "Subset": "symbolic.python.descriptions",
    "Permutation": "symbolic.python.descriptions",
    "searchable": "symbolic.python.searchable",
    "call": "symbolic.python.foreign",
    "rebind": "symbolic.python.foreign",
    "edit": "symbolic.python.foreign",
    "search": "symbolic.search.study",
    "resume_study": "symbolic.search.study",
    "open_study": "symbolic.search.asking",
    "load_study": "symbolic.search.study",
    "JsonLines": "symbolic.sinks.json_lines",
    "Progress": "symbolic.display.progress",
    "Study": "symbolic.search.study",
}
__all__ = sorted(_WHERE)

# `symbolic.search` and `symbolic.space` are functions here and modules too. Importing a module binds its name in this package
# once; so it is done now, and the name freed for the function.
for _name in ("search", "space"):
    importlib.import_module(f"symbolic.{_name}")
    del globals()[_name]

if TYPE_CHECKING:
    from symbolic.candidate import Candidate as Candidate
    from symbolic.display.progress import Progress as Progress
    from symbolic.errors import SpaceError as SpaceError
    from symbolic.errors import SymspaceError as SymspaceError
    from symbolic.language.load import load as load
    from symbolic.language.load import parse as parse
    from symbolic.migration import migrate as migrate
    from symbolic.python.choices import floating as floating
    from symbolic.python.choices import integer as integer
    from symbolic.python.choices import lift as lift
    from symbolic.python.choices import oneof as oneof
    from symbolic.python.choices import permutation as permutation
    from symbolic.python.choices import repeat as repeat
    from symbolic.python.choices import scope as scope
    from symbolic.python.choices import subset as subset
    from symbolic.python.descriptions import OneOf as OneOf
    from symbolic.python.descriptions import Permutation as Permutation
    from symbolic.python.descriptions import Range as Range
    from symbolic.python.descriptions import Subset as Subset
    from symbolic.python.foreign import call as call
    from symbolic.python.foreign import edit as edit
    from symbolic.python.foreign import rebind as rebind
    from symbolic.python.searchable import searchable as searchable
    from symbolic.python.space import space as space
    from symbolic.search.asking import open_study as open_study
    from symbolic.search.study import Study as Study
    from symbolic.search.study import load_study as load_study
    from symbolic.search.study import resume_study as resume_study
    from symbolic.search.study import search as search
    from symbolic.sinks.json_lines import JsonLines as JsonLines
    from symbolic.space import Space as Space


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'symbolic' has no attribute {name!r}")
    value = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
