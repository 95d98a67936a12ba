"""The decision diagram: what is left of a space after each decision, so that candidates are counted and drawn exactly."""
