"""One cell in detail: where it is, what signals it meets, what may happen to it, and the sources."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.biology.states import LINEAGE, STATES
from neurogen_abm.engine.rates import RatesAtAge, rates_at_age
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import SIGNAL, paths
from neurogen_abm.lowering.lineage import receptor_missing
from neurogen_abm.lowering.messengers import messenger_names
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.resolve import ResolvedScenario

# What a reserve spent, or a timer that ends, brings about, in the words of the field.
_BY_RESERVE = {lineage.ACTIVATE: "activation", lineage.DEATH: "death"}
_BY_TIMER = {
    lineage.STEM_DIVISION: "division",
    lineage.PROGENITOR_DIVISION: "division",
    lineage.ENTER_LAYER: "entry into the granule cell layer",
    lineage.INTEGRATE: "integration",
    lineage.MATURATION: "maturity",
    lineage.CLEARANCE: "clearance",
}
_THIRDS = ("inner", "middle", "outer")


class Place(NamedTuple):
    """Where a cell sits: along the sheet in um, its layer (0 the subgranular zone), and the layer in words."""

    u_um: float
    v_um: float
    layer: int
    zone: str


class Hazard(NamedTuple):
    """What may happen to a cell at random now: ``per_h = base_per_h x signal x crowding``."""

    event: str
    per_h: float
    base_per_h: float
    signal: float
    crowding: float


class Clock(NamedTuple):
    """What a cell comes to when its clock runs out: biological hours left, and how fast they pass (1 at rest)."""

    event: str
    left_h: float
    pace: float


def place_of(world: World, site: int) -> Place:
    """Return where a site is."""
    grid = world.grid
    layer, column = divmod(site, grid.n_columns)
    u, v = (column % grid.n_u + 0.5) * grid.pitch_um, (column // grid.n_u + 0.5) * grid.pitch_um
    third = (layer - 1) * 3 // max(1, world.parameters.n_layers - 1)
    return Place(u, v, layer, f"{_THIRDS[third]} third of the granule cell layer" if layer else "subgranular zone")


def level_pg_ml(world: World, site: int) -> float:
    """Return the field signal at a site, mean of the last step."""
    return float(world.level[world.tissue.geometry.site_class[site]])


def rates_of(world: World) -> RatesAtAge:
    """Return what holds for the whole tissue at the animal's present age."""
    return rates_at_age(world.parameters, world.age_h)


def _window(world: World, row: int) -> int:
    """Return the bin of the age since the last division in which a row stands."""
    age_h = world.time_h - float(world.population.cells.birth_h[row])
    return int(hazards.age_bin(age_h, world.parameters.death_edges_h))


def hazard_of(world: World, row: int, rates: RatesAtAge) -> Hazard | None:
    """Return the hazard a row meets now, None where only its clock counts; factors are those of the last step."""
    state, site = int(world.population.cells.state[row]), int(world.population.cells.site[row])
    event = _BY_RESERVE[lineage.reserve_event(state)]
    if not hazards.has_reserve(state):
        return None
    window, p, tissue = _window(world, row), world.parameters, world.tissue
    factors = tissue.tables.factors[:, tissue.geometry.site_class[site]]
    base, signal = float(rates.hazard[state, window]), float(factors[rates.hazard_channel[state, window]])
    crowding = 1.0
    if lineage.is_integrating(state):
        block = tissue.geometry.block_of[site % world.grid.n_columns]
        pool = p.pool * tissue.geometry.block_size[block] * factors[rates.crowd_channel]
        crowding = float(hazards.crowding(tissue.occupancy.rivals[block], pool, p.rivalry))
    return Hazard(event, base * signal * crowding, base, signal, crowding)


def clock_of(world: World, row: int, rates: RatesAtAge) -> Clock | None:
    """Return the clock of a row, None in states without one."""
    state = int(world.population.cells.state[row])
    if hazards.base_pace(state) == 0.0:
        return None
    factors = world.tissue.tables.factors[:, world.tissue.geometry.site_class[world.population.cells.site[row]]]
    pace = float(rates.pace[state] * factors[rates.pace_channel[state]])
    return Clock(_BY_TIMER[lineage.clock_event(state)], float(world.population.cells.clock_h[row]), pace)


def targets_of(world: World, row: int) -> tuple[tuple[str, str], ...]:
    """Return the targets of signals that bear on a row now, each with the state it acts in.

    A cell about to divide is named with its daughters' state: whether they divide again is settled at their birth.
    """
    state, p = int(world.population.cells.state[row]), world.parameters
    touched = [(int(hazards.hazard_target(state, p.death_window[_window(world, row)])), state)]
    if hazards.base_pace(state) > 0.0:
        touched.append((hazards.MATURATION, state))
    if lineage.is_integrating(state):
        touched.append((hazards.INTEGRATION, state))
    if _has_progenitors(world, row):
        generation = int(world.population.cells.generation[row]) + 1
        touched.append((hazards.AMPLIFICATION, lineage.progenitor_state(generation)))
    found = [(t, s) for t, s in touched if t != hazards.NO_TARGET and p.channel[t, s] > 0]
    return tuple((hazards.TARGETS[t], STATES[s]) for t, s in found)


def _has_progenitors(world: World, row: int) -> bool:
    """Say whether a row divides and its daughters may divide again."""
    dividing = lineage.is_cycling(int(world.population.cells.state[row]))
    return bool(dividing and world.population.cells.generation[row] + 1 <= world.parameters.divide.shape[1])


def numbers_of(world: World, row: int) -> tuple[str, ...]:
    """Return the paths of the parameters behind the hazard and the clock of a row, those of effects not among them."""
    state = LINEAGE[int(world.population.cells.state[row])]
    early = world.parameters.death_window[_window(world, row)] == hazards.EARLY_SURVIVAL
    found = (*paths.hazard_paths(state, early=bool(early)), *paths.timer_paths(state))
    if _has_progenitors(world, row):
        found += paths.division_paths()
    if state.timer_end in ("stem_division", "progenitor_division"):
        found += paths.ageing_paths()
    return found


def explanation_of(world: World, row: int, resolved: "ResolvedScenario") -> str:
    """Return what may happen to a row now, in words: rates, the rules that bear on them, numbers and their sources."""
    return "\n".join([*_rates(world, row, resolved), *_rules(world, row, resolved), *_numbers(world, row, resolved)])


def _rates(world: World, row: int, resolved: "ResolvedScenario") -> Iterator[str]:
    rates, name = rates_of(world), SIGNAL.upper()
    site = int(world.population.cells.site[row])
    level, rest = level_pg_ml(world, site), float(world.rest_level[world.tissue.geometry.site_class[site]])
    yield f"{name} at its site is {plain(level, 3)} pg/mL, {plain(level / rest, 3)} times its level at rest."
    acting = {effect.signal: effect.signal_label for effect in resolved.effects if effect.signal != SIGNAL}
    for messenger, fold in zip(messenger_names(resolved), world.blood.tolist(), strict=True):
        if messenger in acting:
            yield f"{acting[messenger]} in blood is {plain(fold, 3)} times its level at rest."
    hazard, clock = hazard_of(world, row, rates), clock_of(world, row, rates)
    if hazard is not None:
        named = ((hazard.signal, "signals" if acting else name), (hazard.crowding, "crowding"))
        factors = "".join(f" x {plain(factor, 3)} by {cause}" for factor, cause in named if factor != 1.0)
        reserve = max(float(world.population.cells.reserve[row]), 0.0)
        yield (
            f"Hazard of {hazard.event}: {plain(24.0 * hazard.per_h, 3)} per day = {plain(24.0 * hazard.base_per_h, 3)} "
            f"at its age{factors}; {plain(reserve, 3)} of its reserve is left."
        )
    if clock is not None and clock.left_h > 0.0:
        when = f"in {plain(clock.left_h / clock.pace / 24.0, 3)} d at {plain(clock.pace, 3)} of base pace"
        yield f"{clock.event.capitalize()} {when}{', if it lives' if hazard is not None else ''}."
    elif clock is not None:
        yield f"{clock.event.capitalize()} is due; it waits for a free site."


def _rules(world: World, row: int, resolved: "ResolvedScenario") -> Iterator[str]:
    """Yield the sentences of the effects that bear on a row, and say where its receptor is knocked out."""
    for target, state in targets_of(world, row):
        lead = "For its daughters: " if target == "amplification" else ""
        for effect in resolved.effects:
            if effect.target == target and state in effect.states:
                source = source_text(resolved, effect.towards.source)
                missing = receptor_missing(effect, state, resolved.scenario.knock_outs)
                yield f"{lead}{effect.sentence()}; {source}.{' Here the receptor is knocked out.' if missing else ''}"


def _numbers(world: World, row: int, resolved: "ResolvedScenario") -> Iterator[str]:
    """Yield each number behind a row with its status, grade and source."""
    for path in numbers_of(world, row):
        parameter = resolved.parameters[path]
        yield f"  {path} = {parameter.text()}; {source_text(resolved, parameter.source)}"


def source_text(resolved: "ResolvedScenario", source: str | None) -> str:
    """Return the source of a parameter: the citation, our own calibration, or nobody."""
    if source is None:
        return "no source"
    return str(resolved.references[source]["citation"]) if source in resolved.references else f"own {source}"
