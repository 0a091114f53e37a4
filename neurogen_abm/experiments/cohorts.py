"""The animals of a cohort made ready to be simulated: each recording is read once, each worker gets its own animal's.

A file that holds many animals is divided: what one of them did becomes a small file, named by its content, so that
neither a worker nor a run reads, keeps or hashes what the others did.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from neurogen_abm import scratch
from neurogen_abm.activity.recordings.formats import without_places
from neurogen_abm.activity.recordings.recording import Recording
from neurogen_abm.activity.recordings.register import chosen_track, find_recording, read_file
from neurogen_abm.errors import InputError
from neurogen_abm.spec.cohort import OF_RECORDING, Cohort, CohortRow, Fault
from neurogen_abm.spec.fields import as_id
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

RECORDINGS = "recordings"  # in a directory of runs
# What was said of a whole file; what is taken out of it needs no such words any more.
_OF_FILE = ("columns", "zone", "animal")


class Herd:
    """The rows of a cohort, made ready for one scenario one after the other.

    Attributes
    ----------
    rows
        Those of the table; a recording that holds one of many animals is a file of its own by now.
    files
        Name -> file of the recordings that were taken out of others, for the workers.
    """

    def __init__(self, cohort: Cohort, base: Scenario) -> None:
        """Read every recording, in the order of files; a CohortError names all rows that cannot be had."""
        self.files: dict[str, Path] = {}
        ready: dict[int, CohortRow] = {}
        faults = list[Fault]()
        for row in sorted(cohort.rows, key=lambda row: (str(row.block.get("file", "")), row.row)):
            try:
                ready[row.row] = self._ready(row, base)
            except InputError as fault:
                faults.append(fault_of(row, fault))
        self.cohort, self._faults = cohort, tuple(faults)
        self.rows = tuple(ready[row.row] for row in cohort.rows if row.row in ready)

    def check(self, try_one: Callable[[CohortRow], object]) -> None:
        """Try every row, and refuse all that fail at once."""
        faults = list(self._faults)
        for row in self.rows:
            try:
                try_one(row)
            except InputError as fault:
                faults.append(fault_of(row, fault))
        self.cohort.refuse(faults)

    def _ready(self, row: CohortRow, base: Scenario) -> CohortRow:
        if row.block.get("kind") != "recording":
            return row
        said = _settings(base) | dict(row.block)
        path, recording = _read(row, said)
        if len(recording.tracks) == 1 and row.in_file is None:
            return row
        key = chosen_track(recording, row.in_file or row.animal)
        if len(recording.tracks) == 1:
            return row
        file = self._taken_out(path, recording, key, row.animal)
        block = {name: value for name, value in row.block.items() if name not in _OF_FILE}
        block |= {"file": file, **{name: None for name in _OF_FILE if said.get(name) is not None}}
        return row._replace(block=block, folder=None)

    @cached_property
    def _folder(self) -> Path:
        return scratch.own_folder()

    def _taken_out(self, path: Path, recording: Recording, key: str | None, animal: str) -> Path:
        """Return a file with the samples of one animal of a recording."""
        note = f"Taken out of {path.name}."
        own = replace(recording, tracks={key: recording.tracks[key]}, notes=(*recording.notes, note))
        content = without_places.written(own)
        name = f"{as_id(animal)[:40] or 'animal'}-{hashlib.sha256(content).hexdigest()[:16]}.csv"
        if name not in self.files:
            (self._folder / name).write_bytes(content)
            self.files[name] = self._folder / name
        return self.files[name]


def _settings(base: Scenario) -> dict[str, Any]:
    """Return what the scenario's own recording says of how its file is read."""
    found = [block for block in base.activity if block.kind == "recording"]
    return found[0].model_dump(by_alias=True, exclude_unset=True) if len(found) == 1 else {}


def _read(row: CohortRow, said: Mapping[str, Any]) -> tuple[Path, Recording]:
    file = row.block["file"]
    path = file if isinstance(file, Path) else find_recording(str(file), row.folder, "file")
    return path, read_file(path, said.get("columns"), said.get("zone"))


def said_of(row: CohortRow | None) -> dict[str, str]:
    """Return what a row is called in tables: animal and group; nothing without a cohort."""
    if row is None:
        return {}
    return {"animal": row.animal} | ({} if row.group is None else {"group": row.group})


def fault_of(row: CohortRow, fault: InputError) -> Fault:
    """Return the fault of a row in words: reason and cure."""
    return Fault(row.row, row.animal, " ".join(part for part in (fault.what, _in_a_table(fault.cure)) if part))


def _in_a_table(cure: str) -> str:
    """Return a cure that is worded for a block of activity in the words of a row, where entries are columns."""
    said = re.sub(rf"`({'|'.join(OF_RECORDING)}): ([^`]+)`", r"`\2` in the column `\1`", cure)
    said = said.replace(" into the block", "")
    return said.replace("give the block an earlier `end`", "let the run end earlier (`duration`)")


def numbered(rows: tuple[CohortRow, ...], each: int, first: int) -> Iterator[tuple[CohortRow, range]]:
    """Yield each row with the seeds of its animals, of which no two share one; ``each`` is how many are usual."""
    for row in rows:
        n = row.n or each
        yield row, range(first, first + n)
        first += n


def found_in(resolved: ResolvedScenario, files: Mapping[str, Path], folder: Path) -> ResolvedScenario:
    """Return a scenario whose recordings that were taken out of others are named from the directory of runs."""
    scenario = resolved.scenario.model_copy()
    scenario._folders = {
        path: folder.absolute() / RECORDINGS if getattr(_block(scenario, path), "file", None) in files else place
        for path, place in resolved.scenario._folders.items()
    }
    return replace(resolved, scenario=scenario)


def _block(scenario: Scenario, path: tuple[str | int, ...]) -> Any:
    return scenario.activity[int(path[1])] if path[0] == "activity" and len(path) > 1 else None
