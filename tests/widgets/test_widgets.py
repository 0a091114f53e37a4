"""What the widgets are told is what the model holds; a click gives the cell back."""

import re
import sys

import numpy as np
import pytest
from pages import unpack

import neurogen_abm
from neurogen_abm import EnvironmentFault, InputError, IntegrityError, NeurogenesisModel
from neurogen_abm.biology.states import STATES
from neurogen_abm.widgets import map_of, twins
from neurogen_abm.widgets.esm import module
from neurogen_abm.widgets.moments import moment_at_end

pytest.importorskip("anywidget", reason="anywidget is not installed: pip install '.[widget]'")

PATCH = {"tissue": {"septotemporal": "400 um", "transverse": "300 um"}, "duration": "3 d"}
SCENARIO = "mouse_wheel_running"


@pytest.fixture(scope="module")
def result():
    return neurogen_abm.run(SCENARIO, overrides=PATCH)


@pytest.fixture(scope="module")
def lived():
    """An animal at its end, and the widget that shows its first day and its last."""
    model = NeurogenesisModel(SCENARIO, **PATCH)
    for _ in range(24):
        model.step()
    widget = map_of(model)
    while model.running:
        model.step()
    widget.add(model)
    return model, widget


@pytest.fixture(scope="module")
def comparison():
    early = {"assays": [{"name": "dividing", "count": "Ki67+", "at": "1 d"}]}
    return neurogen_abm.compare("mouse_sedentary", SCENARIO, pairs=2, overrides=PATCH | early, workers=0)


def told(row):
    return {name: int(row[f"n_{name}"]) for name in STATES}


def test_a_result_is_shown_with_the_counts_of_its_series(result):
    widget = map_of(result)
    (moment,) = widget.moments
    last = result.series.iloc[-1]
    assert moment["counts"] == told(last)
    assert moment["n_developmental"] == last["granule_background"]
    assert moment["day"] == 3.0
    assert widget.counts()["day 3"].sum() == moment["n_cells"] == sum(told(last).values())


def test_a_result_shows_the_very_cells_of_the_model_that_lived_it(result, lived):
    model, widget = lived
    held, own = moment_at_end(result), widget._held[-1]
    for name in ("id", "founder", "birth_h", "site", "state"):
        np.testing.assert_array_equal(getattr(held.alive, name), getattr(own.alive, name))
    np.testing.assert_array_equal(held.developmental, own.developmental)
    np.testing.assert_allclose(held.level, model.recorder.mean_level(model.world), rtol=1e-6)
    assert "mean of the whole run" in held.level_is


def test_a_result_that_kept_its_field_shows_that_of_its_end(lived):
    model, _ = lived
    held = moment_at_end(neurogen_abm.run(SCENARIO, overrides=PATCH | {"outputs": {"fields": True}}))
    assert "last recorded" in held.level_is
    np.testing.assert_allclose(held.level, model.world.level, rtol=1e-5)


def test_moments_of_a_model_are_those_of_its_series_and_stay(lived):
    model, widget = lived
    series = model.series_frame().set_index("day")
    assert [one["day"] for one in widget.moments] == [1.0, 3.0]
    assert [one["counts"] for one in widget.moments] == [told(series.loc[day]) for day in (1.0, 3.0)]
    assert widget.moment == 1
    for frame, held in zip(widget.frames, widget._held, strict=True):
        _, arrays = unpack(frame)
        columns = np.cumsum(arrays["gap", 0], dtype=np.int64)
        np.testing.assert_array_equal(columns, held.alive.site % model.world.grid.n_columns)
        np.testing.assert_array_equal(arrays["kind", 0] & 15, held.alive.state)
        assert {f"value_{by}" for by in ("clone", "birth", "bdnf", "stain:dcx")} <= {name for name, _ in arrays}
    dcx = unpack(widget.frames[1])[1]["value_stain:dcx", 0]
    assert dcx.sum() == series["n_dcx"].iloc[-1]


def test_other_days_of_a_result_are_lived_again(result):
    widget = map_of(result, days=[2, 0])
    series = result.series.set_index("day")
    assert [one["day"] for one in widget.moments] == [0.0, 2.0]
    assert [one["counts"] for one in widget.moments] == [told(series.loc[day]) for day in (0.0, 2.0)]
    with pytest.raises(InputError, match="not recorded"):
        map_of(result, days=[1, 4])


def test_a_click_gives_the_cell_back(result):
    widget = map_of(result)
    cells = result.cells.set_index("id")
    widget.picked = [0, 200]
    cell = widget.cell
    own = cells.loc[cell.id]
    assert (cell.state, cell.clone) == (own["state"], own["founder"])
    assert cell.age_d == pytest.approx(3 - own["birth_h"] / 24)
    assert abs(cell.u_um - own["u_um"]) <= 5
    alive = cells[(cells["cause"] == "alive") | ((cells["cause"] == "apoptosis") & cells["cleared_h"].isna())]
    assert cell.clone_size == (alive["founder"] == cell.clone).sum()
    assert str(cell.id) in widget.said
    for nothing in ([], [0, 10**6], [1, 0]):
        widget.picked = nothing
        assert (widget.cell, widget.said) == (None, "")


def test_a_section_holds_what_stands_still_at_its_place(lived):
    model, widget = lived
    widget.section_um = 95.0
    header, arrays = unpack(widget.section)
    grid = model.world.grid
    assert header["u_um"] == 95.0
    assert arrays["site_class", 0].shape == (model.world.parameters.n_layers, grid.n_v)
    with pytest.raises(InputError, match="outside"):
        widget.section_um = 401.0


def test_choices_are_checked(result, lived):
    widget = map_of(result, by="clone", view="section", ground="paper")
    assert (widget.by, widget.view, widget.ground) == ("clone", "section", "paper")
    for name, value in (("by", "clones"), ("by", "stain:dcx"), ("view", "map"), ("moment", 1), ("overlay", "on")):
        with pytest.raises(InputError) as refused:
            setattr(widget, name, value)
        assert refused.value.where == name
    with pytest.raises(InputError, match="no choice"):
        map_of(result, colour="clone")
    with pytest.raises(InputError, match="not a Result"):
        map_of("mouse_sedentary")
    model, own = lived
    with pytest.raises(InputError, match="as it is now"):
        map_of(model, days=[1])
    with pytest.raises(InputError, match="already"):
        own.add(model)
    with pytest.raises(InputError, match="not the animal"):
        own.add(NeurogenesisModel("mouse_sedentary", **PATCH))


def test_what_a_result_lacks_or_contradicts_is_refused(result):
    bare = neurogen_abm.run("mouse_sedentary", overrides=PATCH | {"duration": "1 h", "outputs": {"cells": False}})
    with pytest.raises(InputError, match="holds no cells"):
        map_of(bare)
    other = result.series.copy()
    other.loc[other.index[-1], "n_mature"] += 1
    changed = type(result)(**{**vars(result), "series": other})
    with pytest.raises(IntegrityError, match="n_mature"):
        map_of(changed)


def test_twins_are_those_of_the_comparison(comparison):
    panel = twins(comparison)
    assert panel.read_out == comparison.read_out
    rows = comparison.effects[comparison.effects["read_out"] == "n_dcx"].sort_values("day")
    curves = panel.curves["n_dcx"]
    assert curves["days"] == rows["day"].tolist()
    np.testing.assert_allclose(curves["arms"][0]["mean"], rows["control"])
    np.testing.assert_allclose(curves["arms"][1]["mean"], rows["treated"])
    np.testing.assert_allclose(np.array(curves["effects"][0]["low"], float), rows["relative_low"])
    own = comparison.series[comparison.series["arm"] == SCENARIO].groupby("day")["n_dcx"]
    middle = np.mean([curves["arms"][1]["low"], curves["arms"][1]["high"]], axis=0)
    np.testing.assert_allclose(middle, own.mean())
    assert (np.array(curves["arms"][1]["high"]) >= own.max().to_numpy()).all()  # two animals: the interval is wide
    panel.read_out = "n_dcx"
    (said,) = panel.words()
    assert said.startswith("DCX-positive cells at the end of mouse wheel running")
    with pytest.raises(InputError, match="not compared"):
        twins(comparison, "n_doublecortin")
    with pytest.raises(InputError, match="not a Comparison"):
        twins(comparison.effects)


def test_an_assay_has_its_day_and_no_band_of_an_arm(comparison):
    panel = twins(comparison, "dividing")
    curves = panel.curves["dividing"]
    assert curves["days"] == [1.0]
    ki67 = comparison.series[comparison.series["day"] == 1.0].groupby("arm")["n_ki67"].mean()
    assert [arm["mean"] for arm in curves["arms"]] == [[ki67[arm]] for arm in comparison.arms]
    assert curves["arms"][0]["low"] == [None]
    assert panel.words()[0].startswith("dividing on day 1 of mouse wheel running")


def test_representations_are_short_and_say_something_without_a_front_end(result, comparison):
    for widget in (map_of(result), twins(comparison)):
        data, _ = widget._repr_mimebundle_()
        assert data["text/plain"] == repr(widget)
        assert len(repr(widget)) < 120
        assert "<table" in data["text/html"]
        assert "application/vnd.jupyter.widget-view+json" in data
    assert "late immature" in map_of(result)._repr_mimebundle_()[0]["text/html"]


@pytest.mark.parametrize("entry", ["organ_widget.js", "twins_widget.js"])
def test_a_script_is_whole_and_asks_nobody(entry):
    script = module(entry)
    assert not re.search(r"^\s*(import|export (?!default))\b", script, re.M)
    assert not re.search(r"\bimport\s*\(|\bfetch\s*\(|XMLHttpRequest|WebSocket|url\(|@import", script)
    assert set(re.findall(r"https?://[\w./-]+", script)) == {"http://www.w3.org/2000/svg"}
    assert script.count("export default") == 1


def test_without_the_extra_the_way_to_it_is_said(monkeypatch, result):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    for call, given in ((map_of, result), (twins, None)):
        with pytest.raises(EnvironmentFault, match="anywidget") as refused:
            call(given)
        assert "pip install 'neurogen_abm[widget]'" in refused.value.cure
