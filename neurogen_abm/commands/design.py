"""``neurogen design``: the next experiment, planned."""

from pathlib import Path
from typing import Annotated

import typer

from neurogen_abm.commands.exit_codes import require_complete
from neurogen_abm.commands.options import (
    PosteriorFileOption,
    PosteriorOption,
    RetryOption,
    SchedulerOption,
    WorkersOption,
)
from neurogen_abm.commands.options import posterior as posterior_of
from neurogen_abm.commands.progress import progress_of_animals, runs_kept


def design_command(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="A study file, or the name of a shipped design or study.")
    ],
    pathway: Annotated[
        list[str] | None,
        typer.Option("--pathway", metavar="NAME", help="Under this pathway; give two to ask where they disagree."),
    ] = None,
    reading: Annotated[
        list[str] | None, typer.Option("--reading", metavar="ASSAY", help="Plan on this assay alone. Repeatable.")
    ] = None,
    fewest: Annotated[int, typer.Option("--fewest", metavar="N", help="Animals of a group from which to answer.")] = 4,
    most: Annotated[int, typer.Option("--most", metavar="N", help="Animals of a group up to which to answer.")] = 30,
    pool: Annotated[int, typer.Option("--pool", metavar="N", help="Simulated animals of each arm and pathway.")] = 24,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/STUDY-design.")] = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    retry_failed: RetryOption = False,
    posterior: PosteriorOption = None,
    posterior_file: PosteriorFileOption = None,
) -> None:
    """Plan the next experiment: how many animals, on which day, in how many sections, which pathways it tells apart."""
    from neurogen_abm.experiments.design.advice import basis, sentences, table_lines
    from neurogen_abm.experiments.design.design import ANIMALS, designed, plan_design
    from neurogen_abm.experiments.execution.runner import Execution
    from neurogen_abm.report.pages.design import write_design

    plan = plan_design(
        study,
        pathway=pathway,
        readings=reading or (),
        fewest=fewest,
        most=most,
        pool=pool,
        posterior=posterior_of(posterior, posterior_file),
    )
    folder = out or Path("runs") / f"{plan.study.name[:90]}-design"
    with progress_of_animals(folder / ANIMALS) as show:
        found = designed(plan, Execution(folder / ANIMALS, workers, scheduler, show, retry_failed))
    for line in (*sentences(found), "", *table_lines(found), "", "What the numbers rest on:", *basis(found), ""):
        typer.echo(line)
    with runs_kept(folder / ANIMALS):
        for label, path in write_design(folder, found).items():
            typer.echo(f"{label:16}{path}")
    require_complete(found.pool.outcome)
