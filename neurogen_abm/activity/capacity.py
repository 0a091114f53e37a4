"""What a body can do of what is asked of it, and what it cannot."""

from typing import TYPE_CHECKING, Any, NamedTuple

from neurogen_abm.activity.intensity import IntensityScale, Value, intensity_scale
from neurogen_abm.activity.run_context import ActivityError, RunContext
from neurogen_abm.activity.work import work_of
from neurogen_abm.biology.ageing import Ageing, fitness_of_age
from neurogen_abm.biology.capacity import Endurance, held
from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.activity import LIMITED

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.models import Scenario

_HOURS_PER_YEAR = 8766.0


def limit(block: Any, run: RunContext) -> float:
    """Return the highest intensity that a young, sedentary body holds for the length of a session, or of a bout."""
    return _held(block, run.value)


def _held(block: Any, value: Value) -> float:
    e = "physiology.endurance"
    endurance = Endurance(
        full_min=float(value(f"{e}.time_at_maximum", "min")),
        fall=float(value(f"{e}.fall", "1")),
        sprint_gain=float(value(f"{e}.sprint_gain", "1")),
    )
    return held(endurance, _minutes(block))


def _minutes(block: Any) -> float:
    """Return for how long a session asks for its intensity without a rest."""
    return float(block.work_min if block.kind == "interval" else block.session_min)


def read_ageing(value: Value, sex: str) -> Ageing:
    """Return how the body of a species and sex ages."""
    m = "physiology.muscle"

    def years(name: str) -> float:
        return float(value(f"{m}.{name}", "h")) / _HOURS_PER_YEAR

    def per_year(name: str) -> float:
        return float(value(f"{m}.{name}", "1/year"))

    return Ageing(
        mature_yr=years("mature_age"),
        mass_loss=per_year(f"ageing_mass_loss_{sex}"),
        late_mass_yr=years("ageing_late_onset"),
        late_mass_loss=per_year(f"ageing_late_mass_loss_{sex}"),
        strength_loss=per_year("ageing_strength_loss"),
        late_strength_yr=years("ageing_strength_late_onset"),
        late_strength_loss=per_year(f"ageing_late_strength_loss_{sex}"),
        fitness_fall=float(value(f"{m}.ageing_fitness_fall", "1")),
        fitness_fall_yr=years("ageing_fitness_fall_time"),
        fitness_loss=per_year("ageing_fitness_loss"),
        late_fitness_yr=years("ageing_fitness_late_onset"),
        late_fitness_loss=per_year("ageing_late_fitness_loss"),
    )


class Excess(NamedTuple):
    """A block that asks for more than a body of the age at the start can do."""

    where: str  # place in the scenario
    key: str  # its entry that asks for too much
    kind: str
    asked: float  # intensity (1)
    possible: float
    minutes: float  # for which it is to be held
    later: bool  # whether it begins after the run does

    @property
    def what(self) -> str:
        """Say what it asks for, and what can be done."""
        when = "when trained as well as can be" if self.later else "as the run starts"
        return (
            f"asks for an intensity of {plain(self.asked, 3)} over "
            f"{plain(self.minutes, 3)} min; a body of this age can hold {plain(self.possible, 3)} {when}"
        )


def excesses(scenario: "Scenario", value: Value) -> list[Excess]:
    """Return the blocks that ask for more than a body of that age can do.

    What begins with the run is held against a sedentary body, what begins later against the best trained one: how far
    training has come by then, the run will show.
    """
    blocks = [(number, block) for number, block in enumerate(scenario.activity) if block.kind in LIMITED]
    if not blocks:
        return []
    scale = intensity_scale(value, scenario.species)
    fitness = fitness_of_age(read_ageing(value, scenario.sex), scenario.age_h / _HOURS_PER_YEAR)
    found = []
    for number, block in blocks:
        asked = _asked(block, scale, work_of(block, value, scenario.species))
        trained = float(value("physiology.muscle.fitness_max", "1")) if block.start_h > 0.0 else 1.0
        possible = fitness * trained * _held(block, value)
        if asked > possible * (1.0 + 1e-9):
            place, later = f"activity[{number}]", block.start_h > 0.0
            found.append(Excess(place, _key(block), block.kind, asked, possible, _minutes(block), later))
    return found


def _key(block: Any) -> str:
    """Return the entry by which a session says how hard it is."""
    return "speed" if getattr(block, "intensity", None) is None else "intensity"


def _asked(block: Any, scale: IntensityScale, work: float) -> float:
    """Return the intensity that a session asks for before any overload."""
    if _key(block) == "intensity":
        return float(block.intensity)
    return scale.from_speed(block.speed_m_min or 0.0) * work


def refuse_excesses(scenario: "Scenario", value: Value) -> None:
    """Raise an ActivityError where the schedule is strict and asks for more than the body can do."""
    for fault in excesses(scenario, value):
        cure = (
            "Ask for less, for shorter sessions, or leave out `strict_schedule`: then the body does as much as it can."
        )
        raise ActivityError(
            f"The {fault.kind} session {fault.what}.",
            where=f"{fault.where}.{fault.key}",
            cure=cure,
            code="beyond-the-body",
            seen=fault.asked,
        )
