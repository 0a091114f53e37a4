"""Whatever a body holds is refused in words; a fault of the server itself is one line in its terminal, once."""

import asyncio
import base64
import gc
import json
import logging
import time
import weakref
import zlib
from concurrent.futures import Future

import pytest
from pages import SMALL, Page, opened

from neurogen_abm.errors import ModelFault
from neurogen_abm.serve.http import terminal
from neurogen_abm.serve.session import sessions as sessions_module
from neurogen_abm.serve.session.background import Abandoned, Build
from neurogen_abm.serve.session.library import Library

PLAN = {"scenario": "mouse_sedentary", "seed": 3, "arms": [{"changes": SMALL}]}


def code_of(text):
    return "1." + base64.urlsafe_b64encode(zlib.compress(text)).decode().rstrip("=")


def plan_with(**parts):
    return code_of(json.dumps(PLAN | parts).encode())


def event_at(step):
    return {
        "arms": [{"changes": SMALL, "events": [{"kind": "inject", "step": step, "agent": "BrdU", "dose": "1 mg/kg"}]}]
    }


BODIES = [
    ("preview", b'{"scenario": "\\ud800"}'),
    ("preview", b'{"\\udfff": 1}'),
    ("preview", b'{"changes": {"x\\ud800y": 1}}'),
    ("preview", b'{"changes": {"lineage.a": "\\udc00"}}'),
    ("preview", b'{"changes": {"lineage.clearance.time": 1e400}}'),
    ("preview", b'{"changes": {"sex": NaN}}'),
    ("preview", b'{"seed": ' + b"1" * 400 + b"}"),
    ("preview", b'{"changes": {"activity": ' + b"[" * 900 + b"]" * 900 + b"}}"),
    ("preview", b"\xff\xfe{}"),
    ("preview", b'{"changes": {"activity": [{"kind": "recording", "file": ["mouse_wheel_hourly.csv"]}]}}'),
    ("preview", b'{"changes": {"activity": [{"kind": "recording", "file": {"a": 1}}]}}'),
    ("preview", b'{"changes": {"activity": [{"kind": "recording", "file": "nothing.csv"}]}}'),
    ("sessions", json.dumps({"share": plan_with(scenario="\ud800")}).encode()),
    ("sessions", json.dumps({"share": plan_with(**event_at(10**400))}).encode()),
    ("sessions", json.dumps({"share": plan_with(**event_at(30_001))}).encode()),
    ("sessions", json.dumps({"share": plan_with(day=float("inf"))}).encode()),
    ("sessions", json.dumps({"share": code_of(b"\xff\xff\xff")}).encode()),
    ("sessions", json.dumps({"share": plan_with() + "AAAA"}).encode()),
    ("sessions", json.dumps({"share": plan_with()[:-6]}).encode()),
    ("sessions", json.dumps({"share": "1." + base64.urlsafe_b64encode(b"\x78\x9c").decode()}).encode()),
    ("sessions", json.dumps({"share": plan_with(arms=[{"changes": {"a": json.loads("[" * 40 + "]" * 40)}}])}).encode()),
]


@pytest.mark.parametrize(("where", "body"), BODIES)
def test_what_nothing_can_take_is_refused_in_words(run, where, body):
    async def story(client):
        return await client.post(f"/api/{where}", content=body, headers={"content-type": "application/json"})

    answer = run(story)
    assert answer.status_code == 400
    assert answer.json()["error"]["what"].endswith(".")


@pytest.fixture
def said(capsys):
    """Return what the terminal of a server would show, line by line."""
    kept = [
        (logger, logger.handlers, logger.propagate)
        for logger in map(logging.getLogger, ("asyncio", terminal.LOGGER.name))
    ]
    handler = terminal.OneLine()
    for logger, _, _ in kept:
        logger.handlers, logger.propagate = [handler], False
    yield lambda: capsys.readouterr().err.splitlines()
    for logger, handlers, propagate in kept:
        logger.handlers, logger.propagate = handlers, propagate


def test_a_fault_of_the_server_is_one_line_and_its_page_is_told(run, monkeypatch, said):
    def breaks(*_):
        raise ZeroDivisionError("of all\nthings")

    monkeypatch.setattr(Library, "prepare", breaks)

    async def story(client):
        return [await client.post("/api/preview", json={}) for _ in range(5)]

    for answer in run(story):
        assert answer.status_code == 500
        assert answer.json()["error"]["code"] == "fault"
        assert "of all" not in answer.text
    (line,) = said()
    assert "/api/preview" in line
    assert "ZeroDivisionError: of all things (app.py:" in line


def test_a_build_that_was_looked_at_and_then_replaced_leaves_the_terminal_quiet(said):
    class Threads:
        def submit(self, _):
            return Future()

    async def story():
        build = Build(None, None, Threads(), scenario="", seed=1, plans=[])
        assert not await build.wait(0.0)
        build.future.set_exception(Abandoned())
        assert await build.wait(1.0)

    asyncio.run(story())
    gc.collect()
    assert said() == []


def test_sentences_that_come_again_are_said_once(said):
    for _ in range(400):
        logging.getLogger("asyncio").warning("Exceeded concurrency limit.")
    logging.getLogger("asyncio").warning("Something else.")
    assert [line.split(".")[0] for line in said()] == [
        "neurogen: Exceeded concurrency limit",
        "neurogen: Something else",
    ]


def test_what_went_wrong_keeps_no_animal(run, sessions):
    """A fault that a session remembers would hold, by its traceback, whatever it arose in."""

    async def story(client):
        page = await opened(client, changes={"duration": "2 d"})
        session = sessions.session(page.number)

        def breaks():
            raise ModelFault("Cells are not consistent.")

        session.lives[0].model.step = breaks
        await page.command({"do": "step"})
        header = await page.frame()
        return header["phase"], session.error

    phase, error = run(story)
    assert (phase, error.what, error.__traceback__) == ("failed", "Cells are not consistent.", None)


def test_animals_of_sessions_that_ended_are_given_back(run, sessions, monkeypatch):
    """They know their parts and these them, so that only a collection frees them, and arrays bring none about."""
    monkeypatch.setattr(sessions_module, "_TIDY_S", 0.05)
    left = []

    async def story(client):
        for seed in range(3):
            page = await opened(client, seed=seed, changes={"duration": "2 d"})
            left.append(weakref.ref(sessions.session(page.number).lives[0].model))
            await client.delete(f"/api/sessions/{page.number}")

    gc.disable()
    try:
        run(story)
        for _ in range(100):
            if not any(model() for model in left):
                break
            time.sleep(0.05)
    finally:
        gc.enable()
    assert [model() for model in left] == [None] * 3


def test_a_session_without_a_page_is_put_aside(run, sessions, monkeypatch):
    monkeypatch.setattr(sessions_module, "_UNSEEN_S", 0.0)

    async def story(client):
        alone = (await client.post("/api/sessions", json={"changes": SMALL})).json()["id"]
        page = await opened(client)
        sessions._looked_s = 0.0
        await page.command({"do": "step"})
        await page.frame()
        return (await client.get(f"/api/sessions/{alone}")).status_code, (await page.get("share")).status_code

    assert run(story) == (410, 200)


def test_a_page_that_was_left_finds_its_life_again_for_a_while(run, sessions):
    async def story(client):
        kept, gone = await opened(client), await opened(client)
        await gone.run_to(0.5)
        for page in (kept, gone):
            assert (await client.delete(f"/api/sessions/{page.number}?after=1")).status_code == 204
        assert (await kept.get("share")).status_code == 200
        await asyncio.sleep(1.1)
        lost = await gone.get("share")
        again = await client.post("/api/sessions", json={"share": lost.json()["error"]["share"]})
        found = Page(client, again.json()["id"])
        await found.until(lambda header: header["day"] == 0.5 and header["progress"] is None)
        return (await kept.get("share")).status_code, lost.status_code

    assert run(story) == (200, 410)
