"""``neurogen describe``: the model in ODD form, or a scenario as the methods section of a paper."""

from typing import Annotated

import typer

from neurogen_abm.commands.options import SetOption, overrides
from neurogen_abm.errors import InputError

_KINDS = "--odd, --methods, --equations, --parameters"


def describe_command(
    scenario: Annotated[
        str | None, typer.Argument(metavar="[SCENARIO]", help="A scenario file, or the name of a shipped scenario.")
    ] = None,
    odd: Annotated[bool, typer.Option("--odd", help="The model in ODD form, with every number.")] = False,
    methods: Annotated[bool, typer.Option("--methods", help="The methods section of a paper: one scenario.")] = False,
    equations: Annotated[bool, typer.Option("--equations", help="The laws, with their functions.")] = False,
    parameters: Annotated[bool, typer.Option("--parameters", help="All numbers of all species.")] = False,
    species: Annotated[
        str | None,
        typer.Option("--species", metavar="NAME", help="Without a scenario: whose numbers; mouse by default."),
    ] = None,
    changes: SetOption = None,
) -> None:
    """Print a description as Markdown: the model in ODD form, or the methods section for a scenario."""
    asked = [name for name, wanted in _asked(odd, methods, equations, parameters).items() if wanted]
    if len(asked) != 1:
        raise InputError(f"{len(asked)} descriptions are asked for.", cure=f"Choose one of {_KINDS}.", code="which-one")
    kind = asked[0]
    _check(kind, scenario, species, changes)
    typer.echo(_text(kind, scenario, species or "mouse", overrides(changes)))


def _asked(odd: bool, methods: bool, equations: bool, parameters: bool) -> dict[str, bool]:
    return {"--odd": odd, "--methods": methods, "--equations": equations, "--parameters": parameters}


def _check(kind: str, scenario: str | None, species: str | None, changes: list[str] | None) -> None:
    """Refuse a description that does not go with a scenario, or needs one."""
    if kind == "--methods" and scenario is None:
        what, cure = "A methods section belongs to a scenario.", "Name one: neurogen describe SCENARIO --methods."
        raise InputError(what, cure=cure, code="no-scenario")
    if kind in ("--equations", "--parameters") and (scenario or species):
        what = f"{kind} tells of the whole model and all species."
        raise InputError(what, cure="Leave the scenario and --species out.", code="not-of-a-scenario")
    if scenario and species:
        what = "A scenario has its species."
        raise InputError(what, cure="Leave --species out, or the scenario.", code="two-species", seen=species)
    if changes and not scenario:
        raise InputError("--set changes a scenario, and none is named.", cure="Name one.", code="no-scenario")


def _text(kind: str, scenario: str | None, species: str, changed: dict[str, object]) -> str:
    from neurogen_abm.describe import pages
    from neurogen_abm.describe.methods import methods
    from neurogen_abm.describe.odd import odd
    from neurogen_abm.run import prepare

    if scenario is None:
        made = {"--odd": lambda: pages.odd_of(species), "--equations": pages.laws, "--parameters": pages.parameters}
        return made[kind]()
    resolved = prepare(scenario, None, changed)
    if kind == "--methods":
        return methods(resolved)
    return odd(resolved.catalogue, resolved.parameters, f"the scenario {resolved.scenario.name}")
