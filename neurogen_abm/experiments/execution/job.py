"""One animal as a job: its scenario, what is kept of it, and a key that says whether it has been run before."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.execution.density_map import density_map
from neurogen_abm.numerals import plain
from neurogen_abm.provenance import recordings_of
from neurogen_abm.run import Result, run
from neurogen_abm.sources import software

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario


@dataclass(frozen=True)
class Keep:
    """What is kept of a run."""

    # Of ``series``, ``assays``, ``summary``, ``cells``, ``map``, ``fields``, and ``tiles``, the density map.
    tables: tuple[str, ...] = ("series", "assays")
    columns: tuple[str, ...] = ()  # of the series, besides ``time_h`` and ``day``; all where empty
    at_h: tuple[float, ...] = ()  # recorded times of the series, hours since the start of the run; all where empty

    def of(self, result: Result) -> dict[str, pd.DataFrame]:
        """Return the tables of a run that are kept."""
        found = {name: self._table(result, name) for name in self.tables}
        return {name: table for name, table in found.items() if table is not None}

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
        """Return the job of a scenario."""
        keep = keep or Keep()
        decisive = [resolved.digest, recordings_of(resolved)[0], software(), keep.tables, keep.columns, keep.at_h]
        text = json.dumps(decisive, sort_keys=True, separators=(",", ":"))
        return cls(hashlib.sha256(text.encode()).hexdigest(), resolved, keep, dict(point or {}))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel light: of the catalogue, which a worker has, only what the scenario changed."""
        from neurogen_abm.spec.catalogue import load_catalogue

        own, shipped = self.resolved, load_catalogue(self.resolved.scenario.species)
        numbers, old = own.parameters, shipped.parameters
        catalogue: Any = own.catalogue
        if own.catalogue_digest == shipped.digest and numbers.keys() == old.keys():
            catalogue = {path: new for path, new in numbers.items() if new is not old[path] and new != old[path]}
        return _unpacked, (self.key, own.scenario, catalogue, own.digest, own.base_dir, self.keep, self.point)


def simulate(job: Job) -> Mapping[str, pd.DataFrame]:
    """Run a job and return what is kept of it."""
    with _one_thread():
        return job.keep.of(run(job.resolved))


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


def _unpacked(key: str, scenario: Any, catalogue: Any, digest: str, base_dir: Any, keep: Keep, point: Any) -> Job:
    from neurogen_abm.spec.catalogue import load_catalogue
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario

    if isinstance(catalogue, dict):
        shipped = load_catalogue(scenario.species)
        catalogue = shipped.with_parameters(catalogue) if catalogue else shipped
    return Job(key, ResolvedScenario(scenario, catalogue, digest, base_dir), keep, point)
