"""The virtual experiment: what was injected, and what a laboratory would count at this moment."""

import math
from typing import Any

from neurogen_abm.errors import InputError
from neurogen_abm.serve.session.life import Life
from neurogen_abm.serve.session.plan import InjectEvent
from neurogen_abm.spec.scenario.histology import AGENTS

# As most laboratories of the field do it.
SAMPLING = {"section": "40 um", "every": 6}
_SENTENCE = (
    f"One section of {SAMPLING['section']} in {SAMPLING['every']} of one hemisphere is counted; the estimate is "
    f"{SAMPLING['every']} times that."
)
# What stands beside a label: nothing, a stain of dividing, of young and of settled cells.
_STAINS = ("", "Ki67+", "DCX+", "NeuN+")


def experiment_payload(lives: list[Life]) -> dict[str, Any]:
    """Return the injections so far and the counts of this moment, true and as estimated from sections."""
    found: list[dict[str, Any]] = []
    for arm, life in enumerate(lives):
        labels = [name for name in AGENTS if name in life.model.histology.labels.injected]
        wanted = [f"{label}+ {stain}".strip() for label in labels for stain in _STAINS]
        found += [_count(life, arm, count) for count in [*wanted, "Ki67+", "DCX+"]]
    return {
        "injections": [
            {
                "day": event.step * life.step_h / 24.0,
                "agent": event.agent,
                "dose": event.dose,
                "arm": arm,
                "labelled_then": life.taken_up.get((event.step, event.agent)),
            }
            for arm, life in enumerate(lives)
            for event in life.plan.events
            if isinstance(event, InjectEvent)
        ],
        "counts": found,
        "curves": [curve for arm, life in enumerate(lives) for curve in life.labelled.curves(arm)],
        "sampling": _SENTENCE,
    }


def _count(life: Life, arm: int, count: str) -> dict[str, Any]:
    """Return one count; without an estimate where the tissue is too small for sections."""
    try:
        reading = life.model.histology.count(count, sampling=SAMPLING)
    except InputError as fault:
        if fault.code != "too-few-sections":
            raise
        reading = life.model.histology.count(count)
    told = {"name": count, "arm": arm, "count": reading.count, "estimate": None, "coefficient_of_error": None}
    if (found := reading.estimate) is None:
        return told
    error = None if math.isnan(found.coefficient_of_error) else found.coefficient_of_error
    return told | {"estimate": found.estimate, "coefficient_of_error": error, "sections": found.sections}
