"""Lowering of the tissue: its sheet and grid, the niche, and the beginning of the animal's history."""

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from neurogen_abm.biology import niche
from neurogen_abm.biology.niche import Niche
from neurogen_abm.engine import field
from neurogen_abm.engine.beginning import Start, stem_pool
from neurogen_abm.engine.field import FieldClasses
from neurogen_abm.engine.grid import DentateGrid, make_grid
from neurogen_abm.engine.parameters import Parameters
from neurogen_abm.errors import InputError
from neurogen_abm.kept import Kept, read_only
from neurogen_abm.lowering import paths
from neurogen_abm.lowering.parameter_reader import ParameterReader, Value
from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.models import Scenario

# Tissues laid out in this process: 0.4 MB for a patch of 900 x 600 um, 28 for a whole mouse.
_LAID_OUT: Kept[tuple[DentateGrid, FieldClasses]] = Kept(most_bytes=64 * 2**20)

# `stem_pool`, compiled or not.
StemPool: TypeAlias = Callable[[Parameters, float, float, float], tuple[float, float, float]]


def decay_per_s(value: Value) -> float:
    """Return the decay rate of the signal in the niche, 1/s."""
    return niche.decay_rate_per_s(
        value("physiology.niche.degradation_half_life", "s"),
        value("physiology.niche.bulk_clearance", "1/s"),
        value("physiology.niche.binding_ratio", "1"),
    )


def diffusion_and_decay(value: Value) -> tuple[float, float]:
    """Return the effective diffusion coefficient (um2/s) and decay rate (1/s) of the signal in the niche."""
    free, bound = value("physiology.niche.diffusion_free", "um**2/s"), value("physiology.niche.binding_ratio", "1")
    return niche.effective_diffusion(free, bound), decay_per_s(value)


def measured_influx_pg_ml(value: Value) -> float:
    """Return the resting level blood alone keeps up at the published permeability."""
    return niche.barrier_influx_pg_ml(
        value("physiology.barrier.permeability", "mL/g/min"),
        value("physiology.circulation.plasma_rest", "pg/mL"),
        value("physiology.barrier.extracellular_fraction", "1"),
        value("physiology.niche.binding_ratio", "1"),
        decay_per_s(value),
    )


def niche_sources(value: Value, pathway: str) -> Niche:
    """Return the resting sources of the niche in pg/mL.

    Raises
    ------
    InputError
        When blood alone would exceed the resting level.
    """
    gain = value(f"pathways.{pathway}.barrier_gain", "1")
    measured = measured_influx_pg_ml(value)
    rest = value(*paths.REST_LEVEL)
    try:
        return niche.resting_sources(rest, gain, measured)
    except ValueError as fault:
        raise InputError(
            f"A barrier gain of {plain(gain)} lets blood alone bring {plain(gain * measured, 3)} pg/mL, "
            f"above the resting level of {plain(rest)} pg/mL.",
            where=f"parameters.pathways.{pathway}.barrier_gain",
            cure=f"Use a gain of at most {rest / measured:.1f}.",
        ) from fault


def lower_sheet(read: ParameterReader, scenario: Scenario) -> tuple[int, int, float]:
    """Return sites along u and v, and the share of the whole sheet.

    Raises
    ------
    InputError
        When a patch is larger than the gyrus or smaller than a site.
    """
    tissue, pitch = scenario.tissue, read(*paths.PITCH)
    whole = [round(read(f"anatomy.sheet_{axis}", "um") / pitch) for axis in ("septotemporal", "transverse")]
    if isinstance(tissue, str):
        return whole[0], whole[1], 1.0
    sides = [round(tissue.septotemporal_um / pitch), round(tissue.transverse_um / pitch)]
    for axis, side, most in zip(("septotemporal", "transverse"), sides, whole, strict=True):
        if not 1 <= side <= most:
            raise InputError(
                f"A patch of {plain(side * pitch)} um does not fit a gyrus of {plain(most * pitch)} um along this "
                "axis.",
                where=scenario.where(("tissue", axis)),
                cure=f"Give a length from {plain(pitch)} um to {plain(most * pitch)} um, or `tissue: whole`.",
            )
    return sides[0], sides[1], sides[0] * sides[1] / (whole[0] * whole[1])


class Spacings(NamedTuple):
    """Lengths of the lattice (um): between sites, and between capillaries of the hilar border and of the layer."""

    pitch: float
    subgranular: float
    granule: float


def lower_spacings(read: ParameterReader) -> Spacings:
    """Return the lengths of which the lattice is made."""
    zones = ("anatomy.capillary_spacing_subgranular", "anatomy.capillary_spacing_granule")
    return Spacings(read(*paths.PITCH), *(read(path, "um") for path in zones))


def lower_grid(parameters: Parameters, spacings: Spacings) -> DentateGrid:
    """Return the lattice with its capillaries."""
    return make_grid(
        seed=parameters.seed,
        n_u=parameters.n_u,
        n_v=parameters.n_v,
        n_layers=parameters.n_layers,
        pitch_um=spacings.pitch,
        subgranular_spacing_um=spacings.subgranular,
        granule_spacing_um=spacings.granule,
        reach=parameters.reach,
    )


def lay_out(
    p: Parameters, spacings: Spacings, diffusion_and_decay: tuple[float, float]
) -> tuple[DentateGrid, FieldClasses]:
    """Return the lattice of an animal with its capillaries, and its sites by their share of what these bring.

    Twins have one tissue, so that it is kept. What only numpy reads cannot be written; of what compiled code reads,
    which takes arrays that can be written for another type, each animal gets its own.
    """
    key = (p.seed, p.n_u, p.n_v, p.n_layers, p.reach, spacings, diffusion_and_decay)
    known = _LAID_OUT.get(key)
    if known is None:
        grid = lower_grid(p, spacings)
        pattern = field.capillary_pattern(grid.capillary, grid.pitch_um, *diffusion_and_decay)
        known = grid, field.classify(pattern, grid.n_columns)
        arrays = [part for whole in known for part in whole if isinstance(part, np.ndarray)]
        read_only(*arrays)
        _LAID_OUT.keep(key, known, sum(array.nbytes for array in arrays))
    grid, classes = known
    rings = {name: getattr(grid, name).copy() for name in ("ring_start", "ring_u", "ring_v")}
    return grid._replace(**rings), FieldClasses(
        classes.site_class.copy(), classes.pattern.copy(), classes.weight.copy()
    )


def lower_start(
    read: ParameterReader, scenario: Scenario, p: Parameters, area_fraction: float, pool: StemPool = stem_pool
) -> Start:
    """Return the beginning of the animal's history, a whole number of steps before the run.

    An animal whose history begins later than `stem.initial_age` has lived until then all the same: its stem cells are
    those that its hazards have left.
    """
    initial_age_h = read(*paths.NUMBERS["initial_age_h"])
    first_age_h = max(initial_age_h, scenario.age_h - read("lineage.stem.longest_history", "h"))
    steps = math.floor((scenario.age_h - first_age_h) / p.dt_h + 1e-9)
    age_h = scenario.age_h - steps * p.dt_h
    at_first = read("lineage.stem.initial_count", "cells") * share_of_high(read, scenario) * area_fraction
    left, resting, active = pool(p, read("lineage.stem.initial_resting", "1"), initial_age_h, age_h)
    n_columns, n_stem = p.n_u * p.n_v, round(at_first * left)
    n_granule = round(read("anatomy.granule_cells", "cells") * area_fraction)
    _check_room(scenario, "lineage.stem.initial_count", n_stem, n_columns)
    _check_room(scenario, "anatomy.granule_cells", n_granule, n_columns * p.column_capacity)
    return Start(-steps * p.dt_h, age_h, n_stem, n_granule, resting, active)


def _check_room(scenario: Scenario, path: str, wanted: int, sites: int) -> None:
    """Refuse more cells than the tissue has sites."""
    if wanted > sites:
        raise InputError(
            f"{wanted:,} cells are asked of a tissue with {sites:,} sites for them.",
            where=scenario.where(("parameters", path)),
            cure="Lower the number, or enlarge the sheet or the layers (anatomy).",
        )


def share_of_high(read: ParameterReader, scenario: Scenario) -> float:
    """Return new neurons over those of the highest setting of the human switch, to which the catalogue refers."""
    wanted, most = (human_switch(read, scenario, s, "new_neurons", "1/d") for s in (scenario.neurogenesis, "high"))
    return wanted / most


def human_switch(read: ParameterReader, scenario: Scenario, setting: str | None, name: str, unit: str) -> float:
    """Return a parameter of the human switch of neurogenesis, or 1 where the species has none."""
    if scenario.neurogenesis is None:
        return 1.0
    return float(read(f"lineage.neurogenesis.{setting}.{name}", unit))
