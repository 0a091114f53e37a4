"""Moments of an animal as the organ map shows them: who is there, where, and the field, at one time."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.places import Places, places_at
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine.population import Present
from neurogen_abm.errors import InputError, IntegrityError, argument
from neurogen_abm.lowering import lower
from neurogen_abm.numerals import plain
from neurogen_abm.scene.cells import keys, unpacked
from neurogen_abm.scene.colourings import BDNF, BIRTH, CLONE, STAIN, stains_offered, values
from neurogen_abm.serve.payload.frames import bdnf_limits, pack

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel
    from neurogen_abm.run import Result

_NOW: Final = "BDNF at this moment"
_MEAN: Final = "BDNF: mean of the whole run, which is what the result holds"
_KEPT: Final = "BDNF at the last recorded time"


class Moment(NamedTuple):
    """An animal at one time.

    ``alive`` has the cells in the order in which a frame has them; ``level`` the BDNF of every class of sites, pg/mL,
    and ``level_is`` says of when; ``developmental`` the granule cells born in development by column; ``values`` what
    colours cells, by way to colour.
    """

    day: float
    spec: Any
    world: Any
    alive: Present
    level: NDArray[np.float64]
    level_is: str
    developmental: NDArray[np.uint8]
    limits: tuple[float, float]
    values: dict[str, NDArray[np.uint8]]
    stains: dict[str, str]

    @property
    def counts(self) -> dict[str, int]:
        """Cells by state."""
        return dict(zip(STATES, np.bincount(self.alive.state, minlength=len(STATES)).tolist(), strict=True))

    @property
    def life(self) -> Any:
        """What still stands at this moment, in the form in which `serve.payload` takes a life."""
        world = SimpleNamespace(
            grid=self.world.grid,
            classes=self.world.classes,
            parameters=self.world.parameters,
            rest_level=self.world.rest_level,
            developmental=self.developmental,
        )
        return SimpleNamespace(model=SimpleNamespace(world=world, spec=self.spec))

    def facts(self) -> dict[str, Any]:
        """Return the figures beside the map."""
        return {
            "day": self.day,
            "counts": self.counts,
            "n_cells": len(self.alive.id),
            "n_developmental": int(self.developmental.sum(dtype=np.int64)),
            "niche_pg_ml": float(self.level @ self.world.classes.weight),
            "level_is": self.level_is,
        }

    def frame(self) -> bytes:
        """Return cells and field as a block that the painters' decoder reads."""
        cells = unpacked(_keys(self.alive, self.world.grid))
        arrays = [(name, 0, cells[name]) for name in ("gap", "kind", "place")]
        arrays.append(("level", 0, self.level.astype(np.float32)))
        arrays += [(f"value_{by}", 0, value) for by, value in self.values.items()]
        return pack({"arms": [self.facts()]}, arrays)


def moment_now(model: "NeurogenesisModel") -> Moment:
    """Return the present moment of a model; it is not changed, and the moment does not change with it."""
    alive = _in_order(model.world.population.living(), model.world.grid)
    level, developmental = model.world.level.copy(), model.world.developmental.copy()
    return _moment(model, model.day, alive, level, _NOW, developmental, stains_offered(model))


def moment_at_end(result: "Result") -> Moment:
    """Return the end of a run from its tables.

    Raises
    ------
    InputError
        The run kept no register of cells.
    IntegrityError
        Register and series do not say the same.
    """
    if not result.resolved.scenario.outputs.cells:
        cure = "Run it with `outputs: {cells: true}`, or show a model."
        raise InputError("This result holds no cells.", where=argument("source"), code="no-cells", cure=cure)
    world = lower(result.resolved).world()
    last = result.series.iloc[-1]
    alive = _in_order(_present(result, world.grid), world.grid)
    level, level_is = _level(result, world)
    world.level = level
    developmental = _developmental(result, alive, world.grid)
    model = SimpleNamespace(spec=result.resolved, world=world)
    found = _moment(model, float(last["day"]), alive, level, level_is, developmental, {})
    told = {f"n_{state}": n for state, n in found.counts.items()} | {"granule_background": int(developmental.sum())}
    if differing := [name for name, n in told.items() if int(last[name]) != n]:
        what = f"{differing[0]} is {plain(last[differing[0]])} in the series, and {told[differing[0]]} in the cells."
        raise IntegrityError(what, where=str(result.directory or ""), cure="Run the scenario again.")
    return found


def moments_lived_again(result: "Result", days: Sequence[float]) -> list[Moment]:
    """Return moments of a run, for which the animal is lived again; refused where that gives other numbers.

    Raises
    ------
    InputError
        There is no such day, or this version does not live the same life.
    """
    from neurogen_abm.scene.lived import live_again

    times_h = result.series["time_h"].to_numpy(float)
    wanted = {_recorded(float(day), times_h) for day in days}
    found: list[Moment] = []

    def see(model: "NeurogenesisModel") -> None:
        if any(abs(model.world.time_h - time_h) < 1e-6 for time_h in wanted):
            found.append(moment_now(model))

    live_again(result, see)
    return found


def places_of(moment: Moment) -> Places:
    """Return where the somata of a moment lie, in the order of its frame."""
    return places_at(moment.alive.id, moment.alive.site, moment.world.grid)


def _recorded(day: float, times_h: NDArray[np.float64]) -> float:
    """Return the recorded time of a day, h."""
    nearest = float(times_h[np.argmin(np.abs(times_h - 24 * day))])
    if abs(nearest - 24 * day) > 1e-6:
        first, last = (plain(time_h / 24) for time_h in times_h[[0, -1]])
        what = f"Day {plain(day)} was not recorded; the run has days {first} to {last}."
        cure = f"The nearest is {plain(nearest / 24)}."
        raise InputError(what, where=argument("days"), code="no-such-day", cure=cure, seen=day)
    return nearest


def _moment(
    model: Any,
    day: float,
    alive: Present,
    level: NDArray[np.float64],
    level_is: str,
    developmental: NDArray[np.uint8],
    stains: dict[str, str],
) -> Moment:
    limits = bdnf_limits([SimpleNamespace(model=model)])
    ways = (CLONE, BIRTH, BDNF, *(f"{STAIN}:{name}" for name in stains))
    coloured = {by: values(model, alive, by, limits) for by in ways}
    return Moment(day, model.spec, model.world, alive, level, level_is, developmental, limits, coloured, stains)


def _keys(alive: Present, grid: Any) -> NDArray[np.uint64]:
    return keys(alive.id, alive.site, alive.state, grid.n_columns)


def _in_order(alive: Present, grid: Any) -> Present:
    """Return cells in the order of a frame, as copies."""
    order = np.argsort(_keys(alive, grid), kind="stable")
    columns: tuple[Any, ...] = alive
    return Present(*(column[order] for column in columns))


def _present(result: "Result", grid: Any) -> Present:
    """Return the cells that are there at the end of a run; a body is there until it is cleared."""
    cells = result.cells
    cause = cells["cause"].astype(str).to_numpy()
    body = (cause == lineage.CAUSES[lineage.APOPTOSIS]) & cells["cleared_h"].isna().to_numpy()
    own = cells[(cause == lineage.CAUSES[lineage.ALIVE]) | body]
    body = body[own.index.to_numpy()]
    codes = own["state"].astype(str).map({name: code for code, name in enumerate(STATES)}).to_numpy(np.int64)
    u, v = ((own[name].to_numpy(float) // grid.pitch_um).astype(np.int64) for name in ("u_um", "v_um"))
    return Present(
        id=own["id"].to_numpy(np.int64),
        row=np.zeros(len(own), np.int64),
        founder=own["founder"].to_numpy(np.int32),
        birth_h=own["birth_h"].to_numpy(float),
        clock_h=np.full(len(own), np.nan),
        site=(own["layer"].to_numpy(np.int64) * grid.n_columns + v * grid.n_u + u).astype(np.int32),
        state=np.where(body, lineage.APOPTOTIC, codes).astype(np.uint8),
    )


def _level(result: "Result", world: Any) -> tuple[NDArray[np.float64], str]:
    """Return BDNF of every class of sites, pg/mL, and of when it is."""
    classes = [name for name in result.fields.columns if name.startswith("class_")]
    if len(result.fields) and len(classes) == len(world.level):
        by_class = sorted(classes, key=lambda name: int(name.removeprefix("class_")))
        return result.fields.iloc[-1][by_class].to_numpy(float), _KEPT
    # The map has the classes of the subgranular zone. What the tissue makes is alike everywhere and the rest goes with
    # the share that capillaries bring, so that levels lie on one line over that share.
    known = result.map.groupby("field_class")["bdnf_mean_pg_ml"].first()
    pattern = world.classes.pattern
    at = pattern[known.index.to_numpy()]
    slope, foot = np.polyfit(at, known.to_numpy(float), 1) if np.ptp(at) > 0 else (0.0, float(known.iloc[0]))
    return foot + slope * pattern, _MEAN


def _developmental(result: "Result", alive: Present, grid: Any) -> NDArray[np.uint8]:
    """Return granule cells born in development by column: those of the column but for the cells of the model."""
    layer, column = np.divmod(alive.site.astype(np.int64), grid.n_columns)
    own = np.bincount(column[layer > 0], minlength=grid.n_columns)
    return (result.map["granule_cells"].to_numpy(np.int64) - own).astype(np.uint8)
