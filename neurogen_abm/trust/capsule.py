"""A run as one file that can be checked on another machine, and what is read from such a file."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from neurogen_abm import scratch
from neurogen_abm.arguments import FLAG, PLACE, TEXT, check
from neurogen_abm.checkpoints import folder_of, how_to_go_on
from neurogen_abm.errors import EnvironmentFault, InputError, IntegrityError, told, typed
from neurogen_abm.exports.crate import METADATA, write_crate
from neurogen_abm.memory import available_bytes
from neurogen_abm.run import SCENARIO
from neurogen_abm.spec.scenario.resolve import CatalogueChangedWarning, ResolvedScenario, resolve
from neurogen_abm.storage import archive, atomic, run_directory
from neurogen_abm.storage.places import LEDGER, PROVENANCE
from neurogen_abm.trust.provenance_form import require_form

if TYPE_CHECKING:
    from neurogen_abm.run import Result
    from neurogen_abm.spec.parameter import Parameter

SUFFIX = ".crate.zip"
_PUT_TOGETHER = "Its files were put together by somebody: take them from where the run was made."
# Of a number in a table in memory.
_BYTES_PER_NUMBER = 8


def capsule(run: str | Path, out: str | Path | None = None, *, licence: str | None = None, force: bool = False) -> Path:
    """Write a run as one file that holds all it takes to live it again, and what came of it; return the file.

    Parameters
    ----------
    run
        The directory of a finished run, every file of which is verified.
    out
        The file; by default beside the directory, with its name.
    licence
        What others may do with the results: the address of a licence, its SPDX name (``CC-BY-4.0``), or a sentence.
        Where none is given the file says that none was stated.
    force
        Replace a file that exists.

    Raises
    ------
    InputError
        It is no finished run, or the file exists; nothing was written.
    IntegrityError
        A file of the run is damaged.
    EnvironmentFault
        The disk is full or cannot be written.

    Examples
    --------
    >>> capsule("runs/mouse_wheel_running-seed1", licence="CC-BY-4.0")  # doctest: +SKIP
    PosixPath('runs/mouse_wheel_running-seed1.crate.zip')
    """
    check(run=(run, PLACE), out=(out, PLACE.or_none), licence=(licence, TEXT.or_none), force=(force, FLAG))
    if licence is not None and not licence.strip():
        raise InputError("A licence without words says nothing.", where=told("licence", "--licence"), code="bad-value")
    result = loaded(Path(run))
    folder = Path(run) if Path(run).name else Path(run).absolute()
    target = folder.with_name(folder.name + SUFFIX) if out is None else Path(out)
    with run_directory.new_file(target, force=force) as place:
        return atomic.write_file(place, partial(write_crate, result, licence=licence))


def loaded(folder: Path) -> "Result":
    """Read the directory of a finished run, every file of which is verified, whatever it is.

    Raises
    ------
    InputError
        It is no run, or one that is not finished.
    IntegrityError
        A file is damaged, the run is not of the scenario, the seed and the catalogue that its provenance names, or that
        says what cannot be.
    """
    from neurogen_abm.scene.lived import loaded as run_in

    _require_finished(folder)
    provenance = run_directory.read_provenance(folder)
    if "unfinished" not in provenance and SCENARIO in provenance["files"]:
        require_form(provenance, folder)
    result = run_in(folder)
    for name in provenance["files"]:
        run_directory.checked(folder, name, provenance)
    resolved = result.resolved
    named = [provenance.get(key) for key in ("seed", "scenario_digest", "catalogue_digest")]
    if named != [resolved.scenario.seed, resolved.digest, resolved.catalogue_digest]:
        what = "The provenance of this run names another scenario, seed or catalogue than its scenario.yaml."
        raise IntegrityError(what, where=str(folder), cure=_PUT_TOGETHER, code="other-run")
    _require_numbers_of_its_catalogue(resolved, folder)
    return result


def _require_finished(folder: Path) -> None:
    """Say of a run that is not there whether it is on its way, or one of many."""
    if (folder / PROVENANCE).is_file():
        return
    if (folder / LEDGER).is_file():
        what, cure = "This holds many animals, not one run.", f"`neurogen doctor {typed(folder)}` examines it; "
        alone = told("`run(scenario, seed, overrides)`", "`neurogen run SCENARIO --seed N --set KEY=VALUE`")
        cure += f"{alone} makes a run of one of them."
        raise InputError(what, where=str(folder), cure=cure, code="not-a-run")
    if (folder_of(folder) / PROVENANCE).is_file():
        cure = how_to_go_on(folder_of(folder))
        raise InputError("This run is not finished.", where=str(folder), cure=cure, code="unfinished-run")


def _require_numbers_of_its_catalogue(resolved: ResolvedScenario, folder: Path) -> None:
    """Refuse a record with other numbers than those of the catalogue that it names, where that is installed.

    What was lived with such numbers comes out the same again, so that no table would tell.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CatalogueChangedWarning)
        known = resolve(resolved.scenario)
    if known.catalogue_digest != resolved.catalogue_digest or known.parameters == resolved.parameters:
        return
    here, there = known.parameters, resolved.parameters
    path = next(path for path in (*there, *here) if there.get(path) != here.get(path))
    what = f"The record of this run says {_number(there.get(path))} of {path}; the catalogue that it names, and its "
    what += f"scenario, say {_number(here.get(path))}."
    raise IntegrityError(what, where=str(folder / SCENARIO), cure=_PUT_TOGETHER, code="other-numbers")


def _number(parameter: "Parameter | None") -> str:
    if parameter is None:
        return "nothing"
    known = f"{parameter.status}, {parameter.source or 'no source'}, grade {parameter.grade}"
    return f"{parameter.value_text} ({known})"


@contextmanager
def opened(place: Path) -> Iterator["Result"]:
    """Yield the run of a directory or of a capsule, verified; what a capsule was unpacked to goes afterwards.

    Errors as of :func:`loaded`, and of :func:`archive.unpack`.
    """
    if not place.exists():
        _require_finished(place)
        what, cure = "There is no run here, and no capsule.", "Give the directory of a run, or a capsule."
        raise InputError(what, where=str(place), cure=cure, code="not-a-run")
    if place.is_dir():
        yield loaded(place)
        return
    folder = scratch.own_folder()
    try:
        names = archive.unpack(place, folder)
        _require_a_run(place, folder, names)
        yield loaded(folder)
    finally:
        scratch.remove(folder)


def _require_a_run(place: Path, folder: Path, names: list[str]) -> None:
    """Refuse a capsule that lacks a file of its run, has one too many, or holds tables that would not fit memory."""
    from pyarrow import ArrowException, parquet

    if PROVENANCE not in names or METADATA not in names:
        what, cure = "This archive holds no run.", "Give a file that `neurogen capsule` wrote."
        raise InputError(what, where=str(place), cure=cure, code="not-a-capsule")
    known = {PROVENANCE, METADATA, *run_directory.read_provenance(folder)["files"]}
    if known != set(names):
        odd = sorted(known ^ set(names))[0]
        raise archive.DamagedArchiveError(place, f"{odd[:40]} is missing, or nobody knows of it")
    free = available_bytes()
    for name in (name for name in names if name.endswith(".parquet")):
        try:
            table = parquet.read_metadata(folder / name)
        except MemoryError:  # one of Arrow is among its exceptions, too
            raise
        except (ArrowException, OSError, ValueError) as fault:
            raise archive.DamagedArchiveError(place, f"{name} is no table") from fault
        if free is not None and table.num_rows * table.num_columns * _BYTES_PER_NUMBER > free:
            what = f"{name} of this capsule has {table.num_rows:,} rows, more than fit into memory."
            cure = "Open it on a machine with more memory, if you trust whoever made it."
            raise EnvironmentFault(what, where=str(place), cure=cure, code="memory", seen=table.num_rows)
