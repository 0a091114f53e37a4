"""Free parameters fitted to published experiments."""
