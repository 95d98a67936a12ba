"""Model-based search: what was measured shapes a model, and the model says what to measure next."""
