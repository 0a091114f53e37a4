"""The live page in a real browser: what a person sees and does. Needs Chromium on the machine and no network."""

import re

import pytest
from browsers import CHROMIUM, HOST, LIVING, PAINTED, SMALL_RUNNER, TOKEN, cookie_for, serving, until

from neurogen_abm.serve.http.launch import door

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")


SCENARIO = f"{SMALL_RUNNER}look_for: Does anything happen here?\n"

ALONE = "/#lives=1"  # one life, without its twin

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine; `make chromium` installs Debian's, where root may"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The server in a thread of its own; yields it and its address."""
    file = tmp_path_factory.mktemp("page") / "small_runner.yaml"
    file.write_text(SCENARIO)
    with serving(file) as found:
        yield found


@pytest.fixture
def visit(browser, served):
    """Open the page; whatever it does must leave no error in the console and ask no other host."""
    contexts, faults, hosts = [], [], set()
    gone = set()  # how the browser notes the refusals that a test means; some of them come late

    def open_page(path=ALONE, *, wait=True, **how):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **how})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: hosts.add(re.sub(r"^\w+://([^/:]*).*", r"\1", request.url)))
        context.add_cookies([cookie_for(served[1])])
        page.goto(served[1] + path)
        if wait:
            until(page, PAINTED)
        return page

    open_page.gone = gone
    yield open_page
    for context in contexts:
        context.close()
    assert [fault for fault in faults if not any(code in fault for code in gone)] == []
    assert hosts <= {HOST, "about:blank"}


def day(page):
    return float(page.text_content("#day").removeprefix("Day "))


def painted(page):
    """Number of distinct colours and a checksum of the pixels of the first map."""
    return page.evaluate(
        """() => { const d = document.querySelector(".map-canvas").pixels();
        let h = 0; for (const x of d) h = (Math.imul(h, 31) + x) >>> 0; return [new Set(d).size, h]; }"""
    )


def series(page, session):
    return page.evaluate(f"fetch('/api/sessions/{session}/export/series.csv').then((answer) => answer.text())")


def session_of(page, act):
    """Do something that makes the page ask for a frame, and return the id of its session."""
    with page.expect_request(lambda request: "/frame?" in request.url) as asked:
        act()
    return re.search(r"/sessions/([^/]+)/frame", asked.value.url).group(1)


def test_playing_moves_the_pixels_and_pausing_holds_them(visit):
    page = visit()
    colours, before = painted(page)
    assert colours > 20
    page.click("#play")
    until(page, "Number(document.documentElement.dataset.seq) > 8")
    page.click("#play")
    until(page, "document.querySelector('#play-text').textContent === 'Play'")
    page.wait_for_timeout(600)  # flashes fade
    after, seq = painted(page)[1], page.evaluate("document.documentElement.dataset.seq")
    assert after != before
    assert day(page) > 1
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.dataset.seq") == seq
    assert painted(page)[1] == after
    counts = page.locator("#legend tbody td.n:not(.b)").all_text_contents()
    total = page.text_content("#legend tfoot td.n:not(.b)")
    assert sum(int(n.replace(",", "")) for n in counts) == int(total.replace(",", "")) > 100


def test_reset_while_playing_begins_the_same_life_again(visit):
    page = visit()
    first = painted(page)
    page.click("#play")
    until(page, "parseFloat(document.querySelector('#day').textContent.slice(4)) >= 2")
    page.click("#reset")
    until(page, "parseFloat(document.querySelector('#day').textContent.slice(4)) < 2")
    if page.text_content("#play-text") == "Pause":
        page.click("#play")
    page.wait_for_timeout(200)
    page.click("#reset")
    until(page, f"{LIVING} && document.querySelector('#day').textContent === 'Day 0.0'")
    page.wait_for_timeout(300)
    assert painted(page) == first


def test_two_tabs_are_two_lives(visit):
    one, two = visit(), visit()
    two.fill("#seed", "77")
    two.press("#seed", "Enter")
    until(two, f"{LIVING} && Number(document.documentElement.dataset.seq) > 1")
    one.click("#step")
    until(one, "Number(document.documentElement.dataset.seq) > 1")
    assert day(two) == 0
    until(two, "document.querySelector('#seed').value === '77'")
    assert one.input_value("#seed") == "5"
    assert painted(one) != painted(two)


def compare(page, label="the same animal at rest"):
    """Ask for a second life, as a person does."""
    page.click("#compare")
    page.select_option("#with-what", label=label)
    page.click("#compare-now")
    until(page, f"{LIVING} && document.querySelectorAll('.map-canvas').length === 2")


def test_compared_lives_go_in_lock_step(visit):
    page = visit()
    assert "Compare with what?" in page.text_content("#effect")
    compare(page)
    page.select_option("#speed", "3")
    page.click("#play")
    seen = set()
    for _ in range(25):
        steps = page.evaluate("Array.from(document.querySelectorAll('.map[data-arm]'), (map) => map.dataset.step)")
        assert len(set(steps)) == 1
        seen.add(steps[0])
        page.wait_for_timeout(20)
    assert len(seen) > 3
    assert page.is_visible(".difference-canvas")
    page.click("#play")
    until(page, "document.querySelector('#effect').textContent.startsWith('The runner (A) has ')")
    page.click("#compare")
    page.click("#alone")
    until(page, "document.querySelectorAll('.map-canvas').length === 1")


def test_a_share_link_lives_the_same_life_again(visit):
    page = visit()
    session = session_of(page, lambda: page.click("#step"))
    page.select_option("#controls [data-key=activity] select", index=2)
    page.check("#controls [data-key=knock_outs] input >> nth=1")
    page.fill("#run-day", "2.5")
    page.press("#run-day", "Enter")
    until(page, "document.querySelector('#day').textContent === 'Day 2.5'")
    page.click("#share")
    until(page, "document.querySelector('#shared').open")
    link = page.input_value("#share-link")
    assert "/#s=" in link
    other = visit("/" + link.split("/", 3)[3])
    until(other, "document.querySelector('#day').textContent === 'Day 2.5'")
    page.wait_for_timeout(200)
    assert "Wheel, 3 km per day; other knock outs" in labels(page)
    assert labels(other) == labels(page)
    again = session_of(other, lambda: other.press("body", "ArrowRight"))
    session_of(page, lambda: (page.keyboard.press("Escape"), page.press("body", "ArrowRight")))
    for tab in (page, other):
        until(tab, "Number(document.querySelector('.map').dataset.step) === 61")
    assert series(page, session) == series(other, again)
    assert len(series(page, session).splitlines()) == 63


def labels(page):
    """Return what the page says of its life: name, exercise, knock-outs, dose."""
    return page.evaluate(
        """[document.querySelector(".map-name").textContent.slice(4), document.querySelector(".dose-text").textContent,
        ...Array.from(document.querySelectorAll("#controls fieldset select"), (choice) => choice.value),
        ...Array.from(document.querySelectorAll("#controls input[type=checkbox]"), (box) => box.checked)]"""
    )


def test_a_page_that_is_reloaded_shows_the_same_life_at_the_same_time(visit, served):
    page = visit()
    page.select_option("#controls [data-key=activity] select", index=2)
    page.fill("#run-day", "1.5")
    session = session_of(page, lambda: page.press("#run-day", "Enter"))
    until(page, "document.querySelector('#day').textContent === 'Day 1.5'")
    page.wait_for_timeout(300)
    said, shown = labels(page), series(page, session)
    page.reload()
    until(page, f"{LIVING} && document.querySelector('#day').textContent === 'Day 1.5'")
    address = page.evaluate("location.hash")
    assert session_of(page, lambda: page.press("body", "ArrowRight")) == session
    # A browser that is asked to load a page again while its address is written may take the one before.
    until(page, lambda: page.evaluate("location.hash") != address)
    page.wait_for_timeout(100)
    served[0].end(session)
    page.reload()
    until(page, f"{LIVING} && document.querySelector('#day').textContent === 'Day 1.5'")
    assert "lived again, to day 1.5" in page.text_content("#notices")
    page.wait_for_timeout(300)
    again = session_of(page, lambda: page.press("body", "ArrowRight"))
    assert again != session
    assert series(page, again).splitlines()[:37] == shown.splitlines()[:37]
    assert labels(page) == said
    visit.gone |= {"(Not Found)", "(Gone)"}


def test_a_server_that_stopped_is_asked_again_until_it_answers(visit):
    page = visit()
    page.press("body", "ArrowRight")
    until(page, "Number(document.querySelector('.map').dataset.step) === 1")
    page.wait_for_timeout(200)
    page.route("**/api/**", lambda route: route.abort())
    page.press("body", "ArrowRight")
    until(page, "document.querySelector('#gone').open")
    assert page.text_content("#bring-back") == "Try again"
    page.click("#bring-back")
    until(page, "document.querySelector('#gone-text').textContent.includes('Asked again')")
    assert page.evaluate("document.querySelector('#gone').open")
    page.unroute("**/api/**")
    page.click("#bring-back")
    until(page, "!document.querySelector('#gone').open && document.documentElement.dataset.seq === '2'")
    assert page.evaluate("document.querySelector('.map').dataset.step") == "1"
    visit.gone.add("net::ERR_")


def test_time_panels_share_one_axis_always(visit):
    page = visit()
    until(page, "document.querySelectorAll('.plot[data-range]').length === 5")
    ranges = "new Set(Array.from(document.querySelectorAll('.plot'), (p) => p.dataset.range)).size"
    page.select_option("#speed", "3")
    page.evaluate(f"window.seen = []; window.look = setInterval(() => window.seen.push({ranges}), 5)")
    page.click("#play")
    until(page, "parseFloat(document.querySelector('#day').textContent.slice(4)) >= 6")
    page.click("#play")
    seen = page.evaluate("clearInterval(window.look), window.seen")
    assert len(seen) > 20
    assert set(seen) == {1}
    page.locator(".plot svg").nth(1).scroll_into_view_if_needed()
    box = page.locator(".plot svg").nth(1).bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 40)
    until(page, "!!document.querySelector('#panels').dataset.cursor")
    cursors = (
        "Array.from(document.querySelectorAll('.plot svg > line:last-child'), (c) => c.getAttribute('visibility'))"
    )
    assert page.evaluate(cursors) == ["visible"] * 5
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 40)
    page.mouse.up()
    until(page, f"{ranges} === 1 && Number(document.querySelector('.plot').dataset.range.split(',')[0]) > 2")
    page.click("#reset")
    until(page, f"{LIVING} && document.querySelector('#day').textContent === 'Day 0.0'")
    until(page, "Array.from(document.querySelectorAll('.plot')).every((p) => p.dataset.range === '0,1')")


def test_a_panel_shows_what_is_chosen_and_arms_of_the_feedback_are_switched_one_by_one(visit):
    page = visit()
    until(page, "document.querySelectorAll('.plot[data-range]').length === 5")
    panel = "document.querySelector('[data-panel=activity]')"
    page.select_option(".panel-choice", "fitness")
    until(page, f"{panel}.querySelector('.unit').textContent === 'fold'")
    assert float(page.text_content("[data-panel=activity] .key b")) >= 0.9
    page.select_option(".panel-choice", "mood")
    assert page.text_content("[data-panel=activity] .key b") == "not followed in this life"
    page.select_option(".panel-choice", "")
    assert page.text_content("[data-panel=activity] .unit") == "share of reserve"
    page.evaluate("document.querySelector('details.advanced').open = true")
    hint = "document.querySelector('[data-key=feedback] .hint').textContent"
    assert page.evaluate(hint).startswith("No arm acts")
    page.check("[data-key=feedback] label:has-text('fatigue lowers') input")
    until(page, f"{hint}.startsWith('Hypotheses that act: fatigue.')")


def test_births_and_deaths_are_thinned_alike(visit):
    page = visit()
    found = page.evaluate(
        """async () => {
          const { Flashes, thinning, MOST_FLASHES } = await import("/static/sheet.js");
          const arm = { born: new Uint32Array(750), died: new Uint32Array(250) };
          const kept = new Flashes();
          for (let k = 0; k < 9; k += 1) kept.add(arm, k, thinning([arm]));
          const flashes = kept.at(9);
          return { birth: flashes.filter(({ birth }) => birth).length, all: flashes.length, MOST_FLASHES };
        }"""
    )
    assert found["all"] <= found["MOST_FLASHES"]
    assert found["birth"] / found["all"] == 0.75
    page.click("#view-section")
    assert "Every cell of 40" in page.text_content("#under")
    assert page.text_content("#legend-title") == "Cells of the patch"
    assert "granule cells of development" in page.text_content("#legend tfoot")


def test_the_file_that_a_browser_is_given_leads_to_the_page(browser, served):
    context = browser.new_context()
    page = context.new_page()
    with door(f"{served[1]}/?token={TOKEN}") as file:
        page.goto(file.as_uri())
        page.wait_for_url(f"{served[1]}/")
    until(page, LIVING)
    context.close()


def test_keys_play_step_and_switch_the_view(visit):
    page = visit()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.focus("body")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    until(page, "Number(document.querySelector('.map').dataset.step) === 1")
    page.keyboard.press("Space")
    until(page, "document.querySelector('#play-text').textContent === 'Pause'")
    page.keyboard.press("Space")
    until(page, "document.querySelector('#play-text').textContent === 'Play'")
    page.keyboard.press("v")
    assert page.get_attribute("#view-section", "aria-pressed") == "true"
    until(page, "document.querySelector('#status').textContent.includes('cells')")


def test_a_tab_that_nobody_sees_lets_the_life_stand_still(visit):
    page = visit()
    page.select_option("#speed", "1")
    page.click("#play")
    until(page, "Number(document.documentElement.dataset.seq) > 3")
    page.evaluate(HIDDEN.replace("HIDDEN", "true"))
    page.wait_for_timeout(400)
    seq = page.evaluate("Number(document.documentElement.dataset.seq)")
    page.wait_for_timeout(400)
    assert page.evaluate("Number(document.documentElement.dataset.seq)") == seq
    page.evaluate(HIDDEN.replace("HIDDEN", "false"))
    until(page, f"Number(document.documentElement.dataset.seq) > {seq}")


def test_a_cell_that_is_clicked_tells_its_story_in_text_that_can_be_read(visit):
    page = visit(reduced_motion="reduce")
    assert not page.is_checked("#flashes")
    box = page.locator(".map-canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, "!!document.querySelector('#cell-card').dataset.cell")
    text = page.inner_text("#cell")
    cell = page.get_attribute("#cell-card", "data-cell")
    assert page.get_attribute("#cell .facts span", "title") == cell  # the whole id, for who needs it
    assert re.search(r"#[0-9A-Z]{1,6}\b", text)
    assert not re.search(r"\d{9}", text)
    assert "pg/mL" in text
    assert page.locator("#cell .tree line").count() > 1
    assert page.evaluate(CONTRAST) == []
    page.click("text=Deselect")
    assert page.get_attribute("#cell-card", "data-cell") is None


def test_a_phone_shows_everything_without_scrolling_sideways(visit):
    page = visit(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    compare(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for place in ("#play", ".map-canvas", "#legend", "#panels", "#controls", "#experiment"):
        assert page.locator(place).first.bounding_box()["width"] <= 390


def test_a_life_that_is_gone_is_said_kindly_and_can_be_brought_back(visit, served):
    visit.gone |= {"(Not Found)", "(Gone)"}
    page = visit()
    session = session_of(page, lambda: page.click("#step"))
    until(page, "Number(document.documentElement.dataset.seq) > 1")
    served[0].end(session)
    page.evaluate("document.querySelector('#step').click()")
    until(page, "document.querySelector('#gone').open")
    assert len(page.text_content("#gone-text")) > 10
    page.click("#bring-back")
    until(page, f"!document.querySelector('#gone').open && {LIVING}")
    until(page, "Number(document.querySelector('.map').dataset.step) === 1")


# A headless browser has no other tab to turn to, so the page is told that it is hidden.
HIDDEN = """Object.defineProperty(document, "hidden", { value: HIDDEN, configurable: true });
document.dispatchEvent(new Event("visibilitychange"))"""

# Every visible text against the ground it stands on (WCAG 2.2, contrast of at least 4.5).
CONTRAST = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const linear = (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  const light = (c) => c.slice(0, 3).map((x) => linear(x / 255))
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.9) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility()) continue;
    if (node.closest("svg, .sr, .skip, option, :disabled")) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push(`${walker.currentNode.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""
