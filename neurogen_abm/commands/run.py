"""``neurogen run``: one scenario, one animal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurogen_abm.checkpoints import (
    KEPT,
    WALL_TIME,
    Checkpoints,
    candidates,
    check_free,
    folder_of,
    how_to_go_on,
    remove,
)
from neurogen_abm.commands.exit_codes import Stopped
from neurogen_abm.commands.options import (
    CheckpointEveryOption,
    CheckpointWallTimeOption,
    ForceOption,
    KeepCheckpointOption,
    PosteriorFileOption,
    PosteriorOption,
    ReportOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    WorkersOption,
    overrides,
    wall_time,
)
from neurogen_abm.commands.options import posterior as posterior_of
from neurogen_abm.commands.progress import Stop, progress_of_animals, progress_of_run
from neurogen_abm.commands.report import add_report
from neurogen_abm.errors import EnvironmentFault, InputError, typed
from neurogen_abm.numerals import plain
from neurogen_abm.words import several, spoken

if TYPE_CHECKING:
    from neurogen_abm.experiments.uncertainty import Uncertainty
    from neurogen_abm.run import Result
    from neurogen_abm.spec.posterior import Posterior
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario


def run_command(
    scenario: ScenarioArgument,
    seed: SeedOption = None,
    changes: SetOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/NAME-seedN.")] = None,
    force: ForceOption = False,
    with_report: ReportOption = True,
    checkpoint_every: CheckpointEveryOption = None,
    checkpoint_wall_time: CheckpointWallTimeOption = WALL_TIME,
    keep_checkpoint: KeepCheckpointOption = False,
    posterior: PosteriorOption = None,
    posterior_file: PosteriorFileOption = None,
    lives: Annotated[
        int | None, typer.Option("--lives", metavar="N", help="With --posterior: lives under each draw. Default: 4.")
    ] = None,
    workers: WorkersOption = None,
) -> None:
    """Simulate a scenario, and write its tables, a summary and a report."""
    from neurogen_abm.run import prepare, run
    from neurogen_abm.storage.run_directory import LEAST_BYTES, check_target, require_space

    resolved = prepare(scenario, seed, overrides(changes))
    target = out or place_of(resolved)
    check_target(target, force=force)
    require_space(target, LEAST_BYTES)  # not at its end, when hours of life would be lost
    folder = folder_of(target)
    check_free(folder, force=force)
    stop = Stop(folder)
    wish = Checkpoints(folder, checkpoint_every, wall_time(checkpoint_wall_time), keep_checkpoint, force, stop)
    drawn = posterior_of(posterior, posterior_file)
    if drawn is None and not (lives is None and workers is None):
        what, cure = "--lives and --workers are about the runs under a posterior.", "Add --posterior 20."
        raise InputError(what, code="bad-pair", cure=cure)
    found = None if drawn is None else _bands(resolved, drawn, lives or 4, workers, target)
    if found is not None:
        wish = replace(wish, beside=found.files())  # who resumes the run writes them
    with progress_of_run(resolved, stop) as show:
        result = run(resolved, progress=show, checkpoints=wish)
    write_up(result, target, wish, force=force, with_report=with_report, found=found)


def write_up(
    result: "Result",
    target: Path,
    wish: Checkpoints,
    *,
    force: bool,
    with_report: bool,
    found: "Uncertainty | None" = None,
) -> None:
    """Write the directory of a run that was lived to its end, and print what it found; its checkpoints then go."""
    folder = Path(wish.folder)
    with _life_kept(folder):
        result = result.save(target, force=force)
    with _tables_kept(target):
        _put_checkpoint(folder, target, keep=wish.at_end)
        _print_summary(result)
        if found is not None:
            _add_bands(result, found, target)
        _print_sources(result, target)
        typer.echo(f"Tables  {target}")
        if with_report:
            typer.echo(f"Report  {add_report(result, target)}")


def _put_checkpoint(folder: Path, target: Path, *, keep: bool) -> None:
    """Put the animal at its end beside its tables, where it is to be kept, and remove what is needed no more."""
    from neurogen_abm.storage.run_directory import add_file

    if keep:
        last = candidates(folder)[0]
        add_file(target, KEPT, lambda path: path.write_bytes(last.read_bytes()))
    remove(folder)


@contextmanager
def _life_kept(folder: Path) -> Iterator[None]:
    """Say, of whatever keeps a finished run from being written, from where it can go on."""
    try:
        yield
    except (KeyboardInterrupt, EnvironmentFault) as fault:
        if not any(candidates(folder)):
            raise
        cure = f"The last checkpoint is kept: {how_to_go_on(folder)}"
        if isinstance(fault, KeyboardInterrupt):
            raise Stopped("Interrupted before the tables were written.", cure=cure) from fault
        raise EnvironmentFault(fault.what, where=fault.where, cure=f"{fault.cure} {cure}", code=fault.code) from fault


def _bands(
    resolved: "ResolvedScenario", posterior: "int | Posterior", lives: int, workers: int | None, target: Path
) -> "Uncertainty":
    """Run the animal under the draws of a posterior; its runs are kept beside the directory of the run."""
    from neurogen_abm.experiments.bands import bands

    folder = target.with_name(f"{target.name}-draws")
    with progress_of_animals(folder) as show:
        return bands(resolved, posterior, lives=lives, out=folder, workers=workers, progress=show)


def _add_bands(result: "Result", found: "Uncertainty", target: Path) -> None:
    from neurogen_abm.report.pages.uncertainty import sentences
    from neurogen_abm.storage.run_directory import add_file

    for sentence in sentences(found, "new_neurons"):
        typer.echo(sentence)
    for name, write in found.files().items():
        add_file(target, name, write)
    typer.echo(f"Bands   {target / 'bands.parquet'}")


def place_of(resolved: "ResolvedScenario") -> Path:
    """Return the directory of a run where none was asked for."""
    return Path("runs") / f"{resolved.scenario.name}-seed{resolved.scenario.seed}"


@contextmanager
def _tables_kept(target: Path) -> Iterator[None]:
    """Say, of whatever stops the command after the tables are saved, where they are and how to continue."""
    cure = f"The tables are complete in {target}; `neurogen report {typed(target)}` writes the report."
    try:
        yield
    except KeyboardInterrupt as fault:
        raise Stopped("Interrupted after the run.", cure=cure) from fault
    except MemoryError as fault:
        raise EnvironmentFault("Memory ran out while the report was written.", cure=cure, code="memory") from fault
    except EnvironmentFault as fault:
        raise EnvironmentFault(fault.what, where=fault.where, cure=cure, code=fault.code) from fault


def _print_summary(result: "Result") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from neurogen_abm.spec.scenario.sentences import interventions

    # As Text, because a plain string is read as markup: a title may hold brackets.
    title = Text(result.resolved.scenario.title or spoken(result.resolved.scenario.name))
    summary = result.summary()
    figures = [name for name in summary.columns if name != "unit"]
    table = Table("", *figures, "unit", title=title, title_justify="left", box=box.SIMPLE)
    for column in table.columns[1:-1]:
        column.justify = "right"
    for label, row in summary.iterrows():
        table.add_row(str(label), *(_figure(row[name]) for name in figures), row["unit"])
    Console().print(table)
    for sentence in interventions(result.resolved):
        typer.echo(sentence)
    for block in result.provenance.get("replayed", {}).values():
        for sentence in block["said"]:
            if not sentence.startswith("Warning"):  # said on the way
                typer.echo(sentence)
    if (share := result.provenance["area_fraction"]) < 1.0:
        typer.echo(f"A patch of {share:.2%} of the sheet; `whole gyrus` scales its cells by area.")


def _figure(value: float) -> str:
    """Write a number with the digits a reader needs."""
    if value != value:  # NaN: this read-out has no such value
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else plain(value, 3)


def _print_sources(result: "Result", target: Path) -> None:
    counts = result.provenance["parameters_by_status"]
    parts = ", ".join(f"{count} {status}" for status, count in counts.items())
    typer.echo(f"Parameters used: {sum(counts.values())} ({parts}).")
    if found := result.citations():
        them = "it" if len(found) == 1 else "them"
        cite = f"`neurogen cite {typed(target)}` lists {them}, and gives BibTeX."
        typer.echo(f"This run rests on {several(len(found), 'source')}; please cite {them}: {cite}")
