"""The laboratory beside the animal: injects, counts and measures at the times of the scenario, or when asked.

It reads the tissue and writes nothing into it: the same animal lives the same life with any labels and assays.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from neurogen_abm import units
from neurogen_abm.arguments import NUMBER, SPAN, TEXT, Kind, check
from neurogen_abm.assays.counts import Microscope
from neurogen_abm.assays.labels import Dose, Labels
from neurogen_abm.assays.measures import MEASURES, Body, Sight
from neurogen_abm.assays.memory import Recall, Trace, learn, recall
from neurogen_abm.assays.network import Curve, Layer, granule_layer, separation_curve
from neurogen_abm.assays.sampling import Estimate, sampled
from neurogen_abm.assays.specimen import Specimen, dead, living
from neurogen_abm.assays.table import assay_table, pattern_table
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import BY_NAME, FAMILIES
from neurogen_abm.engine.world import World
from neurogen_abm.errors import InputError
from neurogen_abm.lowering import Lowered
from neurogen_abm.lowering.histology import check_phases, lower_sections, lower_uptake
from neurogen_abm.lowering.memory import MemoryNumbers, lower_memory
from neurogen_abm.lowering.network import Network, lower_network
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.check_assays import agent_of, check_terms
from neurogen_abm.spec.scenario.histology import (
    AGENTS,
    ANALOGUES,
    DIED,
    GRANULE,
    GROUPS,
    LEARNING_RULES,
    NETWORK_MEASURES,
    SILENCED,
    Assay,
    CountTerm,
    Injection,
    Sampling,
    check_amount,
    terms_of,
)
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.spec.suggest import offer
from neurogen_abm.state import MisfitError, State, array, copied, like, part

if TYPE_CHECKING:
    import pandas as pd

_SAME_TIME_H = 1e-6


@dataclass(frozen=True)
class Reading:
    """A count: the truth, and what sections say about it where they were taken."""

    count: int
    estimate: Estimate | None


class Histology:
    """Labels and assays of one animal.

    Attributes
    ----------
    labels : Labels
        What has been injected, and where it has gone.
    """

    def __init__(self, world: World, lowered: Lowered, resolved: ResolvedScenario, body: Body) -> None:
        self._body = body
        self._world, self._resolved, self._markers = world, resolved, lowered.markers
        self._numbers, self._sampling = lowered.histology, resolved.scenario.sampling
        self._n_granule = lowered.start.n_granule
        self.labels = Labels(world, lowered.histology.uptake)
        self._microscope = Microscope(self.labels, lowered.markers, lowered.histology.stains, _groups(resolved))
        self._plan: dict[int, list[Injection | Assay]] = defaultdict(list)  # by the steps of the world
        scenario = resolved.scenario
        # Injections come first, so that one that falls on an assay is seen by it.
        entries: tuple[Injection | Assay, ...] = (*scenario.labels, *scenario.assays)
        for entry in entries:
            for time_h in entry.times_h:
                steps = round((time_h - world.time_h) / scenario.step_h)
                self._plan[world.steps + steps].append(entry)
        # What is learned comes before what is tested.
        self._memory: MemoryNumbers | None = lowered.histology.memory
        self._traces: dict[float, Trace] = {}  # by the time of learning
        learned = {assay.learned_h for assay in scenario.assays if assay.learned_h is not None}
        self._lessons = {self._world.steps + round((time_h - world.time_h) / scenario.step_h) for time_h in learned}
        self._rows: list[dict[str, Any]] = []
        self._curves: dict[tuple[float, str, str], Curve] = {}  # by time, who was silenced, rule of learning
        self.used: frozenset[str] = frozenset()

    def as_state(self) -> State:
        """Return what was injected, learned and found so far, as arrays and numbers."""
        traces, curves = self._traces.values(), self._curves.items()
        return {
            "labels": self.labels.as_state(),
            "rows": copied(self._rows),
            "used": sorted(self.used),
            "traces": {str(number): copied(trace) for number, trace in enumerate(traces)},
            "curves": {str(number): copied(curve) | {"of": list(of)} for number, (of, curve) in enumerate(curves)},
        }

    def restore(self, state: State) -> None:
        """Have injected, learned and found what `as_state` returned."""
        self.labels.restore(part(state, "labels"))
        self._rows = copied(part(state, "rows"))
        self.used = frozenset(part(state, "used"))
        self._traces = {trace.learned_h: trace for trace in map(_trace_of, part(state, "traces").values())}
        self._curves = dict(map(_curve_of, part(state, "curves").values()))
        if self._traces and self._memory is None:
            self._memory = lower_memory(ParameterReader(self._resolved.value))
        blocks = len(self._world.tissue.occupancy.rivals)
        for trace in self._traces.values():
            if len(trace.carriers) != blocks or np.any((trace.block < 0) | (trace.block >= blocks)):
                raise MisfitError("traces")

    def attend(self) -> None:
        """Do what the scenario asks for at the present time; called once a step, after the cells are written."""
        if self._world.steps in self._lessons:
            self.learn()
        entries = self._plan.get(self._world.steps)
        if not entries:
            return
        alive: Specimen | None = None
        kept: dict[Any, Any] = {}
        for entry in entries:
            if isinstance(entry, Injection):
                amount = entry.dose_mg_kg if entry.agent in ANALOGUES else entry.share
                assert amount is not None
                self.labels.inject(Dose(entry.agent, amount))
                continue
            if entry.measure is not None:
                self._measure(entry, kept)
                continue
            alive = living(self._world) if alive is None else alive
            self._note(entry, self._read(entry.terms, entry.age_h, entry.since_h, self._sampling, alive))

    def next_step(self) -> float:
        """Return the step of the world at whose end `attend` has something to do next; inf where there is none."""
        later = (step for step in (*self._plan, *self._lessons) if step > self._world.steps)
        return min(later, default=math.inf)

    def inject(self, agent: str, dose: str | None = None, *, share: float | str | None = None) -> int:
        """Inject a label now; return how many cells took it up.

        Parameters
        ----------
        agent
            BrdU, EdU, CldU, IdU, retrovirus or tamoxifen.
        dose
            Of the first four, such as ``"150 mg/kg"``.
        share
            Of the cells that retrovirus or tamoxifen reaches, 0 to 1 or ``"5 %"``.

        Raises
        ------
        InputError
            There is no such label, or the dose does not fit it.
        """
        check(agent=(agent, TEXT))
        name = agent_of(agent)
        if name is None:
            what, cure = f'"{agent[:40]}" is not a known label.', offer(agent, AGENTS)
            raise InputError(what, where="inject", code="unknown-agent", cure=cure, seen=agent)
        dose_mg_kg = units.quantity(dose, "mg/kg", above=0, most=2000) if dose is not None else None
        part = units.quantity(share, "1", above=0, most=1) if share is not None else None
        check_amount(name, dose_mg_kg, part)
        read = ParameterReader(self._resolved.value)
        uptake = lower_uptake(read, read)
        if name in ANALOGUES:
            check_phases(uptake, read("lineage.progenitor.cycle_minimum", "h"), self._resolved.scenario)
        self.used |= frozenset(read.used)
        amount = dose_mg_kg if dose_mg_kg is not None else part
        assert amount is not None
        return self.labels.inject(Dose(name, amount))

    def count(
        self,
        count: str,
        *,
        age_h: tuple[float, float] | None = None,
        since_h: float | None = None,
        sampling: Sampling | Mapping[str, Any] | None = None,
    ) -> Reading:
        """Count cells now, e.g. ``count("BrdU+ NeuN+")``; ``sampling`` as in a scenario, else every cell is seen.

        Raises
        ------
        InputError
            A condition names nothing, or a label that was never injected; or the sampling does not fit.
        """
        terms = self._checked(count, age_h, since_h)
        return self._read(terms, age_h, since_h, _sampling_of(sampling), living(self._world))

    def cells(
        self, count: str, *, age_h: tuple[float, float] | None = None, since_h: float | None = None
    ) -> NDArray[np.int64]:
        """Return the ids of the cells that a count would count, in rising order.

        Raises
        ------
        InputError
            As in `count`; granule cells of development have no ids.
        """
        terms = self._checked(count, age_h, since_h)
        if terms[0].name == GRANULE:
            what, cure = "Granule cells born in development have no ids.", "Ask for neuron."
            raise InputError(what, where="cells", cure=cure, code="bad-count")
        specimen = self._specimen(terms, since_h, living(self._world))
        return np.sort(specimen.id[self._microscope.meets(specimen, terms, age_h, since_h)])

    def positive(self, name: str, specimen: Specimen) -> NDArray[np.bool_]:
        """Say which cells of a specimen a count of one label or stain, such as ``BrdU+``, would count.

        Raises
        ------
        InputError
            Nothing is called so, or the label was never injected.
        """
        check(name=(name, TEXT))
        return self._microscope.meets(specimen, self._checked(f"{name}+", None, None))

    def patterns(self, *, silence: str | None = None, learning: str | None = None) -> Curve:
        """Show entorhinal patterns to the granule cells there are now; return how alike the answers are.

        Parameters
        ----------
        silence
            ``"young"``: integrated cells that are not yet like mature ones neither fire nor recruit inhibition.
        learning
            ``"hebbian"`` or ``"bcm"``: every pattern is experienced once before the test, by this rule.

        Raises
        ------
        InputError
            Nothing of that name can be silenced or learned, or the tissue holds too few granule cells.

        Examples
        --------
        >>> curve = model.histology.patterns(silence="young")  # doctest: +SKIP
        >>> curve.similarity, curve.correlation  # doctest: +SKIP
        """
        check(silence=(silence, TEXT.or_none), learning=(learning, TEXT.or_none))
        for name, known, where in ((silence, SILENCED, "silence"), (learning, LEARNING_RULES, "learning")):
            if name is not None and name not in known:
                what = f'"{name[:40]}" is not known here.'
                raise InputError(what, where=where, code="unknown-name", cure=offer(name, known), seen=name)
        layer, network = self.layer(learns=learning is not None)
        return separation_curve(layer, network, self._world.parameters.seed, silence=silence, learning=learning)

    def layer(self, *, learns: bool = False) -> tuple[Layer, Network]:
        """Return the granule cells that answer patterns now, and how they are connected; ``learns``: for learning."""
        read, value = ParameterReader(self._resolved.value), self._resolved.value
        network = lower_network(read, read if learns else value, self._n_granule)
        self.used |= frozenset(read.used)
        return granule_layer(self._world, network), network

    def learn(self) -> int:
        """Let the animal learn something now; return how many granule cells are in its trace. It changes no cell."""
        if self._memory is None:
            read = ParameterReader(self._resolved.value)
            self._memory = lower_memory(read)
            self.used |= frozenset(read.used)
        trace = learn(self._world, self._memory)
        self._traces[self._world.time_h] = trace
        return len(trace.cell)

    def recall(self, learned_h: float) -> Recall:
        """Test now what was learned at a time of the run: what is left of it, and how long the animal freezes.

        Raises
        ------
        InputError
            Nothing was learned then.
        """
        check(learned_h=(learned_h, NUMBER))
        known = next((time_h for time_h in self._traces if abs(time_h - learned_h) < _SAME_TIME_H), None)
        if known is None or self._memory is None:
            times = ", ".join(units.tidy(time_h, "h") for time_h in self._traces)
            what = f"Nothing was learned at {plain(learned_h)} h."
            cure = f"There is a memory of {times}." if times else "Call learn() first."
            raise InputError(what, where="recall", code="not-learned", cure=cure, seen=learned_h)
        return recall(self._world, self._traces[known], self._memory)

    def frame(self) -> "pd.DataFrame":
        """Return the table of assays: one row per assay and time; columns as in `neurogen_abm.tables`."""
        return assay_table(self._rows)

    def patterns_frame(self) -> "pd.DataFrame":
        """Return the answers to patterns that assays asked for: one row per time, way of asking, and similarity."""
        return pattern_table(
            {"time_h": time_h, "day": time_h / 24.0, "silence": silence, "learning": learning}
            | {"similarity": float(similarity), "correlation": float(correlation)}
            for (time_h, silence, learning), curve in self._curves.items()
            for similarity, correlation in zip(curve.similarity, curve.correlation, strict=True)
        )

    def _checked(self, count: str, age_h: tuple[float, float] | None, since_h: float | None) -> tuple[CountTerm, ...]:
        check(count=(count, TEXT), age_h=(age_h, SPAN.or_none), since_h=(since_h, NUMBER.or_none))
        terms = terms_of(count)
        check_terms(terms, self._resolved.catalogue)
        for term in terms:
            agent = agent_of(term.name)
            if agent is not None and agent not in self.labels.injected:
                what, cure = f"{agent} is looked for and was never injected.", "Inject it first."
                raise InputError(what, where="count", code="label-not-injected", cure=cure, seen=agent)
        return terms

    def _specimen(self, terms: tuple[CountTerm, ...], since_h: float | None, alive: Specimen) -> Specimen:
        return dead(self._world, since_h or 0.0) if any(term.name == DIED for term in terms) else alive

    def _read(
        self,
        terms: tuple[CountTerm, ...],
        age_h: tuple[float, float] | None,
        since_h: float | None,
        sampling: Sampling | None,
        alive: Specimen,
    ) -> Reading:
        if terms[0].name == GRANULE:
            cells, column = self._granule_cells(alive)
        else:
            specimen = self._specimen(terms, since_h, alive)
            found = self._microscope.meets(specimen, terms, age_h, since_h)
            cells, column = specimen.id[found], specimen.column[found]
        if sampling is None:
            return Reading(len(cells), None)
        grid, seed = self._world.grid, self._world.parameters.seed
        sections = lower_sections(sampling, grid.n_u * grid.pitch_um, "sampling")
        place = (column % grid.n_u + 0.5) / grid.n_u
        estimate = sampled(cells, place, sampling, sections, seed=seed, time_h=self._world.time_h)
        return Reading(len(cells), estimate)

    def _granule_cells(self, alive: Specimen) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return every granule cell: neurons of the model, and those of development under made-up negative ids."""
        neurons = self._microscope.meets(alive, (CountTerm("neuron", ""),))
        column = np.repeat(np.arange(self._world.grid.n_columns), self._world.developmental)
        ids = np.concatenate([alive.id[neurons], -1 - np.arange(len(column))])
        return ids, np.concatenate([alive.column[neurons], column])

    def _measure(self, assay: Assay, kept: dict[Any, Any]) -> None:
        assert assay.measure is not None
        unit, take = MEASURES[assay.measure]
        recalled = None if assay.learned_h is None else self.recall(assay.learned_h)
        network = self._numbers.network
        sight = Sight(self._world, self.labels, assay.since_h or 0.0, kept, network, assay, recalled, self._body)
        value, n = take(sight)
        if assay.measure in NETWORK_MEASURES:
            self._curves[self._world.time_h, assay.silence or "none", assay.learning or "none"] = sight.curve
        self._rows.append(self._time(assay) | {"count": value, "unit": unit, "n": n})

    def _note(self, assay: Assay, reading: Reading) -> None:
        row = self._time(assay) | {"count": reading.count, "unit": "cells", "n": reading.count}
        self._rows.append(row | (reading.estimate._asdict() if reading.estimate is not None else {}))

    def _time(self, assay: Assay) -> dict[str, Any]:
        return {"name": assay.name, "time_h": self._world.time_h, "day": self._world.time_h / 24.0}


def _trace_of(state: State) -> Trace:
    """Return what was learned, of the state of a `Trace`."""
    cell = array(part(state, "cell"), "cell", np.int64)
    learned_h = like(0.0, part(state, "learned_h"), "learned_h")
    block = array(part(state, "block"), "block", np.int32, cell.shape)
    terminals = array(part(state, "terminals"), "terminals", np.int64, cell.shape)
    return Trace(learned_h, cell, block, terminals, array(part(state, "carriers"), "carriers", np.float64))


def _curve_of(state: State) -> tuple[tuple[float, str, str], Curve]:
    """Return when and how patterns were shown, and the answers, of the state of a `Curve`."""
    similarity = array(part(state, "similarity"), "similarity", np.float64)
    curve = Curve(similarity, similarity, 0.0, 0.0, 0, 0)
    return like((0.0, "", ""), part(state, "of"), "of"), like(curve, state, "curve")


_SAMPLING = Kind("a sampling, a mapping, or None", lambda value: value is None or isinstance(value, Sampling | Mapping))


def _sampling_of(sampling: Sampling | Mapping[str, Any] | None) -> Sampling | None:
    """Return the form of a sampling that may be given as plain data."""
    check(sampling=(sampling, _SAMPLING))
    if sampling is None or isinstance(sampling, Sampling):
        return sampling
    try:
        return Sampling.model_validate(dict(sampling))
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        where = f"sampling.{'.'.join(str(part) for part in first['loc'])}"
        inner = first.get("ctx", {}).get("error")
        if isinstance(inner, InputError):
            raise InputError(inner.what, where=where, cure=inner.cure, code=inner.code) from fault
        cure = "Write {'section': '40 um', 'every': 6}; docs/assays.md lists the keys."
        raise InputError(f"{first['msg']}.", where=where, cure=cure, code="bad-sampling") from fault


def _groups(resolved: ResolvedScenario) -> dict[str, NDArray[np.int64]]:
    """Return the states behind every word of a count that has no sign."""
    members = {name: (name,) for name in BY_NAME} | {family: FAMILIES[family] for family in GROUPS}
    return {word: lineage.state_codes(names) for word, names in members.items()}
