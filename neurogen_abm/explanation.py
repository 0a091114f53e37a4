"""A resolved scenario in words: its rules, their sources, and what is assumed."""

from collections import Counter
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from neurogen_abm.activity.capacity import excesses
from neurogen_abm.activity.recordings.account import NAMES_OF_DAYS
from neurogen_abm.activity.schedule import Schedule
from neurogen_abm.arguments import TEXT, check
from neurogen_abm.citations import as_text, citations
from neurogen_abm.errors import InputError
from neurogen_abm.memory import predicted_bytes, readable
from neurogen_abm.numerals import plain
from neurogen_abm.run import at_hand, sketched
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.fitted import Fitted, fitted
from neurogen_abm.spec.parameter import Parameter
from neurogen_abm.spec.scenario.messenger_sentences import messengers
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.network_sentences import networks
from neurogen_abm.spec.scenario.resolve import ResolvedScenario, before_overrides, of_strain, of_user
from neurogen_abm.spec.scenario.sentences import (
    age,
    interventions,
    mechanisms,
    mechanisms_in_short,
    memories,
    read_outs,
    rules,
    strain,
)
from neurogen_abm.spec.suggest import offer
from neurogen_abm.units import tidy

_WIDEST_LIST = 12


def explanation(resolved: ResolvedScenario, path: str | None = None) -> str:
    """Return the rules of a scenario and the paths of its parameters, or the parameters at and below a dotted path.

    An InputError offers the nearest paths where there is none.
    """
    check(path=(path, TEXT.or_none))
    if path is None:
        return _rules(resolved)
    found = {key: p for key, p in resolved.parameters.items() if key == path or key.startswith(f"{path}.")}
    if not found:
        beginnings = {part for key in resolved.parameters for part in accumulate(key.split("."), "{}.{}".format)}
        what, cure = f'There is no parameter "{path[:80]}", nor one whose path begins with it.', offer(path, beginnings)
        raise InputError(what, cure=cure, code="unknown-parameter", seen=path)
    rules = [e.sentence() for e in resolved.effects if e.path == path or e.path.startswith(f"{path}.")]
    scenario = resolved.scenario
    fit = fitted(scenario.species, scenario.pathway, resolved.catalogue.on)
    own = of_strain(resolved) | of_user(resolved) if fit else frozenset()  # a fit of the species says nothing of these
    fit = {key: one for key, one in fit.items() if key not in own}
    blocks = [_block(key, parameter, resolved.references, fit.get(key)) for key, parameter in found.items()]
    return "\n\n".join([*rules, *blocks])


def validation(resolved: ResolvedScenario) -> str:
    """Return what a scenario describes, and what a run of it would assume; its recordings are read.

    An InputError says which recording cannot be used, or which block asks for what the species cannot do.
    """
    at_hand(resolved)
    start = sketched(resolved)
    scenario = resolved.scenario
    tissue = "whole gyrus" if start.area_fraction == 1 else f"a patch, {plain(start.area_fraction, 2)} of the gyrus"
    animal = ", ".join([scenario.species, str(scenario.strain), scenario.sex, f"{age(scenario.age_h)} old"])
    duration, step = tidy(scenario.duration_h, "h"), tidy(scenario.step_h, "h")
    used = {path: resolved.parameters[path] for path in sorted(start.used)}
    changed = [f"{path} = {_value(resolved.parameters[path])}" for path in scenario.parameters]
    assumed = [path for path, p in used.items() if p.status == "assumed" and path not in scenario.parameters]
    return "\n".join(
        [
            f"{scenario.name} is valid.",
            f"Animal:   {animal}; {tissue}.",
            f"Run:      {duration} in steps of {step}, seed {scenario.seed}.",
            f"Activity: {_activity(scenario, start.schedule)}.",
            *_recordings(start.schedule),
            *_performed(resolved),
            f"Pathway:  {_pathway(resolved)}.",
            *strain(resolved),
            *mechanisms_in_short(resolved),
            *_own_catalogue(resolved),
            *interventions(resolved),
            *memories(resolved),
            *networks(resolved),
            f"Memory:   about {readable(predicted_bytes(resolved))}.",
            f"Values:   {len(used)} parameters are used: {_counts(Counter(p.status for p in used.values()))}.",
            *([f"Assumed because this scenario says so: {', '.join(changed)}."] if changed else []),
            "Assumed in the catalogue:",
            *(f"  {group}" for group in _grouped(assumed)),
            "`neurogen explain SCENARIO` tells the rules; with the path of a value, its range, source and note.",
        ]
    )


def _own_catalogue(resolved: ResolvedScenario) -> list[str]:
    """Return what the user's own catalogue adds to that of the species and changes in it; none: nothing."""
    if resolved.catalogue.own is None:
        return []
    species, on = resolved.scenario.species, resolved.catalogue.on
    known = load_catalogue(species)
    mine, shipped = before_overrides(resolved), load_catalogue(species, mechanisms=set(on) & known.mechanisms.keys())
    kinds = ("signal", "pathway", "parameter")
    added = [len(getattr(mine, f"{kind}s").keys() - getattr(shipped, f"{kind}s").keys()) for kind in kinds]
    new = [_several(n, kind) for n, kind in zip(added, kinds, strict=True) if n]
    changed = sum(mine.parameters[path] != old for path, old in shipped.parameters.items())
    adds = f"adds {', '.join(new)} and " if new else ""
    said = f"{adds}changes {_several(changed, 'parameter')} of the {mine.species}"
    return [f"Catalogue: your own, {resolved.catalogue.own.name}, {said}."]


def _pathway(resolved: ResolvedScenario) -> str:
    name = resolved.scenario.pathway
    return f"{name} ({resolved.catalogue.pathways[name]['label']})"


def _several(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"


def _rules(resolved: ResolvedScenario) -> str:
    scenario = resolved.scenario
    grounds = [*strain(resolved), *mechanisms(resolved)]
    if status := str(resolved.catalogue.pathways[scenario.pathway].get("status", "")):
        grounds.insert(0, f"Pathway {scenario.pathway}: {status}")
    happening = [*interventions(resolved), *memories(resolved), *networks(resolved), *read_outs(resolved)]
    said = [
        scenario.title or scenario.name,
        f"Pathway: {_pathway(resolved)}.",
        *mechanisms_in_short(resolved),
        *_section("In this scenario", happening),
        *_section("What signals do to cells", [f"{rule}." for rule in rules(resolved)]),
        *_section("Messengers in blood", messengers(resolved)),
        *_section("On which grounds", grounds),
        *_section("Parameters", _parameters(resolved)),
    ]
    return "\n".join(said)


def _section(head: str, sentences: list[str]) -> list[str]:
    """Return a heading and its lines; nothing where there are none."""
    return ["", head, *(f"  {sentence}" for sentence in sentences)] if sentences else []


def _parameters(resolved: ResolvedScenario) -> list[str]:
    """Return how well the parameters are known, and a line for each part of the catalogue with the beginnings in it."""
    status, grade = (Counter(getattr(p, by) for p in resolved.parameters.values()) for by in ("status", "grade"))
    parts: dict[str, dict[str, None]] = {}
    for path in resolved.parameters:
        head, *below = path.split(".")
        parts.setdefault(head, {}).update({below[0]: None} if len(below) > 1 else {})
    sizes = Counter(path.partition(".")[0] for path in resolved.parameters)
    return [
        f"The catalogue holds {len(resolved.parameters)}: {_counts(status)}; grades {_counts(grade)}. A run reads some "
        "of them; `neurogen validate SCENARIO` says how many.",
        "`neurogen explain SCENARIO PATH` shows value, range, grade and source of one, or of all that begin with PATH:",
        *(f"{head} ({sizes[head]}): {', '.join(f'{head}.{one}' for one in below)}" for head, below in parts.items()),
    ]


def _block(
    path: str, parameter: Parameter, references: Mapping[str, Mapping[str, Any]], fit: Fitted | None = None
) -> str:
    """Return everything known about one parameter; ``fit``: what the findings leave of it."""
    lines = [f"{path} = {_value(parameter)}"]
    if parameter.range is not None:
        lines.append(
            f"  range   {plain(parameter.range[0])} to {plain(parameter.range[1])} {_unit(parameter)}".rstrip()
        )
    lines.append(f"  status  {parameter.status}, grade {parameter.grade}")
    if fit is not None and isinstance(parameter.value, float):
        lines.append(f"  fitted  {fit.sentence(parameter.value, parameter.unit)}")
    sources = [as_text(citation) for citation in citations({path: parameter}, references, [path])]
    lines.append(f"  source  {sources[0] if sources else 'none' if parameter.source is None else parameter.source}")
    lines += [f"  {name:<8}{text}" for name, text in (("place", parameter.place), ("note", parameter.note)) if text]
    return "\n".join(lines)


def _value(parameter: Parameter) -> str:
    value = parameter.value
    shown = plain(value) if isinstance(value, float) else str(value)
    return f"{shown} {_unit(parameter)}".rstrip()


def _unit(parameter: Parameter) -> str:
    return "" if parameter.unit == "1" else parameter.unit


def _activity(scenario: Scenario, schedule: Schedule) -> str:
    if not scenario.activity:
        return "none, a sedentary animal with its everyday activity"
    days = scenario.duration_h / 24
    kinds = _listed([block.kind for block in scenario.activity])
    distance, active = schedule.distance_m.sum() / 1000 / days, (schedule.intensity > 0).sum() / 60 / days
    return f"{kinds}; on average {plain(active, 3)} h and {plain(distance, 3)} km per day"


def _recordings(schedule: Schedule) -> list[str]:
    """Return when the run starts and what became of each recording; none: nothing."""
    if not schedule.replayed:
        return []
    clock = f"{schedule.clock_start_min // 60:02d}:{schedule.clock_start_min % 60:02d}"
    said = [f"Clock:    the run starts at {clock} on a {NAMES_OF_DAYS[schedule.weekday]}."]
    for account in schedule.replayed:
        first, *others = account.sentences()
        said += [f"Recording {account.where}: {first}", *(f"  {sentence}" for sentence in others)]
    return said


def _performed(resolved: ResolvedScenario) -> list[str]:
    """Return what the schedule asks of the body beyond what it can do as the run starts; none: nothing."""
    found = excesses(resolved.scenario, resolved.value)
    return [f"Beyond the body: {fault.where} ({fault.kind}) {fault.what}, and does as much as that." for fault in found]


def _grouped(paths: list[str]) -> list[str]:
    """Return one line for every part of the catalogue, with the names in it."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        head, _, tail = path.rpartition(".")
        groups.setdefault(head, []).append(tail)
    return [f"{head}: {', '.join(names)}" for head, names in groups.items()]


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(found.items()))


def _listed(parts: list[str]) -> str:
    rest = len(parts) - _WIDEST_LIST
    return ", ".join(parts[:_WIDEST_LIST]) + (f" and {rest} more" if rest > 0 else "")
