"""A life on the page: its plan, the process it runs in, and its controls."""
