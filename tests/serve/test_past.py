"""Looking back: any day that was lived is shown as it was, and the life lives on as if nobody had looked."""

import numpy as np
import pytest
from pages import WHEEL, opened, unpack

from neurogen_abm.biology.states import STATES
from neurogen_abm.serve.session import past as past_module
from neurogen_abm.serve.session.past import Past


def test_living_on_from_a_day_of_the_past_is_that_life_again(run):
    async def story(client, rewind):
        page = await opened(client, seed=6, changes={"activity": WHEEL})
        await page.command({"do": "run_to", "day": 1})
        await page.until(lambda header: header["day"] == 1.0 and header["progress"] is None)
        await page.command({"do": "set", "changes": {"activity": []}})
        await page.run_to(3)
        if rewind:
            await page.command({"do": "inject", "agent": "BrdU", "dose": "150 mg/kg"})
            await page.command({"do": "set", "changes": {"activity": [{"kind": "wheel", "distance": "9 km/d"}]}})
            await page.run_to(5)
            refused = await page.command({"do": "rewind", "day": 5.5})
            assert refused.status_code == 202
            header = await page.until(lambda header: header["done"])
            assert header["done"][-1]["error"]["code"] == "not-lived"
            await page.command({"do": "rewind", "day": 3})
            header = await page.until(lambda header: header["day"] == 3.0 and header["progress"] is None)
            assert [event["kind"] for event in header["events"]] == ["set"]
            assert header["step"] == 72
        await page.run_to(6)
        return np.array(page.series[0]), [page.arrays[name, 0] for name in ("gap", "kind", "place")]

    (series, cells), (plain_series, plain_cells) = run(lambda c: story(c, True)), run(lambda c: story(c, False))
    assert np.array_equal(series, plain_series, equal_nan=True)
    assert all(np.array_equal(one, other) for one, other in zip(cells, plain_cells, strict=True))


def test_of_several_days_asked_for_in_a_row_each_is_ahead_or_past_when_its_turn_comes(run):
    async def story(client):
        page = await opened(client, seed=6, changes={"activity": WHEEL})
        await page.run_to(3)
        then = page.arrays["kind", 0]
        done = []
        for days in ([3], [1, 4, 2], [2, 3]):
            answer = await page.command(*[{"do": "go_to", "day": day} for day in days])
            while answer.json()["ids"][-1] not in {one["id"] for one in done} or page.header["progress"]:
                header = await page.frame()
                done += header["done"] if header else []
            assert page.header["day"] == days[-1]
        return done, then, page.arrays["kind", 0]

    done, then, again = run(story)
    assert [(one["do"], one["ok"]) for one in done] == [("go_to", True)] * 6
    assert np.array_equal(then, again)


def test_a_fork_after_that_day_is_gone_and_one_before_it_stays(run):
    async def story(client, day):
        page = await opened(client, seed=6, changes={"activity": WHEEL})
        await page.run_to(2)
        await page.command({"do": "fork", "changes": {"activity": []}})
        await page.run_to(4)
        then = [(await day_of(page, 3))[1]["kind", arm] for arm in (0, 1)]
        await page.command({"do": "rewind", "day": day})
        header = await page.until(lambda header: header["day"] == day and header["progress"] is None)
        return then, [page.arrays["kind", arm] for arm in range(len(header["arms"]))]

    assert len(run(lambda c: story(c, 1))[1]) == 1
    then, again = run(lambda c: story(c, 3))
    assert len(again) == 2
    assert all(np.array_equal(one, other) for one, other in zip(then, again, strict=True))


async def day_of(page, day, by="group"):
    answer = await page.get("past", day=day, by=by)
    assert answer.status_code == 200, answer.text
    return unpack(answer.content)


def cells_of(arrays):
    """Return column, kind, place and value of every cell, in an order of their own."""
    columns, places = np.cumsum(arrays["gap", 0], dtype=np.int64), arrays["place", 0].tolist()
    rows = zip(columns.tolist(), arrays["kind", 0].tolist(), places, arrays["value", 0].tolist(), strict=True)
    return sorted(rows)


def counts_in(arrays, arm=0):
    return np.bincount(arrays["kind", arm] & 15, minlength=len(STATES)).tolist()


def test_a_day_is_shown_as_it_was(run):
    async def story(client):
        page = await opened(client, seed=4, changes={"activity": WHEEL})
        await page.command({"do": "run_to", "day": 3})
        await page.until(lambda header: header["progress"] is None and header["day"] == 3.0)
        then = {name: page.arrays[name, 0] for name in ("gap", "kind", "place", "level")}
        await page.run_to(5)
        return then, [await day_of(page, day) for day in (0, 1, 2, 3, 3.7, 5)]

    then, days = run(story)
    assert [header["day"] for header, _ in days] == [0, 1, 2, 3, 3, 5]
    assert [header["next"] for header, _ in days] == [1, 2, 3, 4, 4, None]
    for name, array in then.items():
        assert np.array_equal(days[3][1][name, 0], array), name
    for header, arrays in days:
        told = header["arms"][0]
        assert counts_in(arrays) == [told["counts"][name] for name in STATES]
        assert told["n_cells"] == sum(counts_in(arrays))


def test_the_counts_are_those_of_the_series(run):
    async def story(client):
        about = (await client.get("/api/about")).json()
        page = await opened(client, seed=4)
        await page.run_to(4)
        return about["columns"], page, [await day_of(page, day) for day in range(5)]

    columns, page, days = run(story)
    places = [columns.index(f"n_{name}") for name in STATES]
    for day, (_, arrays) in enumerate(days):
        assert counts_in(arrays) == np.array(page.series[0])[24 * day, places].astype(int).tolist()


def test_living_on_after_looking_back_gives_the_same_bits(run):
    async def story(client, look):
        page = await opened(client, seed=6, changes={"activity": WHEEL})
        await page.run_to(3)
        if look:
            for day in (0, 2, 1, 3, 0):
                for by in ("group", "clone", "birth", "bdnf"):
                    await day_of(page, day, by)
        await page.run_to(6)
        return np.array(page.series[0]), page.arrays

    looked, unlooked = run(lambda c: story(c, True)), run(lambda c: story(c, False))
    assert np.array_equal(looked[0], unlooked[0], equal_nan=True)
    for name in ("gap", "kind", "place"):
        assert np.array_equal(looked[1][name, 0], unlooked[1][name, 0])


def test_both_lives_are_shown_and_a_fork_has_the_past_of_the_first(run):
    async def story(client):
        page = await opened(client, seed=4, changes={"activity": WHEEL})
        await page.run_to(2)
        await page.command({"do": "fork", "changes": {"activity": []}})
        await page.run_to(4)
        forked = [await day_of(page, day) for day in (1, 4)]
        await page.command({"do": "compare", "on": True, "changes": {"activity": []}})
        await page.until(lambda header: header["phase"] == "living" and len(header["arms"]) == 2)
        return forked, await day_of(page, 3)

    (early, late), compared = run(story)
    for name in ("kind", "place"):
        assert np.array_equal(early[1][name, 0], early[1][name, 1])
    assert counts_in(late[1], 0) != counts_in(late[1], 1)
    assert len(compared[0]["arms"]) == 2
    assert counts_in(compared[1], 0) != counts_in(compared[1], 1)


def test_colours_of_the_past_are_those_it_had(run):
    async def story(client):
        page = await opened(client, seed=4)
        await page.run_to(2)
        now = {}
        for by in ("clone", "birth", "bdnf"):
            answer = await page.get("frame", after=page.seq - 1, rows="0", by=by)
            now[by] = cells_of(unpack(answer.content)[1])
        await page.run_to(3)
        past = {by: cells_of((await day_of(page, 2, by))[1]) for by in now}
        asked = ({"day": 1, "by": "stain:dcx"}, {"day": "x"}, {})
        return now, past, [await page.get("past", **query) for query in asked]

    now, past, refused = run(story)
    for by, value in now.items():
        assert past[by] == value, by
        assert len({cell[-1] for cell in value}) > 1
    assert [answer.status_code for answer in refused] == [409, 400, 400]
    assert refused[0].json()["error"]["what"] == "Stains and labels are seen at the present moment only."


def test_a_long_past_is_thinned(lived, monkeypatch):
    model = lived((300.0, 200.0), duration="4 d")
    monkeypatch.setattr(past_module, "MAX_BYTES", 1)
    past = Past()

    class At:
        """The animal, said to be at another time."""

        def __init__(self, hours):
            self.hours = hours

        def __getattr__(self, name):
            return self.hours if name == "time_h" else getattr(model.world, name)

    class Animal:
        def __init__(self, hours):
            self.world, self.spec = At(hours), model.spec

    for day in range(20):
        past.note(Animal(24.0 * day), day)
    assert [picture.day for picture in past.pictures] == [0.0, 16.0]
    assert past.at(3.0).day == 0.0
    assert past.at(18.0).day == 16.0
    assert past.copy().pictures == past.pictures


@pytest.mark.parametrize("day", [-1, "nan", 1e9])
def test_a_day_that_is_none_is_refused(run, day):
    async def story(client):
        page = await opened(client)
        return await page.get("past", day=day)

    assert run(story).status_code == 400
