"""A server without a socket."""

import asyncio

import httpx
import pytest
from browsers import CHROMIUM, NO_GL
from pages import TOKEN

from neurogen_abm.serve.http.app import make_app
from neurogen_abm.serve.session.library import Library
from neurogen_abm.serve.session.sessions import Sessions


@pytest.fixture(scope="session")
def library():
    return Library("mouse_sedentary")


@pytest.fixture(scope="module")
def browser():
    """Chromium without a graphics card, for a file: as long as it runs, no other loop of asyncio can in this thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=NO_GL)
        yield opened
        opened.close()


@pytest.fixture
def sessions(library):
    kept = Sessions(library)
    yield kept
    kept.close()


@pytest.fixture
def app(library, sessions):
    return make_app(library, TOKEN, 8765, sessions=sessions)


@pytest.fixture
def run(app):
    """Run a coroutine that is given a client; every page of it is opened with `opened`."""

    def runner(story, **headers):
        async def go():
            transport = httpx.ASGITransport(app=app)
            given = {"authorization": f"Bearer {TOKEN}"} | headers
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8765", headers=given
            ) as client:
                return await story(client)

        return asyncio.run(go())

    return runner
