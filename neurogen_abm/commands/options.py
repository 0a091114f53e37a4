"""Arguments and options that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from neurogen_abm.spec.posterior import Posterior

ScenarioArgument = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a shipped scenario.")
]
SeedOption = Annotated[int | None, typer.Option("--seed", metavar="N", help="Replace the seed of the scenario.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Change an entry or a parameter: --set duration='7 d'. Repeatable."
    ),
]
PairsOption = Annotated[
    int | None, typer.Option("--pairs", metavar="N", help="Animals per arm, in place of the number in the file.")
]
TissueOption = Annotated[
    str | None, typer.Option("--tissue", metavar="SIZE", help="whole, or a patch: '1000 um x 850 um'.")
]
MechanismOption = Annotated[
    list[str] | None,
    typer.Option(
        "--mechanism",
        metavar="NAME",
        help="Switch a mechanism on, besides those that are on in an arm: a rule of biology, see docs/mechanisms.md. "
        "An arm of a study that names its own keeps these. Repeatable.",
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what already exists.")]
ReportOption = Annotated[bool, typer.Option("--report/--no-report", help="Write the HTML report.")]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/NAME.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", metavar="N", help="Worker processes; 0: none but this. Default: all cores.")
]
SchedulerOption = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="A running Dask scheduler, tcp://host:port.")
]
RetryOption = Annotated[bool, typer.Option("--retry-failed", help="Run the animals that failed again.")]

CheckpointEveryOption = Annotated[
    str | None,
    typer.Option(
        "--checkpoint-every",
        metavar="TIME",
        help="Keep the animal on its way, each time so much of its life has passed: '30 d'. `neurogen resume` goes on.",
    ),
]
CheckpointWallTimeOption = Annotated[
    str,
    typer.Option("--checkpoint-wall-time", metavar="TIME", help="The same by the clock on the wall; 'never': not."),
]
KeepCheckpointOption = Annotated[
    bool,
    typer.Option("--keep-checkpoint", help="Keep the animal at the end of its run; `neurogen resume` lets it live on."),
]

PosteriorOption = Annotated[
    int | None,
    typer.Option(
        "--posterior",
        metavar="N",
        min=1,
        help="Say as well what is not known: N draws of the posterior of the pathway; 20 are usual.",
    ),
]
PosteriorFileOption = Annotated[
    Path | None,
    typer.Option("--posterior-file", metavar="FILE", help="A posterior of your own, in place of the shipped one."),
]


def posterior(n: int | None, file: Path | None) -> "int | Posterior | None":
    """Return what ``--posterior`` and ``--posterior-file`` asked for: all draws of a file where no number is given."""
    if file is None:
        return n
    from neurogen_abm.spec.posterior import read

    found = read(file)
    return found if n is None else found.first(n)


def wall_time(text: str) -> str | None:
    """Return what ``--checkpoint-wall-time`` asked for."""
    return None if text.strip().lower() == "never" else text


def overrides(entries: list[str] | None) -> dict[str, object]:
    """Return the changes that ``--set`` asked for: dotted path -> value; one entry set to two values is refused."""
    from neurogen_abm.spec.scenario.load import said_once, setting

    return said_once(map(setting, entries or []))
