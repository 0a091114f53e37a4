"""A run, or two side by side, as a film on one page: lived again, to the same bits, and its cells kept on the way."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from neurogen_abm.arguments import CALLABLE, FLAG, PLACE, TEXT, Kind, check
from neurogen_abm.errors import InputError, argument
from neurogen_abm.film import pair
from neurogen_abm.film.page import Stage, page_of, stage_of
from neurogen_abm.film.pair import common_intervals, require_alike, require_one_sheet
from neurogen_abm.memory import give_back
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.numerals import plain
from neurogen_abm.run import Progress, Result
from neurogen_abm.scene.film import Reel, recorded_every_h, too_large
from neurogen_abm.scene.lived import live_again, loaded, require_livable
from neurogen_abm.spec.scenario.scenario import Scenario
from neurogen_abm.storage import atomic, run_directory
from neurogen_abm.units import quantity

LARGEST_BYTES: Final = 4_000_000
_MOST_MOMENTS: Final = 1000
_HOPELESS: Final = 12  # bytes of a reel for one of the page: no packing makes that much of it
_RUN = Kind("a directory of a run, or a Result", lambda value: isinstance(value, Result) or PLACE.fits(value))


def replay(
    run: Result | Path | str,
    out: Path | str | None = None,
    *,
    beside: Result | Path | str | None = None,
    every: str | None = None,
    force: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Path:
    """Write a run as a film on one HTML page that plays with a double click; return the page.

    The tables of a run do not hold what every cell was at every time, so the run is lived again from its resolved
    scenario; its series must come out the same to the last bit.

    Parameters
    ----------
    run
        The directory of a run, whose files are verified first, or a result.
    out
        The page; by default beside the directory, ``NAME-replay.html``.
    beside
        A second run, played beside the first with one cursor and one scale of colour, such as its twin: of as much
        tissue of the same species, as long, and begun at the same hour.
    every
        Time from one moment of the film to the next, such as ``6 h``; by default the shortest that fits into 4 MB.
    force
        Replace a page that exists.
    progress
        Called after each step with a `Progress`.

    Raises
    ------
    InputError
        It is no run, or one of a later version, or it comes out differently now; the page exists, or would be larger
        than 4 MB; the two runs cannot be played side by side, or one is a branch. Nothing was written.
    IntegrityError
        A file of the run is damaged.
    EnvironmentFault
        The disk cannot be written, or there is too little memory.

    Examples
    --------
    >>> replay("runs/mouse_wheel_running-seed1")  # doctest: +SKIP
    PosixPath('runs/mouse_wheel_running-seed1-replay.html')
    """
    check(run=(run, _RUN), out=(out, PLACE.or_none), every=(every, TEXT.or_none), force=(force, FLAG))
    check(progress=(progress, CALLABLE.or_none), beside=(beside, _RUN.or_none))
    every_h = None if every is None else _hours(every)
    results = [one if isinstance(one, Result) else loaded(one) for one in (run, beside) if one is not None]
    for result in results:
        require_livable(result)
    if len(results) > 1:
        require_alike(*results)
    target = _target(results) if out is None else Path(out)
    with run_directory.new_file(target, force=force) as place:
        text = film_page(results, every_h, progress=progress)
        return atomic.write_text(place, text)


def _hours(every: str) -> float:
    """Return a time in hours; an InputError that refuses it names the argument."""
    try:
        return quantity(every, "h", above=0)
    except InputError as fault:
        fault.where = argument("every")
        raise


def film_page(
    results: Sequence[Result],
    every_h: float | None = None,
    *,
    largest: int = LARGEST_BYTES,
    progress: Callable[[Progress], None] | None = None,
) -> str:
    """Return the page of one run or two: at the shortest interval that fits into ``largest`` bytes, or as asked for."""
    wanted = _wanted([result.resolved.scenario for result in results], every_h)
    again = "The run was lived" if len(results) == 1 else "Both runs were lived"

    def page(stages: list[Stage], reels: list[Reel], marks: list[dict[str, Any]]) -> bytes:
        said = [*_said(reels[0], wanted[0]), *pair.sentences(results, reels)]
        said += [f"{again} again for this film, to the same numbers."]
        return page_of(stages, reels, marks, said, pair.names(results)).encode()

    made, reel = filmed(results, wanted, largest, page, progress)
    if len(made) <= largest:
        return made.decode()
    if every_h is not None:
        what = f"The film would take {len(made):,} bytes, and {largest:,} are the most."
        raise InputError(what, where=argument("every"), cure="Choose a longer time, or none.", code="too-large")
    raise too_large("a film on one page", reel.every_h)


class _Take(NamedTuple):
    """A life as it was filmed: what stands still, and films of it with the bookmarks of each; not the animal."""

    stage: Stage
    reels: list[Reel]
    marks: list[list[dict[str, Any]]]


def filmed(
    results: Sequence[Result],
    every_h: Sequence[float],
    largest: int,
    made: Callable[[list[Stage], list[Reel], list[dict[str, Any]]], bytes],
    progress: Callable[[Progress], None] | None = None,
    *,
    stage: Callable[[NeurogenesisModel], Stage] = stage_of,
    until_h: float | None = None,
) -> tuple[bytes, Reel]:
    """Return the film of runs, each lived again once, at the first of several intervals that fits; else at the last.

    Parameters
    ----------
    results
        One run, or two that `pair.require_alike` admits.
    every_h
        Intervals to try, h, the shortest first.
    largest
        Bytes that it may take.
    made
        Makes the film of stages, reels and bookmarks.
    progress
        As in `replay`.
    stage
        Takes what stands still.
    until_h
        Where the film ends; by default with the run.
    """
    takes: list[_Take] = []
    film, reels = b"", []
    for result in results:
        if takes:
            give_back()  # each life asks for the memory of one animal
        left = [reel.every_h for reel in takes[0].reels] if takes else every_h
        takes.append(_filmed(result, left, largest, progress, stage, until_h, [take.stage for take in takes]))
    for every in (reel.every_h for reel in takes[-1].reels):
        at = [next(k for k, reel in enumerate(take.reels) if reel.every_h == every) for take in takes]
        reels = [take.reels[k] for take, k in zip(takes, at, strict=True)]
        marks = _marks([take.marks[k] for take, k in zip(takes, at, strict=True)])
        film = made([take.stage for take in takes], reels, marks)
        if len(film) <= largest:
            break
    return film, reels[0]


def _filmed(
    result: Result,
    every_h: Sequence[float],
    largest: int,
    progress: Callable[[Progress], None] | None,
    stage: Callable[[NeurogenesisModel], Stage],
    until_h: float | None,
    known: list[Stage],
) -> _Take:
    """Live one run again and film it; its sheet must be that of lives that are ``known``."""
    end_h = result.resolved.scenario.duration_h if until_h is None else until_h
    stages: list[Stage] = []
    reels: list[Reel] = []

    def see(model: NeurogenesisModel) -> None:
        if not stages:
            stages.append(stage(model))
            require_one_sheet([*known, *stages])
            reels.extend(Reel(model, h) for h in every_h)
        last = model.day * 24 >= end_h - 1e-6
        for reel in list(reels):
            reel.take(model, last=last)
            if reel.n_bytes > _HOPELESS * largest and len(reels) > 1:
                reels.remove(reel)

    model = live_again(result, see, progress, until_h=until_h)
    return _Take(stages[0], reels, [bookmarks(model, reel) for reel in reels])


def _marks(each: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the bookmarks of all lives; where there are two, each says whose it is, unless it is both's."""
    if len(each) == 1:
        return each[0]
    both = [mark for mark in each[0] if mark in each[1]]
    own = [mark | {"text": f"{'AB'[k]}: {mark['text']}"} for k in (0, 1) for mark in each[k] if mark not in both]
    return sorted([*both, *own], key=lambda mark: (mark["day"], mark["text"]))


def _wanted(scenarios: Sequence[Scenario], every_h: float | None) -> list[float]:
    """Return the intervals to try, h; the one asked for must be one that the series of every run has."""
    if every_h is None:
        return common_intervals(scenarios, _MOST_MOMENTS)
    for scenario in scenarios:
        _require_recorded(scenario, every_h)
    return [every_h]


def _require_recorded(scenario: Scenario, every_h: float) -> None:
    """Refuse a time that is no whole number of times that of the series, or longer than the run."""
    cadence_h = recorded_every_h(scenario)
    n, most = every_h / cadence_h, int(scenario.duration_h / cadence_h + 1e-6)
    if n < 1 - 1e-6 or abs(n - round(n)) > 1e-6 or n > most + 1e-6:
        what = f"A film needs a whole number of times {plain(cadence_h)} h, which is how often this run was recorded,"
        what += f" and no more than its {plain(scenario.duration_h)} h."
        cure = f"Choose {plain(cadence_h * min(most, max(1, round(n))))} h."
        raise InputError(what, where=argument("every"), cure=cure, code="bad-interval", seen=every_h)


def _said(reel: Reel, finest_h: float) -> list[str]:
    """Say how far apart moments are, and whether the page would have held more."""
    said = [f"One moment every {plain(reel.every_h)} h; cells that lived only between two are not in it."]
    if reel.every_h > finest_h:
        said.append(f"Moments every {plain(finest_h)} h would not have fitted on a page of this size.")
    return said


def bookmarks(model: NeurogenesisModel, reel: Reel) -> list[dict[str, Any]]:
    """Return what happened and when: running began and ended, labels were given, the first new neuron integrated."""
    series = model.series_frame()
    found: list[tuple[float, str]] = []
    running = series.loc[series["distance_km"].diff().fillna(0.0) > 0, "time_h"]
    if len(running):
        found.append((float(running.iloc[0]), "running starts"))
        if running.iloc[-1] < series["time_h"].iloc[-1] - 48:
            found.append((float(running.iloc[-1]), "running ends"))
    for agent, times in model.histology.labels.injected.items():
        found.append((times[0], f"{agent} given" if len(times) == 1 else f"{agent} first given"))
    if reel.first_integration_h is not None and reel.first_integration_h > 0:
        found.append((reel.first_integration_h, "first neuron born in the run is in the network"))
    return [{"day": time_h / 24, "text": text} for time_h, text in sorted(found)]


def _target(results: Sequence[Result]) -> Path:
    """Return the page beside the directory of the first run."""
    folders = []
    for result in results:
        if result.directory is None:
            what = "This result was not saved, so that its film has no name."
            raise InputError(what, where=argument("out"), code="missing-key", cure="Give `out`.")
        folders.append(result.directory if result.directory.name else result.directory.absolute())
    return folders[0].with_name("-beside-".join(folder.name for folder in folders) + "-replay.html")
