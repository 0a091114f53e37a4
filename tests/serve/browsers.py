"""Chromium for the tests of the page, a server for it, and waiting in it."""

import shutil
import socket
import threading
import time
from contextlib import contextmanager

import uvicorn

from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.serve.http.app import make_app
from neurogen_abm.serve.session.library import Library

TOKEN = "a-token-of-the-tests"
HOST = "127.0.0.1"

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE_S = 60.0
QUIET = ["--headless", "--no-sandbox", "--disable-quic", "--no-first-run"]
QUIET += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
# Without a graphics card: either no WebGL at all, or a processor that stands in for the card.
NO_GL = [*QUIET, "--disable-gpu", "--disable-3d-apis"]
SOFTWARE_GL = [*QUIET, "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
SMALL_RUNNER = """
schema: 1
name: small_runner
title: A small piece of a runner
species: mouse
sex: female
age: 8 wk
duration: 10 d
seed: 5
tissue: {septotemporal: 300 um, transverse: 300 um}
activity:
  - {kind: wheel, distance: 6 km/d}
pathway: circulating
"""
LIVING = "document.documentElement.dataset.phase === 'living'"
PAINTED = f"{LIVING} && !!document.querySelector('[data-painted]')"
# One number for all that a map has painted.
SUM = """() => { const d = document.querySelector(".map-canvas").pixels();
let h = 0; for (const x of d) h = (Math.imul(h, 31) + x) >>> 0; return h; }"""


def until(page, condition, patience=PATIENCE_S):
    """Wait for a condition, a script of the page or a function.

    The page's policy forbids the evaluation that Playwright's own waiting needs.
    """
    end = time.monotonic() + patience
    while not (condition() if callable(condition) else page.evaluate(condition)):
        assert time.monotonic() < end, f"never became true: {condition}"
        page.wait_for_timeout(30)


@contextmanager
def serving(file, port=0, token=TOKEN):
    """Serve a scenario in a thread of its own; yields the sessions and the address."""
    NeurogenesisModel(file).step()  # kernels that have to be compiled are, before anybody waits for a page
    listener = socket.create_server((HOST, port))
    port = listener.getsockname()[1]
    app = make_app(Library(str(file)), token, port)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield app.app.state.sessions, f"http://{HOST}:{port}"
    server.should_exit = True
    thread.join(10)
    listener.close()


def cookie_for(address):
    """Return the cookie with which the page of a server is opened."""
    return {"name": f"neurogen_{address.rpartition(':')[2]}", "value": TOKEN, "url": address}
