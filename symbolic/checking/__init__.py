"""What a check is made of: networks without layers, candidates that cover a space, and whose fault an error is."""
