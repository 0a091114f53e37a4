"""Long lines broken between words, so that they are read in a terminal of any width."""

import re
import shutil
import textwrap

_WIDEST = 100
_QUANTITY = re.compile(r"(?<=\d) (?=[^\W\d_]|%)")  # between a number and its unit


def wrapped(text: str, width: int | None = None) -> str:
    """Return a text whose lines are no wider than the terminal, nor than 100 columns; what follows is indented.

    A number and its unit stay together.

    Examples
    --------
    >>> print(wrapped("  BDNF raises the activation hazard of dormant stem cells.", 40))
      BDNF raises the activation hazard of
          dormant stem cells.
    """
    most = width or max(40, min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns))
    return "\n".join(_broken(line, most) for line in text.splitlines())


def _broken(line: str, width: int) -> str:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    if len(line) <= width:
        return line
    whole = _QUANTITY.sub("\N{NO-BREAK SPACE}", line)
    found = textwrap.fill(whole, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return found.replace("\N{NO-BREAK SPACE}", " ")
