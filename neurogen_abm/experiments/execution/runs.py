"""What a directory holds of the runs that are wanted, and what comes in: tables first, then the ledger."""

import json
import time
import warnings
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path

from neurogen_abm.experiments.execution.workers import Ended, Reply
from neurogen_abm.sources import software
from neurogen_abm.storage import dataset, ledger

# Finished runs are written together after so long: at first 5 s, later a fiftieth of the time that has passed.
_FIRST_WAIT_S, _WAIT_SHARE, _LONGEST_WAIT_S = 5.0, 0.02, 60.0
_MOST_WAITING_BYTES = 64 * 2**20


class Purpose(Enum):
    """What a directory of runs is for."""

    ALONE = "one plan, whose runs alone are among the results"
    STORE = "several plans, which may share runs"
    SEARCH = "one animal many times with other numbers, as in a fit"


class OldRunsWarning(UserWarning):
    """A directory holds finished runs of another version or of other settings, which are kept but do not count."""


class Runs:
    """The wanted runs, as far as the ledger knows them, and those that ended but are not written down yet."""

    def __init__(
        self, folder: Path, title: str, wanted: Mapping[str, ledger.Row], purpose: Purpose, retry_failed: bool
    ) -> None:
        self.folder, self.wanted, self.purpose = folder, wanted, purpose
        self.ledger = ledger.Ledger(folder, title)
        self.rows, self.files = self.ledger.rows(), self.ledger.files()
        if not self.rows:
            self.ledger.sign(software())
        self._name_rebuilt()
        self._forget_missing()
        self.number = max((_number(name) for name in self.files), default=0)
        self._warn_of_old_runs()
        if retry_failed:
            self._forget([key for key in wanted if key in self.rows and self.rows[key].state == ledger.FAILED])
        dataset.put_aside(folder, self.files)
        for file in self.files.values():
            dataset.check(folder, file)
        self._require_all_rows()
        self.ledger.expect(row for key, row in wanted.items() if not self._ended(key))
        if purpose is Purpose.ALONE:
            self._set_aside()
        self.pending: list[Ended] = []
        self.pending_bytes = 0
        self.began = self.committed = time.monotonic()

    def _name_rebuilt(self) -> None:
        """Say of runs that were found by their tables, when a ledger was rebuilt, which they are."""
        found = ("state", "attempts", "seconds", "worker", "error", "shard")
        named = {
            key: self.wanted[key]._replace(**{name: getattr(row, name) for name in found})
            for key, row in self.rows.items()
            if row.digest == "" and key in self.wanted
        }
        if named:
            self.ledger.commit(named.values(), [])
            self.rows.update(named)

    def _warn_of_old_runs(self) -> None:
        """Say which finished runs are here and do not count, where what is asked for is run again in their place."""
        before, waiting = self.ledger.software(), self.waiting()
        old = [row for key, row in self.rows.items() if row.state == ledger.DONE and key not in self.wanted]
        if not old or not waiting:
            return
        aside = f", in {dataset.EARLIER}/" if self.purpose is Purpose.ALONE else ""
        kept = f"The old runs are kept in the same directory{aside}, but are not part of the new tables"
        again = f"{len(waiting)} of {len(self.wanted)} runs are therefore started again."
        if before != software():
            what = (
                f"{self.folder} holds {len(old)} finished runs of another version of the model ({before or 'older'}; "
                f"this is {software()}), whose results may differ. {again} {kept}; to go on with them instead, "
                "install the version that made them."
            )
        elif self.purpose is not Purpose.SEARCH and (same := self._under_other_settings(old, waiting)):
            what = (
                f"{same} of the runs asked for were finished before under other settings: the scenario, a number of "
                f"the catalogue, a recording or what is kept has changed since. They are run again. {kept}."
            )
        else:
            return
        warnings.warn(what, OldRunsWarning, stacklevel=5)

    def _under_other_settings(self, old: Iterable[ledger.Row], waiting: Iterable[str]) -> int:
        """Return how many of the waiting runs are at the point, and of the seed, of a run that is here."""
        here = {_place(row) for row in old}
        return sum(_place(self.wanted[key]) in here for key in waiting)

    def sign(self) -> None:
        """Write down which version works here, when nothing waits for it any more."""
        if not self.waiting():
            self.ledger.sign(software())

    def _ended(self, key: str) -> bool:
        return key in self.rows and self.rows[key].state != ledger.WAITING

    def _forget_missing(self) -> None:
        """Let the runs of a file that somebody took away be run again."""
        missing = {_number(name) for name in self.files if not (self.folder / name).exists()}
        gone = [name for name in self.files if _number(name) in missing]
        lost = [key for key, row in self.rows.items() if row.shard is not None and int(row.shard) in missing]
        self._forget(lost, gone)
        shards = {int(row.shard) for row in self.rows.values() if row.shard is not None}
        self._forget([], [name for name in self.files if _number(name) not in shards])

    def _require_all_rows(self) -> None:
        """Refuse a ledger that lacks runs whose tables are here: run again, they would be there twice."""
        files = self.files.values() if self.waiting() else ()
        if any(dataset.jobs_of(self.folder, file) - self.rows.keys() for file in files):
            raise ledger.damaged(self.folder, "The ledger lacks runs whose tables are here.")

    def _set_aside(self) -> None:
        """Let the data set hold the wanted runs alone: those of an earlier form of the plan are put aside, or back."""
        batches: dict[int, set[str]] = {}
        for key, row in self.rows.items():
            if row.shard is not None:
                batches.setdefault(int(row.shard), set()).add(key)
        changed = False
        for number, keys in sorted(batches.items()):
            wanted = keys & self.wanted.keys()
            files = [file for name, file in self.files.items() if _number(name) == number]
            among_results = all(file.name.startswith(f"{dataset.FOLDER}/") for file in files)
            if wanted != (keys if among_results else set()):
                changed |= among_results
                self._divide(files, wanted, keys - wanted)
        if changed:
            dataset.put_pages_aside(self.folder)

    def _divide(self, old: list[ledger.File], wanted: set[str], others: set[str]) -> None:
        """Let the wanted runs of a batch lie among the results and the others aside: new files, ledger, old files."""
        if wanted and others:
            new = dataset.divide(self.folder, old, wanted, others, self.number + 1)
            numbers = dict.fromkeys(wanted, self.number + 1) | dict.fromkeys(others, self.number + 2)
            rows = [self.rows[key]._replace(shard=f"{number:06d}") for key, number in numbers.items()]
            self.number += 2
        else:
            new, rows = dataset.moved(self.folder, old, dataset.FOLDER if wanted else dataset.EARLIER), []
        names = [file.name for file in old]
        self.ledger.divide(rows, new, names)
        self.rows.update((row.job, row) for row in rows)
        for name in names:
            del self.files[name]
        self.files.update((file.name, file) for file in new)
        dataset.remove(self.folder, names)

    def _forget(self, jobs: list[str], files: Iterable[str] = ()) -> None:
        files = list(files)
        self.ledger.forget(jobs, files)
        for key in jobs:
            del self.rows[key]
        for name in files:
            del self.files[name]

    def waiting(self) -> list[str]:
        """Return the jobs that have to be run, in their order."""
        return [key for key in self.wanted if not self._ended(key)]

    def count(self, state: str) -> int:
        """Return how many of the wanted jobs ended in a state."""
        return sum(self.rows[key].state == state for key in self.wanted if key in self.rows)

    def take(self, ended: Ended) -> None:
        """Take in a run that ended; it is written down with others that end about the same time."""
        self.pending.append(ended)
        self.pending_bytes += sum(map(len, ended.reply.tables.values()))

    def commit_when_due(self) -> None:
        """Write down what is pending when it has waited, or grown, enough."""
        now = time.monotonic()
        wait = min(_LONGEST_WAIT_S, max(_FIRST_WAIT_S, _WAIT_SHARE * (now - self.began)))
        if self.pending and (self.pending_bytes > _MOST_WAITING_BYTES or now - self.committed >= wait):
            self.commit()

    def commit(self) -> None:
        """Write down what is pending: tables first, and the ledger when they are on disk."""
        if not self.pending:
            return
        # Sorted, so that a file does not depend on which worker was quicker.
        batch, self.pending, self.pending_bytes = sorted(self.pending, key=lambda ended: ended.key), [], 0
        done = [(key, reply.tables) for key, _, reply in batch if reply.error is None]
        files = dataset.write_batch(self.folder, self.number + 1, done) if done else []
        self.number += 1
        rows = [self._row(*ended) for ended in batch]
        self.ledger.commit(rows, files)
        self.rows.update((row.job, row) for row in rows)
        self.files.update((file.name, file) for file in files)
        self.committed = time.monotonic()

    def _row(self, key: str, attempts: int, reply: Reply) -> ledger.Row:
        done = reply.error is None
        return self.wanted[key]._replace(
            state=ledger.DONE if done else ledger.FAILED,
            attempts=attempts,
            seconds=round(reply.seconds, 4),
            worker=reply.worker,
            error=reply.error,
            shard=f"{self.number:06d}" if done else None,
        )


def _place(row: ledger.Row) -> tuple[str, int]:
    """Return which of many runs this is, whatever decides its tables."""
    return json.dumps(dict(row.point), sort_keys=True), row.seed


def _number(name: str) -> int:
    return int(Path(name).name.split("-")[0])
