"""Films that play by themselves: one HTML page per run, with the painters of the live page and nothing else to load."""
