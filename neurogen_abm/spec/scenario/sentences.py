"""A resolved scenario in sentences: what signals do to which cells, what was taken, given or stopped, and learned."""

import math
from typing import Any, NamedTuple

from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.numerals import plain
from neurogen_abm.spec.catalogue import Effect
from neurogen_abm.spec.scenario.activity import CHOSEN, DAYS, QUIET, STOPPING, SURROUNDINGS, Timed
from neurogen_abm.spec.scenario.feedback import ARMS, FELT, STRESS_HORMONE, arm_label
from neurogen_abm.spec.scenario.given import Infusion, KnockOut
from neurogen_abm.spec.scenario.histology import VOLUME
from neurogen_abm.spec.scenario.interventions import half_gene
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario


def rules(resolved: ResolvedScenario) -> list[str]:
    """Return the effects of signals in English; cells whose receptor is knocked out are left out of them."""
    sentences = []
    for effect in resolved.effects:
        responding = [state for state in effect.states if not _receptor_is_out(resolved, effect, state)]
        if responding:
            labels = tuple(BY_NAME[state].label for state in responding)
            change = {"states": tuple(responding), "state_labels": labels}
            sentences.append(effect.model_copy(update=change).sentence())
    return sentences


def age(age_h: float) -> str:
    """Write an age as people give it: in whole weeks or days, in months from half a year, in years from three."""
    days = age_h / 24
    if days < 183:
        return f"{plain(days)} days" if days % 7 else f"{plain(days / 7)} weeks"
    return f"{plain(days / 30.4375, 3)} months" if days < 3 * 365.25 else f"{plain(days / 365.25, 3)} years"


def strain(resolved: ResolvedScenario) -> list[str]:
    """Return as a sentence what the strain has otherwise; nothing where it lives by the numbers of the species."""
    own = resolved.catalogue.own_strains.get(resolved.catalogue.strain or "")
    return [own.sentence] if own is not None else []


def mechanisms(resolved: ResolvedScenario) -> list[str]:
    """Return as a sentence every mechanism that is on, by its name, and every standard one that is off."""
    known = resolved.catalogue.mechanisms
    off = [f"Mechanism {told}, is off." for told in _named(resolved, on=False)]
    named = zip(resolved.catalogue.on, _named(resolved, on=True), strict=True)
    return [*(f"Mechanism {told}: {known[name].sentence}." for name, told in named), *off]


def mechanisms_in_short(resolved: ResolvedScenario) -> list[str]:
    """Return every mechanism that is on, and every standard one that is off, by name and label alone."""
    on = [f"Mechanism {told}." for told in _named(resolved, on=True)]
    return [*on, *(f"Mechanism {told}, is off." for told in _named(resolved, on=False))]


def mechanisms_at_a_glance(resolved: ResolvedScenario) -> str:
    """Return in one line which mechanisms are on, and which standard ones are off; nothing where there is none."""
    catalogue = resolved.catalogue
    off = [name for name in catalogue.standard if name not in catalogue.on]
    both = (("Mechanisms that act:", catalogue.on), ("Standard mechanisms that are off:", off))
    told = [f"{words} {', '.join(_with_label(resolved, name) for name in names)}." for words, names in both if names]
    return " ".join(told)


def _named(resolved: ResolvedScenario, *, on: bool) -> list[str]:
    """Return the mechanisms that are on, or the standard ones that are off: name, label, whether it is standard."""
    catalogue = resolved.catalogue
    names = catalogue.on if on else [name for name in catalogue.standard if name not in catalogue.on]
    usual = f", standard in the {resolved.scenario.species}"
    return [f"{_with_label(resolved, name)}{usual * (name in catalogue.standard)}" for name in names]


def _with_label(resolved: ResolvedScenario, name: str) -> str:
    return f"{name} ({resolved.catalogue.mechanisms[name].label})"


def interventions(resolved: ResolvedScenario) -> list[str]:
    """Return as sentences every knock-out and infusion, what stops exercise, and on what the drive to move acts."""
    return [*treatments(resolved), *feedback(resolved)]


def treatments(resolved: ResolvedScenario) -> list[str]:
    """Return as sentences every knock-out and infusion, and what takes exercise or everyday activity away."""
    scenario = resolved.scenario
    outs = [_half_a_gene(resolved, k) if k.gene else _knocked_out(k) for k in scenario.knock_outs]
    return [
        *outs,
        *([_LIFELONG] if any(k.start_h is None for k in scenario.knock_outs) else []),
        *(_infused(i) for i in scenario.infusions),
        *(_stopped(scenario, b) for b in scenario.activity if b.kind in STOPPING),
        *(_quiet(resolved, b) for b in scenario.activity if b.kind in QUIET),
        *(_enriched(scenario, b) for b in scenario.activity if b.kind == SURROUNDINGS),
    ]


def memories(resolved: ResolvedScenario) -> list[str]:
    """Return as sentences what is learned and tested, and how a memory is read; nothing where none is asked for."""
    tested = [assay for assay in resolved.scenario.assays if assay.learned_h is not None]
    if not tested:
        return []

    def number(path: str) -> float:
        return float(resolved.value(path, "1"))

    first, last = (plain(float(resolved.value(f"memory.terminals.{name}", "d"))) for name in ("first", "all"))
    learned = dict.fromkeys(plain((assay.learned_h or 0.0) / 24) for assay in tested)
    active, young = plain(100 * number("network.mature.active_share")), plain(number("memory.trace.young_excitability"))
    wear = resolved.parameters["memory.terminals.wear"]
    return [
        f"Learned on day {' and on day '.join(learned)}: {active} % of the mature granule cells hold it, and {young} "
        "times that share of the youngest that have integrated.",
        f"It is forgotten as other neurons form mossy terminals ({first} to {last} days after their last division): "
        f"each new one puts {plain(float(wear.value))} of those that were there out of use, in its block of columns "
        f"(memory.terminals.wear, {wear.status}, grade {wear.grade}). A hypothesis; a memory is read out and changes "
        "no cell.",
    ]


def feedback(resolved: ResolvedScenario) -> list[str]:
    """Return as sentences on what the drive to move acts, and every arm: its strength, grade, and how it stands."""
    return [*driven(resolved), *(_arm_in_words(arm) for arm in arms(resolved)), *felt(resolved)]


class ArmThere(NamedTuple):
    """An arm that is switched on: what it does, how strongly, on which grounds, and why it may act on nothing."""

    name: str
    does: str
    parameter: str
    strength: float
    status: str
    grade: str
    stands: str
    idle: str


def arms(resolved: ResolvedScenario) -> list[ArmThere]:
    """Return the arms of the feedback that a scenario switches on."""
    found = []
    for name in resolved.scenario.arms:
        arm, parameter = ARMS[name], resolved.parameters[ARMS[name].gain]
        strength, idle = float(parameter.value), ""
        if strength == arm.neutral:
            idle = f"It acts on nothing: at this value of {arm.gain.rpartition('.')[2]} nothing follows."
        elif name == "stress" and STRESS_HORMONE not in resolved.catalogue.signals:
            idle = f"It acts on nothing: the catalogue of the {resolved.scenario.species} has no {STRESS_HORMONE}."
        grounds = str(parameter.status), str(parameter.grade)
        found.append(ArmThere(arm_label(name), arm.says, arm.gain, strength, *grounds, arm.stands, idle))
    return found


def _arm_in_words(arm: ArmThere) -> str:
    stated = f"{arm.parameter} {plain(arm.strength)}, grade {arm.grade}, {arm.status}"
    told = f"Feedback by {arm.name}: {arm.does} ({stated}). {arm.stands[:1].upper()}{arm.stands[1:]}."
    return f"{told} {arm.idle}".rstrip()


def felt(resolved: ResolvedScenario) -> list[str]:
    """Say what mood, anxiety, fatigue, depression and stress are, and what they do without, where they are followed."""
    if not resolved.scenario.follows_mood:
        return []
    missing = [name for name in FELT if name not in resolved.catalogue.signals]
    without = f" The catalogue has no {' and no '.join(missing)}, which is taken as at rest." if missing else ""
    return [f"Mood, anxiety, fatigue, depression and stress are hypotheses, not measurements.{without}"]


_LIFELONG = "Knock-outs act all of the simulated life of the animal, the time before day 0 included."
_STOPS = {
    "rest": "Rest",
    "immobilisation": "Immobilised",
    "unloading": "Hind limbs unloaded",
    "bed_rest": "In bed",
    "detraining": "Training taken away",
}


def _stopped(scenario: Scenario, stop: Any) -> str:
    """Say how long a block stops exercise, and which."""
    first, last = stop.start_h, _end_h(scenario, stop)
    others = [block for block in scenario.activity if block.kind not in (*STOPPING, SURROUNDINGS)]
    muted = dict.fromkeys(b.kind for b in others if b.start_h < last and first < _end_h(scenario, b))
    verb = "have" if len(muted) > 1 else "has"
    effect = f"{' and '.join(muted)} {verb} no effect meanwhile" if muted else "there is no exercise for it to stop"
    return f"{_STOPS[stop.kind]} from day {plain(first / 24)} to day {plain(last / 24)}: {effect}."


def _quiet(resolved: ResolvedScenario, block: Any) -> str:
    """Say how much of everyday activity a block leaves."""
    left = resolved.value(f"physiology.everyday.{block.kind}", "1") if block.everyday is None else block.everyday
    when = f"from day {plain(block.start_h / 24)} to day {plain(_end_h(resolved.scenario, block) / 24)}"
    return f"Everyday activity {when}: {plain(100 * left, 3)} % of the usual, so that signals fall below those of rest."


def _enriched(scenario: Scenario, block: Any) -> str:
    """Say how long an animal lives in an enriched cage."""
    when = f"from day {plain(block.start_h / 24)} to day {plain(_end_h(scenario, block) / 24)}"
    days = "" if len(block.weekdays) == len(DAYS) else f" on {', '.join(block.days)}"
    return (
        f"In an enriched cage {when}{days}: young neurons survive better; it moves nobody, and has no wheel of its own."
    )


def _end_h(scenario: Scenario, block: Timed) -> float:
    return scenario.duration_h if block.end_h is None else block.end_h


def driven(resolved: ResolvedScenario) -> list[str]:
    """Say on what the drive to move acts, where an arm of the feedback acts through it."""
    scenario = resolved.scenario
    if not any(ARMS[arm].drives for arm in scenario.arms):
        return []
    if any(block.kind in CHOSEN for block in scenario.activity):
        return ["The drive to move changes wheel running from what is asked for at the start; all else stays as given."]
    return ["The drive to move acts on nothing here: only wheel running is voluntary, all else is set or recorded."]


def read_outs(resolved: ResolvedScenario) -> list[str]:
    """Return as sentences what is read off the whole hippocampus and how it answers to exercise; it drives nothing."""
    measured = {assay.measure for assay in resolved.scenario.assays}
    said = []
    if measured & {"bdnf_hippocampus", "bdnf_mrna_hippocampus"}:
        said.append(_protein(resolved))
    if VOLUME in measured:
        said.append(_volume(resolved))
    return said


def _protein(resolved: ResolvedScenario) -> str:
    weights = resolved.catalogue.pathways[resolved.scenario.pathway]["weights"]
    start = "Read off the hippocampus, driving nothing: total BDNF"
    if not (share := float(weights["induced"]) + float(weights["activity"])):
        return f"{start} hardly moves, as blood alone brings what exercise adds."
    gain, slow = resolved.value("physiology.adaptation.gain", "1"), resolved.value("physiology.adaptation.time", "d")
    said = f"{start} rises by up to {plain(100 * share * float(gain), 3)} % with slow adaptation ({plain(slow)} d)"
    primed = resolved.value("physiology.adaptation.primed_time", "d")
    if primed != slow:
        window = resolved.value("physiology.adaptation.primed_window", "d")
        said += f", within {plain(primed)} d where it was lost less than {plain(window)} d ago (molecular memory)"
    return f"{said}."


def _volume(resolved: ResolvedScenario) -> str:
    age_h = resolved.scenario.age_h
    at = [name for name in ("middle", "old") if age_h >= resolved.value(f"physiology.volume.{name}_age", "h")]
    loss = resolved.value(f"physiology.volume.atrophy_{at[-1] if at else 'young'}", "1/year")
    gain = resolved.value("physiology.volume.gain", "1/year")
    return (
        f"Read off the hippocampus, driving nothing: volume falls by {plain(100 * float(loss), 3)} % a year at this "
        f"age; aerobic activity holds up to {plain(100 * float(gain), 3)} % a year against it."
    )


def share_of_sheet(resolved: ResolvedScenario) -> float:
    """Return the share of the sheet of a gyrus that is simulated, 1 for a whole one."""
    if isinstance(resolved.scenario.tissue, str):
        return 1.0
    return math.prod(resolved.sides_um) / math.prod(resolved.sheet_um)


def patch(resolved: ResolvedScenario) -> str:
    """Return a sentence that says whose the counts are where a patch is simulated; none for a whole gyrus."""
    if isinstance(resolved.scenario.tissue, str):
        return ""
    (u_um, v_um), share = resolved.sides_um, share_of_sheet(resolved)
    size = f"{plain(u_um)} x {plain(v_um)} µm ({plain(100 * share, 2)} % of the sheet)"
    return f"A patch of {size} was simulated: all counts of cells are those of the patch, not of the gyrus."


def _receptor_is_out(resolved: ResolvedScenario, effect: Effect, state: str) -> bool:
    """Say whether an effect on a state has lost its receptor, as `lowering.lineage.receptor_missing` does."""
    outs = [k for k in resolved.scenario.knock_outs if k.receptor == effect.signal]
    return any(k.states is None or (state in k.states and not effect.through_others) for k in outs)


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


def _half_a_gene(resolved: ResolvedScenario, out: KnockOut) -> str:
    left = resolved.parameters[half_gene(str(out.signal))]
    known = f"[{left.status}; grade {left.grade}]"
    return f"Half of the genes of {out.signal} missing: {plain(100 * float(left.value), 3)} % of it is left {known}."


def _infused(infusion: Infusion) -> str:
    if infusion.rate_ng_h is not None:
        dose = f"{plain(infusion.rate_ng_h)} ng/h"
    else:
        assert infusion.level_pg_ml is not None  # the form asks for one of them
        dose = f"{plain(infusion.level_pg_ml)} pg/mL"
    place = "blood" if infusion.route == "systemic" else "the niche"
    end = f" to day {plain(infusion.end_h / 24)}" if infusion.end_h is not None else ""
    return f"Infused into {place}: {infusion.signal}, {dose}, from day {plain(infusion.start_h / 24)}{end}."
