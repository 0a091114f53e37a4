"""Whether what is asked can be seen: stains and states are known, labels given and memories learned before."""

from collections.abc import Mapping, Sequence

from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.spec.catalogue import Catalogue
from neurogen_abm.spec.scenario.histology import (
    AGENTS,
    BODY_MEASURES,
    DIED,
    GRANULE,
    GROUPS,
    TAMOXIFEN,
    VOLUME,
    Assay,
    CountTerm,
)
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.validation import ScenarioError
from neurogen_abm.spec.yaml.reader import KeyPath
from neurogen_abm.units import tidy

# Where a species says how its hippocampus changes with age and training.
VOLUME_PATH = "physiology.volume.gain"


def stains_of(catalogue: Catalogue) -> Mapping[str, str]:
    """Return every stain of a species by its name in small letters."""
    extra = catalogue.structure.get("histology", {}).get("stains", {})
    return {name.lower(): name for name in (*catalogue.markers, *extra)}


def agent_of(name: str) -> str | None:
    """Return the label a term names, whatever its capitals; None where it names none."""
    return {agent.lower(): agent for agent in AGENTS}.get(name.lower())


def check_terms(terms: Sequence[CountTerm], catalogue: Catalogue) -> None:
    """Refuse a condition that names nothing, or has a sign where none belongs or lacks one."""
    stains = stains_of(catalogue)
    words = (*BY_NAME, *GROUPS, DIED, GRANULE)
    for term in terms:
        signed = agent_of(term.name) is not None or term.name.lower() in stains
        if not signed and term.name not in words:
            what = f'"{term.name[:40]}" is not a known label, stain or state.'
            names = (*AGENTS, *stains) if term.sign else (*AGENTS, *stains, *words)
            raise ScenarioError(what, code="unknown-stain", cure=offer(term.name, names), seen=term.name)
        if signed and not term.sign:
            what = f"`{term.name}` needs a sign: + where it shows, - where it does not."
            cure = f"Write {term.name}+ or {term.name}-."
            raise ScenarioError(what, code="bad-count", cure=cure, seen=term.name)
        if term.sign and not signed:
            what, cure = f"`{term.name}` is a state, and a state takes no sign.", f"Write {term.name}."
            raise ScenarioError(what, code="bad-count", cure=cure, seen=term.name)


def check_histology(scenario: Scenario, catalogue: Catalogue) -> None:
    """Check labels and assays against the catalogue and against one another."""
    names: set[str] = set()
    for index, assay in enumerate(scenario.assays):
        try:
            check_terms(assay.terms, catalogue)
        except ScenarioError as fault:
            fault.where = scenario.where(("assays", index, "count"))
            raise
        if assay.name in names:
            what, place = f'Two assays are called "{assay.name}".', scenario.where(("assays", index, "name"))
            raise ScenarioError(what, where=place, code="duplicate-name", cure="Rename one.", seen=assay.name)
        names.add(assay.name)
        _check_labels(scenario, index, assay)
        if assay.learned_h is not None and assay.times_h[0] < assay.learned_h:
            tested, learned = tidy(assay.times_h[0], "h"), tidy(assay.learned_h, "h")
            what = f"The memory is tested at {tested}, before it is learned at {learned}."
            place, cure = scenario.where(("assays", index, "learned")), "Test later, or let it be learned earlier."
            raise ScenarioError(what, where=place, code="test-before-learning", cure=cure, seen=learned)
        _check_network(scenario, index, assay)
        _check_measure(scenario, catalogue, index, assay)
    if scenario.sampling is not None and not any(assay.count for assay in scenario.assays):
        cure = "Add an assay with a `count`, or leave `sampling` out."
        what, place = "`sampling` has no effect: no assay counts cells.", scenario.where(("sampling",))
        raise ScenarioError(what, where=place, code="no-effect", cure=cure)


def _check_measure(scenario: Scenario, catalogue: Catalogue, index: int, assay: Assay) -> None:
    """Refuse a volume of which the catalogue of the species knows nothing, and a window that means nothing."""
    if assay.measure == VOLUME and VOLUME_PATH not in catalogue.parameters:
        what = f"The catalogue knows no volume of the hippocampus of the {scenario.species}."
        place, cure = scenario.where(("assays", index, "measure")), "Measure it in people (species: human)."
        raise ScenarioError(what, where=place, code="unknown-measure", cure=cure, seen=assay.measure)
    if assay.measure in BODY_MEASURES and assay.since_h is not None:
        what = f"`{assay.measure}` is a level at a time; `since` has no effect."
        place = scenario.where(("assays", index, "since"))
        raise ScenarioError(what, where=place, code="bad-pair", cure="Leave `since` out.")


def _check_labels(scenario: Scenario, index: int, assay: Assay) -> None:
    """Check that every label an assay looks for is in the animal by then."""
    first: dict[str, float] = {}
    for injection in scenario.labels:
        time_h = injection.times_h[0]
        first[injection.agent] = min(time_h, first.get(injection.agent, time_h))
    wanted = [agent for term in assay.terms if (agent := agent_of(term.name))]
    wanted += [TAMOXIFEN] if (assay.measure or "").startswith("clone") else []
    place: KeyPath = ("assays", index, "count" if assay.count else "measure")
    for agent in wanted:
        if agent not in first:
            cure = f"Add it to `labels`, or count {' or '.join(sorted(first))}." if first else "Add it to `labels`."
            what = f"{agent} is counted and never given."
            raise ScenarioError(what, where=scenario.where(place), code="label-not-injected", cure=cure, seen=agent)
        if assay.times_h[0] < first[agent]:
            what = (
                f"{agent} is counted at {tidy(assay.times_h[0], 'h')}, before it is first given "
                f"at {tidy(first[agent], 'h')}."
            )
            where = scenario.where(("assays", index, "at" if assay.at_h is not None else "from"))
            raise ScenarioError(what, where=where, code="chase-before-pulse", cure="Count later, or give it earlier.")


def _check_network(scenario: Scenario, index: int, assay: Assay) -> None:
    """Refuse to silence or read young neurons in an animal that has none."""
    if scenario.neurogenesis == "none" and (assay.silence is not None or assay.measure == "young_active_share"):
        key = "silence" if assay.silence is not None else "measure"
        what, where = "There are no young neurons: `neurogenesis` is none.", scenario.where(("assays", index, key))
        cure = "Leave the assay out, or write neurogenesis: low or high."
        raise ScenarioError(what, where=where, code="no-such-cells", cure=cure)
