"""What may change within a life, and what makes it another animal."""

from neurogen_abm.errors import InputError, told
from neurogen_abm.spec.scenario.messengers import in_blood
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

_KEYS = ("activity", "knock_outs", "infusions")
# The rest says who the animal is, where it lives, or what is written down.
CIRCUMSTANCES = (*_KEYS, "duration_h")
TEXTS = ("name", "title", "description", "look_for")


def _where() -> str:
    return told("NeurogenesisModel.live_on", "")


def require_same_animal(now: ResolvedScenario, later: ResolvedScenario, minute: int) -> None:
    """Refuse a scenario by which an animal of another one cannot live on from a minute of its run.

    Raises
    ------
    InputError
        It differs in more than circumstances, ends before the minute, or has other messengers in the blood.
    """
    was, will = (spec.scenario.model_dump(exclude=set(CIRCUMSTANCES + TEXTS)) for spec in (now, later))
    if differing := [key for key in was if was[key] != will[key]]:
        fields = type(now.scenario).model_fields
        written = (f"`{fields[key].alias or key}`" for key in differing)
        what = f"{', '.join(written)} cannot change within a life."
        cure = f"Start another run; {', '.join(_KEYS)} and the duration may change."
        raise InputError(what, where=_where(), cure=cure, code="another-animal")
    carried, wanted = (in_blood(spec.scenario, spec.catalogue) for spec in (now, later))
    if carried != wanted:
        what = "A life in which no enriched cage was planned cannot go on in one, nor do without the one it had."
        cure = "Start another run with a block of `enrichment`; when it starts and ends may change."
        raise InputError(what, where=_where(), cure=cure, code="another-animal")
    if round(later.scenario.duration_h * 60.0) < minute:
        what = "The scenario ends before this moment."
        raise InputError(what, where="duration", cure="Give a longer `duration`.", code="run-over")
