"""Tables of allowed rows as codes, and whether rows of codes are among them."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray


@attrs.frozen(eq=False)
class AllowedRows:
    """Rows of codes int32 `[row, decision]` of the decisions at `paths`, each once; -1 where one must not be active.

    A code beside an inactive decision is neither equal nor unequal: as with conditions, the answer is then unknown, unless
    another row is equal, or all are unequal.
    """

    paths: tuple[str, ...]
    codes: NDArray[np.int32]
    _found: dict[bytes, tuple[_Finder, _Finder]] = attrs.field(factory=dict, init=False, repr=False)
    _sets: dict[tuple[bool, ...], tuple[frozenset[tuple[int, ...]], frozenset[tuple[int, ...]]]] = attrs.field(
        factory=dict, init=False, repr=False
    )

    def look_up(self, codes: NDArray[np.integer]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return for rows of codes `[row, decision]` where they are among the allowed (1.0), and where that is known."""
        among, known = np.zeros(len(codes), np.bool_), np.ones(len(codes), np.bool_)
        active = codes >= 0
        patterns, which = np.unique(active, axis=0, return_inverse=True)
        for k, pattern in enumerate(patterns):
            rows = np.flatnonzero(which.reshape(-1) == k)
            equal, possible = self._finders(pattern)
            looked_at = codes[rows][:, pattern]
            among[rows] = equal.has(looked_at)
            known[rows] = among[rows] | ~possible.has(looked_at)
        return among.astype(np.float64), known

    def look_up_one(self, codes: tuple[int, ...]) -> bool | None:
        """Return whether a row of codes is among the allowed; None where that is unknown."""
        pattern = tuple(code >= 0 for code in codes)
        if pattern not in self._sets:
            equal, possible = self._matching(np.array(pattern, np.bool_))
            self._sets[pattern] = frozenset(map(tuple, equal.tolist())), frozenset(map(tuple, possible.tolist()))
        equals, possibles = self._sets[pattern]
        looked_at = tuple(code for code in codes if code >= 0)
        return True if looked_at in equals else None if looked_at in possibles else False

    def _finders(self, pattern: NDArray[np.bool_]) -> tuple[_Finder, _Finder]:
        key = pattern.tobytes()
        if key not in self._found:
            equal, possible = self._matching(pattern)
            self._found[key] = _Finder.of(equal), _Finder.of(possible)
        return self._found[key]

    def _matching(self, pattern: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the active part of the rows that can be equal where just these decisions are active, and surely are."""
        possible = self.codes[(self.codes[:, pattern] >= 0).all(1)]
        equal = possible[(possible[:, ~pattern] < 0).all(1)]
        return equal[:, pattern], possible[:, pattern]


@attrs.frozen(eq=False)
class _Finder:
    """Finds rows among known ones: decision by decision, the number of a known beginning and a code make the next number.

    `keys`: for each decision the rising keys of known beginnings.
    """

    keys: tuple[NDArray[np.int64], ...]
    widths: tuple[int, ...]
    none: bool

    @staticmethod
    def of(rows: NDArray[np.int32]) -> _Finder:
        keys: list[NDArray[np.int64]] = []
        widths: list[int] = []
        number = np.zeros(len(rows), np.int64)
        for column in rows.T:
            widths.append(int(column.max(initial=0)) + 1)
            known, number = np.unique(number * widths[-1] + column, return_inverse=True)
            keys.append(known.astype(np.int64))
        return _Finder(tuple(keys), tuple(widths), len(rows) == 0)

    def has(self, rows: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return `[row]`, where a row is known."""
        found = np.full(len(rows), not self.none)
        number = np.zeros(len(rows), np.int64)
        for known, width, column in zip(self.keys, self.widths, rows.T, strict=True):
            if not len(known):
                break
            key = number * width + np.minimum(column, width)
            at = np.minimum(np.searchsorted(known, key), len(known) - 1)
            found &= (column < width) & (known[at] == key)
            number = at
        return found
