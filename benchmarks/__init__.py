"""How fast it is, measured: every row is a ratio taken in one run. Say ``make bench``."""
