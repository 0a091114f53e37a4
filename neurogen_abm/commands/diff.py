"""``neurogen diff``: what differs between two scenarios, runs or capsules."""

from typing import Annotated

import typer


def diff_command(
    a: Annotated[str, typer.Argument(metavar="A", help="A scenario, the directory of a run, or a capsule.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
) -> None:
    """Say what differs between two scenarios, runs or capsules: entries, numbers with grade and source, outcomes."""
    from neurogen_abm.trust.diff import diff

    for sentence in diff(a, b).sentences():
        typer.echo(sentence)
