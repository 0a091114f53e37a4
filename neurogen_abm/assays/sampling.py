"""Sections as a laboratory takes them: every n-th, with counting frames and an observer who overlooks some cells.

The fractionator of Gundersen (1986, J Microsc 143:3) multiplies what is counted by the inverse of the sampled shares.
Its coefficient of error is that of Gundersen, Jensen, Kieu and Nielsen (1999, J Microsc 193:199), smoothness class 1.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.lab_random import OBSERVER, SECTION, variates
from neurogen_abm.spec.scenario.histology import Sampling

_SMOOTHNESS = 240.0  # alpha = 1/240 for smooth areas of sections, m = 1


class Estimate(NamedTuple):
    """What sections say: the estimate, its coefficient of error (NaN without a cell), cells counted, sections taken."""

    estimate: float
    coefficient_of_error: float
    counted: int
    sections: int


def sampled(
    cells: NDArray[np.int64],
    place: NDArray[np.float64],
    sampling: Sampling,
    n_sections: int,
    *,
    seed: int,
    time_h: float,
) -> Estimate:
    """Estimate how many cells there are.

    An animal is cut once at a time, and each cell is looked at once: whatever is counted, with however many stains, is
    counted in the same sections, and a cell that was overlooked is overlooked with all its colours. So the cells
    counted as ``A+ B+`` and as ``A+ B-`` are together those counted as ``A+``.

    Parameters
    ----------
    cells
        Their ids.
    place
        Where they lie along the septotemporal axis, as a share of its length, 0 to 1.
    sampling
        How it is done. A second hemisphere is the same gyrus, cut and counted anew: its cells are added.
    n_sections
        Into how many sections the tissue is cut.
    seed, time_h
        Address of the variates: of the first section by hemisphere, of the look at a cell by cell and hemisphere.
    """
    seen = sampling.frame_area * sampling.frame_height * (1.0 - sampling.observer_miss)
    counted, variance, taken = 0, 0.0, 0
    for hemisphere in range(sampling.hemispheres):
        side = f"hemisphere {hemisphere}"
        start = int(variates(seed, np.zeros(1, np.int64), time_h, SECTION, side)[0] * sampling.every)
        section = np.minimum((place * n_sections).astype(np.int64), n_sections - 1)
        kept = (section % sampling.every == start) & (variates(seed, cells, time_h, OBSERVER, side) < seen)
        n_counted = len(range(start, n_sections, sampling.every))
        per_section = np.bincount(section[kept] // sampling.every, minlength=n_counted)
        counted, taken = counted + int(per_section.sum()), taken + len(per_section)
        variance += gundersen_jensen_variance(per_section)
    fraction = sampling.frame_area * sampling.frame_height / sampling.every
    error = math.sqrt(variance) / counted if counted else math.nan
    return Estimate(counted / fraction, error, counted, taken)


def gundersen_jensen_variance(counts: NDArray[np.int64]) -> float:
    """Return the variance of the sum of counts in a systematic series of sections: noise, and that of the sampling.

    With ``A``, ``B``, ``C`` the sums of products of counts 0, 1 and 2 sections apart, and ``N`` the sum of all:
    ``N + max(0, (3 (A - N) - 4 B + C) / 240)``.
    """
    q = counts.astype(np.float64)
    noise = float(q.sum())
    a, b, c = float(q @ q), float(q[:-1] @ q[1:]), float(q[:-2] @ q[2:])
    return noise + max(0.0, (3.0 * (a - noise) - 4.0 * b + c) / _SMOOTHNESS)
