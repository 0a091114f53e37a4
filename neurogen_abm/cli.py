"""The command line, ``neurogen``: it calls the command and turns every error into a sentence and an exit code."""

import os
import sys
import threading
import traceback
from types import FrameType
from typing import Annotated

import typer

from neurogen_abm.commands import signals
from neurogen_abm.commands.calibrate import calibrate_command
from neurogen_abm.commands.capsule import capsule_command
from neurogen_abm.commands.cite import cite_command
from neurogen_abm.commands.compare import compare_command
from neurogen_abm.commands.describe import describe_command
from neurogen_abm.commands.design import design_command
from neurogen_abm.commands.diff import diff_command
from neurogen_abm.commands.doctor import doctor_command
from neurogen_abm.commands.exit_codes import INTERRUPTED, plain_warnings, report_fault
from neurogen_abm.commands.explain import explain_command
from neurogen_abm.commands.export import export_command
from neurogen_abm.commands.image import image_command
from neurogen_abm.commands.recording import recording_command
from neurogen_abm.commands.replay import replay_command
from neurogen_abm.commands.report import report_command
from neurogen_abm.commands.reserve import reserve_command
from neurogen_abm.commands.resume import resume_command
from neurogen_abm.commands.run import run_command
from neurogen_abm.commands.schema import schema_command
from neurogen_abm.commands.sensitivity import sensitivity_command
from neurogen_abm.commands.serve import serve_command
from neurogen_abm.commands.streams import require_names_that_are_text
from neurogen_abm.commands.study import study_command
from neurogen_abm.commands.sweep import sweep_command
from neurogen_abm.commands.validate import validate_command
from neurogen_abm.commands.verify import verify_command
from neurogen_abm.errors import telling_of_options
from neurogen_abm.memory import require_room_for_libraries
from neurogen_abm.version import __version__

_MOMENT_S = 0.02

app = typer.Typer(
    name="neurogen",
    help="Adult hippocampal neurogenesis driven by muscle, simulated cell by cell.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# In the order in which the help lists them.
for _command in (
    *(run_command, resume_command, validate_command, explain_command, describe_command),
    *(cite_command, schema_command, report_command),
    *(verify_command, capsule_command, diff_command, doctor_command),
    *(recording_command, export_command, image_command, replay_command),
    *(calibrate_command, compare_command, design_command, reserve_command, sensitivity_command, serve_command),
    *(study_command, sweep_command),
):
    app.command(_command.__name__.removesuffix("_command"))(_command)


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
    require_room_for_libraries()


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0, 2 input, 3 environment, 4 integrity, 5 model, 130."""
    given = sys.argv[1:] if arguments is None else arguments
    with signals.answered(_as_interrupt):
        code = _done(given)
    sys.exit(code)


def _done(given: list[str]) -> int:
    """Do what a command line says, and return its exit code."""
    try:
        words = [word for word in given if word != "--debug"] or ["--help"]
        require_names_that_are_text(words)
        with plain_warnings(), telling_of_options():
            code = app(words, prog_name="neurogen", standalone_mode=False)
        if code == INTERRUPTED:  # some versions of typer report an interrupt this way, others raise Abort
            code = report_fault(typer.Abort())
    except (Exception, KeyboardInterrupt) as fault:  # noqa: BLE001 - the outermost frame: whatever happened is explained
        if "--debug" in given and not isinstance(fault, KeyboardInterrupt):
            traceback.print_exc()
        code = report_fault(fault)
    return code or 0


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, or a moment later where Python would lose it, or break what it is doing, on the way."""
    if _passes_on(frame):
        raise KeyboardInterrupt
    again = threading.Timer(_MOMENT_S, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()


def _passes_on(frame: FrameType | None) -> bool:
    """Return whether an exception raised here reaches those who called: not out of imports, finalisers or C."""
    while frame is not None:
        code = frame.f_code
        called_from_c = "/llvmlite/binding/" in code.co_filename.replace("\\", "/")
        if code.co_filename.startswith("<frozen importlib") or code.co_name == "__del__" or called_from_c:
            return False
        frame = frame.f_back
    return True
