"""Passes: pure functions from a space to a space. Each adds edits at paths; every other path keeps its meaning."""
