"""What findings say of a number of the catalogue: its interval in the shipped posterior of the same rules."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from neurogen_abm.numerals import plain
from neurogen_abm.spec.posterior import file_name, shipped, shipped_names


class Fitted(NamedTuple):
    """Median and 95 % interval of a number over the draws of a posterior, in the unit of the catalogue."""

    median: float
    low: float
    high: float
    draws: int
    fit: str

    def sentence(self, value: float, unit: str) -> str:
        """Return the interval in words, and whether a value lies outside; a unit of "1" is not written.

        >>> Fitted(8.6, 1.9, 19.5, 400, "posterior_circulating").sentence(20.0, "1")
        'median 8.6, 95 % 1.9 to 19.5, of 400 draws of the fit posterior_circulating; this value lies outside'
        """
        outside = "" if self.low <= value <= self.high else "; this value lies outside"
        interval = f"{plain(self.low, 3)} to {plain(self.high, 3)}" + (f" {unit}" if unit != "1" else "")
        return f"median {plain(self.median, 3)}, 95 % {interval}, of {self.draws} draws of the fit {self.fit}{outside}"


def fitted(species: str, pathway: str, mechanisms: Collection[str]) -> Mapping[str, Fitted]:
    """Return the numbers that a fit by these rules had left free, by path; none where no such posterior is shipped."""
    return _fitted(species, pathway, tuple(sorted(mechanisms)))


@lru_cache(maxsize=32)
def _fitted(species: str, pathway: str, mechanisms: tuple[str, ...]) -> Mapping[str, Fitted]:
    if file_name(pathway, mechanisms) not in shipped_names(species):
        return {}
    found = shipped(species, pathway, mechanisms)
    low, median, high = np.quantile(found.draws.to_numpy(), [0.025, 0.5, 0.975], axis=0)
    return {
        path: Fitted(float(median[i]), float(low[i]), float(high[i]), len(found), found.fit)
        for i, path in enumerate(found.free)
    }
