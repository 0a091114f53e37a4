import re

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from made_runs import make_run

from neurogen_abm.assays.places import places
from neurogen_abm.report.figures import cohorts, evidence, lineage, section, sheet, timelines
from neurogen_abm.report.figures.differences import difference_map
from neurogen_abm.report.figures.palette import STATE_COLOURS, STATE_FAMILIES, contrast_on_white, readable
from neurogen_abm.report.figures.plots import plots
from neurogen_abm.report.figures.rates import actogram, daily_range, rate_per_day, thin
from neurogen_abm.report.figures.style import spread
from neurogen_abm.report.pages.run import render
from neurogen_abm.run import prepare
from neurogen_abm.scene.geometry import THICKNESS_UM, c_curve, in_section, middle_of
from neurogen_abm.scene.organ import outline_around

UNIT = re.compile(r"\([^()]*\w[^()]*\)$")


def axes(figure):
    return [
        figure.layout[key]
        for key in figure.layout
        if re.fullmatch(r"[xy]axis\d*", key) and figure.layout[key].to_plotly_json()
    ]


def every_figure(run):
    return {plot.key: plot.figure for group in plots(run).values() for plot in group}


@pytest.mark.parametrize("kind", ["running", "empty_run"])
def test_every_axis_has_a_title_with_its_unit(kind, request):
    for key, figure in every_figure(request.getfixturevalue(kind)).items():
        assert len(axes(figure)) >= 2, key
        for axis in axes(figure):
            if axis.showticklabels is False and axis.title.text is None and "matches" in axis:
                continue  # the upper of two panels that share a time axis
            assert axis.title.text, key
            assert UNIT.search(axis.title.text.replace("<br>", " ")) or key == "grades", (key, axis.title.text)


def test_a_state_has_one_colour_in_every_figure(running):
    seen = {}
    for figure in every_figure(running).values():
        for trace in figure.data:
            name = re.sub(r"^\d+ |^died, | \([\d,]+\)$", "", trace.name or "")
            colour = (trace.line.color if trace.type == "scatter" and trace.mode == "lines" else None) or (
                trace.marker.color if trace.type in ("bar", "scatter") else None
            )
            if isinstance(colour, str) and name in {"early immature", "late immature", "type 2a", "mature", "dormant"}:
                seen.setdefault(name, set()).add(colour)
    assert seen
    assert all(len(colours) == 1 for colours in seen.values()), seen


def test_no_two_states_share_a_colour_and_every_label_can_be_read():
    assert len(set(STATE_COLOURS.values())) == len(STATE_COLOURS)
    assert all(contrast_on_white(readable(colour)) >= 4.5 for colour in STATE_COLOURS.values())
    assert set(STATE_COLOURS) == {state for family in STATE_FAMILIES.values() for state in family}


def test_the_tables_are_left_as_they_were(running):
    before = [frame.copy() for frame in (running.series, running.cells, running.map)]
    plots(running)
    for frame, old in zip((running.series, running.cells, running.map), before, strict=True):
        pd.testing.assert_frame_equal(frame, old)


def test_the_actogram_puts_each_hour_in_its_place():
    # Two days from 07:00; one kilometre in the hour that ends at 20:00 of the second day
    time = np.arange(0, 49.0)
    distance = np.where(time >= 24 + 13, 1.0, 0.0)
    series = pd.DataFrame({"time_h": time, "clock_h": (7 + time) % 24, "intensity": 0.0, "distance_km": distance})
    values, days, hours, start, is_distance = actogram(series)
    assert is_distance
    assert start == 7
    assert values.shape == (24, 2)
    row, column = np.argwhere(values == 1.0)[0]
    assert (days[column], (start + hours[row]) % 24) == (1.5, 19.5)
    assert np.nansum(values) == 1.0


def test_an_actogram_has_days_down_each_with_the_next_and_a_bar_of_light():
    # From 07:00; one kilometre in the hour that ends at 20:00 of the second day; lights on from 06:00 to 18:00.
    time = np.arange(0, 73.0)
    distance = np.where(time >= 24 + 13, 1.0, 0.0)
    series = pd.DataFrame({"time_h": time, "clock_h": (7 + time) % 24, "intensity": 0.0, "distance_km": distance})
    fig = timelines.activity_strip(series, (6.0, 18.0))
    heat = fig.data[0]
    z = np.asarray(heat.z, dtype=float)
    ran = [(float(heat.y[row]), float(heat.x[column])) for row, column in np.argwhere(z == 1.0)]
    assert ran == [(0.5, 36.5), (1.5, 12.5)]  # at the end of the first row, and in its own
    assert np.isnan(z[-1, 24:]).all()  # no day follows the last
    assert fig.layout.yaxis.range == (3.0, 0.0)
    dark = [(shape.x0, shape.x1) for shape in fig.layout.shapes if shape.fillcolor == timelines.NIGHT]
    assert dark == [(11.0, 23.0), (35.0, 47.0)]
    assert sum(fig.data[1].x) == pytest.approx(1.0)


def test_an_animal_without_a_wheel_is_shown_by_intensity():
    time = np.arange(0, 25.0)
    series = pd.DataFrame({"time_h": time, "clock_h": time % 24, "intensity": 0.25, "distance_km": 0.0})
    values, *_, is_distance = actogram(series)
    assert not is_distance
    np.testing.assert_allclose(values, 0.25)


@pytest.mark.parametrize("cadence_h", [1, 6, 24, 72])
def test_rates_add_up_to_the_total_at_any_cadence(cadence_h):
    time = np.arange(0, 24 * 10 + 1, cadence_h, dtype=float)
    series = pd.DataFrame({"time_h": time, "births": np.cumsum(np.arange(time.size))})
    rate = rate_per_day(series, "births")
    assert (rate["per_day"] * rate["width_d"]).sum() == pytest.approx(series["births"].iloc[-1])


def test_a_day_begun_is_divided_by_its_own_length():
    series = pd.DataFrame({"time_h": [0.0, 24.0, 30.0], "births": [0, 24, 30]})
    assert rate_per_day(series, "births")["per_day"].tolist() == pytest.approx([24, 24])


def test_daily_range_starts_a_day_after_its_first_hour():
    series = pd.DataFrame({"time_h": [0.0, 6.0, 24.0, 25.0], "bdnf_plasma_pg_ml": [9.0, 1.0, 3.0, 5.0]})
    table = daily_range(series, "bdnf_plasma_pg_ml")
    assert table["mean"].tolist() == [(6 * 1 + 18 * 3) / 24, 5]
    assert table[["low", "high"]].to_numpy().tolist() == [[1, 3], [5, 5]]
    assert table["day"].tolist() == [0.5, 1.5]


def test_thinning_keeps_both_ends():
    series = pd.DataFrame({"time_h": np.arange(10_001)})
    kept = thin(series, 1000)["time_h"]
    assert len(kept) <= 1002
    assert kept.iloc[[0, -1]].tolist() == [0, 10_000]


def test_labels_keep_their_distance_and_their_order():
    placed = spread([5, 5.1, 5.2, 0], 1, 0, 10)
    assert sorted(placed) == [placed[3], placed[0], placed[1], placed[2]]
    assert np.diff(sorted(placed)).min() >= 1 - 1e-12
    assert max(spread([10, 10, 10], 2, 0, 10)) == 10


def test_the_sheet_shows_the_cells_of_the_subgranular_zone_where_they_are():
    field = pd.DataFrame({"u_um": [5, 15, 5, 15], "v_um": [5, 5, 15, 15], "capillary": 0.0, "bdnf_mean_pg_ml": 30.0})
    cells = pd.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "u_um": [5.0, 15.0, 15.0, 5.0],
            "v_um": [5.0, 5.0, 5.0, 15.0],
            "layer": [0, 0, 0, 3],
            "state": ["dormant", "dormant", "type_2a", "mature"],
            "cause": "alive",
        }
    )
    heat = sheet.sheet_of_cells(cells, field).data[0]
    # 1 dormant, 2 type 2a; the type 2a cell hides the stem cell below it, the mature neuron is not in the zone
    assert np.asarray(heat.z).tolist() == [[1, 2], [0, 0]]


def test_density_of_neurons_counts_each_once(running):
    density = np.asarray(sheet.density_of_neurons(running.cells, running.map).data[0].z, dtype=float)
    alive = running.cells.query("cause == 'alive' and birth_h >= 0 and mother != 0")
    expected = alive["state"].isin(STATE_FAMILIES["neuron"]).sum()
    assert density.mean() * (1.0 * 0.6) == pytest.approx(expected, rel=1e-5)


def test_around_a_whole_gyrus_stands_the_outline_of_the_surface_and_around_a_patch_none():
    """Of the mouse it encloses 11 % more than the sheet, and reaches 0.6 mm beyond either end of the crest."""
    whole = prepare("mouse_sedentary")
    outline = outline_around(whole, whole.sides_um, 3)
    u, v = (axis.ravel() for axis in np.meshgrid(np.arange(25, 4000, 50.0), np.arange(25, 1700, 50.0)))
    field = pd.DataFrame({"u_um": u, "v_um": v, "capillary": 1.0, "bdnf_mean_pg_ml": 30.0})
    fig = sheet.sheet_of_bdnf(field, outline=outline)
    heat, line = fig.data
    x, y = (np.asarray(axis, float) for axis in (line.x, line.y))
    assert abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2 == pytest.approx(1.11 * 4.0 * 1.7, rel=0.01)
    assert (x.min(), x.max() - 4.0) == (pytest.approx(-0.6, abs=0.06), pytest.approx(0.6, abs=0.06))
    assert fig.layout.xaxis.range[0] < x.min() < x.max() < fig.layout.xaxis.range[1]
    assert fig.layout.yaxis.range[1] < y.min() < y.max() < fig.layout.yaxis.range[0]
    assert heat.type == "heatmap"
    patch = prepare("mouse_sedentary", None, {"tissue": {"septotemporal": "600 um", "transverse": "400 um"}})
    assert len(sheet.sheet_of_bdnf(field, outline=outline_around(patch, patch.sides_um)).data) == 1


def test_the_drawn_c_keeps_lengths_and_sides():
    along = np.linspace(0, 1700, 400)
    x, y = c_curve(1700).at(along, 0.0)
    assert np.hypot(np.diff(x), np.diff(y)).sum() == pytest.approx(1700, rel=0.005)
    assert y[0] > y[-1]  # suprapyramidal blade above
    assert x.argmin() == pytest.approx(200, abs=2)  # crest to the left, halfway
    out_x, out_y = c_curve(1700).at(along, 80.0)
    assert np.hypot(out_x - x, out_y - y) == pytest.approx(80, rel=1e-6)
    assert out_x.min() < x.min()
    assert out_y[0] > y[0]  # outwards is away from the hilus on both blades
    assert out_y[-1] < y[-1]


def test_map_points_stay_few_enough_to_draw():
    u, v = np.meshgrid(np.arange(5, 10_000, 10.0), np.arange(5, 5_000, 10.0))
    field = pd.DataFrame({"u_um": u.ravel(), "v_um": v.ravel(), "capillary": 1.0, "bdnf_mean_pg_ml": 30.0})
    assert np.asarray(sheet.sheet_of_bdnf(field).data[0].z).size <= 1.01 * sheet.MOST_PIXELS


def test_a_long_run_is_drawn_from_few_points():
    run = make_run(days=70, per_day=2)
    series = pd.concat(
        [run.series.assign(time_h=run.series["time_h"] + 1680 * k) for k in range(10)], ignore_index=True
    )
    figures = [timelines.bdnf_levels(series), timelines.activity_strip(series), lineage.births_and_deaths(series)]
    assert all(len(figure.to_json()) < 300_000 for figure in figures)


def test_births_stand_above_and_deaths_below_zero(running):
    figure = lineage.births_and_deaths(running.series)
    bars = {trace.name: np.asarray(trace.y, dtype=float) for trace in figure.data if isinstance(trace, go.Bar)}
    assert bars["born"].sum() == pytest.approx(running.series["births"].iloc[-1])
    died = [values for name, values in bars.items() if name.startswith("died")]
    assert sum(values.sum() for values in died) == pytest.approx(-running.series["deaths"].iloc[-1])


def test_an_unknown_family_is_named():
    with pytest.raises(ValueError, match="'glia'"):
        lineage.cell_counts(pd.DataFrame({"time_h": [0.0]}), "glia")


def test_a_state_added_to_the_catalogue_appears():
    series = pd.DataFrame({"time_h": [0.0, 24.0], "n_senescent": [1, 2], "n_ki67": [0, 0]})
    assert lineage.state_columns(series) == ["senescent"]
    assert "senescent" in lineage.cell_counts(series, "other").data[-1].name


def test_the_plateau_is_named_only_when_it_was_reached(running):
    deaths = cohorts.deaths_of(running.resolved)
    assert [window[:2] for window in deaths.windows] == [(1.0, 4.0), (7.0, 21.0)]
    text = [note.text for note in cohorts.last_division_curve(running.cells, 35 * 24, deaths).layout.annotations]
    assert any(re.fullmatch(r"\d+ % alive at 28 d", line) for line in text)
    short = make_run(days=10, per_day=20)
    text = [note.text for note in cohorts.last_division_curve(short.cells, 240.0, deaths).layout.annotations]
    assert any("too short for the plateau" in line for line in text)


def test_grades_count_every_parameter_once(running):
    table = evidence.parameter_table(running.resolved.parameters)
    figure = evidence.evidence_grades(table)
    assert (
        sum(int(np.sum(np.asarray(trace.x))) for trace in figure.data) == len(table) == len(running.resolved.parameters)
    )


def test_every_assay_has_a_panel_with_its_numbers_and_its_sections(running):
    figure = every_figure(running)["assays"]
    table = running.assays
    titles = [axis.title.text for axis in axes(figure) if axis.title.text and "(cells)" in axis.title.text]
    assert set(titles) == {f"{name}<br>(cells)" for name in ("surviving", "cycling", "clone size")}
    true = [trace for trace in figure.data if "true" in trace.hovertemplate]
    assert [list(trace.y) for trace in true[:2]] == [
        table.loc[table["name"] == name, "count"].tolist() for name in ("surviving", "cycling")
    ]
    (sections,) = (trace for trace in figure.data if "sections" in trace.hovertemplate)
    assert list(sections.error_y.array) == pytest.approx([48.0] * 4)


def test_a_run_without_assays_has_no_section_of_them(empty_run):
    assert plots(empty_run)["assays"] == []
    assert 'id="assays"' not in render(empty_run)


def test_the_map_of_a_comparison_stands_as_that_of_a_run():
    tiles = pd.DataFrame({"arm": "b", "u_um": [50.0, 150.0] * 2, "v_um": [50.0, 50.0, 150.0, 150.0]})
    fig = difference_map(tiles.assign(new_neurons=[1.0, 2.0, 3.0, 4.0]), "b", "new_neurons")
    top, bottom = fig.layout.yaxis.range[1], fig.layout.yaxis.range[0]
    assert (top, bottom) == (0, 0.2)  # the suprapyramidal tip above, as in sheet_of_cells
    assert list(fig.data[0].y) == [0.05, 0.15]


def test_every_cell_of_a_section_is_a_dot_of_its_own():
    u, v, layer = np.meshgrid(np.arange(5, 100, 10.0), np.arange(5, 300, 10.0), np.arange(3), indexing="ij")
    cells = pd.DataFrame({"u_um": u.ravel(), "v_um": v.ravel(), "layer": layer.ravel()})
    cells = cells.assign(id=1 + np.arange(len(cells)), state="mature", cause="alive")
    field = pd.DataFrame({"u_um": cells["u_um"], "v_um": cells["v_um"], "bdnf_mean_pg_ml": 1.0, "capillary": 0.0})
    fig = section.section(cells, field, layers=2, pitch_um=10.0)
    (drawn,) = [trace for trace in fig.data if (trace.name or "").startswith("maturing and mature")]
    somata = places(cells["id"], cells["u_um"], cells["v_um"], cells["layer"], 10.0)
    expected = int(in_section(somata.u_um, 55.0).sum())
    assert drawn.name == f"maturing and mature neurons ({expected})"
    assert 280 < expected < 440  # about four of ten columns
    assert len(set(zip(drawn.x.tolist(), drawn.y.tolist(), strict=True))) == expected


@pytest.mark.parametrize("pitch", [10.0, 12.0, 8.0, 40.0, 60.0])
def test_a_section_is_as_thick_as_it_says_and_sections_hold_every_cell_once(pitch):
    u_um = np.random.default_rng(3).uniform(0, 4000, 5000)
    held = sum(in_section(u_um, middle).astype(int) for middle in np.arange(20.0, 4000, 40.0))
    assert (held == 1).all()
    middle = middle_of(2000.0, round(4000 / pitch), pitch)
    inside = u_um[in_section(u_um, middle)]
    assert np.ptp(inside) < THICKNESS_UM
    assert abs(middle - 2000.0) <= pitch / 2
