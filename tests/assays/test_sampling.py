"""Sections: the estimate is unbiased, its error is known, and all stains of an animal see the same cells."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm import run
from neurogen_abm.assays.sampling import gundersen_jensen_variance, sampled
from neurogen_abm.errors import InputError
from neurogen_abm.lowering.histology import lower_sections
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.scenario.histology import Sampling

SEEDS = 600


def of(**changes: object) -> Sampling:
    return Sampling.model_validate({"section": "40 um", "every": 6} | changes)


def tissue(n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Return cells that are twice as dense in the septal half of a gyrus of 100 sections."""
    rng = np.random.default_rng(5)
    place = np.where(rng.random(n) < 2 / 3, rng.random(n) / 2, 0.5 + rng.random(n) / 2)
    return np.sort(rng.integers(1, 2**62, n)), place


def estimates(sampling: Sampling, n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    cells, place = tissue(n)
    found = [sampled(cells, place, sampling, 100, seed=seed, time_h=24.0) for seed in range(SEEDS)]
    return np.array([e.estimate for e in found]), np.array([e.coefficient_of_error for e in found])


@pytest.mark.parametrize(
    ("sampling", "truth"),
    [
        (of(), 3000.0),
        (of(every=1, frame_area="25 %", frame_height="80 %"), 3000.0),
        (of(every=12, frame_area=0.5), 3000.0),
        (of(hemispheres=2), 6000.0),
        (of(observer_miss="10 %"), 2700.0),
    ],
    ids=["sections", "frames", "both", "two hemispheres", "an observer who misses a tenth"],
)
def test_the_estimate_is_unbiased(sampling: Sampling, truth: float) -> None:
    """The mean of 600 estimates lies within 4.5 of its standard errors: a false alarm in 150,000."""
    found, _ = estimates(sampling)
    assert abs(found.mean() - truth) < 4.5 * found.std(ddof=1) / math.sqrt(SEEDS)


@pytest.mark.parametrize("sampling", [of(), of(every=10, frame_area="50 %")], ids=["sections", "and frames"])
def test_the_coefficient_of_error_is_about_the_error(sampling: Sampling) -> None:
    """Within a fifth: noise is counted in full, of which the sampled share is no error."""
    found, errors = estimates(sampling)
    assert found.std(ddof=1) / found.mean() == pytest.approx(float(np.sqrt((errors**2).mean())), rel=0.2)


def spread(sampling: Sampling) -> float:
    """Return the variance of the estimate over the animals."""
    return float(estimates(sampling)[0].var(ddof=1))


# The variance of 600 nearly normal estimates lies within this share of the true one: 4.5 times sqrt(2/600).
WITHIN = 4.5 * math.sqrt(2 / SEEDS)


def test_the_variance_of_the_sections_is_that_of_all_starts() -> None:
    """Six starts are possible, each as likely as the next: their estimates, worked out here, have a known variance."""
    _, place = tissue()
    of_section = np.bincount((place * 100).astype(int), minlength=100)
    by_start = np.array([6.0 * of_section[start::6].sum() for start in range(6)])
    found = estimates(of())[0]
    assert {round(value) for value in found} == {round(value) for value in by_start}
    assert spread(of()) == pytest.approx(by_start.var(), rel=WITHIN)


def test_the_variance_of_a_look_is_binomial() -> None:
    """With every section taken, 3,000 cells seen one in five: 3000 x 0.8 / 0.2."""
    assert spread(of(every=1, frame_area="20 %")) == pytest.approx(3000 * 0.8 / 0.2, rel=WITHIN)


@pytest.mark.parametrize("sampling", [{"every": 6}, {"every": 1, "frame_area": "20 %"}], ids=["sections", "looks"])
def test_two_hemispheres_are_cut_and_looked_at_apart(sampling: dict[str, object]) -> None:
    """Independent of each other: the variance of the sum is twice that of one, not four times."""
    assert spread(of(**sampling, hemispheres=2)) == pytest.approx(2 * spread(of(**sampling)), rel=1.5 * WITHIN)


def test_as_many_sections_are_taken_as_follow_the_first() -> None:
    """Of 100 sections every sixth: 17 from the first four, 16 from the last two."""
    cells, place = tissue()
    taken = [sampled(cells, place, of(), 100, seed=seed, time_h=24.0).sections for seed in range(SEEDS)]
    assert set(taken) == {16, 17}
    assert taken.count(17) == pytest.approx(SEEDS * 4 / 6, abs=4.5 * math.sqrt(SEEDS * 4 / 6 * 2 / 6))


def test_three_sections_are_enough_and_two_are_not() -> None:
    assert lower_sections(of(), 18 * 40.0, "sampling") == 18
    with pytest.raises(InputError, match="fewer than 3"):
        lower_sections(of(), 17 * 40.0, "sampling")


def test_a_larger_frame_sees_what_the_smaller_saw() -> None:
    cells, place = tissue()
    for seed in range(20):
        small, large = (
            sampled(cells, place, of(frame_area=area), 100, seed=seed, time_h=1.0).counted for area in (0.2, 0.4)
        )
        assert small <= large


def test_everything_seen_is_the_truth() -> None:
    cells, place = tissue()
    found = sampled(cells, place, of(every=1), 100, seed=1, time_h=0.0)
    assert (found.estimate, found.counted, found.sections) == (3000.0, 3000, 100)


def test_no_order_of_cells_matters_and_another_time_is_another_sample() -> None:
    cells, place = tissue()
    sampling = of(frame_area="50 %", observer_miss="5 %")
    order = np.random.default_rng(2).permutation(len(cells))
    one = sampled(cells, place, sampling, 100, seed=1, time_h=24.0)
    assert one == sampled(cells[order], place[order], sampling, 100, seed=1, time_h=24.0)
    for changed in ("seed", "time_h"):
        others = [{"seed": 1, "time_h": 24.0} | {changed: value} for value in (2, 3, 4, 5)]
        assert any(sampled(cells, place, sampling, 100, **other).counted != one.counted for other in others)


def test_a_sample_without_a_cell_has_no_coefficient_of_error() -> None:
    none = np.empty(0, np.int64)
    found = sampled(none, np.empty(0), of(), 100, seed=1, time_h=0.0)
    assert (found.estimate, found.counted) == (0.0, 0)
    assert math.isnan(found.coefficient_of_error)


def test_the_variance_worked_by_hand() -> None:
    """Counts 2, 8, 9, 5: A = 174, B = 16 + 72 + 45 = 133, C = 18 + 40 = 58, N = 24."""
    assert gundersen_jensen_variance(np.array([2, 8, 9, 5])) == pytest.approx(
        24 + max(0.0, (3 * (174 - 24) - 4 * 133 + 58) / 240)
    )
    assert gundersen_jensen_variance(np.array([0, 40, 0, 40])) == pytest.approx(80 + (3 * (3200 - 80) + 1600) / 240)


PANEL = ("EdU", "BrdU", "Ki67", "PCNA", "pHH3", "DCX", "NeuN", "calretinin", "calbindin", "GFAP", "nestin", "Tbr2")
STAINING = st.dictionaries(st.sampled_from(PANEL), st.sampled_from("+-"), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def labelled(patch) -> NeurogenesisModel:
    """An animal that lived two weeks with two labels."""
    labels = [{"agent": "BrdU", "dose": "50 mg/kg", "at": "1 d"}, {"agent": "EdU", "dose": "150 mg/kg", "at": "3 d"}]
    model = NeurogenesisModel(patch((1200.0, 600.0), duration="14 d", labels=labels))
    model.run_model()
    return model


@given(
    base=STAINING,
    added=st.sampled_from(PANEL),
    every=st.integers(1, 6),
    hemispheres=st.integers(1, 2),
    area=st.sampled_from([1.0, 0.5, 0.2]),
    miss=st.sampled_from([0.0, 0.1, 0.5]),
)
@settings(max_examples=60)
def test_any_stains_on_one_animal_share_out_the_cells(labelled, base, added, every, hemispheres, area, miss) -> None:
    """What is counted as A B+ and as A B- is together what is counted as A: the same sections, the same look."""
    sampling = {"section": "20 um", "every": every, "hemispheres": hemispheres}
    sampling |= {"frame_area": area, "observer_miss": miss}
    words = " ".join(f"{name}{sign}" for name, sign in base.items() if name != added) or "neuron"
    found = {
        sign: labelled.histology.count(f"{words} {added}{sign}" if sign else words, sampling=sampling).estimate
        for sign in ("", "+", "-")
    }
    assert found["+"].counted + found["-"].counted == found[""].counted
    assert found["+"].estimate + found["-"].estimate == pytest.approx(found[""].estimate)
    assert {reading.sections for reading in found.values()} == {found[""].sections}


def test_the_order_and_the_names_of_assays_do_not_matter(patch) -> None:
    """EdU+ NeuN+ above EdU+ was the fault: a double-labelled cell is one of the labelled."""
    counts = {"one": "neuron", "another": "neuron DCX+", "rest": "neuron DCX-", "again": "neuron"}
    sampling = {"section": "20 um", "every": 3, "frame_area": "50 %", "observer_miss": "10 %"}
    tables = []
    for order in (list(counts), list(counts)[::-1]):
        assays = [{"name": name, "count": counts[name], "at": ["1 d", "2 d"]} for name in order]
        table = run(patch((1200.0, 400.0), duration="2 d", assays=assays, sampling=sampling)).assays
        tables.append(table.pivot_table(index="name", columns="day", values="counted"))
    found = tables[0]
    assert found.equals(tables[1])
    assert (found.loc["another"] + found.loc["rest"]).tolist() == found.loc["one"].tolist()
    assert found.loc["again"].tolist() == found.loc["one"].tolist()
    assert (found > 0).to_numpy().all()


@given(st.lists(st.integers(0, 500), max_size=40))
def test_the_variance_is_never_below_the_noise(counts: list[int]) -> None:
    assert gundersen_jensen_variance(np.array(counts, np.int64)) >= sum(counts)
