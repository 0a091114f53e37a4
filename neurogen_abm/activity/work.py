"""What a metre costs: more uphill, and in a wheel that is braked."""

import math
from typing import Any

from neurogen_abm.activity.intensity import WALK_TO_RUN_M_MIN, Value


def work_of(block: Any, value: Value, species: str) -> float:
    """Return the work of a metre over that of one on the flat without a load: 1 where nothing is in the way.

    Lifting the body and pulling against a brake are the same work, force by distance, over the cost of a metre on the
    flat. That is small for a mouse, whose every metre costs much, and large for a person who walks.
    """
    slope, load = getattr(block, "slope", 0.0), getattr(block, "load", 0.0)
    force = math.sin(math.atan(slope)) + load
    if force == 0.0:
        return 1.0
    walks = species == "human" and block.speed_m_min <= WALK_TO_RUN_M_MIN
    return 1.0 + float(value(f"physiology.intensity.lift_cost{'_walking' if walks else ''}", "1")) * force
