"""The signatures of registered operators, each imported when a file names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symbolic import registry
from symbolic.operators import Signature


class Registered(Mapping[str, Signature | None]):
    """The registered operators by name. Looking one up imports its module, and no other.

    Raises `RegistryError` for an operator that cannot be imported.
    """

    def __init__(self) -> None:
        self._names = registry.entries("operators")

    def __getitem__(self, name: str) -> Signature:
        if name not in self._names:
            raise KeyError(name)
        signature = registry.get("operators", name).signature
        assert isinstance(signature, Signature), name
        return signature

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
