"""What the server says in its terminal besides its address: one line per kind of fault, however often it happens."""

import logging
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

LOGGER = logging.getLogger("neurogen_abm.serve")


class OneLine(logging.Handler):
    """Writes each kind of record once, as one line: its sentence, and of an error what it was and where it arose."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._told: set[tuple[object, ...]] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record to stderr, unless one of its kind was."""
        fault, place = None, ""
        if record.exc_info and record.exc_info[1] is not None:
            fault = record.exc_info[1]
            place = _place(fault.__traceback__)
        kind = (record.name, record.msg.splitlines()[0], type(fault), place)
        if kind in self._told:
            return
        self._told.add(kind)
        sentence = record.getMessage().splitlines()[0]
        if fault is not None:
            said = " ".join(str(fault).split())[:200]
            sentence = f"{sentence} {type(fault).__name__}{f': {said}' if said else ''} ({place})"
        sys.stderr.write(f"neurogen: {sentence} Further ones of this kind are not shown.\n")
        sys.stderr.flush()


def _place(trace: TracebackType | None) -> str:
    """Return the innermost place of this package on the way to a fault, or else the innermost of all."""
    frames = traceback.extract_tb(trace)
    own = [frame for frame in frames if "neurogen_abm" in frame.filename]
    frame = next(iter([*own[::-1], *frames[::-1]]), None)
    return f"{Path(frame.filename).name}:{frame.lineno}" if frame else "place unknown"


def log_config() -> dict[str, Any]:
    """Return what uvicorn is to set up: its words, those of asyncio and those of the server go through `OneLine`."""
    one = {"handlers": ["terminal"], "level": "WARNING", "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"terminal": {"class": f"{__name__}.{OneLine.__name__}"}},
        "loggers": dict.fromkeys(("uvicorn", "asyncio", LOGGER.name), one),
    }
