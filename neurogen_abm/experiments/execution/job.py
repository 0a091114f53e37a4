"""One animal as a job: its scenario, what is kept of it, and a key that says whether it has been run before."""

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from neurogen_abm.activity.recordings.account import RecordingWarning
from neurogen_abm.errors import EnvironmentFault, InputError, told
from neurogen_abm.experiments.execution.density_map import density_map
from neurogen_abm.memory import predicted_bytes
from neurogen_abm.numerals import plain
from neurogen_abm.over_time import daily_means
from neurogen_abm.provenance import recording_digests
from neurogen_abm.run import Result, run
from neurogen_abm.sources import software

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario

# Upper bounds, measured on shipped scenarios: a number in a table, a row of the ledger with its index, a summary, a
# density map, a row of the assays.
_BYTES_PER_NUMBER, _BYTES_PER_RUN, _BYTES_PER_SUMMARY, _BYTES_PER_MAP, _BYTES_PER_ASSAY = 8, 1024, 2048, 2**17, 80
_MOST_COLUMNS = 60


@dataclass(frozen=True)
class Keep:
    """What is kept of a run."""

    # Of ``series``, ``assays``, ``summary``, ``cells``, ``map``, ``fields``, and ``tiles``, the density map.
    tables: tuple[str, ...] = ("series", "assays")
    columns: tuple[str, ...] = ()  # of the series, besides ``time_h`` and ``day``; all where empty
    at_h: tuple[float, ...] = ()  # recorded times of the series, hours since the start of the run; all where empty
    # Whether columns that follow the time of day are means over the day before each kept time.
    daily: bool = False

    def of(self, result: Result) -> dict[str, pd.DataFrame]:
        """Return the tables of a run that are kept."""
        found = {name: self._table(result, name) for name in self.tables}
        return {name: table for name, table in found.items() if table is not None}

    def most_bytes(self, resolved: "ResolvedScenario") -> int:
        """Return an upper bound of what is kept of a run on disk, its row of the ledger included."""
        scenario = resolved.scenario
        found = _BYTES_PER_RUN + _BYTES_PER_SUMMARY
        if "series" in self.tables:
            rows = len(self.at_h) or scenario.duration_h / (scenario.outputs.cadence_h or scenario.step_h) + 2
            found += int(rows) * (len(self.columns) + 3 if self.columns else _MOST_COLUMNS) * _BYTES_PER_NUMBER
        if "assays" in self.tables:
            found += sum(len(assay.times_h) for assay in scenario.assays) * _BYTES_PER_ASSAY
        if "tiles" in self.tables:
            found += _BYTES_PER_MAP
        if {"cells", "map", "fields"} & set(self.tables):
            found += predicted_bytes(resolved)  # the tables were in memory once
        return found

    def _table(self, result: Result, name: str) -> pd.DataFrame | None:
        if name == "series":
            return self._series(result.series)
        if name == "summary":
            return result.summary().reset_index()
        if name == "tiles":
            return density_map(result)
        table: pd.DataFrame | None = getattr(result, name, None)
        return table

    def _series(self, series: pd.DataFrame) -> pd.DataFrame:
        if unknown := [column for column in self.columns if column not in series]:
            raise InputError(f'The series has no column "{unknown[0]}".', code="unknown-column", seen=unknown[0])
        table = series[list(dict.fromkeys(("time_h", "day", *self.columns)))] if self.columns else series
        if self.daily:
            table = daily_means(table)
        if not self.at_h:
            return table
        times = table["time_h"].to_numpy()
        if missing := [time_h for time_h in self.at_h if abs(times - time_h).min() > 1e-6]:
            what = f"The series has no row at {plain(missing[0])} h."
            raise InputError(what, code="not-recorded", cure="Choose a time that is recorded (outputs.cadence).")
        return table.iloc[sorted({int(abs(times - time_h).argmin()) for time_h in self.at_h})]


@dataclass(frozen=True)
class Job:
    """One animal: a resolved scenario with its seed, and what is kept of it.

    Make it with :meth:`of`, which computes the key: the SHA-256 of everything that decides what is kept. ``point``
    says for people, and for the ledger, which of many runs this is.
    """

    key: str
    resolved: "ResolvedScenario"
    keep: Keep = field(default_factory=Keep)
    point: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, resolved: "ResolvedScenario", keep: Keep | None = None, point: Mapping[str, Any] | None = None) -> Self:
        """Return the job of a scenario; an InputError says that its recordings or its schedule cannot be had."""
        from neurogen_abm.lowering.animals import check_schedule

        keep = keep or Keep()
        recordings = recording_digests(resolved)
        check_schedule(resolved, recordings)
        return cls(_key(resolved, recordings, keep), resolved, keep, dict(point or {}))

    @property
    def past(self) -> tuple[str, str]:
        """What animals have in common that have one tissue, and with it one life before the run, as far as can be told.

        It decides only in which order, and on which worker, they are run; the worker finds out what they share.
        """
        one = self.resolved.scenario
        lived = (
            one.strain,
            one.sex,
            one.age_h,
            one.pathway,
            one.mechanisms,
            one.step_h,
            sorted(one.parameters.items()),
        )
        return repr((one.species, one.seed, one.tissue)), repr(lived)

    def __repr__(self) -> str:
        """Return one line: which animal it is."""
        return f"<Job {self.key[:12]}: {self.resolved.scenario.name}, seed {self.resolved.scenario.seed}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel light: of the catalogue, which a worker has, only what the scenario changed."""
        from neurogen_abm.spec.catalogue import load_catalogue

        own, on = self.resolved, self.resolved.catalogue.on if self.resolved.catalogue.own is None else ()
        strain = own.scenario.strain if own.catalogue.own is None else None
        shipped = load_catalogue(own.scenario.species, mechanisms=on, strain=strain)
        numbers, old = own.parameters, shipped.parameters
        catalogue: Any = own.catalogue
        shipped_digest = shipped.digest
        if own.catalogue_digest == shipped.digest and numbers.keys() == old.keys():
            catalogue = {path: new for path, new in numbers.items() if new is not old[path] and new != old[path]}
        return _unpacked, (
            self.key,
            own.scenario,
            catalogue,
            shipped_digest,
            own.digest,
            own.base_dir,
            self.keep,
            self.point,
        )


def _again() -> str:
    return told("retry_failed=True", "--retry-failed")


def simulate(job: Job) -> Mapping[str, pd.DataFrame]:
    """Run a job and return what is kept of it."""
    with _one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)  # said when the job was planned
        result = run(_without_unwanted(job))
    if _key(job.resolved, result.provenance["recordings"], job.keep) != job.key:
        what = "The recording that was replayed is not the one this run was planned with."
        cure = f"Give every worker the same file, and start again with {_again()}."
        raise InputError(what, code="other-recording", cure=cure)
    return job.keep.of(result)


def _without_unwanted(job: Job) -> "ResolvedScenario":
    """Return the scenario of a job without its register of cells where nothing of that is kept: it takes a while."""
    resolved, outputs = job.resolved, job.resolved.scenario.outputs
    if {"cells", "tiles"} & set(job.keep.tables) or not outputs.cells:
        return resolved
    without = {"outputs": outputs.model_copy(update={"cells": False})}
    return replace(resolved, scenario=resolved.scenario.model_copy(update=without))


def _key(resolved: "ResolvedScenario", recordings: Mapping[str, str], keep: Keep) -> str:
    """Return the SHA-256 of everything that decides what is kept of a run."""
    decisive = [resolved.identity, dict(recordings), software(), *astuple(keep)]
    return hashlib.sha256(json.dumps(decisive, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let a run use one thread, as many runs share the machine; a result never depends on it."""
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def _unpacked(
    key: str, scenario: Any, catalogue: Any, shipped_digest: str, digest: str, base_dir: Any, keep: Keep, point: Any
) -> Job:
    from neurogen_abm.spec.catalogue import load_catalogue
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario

    if isinstance(catalogue, dict):
        shipped = load_catalogue(scenario.species, mechanisms=scenario.mechanisms, strain=scenario.strain)
        if shipped.digest != shipped_digest:
            what = f"The catalogue of the {scenario.species} here is not the one this run was planned with."
            cure = f"Install the same version on all workers, and start again with {_again()}."
            raise EnvironmentFault(what, code="other-version", cure=cure)
        catalogue = shipped.with_parameters(catalogue) if catalogue else shipped
    return Job(key, ResolvedScenario(scenario, catalogue, digest, base_dir), keep, point)
