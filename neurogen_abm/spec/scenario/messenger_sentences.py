"""The messengers of a run in sentences: what makes each rise, how it reaches the niche, how several are combined."""

import math

from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.given import COMBINERS
from neurogen_abm.spec.scenario.messengers import acting, averaged, carried, combined, in_blood
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

_ALIKE = 0.01  # exponents that differ by less give means that nobody could tell apart


def messengers(resolved: ResolvedScenario) -> list[str]:
    """Return a paragraph for each messenger in blood, and how those that act on the same are combined."""
    scenario, catalogue = resolved.scenario, resolved.catalogue
    return [*(_described(resolved, name) for name in in_blood(scenario, catalogue)), *_combination(resolved)]


def _described(resolved: ResolvedScenario, name: str) -> str:
    signal = resolved.catalogue.signals[name]
    parts = [_release(resolved, name), str(signal.get("crossing", "")).strip(), _production(resolved, name)]
    if name in carried(resolved.scenario, resolved.catalogue) and not _does_something(resolved, name):
        parts.append("It changes no rate in the model, and is carried along to be shown.")
    return " ".join(part for part in parts if part)


def _does_something(resolved: ResolvedScenario, name: str) -> bool:
    scenario, catalogue = resolved.scenario, resolved.catalogue
    acts = {effect.signal for effect in acting(scenario, catalogue)}
    return name in acts or name in combined(scenario, catalogue) or "production" in catalogue.signals[name]


def _release(resolved: ResolvedScenario, name: str) -> str:
    """Say what makes a messenger rise or fall, how far, and how fast."""
    signal, p = resolved.catalogue.signals[name], resolved.parameters
    label, path = str(signal["label"]), f"signals.{name}"
    label += "," if "," in label else ""  # "IGF-1, uptake into the brain, rises"
    label, size = label[:1].upper() + label[1:], float(p[f"{path}.size"].value)
    verb, level = "rises" if size >= 0 else "falls", plain(1.0 + size, 3)
    tau, fall = p[f"{path}.tau"], p.get(f"{path}.fall")
    time = f"with a time of {plain(tau.value)} {tau.unit}"
    if fall is not None:
        time += f", and back with {plain(fall.value)} {fall.unit}"
    known = f"[{p[f'{path}.size'].status}; grade {p[f'{path}.size'].grade}]"
    return f"{label} {verb} to {level} times rest at full response, {time} {known}: {_cause(resolved, name)}."


def _cause(resolved: ResolvedScenario, name: str) -> str:
    p, path = resolved.parameters, f"signals.{name}"
    drive = resolved.catalogue.signals[name]["drive"]
    if drive == "dose":
        return "it follows the daily dose of activity"
    if drive == "enrichment":
        return "it follows the time spent in an enriched cage, and no movement"
    threshold, exponent = float(p[f"{path}.threshold"].value), float(p[f"{path}.exponent"].value)
    above = f" above {plain(threshold)} of the reserve" if threshold else ""
    power = f", to the power {plain(exponent)}" if exponent != 1 else ""
    if drive == "intensity":
        return f"it follows the intensity of activity{above}{power}"
    dose = p[f"{path}.stress.excess_dose"]
    return (
        f"it follows effort{above}{power}, running that is imposed or new, and running beyond {plain(dose.value)} "
        f"{dose.unit}; the response to effort and force fades with habit by {plain(100 * _depth(resolved, name))} %"
    )


def _depth(resolved: ResolvedScenario, name: str) -> float:
    return float(resolved.parameters[f"signals.{name}.stress.habituation.depth"].value)


def _production(resolved: ResolvedScenario, name: str) -> str:
    """Say what a messenger does to BDNF made in the niche, by itself."""
    signals, p = resolved.catalogue.signals, resolved.parameters
    if "production" not in signals[name] or name not in carried(resolved.scenario, resolved.catalogue):
        return ""
    path = f"signals.{name}.production"
    towards, half_max, hill = (p[f"{path}.{key}"] for key in ("towards", "half_max", "hill"))
    verb = "raises" if towards.value > 1 else "lowers"
    return (
        f"It {verb} BDNF made in the niche towards {plain(towards.value)} times base, half-max {plain(half_max.value)} "
        f"times rest, Hill {plain(hill.value)} [{towards.status}; grade {towards.grade}]."
    )


def _nearest(p: float) -> str:
    """Name the mean that an exponent is all but; nothing where it is none of them."""
    near = [name for name, exponent in COMBINERS.items() if abs(p - exponent) < _ALIKE]
    return f", all but {near[0].replace('_', ' ')}" if near else ""


def _combination(resolved: ResolvedScenario) -> list[str]:
    scenario, catalogue = resolved.scenario, resolved.catalogue
    together = combined(scenario, catalogue)
    if not together:
        return []
    chosen = scenario.combiner
    if chosen is None:
        p = float(resolved.parameters["physiology.exerkines.combiner_exponent"].value)
    else:
        p = COMBINERS[chosen] if isinstance(chosen, str) else chosen
    exponent = plain(p) if math.isfinite(p) else "minus infinity"
    labels = "; ".join(str(catalogue.signals[name]["label"]) for name in together)
    which = f" ({chosen.replace('_', ' ')})" if isinstance(chosen, str) else _nearest(p)
    mean = f"a power mean of exponent {exponent}{which}"
    said = [f"These together raise BDNF made in the niche: {labels}. They are combined by {mean}."]
    if averaged(scenario, catalogue):
        said.append("Their effects on one rate are combined by the same mean, on the scale of benefit.")
    return said
