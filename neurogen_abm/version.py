"""The version of the package, and when it was loaded; no module of it is imported, so that every other one can ask."""

import time

__version__ = "0.1.0"
# Nanoseconds of the epoch. Source files that are newer are not those, or not all of those, that this process runs.
LOADED_NS = time.time_ns()
