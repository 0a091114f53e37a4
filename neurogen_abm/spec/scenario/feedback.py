"""Which arms of the way back from brain to movement act in a run, and how each of them stands.

None acts unless a scenario says so: each is a hypothesis, and says with which gain and grade. `feedback: true` means
dopamine and age.
"""

from typing import Annotated, Any, Final, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

from neurogen_abm.spec.fields import CrossFieldError, FieldError
from neurogen_abm.spec.suggest import offer
from neurogen_abm.units import shown


class Arm(NamedTuple):
    """One arm of the feedback."""

    says: str  # what acts on what
    stands: str  # what was shown, and what was not
    gain: str  # path of its strength: 0, or 1 for what multiplies, and the arm acts on nothing
    neutral: float = 0.0
    drives: bool = True  # whether it acts through the drive to move, which only wheel running follows
    feels: bool = False  # whether it needs mood, fatigue, depression and stress to be worked out


_AT = "physiology.motivation"
ARMS: Final[dict[str, Arm]] = {
    "dopamine": Arm(
        "dopamine, which running and BDNF raise, raises the drive to run",
        "that a month of running raises dopamine release through BDNF was shown; that mice then run more was not",
        f"{_AT}.dopamine_gain",
    ),
    "age": Arm(
        "the drive to run falls with age",
        "that old rodents run less was measured; how much less is recalled",
        f"{_AT}.aged_drive",
        neutral=1.0,
    ),
    "mood": Arm(
        "good mood raises the drive to run, bad mood lowers it",
        "well-being and activity go together in human genetics; no mouse figure",
        f"{_AT}.mood_gain",
        feels=True,
    ),
    "fatigue": Arm(
        "fatigue lowers the drive to run",
        "mice run less for days after a run that hurt muscle; how much less per fatigue is a choice",
        f"{_AT}.fatigue_gain",
        feels=True,
    ),
    "depression": Arm(
        "depression lowers the drive to run",
        "genetic liability to depression lowers activity in people; no mouse figure",
        f"{_AT}.depression_gain",
        feels=True,
    ),
    "fitness": Arm(
        "the fit want to run farther",
        "rats bred for endurance run a third farther in wheels; that training does the same was not shown",
        f"{_AT}.fitness_gain",
    ),
    "stress": Arm(
        "lasting stress lowers the drive to run",
        "chronic stress lowers wheel running; a single shock raised it, and mice bred to run have more corticosterone",
        f"{_AT}.stress_gain",
        feels=True,
    ),
    "neurogenesis": Arm(
        "young neurons raise the drive to run",
        "taking new neurons away left running unchanged, so that the gain is 0",
        f"{_AT}.neurogenesis_gain",
        feels=True,
    ),
    "bdnf_to_muscle": Arm(
        "BDNF lets muscle answer to training",
        "mice with the Met/Met form lack the answer of muscle, everywhere at once: brain or blood, nobody knows",
        f"{_AT}.bdnf_to_muscle",
        drives=False,
    ),
}
# Messengers that mood answers to, where the catalogue of the species has them.
STRESS_HORMONE: Final = "corticosterone"
FELT: Final = (STRESS_HORMONE, "kynurenine")
USUAL: Final = ("dopamine", "age")  # what `true` stands for


def arm_label(arm: str) -> str:
    """Return the name of an arm as people write it.

    >>> arm_label("bdnf_to_muscle")
    'BDNF to muscle'
    """
    return arm.replace("_", " ").replace("bdnf", "BDNF")


def chosen_arms(feedback: bool | tuple[str, ...]) -> tuple[str, ...]:
    """Return the arms that act, in the order of the table."""
    return (USUAL if feedback else ()) if isinstance(feedback, bool) else feedback


def _read(value: object) -> bool | tuple[str, ...]:
    """Return true, false, or the arms of a list, or of a mapping of arms to true or false, in the order of `ARMS`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, dict):
        for arm, acts in value.items():
            if not isinstance(acts, bool):
                what = f"{shown(acts)} is not true or false."
                raise CrossFieldError(what, (str(arm),), code="wrong-type", cure=f"Write {arm}: true, or leave it out.")
        _check(list(value), list(value))
        return tuple(arm for arm in ARMS if value.get(arm))
    if isinstance(value, list | tuple):
        _check(value, range(len(value)))
        return tuple(arm for arm in ARMS if arm in value)
    cure = f"Write true or false, or a list of what acts, like [mood, fatigue]; there are {', '.join(ARMS)}."
    raise FieldError(f"{shown(value)} is not true or false, nor a list.", code="wrong-type", cure=cure, seen=value)


def _check(arms: Any, places: Any) -> None:
    """Refuse what is not the name of an arm, or is named twice."""
    for place, arm in zip(places, arms, strict=True):
        if arm not in ARMS:
            what = f"{shown(arm)} is no arm of the feedback."
            raise CrossFieldError(what, (place,), code="unknown-arm", cure=offer(str(arm), ARMS))
        if list(arms).count(arm) > 1:
            what = f"{arm} is named twice."
            raise CrossFieldError(what, (place,), code="named-twice", cure="Name it once.")


_NAME = {"enum": list(ARMS)}
Feedback = Annotated[
    bool | tuple[str, ...],
    BeforeValidator(_read),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {"type": "array", "items": _NAME, "uniqueItems": True},
                {"type": "object", "propertyNames": _NAME, "additionalProperties": {"type": "boolean"}},
            ]
        }
    ),
]
