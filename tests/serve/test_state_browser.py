"""The address is the state: reload, back and a new server bring back what was seen; guided stops; plain words."""

import json
import re
import sys
import time

import pytest
from browsers import CHROMIUM, LIVING, PAINTED, SMALL_RUNNER, TOKEN, cookie_for, serving, until

from neurogen_abm.serve.payload.tour import STOPS
from neurogen_abm.serve.session.plan import ArmPlan, InjectEvent, SessionPlan
from neurogen_abm.tables import SERIES

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

AT_REST = f"{PAINTED} && document.querySelector('#play-text').textContent === 'Play'"
# Of a short life, on a machine that does other work too; docs/live_page.md has what was measured.
SOON_S = 12.0
SHOWN = """[document.querySelector('#day').textContent, document.querySelectorAll('.map-canvas').length,
    document.querySelector('#view-section').getAttribute('aria-pressed'), document.querySelector('#colour-by').value,
    document.querySelector('#section-text').textContent, document.querySelector('#thickness').value,
    document.querySelector('#overlay').value, document.querySelector('#cell-card').dataset.cell ?? '',
    ...Array.from(document.querySelectorAll('#legend td.n'), (n) => n.textContent),
    ...Array.from(document.querySelectorAll('.map-name'), (n) => n.textContent)].join('|')"""


IMAGED = (
    "!!document.querySelector('.microscope-stage').dataset.image && document.querySelector('.microscope-wait').hidden"
)
ON_DAY_5 = "document.querySelector('#day').textContent === 'Day 5.0'"
# What was asked for is on its way for a while, as it is where the machine is busy.
SLOW_COMMANDS = """
const { fetch } = window;
window.fetch = async (path, ...how) => {
  if (String(path).endsWith('/commands')) await new Promise((done) => setTimeout(done, 400));
  return fetch(path, ...how);
};
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    found = tmp_path_factory.mktemp("state") / "small_runner.yaml"
    found.write_text(SMALL_RUNNER)
    return found


def paged(browser, faults, **how):
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce", **how})
    page = context.new_page()
    page.on("console", lambda message: message.type == "error" and faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    return page


def again(page, act, wanted):
    """Do something, and wait until the page shows what it is to show; return the seconds that took."""
    began = time.monotonic()
    act()
    until(page, f"{AT_REST} && {SHOWN} === {json.dumps(wanted)}", SOON_S)
    return time.monotonic() - began


def test_reload_back_and_a_new_server_bring_back_what_was_seen_and_fifty_clicks_leave_no_trace(browser, file, capsys):
    faults = []
    page = paged(browser, faults)
    with serving(file) as (_, address):
        _enter(page, address, TOKEN)
        until(page, f"{AT_REST} && document.querySelectorAll('.map-canvas').length === 2")
        _fifty_clicks(page)
        page.reload()
        seen, before = _choose(page)
        took = [again(page, page.reload, seen)]
        took.append(again(page, page.go_back, before))
        took.append(again(page, page.go_forward, seen))
    # A new one at the same place, which knows neither the life nor the old token.
    with serving(file, int(address.rpartition(":")[2]), "another-token-of-the-tests") as (_, address):
        took.append(again(page, lambda: _enter(page, address, "another-token-of-the-tests"), seen))
        sys.stdout.write(f"reload, back, forward, server started again: {[round(s, 2) for s in took]} s\n")
        _plain_words(page)
        page.context.close()
    assert capsys.readouterr().err == ""
    assert [fault for fault in faults if "(Gone)" not in fault and "(Not Found)" not in fault] == []


def _enter(page, address, token):
    """Open the address that a server prints, which leads on to the page."""
    page.goto(f"{address}/?token={token}")
    page.wait_for_url(re.compile(r"/(#.*)?$"))


def _fifty_clicks(page):
    """Whatever a hand can press, faster than it could; all of it has reached the server in the end."""
    told = {"asked": 0, "answered": 0, "at": time.monotonic()}

    def count(name):
        return lambda request: (
            request.url.endswith("/commands") and told.update({name: told[name] + 1, "at": time.monotonic()})
        )

    page.on("request", count("asked"))
    page.on("response", count("answered"))
    for k in range(50):
        button = ("#step", "#play", "#reset", "#fork", "#view-section", "#view-sheet", "#inject")[k % 7]
        page.evaluate(f"document.querySelector('{button}').click()")
    until(page, lambda: told["asked"] == told["answered"] > 9 and time.monotonic() > told["at"] + 0.5)
    until(page, LIVING)


def _choose(page):
    """Look at a cell of a section on a day; return what is shown, and what was before the cell was chosen."""
    until(page, AT_REST)
    page.click("#reset")
    until(page, f"{AT_REST} && document.querySelector('#day').textContent === 'Day 0.0'")
    page.fill("#run-day", "2.5")
    page.press("#run-day", "Enter")
    until(page, f"{AT_REST} && document.querySelector('#day').textContent === 'Day 2.5'")
    page.click("#view-section")
    page.select_option("#colour-by", "clone")
    page.select_option("#thickness", "100")
    page.evaluate(
        "(at => { at.value = '0.7'; at.dispatchEvent(new Event('input', {bubbles: true})); })"
        "(document.querySelector('#section-at'))"
    )
    until(page, "location.hash.includes('view=section') && location.hash.includes('at=0.7')")
    page.wait_for_timeout(400)
    before = page.evaluate(SHOWN)
    canvas = page.locator(".map-canvas").nth(1)
    box = canvas.bounding_box()
    for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
        page.wait_for_timeout(300)
        if page.get_attribute("#cell-card", "data-cell"):
            break
    until(page, "location.hash.includes('cell=1.')")
    return page.evaluate(SHOWN), before


def _plain_words(page):
    """No exponent, no name of a column, no minus zero, wherever a person reads."""
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    text = page.evaluate(
        "document.body.innerText + Array.from(document.querySelectorAll('svg text'), (t) => t.textContent).join(' ')"
    )
    assert re.findall(r"\d[eE][+-]?\d", text) == []
    assert [name for name in SERIES if "_" in name and re.search(rf"\b{name}\b", text)] == []
    assert re.findall(r"[-−]0(?:\.0+)?\s", text) == []


def test_a_guided_stop_drives_the_page_and_its_labelled_cells_are_those_of_the_curve(browser, file):
    faults = []
    with serving(file) as (sessions, address):
        pulse = [InjectEvent(kind="inject", step=24, agent="BrdU", dose="150 mg/kg")]
        arms = [ArmPlan(events=pulse), ArmPlan(changes={"activity": []}, events=pulse)]
        code = SessionPlan(scenario="small_runner", seed=5, arms=arms).code()
        page = paged(browser, faults, viewport={"width": 1280, "height": 720})

        def small(route):
            """The stops of the server, upon a patch instead of a whole gyrus."""
            about = route.fetch().json()
            assert [stop["key"] for stop in about["tour"]] == [stop.key for stop in STOPS]
            for stop in about["tour"]:
                stop["code"], stop["steps"] = (
                    code,
                    [step | {"day": min(step["day"], 4 + k)} for k, step in enumerate(stop["steps"])],
                )
            route.fulfill(json=about)

        page.add_init_script(SLOW_COMMANDS)
        page.route("**/api/about", small)
        page.context.add_cookies([cookie_for(address)])
        page.goto(f"{address}/#stop=label-them.2")
        until(page, f"{AT_REST} && {ON_DAY_5}")
        assert page.text_content("#stop-title") == "3. Label them"
        until(page, "document.querySelector('#colour-by').value === 'stain:BrdU'")
        until(page, "/\\d/.test(document.querySelector('[data-panel=labelled] .key b').textContent)")
        told = page.text_content("[data-panel=labelled] .key b")
        (session,) = sessions._kept.values()
        lit = [len(life.model.histology.cells("BrdU+")) for life in session.lives]
        assert told == f"{lit[0]} | {lit[1]}"
        assert min(lit) > 0
        until(page, "location.hash.includes('s=1.') && location.hash.includes('by=stain:BrdU')")
        page.keyboard.press("PageDown")
        until(page, f"{AT_REST} && document.querySelector('#stop-count').textContent === '3 of 3'")
        until(
            page,
            "document.querySelector('#day').textContent === 'Day 6.0' && location.hash.includes('stop=label-them.3')",
        )
        assert (
            page.evaluate("history.length") == 3
        )  # the empty page, and the two that were come to: no moment on the way
        page.go_back()
        until(page, f"{AT_REST} && {ON_DAY_5}")
        assert page.text_content("#stop-count") == "2 of 3"
        page.keyboard.press("PageDown")
        page.keyboard.press("PageUp")  # before anything has happened
        page.wait_for_timeout(1000)
        until(page, f"{AT_REST} && location.hash.includes('stop=label-them.2') && {ON_DAY_5}")
        page.keyboard.press("PageDown")
        page.go_back()  # on the way: to where one was
        page.wait_for_timeout(1000)
        until(page, f"{AT_REST} && location.hash.includes('stop=label-them.2') && {ON_DAY_5}")
        page.keyboard.press("g")
        page.wait_for_timeout(500)
        assert page.evaluate(SMALL_TEXT) == []
        box = page.locator("main").bounding_box()
        assert abs(box["width"] / box["height"] - 16 / 9) < 0.01
        page.keyboard.press("g")
        page.click("#download summary")
        with page.expect_download() as got:
            page.click("[data-kind=svg]")
        drawn = got.value.path().read_text(encoding="utf-8")
        assert drawn.count("<path") > 10
        assert "more new neurons" in drawn or "fewer new neurons" in drawn
        with page.expect_download() as got:
            page.click("[data-kind=png]")
        assert got.value.path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        page.context.close()
    assert faults == []


def test_the_microscope_and_its_section_are_in_the_address(browser, file):
    faults = []
    with serving(file) as (_, address):
        page = paged(browser, faults)
        page.context.add_cookies([cookie_for(address)])
        page.goto(address)
        until(page, f"{AT_REST} && document.querySelectorAll('.map-canvas').length === 2")
        page.click("#view-microscope")
        until(page, IMAGED)
        page.select_option(".microscope-bar select >> nth=1", label="B")
        page.select_option(".microscope-bar select >> nth=0", label="2 µm")
        page.check(".microscope-channels label:has-text('Ki67') input")
        page.fill(".microscope-section", "2")
        page.press(".microscope-section", "Enter")
        until(page, f"{IMAGED} && document.querySelector('.microscope-stage').dataset.section === '2'")
        parts = ("view=microscope", "life=B", "pixel=2", "Ki67", "at=0.1")
        until(page, " && ".join(f"location.hash.includes('{part}')" for part in parts))
        said, seen = page.text_content(".microscope-said"), page.evaluate(SHOWN)
        link = page.url
        page.reload()
        until(
            page,
            f"{AT_REST} && {IMAGED} && document.querySelector('.microscope-said').textContent === {json.dumps(said)}",
        )
        other = paged(browser, faults)
        other.context.add_cookies([cookie_for(address)])
        other.goto(link)
        until(
            other,
            f"{AT_REST} && {IMAGED} && document.querySelector('.microscope-said').textContent === {json.dumps(said)}",
        )
        assert other.evaluate(SHOWN) == page.evaluate(SHOWN) == seen
        assert other.input_value(".microscope-section") == "2"
        page.click("#view-sheet")
        until(page, "location.hash.includes('view=sheet') && !location.hash.includes('Ki67')")
        page.go_back()
        until(page, "document.querySelector('#view-microscope').getAttribute('aria-pressed') === 'true'")
        for one in (page, other):
            one.context.close()
    assert faults == []


# Texts of a slide that are smaller than 20 px.
SMALL_TEXT = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility()) continue;
    if (node.closest(".sr, .skip, title")) continue;
    const scale = node.ownerSVGElement?.getScreenCTM?.().a ?? 1;
    const size = parseFloat(getComputedStyle(node).fontSize) * scale;
    if (size < 19.9) found.push(`${walker.currentNode.textContent.trim().slice(0, 30)}: ${size.toFixed(1)}`);
  }
  return found;
}"""
