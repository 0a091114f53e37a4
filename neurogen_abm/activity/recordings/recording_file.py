"""A recording as a comma-separated file, read strictly: every error names its row, nothing is guessed."""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from neurogen_abm.activity.recordings.series import RecordedSample, RecordingError, Samples

LARGEST_FILE = 200_000_000  # bytes; a year of minutes is about 15 million
_LONGEST_LINE = 100_000  # characters
RecordedSamples: TypeAlias = dict[str | None, Samples]  # by animal; None where the file names none
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


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

    def samples(self, time: str, value: str, animal_columns: Sequence[str]) -> RecordedSamples:
        """Return the samples of each animal, in the order of the file, named by the first animal column there is."""
        where_time, where_value = self.columns.index(time), self.columns.index(value)
        where_animal = next((self.columns.index(name) for name in animal_columns if name in self.columns), None)
        found: RecordedSamples = {}
        for row, cells in self._rows():
            name = None if where_animal is None else cells[where_animal].strip()
            start = self._time(cells[where_time], row)
            sample = RecordedSample(row, start, self._number(cells[where_value], value, row))
            found.setdefault(name, Samples()).append(sample)
        if not found:
            what = "The file has a header but no samples."
            raise self.fault(what, "Give a longer recording.", code="empty-recording")
        return found

    def _time(self, text: str, row: int) -> datetime:
        try:
            time = datetime.fromisoformat(text.strip())
        except ValueError:
            what, cure = f'Row {row}: "{text[:30]}" is not a date and time.', "Write times like 2009-10-16T17:00:00."
            raise self.fault(what, cure, row=row, seen=text, code="bad-time") from None
        if time.tzinfo is not None:
            what = f'Row {row}: "{text[:40]}" carries a time zone, but recordings hold the clock time of the animal.'
            raise self.fault(what, "Write local clock times, without a zone.", row=row, seen=text, code="bad-time")
        return time

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
