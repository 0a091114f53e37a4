"""A memory: worked by hand on a tissue of four columns, and what must hold of any animal."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm import run
from neurogen_abm.assays.memory import formed_since, freezing, learn, recall
from neurogen_abm.biology import lineage
from neurogen_abm.biology.forgetting import completed, grown, kept
from neurogen_abm.biology.states import STATES
from neurogen_abm.errors import InputError
from neurogen_abm.explanation import explanation
from neurogen_abm.lowering.memory import MemoryNumbers
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.scenario.scenario import prepare

DAY = 24.0
CODE = {name: code for code, name in enumerate(STATES)}
# Every integrated cell is in the trace, with so many terminals that the law of large numbers holds to the third digit.
NUMBERS = MemoryNumbers(
    active_share=1.0,
    young_excitability=1.0,
    young_from_h=28 * DAY,
    young_until_h=56 * DAY,
    number=4000,
    first_h=14 * DAY,
    all_h=28 * DAY,
    wear=2.0,
    completion_half=0.5,
    completion_steepness=8.0,
    freezing_baseline=0.03,
    freezing_ceiling=0.52,
    freezing_spread=0.0,
)


def tissue(day: float, cells: list[tuple[int, str, float, int, float | None]], developmental: list[int], seed: int = 1):
    """Return a tissue of four columns, two in each of two blocks; cells as (id, state, day of birth, column, died)."""
    columns = [np.array(column) for column in zip(*cells, strict=True)] if cells else [np.array([])] * 5
    ids, names, birth, column = (
        columns[0].astype(np.int64),
        columns[1],
        columns[2].astype(float),
        columns[3].astype(int),
    )
    died = np.array([np.nan if cell[4] is None else cell[4] for cell in cells], float)
    state = np.array([CODE[str(name)] for name in names], np.uint8)
    gone = died <= day
    everyone = SimpleNamespace(
        id=ids, state=state, birth_h=birth * DAY, site=column, end_h=died * DAY,
        cause=np.where(gone, lineage.APOPTOSIS, lineage.ALIVE),
    )  # fmt: skip
    here = (birth <= day) & ~gone
    living = SimpleNamespace(id=ids[here], state=state[here], birth_h=birth[here] * DAY, site=column[here])
    return SimpleNamespace(
        time_h=day * DAY,
        parameters=SimpleNamespace(seed=seed),
        grid=SimpleNamespace(n_columns=4),
        developmental=np.array(developmental, np.uint8),
        tissue=SimpleNamespace(
            geometry=SimpleNamespace(block_of=np.array([0, 0, 1, 1], np.int32)),
            occupancy=SimpleNamespace(rivals=np.zeros(2, np.int32)),
        ),
        population=SimpleNamespace(living=lambda: living, everyone=lambda: everyone),
    )


def test_by_hand() -> None:
    """Five cells of development and one mature one learn; in block 0 a neuron then forms half of its terminals.

    Block 0 has 3 + 1 granule cells, so that exp(-2 * 0.5 / 4) of its terminals are left, and 4 of 6 cells lie there.
    """
    old = (7, "mature", -60.0, 1, None)
    trace = learn(tissue(0.0, [old], [2, 1, 2, 0]), NUMBERS)
    assert sorted(trace.block.tolist()) == [0, 0, 0, 0, 1, 1]
    assert trace.carriers.tolist() == [4.0, 2.0]
    assert trace.terminals.tolist() == [4000] * 6
    later = tissue(30.0, [old, (9, "immature_late", 9.0, 0, None)], [2, 1, 2, 0])
    assert formed_since(later, 0.0, NUMBERS).tolist() == [0.5, 0.0]
    left = (4 * np.exp(-0.25) + 2) / 6
    # 16,000 terminals at risk: five standard deviations are 0.011
    assert recall(later, trace, NUMBERS).retrieval == pytest.approx(left, abs=0.011)
    assert recall(later, trace, NUMBERS._replace(wear=0.0)) == (1.0, pytest.approx(0.52), 6)


def test_terminals_formed_before_learning_wear_nothing_and_those_of_the_dead_stay_taken() -> None:
    cells = [
        (1, "maturing", -40.0, 0, None),  # had them all
        (2, "immature_late", -21.0, 0, None),  # had half of them, forms the other half
        (3, "immature_late", 0.0, 2, 21.0),  # formed half of them, then died
        (4, "immature_late", -20.0, 2, -1.0),  # was dead by then
        (5, "type_3", 0.0, 3, None),  # is no neuron
    ]
    assert formed_since(tissue(30.0, cells, [1] * 4), 0.0, NUMBERS).tolist() == [0.5, 0.5]


def test_a_cell_that_dies_takes_its_part_of_the_trace_with_it() -> None:
    cells = [(1, "mature", -90.0, 0, 5.0), (2, "mature", -90.0, 2, None)]
    trace = learn(tissue(0.0, cells, [1, 0, 1, 0]), NUMBERS)
    assert recall(tissue(1.0, cells, [1, 0, 1, 0]), trace, NUMBERS).retrieval == 1.0
    assert recall(tissue(6.0, cells, [1, 0, 1, 0]), trace, NUMBERS).retrieval == 0.75
    assert recall(tissue(6.0, cells, [0, 0, 1, 0]), trace, NUMBERS).retrieval == 0.5


def test_without_a_cell_there_is_nothing_to_remember() -> None:
    world = tissue(0.0, [], [0, 0, 0, 0])
    found = recall(world, learn(world, NUMBERS), NUMBERS)
    assert found.cells == 0
    assert np.isnan(found.retrieval)
    assert np.isnan(found.freezing)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(-10, 20), st.integers(0, 3)), max_size=8), st.integers(0, 2**40))
def test_every_new_neuron_leaves_as_much_or_less(born, seed) -> None:
    """Of the same animal, terminal by terminal; and the order of the rows does not matter."""
    few = NUMBERS._replace(number=20)
    trace = learn(tissue(0.0, [], [2, 2, 1, 3], seed), few)
    cells = [(n + 1, "immature_late", day, column, None) for n, (day, column) in enumerate(born)]
    left = [recall(tissue(40.0, cells[:n], [2, 2, 1, 3], seed), trace, few).retrieval for n in range(len(cells) + 1)]
    assert left[0] == 1.0
    assert all(later <= earlier for earlier, later in pairwise(left))
    assert recall(tissue(40.0, cells[::-1], [2, 2, 1, 3], seed), trace, few).retrieval == left[-1]


def test_which_terminals_go_first_is_a_matter_of_the_cell() -> None:
    """Not of the day of the test, nor of where the cell stands in the trace."""
    few = NUMBERS._replace(number=20)
    trace = learn(tissue(0.0, [], [2, 2, 1, 3]), few)
    cells = [(1, "immature_late", 2.0, 0, None)]
    left = recall(tissue(40.0, cells, [2, 2, 1, 3]), trace, few).retrieval
    assert 0.0 < left < 1.0
    assert recall(tissue(90.0, cells, [2, 2, 1, 3]), trace, few).retrieval == left
    turned = trace._replace(cell=trace.cell[::-1], block=trace.block[::-1], terminals=trace.terminals[::-1])
    assert recall(tissue(40.0, cells, [2, 2, 1, 3]), turned, few).retrieval == left


def test_young_integrated_cells_join_more_readily() -> None:
    """20,000 of each; a share of 0.02 or 0.04 has five standard deviations of 0.005 and 0.007."""
    cells = [(n + 1, "maturing" if n % 2 else "mature", -42.0 if n % 2 else -57.0, n % 4, None) for n in range(40_000)]
    numbers = NUMBERS._replace(active_share=0.02, young_excitability=3.0)  # half-way from young to mature: 2
    found = learn(tissue(0.0, cells, [0] * 4), numbers).cell
    young = int((found % 2 == 0).sum())
    assert young / 20_000 == pytest.approx(0.04, abs=0.007)
    assert (len(found) - young) / 20_000 == pytest.approx(0.02, abs=0.005)
    ages_h = np.array([20, 28, 35, 56, np.inf]) * DAY
    assert numbers.chance(ages_h).tolist() == pytest.approx([0.06, 0.06, 0.05, 0.02, 0.02])


@given(st.floats(0, 1), st.floats(0.2, 0.8), st.floats(1, 20))
def test_completion_grows_from_nothing_to_all(left, half, steepness) -> None:
    assert completed(0.0, half, steepness) == 0.0
    assert completed(1.0, half, steepness) == pytest.approx(1.0)
    assert 0.0 <= completed(left, half, steepness) <= completed(min(1.0, left + 0.01), half, steepness) + 1e-12


def test_terminals_grow_in_a_straight_line_and_wear_exponentially() -> None:
    assert grown(np.array([0, 14, 17.5, 28, 90]) * DAY, 14 * DAY, 28 * DAY).tolist() == [0, 0, 0.25, 1, 1]
    assert kept(np.array([0.0, 1.0]), np.array([0.0, 10.0]), 10.0).tolist() == [1.0, np.exp(-1.0)]


@pytest.mark.parametrize("retrieval", [0.0, 0.5, 1.0])
def test_luck_of_the_day_has_the_mean_and_the_spread_it_should(retrieval: float) -> None:
    """Over the quantiles of luck, by the mid-point rule."""
    mean = freezing(retrieval, 0.5, NUMBERS)
    lucky = NUMBERS._replace(freezing_spread=0.11)
    found = np.array([freezing(retrieval, (n + 0.5) / 4000, lucky) for n in range(4000)])
    assert found.mean() == pytest.approx(mean, abs=1e-3)
    assert found.var() == pytest.approx(0.11 * mean * (1 - mean), rel=0.03)
    assert (np.diff(found) >= 0).all()
    assert found.min() >= 0.0
    assert found.max() <= 1.0


TESTS = [
    {"name": "trace", "measure": "retrieval", "learned": "0 d", "at": ["0 d", "10 d", "20 d"]},
    {"name": "freezing", "measure": "freezing", "learned": "0 d", "at": "20 d"},
    {"name": "late", "measure": "retrieval", "learned": "20 d", "at": "20 d"},
]
RUNNER = {"activity": [{"kind": "wheel", "distance": "7 km/d"}]}


@pytest.fixture(scope="module")
def life(patch):
    """Return a function that runs an animal of 20 days; what it learns, and when it is tested, is the default."""

    def lived(**changes):
        return run(patch((400.0, 300.0), duration="20 d", outputs={"cadence": "1 d"}, assays=TESTS) | changes)

    return lived


def read(result, name: str) -> list[float]:
    table = result.assays
    return table.loc[table["name"] == name, "count"].tolist()


def test_memory_fades_and_is_read_without_touching_a_cell(life) -> None:
    told, plain = life(), life(assays=[])
    for name in ("cells", "series", "map"):
        pd.testing.assert_frame_equal(getattr(told, name), getattr(plain, name), check_exact=True)
    first, middle, last = read(told, "trace")
    assert first == 1.0 > middle > last > 0.3
    assert read(told, "late") == [1.0]
    assert 0.0 < read(told, "freezing")[0] < 1.0


def test_runners_are_left_with_less_of_what_they_knew_and_all_of_what_they_learn_then(life) -> None:
    """Twins: the same cells hold it, and what running adds takes more of the same terminals."""
    still, runner = life(), life(**RUNNER)
    sizes = [r.assays.loc[r.assays["name"] == "trace", "n"].iloc[0] for r in (still, runner)]
    assert sizes[0] == sizes[1]
    assert read(runner, "trace")[-1] < read(still, "trace")[-1]
    assert read(runner, "late") == read(still, "late") == [1.0]


def test_without_new_neurons_nothing_is_forgotten(life) -> None:
    """An animal that never had more than a single stem cell in the whole gyrus; only death of old cells is left."""
    none = {"lineage.stem.initial_count": {"value": 1, "unit": "cells", "why": "ablated"}}
    assert min(read(life(parameters=none), "trace")) > 0.99
    assert read(life(), "trace")[-1] < 0.9


def test_wear_of_nothing_leaves_all_but_what_dies(life) -> None:
    unworn = life(parameters={"memory.terminals.wear": {"value": 0, "why": "no wear"}})
    first, *later = read(unworn, "trace")
    assert first == 1.0
    assert min(later) > 0.98


def test_order_of_rows_changes_nothing(patch) -> None:
    model = NeurogenesisModel(patch((300.0, 200.0)))
    for _ in range(30):
        model.step()
    assert model.histology.learn() > 0
    for _ in range(30):
        model.step()
    before = model.histology.recall(30.0)
    n = model.world.population.n
    model.world.permute(np.random.default_rng(1).permutation(n))
    assert model.histology.recall(30.0) == before
    assert "memory.terminals.wear" in model.histology.used
    with pytest.raises(InputError, match="Nothing was learned at 31 h") as caught:
        model.histology.recall(31.0)
    assert "30 h" in str(caught.value.cure)


def test_explanation_says_it_in_words(patch) -> None:
    text = explanation(prepare(patch(duration="20 d", assays=TESTS)))
    assert "Learned on day 0 and on day 20: 2 % of the mature granule cells hold it" in text
    wear = load_catalogue("mouse").value("memory.terminals.wear", "1")
    assert f"each new one puts {wear:.4g} of those" in text
    assert "Learned" not in explanation(prepare(patch(duration="20 d")))


def test_a_number_of_memory_is_refused_where_nothing_is_remembered(patch) -> None:
    """Another value would change nothing, and look as if it did."""
    with pytest.raises(InputError, match=r"does not read memory\.terminals\.wear"):
        NeurogenesisModel(patch(parameters={"memory.terminals.wear": 5}))


def test_young_must_be_younger_than_mature(patch) -> None:
    early = {"network.young.until_age": {"value": "20 d", "why": "test"}}
    with pytest.raises(InputError, match="not above network") as caught:
        NeurogenesisModel(patch(duration="20 d", assays=TESTS, parameters=early))
    assert caught.value.cure
