"""Scopes: from the frames between a question and its session, the place in the program where it stands.

A scope is opened by an `__init__` outside `torch.nn`, a call of a `@searchable` function, each round of a repeat, each call
of an option, and `with scope(...)`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from types import CodeType, FrameType
from typing import Any, TypeVar

import attrs

from symbolic.python import frames
from symbolic.python.places import Chain, Place, snake

T = TypeVar("T")


@attrs.define(eq=False)
class Scope:
    """One visit of a place: objects made here are counted afresh in each visit, and each line may ask once."""

    place: Place
    counts: dict[Hashable, int] = attrs.field(factory=dict)
    lines: set[Hashable] = attrs.field(factory=set)
    opened: dict[Hashable, Scope] = attrs.field(factory=dict)


@attrs.define(eq=False)
class Scopes:
    """The scopes of one run, below `top`; `growing`: places that were never seen are added to the tree.

    `objects` maps the id of an object under construction to it and its scope: alive, its id stays its own.
    """

    top: Scope
    growing: bool = False
    objects: dict[int, tuple[Any, Scope]] = attrs.field(factory=dict)
    opened: dict[FrameType, list[Scope]] = attrs.field(factory=dict)

    def at(self, frame: FrameType) -> Scope:
        """Return the innermost scope around a frame."""
        walked: FrameType | None = frame
        while walked is not None:
            if walked in self.opened:
                return self.opened[walked][-1]
            if self._boundary(walked):
                return walked.f_locals["scope"]  # type: ignore[no-any-return]
            owner = _constructed(walked)
            if owner is not None:
                return self._of_object(owner, walked)
            walked = walked.f_back
        return self.top

    def open(self, frame: FrameType, name: str, index: int | None) -> None:
        """Open a scope for what the frame does until `close`."""
        outer = self.at(frame)
        key = ("scope", name, index)
        if key not in outer.opened:
            place = outer.place.child(key) or Place("scope", name, outer.place, index=index, span=frames.span_of(frame))
            if self.growing:
                outer.place.grow(key, place)
            outer.opened[key] = Scope(place)
        self.opened.setdefault(frame, []).append(outer.opened[key])

    def close(self, frame: FrameType) -> None:
        """Close the scope that the frame opened last."""
        self.opened[frame].pop()
        if not self.opened[frame]:
            del self.opened[frame]

    def made_by(self, frame: FrameType | None, kind: str, fallback: str) -> Scope:
        """Return a scope for what the call makes that `frame` is at: an object, or what a function returns.

        Its name is the variable or attribute that the statement of the enclosing scope assigns, else `fallback`.
        """
        around = list(self._between(frame))
        if not around:
            # Made by the program's root, an option or a round itself: it stands in that place.
            assert frame is not None
            return self.at(frame)
        outermost = around[-1]
        scope = self.at(outermost)
        chain: Chain = tuple((*frames.here(each)[:2], each.f_code.co_name) for each in reversed(around))
        number = scope.counts.get((kind, chain), 0)
        scope.counts[kind, chain] = number + 1
        key = ("object", kind, chain, number)
        place = scope.place.child(key)
        if place is None:
            name = (frames.target(outermost.f_code, outermost.f_lasti) or fallback) if self.growing else fallback
            place = Place("object", name, scope.place, index=number, chain=chain, span=frames.span_of(outermost))
            if self.growing:
                scope.place.grow(key, place)
        return Scope(place)

    def _of_object(self, owner: object, frame: FrameType) -> Scope:
        known = self.objects.get(id(owner))
        if known is not None:
            return known[1]
        # Several `__init__` of one object (super) are one scope: go to the outermost.
        outer, walked = frame, frame.f_back
        while walked is not None and not self._boundary(walked):
            other = _constructed(walked)
            if other is not None and other is not owner:
                break
            outer = walked if other is owner else outer
            walked = walked.f_back
        kind = f"{type(owner).__module__}.{type(owner).__qualname__}"
        scope = self.made_by(outer.f_back, kind, snake(type(owner).__name__))
        self.objects[id(owner)] = owner, scope
        return scope

    def _between(self, frame: FrameType | None) -> Iterator[FrameType]:
        """Yield the user's frames from a call up to the frame that owns the enclosing scope, which comes last."""
        walked = frame
        while walked is not None and not self._boundary(walked):
            if not _library(walked):
                yield walked
            if walked in self.opened or _constructed(walked) is not None:
                return
            walked = walked.f_back

    def _boundary(self, frame: FrameType) -> bool:
        return frame.f_code is _INSIDE and frame.f_locals["scopes"] is self


def inside(scopes: Scopes, scope: Scope, function: Callable[..., T], args: Sequence[Any], kwargs: Mapping[str, Any]) -> T:
    """Call a function in a scope: the search for a scope stops at this frame and reads its arguments."""
    return function(*args, **kwargs)


_INSIDE: CodeType = inside.__code__


def _constructed(frame: FrameType) -> object | None:
    """Return the object that a constructor frame outside `torch.nn` is making, else None."""
    code = frame.f_code
    if code.co_name != "__init__" or not code.co_argcount or _library(frame):
        return None
    owner: object = frame.f_locals.get(code.co_varnames[0])
    return owner


def _library(frame: FrameType) -> bool:
    """Return whether a frame is torch's or ours, except the constructor that `searchable` puts into a user's class."""
    module: str = frame.f_globals.get("__name__", "")
    if module.startswith("symbolic.python."):
        return frame.f_code.co_name != "__init__"
    return module.startswith("torch.")
