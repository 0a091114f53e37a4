"""What is worked out once and kept in the user's cache: believed only where it is whole and of the same origin.

Nothing depends on it. Where it is missing, damaged, of other files, or cannot be written, the work is done again.
"""

import hashlib
import os
import tempfile
from pathlib import Path


def folder() -> Path:
    """Return the folder of what is kept; a RuntimeError says that the user has no home."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "neurogen_abm"


def kept(name: str, key: str) -> str | None:
    """Return the text that was kept under a name for a key, None where there is none, or not that one to the byte."""
    try:
        head, _, text = (folder() / name).read_text(encoding="utf-8").partition("\n")
    except (OSError, RuntimeError, UnicodeDecodeError):
        return None
    return text if head == _head(key, text) else None


def keep(name: str, key: str, text: str) -> None:
    """Keep a text under a name in place of what was kept there; where nothing can be written, nothing is kept.

    It takes its name in one move, so that another process meets the old text or the new one.
    """
    aside = None
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder(), prefix=f".{name}-", encoding="utf-8", delete=False) as file:
            aside = Path(file.name)
            file.write(f"{_head(key, text)}\n{text}")
        aside.replace(folder() / name)
    except (OSError, RuntimeError):
        if aside is not None:
            aside.unlink(missing_ok=True)


def _head(key: str, text: str) -> str:
    """Return the first line of a kept file: of what it was made, and the digest of what follows."""
    return f"{key} {hashlib.sha256(text.encode()).hexdigest()}"
