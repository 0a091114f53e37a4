"""The activity of a whole run, minute by minute, from the blocks of its scenario.

Blocks add; while rest, immobilisation or detraining lasts, no other block acts. An animal chooses how far it runs in a
wheel; everything else is set, or recorded. Minute 0 is the start of the run; its first calendar day is a Monday.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity import generator, programmes, replay
from neurogen_abm.activity.intensity import MAX_INTENSITY, Value, intensity_scale
from neurogen_abm.activity.run_context import BlockActivity, Floats, RunContext
from neurogen_abm.spec.scenario.activity import CHOSEN, SESSIONS, STOPPING, Exercise

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.activity import Block
    from neurogen_abm.spec.scenario.models import Scenario


class Schedule(NamedTuple):
    """The activity of a run, one entry per minute; minute 0 is its start."""

    intensity: Floats  # fraction of metabolic reserve, 0 rest, 1 maximal, sprints up to 2
    distance_m: Floats  # metres covered in the minute
    resistance: Floats  # load against which muscle works, 0..1
    immobilised: NDArray[np.bool_]  # whether the limbs are held still
    everyday: NDArray[np.float32]  # share of the usual everyday activity, 0..1; it is no part of intensity
    forced: NDArray[np.float32]  # the part of intensity that is imposed
    chosen_intensity: Floats  # the part of intensity and of distance that the animal chooses by its drive to move
    chosen_distance_m: Floats

    def driven(self, minutes: slice, drive: float) -> tuple[Floats, Floats]:
        """Return intensity and distance of some minutes where the drive to move is so many times that of the start."""
        intensity = self.intensity[minutes] + (drive - 1.0) * self.chosen_intensity[minutes]
        return (
            np.minimum(intensity, MAX_INTENSITY),
            self.distance_m[minutes] + (drive - 1.0) * self.chosen_distance_m[minutes],
        )


_BLOCKS: dict[str, Callable[..., BlockActivity]] = {
    "wheel": generator.wheel,
    "treadmill": programmes.treadmill,
    "interval": programmes.interval,
    "resistance": programmes.resistance,
    "walking": programmes.walking,
    "recording": replay.recording,
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
    run = RunContext(
        n_minutes=n_minutes,
        clock_start_min=round(scenario.clock.start_min) % 1440,
        lights_off_min=round(scenario.clock.lights_off_min) % 1440,
        seed=scenario.seed,
        scale=intensity_scale(value, scenario.species),
        value=value,
        species=scenario.species,
        base_dir=None if base_dir is None else Path(base_dir),
    )
    given, chosen = BlockActivity.empty(n_minutes), BlockActivity.empty(n_minutes)
    stopped = np.zeros(n_minutes, dtype=np.bool_)
    immobilised = np.zeros(n_minutes, dtype=np.bool_)
    forced = np.zeros(n_minutes, np.float32)
    for number, block in enumerate(scenario.activity):
        first, last = run.window(block)
        if block.kind in STOPPING:
            stopped[first:last] = True
            if block.kind == "immobilisation":
                immobilised[first:last] = True
        else:
            folder = scenario.folder_of(("activity", number, "file"), run.base_dir)
            here = run._replace(where=f"activity[{number}]", base_dir=folder)
            activity = _BLOCKS[block.kind](block, here)
            (chosen if block.kind in CHOSEN else given).add(activity)
            if _is_forced(block, scenario.species):
                forced += activity.intensity
    return _schedule(given, chosen, ~stopped, immobilised, forced)


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
    )
