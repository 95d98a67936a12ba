"""Contract suites for plug-in authors: call `check_algorithm` in your tests."""

from symbolic.testing.algorithms import CHECKS as CHECKS
from symbolic.testing.algorithms import check_algorithm as check_algorithm
from symbolic.testing.spaces import SPACES as SPACES
