"""Ways to tell which decisions matter."""
