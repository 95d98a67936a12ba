"""What building knows of a table before anything is asked: the part each instance plays, and its decisions described."""

from __future__ import annotations

import attrs

from symbolic.building.roles import has_call, is_layer
from symbolic.building.values import decision_at
from symbolic.resolver import Decision
from symbolic.table.instances import Constant, Decided, External, Instance
from symbolic.table.table import Table


@attrs.frozen(eq=False)
class Blueprint:
    """Answers about the instances of one table, remembered from build to build."""

    table: Table
    _layers: dict[Instance, bool] = attrs.field(factory=dict, init=False)
    _calls: dict[Instance, bool] = attrs.field(factory=dict, init=False)
    _plain: dict[Decided, bool] = attrs.field(factory=dict, init=False)
    _constants: dict[Decided, list[object] | None] = attrs.field(factory=dict, init=False)
    _decisions: dict[tuple[str, bool], Decision] = attrs.field(factory=dict, init=False)

    def is_layer(self, x: Instance) -> bool:
        """Whether an instance is part of a network."""
        if x not in self._layers:
            self._layers[x] = is_layer(x)
        return self._layers[x]

    def has_call(self, x: Instance) -> bool:
        """Whether an instance calls an operator or a Python object somewhere."""
        if x not in self._calls:
            self._calls[x] = has_call(x)
        return self._calls[x]

    def of_values(self, x: Decided) -> bool:
        """Whether every option of a one-of is a constant or a Python object."""
        if x not in self._plain:
            self._plain[x] = all(isinstance(o, Constant | External) for o in x.options)
        return self._plain[x]

    def constants(self, x: Decided) -> list[object] | None:
        """Return the options of a one-of of constants, None for any other."""
        if x not in self._constants:
            values = [o.value for o in x.options if isinstance(o, Constant)]
            self._constants[x] = list[object](values) if len(values) == len(x.options) else None
        return self._constants[x]

    def decision(self, path: str, *, count: bool = False) -> Decision:
        """Describe the decision at a path."""
        if (path, count) not in self._decisions:
            self._decisions[path, count] = decision_at(self.table, path, count=count)
        return self._decisions[path, count]
