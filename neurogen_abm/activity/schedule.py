"""The activity of a whole run, minute by minute, from the blocks of its scenario.

Blocks add; while rest, immobilisation or detraining lasts, no other block acts. An animal chooses how far it runs in a
wheel; everything else is set, or recorded. Minute 0 is the start of the run, at the clock time and on the day of the
week that the scenario says, or else its first recording (`run_clock`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity import generator, programmes, replay
from neurogen_abm.activity.intensity import MAX_INTENSITY, Value, intensity_scale
from neurogen_abm.activity.recordings.account import Replayed
from neurogen_abm.activity.run_clock import run_clock
from neurogen_abm.activity.run_context import HOURS_PER_YEAR, BlockActivity, Floats, RunContext
from neurogen_abm.spec.scenario.activity import CHOSEN, SESSIONS, STOPPING, Exercise

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.activity import Block
    from neurogen_abm.spec.scenario.models import Scenario


class Schedule(NamedTuple):
    """The activity of a run, one entry per minute, and the clock on which it starts."""

    intensity: Floats  # fraction of metabolic reserve, 0 rest, 1 maximal, sprints up to 2
    distance_m: Floats  # metres covered in the minute
    resistance: Floats  # load against which muscle works, 0..1
    immobilised: NDArray[np.bool_]  # whether the limbs are held still
    everyday: NDArray[np.float32]  # share of the usual everyday activity, 0..1; it is no part of intensity
    forced: NDArray[np.float32]  # the part of intensity that is imposed
    chosen_intensity: Floats  # the part of intensity and of distance that the animal chooses by its drive to move
    chosen_distance_m: Floats
    clock_start_min: int  # clock time of minute 0
    weekday: int  # day of the week of the first calendar day, Monday 0
    replayed: tuple[Replayed, ...] = ()  # what became of each recording

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
    "immobilised",
    "everyday",
    "forced",
    "chosen_intensity",
    "chosen_distance_m",
)
_BLOCKS: dict[str, Callable[..., BlockActivity]] = {
    "wheel": generator.wheel,
    "treadmill": programmes.treadmill,
    "interval": programmes.interval,
    "resistance": programmes.resistance,
    "walking": programmes.walking,
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
    given, chosen = BlockActivity.empty(n_minutes), BlockActivity.empty(n_minutes)
    stopped = np.zeros(n_minutes, dtype=np.bool_)
    immobilised = np.zeros(n_minutes, dtype=np.bool_)
    forced = np.zeros(n_minutes, np.float32)
    replayed: list[Replayed] = []
    for number, block in enumerate(scenario.activity):
        first, last = run.window(block)
        if block.kind in STOPPING:
            stopped[first:last] = True
            if block.kind == "immobilisation":
                immobilised[first:last] = True
            continue
        here = run._replace(
            where=f"activity[{number}]", base_dir=scenario.folder_of(("activity", number, "file"), run.base_dir)
        )
        if block.kind == "recording":
            activity, account = replay.recording(block, here)
            given.add(activity)
            replayed.append(account)
        else:
            activity = _BLOCKS[block.kind](block, here)
            (chosen if block.kind in CHOSEN else given).add(activity)
        if _is_forced(block, scenario.species):
            forced += activity.intensity
    return _schedule(given, chosen, ~stopped, immobilised, forced)._replace(
        clock_start_min=clock.start_min, weekday=clock.weekday, replayed=tuple(replayed)
    )


def _is_forced(block: "Block", species: str) -> bool:
    """Say whether a block is imposed: sessions of animals are, unless the scenario says otherwise."""
    if isinstance(block, Exercise) and block.forced is not None:
        return block.forced
    return block.kind in SESSIONS and species != "human"


def _schedule(
    given: BlockActivity,
    chosen: BlockActivity,
    active: NDArray[np.bool_],
    immobilised: NDArray[np.bool_],
    forced: NDArray[np.float32],
) -> Schedule:
    """Return the schedule: activity within its bounds, and none where it is stopped."""
    intensity = np.minimum(given.intensity + chosen.intensity, MAX_INTENSITY)
    return Schedule(
        intensity=intensity * active,
        distance_m=(given.distance_m + chosen.distance_m) * active,
        resistance=np.minimum(given.resistance + chosen.resistance, 1.0) * active,
        immobilised=immobilised,
        everyday=np.ones(len(intensity), np.float32),
        forced=np.minimum(forced, intensity).astype(np.float32) * active,
        chosen_intensity=(intensity - np.minimum(given.intensity, MAX_INTENSITY)) * active,
        chosen_distance_m=chosen.distance_m * active,
        clock_start_min=0,
        weekday=0,
    )
