"""What a process needs while it lives, and what killed ones have left behind.

A process that is killed (SIGKILL, lack of memory, a power cut) cannot tidy up. The names of what it was writing say
which process that was, and the next one that writes in the same place removes what no living process owns.
"""

import atexit
import os
import platform
import re
import secrets
import shutil
import tempfile
from pathlib import Path

# A folder may be shared with other machines, of whose processes nothing is known here.
_HOST = re.sub(r"[^A-Za-z0-9]", "", platform.node())[:20] or "host"
_OWNER = re.compile(rf"[.-]{_HOST}-(\d+)-[0-9a-f]{{8}}")


def mark() -> str:
    """Return a new ending for the name of something that this process will remove.

    >>> owner(f"neurogen-{mark()}") == os.getpid()
    True
    """
    return f"{_HOST}-{os.getpid()}-{secrets.token_hex(4)}"


def owner(name: str) -> int | None:
    """Return the process of this machine that a name is marked with; None where there is none."""
    found = _OWNER.search(name)
    return int(found[1]) if found else None


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as it can be."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def clear_abandoned(folder: Path, beginning: str) -> None:
    """Remove what processes of this machine that are no more have left in a folder, of names that begin so."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        process = owner(path.name) if path.name.startswith(beginning) else None
        if process is not None and not lives(process):
            remove(path)


def own_folder() -> Path:
    """Return a new folder among the temporary files, which goes when this process does."""
    temporary = Path(tempfile.gettempdir())
    clear_abandoned(temporary, "neurogen-")
    folder = temporary / f"neurogen-{mark()}"
    folder.mkdir(mode=0o700)
    atexit.register(remove, folder)
    return folder


def lives(process: int) -> bool:
    """Return whether a process of this machine, by its number, has not ended."""
    if os.name != "posix":
        return True  # no harmless question is known there; what is left stays
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of somebody else
        return True
    return True
