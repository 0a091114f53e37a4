"""How quick the live page is in a real browser: ``python -m benchmarks.serve_browser [--frames 2000] [--json FILE]``.

A server process and headless Chromium without a graphics card play a whole gyrus, an hour a frame. Frames are counted
by the wall; what a frame costs is the processor time of the server and of the browser's page, which others on the
machine do not lengthen.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import describe

QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
LATEST = Path(__file__).parent / "results" / "serve_browser.json"
_SEQ = "Number(document.documentElement.dataset.seq)"
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


def processor_s(process: psutil.Process) -> float:
    """Return the seconds of processor time that a process and its children have had."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family if member.is_running())


def renderers(browser: psutil.Process) -> list[psutil.Process]:
    """Return the processes in which pages live."""
    return [p for p in browser.children(recursive=True) if "--type=renderer" in " ".join(p.cmdline())]


def chromium_process(before: set[int]) -> psutil.Process:
    """Return the browser that was started since `before`: the topmost new process that is one."""
    here = psutil.Process()
    new = [p for p in here.children(recursive=True) if p.pid not in before and "chrom" in p.name()]
    return min(new, key=lambda p: p.create_time())


def play(page: Any, frames: int) -> None:
    """Let the page paint `frames` further frames."""
    goal = page.evaluate(_SEQ) + frames
    while page.evaluate(_SEQ) < goal:
        page.wait_for_timeout(100)


def measure(page: Any, server: psutil.Process, browser: psutil.Process, frames: int) -> dict[str, float]:
    """Return what `frames` frames cost."""
    parts = renderers(browser)
    page.evaluate("performance.clearResourceTimings(); performance.setResourceTimingBufferSize(100000)")
    start, first = time.perf_counter(), page.evaluate(_SEQ)
    cpu = [processor_s(server), sum(sum(p.cpu_times()[:2]) for p in parts), processor_s(browser)]
    play(page, frames)
    n, spent = page.evaluate(_SEQ) - first, time.perf_counter() - start
    cpu_after = [processor_s(server), sum(sum(p.cpu_times()[:2]) for p in parts), processor_s(browser)]
    payload = [size for size in page.evaluate(_SIZES) if size]
    server_ms, page_ms, browser_ms = (1000 * (b - a) / n for a, b in zip(cpu, cpu_after, strict=True))
    return {
        "frames": n,
        "frames_per_s": n / spent,
        "server_cpu_ms_a_frame": server_ms,
        "page_cpu_ms_a_frame": page_ms,
        "browser_cpu_ms_a_frame": browser_ms,
        "payload_kB_mean": sum(payload) / len(payload) / 1000,
        "payload_kB_most": max(payload) / 1000,
        "server_MB": server.memory_info().rss / 1e6,
        "page_MB": sum(p.memory_info().rss for p in parts) / 1e6,
        "heap_MB": page.evaluate("performance.memory ? performance.memory.usedJSHeapSize / 1e6 : 0"),
    }


def run(scenario: str, frames: int, speed_h: int) -> dict[str, Any]:
    """Measure one scenario: once the kernels are warm, the first frames and the last."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("no Chromium on this machine: make chromium")
    process, address = served(scenario)
    try:
        with sync_playwright() as driver:
            before = {p.pid for p in psutil.Process().children(recursive=True)}
            opened = driver.chromium.launch(executable_path=chromium, args=QUIET)
            page = opened.new_page(viewport={"width": 1280, "height": 720})
            page.goto(address)
            ready = "document.documentElement?.dataset.phase === 'living' && !!document.querySelector('[data-painted]')"
            while not _now(page, ready):
                page.wait_for_timeout(100)
            page.select_option("#speed", str(speed_h))
            page.click("#play")
            play(page, 60)
            here, browser = psutil.Process(process.pid), chromium_process(before)
            cells = int(page.text_content("#legend tfoot td.n:not(.b)").replace(",", ""))
            pixels = page.evaluate("(({ width, height }) => [width, height])(document.querySelector('.map-canvas'))")
            part = max(50, frames // 5)
            rounds = [measure(page, here, browser, part) for _ in range(5)]
            cells_after = int(page.text_content("#legend tfoot td.n:not(.b)").replace(",", ""))
            opened.close()
    finally:
        process.terminate()
        process.wait(20)
    return {"scenario": scenario, "speed_h": speed_h, "cells": [cells, cells_after], "canvas": pixels, "rounds": rounds}


def _now(page: Any, script: str) -> bool:
    """Whether a condition holds; a page that is just being exchanged for the next says no."""
    from playwright.sync_api import Error

    try:
        return bool(page.evaluate(script))
    except Error:
        return False


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve_browser", description=__doc__)
    parser.add_argument("--scenario", default="mouse_lifespan", help="a whole mouse gyrus by default")
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--speed", type=int, default=1, metavar="HOURS", help="hours a frame")
    parser.add_argument("--json", type=Path, default=LATEST)
    chosen = parser.parse_args(arguments)
    document = {"machine": describe(), **run(chosen.scenario, chosen.frames, chosen.speed)}
    document["load_after"] = round(os.getloadavg()[0], 2)
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(document, indent=1) + "\n")
    for name in document["rounds"][0]:
        print(f"{name:24}", "  ".join(f"{found[name]:9.2f}" for found in document["rounds"]))
    print(f"cells {document['cells']}, canvas {document['canvas']}, load {document['load_after']}")
    print(f"written to {chosen.json}")
    return document


if __name__ == "__main__":
    main()
