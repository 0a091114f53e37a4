"""What holds for every animal: consistent cell tables, a register without gaps, and no dependence on order.

Random small patches, described as a person would, live for days; each is checked against the invariants of the model.
"""

import hashlib
from copy import deepcopy
from typing import Any

import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurogen_abm.assays.recorder import Feelings
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine import commit, timers
from neurogen_abm.engine.rates import rates_at_age
from neurogen_abm.model import NeurogenesisModel

ACTIVITIES: list[list[dict[str, Any]]] = [
    [],
    [{"kind": "wheel", "distance": "7 km/d"}],
    [{"kind": "treadmill", "speed": "12 m/min", "session": "60 min", "clock": "10:00"}],
    [{"kind": "interval", "bouts": 4, "work": "4 min", "rest": "3 min", "intensity": 0.85, "clock": "11:00"}],
    [{"kind": "resistance", "session": "45 min", "intensity": 0.7, "clock": "09:00"}],
    [{"kind": "wheel", "distance": "4 km/d"}, {"kind": "immobilisation", "start": "1 d", "end": "2 d"}],
    [{"kind": "recording", "file": "mouse_wheel_hourly.csv", "animal": "F20407M", "metres_per_count": "0.35 m"}],
]
KNOCK_OUTS: list[list[dict[str, Any]]] = [
    [],
    [{"signal": "bdnf"}],
    [{"source": "plasma", "signal": "bdnf"}],
    [{"source": "niche", "signal": "bdnf"}],
    [{"receptor": "bdnf"}],
    [{"receptor": "bdnf", "states": ["dormant", "resting"]}],
]
INFUSIONS: list[list[dict[str, Any]]] = [
    [],
    [{"signal": "bdnf", "route": "systemic", "rate": "0.01 ug/h", "start": "1 d"}],
    [{"signal": "bdnf", "route": "niche", "level": "60 pg/mL", "start": "12 h", "end": "1 d"}],
]
SMALL = (400.0, 300.0)


@st.composite
def lives(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the changes that make an animal of its own; blood is infused only where the pathway responds to it."""
    pathway = draw(st.sampled_from(["circulating", "measured_barrier", "induced", "activity", "combined"]))
    hears_blood = pathway not in ("induced", "activity")
    return {
        "age": draw(st.sampled_from(["5 wk", "8 wk", "6 mo", "20 mo"])),
        "duration": f"{draw(st.integers(2, 6))} d",
        "step": draw(st.sampled_from(["30 min", "1 h", "2 h"])),
        "sex": draw(st.sampled_from(["female", "male"])),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "pathway": pathway,
        "activity": draw(st.sampled_from(ACTIVITIES)),
        "knock_outs": draw(st.sampled_from(KNOCK_OUTS)),
        "infusions": draw(st.sampled_from(INFUSIONS if hears_blood else [INFUSIONS[0], INFUSIONS[2]])),
        "feedback": draw(st.booleans()),
    }


def fingerprint(model: NeurogenesisModel) -> str:
    """Return a digest of every bit of the tables of a run."""
    digest = hashlib.sha256()
    for frame in (model.series_frame(), model.cells_frame(), model.map_frame()):
        for name in frame:
            column = frame[name]
            values = column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else column
            digest.update(name.encode() + np.ascontiguousarray(values.to_numpy()).tobytes())
    return digest.hexdigest()


# One animal, all books


@given(life=lives())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_books_of_any_animal_balance(patch, life):
    model = NeurogenesisModel(patch(SMALL, **life))
    while model.running:
        model.step()
        assert (model.world.level >= 0.0).all()
        assert model.muscle.plasma_fold >= 0.0
    model.world.check()
    _check_series(model)
    _check_register(model)
    _check_rates(model)


def _check_series(model: NeurogenesisModel) -> None:
    series = model.series_frame()
    numbers = series.drop(columns=list(Feelings._fields)).to_numpy(float)  # those are missing unless asked for
    assert np.isfinite(numbers).all()
    hours = max(model.spec.scenario.step_h, 1.0)  # a row an hour, or a row a step when that is longer
    np.testing.assert_array_equal(series["time_h"], np.arange(0.0, model.world.time_h + 0.5 * hours, hours))
    counts = [
        name for name in series if name.startswith(("n_", "deaths")) or name in ("births", "cleared", "integrated")
    ]
    assert (series[counts] >= 0).all(axis=None)
    assert (series[["bdnf_plasma_pg_ml", "bdnf_niche_pg_ml", "bdnf_niche_low_pg_ml"]] >= 0.0).all(axis=None)
    assert (series["bdnf_niche_low_pg_ml"] <= series["bdnf_niche_high_pg_ml"]).all()
    cumulative = ["births", "deaths", "cleared", "integrated", "stem_divisions", "progenitor_divisions", "distance_km"]
    assert (series[cumulative].diff().iloc[1:] >= 0).all(axis=None)
    mortal = [f"deaths_{state}" for state in ("immature_early", "immature_late", "maturing")]
    np.testing.assert_array_equal(series[mortal].sum(axis=1), series["deaths"])
    assert series[[f"n_{state}" for state in STATES]].iloc[-1].sum() == model.n_cells
    bodies = series["n_apoptotic"] - series["n_apoptotic"].iloc[0]
    np.testing.assert_array_equal(series["deaths"] - series["cleared"], bodies)


def _check_register(model: NeurogenesisModel) -> None:
    w, n, ended = model.world, model.world.population.n, model.world.population.n_ended
    every_id = np.concatenate([w.population.cells.id[:n], w.population.ended.id[:ended]])
    every_mother = np.concatenate([w.population.cells.mother[:n], w.population.ended.mother[:ended]])
    assert w.n_first + w.tally[commit.BIRTHS] == len(every_id)
    assert len(np.unique(every_id)) == len(every_id)
    assert (every_id > 0).all()
    assert np.isin(every_mother[every_mother != 0], every_id).all()
    founders = np.concatenate([w.population.cells.founder[:n], w.population.ended.founder[:ended]])
    assert np.isin(founders, every_id[every_mother == 0]).all()
    assert (every_id[every_mother == 0] == founders[every_mother == 0]).all()
    cells = model.cells_frame()
    alive = cells["cause"] == "alive"
    assert alive.sum() == model.n_cells - model.world.counts()[lineage.APOPTOTIC]
    assert cells.loc[alive, "end_h"].isna().all()
    lived = cells.loc[~alive, "end_h"] - cells.loc[~alive, "birth_h"]
    assert (lived >= -1e-4).all()
    assert (cells["birth_h"] <= w.time_h + 1e-9).all()
    born = cells.set_index("id")
    # The register is whole: every mother of every cell in it is in it too, back to a founder.
    daughters = cells[cells["mother"] != 0]
    assert daughters["mother"].isin(born.index).all()
    assert (daughters["birth_h"].to_numpy() >= born.loc[daughters["mother"], "birth_h"].to_numpy() - 1e-4).all()
    assert (daughters["founder"].to_numpy() == born.loc[daughters["mother"], "founder"].to_numpy()).all()


def _check_rates(model: NeurogenesisModel) -> None:
    w = model.world
    moment = rates_at_age(w.parameters, w.age_h)
    assert np.isfinite(w.tissue.tables.factors).all()
    assert (w.tissue.tables.factors > 0.0).all()
    assert np.isfinite(moment.hazard).all()
    assert (moment.hazard >= 0.0).all()
    assert w.tissue.occupancy.rivals.min() >= 0
    in_race = np.isin(w.population.cells.state[: w.population.n], [lineage.IMMATURE_LATE, lineage.MATURING])
    assert w.tissue.occupancy.rivals.sum() == in_race.sum()


def test_the_niche_gets_what_blood_brings_and_tissue_makes(lived):
    # Mass balance of the field: its mean over the niche is the sum of its two sources, whatever the pattern in space.
    model = lived(running=True, duration="6 d")
    w, p = model.world, model._lowered.physiology.pathway
    local, vascular = p.folds(model.muscle.niche_fold, model.muscle.exerkine_rise, model.muscle.hippocampal_activity)
    mean = w.level @ w.classes.weight
    pattern_mean = w.classes.pattern @ w.classes.weight
    assert mean == pytest.approx(w.niche.local * local + w.niche.vascular * vascular * pattern_mean, rel=1e-9)
    assert w.rest_level @ w.classes.weight == pytest.approx(30.0, rel=0.01)


# One seed, one result


LIFE = {"activity": [ACTIVITIES[1][0]], "duration": "4 d", "seed": 5, "knock_outs": [], "pathway": "combined"}


@pytest.fixture(scope="module")
def unbroken(patch) -> str:
    """Return the fingerprint of an animal that lived without disturbance."""
    model = NeurogenesisModel(patch(SMALL, **LIFE))
    model.run_model()
    return fingerprint(model)


def _half_way(patch: Any, **changes: Any) -> NeurogenesisModel:
    model = NeurogenesisModel(patch(SMALL, **(LIFE | changes)))
    for _ in range(48):
        model.step()
    return model


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_the_order_of_rows_does_not_matter(patch, unbroken, order):
    model = _half_way(patch)
    n = model.world.population.n
    model.world.permute(np.arange(n)[::-1] if order == "reversed" else np.random.default_rng(2).permutation(n))
    model.run_model()
    assert fingerprint(model) == unbroken


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_do_not_matter(patch, unbroken, monkeypatch, threads):
    if threads > numba.config.NUMBA_NUM_THREADS:
        pytest.skip("this machine has one core")
    monkeypatch.setattr(timers, "PARALLEL_FROM", 0)
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        model = NeurogenesisModel(patch(SMALL, **LIFE))
        model.run_model()
    finally:
        numba.set_num_threads(before)
    assert fingerprint(model) == unbroken


def test_a_life_goes_on_in_a_copy_of_its_world(patch, unbroken):
    model = _half_way(patch)
    copy = deepcopy(model.world)
    for _ in range(3):  # the world that was copied goes its own way and must not touch the copy
        model.world.step(2.0, 2.0)
    model.world = copy
    model.run_model()
    assert fingerprint(model) == unbroken


def test_another_seed_is_another_animal(patch, unbroken):
    model = NeurogenesisModel(patch(SMALL, **(LIFE | {"seed": 6})))
    model.run_model()
    assert fingerprint(model) != unbroken


# Twins


def test_twins_share_every_cell_until_one_of_them_runs(patch):
    rest, runner = (
        NeurogenesisModel(patch(activity=activity, duration="3 d", seed=9)) for activity in ([], ACTIVITIES[1])
    )
    first_bout = int(np.argmax(runner.muscle.intensity_of > 0.0)) // 60
    assert first_bout > 0
    for _ in range(first_bout):
        rest.step()
        runner.step()
    assert fingerprint(rest) == fingerprint(runner)
    rest.run_model()
    runner.run_model()
    assert fingerprint(rest) != fingerprint(runner)
    # What was born before the first bout has the same id, mother, hour and place of birth in both lives.
    registers = (m.cells_frame().set_index("id") for m in (rest, runner))
    early = [cells[cells["birth_h"] < first_bout] for cells in registers]
    assert early[0].index.equals(early[1].index)
    for name in ("mother", "founder", "birth_h", "generation"):
        pd.testing.assert_series_equal(early[0][name], early[1][name])
