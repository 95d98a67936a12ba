"""Building: a walk over the tree that asks a resolver at every decision and makes objects of the answers."""
