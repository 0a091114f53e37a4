"""Files to keep, made from the run and not from the screen."""

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.serve.session import Session

if TYPE_CHECKING:
    import pandas as pd


class Made(NamedTuple):
    """A file: its name, its media type, its content."""

    name: str
    kind: str
    content: bytes


def export(session: Session, file: str, asked: Mapping[str, str]) -> Made:
    """Return a file of a session.

    Raises
    ------
    Refusal
        There is no such file, or what it needs is not installed.
    """
    if file not in _MAKERS:
        raise Refusal("There is no such export.", status=404, code="no-export", cure=f"One of: {', '.join(_MAKERS)}.")
    session.life(0)
    kind, make = _MAKERS[file]
    return Made(f"{session.scenario}-seed{session.seed}-{file}", kind, make(session, asked))


def series_frame(session: Session) -> "pd.DataFrame":
    """Return the series of all lives, one below the other; column ``arm`` counts them from 0."""
    import pandas as pd

    frames = [life.model.series_frame().assign(arm=arm) for arm, life in enumerate(session.lives)]
    return pd.concat(frames, ignore_index=True)


def _series_csv(session: Session, _: Mapping[str, str]) -> bytes:
    return bytes(series_frame(session).to_csv(index=False).encode())


def _parquet(frame: "pd.DataFrame") -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _series_parquet(session: Session, _: Mapping[str, str]) -> bytes:
    return _parquet(series_frame(session))


def _cells_parquet(session: Session, _: Mapping[str, str]) -> bytes:
    import pandas as pd

    frames = [life.model.cells_frame().assign(arm=arm) for arm, life in enumerate(session.lives)]
    return _parquet(pd.concat(frames, ignore_index=True))


def _scenario(session: Session, asked: Mapping[str, str]) -> bytes:
    return session.life(_arm(asked)).model.spec.to_yaml().encode()


def _arm(asked: Mapping[str, str]) -> int:
    return 1 if asked.get("arm") == "1" else 0


_MAKERS: dict[str, tuple[str, Callable[[Session, Mapping[str, Any]], bytes]]] = {
    "series.csv": ("text/csv; charset=utf-8", _series_csv),
    "series.parquet": ("application/vnd.apache.parquet", _series_parquet),
    "cells.parquet": ("application/vnd.apache.parquet", _cells_parquet),
    "scenario.yaml": ("application/yaml", _scenario),
}
