"""Which messengers a run carries, whose effects act in it, and how effects on one rate are combined."""

from neurogen_abm.spec.catalogue import Catalogue, Effect, load_catalogue
from neurogen_abm.spec.scenario.activity import SURROUNDINGS
from neurogen_abm.spec.scenario.feedback import FELT
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.validation import ScenarioError

_EXPONENT = "physiology.exerkines.combiner_exponent"


def stress_hormones(catalogue: Catalogue) -> list[str]:
    """Return the messengers that answer to stress."""
    return [name for name, entry in catalogue.signals.items() if entry.get("drive") == "stress"]


def of_surroundings(catalogue: Catalogue) -> list[str]:
    """Return the messengers that stand for what an enriched cage does."""
    return [name for name, entry in catalogue.signals.items() if entry.get("drive") == "enrichment"]


def carried(scenario: Scenario, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the messengers that a run carries besides those that it combines, in the order of the catalogue.

    They are those that its pathway and its mechanisms name, the stress hormone where the scenario asks for it, what
    stands for an enriched cage where there is one, and whatever the user's own catalogue adds that has effects.
    """
    wanted = {*catalogue.pathways[scenario.pathway]["carries"], *_added(catalogue)}
    wanted.update(*(catalogue.mechanisms[name].carries for name in catalogue.on))
    if scenario.stress:
        wanted.update(stress_hormones(catalogue))
    if any(block.kind == SURROUNDINGS for block in scenario.activity):
        wanted.update(of_surroundings(catalogue))
    return tuple(name for name in catalogue.signals if name in wanted)


def _added(catalogue: Catalogue) -> set[str]:
    """Return the messengers with effects that the user's own catalogue adds."""
    if catalogue.own is None:
        return set()
    shipped = load_catalogue(catalogue.species).signals
    return {effect.signal for effect in catalogue.effects if effect.signal not in shipped}


def combined(scenario: Scenario, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the messengers that together raise BDNF made in the niche, each with its weight.

    They are the exerkines, and whatever else the pathway carries that has a weight; none where the induced route counts
    for nothing.
    """
    pathway = catalogue.pathways[scenario.pathway]
    if not pathway["weights"]["induced"]:
        return ()
    weighted = {n for n in pathway["carries"] if catalogue.parameters[f"signals.{n}.weight"].value > 0}
    return tuple(
        n for n, entry in catalogue.signals.items() if not entry["field"] and (entry["exerkine"] or n in weighted)
    )


def in_blood(scenario: Scenario, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the messengers a run needs: those it carries, that it combines, and that its animal feels."""
    felt = FELT if scenario.follows_mood else ()
    wanted = {*carried(scenario, catalogue), *combined(scenario, catalogue), *felt}
    return tuple(name for name in catalogue.signals if name in wanted)


def averaged(scenario: Scenario, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the messengers whose effects on one rate are averaged; those of the others multiply."""
    if not catalogue.pathways[scenario.pathway]["averages"]:
        return ()
    names = {effect.signal for effect in acting(scenario, catalogue)}
    return tuple(
        n for n, entry in catalogue.signals.items() if n in names and entry.get("averaged", not entry["field"])
    )


def acting(scenario: Scenario, catalogue: Catalogue) -> tuple[Effect, ...]:
    """Return the effects that act in a run: those of the field, and of the messengers it carries."""
    names = carried(scenario, catalogue)
    return tuple(e for e in catalogue.effects if catalogue.signals[e.signal]["field"] or e.signal in names)


def combines(scenario: Scenario, catalogue: Catalogue) -> bool:
    """Say whether the pathway takes a power mean: over the exerkines, or over effects on one rate."""
    pathway = catalogue.pathways[scenario.pathway]
    return bool(pathway["weights"]["induced"] or pathway["averages"])


def check_messengers(scenario: Scenario, catalogue: Catalogue) -> None:
    """Refuse effects that no pathway carries, and a combiner or a stress hormone that would change nothing."""
    _check_effects(scenario, catalogue)
    names = [name for name in catalogue.pathways if combines(scenario.model_copy(update={"pathway": name}), catalogue)]
    if scenario.combiner is not None and scenario.pathway not in names:
        what = f"The pathway {scenario.pathway} combines no messengers, so that `combiner` would change nothing."
        cure = f"Remove it, or choose one of {', '.join(names)}."
        raise ScenarioError(what, where=scenario.where(("combiner",)), code="no-effect", cure=cure)
    if scenario.combiner is not None and _EXPONENT in scenario.parameters:
        what = f"`combiner` replaces it, so that another {_EXPONENT} would change nothing."
        place = scenario.where(("parameters", _EXPONENT))
        raise ScenarioError(what, where=place, code="no-effect", cure="Keep one of the two.")
    if scenario.stress and (there := stress_hormones(catalogue)) and set(there) <= _by_pathway(scenario, catalogue):
        what = f"The pathway {scenario.pathway} carries {', '.join(there)} already, so `stress` would change nothing."
        raise ScenarioError(what, where=scenario.where(("stress",)), code="no-effect", cure="Remove it.")


def _by_pathway(scenario: Scenario, catalogue: Catalogue) -> set[str]:
    return set(catalogue.pathways[scenario.pathway]["carries"])


def _check_effects(scenario: Scenario, catalogue: Catalogue) -> None:
    """Refuse effects that the user's own catalogue gives a messenger of the package and that would not act.

    Those of a mechanism are refused where it is found that a run reads none of its numbers.
    """
    if catalogue.own is None:
        return
    shipped = {effect.path for effect in load_catalogue(catalogue.species).effects}
    act = {effect.path for effect in acting(scenario, catalogue)}
    by_rule = {number for name in catalogue.on for number in catalogue.mechanisms[name].numbers}
    for effect in catalogue.effects:
        if effect.path in shipped or effect.path in act or f"{effect.path}.towards" in by_rule:
            continue
        carriers = [name for name, entry in catalogue.pathways.items() if effect.signal in entry["carries"]]
        where = f"{catalogue.own.name}/signals/{effect.signal}.yaml effects.{effect.name}"
        what = f"The pathway {scenario.pathway} does not carry {effect.signal}, so this effect would change nothing."
        if not carriers:
            what = f"No pathway carries {effect.signal}, so this effect would change nothing."
        choose = f"Choose `pathway: {carriers[0]}`, or list" if carriers else "List"
        cure = f"{choose} {effect.signal} under `carries` of a pathway of your own (docs/catalogue.md)."
        raise ScenarioError(what, where=where, code="no-effect", cure=cure, seen=effect.signal)
