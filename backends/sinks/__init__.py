"""Sinks that need more than Python brings."""
