"""A film in a real browser, from a file and without a network: it plays both ways, and counts as the model did."""

import numpy as np
import pytest
from browsers import CHROMIUM, NO_GL, SOFTWARE_GL, until

from neurogen_abm import replay, run
from neurogen_abm.biology.states import STATES
from neurogen_abm.scene.palette import GROUPS, group_of

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

READY = "document.documentElement.dataset.ready === 'yes'"
MOMENT = "Number(document.documentElement.dataset.moment)"
SLIDER = "document.querySelector('.film-slider')"
NUMBERS = "Array.from(document.querySelectorAll('{}'), (node) => Number(node.textContent.replaceAll(',', '')))"
COUNTS, GROUP_COUNTS = NUMBERS.format("#legend tbody td:nth-child(2)"), NUMBERS.format(".group-key .n")
TOTAL = "Number(document.querySelector('#legend tfoot td').textContent.replaceAll(',', ''))"


@pytest.fixture(scope="module")
def ran(patch):
    wheel = {"kind": "wheel", "distance": "6 km/d", "start": "2 d"}
    return run(patch((200.0, 1700.0), duration="8 d", activity=[wheel]))


@pytest.fixture(scope="module")
def film(ran, tmp_path_factory):
    return replay(ran, tmp_path_factory.mktemp("film") / "film.html", every="6 h")


@pytest.fixture(scope="module")
def driver():
    with playwright.sync_playwright() as found:
        yield found


@pytest.fixture(scope="module")
def plain(driver):
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=NO_GL)
    yield browser
    browser.close()


@pytest.fixture
def visit(driver, plain, film):
    opened, faults = [], []

    def open_page(args=None, query="", place=film, **how):
        browser = plain
        if args is not None:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=args)
            opened.append(browser)
        size = {"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce", "offline": True}
        page = browser.new_context(**{**size, **how}).new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(place.as_uri() + query)
        until(page, READY)
        return page

    yield open_page
    for browser in opened:
        browser.close()
    assert [fault for fault in faults if "ReadPixels" not in fault] == []


def counted(ran, k):
    row = ran.series.loc[np.isclose(ran.series["time_h"], 6.0 * k)].iloc[0]
    states = [int(row[f"n_{name}"]) for name in STATES]
    return states, [sum(n for n, s in zip(states, STATES, strict=True) if group_of(s) == group) for group in GROUPS]


def test_every_moment_forwards_and_backwards_counts_as_the_series(visit, ran):
    page = visit()
    assert page.evaluate(f"{SLIDER}.max") == "32"
    order = [*range(33), *reversed(range(32))]
    for k in order:
        if page.evaluate(MOMENT) != k:
            page.keyboard.press("ArrowRight" if page.evaluate(MOMENT) < k else "ArrowLeft")
        assert page.evaluate(MOMENT) == k
        states, groups = counted(ran, k)
        assert sorted(page.evaluate(COUNTS)) == sorted(states)
        assert page.evaluate(GROUP_COUNTS) == groups
        assert page.evaluate(TOTAL) == sum(states)
        assert abs(float(page.text_content(".film-day").removeprefix("Day ")) - k / 4) <= 0.051


def test_scrubbing_goes_to_any_moment(visit, ran):
    page = visit()
    for k in (30, 3, 17, 32, 0):
        page.evaluate(f"{SLIDER}.value = '{k}'; {SLIDER}.dispatchEvent(new Event('input'))")
        assert page.evaluate(GROUP_COUNTS) == counted(ran, k)[1]
    page.keyboard.press("End")
    assert page.evaluate(MOMENT) == 32
    page.keyboard.press("Home")
    assert page.evaluate(MOMENT) == 0
    page.click("button:has-text('running starts')")
    assert page.evaluate(MOMENT) in (8, 9)


def test_it_plays_on_backwards_and_round(visit):
    page = visit()
    page.select_option(".transport select", "5")
    page.keyboard.press(" ")
    until(page, f"{MOMENT} >= 10")
    page.keyboard.press(" ")
    stood = page.evaluate(MOMENT)
    page.wait_for_timeout(300)
    assert page.evaluate(MOMENT) == stood
    page.keyboard.press("r")
    until(page, f"{MOMENT} < {stood} - 4")
    page.keyboard.press("r")
    assert page.text_content(".play") == "Play"
    page.keyboard.press("l")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    until(page, "document.querySelector('.play').textContent === 'Play'")
    assert page.evaluate(MOMENT) == 32  # without a loop it ends at the end


def test_it_plays_by_itself_unless_less_motion_is_asked_for(visit):
    page = visit(reduced_motion="no-preference")
    until(page, f"{MOMENT} >= 2")
    assert page.text_content(".play") == "Pause"


def test_the_painters_are_those_of_the_live_page(visit, ran):
    page = visit(SOFTWARE_GL, "?painter=gl")
    assert page.get_attribute(".map-stage", "data-painter") == "gl"
    page.keyboard.press("End")
    page.keyboard.press("v")
    page.wait_for_timeout(400)
    told = page.evaluate("document.querySelector('.map-canvas').count()")
    states = counted(ran, 32)[0]
    assert 0.99 * told["held"] <= told["seen"] <= told["held"]
    assert 0.1 < told["held"] / sum(states) < 0.35  # 40 of 200 um
    offered = page.evaluate("Array.from(document.querySelector('#colour-by').options, (option) => option.value)")
    assert offered == ["group", "state", "clone", "birth"]
    for by in offered:
        page.select_option("#colour-by", by)
    assert page.evaluate("Array.from(document.querySelectorAll('.notice')).length") == 0


def test_two_lives_play_side_by_side_and_count_as_both_runs(visit, ran, patch, tmp_path):
    """One transport moves both; counts of either are those of its run, and of both the cells on its map."""
    rest = run(patch((200.0, 1700.0), duration="8 d"))
    page = visit(place=replay(ran, tmp_path / "both.html", beside=rest, every="1 d"))
    for key, k in (("End", 8), ("ArrowLeft", 7), ("Home", 0)):
        page.keyboard.press(key)
        each = [counted(one, 4 * k) for one in (ran, rest)]
        assert page.evaluate(GROUP_COUNTS) == [
            n for pair in zip(*(groups for _, groups in each), strict=True) for n in pair
        ]
        for column, (states, _) in enumerate(each, 2):
            assert sorted(page.evaluate(NUMBERS.format(f"#legend tbody td:nth-child({column})"))) == sorted(states)
    assert page.locator(".map[data-arm]").count() == 2
    assert page.locator(".film-slider").count() == 1
    assert "Life B on day 0.0" in page.text_content("#status")
