"""Reading a laboratory's table of counts strictly: every fault of the file is told at once, each with its row."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain
from neurogen_abm.spec.names import as_spelt
from neurogen_abm.spec.study.counts import Counts
from neurogen_abm.spec.suggest import nearest, offer

_LARGEST = 10_000_000  # bytes; a hundred thousand animals take less
_MOST_TOLD = 12
_SEPARATORS = ",;\t"
_ONE_ASSAY = ("assay", "count")


class Count(NamedTuple):
    """What was counted in one animal."""

    row: int  # line of the file; the header is line 1
    animal: str
    arm: str
    assay: str
    day: float  # as the table has it
    time_h: float  # from the start of the run
    value: float  # over the sections, where the table says how many


class CountTable(NamedTuple):
    """What was read of a table."""

    counts: tuple[Count, ...]
    left_out: int  # rows of days that are not read

    def told(self, file: str) -> str:
        """Say what was understood of the table."""
        groups = Counter((entry.arm, entry.assay, entry.day) for entry in self.counts).values()
        sizes = plain(min(groups)) if min(groups) == max(groups) else f"{min(groups)} to {max(groups)}"
        left = f"; {self.left_out} rows of other days are not read" if self.left_out else ""
        many = f"{len(groups)} groups" if len(groups) > 1 else "one group"
        return f"{file}: {len(self.counts)} counts, {many} of {sizes} animals{left}."


def faulty(file: str, faults: Sequence[str], code: str = "bad-counts") -> InputError:
    """Return one error for all faults of a table."""
    told = "; ".join(faults[:_MOST_TOLD])
    more = f"; and {len(faults) - _MOST_TOLD} more" if len(faults) > _MOST_TOLD else ""
    many = f"{len(faults)} faults" if len(faults) > 1 else "a fault"
    return InputError(
        f"The counts in {file} have {many}: {told}{more}.",
        code=code,
        cure="Mend the table, or say under `counts` how to read it (docs/counts.md).",
    )


def read_counts(counts: Counts, arms: Iterable[str], folder: Path | None) -> CountTable:
    """Read the table of a study with these arms; an InputError names every fault with its row.

    ``folder`` is that of the study, from which the file is found.
    """
    arms = tuple(arms)
    header, rows = _split(_text(counts.file, (folder or Path()) / counts.file), counts.file)
    places = _places(counts, header, arms)
    called = {counts.groups.get(arm, arm): arm for arm in arms}
    found: list[Count] = []
    left_out = 0
    faults = _unknown_arms(counts, arms)
    for row, cells in rows:
        if len(cells) != len(header):
            faults.append(f"row {row} has {len(cells)} fields, the header {len(header)}")
            continue
        for entry in _of_row(counts, row, cells, places, called):
            if entry is None:
                left_out += 1
            elif isinstance(entry, str):
                faults.append(entry)
            else:
                found.append(entry)
    faults += _counted_twice(found)
    if not faults and not found:
        faults.append("no row holds a count of a day that is read")
    if faults:
        raise faulty(counts.file, faults)
    return CountTable(tuple(found), left_out)


def _text(name: str, path: Path) -> str:
    """Return the text of the table."""
    try:
        with as_spelt(path).open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as fault:
        what = f"The table of counts {name} cannot be read: {fault.strerror or fault}."
        raise InputError(what, code="no-file", cure="Put it beside the study.") from fault
    if len(raw) > _LARGEST:
        what = f"The table of counts {name} is larger than {_LARGEST // 10**6} MB."
        raise InputError(what, code="too-large", cure="Keep one row an animal.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        what = f"The table of counts {name} is not text in UTF-8."
        raise InputError(what, code="bad-counts", cure='Save it as "CSV UTF-8".') from fault


def _split(text: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the names of the columns, and each row with its line in the file; empty lines are none."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as fault:
        raise faulty(name, [f"row {reader.line_num} cannot be read ({fault})"]) from fault
    if len(lines) < 2:
        raise faulty(name, ["it has no rows below its header"])
    return lines[0][1], lines[1:]


def _places(counts: Counts, header: Sequence[str], arms: Sequence[str]) -> dict[str, int]:
    """Return where each use, or of a wide table each assay, stands; every fault of the header is told at once."""
    uses = {use: getattr(counts.columns, use) for use in type(counts.columns).model_fields}
    optional = {"animal", "sections"} | ({"group"} if len(arms) == 1 else set())
    wide = counts.assays or {}
    wanted = {use: name for use, name in uses.items() if not (wide and use in _ONE_ASSAY)}
    faults = [f'two columns are called "{name}"' for name, n in Counter(header).items() if n > 1]
    columns = {**wanted, **{f"assays.{assay}": name for assay, name in wide.items()}}
    said = {*counts.columns.model_fields_set}
    for use, name in columns.items():
        if name not in header and not (use in optional and use not in said):
            faults.append(f'there is no column "{name}" for `{use}`: {offer(name, header)}')
    used = set(columns.values())
    for name in dict.fromkeys(header):
        if name in used or name in counts.ignore:
            continue
        near = nearest(name, [uses[use] for use in optional])
        hint = f"did you mean {near[0]}?" if near else "name it under `assays` or `ignore`"
        faults.append(f'the column "{name}" is not read: {hint}')
    faults += [f'`ignore` names "{name}", which is no column' for name in counts.ignore if name not in header]
    if faults:
        raise faulty(counts.file, faults)
    return {use: header.index(name) for use, name in columns.items() if name in header}


def _unknown_arms(counts: Counts, arms: Sequence[str]) -> list[str]:
    return [f'`groups` names "{arm}", which is no arm: {offer(arm, arms)}' for arm in counts.groups if arm not in arms]


def _of_row(
    counts: Counts, row: int, cells: Sequence[str], places: Mapping[str, int], called: Mapping[str, str]
) -> Iterator[Count | str | None]:
    """Yield the counts of one row, its faults as text, or None where its day is not read."""
    day, faults = _number(row, "day", cells[places["day"]])
    group = cells[places["group"]] if "group" in places else next(iter(called))
    if group not in called:
        shown = f'"{group[:40]}"' if group else "nothing"
        faults.append(f"row {row}: {shown} is no group: {offer(group, called)}")
    sections = 1.0
    if "sections" in places:
        sections, wrong = _number(row, "sections", cells[places["sections"]])
        faults += wrong or ([f"row {row}: 0 sections were counted"] if sections == 0.0 else [])
    if not faults and counts.days is not None and day not in counts.days:
        yield None
        return
    yield from faults
    animal = cells[places["animal"]] if "animal" in places else ""
    for assay, text in _assays(cells, places):
        value, wrong = _number(row, "count", text)
        yield from wrong
        if not assay:
            yield f"row {row}: the assay is empty"
        elif not wrong and not faults:
            time_h = (counts.day_zero_h or 0.0) + 24 * day
            yield Count(row, animal, called[group], assay, day, time_h, value / sections)


def _assays(cells: Sequence[str], places: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Yield assays and counts of a row; in a wide table an empty field was not counted."""
    if "assay" in places:
        yield cells[places["assay"]], cells[places["count"]]
        return
    for use, place in places.items():
        if use.startswith("assays.") and cells[place]:
            yield use.removeprefix("assays."), cells[place]


def _number(row: int, use: str, text: str) -> tuple[float, list[str]]:
    """Return a number that is not below 0, or what is wrong with it."""
    try:
        value = float(text)
    except ValueError:
        shown = f'"{text[:30]}"' if text else "nothing"
        hint = ", write a decimal point" if "," in text else ""
        return math.nan, [f"row {row}: {shown} is no number ({use}{hint})"]
    lowest = -math.inf if use == "day" else 0.0
    if not math.isfinite(value) or value < lowest:
        return math.nan, [f"row {row}: {text[:30]} cannot be a {use}"]
    return value, []


def _counted_twice(found: Sequence[Count]) -> Iterator[str]:
    """Yield a fault for every animal that was counted twice by one assay: groups are taken for different animals."""
    seen: dict[tuple[str, str], Count] = {}
    for entry in found:
        first = seen.setdefault((entry.animal, entry.assay), entry) if entry.animal else entry
        if first is not entry:
            days = f"days {plain(first.day)} and {plain(entry.day)}" if first.day != entry.day else "one day"
            animal = f'animal "{entry.animal[:40]}"'
            yield f"row {entry.row}: {animal} was counted for {entry.assay} in row {first.row} ({days})"
