"""The methods section of a paper that uses one scenario: what was simulated, by which rules, with which numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping

from neurogen_abm.citations import as_text
from neurogen_abm.describe.markdown import listed, table
from neurogen_abm.describe.passports import HEAD, row
from neurogen_abm.explanation import validation
from neurogen_abm.run import scenario_citations, sketched
from neurogen_abm.spec.scenario.messenger_sentences import messengers
from neurogen_abm.spec.scenario.network_sentences import networks
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.spec.scenario.sentences import interventions, mechanisms, memories, read_outs, rules, strain
from neurogen_abm.units import tidy
from neurogen_abm.version import __version__

_ABOUT = ("Animal", "Run", "Activity", "Clock")


def methods(resolved: ResolvedScenario) -> str:
    """Return the section; its recordings are read, errors as of `validation`."""
    scenario, used = resolved.scenario, sketched(resolved).used
    numbers = {path: resolved.parameters[path] for path in resolved.parameters if path in used}
    counts = Counter(p.status for p in numbers.values())
    said = ", ".join(f"{counts[status]} {status}" for status in sorted(counts))
    changed = [path for path in scenario.parameters if path in numbers]
    pathway = resolved.catalogue.pathways[scenario.pathway]
    return "\n\n".join(
        part
        for part in (
            f"# Methods: {scenario.title or scenario.name}",
            _model(resolved),
            listed(line for line in validation(resolved).splitlines() if line.startswith(_ABOUT)),
            f"Pathway `{scenario.pathway}`. {pathway.get('status', '')}".strip(),
            _section("What signals do to cells", rules(resolved)),
            _section("Messengers in blood", messengers(resolved)),
            _section("Strain and mechanisms", [*strain(resolved), *mechanisms(resolved)]),
            _section("Interventions and feedback", interventions(resolved)),
            _section("Labels, counts and measures", _laboratory(resolved)),
            _section("What is read off the brain", [*memories(resolved), *networks(resolved), *read_outs(resolved)]),
            f"## Numbers\n\nThe run reads {len(numbers)} parameters: {said}. A calibrated one was fitted by us to "
            "published experiments, so that agreement with these confirms the fit and not the theory. "
            + _set_here(changed),
            table(HEAD, (row(path, parameter) for path, parameter in numbers.items())),
            _section("References", [as_text(citation) for citation in scenario_citations(resolved)]),
        )
        if part
    )


def _model(resolved: ResolvedScenario) -> str:
    scenario = resolved.scenario
    return (
        f"We simulated adult hippocampal neurogenesis with neurogen_abm {__version__}, an agent-based model in which "
        f"every "
        "cell of the lineage is followed from its birth. The dentate gyrus lies on a sheet of sites; a cell spends an "
        "exponential reserve at its hazard and a gamma timer at its pace, and events that need a site compete for it. "
        f"Steps last {tidy(scenario.step_h, 'h')}; blood is advanced minute by minute. Random numbers are addressed by "
        "seed, cell and purpose (Philox4x32-10), so that the same scenario and seed give the same run to the last bit. "
        f"Catalogue {resolved.catalogue.digest[:12]}, seed {scenario.seed}."
    )


def _laboratory(resolved: ResolvedScenario) -> list[str]:
    """Return labels, assays and how sections are sampled, as the scenario says them."""
    said = resolved.scenario.model_dump(by_alias=True, exclude_unset=True)
    labels = [f"Label: {_entries(label)}" for label in said.get("labels", ())]
    assays = [f"`{assay['name']}`: {_entries(assay, but='name')}" for assay in said.get("assays", ())]
    sampling = [f"Sections: {_entries(said['sampling'])}"] if said.get("sampling") else []
    return [*labels, *assays, *sampling]


def _entries(said: Mapping[str, object], but: str = "") -> str:
    """Return the entries of a mapping with commas, lists in full."""
    told = {key: value for key, value in said.items() if key != but}
    return "; ".join(f"{key} {_plain(value)}" for key, value in told.items())


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _section(title: str, sentences: Iterable[str]) -> str:
    points = listed(sentence.strip() for sentence in sentences)
    return f"## {title}\n\n{points}" if points else ""


def _set_here(changed: list[str]) -> str:
    if not changed:
        return "None was changed for this scenario."
    return f"Set for this scenario, in place of the catalogue: {', '.join(f'`{path}`' for path in changed)}."
