"""The sheet on the published surface: one to one, continuous, of the size of the species, distorted as stated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from neurogen_abm import NeurogenesisModel
from neurogen_abm.errors import InputError
from neurogen_abm.scene.camera import Camera
from neurogen_abm.scene.cells import drawn_cells
from neurogen_abm.scene.geometry import MOLECULAR_UM, c_curve, curve_of
from neurogen_abm.scene.organ import LEVELS, STEPS, angle_of, organ, organ_of, published
from neurogen_abm.scene.organ_picture import marks, organ_picture, plane_of
from neurogen_abm.spec.catalogue import load_catalogue

# Local area on the surface over area of the sheet, and the mean septotemporal length in lengths of the sheet.
STATED = {"mouse": (0.62, 1.05, 1.32, 1.053), "rat": (0.68, 1.06, 1.25, 1.052), "human": (0.77, 1.03, 1.16, 1.051)}


def sheet_of(species):
    return tuple(
        float(load_catalogue(species).value(f"anatomy.sheet_{way}", "um")) for way in ("septotemporal", "transverse")
    )


def equations(a, b, layer):
    """The published equations as they are printed, um."""
    x = -500.0 * np.cos(a) * (5.3 - np.sin(a) + (1.0 + 0.138 * layer) * np.cos(b))
    y = 750.0 * np.sin(a) * (5.5 - 2.0 * np.sin(a) + (0.9 + 0.114 * layer) * np.cos(b))
    z = 2500.0 * np.sin(a) + (663.0 + 114.0 * layer) * np.sin(b - 0.13 * (np.pi - a))
    return np.array([x, y, z])


def test_sections_are_those_of_the_printed_equations():
    surface = published()
    for a in np.linspace(*surface.along, 7):
        p, q, _ = surface.arc(a, 0.5)
        wide = surface.wide(a)
        flat = wide / np.linalg.norm(wide)
        ours = surface.axis(a) + p[:, None] * flat + q[:, None] * np.array([0, 0, 1.0])
        printed = equations(a, np.linspace(-0.7225, 4.4767, 20_001), -1.95).T
        far, _ = cKDTree(printed).query(ours)
        assert far.max() < 0.2
        assert np.allclose(ours[[0, -1]], printed[[0, -1]], atol=0.2)  # from tip to tip


@pytest.mark.parametrize("species", STATED)
def test_size_and_distortion_are_as_stated(species):
    length, width = sheet_of(species)
    found = organ(length, width)
    low, median, high, longer = STATED[species]
    assert found.distortion["whole"] == pytest.approx(1, abs=1e-9)
    assert found.distortion["median"] == pytest.approx(median, abs=0.01)
    assert low < found.distortion["min"] < low + 0.02
    assert high - 0.02 < found.distortion["max"] < high
    assert found.lengths_um.mean() / length == pytest.approx(longer, abs=0.003)
    assert found.widths_um.mean() / width == pytest.approx(found.lengths_um.mean() / length, rel=1e-6)
    assert np.ptp(found.widths_um) / width < 0.16


@pytest.mark.parametrize("species", STATED)
def test_as_much_area_lies_septal_of_a_level_on_the_surface_as_on_the_sheet(species):
    share = organ(*sheet_of(species)).area_ratios.sum(axis=1).cumsum() / ((LEVELS - 1) * (STEPS - 1))
    assert np.abs(share - np.arange(1, LEVELS) / (LEVELS - 1)).max() < 0.02


@pytest.mark.parametrize("species", STATED)
@pytest.mark.parametrize("out_um", [0.0, 80.0, 80.0 + MOLECULAR_UM])
def test_the_mapping_is_one_to_one(species, out_um):
    """No piece is turned over, and pieces that lie apart on the sheet lie apart in space."""
    length, width = sheet_of(species)
    found = organ(length, width)
    layer = found.table[..., :3] + out_um * found.table[..., 3:]
    along, across = np.diff(layer, axis=0)[:, 1:], np.diff(layer, axis=1)[1:]
    volume = (np.cross(along, across) * found.table[1:, 1:, 3:]).sum(axis=-1)
    assert (volume < 0).all()
    assert volume.max() / volume.min() > 0.05
    points, grid = layer.reshape(-1, 3), np.indices((LEVELS, STEPS)).reshape(2, -1).T
    near = cKDTree(points).query_pairs(min(length / LEVELS, width / STEPS) / 2, output_type="ndarray")
    apart = (grid[near[:, 0]] - grid[near[:, 1]]) * [length / LEVELS, width / STEPS]
    assert np.hypot(*apart.T).max(initial=0.0) < 0.05 * width


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 3999), st.floats(0, 1699), st.floats(0, 80))
def test_near_on_the_sheet_is_near_in_space(u, v, out):
    found = organ(4000.0, 1700.0)
    here, there = found.at([u, u + 1, u], [v, v, v + 1], out)[0], found.at([u + 1, u], [v, v + 1], [out, out])
    assert np.linalg.norm(there - here, axis=1).max() < 2.2


def test_depth_is_true_and_a_section_is_flat():
    found, v = organ(4000.0, 1700.0), np.linspace(0, 1700, 50)
    for u in (300.0, 2000.0, 3600.0):
        inner, outer = found.at(np.full(50, u), v, np.zeros(50)), found.at(np.full(50, u), v, np.full(50, 80.0))
        assert np.linalg.norm(outer - inner, axis=1) == pytest.approx(80, rel=0.01)
        both = np.concatenate([inner, outer])
        assert np.linalg.svd(both - both.mean(axis=0))[1][2] < 2.5  # um over 100 places: one plane


def test_the_c_of_a_section_changes_with_its_level_and_keeps_its_length():
    curves = [c_curve(1700.0, 0.5, level) for level in (0.0, 0.5, 1.0)]
    for curve in curves:
        assert np.hypot(np.diff(curve.x_um), np.diff(curve.y_um)).sum() == pytest.approx(1700, rel=1e-3)
        assert curve.x_um.argmin() == pytest.approx(600, abs=3)
        assert curve.y_um[0] > curve.y_um[-1]
    high = [np.ptp(curve.y_um) / np.ptp(curve.x_um) for curve in curves]
    assert len({round(ratio, 2) for ratio in high}) == 3
    assert (np.diff(angle_of(np.linspace(0, 1, 50))) > 0).all()


def test_the_section_of_the_organ_is_the_c_in_space():
    """Up to its turn in the plane and one factor per level, distances between places are those of the drawing."""
    found, v = organ(4000.0, 1700.0), np.linspace(0, 1700, 12)
    for u in (0.0, 2000.0, 4000.0):
        space = found.at(np.full(12, u), v, np.zeros(12))
        drawn = np.stack(c_curve(1700.0, 0.5, u / 4000).at(v, 0.0), axis=1)
        lengths = [np.linalg.norm(p[:, None] - p[None], axis=-1)[np.triu_indices(12, 1)] for p in (space, drawn)]
        ratio = lengths[0] / lengths[1]
        assert np.ptp(ratio) / ratio.mean() < 0.005


@pytest.fixture(scope="module")
def patch():
    return NeurogenesisModel("mouse_sedentary", tissue={"septotemporal": "0.3 mm", "transverse": "0.3 mm"})


def test_a_patch_lies_in_the_middle_of_the_gyrus_of_its_species(patch):
    found = organ_of(patch)
    assert (found.length_um, found.width_um) == sheet_of("mouse")
    assert found.first_um == (1850.0, 700.0)
    middle = found.at([150.0], [150.0], [0.0])
    assert np.allclose(middle, organ(4000.0, 1700.0).at([2000.0], [850.0], [0.0]))
    assert found.level(150.0) == 0.5
    assert np.allclose(curve_of(patch, 150.0).x_um, curve_of(patch).x_um)


def test_a_picture_of_the_organ_shows_its_cells_and_names_its_ends(patch):
    picture = organ_picture(patch, "group", width=400)
    assert picture.size == (400, 224)
    pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    assert len(np.unique(pixels, axis=0)) > 100
    found = organ_of(patch)
    names = marks(Camera(2000.0, 400, 224), found)
    assert {"septal", "temporal"} < set(names)
    assert names["septal"][0] < names["temporal"][0]
    assert set(plane_of(found, 150.0)) == {"hilus", "molecular layer"}
    assert len(drawn_cells(patch.world).rows) == patch.n_cells
    with pytest.raises(InputError):
        organ_picture(patch, "nothing")


def test_the_outline_of_the_unrolled_surface_has_its_true_lengths():
    found = organ(4000.0, 1700.0)
    edge = found.outline_um(0.5)
    levels, steps, _ = found.table.shape
    assert len(edge) == 2 * (levels + steps) - 4
    supra, infra = edge[:levels], edge[levels + steps - 2 : 2 * levels + steps - 2][::-1]
    for line, true_um in ((supra, found.lengths_um[0]), (infra, found.lengths_um[-1])):
        assert np.ptp(line[:, 0]) == pytest.approx(true_um)
    np.testing.assert_allclose(infra[:, 1] - supra[:, 1], found.widths_um)
    middle = (levels - 1) // 2
    assert [supra[middle, 0], infra[middle, 0]] == pytest.approx([2000.0, 2000.0])
