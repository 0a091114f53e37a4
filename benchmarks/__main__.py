"""``python -m benchmarks``: measure, print a table, write it as JSON."""

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.measures import MEASURES
from benchmarks.rows import Row, table
from benchmarks.sizes import FULL, SMALL, Size

LATEST = Path(__file__).parent / "results" / "latest.json"


def _alone(name: str, size: Size) -> list[Row]:
    """Measure in a process of its own, so that nothing runs in the memory that another measure has left."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(MEASURES[name], size).result()


def main(arguments: list[str] | None = None) -> list[Row]:
    """Run the measures asked for and return their rows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--small", action="store_true", help="seconds instead of minutes; the figures mean nothing")
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), default=list(MEASURES), metavar="MEASURE")
    parser.add_argument("--json", type=Path, default=LATEST, help=f"where to write (default: {LATEST})")
    chosen = parser.parse_args(arguments)
    size = SMALL if chosen.small else FULL
    document = {"machine": describe(), "small": chosen.small, "rows": {}}
    rows: list[Row] = []
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    for name in chosen.only:
        print(f"measuring: {name}", flush=True)
        found = [replace(row, met=None) for row in MEASURES[name](size)] if chosen.small else _alone(name, size)
        rows += found
        document["rows"][name] = [row.as_dict() for row in found]
        document["machine"]["load_after"] = round(os.getloadavg()[0], 2)
        chosen.json.write_text(json.dumps(document, indent=1) + "\n")  # after each, so that a break loses one measure
    print(table(rows))
    print(f"written to {chosen.json}")
    return rows


if __name__ == "__main__":
    main()
