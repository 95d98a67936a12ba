"""Spaces as tables: lowering, candidates as rows of codes, and everything that is done to them in bulk.

Imported at once, since some functions are named like their files.
"""

from __future__ import annotations

from symbolic.table.close import close
from symbolic.table.constrain import satisfies
from symbolic.table.convert import default_point, from_dict, to_dict
from symbolic.table.crossover import crossover
from symbolic.table.distance import distance
from symbolic.table.encode import decode, encode, feature_names
from symbolic.table.lower import lower
from symbolic.table.neighbours import neighbours
from symbolic.table.options import Options
from symbolic.table.rank import rank, unrank
from symbolic.table.rows import hash_rows
from symbolic.table.sample import sample
from symbolic.table.size import size
from symbolic.table.vary import mutate
from symbolic.table.vary_one import mutate_one

__all__ = [
    "Options",
    "close",
    "crossover",
    "decode",
    "default_point",
    "distance",
    "encode",
    "feature_names",
    "from_dict",
    "hash_rows",
    "lower",
    "mutate",
    "mutate_one",
    "neighbours",
    "rank",
    "sample",
    "satisfies",
    "size",
    "to_dict",
    "unrank",
]
