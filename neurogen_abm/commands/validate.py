"""``neurogen validate``: a scenario, sweep, study or fit checked as running it would check it, nothing simulated."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.lines import wrapped
from neurogen_abm.commands.options import SeedOption, SetOption, overrides
from neurogen_abm.errors import InputError, argument

SourceArgument = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario, or a sweep, study or fit: a file, or a shipped name.")
]


def validate_command(scenario: SourceArgument, seed: SeedOption = None, changes: SetOption = None) -> None:
    """Check a scenario, and list what it assumes; or check a sweep, study or fit, every animal of it."""
    from neurogen_abm.spec.kinds import kind_of

    kind = kind_of(scenario)
    if kind == "scenario":
        _of_scenario(scenario, seed, changes)
        return
    for name, given in (("seed", seed), ("overrides", changes)):
        if given is not None:
            what = f"This is a {kind}, and {argument(name)} changes a scenario."
            raise InputError(what, where=scenario, code="bad-pair", cure=f"Write the change into the {kind}.")
    typer.echo({"sweep": _of_sweep, "study": _of_study, "fit": _of_fit}[kind](scenario))


def _of_scenario(scenario: str, seed: int | None, changes: list[str] | None) -> None:
    from neurogen_abm.commands.run import place_of
    from neurogen_abm.explanation import validation
    from neurogen_abm.run import prepare
    from neurogen_abm.storage.run_directory import check_target

    resolved = prepare(scenario, seed, overrides(changes))
    typer.echo(wrapped(validation(resolved)))
    place = place_of(resolved)
    if place.exists():
        check_target(place, force=True)
        typer.echo(f"{place} exists: `neurogen run` will ask for --out or --force.")
    else:
        check_target(place)


def _of_sweep(source: str) -> str:
    from neurogen_abm.experiments.sweep.sweep import checked
    from neurogen_abm.spec.sweep import load_sweep

    plan = load_sweep(source)
    jobs = checked(plan)
    if plan.cohort is not None:
        animals = len({job.point["animal"] for job in jobs})
        return f"{plan.name} is valid: {animals} animals of the cohort, {len(jobs)} runs, and each can start."
    points = len(jobs) // len(plan.seeds)
    return f"{plan.name} is valid: {points} points, {len(plan.seeds)} seeds, {len(jobs)} runs, and each can start."


def _of_study(source: str) -> str:
    from neurogen_abm.experiments.studies.study import plans_of

    (plan,) = plans_of([source])
    animals = ", ".join(f"{name} {len(jobs)}" for name, jobs in plan.jobs.items())
    n = len(plan.study.expectations)
    said = f"{plan.study.name} is valid: {n} expectations, animals by arm: {animals}, and each can start."
    return f"{said}\n{plan.study.counted_how}".rstrip("\n")


def _of_fit(source: str) -> str:
    from neurogen_abm.experiments.calibration.objective import objective
    from neurogen_abm.experiments.execution.runner import Execution
    from neurogen_abm.spec.calibration import load_calibration

    fit = load_calibration(source)
    found = objective(fit, Execution(Path("runs") / fit.name))
    found.check_start()
    free = ", ".join(parameter.name for parameter in found.free)
    return (
        f"{fit.name} is valid: {len(found.names)} expectations, {found.jobs_a_point()} animals a point, and each can "
        f"start. Free parameters: {free}."
    )
