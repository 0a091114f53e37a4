"""``neurogen explain``: the rules of a scenario in English, or one parameter with its source."""

from typing import Annotated

import typer

from neurogen_abm.commands.lines import wrapped
from neurogen_abm.commands.options import ScenarioArgument, SetOption, overrides


def explain_command(
    scenario: ScenarioArgument,
    path: Annotated[
        str | None, typer.Argument(metavar="[PATH]", help="Path of a parameter, or the beginning of several paths.")
    ] = None,
    changes: SetOption = None,
) -> None:
    """Print the rules in English, or a parameter with unit, source, grade and range."""
    from neurogen_abm.explanation import explanation
    from neurogen_abm.run import prepare

    typer.echo(wrapped(explanation(prepare(scenario, None, overrides(changes)), path)))
