"""Files to keep, made from the run and not from the screen."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from neurogen_abm.numerals import plain
from neurogen_abm.provenance import provenance_of, recordings_of
from neurogen_abm.run import Result
from neurogen_abm.serve.payload.about import EXPORTS
from neurogen_abm.serve.payload.event_labels import events_of
from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.serve.session.session import Session
from neurogen_abm.storage.csv_text import as_csv

if TYPE_CHECKING:
    import pandas as pd

Query = Mapping[str, str]


class ExportedFile(NamedTuple):
    """A file: its name, its media type, its content."""

    name: str
    kind: str
    content: bytes


def export(session: Session, file: str, query: Query) -> ExportedFile | Callable[[], ExportedFile]:
    """Return a file of a session, or the long job that makes it and needs the session no more.

    Raises
    ------
    Refusal
        There is no such file, it is asked for with times that make no sense, or what it needs is not installed.
    """
    if file not in EXPORTS:
        raise Refusal("There is no such export.", status=404, code="no-export", cure=f"One of: {', '.join(EXPORTS)}.")
    if missing := EXPORTS[file].missing:
        what = f"{file} needs {' and '.join(missing)}, not installed here."
        raise Refusal(what, status=501, code="no-extra", cure="pip install 'neurogen_abm[movie]'.")
    session.life(0)
    name, kind = f"{session.scenario}-seed{session.seed}-{file}", EXPORTS[file].media_type
    if file.startswith("animation."):
        return _animation(session, name, kind, query)
    return ExportedFile(name, kind, _MAKERS[file](session, query))


def result_of(session: Session, arm: int) -> Result:
    """Return one life up to now as the result of a run, with what happened on the way in its provenance."""
    life = session.life(arm)
    model = life.model
    events = [f"day {plain(event['day'])}: {event['text']}" for event in events_of([life])]
    provenance = provenance_of(model, life.began, life.spent_s)
    provenance |= {"recordings": recordings_of(model.spec)[0], "steps": life.step, "changed_on_the_way": events}
    frames = (model.series_frame(), model.cells_frame(), model.map_frame(), model.fields_frame())
    return Result(
        *frames,
        model.spec,
        provenance,
        assays=model.assays_frame(),
        messengers=model.messengers_frame(),
        patterns=model.patterns_frame(),
    )


def _all_arms(session: Session, table: str) -> "pd.DataFrame":
    """Return a table of all lives, one below the other; column ``arm`` counts them from 0."""
    import pandas as pd

    frames = [getattr(life.model, table)().assign(arm=arm) for arm, life in enumerate(session.lives)]
    return pd.concat(frames, ignore_index=True)


def _parquet(frame: "pd.DataFrame") -> bytes:
    return bytes(frame.to_parquet(index=False))


def _report(session: Session, query: Query) -> bytes:
    from neurogen_abm.report.pages.run import render

    return render(result_of(session, _arm(query))).encode()


def _arm(query: Query) -> int:
    return 1 if query.get("arm") == "1" else 0


def _map(session: Session, _: Query) -> bytes:
    from neurogen_abm.serve.payload.pictures import png, sheet_picture

    return png(sheet_picture(session.lives, _title(session)))


def _section(session: Session, query: Query) -> bytes:
    from neurogen_abm.serve.payload.pictures import png, section_picture

    u_um = _number(query, "u_um", -1.0)
    return png(section_picture(session.lives, _title(session), None if u_um < 0 else u_um))


def _organ(session: Session, query: Query) -> bytes:
    from neurogen_abm.scene.organ_picture import organ_picture
    from neurogen_abm.serve.payload.frames import bdnf_limits
    from neurogen_abm.serve.payload.pictures import png

    by, u_um = query.get("by", "group"), _number(query, "u_um", -1.0)
    section_um = None if u_um < 0 else u_um
    model = session.life(_arm(query)).model
    return png(organ_picture(model, by, limits=bdnf_limits(session.lives), section_um=section_um))


def _title(session: Session) -> str:
    return session.lives[0].model.spec.scenario.title or session.scenario


def _animation(session: Session, name: str, kind: str, query: Query) -> Callable[[], ExportedFile]:
    """Return the job that lives the plan again and paints it; the page goes on meanwhile."""
    from neurogen_abm.serve.payload.films import film, frames_of

    plan = session.plan.model_copy(deep=True)
    first = _number(query, "from", max((arm.forked_step or 0) * session.lives[0].step_h / 24.0 for arm in plan.arms))
    last = _number(query, "to", plan.day)
    if not 0.0 <= first <= last <= plan.day:
        span, length = f"day {plain(first)} to day {plain(last)}", plain(plan.day)
        what = f"There is nothing to show from {span}; this life is {length} days long."
        raise Refusal(what, where="from, to", code="bad-span", cure=f"Choose days between 0 and {length}.")
    threads, ending = session.threads, name.rsplit(".", 1)[-1]
    shots = frames_of(session.library, session.cache, plan, first, last, lambda: threads.closed)
    return lambda: ExportedFile(name, kind, film(shots, ending))


def _number(query: Query, key: str, default: float) -> float:
    try:
        value = float(query.get(key, default))
    except ValueError:
        value = float("nan")
    if not abs(value) <= 1e6:
        raise Refusal(f"`{key}` is not a number.", where=key, code="bad-request", cure="Write digits.")
    return value


_MAKERS: dict[str, Callable[[Session, Query], bytes]] = {
    "series.csv": lambda session, _: as_csv(_all_arms(session, "series_frame")).encode(),
    "series.parquet": lambda session, _: _parquet(_all_arms(session, "series_frame")),
    "cells.parquet": lambda session, _: _parquet(_all_arms(session, "cells_frame")),
    "scenario.yaml": lambda session, query: session.life(_arm(query)).model.spec.to_yaml().encode(),
    "report.html": _report,
    "map.png": _map,
    "section.png": _section,
    "organ.png": _organ,
}
