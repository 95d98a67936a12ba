"""The graph of a built network, as drawings show it: found by running it once on the meta device."""
