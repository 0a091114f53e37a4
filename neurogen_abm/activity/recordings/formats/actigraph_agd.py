"""ActiGraph AGD: an SQLite database with the tables `settings` and `data`.

Layout of ActiLife 6 files. Times are ticks of a tenth of a microsecond since the year 1. The file is opened so that it
cannot be written, nothing in it is run, and only tables, not views, are read.
"""

import sqlite3
import time
from contextlib import closing
from datetime import datetime
from typing import Any

import numpy as np

from neurogen_abm.activity.recordings.formats.actigraph_csv import AXIS
from neurogen_abm.activity.recordings.formats.clock import Moments
from neurogen_abm.activity.recordings.formats.gathered import track, without_samples
from neurogen_abm.activity.recordings.formats.source import Source
from neurogen_abm.activity.recordings.recording import Recording
from neurogen_abm.activity.recordings.series import MOST_SAMPLES

NAME = "ActiGraph AGD"
_MAGIC = b"SQLite format 3\0"
_SECONDS = 20.0  # longer than any file of this size needs
_TICKS_1970 = (datetime(1970, 1, 1) - datetime(1, 1, 1)).days * 86_400 * 10_000_000


def recognises(file: Source) -> bool:
    """Return whether this is a database of SQLite; `read` says what a foreign one lacks."""
    return file.head.startswith(_MAGIC)


def read(file: Source) -> Recording:
    """Return the counts of axis 1."""
    try:
        with closing(sqlite3.connect(f"{file.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            settings, data = _tables(file, base)
        ticks = np.array([int(row[0]) for row in data], dtype=np.int64)
        counts, light = np.array([row[1:] for row in data], dtype=np.float64).reshape(-1, 2).T
    except (sqlite3.Error, OverflowError, ValueError, TypeError) as fault:
        what, cure = f"The database cannot be read: {fault}.", "Copy the file again from ActiLife."
        raise file.fault(what, cure, code="unreadable-recording") from None
    if not data:
        raise without_samples(file)
    moments = Moments(((ticks - _TICKS_1970) // 10).view("datetime64[us]"))
    lit = light if np.nan_to_num(light).any() else ()
    return Recording(
        file=file.name,
        format=NAME,
        quantity="activity_counts",
        tracks={None: track(range(1, ticks.size + 1), moments, counts, lit)},
        device=f"ActiGraph {settings['devicename']}" if settings.get("devicename") else "ActiGraph",
        epoch_s=float(settings["epochlength"]),
        notes=(AXIS,),
    )


def _tables(file: Source, base: sqlite3.Connection) -> tuple[dict[str, str], list[tuple[Any, Any, Any]]]:
    """Return the settings, and ticks, counts and light of every sample."""
    base.execute("PRAGMA trusted_schema = OFF")
    base.execute("PRAGMA query_only = ON")
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000)
    end = time.monotonic() + _SECONDS
    base.set_progress_handler(lambda: int(time.monotonic() > end), 100_000)
    tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    columns = {row[1].lower() for row in base.execute("PRAGMA table_info('data')")} if "data" in tables else set()
    if "settings" not in tables or not {"datatimestamp", "axis1"} <= columns:
        what = "It is an SQLite database, but not one of ActiLife: it lacks the tables `settings` and `data`."
        raise file.fault(what, "Export the recording as CSV.", code="unknown-format")
    settings = dict(base.execute("SELECT settingName, settingValue FROM settings LIMIT 1000"))
    if not str(settings.get("epochlength", "")).isdigit() or int(settings["epochlength"]) < 1:
        what = "Its settings do not say how long a sample lasts."
        raise file.fault(what, "Export the file again from ActiLife.", code="unknown-format")
    lux = "lux" if "lux" in columns else "NULL"
    order = f"SELECT dataTimestamp, axis1, {lux} FROM data ORDER BY dataTimestamp LIMIT {MOST_SAMPLES}"
    return settings, base.execute(order).fetchall()
