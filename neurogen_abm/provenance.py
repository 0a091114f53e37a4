"""Where a result comes from: versions, machine, time, memory, the parameters used and the recordings replayed."""

import datetime
import hashlib
import os
import platform
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from neurogen_abm import sources
from neurogen_abm.errors import InputError
from neurogen_abm.memory import predicted_bytes
from neurogen_abm.numerals import plain
from neurogen_abm.storage import run_directory
from neurogen_abm.version import __version__

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel
    from neurogen_abm.spec.scenario.resolve import ResolvedScenario

# Versions that can change a number or a file.
_SOFTWARE = ("numpy", "numba", "llvmlite", "mesa", "pandas", "pyarrow", "pydantic")


def whose_before(provenance: Mapping[str, Any]) -> list[str]:
    """Return whose life a branch was until which day, one clause for each run it came from; none for other runs."""
    return [f"until day {plain(came['day'])} the life of {came['run']}" for came in provenance.get("branched", [])]


def provenance_of(model: "NeurogenesisModel", began: datetime.datetime, spent_s: float) -> dict[str, Any]:
    """Return where a result comes from: seed, versions, digests, times in s, memory in bytes, parameters used."""
    resolved: ResolvedScenario = model.spec
    used = sorted(model.used_parameters)
    known = [resolved.parameters[path] for path in used]
    return {
        "scenario": resolved.scenario.name,
        "scenario_digest": resolved.digest,
        "catalogue_digest": resolved.catalogue_digest,
        "seed": resolved.scenario.seed,
        "software": versions(),
        "code": sources.of_this_run(),
        "machine": machine(),
        "began": began.isoformat(timespec="seconds"),
        "wall_time_s": round(spent_s, 3),
        "peak_memory_bytes": peak_memory_bytes(),
        "predicted_memory_bytes": predicted_bytes(resolved),
        "steps": model.n_steps,
        "area_fraction": model.area_fraction,
        "used_parameters": used,
        "parameters_by_status": dict(sorted(Counter(parameter.status for parameter in known).items())),
        "parameters_by_grade": dict(sorted(Counter(parameter.grade for parameter in known).items())),
        **_mechanisms(resolved),
        **_replayed(model),
    }


def _mechanisms(resolved: "ResolvedScenario") -> dict[str, Any]:
    """Return what the mechanisms say that were on, each with grade and sources, and which standard ones were off."""
    catalogue = resolved.catalogue
    on = {name: catalogue.mechanisms[name] for name in catalogue.on}
    said = {name: {"says": m.says, "grade": m.grade, "evidence": m.evidence} for name, m in on.items()}
    off = [name for name in catalogue.standard if name not in on]
    return ({"mechanisms": said} if said else {}) | ({"standard_mechanisms_off": off} if off else {})


def _replayed(model: "NeurogenesisModel") -> dict[str, Any]:
    """Return what became of recordings, and on which clock the run started; nothing where there are none."""
    schedule = model.muscle.schedule
    if not schedule.replayed:
        return {}
    from neurogen_abm.spec.scenario.activity import DAYS  # slow to import, and every command starts here

    # Sentences as `neurogen validate` prints them; the report shows them beside the figures of activity.
    start = f"{schedule.clock_start_min // 60:02d}:{schedule.clock_start_min % 60:02d}"
    return {
        "clock_start": {"start": start, "day": DAYS[schedule.weekday]},
        "replayed": {account.where: account.as_dict() for account in schedule.replayed},
    }


def versions() -> dict[str, str]:
    """Return the versions of the package, of Python, and of what can change a number or a file."""
    return {"neurogen_abm": __version__, "python": platform.python_version()} | software()


def machine() -> dict[str, str]:
    """Return the system, the architecture, and the processor for which kernels are compiled."""
    from llvmlite import binding  # loads a library, which a command that runs nothing need not

    processor = binding.get_host_cpu_name()
    return {"system": platform.system(), "architecture": platform.machine(), "processor": processor}


@cache
def software() -> dict[str, str]:
    """Return the versions that can change a result; looked up once, as it takes 20 ms.

    What is loaded says its own: a library may have been replaced on disk meanwhile.
    """
    from importlib import metadata  # slow to import, and every command starts here

    loaded = {name: getattr(sys.modules.get(name), "__version__", None) for name in _SOFTWARE}
    return {name: str(version or metadata.version(name)) for name, version in loaded.items()}


def peak_memory_bytes() -> int | None:
    """Return the largest resident set of this process so far; None where the system does not say.

    On Linux `getrusage` counts what the process took that started this one, such as a large notebook, and is not asked.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        import resource  # not on Windows

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else None


def recordings_of(resolved: "ResolvedScenario") -> tuple[dict[str, str], dict[str, bytes]]:
    """Return, by file name, the SHA-256 of every recording a scenario names, and the content of those not shipped.

    A RecordingError says that there is none of that name; an InputError, that a file of the run directory has it.
    """
    from neurogen_abm.activity.recordings.register import is_shipped, kept_content, recording_digest

    digests: dict[str, str] = {}
    own: dict[str, bytes] = {}
    for name, path, where in _recordings(resolved):
        if is_shipped(path):
            digest = recording_digest(path)
        else:
            own[name] = kept_content(path)
            digest = hashlib.sha256(own[name]).hexdigest()
        _add(digests, name, digest, where)
    return digests, own


def recording_digests(resolved: "ResolvedScenario") -> dict[str, str]:
    """Return the SHA-256 of every recording that a scenario names, without reading any into memory."""
    from neurogen_abm.activity.recordings.register import recording_digest

    digests: dict[str, str] = {}
    for name, path, where in _recordings(resolved):
        _add(digests, name, recording_digest(path), where)
    return digests


def _add(digests: dict[str, str], name: str, digest: str, where: str) -> None:
    if digests.setdefault(name, digest) != digest:
        what, cure = f'Two different recordings of this run are called "{name}".', "Rename one of them."
        raise InputError(what, where=where, cure=cure, code="bad-name", seen=name)


def _recordings(resolved: "ResolvedScenario") -> Iterator[tuple[str, Path, str]]:
    """Yield the name in a run directory, the file, and the key that names it, of the recordings that can be read."""
    from neurogen_abm.activity.recordings.register import find_recording, is_shipped

    for number, block in enumerate(resolved.scenario.activity):
        if block.kind != "recording":
            continue
        where = f"activity[{number}].file"
        path = find_recording(block.file, resolved.recordings_from(number), where)
        if is_shipped(path):
            yield path.name, path, where
            continue
        name = str(PurePosixPath(block.file))
        run_directory.check_name(name, where)
        if _is_readable(path):
            yield name, path, where


def _is_readable(path: Path) -> bool:
    """Return whether a recording can be read; where it cannot, `read_recording` explains why."""
    from neurogen_abm.activity.recordings.recording_file import LARGEST_FILE

    try:
        return path.stat().st_size <= LARGEST_FILE and os.access(path, os.R_OK)
    except OSError:
        return False
