"""An arm of a study as a rival lives it: its running by day, its labels, and what is read in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from neurogen_abm.assays.labels import labelled_share
from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.lowering import Sketch, sketch
from neurogen_abm.rivals.compartments import Array, Chain
from neurogen_abm.rivals.counting import Eyes, several_labels
from neurogen_abm.rivals.course import Run
from neurogen_abm.rivals.lineages import Lineage
from neurogen_abm.spec.scenario.histology import ANALOGUES, DIED, TAMOXIFEN, Assay, CountTerm, Injection
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.tables import READ_OUTS

_SAME_H = 1e-6
# Columns of the series that a rival has, besides those that count a state or a stain.
_TOTALS = {"stem_divisions": "stem_divisions", "progenitor_divisions": "divisions", "births": "births"}
_STAINS = {f"n_{stain}": stain for stain in ("ki67", "dcx", "neun", "calretinin", "calbindin")}
# Of these species the published models speak: rats are given the numbers of mice. Ages of people are others.
_SPECIES = ("mouse", "rat")
# What moves an animal a distance that a rival can read.
_RUNNING = ("wheel", "treadmill", "recording", "rest", "detraining", "walking", "interval")


def unlike(resolved: ResolvedScenario) -> str:
    """Return why a rival cannot live an arm, a sentence; nothing where it can."""
    scenario = resolved.scenario
    if scenario.species not in _SPECIES:
        return f"It is no model of the {scenario.species}."
    other = next((block.kind for block in scenario.activity if block.kind not in _RUNNING), None)
    if other is not None:
        return f"It has no {other}."
    if scenario.knock_outs:
        return "It has no signal to knock out."
    if scenario.infusions:
        return "It has no signal to give."
    if set(scenario.mechanisms) - set(resolved.catalogue.standard):
        return "It has no mechanism to switch on."
    return ""


def unread(scenario_assays: Mapping[str, Assay], name: str) -> str:
    """Return why a rival cannot say what is read, a sentence; nothing where it can."""
    assay = scenario_assays.get(name)
    if assay is None:
        counts_states = name.startswith("n_") and name.removeprefix("n_") in BY_NAME
        if counts_states or name in _TOTALS or name in _STAINS or name in ("new_neurons", "distance_km"):
            return ""
        return f"It has no {READ_OUTS[name].label}."
    if assay.measure is not None:
        return f"It has no {assay.measure.replace('_', ' ')}."
    if several_labels(assay.terms):
        return "It follows one label at a time."
    died = any(term.name == DIED for term in assay.terms)
    if assay.since_h is not None and not died:
        return "It keeps no times of birth."
    return ""


@lru_cache(maxsize=512)
def _sketched(resolved: "_Once") -> Sketch:
    return sketch(resolved.resolved)


@dataclass(frozen=True)
class _Once:
    """A scenario that is looked up by its digest."""

    resolved: ResolvedScenario

    def __hash__(self) -> int:
        return hash(self.resolved.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and other.resolved.digest == self.resolved.digest


@lru_cache(maxsize=512)
def km_by_day(resolved: _Once) -> Array:
    """Return the distance that the schedule asks for on each day of the run, km; the last day may be short."""
    metres = _sketched(resolved).schedule.distance_m
    days = -(-len(metres) // 1440)
    return np.bincount(np.arange(len(metres)) // 1440, metres, minlength=days) / 1000.0


class Lived:
    """What a rival shows of an arm: values of assays and of columns of the series, at the times they are read."""

    def __init__(self, lineage: Lineage, resolved: ResolvedScenario, series_h: Mapping[str, Iterable[float]]) -> None:
        self._resolved, found = resolved, _sketched(_Once(resolved))
        self._eyes = _eyes(lineage.chain, _Once(resolved))
        scenario = resolved.scenario
        self._km = km_by_day(_Once(resolved))
        self._run = Run(lineage, scenario.age_h, found.area_fraction, self._km)
        self._deaths: dict[tuple[object, float], float] = {}
        self.assays: dict[str, list[tuple[float, float]]] = {assay.name: [] for assay in scenario.assays}
        self.series: dict[str, list[tuple[float, float]]] = {name: [] for name in series_h}
        self._live({name: sorted(set(times)) for name, times in series_h.items()})

    def _live(self, series_h: Mapping[str, list[float]]) -> None:
        scenario = self._resolved.scenario
        counted = [assay for assay in scenario.assays if not unread({assay.name: assay}, assay.name)]
        times = {time for entry in (*scenario.labels, *counted) for time in entry.times_h}
        times |= {time for several in series_h.values() for time in several}
        times |= {assay.since_h for assay in counted if assay.since_h is not None}
        for time_h in sorted(times):
            if "new_neurons" not in series_h:
                self._run.leap(time_h)
            self._run.until(time_h)
            for injection in scenario.labels:
                if _among(time_h, injection.times_h):
                    self._inject(injection)
            self._note_deaths(time_h, counted)
            for assay in counted:
                if _among(time_h, assay.times_h):
                    self.assays[assay.name].append((time_h, self._count(assay) * self._seen_share))
            for name, when in series_h.items():
                if _among(time_h, when):
                    self.series[name].append((time_h, self._column(name)))

    @property
    def _seen_share(self) -> float:
        """What sections make of a count: both hemispheres, less what an observer misses."""
        sampling = self._resolved.scenario.sampling
        return 1.0 if sampling is None else sampling.hemispheres * (1.0 - sampling.observer_miss)

    def _inject(self, injection: Injection) -> None:
        uptake = self._eyes.uptake
        if injection.agent in ANALOGUES:
            assert injection.dose_mg_kg is not None
            share, content = labelled_share(injection.agent, injection.dose_mg_kg, uptake)
            halvings = max(int(np.floor(np.log2(content / uptake.least_content) + 1e-9)), -1)
            if halvings < 0:
                return
            takes = self._eyes.takes_up(injection.agent, share, stem=False, before_h=0.0)
            self._run.label(injection.agent, halvings + 1, takes)
            return
        stem = injection.agent == TAMOXIFEN
        assert injection.share is not None
        takes = self._eyes.takes_up(injection.agent, injection.share, stem=stem, before_h=uptake.virus_window_h)
        self._run.label(injection.agent, 1, takes)

    def _note_deaths(self, time_h: float, counted: Iterable[Assay]) -> None:
        for assay in counted:
            since = assay.since_h or 0.0
            if abs(since - time_h) < _SAME_H and any(term.name == DIED for term in assay.terms):
                self._deaths[assay.name, since] = self._eyes.count(self._run, assay.terms, assay.age_h)

    def _count(self, assay: Assay) -> float:
        value = self._eyes.count(self._run, assay.terms, assay.age_h)
        if any(term.name == DIED for term in assay.terms):
            value -= self._deaths.get((assay.name, assay.since_h or 0.0), 0.0)
        return value

    def _column(self, name: str) -> float:
        run, eyes = self._run, self._eyes
        if name in _TOTALS:
            return float(getattr(run.totals, _TOTALS[name]))
        if name in _STAINS:
            return eyes.count(run, (CountTerm(_STAINS[name], "+"),))
        if name == "new_neurons":
            return float(run.fresh.neurons.sum() + run.fresh.old.sum())
        if name == "distance_km":
            full, part = divmod(run.time_h / 24.0, 1.0)
            beyond = self._km[int(full)] * part if part > 0.0 else 0.0
            return float(self._km[: int(full)].sum() + beyond)
        return eyes.count(run, (CountTerm(name.removeprefix("n_"), ""),))


@lru_cache(maxsize=512)
def _eyes(chain: Chain, resolved: _Once) -> Eyes:
    return Eyes(chain, resolved.resolved, _sketched(resolved))


def _among(time_h: float, times_h: Iterable[float]) -> bool:
    return any(abs(time_h - other) < _SAME_H for other in times_h)
