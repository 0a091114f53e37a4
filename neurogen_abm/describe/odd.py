"""The model in ODD form (Overview, Design concepts, Details; Grimm et al. 2020), from the tables that it runs by."""

from collections.abc import Mapping

from neurogen_abm.biology import plasma
from neurogen_abm.biology.mood import MoodState
from neurogen_abm.biology.motivation import DriveState
from neurogen_abm.biology.muscle import MuscleState
from neurogen_abm.biology.states import LINEAGE, State
from neurogen_abm.describe.equations import equations
from neurogen_abm.describe.fields import Noted, fields_of, places_of
from neurogen_abm.describe.markdown import code, listed, table
from neurogen_abm.describe.passports import HEAD, cited, row
from neurogen_abm.describe.prose import CONCEPTS, INITIALISATION, INPUT, PATTERNS, PURPOSE, SCALES, SCHEDULE
from neurogen_abm.describe.submodels import SUBMODELS, Submodel, grouped
from neurogen_abm.engine.population import MEANINGS
from neurogen_abm.spec.catalogue import Catalogue, Effect
from neurogen_abm.spec.parameter import Parameter
from neurogen_abm.spec.study.study import study_names
from neurogen_abm.version import __version__

_ENDS = {
    "none": "nothing",
    "stem_division": "division",
    "progenitor_division": "division",
    "enter_layer": "enters the layer",
    "integrate": "integrates",
    "mature": "matures",
    "clearance": "the body is cleared",
}


def odd(catalogue: Catalogue, parameters: Mapping[str, Parameter], whose: str) -> str:
    """Return the description.

    Parameters
    ----------
    catalogue
        Of the species, with mechanisms and strain as they are on.
    parameters
        Path -> number, as the catalogue or a scenario has it.
    whose
        Whose numbers these are, in words.
    """
    numbers = {path: parameters[path] for path in catalogue.parameters}
    return "\n\n".join(
        [
            "# The model in ODD form",
            f"neurogen_abm {__version__}, numbers of {whose}; digest of the catalogue {catalogue.digest[:12]}. Made by "
            "`neurogen describe` from the tables that a run reads, after the ODD protocol of Grimm et al. 2020 "
            "(J Artif Soc Soc Simul 23(2) 7; recalled).",
            f"## 1. Purpose and patterns\n\n{PURPOSE}\n\n{PATTERNS} {code(study_names())}.",
            f"## 2. Entities, state variables and scales\n\n{_entities()}",
            f"## 3. Process overview and scheduling\n\n{_schedule()}",
            f"## 4. Design concepts\n\n{listed(f'**{name}.** {text}' for name, text in CONCEPTS.items())}",
            f"## 5. Initialisation\n\n{INITIALISATION}",
            f"## 6. Input data\n\n{INPUT}",
            f"## 7. Submodels\n\n{_submodels(catalogue, numbers)}",
            f"## Sources\n\n{_sources(catalogue, numbers)}",
        ]
    )


def _entities() -> str:
    notes = [
        (
            "Cell",
            [Noted(name, f"{says} {f'({unit})' if unit else ''}".strip()) for name, (says, unit) in MEANINGS.items()],
        ),
        ("Blood", places_of(plasma, plasma.N_STATE)),
        ("Muscle", fields_of(MuscleState)),
        ("Drive to move", fields_of(DriveState)),
        ("Mood (a hypothesis, off by default)", fields_of(MoodState)),
    ]
    told = [
        f"### {title}\n\n{table(('variable', 'meaning'), ([f'`{n.name}`', n.says] for n in rows))}"
        for title, rows in notes
    ]
    states = table(
        ("state", "label", "family", "its timer ends in", "hazard", "next", "also"),
        (_state(state) for state in LINEAGE),
    )
    return "\n\n".join([f"{SCALES}\n\n### States of a cell\n\n{states}", *told])


def _state(state: State) -> list[str]:
    also = [word for word, holds in (("migrates", state.migrates), ("competes", state.competes)) if holds]
    hazard = "" if state.hazard == "none" else state.hazard
    ends = "settled for life" if state.settles else _ENDS[state.timer_end]
    return [f"`{state.name}`", state.label, state.family, ends, hazard, state.successor, ", ".join(also)]


def _schedule() -> str:
    steps = [f"{i}. {text} (`{function}`)" for i, (function, text) in enumerate(SCHEDULE, 1)]
    return "One step, an hour unless the scenario says otherwise, in this order:\n\n" + "\n".join(steps)


def _submodels(catalogue: Catalogue, numbers: Mapping[str, Parameter]) -> str:
    groups = grouped(numbers)
    return "\n\n".join(_submodel(i, part, catalogue, numbers, groups) for i, part in enumerate(SUBMODELS, 1))


def _submodel(
    number: int, part: Submodel, catalogue: Catalogue, numbers: Mapping[str, Parameter], groups: Mapping[str, list[str]]
) -> str:
    pages = code(f"docs/{page}" for page in part.pages)
    effects = [_effect(effect) for effect in catalogue.effects] if part.key == "effects" else []
    pathways = [f"Pathway `{name}`: {entry.get('status', '')}" for name, entry in catalogue.pathways.items()]
    paths = groups.get(part.key, [])
    parts = [
        f"### 7.{number} {part.title}",
        f"{part.does} More in {pages}.",
        listed(effects or (pathways if part.key == "niche" else [])),
        equations(part, "####"),
        table(HEAD, (row(path, numbers[path]) for path in paths)) if paths else "",
    ]
    return "\n\n".join(text for text in parts if text)


def _effect(effect: Effect) -> str:
    return f"`{effect.path}`: {effect.sentence()}"


def _sources(catalogue: Catalogue, numbers: Mapping[str, Parameter]) -> str:
    return cited(sorted({p.source for p in numbers.values() if p.source is not None}), catalogue.references)
