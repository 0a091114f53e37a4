"""From what was run, walked or recorded to intensity, the fraction of metabolic reserve (0 rest, 1 maximum).

Evidence synthesis `myokine`, section 2.1: a wheel gives I = v / vmax, a MET recording I = (MET - 1) / (METmax - 1).
Human speeds become METs by the walking equation of the American College of Sports Medicine (recalled, not re-read),
VO2 = 3.5 + 0.1 v mL/kg/min with v in m/min, and above a walk by its running equation, VO2 = 3.5 + 0.2 v; 1 MET = 3.5.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

Value = Callable[[str, str], Any]

MAX_INTENSITY = 2.0  # sprints reach 1.5-2 times the reserve (`myokine` 2)
WALK_TO_RUN_M_MIN = 134.0  # 8 km/h, where the two equations take over from each other


class IntensityScale(NamedTuple):
    """How an animal's speed and METs become intensity."""

    vmax_m_min: float  # speed at intensity 1 (m/min); 0 where speed becomes METs first
    met_max: float  # METs at intensity 1 (1)

    def from_met(self, met: float) -> float:
        """Return intensity for METs (1); METs below 1 are rest."""
        return min(max((met - 1.0) / (self.met_max - 1.0), 0.0), MAX_INTENSITY)

    def from_speed(self, speed_m_min: float) -> float:
        """Return intensity for a speed (m/min)."""
        if self.vmax_m_min > 0.0:
            return min(speed_m_min / self.vmax_m_min, MAX_INTENSITY)
        slope = 0.2 if speed_m_min > WALK_TO_RUN_M_MIN else 0.1
        return self.from_met(1.0 + slope * speed_m_min / 3.5)

    def speed(self, intensity: float) -> float:
        """Return the speed (m/min) of an intensity: in people a walk, or a run where a walk is too slow."""
        if self.vmax_m_min > 0.0:
            return intensity * self.vmax_m_min
        oxygen = 3.5 * intensity * (self.met_max - 1.0)
        return oxygen / 0.1 if oxygen <= 0.1 * WALK_TO_RUN_M_MIN else max(oxygen / 0.2, WALK_TO_RUN_M_MIN)


def intensity_scale(value: Value, species: str) -> IntensityScale:
    """Read the conversion of a species: rodents by their top speed in the wheel, people by METs."""
    maximum = value("physiology.intensity.vo2max", "mL/kg/min")
    met_max = float(maximum / value("physiology.intensity.resting_oxygen", "mL/kg/min"))
    vmax = 0.0 if species == "human" else float(value("physiology.wheel.max_speed", "m/min"))
    return IntensityScale(vmax_m_min=vmax, met_max=met_max)
