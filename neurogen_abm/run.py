"""One scenario, one seed, one result: its tables, the scenario in full, and where everything comes from."""

import datetime
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from neurogen_abm.arguments import CALLABLE, FLAG, MAPPING, PLACE, Kind, check
from neurogen_abm.assays.messengers import TimeCourse
from neurogen_abm.assays.table import assay_table, pattern_table
from neurogen_abm.checkpoints import Checkpoints, Keeper, Origin, as_checkpoints, how_to_go_on
from neurogen_abm.citations import Citation, citations
from neurogen_abm.errors import InputError
from neurogen_abm.memory import require_memory
from neurogen_abm.notebook import as_html
from neurogen_abm.numerals import plain
from neurogen_abm.provenance import provenance_of, recording_digests, recordings_of, whose_before
from neurogen_abm.storage import atomic, run_directory
from neurogen_abm.storage.locks import require_system
from neurogen_abm.summary import summary

if TYPE_CHECKING:
    import pandas as pd

    from neurogen_abm.lowering import Lowered, Sketch
    from neurogen_abm.model import NeurogenesisModel
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario, Scenario

    Source: TypeAlias = str | Path | Mapping[str, Any] | Scenario | ResolvedScenario

TABLES = ("series", "cells", "map", "fields", "assays", "messengers", "patterns")
# Tables that run directories of earlier versions lack.
_GAINED = ("assays", "messengers", "patterns")
SCENARIO = "scenario.yaml"
CHECKPOINTS = Kind(
    "Checkpoints, or the path of their folder", lambda value: isinstance(value, Checkpoints) or PLACE.fits(value)
)


class Progress(NamedTuple):
    """Where a run is: ``preparing`` (tissue and kernels), ``history`` (the life before the run), or ``running``.

    ``day`` counts from the start of the run; it is negative before it.

    >>> patch = {"septotemporal": "300 um", "transverse": "200 um"}
    >>> seen = []
    >>> week = run("mouse_sedentary", overrides={"tissue": patch, "duration": "7 d"}, progress=seen.append)
    >>> seen[-1].phase, seen[-1].day
    ('running', 7.0)
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
        One row per recorded time: activity, muscle, BDNF, counts by state and stain, births, deaths.
    cells
        The register: one row for every cell that lived during the run, with mother, birth, end and cause.
    map
        One row per column of the sheet: capillary density and mean niche BDNF.
    fields
        The field at every recorded time by class of sites; without rows unless the scenario keeps it (outputs.fields).
    resolved
        The scenario with every default and every parameter.
    provenance
        Seed, versions, digests, times and memory of the run.
    recordings
        File name -> content of the recordings that do not come with the package; kept so that the run can be repeated.
    directory
        Where it was saved or loaded, else None.
    assays
        What the assays of the scenario found: one row per assay and time.
    messengers
        Levels of the messengers that the run carries: one row per recorded time and messenger.
    patterns
        How alike the answers of the granule cells to entorhinal patterns are, where an assay asked: one row per time,
        way of asking and similarity of the patterns.

    Examples
    --------
    >>> result = run("mouse_sedentary", overrides={"tissue": {"septotemporal": "400 um", "transverse": "300 um"}})
    >>> list(result.series.columns[:2])
    ['time_h', 'day']
    >>> result.provenance["seed"]
    1
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
    messengers: "pd.DataFrame" = field(default_factory=TimeCourse(()).frame)
    patterns: "pd.DataFrame" = field(default_factory=pattern_table)

    def __repr__(self) -> str:
        """Return one line: tables in full would fill the notebook."""
        scenario, place = self.resolved.scenario, f", {self.directory}" if self.directory else ""
        what = f"{scenario.name}, seed {scenario.seed}, {plain(scenario.duration_h / 24)} days"
        return f"<Result {what}: {len(self.series)} rows, {len(self.cells)} cells{place}>"

    def _repr_html_(self) -> str:
        """Return the summary as a table for a notebook."""
        return as_html(repr(self), self.summary())

    def summary(self) -> "pd.DataFrame":
        """Return the read-outs a laboratory would report: at the start, on average, and at the end."""
        return summary(self.series, self.provenance.get("area_fraction", 1.0))

    def citations(self) -> list[Citation]:
        """Return whom to cite: the sources of the parameters and the recordings that this run used, no others."""
        used, recordings = self.provenance["used_parameters"], self.provenance.get("recordings", {})
        on = _evidence(self.resolved)
        return citations(self.resolved.parameters, self.resolved.references, used, recordings, on)

    def save(self, directory: Path | str, *, force: bool = False) -> "Result":
        """Write the run directory, whole or not at all, and return the result with its ``directory``.

        Raises
        ------
        InputError
            The directory exists and ``force`` is not given, or is not a run directory.
        EnvironmentFault
            The disk is full or cannot be written.
        """
        check(directory=(directory, PLACE), force=(force, FLAG))
        frames = {name: getattr(self, name) for name in TABLES}
        writers = run_directory.table_writers(frames)
        text = self.resolved.to_yaml(branched="; ".join(whose_before(self.provenance)))
        writers[SCENARIO] = partial(Path.write_text, data=text, encoding="utf-8")
        writers |= {name: partial(Path.write_bytes, data=content) for name, content in self.recordings.items()}
        # Parquet is smaller than the table in memory; what stands here is an upper bound.
        needed = sum(int(frame.memory_usage(deep=False).sum()) for frame in frames.values())
        needed += run_directory.LEAST_BYTES + sum(map(len, self.recordings.values()))
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

        Examples
        --------
        >>> Result.load("runs/mouse_wheel_running-seed1").summary()  # doctest: +SKIP
        """
        from neurogen_abm.spec.scenario.scenario import ResolvedScenario

        check(directory=(directory, PLACE))
        with atomic.machine_faults(Path(directory), "and give a directory that `neurogen run` wrote."):
            provenance = run_directory.read_provenance(directory)
        if "unfinished" in provenance:
            what, cure = "This run is not finished: it has no tables yet.", how_to_go_on(Path(directory))
            raise InputError(what, where=str(directory), cure=cure, code="unfinished-run")
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


def prepare(
    scenario: "Source", seed: int | None = None, overrides: Mapping[str, object] | None = None
) -> "ResolvedScenario":
    """Load, change and resolve a scenario; nothing is simulated. Parameters and errors as in :func:`run`.

    Examples
    --------
    >>> prepare("mouse_sedentary", overrides={"lineage.clearance.time": "1.3 h"}).value("lineage.clearance.time", "min")
    78.0
    """
    from neurogen_abm.spec.scenario import scenario as scenarios

    check(overrides=(overrides, MAPPING.or_none))
    return scenarios.prepare(scenario, seed, overrides)


def run(
    scenario: "Source",
    seed: int | None = None,
    overrides: Mapping[str, object] | None = None,
    progress: Callable[[Progress], None] | None = None,
    checkpoints: "Checkpoints | str | Path | None" = None,
) -> Result:
    """Simulate a scenario and return its tables; nothing is written but checkpoints, where they are asked for.

    Parameters
    ----------
    scenario
        The name of a shipped scenario, a file, a mapping of the same form, or a scenario already loaded.
    seed
        Replaces the seed of the scenario.
    overrides
        Dotted path -> value, of an entry or a parameter.
    progress
        Called with a :class:`Progress` before the model is made, after every day of the animal's history, and
        for each step of the run, those of a day together; what it raises ends the run.
    checkpoints
        A folder, or :class:`Checkpoints`: where the animal is kept on its way, so that :func:`resume` can go on.

    Raises
    ------
    InputError
        The scenario cannot be used.
    EnvironmentFault
        The tissue needs more memory than there is; found out before it is allocated.
    ModelFault
        The simulation left its domain.
    UnfinishedError
        ``Checkpoints.stop`` asked to stop; the run can be resumed.

    Examples
    --------
    >>> patch = {"septotemporal": "400 um", "transverse": "300 um"}
    >>> run("mouse_wheel_running", seed=7, overrides={"tissue": patch, "lineage.clearance.time": "1.3 h"})
    <Result mouse_wheel_running, seed 7, 35 days: 841 rows, 3998 cells>
    """
    check(progress=(progress, CALLABLE.or_none), checkpoints=(checkpoints, CHECKPOINTS.or_none))
    require_system()
    resolved = prepare(scenario, seed, overrides)
    digests, recordings = at_hand(resolved)
    tell = progress or (lambda _: None)
    origin, clock = Origin(digests, recordings, datetime.datetime.now(datetime.UTC)), time.perf_counter()
    wish = as_checkpoints(checkpoints)
    keeper = None if wish is None else Keeper(wish, resolved, origin)
    if keeper is not None:
        keeper.check()
    tell(Progress("preparing", 0, 0, 0.0, 0))

    from neurogen_abm.activity.recordings.account import warn_of
    from neurogen_abm.model import NeurogenesisModel

    def tell_history(step: int, n_steps: int) -> None:
        tell(Progress("history", step, n_steps, (step - n_steps) * resolved.scenario.step_h / 24, 0))

    model = NeurogenesisModel(resolved, on_history=tell_history)
    warn_of(model.muscle.schedule.replayed)
    return lived(model, keeper, origin, clock, progress)


def lived(
    model: "NeurogenesisModel",
    keeper: Keeper | None,
    origin: Origin,
    clock: float,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Let an animal live to the end of its scenario and return its tables; errors as of :func:`run`.

    Parameters
    ----------
    model
        The animal, at the start of its run or later.
    keeper
        What keeps checkpoints on the way.
    origin
        Where the run comes from.
    clock
        When it began, by `time.perf_counter`.
    progress
        As of :func:`run`.
    """
    with keeper or nullcontext():
        if keeper is not None:
            keeper.begins_at(model)
        live(model, model.n_steps, progress or (lambda _: None), keeper)
        if keeper is not None:
            keeper.at_end(model)
    return _result(model, origin, origin.spent_s + time.perf_counter() - clock)


def _result(model: "NeurogenesisModel", origin: Origin, spent_s: float) -> Result:
    """Return what a model that has lived to its end leaves behind."""
    told_of = {"recordings": dict(origin.digests)} | dict(origin.story or {})
    return Result(
        model.series_frame(),
        model.cells_frame(),
        model.map_frame(),
        model.fields_frame(),
        model.spec,
        provenance_of(model, origin.began, spent_s) | told_of,
        origin.recordings,
        assays=model.assays_frame(),
        messengers=model.messengers_frame(),
        patterns=model.patterns_frame(),
    )


def live(
    model: "NeurogenesisModel", steps: int, tell: Callable[[Progress], None], keeper: Keeper | None = None
) -> None:
    """Let an animal live up to a step of its run, a day at a time or as often as a keeper wants to see it.

    ``tell`` hears of every step.
    """
    step_h, done = model.spec.scenario.step_h, model.n_steps - model.steps_left
    together = max(1, int((24.0 if keeper is None else keeper.sees_h) / step_h))
    while done < steps:
        for n_cells in model.advance(min(together, steps - done)):
            done += 1
            tell(Progress("running", done, steps, done * step_h / 24.0, n_cells))
        if keeper is not None and done < model.n_steps:
            keeper.after_steps(model)


def at_hand(resolved: "ResolvedScenario") -> tuple[dict[str, str], dict[str, bytes]]:
    """Check that memory suffices and that recordings are there; return their digests and the content of one's own.

    This is the first thing that a run does, and every check of one. An InputError names the recording; a MemoryShortage
    says that memory is too small.
    """
    require_memory(resolved)
    return recordings_of(resolved)


def lowered(resolved: "ResolvedScenario") -> "Lowered":
    """Return what the engine would start with: every recording is read, every parameter looked up.

    An InputError says that a recording cannot be used, or that parameters that are each in range contradict each other;
    a MemoryShortage, that memory is too small.
    """
    from neurogen_abm.lowering import lower

    at_hand(resolved)
    return lower(resolved)


def check_start(resolved: "ResolvedScenario") -> None:
    """Refuse what every machine would refuse before the first step of a run, in a fraction of the time of `lowered`.

    Memory is not looked at: the workers of an experiment may be on another machine.
    """
    recordings_of(resolved)
    sketched(resolved)


def sketched(resolved: "ResolvedScenario") -> "Sketch":
    """Return what the engine would start with but for the tissue; see `sketch`."""
    from neurogen_abm.lowering import sketch

    return sketch(resolved)


def scenario_citations(resolved: "ResolvedScenario") -> list[Citation]:
    """Return whom a run of this scenario has to cite."""
    used = lowered(resolved).used
    recordings = recording_digests(resolved)
    return citations(resolved.parameters, resolved.references, used, recordings, _evidence(resolved))


def _evidence(resolved: "ResolvedScenario") -> dict[str, list[str]]:
    """Return the sources of the mechanisms that are on, and of a strain with numbers of its own."""
    catalogue = resolved.catalogue
    found = {f"mechanism {name}": catalogue.mechanisms[name].evidence for name in catalogue.on}
    strain = catalogue.own_strains.get(catalogue.strain or "")
    return found | ({f"strain {strain.label}": strain.evidence} if strain is not None else {})
