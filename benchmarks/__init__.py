"""How fast it is, measured: every row is a ratio taken in one run. ``make bench`` or ``python -m benchmarks --help``."""
