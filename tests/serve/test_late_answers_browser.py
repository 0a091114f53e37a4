"""Answers that come late, or in another order than they were asked for: the page ends where it was asked to be last."""

import json
import re

import pytest
from browsers import CHROMIUM, PAINTED, SMALL_RUNNER, SUM, cookie_for, serving, until

from neurogen_abm.serve.payload.tour import STOPS
from neurogen_abm.serve.session.plan import ArmPlan, SessionPlan

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

# `late` holds what is to come late, each once: a pattern of an address, and whether the request is late or its answer.
LATE = """
window.late = [];
window.underWay = 0;
const { fetch } = window;
const wait = () => new Promise((done) => setTimeout(done, LATE_MS));
window.fetch = async (path, ...how) => {
  const found = window.late.findIndex(([pattern]) => new RegExp(pattern).test(path));
  const [, what] = found < 0 ? [] : window.late.splice(found, 1)[0];
  window.underWay += 1;
  try {
    if (what === 'request') await wait();
    const answer = await fetch(path, ...how);
    if (what === 'answer') await wait();
    return answer;
  } finally {
    setTimeout(() => { window.underWay -= 1; }, 100); // what it leads to is asked by then
  }
};
""".replace("LATE_MS", "600")
STILL = f"{PAINTED} && window.underWay === 0 && document.querySelector('#play-text').textContent === 'Play'"
OPENING, DESCRIBING = r"/api/sessions$", r"/api/sessions/[\w-]+$"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    file = tmp_path_factory.mktemp("late") / "small_runner.yaml"
    file.write_text(SMALL_RUNNER)
    with serving(file) as found:
        yield found


@pytest.fixture
def page(browser, served):
    """One life on a page whose requests can be made late; nothing of what it does may be an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page, faults = context.new_page(), []
    page.on("console", lambda message: message.type == "error" and faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.add_init_script(LATE)
    context.add_cookies([cookie_for(served[1])])
    page.goto(f"{served[1]}/#lives=1")
    until(page, STILL)
    yield page
    assert [text for text in page.locator("#notices p").all_text_contents() if "WebGL" not in text] == []
    assert not page.evaluate("document.querySelector('#gone').open")
    context.close()
    assert [fault for fault in faults if "(Not Found)" not in fault] == []


def late(page, pattern, what="answer"):
    page.evaluate(f"window.late.push({json.dumps([pattern, what])})")


def asked(page, pattern, act):
    """Do something, and wait until it has asked."""
    with page.expect_request(re.compile(pattern)):
        act()


def section_at(page, share):
    page.evaluate(
        f"(at => {{ at.value = '{share}'; at.dispatchEvent(new Event('input', {{bubbles: true}})); }})"
        "(document.querySelector('#section-at'))"
    )


def shown_day(page):
    return page.text_content("#day")


def run_to(page, day):
    page.fill("#run-day", str(day))
    page.press("#run-day", "Enter")
    until(page, f"{STILL} && document.querySelector('#day').textContent === 'Day {day}.0'")
    page.evaluate("document.activeElement.blur()")


def code(seed, day=0.0):
    return SessionPlan(scenario="small_runner", seed=seed, arms=[ArmPlan()], day=day).code()


def test_the_section_that_is_asked_for_last_is_shown(page):
    page.click("#view-section")
    section_at(page, 0.3)
    page.wait_for_timeout(200)
    until(page, STILL)
    wanted = page.evaluate(SUM)
    section_at(page, 0.8)
    page.wait_for_timeout(200)
    until(page, STILL)
    assert page.evaluate(SUM) != wanted
    late(page, "/section")
    asked(page, "/section", lambda: section_at(page, 0.6))
    asked(page, "/section", lambda: section_at(page, 0.3))
    until(page, STILL)
    assert page.evaluate(SUM) == wanted


def test_the_cell_that_is_clicked_last_is_shown_and_none_that_was_let_go(page):
    box = page.locator(".map-canvas").bounding_box()

    def click(share):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])

    cells = {}
    for share in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        click(share)
        until(page, STILL)
        cells |= {page.get_attribute("#cell-card", "data-cell"): share}
    cells.pop(None, None)
    (_, first), (cell, second), *_ = cells.items()
    late(page, "/cell")
    asked(page, "/cell", lambda: click(first))
    asked(page, "/cell", lambda: click(second))
    until(page, STILL)
    assert page.get_attribute("#cell-card", "data-cell") == cell
    late(page, "/cell")
    asked(page, "/cell", lambda: click(first))
    page.click("text=Deselect")
    until(page, STILL)
    assert page.get_attribute("#cell-card", "data-cell") is None


def test_the_life_that_is_opened_last_is_shown_and_nothing_of_the_one_before_ends_it(page, served):
    before = len(served[0])
    late(page, OPENING)
    asked(page, OPENING, lambda: page.evaluate(f"location.hash = 's={code(7)}'"))
    asked(page, OPENING, lambda: page.evaluate(f"location.hash = 's={code(8)}'"))
    until(page, STILL)
    assert page.input_value("#seed") == "8"
    assert len(served[0]) == before  # that which nobody waits for is ended
    late(page, DESCRIBING, "request")
    page.select_option("#controls [data-key=activity] select", index=2)
    until(page, "window.late.length === 0")
    page.evaluate(f"location.hash = 's={code(9)}'")
    until(page, f"{STILL} && document.querySelector('#seed').value === '9'")
    late(page, DESCRIBING)
    asked(page, OPENING, lambda: page.evaluate(f"location.hash = 's={code(10)}'"))
    until(page, "window.late.length === 0")
    page.evaluate(f"location.hash = 's={code(11, 2.0)}'")
    until(page, f"{STILL} && document.querySelector('#day').textContent === 'Day 2.0'")
    assert page.input_value("#seed") == "11"


def test_while_a_life_is_opened_nothing_is_asked_of_the_one_before(page):
    late(page, OPENING)
    asked(page, OPENING, lambda: page.evaluate(f"location.hash = 's={code(7)}'"))
    for button in ("#share", "#step", "#play", "#fork", "#compare-now", "#view-section", "#view-sheet"):
        page.evaluate(f"document.querySelector('{button}').click()")
    for key in ("ArrowLeft", "ArrowRight", "n", "?"):
        page.keyboard.press(key)
    box = page.locator(".map-canvas").bounding_box()
    page.evaluate("document.querySelectorAll('dialog[open]').forEach((one) => one.close())")
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    until(page, f"{STILL} && document.querySelector('#seed').value === '7'")
    page.click("#about")
    until(page, "document.querySelector('#evidence').textContent.includes('All parameters')")
    assert page.evaluate("document.documentElement.dataset.past") is None


def test_back_and_forward_lead_to_the_last_entry_however_late_the_first_is(page):
    run_to(page, 2)
    run_to(page, 4)
    until(page, "history.length === 4")
    late(page, "/commands", "request")
    page.evaluate("history.back()")
    until(page, "window.late.length === 0")
    page.evaluate("history.forward()")
    until(page, f"{STILL} && document.querySelector('#day').textContent === 'Day 4.0'")
    page.wait_for_timeout(300)
    assert shown_day(page) == "Day 4.0"
    late(page, "/commands")
    page.evaluate("history.go(-1)")
    until(page, "window.late.length === 0")
    page.evaluate("history.go(-1)")
    until(page, f"{STILL} && document.querySelector('#day').textContent === 'Day 0.0'")
    assert page.evaluate("history.length") == 4


def test_cells_have_the_colours_that_were_chosen_while_a_frame_was_on_its_way(page):
    late(page, "/frame")
    asked(page, "/frame", lambda: page.evaluate("document.querySelector('#step').click()"))
    page.select_option("#colour-by", "clone")
    until(page, f"{STILL} && document.documentElement.dataset.seq !== '1'")
    found = page.evaluate(SUM)
    for by in ("group", "clone"):
        asked(page, f"/frame.*by={by}", lambda by=by: page.select_option("#colour-by", by))
        until(page, STILL)
    assert page.evaluate(SUM) == found


def test_days_of_the_past_are_gone_through_one_by_one_however_late_they_come(page):
    run_to(page, 5)
    late(page, "/past")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    until(page, f"{STILL} && document.documentElement.dataset.pastDay === '2'")
    late(page, "/past")
    box = page.locator("#track").bounding_box()
    asked(page, "/past", lambda: page.mouse.click(box["x"] + 0.12 * box["width"], box["y"] + box["height"] / 2))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    until(page, STILL)
    assert page.evaluate("document.documentElement.dataset.pastDay") == "3"
    late(page, "/past")
    asked(page, "/past", lambda: page.keyboard.press("ArrowLeft"))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("n")
    until(page, f"{STILL} && document.querySelector('#day').textContent === 'Day 5.0'")
    assert page.evaluate("document.documentElement.dataset.past") is None


def test_what_is_changed_while_a_change_is_on_its_way_is_added_to_it(page):
    for key in ("knock_outs", "feedback"):
        boxes = f"#controls [data-key={key}] input"
        late(page, "/commands", "request")
        for k in (0, 1):
            page.evaluate(f"document.querySelectorAll('{boxes}')[{k}].click()")
        page.wait_for_timeout(100)
        until(page, STILL)
        assert [page.evaluate(f"document.querySelectorAll('{boxes}')[{k}].checked") for k in (0, 1)] == [True, True]


def test_commands_are_carried_out_in_the_order_in_which_they_were_given(page):
    late(page, "/commands", "request")
    page.select_option("#controls [data-key=pathway] select", "activity")
    page.click("#reset")
    page.wait_for_timeout(100)
    until(page, STILL)
    assert page.is_hidden("#controls .pending")
    assert page.input_value("#controls [data-key=pathway] select") == "activity"


def test_the_dose_is_that_of_the_exercise_chosen_last(page):
    presets = "#controls [data-key=activity] select"
    texts = []
    for k in (1, 2):
        asked(page, "/preview", lambda k=k: page.select_option(presets, index=k))
        until(page, STILL)
        texts.append(page.text_content(".dose-text"))
    assert len(set(texts)) == 2
    late(page, "/preview")
    asked(page, "/preview", lambda: page.select_option(presets, index=1))
    asked(page, "/preview", lambda: page.select_option(presets, index=2))
    until(page, STILL)
    assert page.text_content(".dose-text") == texts[1]


def test_what_is_being_typed_stays_when_a_description_comes(page):
    late(page, DESCRIBING)
    asked(page, DESCRIBING, lambda: page.select_option("#controls [data-key=activity] select", index=2))
    page.fill("#seed", "77")
    page.wait_for_timeout(100)
    until(page, STILL)
    assert page.input_value("#seed") == "77"
    page.press("#seed", "Enter")
    until(page, f"{STILL} && location.hash.length > 0")
    page.wait_for_timeout(100)
    until(page, STILL)
    page.evaluate(f"location.hash = 's={code(8)}'")
    until(page, f"{STILL} && document.querySelector('#seed').value === '8'")


def test_a_plane_that_is_moved_stays_where_it_is_when_an_image_comes_late(page):
    page.click("#view-microscope")
    until(page, f"{STILL} && !!document.querySelector('.microscope-stage').dataset.image")
    late(page, "/image")
    page.fill(".microscope-section", "2")
    asked(page, "/image", lambda: page.press(".microscope-section", "Enter"))
    section_at(page, 0.9)
    page.wait_for_timeout(1500)
    until(page, f"{STILL} && document.querySelector('.microscope-wait').hidden")
    assert page.input_value("#section-at") == "0.9"
    assert int(page.get_attribute(".microscope-stage", "data-section")) > 4


def test_a_guided_stop_leads_to_the_step_that_was_asked_for_last(page, served):
    def small(route):
        about = route.fetch().json()
        step = about["tour"][0]["steps"][0]
        steps = [{**step, "day": day, "say": f"day {day}"} for day in (1, 2, 3)]
        route.fulfill(json={**about, "tour": [{**about["tour"][0], "code": code(5), "steps": steps}]})

    page.route("**/api/about", small)
    page.goto("about:blank")
    page.goto(f"{served[1]}/#stop={STOPS[0].key}.1")
    at = "{STILL} && document.querySelector('#day').textContent === 'Day {day}.0'"
    until(page, at.format(STILL=STILL, day=1))
    late(page, "/commands")
    asked(page, "/commands", lambda: page.keyboard.press("PageDown"))
    page.keyboard.press("PageUp")
    page.wait_for_timeout(100)
    until(page, at.format(STILL=STILL, day=1))
    assert page.text_content("#stop-count") == "1 of 3"
    until(page, "location.hash.includes('.1')")


# Whatever a page asks of its server once there is a life.
ASKED = (
    OPENING,
    DESCRIBING,
    "/commands",
    "/frame",
    "/past",
    "/preview",
    "/experiment",
    "/effect",
    "/tissue",
    "/section",
    "/cell",
    "/channels",
    "/image",
)
SEEN = """[...['#day', '#effect', '#legend', '#experiment', '.dose-text', '#section-text', '#scenario',
    '.microscope-said', '#cell .facts'].map((place) => document.querySelector(place)?.textContent),
  ...Array.from(document.querySelectorAll('#controls select, #controls input, #seed'),
    (node) => `${node.value} ${node.checked}`),
  ...Array.from(document.querySelectorAll('.map-name'), (node) => node.textContent), location.hash]"""


def lived_in_haste(page):
    """Do much without waiting for any of it, and return what is seen in the end."""
    page.select_option("#controls [data-key=activity] select", index=2)
    page.evaluate("document.querySelector('#controls [data-key=knock_outs] input').click()")
    page.fill("#seed", "9")
    page.press("#seed", "Enter")
    page.click("#compare")
    page.click("#compare-now")
    page.evaluate("document.querySelector('#inject').click()")
    page.click("#view-section")
    for share in (0.3, 0.9, 0.6):
        section_at(page, share)
        page.wait_for_timeout(80)
    page.select_option("#thickness", "100")
    page.evaluate("document.querySelector('#run-day').value = '3'")
    page.evaluate("document.querySelector('#run-to').requestSubmit()")
    page.select_option("#colour-by", "clone")
    until(page, f"{STILL} && document.querySelector('#day').textContent === 'Day 3.0'")
    for key in ("ArrowLeft", "ArrowLeft", "n"):
        page.keyboard.press(key)
    page.click("#view-microscope")
    page.fill(".microscope-section", "3")
    page.press(".microscope-section", "Enter")
    page.select_option("#colour-by", "birth")
    page.evaluate("document.activeElement.blur()")
    box = page.locator(".map-canvas").first.bounding_box()
    for k in range(1, 10):
        page.mouse.click(box["x"] + 0.1 * k * box["width"], box["y"] + 0.5 * box["height"])
    for _ in range(3):  # what is put off is asked for then
        page.wait_for_timeout(400)
        until(page, f"{STILL} && document.querySelector('.microscope-wait').hidden")
    return page.evaluate(SEEN)


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ASKED)
def test_whatever_comes_late_the_page_ends_as_where_nothing_does(page, served, pattern):
    seen = []
    for what in (None, "answer", "request"):
        page.goto("about:blank")
        page.goto(f"{served[1]}/#s={code(5)}")
        until(page, STILL)
        for _ in range(40 if what else 0):
            late(page, pattern, what)
        seen.append(lived_in_haste(page))
    assert seen[1] == seen[0]
    assert seen[2] == seen[0]
