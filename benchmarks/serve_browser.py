"""How quick the live page is in a real browser: ``python -m benchmarks.serve_browser [--frames 2000] [--json FILE]``.

A server process and headless Chromium without a graphics card play a whole gyrus, one hour per frame. Frames are
counted by the wall; what a frame costs is the processor time of the server and of the browser's page, which others on
the machine do not lengthen.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
from tornado.websocket import websocket_connect

from benchmarks.machine import describe

QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
LATEST = Path(__file__).parent / "results" / "serve_browser.json"
_SEQ = "Number(document.documentElement.dataset.seq)"
_CELLS = "Number(document.querySelector('#legend tfoot td.n:not(.b)').textContent.replaceAll(',', ''))"
_SIZES = """performance.getEntriesByType("resource").filter((entry) => entry.name.includes("/frame"))
  .map((entry) => entry.decodedBodySize)"""


def served(scenario: str) -> tuple[subprocess.Popen[str], str]:
    """Start a server and return it with its address."""
    command = [sys.executable, "-m", "neurogen_abm", "serve", scenario, "--no-open", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        found = re.search(r"http://[\w.:]+/\?token=\S+", seen.replace("\n", ""))
        if found:
            return process, found.group()
    raise SystemExit(f"the server did not start:\n{seen}")


class Tab:
    """A page of Chromium, told over its debugging protocol what to evaluate.

    Playwright would do it too, but has the page keep the body of every answer, which looks like a leak.
    """

    def __init__(self, address: str, profile: Path) -> None:
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        if chromium is None:
            raise SystemExit("no Chromium on this machine: make chromium")
        command = [chromium, *QUIET, "--remote-debugging-port=0", "--window-size=1280,800"]
        command += [f"--user-data-dir={profile}", "about:blank"]
        self._child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.process = psutil.Process(self._child.pid)
        self._loop = asyncio.new_event_loop()
        self._sent = 0
        told = profile / "DevToolsActivePort"
        while not told.exists() or not told.read_text().strip():
            time.sleep(0.1)
        port = told.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            tab = next(entry for entry in json.load(answer) if entry["type"] == "page")
        self._socket = self._loop.run_until_complete(self._connect(tab["webSocketDebuggerUrl"]))
        self._call("Page.navigate", url=address)

    @staticmethod
    async def _connect(address: str) -> Any:
        return await websocket_connect(address)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._loop.run_until_complete(self._asked(method, parameters))

    async def _asked(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._sent += 1
        await self._socket.write_message(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        while True:
            answer = json.loads(await self._socket.read_message())
            if answer.get("id") == self._sent:
                return dict(answer["result"])

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression on the page."""
        return self._call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until a condition holds."""
        while not self.evaluate(script):
            time.sleep(0.1)

    def close(self) -> None:
        """End the browser."""
        self._child.terminate()
        self._child.wait(20)
        self._loop.close()


def processor_s(process: psutil.Process) -> float:
    """Return the seconds of processor time that a process and its children have had."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family if member.is_running())


def renderer(browser: psutil.Process) -> psutil.Process:
    """Return the process in which the page lives: of those that draw, the largest."""
    drawing = [p for p in browser.children(recursive=True) if "--type=renderer" in " ".join(p.cmdline())]
    return max(drawing, key=lambda p: p.memory_info().rss)


def measure(tab: Tab, server: psutil.Process, frames: int) -> dict[str, float]:
    """Return what `frames` frames cost."""
    drawing = renderer(tab.process)
    tab.evaluate("performance.clearResourceTimings(); performance.setResourceTimingBufferSize(100000)")
    start, first = time.perf_counter(), tab.evaluate(_SEQ)
    before = [processor_s(server), processor_s(drawing), processor_s(tab.process)]
    tab.until(f"{_SEQ} >= {first + frames}")
    n, spent = tab.evaluate(_SEQ) - first, time.perf_counter() - start
    after = [processor_s(server), processor_s(drawing), processor_s(tab.process)]
    payload = [size for size in tab.evaluate(_SIZES) if size]
    server_ms, page_ms, browser_ms = (1000 * (b - a) / n for a, b in zip(before, after, strict=True))
    return {
        "frames": n,
        "frames_per_s": n / spent,
        "server_cpu_ms_a_frame": server_ms,
        "page_cpu_ms_a_frame": page_ms,
        "browser_cpu_ms_a_frame": browser_ms,
        "payload_kB_mean": sum(payload) / len(payload) / 1000,
        "payload_kB_most": max(payload) / 1000,
        "cells": tab.evaluate(_CELLS),
        "server_MB": server.memory_info().rss / 1e6,
        "page_MB": drawing.memory_info().rss / 1e6,
        "load": os.getloadavg()[0],
    }


def run(scenario: str, frames: int, speed_h: int) -> dict[str, Any]:
    """Measure one scenario in five rounds, once kernels and page are warm."""
    process, address = served(scenario)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        tab = Tab(address, Path(profile))
        tab.until("location.pathname === '/' && !location.search && !!document.querySelector('#play')")
        tab.evaluate("location.replace('/#lives=1'); location.reload()")  # one life, as in the figures of before
        try:
            tab.until("document.documentElement?.dataset.phase === 'living'")
            tab.until("!!document.querySelector('[data-painted]')")
            tab.evaluate(f"document.querySelector('#speed').value = '{speed_h}'")
            tab.evaluate("document.querySelector('#play').click()")
            tab.until(f"{_SEQ} > 60")
            pixels = tab.evaluate("(({ width, height }) => [width, height])(document.querySelector('.map-canvas'))")
            rounds = [measure(tab, psutil.Process(process.pid), max(50, frames // 5)) for _ in range(5)]
        finally:
            tab.close()
            process.terminate()
            process.wait(20)
    return {"scenario": scenario, "speed_h": speed_h, "canvas": pixels, "rounds": rounds}


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve_browser", description=__doc__)
    parser.add_argument("--scenario", default="mouse_lifespan", help="a whole mouse gyrus by default")
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--speed", type=int, default=1, metavar="HOURS", help="hours a frame")
    parser.add_argument("--json", type=Path, default=LATEST)
    chosen = parser.parse_args(arguments)
    document = {"machine": describe(), **run(chosen.scenario, chosen.frames, chosen.speed)}
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(document, indent=1) + "\n")
    for name in document["rounds"][0]:
        print(f"{name:24}", "  ".join(f"{found[name]:9.2f}" for found in document["rounds"]))
    print(f"canvas {document['canvas']}")
    print(f"written to {chosen.json}")
    return document


if __name__ == "__main__":
    main()
