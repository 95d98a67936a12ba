"""Sinks that need more than Python brings. Nothing heavy is imported before one is made."""

from backends.sinks.tensorboard import TensorBoard

__all__ = ["TensorBoard"]
