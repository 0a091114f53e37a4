"""The command line: ``neurogen``. No logic lives here; what takes long to import is imported where it is used."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurogen_abm.commands.calibrate import calibrate_command
from neurogen_abm.commands.compare import compare_command
from neurogen_abm.commands.many import INTERRUPTED, Stopped
from neurogen_abm.commands.sensitivity import sensitivity_command
from neurogen_abm.commands.serve import serve_command
from neurogen_abm.commands.study import study_command
from neurogen_abm.commands.sweep import sweep_command
from neurogen_abm.errors import EnvironmentFault, NeurogenError
from neurogen_abm.version import __version__

if TYPE_CHECKING:
    from neurogen_abm.run import Progress, Result
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario

app = typer.Typer(
    name="neurogen",
    help="Adult hippocampal neurogenesis driven by muscle, simulated cell by cell.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

INTERNAL = 1

ScenarioArgument = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a shipped one.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change an entry or a number: --set duration='7 d'. Repeatable."),
]
SeedOption = Annotated[int | None, typer.Option("--seed", metavar="N", help="Replace the seed of the scenario.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"neurogen_abm {__version__}")
        raise typer.Exit


@app.callback()
def _every_command(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Declare the options of every command; --version acts at once, and main reads --debug wherever it stands."""


@app.command("run")
def run_command(
    scenario: ScenarioArgument,
    seed: SeedOption = None,
    changes: SetOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/NAME-seedN.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a run directory that exists.")] = False,
    with_report: Annotated[bool, typer.Option("--report/--no-report", help="Make the HTML page.")] = True,
) -> None:
    """Simulate a scenario: tables, a summary, a report."""
    from neurogen_abm.run import prepare, run
    from neurogen_abm.storage.run_directory import check_target

    resolved = prepare(scenario, seed, _changes(changes))
    target = out or Path("runs") / f"{resolved.scenario.name}-seed{resolved.scenario.seed}"
    check_target(target, force=force)
    with _progress(resolved) as show, _stopped_at_once():
        result = run(resolved, progress=show)
    result = result.save(target, force=force)
    with _tables_kept(target):
        _print_summary(result)
        _print_sources(result, target)
        typer.echo(f"Tables  {target}")
        if with_report:
            _write_report(result, target)
            typer.echo(f"Report  {target / 'report.html'}")


@app.command()
def validate(scenario: ScenarioArgument, seed: SeedOption = None, changes: SetOption = None) -> None:
    """Check a scenario: what is right, and what was assumed."""
    from neurogen_abm.explanation import validation
    from neurogen_abm.run import prepare

    typer.echo(validation(prepare(scenario, seed, _changes(changes))))


@app.command()
def explain(
    scenario: ScenarioArgument,
    path: Annotated[str | None, typer.Argument(metavar="[PATH]", help="A parameter, or the beginning of some.")] = None,
    changes: SetOption = None,
) -> None:
    """Print the rules in English, or a value with unit, source, grade and range."""
    from neurogen_abm.explanation import explanation
    from neurogen_abm.run import prepare

    typer.echo(explanation(prepare(scenario, None, _changes(changes)), path))


@app.command()
def cite(
    source: Annotated[str, typer.Argument(metavar="SCENARIO|RUN", help="A scenario, or a run directory.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Only the BibTeX entries, for a file.")] = False,
) -> None:
    """Print the references behind the numbers, as text and BibTeX."""
    from neurogen_abm.citations import as_bibtex, as_text
    from neurogen_abm.run import Result, prepare, scenario_citations

    found = Result.load(source).citations() if Path(source).is_dir() else scenario_citations(prepare(source))
    if not bibtex:
        typer.echo("".join(f"{as_text(citation)}\n" for citation in found))
    typer.echo("\n\n".join(as_bibtex(citation) for citation in found))


@app.command()
def schema(
    of_study: Annotated[bool, typer.Option("--study", help="That of a study.")] = False,
) -> None:
    """Print the JSON schema of a scenario, for editors."""
    from neurogen_abm.spec.scenario import scenario
    from neurogen_abm.spec.study import study

    typer.echo((study if of_study else scenario).schema_text(), nl=False)


@app.command()
def report(
    run_directory: Annotated[Path, typer.Argument(metavar="RUN", help="A directory that `neurogen run` wrote.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: report.html of the run.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a FILE that exists.")] = False,
) -> None:
    """Make the HTML page of a run again."""
    from neurogen_abm.run import Result
    from neurogen_abm.storage.run_directory import new_file

    result = Result.load(run_directory)
    if out is None:
        typer.echo(_write_report(result, run_directory))
        return
    from neurogen_abm.report.pages.run import write_report

    with new_file(out, force=force) as place:
        typer.echo(write_report(result, place))


app.command("calibrate")(calibrate_command)
app.command("compare")(compare_command)
app.command("sensitivity")(sensitivity_command)
app.command("serve")(serve_command)
app.command("study")(study_command)
app.command("sweep")(sweep_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0, 2 input, 3 environment, 4 integrity, 5 model, 130."""
    given = sys.argv[1:] if arguments is None else arguments
    before = signal.signal(signal.SIGTERM, _as_interrupt)
    debug = "--debug" in given
    try:
        words = [word for word in given if word != "--debug"] or ["--help"]
        code = app(words, prog_name="neurogen", standalone_mode=False)
        if code == INTERRUPTED:  # some versions of typer report an interrupt this way, others raise Abort
            code = _told(typer.Abort())
    except Exception as fault:  # noqa: BLE001 - the outermost frame: whatever happened is told in a sentence
        if debug:
            traceback.print_exc()
        code = _told(fault)
    except KeyboardInterrupt:
        code = _told(typer.Abort())
    finally:
        signal.signal(signal.SIGTERM, before)
    sys.exit(code or 0)


def _told(fault: Exception) -> int:
    """Say in one paragraph on stderr what went wrong, and return the exit code."""
    if isinstance(fault, NeurogenError):
        code, words = fault.exit_code, str(fault)
    elif isinstance(fault, typer.Abort):
        code, words = INTERRUPTED, "Interrupted; nothing was written."
    elif isinstance(fault, MemoryError):
        code, words = 3, "Memory ran out; nothing was written. Simulate a patch (tissue: septotemporal, transverse)."
    elif isinstance(fault, BrokenPipeError):
        sys.stdout = None  # the reader has left; there is nobody to flush to
        return INTERNAL
    elif hasattr(fault, "format_message"):  # what typer raises for a wrong option has no public base class
        code, words = 2, f"{fault.format_message()} `neurogen --help` lists commands and options."
    else:
        code = INTERNAL
        words = f"Internal error, {type(fault).__name__}: {fault}. Please report it with what --debug adds."
    typer.echo(f"neurogen: {words}", err=True)
    return code


def _as_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _changes(entries: list[str] | None) -> dict[str, object]:
    from neurogen_abm.spec.scenario.scenario import setting

    return dict(map(setting, entries or []))


def _write_report(result: "Result", directory: Path) -> Path:
    from neurogen_abm.report.pages.run import write_report
    from neurogen_abm.storage.run_directory import add_file

    return add_file(directory, "report.html", lambda path: write_report(result, path))


@contextmanager
def _tables_kept(target: Path) -> Iterator[None]:
    """Say, of whatever stops the command after the tables are saved, where they are and how to go on."""
    cure = f"The tables are whole in {target}; `neurogen report {target}` makes the page."
    try:
        yield
    except KeyboardInterrupt as fault:
        raise Stopped("Interrupted after the run.", cure=cure) from fault
    except MemoryError as fault:
        raise EnvironmentFault("Memory ran out while the page was made.", cure=cure, code="memory") from fault
    except EnvironmentFault as fault:
        raise EnvironmentFault(fault.what, where=fault.where, cure=cure, code=fault.code) from fault


@contextmanager
def _progress(resolved: "ResolvedScenario") -> Iterator[Callable[["Progress"], None] | None]:
    """Show a bar on stderr; nothing when it is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from neurogen_abm.jit import COMPILING, kernels_are_kept

    days = resolved.scenario.duration_h / 24
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("preparing the tissue" if kernels_are_kept() else COMPILING, total=None)

        def show(at: "Progress") -> None:
            if at.phase == "history":
                words = f"growing up: {-at.day:.0f} days before the run"
            elif at.phase == "running":
                words = f"day {at.day:6.1f} of {days:g}   {at.n_cells:,} cells"
            else:
                return
            bar.update(task, description=words, completed=at.step, total=at.n_steps)

        yield show


@contextmanager
def _stopped_at_once() -> Iterator[None]:
    """Let Ctrl-C end the process on the spot: unwound through the compiler it can crash, and nothing is written yet."""

    def leave(*_: object) -> None:
        shown = b"\r\x1b[2K\x1b[?25h" if sys.stderr.isatty() else b""
        os.write(2, shown + b"neurogen: Interrupted; nothing was written.\n")
        os._exit(INTERRUPTED)

    before = signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _print_summary(result: "Result") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from neurogen_abm.spec.scenario.sentences import interventions

    # As Text, because a plain string is read as markup: a title may hold brackets.
    title = Text(result.resolved.scenario.title or result.resolved.scenario.name)
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
    if (share := result.provenance["area_fraction"]) < 1.0:
        typer.echo(f"A patch of {share:.2%} of the sheet; `whole gyrus` scales its cells by area.")


def _figure(value: float) -> str:
    """Write a number with the digits a reader needs."""
    if value != value:  # NaN: this read-out has no such value
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def _print_sources(result: "Result", target: Path) -> None:
    counts = result.provenance["parameters_by_status"]
    parts = ", ".join(f"{count} {status}" for status, count in counts.items())
    typer.echo(f"Numbers used: {sum(counts.values())} ({parts}).")
    found = result.citations()
    if found:
        names = "; ".join(citation.text for citation in found)
        typer.echo(f"Whom to cite: {names}. `neurogen cite {target} --bibtex` gives them for a bibliography.\n")


if __name__ == "__main__":
    main()
