"""A cohort: a table with a row for each animal, which becomes the animals of a sweep or a study.

A row says what is the animal's own: how it ran (a recording, or a distance), how old it is, its sex, its group. All
that is wrong with a table is found before it is refused, row by row.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import Field, WithJsonSchema

from neurogen_abm.errors import InputError
from neurogen_abm.spec.fields import file_beside
from neurogen_abm.spec.names import composed
from neurogen_abm.spec.scenario.load import load_scenario
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.shipped import FileModel
from neurogen_abm.spec.suggest import nearest
from neurogen_abm.spec.yaml.reader import resolve_scalar

OWN = ("age", "sex", "strain")  # entries of the scenario
# Entries of a block of activity, and of which kind.
OF_RECORDING = ("metres_per_count", "gap", "repeat", "from", "species", "zone")
COLUMNS = ("animal", "group", "n", "file", "in_file", "distance", *OWN, *OF_RECORDING)
_NOTE = "note"  # a column whose name begins so is the reader's own
_RUNS = ("wheel", "recording")  # kinds of a block that say how far an animal runs of its own accord
_MOST_BYTES, _MOST_ANIMALS, _MOST_SHOWN = 10_000_000, 1000, 20
_UNIT = re.compile(r"(.+?)\s*\(([^()]+)\)")

CohortFile: TypeAlias = Annotated[
    str | Path, Field(union_mode="left_to_right"), WithJsonSchema({"type": "string", "maxLength": 200})
]


class CohortError(InputError):
    """The table of a cohort cannot be used; rows, reasons and cures are named."""

    default_code = "bad-cohort"


class Fault(NamedTuple):
    """What is wrong with a row."""

    row: int
    animal: str
    said: str  # reason and cure


class CohortRow(NamedTuple):
    """One row of the table.

    Attributes
    ----------
    row
        Its line in the file, the first being 1.
    animal, group
        Its name, and the group it belongs to; None where the table has no groups.
    n
        How many simulated animals stand for it; None where the table does not say.
    own
        Entries of the scenario: age, sex, strain, as a scenario takes them.
    block
        Entries of the block of activity that says how it runs; empty where the table does not say.
    in_file
        What its recording calls it; its own name by default.
    folder
        From which its recording is named; None where the recording is a path.
    """

    row: int
    animal: str
    group: str | None = None
    n: int | None = None
    own: Mapping[str, Any] = {}
    block: Mapping[str, Any] = {}
    in_file: str | None = None
    folder: Path | None = None


class Cohort(NamedTuple):
    """A table as it was read: its rows that can be understood, and what is wrong with the others."""

    path: Path
    rows: tuple[CohortRow, ...]
    faults: tuple[Fault, ...]

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Raise one error that names every faulty row with its reason, in the order of the table, if there is any."""
        found = sorted({*self.faults, *faults})
        if not found:
            return
        said = " ".join(f"Row {fault.row} ({fault.animal[:40]}): {fault.said}" for fault in found[:_MOST_SHOWN])
        more = f" And {len(found) - _MOST_SHOWN} more." if len(found) > _MOST_SHOWN else ""
        rows = len({fault.row for fault in found})
        what = f"{rows} row{'s' * (rows != 1)} of the cohort cannot be used. {said}{more}"
        raise CohortError(what, where=self.path.name, cure="Correct the table; nothing was run.")


def cohort_of(plan: FileModel, cohort: str | Path) -> Cohort:
    """Read the cohort that a sweep or a study names: from its folder, or from where one is in Python."""
    place = plan.where(("cohort",))
    if plan.base_dir is not None:
        try:
            file_beside(str(cohort))
        except InputError as fault:
            raise fault.become(CohortError, place) from None
    path = (plan.base_dir or Path()).absolute() / cohort
    if not path.is_file():
        what, cure = f'There is no table "{str(cohort)[:200]}".', "Put it beside the file that names it."
        raise CohortError(what, where=place, cure=cure, code="no-file", seen=str(cohort))
    return read_cohort(path, anywhere=plan.base_dir is None)


def read_cohort(path: Path, *, anywhere: bool = False) -> Cohort:
    """Read the table of a cohort.

    Parameters
    ----------
    path
        A comma-separated file, or one with semicolons or tabs; names of its columns are those of `COLUMNS`, and a
        unit may stand behind one, like ``age (wk)``.
    anywhere
        Whether recordings may lie outside the folder of the table, as for a caller in Python.

    Raises
    ------
    CohortError
        The file is no table, or has columns that are not known. What is wrong with rows stands in ``faults``.
    """
    header, table = _cells(path)
    columns = [_column(path, name) for name in header]
    names = [name for name, _ in columns if name]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise CohortError(f"The column `{twice}` is there twice.", where=f"{path.name}:1", cure="Keep one.")
    if "animal" not in names:
        raise CohortError("There is no column `animal`.", where=f"{path.name}:1", cure="Name each animal in it.")
    rows, faults = list[CohortRow](), list[Fault]()
    seen: dict[str, int] = {}
    for line, cells in table:
        said = _said(columns, cells)
        animal = str(said.get("animal", ""))
        wrong = list(_wrong(said, names, len(cells), len(header)))
        if (earlier := seen.setdefault(animal, line)) != line and animal:
            wrong.append(f"Row {earlier} has the same name. Give each animal a name of its own.")
        faults += [Fault(line, animal or "no name", text) for text in wrong]
        if not wrong:
            rows.append(_row(line, said, path.parent, anywhere))
    if not rows and not faults:
        raise CohortError("The table has no rows.", where=path.name, cure="Write a row for each animal.")
    return Cohort(path, tuple(rows), tuple(faults))


def _cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header, and line and cells of every row that is not blank."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            what = f"The table has {path.stat().st_size / 1e6:.0f} MB; a row for each animal makes no such table."
            raise CohortError(what, where=path.name, cure="Give the recordings as files, named in the column `file`.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CohortError("The table is no UTF-8 text.", where=path.name, cure="Save it as CSV, in UTF-8.") from None
    except OSError as error:
        what, cure = f"The table cannot be read: {error.strerror or error}.", "Check its permissions."
        raise CohortError(what, where=path.name, cure=cure) from None
    first = text.split("\n", 1)[0]
    between = next((mark for mark in (",", ";", "\t") if mark in first), ",")
    reader, rows = csv.reader(text.splitlines(), delimiter=between, strict=True), list[tuple[int, list[str]]]()
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [composed(cell.strip()) for cell in cells]))
    except csv.Error as error:
        what, cure = f"The row cannot be parsed: {error}.", "Write plain cells between commas."
        raise CohortError(what, where=f"{path.name}:{reader.line_num}", cure=cure) from None
    if not rows:
        raise CohortError("The table is empty.", where=path.name, cure="Write a header and a row for each animal.")
    if len(rows) - 1 > _MOST_ANIMALS:
        what = f"The table has {len(rows) - 1:,} rows; at most {_MOST_ANIMALS:,} are read."
        raise CohortError(what, where=path.name, cure="Write one row for each animal, and split the table.")
    return rows[0][1], rows[1:]


def _column(path: Path, written: str) -> tuple[str, str]:
    """Return what a column is, and its unit; nothing for a column of the reader's own."""
    found = _UNIT.fullmatch(written)
    name, unit = (found[1], found[2]) if found else (written, "")
    name = re.sub(r"[\s-]+", "_", name.strip().lower())
    if name in COLUMNS:
        return name, unit
    if name.startswith(_NOTE):
        return "", ""
    near = nearest(name, COLUMNS)
    cure = f"Did you mean {' or '.join(near)}?" if near else f"Known are {', '.join(COLUMNS)}."
    cure += f" A column of your own begins with `{_NOTE}`."
    what = f'The column "{written[:40]}" is not known.'
    raise CohortError(what, where=f"{path.name}:1", cure=cure, code="unknown-column", seen=written)


def _said(columns: Sequence[tuple[str, str]], cells: Sequence[str]) -> dict[str, str]:
    """Return the cells that say something, by column, with the unit of the column behind a number."""
    pairs = zip(columns, cells, strict=False)
    return {name: f"{cell} {unit}" if unit else cell for (name, unit), cell in pairs if name and cell}


def _wrong(said: Mapping[str, str], names: Sequence[str], given: int, wanted: int) -> Iterable[str]:
    """Yield what is wrong with a row, as far as the table alone shows it."""
    if given != wanted:
        yield f"It has {given} cells, the header {wanted}. Complete it; write decimals with a point."
    if "animal" not in said:
        yield "It names no animal. Fill in `animal`."
    if "group" in names and "group" not in said:
        yield "It names no group. Fill in `group`, or leave the column out."
    if "file" in said and "distance" in said:
        yield "It has both a recording and a distance. Leave one empty."
    if {"file", "distance"} & set(names) and not {"file", "distance"} & set(said):
        yield "It says nothing of how the animal ran. Write distance 0 km/d for one that does not run."
    if "n" in said and not (said["n"].isascii() and said["n"].isdigit() and 1 <= int(said["n"][:9]) <= _MOST_ANIMALS):
        yield f'`n` is "{said["n"][:20]}", not how many simulated animals stand for it. Write a number like 8.'
    if "file" not in said and (odd := [key for key in ("in_file", *OF_RECORDING) if key in said]):
        yield f"`{odd[0]}` belongs to a recording, and the row names no `file`. Leave it empty."


def _row(line: int, said: Mapping[str, str], folder: Path, anywhere: bool) -> CohortRow:
    block: dict[str, Any] = {}
    if "file" in said:
        place = folder / said["file"]
        if anywhere and not place.is_file() and Path(said["file"]).is_file():
            place = Path(said["file"]).absolute()  # a table of pandas lies nowhere
        file: Any = place if anywhere and place.is_file() else said["file"]
        block = {"kind": "recording", "file": file}
        block |= {key: resolve_scalar(said[key]) for key in OF_RECORDING if key in said}
    elif "distance" in said:
        block = {"kind": "wheel", "distance": said["distance"]}
    return CohortRow(
        line,
        said["animal"],
        said.get("group"),
        int(said["n"]) if "n" in said else None,
        {key: said[key] for key in OWN if key in said},
        block,
        said.get("in_file"),
        None if anywhere else folder,
    )


def as_animal(scenario: Scenario, row: CohortRow) -> Scenario:
    """Return a scenario as that of one animal of a cohort; an InputError says what of the row does not fit it."""
    changes: dict[str, Any] = dict(row.own)
    if row.block:
        changes["activity"] = _with_run(scenario, row.block)
    return load_scenario(scenario, changes, folder=row.folder)


def _with_run(scenario: Scenario, block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the activity with the animal's own running: in place of the block that says how it runs, or added."""
    blocks = scenario.model_dump(by_alias=True, exclude_unset=True).get("activity", [])
    places = [number for number, entry in enumerate(blocks) if entry["kind"] in _RUNS]
    if len(places) > 1:
        what = f"The scenario has {len(places)} blocks that say how an animal runs, and the table says it for one."
        raise InputError(what, code="which-block", cure="Leave one of them in the scenario.")
    if not places:
        return [*blocks, dict(block)]
    old = blocks[places[0]]
    same = old["kind"] == block["kind"]
    kept = old if same else {key: old[key] for key in ("start", "end") if key in old}
    return [*blocks[: places[0]], {**kept, **block}, *blocks[places[0] + 1 :]]
