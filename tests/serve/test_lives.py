"""A life on the page is the life of `neurogen run`, whatever happens on the way is lived again from a link."""

import numpy as np
import pandas as pd
import pytest
from pages import SMALL, WHEEL, opened

from neurogen_abm.errors import InputError
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.run import prepare
from neurogen_abm.run import run as run_headless
from neurogen_abm.serve.session.plan import plan_from_code


def series_of(page, arm=0):
    return np.array(page.series[arm])


def test_the_page_shows_the_numbers_of_a_run_to_the_last_bit(run):
    async def story(client):
        page = await opened(client, seed=5, changes={"activity": WHEEL})
        await page.command({"do": "play", "speed_h": 5})
        await page.until(lambda header: header["phase"] == "over")
        return series_of(page)

    shown = run(story)
    ran = run_headless("mouse_sedentary", seed=5, overrides=SMALL | {"activity": WHEEL})
    assert np.array_equal(shown, ran.series.to_numpy(np.float64), equal_nan=True)


def test_an_animal_taken_from_the_store_is_the_one_that_would_be_born(library):
    from neurogen_abm.serve.session.cache import AnimalCache

    cache = AnimalCache()
    first = cache.animal(library.prepare("mouse_sedentary", 3, SMALL))
    second = cache.animal(library.prepare("mouse_sedentary", 3, SMALL | {"activity": WHEEL, "duration": "3 d"}))
    assert len(cache._kept) == 1
    assert first.n_steps == 144
    while second.running:
        second.step()
    ran = run_headless("mouse_sedentary", seed=3, overrides=SMALL | {"activity": WHEEL, "duration": "3 d"})
    pd.testing.assert_frame_equal(second.series_frame(), ran.series)
    assert first.world.time_h == 0.0


@pytest.mark.parametrize("feedback", [False, True])
def test_a_fork_without_changes_lives_the_same_life(feedback):
    spec = prepare("mouse_sedentary", 2, SMALL | {"activity": WHEEL, "feedback": feedback})
    model = NeurogenesisModel(spec)
    for _ in range(40):
        model.step()
    before = model.series_frame()
    twin = model.fork()
    twin.live_on(spec)
    while twin.running:
        twin.step()
    pd.testing.assert_frame_equal(model.series_frame(), before)
    while model.running:
        model.step()
    pd.testing.assert_frame_equal(model.series_frame(), twin.series_frame())
    assert model.cells_frame().equals(twin.cells_frame())


def test_circumstances_change_from_now_on_and_the_past_stays():
    spec = prepare("mouse_sedentary", 2, SMALL)
    model = NeurogenesisModel(spec)
    for _ in range(36):
        model.step()
    before = model.series_frame()
    model.live_on(prepare(spec, overrides={"activity": WHEEL, "knock_outs": [{"signal": "bdnf"}], "duration": "8 d"}))
    assert model.muscle.distance_km == 0.0
    while model.running:
        model.step()
    after = model.series_frame()
    pd.testing.assert_frame_equal(after.iloc[:37], before)
    assert after["day"].iloc[-1] == 8.0
    assert after["distance_km"].iloc[-1] > 10.0
    # The bar on both sources leaves nothing in the niche.
    assert after["bdnf_niche_pg_ml"].iloc[36] > 20.0
    assert after["bdnf_niche_pg_ml"].iloc[-1] < 1.0
    model.world.check()


@pytest.mark.parametrize(
    "change", [{"age": "9 wk"}, {"pathway": "activity"}, {"lineage.clearance.time": "1.3 h"}, {"duration": "1 d"}]
)
def test_who_the_animal_is_cannot_change(change):
    spec = prepare("mouse_sedentary", 2, SMALL)
    model = NeurogenesisModel(spec)
    for _ in range(30):
        model.step()
    if "lineage.clearance.time" in change:
        other = prepare("mouse_sedentary", 2, SMALL | change)
    else:
        other = prepare(spec, None, change)
    with pytest.raises(InputError):
        model.live_on(other)


def test_a_link_lives_it_again_with_all_that_happened(run):
    async def story(client):
        page = await opened(client, seed=4)
        await page.run_to(1)
        await page.command({"do": "set", "changes": {"activity": WHEEL}})
        await page.run_to(2)
        await page.command({"do": "fork", "changes": {"activity": []}})
        await page.command({"do": "set", "arm": 0, "changes": {"knock_outs": [{"receptor": "bdnf"}]}})
        await page.run_to(4.5)
        code = (await page.get("share")).json()["code"]
        answer = await client.post("/api/sessions", json={"share": code})
        assert answer.status_code == 201, answer.text
        again = type(page)(client, answer.json()["id"])
        await again.until(lambda header: header["day"] == 4.5 and header["progress"] is None)
        return page, again, code

    page, again, code = run(story)
    for arm in (0, 1):
        assert np.array_equal(series_of(page, arm), series_of(again, arm))
    assert not np.array_equal(series_of(page, 0), series_of(page, 1))
    assert page.header["events"] == again.header["events"]
    assert plan_from_code(code).day == 4.5
    assert len(code) < 600


def test_two_lives_keep_step_and_share_their_random_numbers(run):
    async def story(client):
        page = await opened(client, seed=4, compare={"changes": {"activity": WHEEL}})
        await page.command({"do": "play", "speed_h": 7})
        times = []
        while (await page.frame())["phase"] != "over":
            times.append([page.arrays["row_step", arm][-1] for arm in (0, 1)])
        return page, times

    page, times = run(story)
    assert all(first == second for first, second in times)
    quiet, runner = series_of(page, 0), series_of(page, 1)
    assert quiet.shape == runner.shape
    # Before the first bout they are one animal.
    assert np.array_equal(quiet[0], runner[0])
    assert not np.array_equal(quiet[-1], runner[-1])
