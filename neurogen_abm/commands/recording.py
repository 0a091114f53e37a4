"""``neurogen recording``: what a file of recorded activity holds, its actogram, and the block that replays it."""

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurogen_abm.commands.options import ForceOption
from neurogen_abm.errors import InputError

if TYPE_CHECKING:
    from neurogen_abm.activity.recordings.description import RecordingDescription

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="A recording, or the name of a shipped one.")]


def recording_command(
    file: FileArgument,
    animal: Annotated[str | None, typer.Option("--animal", metavar="NAME", help="Whose actogram and block.")] = None,
    species: Annotated[
        str | None, typer.Option("--species", help="mouse, rat or human; by default, what it says.")
    ] = None,
    metres_per_count: Annotated[
        float | None, typer.Option("--metres-per-count", metavar="M", help="Metres of one count of the wheel.")
    ] = None,
    lights_on: Annotated[str | None, typer.Option("--lights-on", metavar="HH:MM", help="When lights go on.")] = None,
    lights_off: Annotated[str | None, typer.Option("--lights-off", metavar="HH:MM", help="When they go off.")] = None,
    age_years: Annotated[
        float | None, typer.Option("--age-years", metavar="N", help="Age of a person whose heart rate was recorded.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="USE=NAME", help="What a column holds: --column time=when --column wheel=n."),
    ] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Zone of the wall clock, where times are in UTC.")] = None,
    block: Annotated[
        bool, typer.Option("--block", help="Print only the entries of a scenario that replay it.")
    ] = False,
    scenario: Annotated[
        Path | None,
        typer.Option("--scenario", metavar="OUT", help="Write a scenario of it, and of a twin at rest beside it."),
    ] = None,
    age: Annotated[
        str | None, typer.Option("--age", metavar="'8 wk'", help="Age as the recording starts, for --scenario.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="OUT", help="Write a page with actograms.")] = None,
    png: Annotated[Path | None, typer.Option("--png", metavar="OUT", help="Write its actogram as a picture.")] = None,
    force: ForceOption = False,
) -> None:
    """Say what a recording holds, draw it, and write the block that replays it."""
    from neurogen_abm.activity.recordings.description import recording

    found = recording(
        file,
        animal,
        species=species,
        metres_per_count=metres_per_count,
        lights_on=lights_on,
        lights_off=lights_off,
        age_years=age_years,
        columns=_columns(columns),
        zone=zone,
    )
    if scenario is not None:
        _write_scenarios(found, scenario, age, force=force)
        return
    if html is not None:
        _write_page(found, html, force=force)
    if png is not None:
        _write_picture(found, png, force=force)
    if block:
        _refuse(found.faults, found.source.file)
        typer.echo(found.block(), nl=False)
        return
    typer.echo(found.text(plain_text=not _draws_blocks()))
    written = [str(place) for place in (html, png) if place is not None]
    if written:
        typer.echo("\n" + "\n".join(written))
    _refuse(found.faults, found.source.file)


def _columns(entries: list[str] | None) -> dict[str, str] | None:
    """Return what columns hold, by use; a form other than use=name, or an unknown use, is refused."""
    from neurogen_abm.spec.scenario.columns import Columns
    from neurogen_abm.spec.suggest import offer

    if not entries:
        return None
    parts = [entry.partition("=") for entry in entries]
    for use, equals, name in parts:
        if not equals or not name or use not in Columns.model_fields:
            what = f'"{use[:40]}" is not what a column can hold.' if equals else f'"{use[:40]}" is not USE=NAME.'
            raise InputError(what, where="--column", code="bad-columns", cure=offer(use, Columns.model_fields))
    return {use: name for use, _, name in parts}


def _refuse(faults: tuple[str, ...], file: str) -> None:
    """Leave with the error that a scenario with this recording would meet."""
    if faults:
        raise InputError(" ".join(faults), where=file, code="bad-recording")


def _write_scenarios(found: "RecordingDescription", runner: Path, age: str | None, *, force: bool) -> None:
    """Write the scenario of an animal and that of its sedentary twin; nothing where it would be refused."""
    from neurogen_abm.activity.recordings.register import is_shipped
    from neurogen_abm.storage.atomic import write_text
    from neurogen_abm.storage.run_directory import new_file
    from neurogen_abm.units import UnitError, quantity

    _refuse(found.faults, found.source.file)
    if age is None:
        what, cure = "A scenario needs the age of the animal.", 'Write it like --age "8 wk".'
        raise InputError(what, where="--age", code="missing-key", cure=cure)
    try:
        quantity(age, "h", above=0)
    except UnitError as fault:
        raise fault.become(InputError, "--age") from None
    if not is_shipped(found.path) and runner.resolve().parent != found.path.resolve().parent:
        what, cure = "A scenario names its recording from its own folder.", "Write it beside the file."
        raise InputError(what, where="--scenario", code="outside-path", cure=cure)
    twin = runner.with_name(f"{runner.stem}_sedentary.yaml")
    with new_file(twin, force=force) as resting, new_file(runner, force=force) as running:
        write_text(running, found.scenario(age))
        write_text(resting, found.scenario(age, sedentary=True))
    typer.echo(f"{runner}\n{twin}")


def _write_page(found: "RecordingDescription", html: Path, *, force: bool) -> None:
    from neurogen_abm.report.pages.recording import write_recording
    from neurogen_abm.storage.run_directory import new_file

    with new_file(html, force=force) as place:
        write_recording(found, place)


def _write_picture(found: "RecordingDescription", png: Path, *, force: bool) -> None:
    from neurogen_abm.report.figures.actogram_png import actogram_png
    from neurogen_abm.storage.atomic import write_file
    from neurogen_abm.storage.run_directory import new_file

    buffer = io.BytesIO()
    actogram_png(found.chosen).save(buffer, "PNG")
    with new_file(png, force=force) as place:
        write_file(place, lambda file: file.write_bytes(buffer.getvalue()))


def _draws_blocks() -> bool:
    """Return whether the terminal can show the characters of which bars are made."""
    try:
        "█".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
