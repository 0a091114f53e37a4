"""How much animals differ in a reading: the model's animals, what raw data show beyond them, and what sections add.

Nothing is counted twice. Spreads of raw data hold what makes animals differ and what counting adds. From their
variance, that of the simulated animals of the reference group and of its sections is taken away; what is left is what
the model's animals lack, and is added to every group alike. So the reference group spreads as raw data do (or as the
model says, where that is more), and a treated group by as much more as treatment makes the model's animals differ.

Were each cell seen by itself, sections that see a share ``f`` of ``N`` cells would add ``log1p((1 - f) / (f N))`` to
the variance of the logarithm. Cells lie in groups, and the last section may be in or out, so that they add some times
as much: that excess is what the sections of the simulated animals show. A patch of tissue is a sample of the gyrus too,
of cells in the same groups, so that as much is taken away where a patch was simulated; of a study without sections, as
much as single cells would add.
"""

import math
from typing import NamedTuple

import numpy as np

from neurogen_abm.experiments.design.pool import Pool, Seen, seen_share
from neurogen_abm.experiments.design.power import variance_of
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.histology import Sampling
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.counted import groups_of
from neurogen_abm.spec.study.study import Study

COUNTING = "histology.counting"
_LEAST_CUT = 20  # animals and times, below which their sections say nothing of an excess


class Spread(NamedTuple):
    """A coefficient of variation between animals, counting included, and what it rests on."""

    cv: float
    basis: str  # in words
    grade: str  # of the catalogue; ``own`` for counts of one's own


class Group(NamedTuple):
    """A reading of one arm: its mean, and the parts of the variance of its logarithm between animals."""

    mean: float  # of a whole gyrus, of what was simulated where it is no count
    model: float  # between simulated animals, of a whole gyrus
    missing: float  # that raw data show and the model's animals lack
    counting: float  # that sections add

    @property
    def between(self) -> float:
        """Variance between animals, however many sections are counted."""
        return self.model + self.missing

    @property
    def total(self) -> float:
        """Variance of what is counted."""
        return self.between + self.counting


def spread_in_data(study: Study, arm: Arm, reading: str, kind: str) -> Spread:
    """Return how much animals differ in raw data: in the study's own counts, as it says, or as the catalogue has it."""
    if study.counts is not None:
        own = [group for group in groups_of(study.counts, study.counted) if group.assay == reading]
        if own:
            freedom = sum(group.n - 1 for group in own)
            cv = math.sqrt(sum((group.n - 1) * group.spread**2 for group in own) / freedom)
            animals = sum(group.n for group in own)
            return Spread(cv, f"{animals} animals of {study.counts.file}, within their {len(own)} groups", "own")
    if study.measured is not None and study.measured.spread is not None:
        return Spread(study.measured.spread, "`measured` of the study", "own")
    path = f"{COUNTING}.spread_{kind}"
    known = arm.resolved.parameters[path]
    cited = arm.resolved.references.get(known.source or "", {}).get("citation", "no source")
    basis = f"{path} of the catalogue, {known.status}; {cited}: {known.place}"
    return Spread(float(arm.resolved.value(path, "1")), basis, known.grade)


def variance_in_model(values: Array, seen: Seen) -> float:
    """Return the variance of the logarithm between simulated animals, as it would be in whole gyri.

    What a patch adds is what its cells would add one by one, times the excess that sections show: cells lie in clones,
    that a patch has whole or not at all, as a section has.
    """
    mean = float(values.mean())
    if not mean > 0.0:
        return math.nan
    share = float(values.var(ddof=1)) / mean**2
    if seen.is_count:
        share -= seen.excess * (1.0 - seen.area) / mean
    return math.log1p(max(share, 0.0))


def variance_of_counting(cells: float, seen: Seen, sampling: Sampling | None = None) -> float:
    """Return the variance of the logarithm that sections add to a number of cells of a gyrus.

    ``sampling`` in place of that of the reading.
    """
    share = seen.seen if sampling is None else seen_share(sampling)
    if not seen.is_count or share >= 1.0:
        return 0.0
    return math.log1p(seen.excess * (1.0 - share) / (share * cells * seen.hemispheres))


def excess_of(pool: Pool, pathway: str, reading: str, seen: Seen) -> float:
    """Return how many times what cells seen one by one would add the sections of the simulated animals add; 1 at least.

    Over all arms and times of a reading: one animal has too few sections to say it.
    """
    rows, share = pool.sections(pathway, reading), seen.seen
    if not seen.is_count or share >= 1.0 or len(rows) < _LEAST_CUT:
        return 1.0
    by_itself = (1.0 - share) / (share * rows["value"] * seen.hemispheres)
    told = (rows["reported"] / rows["value"]).groupby([rows["arm"], rows["time_h"]])
    found = (told.var(ddof=1) / told.mean() ** 2).mean()
    return max(1.0, float(found / by_itself.mean()))


def groups(top: Array, bottom: Array, seen: tuple[Seen, Seen], spread: Spread) -> tuple[Group, Group]:
    """Return the treated and the reference group from the values of their simulated animals."""
    means = [float(np.mean(values)) for values in (top, bottom)]
    gyri = [mean / how.area if how.is_count else mean for mean, how in zip(means, seen, strict=True)]
    model = [variance_in_model(values, how) for values, how in zip((top, bottom), seen, strict=True)]
    counting = [variance_of_counting(cells, how) for cells, how in zip(gyri, seen, strict=True)]
    missing = max(0.0, float(variance_of(spread.cv)) - model[1] - counting[1])
    treated, reference = (Group(gyri[i], model[i], missing, counting[i]) for i in (0, 1))
    return treated, reference


def described(spread: Spread) -> str:
    """Return a spread in words, with its grade."""
    grade = "your own" if spread.grade == "own" else f"grade {spread.grade}"
    return f"{plain(100 * spread.cv, 3)} % between animals ({spread.basis}; {grade})"
