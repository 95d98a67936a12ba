"""`full`: a candidate of an edited space as one of the space before the edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from symbolic.candidate import Candidate
from symbolic.nodes import Call, Const, Edit
from symbolic.space import Space
from symbolic.table.convert import complete


def full(candidate: Candidate, of: Space | None = None) -> Candidate:
    """Return the candidate with fixed and tied values added: as one of `of`, the space before some or all of the edits.

    `of` None: the space without any edits. Raises E601 when it is no candidate there, which passes never cause.

    >>> from symbolic.language.load import parse
    >>> space = parse("x = 1 | 2\\ny = 1 | 2")
    >>> full(space.freeze({"y": 2}).default()).to_dict()
    {'x': 1, 'y': 2}
    """
    target = attrs.evolve(candidate.space, edits=()) if of is None else of
    own = candidate.to_dict()
    edits = {e.path: e for e in candidate.space.edits}
    return Candidate(target, complete(target.lower(), _Completed(own, edits)))


@attrs.frozen(eq=False)
class _Completed(Mapping[str, Any]):
    """The values of a candidate, and those that edits give to decisions it has no more."""

    own: dict[str, Any]
    edits: dict[str, Edit]

    def __getitem__(self, path: str) -> Any:
        if path in self.own:
            return self.own[path]
        edit = self.edits[path]
        if edit.kind == "tie":
            assert isinstance(edit.value, Const)
            return self[str(edit.value.value)]
        if isinstance(edit.value, Const):
            return edit.value.value
        assert isinstance(edit.value, Call)
        values = [a.value.value for a in edit.value.args if isinstance(a.value, Const)]
        return values[0] if edit.kind == "limit" else values

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self.own, *self.edits]))

    def __len__(self) -> int:
        return len(dict.fromkeys([*self.own, *self.edits]))
