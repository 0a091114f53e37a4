"""``python -m benchmarks.serve_pictures [--out DIR] [NAME ...]``: the pictures of docs/live_page.md, from today's page.

A server lives whole gyri of the mouse; Chromium paints them, a processor standing in for a graphics card. Every picture
is taken of the page as a person would see it: the address says what is shown, buttons do the rest. Without names all
are taken; they take some minutes.
"""

import argparse
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks.serve_bars import FLAGS, LIVING
from benchmarks.serve_browser import served

OUT = Path(__file__).parents[1] / "docs" / "images"
SCENARIO = "mouse_wheel_running"
REST = f"{LIVING} && document.querySelector('#play-text').textContent === 'Play'"
IMAGED = (
    "!!document.querySelector('.microscope-stage').dataset.image && document.querySelector('.microscope-wait').hidden"
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUALITY = 80  # of WebP
PATIENCE_MS = 180_000


class Picture(NamedTuple):
    """What is done to a page, of which part of it the picture is; size of the window, what it opens with."""

    act: Callable[[Page], Locator | None]
    width: int = 1280
    height: int = 900
    opens: str = "#lives=1"
    density: float = 1.0


def wait(page: Page, script: str) -> None:
    for _ in range(PATIENCE_MS // 50):
        if page.evaluate(script):
            return
        page.wait_for_timeout(50)
    raise SystemExit(f"never became true: {script}")


def day(page: Page, at: float) -> None:
    page.fill("#run-day", str(at))
    page.press("#run-day", "Enter")
    wait(page, f"{REST} && document.querySelector('#day').textContent === 'Day {at:.1f}'")


def view(page: Page, name: str) -> None:
    page.click(f"#view-{name}")
    page.wait_for_timeout(1500)


def section(page: Page) -> None:
    day(page, 12)
    view(page, "section")


def sheet(page: Page) -> None:
    day(page, 12)
    view(page, "sheet")


def near(page: Page) -> Locator:
    section(page)
    for _ in range(4):
        page.click("#zoom-in")
    box = page.locator(".map-canvas").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 0.4 * box["width"], middle[1], steps=5)  # the border of the hilus at the crest
    page.mouse.move(middle[0] + 0.95 * box["width"], middle[1], steps=5)
    page.mouse.up()
    page.wait_for_timeout(800)
    return page.locator("#maps")


def paper(page: Page) -> None:
    section(page)
    page.uncheck("#dark")


def bdnf(page: Page) -> Locator:
    sheet(page)
    page.select_option("#overlay", "field")
    return page.locator("#maps")


def cell(page: Page) -> None:
    sheet(page)
    page.click("#zoom-in", click_count=5)
    box = page.locator(".map-canvas").bounding_box()
    assert box is not None
    for share in range(5, 95, 5):  # a cell that has a family
        page.mouse.click(box["x"] + share / 100 * box["width"], box["y"] + 0.5 * box["height"])
        page.wait_for_timeout(700)
        if page.locator("#cell .tree line").count() > 12:
            break


def organ(page: Page) -> None:
    day(page, 12)


def twins(page: Page) -> None:
    day(page, 7)
    view(page, "sheet")


def fork(page: Page) -> None:
    day(page, 12)
    page.click("#fork")
    wait(page, "document.querySelectorAll('.map-canvas').length === 2")
    page.click("#controls .arm-tabs button >> nth=1")
    page.select_option("#controls select >> nth=0", label="Sedentary")
    page.wait_for_timeout(500)
    day(page, 21)
    view(page, "sheet")


def stop(page: Page) -> None:
    wait(page, f"{REST} && document.querySelector('#day').textContent === 'Day 7.0'")


def microscope(page: Page) -> Locator:
    day(page, 3)
    page.click("#inject")
    day(page, 4)
    page.click("#view-microscope")
    wait(page, IMAGED)
    page.check(".microscope-channels label:has-text('BrdU') input")
    page.wait_for_timeout(300)
    wait(page, IMAGED)
    return page.locator("#map-grid")


def week(page: Page) -> Locator:
    page.click("text=Paint a week of your own")
    page.click("#week .week-quick button >> nth=0")
    page.wait_for_timeout(1500)
    return page.locator("#week")


def controls(page: Page) -> Locator:
    day(page, 3)
    page.click("#inject")
    day(page, 7)
    return page.locator(".side")


def about(page: Page) -> None:
    page.click("#about")
    page.wait_for_timeout(1000)


def phone(page: Page) -> None:
    section(page)
    page.evaluate("document.querySelector('.map-bar').scrollIntoView()")


PICTURES = {
    "sheet": Picture(sheet),
    "twins": Picture(twins, height=1000, opens=""),
    "stop": Picture(stop, height=1000, opens="#stop=label-them.2"),
    "organ": Picture(organ),
    "microscope": Picture(microscope, height=1400, opens=""),
    "section": Picture(section),
    "section_near": Picture(near),
    "section_paper": Picture(paper),
    "bdnf": Picture(bdnf),
    "cell": Picture(cell),
    "compare": Picture(fork, height=1100),
    "week": Picture(week),
    "controls": Picture(controls),
    "about": Picture(about),
    "phone": Picture(phone, 390, 844, density=1.5),
}


@contextmanager
def opened(browser: Browser, address: str, picture: Picture) -> Iterator[Page]:
    """Yield the page with what the picture opens with, its life at rest and its film over."""
    base, _, token = address.partition("/?token=")
    size = {"width": picture.width, "height": picture.height}
    context = browser.new_context(viewport=size, device_scale_factor=picture.density)  # type: ignore[arg-type]
    context.add_cookies([{"name": f"neurogen_{base.rpartition(':')[2]}", "value": token, "url": base}])
    page = context.new_page()
    page.goto(f"{base}/?painter=gl{picture.opens}")
    wait(page, REST)
    yield page
    context.close()


def take(browser: Browser, address: str, name: str, out: Path) -> None:
    """Take one picture and write it as WebP."""
    picture = PICTURES[name]
    with opened(browser, address, picture) as page:
        part = picture.act(page)
        wait(page, "document.querySelector('.prelude').hidden")
        page.mouse.move(2, 2)
        page.wait_for_timeout(1500)
        shot = part.screenshot() if part else page.screenshot()
    file = out / f"live_{name}.webp"
    Image.open(io.BytesIO(shot)).convert("RGB").save(file, quality=QUALITY, method=6)
    print(f"{file}: {file.stat().st_size:,} bytes", flush=True)


def main() -> None:
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PICTURES)}; all by default")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the pictures")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in PICTURES]
    if unknown:
        parser.error(f"there is no picture {', '.join(unknown)}; choose from {', '.join(PICTURES)}")
    asked.out.mkdir(parents=True, exist_ok=True)
    server, address = served(SCENARIO)
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS["gl"])
            for name in asked.names or PICTURES:
                take(browser, address, name, asked.out)
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
