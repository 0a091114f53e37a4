"""Sections of the report of a run that are there only where they have something to show.

Muscle, messengers, mind and drive stand behind BDNF; memory and the answers to patterns behind the other assays.
"""

from __future__ import annotations

import pandas as pd

from neurogen_abm.experiments.uncertainty import NAME, Uncertainty
from neurogen_abm.numerals import plain
from neurogen_abm.report.figures import assays, body, messengers, recall
from neurogen_abm.report.figures.style import Figure
from neurogen_abm.report.pages import uncertainty
from neurogen_abm.report.pages.findings import Section, Table
from neurogen_abm.run import Result
from neurogen_abm.spec.scenario import messenger_sentences, network_sentences, sentences
from neurogen_abm.spec.scenario.activity import QUIET, STOPPING
from neurogen_abm.spec.scenario.histology import NETWORK_MEASURES
from neurogen_abm.spec.scenario.messengers import in_blood
from neurogen_abm.storage import run_directory
from neurogen_abm.words import spoken

_MESSENGERS = (
    "Level of each messenger in blood over that at rest; bold: daily mean, thin: every recorded interval. Dotted: what "
    "was published for a single bout, named on the right; it is no target of this run."
)
_MUSCLE = (
    "Mass, strength and aerobic capacity over those of a sedentary young adult. Below, where the body could not do "
    "all: distance asked for and done, and for how many minutes of a day it did less."
)
_SHADED = " Shaded: days on which exercise or everyday activity was taken away."
_MIND = (
    "What stands for a feeling is an index of this model and nobody has measured it. The drive changes wheel running "
    "only where an arm of the feedback acts."
)
_MEMORY = (
    "Dotted: when it was learned. Retrieval is the share of the memory's terminals that is left; freezing is one test "
    "of this animal, with the luck that animals of one memory differ by."
)
_DRAWN = ("new_neurons", "n_ki67", "n_dcx", "bdnf_niche_pg_ml")  # with bands, where a posterior was asked for
_MOST_COLUMNS = 6  # of a table of assays; more times are drawn
_PATTERNS = (
    "Pairs of entorhinal patterns, and how much the answers of this animal's granule cells to them are alike. Below "
    "the dotted line patterns are separated, above it drawn together. Pale: earlier days."
)


def of_the_body(result: Result) -> list[Section]:
    """Return the sections on muscle, messengers, mind and drive, as far as there is something to show."""
    found = (_muscle(result), _messengers(result), _mind(result))
    return [section for section in found if section is not None]


def of_the_draws(result: Result) -> list[Section]:
    """Return the section on what a posterior leaves open, where the run was saved with its bands."""
    if result.directory is None:
        return []
    record = run_directory.read_provenance(result.directory)
    if (name := f"{NAME}.parquet") not in record["files"]:
        return []
    found = Uncertainty.read(run_directory.checked(result.directory, name, record))
    drawn = [column for column in _DRAWN if len(found.of(column))]
    return [uncertainty.section(found, drawn)]


def of_the_laboratory(result: Result) -> list[Section]:
    """Return the sections on memory and on patterns, where an assay asked for them."""
    found = (_memory(result), _patterns(result))
    return [section for section in found if section is not None]


def performed(result: Result) -> list[str]:
    """Say what the body did of what was asked of it, where it could not do all; else nothing."""
    if not len(result.series) or "short_min" not in result.series:  # results of older versions have no such column
        return []
    last = result.series.iloc[-1]
    if not last["short_min"]:
        return []
    done, asked = (f"{plain(float(last[name]), 3)} km" for name in ("distance_km", "distance_asked_km"))
    short = plain(float(last["short_min"]), 4)
    return [f"The body could not do all of its schedule: {done} of {asked}; it did less than asked in {short} min."]


def _muscle(result: Result) -> Section | None:
    series = result.series
    if not body.muscle_changes(series):
        return None
    said = [_at_its_least(series, column) for column in ("muscle_mass", "strength", "fitness") if column in series]
    quiet = _quiet_days(result)
    figure = Figure("muscle", body.muscle(series, quiet), f"{_MUSCLE}{_SHADED if quiet else ''}")
    return Section("Muscle", [" ".join(said), *performed(result)], [figure])


_NAMES = {"muscle_mass": "Muscle mass", "strength": "Strength", "fitness": "Aerobic capacity"}


def _at_its_least(series: pd.DataFrame, column: str) -> str:
    """Say what a part of the body was at the start, at its least, and at the end."""
    values = series[column]
    start, least, end = (plain(float(value), 3) for value in (values.iloc[0], values.min(), values.iloc[-1]))
    said = f"{_NAMES[column]}: {start} at the start, {end} at the end"
    if least in (start, end):
        return f"{said}."
    return f"{said}, {least} at its least, on day {plain(float(series['day'].iloc[int(values.argmin())]), 3)}."


def _messengers(result: Result) -> Section | None:
    figures = messengers.time_courses(result.messengers, result.resolved)
    if not figures:
        return None
    catalogue, said = result.resolved.catalogue, messenger_sentences.messengers(result.resolved)
    names = in_blood(result.resolved.scenario, catalogue)
    labels = [str(catalogue.signals[name]["label"]) for name in names]
    words = pd.DataFrame({"messenger": labels, "what makes it rise, and how it reaches the niche": said[: len(names)]})
    placed = [Figure("messengers", figure, _MESSENGERS) for figure in figures]
    return Section("Messengers", said[len(names) :], placed, [Table("Each in words", words, shown=False)])


def _mind(result: Result) -> Section | None:
    """Return drive and mood, where an arm of the feedback acts or mood is followed."""
    arms = sentences.arms(result.resolved)
    said = [*sentences.driven(result.resolved), *sentences.felt(result.resolved)]
    if not (arms or said) or len(result.series) < 2:
        return None
    quiet = _quiet_days(result)
    figure = Figure("mind", body.mind(result.series, quiet), f"{_MIND}{_SHADED if quiet else ''}")
    if not arms:
        return Section("Mind and drive", [*said, "No arm of the feedback acts in this run."], [figure])
    rows = [(a.name, a.does, plain(a.strength), a.grade, a.status, f"{a.stands}. {a.idle}".strip()) for a in arms]
    columns = ["arm", "what it does", "strength", "grade", "status", "how it stands"]
    table = Table("Arms of the feedback that act", pd.DataFrame(rows, columns=columns))
    return Section("Mind and drive", said, [figure], [table])


def _quiet_days(result: Result) -> list[tuple[float, float]]:
    kinds = tuple(dict.fromkeys((*STOPPING, *QUIET)))
    return body.quiet_days(result.resolved.scenario.activity, kinds, float(result.series["time_h"].max()))


def _memory(result: Result) -> Section | None:
    tests = {
        assay.name: (assay.measure, assay.learned_h)
        for assay in result.resolved.scenario.assays
        if assay.measure is not None and assay.learned_h is not None
    }
    if not tests or not result.assays["name"].isin(tests).any():
        return None
    end_d = float(result.series["time_h"].max()) / 24
    figure = Figure("memory", recall.memory_courses(result.assays, tests, end_d), _MEMORY)
    return Section("Memory", sentences.memories(result.resolved), [figure])


def _patterns(result: Result) -> Section | None:
    """Return the answers to patterns, at every time at which an assay asked, and what the assays read off them."""
    asked = [assay.name for assay in result.resolved.scenario.assays if assay.measure in NETWORK_MEASURES]
    found = result.assays[result.assays["name"].isin(asked)]
    if found.empty:
        return None
    title, said, figures = "Patterns and their answers", network_sentences.networks(result.resolved), []
    if not result.patterns.empty:  # runs of older versions kept no curve
        figures.append(Figure("patterns", recall.answers_to_patterns(result.patterns), _PATTERNS))
    if found["time_h"].nunique() > _MOST_COLUMNS:
        panels = assays.assay_panels(found, [], float(result.series["time_h"].max()) / 24)
        figures.append(Figure("network", panels, "What the assays read off the answers, each in a panel of its own."))
        return Section(title, said, figures)
    return Section(title, said, figures, [Table("What the assays read off the answers", _by_day(found))])


def _by_day(found: pd.DataFrame) -> pd.DataFrame:
    """Return assays as rows and the days on which they were made as columns."""
    names = list(dict.fromkeys(found["name"]))
    wide = found.pivot_table(index=["name", "unit"], columns="day", values="count", sort=False).reindex(names, level=0)
    wide = wide.rename(index=spoken, level="name")
    return (
        wide.rename(columns=lambda day: f"day {plain(float(day), 4)}").reset_index().rename(columns={"name": "assay"})
    )
