"""The activity of a whole run, minute by minute, from the blocks of its scenario.

Blocks add; while rest, detraining, immobilisation, unloading or bed rest lasts, no other block acts. An animal chooses
how far it runs in a wheel; everything else is set, or recorded. Everyday activity is no block: it is always there,
but where a block takes it away. Minute 0 is the start of the run, at the clock time and on the day of the week that the
scenario says, or else its first recording (`run_clock`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity import capacity, generator, programmes, replay
from neurogen_abm.activity.everyday import check_surroundings, everyday_left, unloading
from neurogen_abm.activity.intensity import MAX_INTENSITY, Value, intensity_scale
from neurogen_abm.activity.recordings.account import Replayed
from neurogen_abm.activity.run_clock import run_clock
from neurogen_abm.activity.run_context import HOURS_PER_YEAR, BlockActivity, Floats, RunContext
from neurogen_abm.activity.work import work_of
from neurogen_abm.spec.scenario.activity import (
    CHOSEN,
    LIMITED,
    QUIET,
    SESSIONS,
    STOPPING,
    Enrichment,
    Exercise,
    Still,
)

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.activity import Block
    from neurogen_abm.spec.scenario.models import Scenario


class Schedule(NamedTuple):
    """The activity of a run, one entry per minute, and the clock on which it starts."""

    intensity: Floats  # fraction of metabolic reserve, 0 rest, 1 maximal, sprints up to 2
    distance_m: Floats  # metres covered in the minute
    resistance: Floats  # load against which muscle works, 0..1
    unloaded: NDArray[np.float32]  # share of its load that is taken from muscle: 1 in a cast
    everyday: NDArray[np.float32]  # share of the usual everyday activity, 0..1; it is no part of intensity
    forced: NDArray[np.float32]  # the part of intensity that is imposed
    passive: NDArray[np.float32]  # the part that the animal does not command: a current works its muscle
    work: NDArray[np.float32]  # of a metre, over one on the flat without a load
    limit: NDArray[np.float32]  # what a young, sedentary body can do of what is set; infinite where nothing is
    chosen_intensity: Floats  # the part of intensity and of distance that the animal chooses by its drive to move
    chosen_distance_m: Floats
    clock_start_min: int  # clock time of minute 0
    weekday: int  # day of the week of the first calendar day, Monday 0
    replayed: tuple[Replayed, ...] = ()  # what became of each recording

    @property
    def is_set(self) -> bool:
        """Whether anything is set of which a body may do less."""
        return bool(np.isfinite(self.limit).any())

    def beyond(self, minutes: slice, fitness: float) -> Floats:
        """Return how much of the intensity of some minutes a body of that fitness (1 = young, sedentary) cannot do.

        Only what is set can be too much: what an animal runs by itself, or was recorded, it could.
        """
        set_ = self.intensity[minutes] - self.chosen_intensity[minutes]
        limit = fitness * self.limit[minutes].astype(np.float64)
        return np.where(set_ > limit * (1.0 + 1e-6), set_ - np.minimum(limit, set_), 0.0)

    def driven(self, minutes: slice, drive: float) -> tuple[Floats, Floats]:
        """Return intensity and distance of some minutes where the drive to move is so many times that of the start."""
        intensity = self.intensity[minutes] + (drive - 1.0) * self.chosen_intensity[minutes]
        return (
            np.minimum(intensity, MAX_INTENSITY),
            self.distance_m[minutes] + (drive - 1.0) * self.chosen_distance_m[minutes],
        )


# The fields of a schedule that have an entry for each minute.
PER_MINUTE = (
    "intensity",
    "distance_m",
    "resistance",
    "unloaded",
    "everyday",
    "forced",
    "passive",
    "work",
    "limit",
    "chosen_intensity",
    "chosen_distance_m",
)
_BLOCKS: dict[str, Callable[..., BlockActivity]] = {
    "wheel": generator.wheel,
    "treadmill": programmes.treadmill,
    "interval": programmes.interval,
    "resistance": programmes.resistance,
    "walking": programmes.walking,
    "stimulation": programmes.stimulation,
}


def build_schedule(scenario: "Scenario", value: Value, base_dir: str | Path | None = None) -> Schedule:
    """Return the schedule of a run.

    Parameters
    ----------
    scenario
        Its blocks of activity, which add in any order, the clock and the length of the run, the species and the seed;
        one day's generated running depends on (seed, day) alone.
    value
        ``value(path, unit)`` gives the physiology of the species, as `ResolvedScenario.value`.
    base_dir
        Folder of the scenario file, from which the scenario names recordings; None where there is no file.

    Raises
    ------
    RecordingError, ActivityError
        If a recording cannot be used, or a block asks for what the species cannot do.

    Examples
    --------
    >>> from neurogen_abm.run import prepare
    >>> runner = prepare("mouse_generated_running")
    >>> schedule = build_schedule(runner.scenario, runner.value)
    >>> float(schedule.distance_m[:1440].sum().round())
    8113.0
    """
    n_minutes = round(scenario.duration_h * 60.0)
    folder = None if base_dir is None else Path(base_dir)
    clock = run_clock(scenario, folder)
    run = RunContext(
        n_minutes=n_minutes,
        clock_start_min=clock.start_min,
        weekday=clock.weekday,
        lights_on_min=round(scenario.clock.lights_on_min) % 1440,
        lights_off_min=round(scenario.clock.lights_off_min) % 1440,
        seed=scenario.seed,
        scale=intensity_scale(value, scenario.species),
        value=value,
        species=scenario.species,
        base_dir=folder,
        age_years=scenario.age_h / HOURS_PER_YEAR,
    )
    return _schedule(scenario, run)._replace(clock_start_min=clock.start_min, weekday=clock.weekday)


class _Minutes(NamedTuple):
    """What blocks have said so far of every minute of the run."""

    given: BlockActivity
    chosen: BlockActivity
    active: NDArray[np.bool_]  # whether exercise can take place
    unloaded: NDArray[np.float32]
    everyday: NDArray[np.float32]
    forced: NDArray[np.float32]
    passive: NDArray[np.float32]
    work: NDArray[np.float32]
    limit: NDArray[np.float32]
    replayed: list[Replayed]

    @classmethod
    def of(cls, n: int) -> "_Minutes":
        """Return the minutes of a run without blocks."""
        none, all_ = (np.full(n, value, np.float32) for value in (0.0, 1.0))
        return cls(
            given=BlockActivity.empty(n),
            chosen=BlockActivity.empty(n),
            active=np.ones(n, np.bool_),
            unloaded=none,
            everyday=all_,
            forced=none.copy(),
            passive=none.copy(),
            work=all_.copy(),
            limit=np.full(n, np.inf, np.float32),
            replayed=[],
        )

    def add(self, block: Any, run: RunContext) -> None:
        """Add a block that moves the animal."""
        if block.kind == "recording":
            activity, account = replay.recording(block, run)
            self.replayed.append(account)
        else:
            activity = _BLOCKS[block.kind](block, run)
        (self.chosen if block.kind in CHOSEN else self.given).add(activity)
        if _is_forced(block, run.species):
            self.forced[:] += activity.intensity
        if block.kind == "stimulation":
            self.passive[:] += activity.intensity
        if (work := work_of(block, run.value, run.species)) != 1.0:
            self.work[activity.intensity > 0.0] = work
        if block.kind in LIMITED:
            held = capacity.limit(block, run)
            np.minimum(self.limit, held, out=self.limit, where=activity.intensity > 0.0)

    def still(self, block: Any, run: RunContext) -> None:
        """Take away what a block takes away of everyday activity, of exercise and of the load on muscle."""
        first, last = run.window(block)
        if block.kind in STOPPING:
            self.active[first:last] = False
        if block.kind in QUIET:
            at = slice(first, last)
            self.everyday[at] = np.minimum(self.everyday[at], everyday_left(block, run))
            self.unloaded[at] = np.maximum(self.unloaded[at], unloading(block, run))


def _is_forced(block: "Block", species: str) -> bool:
    """Say whether a block is imposed: sessions of animals are, unless the scenario says otherwise."""
    if isinstance(block, Exercise) and block.forced is not None:
        return block.forced
    return block.kind in SESSIONS and species != "human"


def _schedule(scenario: "Scenario", run: RunContext) -> Schedule:
    """Return the schedule: activity within its bounds, and none where it is stopped."""
    said = _Minutes.of(run.n_minutes)
    for number, block in enumerate(scenario.activity):
        folder = scenario.folder_of(("activity", number, "file"), run.base_dir)
        here = run._replace(where=f"activity[{number}]", base_dir=folder)
        if block.kind in _BLOCKS or block.kind == "recording":
            said.add(block, here)
        elif isinstance(block, Enrichment):
            check_surroundings(block, here, [other for other in scenario.activity if isinstance(other, Still)])
        else:
            said.still(block, here)
    given, chosen, active = said.given, said.chosen, said.active
    intensity = np.minimum(given.intensity + chosen.intensity, MAX_INTENSITY)
    return Schedule(
        intensity=intensity * active,
        distance_m=(given.distance_m + chosen.distance_m) * active,
        resistance=np.minimum(given.resistance + chosen.resistance, 1.0) * active,
        unloaded=said.unloaded,
        everyday=said.everyday,
        forced=np.minimum(said.forced, intensity).astype(np.float32) * active,
        passive=np.minimum(said.passive, intensity).astype(np.float32) * active,
        work=said.work,
        limit=said.limit,
        chosen_intensity=(intensity - np.minimum(given.intensity, MAX_INTENSITY)) * active,
        chosen_distance_m=chosen.distance_m * active,
        clock_start_min=0,
        weekday=0,
        replayed=tuple(said.replayed),
    )
