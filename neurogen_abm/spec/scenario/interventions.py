"""Whether knock-outs and infusions meet something that the chosen pathway reads.

An intervention that nothing reads would change no number and look like a finding, so it is refused.
"""

from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.spec.catalogue import Catalogue
from neurogen_abm.spec.scenario.models import Infusion, KnockOut, Scenario
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.validation import ScenarioError

# The messenger that stands for the activity route; it is made in the hippocampus, not in blood or niche.
_ACTIVITY = "hippocampal_activity"


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


def _with_effects(catalogue: Catalogue) -> set[str]:
    """Return the signals that have effects on cells."""
    return {effect.signal for effect in catalogue.effects}


def _reads(scenario: Scenario, catalogue: Catalogue, route: str) -> bool:
    return bool(catalogue.pathways[scenario.pathway]["weights"][route])


def _readers(catalogue: Catalogue, route: str) -> str:
    names = [name for name, entry in catalogue.pathways.items() if entry["weights"][route]]
    return f"a pathway that uses it: {', '.join(names)}" if names else "another signal; no pathway uses this one"


def _check_infusion(scenario: Scenario, catalogue: Catalogue, index: int, infusion: Infusion) -> None:
    place = ("infusions", index, "signal")
    scenario.check_known(place, "signal", infusion.signal, catalogue.signals)
    if infusion.signal not in _with_effects(catalogue):
        what = f"No cell responds to {infusion.signal} itself, so infusing it would change nothing."
        cure = f"Infuse {' or '.join(sorted(_with_effects(catalogue)))}."
        raise ScenarioError(what, where=scenario.where(place), code="no-effect", cure=cure, seen=infusion.signal)
    if not catalogue.signals[infusion.signal]["field"]:
        field = next(name for name, entry in catalogue.signals.items() if entry["field"])
        what = f"Infusions of {infusion.signal} are not modelled: nothing is known of its volume and clearance."
        raise ScenarioError(what, where=scenario.where(place), code="not-modelled", cure=f"Infuse {field}.")
    if infusion.route == "systemic" and not _reads(scenario, catalogue, "circulating"):
        what = f"The pathway {scenario.pathway} ignores levels in blood, so a systemic infusion would change nothing."
        cure = f"Use `route: niche`, or choose {_readers(catalogue, 'circulating')}."
        raise ScenarioError(what, where=scenario.where(("infusions", index, "route")), code="no-effect", cure=cure)


def _check_receptor(scenario: Scenario, catalogue: Catalogue, index: int, out: KnockOut) -> None:
    key = ("knock_outs", index, "receptor")
    scenario.check_known(key, "signal", str(out.receptor), catalogue.signals)
    responding = {state for effect in catalogue.effects if effect.signal == out.receptor for state in effect.states}
    for number, state in enumerate(out.states or ()):
        place = ("knock_outs", index, "states", number)
        scenario.check_known(place, "state", state, BY_NAME)
        if state not in responding:
            what, cure = f"Cells in the state {state} do not respond to {out.receptor}.", offer("", responding)
            raise ScenarioError(what, where=scenario.where(place), code="no-effect", cure=cure, seen=state)
    if not responding:
        what = f"No cell responds to {out.receptor} itself, so there is no receptor to knock out."
        cure = offer("", _with_effects(catalogue))
        raise ScenarioError(what, where=scenario.where(key), code="no-effect", cure=cure)


def _check_signal(scenario: Scenario, catalogue: Catalogue, index: int, out: KnockOut) -> None:
    """Check a signal taken away, everywhere or from one source."""
    signal, key = str(out.signal), ("knock_outs", index, "signal")
    scenario.check_known(key, "signal", signal, catalogue.signals)
    acts = signal in _with_effects(catalogue)
    if acts and (catalogue.signals[signal]["field"] or out.source != "niche"):
        return
    route = "induced" if _is_exerkine(catalogue, signal) else "activity" if signal == _ACTIVITY else None
    if route is None and not acts:
        readable = [
            n
            for n in catalogue.signals
            if n in _with_effects(catalogue) or n == _ACTIVITY or _is_exerkine(catalogue, n)
        ]
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
