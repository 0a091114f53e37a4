"""Where results may be written: never inside other results, and what a directory of results is known by."""

from pathlib import Path

from neurogen_abm.errors import InputError
from neurogen_abm.storage import atomic

PROVENANCE = "provenance.json"
LEDGER = "ledger.sqlite"
_HOLDS = {PROVENANCE: "a finished run or analysis", LEDGER: "the runs of a sweep, comparison, study or fit"}
# Where analyses of many animals keep their runs, in a directory that is theirs; one directory is of one kind.
_RUNS = ("runs", "animals")


def holder(place: Path) -> Path | None:
    """Return the directory of results that a place lies inside of; None where there is none."""
    return next(
        (folder for folder in place.absolute().parents if any((folder / mark).is_file() for mark in _HOLDS)), None
    )


def require_outside(place: Path) -> None:
    """Refuse to write results into other results: what reads those would meet files of another experiment.

    An InputError names the directory, and what it holds.
    """
    place = place.absolute()
    inside = holder(place)
    if inside is None and place.name in _RUNS:
        beside = (place.with_name(name) for name in _RUNS if name != place.name)
        inside = next((folder for folder in beside if (folder / LEDGER).is_file()), None)
    if inside is None:
        return
    held = next(words for mark, words in _HOLDS.items() if (inside / mark).is_file())
    what = f"{inside} holds {held}; results of something else are not written there."
    raise InputError(what, where=str(place), cure=f"{atomic.elsewhere().capitalize()}.", code="other-results")
