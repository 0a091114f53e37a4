"""``neurogen validate``: a scenario checked, nothing simulated."""

import typer

from neurogen_abm.commands.options import ScenarioArgument, SeedOption, SetOption, overrides


def validate_command(scenario: ScenarioArgument, seed: SeedOption = None, changes: SetOption = None) -> None:
    """Check a scenario, and list what it assumes."""
    from neurogen_abm.explanation import validation
    from neurogen_abm.run import prepare

    typer.echo(validation(prepare(scenario, seed, overrides(changes))))
