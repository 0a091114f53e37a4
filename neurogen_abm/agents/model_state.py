"""The state of a whole animal, and a model put back into a state: what outlives a step."""

from dataclasses import replace
from typing import TYPE_CHECKING

from neurogen_abm.activity.run_clock import on_clock
from neurogen_abm.agents.beside import luck_of, require_own, set_luck
from neurogen_abm.agents.collector import SeriesCollector
from neurogen_abm.agents.muscle import MuscleAgent
from neurogen_abm.lowering import Lowered, lower
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.state import MisfitError, State, kept, like, part, put_back

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel

# What is the model's own; ``time`` is that of later versions of Mesa.
_KEPT = ("steps", "running", "_rise_sum", "_rise_steps", "_since", "time")
# What has a state of its own.
PARTS = ("muscle", "recorder", "time_course", "histology")


def state_of(model: "NeurogenesisModel", lowered: Lowered) -> State:
    """Return a whole animal as arrays and plain values; errors as of `NeurogenesisModel.as_state`."""
    world, muscle, collector = model.world, model.muscle, model.datacollector
    require_own(
        muscle=type(muscle) is MuscleAgent,
        parameters=world.parameters is lowered.parameters,
        effects=world.effects is lowered.effects,
    )
    return kept(model, _names(model)) | {
        "world": world.as_state(),
        **{name: getattr(model, name).as_state() for name in PARTS},
        "collected": collector.as_state() if isinstance(collector, SeriesCollector) else {},
        "luck": luck_of(model),
        "clock": [lowered.schedule.clock_start_min, lowered.schedule.weekday],
        "used": sorted(lowered.used),
    }


def lowered_of(spec: ResolvedScenario, state: State) -> Lowered:
    """Return the numbers by which an animal of a state lives; a MisfitError says that its clock is none."""
    start_min, weekday = like((0, 0), part(state, "clock"), "clock")
    if not (0 <= start_min < 1440 and 0 <= weekday < 7):
        raise MisfitError("clock")
    # A life whose activity has changed keeps the clock with which it began.
    begun = replace(spec, scenario=on_clock(spec.scenario, start_min, weekday))
    return lower(begun, frozenset(part(state, "used")))


def restore(model: "NeurogenesisModel", state: State) -> None:
    """Let a model take over what a state holds beside the gyrus; a MisfitError says that it is of another animal."""
    put_back(model, state, _names(model))
    for name in PARTS:
        getattr(model, name).restore(part(state, name))
    if collected := part(state, "collected"):
        model.datacollector.restore(collected)
    set_luck(model, part(state, "luck"))
    lived, planned = model.muscle.minute, model.n_steps * model.minutes_per_step
    if lived != round(model.world.time_h * 60.0) or not 0 <= lived <= planned:
        raise MisfitError("minute")


def _names(model: "NeurogenesisModel") -> tuple[str, ...]:
    return tuple(name for name in _KEPT if name in vars(model))
