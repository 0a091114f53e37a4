"""Commands are carried out first in, first out; a page that asks for nonsense is told so, and nothing breaks."""

import asyncio
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages import SMALL, WHEEL, Page, opened, unpack

from neurogen_abm.biology.states import STATES
from neurogen_abm.scene.organ import organ_of
from neurogen_abm.serve.payload.frames import pack


def test_time_stands_still_until_a_frame_is_asked_for(run, sessions):
    async def story(client):
        page = await opened(client)
        await page.command({"do": "play", "speed_h": 3})
        life = sessions.session(page.number).lives[0]
        await asyncio.sleep(0.1)
        assert life.step == 0
        days = [(await page.frame())["step"] for _ in range(3)]
        await page.command({"do": "pause"})
        await page.frame()
        return days, await page.frame(), life.step

    assert run(story) == ([3, 6, 9], None, 9)


def test_a_lost_answer_costs_nothing(run):
    async def story(client):
        page = await opened(client)
        await page.command({"do": "play", "speed_h": 2})
        await page.frame()
        held = page.seq, list(page.rows), len(page.series[0])
        await page.frame()
        page.seq, page.rows = held[0], held[1]
        page.series[0] = page.series[0][: held[2]]
        header = await page.frame()
        assert header["step"] == 4
        header = await page.frame()
        return header["step"], [row[0] for row in page.series[0]]

    step, times = run(story)
    assert step == 6
    assert times == list(range(7))


def test_reset_while_playing_begins_anew(run):
    async def story(client):
        page = await opened(client, seed=3)
        await page.command({"do": "play", "speed_h": 6})
        for _ in range(4):
            await page.frame()
        first = np.array(page.series[0])
        await page.command({"do": "set", "changes": {"sex": "male"}, "when": "reset"}, {"do": "reset"})
        await page.command({"do": "play", "speed_h": 6})
        header = await page.until(lambda header: header["step"] == 6 and header["phase"] == "living")
        assert [done["do"] for done in header["done"]][-1:] == ["play"]
        while header["step"] < 24:
            header = await page.frame()
        description = (await client.get(f"/api/sessions/{page.number}")).json()
        return first, np.array(page.series[0]), description

    first, second, description = run(story)
    assert np.array_equal(first, second) or first.shape == second.shape
    assert list(second[:, 0]) == list(range(25))
    assert description["arms"][0]["settings"]["sex"] == "male"
    assert description["arms"][0]["pending"] == {}


def test_commands_are_carried_out_in_their_order(run):
    async def story(client):
        page = await opened(client)
        answer = await page.command(
            {"do": "step", "steps": 2},
            {"do": "set", "changes": {"activity": WHEEL}},
            {"do": "fork"},
            {"do": "set", "arm": 1, "changes": {"activity": []}},
            {"do": "set", "arm": 0, "changes": {"duration": "7 d"}},
        )
        header = await page.frame()
        return answer.json(), header

    told, header = run(story)
    assert told["ids"] == [1, 2, 3, 4, 5]
    assert [(done["id"], done["ok"]) for done in header["done"]] == [(n, True) for n in range(1, 6)]
    assert [(event["arm"], event["text"]) for event in header["events"] if event["kind"] == "set"] == [
        (0, "wheel 7 km/d"),
        (0, "duration 7 d"),
        (1, "wheel 7 km/d"),
        (1, "no exercise"),
    ]
    assert header["step"] == 2


def test_comparing_later_lets_the_twin_catch_up(run):
    async def story(client):
        page = await opened(client, seed=8, changes={"activity": WHEEL})
        await page.run_to(2)
        await page.command({"do": "compare", "on": True, "changes": {"activity": []}})
        header = await page.until(lambda header: len(header["arms"]) == 2)
        assert [len(series) for series in page.series] == [49, 49]
        assert header["step"] == 48
        await page.command({"do": "compare", "on": False}, {"do": "step"})
        header = await page.frame()
        return len(header["arms"]), header["step"]

    assert run(story) == (1, 49)


def test_two_sessions_know_nothing_of_each_other(run):
    async def story(client):
        one, two = await opened(client, seed=1), await opened(client, seed=1)
        await one.command({"do": "set", "changes": {"activity": WHEEL}}, {"do": "play", "speed_h": 12})
        await two.command({"do": "play", "speed_h": 5})
        for _ in range(4):
            await asyncio.gather(one.frame(), two.frame())
        return one.header["step"], two.header["step"], two.series[0][-1][5], one.header["events"], two.header["events"]

    first, second, distance, events, none = run(story)
    assert (first, second) == (48, 20)
    assert distance == 0.0
    assert len(events) == 1
    assert none == []


def test_a_click_finds_the_cell_and_its_family(run):
    async def story(client):
        page = await opened(client)
        await page.run_to(3)
        gap, kind = page.arrays["gap", 0].astype(np.int64), page.arrays["kind", 0]
        column = np.cumsum(gap)
        chosen = int(np.flatnonzero((kind & 15) == STATES.index("immature_early"))[0])
        n_u = (await client.get(f"/api/sessions/{page.number}")).json()["arms"][0]["grid"]["n_u"]
        site = np.array([column[chosen] % n_u, column[chosen] // n_u, kind[chosen] >> 4])
        told = (site + (page.arrays["place", 0][chosen] + 0.5) / 256) * 10
        place = dict(zip(("u_um", "v_um", "out_um"), told.tolist(), strict=True))
        answer = await page.get("arms/0/cell", **place)
        card = answer.json()
        await page.command({"do": "follow", "id": card["id"]}, {"do": "step"})
        followed = (await page.frame())["arms"][0]["followed"]
        await page.command({"do": "follow", "id": "424242"})
        refused = (await page.frame())["done"][-1]
        empty = await page.get("arms/0/cell", id=424242)
        return card, place, followed, refused, empty.status_code

    card, place, followed, refused, missing = run(story)
    assert all(abs(card[axis] - place[axis]) < 0.03 for axis in place)  # a place is told in 256 parts of a site
    assert card["state"] == "immature_early"
    assert card["tree"]["id"] == card["founder"]
    assert any("Hazard of death" in sentence for sentence in card["words"])
    assert any(line.startswith("lineage.") for line in card["sources"])
    assert followed["id"] == card["id"]
    assert {"u_um", "v_um", "out_um"} <= set(followed)
    assert not refused["ok"]
    assert missing == 404


def test_frames_hold_every_cell_once(run, sessions):
    async def story(client):
        page = await opened(client)
        await page.run_to(5)
        world = sessions.session(page.number).lives[0].model.world
        counts = world.counts()
        return page, counts.tolist(), world.grid.n_columns

    page, counts, n_columns = run(story)
    kind, column = page.arrays["kind", 0], np.cumsum(page.arrays["gap", 0], dtype=np.int64)
    assert np.bincount(kind & 15, minlength=len(STATES)).tolist() == counts
    assert column.max() < n_columns
    assert list(page.header["arms"][0]["counts"].values()) == counts
    assert page.arrays["level", 0].shape == (64,)


def test_a_frame_carries_what_colours_cells_when_it_is_asked_for(run, sessions):
    async def story(client):
        page = await opened(client)
        await page.command({"do": "inject", "agent": "BrdU", "dose": "150 mg/kg"}, {"do": "step"})
        await page.frame()
        found = {}
        for by in ("group", "clone", "birth", "bdnf", "stain:DCX", "stain:BrdU"):
            answer = await page.get("frame", after=page.seq - 1, rows="9999", by=by)
            found[by] = unpack(answer.content)
        refused = [await page.get("frame", after=0, by=by) for by in ("nonsense", "stain:nothing")]
        model = sessions.session(page.number).lives[0].model
        stained = len(model.histology.cells("DCX+"))
        return found, refused, page.seq, stained, model.n_cells

    found, refused, seq, stained, n = run(story)
    assert {header["seq"] for header, _ in found.values()} == {seq}  # the same moment, coloured otherwise
    assert ("value", 0) not in found["group"][1]
    assert all(
        len(arrays["value", 0]) == len(arrays["kind", 0]) == n for by, (_, arrays) in found.items() if by != "group"
    )
    assert found["stain:DCX"][1]["value", 0].sum() == stained > 0
    assert [answer.status_code for answer in refused] == [400, 400]
    assert all(answer.json()["error"]["cure"] for answer in refused)


def test_what_stands_still_is_all_there(run, sessions):
    async def story(client):
        page = await opened(client)
        whole = unpack((await page.get("arms/0/still")).content)[1]
        section = unpack((await page.get("arms/0/section", u_um=150, thick_um=20)).content)
        world = sessions.session(page.number).lives[0].model.world
        return whole, section, world.developmental.copy(), world.grid

    whole, (header, section), developmental, grid = run(story)
    assert section["curve", 0].shape[1] == 3
    column = np.cumsum(whole["gap", 0], dtype=np.int64)
    assert np.bincount(column, minlength=grid.n_columns).tolist() == developmental.tolist()
    u_um = (column % grid.n_u + (whole["place", 0][:, 0] + 0.5) / 256) * grid.pitch_um
    assert header["u_um"] == 155.0
    assert len(section["still", 0]) == ((u_um >= 145) & (u_um < 165)).sum() > 0


def test_the_surface_of_the_organ_is_that_of_the_scene(run, sessions):
    async def story(client):
        page = await opened(client)
        found = unpack((await page.get("arms/0/organ")).content)
        curves = [unpack((await page.get("arms/0/section", u_um=u)).content)[1]["curve", 0] for u in (5, 295)]
        return found, curves, organ_of(sessions.session(page.number).lives[0].model)

    (header, arrays), curves, organ = run(story)
    assert np.allclose(arrays["table", 0], organ.table, atol=1e-3)
    assert (header["length_um"], header["first_um"]) == (4000, [1850, 700])
    assert header["distortion"] == organ.distortion
    assert not np.array_equal(*curves)


@given(st.dictionaries(st.text(max_size=5), st.integers()), st.lists(st.integers(0, 2**32 - 1), max_size=9))
def test_blocks_open_as_they_were_packed(header, values):
    arrays = [
        ("a", 0, np.array(values, np.uint32)),
        ("b", 1, np.array(values[:3], np.uint32).astype(np.uint8)),
        ("c", 0, np.ones((2, 3))),
    ]
    header.pop("arrays", None)
    told, found = unpack(pack(header, arrays))
    assert {key: told[key] for key in header} == header
    for name, arm, array in arrays:
        assert np.array_equal(found[name, arm], array)
        offset = next(entry["offset"] for entry in told["arrays"] if entry["name"] == name)
        assert offset % 8 == 0


REFUSED = [
    ("sessions", {"scenario": "nonsense"}),
    ("sessions", {"scenario": "../../etc/passwd"}),
    ("sessions", {"seed": -1}),
    ("sessions", {"seed": 2**63}),
    ("sessions", {"seed": 1.5}),
    ("sessions", {"seed": True}),
    ("sessions", {"unknown": 1}),
    ("sessions", {"changes": {"outputs": {"fields": True}}}),
    ("sessions", {"changes": {"activity": [{"kind": "recording", "file": "../secret.csv"}]}}),
    ("sessions", {"changes": {"activity": [{"kind": "recording", "file": "/etc/passwd"}]}}),
    ("sessions", {"changes": {"activity": [{"kind": "wheel", "distance": "7"}]}}),
    ("sessions", {"changes": {"activity": "wheel"}}),
    ("sessions", {"changes": {"tissue": {"septotemporal": "90 mm", "transverse": "90 mm"}}}),
    ("sessions", {"changes": {"duration": "90 yr"}}),
    ("sessions", {"changes": {"duration": "9 yr", "step": "5 min"}}),
    ("sessions", {"changes": {"anatomy.granule_layers": "16"}}),
    ("sessions", {"changes": {"anatomy.site_pitch": "0.1 um"}}),
    ("sessions", {"changes": {"lineage.no_such_number": "1 h"}}),
    ("sessions", {"share": "1.nonsense"}),
    ("sessions", {"share": "2.abc"}),
    ("sessions", {"share": ""}),
    ("sessions", [1]),
    ("sessions", "text"),
    ("preview", {"changes": {"pathway": "nonsense"}}),
]


@pytest.mark.parametrize(("where", "body"), REFUSED)
def test_what_cannot_be_lived_is_refused_in_words(run, where, body):
    async def story(client):
        return await client.post(f"/api/{where}", json=body)

    answer = run(story)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["what"]
    assert "Traceback" not in answer.text


def test_a_share_code_cannot_be_a_bomb(run):
    import base64
    import zlib

    bomb = zlib.compress(b'{"scenario": "' + b"x" * 50_000_000 + b'"}', 9)
    code = "1." + base64.urlsafe_b64encode(bomb[:2800]).decode().rstrip("=")
    deep = "1." + base64.urlsafe_b64encode(zlib.compress(b"[" * 60_000)).decode().rstrip("=")

    async def story(client):
        return [(await client.post("/api/sessions", json={"share": share})).status_code for share in (code, deep)]

    assert run(story) == [400, 400]


def test_a_preview_tells_the_dose(run):
    async def story(client):
        changes = SMALL | {
            "activity": [{"kind": "treadmill", "speed": "10 m/min", "session": "60 min", "clock": "20:00"}]
        }
        return await client.post("/api/preview", json={"scenario": "mouse_sedentary", "changes": changes})

    told = run(story).json()
    assert told["dose"]["km_per_day"] == pytest.approx(0.6)
    assert told["dose"]["active_min_per_day"] == pytest.approx(60)
    busy = [hour for hour, mean in enumerate(told["dose"]["hours"]) if mean]
    assert busy == [20 + 24 * day for day in range(6)]
    assert told["settings"]["activity"][0]["kind"] == "treadmill"


any_text = st.text(st.characters(), max_size=20)  # half characters (lone surrogates) too
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["activity", "pathway", "age", "duration", "tissue", "knock_outs", "infusions", "step", "sex"])
likely = st.fixed_dictionaries(
    {},
    optional={
        "scenario": st.sampled_from(["mouse_sedentary", "human_daily_life"]) | json_values,
        "seed": st.integers(-1, 2**64) | json_values,
        "changes": st.dictionaries(keys | st.text(max_size=30), json_values, max_size=3),
        "share": st.text(max_size=40),
        "day": json_values,
        "compare": json_values,
    },
)
command = st.fixed_dictionaries(
    {
        "do": st.sampled_from(
            [
                "play",
                "pause",
                "step",
                "run_to",
                "rewind",
                "go_to",
                "reset",
                "set",
                "compare",
                "fork",
                "inject",
                "follow",
                "x",
            ]
        )
    },
    optional={
        "steps": json_values | st.integers(1, 3),
        "speed_h": json_values | st.integers(1, 3),
        "day": json_values | st.integers(0, 1),
        "changes": st.dictionaries(keys, json_values, max_size=2),
        "arm": json_values | st.integers(0, 1),
        "id": json_values | st.just("5"),
        "on": st.booleans(),
        "when": st.sampled_from(["now", "reset"]),
    },
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(likely | json_values, min_size=1, max_size=8), raw=st.binary(max_size=60))
def test_no_request_for_a_preview_breaks_the_server(run, bodies, raw):
    async def story(client):
        found = []
        for body in bodies:
            content = json.dumps(body).encode()
            if len(content) <= 4096:
                for path in ("/api/preview", "/api/sessions/x/commands"):
                    found.append(await client.post(path, content=content, headers={"content-type": "application/json"}))
        found.append(await client.post("/api/preview", content=raw, headers={"content-type": "application/json"}))
        return found

    for answer in run(story):
        assert answer.status_code in (200, 400, 404)
        assert "Traceback" not in answer.text


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(command, min_size=1, max_size=3), min_size=1, max_size=6))
def test_no_sequence_of_commands_breaks_a_session(run, sessions, batches):
    async def story(client):
        page = await opened(client, changes={"duration": "2 d"})
        for batch in batches:
            answer = await page.command(*batch)
            assert answer.status_code in (202, 400, 409), answer.text
            await page.frame()
        answer = await page.command({"do": "reset", "scenario": "mouse_sedentary", "changes": SMALL})
        assert answer.status_code == 202, answer.text
        header = await page.until(lambda header: any(done["do"] == "reset" and done["ok"] for done in header["done"]))
        await client.delete(f"/api/sessions/{page.number}")
        return header

    assert run(story)["phase"] == "living"


queries = st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=30)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(queries, min_size=4, max_size=4))
def test_no_address_breaks_the_server(run, parts):
    async def story(client):
        page = await opened(client, changes={"duration": "2 d"})
        found = []
        for path in (
            "frame",
            "arms/0/section",
            "arms/1/section",
            "arms/0/cell",
            "arms/9/tissue",
            f"export/{parts[0]}".rstrip("/"),
        ):
            query = {
                "after": parts[1],
                "rows": parts[2],
                "u_um": parts[3],
                "v_um": parts[1],
                "id": parts[2],
                "layer": parts[3],
            }
            found.append(await page.get(path, **query))
        await client.delete(f"/api/sessions/{page.number}")
        return found

    for answer in run(story):
        assert answer.status_code in (200, 204, 400, 404)


def test_a_page_needs_no_more_than_the_protocol_says(run):
    async def story(client):
        page = Page(client, (await client.post("/api/sessions", json={"changes": SMALL})).json()["id"])
        answer = await page.get("arms/0/tissue")
        assert answer.status_code == 409
        await page.living()
        _, arrays = unpack((await page.get("arms/0/tissue")).content)
        _, section = unpack((await page.get("arms/0/section", u_um=140)).content)
        evidence = (await page.get("arms/0/evidence")).json()
        about = (await client.get("/api/about")).json()
        assert (await client.delete(f"/api/sessions/{page.number}")).status_code == 204
        return arrays, section, evidence, about, (await page.get("frame")).status_code

    arrays, section, evidence, about, gone = run(story)
    assert arrays["site_class", 0].shape == arrays["capillary", 0].shape == (30, 30)
    assert np.array_equal(section["site_class", 0][0], arrays["site_class", 0][:, 14])
    assert section["site_class", 0].shape == section["capillary", 0].shape == (9, 30)
    assert len(evidence["parameters"]) > 50
    assert {"mouse_sedentary", "human_daily_life"} <= {entry["name"] for entry in about["scenarios"]}
    assert gone == 404
