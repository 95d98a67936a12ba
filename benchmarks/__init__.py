"""Side-by-side measurements, never part of the test run. `python -m benchmarks.NAME --help` says what each does."""
