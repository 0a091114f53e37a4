"""The picture core: colours that eyes can tell apart, cells drawn once and in order, values that colour them."""

from itertools import combinations

import numpy as np
import pytest
from colour_difference import EYES, difference, lab

from neurogen_abm.biology.states import LINEAGE, STATES
from neurogen_abm.errors import InputError
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.scene.cells import RANK, drawn_cells, keys, still_cells, unpacked
from neurogen_abm.scene.colourings import BEFORE, check_colouring, colour_of, colourings, stains_offered, values
from neurogen_abm.scene.geometry import c_curve, in_section
from neurogen_abm.scene.palette import GROUNDS, GROUPS, PAINT_ORDER, group_of
from neurogen_abm.scene.scene import scene

FAR = 20.0

# Of the supplement of Sharma, Wu and Dalal (2005): two colours in L*a*b*, and how different they are.
PAIRS = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.fixture(scope="module")
def model():
    tissue = {"septotemporal": "600 um", "transverse": "500 um"}
    animal = NeurogenesisModel("mouse_sedentary", tissue=tissue, duration="2 d")
    animal.step()
    animal.histology.inject("BrdU", "150 mg/kg")
    animal.step()
    return animal


@pytest.mark.parametrize(("one", "two", "expected"), PAIRS)
def test_differences_of_colours_are_measured_as_published(one, two, expected):
    assert difference(np.array(one, float), np.array(two, float)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("ground", list(GROUNDS))
@pytest.mark.parametrize("eyes", list(EYES))
def test_the_six_groups_can_be_told_apart(ground, eyes):
    seen = [lab(getattr(group, ground), eyes) for group in GROUPS]
    assert min(difference(a, b) for a, b in combinations(seen, 2)) >= FAR


@pytest.mark.parametrize("ground", list(GROUNDS))
def test_cells_stand_out_from_the_tissue_below_them(ground):
    below = [GROUNDS[ground][key] for key in ("tissue", "zone", "layer")]
    assert min(difference(lab(getattr(g, ground)), lab(b)) for g in GROUPS for b in below) >= 10


def test_every_state_is_in_one_group_and_every_group_has_one():
    assert {group_of(state).key for state in STATES} == {group.key for group in GROUPS}
    assert len(GROUPS) == 6


def test_what_is_told_of_states_follows_from_their_table():
    told = scene()
    assert [state["name"] for state in told["states"]] == list(STATES)
    assert [state["code"] for state in told["states"]] == list(range(len(STATES)))
    assert tuple(s["name"] for s in sorted(told["states"], key=lambda state: state["rank"])) == PAINT_ORDER
    assert {len(c["colours"][g]) for c in told["colourings"] for g in GROUNDS if c["by"] == "state"} == {len(LINEAGE)}
    assert all(0 <= state["form"] < len(told["forms"]) for state in told["states"])


def test_every_cell_is_drawn_once_and_what_acts_lies_over_what_lasts(model):
    cells = drawn_cells(model.world)
    assert sorted(cells.ids.tolist()) == sorted(model.world.population.living().id.tolist())
    assert (np.diff(RANK[cells.state]) >= 0).all()


def test_what_is_sent_of_a_cell_is_where_it_is(model):
    grid, alive = model.world.grid, model.world.population.living()
    packed = keys(alive.id, alive.site, alive.state, grid.n_columns, np.arange(len(alive.id)) % 256)
    order = np.argsort(packed)
    sent = unpacked(np.sort(packed))
    column = np.cumsum(sent["gap"], dtype=np.int64)
    assert np.array_equal(column, alive.site[order] % grid.n_columns)
    assert np.array_equal(sent["kind"], alive.site[order] // grid.n_columns * 16 + alive.state[order])
    assert np.array_equal(sent["value"], order % 256)
    cells = drawn_cells(model.world)
    true = dict(zip(cells.ids.tolist(), np.stack(cells.places, axis=1), strict=True))
    for row, cell in enumerate(alive.id[order].tolist()):
        site = np.array([column[row] % grid.n_u, column[row] // grid.n_u, sent["kind"][row] // 16])
        told = (site + (sent["place"][row] + 0.5) / 256) * grid.pitch_um
        assert np.abs(told - true[cell]).max() <= grid.pitch_um / 512 + 1e-9


def test_granule_cells_of_development_are_as_many_as_the_model_says(model):
    cell, _, where = still_cells(model.world)
    assert len(cell) == model.world.n_developmental
    slabs = np.arange(20.0, model.world.grid.n_u * model.world.grid.pitch_um, 40.0)
    held = sum(int(in_section(where.u_um, middle).sum()) for middle in slabs)
    assert held == int((where.u_um < slabs[-1] + 20).sum())


def test_a_value_colours_cells_by_what_it_says(model):
    alive, limits = model.world.population.living(), (0.0, 90.0)
    clone = values(model, alive, "clone", limits)
    assert all(len(set(clone[alive.founder == founder].tolist())) == 1 for founder in np.unique(alive.founder))
    assert len(set(clone.tolist())) == 24
    assert ((values(model, alive, "birth", limits) == BEFORE) == (alive.birth_h < 0)).all()
    stained = alive.id[values(model, alive, "stain:BrdU", limits) == 1]
    assert sorted(stained.tolist()) == model.histology.cells("BrdU+").tolist()
    assert len(stained) > 0
    assert values(model, alive, "stain:EdU", limits).sum() == 0
    level = model.world.level[model.world.classes.site_class[alive.site]]
    assert values(model, alive, "bdnf", limits) == pytest.approx(255 * level / 90, abs=0.5)
    assert "BrdU" in stains_offered(model)
    for way in colourings():
        by = "stain:DCX" if way.key == "stain" else way.key
        check_colouring(by, model)
        rgb = colour_of(by, "dark", alive.state.astype(int), values(model, alive, by, limits))
        assert rgb.shape == (len(alive.id), 3)


@pytest.mark.parametrize("by", ["nonsense", "stain", "stain:", "stain:nothing", "clone:3", ""])
def test_what_colours_nothing_is_refused_in_words(model, by):
    with pytest.raises(InputError) as refused:
        check_colouring(by, model)
    assert refused.value.cure


def test_the_table_of_the_c_is_the_c():
    curve = c_curve(1700.0, 0.4)
    table, along = curve.table().astype(float), np.array([0.0, 300.0, 680.0, 1700.0])
    at = along / 1700 * (len(table) - 1)
    x, y, heading = (np.interp(at, np.arange(len(table)), table[:, k]) for k in range(3))
    expected = curve.at(along, 60.0)
    assert np.allclose((x + 60 * np.sin(heading), y - 60 * np.cos(heading)), expected, atol=0.01)
