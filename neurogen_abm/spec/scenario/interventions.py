"""Whether knock-outs and infusions meet something that the chosen pathway reads.

An intervention that nothing reads would change no number and look like a finding, so it is refused.
"""

from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.spec.catalogue import Catalogue
from neurogen_abm.spec.scenario.given import Infusion, KnockOut
from neurogen_abm.spec.scenario.messengers import acting, carried, of_surroundings
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.validation import ScenarioError

# The messenger that stands for the activity route; it is made in the hippocampus, not in blood or niche.
_ACTIVITY = "hippocampal_activity"


def half_gene(signal: str) -> str:
    """Return where the catalogue says which share of a signal is left to an animal with half of its genes."""
    return f"signals.{signal}.half_gene"


def check_interventions(scenario: Scenario, catalogue: Catalogue) -> None:
    """Check every knock-out and infusion against the catalogue and the pathway."""
    for index, infusion in enumerate(scenario.infusions):
        _check_infusion(scenario, catalogue, index, infusion)
    for index, out in enumerate(scenario.knock_outs):
        if out.receptor is not None:
            _check_receptor(scenario, catalogue, index, out)
        else:
            _check_signal(scenario, catalogue, index, out)


def _is_exerkine(catalogue: Catalogue, signal: str) -> bool:
    return bool(catalogue.signals[signal].get("exerkine"))


def _with_effects(scenario: Scenario, catalogue: Catalogue) -> set[str]:
    """Return the signals that act on cells, or on BDNF made in the niche, in this scenario."""
    makers = {name for name in carried(scenario, catalogue) if "production" in catalogue.signals[name]}
    return makers | {effect.signal for effect in acting(scenario, catalogue)}


def _reads(scenario: Scenario, catalogue: Catalogue, route: str) -> bool:
    return bool(catalogue.pathways[scenario.pathway]["weights"][route])


def _readers(catalogue: Catalogue, route: str) -> str:
    names = [name for name, entry in catalogue.pathways.items() if entry["weights"][route]]
    return f"a pathway that uses it: {', '.join(names)}" if names else "another signal; no pathway uses this one"


def _check_infusion(scenario: Scenario, catalogue: Catalogue, index: int, infusion: Infusion) -> None:
    place = ("infusions", index, "signal")
    signal = infusion.signal
    scenario.check_known(place, "signal", signal, catalogue.signals)
    combined = _is_exerkine(catalogue, signal) and _reads(scenario, catalogue, "induced")
    if signal not in _with_effects(scenario, catalogue) and not combined:
        what = f"No cell responds to {signal} itself, so infusing it would change nothing."
        cure = f"Infuse {' or '.join(sorted(_with_effects(scenario, catalogue)))}."
        raise ScenarioError(what, where=scenario.where(place), code="no-effect", cure=cure, seen=signal)
    if not catalogue.signals[signal]["field"]:
        _check_infused_messenger(scenario, catalogue, index, infusion)
    elif infusion.route == "systemic" and not _reads(scenario, catalogue, "circulating"):
        what = f"The pathway {scenario.pathway} ignores levels in blood, so a systemic infusion would change nothing."
        cure = f"Use `route: niche`, or choose {_readers(catalogue, 'circulating')}."
        raise ScenarioError(what, where=scenario.where(("infusions", index, "route")), code="no-effect", cure=cure)


def _check_infused_messenger(scenario: Scenario, catalogue: Catalogue, index: int, infusion: Infusion) -> None:
    """Check that what becomes of an infused messenger is known: it acts through its level in blood."""
    signal, field = infusion.signal, next(name for name, entry in catalogue.signals.items() if entry["field"])
    known = [name for name, entry in catalogue.signals.items() if "kinetics" in entry]
    if signal not in known:
        what = f"Infusions of {signal} are not modelled: nothing is known of its volume and clearance."
        own = f"give rest, volume and half_life under `kinetics` of a file signals/{signal}.yaml of your own"
        cure = f"Infuse {' or '.join([field, *known])}, or {own} (docs/catalogue.md)."
        raise ScenarioError(what, where=scenario.where(("infusions", index, "signal")), code="not-modelled", cure=cure)
    if infusion.route == "niche":
        what = f"Only {field} has a level in the niche; {signal} acts through its level in blood."
        cure = "Use `route: systemic` with a `rate`."
        raise ScenarioError(what, where=scenario.where(("infusions", index, "route")), code="not-modelled", cure=cure)


def _check_receptor(scenario: Scenario, catalogue: Catalogue, index: int, out: KnockOut) -> None:
    key = ("knock_outs", index, "receptor")
    scenario.check_known(key, "signal", str(out.receptor), catalogue.signals)
    acts = acting(scenario, catalogue)
    responding = {state for effect in acts if effect.signal == out.receptor for state in effect.states}
    for number, state in enumerate(out.states or ()):
        place = ("knock_outs", index, "states", number)
        scenario.check_known(place, "state", state, BY_NAME)
        if state not in responding:
            what, cure = f"Cells in the state {state} do not respond to {out.receptor}.", offer("", responding)
            raise ScenarioError(what, where=scenario.where(place), code="no-effect", cure=cure, seen=state)
    if not responding:
        what = f"No cell responds to {out.receptor} itself, so there is no receptor to knock out."
        cure = offer("", _with_effects(scenario, catalogue))
        raise ScenarioError(what, where=scenario.where(key), code="no-effect", cure=cure)


def _check_signal(scenario: Scenario, catalogue: Catalogue, index: int, out: KnockOut) -> None:
    """Check a signal taken away, everywhere or from one source."""
    signal, key = str(out.signal), ("knock_outs", index, "signal")
    scenario.check_known(key, "signal", signal, catalogue.signals)
    if signal in of_surroundings(catalogue):
        what = f"{signal} stands for an enriched cage, and is no gene."
        cure = "Leave the block of `enrichment` out, or let it end."
        raise ScenarioError(what, where=scenario.where(key), code="no-effect", cure=cure, seen=signal)
    if out.gene is not None and half_gene(signal) not in catalogue.parameters:
        known = [name for name in catalogue.signals if half_gene(name) in catalogue.parameters]
        what = f"How much of {signal} half a gene leaves is not in the catalogue, only of {', '.join(known) or 'none'}."
        cure = f"Say how much was missing: {{signal: {signal}, share: 50 %}}."
        place = scenario.where(("knock_outs", index, "gene"))
        raise ScenarioError(what, where=place, code="not-modelled", cure=cure, seen=signal)
    acting_now = _with_effects(scenario, catalogue)
    acts = signal in acting_now
    if acts and (catalogue.signals[signal]["field"] or out.source != "niche"):
        return
    route = "induced" if _is_exerkine(catalogue, signal) else "activity" if signal == _ACTIVITY else None
    carriers = [name for name, entry in catalogue.pathways.items() if signal in entry["carries"]]
    if route is None and not acts and carriers and any(effect.signal == signal for effect in catalogue.effects):
        what = f"The pathway {scenario.pathway} does not carry {signal}, so knocking it out would change nothing."
        cure = f"Choose a pathway that carries it: {', '.join(carriers)}."
    elif route is None and not acts:
        readable = [n for n in catalogue.signals if n in acting_now or n == _ACTIVITY or _is_exerkine(catalogue, n)]
        what = f"Nothing in the model depends on {signal}, so knocking it out would change nothing."
        cure = f"Knock out one of {', '.join(readable)}."
    elif out.source is not None and (acts or (route, out.source) != ("induced", "plasma")):
        what = f"No part of {signal} comes from the {out.source}."
        cure = f"Write {{signal: {signal}}} without `source`."
        key = ("knock_outs", index, "source")
    elif not _reads(scenario, catalogue, str(route)):
        what = f"The pathway {scenario.pathway} does not use {signal}, so knocking it out would change nothing."
        cure = f"Choose {_readers(catalogue, str(route))}."
    else:
        return
    raise ScenarioError(what, where=scenario.where(key), code="no-effect", cure=cure, seen=signal)
