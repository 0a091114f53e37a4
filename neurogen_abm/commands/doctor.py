"""``neurogen doctor``: the installation and results examined."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.exit_codes import Unhealthy


def doctor_command(
    places: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Runs, capsules, sweeps, or folders of them.")
    ] = None,
    rebuild_ledger: Annotated[
        bool,
        typer.Option("--rebuild-ledger", help="Write the ledger of PATH anew; the old one is kept."),
    ] = False,
) -> None:
    """Examine the installation, and results where PATHs are given; nothing is changed. Exit code 4: damage."""
    from neurogen_abm.trust.doctor import doctor
    from neurogen_abm.trust.findings import FAULT

    found = doctor(*(places or ()), rebuild_ledger=rebuild_ledger)
    for finding in found.findings:
        typer.echo(finding.sentence())
    if not found.healthy:
        n = sum(finding.level == FAULT for finding in found.findings)
        raise Unhealthy(f"{n} {'fault was' if n == 1 else 'faults were'} found; each line above says what to do.")
