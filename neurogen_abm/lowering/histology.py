"""Lowering of virtual histology: phases of the cycle, uptake of labels, stains of the cycle, sections, memories."""

import math
from collections.abc import Callable
from typing import NamedTuple

from neurogen_abm.biology.cell_cycle import CycleStain, Phases, phases, state_set
from neurogen_abm.biology.states import LINEAGE
from neurogen_abm.errors import InputError
from neurogen_abm.lowering.memory import MemoryNumbers, lower_memory
from neurogen_abm.lowering.network import Network, asks_for_network, lower_network
from neurogen_abm.lowering.parameter_reader import ParameterReader, Value
from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.histology import ANALOGUES, VIRUS, Sampling
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

_LEAST_SECTIONS = 3


class Uptake(NamedTuple):
    """Which cells take up a label: hours before the mitosis at which phases end, dose and detection.

    A cell is in S phase while ``s_end_h <= clock < s_end_h + s_phase_h``, its clock the hours left to its mitosis.
    """

    s_phase_h: float
    s_end_h: float
    available_h: float
    saturating_mg_kg: float
    dose_exponent: float
    least_content: float
    virus_window_h: float


class Histology(NamedTuple):
    """Everything the laboratory needs that follows from the scenario alone."""

    uptake: Uptake
    stains: dict[str, CycleStain]  # those that the marker table does not hold
    sections: int
    network: Network | None  # none where no assay reads it
    memory: MemoryNumbers | None  # none where no assay asks for one


def lower_histology(
    read: ParameterReader, value: Value, resolved: ResolvedScenario, sheet_um: float, n_granule: int
) -> Histology:
    """Lower labels, stains and sections; what the scenario neither injects nor counts is not counted as read.

    Parameters
    ----------
    read
        Remembers which parameters were read.
    value
        Looks numbers up without remembering.
    resolved
        The scenario.
    sheet_um
        Length of the simulated tissue along the septotemporal axis.
    n_granule
        Granule cells in it at the beginning.

    Raises
    ------
    InputError
        Sections are too few to estimate from, or the phases do not fit into the cycle.
    """
    scenario = resolved.scenario
    names = {term.name.lower() for assay in scenario.assays for term in assay.terms}
    # The series of every run counts Ki67+ cells.
    stains = lower_stains(lambda stain: read if stain in {*names, "ki67"} else value, resolved)
    analogues = any(injection.agent in ANALOGUES for injection in scenario.labels)
    virus = any(injection.agent == VIRUS for injection in scenario.labels)
    uptake = lower_uptake(read if analogues else value, read if virus else value)
    if analogues:
        check_phases(uptake, value("lineage.progenitor.cycle_minimum", "h"), scenario)
    sections = lower_sections(scenario.sampling, sheet_um, scenario.where(("sampling",))) if scenario.sampling else 0
    memory = lower_memory(read) if any(assay.learned_h is not None for assay in scenario.assays) else None
    network = None
    if asks_for_network(scenario):
        learns = any(assay.learning is not None for assay in scenario.assays)
        network = lower_network(read, read if learns else value, n_granule)
    return Histology(uptake, stains, sections, network, memory)


def lower_uptake(read: Value, read_virus: Value) -> Uptake:
    """Lower which cells take up a label."""
    cycle = lower_phases(read)
    return Uptake(
        s_phase_h=cycle.s_phase_h,
        s_end_h=cycle.s_end_h,
        available_h=read("histology.label.availability", "h"),
        saturating_mg_kg=read("histology.label.saturating_dose", "mg/kg"),
        dose_exponent=read("histology.label.dose_exponent", "1"),
        least_content=2.0 ** -read("histology.label.detectable_divisions", "1"),
        virus_window_h=read_virus("histology.virus.window", "h"),
    )


def lower_phases(read: Value) -> Phases:
    """Return the phases of the cycle."""
    names = ("s_phase", "mitosis", "mitosis_after_label")
    return phases(*(read(f"histology.cycle.{name}", "h") for name in names))


def check_phases(uptake: Uptake, cycle_minimum_h: float, scenario: Scenario) -> None:
    """Refuse phases that are longer than the shortest cycle, or an S phase that ends after mitosis.

    Raises
    ------
    InputError
        They are.
    """
    path = ("parameters", "histology.cycle.s_phase")
    if uptake.s_end_h <= 0.0 or uptake.s_end_h + uptake.s_phase_h > cycle_minimum_h + 1e-9:
        raise InputError(
            f"S phase would last from {plain(uptake.s_end_h + uptake.s_phase_h, 3)} h to {plain(uptake.s_end_h, 3)} h "
            f"before mitosis, and the shortest cycle is {plain(cycle_minimum_h, 3)} h.",
            where=scenario.where(path),
            cure="Change histology.cycle.s_phase or lineage.progenitor.cycle_minimum.",
            code="bad-phases",
        )


def lower_stains(reader_of: Callable[[str], Value], resolved: ResolvedScenario) -> dict[str, CycleStain]:
    """Lower the stains of the file histology.yaml; ``reader_of(stain)`` looks up the numbers of one."""
    cycling = [state.name for state in LINEAGE if state.timer_end in ("stem_division", "progenitor_division")]
    # Young neurons, in which a stain of the cycle may outlast the last division.
    lingering = {state.name for state in LINEAGE if state.timer_end in ("enter_layer", "integrate")}
    found = {}
    for name, rule in resolved.catalogue.structure["histology"]["stains"].items():
        read = reader_of(name)
        states = {*rule.get("states", cycling)}
        before_h, lingers_h = math.inf, 0.0
        if "phase" in rule:
            cycle = lower_phases(read)
            before_h = {"synthesis": cycle.s_end_h + cycle.s_phase_h, "mitosis": cycle.mitosis_h}[rule["phase"]]
        if "lingers" in rule:
            lingers_h = read(f"histology.stain_timing.{rule['lingers']}", "h")
        found[name] = CycleStain(
            states=state_set(states),
            before_h=before_h,
            waiting=rule.get("phase") != "mitosis",
            lingers_in=state_set(states | lingering),
            lingers_h=lingers_h,
        )
    return found


def lower_sections(sampling: Sampling, sheet_um: float, where: str) -> int:
    """Return into how many sections the tissue is cut.

    Raises
    ------
    InputError
        Fewer than three of them would be counted.
    """
    sections = max(1, round(sheet_um / sampling.section_um))
    if sections < _LEAST_SECTIONS * sampling.every:
        raise InputError(
            f"{plain(sheet_um)} um of tissue give {sections} sections of {plain(sampling.section_um)} um, of which one "
            f"in {sampling.every} would be counted: fewer than {_LEAST_SECTIONS}.",
            where=where,
            cure="Cut thinner, count more of the sections, or simulate more tissue.",
            code="too-few-sections",
        )
    return sections
