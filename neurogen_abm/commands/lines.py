"""Long lines broken between words, so that they are read in a terminal of any width."""

import shutil
import textwrap

_WIDEST = 100


def wrapped(text: str, width: int | None = None) -> str:
    """Return a text whose lines are no wider than the terminal, nor than 100 columns; what follows is indented.

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
    kept = {"break_long_words": False, "break_on_hyphens": False, "drop_whitespace": True}
    return textwrap.fill(line, width, subsequent_indent=indent, **kept) if len(line) > width else line
