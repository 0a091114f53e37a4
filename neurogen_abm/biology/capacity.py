"""How hard a body can work for how long."""

from typing import NamedTuple


class Endurance(NamedTuple):
    """How long a young, sedentary body holds what intensity."""

    full_min: float  # time for which it holds its maximal aerobic intensity, 1
    fall: float  # exponent of the fall with time beyond that
    sprint_gain: float  # what half that time allows above 1


def held(p: Endurance, minutes: float) -> float:
    """Return the highest intensity that can be held for so many minutes, over that of maximal aerobic work.

    Beyond the time for which the maximum can be held it falls by a power of time (the law of running records, Riegel
    1981); in shorter bouts a fixed reserve of anaerobic work is spent, so that it rises by a hyperbola.

    Examples
    --------
    >>> person = Endurance(full_min=6.0, fall=0.1, sprint_gain=0.1)
    >>> held(person, 6.0), round(held(person, 60.0), 2), round(held(person, 1.0), 2)
    (1.0, 0.79, 1.5)
    """
    if minutes >= p.full_min:
        return float((minutes / p.full_min) ** -p.fall)
    return 1.0 + p.sprint_gain * (p.full_min / minutes - 1.0)
