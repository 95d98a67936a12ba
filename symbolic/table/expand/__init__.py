"""Expanding: the tree unrolled into instances, every decision with its own path."""
