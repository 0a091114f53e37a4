"""Animals under the draws of a posterior: the same animals under every draw, some of them living twice.

An animal is addressed by its number, and its second life by a seed of its own, whatever the draw: animals of one number
are twins across arms and draws (common random numbers), and more draws, or more animals, change none of the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from neurogen_abm.arguments import PLACE, WHOLE, Kind, check
from neurogen_abm.errors import InputError, ModelFault, argument, told
from neurogen_abm.experiments.effects import readings
from neurogen_abm.experiments.execution.job import Job, Keep
from neurogen_abm.experiments.execution.runner import Outcome
from neurogen_abm.experiments.read_outs import READ_OUTS
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.variance import LIVED_TWICE
from neurogen_abm.run import check_start
from neurogen_abm.spec.posterior import FEWEST, Posterior, read, shipped
from neurogen_abm.spec.scenario.scenario import ResolvedScenario, prepare
from neurogen_abm.spec.sweep import MOST_ANIMALS

Asked = int | Posterior | Path | str | None
POSTERIOR = Kind(
    "a number of draws, a Posterior or the file of one, or None",
    lambda value: value is None or WHOLE.fits(value) or isinstance(value, Posterior) or PLACE.fits(value),
)


@dataclass(frozen=True)
class Draws:
    """Of which posterior animals are drawn: ``n`` draws of the shipped one of their rules, or all of ``own``."""

    n: int
    own: Posterior | None = None

    def of(self, resolved: ResolvedScenario) -> Posterior:
        """Return the draws for a scenario; a PosteriorError says why there are none, or not as many."""
        found = self.own
        if found is None:
            own = resolved.scenario
            found = shipped(own.species, own.pathway, own.mechanisms).first(self.n)
        found.require_fit(resolved)
        return found


def asked(posterior: Asked) -> Draws | None:
    """Return what was asked for; None where nothing was. An InputError says that it cannot be used."""
    check(posterior=(posterior, POSTERIOR))
    if posterior is None:
        return None
    if isinstance(posterior, str | Path):
        posterior = read(posterior)
    if isinstance(posterior, Posterior):
        return Draws(len(posterior), posterior)
    if posterior < FEWEST:
        what = f"Between {posterior} draws no difference can be seen."
        cure = f"Take {FEWEST} or more; 20 are usual."
        raise InputError(what, where=argument("posterior"), code="out-of-range", cure=cure, seen=posterior)
    return Draws(int(posterior))


class Life(NamedTuple):
    """One life of one animal of an arm under one draw; numbers count from 0."""

    arm: str
    draw: int
    animal: int
    life: int
    job: Job


def lives(
    arms: Mapping[str, ResolvedScenario],
    draws: Draws,
    animals: int,
    animal: Callable[[ResolvedScenario, int], ResolvedScenario],
    keep: Callable[[ResolvedScenario], Keep],
    *,
    twice: bool = True,
) -> list[Life]:
    """Return every life of every animal; each draw is checked, and nothing is simulated.

    Parameters
    ----------
    arms
        Scenarios by name, as they are without draws.
    draws
        Of which posterior.
    animals
        How many live under each draw.
    animal
        From the scenario of a draw and a number to that of the animal.
    keep
        What is kept of an arm.
    twice
        Whether animals live a second time under every second draw.
    """
    found = []
    for name, arm in arms.items():
        posterior, kept = draws.of(arm), keep(arm)
        for draw in range(draws.n):
            drawn = posterior.drawn(arm, draw)
            check_start(drawn)
            for number in range(animals):
                one = animal(drawn, number)
                for life in range(2 if twice and draw % LIVED_TWICE == 0 else 1):
                    lived = again(one) if life else one
                    point = {"arm": name, "draw": draw, "animal": number + 1, "life": life + 1}
                    found.append(Life(name, draw, number, life, Job.of(lived, kept, point)))
    return found


def again(animal: ResolvedScenario) -> ResolvedScenario:
    """Return a second life of an animal: the same traits, and a seed that no animal of a first life has."""
    return prepare(animal, animal.scenario.seed + MOST_ANIMALS)


class Lived(NamedTuple):
    """What animals showed under the draws that none of them failed under."""

    readings: pd.DataFrame  # arm, draw, animal, life, day, read_out, value
    draws: tuple[int, ...]
    failed: tuple[int, ...]  # draws that are left out


_KEYS = ("arm", "draw", "animal", "life")


def lived(outcome: Outcome, all_lives: Sequence[Life]) -> Lived:
    """Return what the runs of some lives show; a ModelFault says that there are not two draws without a failure."""
    link = pd.DataFrame([(*life[:-1], life.job.key) for life in all_lives], columns=[*_KEYS, "job"])
    done = outcome.runs.loc[outcome.runs["state"] == "done", "job"]
    whole = link["job"].isin(set(done)).groupby(link["draw"]).all()
    kept, lost = tuple(map(int, whole.index[whole])), tuple(map(int, whole.index[~whole]))
    second = set(link.loc[link["life"] == 1, "draw"])
    if len(kept) < FEWEST or (second and not second & set(kept)):
        first = outcome.failed.iloc[0]
        what = f"Animals failed under {len(lost)} of {len(whole)} draws, the first with: {first['what']}"
        raise ModelFault(what, where=str(outcome.folder), code="no-draws", cure=str(first["cure"]))
    mine = link[link["draw"].isin(kept)]
    series, assays = (mine.merge(outcome.table(name), on="job", how="inner") for name in ("series", "assays"))
    return Lived(readings(series, assays, READ_OUTS, _KEYS), kept, lost)


def of_arm(found: pd.DataFrame, arm: str) -> tuple[pd.MultiIndex, Array, Array]:
    """Return read-outs with days, and values of first and second lives, shape (draws, animals, read-outs).

    Where an animal lived once, its second life is NaN.
    """
    rows = found[found["arm"] == arm]
    table = rows.pivot_table(
        index=["life", "draw", "animal"], columns=["read_out", "day"], values="value", observed=True, sort=True
    )
    first = table.loc[0]
    shape = (first.index.get_level_values("draw").nunique(), first.index.get_level_values("animal").nunique())
    second = table.reindex(pd.concat({1: first}).index)
    ours, others = (part.to_numpy(float).reshape(*shape, -1) for part in (first, second))
    return pd.MultiIndex.from_frame(table.columns.to_frame(index=False)), ours, others


def left_out(lost: Sequence[int]) -> list[str]:
    """Return how many draws are left out because animals failed under them, in words."""
    if not lost:
        return []
    again_ = told("retry_failed=True runs them again.", "--retry-failed runs them again.")
    what = "1 draw is" if len(lost) == 1 else f"{len(lost)} draws are"
    return [f"{what} left out, because animals failed there; {again_}"]
