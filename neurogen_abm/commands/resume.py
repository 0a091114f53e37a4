"""``neurogen resume``: a run that was interrupted goes on, or a life goes on in another way."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurogen_abm.checkpoints import UNFINISHED, WALL_TIME, Checkpoints, check_free, folder_of, target_of
from neurogen_abm.commands.options import (
    CheckpointEveryOption,
    CheckpointWallTimeOption,
    ForceOption,
    KeepCheckpointOption,
    ReportOption,
    SetOption,
    overrides,
    wall_time,
)
from neurogen_abm.commands.progress import Stop, progress_of_run
from neurogen_abm.commands.run import write_up
from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from neurogen_abm.experiments.uncertainty import Uncertainty
    from neurogen_abm.resumption import Found


def resume_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The directory that an interrupted run was to have.")],
    branch: Annotated[
        Path | None,
        typer.Option("--branch", metavar="DIR", help="Leave RUN as it is; write to DIR how it would go on with --set."),
    ] = None,
    changes: SetOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: the directory of the run.")] = None,
    force: ForceOption = False,
    with_report: ReportOption = True,
    checkpoint_every: CheckpointEveryOption = None,
    checkpoint_wall_time: CheckpointWallTimeOption = WALL_TIME,
    keep_checkpoint: KeepCheckpointOption = False,
    other_version: Annotated[
        bool, typer.Option("--other-version", help="Go on although another version began it: the bits may differ.")
    ] = False,
) -> None:
    """Go on with an interrupted run, or with --branch from the same moment into another life."""
    from neurogen_abm.resumption import find, require_apart, resume, scenario_of
    from neurogen_abm.storage.run_directory import LEAST_BYTES, check_target, require_space

    different = overrides(changes)
    if (branch is None) != (not different) or (branch is not None and out is not None):
        what, cure = "--branch and --set belong together.", "Write --branch DIR --set activity=[] or neither."
        raise InputError(what, code="bad-pair", cure=cure)
    found = find(run)
    resolved = scenario_of(found, other_version=other_version)
    target = branch or out or _target(found.folder, resolved.scenario.name, resolved.scenario.seed)
    if branch is not None:
        require_apart(branch, found)
    if branch is not None or not found.finished:
        check_target(target, force=force)
        require_space(target, LEAST_BYTES)
    folder = found.folder if branch is None else folder_of(target)
    stop = Stop(folder)
    wish = Checkpoints(folder, checkpoint_every, wall_time(checkpoint_wall_time), keep_checkpoint, force, stop)
    bands = None if branch is not None else _bands(found)
    if branch is None:
        wish = replace(wish, force=False, beside=None if bands is None else bands.files())
    else:
        check_free(folder, force=force)
    with progress_of_run(resolved, stop) as show:
        result = resume(run, different or None, show, wish, other_version=other_version)
    write_up(result, target, wish, force=force, with_report=with_report, found=bands)
    for came in result.provenance.get("branched", []):
        is_this = branch is not None and came is result.provenance["branched"][-1]
        typer.echo(f"A branch: until day {plain(came['day'])} this is the life of {run if is_this else came['run']}.")


def _bands(found: "Found") -> "Uncertainty | None":
    """Return the bands that an interrupted run was to have, None where none were asked for."""
    from neurogen_abm.experiments.uncertainty import NAME, Uncertainty
    from neurogen_abm.storage.run_directory import checked

    name = f"{NAME}.parquet"
    if found.finished or name not in found.provenance["files"]:
        return None
    return Uncertainty.read(checked(found.folder, name, found.provenance))


def _target(folder: Path, name: str, seed: int) -> Path:
    """Return the directory that the run was to have; one that Python began has none."""
    return target_of(folder) if folder.name.endswith(UNFINISHED) else Path("runs") / f"{name}-seed{seed}"
