"""The examples in the docstrings of what is shown, plotted and drawn."""

import doctest
import importlib

import pytest

MODULES = [
    "symbolic.display.graph",
    "symbolic.display.outline",
    "symbolic.display.space_view",
    "symbolic.display.study_view",
    "symbolic.display.words",
    "symbolic.plots.figure",
    "backends.torch.graph.words",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0
    assert found.failed == 0
