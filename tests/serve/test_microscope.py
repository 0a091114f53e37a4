"""The microscope of the page: the very image of `neurogen image`, its files, and what it refuses."""

import asyncio
import io

import numpy as np
import pandas as pd
import tifffile
from pages import opened, unpack

import neurogen_abm

CHANNELS = "DAPI,DCX,Ki67"


def test_the_page_gets_the_image_of_the_command_and_its_files(run, sessions):
    async def story(client):
        page = await opened(client)
        await page.run_to(2)
        answer = await page.get("arms/0/image", u_um="130", pixel_um="1", channels=CHANNELS)
        assert answer.status_code == 200, answer.text
        header, arrays = unpack(answer.content)
        files = [await page.get(f"images/{header['id']}/{name}") for name in ("section.ome.tiff", "positions.csv")]
        stranger = await opened(client)
        other = await stranger.get(f"images/{header['id']}/positions.csv")
        by_number = await page.get("arms/0/image", section="4", pixel_um="1", channels=CHANNELS)
        return header, arrays, files, other, unpack(by_number.content)[1], sessions.session(page.number).lives[0].model

    header, arrays, (tiff, table), other, again, model = run(story)
    shown = neurogen_abm.image(model, 4, CHANNELS.split(","), pixel="1 um")
    assert (header["section"], header["sections"], header["day"]) == (4, 8, 2.0)
    assert 112.5 < header["middle_um"] < 150.0
    for k, told in enumerate(header["channels"]):
        np.testing.assert_array_equal(arrays["counts", k], shown.data[k, 0])
        np.testing.assert_array_equal(again["counts", k], shown.data[k, 0])
        assert told["positive"] == shown.positions[told["name"]].sum() == len(arrays["truth", k])
    np.testing.assert_array_equal(tifffile.imread(io.BytesIO(tiff.content)), shown.data[:, 0])
    assert "day2-section4.ome.tiff" in tiff.headers["content-disposition"]
    read = pd.read_csv(io.BytesIO(table.content))
    assert read["id"].tolist() == shown.positions["id"].tolist()
    assert other.status_code == 404
    assert "Take it again" in other.json()["error"]["cure"]


def test_what_cannot_be_seen_is_refused_with_a_cure(run):
    async def story(client):
        page = await opened(client)
        asked = [
            {"section": "0"},
            {"section": "9"},
            {"section": "1", "channels": "DAPI,water"},
            {"section": "1", "channels": "BrdU"},
            {"section": "1", "pixel_um": "0.02"},
            {"u_um": "far"},
        ]
        refused = [await page.get("arms/0/image", **one) for one in asked]
        offered = (await page.get("arms/0/channels")).json()
        return refused, offered, await page.get("images/none/positions.csv")

    refused, offered, nowhere = run(story)
    assert [answer.status_code for answer in refused] == [400] * 6
    said = [answer.json()["error"] for answer in refused]
    words = ["Choose 1 to 8", "Choose 1 to 8", "DAPI", "Virtual experiment", "larger pixels", "Give it in um"]
    assert [word for word, one in zip(words, said, strict=True) if word not in one["cure"]] == []
    assert {one["name"]: one["there"] for one in offered} | {"DAPI": True, "BrdU": False} == {
        one["name"]: one["there"] for one in offered
    }
    assert nowhere.status_code == 404


def test_images_wait_for_each_other_and_frames_for_none(run, sessions):
    """One image at a time, four at most on their way; a frame comes while an image is stuck."""

    async def story(client):
        page = await opened(client)
        stuck = asyncio.Event()
        loop = asyncio.get_running_loop()
        waiting = [
            asyncio.ensure_future(
                sessions.threads.run_image(lambda: asyncio.run_coroutine_threadsafe(stuck.wait(), loop).result())
            )
            for _ in range(4)
        ]
        await asyncio.sleep(0)
        busy = await page.get("arms/0/image", section="1")
        await page.command({"do": "step", "steps": 1})
        header = await page.frame()
        stuck.set()
        await asyncio.gather(*waiting)
        return busy, header, await page.get("arms/0/image", section="1", pixel_um="2")

    busy, header, after = run(story)
    assert busy.status_code == 503
    assert busy.headers["retry-after"] == "1"
    assert header["step"] == 1
    assert after.status_code == 200
