"""A resolved scenario: every default made explicit, every name checked, every parameter with its source.

Only this form reaches code that runs. It is written into each run directory and reads back to the same digest.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neurogen_abm.arguments import PLACE, check, instance
from neurogen_abm.errors import InputError, IntegrityError, argument
from neurogen_abm.numerals import plain
from neurogen_abm.spec.catalogue import Catalogue, Effect, load_catalogue
from neurogen_abm.spec.catalogue_files import CatalogueError, OwnFiles, read_own
from neurogen_abm.spec.fields import FORMAT
from neurogen_abm.spec.mechanisms import STANDARD, meant
from neurogen_abm.spec.names import as_spelt
from neurogen_abm.spec.overrides import at, overridden
from neurogen_abm.spec.parameter import Parameter
from neurogen_abm.spec.scenario.check_assays import check_histology
from neurogen_abm.spec.scenario.interventions import check_interventions
from neurogen_abm.spec.scenario.load import BRANCHED, RECORDED_FILES, load_scenario
from neurogen_abm.spec.scenario.messengers import acting, check_messengers
from neurogen_abm.spec.scenario.models import USUAL_START_MIN, Scenario
from neurogen_abm.spec.validation import ScenarioError
from neurogen_abm.spec.yaml.reader import dotted, parse
from neurogen_abm.spec.yaml.writer import write
from neurogen_abm.units import alike, tidy

# Ages that no animal of the species has reached by far: a bound against slips of the unit, not biology.
_OLDEST_H = {"mouse": 5 * 8766.0, "rat": 7 * 8766.0, "human": 125 * 8766.0}
_RECORD = {"digest", "catalogue_digest", "parameters_digest", "parameters"}
# Keys the format has gained: left out where they are empty, so that a digest of before them still fits.
_GAINED = ("labels", "assays", "stress", "strict_schedule")
_TEXTS = ("title", "description", "look_for")


class CatalogueChangedWarning(UserWarning):
    """A resolved scenario was written with another catalogue than the one installed."""


@dataclass(frozen=True)
class ResolvedScenario:
    """A scenario with every default explicit, and the catalogue with its overrides applied.

    >>> from neurogen_abm.spec.scenario.load import load_scenario
    >>> resolve(load_scenario({"name": "mine", "age": "8 wk", "duration": "7 d"})).scenario.strain
    'C57BL/6'
    """

    scenario: Scenario  # complete: strain, cadence, ends of blocks and so on are filled in
    catalogue: Catalogue  # of the species; its ``parameters`` hold the overrides
    digest: str  # SHA-256 of everything that decides the result: the scenario without its texts, and the catalogue
    base_dir: Path | None = field(default=None, compare=False)  # the folder from which recordings are named

    def __repr__(self) -> str:
        """Say which scenario it is; its numbers fill pages, and `to_yaml` writes them."""
        return f"<ResolvedScenario {self.scenario.name}: {self.scenario.species}, digest {self.digest[:12]}>"

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Dotted path -> parameter, overrides applied."""
        return self.catalogue.parameters

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What the signals do that the pathway carries, overrides applied."""
        return acting(self.scenario, self.catalogue)

    @property
    def markers(self) -> Mapping[str, Mapping[str, Any]]:
        """Stain -> states it shows."""
        return self.catalogue.markers

    @property
    def references(self) -> Mapping[str, Mapping[str, Any]]:
        """Key -> citation."""
        return self.catalogue.references

    @property
    def sheet_um(self) -> tuple[float, float]:
        """Lengths of the unrolled gyrus of the species, septotemporal and transverse, um."""
        return self.value("anatomy.sheet_septotemporal", "um"), self.value("anatomy.sheet_transverse", "um")

    @property
    def sides_um(self) -> tuple[float, float]:
        """Lengths of the tissue that is simulated, all of the sheet or a patch of it, um."""
        patch = self.scenario.tissue
        return self.sheet_um if isinstance(patch, str) else (patch.septotemporal_um, patch.transverse_um)

    @cached_property
    def identity(self) -> str:
        """SHA-256 of what decides the result, by what it means: "2 h" and "120 min" are one scenario.

        Neither a parameter that is replaced by the value it has anyway, nor the order of knock-outs, makes another.
        """
        decisive = {key: part for key, part in _decisive(self.entries()).items() if key != "name"}
        own = self.catalogue.own.digest if self.catalogue.own is not None else None
        return hashlib.sha256(repr(alike([FORMAT, self.catalogue_digest, own, decisive])).encode()).hexdigest()

    def entries(self) -> dict[str, Any]:
        """Return the human form with every default; of the parameters it replaces, those that get another value."""
        data = _explicit(self.scenario)
        data.pop("catalogue", None)
        known = catalogue_like(self.scenario, self.catalogue)
        before = known.parameters if known.digest == self.catalogue_digest else {}
        changed = {path: self.parameters[path] for path in self.scenario.parameters}
        data["parameters"] = {
            path: new.value_text
            for path, new in changed.items()
            if path not in before or alike(new.value_text) != alike(before[path].value_text)
        }
        data["knock_outs"] = [out for _, out in sorted({repr(alike(out)): out for out in data["knock_outs"]}.items())]
        return data

    @property
    def catalogue_digest(self) -> str:
        """SHA-256 of the files of the catalogue, before overrides."""
        return self.catalogue.digest

    def recordings_from(self, block: int) -> Path | None:
        """Return the folder from which the recording of a block of activity is named; None where there is none."""
        return self.scenario.folder_of(("activity", block, "file"), self.base_dir)

    def value(self, path: str, unit: str) -> Any:
        """Return a parameter in ``unit``, as `Catalogue.value`."""
        return self.catalogue.value(path, unit)

    def to_yaml(self, branched: str = "") -> str:
        """Return the resolved form: the whole scenario, and a record of every parameter with its source.

        ``branched`` says of a branch whose life it was before, which the scenario does not tell.
        """
        parameters = {path: parameter.model_dump() for path, parameter in self.parameters.items()}
        record = {
            "digest": self.digest,
            "catalogue_digest": self.catalogue_digest,
            "parameters_digest": _digest_of(parameters),
            "parameters": parameters,
        }
        if self.catalogue.own is not None:
            record[RECORDED_FILES] = {name: text.split("\n") for name, text in self.catalogue.own.files}
        if branched:
            record[BRANCHED] = branched
        return write({**_explicit(self.scenario), "resolved": record})

    @classmethod
    def from_yaml(cls, text: str, base_dir: Path | None = None) -> "ResolvedScenario":
        """Return the resolved scenario that :meth:`to_yaml` wrote, with the numbers it was run with.

        Warns
        -----
        CatalogueChangedWarning
            The installed catalogue is another; the recorded numbers are kept.

        Raises
        ------
        IntegrityError
            The text was edited after it was written: the scenario, or the numbers of the record.
        InputError
            The text is not a resolved scenario.
        """
        data = parse(text, "scenario.yaml").data
        record = data.get("resolved") if isinstance(data, dict) else None
        if not isinstance(record, dict) or not set(record) >= _RECORD:
            cure = "Resolve it, or load it with load_scenario."
            what = "This is not a resolved scenario."
            raise ScenarioError(what, where="scenario.yaml", code="not-resolved", cure=cure)
        scenario = load_scenario(data)
        own, rules = scenario._own_files, scenario.mechanisms
        catalogue = load_catalogue(scenario.species, own=own, mechanisms=rules, strain=scenario.strain)
        entries = record["parameters"] if isinstance(record["parameters"], dict) else {"": None}
        recorded = {path: _recorded(path, entry) for path, entry in entries.items()}
        if _digest_of({path: entry.model_dump() for path, entry in recorded.items()}) != record["parameters_digest"]:
            what, cure = "The numbers of the record were edited after the run.", "Restore the file, or run it again."
            raise IntegrityError(what, where="scenario.yaml resolved.parameters", cure=cure)
        if record["catalogue_digest"] != catalogue.digest:
            _warn_of_change()
            catalogue = replace(catalogue, digest=str(record["catalogue_digest"]))
        digest = _digest(scenario, catalogue)
        if digest != record["digest"]:
            cure = "Restore the file, or run it as a new scenario."
            raise IntegrityError("The scenario was edited after the run.", where="scenario.yaml", cure=cure)
        return cls(scenario, catalogue.with_parameters(recorded), digest, base_dir)


def resolve(scenario: Scenario, catalogue: Catalogue | None = None, base_dir: Path | None = None) -> ResolvedScenario:
    """Check a scenario against the catalogue and fill in every default.

    Parameters
    ----------
    scenario
        The human form.
    catalogue
        Another catalogue than the one of the species, for tests.
    base_dir
        The folder from which the scenario names files; by default that of its own file.

    Raises
    ------
    ScenarioError
        A name is not in the catalogue, or a number does not fit; place and nearest names are given.

    Examples
    --------
    >>> from neurogen_abm.spec.scenario.load import load_scenario
    >>> resolve(load_scenario("mouse_sedentary")).value("lineage.clearance.time", "min")
    84.0
    """
    check(
        scenario=(scenario, instance(Scenario)),
        catalogue=(catalogue, instance(Catalogue).or_none),
        base_dir=(base_dir, PLACE.or_none),
    )
    base_dir = None if base_dir is None else Path(base_dir)
    if catalogue is None:
        catalogue = _catalogue_of(scenario, base_dir or scenario.base_dir)
    elif (catalogue.on, catalogue.strain) != (_rules(scenario, catalogue), _strain_file(scenario, catalogue)):
        what = "The catalogue that was handed over has other mechanisms, or another strain, than the scenario."
        raise InputError(what, where=argument("catalogue"), code="bad-pair", cure="Load it with those of the scenario.")
    if scenario._record is not None and scenario._record.get("catalogue_digest") not in (None, catalogue.digest):
        _warn_of_change()
    _check_animal(scenario, catalogue)
    _check_names(scenario, catalogue)
    changes = overridden(scenario, catalogue)
    complete = _complete(scenario, catalogue)
    digest = _digest(complete, catalogue)
    folder = base_dir if base_dir is not None else scenario.base_dir
    return ResolvedScenario(complete, catalogue.with_parameters(changes) if changes else catalogue, digest, folder)


def _catalogue_of(scenario: Scenario, base_dir: Path | None) -> Catalogue:
    """Return the catalogue that a scenario asks for: that of its species, its own files, its strain, its mechanisms."""
    try:
        found = load_catalogue(scenario.species, own=_own_files(scenario, base_dir))
    except InputError as fault:
        raise at(scenario, ("species",), fault) if fault.code == "unknown-species" else fault from None
    for number, name in enumerate(scenario.mechanisms):
        scenario.check_known(("mechanisms", number), "mechanism", name, (*found.mechanisms, STANDARD))
    if scenario.strain is not None:
        scenario.check_known(("strain",), "strain", scenario.strain, found.strains)
    try:
        return load_catalogue(scenario.species, own=found.own, mechanisms=scenario.mechanisms, strain=scenario.strain)
    except InputError as fault:
        raise at(scenario, ("mechanisms",), fault) if fault.code == "rival-mechanisms" else fault from None


def catalogue_like(scenario: Scenario, catalogue: Catalogue) -> Catalogue:
    """Return the catalogue as it is installed, with the own files, mechanisms and strain of a scenario's."""
    return load_catalogue(scenario.species, own=catalogue.own, mechanisms=catalogue.on, strain=scenario.strain)


def _rules(scenario: Scenario, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the mechanisms that a scenario means."""
    return meant(scenario.mechanisms, catalogue.species, catalogue.mechanisms)


def _strain_file(scenario: Scenario, catalogue: Catalogue) -> str | None:
    """Return the file of the scenario's strain; None where it has none, or there is no such strain."""
    return next((f for f, strain in catalogue.own_strains.items() if scenario.strain in strain.names), None)


def before_overrides(resolved: ResolvedScenario) -> Catalogue:
    """Return the catalogue a scenario was resolved with, its own overrides taken back as far as the species knows."""
    shipped = catalogue_like(resolved.scenario, resolved.catalogue).parameters
    back = {path: shipped[path] for path in resolved.scenario.parameters if path in shipped}
    return resolved.catalogue.with_parameters(back)


def of_strain(resolved: ResolvedScenario) -> frozenset[str]:
    """Return the paths of the parameters that the strain of a scenario has otherwise than its species."""
    scenario, own = resolved.scenario, resolved.catalogue.own
    without = load_catalogue(scenario.species, own=own).parameters
    found = load_catalogue(scenario.species, own=own, strain=scenario.strain).parameters
    return frozenset(path for path, here in found.items() if path not in without or here != without[path])


def of_user(resolved: ResolvedScenario) -> frozenset[str]:
    """Return the paths of the parameters that a user says: the scenario itself, or its own catalogue.

    A number of the own catalogue counts where it, or what is said of it but the note, is not as shipped.
    """
    scenario, own = resolved.scenario, resolved.catalogue.own
    if own is None:
        return frozenset(scenario.parameters)
    on = set(resolved.catalogue.on) & load_catalogue(scenario.species).mechanisms.keys()
    old = load_catalogue(scenario.species, mechanisms=on).parameters
    new = load_catalogue(scenario.species, own=own, mechanisms=resolved.catalogue.on).parameters
    said = {path for path, p in new.items() if path not in old or p != old[path].model_copy(update={"note": p.note})}
    return frozenset(said.union(scenario.parameters))


def _own_files(scenario: Scenario, base_dir: Path | None) -> OwnFiles | None:
    """Return the user's own catalogue of a scenario, from the scenario itself or else from the folder it names."""
    if scenario.catalogue is None or scenario._own_files is not None:
        return scenario._own_files
    folder = Path(scenario.catalogue)
    base_dir = scenario.folder_of(("catalogue",), base_dir)
    if base_dir is None and not folder.is_absolute():
        what, cure = "The scenario comes from no file that could lie beside its catalogue.", "Give the absolute path."
        raise ScenarioError(what, where=scenario.where(("catalogue",)), code="no-folder", cure=cure)
    try:
        return read_own(as_spelt((base_dir or Path()) / folder), scenario.catalogue.rstrip("/"))
    except CatalogueError as fault:
        if fault.code not in ("no-folder", "empty-folder", "unreadable"):
            raise
        raise at(scenario, ("catalogue",), fault) from None


def _warn_of_change() -> None:
    what = "the scenario was resolved with another catalogue than the one installed; numbers may differ"
    warnings.warn(what, CatalogueChangedWarning, stacklevel=3)


def _check_animal(scenario: Scenario, catalogue: Catalogue) -> None:
    """Check what depends on the species: the age it can have, and the switch that only the human has."""
    if scenario.species != "human" and scenario.neurogenesis is not None:
        what = f"`neurogenesis` is a switch for the human only, and `species` is {scenario.species}."
        cure = "Remove `neurogenesis`, or set species: human."
        raise ScenarioError(what, where=scenario.where(("neurogenesis",)), code="human-only", cure=cure)
    if scenario.species != "mouse" and "age_h" not in scenario.model_fields_set:
        what = f"The default `age` of 8 wk is for the mouse, and `species` is {scenario.species}."
        cure = f"Give an age, like `age: {'30 yr' if scenario.species == 'human' else '8 wk'}`."
        raise ScenarioError(what, where=scenario.where(("age",)), code="missing-key", cure=cure)
    start = catalogue.parameters.get("lineage.stem.initial_age")
    youngest_h = 0.0 if start is None else float(start.to("h"))
    oldest_h = _OLDEST_H.get(scenario.species, 125 * 8766.0)
    if scenario.age_h < youngest_h:
        what = f"The model starts at an age of {tidy(youngest_h, 'h')}; `age` is {tidy(scenario.age_h, 'h')}."
        cure = f"Start at {tidy(youngest_h, 'h')} or later."
        raise ScenarioError(what, where=scenario.where(("age",)), code="too-young", cure=cure)
    if scenario.age_h + scenario.duration_h > oldest_h:
        key = "age" if scenario.age_h > oldest_h else "duration"
        years = (scenario.age_h + scenario.duration_h) / 8766
        what = f"`age` and `duration` would make the {scenario.species} {plain(years, 3)} years old."
        cure = f"No {scenario.species} lives beyond {plain(oldest_h / 8766)} years; check the unit."
        raise ScenarioError(what, where=scenario.where((key,)), code="too-old", cure=cure)


def _check_names(scenario: Scenario, catalogue: Catalogue) -> None:
    """Check every name that the catalogue decides."""
    if scenario.strain is not None:
        scenario.check_known(("strain",), "strain", scenario.strain, catalogue.strains)
    scenario.check_known(("pathway",), "pathway", scenario.pathway, catalogue.pathways)
    check_messengers(scenario, catalogue)
    check_interventions(scenario, catalogue)
    check_histology(scenario, catalogue)
    _check_night(scenario, catalogue)
    for path in scenario.parameters:
        scenario.check_known(("parameters", path), "parameter", path, catalogue.parameters)


def _check_night(scenario: Scenario, catalogue: Catalogue) -> None:
    """Check that generated running meets a night as long as those it was measured in."""
    measured = catalogue.parameters.get("physiology.wheel.hourly_share")
    clock = scenario.clock
    night_h = (clock.lights_on_min - clock.lights_off_min) % 1440 / 60
    if measured is None or not any(block.kind == "wheel" for block in scenario.activity):
        return
    if night_h != len(measured.value):
        what = (
            f"The night lasts {plain(night_h, 4)} h, from `lights_off` to `lights_on`; running in a wheel is generated "
            f"from what was measured in nights of {len(measured.value)} h."
        )
        cure = f"Set `lights_on` {len(measured.value)} h after `lights_off`, or replay a recording."
        raise ScenarioError(what, where=scenario.where(("clock", "lights_on")), code="night-length", cure=cure)


def _complete(scenario: Scenario, catalogue: Catalogue) -> Scenario:
    """Return the scenario with everything filled in that was left open."""
    end = scenario.duration_h
    activity = tuple(b if b.end_h is not None else b.model_copy(update={"end_h": end}) for b in scenario.activity)
    infusions = tuple(i if i.end_h is not None else i.model_copy(update={"end_h": end}) for i in scenario.infusions)
    cadence_h = scenario.outputs.cadence_h or scenario.step_h * max(1, -(-1.0 // scenario.step_h))
    clock = scenario.clock
    if clock.start_min is None and not any(block.kind == "recording" for block in activity):
        clock = clock.model_copy(update={"start_min": USUAL_START_MIN})  # else the first recording says it
    strain = scenario.strain if scenario.strain is not None else next(iter(catalogue.strains), None)
    neurogenesis = scenario.neurogenesis or ("low" if scenario.species == "human" else None)
    complete = scenario.model_copy(
        update={
            "strain": strain,
            "neurogenesis": neurogenesis,
            "mechanisms": catalogue.on,
            "activity": activity,
            "clock": clock,
            "infusions": infusions,
            "outputs": scenario.outputs.model_copy(update={"cadence_h": cadence_h}),
        }
    )
    complete._record, complete._own_files = None, catalogue.own
    return complete


def _recorded(path: str, entry: Any) -> Parameter:
    """Return one parameter of the record of a run."""
    try:
        return Parameter.model_validate(entry)
    except ValidationError as fault:
        what = f"The record of the parameter is damaged ({fault.error_count()} faults)."
        where = f"scenario.yaml {dotted(('resolved', 'parameters', path))}"
        raise IntegrityError(what, where=where, cure="Run the scenario again.") from fault


def _explicit(scenario: Scenario) -> dict[str, Any]:
    """Return the human form with every default, without what is open by nature."""
    data = scenario.model_dump(by_alias=True)
    return {key: part for key, part in data.items() if part is not None and (part or key not in _GAINED)}


def _decisive(data: dict[str, Any]) -> dict[str, Any]:
    """Return what decides a result: no texts. An empty list of mechanisms is no entry, as before some were standard."""
    return {key: part for key, part in data.items() if key not in _TEXTS and (part or key != "mechanisms")}


def _digest(scenario: Scenario, catalogue: Catalogue) -> str:
    """Return the SHA-256 of what decides a result; titles, descriptions and the names of folders do not."""
    decisive = _decisive(_explicit(scenario))
    if catalogue.own is not None:
        decisive["catalogue"] = catalogue.own.digest
    return _digest_of([FORMAT, catalogue.digest, decisive])


def _digest_of(data: Any) -> str:
    """Return the SHA-256 of plain data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
