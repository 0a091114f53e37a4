"""Tables of text: what parts the columns, where the header stands, and numbers as people of any country write them."""

import csv
import math
import re
from collections.abc import Callable, Collection, Iterator, Sequence

from neurogen_abm.activity.recordings.formats.source import Source

DELIMITERS = (",", ";", "\t")
MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "kz", "-", "nd"})
_COMMA = re.compile(r"[+-]?\d*,\d+")
_SURE_COMMA = re.compile(r"[+-]?(0,\d+|\d+,(\d{1,2}|\d{4,}))")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")


def plain_name(cell: str) -> str:
    """Return the name of a column in lower case, without quotes, spaces at the ends, or a colon behind it."""
    return " ".join(cell.strip().strip('"').strip().rstrip(":").split()).lower()


def cells_of(line: str, delimiter: str) -> list[str]:
    """Part a line into its cells; quotes may hold the delimiter."""
    return next(csv.reader([line], delimiter=delimiter)) if '"' in line else line.split(delimiter)


class Table:
    """The rows of a file under the first line that is its header; ``columns`` are plain names."""

    def __init__(self, source: Source, row: int, delimiter: str, header: Sequence[str]) -> None:
        self.source, self.row, self.delimiter = source, row, delimiter
        self.header = [cell.strip().strip('"').strip() for cell in header]
        self.columns = [plain_name(cell) for cell in header]
        self._decimal_comma = any(
            _SURE_COMMA.fullmatch(cell.strip().strip('"').strip())
            for line in source.top[row:]
            for cell in (cells_of(line, delimiter) if delimiter != "," or '",' in line else ())
        )

    def index(self, *names: str) -> int | None:
        """Return the place of the first of these columns that is there."""
        return next((self.columns.index(name) for name in names if name in self.columns), None)

    def needed(self, *names: str) -> int:
        """Return the place of the first of these columns that is there; without any the file is refused."""
        place = self.index(*names)
        if place is None:
            what = f'It has no column "{names[0]}".'
            raise self.source.fault(what, "Export it with that column.", row=self.row, code="unknown-format")
        return place

    def rows(self, *places: int | None) -> Iterator[tuple[int, list[str]]]:
        """Yield row numbers and cells below the header; a row without a cell at one of the places is refused."""
        least = 1 + max(place for place in places if place is not None)
        for number, line in self.source.lines():
            if number <= self.row:
                continue
            try:
                cells = cells_of(line, self.delimiter)
            except csv.Error as error:
                what, cure = f"Row {number} cannot be parsed: {error}.", "Write each row as plain cells."
                raise self.source.fault(what, cure, row=number, code="broken-row") from None
            if len(cells) < least:
                if not any(cell.strip() for cell in cells):
                    continue
                what = f'Row {number} has {len(cells)} cells, at least {least} are needed: "{line.strip()[:60]}".'
                cure = "Complete the row or delete it; the file may have been cut short."
                raise self.source.fault(what, cure, row=number, seen=line.strip()[:60], code="broken-row")
            yield number, cells

    def number(self, text: str, column: str, row: int, *, signed: bool = False) -> float:
        """Return a finite number, NaN for an empty cell; negative ones are refused unless `signed`."""
        text = text.strip().strip('"').strip()
        try:
            value = float(text.replace("_", "?"))  # Python would read 1_0 as ten
        except ValueError:
            if text.lower() in MISSING:
                return math.nan
            value = self._with_comma(text, column, row)
        if math.isnan(value):
            return value
        if math.isinf(value) or (value < 0.0 and not signed):
            what = f"Row {row}: {column} is {text[:30]}; it must be zero or more, and finite."
            raise self.source.fault(what, "Leave the cell empty where nothing was measured.", row=row, seen=text)
        return value

    def _with_comma(self, text: str, column: str, row: int) -> float:
        """Read 1,5 as one and a half; what may be a thousand is refused until another cell has settled it."""
        if not _COMMA.fullmatch(text) and not _THOUSANDS.fullmatch(text):
            what = f'Row {row}: {column} is "{text[:30]}", which is not a number.'
            raise self.source.fault(what, "Leave the cell empty where nothing was measured.", row=row, seen=text)
        if _THOUSANDS.fullmatch(text) and not self._decimal_comma:
            what = f'Row {row}: {column} is "{text[:30]}", which may be thousands or have a decimal comma.'
            cure = "Write decimals with a point, like 1.5, and thousands without a comma."
            raise self.source.fault(what, cure, row=row, seen=text, code="decimal-comma")
        return float(text.replace(",", "."))


def find_table(
    source: Source, wanted: Callable[[Collection[str]], bool], lines: Sequence[str] | None = None
) -> Table | None:
    """Return the table under the first line whose plain names are wanted; None where no line at the top has them."""
    for row, line in enumerate(source.top if lines is None else lines, 1):
        for delimiter in DELIMITERS:
            if delimiter not in line:
                continue
            try:
                header = cells_of(line, delimiter)
            except csv.Error:
                continue
            if wanted({plain_name(cell) for cell in header}):
                return Table(source, row, delimiter, header)
    return None
