"""A branch lived again: the life of the run that it came from, up to the day on which it began to differ."""

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neurogen_abm.checkpoints import Origin, target_of
from neurogen_abm.errors import InputError, IntegrityError, told, typed
from neurogen_abm.numerals import plain
from neurogen_abm.run import Progress, Result, at_hand, live, lived

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.resolve import ResolvedScenario

_MINUTES_PER_DAY: Final = 1440.0


def live_branch(
    stored: Result, origins: Sequence[Result], where: Path, progress: Callable[[Progress], None] | None
) -> Result:
    """Live a branch again from the scenarios of the runs that it came from; return its tables.

    Parameters
    ----------
    stored
        A branch; its provenance says on which day of which scenario it began, and the same of the branch before it.
    origins
        The runs that it came from, in any order; of them only scenario, recordings and seed are read.
    where
        Where the branch lies, for messages.
    progress
        As of :func:`neurogen_abm.run`.

    Raises
    ------
    InputError
        A run that it came from is not among those given, or one that is given has no part in it.
    IntegrityError
        It says that it began on a day that the run it came from has not.
    EnvironmentFault
        It would not fit into memory.
    """
    from neurogen_abm.model import NeurogenesisModel  # compiles, which a refusal need not wait for

    story = stored.provenance["branched"]
    lives = [*_before(story, origins, where), stored.resolved]
    digests, recordings = at_hand(stored.resolved)
    for resolved in lives[:-1]:
        at_hand(resolved)
    tell, clock = progress or (lambda _: None), time.perf_counter()
    tell(Progress("preparing", 0, 0, 0.0, 0))
    model = NeurogenesisModel(lives[0])
    for came, following in zip(story, lives[1:], strict=True):
        live(model, round(came["day"] * _MINUTES_PER_DAY / 60.0 / model.spec.scenario.step_h), tell)
        model.live_on(following)
    origin = Origin(digests, recordings, datetime.datetime.now(datetime.UTC), story={"branched": story})
    return lived(model, None, origin, clock, progress)


def _before(story: Sequence[Mapping[str, Any]], origins: Sequence[Result], where: Path) -> "list[ResolvedScenario]":
    """Return the scenarios of the life before a branch, the first one first."""
    known = {run.resolved.digest: run.resolved for run in origins}
    found = []
    for came in story:
        resolved = known.get(came["scenario_digest"])  # one run for both, where a wheel is given, taken, given again
        if resolved is None:
            name = target_of(Path(came["run"])).name
            what = f"This run is a branch: until day {plain(came['day'])} it is the life of {name}, which its "
            what += "scenario does not tell."
            if origins:
                what += f" No run that was given has its scenario ({came['scenario_digest'][:12]})."
            one = told(f'`of=["{name}"]`', f"`--of {typed(name)}`")
            cure = f"Give that run, or its capsule, too: {one}, with the place where it lies."
            raise InputError(what, where=str(where), cure=cure, code="branch")
        if not 0 < round(came["day"] * _MINUTES_PER_DAY) <= round(resolved.scenario.duration_h * 60.0):
            what = f"This branch says that it began on day {plain(came['day'])}; that run has no such day."
            raise IntegrityError(
                what, where=str(where), cure="Take the branch from where it was made.", code="other-run"
            )
        found.append(resolved)
    if strange := known.keys() - {came["scenario_digest"] for came in story}:
        name = known[min(strange)].scenario.name
        what = f"The branch did not come from the run of {name} that was given."
        raise InputError(what, where=str(where), cure=f"Leave out {told('`of`', '--of')} of it.", code="branch")
    return found


def refuse_origins(where: Path) -> None:
    """Refuse runs of origin for what is no branch."""
    cure = f"Leave out {told('`of`', '--of')}."
    raise InputError("This run is no branch, and came from no other run.", where=str(where), cure=cure, code="branch")
