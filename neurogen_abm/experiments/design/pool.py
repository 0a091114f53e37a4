"""The simulated animals that a design rests on: every arm of a study, under every pathway asked for.

Animals of one number are twins across arms and pathways. Twins show an effect with few animals, which is what they are
for; a real laboratory has none, so that whatever is said about its experiment takes the arms for different animals.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from neurogen_abm.assays.measures import MEASURES
from neurogen_abm.assays.table import reported
from neurogen_abm.errors import ModelFault, told
from neurogen_abm.experiments.draws import Draws
from neurogen_abm.experiments.execution.runner import Execution, Job, Keep, Outcome, perform
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.experiments.studies.evidence import assay_class
from neurogen_abm.experiments.studies.observations import area_fraction
from neurogen_abm.experiments.studies.variation import animal
from neurogen_abm.run import check_start
from neurogen_abm.spec.scenario.histology import Assay, Sampling
from neurogen_abm.spec.study.arms import Arm
from neurogen_abm.spec.study.study import Study, told_at
from neurogen_abm.spec.study.terms import Quantity

_KEYS = ["pathway", "arm", "draw", "reading", "time_h"]
_COLUMNS = [*_KEYS, "animal", "value", "reported"]
POINT = -1
"""Draw of animals that live with the numbers of the catalogue; those of a posterior count from 0."""
UNDER_A_DRAW = 3
"""Animals of an arm that live under every draw of a posterior."""
_DIGITS = 6  # of hours, in which times are compared


class Seen(NamedTuple):
    """How a laboratory sees a reading of an arm."""

    kind: str  # as the catalogue sorts the spread of counts: ki67, dcx, label, dying, other
    is_count: bool  # of cells, of which there are as many more as the gyrus is larger than the tissue simulated
    area: float  # share of the whole gyrus that is simulated
    sampling: Sampling | None
    excess: float = 1.0  # how many times what cells seen one by one would add sections add to the variance

    @property
    def seen(self) -> float:
        """Share of the cells of a gyrus that is counted."""
        return seen_share(self.sampling)

    @property
    def hemispheres(self) -> int:
        """Gyri that are cut and counted for one number."""
        return 1 if self.sampling is None else self.sampling.hemispheres


def seen_share(sampling: Sampling | None) -> float:
    """Return which share of the cells of a gyrus is counted in its sections."""
    if sampling is None:
        return 1.0
    return sampling.frame_area * sampling.frame_height * (1.0 - sampling.observer_miss) / sampling.every


def seen_how(arm: Arm, name: str) -> Seen:
    """Return how a reading of an arm is seen."""
    assay = _assay(arm, name)
    is_count = assay.count is not None or MEASURES[str(assay.measure)].unit == "clones"
    asked = Quantity("", (name,), (), "at", (), ())
    sampling = arm.scenario.sampling if assay.count is not None else None
    return Seen(assay_class(arm, asked), is_count, area_fraction(arm), sampling)


def _assay(arm: Arm, name: str) -> Assay:
    return next(assay for assay in arm.scenario.assays if assay.name == name)


@dataclass(frozen=True)
class Pool:
    """What was read in the simulated animals.

    Attributes
    ----------
    readings
        One row per pathway, arm, draw of a posterior (`POINT`: none), reading, time and animal: ``value`` in the
        simulated tissue, and ``reported``, what its sections say where the study takes them.
    outcome
        The runs, with those that failed.
    """

    readings: pd.DataFrame
    outcome: Outcome

    def values(self, pathway: str, arm: str, reading: str, time_h: float, draw: int = POINT) -> Array:
        """Return what was read, one number an animal, in the order of animals; NaN where one failed."""
        wide, key = self._columns, (pathway, arm, draw, reading, round(time_h, _DIGITS))
        if key not in wide.index:  # all of them failed
            return np.full(wide.shape[1], np.nan)
        return wide.to_numpy(np.float64)[wide.index.get_loc(key)]

    def sections(self, pathway: str, reading: str) -> pd.DataFrame:
        """Return what was read and what its sections said, one row an animal and time, where there was something."""
        rows = self.readings
        mine = (rows["pathway"] == pathway) & (rows["reading"] == reading) & (rows["draw"] == POINT)
        return rows[mine & (rows["value"] > 0.0)]

    def under_draws(self, pathway: str, arm: str, reading: str, time_h: float) -> Iterator[Array]:
        """Yield what was read in the animals that live under each draw of a posterior, draw by draw; none without."""
        for draw in sorted(set(self.readings["draw"]) - {POINT}):
            yield self.values(pathway, arm, reading, time_h, draw)[:UNDER_A_DRAW]

    @cached_property
    def _columns(self) -> pd.DataFrame:
        """The readings with a column for each animal."""
        rows = self.readings.assign(time_h=self.readings["time_h"].round(_DIGITS))
        return rows.pivot(index=_KEYS, columns="animal", values="value")


def jobs_of(study: Study, arms: Mapping[str, Mapping[str, Arm]], animals: int, drawn: Draws | None = None) -> list[Job]:
    """Return the jobs of all animals: pathway -> arm -> how it is lived.

    ``drawn``: a few of the animals live under every draw of a posterior as well. A StudyError says that it does not
    belong to an arm.
    """
    jobs = []
    for pathway, own in arms.items():
        for name, arm in own.items():
            lived = [(POINT, number, arm) for number in range(animals)]
            with told_at(study, name):
                lived += [(draw, number, one) for draw, one in _under(drawn, arm) for number in range(UNDER_A_DRAW)]
            for draw, number, one in lived:
                point = {"pathway": pathway, "arm": name, "draw": draw, "animal": number + 1}
                jobs.append(Job.of(animal(study, one, number), Keep(("assays",)), point))
    return jobs


def _under(drawn: Draws | None, arm: Arm) -> Iterator[tuple[int, Arm]]:
    """Yield every draw with an arm as it is lived under it."""
    if drawn is None:
        return
    posterior = drawn.of(arm.resolved)
    for draw in range(drawn.n):
        resolved = posterior.drawn(arm.resolved, draw)
        check_start(resolved)
        yield draw, arm._replace(resolved=resolved)


def filled(jobs: Sequence[Job], execution: Execution, title: str) -> Pool:
    """Run the animals that are not there yet, and return what was read in them."""
    outcome = perform(jobs, execution, title=title)
    if not (outcome.runs["state"] == "done").any():
        first = outcome.failed.iloc[0]
        cure = f"{first['cure']} {told('retry_failed=True', '--retry-failed')} runs them again."
        raise ModelFault(f"Every animal failed, the first with: {first['what']}", where=str(outcome.folder), cure=cure)
    table = outcome.table("assays")
    table = table.assign(
        reading=table["name"].astype(str), value=table["count"].astype(float), reported=reported(table)
    )
    points = pd.DataFrame([{"job": job.key, **job.point} for job in jobs])
    return Pool(points.merge(table, "inner", "job")[_COLUMNS], outcome)


def moments(arms: Mapping[str, Arm]) -> Iterator[tuple[str, float]]:
    """Yield every reading that all arms have, with every time at which all have it."""
    first = next(iter(arms.values()))
    for name, times_h in first.assay_times_h.items():
        for time_h in sorted(times_h):
            others = (arm.assay_times_h.get(name, ()) for arm in arms.values())
            if all(any(abs(time_h - other) < 1e-6 for other in times) for times in others):
                yield name, time_h
