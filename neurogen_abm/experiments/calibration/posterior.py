"""A posterior: points are simulated, an emulator stands between them, and a sample is drawn that the findings allow.

First points over the whole ranges (a Sobol sequence, so that more points go on where fewer ended), then points where a
first sample lies. A few draws of the second sample are simulated too: where they lie farther from the emulator than it
says, it is taken to be less sure, and the sample is drawn anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import qmc

from neurogen_abm.errors import ModelFault
from neurogen_abm.experiments.calibration.free_parameters import start_of
from neurogen_abm.experiments.calibration.markov_chain import Chain, walk
from neurogen_abm.experiments.calibration.objective import Objective
from neurogen_abm.experiments.calibration.questions import questions, told
from neurogen_abm.experiments.calibration.targets import Joint, Question, Said, Target, target
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.spec.calibration import PosteriorSearch

Ask = Callable[[Array], tuple[list[Said], Array]]


@dataclass(frozen=True)
class Sampled:
    """A posterior, and all that led to it.

    Attributes
    ----------
    positions
        Draws, (draws x parameters), 0 to 1, in no order.
    chain
        How well the walkers mixed.
    points, said, log_scores
        What was simulated before the check, the catalogue's numbers first: positions, what they say of each finding,
        and the logarithm of its likelihood, (points x findings).
    checks, checked
        Draws of the sample before the last, and what their animals say.
    targets
        One for each finding, with the surfaces after the check; None where too few points say anything.
    """

    positions: Array
    chain: Chain
    points: Array
    said: Sequence[Said]
    log_scores: Array
    checks: Array
    checked: Sequence[Said]
    targets: Sequence[Target | None]

    @cached_property
    def known(self) -> list[Target]:
        """The findings of which the model says something."""
        return [part for part in self.targets if part is not None]

    @property
    def fitted(self) -> list[Target]:
        """Those the parameters are fitted to and can reach."""
        return fitted_to(self.targets)


def fitted_to(targets: Sequence[Target | None]) -> list[Target]:
    """Return the findings that decide a sample: fitted to, and reached by a free parameter."""
    return [part for part in targets if part is not None and part.question.fitted and part.reached]


def sobol(parameters: int, n: int, seed: int) -> Array:
    """Return points that fill the ranges evenly; the first of more points are the same."""
    power = max(int(n - 1).bit_length(), 0)
    return np.asarray(qmc.Sobol(parameters, scramble=True, rng=seed).random_base2(power)[:n])


def sample_posterior(found: Objective) -> Sampled:
    """Simulate, emulate and sample; runs are kept, so that what was stopped goes on.

    Raises
    ------
    ModelFault
        No point says anything of a finding that is fitted to.
    """
    return sampled(questions(found), start_of(found.free), lambda at: told(found, at), found.calibration.posterior)


def sampled(asked: Sequence[Question], start: Array, ask: Ask, settings: PosteriorSearch) -> Sampled:
    """Sample the posterior of any model: ``ask`` says of positions what the model says of each question."""
    points = np.vstack([start, sobol(len(start), settings.points, settings.seed)])
    said, scores = ask(points)
    if settings.refined:
        first = draw(_targets(asked, points, said), len(start), settings, settings.refined, 0)
        more, more_scores = ask(first.positions)
        said = [one.together(other) for one, other in zip(said, more, strict=True)]
        points, scores = np.vstack([points, first.positions]), np.vstack([scores, more_scores])
    targets = _targets(asked, points, said)
    checks = draw(targets, len(start), settings, settings.checks, 1).positions
    checked, _ = ask(checks)
    wary = [None if part is None else part.checked(checks, seen) for part, seen in zip(targets, checked, strict=True)]
    chain = draw(wary, len(start), settings, settings.draws, 2)
    return Sampled(chain.positions, chain, points, said, scores, checks, checked, wary)


def _targets(asked: Sequence[Question], points: Array, said: Sequence[Said]) -> list[Target | None]:
    return [target(question, points, part) for question, part in zip(asked, said, strict=True)]


def draw(
    targets: Sequence[Target | None], parameters: int, settings: PosteriorSearch, draws: int, round_: int
) -> Chain:
    """Draw from what the findings allow together; ``round_`` keeps the chance of one sample from that of another."""
    decisive = fitted_to(targets)
    if not decisive:
        what = "The free parameters reach no finding of role calibration of which the model says anything."
        cure = "Run `neurogen study` on the studies: its score card says what fails. Or free other parameters."
        raise ModelFault(what, cure=cure, code="nothing-read")
    seed = int(np.random.SeedSequence([settings.seed, round_]).generate_state(1)[0])
    return walk(Joint(decisive), parameters, draws, settings.steps, seed)
