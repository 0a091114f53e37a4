"""Scenarios read from where they are written: a shipped name, a file, plain data; with changes, checked by form."""

import re
import warnings
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from neurogen_abm.arguments import MAPPING, PLACE, check
from neurogen_abm.errors import argument
from neurogen_abm.spec.catalogue_files import FILES, FOLDERS, OwnFiles
from neurogen_abm.spec.handed import recordings_handed
from neurogen_abm.spec.scenario.models import FORM, Scenario
from neurogen_abm.spec.shipped import RawFile, ShippedFiles, json_like
from neurogen_abm.spec.suggest import nearest
from neurogen_abm.spec.validation import ScenarioError, keys_of
from neurogen_abm.spec.yaml.reader import KeyPath, parse, resolve_scalar
from neurogen_abm.units import alike, shown

# Where a resolved scenario keeps the files of its own catalogue, line by line, so that a run needs no folder again.
RECORDED_FILES = "catalogue_files"
# Where it says of a branch whose life it was before.
BRANCHED = "branched"
SCENARIOS = ShippedFiles("scenario", "", "scenario_format", "unknown-scenario", FORM)


class BranchWarning(UserWarning):
    """A scenario is that of a branch: what came before the branch began is told by another."""


def scenario_names() -> list[str]:
    """Return the names of the scenarios that come with the package.

    >>> scenario_names()[:2]
    ['human_bed_rest', 'human_daily_life']
    """
    return SCENARIOS.names()


def load_scenario(
    source: str | Path | Mapping[str, Any] | Scenario,
    changes: Mapping[str, object] | None = None,
    *,
    folder: Path | None = None,
) -> Scenario:
    """Read a scenario and check everything that needs no catalogue.

    Parameters
    ----------
    source
        The name of a shipped scenario, the path of a YAML file, the same as plain data, or a scenario.
        The resolved form that a run directory keeps is accepted too. In plain data the ``file`` of a recording may be
        a path, also an absolute one, or a table of pandas.
    changes
        Entries that replace those of the source: ``{"duration": "7 d", "activity[0].distance": "3 km/d"}``; an entry of
        a list may be counted as ``activity.0`` too. A dotted path that starts with no key of a scenario is a parameter
        of the catalogue.
    folder
        That of the file in which the changes are written: a recording or a catalogue that they name is found from
        there. By default it is found from the folder of the source.

    Raises
    ------
    InputError
        It cannot be read or breaks a rule; file, line, key and cure are named.

    Examples
    --------
    >>> load_scenario("mouse_wheel_running", {"duration": "7 d"}).duration_h
    168.0
    """
    check(changes=(changes, MAPPING.or_none), folder=(folder, PLACE.or_none))
    raw = _said_again(source) if isinstance(source, Scenario) else SCENARIOS.read(source)
    changes = json_like(changes or {})
    said_once(changes.items())
    record = raw.data.pop("resolved", None)
    if record is not None:
        raw.data.setdefault("mechanisms", [])  # where a record names none, none was on
    changed = tuple(_change(raw.data, path, value) for path, value in changes.items())
    own_words: tuple[KeyPath, ...] = () if folder is not None else ((),) if isinstance(source, Mapping) else changed
    handed = recordings_handed(raw.data, own_words)
    scenario = Scenario.checked(raw, FORM, changed)
    kept = source._folders if isinstance(source, Scenario) else {}
    kept = {path: place for path, place in kept.items() if not any(path[: len(new)] == new for new in changed)}
    scenario._folders = kept | ({} if folder is None else dict.fromkeys(changed, Path(folder))) | handed
    scenario._record = record if isinstance(record, Mapping) else None
    if isinstance(source, str | Path) and (before := (scenario._record or {}).get(BRANCHED)):
        what = f"this scenario is that of a branch, {before}, which it does not tell: alone it stands for another life"
        warnings.warn(what, BranchWarning, stacklevel=2)
    if "catalogue" not in (changes or {}):
        scenario._own_files = source._own_files if isinstance(source, Scenario) else recorded_files(scenario)
    return scenario


def recorded_files(scenario: Scenario) -> OwnFiles | None:
    """Return the user's own catalogue that a resolved scenario holds; None where it has none."""
    files = (scenario._record or {}).get(RECORDED_FILES)
    if scenario.catalogue is None or not isinstance(files, Mapping):
        return None
    for name, lines in files.items():
        if not isinstance(lines, list):
            what, cure = f"The record of the catalogue's file {name[:40]} is damaged.", "Run the scenario again."
            raise ScenarioError(what, where=scenario.where(("resolved", RECORDED_FILES)), code="bad-record", cure=cure)
    return OwnFiles(scenario.catalogue, tuple((name, "\n".join(map(str, lines))) for name, lines in files.items()))


def _said_again(scenario: Scenario) -> RawFile:
    """Return a scenario as the plain data it was made of."""
    data = json_like(scenario.model_dump(by_alias=True, exclude_unset=True))
    return RawFile(data, {}, scenario._name, scenario.base_dir)


def setting(text: str) -> tuple[str, object]:
    """Split ``path=value``, as the option ``--set`` takes it, into the path and the value as YAML reads it."""
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        cure = "Write --set duration=7d or --set lineage.clearance.time=1.3h."
        what = f'"{text[:60]}" is not path=value.'
        raise ScenarioError(what, where="--set", code="bad-setting", cure=cure, seen=text)
    value = value.strip()
    if value[:1] in ("[", "{", '"', "'"):
        return path.strip(), parse(f"value: {value}\n", f"--set {path.strip()}").data["value"]
    return path.strip(), resolve_scalar(value)


def said_once(changes: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Return changes by path; one entry that gets two values, as quantities and not as text, is refused.

    ``activity[0].distance`` and ``activity.0.distance`` are one entry, and so are a parameter with and without
    ``parameters.`` in front.
    """
    seen: dict[tuple[str, ...], tuple[str, object]] = {}
    for path, value in changes:
        entry = tuple(re.findall(r"[^.\[\]]+", path.removeprefix("parameters.")))
        earlier = seen.setdefault(entry, (path, value))[1]
        if alike(earlier) != alike(value):
            what = f"`{path}` is set twice, to {shown(earlier)} and to {shown(value)}."
            where = f"{argument('overrides')} {path}"
            raise ScenarioError(what, where=where, code="twice", cure="Keep one of them.", seen=value)
    return dict(seen.values())


def _change(data: dict[str, Any], path: str, value: object) -> KeyPath:
    """Set one entry of plain data, copying what it lies in; return its path."""
    parts: list[str | int] = [int(p) if p.isdecimal() else p for p in re.findall(r"[^.\[\]]+", path)]
    keys = keys_of(Scenario)
    if not parts:
        what, cure = f'"{path}" names no entry.', "Give a dotted path."
        raise ScenarioError(what, where=argument("overrides"), code="bad-setting", cure=cure)
    if parts[0] == "parameters" and len(parts) > 1:
        parts = ["parameters", path.removeprefix("parameters").lstrip(".")]
    elif len(parts) > 1 and (nearest(str(parts[0]), (*FILES, *FOLDERS)) or not nearest(str(parts[0]), keys)):
        parts = ["parameters", path]
    here: Any = data
    for part, following in pairwise(parts):
        inner = _entry(here, part, path)
        empty: Any = [] if isinstance(following, int) else {}
        inner = list(inner) if isinstance(inner, list) else dict(inner) if isinstance(inner, dict) else empty
        here[part] = inner
        here = inner
    _entry(here, parts[-1], path)
    here[parts[-1]] = value
    return tuple(parts)


def _entry(here: Any, part: str | int, path: str) -> Any:
    """Return what stands at ``part`` now; a list is never extended by a change."""
    if isinstance(part, int) != isinstance(here, list) or (isinstance(here, list) and int(part) >= len(here)):
        what = f'"{path}" names no entry of this scenario.'
        where = f"{argument('overrides')} {path}"
        raise ScenarioError(what, where=where, code="bad-setting", cure="Count list entries from [0].")
    return here[int(part)] if isinstance(here, list) else here.get(part)
