"""Written times become moments of the clock on the wall, many at once.

The order of day and month is never guessed row by row: it is settled for the whole file, by a day above twelve, by days
that follow one another, or by what the program that wrote the file is known to write; then it is said.
"""

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.recordings.clocks import cure_of_time
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Floats, Times

Order = Literal["dmy", "mdy"]
DAY_US = 86_400_000_000
MINUTE_US = 60_000_000
EPOCH = date(1970, 1, 1).toordinal()
_SAID = {"dmy": "the day first", "mdy": "the month first"}
# Months by their first three letters in the languages in which devices write them, accents left out.
_MONTHS = (
    "jan janv gen ene", "feb fev fevr", "mar mrt mrz mars", "apr abr avr", "may mai mag mei maj", "jun juin giu",
    "jul juil lug", "aug ago aou aout", "sep set sept", "oct okt ott out", "nov", "dec dez dic",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NUMERIC = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})")
_NAMED = re.compile(r"(\d{1,2})[-/. ]([^\W\d]{3,})\.?[-/. ](\d{4}|\d{2})")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,:](\d{1,9}))?)?(?:\s*([AaPp])\.?[Mm]\.?)?")
_BOTH = re.compile(r"(.+?)(?:\s+|T)(\d{1,2}:.*)")
_ZONED = re.compile(r"\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)\s*(?:\[[^\]]*\])?$")
_ACCENTS = str.maketrans("äáàâéèêëíîïóôöúûüçñ", "aaaaeeeeiiiooouuucn")


class _Day(NamedTuple):
    """A written date: a day of the calendar, or two readings of it."""

    ymd: int | None
    dmy: int | None
    mdy: int | None


def _ordinal(year: int, month: int, day: int) -> int | None:
    if year < 100:
        year += 2000 if year < 70 else 1900
    try:
        return date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return None


def _day(text: str) -> _Day:
    """Return what a date may mean, in days since 1970; nothing where it is none."""
    if found := _NUMERIC.fullmatch(text):
        first, _, second, third = found.groups()
        a, b, c = int(first), int(second), int(third)
        if len(first) == 4:
            return _Day(_ordinal(a, b, c), None, None)
        return _Day(None, _ordinal(c, b, a), _ordinal(c, a, b)) if len(third) in (2, 4) else _Day(None, None, None)
    if found := _NAMED.fullmatch(text):
        word = found[2].lower().translate(_ACCENTS)
        month = MONTHS.get(word[:4]) or MONTHS.get(word[:3])
        return _Day(_ordinal(int(found[3]), month, int(found[1])) if month else None, None, None)
    if found := _COMPACT.fullmatch(text):
        return _Day(_ordinal(*(int(part) for part in found.groups())), None, None)
    return _Day(None, None, None)


def _time_of_day(text: str) -> int | None:
    """Return microseconds since midnight; None where it is no time. 24:00 is the end of the day."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if half := (found[5] or "").lower():
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second):
        return None
    return (hour * 3600 + minute * 60 + second) * 1_000_000 + int(f"{found[4] or '0':0<6.6}")


def offset_min(zone: str) -> float:
    """Return the minutes that a clock is ahead of UTC, from Z, UTC, +01:00 or +0100."""
    if zone in ("Z", "UTC", "GMT"):
        return 0.0
    digits = zone[1:].replace(":", "")
    return (int(digits[:2]) * 60.0 + int(digits[2:])) * (-1.0 if zone[0] == "-" else 1.0)


class Moments(NamedTuple):
    """Times as they were written, read."""

    starts: Times
    offsets_min: Floats | None = None  # None where no time carries a zone
    zone: str | None = None  # of the first time, as written
    notes: tuple[str, ...] = ()


class Stamps:
    """Collects written times row by row, and reads them when all are there.

    ``usual`` is the order of day and month that the program is known to write, ``surely`` one that the file states.
    """

    def __init__(self, source: Source, usual: Order | None = None, surely: Order | None = None) -> None:
        self._source, self._usual, self._surely = source, usual, surely
        self._rows: list[int] = []
        self._days: list[int] = []
        self._times: list[int] = []
        self._offsets: list[float] = []
        self._texts: dict[str, int] = {}  # date as written -> its number, in order of appearance
        self._clock: dict[str, tuple[int, float] | None] = {}  # time as written -> microseconds, minutes ahead of UTC
        self.zone: str | None = None

    def __len__(self) -> int:
        """Return how many times there are."""
        return len(self._rows)

    def add(self, row: int, text: str) -> None:
        """Add a date with a time of day behind it; without one it is midnight."""
        text = text.strip()
        if found := _BOTH.fullmatch(text):
            self.add_parts(row, found[1], found[2])
        elif ":" in text:
            raise self._bad(row, text)
        else:
            self.add_parts(row, text, "0:00")

    def add_parts(self, row: int, day: str, time: str) -> None:
        """Add a date and a time of day that stand apart."""
        if time not in self._clock:
            self._clock[time] = self._read_time(time)
        moment = self._clock[time]
        if moment is None:
            raise self._bad(row, f"{day} {time}".strip())
        self._rows.append(row)
        self._days.append(self._texts.setdefault(day, len(self._texts)))
        self._times.append(moment[0])
        self._offsets.append(moment[1])

    def add_minute(self) -> None:
        """Add the minute after the time that was added last."""
        self._rows.append(self._rows[-1])
        self._days.append(self._days[-1])
        self._offsets.append(self._offsets[-1])
        self._times.append(self._times[-1] + MINUTE_US)

    def _read_time(self, text: str) -> tuple[int, float] | None:
        """Return a time of day; None where it is none, or where only some times of the file carry a zone."""
        found = _ZONED.search(text)
        if found and not self._rows:
            self.zone = found[0].strip()
        if (found is not None) != (self.zone is not None):
            return None
        micros = _time_of_day(text[: found.start()] if found else text)
        return None if micros is None else (micros, offset_min(found[1]) if found else 0.0)

    def _bad(self, row: int, text: str) -> Exception:
        what = f'Row {row}: "{text[:40]}" is not a date and time.'
        return self._source.fault(what, cure_of_time(text), row=row, seen=text[:40], code="bad-time")

    def read(self) -> Moments:
        """Return the moments, in the order in which they were added."""
        texts = [text.strip() for text in self._texts]
        days = [_day(text) for text in texts]
        order, notes = self._order(texts, days)
        chosen = [day.ymd if day.ymd is not None else (day.dmy if order == "dmy" else day.mdy) for day in days]
        for number, day in enumerate(chosen):
            if day is None:
                raise self._bad(self._rows[self._days.index(number)], texts[number])
        table = np.array(chosen, dtype=np.int64)
        self.rows = np.array(self._rows, dtype=np.int64)
        micros = table[np.array(self._days, dtype=np.int64)] * DAY_US + np.array(self._times, dtype=np.int64)
        offsets = np.array(self._offsets) if self.zone is not None else None
        return Moments(micros.view("datetime64[us]"), offsets, self.zone, notes)

    def _order(self, texts: Sequence[str], days: Sequence[_Day]) -> tuple[Order, tuple[str, ...]]:
        """Return which of day and month comes first, and what to say of it; a file that says neither is refused."""
        loose = [day for day in days if day.ymd is None]
        if not loose:
            return "dmy", ()
        orders: tuple[Order, ...] = ("dmy", "mdy")
        fits = {order: all(getattr(day, order) is not None for day in loose) for order in orders}
        known = self._surely or self._usual
        possible = [order for order in orders if fits[order]]
        if len(possible) == 1:
            if self._surely not in (None, possible[0]):
                said, seen = _SAID[str(self._surely)], _SAID[possible[0]]
                what = f"Its header says that dates have {said}, but its dates have {seen}."
                raise self._source.fault(what, "Write dates like 2009-10-16.", code="bad-time")
            return possible[0], ()
        if not possible:
            odd = next((n for n, day in enumerate(days) if day == (None, None, None)), None)
            if odd is None:
                what = "Some of its dates have the day first, others the month first."
                raise self._source.fault(what, "Write dates like 2009-10-16.", code="bad-time")
            raise self._bad(self._rows[self._days.index(odd)], texts[odd])
        if self._surely:
            return self._surely, ()
        runs = [order for order in orders if _follow([getattr(day, order) for day in loose])]
        if len(runs) == 1:
            return runs[0], ()
        if known is None and loose[0].dmy != loose[0].mdy:
            what = (
                f'Dates such as "{texts[0]}" may have the day or the month first, and nothing in the file says which.'
            )
            raise self._source.fault(what, "Write dates like 2009-10-16.", seen=texts[0], code="bad-time")
        return known or "dmy", (
            f'Dates such as "{texts[0]}" are read with {_SAID[known or "dmy"]}, as is usual for this format.',
        )


def _follow(days: Sequence[int]) -> bool:
    """Return whether different days follow each other without a gap, as those of a recording do."""
    return len(days) > 1 and all(after - before == 1 for before, after in pairwise(days))


def even(start: np.datetime64, count: int, seconds: float) -> Times:
    """Return the starts of samples of one length."""
    steps: NDArray[np.int64] = np.rint(np.arange(count) * (seconds * 1e6)).astype(np.int64)
    moments: Times = start.astype("datetime64[us]") + steps.astype("timedelta64[us]")
    return moments
