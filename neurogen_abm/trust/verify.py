"""A finished run lived again from what it left: whether every table comes out as it was stored."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from neurogen_abm import provenance, scratch, sources
from neurogen_abm.arguments import CALLABLE, FLAG, PLACE, Kind, check
from neurogen_abm.errors import typed
from neurogen_abm.memory import MemoryShortage
from neurogen_abm.notebook import as_html
from neurogen_abm.numerals import plain
from neurogen_abm.run import SCENARIO, TABLES, Progress, Result, run
from neurogen_abm.scene.lived import installed_catalogue
from neurogen_abm.spec.scenario.resolve import CatalogueChangedWarning, ResolvedScenario
from neurogen_abm.storage import atomic, run_directory
from neurogen_abm.storage.places import PROVENANCE
from neurogen_abm.trust import branches, tables
from neurogen_abm.trust.capsule import opened

_MINUTES_PER_H = 60
_NAMED = 6
_ORIGINS = Kind(
    "a list of runs or capsules",
    lambda value: isinstance(value, Sequence) and not isinstance(value, str) and all(map(PLACE.fits, value)),
)
_SHOWN = ("table", "verdict", "rows", "row", "column", "stored", "again")


@dataclass(frozen=True, eq=False)
class Verification:
    """What came of living a run again.

    Attributes
    ----------
    verdict
        ``identical``, ``within tolerance`` or ``different``: the worst of all tables.
    tables
        One row per table: its verdict; whether the file has the ``same_bytes``; from which ``row`` (counted from 0)
        and ``column`` on it differs, with both values; all ``columns`` that differ; and the ``largest`` difference, as
        a share of the largest number of its column.
    circumstances
        What is not as it was when the run was made, in sentences: versions, code, catalogue, machine.
    roundings
        The tolerance, in units of rounding.
    again
        The run as it was lived now.
    not_checked
        Files of the run that living it again does not make: its report, bands, the animal at its end.
    """

    verdict: str
    tables: pd.DataFrame
    circumstances: tuple[str, ...]
    roundings: float
    again: Result
    not_checked: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return one line."""
        same = int((self.tables["verdict"] == tables.IDENTICAL).sum())
        return f"<Verification: {self.verdict}, {same} of {len(self.tables)} tables identical>"

    def _repr_html_(self) -> str:
        """Return the tables for a notebook."""
        return as_html(repr(self), self.tables[list(_SHOWN)])

    def sentences(self) -> list[str]:
        """Return the answer in words: each table, what differs in the circumstances, and what the answer means."""
        said = [_of_table(row) for row in self.tables.to_dict("records")]
        if self.verdict == tables.WITHIN:
            said.append(
                f"Within tolerance: whole numbers and names are the same, and other numbers differ by no more than "
                f"{plain(self.roundings, thousands=True)} units of rounding, one for each minute that the animal lived."
            )
        if self.verdict != tables.IDENTICAL and not self.circumstances:
            said.append("Version, catalogue and machine are those that made it: the tables are not what this run gave.")
        if self.not_checked:
            said.append(f"Not made again, and so not checked: {', '.join(self.not_checked)}.")
        return [*self.circumstances, *said]


def verify(
    run: str | Path,
    to: str | Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    *,
    of: Sequence[str | Path] = (),
    force: bool = False,
) -> Verification:
    """Live a finished run again from its scenario, recordings and seed, and compare every table with the stored one.

    Nothing is written into the run, which may lie where nothing can be written.

    Parameters
    ----------
    run
        The directory of a run, or a capsule. All their files are verified first.
    to
        A directory to write what was lived again to; nothing is written where none is given.
    progress
        As of :func:`neurogen_abm.run`.
    of
        Of a branch the run that it came from, or its capsule, and where that is a branch too the one before it.
    force
        Replace a run that is in ``to``.

    Raises
    ------
    InputError
        It is no finished run; it is a branch, and a run that it came from is not in ``of``; or ``to`` exists.
    IntegrityError
        A file is damaged.
    EnvironmentFault
        It would not fit into memory, or ``to`` cannot be written.

    Examples
    --------
    >>> found = verify("runs/mouse_wheel_running-seed1")  # doctest: +SKIP
    >>> found.verdict  # doctest: +SKIP
    'identical'
    """
    check(run=(run, PLACE), to=(to, PLACE.or_none), progress=(progress, CALLABLE.or_none), force=(force, FLAG))
    check(of=(of, _ORIGINS))
    if to is not None:
        run_directory.check_target(to, force=force)
    with warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore", CatalogueChangedWarning)  # said among the circumstances
        stored = stack.enter_context(opened(Path(run)))
        origins = [stack.enter_context(opened(Path(place))) for place in of]
        again = _lived(stored, origins, Path(run), progress)
        rows = _compared(stored, again, roundings := float(_minutes(stored.resolved)))
        circumstances, left = tuple(_circumstances(stored, again)), tuple(_not_checked(stored))
    worst = max(rows["verdict"], key=tables.VERDICTS.index)
    kept = again if to is None else again.save(to, force=force)
    return Verification(worst, rows, circumstances, roundings, kept, left)


def _lived(stored: Result, origins: list[Result], where: Path, progress: Callable[[Progress], None] | None) -> Result:
    try:
        if stored.provenance.get("branched"):
            return branches.live_branch(stored, origins, where, progress)
        if origins:
            branches.refuse_origins(where)
        return run(stored.resolved, progress=progress)
    except MemoryShortage as fault:
        pack = f"`neurogen capsule {typed(where)}` makes one file of it: verify that on a machine with more memory."
        cure = "Verify this file on a machine with more memory." if where.is_file() else pack
        raise MemoryShortage(fault.what, where=str(where), cure=cure, seen=fault.seen) from fault


def _minutes(resolved: ResolvedScenario) -> float:
    """Return how many minutes the animal lives, its history included: so often a number may be rounded otherwise."""
    history_h = min(resolved.scenario.age_h, resolved.value("lineage.stem.longest_history", "h"))
    return _MINUTES_PER_H * float(history_h + resolved.scenario.duration_h)


def _compared(stored: Result, again: Result, roundings: float) -> pd.DataFrame:
    """Return one row per stored table; what was lived again goes through a file, as the stored one did.

    Of the source code that made the run, a table or a column that only the life of now has is a difference too.
    """
    then = run_directory.read_provenance(str(stored.directory))["files"]
    same_code = stored.provenance.get("code") == sources.of_this_run()
    rows = [tables.lacking(name, "stored") for name in TABLES if same_code and f"{name}.parquet" not in then]
    aside = scratch.own_folder()
    try:
        for name in (name for name in TABLES if f"{name}.parquet" in then):
            file = aside / f"{name}.parquet"
            with atomic.machine_faults(aside, "and start again: nothing was changed."):
                run_directory.write_table(getattr(again, name), file)
                fingerprint = atomic.fingerprint(file)
            both = getattr(stored, name), run_directory.read_table(file)
            row = tables.compared(name, *both, roundings, may_gain=not same_code)
            rows.append(row | {"same_bytes": fingerprint._asdict() == then[file.name]})
            file.unlink()
    finally:
        scratch.remove(aside)
    return pd.DataFrame(rows, columns=list(tables.COLUMNS))


def _not_checked(stored: Result) -> list[str]:
    """Return the files of a run that living it again does not make."""
    files = run_directory.read_provenance(str(stored.directory))["files"]
    made = {SCENARIO, PROVENANCE, *stored.provenance.get("recordings", {}), *(f"{name}.parquet" for name in TABLES)}
    return sorted(files.keys() - made)


def _circumstances(stored: Result, again: Result) -> list[str]:
    """Return in sentences what is not as it was when the run was made."""
    then = stored.provenance
    said = []
    made, here = then.get("software", {}), provenance.versions()
    if other := [
        f"{name} {made[name]} (here {here.get(name, 'none')})" for name in made if made[name] != here.get(name)
    ]:
        said.append(f"It was made with {', '.join(other)}.")
    if "code" not in then:
        said.append("It does not say which source code made it: it is older than this check.")
    elif then["code"] != (code := sources.of_this_run()):
        said.append(f"The source code that made it is {then['code']}; this is {code}.")
    if stored.resolved.catalogue_digest[:12] != (installed := installed_catalogue(stored)):
        catalogue = stored.resolved.catalogue_digest[:12]
        said.append(f"It was made with catalogue {catalogue}, and this is {installed}; its own numbers were used.")
    machine, now = then.get("machine", {}), provenance.machine()
    said += [
        f"Its {name} was {was}; here it is {now.get(name)}." for name, was in machine.items() if was != now.get(name)
    ]
    said += _recordings(then.get("recordings", {}), again.provenance["recordings"])
    if then.get("resumed"):
        said.append("It was interrupted and resumed; it was lived again in one piece.")
    return said


def _recordings(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [f"The recording {name} is not the one that it replayed." for name in then if then[name] != now.get(name)]


def _of_table(row: Mapping[Any, Any]) -> str:
    """Return the verdict of a table in a sentence."""
    name, verdict = row["table"], row["verdict"]
    if verdict == tables.IDENTICAL:
        how = "byte for byte" if row["same_bytes"] else "in every value; the bytes of the file are others"
        new = f" {row['says']}" if row["says"] else ""
        return f"{name}: identical, {how} ({row['rows']:,} rows).{new}"
    if not row["column"]:
        return f"{name}: {verdict}. {row['says']}"
    return f"{name}: {verdict} from here on. {row['says']}{_columns(row['columns'])}"


def _columns(names: str) -> str:
    """Name the first of the columns that differ; the table of the answer has all."""
    known = names.split(", ") if names else []
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f" Columns that differ: {', '.join(known[:_NAMED])}{more}." if len(known) > 1 else ""
