"""A life on the page is the life of `neurogen run`, whatever happens on the way is lived again from a link."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from pages import SMALL, WHEEL, Page, opened

from neurogen_abm.errors import InputError
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.run import prepare
from neurogen_abm.run import run as run_headless
from neurogen_abm.serve.session import session as session_module
from neurogen_abm.serve.session.background import Abandoned
from neurogen_abm.serve.session.plan import LONGEST_CODE, plan_from_code

STATIC = resources.files("neurogen_abm.serve") / "static"


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


def test_an_animal_that_two_ask_for_at_once_is_made_once_and_one_that_is_given_up_by_the_other(library, monkeypatch):
    from neurogen_abm.serve.session import cache as stores

    store, resolved, made, told = stores.AnimalCache(), library.prepare("mouse_sedentary", 3, SMALL), [], []
    begun, go = threading.Event(), threading.Event()

    def slow(spec, on_history):
        made.append(spec)
        on_history(1, 4)
        begun.set()
        assert go.wait(10)
        on_history(2, 4)
        return NeurogenesisModel(spec)

    def give_up(lived, _):
        if lived == 2:
            raise Abandoned

    monkeypatch.setattr(stores, "NeurogenesisModel", slow)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(store.animal, resolved, give_up)
        assert begun.wait(10)
        others = [threads.submit(store.animal, resolved, lambda *far: told.append(far)) for _ in range(2)]
        end = time.monotonic() + 10
        while (1, 4) not in told and time.monotonic() < end:
            time.sleep(0.01)
        assert (1, 4) in told
        go.set()
        animals = [other.result(20) for other in others]
        with pytest.raises(Abandoned):
            first.result()
    assert len(made) == 2
    assert animals[0] is not animals[1]
    assert not store._making


def test_the_first_animal_is_there_before_anybody_asks_unless_kernels_are_compiled_for_it(library, monkeypatch):
    from neurogen_abm.serve.session import sessions as module

    monkeypatch.setattr(library, "prepare", lambda name: prepare(name, None, SMALL))
    for kept in (False, True):
        sessions = module.Sessions(library)
        monkeypatch.setattr(module, "kernels_are_kept", lambda kept=kept: kept)
        sessions.make_ahead()
        sessions.threads._builders.shutdown()
        assert len(sessions.cache._kept) == int(kept)
        sessions.close()


def test_an_enriched_life_is_not_taken_from_one_without_a_cage(library):
    """It carries messengers in its blood that the other has none of, and could not go on from it."""
    from neurogen_abm.serve.session.cache import AnimalCache

    cache = AnimalCache()
    cache.animal(library.prepare("mouse_sedentary", 3, SMALL))
    caged = cache.animal(library.prepare("mouse_sedentary", 3, SMALL | {"activity": [{"kind": "enrichment"}]}))
    assert caged.muscle.physiology.messengers


def test_animals_whose_recordings_set_different_clocks_have_no_past_in_common():
    """Taken from the store, the second would go on by the clock of the first."""
    from neurogen_abm.serve.session.cache import past_of

    recorded = {"kind": "recording", "file": "mouse_wheel_minutes.csv", "metres_per_count": "0.35 m", "repeat": True}
    starts = [{}, {"from": "2009-10-17T08:00:00"}]

    def pasts(**clock: str) -> list[str]:
        base = {"name": "any", "duration": "2 d", "clock": clock}
        return [past_of(prepare(base | {"activity": [recorded | start]})) for start in starts]

    assert len(set(pasts())) == 2
    assert len(set(pasts(start="07:00", day="mon"))) == 1


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
        assert np.array_equal(series_of(page, arm), series_of(again, arm), equal_nan=True)
    assert not np.array_equal(series_of(page, 0), series_of(page, 1), equal_nan=True)
    assert page.header["events"] == again.header["events"]
    assert plan_from_code(code).day == 4.5
    assert len(code) < 600


def test_every_frame_tells_what_lives_its_own_moment_again(run):
    """Not what a later request would find: the page writes the code into its history beside the day that it shows."""

    async def story(client):
        page = await opened(client, seed=4)
        await page.command({"do": "play", "speed_h": 5})
        moments = [await page.frame() for _ in range(6)]
        await page.command({"do": "pause"})
        await page.frame()
        return [*moments, page.header], (await page.get("share")).json()

    moments, shared = run(story)
    assert [plan_from_code(header["again"]["code"]).day for header in moments] == [header["day"] for header in moments]
    assert len({header["again"]["life"] for header in moments}) == 1
    assert moments[-1]["again"] == {key: shared[key] for key in ("code", "life")}


@pytest.mark.parametrize(
    ("dose", "long"), [("{:.15f} mg/kg", LONGEST_CODE - 200), ("50 mg/kg", 0)], ids=["long", "of_many_changes"]
)
def test_a_code_that_is_given_is_taken_and_of_more_there_is_none(run, dose, long):
    rng = np.random.default_rng(5)

    async def story(client):
        page = await opened(client, seed=4, compare={})
        codes = []
        while page.header["again"]:
            codes.append(page.header["again"]["code"])
            doses = [dose.format(1 + 200 * rng.random()) for _ in range(8)]
            await page.command(
                *[{"do": "inject", "agent": "BrdU", "dose": each, "arm": k % 2} for k, each in enumerate(doses)]
            )
            await page.frame()
        taken = await client.post("/api/sessions", json={"share": codes[-1]})
        return codes, taken.status_code, await page.get("share")

    codes, taken, refused = run(story)
    assert long < len(codes[-1]) <= LONGEST_CODE
    assert taken == 201
    assert refused.json()["error"]["code"] == "too-long"


def test_a_link_is_lived_to_a_day_and_says_all_else(run):
    async def story(client):
        page = await opened(client, seed=4)
        code = page.header["again"]["code"]
        there = Page(client, (await client.post("/api/sessions", json={"share": code, "day": 1.5})).json()["id"])
        await there.until(lambda header: header["phase"] == "living" and header["progress"] is None)
        return there.header["day"], await client.post("/api/sessions", json={"share": code, "seed": 5})

    day, refused = run(story)
    assert day == 1.5
    assert (refused.status_code, refused.json()["error"]["where"]) == (400, "seed")


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
    assert np.array_equal(quiet[0], runner[0], equal_nan=True)
    assert not np.array_equal(quiet[-1], runner[-1], equal_nan=True)


def test_a_page_that_lives_a_link_again_is_told_of_every_change_on_the_way(run, monkeypatch):
    """It asks what a life is only when the revision grows, and shows then what the sender saw."""
    monkeypatch.setattr(session_module, "_SLICE_S", 2e-4)

    async def story(client):
        page = await opened(client)
        await page.run_to(1)
        changes = {"activity": WHEEL, "knock_outs": [{"signal": "bdnf"}]}
        await page.command({"do": "set", "changes": changes}, {"do": "inject", "agent": "BrdU", "dose": "50 mg/kg"})
        await page.run_to(2)
        code = (await page.get("share")).json()["code"]
        again = type(page)(client, (await client.post("/api/sessions", json={"share": code})).json()["id"])
        shown = revision = None
        seen = []
        while not (shown and again.header["day"] == 2 and again.header["progress"] is None):
            if (await again.frame()) is None or again.header["phase"] == "preparing":
                continue
            if again.header["revision"] != revision:
                revision = again.header["revision"]
                shown = (await client.get(f"/api/sessions/{again.number}")).json()
                seen.append(again.header["day"])
        sent = (await client.get(f"/api/sessions/{page.number}")).json()
        return sent["arms"], shown["arms"], seen

    sent, shown, seen = run(story)
    assert shown == sent
    assert seen[0] < 1 <= seen[-1]


def test_what_was_done_at_the_very_start_is_done_again_before_anything_moves(run):
    async def story(client):
        wide = {"tissue": {"septotemporal": "900 um", "transverse": "600 um"}}  # some cells are in S phase for sure
        page = await opened(client, changes=wide)
        await page.command({"do": "inject", "agent": "BrdU", "dose": "50 mg/kg"})
        await page.frame()
        code = (await page.get("share")).json()["code"]
        again = type(page)(client, (await client.post("/api/sessions", json={"share": code})).json()["id"])
        await again.living()
        return (await page.get("experiment")).json(), (await again.get("experiment")).json()

    first, second = run(story)
    assert first == second
    assert first["injections"][0]["labelled_then"] > 0


def test_series_of_other_animals_are_told_from_those_before(run):
    async def story(client):
        page = await opened(client)
        begun = page.header["series_seq"]
        await page.run_to(0.5)
        await page.command({"do": "compare", "on": True})
        twins = await page.until(lambda header: len(header["arms"]) == 2)
        await page.command({"do": "reset"})
        reset = await page.until(lambda header: header["day"] == 0 and header["phase"] == "living")
        return begun, twins["series_seq"], reset["series_seq"], reset["seq"]

    begun, twins, reset, seq = run(story)
    assert begun == twins < reset <= seq


def test_the_page_is_sent_all_that_it_reads_of_the_tissue(run):
    async def story(client):
        page = await opened(client)
        description = (await client.get(f"/api/sessions/{page.number}")).json()
        return description["arms"][0], page.header["arms"][0]

    description, told = run(story)
    painters = ("map.js", "section.js", "sheet.js", "difference.js")
    text = "".join((STATIC / name).read_text() for name in painters)
    parts = re.findall(r"const \{([^}]+)\} = (?:this\.)?grid;", text)
    read = {name for part in parts for name in re.findall(r"(\w+)(?:: \w+)?", part)}
    read |= set(re.findall(r"grid\??\.(\w+)\b", text))
    assert {"n_u", "pitch_um", "crest_fraction", "whole"} <= read
    assert read <= set(description["grid"])
    assert told["n_developmental"] > told["n_cells"] > 0
