"""The study: arms, expectations, and their checks."""
