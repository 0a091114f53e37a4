"""An examination of the installation and of results, which changes nothing unless it is asked to."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from neurogen_abm.arguments import FLAG, PLACE, check
from neurogen_abm.errors import InputError, told
from neurogen_abm.notebook import as_html
from neurogen_abm.storage import rebuilding
from neurogen_abm.trust import installation, results
from neurogen_abm.trust.findings import FAULT, FINE, LEVELS, WARNING, Finding


@dataclass(frozen=True)
class Examination:
    """What was found, in the order in which it was looked at."""

    findings: tuple[Finding, ...]

    def __repr__(self) -> str:
        """Return one line: how many findings there are of each level."""
        counts = [f"{sum(f.level == level for f in self.findings)} {level}" for level in LEVELS]
        return f"<Examination: {', '.join(counts)}>"

    def _repr_html_(self) -> str:
        """Return the findings for a notebook."""
        return as_html(repr(self), self.table)

    @property
    def table(self) -> pd.DataFrame:
        """One row per finding: ``where``, ``level`` (fine, note, warning, fault), ``what``, ``cure``."""
        return pd.DataFrame(self.findings, columns=list(Finding._fields))

    @property
    def healthy(self) -> bool:
        """Whether nothing is damaged."""
        return not any(finding.level == FAULT for finding in self.findings)


def doctor(*places: str | Path, rebuild_ledger: bool = False) -> Examination:
    """Examine the installation, and any runs, capsules, sweeps, studies and comparisons.

    Nothing is changed, unless a ledger is to be rebuilt; nothing is ever removed.

    Parameters
    ----------
    places
        Directories of results, folders that hold such, or capsules.
    rebuild_ledger
        Write the ledger of the one place anew from what is whole of it and from the tables; the old one is kept beside
        it. Started again, the command that made the runs goes on to the same tables.

    Raises
    ------
    InputError
        A ledger is to be rebuilt, and not one place with a ledger is given.
    EnvironmentFault
        A ledger cannot be written, or a driver works there.

    Examples
    --------
    >>> doctor("runs/mouse_wheel_running-seed1").healthy  # doctest: +SKIP
    True
    >>> doctor("runs/age-sweep", rebuild_ledger=True)  # doctest: +SKIP
    """
    check(rebuild_ledger=(rebuild_ledger, FLAG))
    for place in places:
        check(places=(place, PLACE))
    found: list[Finding] = []
    if rebuild_ledger:
        if len(places) != 1:
            cure = f"Give it: {told('doctor(PLACE, rebuild_ledger=True)', '`neurogen doctor DIR --rebuild-ledger`')}."
            raise InputError("One directory is rebuilt at a time.", code="bad-pair", cure=cure)
        found.append(_rebuilt(Path(places[0])))
    else:
        found += installation.examined()
    for place in places:
        found += results.examined(Path(place))
    return Examination(tuple(found))


def _rebuilt(folder: Path) -> Finding:
    done = rebuilding.rebuild(folder)
    what = f"The ledger was written anew: {done.kept} runs as they stood in it, {done.found} found by their tables"
    what += f"; the old one is {done.old.name}." if done.old.exists() else "; there was no old one."
    if done.left_out:
        what += f" {len(done.left_out)} files are damaged or incomplete, and their runs are not in it."
    cure = "Start the command that made the runs again: it goes on from here."
    return Finding(str(folder), WARNING if done.left_out else FINE, what, cure)
