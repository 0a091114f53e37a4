"""``python -m benchmarks.profile_year``: where the processor time of a year goes, by part of the program."""

import cProfile
import pstats
import sys
import time

from benchmarks.animals import runner
from neurogen_abm.model import NeurogenesisModel

# Part -> where its own time is spent: (end of the file's name, function), None for every function of the file. Compiled
# kernels count for the function that Python called.
PARTS = {
    "cells read and decide, and events happen": [("engine/step.py", None)],
    "order of rows and check of the cell tables, once a day": [
        ("engine/world.py", "_tidy"),
        ("engine/world.py", "permute"),
        ("engine/world.py", "check"),
        ("engine/row_order.py", None),
        ("engine/consistency.py", None),
    ],
    "the rest of a step of the gyrus": [("engine/world.py", None)],
    "muscle and blood": [("agents/muscle.py", None), ("biology/plasma.py", None), ("biology/muscle.py", None)],
    "counting cells for the series": [("engine/census.py", None)],
    "writing the series": [("assays/recorder.py", None)],
    "everything else (numpy called from Python, Mesa)": [("", None)],
}


def part_of(file: str, function: str) -> str:
    """Return the first part that a function belongs to."""
    for part, places in PARTS.items():
        for end, name in places:
            if file.endswith(end) and (name is None or name in function):
                return part
    raise AssertionError("the last part takes everything")


def main(days: int = 365) -> None:
    """Live a year, after its history, and print the table."""
    model = NeurogenesisModel(runner(f"{days} d"))
    model.step()
    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    model.run_model()
    profile.disable()
    seconds = dict.fromkeys(PARTS, 0.0)
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        seconds[part_of(file, function)] += own
    for part, taken in seconds.items():
        print(f"| {part} | {taken:.2f} |")
    print(f"| together | {sum(seconds.values()):.2f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
