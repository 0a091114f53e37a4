"""The door to scenarios: read, changed and resolved in one call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurogen_abm.arguments import MAPPING, check
from neurogen_abm.errors import InputError, argument
from neurogen_abm.spec.mechanisms import STANDARD
from neurogen_abm.spec.scenario.load import load_scenario, scenario_names, setting
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import CatalogueChangedWarning, ResolvedScenario, before_overrides, resolve
from neurogen_abm.spec.validation import ScenarioError

__all__ = [
    "CatalogueChangedWarning",
    "ResolvedScenario",
    "Scenario",
    "ScenarioError",
    "load_scenario",
    "prepare",
    "resolve",
    "scenario_names",
    "setting",
    "with_mechanisms",
]


def with_mechanisms(resolved: ResolvedScenario, names: Sequence[str]) -> ResolvedScenario:
    """Return a scenario with mechanisms switched on besides its own; an InputError says which cannot be.

    >>> with_mechanisms(prepare("mouse_sedentary"), ["maturation_over_weeks"]).scenario.mechanisms
    ('gaba_tone', 'loss_of_gain', 'maturation_over_weeks')
    """
    added = tuple(name for name in dict.fromkeys(names) if name not in resolved.scenario.mechanisms)
    if not added:
        return resolved
    try:
        return prepare(resolved, changes={"mechanisms": [*resolved.scenario.mechanisms, *added]})
    except InputError as fault:
        if fault.code not in ("unknown-mechanism", "rival-mechanisms"):
            raise
        raise fault.become(type(fault), argument("mechanisms")) from None


def prepare(
    source: str | Path | Mapping[str, Any] | Scenario | ResolvedScenario,
    seed: int | None = None,
    changes: Mapping[str, object] | None = None,
) -> ResolvedScenario:
    """Load, change and resolve a scenario; one that is resolved is taken as it is where nothing changes.

    Parameters and errors as in `load_scenario` and `resolve`; ``seed`` replaces that of the scenario. Where entries of
    a resolved scenario change, its numbers and the folder of its recordings stay, unless species, catalogue or
    mechanisms change. With the species the standard mechanisms change, where these were on.

    >>> prepare("mouse_wheel_running", seed=7).value("lineage.clearance.time", "min")
    84.0
    """
    check(changes=(changes, MAPPING.or_none))
    changed = dict(changes or {}) | ({} if seed is None else {"seed": seed})
    if not isinstance(source, ResolvedScenario):
        return resolve(load_scenario(source, changed))
    if not changed:
        return source
    if "species" in changed and source.catalogue.on == source.catalogue.standard:
        changed = {"mechanisms": [STANDARD]} | changed
    scenario = load_scenario(source.scenario, changed)
    kept = scenario.species == source.scenario.species and "catalogue" not in changed
    same = kept and set(scenario.mechanisms) == set(source.scenario.mechanisms)
    same = same and scenario.strain == source.scenario.strain
    catalogue = before_overrides(source) if same else None
    return resolve(scenario, catalogue, source.base_dir)
