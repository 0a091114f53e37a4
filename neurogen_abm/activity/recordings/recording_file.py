"""A recording as a comma-separated file, read strictly: every error names its row, nothing is guessed."""

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from neurogen_abm.activity.recordings.recording import Floats, Quantity, Recording, Track
from neurogen_abm.activity.recordings.series import RecordingError

LARGEST_FILE = 200_000_000  # bytes; a year of minutes is about 15 million
_LONGEST_LINE = 100_000  # characters
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_NAMED_ZONE = re.compile(r"\s*(\[[^\]]*\])\s*$")
LIGHT_COLUMNS = ("light", "light_fraction")
_MOST_NAMES = 1000  # distinct entries of a column that may name animals


class RecordingFile:
    """The rows of a CSV file under its header; ``name`` is that of the file, ``columns`` are its header cells."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path
        header = next((line for _, line in self._lines()), "")
        if not header:
            cure = "Give a recording with a header and samples."
            raise self.fault("The file is empty.", cure, code="empty-recording")
        if "," not in header and re.search(r"[;\t]", header):
            found = "semicolons" if ";" in header else "tabs"
            cure = "Save it with commas between columns and points in numbers."
            raise self.fault(f"Columns are separated by {found}.", cure, row=1)
        self.columns = [cell.strip() for cell in self._cells(header, 1)]
        twice = next((name for name, n in Counter(self.columns).items() if name and n > 1), None)
        if twice is not None:
            places = ", ".join(str(k + 1) for k, name in enumerate(self.columns) if name == twice)
            what = f'The column "{twice}" is there {self.columns.count(twice)} times (columns {places}).'
            raise self.fault(what, "Keep one, or give the others names of their own.", row=1, code="column-twice")

    def fault(
        self, what: str, cure: str, *, row: int | None = None, seen: object = None, code: str | None = None
    ) -> RecordingError:
        """Return an error at a row of this file."""
        return RecordingError(
            what, where=self.name if row is None else f"{self.name}:{row}", cure=cure, seen=seen, code=code
        )

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Yield numbers and text of the lines that are not blank; the file is never in memory as a whole."""
        try:
            size, number = self._path.stat().st_size, 0
            if size > LARGEST_FILE:
                what = f"The file has {size / 1e6:.0f} MB; recordings up to {LARGEST_FILE / 1e6:.0f} MB are read."
                raise self.fault(what, "Resample it to minutes.", code="large-recording")
            with self._path.open(encoding="utf-8-sig") as text:
                while line := text.readline(_LONGEST_LINE + 1):
                    number += 1
                    if len(line) > _LONGEST_LINE:
                        cure = "Write one sample in each row."
                        raise self.fault("The row has no end.", cure, row=number, code="broken-row")
                    if line.strip():
                        yield number, line.rstrip("\n")
        except UnicodeDecodeError:
            cure = "Export the recording as CSV, in UTF-8."
            raise self.fault("The file is not UTF-8 text.", cure, code="unreadable-recording") from None
        except OSError as error:
            what, cure = f"The recording cannot be read: {error.strerror or error}.", "Check its name and permissions."
            raise RecordingError(what, where=str(self._path), cure=cure, code="unreadable-recording") from None

    def _cells(self, line: str, row: int) -> list[str]:
        try:
            return next(csv.reader([line], strict=True))
        except csv.Error as error:
            cure = "Write each row as plain cells between commas."
            raise self.fault(f"Row {row} cannot be parsed: {error}.", cure, row=row, code="broken-row") from None

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield row numbers and cells below the header; blank lines are skipped, short and long rows refused."""
        width = len(self.columns)
        lines = self._lines()
        next(lines, None)  # the header
        for number, line in lines:
            cells = self._cells(line, number)
            if len(cells) != width:
                short, seen = len(cells) < width, line.strip()[:60]
                what = f"Row {number} has {len(cells)} cells, the header {width}: {seen}"
                cure = "Complete the row or delete it." if short else "Write decimals with a point, like 1.5."
                raise self.fault(what, cure, row=number, seen=seen, code="broken-row")
            yield number, cells

    def recording(
        self, form: str, quantity: Quantity, time: str, value: str, animal_columns: Sequence[str]
    ) -> Recording:
        """Return the samples of each animal, in the order of the file, named by the first animal column there is.

        Where there is none, and times repeat, a column that tells the rows of one time apart names the animals.
        """
        cells, rows = self._table()
        starts, offsets, zone = self._times(cells[self.columns.index(time)], rows)
        values = [
            self._number(cell, value, row) for cell, row in zip(cells[self.columns.index(value)], rows, strict=True)
        ]
        light = next(
            (self._light(cells[self.columns.index(c)], c, rows) for c in LIGHT_COLUMNS if c in self.columns), None
        )
        named_by = next((name for name in animal_columns if name in self.columns), None)
        notes = []
        if named_by is None:
            others = [c for c in self.columns if c not in (time, value, *LIGHT_COLUMNS)]
            if named_by := self._telling_apart(others, cells, starts):
                notes.append(f"Its times repeat; the column `{named_by}` tells the animals apart.")
        whose = [None] * len(rows) if named_by is None else [c.strip() for c in cells[self.columns.index(named_by)]]
        columns = (np.array(rows), np.array(starts, dtype="datetime64[us]"), np.array(values), light, offsets)
        tracks = {name: _track(columns, np.array(where)) for name, where in _places(whose).items()}
        return Recording(self.name, form, quantity, tracks, zone=zone, named_by=named_by, notes=tuple(notes))

    def _table(self) -> tuple[list[list[str]], list[int]]:
        """Return the cells by column, and the number of each row."""
        columns: list[list[str]] = [[] for _ in self.columns]
        rows = []
        for row, cells in self._rows():
            rows.append(row)
            for column, cell in zip(columns, cells, strict=True):
                column.append(cell)
        if not rows:
            what = "The file has a header but no samples."
            raise self.fault(what, "Give a longer recording.", code="empty-recording")
        return columns, rows

    def _telling_apart(self, names: list[str], cells: list[list[str]], starts: list[datetime]) -> str | None:
        """Return the first column within whose entries no time repeats, where times do; None where there is none."""
        if len(set(starts)) == len(starts):
            return None
        for name in names:
            entries = cells[self.columns.index(name)]
            several = Counter(entries)
            names_animals = 1 < len(several) <= _MOST_NAMES and min(several.values()) > 1 and "" not in several
            if names_animals and len(set(zip(entries, starts, strict=True))) == len(starts):
                return name
        return None

    def _times(self, texts: list[str], rows: list[int]) -> tuple[list[datetime], Floats | None, str | None]:
        """Return clock times as written, minutes ahead of UTC where they carry a zone, and the zone as written."""
        starts, offsets, zone = [], [], None
        for text, row in zip(texts, rows, strict=True):
            named = _NAMED_ZONE.search(text)
            start = self._time(text[: named.start()] if named else text, row)
            ahead = start.utcoffset()
            if ahead is not None and zone is None:
                zone = f"{start:%z}{f' {named[1]}' if named else ''}"
            starts.append(start.replace(tzinfo=None))
            offsets.append(math.nan if ahead is None else ahead.total_seconds() / 60.0)
        unzoned = np.isnan(offsets)
        if unzoned.any() and not unzoned.all():
            row = rows[int(np.flatnonzero(unzoned != unzoned[0])[0])]
            what = f"Row {row}: some times carry a zone, others none."
            raise self.fault(what, "Write all times alike.", row=row, code="bad-time")
        return starts, None if unzoned.all() else np.array(offsets), zone

    def _time(self, text: str, row: int) -> datetime:
        try:
            return datetime.fromisoformat(text.strip())
        except ValueError:
            what, cure = f'Row {row}: "{text[:30]}" is not a date and time.', "Write times like 2009-10-16T17:00:00."
            raise self.fault(what, cure, row=row, seen=text, code="bad-time") from None

    def _light(self, texts: list[str], column: str, rows: list[int]) -> Floats:
        return np.array([self._number(text, column, row) for text, row in zip(texts, rows, strict=True)])

    def _number(self, text: str, column: str, row: int) -> float:
        """Return a value that is finite and not negative; NaN for an empty cell or one that says NaN."""
        stripped = text.strip()
        if stripped.lower() in ("", "nan", "na"):
            return math.nan
        if _DECIMAL_COMMA.fullmatch(stripped):
            what = f'Row {row}: {column} is "{stripped}", with a decimal comma.'
            raise self.fault(what, "Write decimals with a point, like 1.5.", row=row, seen=text, code="decimal-comma")
        try:
            number = float(stripped)
        except ValueError:
            what = f'Row {row}: {column} is "{stripped[:30]}", which is not a number.'
            raise self.fault(what, "Leave the cell empty where nothing was measured.", row=row, seen=text) from None
        if not math.isfinite(number) or number < 0.0:
            what = f"Row {row}: {column} is {stripped[:30]}; it must be zero or more, and finite."
            raise self.fault(what, "Leave the cell empty where nothing was measured.", row=row, seen=text)
        return number


def _places(whose: Sequence[str | None]) -> dict[str | None, list[int]]:
    """Return the places of each name, in the order in which names first appear."""
    found: dict[str | None, list[int]] = {}
    for place, name in enumerate(whose):
        found.setdefault(name, []).append(place)
    return found


def _track(columns: tuple[Any, Any, Floats, Floats | None, Floats | None], where: Any) -> Track:
    rows, starts, values, light, offsets = columns
    return Track(
        rows=rows[where],
        starts=starts[where],
        values=values[where],
        light=None if light is None else light[where],
        offsets_min=None if offsets is None else offsets[where],
    )
