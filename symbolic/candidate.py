"""`Candidate`: one value for every active decision, bound to its space."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from symbolic.points import Point
from symbolic.space import Space

if TYPE_CHECKING:
    from rich.console import RenderableType

    from symbolic.display.svg import Drawing
    from symbolic.task import TaskFacts


@attrs.frozen(eq=False)
class Candidate:
    """A point bound to its space. Equal when the spaces are equal and every decision has the same value."""

    space: Space
    point: Point

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Candidate) and self.point.key == other.point.key and self.space == other.space

    def __hash__(self) -> int:
        return hash(self.point.key)

    def to_dict(self) -> dict[str, Any]:
        """Return path -> value of the active decisions, in table order; an option without a value is its label.

        A decision that follows a schedule has `{"progress": [...], "values": [...]}`, see `symbolic.schedules`.
        """
        from symbolic.schedules import with_schedules

        return with_schedules(self.space.lower(), self.point)

    def text(self) -> str:
        """Return one `path = JSON value` a line; `Candidate.parse` reads it."""
        return "\n".join(f"{path} = {json.dumps(value, ensure_ascii=False)}" for path, value in self.to_dict().items())

    @staticmethod
    def parse(space: Space, text: str) -> Candidate:
        """Return the candidate that `text()` prints: one `path = JSON value` a line; empty lines and `#` lines are skipped.

        Raises E601 at the line that is no such pair, and for values as `Space.candidate` does.
        """
        from symbolic.errors import SpaceError
        from symbolic.table.read_text import read_text

        if not isinstance(text, str):
            raise SpaceError("E601", f"{text!r} is no text of a candidate", hint="a dict of values: Space.candidate")
        return space.candidate(read_text(text))

    def json(self) -> str:
        """Return the values as a JSON object, keys in table order."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)

    @staticmethod
    def from_dict(space: Space, values: Mapping[str, Any]) -> Candidate:
        """Return the candidate with exactly these values by path, as `to_dict` gives them.

        Raises E601 for a path that is missing, unknown or not active, a value that is not allowed, a broken constraint.
        """
        return space.candidate(values)

    @staticmethod
    def from_json(space: Space, text: str) -> Candidate:
        """Return the candidate of a JSON object, as `json` gives it. Raises E601 as `from_dict` does, and for other text."""
        from symbolic.errors import SpaceError

        hint = "a candidate is one object, path to value"
        try:
            values = json.loads(text, object_pairs_hook=_once)
        except (ValueError, TypeError, RecursionError) as e:  # also numbers of thousands of digits, and deep nesting
            raise SpaceError("E601", f"this is no JSON: {e}", hint=hint) from e
        return space.candidate(values)

    def codes(self) -> dict[str, list[Any]]:
        """Return the row of the table: `index`, a code a column (-1 where inactive), and `real`, a value a float column."""
        return {"index": self.point.index.tolist(), "real": self.point.real.tolist()}

    @staticmethod
    def from_codes(space: Space, codes: Mapping[str, Sequence[float]]) -> Candidate:
        """Return the candidate of a row of the table, as `codes` gives it. Raises E601 for a row that is no candidate."""
        from symbolic.table.read_codes import read_codes

        return Candidate(space, read_codes(space.lower(), codes))

    def plain(self) -> Space:
        """Return the candidate as a space without decisions: options that were not taken are gone, numbers are written out.

        It builds what the candidate builds; `plain().text()` is the winner as a `.space` file. Objectives stay, and limits
        on metrics of whole entries. Where the language cannot write a part so (the questions of a Python class, the edges of
        a `dag`, the items of a `stack`), it is the space itself with every decision fixed. A schedule stands there by its
        first value.

        >>> from symbolic import parse
        >>> print(parse("space s\\nx = 3 | 4\\ny { k: x * 2, f: sgd(momentum: 0.9) | adam }").default().plain().text())
        space s version 1
        x = 3
        y = { k: 6, f: sgd(momentum: 0.9) }
        <BLANKLINE>
        """
        from symbolic.building.plain import plain_space

        return plain_space(self)

    @property
    def hash(self) -> str:
        """16 hex digits of the SHA-256 of the space's hash and the sorted values."""
        body = self.space.hash + "\n" + json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(body.encode()).hexdigest()[:16]

    def build(self, facts: TaskFacts | None = None, *, fidelity: Mapping[str, float] | None = None) -> Any:
        """Build what the candidate stands for.

        A space whose only entry is `model` gives that object; one of plain values gives the values by path, nested in
        nothing; any other gives a dict by entry. `facts` default to those of the space's task. Raises `SpaceError` E602
        when shapes do not fit.
        """
        from symbolic.building.build import build_candidate

        return build_candidate(self, facts, fidelity or {})

    def kwargs(
        self, path: str = "", facts: TaskFacts | None = None, *, fidelity: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Return the arguments of the call that stands at a path, or the fields of the record there, as they are built.

        A choice stands for the option that was taken; without a path it is the record of all entries. For code that makes
        the object itself: `torch.optim.SGD(net.parameters(), **candidate.kwargs("optimizer"))`. Arguments that are not
        written are left out. Raises E601 where nothing with arguments stands, or an argument is a layer.

        >>> from symbolic import parse
        >>> space = parse("space s\\nopt = sgd(momentum: 0.9) | adam\\ntrain { lr: 0.1 | 0.2 }")
        >>> space.default().kwargs("opt"), space.default().kwargs("train")
        ({'momentum': 0.9}, {'lr': 0.1})
        """
        from symbolic.building.kwargs import kwargs

        return kwargs(self, path, facts, fidelity or {})

    def source(self, facts: TaskFacts | None = None) -> str:
        """Return the candidate's network as plain PyTorch: a text that ends with `def build()` and does not import symspace.

        It was executed by itself and compared with what `build` gives, in training and evaluation mode. `facts` default to
        those of the space's task. Raises `SymspaceError` where there is no task, the space builds no one network, or a part
        of it cannot be written, naming the part.
        """
        from symbolic import registry

        text: str = registry.get("backends", "train")().source(self, facts)
        return text

    def draw(self, facts: TaskFacts | None = None) -> Drawing:
        """Return a drawing of the candidate's network: shown by notebooks, `.save("network.svg")` writes it.

        The network is built and run once, on PyTorch's meta device where it can be; `facts` default to those of the space's
        task. Raises `SymspaceError` where there is no task, the space builds no one network, or it does not run.
        """
        from symbolic.display.drawing import draw_candidate

        return draw_candidate(self, facts)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<candidate of {self.space.name}: {self.to_dict()}>"

    def __rich__(self) -> RenderableType:
        from symbolic.display.candidate_view import candidate_view
        from symbolic.display.terminal import as_rich

        return as_rich(candidate_view(self))

    def _repr_html_(self) -> str:
        from symbolic.display.candidate_view import candidate_view
        from symbolic.display.html import as_html

        return as_html(candidate_view(self))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs of a JSON object. Raises E601 for a key given twice: JSON would take the last, in silence."""
    from symbolic.errors import SpaceError

    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise SpaceError("E601", f"{key!r} is given twice")
        values[key] = value
    return values
