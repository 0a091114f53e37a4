"""A recording as a comma-separated file, read strictly: every error names its row, nothing is guessed."""

import csv
import math
import re
import shlex
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from neurogen_abm.activity.recordings.clocks import cure_of_time
from neurogen_abm.activity.recordings.recording import Quantity, Recording, Track
from neurogen_abm.activity.recordings.series import RecordingError
from neurogen_abm.errors import told

LARGEST_FILE = 200_000_000  # bytes; a year of minutes is about 15 million
_LONGEST_LINE = 100_000  # characters
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_NAMED_ZONE = re.compile(r"\s*(\[[^\]]*\])\s*$")
LIGHT_COLUMNS = ("light", "light_fraction")
_EPOCH, _MICROSECOND = datetime(1970, 1, 1), timedelta(microseconds=1)
_MOST_NAMES = 1000  # distinct entries of a column that may name animals
# What a column of dates, and one of times of day, is often called; a name is only offered, never taken.
_DATED, _TIMED = re.compile(r"date|day|datum|tag|start|stamp", re.I), re.compile(r"time|hour|clock|zeit|uhr|when", re.I)
# What a column of wheel counts is called, and what such a name also says where it holds something else: another
# quantity, a number of a sample or a cage, a rate or a sum. A wrong column would be read without a word.
_COUNTED = re.compile(r"\b(counts?|turns?|revs?|revolutions?|rotations?|umdrehung\w*|wheel\w*)\b|wheel\b")
_OTHERWISE = re.compile(
    r"\b(lights?|lux|illum\w*|temp\w*|humid\w*|samples?|index|ids?|(no|nr|num|number)(?! of)|steps?|activity|beams?"
    r"|axis|speed|velocity|distance|[kc]?m|mi|miles?|met(re|er)s?|rpm|per|total|cumul\w*|diameter|radius|weight|interval"
    r"|times?|dates?|start|end|status|state|errors?|flags?|battery)\b|/"
)
_LONGEST_NAME = 40  # of a column, in a cure


def naming(header: Sequence[str]) -> str:
    """Return how to say what the columns of a file hold, with its own names as an example.

    >>> naming(["Date", "Time", "Wheel 1"])
    'Say what its columns hold, like `columns: {time: "Date", clock: "Time", wheel: "Wheel 1"}`.'
    >>> naming(["Time", "Light"])
    'Say what its columns hold, like `columns: {time: "Time", wheel: "COUNTS"}`, with your own names for COUNTS.'
    """
    names = [cell.strip().strip('"') for cell in header]
    names = [name for name in names if name and len(name) <= _LONGEST_NAME and '"' not in name]
    when = next((name for name in names if _DATED.search(name) or _TIMED.search(name)), "WHEN")
    clock = next((name for name in names if name != when and _TIMED.search(name) and not _TIMED.search(when)), None)
    value = next((name for name in names if name not in (when, clock) and _is_counted(name)), "COUNTS")
    columns = {"time": when, **({"clock": clock} if clock else {}), "wheel": value}
    block = ", ".join(f'{use}: "{name}"' for use, name in columns.items())
    said = f"Say what its columns hold, like `columns: {{{block}}}`"
    typed = [shlex.quote(f"{use}={name}") for use, name in columns.items()]
    said += told("", f" in the scenario, or --column {' --column '.join(typed)} of `neurogen recording`")
    own = [name for name in columns.values() if name not in names]
    return f"{said}, with your own names for {' and '.join(own)}." if own else f"{said}."


def _is_counted(name: str) -> bool:
    """Return whether a column is called as one of wheel counts, and as nothing else.

    >>> [_is_counted(name) for name in ("Cage 1 turns", "WheelCounts", "wheel_no", "Light", "Turns/min")]
    [True, True, False, False, False]
    """
    words = re.sub(r"[^a-z/]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return bool(_COUNTED.search(words)) and not _OTHERWISE.search(words)


class RecordingFile:
    """The rows of a CSV file under its header; ``name`` is that of the file, ``columns`` are its header cells."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path
        header = next((line for _, line in self._lines()), "")
        if not header:
            cure = "Give a recording with a header and samples."
            raise self.fault("The file is empty.", cure, code="empty-recording")
        if re.search(r"[\x00-\x08\x0e-\x1f]", header):
            what, cure = "The file is not text.", "Export the recording as CSV, in UTF-8."
            raise self.fault(what, cure, row=1, code="unreadable-recording")
        if "," not in header and re.search(r"[;\t]", header):
            found = "semicolons" if ";" in header else "tabs"
            columns = naming(re.split(r"[;\t]", header))
            cure = f"{columns} Or save it with commas between columns and points in numbers."
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
        held = _Columns(self, time, value, self._others(time, value))
        for row, cells in self._rows():
            held.add(row, cells)
        if not held.rows:
            what = "The file has a header but no samples."
            raise self.fault(what, "Give a longer recording.", code="empty-recording")
        named_by = next((name for name in animal_columns if name in self.columns), None)
        notes = []
        if named_by is None and (named_by := held.telling_apart()):
            notes.append(f"Its times repeat; the column `{named_by}` tells the animals apart.")
        tracks = {name: held.track(where) for name, where in held.animals(named_by).items()}
        return Recording(self.name, form, quantity, tracks, zone=held.zone, named_by=named_by, notes=tuple(notes))

    def _others(self, time: str, value: str) -> list[str]:
        """Return the columns that may name animals."""
        return [name for name in self.columns if name not in (time, value, *LIGHT_COLUMNS)]

    def time(self, text: str, row: int) -> datetime:
        """Return the time of a row, with the zone that it carries."""
        try:
            return datetime.fromisoformat(text.strip())
        except ValueError:
            what, cure = f'Row {row}: "{text[:30]}" is not a date and time.', cure_of_time(text)
            raise self.fault(what, cure, row=row, seen=text, code="bad-time") from None

    def number(self, text: str, column: str, row: int) -> float:
        """Return a value that is finite and not negative; NaN for an empty cell or one that says NaN."""
        stripped = text.strip()
        if stripped.lower() in ("", "nan", "na"):
            return math.nan
        if _DECIMAL_COMMA.fullmatch(stripped):
            what = f'Row {row}: {column} is "{stripped}", with a decimal comma.'
            raise self.fault(what, "Write decimals with a point, like 1.5.", row=row, seen=text, code="decimal-comma")
        try:
            number = float(stripped.replace("_", "?"))  # Python would read 1_0 as ten
        except ValueError:
            what = f'Row {row}: {column} is "{stripped[:30]}", which is not a number.'
            raise self.fault(what, "Leave the cell empty where nothing was measured.", row=row, seen=text) from None
        if not math.isfinite(number) or number < 0.0:
            what = f"Row {row}: {column} is {stripped[:30]}; it must be zero or more, and finite."
            raise self.fault(what, "Leave the cell empty where nothing was measured.", row=row, seen=text)
        return number


class _Names:
    """The entries of a column that may name animals, each kept once; none where there are too many."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.codes = array("i")

    def add(self, text: str) -> None:
        """Note the entry of a row."""
        if len(self.known) <= _MOST_NAMES:
            self.codes.append(self.known.setdefault(text, len(self.known)))


class _Columns:
    """The samples of a file as numbers, row by row: the text of a row is forgotten once it is read."""

    def __init__(self, file: RecordingFile, time: str, value: str, others: Sequence[str]) -> None:
        self._file, self._value = file, value
        self._time_at, self._value_at = file.columns.index(time), file.columns.index(value)
        self._light = next((name for name in LIGHT_COLUMNS if name in file.columns), None)
        self._names = {name: _Names() for name in others}
        self._places = [(file.columns.index(name), column) for name, column in self._names.items()]
        self.rows, self._starts = array("i"), array("q")
        self._values, self._lights, self._offsets = array("d"), array("d"), array("d")
        self.zone: str | None = None

    def add(self, row: int, cells: Sequence[str]) -> None:
        """Read a row."""
        self.rows.append(row)
        self._add_time(cells[self._time_at], row)
        self._values.append(self._file.number(cells[self._value_at], self._value, row))
        if self._light is not None:
            self._lights.append(self._file.number(cells[self._file.columns.index(self._light)], self._light, row))
        for place, names in self._places:
            names.add(cells[place])

    def _add_time(self, text: str, row: int) -> None:
        """Keep the clock time as written, and minutes ahead of UTC where it carries a zone."""
        named = _NAMED_ZONE.search(text)
        start = self._file.time(text[: named.start()] if named else text, row)
        ahead = start.utcoffset()
        if ahead is not None and self.zone is None:
            self.zone = f"{start:%z}{f' {named[1]}' if named else ''}"
        if len(self._starts) and (ahead is not None) != bool(self._offsets):
            what = f"Row {row}: some times carry a zone, others none."
            raise self._file.fault(what, "Write all times alike.", row=row, code="bad-time")
        self._starts.append((start.replace(tzinfo=None) - _EPOCH) // _MICROSECOND)
        if ahead is not None:
            self._offsets.append(ahead.total_seconds() / 60.0)

    def telling_apart(self) -> str | None:
        """Return the first column within whose entries no time repeats, where times do; None where there is none."""
        starts = np.frombuffer(self._starts, np.int64)
        if np.unique(starts).size == starts.size:
            return None
        for name, names in self._names.items():
            codes = np.frombuffer(names.codes, np.int32)
            if codes.size < starts.size or not 1 < len(names.known) <= _MOST_NAMES or "" in names.known:
                continue
            apart = np.unique(np.stack([codes, starts]), axis=1).shape[1] == starts.size
            if apart and np.bincount(codes).min() > 1:
                return name
        return None

    def animals(self, named_by: str | None) -> dict[str | None, Any]:
        """Return where each animal stands, in the order in which names first appear."""
        if named_by is None:
            return {None: slice(None)}
        names = self._names[named_by]
        codes = np.frombuffer(names.codes, np.int32)
        if codes.size < len(self.rows):
            what = f"The column `{named_by}` names more than {_MOST_NAMES} animals."
            raise self._file.fault(what, "Split the file.", row=int(self.rows[codes.size]), code="large-recording")
        plain: dict[str | None, list[int]] = {}
        for text, code in names.known.items():
            plain.setdefault(text.strip(), []).append(code)
        if len(plain) == 1:
            return dict.fromkeys(plain, slice(None))
        return {name: np.flatnonzero(np.isin(codes, of)) for name, of in plain.items()}

    def track(self, where: Any) -> Track:
        """Return the samples of an animal."""
        starts = np.frombuffer(self._starts, np.int64)[where].astype("datetime64[us]")
        return Track(
            rows=np.frombuffer(self.rows, np.int32)[where],
            starts=starts,
            values=np.frombuffer(self._values, np.float64)[where],
            light=None if self._light is None else np.frombuffer(self._lights, np.float64)[where],
            offsets_min=None if self.zone is None else np.frombuffer(self._offsets, np.float64)[where],
        )
