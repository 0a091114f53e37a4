"""A run as a research object (RO-Crate 1.1): every file of it in one archive, with a description that tools read."""

import datetime
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurogen_abm.errors import InputError
from neurogen_abm.storage import archive, atomic, run_directory
from neurogen_abm.storage.places import PROVENANCE
from neurogen_abm.tables import TABLES

if TYPE_CHECKING:
    from neurogen_abm.run import Result

METADATA = "ro-crate-metadata.json"
# Digests have no term of their own in version 1.1.
_CONTEXT = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "http://schema.org/sha256"}]
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_SOFTWARE = "#neurogen_abm"
_OURS = {"@id": "https://spdx.org/licenses/MIT", "@type": "CreativeWork", "name": "MIT"}
_NOT_STATED = "Whoever made this run has stated no licence: ask before you use its results."
_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
    ".json": "application/json",
    ".html": "text/html",
    ".csv": "text/csv",
}
_ABOUT = {
    "scenario.yaml": "The scenario with every default and every parameter; a scenario itself.",
    PROVENANCE: "Seed, versions, digests, and the SHA-256 of every file.",
    "report.html": "The report of the run.",
    "series.parquet": "One row per recorded time.",
    "cells.parquet": "One row per cell that lived during the run.",
    "map.parquet": "One row per column of the sheet.",
    "fields.parquet": "The BDNF field by class of sites.",
    "assays.parquet": "What the assays found.",
    "messengers.parquet": "Levels of the messengers that the run carries.",
    "patterns.parquet": "How alike the answers of the granule cells are.",
    "bands.parquet": "Bands of read-outs by day.",
    "bands.csv": "Bands of read-outs by day, as text.",
    "checkpoint": "The animal at the end of its run.",
}


def write_crate(result: "Result", place: Path, licence: str | None = None) -> None:
    """Write the directory of a run as an archive that is an RO-Crate; every file is verified.

    Parameters
    ----------
    result
        A run that was saved.
    place
        The file.
    licence
        Of the results: the address of a licence, its SPDX name, or a sentence; None where none is stated.

    Raises
    ------
    InputError
        The result has no directory.
    IntegrityError
        A file of it is damaged.
    """
    folder = result.directory
    if folder is None:
        raise InputError("Only a run that was saved has files.", code="not-a-run", cure="Save the result first.")
    provenance = run_directory.read_provenance(folder)
    files = {name: run_directory.checked(folder, name, provenance) for name in sorted(provenance["files"])}
    files[PROVENANCE] = folder / PROVENANCE
    fingerprints = {name: atomic.fingerprint(file) for name, file in files.items()}
    described = json.dumps(description(result, fingerprints, licence), indent=2)
    archive.write(place, {METADATA: described + "\n", **files})


def description(result: "Result", files: "dict[str, atomic.Fingerprint]", licence: str | None = None) -> dict[str, Any]:
    """Return the JSON-LD of a run with these files: what they are, what made them, whom to cite, what is allowed."""
    scenario, provenance = result.resolved.scenario, result.provenance
    cited = [_article(entry) for entry in result.citations()]
    allowed = _licence(licence)
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": scenario.title or scenario.name,
        "description": scenario.description or f"A run of {scenario.name}, seed {scenario.seed}, by neurogen_abm.",
        "datePublished": provenance["began"],
        "conformsTo": _ref(_PROFILE),
        "license": _ref(allowed["@id"]),
        "hasPart": [_ref(name) for name in files],
        "mentions": _ref("#run"),
        "citation": [_ref(entry["@id"]) for entry in cited],
    }
    metadata = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "about": _ref("./"),
        "conformsTo": _ref("https://w3id.org/ro/crate/1.1"),
    }
    profile = {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    parts = [_file(name, *file) for name, file in files.items()]
    licences = [_OURS] if allowed["@id"] == _OURS["@id"] else [_OURS, allowed]
    return {
        "@context": _CONTEXT,
        "@graph": [metadata, root, profile, *_made(result, list(files)), *licences, *parts, *cited],
    }


def _ended(provenance: Mapping[str, Any]) -> str:
    """Return when a run ended, of which its beginning is known, and how long it took."""
    began = datetime.datetime.fromisoformat(provenance["began"])
    return (began + datetime.timedelta(seconds=provenance["wall_time_s"])).isoformat(timespec="seconds")


def _made(result: "Result", files: list[str]) -> list[dict[str, Any]]:
    """Return what was done, from which of the files to which, and by what."""
    scenario, provenance = result.resolved.scenario, result.provenance
    inputs = [name for name in files if name == "scenario.yaml" or name in provenance.get("recordings", {})]
    action = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"neurogen run {scenario.name}, seed {scenario.seed}",
        "instrument": _ref(_SOFTWARE),
        "description": "One animal simulated from its scenario; `neurogen verify` lives it again.",
        "object": [_ref(name) for name in inputs] if len(inputs) > 1 else _ref(inputs[0]),
        "result": [_ref(name) for name in files if name not in inputs],
        "startTime": provenance["began"],
        "endTime": _ended(provenance),
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
    software = {
        "@id": _SOFTWARE,
        "@type": "SoftwareApplication",
        "name": "neurogen_abm",
        "softwareVersion": provenance["software"]["neurogen_abm"],
        "license": _ref(_OURS["@id"]),
        "softwareRequirements": ", ".join(f"{name} {version}" for name, version in provenance["software"].items()),
    }
    return [action, software]


def _licence(words: str | None) -> dict[str, str]:
    """Return the licence of the results, from its address, its SPDX name, or a sentence."""
    if words is None:
        return {"@id": "#licence", "@type": "CreativeWork", "name": "Not stated", "description": _NOT_STATED}
    if re.match("https?://", words):
        return {"@id": words, "@type": "CreativeWork", "name": words}
    if re.fullmatch(r"[A-Za-z0-9.+-]+", words):  # a name, as SPDX lists them
        return {"@id": f"https://spdx.org/licenses/{words}", "@type": "CreativeWork", "name": words}
    return {"@id": "#licence", "@type": "CreativeWork", "name": words, "description": words}


def _ref(name: str) -> dict[str, str]:
    return {"@id": name}


def _file(name: str, size: int, digest: str) -> dict[str, Any]:
    """Return a file of the run; of a table, its columns in its description."""
    table = TABLES.get(name.removesuffix(".parquet"), {}) if name.endswith(".parquet") else {}
    columns = "; ".join(f"{key} ({column.unit})" if column.unit else key for key, column in table.items())
    about = _ABOUT.get(name, "A recording that the run replayed.")
    described = f"{about} Columns: {columns}." if columns else about
    kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
    sizes = {"contentSize": str(size), "encodingFormat": kind, "sha256": digest}
    return {"@id": name, "@type": "File", "name": name, "description": described, **sizes}


def _article(entry: Any) -> dict[str, Any]:
    """Return a source to cite; a DOI that was recalled, and not looked up, is not given."""
    known = entry.doi is not None and entry.doi_status != "recalled"
    name = f"https://doi.org/{entry.doi}" if known else f"#{entry.key}"
    return {"@id": name, "@type": "ScholarlyArticle", "name": entry.text}
