"""Files to keep: made from the run, readable by others, and refused in words where an extra is missing."""

import inspect
import io
from datetime import UTC, datetime
from functools import partial
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pages import SMALL, WHEEL, opened

from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.run import TABLES, prepare
from neurogen_abm.run import run as run_headless
from neurogen_abm.scene.palette import GROUPS, channels, group_of
from neurogen_abm.serve.http import exports
from neurogen_abm.serve.payload import about
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

NEEDS_MOVIE = pytest.mark.skipif(
    bool(about.EXPORTS["animation.mp4"].missing), reason="the extra `movie` is not installed"
)


def test_every_export_on_offer_can_be_made():
    assert set(about.EXPORTS) == {*exports._MAKERS, "animation.gif", "animation.mp4"}


def exported(run, *files, **wanted):
    async def story(client):
        page = await opened(client, seed=6, compare={"changes": {"activity": WHEEL}}, **wanted)
        await page.run_to(2)
        found = {}
        for file in files:
            name, _, query = file.partition("?")
            answer = await page.get(f"export/{name}", **dict(part.split("=") for part in query.split("&") if part))
            assert answer.status_code == 200, answer.text[:300]
            assert answer.headers["content-disposition"] == f'attachment; filename="mouse_sedentary-seed6-{name}"'
            found[file] = answer.content
        return page, found

    return run(story)


def test_tables_hold_both_lives(run):
    page, files = exported(run, "series.csv", "series.parquet", "cells.parquet")
    series = pd.read_parquet(io.BytesIO(files["series.parquet"]))
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(files["series.csv"])), series, check_exact=True)
    assert series.groupby("arm").size().tolist() == [49, 49]
    for arm in (0, 1):
        shown = series[series["arm"] == arm].drop(columns="arm").to_numpy(np.float64)
        assert np.array_equal(shown, np.array(page.series[arm]), equal_nan=True)
    cells = pd.read_parquet(io.BytesIO(files["cells.parquet"]))
    assert not cells.duplicated(["arm", "id"]).any()
    told = page.header["arms"][0]
    assert (cells[cells["arm"] == 0]["cause"] == "alive").sum() == told["n_cells"] - told["counts"]["apoptotic"]


def test_the_scenario_runs_to_the_same_numbers(run):
    page, files = exported(run, "scenario.yaml?arm=1")
    spec = ResolvedScenario.from_yaml(files["scenario.yaml?arm=1"].decode())
    ran = run_headless(spec)
    assert np.array_equal(ran.series.to_numpy(np.float64)[:49], np.array(page.series[1]), equal_nan=True)


def test_the_report_is_that_of_this_life(run):
    _, files = exported(run, "report.html")
    text = files["report.html"].decode()
    assert "changed on the way" in text
    assert "A sedentary young mouse" in text or "mouse_sedentary" in text


def test_the_result_of_a_life_has_every_table_of_a_run(monkeypatch):
    model = NeurogenesisModel(prepare("mouse_sedentary", 6, SMALL | {"pathway": "induced", "duration": "2 h"}))
    model.step()
    life = SimpleNamespace(model=model, began=datetime.now(UTC), spent_s=0.0, step=1)
    monkeypatch.setattr(exports, "events_of", lambda lives: [])
    result = exports.result_of(SimpleNamespace(life=lambda arm: life), 0)
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(result, table), getattr(model, f"{table}_frame")())
    assert not result.messengers.empty


@NEEDS_MOVIE
def test_pictures_show_cells_and_field(run):
    from PIL import Image

    _, files = exported(run, "map.png", "section.png?u_um=100")
    sheet = np.asarray(Image.open(io.BytesIO(files["map.png"])).convert("RGB"))
    section = np.asarray(Image.open(io.BytesIO(files["section.png?u_um=100"])).convert("RGB"))
    colours = {tuple(pixel) for pixel in sheet.reshape(-1, 3)[::7]}
    assert len(colours) > 60
    for group in GROUPS[:4]:
        assert (sheet == channels(group.paper)).all(axis=2).any(), group
    assert (section == channels(group_of("immature_late").paper)).all(axis=2).any()


@NEEDS_MOVIE
def test_the_organ_is_a_picture_to_keep(run, monkeypatch):
    from PIL import Image

    from neurogen_abm.scene import organ_picture

    whole = organ_picture.organ_picture
    assert inspect.signature(whole).parameters["width"].default == 1600  # which takes seconds to paint
    monkeypatch.setattr(organ_picture, "organ_picture", partial(whole, width=400))
    _, files = exported(run, "organ.png?by=clone", "organ.png?u_um=150", "organ.png")
    pictures = [np.asarray(Image.open(io.BytesIO(content)).convert("RGB")) for content in files.values()]
    assert all(picture.shape == (224, 400, 3) for picture in pictures)
    assert all(not np.array_equal(one, other) for one, other in combinations(pictures, 2))


@NEEDS_MOVIE
@pytest.mark.parametrize("ending", ["gif", "mp4"])
def test_an_animation_is_lived_again_from_the_plan(run, ending):
    import imageio.v3 as imageio

    _, files = exported(run, f"animation.{ending}?from=1&to=2")
    frames = imageio.imread(files[f"animation.{ending}?from=1&to=2"], extension=f".{ending}", index=None)
    assert len(frames) == 5
    assert not np.array_equal(frames[0], frames[-1])


def test_what_is_not_there_is_refused_in_words(run, monkeypatch):
    async def story(client):
        page = await opened(client)
        found = [await page.get("export/secrets.txt"), await page.get("export/animation.gif", to=9)]
        monkeypatch.setattr(about, "find_spec", lambda name: None)
        return [*found, await page.get("export/map.png")]

    answers = run(story)
    assert [answer.status_code for answer in answers] == [404, 400, 501]
    assert "neurogen_abm[movie]" in answers[2].json()["error"]["cure"]


def test_an_experiment_counts_as_a_laboratory_would(run, sessions):
    async def story(client):
        wide = {"tissue": {"septotemporal": "800 um", "transverse": "300 um"}}
        page = await opened(client, seed=2, changes=wide)
        await page.command(
            {"do": "inject", "agent": "brdu", "dose": "150 mg/kg"}, {"do": "fork", "changes": {"activity": WHEEL}}
        )
        await page.run_to(3)
        await page.command(
            {"do": "inject", "agent": "BrdU", "dose": "5 km"}, {"do": "inject", "agent": "ink", "dose": "1"}
        )
        refused = (await page.frame())["done"]
        told = (await page.get("experiment")).json()
        life = sessions.session(page.number).lives[1]
        truth = life.model.histology.count("BrdU+ DCX+").count
        code = (await page.get("share")).json()["code"]
        again = type(page)(client, (await client.post("/api/sessions", json={"share": code})).json()["id"])
        await again.until(lambda header: header["day"] == 3 and header["progress"] is None)
        return refused, told, truth, (await again.get("experiment")).json()

    refused, told, truth, again = run(story)
    assert [done["ok"] for done in refused[-2:]] == [False, False]
    assert [entry["arm"] for entry in told["injections"]] == [0, 1]
    assert told["injections"][0]["labelled_then"] == told["injections"][1]["labelled_then"] > 0
    counts = {(entry["name"], entry["arm"]): entry for entry in told["counts"]}
    assert counts["BrdU+ DCX+", 1]["count"] == truth > 0
    assert counts["BrdU+", 0]["sections"] >= 3
    assert told["counts"] == again["counts"]
