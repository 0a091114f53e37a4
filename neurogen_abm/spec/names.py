"""Names that look alike are alike: an accented letter may be stored as one character or as two."""

import os
import unicodedata
from pathlib import Path


def composed(text: str) -> str:
    """Return text with every accented letter as one character, as most keyboards write it.

    >>> composed("Zoe\u0308") == "Zo\u00eb"
    True
    """
    return unicodedata.normalize("NFC", text)


def as_spelt(path: Path) -> Path:
    """Return the path of the file or folder of this name as its disk spells it; the path itself where there is none.

    Disks of macOS, and archives made there, hold letter and accent apart.
    """
    if str(path).isascii() or os.path.lexists(path) or path.parent == path:
        return path
    folder = as_spelt(path.parent)
    try:
        beside = sorted(os.listdir(folder))
    except (OSError, ValueError):
        return path
    return folder / next((name for name in beside if composed(name) == composed(path.name)), path.name)
