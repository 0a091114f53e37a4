"""How many animals are run: where they are kept, on which workers, and what is called as they end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Self

from neurogen_abm import scratch
from neurogen_abm.arguments import CALLABLE, FLAG, PLACE, TEXT, WHOLE, Kind, check
from neurogen_abm.experiments.execution.workers import Workers
from neurogen_abm.storage import ledger

_WORKERS = Kind(
    "a number of processes, Workers, or None",
    lambda value: value is None or isinstance(value, Workers) or WHOLE.fits(value),
)


class RunsProgress(NamedTuple):
    """How far the runs are: how many by state, what was found done before, the rate, and where to watch the workers.

    ``per_s`` is the rate of this session and ``left_s`` the time left at that rate; None before the first run ended.
    """

    total: int
    done: int
    failed: int
    found: int
    per_s: float | None
    left_s: float | None
    dashboard: str | None


@dataclass(frozen=True)
class Execution:
    """How and where the animals of a sweep, comparison, study or fit are run.

    `sweep`, `compare`, `sensitivity`, `replay` and `calibrate` make one of their keyword arguments and hand it on.

    Attributes
    ----------
    folder
        Where runs are kept; what it holds is not run again. None stands for a new folder for temporary files.
    workers
        Processes of this machine, one run each at a time: by default as many as there are processors, 0 for this
        process; or `Workers` that are there already.
    scheduler
        Address of a running Dask scheduler, whose workers are used instead.
    progress
        Called with a `RunsProgress` at the start, and whenever a run has ended.
    retry_failed
        Whether runs that failed before are run again.

    Raises
    ------
    InputError
        Workers and scheduler are both given, or the number is negative.

    Examples
    --------
    >>> from neurogen_abm.experiments.execution.runner import Job, perform
    >>> from neurogen_abm.run import prepare
    >>> jobs = [Job.of(prepare("mouse_sedentary", seed)) for seed in (1, 2, 3)]
    >>> outcome = perform(jobs, Execution("runs/three-mice", workers=2))  # doctest: +SKIP
    >>> outcome.table("series")  # doctest: +SKIP
    """

    folder: Path | str | None = None
    workers: int | Workers | None = None
    scheduler: str | None = None
    progress: Callable[[RunsProgress], None] | None = None
    retry_failed: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        check(
            folder=(self.folder, PLACE.or_none),
            workers=(self.workers, _WORKERS),
            scheduler=(self.scheduler, TEXT.or_none),
            progress=(self.progress, CALLABLE.or_none),
            retry_failed=(self.retry_failed, FLAG),
        )

    def directory(self) -> Path:
        """Return the folder; a new one each time where none was given."""
        return Path(self.folder if self.folder is not None else scratch.own_folder())

    def pool(self) -> Workers:
        """Return the workers, which may not have been started yet."""
        return self.workers if isinstance(self.workers, Workers) else Workers(self.workers, self.scheduler)

    def launch(self) -> None:
        """Begin to make workers ready while runs are planned; not where all of them may be in the folder already."""
        if self.folder is None or not (Path(self.folder) / ledger.FILE).exists():
            self.pool().launch()

    @contextmanager
    def started(self) -> Iterator[Self]:
        """Yield this with a folder and with running workers, which several calls of `perform` share."""
        with self.pool() as workers:
            yield replace(self, folder=self.directory(), workers=workers, scheduler=None)
