"""The arms of a study as scenarios, one an animal, and whether what is expected can be read from them.

Everything is checked before anything runs: what is wrong with an arm is told at its place in the study.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from neurogen_abm.errors import InputError, argument
from neurogen_abm.numerals import plain
from neurogen_abm.spec.cohort import CohortRow, as_animal
from neurogen_abm.spec.scenario.comparable import seen_how
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario, resolve
from neurogen_abm.spec.scenario.scenario import load_scenario, scenario_names, with_mechanisms
from neurogen_abm.spec.study.contradictions import contradictions
from neurogen_abm.spec.study.count_table import faulty
from neurogen_abm.spec.study.expectations import Correlation
from neurogen_abm.spec.study.study import Study, StudyError
from neurogen_abm.spec.study.terms import Quantity, Unsaid, Whole, terms
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.yaml.reader import KeyPath
from neurogen_abm.tables import READ_OUTS

RUNNING_TOTALS = tuple(name for name, column in READ_OUTS.items() if column.adds_up)
# A study reads its animals once a day and keeps no register, unless it says otherwise.
_OUTPUTS = {"cadence": "1 d", "cells": False}
_SHARED = ("species", "labels", "assays", "sampling")


class Arm(NamedTuple):
    """One arm, checked: the scenario of an average animal, and when each assay is made."""

    resolved: ResolvedScenario
    assay_times_h: Mapping[str, tuple[float, ...]]
    animals: tuple[ResolvedScenario, ...] = ()  # of a cohort, one after the other; the first is `resolved`
    names: tuple[str, ...] = ()  # of these animals

    def __repr__(self) -> str:
        """Return one line."""
        return f"<Arm {self.scenario.name}>"

    @property
    def scenario(self) -> Scenario:
        """The scenario of an average animal, every default explicit."""
        return self.resolved.scenario


def compose(
    study: Study, pathway: str | None = None, cohort: Sequence[CohortRow] = (), mechanisms: Sequence[str] = ()
) -> dict[str, Arm]:
    """Return every arm of a study, and check that everything its expectations read will be there.

    ``pathway`` replaces that of every arm that does not choose one itself, and ``mechanisms`` are on in every arm that
    names none itself, besides those of the base; ``cohort`` are the animals of the study's table. A StudyError says,
    with place and cure, why the scenario of an arm is refused, or which expectation asks for what is not simulated.
    """
    arms = {name: _of_cohort(study, name, pathway, cohort, mechanisms) for name in study.arms}
    if study.cohort is not None and "animals" in study.model_fields_set and all(arm.animals for arm in arms.values()):
        what = "The cohort says how many animals each arm has, and so does `animals`."
        raise StudyError(what, where=study.where(("animals",)), code="twice", cure="Leave `animals` out.")
    first = next(faults(study, arms), None)
    if first is not None:
        raise first
    return arms


def faults(study: Study, arms: Mapping[str, Arm]) -> Iterator[StudyError]:
    """Yield what is wrong with a study whose arms are those given; of others of its arms nothing is asked."""
    if arms:
        yield from _unknown_papers(study, next(iter(arms.values())).resolved.references)
    yield from _each(partial(_check_counted, study, arms))
    unread = 0
    for number in range(len(study.expectations)):
        for fault in _each(partial(_check_expectation, study, arms, number)):
            unread += 1
            yield fault
    if not unread:
        yield from contradictions(study, tuple(study.arms))


def _each(checked: Callable[[], None]) -> Iterator[StudyError]:
    try:
        checked()
    except StudyError as fault:
        yield fault


def _unknown_papers(study: Study, references: Iterable[str]) -> Iterator[StudyError]:
    """Yield the keys of papers that are not in the catalogue."""
    named: list[tuple[KeyPath, str]] = [(("reference",), study.reference)] if isinstance(study.reference, str) else []
    named += [
        (("expectations", number, "source", "reference"), expectation.source.reference)
        for number, expectation in enumerate(study.expectations)
        if expectation.source.reference is not None
    ]
    for path, key in named:
        if key not in references:
            what = f'"{key[:80]}" is not in the list of references.'
            cure = f"{offer(key, references)} Or write {{citation: ..., doi: ...}} as the study's `reference`."
            yield StudyError(what, where=study.where(path), code="unknown-reference", cure=cure, seen=key)


def arms_of(study: Study, row: CohortRow) -> list[str]:
    """Return the arms that an animal of the cohort belongs to: that of its group, or all where there are no groups."""
    if row.group is None:
        return list(study.arms)
    if row.group not in study.arms:
        what = f'Its group "{row.group[:40]}" is no arm of the study.'
        raise StudyError(what, code="unknown-arm", cure=offer(row.group, study.arms), seen=row.group)
    own = study.arms[row.group]
    both = next((key for key in (*row.own, *(["activity"] if row.block else [])) if key in own), None)
    if both is not None:
        what = f"Both the table and the arm {row.group} say `{both}`."
        raise StudyError(what, code="twice", cure="Leave it out of one of them.")
    return [row.group]


def _of_cohort(
    study: Study, name: str, pathway: str | None, cohort: Sequence[CohortRow], mechanisms: Sequence[str]
) -> Arm:
    """Return an arm with its animals of the cohort; one that has none there is a usual arm."""
    rows = [row for row in cohort if name in arms_of(study, row)]
    if not rows:
        return arm_of(study, name, pathway, mechanisms=mechanisms)
    animals = [arm_of(study, name, pathway, row, mechanisms) for row in rows]
    often = [(arm.resolved, row.animal) for arm, row in zip(animals, rows, strict=True) for _ in range(row.n or 1)]
    return animals[0]._replace(animals=tuple(one for one, _ in often), names=tuple(called for _, called in often))


def arm_of(
    study: Study, name: str, pathway: str | None, row: CohortRow | None = None, mechanisms: Sequence[str] = ()
) -> Arm:
    """Return an arm, or as one animal of the cohort lives it: what the arm says goes before what the table says."""
    own = dict(study.arms[name])
    _one_species(study, name)
    changes = _common(study, f"{study.name[:31]}.{name}")
    if pathway is not None and "pathway" not in own:
        own["pathway"] = pathway
    try:
        strain = _other_strain(study, changes | own)
        if row is None:
            scenario = load_scenario(_base(study), changes | own | strain, folder=study.base_dir)
        else:
            scenario = as_animal(load_scenario(_base(study), changes | strain, folder=study.base_dir), row)
            scenario = load_scenario(scenario, own, folder=study.base_dir)
        resolved = resolve(scenario, base_dir=scenario.base_dir or study.base_dir)
        if "mechanisms" not in own:
            resolved = with_mechanisms(resolved, mechanisms)
        return Arm(resolved, {assay.name: assay.times_h for assay in resolved.scenario.assays})
    except InputError as fault:
        raise _at_home(study, name, fault) from None


def _one_species(study: Study, name: str) -> None:
    """Refuse an arm of another species than the study says for every arm."""
    species = study.arms[name].get("species")
    where = study.where(("arms", name, "species"))
    if study.species is not None and species not in (None, study.species):
        what = f"In the arm {name}: the species is {species}, and the study says {study.species} for every arm."
        cure = "Leave `species` out of the arm; or out of the study, where it has animals of two."
        raise StudyError(what, where=where, code="other-species", cure=cure, seen=species)


def _common(study: Study, name: str) -> dict[str, object]:
    """Return what is changed of the base in every arm."""
    changes: dict[str, object] = {"outputs": dict(_OUTPUTS), "name": name}
    return changes | {key: getattr(study, key) for key in _SHARED if getattr(study, key) is not None} | study.changes


def before_arms(study: Study) -> Scenario:
    """Return the scenario that all arms change; a StudyError says why it is refused."""
    try:
        return load_scenario(_base(study), _common(study, study.name), folder=study.base_dir)
    except InputError as fault:
        raise _at_home(study, next(iter(study.arms)), fault) from None


def _other_strain(study: Study, changes: Mapping[str, object]) -> dict[str, object]:
    """Drop the strain of the base where an arm is of another species; its first strain is taken then."""
    if "species" not in changes or "strain" in changes:
        return {}
    return {} if load_scenario(_base(study)).species == changes["species"] else {"strain": None}


def _base(study: Study) -> str | Path | Mapping[str, Any]:
    base = study.base
    if not isinstance(base, str) or base in scenario_names():
        return base
    path = Path(base)
    if study.base_dir is not None and not path.is_absolute() and path.suffix:
        return study.base_dir / path
    return path if path.suffix else base


def _at_home(study: Study, arm: str, fault: InputError) -> StudyError:
    """Return the fault of an arm's scenario with its place in the study."""
    key, place = fault.where.removeprefix(argument("overrides")).strip(), fault.where
    path: KeyPath = ()
    written_here = fault.where.startswith(argument("overrides")) or isinstance(study.base, dict) or not fault.where
    if written_here:
        prefixes: list[KeyPath] = [("arms", arm), ("changes",), ("base",)]
        found = [spot for prefix in prefixes if (spot := study.place_within(prefix, key)) is not None]
        if key.split(".")[0].split("[")[0] in _SHARED and (shared := study.place_within((), key)) is not None:
            found.append(shared)
        path = found[0] if found else ("arms", arm)
        place = study.where(path)
    if isinstance(study.base, str) and (not fault.where or fault.code in ("no-file", "unreadable")):
        path, place = ("base",), study.where(("base",))
    own = len(study.arms) > 1 and path[:1] == ("arms",)
    return fault.become(StudyError, place, f"In the arm {arm}: {fault.what}" if own else "")


def _check_expectation(study: Study, arms: Mapping[str, Arm], number: int) -> None:
    """Check that every term of an expectation can be read."""
    expectation, path = study.expectations[number], ("expectations", number)
    for arm in getattr(expectation, "arms", None) or ():
        _known_arm(study, arm, study.arms, (*path, "arms"))
    try:
        written = list(terms(expectation, tuple(study.arms), path))
        for term in written:
            for quantity in term.quantities:
                _known_arm(study, quantity.arm, study.arms, (*quantity.path, "arm"))
                if quantity.arm in arms:
                    _readable(study, quantity, arms[quantity.arm])
        if all(quantity.arm in arms for term in written for quantity in term.quantities):
            _check_seen_alike(study, written, arms, paired=isinstance(expectation, Correlation))
    except Unsaid as gap:
        raise _left_open(study, gap, study.arms) from None


def _check_counted(study: Study, arms: Mapping[str, Arm]) -> None:
    """Refuse a table of counts with assays or days that are not simulated; all of them are told at once."""
    found: dict[str, None] = {}
    for entry in study.counted:
        if entry.arm not in arms:
            continue
        times_h = arms[entry.arm].assay_times_h
        if entry.assay not in times_h:
            near = offer(entry.assay, times_h)
            found[f'row {entry.row}: "{entry.assay[:40]}" is no assay of the arm {entry.arm}: {near}'] = None
        elif not any(abs(entry.time_h - time_h) < 1e-6 for time_h in times_h[entry.assay]):
            day = f"day {plain(entry.day)} is {plain(entry.time_h / 24)} d of the run"
            found[f"row {entry.row}: {day}, when {entry.assay} is not made in the arm {entry.arm}"] = None
    if found and study.counts is not None:
        raise faulty(study.counts.file, list(found)).become(StudyError, study.where(("counts",)))


def _check_seen_alike(study: Study, written: Sequence[Whole], arms: Mapping[str, Arm], *, paired: bool) -> None:
    """Refuse counts of one hemisphere set against two, or with another share overlooked; patches are scaled by area."""
    parts = [[quantity, quantity.shared] for term in written for quantity in term.quantities if quantity.per]
    parts += [list(term.quantities) for term in written if term.bottom is not None and not term.top.per]
    for first in (0, 1) if paired else (0,):  # a correlation is of two readings, arm by arm
        alike = written[first :: 2 if paired else 1]
        parts.append([term.top for term in alike if term.bottom is None and not term.top.per])
    for quantities in parts:
        sides = {how: quantity for quantity in quantities for how in _seen_how(arms[quantity.arm], quantity)}
        if len({how[0] for how in sides}) > 1:
            what = "A count of two hemispheres is set against one of a single hemisphere."
            cure = "Count as many in both: the same `hemispheres` in `sampling`, and an assay in place of a column."
            where = next(quantity.path for how, quantity in sides.items() if how[0] == 2)
            raise StudyError(what, where=study.where(where), code="not-comparable", cure=cure)
        if len({how[2] for how in sides}) > 1:
            what = "A count of which an observer misses a part is set against one of which another part is missed."
            cure = "Give both the same `observer_miss` in `sampling`, and an assay in place of a column."
            where = next(quantity.path for how, quantity in sides.items() if how[2] > 0)
            raise StudyError(what, where=study.where(where), code="not-comparable", cure=cure)


def _seen_how(arm: Arm, quantity: Quantity) -> set[tuple[int, bool, float]]:
    """Return how the names of a quantity are seen (`comparable.seen_how`)."""
    counted = {assay.name for assay in arm.scenario.assays if assay.count is not None}
    return {seen_how(arm.scenario, name in counted) for name in quantity.read}


def _left_open(study: Study, gap: Unsaid, arms: Iterable[str]) -> StudyError:
    cures = {
        "arm": f"Add `arm:`, one of {', '.join(arms)}.",
        "read": "Add `read:` with an assay of the study or a column of the series.",
        "at": "Add `at: 28 d`, `mean_over: [0 d, 7 d]` or `gained_over: [0 d, 7 d]`.",
        "over": "Add `over:` with the arm, or {arm, at, read}, it is compared with.",
    }
    what = f"The expectation does not say `{gap.key}`."
    return StudyError(what, where=study.where(gap.path), code="missing-key", cure=cures[gap.key])


def _known_arm(study: Study, name: str, arms: Iterable[str], path: KeyPath) -> None:
    if name not in arms:
        what = f'"{name[:60]}" is not an arm of this study.'
        raise StudyError(what, where=study.where(path), code="unknown-arm", cure=offer(name, arms), seen=name)


def _readable(study: Study, quantity: Quantity, arm: Arm) -> None:
    """Check that the names exist in the arm and that the times are simulated."""
    for key, part in (("read", quantity), ("per", quantity.shared)):
        for name in part.read:
            if name in arm.assay_times_h:
                _in_assay(study, part, name, arm)
            elif name in READ_OUTS:
                _in_series(study, part, name, arm)
            else:
                known, where = [*arm.assay_times_h, *READ_OUTS], study.where((*quantity.path, key))
                what = f'"{name[:60]}" is neither an assay of the arm {quantity.arm} nor a column of the series.'
                raise StudyError(what, where=where, code="unknown-assay", cure=offer(name, known), seen=name)


def _in_assay(study: Study, quantity: Quantity, name: str, arm: Arm) -> None:
    if quantity.how in ("mean_over", "gained_over"):
        what = f"{name} is an assay: it is read `at` one of its times, not over a span."
        cure = "Write `at:`, or read a column of the series."
        raise StudyError(what, where=study.where((*quantity.path, quantity.how)), code="bad-pair", cure=cure)
    times_h = arm.assay_times_h[name]
    for time_h in quantity.times_h:
        if not any(abs(time_h - other) < 1e-6 for other in times_h):
            days = ", ".join(f"{plain(other / 24)} d" for other in times_h[:12])
            what = f"The assay {name} is not made at {plain(time_h / 24)} d in the arm {quantity.arm}."
            cure = f"It is made at {days}; add the time to its `at`, or read it then."
            where = study.where((*quantity.path, "at" if quantity.how == "at" else "times"))
            raise StudyError(what, where=where, code="not-simulated", cure=cure)


def _in_series(study: Study, quantity: Quantity, name: str, arm: Arm) -> None:
    scenario, path = arm.scenario, quantity.path
    if quantity.how == "gained_over" and name not in RUNNING_TOTALS:
        what = f"{name} is not a running total, so nothing is gained over a span."
        cure = f"Use `mean_over`, or one of {', '.join(RUNNING_TOTALS)}."
        raise StudyError(what, where=study.where((*path, "gained_over")), code="bad-pair", cure=cure)
    if quantity.how == "course" and not quantity.times_h:
        cure = "Add `times: [7 d, 14 d, 28 d]`."
        what = f"{name} is a column of the series, so the times at which to read it are needed."
        raise StudyError(what, where=study.where(path), code="missing-key", cure=cure)
    cadence_h = scenario.outputs.cadence_h or scenario.step_h
    key = "times" if quantity.how == "course" else quantity.how
    for time_h in quantity.times_h:
        if time_h > scenario.duration_h + 1e-6:
            end = plain(scenario.duration_h / 24)
            what = f"The arm {quantity.arm} is simulated until {end} d, not {plain(time_h / 24)} d."
            cure = "Read it earlier, or lengthen `duration`."
            raise StudyError(what, where=study.where((*path, key)), code="not-simulated", cure=cure)
        if abs(time_h / cadence_h - round(time_h / cadence_h)) > 1e-6:
            day, cadence = time_h / 24, f"{plain(cadence_h)} h"
            what = f"The series of the arm {quantity.arm} has no row at {plain(day)} d; it has one every {cadence}."
            cure = "Change the time, or set `outputs: {cadence: 1 h}` under `changes`."
            raise StudyError(what, where=study.where((*path, key)), code="not-simulated", cure=cure)
