"""``python -m benchmarks.serve_bars [--painter plain] [--lives 1] [--json FILE]``: every bar of the page in Chromium.

A server process plays a whole gyrus with its kernels compiled; Chromium has no graphics card (``--painter gl`` lets the
processor stand in for one). Each row is measured on the page itself, printed beside its bar, with the machine and its
load: on a busy machine only ratios and sizes mean anything.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Error, Page, sync_playwright

from benchmarks.machine import describe
from benchmarks.serve_browser import served

RESULTS = Path(__file__).parent / "results" / "serve_bars.json"
FLAGS = {
    "gl": ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
    "plain": ["--no-sandbox", "--disable-gpu", "--disable-3d-apis"],
}
LIVING = "document.documentElement.dataset.phase === 'living' && !!document.querySelector('[data-painted]')"
STAGE = "document.querySelector('.map-stage')"
DAY = 25  # beyond what playing has reached, however fast
# From a key to the picture of another day: the text of the day and a new painting.
LOOK_BACK = f"""async () => {{
  const [painted, begun] = [{STAGE}.dataset.painted, performance.now()];
  document.body.dispatchEvent(new KeyboardEvent("keydown", {{ key: "ArrowLeft", bubbles: true }}));
  while ({STAGE}.dataset.painted === painted) await new Promise((done) => requestAnimationFrame(done));
  return performance.now() - begun;
}}"""
# From a turn of the wheel until the browser has nothing left to do for it.
WHEEL = """async (deltaY) => {
  const canvas = document.querySelector(".map-canvas");
  const box = canvas.getBoundingClientRect();
  const begun = performance.now();
  canvas.dispatchEvent(new WheelEvent("wheel", { deltaY, clientX: box.left + 0.3 * box.width, clientY: box.top + 0.5 * box.height, bubbles: true, cancelable: true }));
  const handled = performance.now() - begun;
  const frame = await new Promise((done) => requestAnimationFrame(done));
  const channel = new MessageChannel();
  await new Promise((done) => { channel.port1.onmessage = done; channel.port2.postMessage(0); });
  return handled + performance.now() - frame;
}"""  # noqa: E501 (a script)
IMAGE = """async (session) => {
  const begun = performance.now();
  const answer = await fetch(`${session}/arms/0/image?u_um=2000&pixel_um=0.5&channels=DAPI,NeuN,DCX,Ki67`);
  const size = (await answer.arrayBuffer()).byteLength;
  return [performance.now() - begun, size, answer.status];
}"""
SESSION = """performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => name.includes("/frame")).pop().split("/frame")[0]"""  # noqa: E501
USED = f"(({{ canvas }}) => canvas.width / ({STAGE}.clientWidth * devicePixelRatio))({{ canvas: document.querySelector('.map-canvas') }})"  # noqa: E501


class Row(NamedTuple):
    """One bar: what, how much was measured, how much is wanted, and whether it is met."""

    what: str
    measured: str
    wanted: str
    met: bool | None


def _holds(page: Page, script: str) -> bool:
    try:
        return bool(page.evaluate(script))
    except Error as fault:
        if "destroyed" not in str(fault):
            raise
        return False  # the page is on its way to another address


def until(page: Page, script: str, patience_s: float = 300.0) -> float:
    """Wait for a condition and return the seconds it took."""
    begun = time.perf_counter()
    while not _holds(page, script):
        if time.perf_counter() - begun > patience_s:
            raise SystemExit(f"never became true: {script}")
        page.wait_for_timeout(20)
    return time.perf_counter() - begun


def most(values: list[float], bar: float, what: str, wanted: str, pick: Callable[[list[float]], float]) -> Row:
    """Return a row that is met where a statistic of times in ms is at most the bar."""
    found = pick(values)
    return Row(what, f"{found:.0f} ms", wanted, found <= bar)


def p95(values: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


def place(address: str, painter: str, lives: int) -> str:
    """Return the address of the page with one life or two."""
    return f"{address.split('?')[0]}?painter={painter}{'#lives=1' if lives == 1 else ''}"


def opening(page: Page, address: str, painter: str, lives: int) -> list[Row]:
    """Measure from opening to a moving picture, and to a life."""
    page.goto("about:blank")
    begun = time.perf_counter()
    page.goto(place(address, painter, lives))
    until(page, f"{STAGE} && Number({STAGE}.dataset.painted || 0) > 1")
    film = time.perf_counter() - begun
    until(page, LIVING)
    life = time.perf_counter() - begun
    return [
        Row("moving picture after opening", f"{film:.1f} s", "<= 1 s", film <= 1.0),
        Row("life after opening, kernels kept", f"{life:.1f} s", "<= 4 s", life <= 4.0),
    ]


def sections(page: Page, painter: str) -> list[Row]:
    """Measure the section: cells that are seen, and turns of the wheel at every zoom."""
    page.click("#view-section")
    page.wait_for_timeout(800)
    rows = []
    if painter == "gl":
        told = page.evaluate("document.querySelector('.map-canvas').count()")
        share = told["seen"] / max(told["held"], 1)
        what = f"distinct cells visible in a section of {told['held']}"
        rows.append(Row(what, f"{100 * share:.1f} %", ">= 99 %", share >= 0.99))
    steps = [page.evaluate(WHEEL, delta) for delta in (-120,) * 12 + (120,) * 12]
    rows.append(most(steps, 33, "wheel step in the section, median", "<= 33 ms", statistics.median))
    rows.append(most(steps, 33, "wheel step in the section, slowest of 24", "<= 33 ms", max))
    return rows


def past(page: Page) -> list[Row]:
    """Measure looking back, day by day."""
    back = [page.evaluate(LOOK_BACK) for _ in range(10)]
    page.keyboard.press("n")
    page.wait_for_timeout(500)
    return [
        most(back, 100, "a lived day on screen, median", "<= 100 ms", statistics.median),
        most(back, 250, "a lived day on screen, 95 %", "<= 250 ms", p95),
    ]


def speed(page: Page, seconds: float, bar: float, what: str) -> Row:
    """Measure frames per second while it plays, one hour a frame, on the sheet."""
    page.click("#view-sheet")
    page.select_option("#speed", "1")
    page.click("#play")
    page.wait_for_timeout(1500)
    count = "Number(document.documentElement.dataset.seq)"
    begun, first = time.perf_counter(), page.evaluate(count)
    page.wait_for_timeout(1000 * seconds)
    found = (page.evaluate(count) - first) / (time.perf_counter() - begun)
    page.click("#play")
    return Row(f"frames per second, {what}", f"{found:.1f}", f">= {bar:.0f}", found >= bar)


def pixels(browser: Browser, where: str, painter: str, cookies: Any) -> list[Row]:
    """Measure the share of the screen's pixels that the picture uses while it rests."""
    rows = []
    for width, height, density in ((1280, 720, 2), (3840, 2160, 1)):
        context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=density)
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(where)
        until(page, LIVING)
        page.click("#view-sheet")
        page.wait_for_timeout(1500)
        share, bar = page.evaluate(USED), 1.0 if painter == "gl" else 0.9
        what = f"device pixels used at {width} x {height}, {density} to a point, at rest"
        rows.append(Row(what, f"{share:.2f}", f">= {bar}", share >= bar - 0.005))
        context.close()
    return rows


def again(page: Page) -> list[Row]:
    """Measure a reload: the same day must come back."""
    day = page.text_content("#day")
    begun = time.perf_counter()
    page.reload()
    until(page, f"{LIVING} && document.querySelector('#day').textContent === {json.dumps(day)}")
    took = time.perf_counter() - begun
    return [Row("the same day after a reload", f"{took:.1f} s", "<= 2 s", took <= 2.0)]


def microscope(page: Page) -> list[Row]:
    """Measure an image of four channels at 0.5 um a pixel, in a page and through the server."""
    session = page.evaluate(SESSION)
    page.evaluate(IMAGE, session)  # the first compiles
    took = min(page.evaluate(IMAGE, session)[0] for _ in range(3))
    return [Row("section image, 4 channels, 0.5 um a pixel", f"{took:.0f} ms", "<= 2 s", took <= 2000)]


def sizes() -> list[Row]:
    """Return the size of the film that comes with the page."""
    film = Path(__file__).parent.parent / "neurogen_abm" / "serve" / "static" / "first.film"
    size = film.stat().st_size
    return [Row("film that comes with the page", f"{size / 1e6:.2f} MB", "<= 4 MB", size <= 4_000_000)]


def run(scenario: str, painter: str, seconds: float, lives: int) -> list[Row]:
    """Measure every bar with one painter."""
    server, address = served(scenario)
    rows: list[Row] = []
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS[painter])
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            page = context.new_page()
            page.goto(address)  # trades the token for a cookie
            until(page, LIVING)
            rows += opening(page, address, painter, lives)
            rows.append(speed(page, seconds, 30 if lives == 1 else 25, f"{lives} of 2 lives"))
            page.fill("#run-day", str(DAY))
            page.press("#run-day", "Enter")
            until(page, f"document.querySelector('#day').textContent === 'Day {DAY}.0'")
            page.wait_for_timeout(1500)
            for measure in (past, lambda p: sections(p, painter), microscope, again):
                rows += measure(page)
            rows += pixels(browser, place(address, painter, lives), painter, context.cookies())
    finally:
        server.terminate()
        server.wait(20)
    return rows + sizes()


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve_bars", description=__doc__)
    parser.add_argument("--scenario", default="mouse_wheel_running", help="a whole mouse gyrus by default")
    parser.add_argument("--painter", choices=sorted(FLAGS), default="plain")
    parser.add_argument(
        "--lives", type=int, choices=(1, 2), default=2, help="the animal and its twin, or the animal alone"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="of playing")
    parser.add_argument("--json", type=Path, default=RESULTS)
    chosen = parser.parse_args(arguments)
    machine = describe()
    rows = run(chosen.scenario, chosen.painter, chosen.seconds, chosen.lives)
    machine |= {"load_after": round(os.getloadavg()[0], 2)}
    document = {
        "machine": machine,
        "painter": chosen.painter,
        "lives": chosen.lives,
        "rows": [row._asdict() for row in rows],
    }
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(document, indent=1) + "\n")
    load = f"load {machine['load_before']} before, {machine['load_after']} after"
    print(f"{machine['processor']}, {machine['cores']} cores; {load}; painter {chosen.painter}, lives {chosen.lives}")
    for row in rows:
        mark = "met" if row.met else "not met"
        print(f"{row.what:64} {row.measured:>10}   {row.wanted:10} {mark}")
    return document


if __name__ == "__main__":
    main()
