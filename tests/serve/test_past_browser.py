"""Looking back on the page in a real browser: by click, by drag and by key; the present comes back as it was."""

import numpy as np
import pytest
from browsers import CHROMIUM, NO_GL, PAINTED, SUM, cookie_for, serving, until

from neurogen_abm.biology.states import STATES

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

SCENARIO = """
schema: 1
name: past
title: A runner to look back at
species: mouse
sex: female
age: 8 wk
duration: 12 d
seed: 5
tissue: {septotemporal: 200 um, transverse: 600 um}
activity:
  - {kind: wheel, distance: 6 km/d}
pathway: circulating
"""
DAY = "document.querySelector('#day').textContent"
PAST_DAY = "document.documentElement.dataset.pastDay"
COUNTS = "Array.from(document.querySelectorAll('#legend tbody td:nth-child(2)'), (node) => node.textContent)"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    file = tmp_path_factory.mktemp("past") / "past.yaml"
    file.write_text(SCENARIO)
    with serving(file) as found:
        yield found


def run_to(page, day):
    page.fill("#run-day", str(day))
    page.press("#run-day", "Enter")
    until(page, f"{DAY} === 'Day {day}.0'")
    page.wait_for_timeout(200)


def counted(life, day):
    row = np.array(life.model.recorder.rows)[24 * day]
    names = life.model.series_frame().columns.tolist()
    return sorted(int(row[names.index(f"n_{name}")]) for name in STATES)


def shown(page):
    return sorted(int(text.replace(",", "")) for text in page.evaluate(COUNTS))


def at(page, day):
    """Return the place of a day on the strip of time."""
    box = page.locator("#track").bounding_box()
    return box["x"] + box["width"] * day / 12, box["y"] + box["height"] / 2


def test_looking_back_shows_what_was_and_changes_nothing(served):
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=NO_GL)
        context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
        page, faults = context.new_page(), []
        page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        context.add_cookies([cookie_for(served[1])])
        page.goto(f"{served[1]}/#lives=1")
        until(page, PAINTED)
        (session,) = served[0]._kept.values()
        run_to(page, 8)
        now, counts = page.evaluate(SUM), shown(page)
        _by_click_and_drag(page, session.lives[0])
        _by_key(page, session.lives[0])
        assert shown(page) == counts
        assert page.evaluate(SUM) == now
        page.keyboard.press("ArrowLeft")
        until(page, f"{PAST_DAY} === '7'")
        page.click("#step")  # a command brings one back, and is carried out
        until(page, f"{DAY} === 'Day 8.0' && document.querySelector('#to-now').hidden")
        until(page, "document.documentElement.dataset.past === undefined")
        until(page, lambda: session.lives[0].step == 193)
        _live_on(page, session)
        browser.close()
    assert [fault for fault in faults if "readback" not in fault] == []  # which only the test does


def _live_on(page, session):
    page.mouse.click(*at(page, 2.2))
    until(page, f"{PAST_DAY} === '2'")
    then = shown(page)
    page.click("#live-on")
    until(page, f"{DAY} === 'Day 2.0' && document.querySelector('#live-on').hidden")
    until(page, "document.documentElement.dataset.phase === 'living'")
    page.wait_for_timeout(300)
    assert session.lives[0].step == 48
    assert shown(page) == then


def _by_click_and_drag(page, life):
    page.mouse.click(*at(page, 3.4))
    until(page, f"{PAST_DAY} === '3'")
    assert page.text_content("#day") == "Day 3.0"
    assert shown(page) == counted(life, 3)
    page.mouse.move(*at(page, 6.5))
    page.mouse.down()
    for day in (5.5, 4.5, 2.5, 1.5):
        page.mouse.move(*at(page, day))
    page.mouse.up()
    until(page, f"{PAST_DAY} === '1'")
    assert shown(page) == counted(life, 1)
    page.select_option("#colour-by", "clone")
    page.wait_for_timeout(300)
    assert page.text_content("#day") == "Day 1.0"
    page.select_option("#colour-by", "group")
    page.click("#to-now")
    until(page, f"{DAY} === 'Day 8.0'")
    page.wait_for_timeout(200)


def _by_key(page, life):
    for day in (7, 6):
        page.keyboard.press("ArrowLeft")
        until(page, f"{PAST_DAY} === '{day}'")
        page.wait_for_timeout(100)
    assert shown(page) == counted(life, 6)
    page.keyboard.press("ArrowRight")
    until(page, f"{PAST_DAY} === '7'")
    page.wait_for_timeout(100)
    page.keyboard.press("n")
    until(page, f"{DAY} === 'Day 8.0' && document.querySelector('#to-now').hidden")
    page.wait_for_timeout(200)
