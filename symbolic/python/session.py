"""A session: one run of a program under a resolver. It finds out where a question stands and passes it on.

Errors: E202 one name with different options, E401 options inside options without end, E405 too many decisions, E704 one line
reached twice in one scope, E706 asked after construction, E707 not seen when the program was traced.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any, TypeAlias, TypeVar

import attrs

from symbolic.errors import SpaceError, Span
from symbolic.python.agreement import alike, constant, difference
from symbolic.python.asked import Asked, Interval, Options
from symbolic.python.places import Place
from symbolic.python.scopes import Scope, Scopes, inside
from symbolic.resolver import Decision, DecisionKind, Resolver

T = TypeVar("T")
Late: TypeAlias = "Callable[[str, Span | None], SpaceError]"
_MAX_DEPTH = 100
_MAX_DECISIONS = 100_000


@attrs.frozen(eq=False)
class Inside:
    """A callable option that opens its own scope when it is called; otherwise like the option itself."""

    session: Session
    place: Place
    function: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.session.over:
            raise asked_while_running(str(self.place), self.place.span)
        return self.session.visit(self.place, self.function, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)

    def __eq__(self, other: object) -> bool:
        return bool(self.function == (other.function if type(other) is Inside else other))

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        # `isinstance` sees the option.
        return type(self.function)

    def __hash__(self) -> int:
        return hash(self.function)

    def __reduce__(self) -> tuple[Any, ...]:
        # A network may keep the option it was given: what is copied or stored is the option alone (`copy` gives a class
        # or a function itself).
        return copy.copy, (self.function,)


@attrs.define(eq=False)
class Session:
    """One run. `root` is the tree of places, which only a growing (tracing) session extends.

    `prefix` is put before every path. `wrap_all` lets every callable option open a scope, else only options in which questions
    were seen before. `places` finds the place of a path, `first` what a place was first asked in this run.
    `late` makes the error for what is asked when the run is over.
    """

    resolver: Resolver
    root: Place
    prefix: str = ""
    growing: bool = False
    wrap_all: bool = False
    depth: int = 0
    over: bool = False
    refused: SpaceError | None = None
    late: Late = attrs.field(factory=lambda: asked_while_running)
    decisions: dict[Place, Decision] = attrs.field(factory=dict)
    places: dict[str, Place] = attrs.field(factory=dict)
    first: dict[Place, Asked] = attrs.field(factory=dict)
    scopes: Scopes = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.scopes = Scopes(Scope(self.root), self.growing)

    def run(self, function: Callable[..., T], args: Sequence[Any], kwargs: Mapping[str, Any]) -> T:
        """Call the program: every question asked in between comes here. A refused one ends it, even if the program goes on."""
        try:
            with entered(self):
                result = inside(self.scopes, self.scopes.top, function, args, kwargs)
        except Exception as error:
            if self.refused is not None and self.refused is not error:
                raise self.refused from error
            raise
        finally:
            self.over = True
        if self.refused is not None:
            raise self.refused
        return result

    def visit(self, place: Place, function: Callable[..., T], args: Sequence[Any], kwargs: Mapping[str, Any]) -> T:
        """Call a function in a fresh visit of a place. Raises E401 when options nest without end."""
        if self.depth >= _MAX_DEPTH:
            message = f"options nest more than {_MAX_DEPTH} deep: {_chain(place)}"
            raise self.refuse(SpaceError("E401", message, place.span, "bound the depth"))
        self.depth += 1
        try:
            return inside(self.scopes, Scope(place), function, args, kwargs)
        finally:
            self.depth -= 1

    def ask(self, asked: Asked, frame: FrameType, site: Hashable, shared: bool = False) -> tuple[Place, Decision]:
        """Return place and decision of a named question; `site` is the line that asks."""
        assert asked.name is not None
        if self.over:
            raise self.late(asked.name, asked.span)
        scope = self.scopes.at(frame)
        place = scope.place.child(("choice", asked.name))
        if place is None:
            if not self.growing:
                raise self.refuse(_unseen(asked, scope))
            place = Place("choice", asked.name, scope.place, asked=asked, site=site, span=asked.span)
            scope.place.grow(("choice", asked.name), place)
        assert place.asked is not None
        self._check_equal(place, place.asked, asked, site)
        self._note_line(scope, asked.name, site, shared, asked.span)
        return place, self.decision(place, asked)

    def _check_equal(self, place: Place, known: Asked, asked: Asked, site: Hashable) -> None:
        """Raise E202 when a question of one name was asked before in other words, in this run or on another line."""
        if not alike(known, asked):
            raise self.refuse(_differs(place, known, asked, "options"))
        first = self.first.setdefault(place, asked)
        unlike = difference(first, asked) if first is not asked else None
        if unlike is None and self.growing and place.site != site and constant(known) and constant(asked):
            unlike = difference(known, asked)
        if unlike is not None:
            raise self.refuse(_differs(place, first if first is not asked else known, asked, unlike))

    def _note_line(self, scope: Scope, name: str, site: Hashable, shared: bool, span: Span | None) -> None:
        """Note that a line asked in a scope. Raises E704 when it did so before."""
        if (name, site) in scope.lines and not shared:
            message = f"{name!r} is reached more than once from the same line within one scope"
            hint = "write shared=True for one decision, or 'with sym.scope(\"name\", i):' / a class for one each"
            raise self.refuse(SpaceError("E704", message, span, hint))
        scope.lines.add((name, site))

    def refuse(self, error: SpaceError) -> SpaceError:
        """Note an error, so that it ends the run even where the program catches it; return it."""
        self.refused = self.refused or error
        return error

    def knows(self, frame: FrameType, name: str | None) -> bool:
        """Return whether a choice of this name was asked before in the scope around a frame, in this run or another."""
        return self.over or self.scopes.at(frame).place.child(("choice", name)) is not None

    def decision(self, place: Place, asked: Asked) -> Decision:
        """Return the decision of a choice as resolvers see it, the same object at every question of one run."""
        known = self.decisions.get(place)
        if known is not None:
            return known
        if len(self.decisions) >= _MAX_DECISIONS:
            message = f"one run asks more than {_MAX_DECISIONS} decisions"
            hint = "bound the depth of options inside options, or the length of repeats"
            raise self.refuse(SpaceError("E405", message, asked.span, hint))
        path = self.path(place)
        if path in self.places:
            # Places have no final names while a program is traced.
            path = f"{path}'{len(self.places)}"
        self.decisions[place], self.places[path] = _decision(path, asked, place.span), place
        return self.decisions[place]

    def path(self, place: Place) -> str:
        """Return the path of a place under the prefix of this run."""
        relative = str(place)
        return f"{self.prefix}/{relative}" if self.prefix and relative else self.prefix or relative

    def answer(self, asked: Options, place: Place, decision: Decision) -> Any:
        """Ask the resolver for one option or a set of them."""
        return self.resolver.answer(
            decision, [self._option(place, *pair) for pair in zip(asked.labels, asked.options, strict=True)]
        )

    def _option(self, place: Place, label: str, option: object) -> object:
        # Options without questions of their own are handed on as they are.
        if not callable(option) or hasattr(type(option), "forward"):
            return option
        below = place.child(("option", label))
        if below is None:
            if not self.wrap_all:
                return option
            below = place.grow(("option", label), Place("option", label, place, span=place.span))
        return Inside(self, below, option) if self.wrap_all or below.children else option

    def rounds(self, place: Place, body: Callable[[int], T]) -> Callable[[int], T]:
        """Return the body of a repeat such that round `i` opens the scope `name[i]`."""

        def one(index: int) -> T:
            below = place.child(("round", index))
            if below is None:
                # A round without questions needs no place in a finished tree.
                below = Place("round", "", place, index=index, span=place.span)
                if self.growing:
                    place.grow(("round", index), below)
            return self.visit(below, body, (index,), {})

        return one

    def series(self, frame: FrameType, site: Hashable, asked: Interval, shared: bool) -> Place:
        """Return the place of a repeat whose count, `asked.low`, was answered before."""
        assert asked.name is not None
        if self.over:
            raise self.late(asked.name, asked.span)
        scope, name, count, span = self.scopes.at(frame), asked.name, asked.low, asked.span
        self._note_line(scope, name, site, shared, span)
        place = scope.place.child(("series", name)) or Place("series", name, scope.place, span=span)
        if self.growing:
            scope.place.grow(("series", name), place)
            if place.count is None:
                place.count = getattr(count, "formula", None)
        return place

    def enter(
        self,
        frame: FrameType,
        function: Callable[..., Any],
        call: Callable[..., T],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> T:
        """Make a call for a `@searchable` function called from a frame, in a scope of the function's own."""
        if self.over:
            return call(*args, **kwargs)
        made = self.scopes.made_by(frame, function.__qualname__, function.__name__)
        return inside(self.scopes, made, call, args, kwargs)


_current: ContextVar[Session | None] = ContextVar("symbolic_session", default=None)


def current() -> Session | None:
    """Return the session of this thread and context, or None outside a search."""
    return _current.get()


@contextmanager
def entered(session: Session) -> Iterator[None]:
    """Let a session answer the questions of this thread and context."""
    token = _current.set(session)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def outside() -> Iterator[None]:
    """Let questions take their defaults in the block, as outside a search."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def asked_while_running(name: str, span: Span | None) -> SpaceError:
    """Return the error for a choice that stands in `forward`."""
    hint = "choices belong to construction: ask in __init__ and keep the answer"
    return SpaceError("E706", f"{name!r} is asked while the network runs", span, hint)


def _decision(path: str, asked: Asked, span: Span | None) -> Decision:
    match asked:
        case Options(form=form, labels=labels, low=low, high=high):
            return Decision(path, form, labels, pick=(low, high), span=span)
        case Interval(kind=kind, low=low, high=high, step=step, log=log):
            named: DecisionKind = kind
            return Decision(path, named, (), low, high, step if step or kind == "float" else 1, log, span=span)


def _differs(place: Place, first: Asked, second: Asked, unlike: str) -> SpaceError:
    shown = (
        f": {first.offers()} at {first.span}, {second.offers()} here" if unlike == "options" else f", at {first.span} and here"
    )
    message = f"{place.name!r} is asked twice with different {unlike}{shown}"
    return SpaceError("E202", message, second.span, "give one of them another name=")


def _unseen(asked: Asked, scope: Scope) -> SpaceError:
    where = f" in {scope.place.path!r}" if scope.place.path else ""
    message = f"decision {asked.name!r}{where} was not seen when the space was traced"
    return SpaceError("E707", message, asked.span, "the constructor chooses by something that is not a decision")


def _chain(place: Place) -> str:
    names = [each.name for each in (place, *place.ancestors) if each.name][::-1]
    return "/".join(names[:6]) + "/..."
