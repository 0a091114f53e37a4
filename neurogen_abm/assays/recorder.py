"""What a run writes down: columns of a series, one row per recorded time, and the register of cells."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology import lineage
from neurogen_abm.biology.cell_cycle import CycleStain
from neurogen_abm.biology.states import LINEAGE, STATES
from neurogen_abm.engine import census, commit
from neurogen_abm.engine.field import N_LEVELS
from neurogen_abm.engine.parameters import Effects
from neurogen_abm.engine.population import taken
from neurogen_abm.engine.span import Looks, Seen
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import Markers
from neurogen_abm.state import State, array, kept, part, put_back
from neurogen_abm.tables import SERIES

if TYPE_CHECKING:
    import pandas as pd

# Columns that say how much has happened since the start of the run, and where the world counts it.
TALLIES = {
    "births": commit.BIRTHS,
    "stem_divisions": commit.STEM_DIVISIONS,
    "progenitor_divisions": commit.PROGENITOR_DIVISIONS,
    "deaths": commit.DEATHS,
    "cleared": commit.CLEARED,
    "integrated": commit.INTEGRATED,
    **{f"deaths_{s.name}": commit.DEATHS_BY_STATE + code for code, s in enumerate(LINEAGE) if s.hazard == "death"},
    "waited": commit.WAITED,
}
_TALLIED = np.array(list(TALLIES.values()))
MARKERS = ("dcx", "neun", "calretinin", "calbindin")


class Feelings(NamedTuple):
    """What the animal may feel (`biology.mood`) at a recorded time; NaN where nobody asks."""

    dopamine: float = float("nan")
    mood: float = float("nan")
    anxiety: float = float("nan")
    fatigue: float = float("nan")
    depression: float = float("nan")
    stress: float = float("nan")


class Body(NamedTuple):
    """What the muscle side of the animal shows at a recorded time; means are over the interval since the last one."""

    intensity: float
    distance_km: float
    distance_km_d: float
    fitness: float
    muscle_mass: float
    strength: float
    distance_asked_km: float
    short_min: float
    drive: float
    bdnf_plasma_pg_ml: float
    bdnf_serum_pg_ml: float
    bdnf_hippocampus: float
    bdnf_mrna_hippocampus: float
    feelings: Feelings


NAMES = tuple(SERIES)
_WHOLE = np.array([column.dtype == "int64" for column in SERIES.values()])  # columns of whole numbers
_KEPT = ("_run_sum", "_run_steps", "_interval_sum", "_interval_steps", "_tally_start")


def class_below(weight: NDArray[np.float64], share: float) -> int:
    """Return the class below which ``share`` of the sites lie; the level rises with the class."""
    reached = np.cumsum(weight)
    return min(int(np.searchsorted(reached, share * reached[-1])), len(weight) - 1)


class Recorder:
    """Gathers the series of a run, which begins as the world is now; nothing it does touches a cell.

    Attributes
    ----------
    rows : list of tuple
        One per recorded time, in the order of `NAMES`.
    """

    def __init__(
        self,
        world: World,
        markers: Markers,
        ki67: CycleStain,
        age_h: float,
        clock_start_min: float,
        *,
        keep_fields: bool = False,
    ) -> None:
        self.age_h, self.clock_start_min = age_h, clock_start_min
        self._edges_h, self._ki67 = markers.edges_h, ki67
        self._shown = markers.shown[[markers.names.index(name) for name in MARKERS]]
        self.keep_fields = keep_fields
        self._fields: list[NDArray[np.float64]] = []
        self.rows: list[tuple[float, ...]] = []
        self._run_sum, self._run_steps = np.zeros_like(world.level), 0
        self._interval_sum, self._interval_steps = np.zeros_like(world.level), 0
        self._low, self._high = (class_below(world.classes.weight, share) for share in (0.05, 0.95))
        self._tally_start = world.tally.copy()
        self._effects: Effects | None = None

    def looks(self, wanted: NDArray[np.bool_]) -> Looks:
        """Return what is to be counted in the cells, after the steps where it is ``wanted``, (steps,)."""
        return Looks(wanted.view(np.uint8), self._edges_h, self._shown, self._ki67)

    def mean_level(self, world: World) -> NDArray[np.float64]:
        """Return the level of every class of sites on average over the run so far, pg/mL."""
        return self._run_sum / self._run_steps if self._run_steps else world.level

    def map_frame(self, world: World) -> "pd.DataFrame":
        """Return one row per column of the sheet: place, subgranular capillary, BDNF at rest and on average so far."""
        import pandas as pd

        grid = world.grid
        columns = np.arange(grid.n_columns)
        field_class = world.classes.site_class[: grid.n_columns]
        return pd.DataFrame(
            {
                "u_um": ((columns % grid.n_u + 0.5) * grid.pitch_um).astype(np.float32),
                "v_um": ((columns // grid.n_u + 0.5) * grid.pitch_um).astype(np.float32),
                "capillary": grid.capillary[0].ravel(),
                "bdnf_rest_pg_ml": world.rest_level[field_class].astype(np.float32),
                "bdnf_mean_pg_ml": self.mean_level(world)[field_class].astype(np.float32),
                "field_class": field_class,
                "granule_cells": world.tissue.occupancy.load,
            }
        )

    def begin(self, world: World, body: Body) -> None:
        """Write the row of the start of the run."""
        p, c = world.population, world.population.cells
        where = p.n, p.n_quiescent, world.time_h, c.state, c.birth_h, c.clock_h, world.counts()
        stained = census.of_series(*where, self._edges_h, self._shown, self._ki67)
        now: Any = world.level, world.habituation, world.tally, stained, np.array(world.n_developmental)
        self._write(world, [world.time_h], [world.level], Seen(*(part[None] for part in now)), [body])

    def record(
        self, world: World, times_h: list[float], seen: Seen, wanted: NDArray[np.bool_], bodies: list[Body]
    ) -> None:
        """Take in the field of some steps, and write a row for each of those that are ``wanted``, (steps,).

        ``times_h`` are the ends of the steps, and ``bodies`` what the body shows where a row is wanted.
        """
        means = []
        # One step after the other, as if each were added by itself: the bits do not depend on how steps are grouped.
        self._run_sum = np.add.accumulate(np.vstack([self._run_sum, seen.level]))[-1]
        self._run_steps += len(seen.level)
        for level, is_wanted in zip(seen.level, wanted.tolist(), strict=True):
            self._interval_sum += level
            self._interval_steps += 1
            if is_wanted:
                means.append(self._interval_sum / self._interval_steps)
                self._interval_sum[:], self._interval_steps = 0.0, 0
        if means:
            parts: tuple[Any, ...] = seen
            rows = Seen(*(part[wanted] for part in parts))
            self._write(world, [times_h[k] for k in np.flatnonzero(wanted)], means, rows, bodies)

    def as_state(self) -> State:
        """Return what was written and seen so far, as arrays and numbers; a column of the series is a row."""
        columns = list(zip(*self.rows, strict=True))
        whole, real = (
            [column for column, is_whole in zip(columns, _WHOLE, strict=True) if is_whole is wanted]
            for wanted in (np.True_, np.False_)
        )
        fields = np.array(self._fields, np.float64).reshape(len(self._fields), len(self._run_sum))
        return kept(self, _KEPT) | {
            "whole": np.array(whole, np.int64),
            "real": np.array(real, np.float64),
            "fields": fields,
        }

    def restore(self, state: State) -> None:
        """Have written and seen what `as_state` returned."""
        put_back(self, state, _KEPT)
        n_whole = int(_WHOLE.sum())
        whole = array(part(state, "whole"), "whole", np.int64)
        real = array(part(state, "real"), "real", np.float64, (len(_WHOLE) - n_whole, *whole.shape[1:]))
        array(whole, "whole", np.int64, (n_whole, *real.shape[1:]))
        columns, n = (iter(whole.tolist()), iter(real.tolist())), real.shape[1]
        self.rows[:] = zip(*(next(columns[0 if is_whole else 1]) for is_whole in _WHOLE), strict=True)
        fields = array(part(state, "fields"), "fields", np.float64, (n if self.keep_fields else 0, len(self._run_sum)))
        self._fields = list(fields.copy())

    def _write(
        self, world: World, times_h: list[float], levels: list[NDArray[np.float64]], seen: Seen, bodies: list[Body]
    ) -> None:
        """Write rows of the series: the field as means since the row before, cells as ``seen`` at the times."""
        of_states = slice(commit.IN_STATE, commit.IN_STATE + len(STATES))
        columns = zip(
            times_h,
            bodies,
            levels,
            self._habituation(world, seen.habituation),
            seen.tally[:, of_states].tolist(),
            seen.stained.tolist(),
            (seen.tally - self._tally_start)[:, _TALLIED].tolist(),
            seen.n_developmental.tolist(),
            seen.tally[:, commit.NEW_NEURONS].tolist(),
            strict=True,
        )
        weight = world.classes.weight
        for time_h, body, level, habituation, counts, stained, happened, developmental, new in columns:
            clock_h = (self.clock_start_min / 60.0 + time_h) % 24.0
            begin = time_h, time_h / 24.0, (self.age_h + time_h) / 24.0, clock_h, *body[:-1], *body.feelings
            field = float(level @ weight), float(level[self._low]), float(level[self._high])
            self.rows.append((*begin, *field, habituation, *counts, *stained, *happened, developmental, new))
        if self.keep_fields:
            self._fields += [level.copy() for level in seen.level]

    def _habituation(self, world: World, habituation: NDArray[np.float64]) -> list[float]:
        """Return how far the most habituated effect had faded: 0 not at all, 1 as far as saturation brings it.

        ``habituation`` is as in `World`, (times, effects).
        """
        if self._effects is not world.effects:
            self._effects = world.effects
            self._loses_gain = self._effects.gain_loss > 0.0
            self._acts = (self._effects.towards != 1.0) & ~self._loses_gain
            self._log_towards = np.log(self._effects.towards[self._acts])
        found = []
        for left in habituation:  # one by one: the last bits of numpy's logarithm depend on how a table lies in memory
            faded = (np.log(left[self._acts]) / self._log_towards).max(initial=0.0)
            found.append(float((1.0 - left[self._loses_gain]).max(initial=faded)))
        return found

    def frame(self) -> "pd.DataFrame":
        """Return the series as a table."""
        import pandas as pd

        columns = zip(*self.rows, strict=True)
        types = ((name, np.int64 if is_whole else np.float64) for name, is_whole in zip(NAMES, _WHOLE, strict=True))
        return pd.DataFrame({name: np.array(next(columns), kind) for name, kind in types})

    def fields_frame(self) -> "pd.DataFrame":
        """Return the field at every recorded time: ``time_h``, then the level of each class of sites, pg/mL.

        Column ``field_class`` of the map says which class a subgranular site belongs to. Without rows unless fields are
        kept.
        """
        import pandas as pd

        times = [row[0] for row in self.rows] if self.keep_fields else []
        levels = np.array(self._fields, np.float32).reshape(len(times), -1 if times else N_LEVELS)
        return pd.DataFrame({"time_h": times} | {f"class_{c}": levels[:, c] for c in range(levels.shape[1])})


def _names(codes: NDArray[np.uint8], names: tuple[str, ...]) -> Any:
    import pandas as pd

    return pd.Categorical.from_codes(codes.astype(np.int8), pd.Index(names))


def register(world: World, *, kept: bool = True) -> "pd.DataFrame":
    """Return the register: every cell that lived at or after the start of the run, with its ancestors, by birth and id.

    Without any row, but with every column, where it is not ``kept``. Times are hours since the start of the run.
    ``end_h`` is when the life under this id ended, by death or division, NaN for the living; ``cleared_h`` when the
    body was removed. A body not yet cleared has died and not yet been cleared.
    """
    import pandas as pd

    cells, grid = world.population.everyone() if kept else taken(world.population.registered, slice(0)), world.grid
    layer, column = np.divmod(cells.site.astype(np.int64), grid.n_columns)
    frame = pd.DataFrame(
        {
            "id": cells.id,
            "mother": cells.mother,
            "founder": cells.founder.astype(np.int64),
            "generation": cells.generation,
            "birth_state": _names(cells.birth_state, STATES),
            "state": _names(cells.state, STATES),
            "birth_h": cells.birth_h,
            "end_h": cells.end_h,
            "cause": _names(cells.cause, lineage.CAUSES),
            "cleared_h": cells.cleared_h,
            "u_um": ((column % grid.n_u + 0.5) * grid.pitch_um).astype(np.float32),
            "v_um": ((column // grid.n_u + 0.5) * grid.pitch_um).astype(np.float32),
            "layer": layer.astype(np.uint8),
            "divisions": cells.divisions,
        }
    )
    dead_since = frame["end_h"].to_numpy()
    removed = frame["cleared_h"].to_numpy()
    lived = np.isnan(dead_since) | (dead_since >= 0.0) | (removed >= 0.0)
    lived[: world.population.n] = True
    rows = np.flatnonzero(_with_ancestors(frame["id"].to_numpy(), frame["mother"].to_numpy(), lived))
    in_order = rows[np.lexsort((cells.id[rows], cells.birth_h[rows]))]
    return frame.take(in_order).reset_index(drop=True)


def _with_ancestors(ids: NDArray[np.int64], mothers: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return ``kept`` with the mothers of all that are kept, up to the founders."""
    kept = kept.copy()
    others = np.flatnonzero(~kept)  # few: most cells lived in the run, so that they are looked for, and not these
    wanted = mothers[kept]
    while len(others):
        known = np.sort(ids[others])
        place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        found = np.isin(ids[others], wanted[known[place] == wanted])
        if not found.any():
            break
        wanted = mothers[others[found]]
        kept[others[found]] = True
        others = others[~found]
    return kept
