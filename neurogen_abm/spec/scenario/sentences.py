"""A resolved scenario in sentences: what signals do to which cells, and what was taken away or given."""

import math

from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.spec.scenario.models import Infusion, KnockOut
from neurogen_abm.spec.scenario.resolve import ResolvedScenario


def rules(resolved: ResolvedScenario) -> list[str]:
    """Return the effects of signals in English; cells whose receptor is knocked out are left out of them."""
    sentences = []
    for effect in resolved.effects:
        responding = [state for state in effect.states if not _receptor_is_out(resolved, effect.signal, state)]
        if responding:
            labels = tuple(BY_NAME[state].label for state in responding)
            change = {"states": tuple(responding), "state_labels": labels}
            sentences.append(effect.model_copy(update=change).sentence())
    return sentences


def interventions(resolved: ResolvedScenario) -> list[str]:
    """Return every knock-out and infusion of the scenario as a sentence."""
    scenario = resolved.scenario
    return [*(_knocked_out(resolved, k) for k in scenario.knock_outs), *(_infused(i) for i in scenario.infusions)]


def patch(resolved: ResolvedScenario) -> str:
    """Return a sentence that says whose the counts are where a patch is simulated; none for a whole gyrus."""
    if isinstance(resolved.scenario.tissue, str):
        return ""
    (u_um, v_um), share = resolved.sides_um, math.prod(resolved.sides_um) / math.prod(resolved.sheet_um)
    size = f"{u_um:g} x {v_um:g} µm ({100 * share:.2g} % of the sheet)"
    return f"A patch of {size} was simulated: all counts of cells are those of the patch, not of the gyrus."


def _receptor_is_out(resolved: ResolvedScenario, signal: str, state: str) -> bool:
    return any(k.receptor == signal and (k.states is None or state in k.states) for k in resolved.scenario.knock_outs)


def _knocked_out(resolved: ResolvedScenario, out: KnockOut) -> str:
    if out.receptor is None:
        place = f" from {'blood' if out.source == 'plasma' else 'the niche'}" if out.source else ", everywhere"
        return f"Knocked out: {out.signal}{place}."
    on = [f"{BY_NAME[state].label}s" for state in out.states or ()]
    return f"Knocked out: the receptor for {out.receptor} on {', '.join(on) or 'every cell'}."


def _infused(infusion: Infusion) -> str:
    dose = f"{infusion.rate_ng_h:g} ng/h" if infusion.rate_ng_h is not None else f"{infusion.level_pg_ml:g} pg/mL"
    place = "blood" if infusion.route == "systemic" else "the niche"
    end = f" to day {infusion.end_h / 24:g}" if infusion.end_h is not None else ""
    return f"Infused into {place}: {infusion.signal}, {dose}, from day {infusion.start_h / 24:g}{end}."
