"""One animal under the draws of a posterior: bands around a run, of what is not known and of what chance does."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurogen_abm.arguments import PLACE, WHOLE, check
from neurogen_abm.errors import InputError, argument
from neurogen_abm.experiments import draws
from neurogen_abm.experiments.execution.runner import (
    Execution,
    Purpose,
    RunsProgress,
    Workers,
    perform,
    require_plannable,
)
from neurogen_abm.experiments.read_outs import daily
from neurogen_abm.experiments.uncertainty import Uncertainty, found_in
from neurogen_abm.run import prepare

if TYPE_CHECKING:
    from neurogen_abm.run import Source
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario


def bands(
    scenario: "Source",
    posterior: draws.Asked,
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    *,
    lives: int = 4,
    out: Path | str | None = None,
    workers: int | Workers | None = None,
    scheduler: str | None = None,
    progress: Callable[[RunsProgress], None] | None = None,
    retry_failed: bool = False,
) -> Uncertainty:
    """Let the animal of a scenario live several times under each draw of a posterior.

    Its lives differ by chance alone, so that the variance of a read-out has two parts: what is not known, and chance.

    Parameters
    ----------
    scenario, seed, overrides
        As `run` takes them. Seeds of the lives count on from that of the scenario, the same under every draw.
    posterior
        So many draws of the shipped posterior of the pathway; or a `Posterior`, or the file of one, all of it.
    lives
        Lives under each draw, 2 or more.
    out
        The directory of the runs; what it holds is not run again. A temporary one by default.
    workers, scheduler, progress, retry_failed
        As in `Execution`.

    Raises
    ------
    InputError
        The scenario cannot be used, or no posterior belongs to it.
    ModelFault
        Animals failed under nearly all draws.
    EnvironmentFault, IntegrityError
        As in `perform`.

    Examples
    --------
    >>> import neurogen_abm
    >>> found = neurogen_abm.bands("mouse_wheel_running", 20, workers=2)  # doctest: +SKIP
    >>> found.of("new_neurons")[["day", "mean", "parameters_10", "parameters_90", "all_10", "all_90"]]  # doctest: +SKIP
    """
    check(lives=(lives, WHOLE), out=(out, PLACE.or_none))
    execution = Execution(out, workers, scheduler, progress, retry_failed)
    resolved = prepare(scenario, seed, overrides)
    return lived_often(resolved, draws.asked(posterior), lives, execution)


def planned(resolved: "ResolvedScenario", asked: draws.Draws | None, lives: int) -> list[draws.Life]:
    """Return the lives of the animal of a scenario, checked; nothing is simulated. Errors as in `bands`."""
    if asked is None:
        what = "No posterior was asked for."
        cure = "Give a number of draws, like 20."
        raise InputError(what, where=argument("posterior"), code="missing-key", cure=cure)
    if lives < 2:
        what = f"With {lives} lives under each draw chance cannot be told from what is not known."
        raise InputError(what, where=argument("lives"), code="out-of-range", cure="Take 2 or more; 4 are usual.")
    require_plannable(asked.n * lives, argument("posterior"))
    first = resolved.scenario.seed

    def life(drawn: "ResolvedScenario", number: int) -> "ResolvedScenario":
        return prepare(drawn, first + number)

    return draws.lives({resolved.scenario.name: resolved}, asked, lives, life, daily, twice=False)


def lived_often(
    resolved: "ResolvedScenario", asked: draws.Draws | None, lives: int, execution: Execution
) -> Uncertainty:
    """Run the lives of the animal of a scenario and return what they show, as in `bands`."""
    plan = planned(resolved, asked, lives)
    name = resolved.scenario.name
    outcome = perform([life.job for life in plan], execution, title=f"bands {name}", purpose=Purpose.ALONE)
    assert asked is not None
    return found_in(draws.lived(outcome, plan), {name: resolved}, {name: asked.of(resolved)}, traits=False)
