"""Twins on the page: the effect in words and its interval, curves of labelled cells, plans of the guided stops."""

import re
from math import nan

import numpy as np
import pytest
from pages import WHEEL, Page, opened

from neurogen_abm.scene.colourings import colourings
from neurogen_abm.scene.palette import DIVIDING
from neurogen_abm.serve.payload.about import about
from neurogen_abm.serve.payload.effect import Ratio, ratio_over_clones, sentence
from neurogen_abm.serve.payload.tour import STOPS
from neurogen_abm.serve.session.plan import plan_from_code

PULSE = {"do": "inject", "agent": "BrdU", "dose": "150 mg/kg"}


def test_the_interval_of_a_ratio_is_that_of_sums_over_clones():
    above, below = np.repeat([1, 2, 3], [4, 0, 8]), np.repeat([1, 2, 3], [2, 2, 2])
    found = ratio_over_clones(above, below)
    assert (found.ratio, found.above, found.below, found.n_clones) == (2.0, 12, 6, 3)
    assert np.isnan(found.low)  # three clones say nothing of their spread
    a, b = np.arange(1, 21), np.full(20, 10)
    found = ratio_over_clones(np.repeat(np.arange(20), a), np.repeat(np.arange(20), b))
    spread = np.sqrt(20 / 19 * ((a - 1.05 * b) ** 2).sum()) / a.sum()
    assert found.ratio == pytest.approx(1.05)
    assert np.log([found.low, found.high]) == pytest.approx(np.log(1.05) + np.array([-1, 1]) * 1.959964 * spread)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """Clones of uneven size; of 400 intervals about 380 hold it, fewer than 352 with a chance below 1e-5."""
    rng, held = np.random.default_rng(3), 0
    for _ in range(400):
        size = rng.gamma(0.7, 4.0, 150)
        a, b = rng.poisson(1.5 * size), rng.poisson(size)
        found = ratio_over_clones(np.repeat(np.arange(150), a), np.repeat(np.arange(150), b))
        held += found.low <= 1.5 <= found.high
    assert 352 <= held <= 398


def test_the_sentence_says_nothing_of_what_neither_life_has():
    none, few = Ratio(nan, nan, nan, 0, 0, 0), Ratio(nan, nan, nan, 0, 5, 5)
    fewer, same = Ratio(0.5, 0.4, 0.6, 50, 100, 30), Ratio(1.0, 1.0, 1.0, 7, 7, 7)
    said = sentence("A", "B", [("new neurons", none), ("dividing cells", fewer)])
    assert said == "A has 50 % fewer dividing cells than B (95 %: −60 to −40 %; 50 and 100)."
    assert sentence("A", "B", [("new neurons", none), ("dividing cells", same)]) == "So far the two lives are alike."
    said = sentence("A", "B", [("new neurons", few), ("dividing cells", same)])
    assert said.startswith("A has 0 new neurons against 5 of B, and about as many dividing cells")


def test_the_effect_is_that_of_the_series_and_says_who_is_who(run):
    async def story(client):
        page = await opened(client, changes={"activity": WHEEL}, compare={"changes": {"activity": []}})
        start = (await page.get("effect")).json()
        await page.run_to(4)
        codes = [(await page.get("share")).json() for _ in range(2)]
        columns = (await client.get("/api/about")).json()["columns"]
        return start, (await page.get("effect")).json(), codes, columns, page

    start, told, codes, columns, page = run(story)
    assert start["words"] == "So far the two lives are alike."
    assert "interval" not in start["note"]
    at = columns.index("new_neurons")
    neurons = [int(page.series[arm][-1][at]) for arm in (0, 1)]
    assert [told["effects"][0][key] for key in ("above", "below")] == neurons
    dividing = [sum(int(page.series[arm][-1][columns.index(f"n_{state}")]) for state in DIVIDING) for arm in (0, 1)]
    assert [told["effects"][1][key] for key in ("above", "below")] == dividing
    assert told["effects"][0]["low"] < neurons[0] / neurons[1] < told["effects"][0]["high"]
    change = round(100 * (neurons[0] / neurons[1] - 1))
    size = f"{abs(change)} % {'more' if change > 0 else 'fewer'} new neurons than"
    assert told["words"].startswith(f"The runner (A) has {size} its twin at rest (B) (95 %: ")
    assert "n = 1 pair" in told["note"]
    assert "The interval is over the stem cells" in told["note"]
    assert plan_from_code(codes[0]["code"]).day == 4
    assert plan_from_code(codes[0]["life"]).day == 0


@pytest.mark.parametrize(
    ("block", "who"),
    [
        (WHEEL[0], "The runner (A) has "),
        ({"kind": "stimulation", "intensity": 0.5, "session": "30 min", "clock": "10:00"}, "The active twin (A) has "),
        ({"kind": "enrichment"}, "Life A has "),
    ],
    ids=["runs", "stimulated", "enriched"],
)
def test_who_is_spoken_of_is_named_by_what_it_does(run, block, who):
    async def story(client):
        page = await opened(client, changes={"activity": [block]}, compare={"changes": {"activity": []}})
        await page.run_to(1)
        return (await page.get("effect")).json()["words"]

    assert run(story).startswith(who)


def test_a_life_lived_again_has_the_same_curve_of_labelled_cells(run):
    async def story(client):
        page = await opened(client)
        await page.run_to(1)
        await page.command(PULSE)
        await page.run_to(3)
        first = (await page.get("experiment")).json()
        code = (await page.get("share")).json()["code"]
        answer = await client.post("/api/sessions", json={"share": code})
        other = Page(client, answer.json()["id"])
        await other.until(lambda header: header["phase"] == "living" and header["day"] >= 3 - 1e-9)
        return first, (await other.get("experiment")).json()

    first, second = run(story)
    (curve,) = first["curves"]
    assert second["curves"] == first["curves"]
    assert (curve["days"][0], curve["cells"][0]) == (1.0, first["injections"][0]["labelled_then"])
    assert curve["days"] == pytest.approx([1 + k / 4 for k in range(9)])
    assert curve["cells"][-1] == next(c["count"] for c in first["counts"] if c["name"] == "BrdU+")
    assert all(n <= m for n, m in zip(curve["neurons"], curve["cells"], strict=True))


def test_every_animal_that_exercises_is_offered_its_twin_at_rest(library):
    told = {entry["name"]: entry["twin"] for entry in about(library)["scenarios"]}
    assert told["mouse_sedentary"] is None
    assert told["mouse_wheel_running"] == {"activity": []}
    for name, twin in told.items():
        if twin is not None:
            library.prepare(name, 1, twin)


def test_the_guided_stops_can_be_lived_and_say_nothing_that_a_life_must_show(library):
    told = about(library)["tour"]
    assert [stop["key"] for stop in told] == [stop.key for stop in STOPS]
    assert len(told) == 5
    ways = {way.key for way in colourings()}
    for stop in told:
        plan = plan_from_code(stop["code"])
        for arm in plan.arms:
            resolved = library.prepare(plan.scenario, plan.seed, arm.changes)
            assert max(step["day"] for step in stop["steps"]) <= resolved.scenario.duration_h / 24
        days = [step["day"] for step in stop["steps"]]
        assert days == sorted(days)
        assert len(days) == 3
        for step in stop["steps"]:
            assert step["by"].partition(":")[0] in ways
            assert not re.search(r"\d+ ?%", step["say"])
            assert len(step["say"]) < 260
