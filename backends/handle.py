"""`Handle`: a running trial as the user's function sees it, usable inside any training loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from backends.errors import BackendError
from symbolic.candidate import Candidate
from symbolic.search.protocols import Job


@attrs.frozen
class Handle:
    """What a function `f(built, trial)` gets beside what was built.

    `number` counts the trials of the study, `seed` belongs to this one (its global generators are seeded with it already),
    `candidate` holds its values, `fidelity` is how far it should go (None: to the end). `names`: the metrics that a number
    stands for.
    """

    number: int
    seed: int
    fidelity: float | None
    candidate: Candidate
    job: Job
    names: tuple[str, ...]

    @property
    def start(self) -> Path | None:
        """The folder that `save` wrote, of this trial before it was cut off or of the one that it continues; None: begin."""
        return self.job.start

    def report(self, value: object, step: float, save: Callable[[Path], None] | None = None) -> None:
        """Report a number or a mapping of metrics at a rising step; then ask `should_stop`.

        `save` writes files into an empty folder; it is called once the report is stored, where the study keeps checkpoints.
        Raises `BackendError` for a value that is no number, `ExecutorError` unless steps rise.
        """
        self.job.report(metrics_of(value, self.names), _number(step, "the step"), save)

    def should_stop(self) -> bool:
        """Return whether the last report was answered by an end of this trial."""
        return getattr(self.job, "verdict", "go") != "go"


def metrics_of(returned: object, names: tuple[str, ...]) -> Mapping[str, float]:
    """Return a function's answer as metrics. Raises `BackendError` for anything but a number or a mapping to numbers.

    >>> metrics_of(0.5, ("accuracy",)), metrics_of({"accuracy": 1, "ms": 2}, ("accuracy",))
    ({'accuracy': 0.5}, {'accuracy': 1.0, 'ms': 2.0})
    """
    if isinstance(returned, Mapping):
        return {str(name): _number(value, f"metric {name!r}") for name, value in returned.items()}
    if len(names) > 1:
        raise BackendError(
            f"the function returned {returned!r}, but the space states {len(names)} objectives: "
            f"return a mapping with {', '.join(names)}"
        )
    return {names[0]: _number(returned, "the function's value")}


def _number(value: Any, what: str) -> float:
    """Return a Python, NumPy or torch scalar as a float."""
    try:
        if isinstance(value, str | bytes):
            raise TypeError
        return float(value.detach() if hasattr(value, "detach") else value)
    except OverflowError:
        raise BackendError(f"{what} is too large for a float: return a number up to 1e308, or its logarithm") from None
    except (TypeError, ValueError, RuntimeError):
        wanted = "give a number" if what == "the step" else "return a number or a mapping of metrics to numbers"
        raise BackendError(f"{what} is {value!r}; {wanted}") from None
