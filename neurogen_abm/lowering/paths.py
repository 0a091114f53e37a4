"""Where the catalogue keeps the parameters of each rule: said here once, for lowering, explanations and reports."""

from typing import Final, NamedTuple

from neurogen_abm.biology.states import State


class Location(NamedTuple):
    """The dotted path of a parameter and the unit in which the engine takes it."""

    path: str
    unit: str


def _of(prefix: str, **locations: tuple[str, str]) -> dict[str, Location]:
    return {argument: Location(f"{prefix}.{name}", unit) for argument, (name, unit) in locations.items()}


# Argument of `engine.parameters.Parameters` -> where it stands.
NUMBERS: Final = {
    **_of("lineage.ageing", young_age_h=("young_age", "h"), ageing_time_h=("time", "h")),
    **_of(
        "lineage.stem",
        initial_age_h=("initial_age", "h"),
        dormant_floor=("dormant_activation_floor", "1/h"),
        dormant_rise=("dormant_activation_rise", "1/h"),
        resting_floor=("resting_activation_floor", "1/h"),
        resting_rise=("resting_activation_rise", "1/h"),
        activation_decline_h=("activation_decline", "h"),
        active_minimum_h=("active_minimum", "h"),
        active_pause_h=("active_pause", "h"),
    ),
    **_of("lineage.progenitor", cycle_minimum_h=("cycle_minimum", "h")),
    **_of("lineage.clearance", clearance_h=("time", "h")),
    **_of(
        "lineage.migration",
        hop_interval_h=("hop_interval", "h"),
        hop_until_h=("hop_until_age", "h"),
        capillary_attraction=("capillary_attraction", "1"),
    ),
    **_of("lineage.integration", rivalry=("rivalry", "1")),
    **_of("anatomy", developmental_death=("developmental_cell_death", "1/h")),
}
# Of the mechanism that knows the depth of quiescence; where that is off, the catalogue has no such number.
DEEPENING: Final = Location("lineage.stem.deepening", "1/h")
# Whole numbers, and lengths that become sites.
LAYERS: Final = Location("anatomy.granule_layers", "1")
PITCH: Final = Location("anatomy.site_pitch", "um")
REACH: Final = Location("lineage.migration.reach", "1")
RADIAL_DEPTH: Final = Location("lineage.migration.radial_depth", "1")
BLOCK: Final = Location("lineage.integration.block", "um")
REST_LEVEL: Final = Location("physiology.niche.rest_level", "pg/mL")
# Arguments that differ between young and aged animals: two parameters each, *_young and *_aged.
YOUNG_AND_AGED: Final = {
    **_of(
        "lineage.stem",
        stay_active=("stay_active", "1"),
        symmetric=("symmetric", "1"),
        consuming=("consuming", "1"),
        astrogenic=("astrogenic", "1"),
    ),
    **_of("lineage.progenitor", divide=("division_probability", "1"), cycle_pause_h=("cycle_pause", "h")),
}
_AGEING: Final = tuple(NUMBERS[argument].path for argument in ("young_age_h", "ageing_time_h"))
STAY_VARIATION: Final = "lineage.neuron.stay_variation"
POOL: Final = "lineage.integration.pool"
DEATH_AGE: Final = "lineage.neuron.death_age"
DEATH_AGED: Final = "lineage.neuron.death_hazard_aged"
DEATH_SCALE_EARLY: Final = "lineage.neuron.death_scale_young_early"
DEATH_SCALE_LATE: Final = "lineage.neuron.death_scale_young_late"
DEATH_SCALE_AGED: Final = "lineage.neuron.death_scale_aged"


def _both(argument: str) -> tuple[str, ...]:
    return tuple(f"{YOUNG_AND_AGED[argument].path}_{age}" for age in ("young", "aged"))


def hazard_paths(state: State, *, early: bool) -> tuple[str, ...]:
    """Return the paths behind the hazard of a state; ``early``: at an age of early survival (`hazards`)."""
    if state.hazard == "activation":
        arguments = (f"{state.name}_floor", f"{state.name}_rise", "activation_decline_h", "initial_age_h")
        return tuple(NUMBERS[argument].path for argument in arguments)
    if state.hazard == "death":
        scale = DEATH_SCALE_EARLY if early else DEATH_SCALE_LATE
        crowding = (POOL, NUMBERS["rivalry"].path) if state.timer_end == "integrate" else ()
        return (DEATH_AGE, DEATH_AGED, scale, DEATH_SCALE_AGED, *_AGEING, *crowding)
    return ()


def timer_paths(state: State) -> tuple[str, ...]:
    """Return the paths behind the timer of a state."""
    if state.stay:
        return (state.stay, STAY_VARIATION)
    arguments = {
        "stem_division": ("active_minimum_h", "active_pause_h"),
        "progenitor_division": ("cycle_minimum_h",),
        "clearance": ("clearance_h",),
    }.get(state.timer_end, ())
    pause = _both("cycle_pause_h") if state.timer_end == "progenitor_division" else ()
    return (*(NUMBERS[argument].path for argument in arguments), *pause)


def division_paths() -> tuple[str, ...]:
    """Return the paths behind one more division of a daughter."""
    return _both("divide")


def ageing_paths() -> tuple[str, ...]:
    """Return the paths behind how rates change with age."""
    return _AGEING
