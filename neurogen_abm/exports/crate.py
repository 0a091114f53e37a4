"""A run as a research object (RO-Crate 1.1): every file of it in one archive, with a description that tools read."""

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurogen_abm.errors import InputError
from neurogen_abm.storage import run_directory
from neurogen_abm.storage.places import PROVENANCE
from neurogen_abm.tables import TABLES

if TYPE_CHECKING:
    from neurogen_abm.run import Result

METADATA = "ro-crate-metadata.json"
_CONTEXT = "https://w3id.org/ro/crate/1.1/context"
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_SOFTWARE = "#neurogen_abm"
_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
    ".json": "application/json",
    ".html": "text/html",
    ".csv": "text/csv",
}
# What is packed already.
_PACKED = (".parquet", ".gz", ".zip")
# The earliest time an archive can hold; its files say no other, so that one run gives the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
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
}


def write_crate(result: "Result", place: Path) -> None:
    """Write the directory of a run as an archive that is an RO-Crate; every file is verified.

    An InputError says that the result has no directory; an IntegrityError, that a file of it is damaged.
    """
    folder = result.directory
    if folder is None:
        raise InputError("Only a run that was saved has files.", code="not-a-run", cure="Save the result first.")
    provenance = run_directory.read_provenance(folder)
    files = {name: run_directory.checked(folder, name, provenance) for name in sorted(provenance["files"])}
    files[PROVENANCE] = folder / PROVENANCE
    described = json.dumps(description(result, {name: file.stat().st_size for name, file in files.items()}), indent=2)
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr(_entry(METADATA), described + "\n")
        for name, file in files.items():
            archive.writestr(_entry(name), file.read_bytes())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def description(result: "Result", files: dict[str, int]) -> dict[str, Any]:
    """Return the JSON-LD of a run with these files (name -> bytes): what they are, what made them, whom to cite."""
    scenario, provenance = result.resolved.scenario, result.provenance
    inputs = [name for name in files if name == "scenario.yaml" or name in provenance.get("recordings", {})]
    cited = [_article(entry) for entry in result.citations()]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": scenario.title or scenario.name,
        "description": scenario.description or f"A run of {scenario.name}, seed {scenario.seed}, by neurogen_abm.",
        "datePublished": provenance["began"],
        "conformsTo": _ref(_PROFILE),
        "hasPart": [_ref(name) for name in files],
        "mentions": _ref("#run"),
        "citation": [_ref(entry["@id"]) for entry in cited],
    }
    action = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"neurogen run {scenario.name}, seed {scenario.seed}",
        "instrument": _ref(_SOFTWARE),
        "object": [_ref(name) for name in inputs],
        "result": [_ref(name) for name in files if name not in inputs],
        "startTime": provenance["began"],
        "actionStatus": _ref("http://schema.org/CompletedActionStatus"),
    }
    software = {
        "@id": _SOFTWARE,
        "@type": "SoftwareApplication",
        "name": "neurogen_abm",
        "softwareVersion": provenance["software"]["neurogen_abm"],
        "softwareRequirements": ", ".join(f"{name} {version}" for name, version in provenance["software"].items()),
    }
    metadata = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "about": _ref("./"),
        "conformsTo": _ref("https://w3id.org/ro/crate/1.1"),
    }
    profile = {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    parts = [_file(name, size) for name, size in files.items()]
    return {"@context": _CONTEXT, "@graph": [metadata, root, profile, action, software, *parts, *cited]}


def _ref(name: str) -> dict[str, str]:
    return {"@id": name}


def _file(name: str, size: int) -> dict[str, Any]:
    """Return a file of the run; of a table, its columns in its description."""
    table = TABLES.get(name.removesuffix(".parquet"), {}) if name.endswith(".parquet") else {}
    columns = "; ".join(f"{key} ({column.unit})" if column.unit else key for key, column in table.items())
    about = _ABOUT.get(name, "A recording that the run replayed.")
    described = f"{about} Columns: {columns}." if columns else about
    kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
    sizes = {"contentSize": str(size), "encodingFormat": kind}
    return {"@id": name, "@type": "File", "name": name, "description": described, **sizes}


def _article(entry: Any) -> dict[str, Any]:
    """Return a source to cite; a DOI that was recalled, and not looked up, is not given."""
    known = entry.doi is not None and entry.doi_status != "recalled"
    name = f"https://doi.org/{entry.doi}" if known else f"#{entry.key}"
    return {"@id": name, "@type": "ScholarlyArticle", "name": entry.text}
