"""``neurogen schema``: the JSON schema of what a person writes."""

from typing import Annotated

import typer


def schema_command(
    of_study: Annotated[bool, typer.Option("--study", help="The schema of a study instead.")] = False,
) -> None:
    """Print the JSON schema of a scenario, for editors."""
    from neurogen_abm.spec.scenario.models import Scenario
    from neurogen_abm.spec.study.study import Study

    typer.echo((Study if of_study else Scenario).schema_text(), nl=False)
