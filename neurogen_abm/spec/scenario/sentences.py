"""A resolved scenario in sentences: what signals do to which cells, and what was taken away, given or stopped."""

import math

from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.activity import CHOSEN, STOPPING, Detraining, Immobilisation, Rest, Timed
from neurogen_abm.spec.scenario.models import Infusion, KnockOut, Scenario
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
    """Return as sentences every knock-out and infusion, what stops exercise, and on what the drive to move acts."""
    scenario = resolved.scenario
    outs = [_knocked_out(k) for k in scenario.knock_outs]
    return [
        *outs,
        *([_LIFELONG] if any(k.start_h is None for k in scenario.knock_outs) else []),
        *(_infused(i) for i in scenario.infusions),
        *(_stopped(scenario, b) for b in scenario.activity if isinstance(b, Rest | Immobilisation | Detraining)),
        *([_driven(scenario)] if scenario.feedback else []),
    ]


_LIFELONG = "Knock-outs act all of the simulated life of the animal, the time before day 0 included."
_STOPS = {"rest": "Rest", "immobilisation": "Immobilised", "detraining": "Training taken away"}


def _stopped(scenario: Scenario, stop: Rest | Immobilisation | Detraining) -> str:
    """Say how long a block stops exercise, and which."""
    first, last = stop.start_h, _end_h(scenario, stop)
    others = [block for block in scenario.activity if block.kind not in STOPPING]
    muted = dict.fromkeys(b.kind for b in others if b.start_h < last and first < _end_h(scenario, b))
    verb = "have" if len(muted) > 1 else "has"
    effect = f"{' and '.join(muted)} {verb} no effect meanwhile" if muted else "there is no exercise for it to stop"
    return f"{_STOPS[stop.kind]} from day {plain(first / 24)} to day {plain(last / 24)}: {effect}."


def _end_h(scenario: Scenario, block: Timed) -> float:
    return scenario.duration_h if block.end_h is None else block.end_h


def _driven(scenario: Scenario) -> str:
    """Say on what the drive to move acts."""
    if any(block.kind in CHOSEN for block in scenario.activity):
        return "The drive to move changes wheel running from what is asked for at the start; all else stays as given."
    return "The drive to move acts on nothing here: only wheel running is voluntary, all else is set or recorded."


def patch(resolved: ResolvedScenario) -> str:
    """Return a sentence that says whose the counts are where a patch is simulated; none for a whole gyrus."""
    if isinstance(resolved.scenario.tissue, str):
        return ""
    (u_um, v_um), share = resolved.sides_um, math.prod(resolved.sides_um) / math.prod(resolved.sheet_um)
    size = f"{plain(u_um)} x {plain(v_um)} µm ({plain(100 * share, 2)} % of the sheet)"
    return f"A patch of {size} was simulated: all counts of cells are those of the patch, not of the gyrus."


def _receptor_is_out(resolved: ResolvedScenario, signal: str, state: str) -> bool:
    return any(k.receptor == signal and (k.states is None or state in k.states) for k in resolved.scenario.knock_outs)


def _knocked_out(out: KnockOut) -> str:
    if out.receptor is None:
        place = f" from {'blood' if out.source == 'plasma' else 'the niche'}" if out.source else ", everywhere"
        share = f"{plain(100 * out.taken)} % of " if out.taken < 1 else ""
        if out.start_h is None:
            return f"Knocked out: {share}{out.signal}{place}."
        end = f" to day {plain(out.end_h / 24)}" if out.end_h is not None else ""
        return f"Neutralised: {share}{out.signal}{place}, from day {plain(out.start_h / 24)}{end}."
    on = [f"{BY_NAME[state].label}s" for state in out.states or ()]
    return f"Knocked out: the receptor for {out.receptor} on {', '.join(on) or 'every cell'}."


def _infused(infusion: Infusion) -> str:
    if infusion.rate_ng_h is not None:
        dose = f"{plain(infusion.rate_ng_h)} ng/h"
    else:
        assert infusion.level_pg_ml is not None  # the form asks for one of them
        dose = f"{plain(infusion.level_pg_ml)} pg/mL"
    place = "blood" if infusion.route == "systemic" else "the niche"
    end = f" to day {plain(infusion.end_h / 24)}" if infusion.end_h is not None else ""
    return f"Infused into {place}: {infusion.signal}, {dose}, from day {plain(infusion.start_h / 24)}{end}."
