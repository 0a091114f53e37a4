"""Labels: who takes them up, how they thin out by division, and one family traced by hand."""

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.assays.labels import Dose, Labels, labelled_share, s_phase_overlap
from neurogen_abm.biology import lineage
from neurogen_abm.engine.population import Population
from neurogen_abm.lowering.histology import Uptake, lower_uptake
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.catalogue import load_catalogue

UPTAKE = Uptake(
    s_phase_h=7.5,
    s_end_h=4.75,
    available_h=0.25,
    saturating_mg_kg=150.0,
    dose_exponent=0.63,
    least_content=1 / 16,
    virus_window_h=12.0,
)
PULSE = Dose("BrdU", 150.0)


class Family:
    """A tissue written by hand, in the form labels read."""

    def __init__(self) -> None:
        self.population = Population(0)
        self.time_h, self.parameters = 0.0, SimpleNamespace(seed=1)

    def add(self, cell: int, state: int, clock_h: float, *, mother: int = 0, birth_h: float = -99.0) -> None:
        c = self.population
        i, c.n = c.n, c.n + 1
        for name, value in (("id", cell), ("mother", mother), ("birth_h", birth_h), ("state", state)):
            getattr(c.cells, name)[i] = value
        c.cells.clock_h[i] = clock_h

    def end(self, cell: int, end_h: float) -> None:
        c = self.population
        i = c.row_of(cell)
        for name in ("id", "mother", "birth_h", "state"):
            getattr(c.ended, name)[c.n_ended] = getattr(c.cells, name)[i]
            getattr(c.cells, name)[i : c.n - 1] = getattr(c.cells, name)[i + 1 : c.n].copy()
        c.ended.end_h[c.n_ended] = end_h
        c.n, c.n_ended = c.n - 1, c.n_ended + 1


def content(labels: Labels, *cells: int, agent: str = "BrdU") -> list[float]:
    return list(labels.content(agent, np.array(cells, np.int64)))


def test_one_family_traced_by_hand() -> None:
    """A progenitor in S phase divides at 9 h, a daughter again at 30 h; a stem cell renews herself at 8 h and 40 h."""
    family: Any = Family()
    family.add(10, lineage.TYPE_2A, 9.0)
    family.add(20, lineage.ACTIVE, 8.0)
    family.add(30, lineage.TYPE_3, 13.0)  # G1
    family.add(40, lineage.TYPE_3, 3.0)  # G2
    family.add(50, lineage.IMMATURE_EARLY, 9.0)  # out of the cycle
    labels = Labels(family, UPTAKE)
    assert labels.inject(PULSE) == 2
    assert content(labels, 10, 20, 30, 40, 50) == [1.0, 1.0, 0.0, 0.0, 0.0]

    family.time_h = 24.0
    family.end(10, 9.0)
    family.add(11, lineage.TYPE_2B, 6.0, mother=10, birth_h=9.0)
    family.add(12, lineage.IMMATURE_EARLY, 100.0, mother=10, birth_h=9.0)
    family.add(21, lineage.TYPE_2A, 20.0, mother=20, birth_h=8.0)
    assert content(labels, 11, 12, 20, 21) == [0.5, 0.5, 0.5, 0.5]

    family.time_h = 96.0
    family.end(11, 30.0)
    family.add(13, lineage.IMMATURE_EARLY, 100.0, mother=11, birth_h=30.0)
    family.add(14, lineage.IMMATURE_EARLY, 100.0, mother=11, birth_h=30.0)
    family.add(22, lineage.IMMATURE_EARLY, 100.0, mother=20, birth_h=40.0)
    # born and divided since the labels were last looked at
    family.end(21, 50.0)
    family.add(23, lineage.TYPE_2B, 6.0, mother=21, birth_h=50.0)
    family.end(23, 80.0)
    family.add(24, lineage.IMMATURE_EARLY, 100.0, mother=21, birth_h=50.0)
    family.add(25, lineage.IMMATURE_EARLY, 100.0, mother=23, birth_h=80.0)
    family.add(26, lineage.IMMATURE_EARLY, 100.0, mother=23, birth_h=80.0)
    assert content(labels, 12, 13, 14) == [0.5, 0.25, 0.25]
    assert content(labels, 20, 22, 24, 25, 26) == [0.25, 0.25, 0.25, 0.125, 0.125]
    assert labels.seen("BrdU", np.array([10, 13, 25, 30])).tolist() == [True, True, True, False]


def test_a_cell_born_as_a_pulse_is_given_is_not_given_it_twice() -> None:
    family: Any = Family()
    family.add(20, lineage.ACTIVE, 8.0)
    family.time_h = 24.0
    family.add(21, lineage.IMMATURE_EARLY, 99.0, mother=20, birth_h=24.0)  # at the very end of the step
    labels = Labels(family, UPTAKE)
    assert labels.inject(PULSE) == 1
    family.time_h = 48.0
    family.add(22, lineage.IMMATURE_EARLY, 99.0, mother=20, birth_h=24.0)  # at the very start of the next, after a wait
    assert content(labels, 20, 21, 22) == [0.5, 0.0, 0.5]


def test_a_cell_takes_up_in_proportion_to_its_part_of_the_pulse() -> None:
    """S phase begins 12.25 h before mitosis: of the pulse of 0.25 h a cell at 12.3 h is in it for 0.2 h."""
    family: Any = Family()
    family.add(10, lineage.TYPE_2A, 12.3)
    family.add(11, lineage.TYPE_2A, 12.0)
    family.add(12, lineage.TYPE_2A, 4.85)  # S phase ends 4.75 h before: 0.1 h of it are left
    labels = Labels(family, UPTAKE)
    labels.inject(PULSE)
    assert content(labels, 10, 11, 12) == pytest.approx([0.8, 1.0, 0.4])


def test_what_is_inherited_whole_is_there_once_and_a_clone_begins_once() -> None:
    family: Any = Family()
    family.add(10, lineage.TYPE_2A, 6.0)
    family.add(20, lineage.ACTIVE, 30.0)
    labels = Labels(family, UPTAKE)
    for time_h in (0.0, 2.0):
        family.time_h = time_h
        labels.inject(Dose("retrovirus", 1.0))
        labels.inject(Dose("tamoxifen", 1.0))
    assert content(labels, 10, agent="retrovirus") == content(labels, 20, agent="tamoxifen") == [1.0]
    assert labels.clones().begun.tolist() == [(20, 0.0)]


def test_both_pulses_add_up_and_each_label_keeps_to_itself() -> None:
    family: Any = Family()
    family.add(10, lineage.TYPE_2A, 11.0)
    labels = Labels(family, UPTAKE)
    labels.inject(PULSE)
    family.time_h, family.population.cells.clock_h[0] = 2.0, 9.0
    labels.inject(PULSE)
    labels.inject(Dose("EdU", 1000.0))
    family.time_h = 12.0
    family.end(10, 11.0)
    family.add(11, lineage.TYPE_2B, 9.0, mother=10, birth_h=11.0)
    labels.inject(Dose("CldU", 1000.0))
    assert content(labels, 11) == [1.0]
    assert content(labels, 11, agent="EdU") == [0.5]
    assert content(labels, 11, agent="CldU") == [1.0]
    assert content(labels, 11, agent="IdU") == [0.0]


@given(st.lists(st.floats(-5, 60), min_size=1, max_size=20), st.floats(0.05, 6.0))
def test_uptake_is_the_part_of_the_pulse_spent_in_s_phase(clocks: list[float], available_h: float) -> None:
    """Compared with counting fine slices of time."""
    uptake = UPTAKE._replace(available_h=available_h)
    found = s_phase_overlap(np.array(clocks), uptake)
    slices = (np.arange(4000) + 0.5) / 4000 * available_h
    for clock, share in zip(clocks, found, strict=True):
        left = clock - slices
        counted = ((left >= 4.75) & (left < 12.25)).mean()
        assert share == pytest.approx(counted, abs=2e-3)


def test_a_cell_that_enters_s_phase_during_the_pulse_takes_up_the_rest_of_it() -> None:
    """S phase begins 12.25 h before mitosis, the label is there for a quarter of an hour: 12.3 h leave 0.8 of it."""
    family = Family()
    for cell, clock_h in ((1, 12.3), (2, 12.45), (3, 4.8), (4, 12.0), (5, 12.6)):
        family.add(cell, lineage.TYPE_2A, clock_h)
    labels = Labels(family, UPTAKE)
    assert labels.inject(PULSE) == 4
    assert content(labels, 1, 2, 3, 4, 5) == pytest.approx([0.8, 0.2, 0.2, 1.0, 0.0], abs=1e-5)
    family.time_h = 13.0
    family.end(1, 12.3)
    family.add(6, lineage.TYPE_2B, 14.0, mother=1, birth_h=12.3)
    assert content(labels, 6) == pytest.approx([0.4], abs=1e-5)


def test_more_than_a_saturating_dose_does_no_more() -> None:
    assert labelled_share("BrdU", 150.0, UPTAKE) == labelled_share("BrdU", 200.0, UPTAKE) == (1.0, 1.0)
    share, full = labelled_share("BrdU", 50.0, UPTAKE)
    assert share == pytest.approx(0.5, abs=0.002)
    assert full == pytest.approx(1 / 3)


def test_analogues_count_by_moles() -> None:
    """123 mg/kg of EdU are as many molecules as 150 mg/kg of BrdU; 173 mg/kg of IdU as well."""
    for agent, dose in (("EdU", 123.2), ("CldU", 128.3), ("IdU", 173.0)):
        assert labelled_share(agent, dose, UPTAKE)[1] == pytest.approx(1.0, abs=1e-3)
    assert labelled_share("IdU", 150.0, UPTAKE)[1] < 0.9


@pytest.fixture(scope="module")
def animal(patch: Callable[..., dict[str, Any]]) -> NeurogenesisModel:
    """A patch followed for nine days after a pulse of everything; do not step it."""
    model = NeurogenesisModel(patch((800.0, 500.0), duration="9 d", outputs={"cadence": "1 d"}))
    laboratory = model.histology
    for agent, dose in (("BrdU", "150 mg/kg"), ("EdU", "50 mg/kg"), ("CldU", "200 mg/kg")):
        laboratory.inject(agent, dose)
    laboratory.inject("retrovirus", share=1.0)
    laboratory.inject("tamoxifen", share="30 %")
    for day in range(9):
        for _ in range(24):
            model.step()
        if day % 3 == 0:
            laboratory.count("BrdU+")  # descent in several pieces
    return model


def test_content_is_conserved_by_division(animal: NeurogenesisModel) -> None:
    """What was taken up is found in the cells that have not divided since, to the last bit; halves are exact."""
    twin = NeurogenesisModel(animal.spec)
    taken = twin.histology.inject("BrdU", "150 mg/kg")
    cells = twin.world.population.cells.id[: twin.world.population.n].copy()
    full = twin.histology.labels.content("BrdU", cells)
    assert (full > 0).sum() == taken > 10
    register = animal.cells_frame()
    leaves = register[register["cause"].isin(["alive", "apoptosis"])]
    found = animal.histology.labels.content("BrdU", leaves["id"].to_numpy())
    assert found.sum() == pytest.approx(full.sum(), rel=1e-12)
    assert (found > 0).sum() > taken


def test_every_label_descends_as_the_register_says(animal: NeurogenesisModel) -> None:
    """Walked up by hand: from every leaf to a cell of the first hour, halved at each division on the way."""
    register = animal.cells_frame().set_index("id")
    births = {m: np.unique(t) for m, t in register[register["birth_h"] > 0].groupby("mother")["birth_h"]}
    twin = NeurogenesisModel(animal.spec)
    twin.histology.inject("BrdU", "150 mg/kg")

    def walked(cell: int) -> float:
        halvings = len(births.get(cell, ())) if register.loc[cell, "generation"] == 0 else 0
        while register.loc[cell, "birth_h"] > 0:
            mother, birth_h = int(register.loc[cell, "mother"]), register.loc[cell, "birth_h"]
            halvings += int((births[mother] <= birth_h).sum())
            cell = mother
        return float(twin.histology.labels.content("BrdU", np.array([cell]))[0]) * 0.5**halvings

    leaves = register.index[register["cause"].isin(["alive", "apoptosis"])].to_numpy()
    assert list(animal.histology.labels.content("BrdU", leaves)) == [walked(int(cell)) for cell in leaves]


def test_a_low_dose_labels_some_of_the_same_cells_and_is_lost_sooner(animal: NeurogenesisModel) -> None:
    twin = NeurogenesisModel(animal.spec)
    saturating = twin.histology.inject("BrdU", "150 mg/kg")
    high = NeurogenesisModel(animal.spec)
    assert high.histology.inject("BrdU", "500 mg/kg") == saturating
    assert (high.histology.cells("BrdU+") == twin.histology.cells("BrdU+")).all()
    low = NeurogenesisModel(animal.spec)
    assert 0.3 * saturating < low.histology.inject("BrdU", "50 mg/kg") < 0.7 * saturating
    assert set(low.histology.cells("BrdU+")) < set(twin.histology.cells("BrdU+"))
    start = len(low.histology.cells("BrdU+")) / saturating
    edu, brdu = (animal.histology.count(f"{agent}+").count for agent in ("EdU", "BrdU"))
    assert edu < start * brdu


def test_two_labels_given_together_are_seen_together(animal: NeurogenesisModel) -> None:
    """CldU and BrdU at saturating doses; whoever is found with one is found with the other."""
    assert animal.histology.count("BrdU+ CldU+").count == animal.histology.count("BrdU+").count > 0
    assert animal.histology.count("BrdU+ CldU-").count == 0
    assert animal.histology.count("BrdU+").count > animal.histology.count("BrdU+ EdU+").count > 0


def test_virus_and_tamoxifen_do_not_thin_out(animal: NeurogenesisModel) -> None:
    """Every descendant of a marked cell carries the mark whole."""
    register = animal.cells_frame()
    for agent in ("retrovirus", "tamoxifen"):
        cells = register["id"].to_numpy()
        marked = set(cells[animal.histology.labels.content(agent, cells) > 0].tolist())
        born = register[(register["birth_h"] > 0) & register["mother"].isin(marked)]
        assert len(born) > 20
        # a stem cell can bear a cell before it is infected only within the first hours, and none was born before 0
        assert set(born["id"]) <= marked
        assert set(animal.histology.labels.content(agent, born["id"].to_numpy())) == {1.0}


def test_the_virus_finds_those_about_to_divide(animal: NeurogenesisModel) -> None:
    twin = NeurogenesisModel(animal.spec)
    twin.histology.inject("retrovirus", share=1.0)
    cells = twin.world.population.changing
    clock = {int(i): float(c) for i, c in zip(cells.id, cells.clock_h, strict=True)}
    infected = twin.histology.cells("retrovirus+")
    assert len(infected) > 10
    assert max(clock[int(cell)] for cell in infected) <= 12.0
    assert twin.histology.count("retrovirus+ progenitor").count + twin.histology.count("retrovirus+ active").count == (
        len(infected)
    )


def test_a_share_marks_that_share_of_the_stem_cells(animal: NeurogenesisModel) -> None:
    """Two-sided binomial bound at 4.5 standard deviations: a false alarm in 150,000."""
    twin = NeurogenesisModel(animal.spec)
    stem = twin.histology.count("stem").count
    marked = twin.histology.inject("tamoxifen", share=0.3)
    assert abs(marked - 0.3 * stem) < 4.5 * np.sqrt(0.3 * 0.7 * stem)
    assert twin.histology.count("tamoxifen+ stem").count == marked


@pytest.mark.parametrize(("species", "age", "saturating"), [("mouse", "8 wk", 150), ("rat", "8 wk", 300)])
def test_the_saturating_dose_is_that_of_the_species(patch, species: str, age: str, saturating: int) -> None:
    model = NeurogenesisModel(patch((600.0, 500.0), species=species, age=age, duration="1 d"))
    doses = (saturating // 3, saturating, 2 * saturating)
    taken = [copy.deepcopy(model).histology.inject("BrdU", f"{dose} mg/kg") for dose in doses]
    assert 0 < taken[0] < taken[1] == taken[2]


@pytest.mark.parametrize("species", ["mouse", "rat", "human"])
def test_phases_fit_into_the_cycle_of_every_species(species: str) -> None:
    value = load_catalogue(species).value
    uptake = lower_uptake(value, value)
    assert uptake.s_end_h > 0.0
    assert uptake.s_end_h + uptake.s_phase_h < value("lineage.progenitor.cycle_minimum", "h")
    # Seen after as many divisions as the catalogue says, and not after one more.
    divisions = value("histology.label.detectable_divisions", "1")
    assert 0.5**divisions >= uptake.least_content > 0.5 ** (divisions + 0.25)
