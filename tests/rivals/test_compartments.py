"""Rival models: compartments against what is known of them on paper."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaincc

from neurogen_abm.rivals.compartments import NEURON, OUTPUTS, Chain, Compartment
from neurogen_abm.rivals.course import BIN_H, History, Pool, Run, grow_older, hazards, history_of
from neurogen_abm.rivals.lineages import Exercise, Lineage, Loss

TAP = (("progenitor", 0.4), (NEURON, 1.6))


def lineage(stages: int = 1, *, leaving: float = 0.001, activated: float = 1.0, **more: object) -> Lineage:
    """Return a lineage without ageing: a stem cell that renews itself, and progenitors that do so in part."""
    chain = Chain(
        [Compartment("active", "active", 24.0, stages), Compartment("progenitor", "type_2a", 18.0, stages, TAP)]
    )
    rest = {"loss": Loss(0.002, 28 * 24.0), "exercise": Exercise()} | more
    return Lineage(chain, 1000.0, 30 * 24.0, lambda _: leaving, lambda _: activated, lambda _: 1.0, **rest)  # type: ignore[arg-type]


def after(chain: Chain, hours: float, cells: np.ndarray) -> np.ndarray:
    """Return stages after some hours in which nothing enters."""
    return chain.flow(hours, len(cells)).of(cells, np.zeros(len(cells)))[0]


def still(days: int) -> np.ndarray:
    return np.zeros(days)


def test_steady_counts_are_rate_times_stay() -> None:
    """Without ageing a pool is as large as what enters it in the mean time that it stays."""
    pool, _ = History(lineage()).at(30 * 24.0)
    enters = 0.001 * pool.quiescent[0]
    active, progenitors = pool.cycling[0]
    assert active == pytest.approx(enters * 24.0, rel=0.01)
    # Each progenitor that enters is followed by 0.4 others, those by 0.4 of theirs, ...
    assert progenitors == pytest.approx(enters * 18.0 / (1.0 - 0.4), rel=0.01)
    born = progenitors / 18.0 * 1.6
    ages = BIN_H * np.arange(60)
    expected = born * BIN_H * np.exp(-0.002 * np.minimum(ages[10:20], 28 * 24.0))
    assert pool.neurons[0, 10:20] == pytest.approx(expected, rel=0.03)


@given(stages=st.integers(1, 12), hours=st.floats(0.5, 12.0))
def test_cells_are_conserved_by_a_flow(stages: int, hours: float) -> None:
    """What leaves a stage is found again: every division of a progenitor makes two cells, of which some go on."""
    chain = Chain(
        [Compartment("active", "active", 24.0, stages), Compartment("progenitor", "type_2a", 18.0, stages, TAP)]
    )
    start = np.arange(1.0, 2 * stages + 1)[None]
    flow = chain.flow(hours, 1)
    left, did = flow.of(start, np.zeros(1))
    gone = dict(zip(OUTPUTS, did[0], strict=True))
    # A stem cell that divides leaves a progenitor; a progenitor is replaced by 0.4 progenitors and 1.6 neurons.
    assert left.sum() + gone["neurons"] - gone["divisions"] == pytest.approx(start.sum())


def test_branching_with_exponential_cycles_is_the_simple_equation() -> None:
    """One stage: n' = (m - 1) n / T, so that n(t) = exp((m - 1) t / T)."""
    chain = Chain([Compartment("active", "active", 24.0), Compartment("progenitor", "type_2a", 18.0, 1, TAP)])
    found = after(chain, 36.0, np.array([[0.0, 1.0]]))
    assert found[0, 1] == pytest.approx(math.exp((0.4 - 1.0) * 36.0 / 18.0))


def test_erlang_cycles_are_those_of_the_gamma_distribution() -> None:
    """Before anybody has divided, the share still in its first cycle is the survival function of the stay."""
    chain = Chain([Compartment("active", "active", 24.0, 8), Compartment("progenitor", "type_2a", 18.0, 8)])
    start = np.eye(1, 16, 8)
    for hours in (6.0, 18.0, 30.0):
        assert after(chain, hours, start).sum() == pytest.approx(gammaincc(8, 8 * hours / 18.0))


@given(stages=st.integers(1, 6))
def test_copies_together_are_all_cells(stages: int) -> None:
    """A label that can be halved very often is lost by nobody."""
    chain = Chain(
        [Compartment("active", "active", 24.0, stages), Compartment("progenitor", "type_2a", 12.0, stages, TAP)]
    )
    start = np.zeros((9, 2 * stages))
    start[-1] = 1.0
    together = after(chain, 24.0, start).sum(axis=0)
    assert together == pytest.approx(after(chain, 24.0, start[-1:])[0], rel=1e-3)


def test_label_is_lost_by_dilution_alone() -> None:
    """With one halving left, the second division loses the label: what is left after a day is Poisson's."""
    chain = Chain(
        [Compartment("active", "active", 24.0), Compartment("progenitor", "type_2a", 12.0, 1, (("progenitor", 2.0),))]
    )
    found = after(chain, 24.0, np.array([[0.0, 0.0], [0.0, 1.0]]))
    assert found[1, 1] == pytest.approx(math.exp(-2.0))
    assert found[0, 1] == pytest.approx(2.0 * 2.0 * math.exp(-2.0))


def test_labelled_neurons_are_lost_as_the_survival_function_says() -> None:
    """Neurons of one birth fall as exp(-loss t) until loss ends, and stay then."""
    model, pool = lineage(), Pool.empty(1, 2)
    pool.neurons[0, 0] = 100.0
    left = []
    for _ in range(80):
        grow_older(pool, hazards(model))
        left.append(pool.neurons.sum())
    assert left[20] / left[10] == pytest.approx(math.exp(-0.002 * 10 * BIN_H))
    assert left[79] == left[60]
    assert pool.neurons.sum() + pool.died.sum() == pytest.approx(100.0)


def test_a_run_without_running_is_the_history() -> None:
    """The control group is the animal that nobody has touched, whether it is stepped or leapt."""
    model = lineage(8)
    stepped, leapt = (Run(model, 60 * 24.0, 0.5, still(20)) for _ in range(2))
    stepped.until(20 * 24.0)
    leapt.leap(20 * 24.0)
    known = history_of(model).at(80 * 24.0)[0].scaled(0.5)
    for run in (stepped, leapt):
        assert run.all.cells == pytest.approx(known.cells)
        assert run.all.neurons == pytest.approx(known.neurons)
    assert stepped.totals == pytest.approx(leapt.totals)


def test_step_may_be_as_long_as_half_a_day() -> None:
    """Reading every two hours changes what is read by less than two hundredths."""
    model = lineage(4, exercise=Exercise(3.0, 0.5, 1.0))
    runs = [Run(model, 60 * 24.0, 1.0, np.full(10, 5.0)) for _ in range(2)]
    runs[0].until(240.0)
    for hour in range(2, 242, 2):
        runs[1].until(float(hour))
    assert runs[0].all.cycling == pytest.approx(runs[1].all.cycling, rel=0.02)
    assert runs[0].all.neurons == pytest.approx(runs[1].all.neurons, rel=0.02, abs=0.02)


def test_running_raises_what_enters_and_spares_the_young() -> None:
    calm, keen = lineage(), lineage(exercise=Exercise(activation=2.0, death=0.5, half_km_d=1e-9))
    runs = [Run(model, 60 * 24.0, 1.0, np.full(40, 5.0)) for model in (calm, keen)]
    for run in runs:
        run.until(40 * 24.0)
    assert runs[1].all.cycling[0, 0] / runs[0].all.cycling[0, 0] == pytest.approx(2.0, rel=0.05)
    assert runs[1].all.neurons.sum() > 1.5 * runs[0].all.neurons.sum()


def test_effect_fades_to_what_lasts_and_never_below_rest() -> None:
    """Half of a doubling lasts; when running stops, activation is at rest at once, not below."""
    effect = Exercise(activation=2.0, half_km_d=1e-9, lasting=0.5, fades_h=48.0)
    km = np.append(np.full(40, 5.0), np.zeros(10))
    ran, calm = (Run(lineage(exercise=effect), 60 * 24.0, 1.0, days) for days in (km, still(50)))
    for day, expected in ((40, 1.5), (49, 1.0)):
        ran.until(day * 24.0)
        calm.until(day * 24.0)
        assert ran.all.cycling[0, 0] / calm.all.cycling[0, 0] == pytest.approx(expected, rel=0.06)
