"""The model as a Mesa user meets it: seeds, steps, tables and the few things it says about itself."""

import mesa
import numpy as np
import pandas as pd
import pytest

from neurogen_abm.assays.recorder import TALLIES, Feelings
from neurogen_abm.errors import InputError
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

SMALL = (300.0, 300.0)
TALLIED = list(TALLIES)  # counted since the recorder began to look


def load_and_resolve(scenario):
    return resolve(load_scenario(scenario))


def test_it_is_a_mesa_model_with_one_muscle(lived):
    model = lived(SMALL, duration="2 d")
    assert isinstance(model, mesa.Model)
    assert next(iter(model.agents)) is model.muscle
    assert not model.running
    assert model.day == 2.0
    assert model.age_h == (56 + 2) * 24.0
    assert model.n_cells == model.world.counts().sum() > 0


def test_steps_of_mesa_are_steps_of_the_scenario(patch):
    model = NeurogenesisModel(patch(SMALL, duration="2 d", step="2 h"))
    assert model.n_steps == 24
    model.step()
    assert model.world.time_h == 2.0
    assert model.muscle.minute == 120
    assert model.running
    model.run_model()
    assert model.world.time_h == 48.0
    assert not model.running


def test_seed_and_rng_mean_the_same(patch):
    by_seed, by_rng = NeurogenesisModel(patch(SMALL), seed=8), NeurogenesisModel(patch(SMALL), rng=8)
    assert by_seed.spec.scenario.seed == by_rng.spec.scenario.seed == 8
    np.testing.assert_array_equal(by_seed.world.population.cells.id, by_rng.world.population.cells.id)
    with pytest.raises(InputError, match="they mean the same"):
        NeurogenesisModel(patch(SMALL), seed=8, rng=8)


def test_a_resolved_scenario_is_taken_as_it_is(lived):
    model = lived(SMALL, duration="2 d")
    again = NeurogenesisModel(model.spec)
    assert again.spec is model.spec
    assert NeurogenesisModel(model.spec, seed=12).spec.scenario.seed == 12


def test_history_is_lived_before_the_run_and_told(patch):
    told: list[tuple[int, int]] = []
    model = NeurogenesisModel(patch(SMALL), on_history=lambda done, total: told.append((done, total)))
    assert model.world.time_h == 0.0
    total = round(-model.world.start.time_h)
    assert told[-1] == (total - total % 24, total)
    births = model.world.population.cells.birth_h[: model.world.population.n]
    assert births.max() < 0.0
    assert len(model.series_frame()) == 1
    assert (model.series_frame()[["births", "deaths", "integrated", "new_neurons"]] == 0).all(axis=None)


def test_a_patch_is_its_share_of_the_gyrus(patch):
    whole = 4000.0 * 1700.0
    model = NeurogenesisModel(patch(SMALL))
    assert model.area_fraction == pytest.approx(300.0 * 300.0 / whole)
    assert model.world.start.n_stem == pytest.approx(
        model.spec.value("lineage.stem.initial_count", "cells") * model.area_fraction, abs=1
    )
    assert model.world.grid.n_columns == 900


def test_a_row_is_recorded_as_often_as_asked(patch):
    model = NeurogenesisModel(patch(SMALL, duration="2 d", outputs={"cadence": "6 h"}))
    model.run_model()
    series = model.series_frame()
    np.testing.assert_array_equal(series["time_h"], np.arange(0.0, 49.0, 6.0))
    np.testing.assert_allclose(series["age_d"], 56.0 + series["day"])
    np.testing.assert_allclose(series["clock_h"], (7.0 + series["time_h"]) % 24.0)


def test_a_life_that_goes_on_is_recorded_at_the_multiples_of_the_cadence(patch):
    short, long = (
        load_and_resolve(patch(SMALL, duration=duration, outputs={"cadence": "6 h"})) for duration in ("20 h", "2 d")
    )
    model = NeurogenesisModel(short)
    model.run_model()
    model.live_on(long)
    model.run_model()
    times = model.series_frame()["time_h"]
    assert times.tolist() == [0.0, 6.0, 12.0, 18.0, 20.0, 24.0, 30.0, 36.0, 42.0, 48.0]
    unbroken = NeurogenesisModel(long)
    unbroken.run_model()
    on_the_grid = model.series_frame()[times % 6.0 == 0.0].reset_index(drop=True)
    same = [name for name in on_the_grid if name not in ("bdnf_plasma_pg_ml", "bdnf_niche_pg_ml")]
    pd.testing.assert_frame_equal(
        on_the_grid[same].iloc[[*range(4), *range(5, 9)]], unbroken.series_frame()[same].iloc[[*range(4), *range(5, 9)]]
    )


def test_a_life_that_goes_on_without_a_receptor_is_one_that_began_without(patch):
    """The same past, then no receptor: continued, and from scratch with that past put into it."""
    running = {"activity": [{"kind": "wheel", "distance": "7 km/d"}], "duration": "5 d"}
    with_it = load_and_resolve(patch(**running))
    without = load_and_resolve(patch(knock_outs=[{"receptor": "bdnf"}], **running))
    begun = NeurogenesisModel(with_it)
    continued, usual, scratch = begun.fork(), begun.fork(), NeurogenesisModel(without)
    continued.live_on(without)
    effects, scratch.world = scratch.world.effects, begun.world
    scratch.world.effects = effects
    for model in (continued, usual, scratch):
        model.run_model()
    ends = [model.series_frame().iloc[1:].drop(columns=TALLIED) for model in (continued, usual, scratch)]
    pd.testing.assert_frame_equal(ends[0], ends[2])
    assert ends[0]["n_ki67"].iloc[-1] < ends[1]["n_ki67"].iloc[-1]


def test_means_over_an_interval_do_not_depend_on_how_often_one_looks(patch):
    hourly, daily = (
        NeurogenesisModel(
            patch(SMALL, activity=[{"kind": "wheel", "distance": "7 km/d"}], duration="2 d", outputs={"cadence": every})
        )
        for every in ("1 h", "24 h")
    )
    hourly.run_model()
    daily.run_model()
    fine, coarse = hourly.series_frame(), daily.series_frame()
    for name in ("intensity", "bdnf_plasma_pg_ml", "bdnf_niche_pg_ml"):
        of_the_day = fine[name].iloc[1:].to_numpy().reshape(2, 24).mean(axis=1)
        np.testing.assert_allclose(coarse[name].iloc[1:], of_the_day, rtol=1e-12)
    assert coarse["births"].iloc[-1] == fine["births"].iloc[-1]


def test_plasma_rises_with_running_and_the_niche_follows(lived):
    runner, rest = (lived(running=running, duration="3 d").series_frame() for running in (True, False))
    night = runner["intensity"] > 0.2
    assert night.any()
    assert (runner.loc[night, "bdnf_plasma_pg_ml"] > 1.1 * rest["bdnf_plasma_pg_ml"].iloc[0]).all()
    assert runner["bdnf_niche_pg_ml"].max() > 1.2 * rest["bdnf_niche_pg_ml"].max()
    assert rest["distance_km"].iloc[-1] == 0.0
    assert runner["distance_km"].iloc[-1] == pytest.approx(21.0, rel=0.4)


def test_half_the_step_keeps_daily_plasma_within_a_thousandth(lived):
    whole, half = (lived(SMALL, running=True, duration="3 d", step=step).series_frame() for step in ("1 h", "30 min"))
    for day in (1, 2):
        means = [
            frame.loc[(frame["day"] > day) & (frame["day"] <= day + 1), "bdnf_plasma_pg_ml"].mean()
            for frame in (whole, half)
        ]
        assert means[1] == pytest.approx(means[0], rel=1e-3)


def test_the_distance_of_a_day_is_that_of_the_last_twenty_four_hours(lived):
    series = lived(running=True, duration="3 d").series_frame()
    covered = series["distance_km"].to_numpy()
    np.testing.assert_allclose(series["distance_km_d"].iloc[24:], covered[24:] - covered[:-24], atol=1e-9)
    assert series["distance_km_d"].iloc[-1] > 2.0


def test_low_and_high_bdnf_are_the_fifth_and_ninety_fifth_percentile_of_the_niche(lived):
    model = lived(duration="3 d")
    levels, first = model.map_frame()["bdnf_rest_pg_ml"], model.series_frame().iloc[0]
    apart = np.diff(np.unique(levels)).max()  # sites are sorted into classes
    assert first["bdnf_niche_low_pg_ml"] == pytest.approx(levels.quantile(0.05), abs=float(apart))
    assert first["bdnf_niche_high_pg_ml"] == pytest.approx(levels.quantile(0.95), abs=float(apart))


def test_the_trained_have_more_bdnf_in_blood_at_rest():
    human = {"schema": 1, "name": "trained", "species": "human", "sex": "male", "age": "30 yr", "duration": "1 d"}
    tissue = {"tissue": {"septotemporal": "300 um", "transverse": "300 um"}, "neurogenesis": "none"}
    model = NeurogenesisModel(human | tissue)
    gain = model.spec.value("physiology.circulation.trained_rest_gain", "1")
    assert gain > 0.05
    model.muscle.health = model.muscle.health._replace(fitness_slow=0.5)
    assert model.muscle._release()[1] == pytest.approx(1.0 + 0.5 * gain)


def test_the_map_has_a_row_a_column(lived):
    model = lived(SMALL, duration="2 d")
    sheet = model.map_frame()
    assert len(sheet) == 900
    assert sheet["u_um"].between(0.0, 300.0).all()
    assert sheet["granule_cells"].sum() == model.world.tissue.occupancy.load.sum()
    # Sites on capillaries stand higher than those far from any.
    on = sheet["capillary"] > 0
    assert sheet.loc[on, "bdnf_rest_pg_ml"].mean() > sheet.loc[~on, "bdnf_rest_pg_ml"].mean()


def test_the_register_can_be_left_out(patch):
    model = NeurogenesisModel(patch(SMALL, duration="1 d", outputs={"cells": False}))
    model.run_model()
    cells = model.cells_frame()
    assert len(cells) == 0
    assert "mother" in cells


def test_a_run_knows_what_it_read(lived):
    model = lived(SMALL, duration="2 d")
    assert {"lineage.stem.initial_count", "physiology.circulation.plasma_rest"} <= model.used_parameters
    assert model.used_parameters <= set(model.spec.parameters)
    # The control pathways have no part in this one, and are not cited.
    assert not any(path.startswith("pathways.induced") for path in model.used_parameters)


def test_a_gyrus_without_stem_cells_lives_on_and_counts_nothing():
    model = NeurogenesisModel(
        {
            "schema": 1,
            "name": "no_neurogenesis",
            "species": "human",
            "sex": "male",
            "age": "40 yr",
            "duration": "2 d",
            "tissue": {"septotemporal": "300 um", "transverse": "300 um"},
            "pathway": "circulating",
            "neurogenesis": "none",
        }
    )
    model.run_model()
    model.world.check()
    assert model.n_cells == 0
    assert len(model.cells_frame()) == 0
    assert (model.series_frame()[["births", "deaths", "new_neurons", "n_dcx"]] == 0).all(axis=None)
    assert (model.series_frame()["granule_background"] > 0).all()


def test_the_smallest_patch_lives(lived):
    model = lived((50.0, 50.0), running=True, duration="6 d")
    model.world.check()
    series = model.series_frame().drop(columns=list(Feelings._fields))  # missing unless asked for
    assert np.isfinite(series.to_numpy(float)).all()


def test_saturating_levels_of_signal_break_nothing(patch):
    flood = {"signal": "bdnf", "route": "niche", "level": "1e6 pg/mL"}
    model = NeurogenesisModel(patch(SMALL, infusions=[flood], duration="20 d"))
    model.run_model()
    model.world.check()
    series = model.series_frame().drop(columns=list(Feelings._fields))  # missing unless asked for
    assert np.isfinite(series.to_numpy(float)).all()
