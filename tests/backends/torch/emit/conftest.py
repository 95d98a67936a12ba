"""Running an emitted text as its user would: in a process that has no access to this library."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

Executed = Callable[[str], nn.Module]
Agree = Callable[[nn.Module, nn.Module, torch.Tensor], None]


@pytest.fixture
def executed() -> Executed:
    """Execute a text in a namespace of its own and return what `build()` makes."""

    def run(text: str) -> nn.Module:
        space: dict[str, object] = {"__name__": "emitted"}
        exec(compile(text, "<text>", "exec"), space)
        made = space["build"]()  # type: ignore[operator]
        assert isinstance(made, nn.Module)
        return made

    return run


@pytest.fixture
def agree() -> Agree:
    """Check, by other means than the library's own, that two networks compute the same in both modes."""

    def check(network: nn.Module, made: nn.Module, x: torch.Tensor) -> None:
        made.load_state_dict(network.state_dict())
        for training in (True, False):
            outputs = []
            for m in (network, made):
                with torch.random.fork_rng():
                    torch.manual_seed(7)
                    outputs.append(m.train(training)(x))
            assert repr(outputs[0]) == repr(outputs[1])
            torch.testing.assert_close(outputs[1], outputs[0], rtol=0, atol=0)

    return check


@pytest.fixture
def alone(tmp_path: Path) -> Callable[[str], str]:
    """Run a text and one more statement in a process of its own, in an empty folder; return what it prints."""

    def run(text: str, statement: str) -> str:
        blocked = "import sys\nfor name in ('symbolic', 'backends', 'algorithms'): sys.modules[name] = None\n"
        file = tmp_path / "network.py"
        file.write_text(blocked + text + f"\n{statement}\n")
        done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run
