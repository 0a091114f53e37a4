"""One scenario, one seed, one result: tables, the resolved scenario, and where everything came from."""

import datetime
import hashlib
import math
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from neurogen_abm import memory
from neurogen_abm.assays.table import assay_table
from neurogen_abm.citations import Citation, citations, with_recordings
from neurogen_abm.storage import run_directory
from neurogen_abm.summary import summary
from neurogen_abm.version import __version__

if TYPE_CHECKING:
    import pandas as pd

    from neurogen_abm.lowering import Lowered
    from neurogen_abm.model import NeurogenesisModel
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario, Scenario

    Source: TypeAlias = str | Path | Mapping[str, Any] | Scenario | ResolvedScenario

TABLES = ("series", "cells", "map", "fields", "assays")
# Run directories written before there were assays lack their table.
_GAINED = ("assays",)
SCENARIO = "scenario.yaml"

# Versions that can change a number or a file.
_SOFTWARE = ("numpy", "numba", "llvmlite", "mesa", "pandas", "pyarrow", "pydantic")


# Peak resident memory, measured on sheets of 600 to 6.8 million columns and runs of 2 h to a year (tests/test_run.py):
# 260 MiB of libraries and compiled kernels, 500 MiB while kernels are compiled.
_BASE_BYTES = 260 * 2**20
_COMPILING_BYTES = 500 * 2**20
# Solving the field takes this at its peak, in voxels finer than sites; 300 bytes a column stay.
_FIELD_BYTES_PER_VOXEL = 36.4
_FINEST = 8  # voxels a site along an axis; the field refuses more
_BYTES_PER_COLUMN = 300
# A cell's row, its entry in the register, and the copies that make the table of both.
_BYTES_PER_CELL = 420
_BYTES_PER_ROW = 2000
# Cells that ever live, by stem cell at 30 d: 0.18 born a day, falling with a time of 150 d.
_BORN_PER_STEM_AND_DAY = 0.18
_DECLINE_D = 150.0


class Progress(NamedTuple):
    """Where a run is: ``preparing`` (tissue and kernels), ``history`` (the life before the run), or ``running``.

    ``day`` counts from the start of the run; it is negative before it.
    """

    phase: str
    step: int
    n_steps: int
    day: float
    n_cells: int


@dataclass(eq=False)
class Result:
    """What a run leaves behind.

    Attributes
    ----------
    series
        One row a recorded time: activity, muscle, BDNF, counts by state and stain, births, deaths.
    cells
        The register: one row for every cell that lived during the run, with mother, birth, end and cause.
    map
        One row a column of the sheet: capillary density and mean niche BDNF.
    fields
        The field at every recorded time by class of sites; without rows unless the scenario keeps it (outputs.fields).
    resolved
        The scenario with every default and every number it used.
    provenance
        Seed, versions, digests, times and memory of the run.
    recordings
        File name -> content of the recordings that do not come with the package; kept so that the run can be repeated.
    directory
        Where it was saved or loaded, else None.
    assays
        What the assays of the scenario found: one row an assay and time.
    """

    series: "pd.DataFrame"
    cells: "pd.DataFrame"
    map: "pd.DataFrame"
    fields: "pd.DataFrame"
    resolved: "ResolvedScenario"
    provenance: dict[str, Any]
    recordings: Mapping[str, bytes] = field(default_factory=dict)
    directory: Path | None = None
    assays: "pd.DataFrame" = field(default_factory=assay_table)

    def __repr__(self) -> str:
        """Return one line; the tables in full would fill the screen of whoever ends a cell with a run."""
        scenario, place = self.resolved.scenario, f", {self.directory}" if self.directory else ""
        what = f"{scenario.name}, seed {scenario.seed}, {scenario.duration_h / 24:g} days"
        return f"<Result {what}: {len(self.series)} rows, {len(self.cells)} cells{place}>"

    def summary(self) -> "pd.DataFrame":
        """Return the read-outs a laboratory would report, at the start, in the mean, and at the end."""
        return summary(self.series, self.provenance.get("area_fraction", 1.0))

    def citations(self) -> list[Citation]:
        """Return whom to cite: the sources of the numbers and of the recordings this run used, no others."""
        used, references = self.provenance["used_parameters"], self.resolved.references
        of_numbers = citations(self.resolved.parameters, references, used)
        return with_recordings(of_numbers, self.provenance.get("recordings", {}), references)

    def save(self, directory: Path | str, *, force: bool = False) -> "Result":
        """Write the run directory, whole or not at all, and return the result that knows its place.

        Raises
        ------
        InputError
            The directory exists and ``force`` is not given, or is not a run directory.
        EnvironmentFault
            The disk is full or cannot be written.
        """
        frames = {name: getattr(self, name) for name in TABLES}
        writers = {SCENARIO: self._write_scenario, **run_directory.table_writers(frames)}
        for name, content in self.recordings.items():
            writers[name] = partial(Path.write_bytes, data=content)
        # Parquet is smaller than the table in memory; what stands here is an upper bound.
        needed = sum(int(frame.memory_usage(deep=False).sum()) for frame in frames.values()) + 2**20
        needed += sum(map(len, self.recordings.values()))
        place = run_directory.write_directory(directory, writers, self.provenance, force=force, needed_bytes=needed)
        return replace(self, directory=place)

    @classmethod
    def load(cls, directory: Path | str) -> "Result":
        """Read a run directory; every file is verified first.

        Raises
        ------
        InputError
            It is not a run directory, or one of a later version.
        IntegrityError
            A file is missing or damaged.
        """
        from neurogen_abm.spec.scenario.scenario import ResolvedScenario

        provenance = run_directory.read_provenance(directory)
        text = run_directory.checked(directory, SCENARIO, provenance).read_text(encoding="utf-8")
        names = [name for name in TABLES if name not in _GAINED or f"{name}.parquet" in provenance["files"]]
        tables = {
            name: run_directory.read_table(run_directory.checked(directory, f"{name}.parquet", provenance))
            for name in names
        }
        own = {key: value for key, value in provenance.items() if key not in ("format", "files")}
        kept = [name for name in own.get("recordings", {}) if name in provenance["files"]]
        return cls(
            **tables,
            resolved=ResolvedScenario.from_yaml(text, Path(directory).absolute()),
            provenance=own,
            recordings={name: run_directory.checked(directory, name, provenance).read_bytes() for name in kept},
            directory=Path(directory),
        )

    def _write_scenario(self, path: Path) -> None:
        path.write_text(self.resolved.to_yaml(), encoding="utf-8")


def prepare(
    scenario: "Source", seed: int | None = None, overrides: Mapping[str, Any] | None = None
) -> "ResolvedScenario":
    """Load, change and resolve a scenario; nothing is simulated. Parameters and errors as in :func:`run`."""
    from neurogen_abm.spec.scenario import scenario as scenarios

    return scenarios.prepare(scenario, seed, overrides)


def run(
    scenario: "Source",
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Simulate a scenario and return its tables; nothing is written.

    Parameters
    ----------
    scenario
        The name of a shipped scenario, a file, a mapping of the same form, or a scenario already loaded.
    seed
        Replaces the seed of the scenario.
    overrides
        Dotted path -> value, e.g. ``{"duration": "7 d", "lineage.clearance.time": "1.3 h"}``.
    progress
        Called with a :class:`Progress` before the model is made, after every day of the animal's history, and
        after each step of the run; what it raises ends the run.

    Raises
    ------
    InputError
        The scenario cannot be used.
    EnvironmentFault
        The tissue needs more memory than there is; found out before it is allocated.
    ModelFault
        The simulation left its domain.
    """
    resolved = prepare(scenario, seed, overrides)
    predicted = require_memory(resolved)
    digests, recordings = _recordings(resolved)
    tell = progress or (lambda _: None)
    began, clock = datetime.datetime.now(datetime.UTC), time.perf_counter()
    tell(Progress("preparing", 0, 0, 0.0, 0))

    from neurogen_abm.model import NeurogenesisModel

    def tell_history(step: int, n_steps: int) -> None:
        tell(Progress("history", step, n_steps, (step - n_steps) * resolved.scenario.step_h / 24, 0))

    model = NeurogenesisModel(resolved, on_history=tell_history)
    for step in range(model.n_steps):
        model.step()
        tell(Progress("running", step + 1, model.n_steps, model.day, model.n_cells))
    spent = time.perf_counter() - clock
    return Result(
        model.series_frame(),
        model.cells_frame(),
        model.map_frame(),
        model.fields_frame(),
        resolved,
        provenance_of(model, resolved, began, spent, predicted) | {"recordings": digests},
        recordings,
        assays=model.assays_frame(),
    )


def recording_digests(resolved: "ResolvedScenario") -> dict[str, str]:
    """Return the SHA-256 of every recording a scenario names, by file name; errors as in :func:`run`."""
    return _recordings(resolved)[0]


def _recordings(resolved: "ResolvedScenario") -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the SHA-256 of every recording a scenario names, and the content of those that are not shipped.

    Raises
    ------
    RecordingError
        There is no such recording.
    InputError
        A recording has the name of a file of the run directory.
    """
    from neurogen_abm.activity.recordings import find_recording, recording_digest

    folder, blocks = resolved.base_dir, resolved.scenario.activity
    digests, own = {}, {}
    for number, block in enumerate(blocks):
        if block.kind != "recording":
            continue
        where = f"activity[{number}].file"
        path = find_recording(block.file, folder, where)
        if folder is None or not path.is_relative_to(folder.resolve()):
            digests[path.name] = recording_digest(path)
            continue
        name = str(PurePosixPath(block.file))
        run_directory.check_name(name, where)
        if (content := _content(path)) is not None:
            own[name], digests[name] = content, hashlib.sha256(content).hexdigest()
    return digests, own


def _content(path: Path) -> bytes | None:
    """Return the content of a recording; None where it cannot be read, which its reader says better."""
    from neurogen_abm.activity.recordings.table import LARGEST_FILE

    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST_FILE else None
    except OSError:
        return None


def predicted_bytes(resolved: "ResolvedScenario") -> int:
    """Return the peak memory of a run, from the size of its tissue, the length of the life, and how often it records.

    The peak is met while the field is solved, before the first cell, or when the register becomes a table, at the end.
    """
    scenario, pitch_um = resolved.scenario, resolved.value("anatomy.site_pitch", "um")
    n_columns = math.prod(resolved.sides_um) / pitch_um**2
    n_layers = 1 + resolved.value("anatomy.granule_layers", "1")
    share = math.prod(resolved.sides_um) / math.prod(resolved.sheet_um)
    history_h = min(scenario.age_h, resolved.value("lineage.stem.longest_history", "h"))
    lived_d = (history_h + scenario.duration_h) / 24
    born = _BORN_PER_STEM_AND_DAY * _DECLINE_D * (1 - math.exp(-lived_d / _DECLINE_D))
    cells = share * resolved.value("lineage.stem.initial_count", "cells") * (1 + born)
    rows = scenario.duration_h / (scenario.outputs.cadence_h or scenario.step_h)
    solving = n_columns * n_layers * _voxels_per_site(resolved, pitch_um) * _FIELD_BYTES_PER_VOXEL
    ending = n_columns * _BYTES_PER_COLUMN + cells * _BYTES_PER_CELL + rows * _BYTES_PER_ROW
    return round(max(_COMPILING_BYTES, _BASE_BYTES + max(solving, ending)))


def _voxels_per_site(resolved: "ResolvedScenario", pitch_um: float) -> int:
    """Return into how many voxels the field divides a site; 1 where it will refuse to."""
    from neurogen_abm.engine.field import decay_length_um, refinement
    from neurogen_abm.lowering.lineage import diffusion_and_decay

    n = refinement(pitch_um, decay_length_um(*diffusion_and_decay(resolved.value)))
    return n**3 if n <= _FINEST else 1


def require_memory(resolved: "ResolvedScenario") -> int:
    """Return the predicted peak memory of a run in bytes, or refuse it before anything is allocated.

    Raises
    ------
    MemoryShortage
        The machine, the container or the shell allows less.
    """
    predicted = predicted_bytes(resolved)
    memory.require(predicted, cure="Simulate a patch (tissue: septotemporal, transverse) or record less often.")
    return predicted


def lowered(resolved: "ResolvedScenario") -> "Lowered":
    """Return what the engine would start with: every recording is read and every number it needs is looked up.

    Raises
    ------
    InputError
        A recording cannot be used, or numbers that are each allowed do not fit together.
    MemoryShortage
        See :func:`require_memory`.
    """
    from neurogen_abm.lowering import lower

    require_memory(resolved)
    return lower(resolved)


def scenario_citations(resolved: "ResolvedScenario") -> list[Citation]:
    """Return whom a run of this scenario would have to cite."""
    of_numbers = citations(resolved.parameters, resolved.references, lowered(resolved).used)
    return with_recordings(of_numbers, _recordings(resolved)[0], resolved.references)


def provenance_of(
    model: "NeurogenesisModel", resolved: "ResolvedScenario", began: datetime.datetime, spent: float, predicted: int
) -> dict[str, Any]:
    """Return where a result comes from: seed, versions, digests, times in s, memory in bytes, numbers used."""
    used = sorted(model.used_parameters)
    known = [resolved.parameters[path] for path in used]
    return {
        "scenario": resolved.scenario.name,
        "scenario_digest": resolved.digest,
        "catalogue_digest": resolved.catalogue_digest,
        "seed": resolved.scenario.seed,
        "software": {"neurogen_abm": __version__, "python": platform.python_version()} | _software(),
        "machine": {"system": platform.system(), "architecture": platform.machine()},
        "began": began.isoformat(timespec="seconds"),
        "wall_time_s": round(spent, 3),
        "peak_memory_bytes": _peak_memory_bytes(),
        "predicted_memory_bytes": predicted,
        "steps": model.n_steps,
        "area_fraction": model.area_fraction,
        "used_parameters": used,
        "parameters_by_status": dict(sorted(Counter(parameter.status for parameter in known).items())),
        "parameters_by_grade": dict(sorted(Counter(parameter.grade for parameter in known).items())),
    }


@cache
def _software() -> dict[str, str]:
    """Return the versions that can change a result; looked up once, as it takes 20 ms."""
    return {name: metadata.version(name) for name in _SOFTWARE}


def _peak_memory_bytes() -> int | None:
    """Return the largest resident set of this process so far; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
