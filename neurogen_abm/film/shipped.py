"""The film that comes with the package: what the live page shows while kernels compile and an animal grows up.

``python -m neurogen_abm.film.shipped`` makes it anew, which takes a few minutes: of the scenario with which the page
opens, its first two weeks, at the shortest interval at which they fit into 2 MB.
"""

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Final

from neurogen_abm.film.page import packed_film, stage_of
from neurogen_abm.film.pair import names
from neurogen_abm.film.replay import filmed
from neurogen_abm.run import Result, run
from neurogen_abm.scene.lived import loaded
from neurogen_abm.storage import atomic

SCENARIO: Final = "mouse_wheel_running"
LARGEST_BYTES: Final = 2_000_000
EVERY_H: Final = (6.0, 12.0, 24.0)
UNTIL_H: Final = 14 * 24.0
_SECTIONS, _ONE_IN = 5, 20
PLACE: Final = Path(__file__).parent.parent / "serve" / "static" / "first.film"


def shipped(result: Result, largest: int = LARGEST_BYTES) -> bytes:
    """Return the film of a run, packed, at the shortest interval that fits.

    Raises
    ------
    ValueError
        None does.
    """
    few = partial(stage_of, sections=_SECTIONS, one_in=_ONE_IN)
    made = partial(packed_film, names=names([result]))
    film, reel = filmed([result], EVERY_H, largest, made, stage=few, until_h=UNTIL_H)
    if len(film) > largest:
        raise ValueError(f"A film every {reel.every_h} h takes {len(film):,} bytes, and {largest:,} are the most.")
    return film


def main(arguments: list[str] | None = None) -> Path:
    """Make the film and write it into the package."""
    parser = argparse.ArgumentParser(prog="python -m neurogen_abm.film.shipped", description=__doc__)
    about = f"a directory of a run of {SCENARIO}; by default it is run first"
    parser.add_argument("directory", nargs="?", type=Path, help=about)
    chosen = parser.parse_args(arguments)
    film = shipped(run(SCENARIO) if chosen.directory is None else loaded(chosen.directory))
    place = atomic.write_file(PLACE, lambda target: target.write_bytes(film))
    sys.stdout.write(f"{place}: {len(film):,} bytes\n")
    return place


if __name__ == "__main__":
    main()
