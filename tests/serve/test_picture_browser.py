"""The picture in a real browser: what WebGL draws is what the model holds, and without WebGL the page works too."""

import json
import re

import numpy as np
import pytest
from browsers import CHROMIUM, LIVING, NO_GL, PAINTED, SOFTWARE_GL, SUM, cookie_for, serving, until

from neurogen_abm.biology.states import STATES
from neurogen_abm.scene.cells import drawn_cells
from neurogen_abm.scene.geometry import in_section
from neurogen_abm.scene.palette import GROUPS, channels

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

# A slice of the gyrus that is as wide as a whole one: its sections hold as many cells as those of an animal.
SLICE = """
schema: 1
name: slice
title: A slice of a runner
species: mouse
sex: female
age: 8 wk
duration: 6 d
seed: 5
tissue: {septotemporal: 200 um, transverse: 1700 um}
activity:
  - {kind: wheel, distance: 6 km/d}
pathway: circulating
"""
COUNT = "document.querySelector('.map-canvas').count()"
COLOURS = """() => Array.from(new Set(document.querySelector(".map-canvas").pixels()), (x) => x & 0xffffff)"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    file = tmp_path_factory.mktemp("picture") / "slice.yaml"
    file.write_text(SLICE)
    with serving(file) as found:
        yield found


@pytest.fixture(scope="module")
def driver():
    with playwright.sync_playwright() as found:
        yield found


@pytest.fixture(scope="module")
def with_gl(driver):
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=SOFTWARE_GL)
    yield browser
    browser.close()


@pytest.fixture
def visit(served):
    contexts, faults = [], []

    def note(request):
        found = re.search(r"/sessions/([^/]+)/frame", request.url)
        open_page.session = found.group(1) if found else open_page.session

    def open_page(browser, path="/", **how):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce", **how})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", note)
        context.add_cookies([cookie_for(served[1])])
        page.goto(f"{served[1]}{path}#lives=1")
        until(page, PAINTED)
        return page

    open_page.session = ""
    yield open_page
    for context in contexts:
        context.close()
    # Chromium warns that reading pixels back is slow, which only the tests do.
    assert [fault for fault in faults if "ReadPixels" not in fault] == []


def at_section(page):
    page.click("#view-section")
    until(page, "document.querySelector('.map-canvas').count().held > 0")
    page.wait_for_timeout(300)


def test_counts_on_screen_are_those_of_the_model(visit, with_gl, served):
    page = visit(with_gl, "/?painter=gl")
    assert page.get_attribute(".map-stage", "data-painter") == "gl"
    page.fill("#run-day", "3")
    page.press("#run-day", "Enter")
    until(page, "document.querySelector('#day').textContent === 'Day 3.0'")
    at_section(page)
    told, model = page.evaluate(COUNT), served[0].session(visit.session).lives[0].model
    grid = model.world.grid
    middle = (np.floor(0.5 * (grid.n_u - 1)) + 0.5) * grid.pitch_um
    cells = drawn_cells(model.world)
    held = cells.state[in_section(cells.places.u_um, middle)]
    assert told["held"] == len(held) > 400
    assert told["seen"] >= 0.99 * len(held)
    by_state = np.bincount(held, minlength=len(STATES))
    assert (np.array(told["states"]) <= by_state).all()
    assert np.abs(np.array(told["states"]) - by_state).sum() == told["held"] - told["seen"]


def test_cells_are_coloured_by_what_is_chosen(visit, with_gl):
    page = visit(with_gl, "/?painter=gl")
    offered = page.evaluate("Array.from(document.querySelector('#colour-by').options, (option) => option.value)")
    assert offered[:5] == ["group", "state", "clone", "birth", "bdnf"]
    assert "stain:dcx" in offered
    at_section(page)
    seen = set()
    for by in (*offered[:5], "stain:dcx"):
        page.select_option("#colour-by", by)
        page.wait_for_timeout(250)
        seen.add(page.evaluate(SUM))
    assert len(seen) == 6
    assert page.evaluate("document.documentElement.dataset.seq") == "1"  # no time passed


def test_a_lost_context_is_restored(visit, with_gl):
    page = visit(with_gl, "/?painter=gl")
    at_section(page)
    before = page.evaluate(SUM)
    page.evaluate(
        """() => { const gl = document.querySelector(".map-canvas").getContext("webgl2");
        window.loss = gl.getExtension("WEBGL_lose_context"); window.loss.loseContext(); }"""
    )
    page.wait_for_timeout(200)
    page.evaluate("window.loss.restoreContext()")
    page.wait_for_timeout(400)
    assert page.evaluate(SUM) == before


def test_every_pixel_of_the_screen_is_used(visit, with_gl):
    page = visit(with_gl, "/?painter=gl", device_scale_factor=2)
    ratio = "document.querySelector('.map-canvas').width / document.querySelector('.map-stage').clientWidth"
    assert page.evaluate(ratio) == pytest.approx(2, abs=0.01)


def test_without_webgl_the_page_paints_and_says_so_once(visit, driver):
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=NO_GL)
    page = visit(browser)
    assert page.get_attribute(".map-stage", "data-painter") == "plain"
    assert page.text_content("#notices").count("painted without WebGL") == 1
    assert page.text_content("#notices").count("the organ in space is not offered") == 1
    assert not page.is_visible("#view-organ")
    page.click("#view-section")
    page.wait_for_timeout(500)
    page.select_option("#overlay", "none")
    page.wait_for_timeout(200)
    found = set(page.evaluate(COLOURS))
    for group in GROUPS[:4]:
        red, green, blue = channels(group.dark)
        assert red | green << 8 | blue << 16 in found, group
    page.click("#compare")
    page.click("#compare-now")
    until(page, f"{LIVING} && document.querySelectorAll('.map-canvas').length === 2")
    assert page.text_content("#notices").count("painted without WebGL") == 1
    browser.close()


ORGAN = "document.querySelector('.organ-canvas')"
ON_SCREEN = "document.querySelector('.organ-stage[data-painted]') !== null"


def test_the_organ_in_space_holds_the_cells_of_the_model_and_its_plane_is_the_section(visit, with_gl, served):
    page = visit(with_gl, "/?painter=gl")
    page.click("#view-organ")
    until(page, ON_SCREEN)
    until(page, "document.querySelector('.map-canvas').count().held > 0")
    told, model = page.evaluate(f"{ORGAN}.count()"), served[0].session(visit.session).lives[0].model
    assert told["held"] == model.n_cells
    assert told["still"] == model.world.developmental.sum() > 1000
    assert 0 < told["seen"] <= told["acting"]
    curve, u = page.evaluate(SUM), page.text_content("#section-text")
    page.focus(".organ-canvas")
    for _ in range(30):
        page.keyboard.press("ArrowLeft")  # moves the plane, and not the clock
    until(page, f"document.querySelector('#section-text').textContent !== '{u}'")
    assert float(page.input_value("#section-at")) == pytest.approx(0.2)
    page.wait_for_timeout(500)
    assert page.evaluate(SUM) != curve
    assert page.evaluate("document.documentElement.dataset.seq") == "1"
    for key in ("Shift+ArrowRight", "ArrowUp", "+", "0"):
        before = page.get_attribute(".organ-stage", "data-painted")
        page.keyboard.press(key)
        until(page, f"document.querySelector('.organ-stage').dataset.painted !== '{before}'")


def test_the_plane_is_dragged_and_beside_it_the_organ_turns(visit, with_gl):
    page = visit(with_gl, "/?painter=gl")
    page.click("#view-organ")
    until(page, ON_SCREEN)
    page.wait_for_timeout(400)
    box = page.locator(".organ-canvas").bounding_box()
    names = """Array.from(document.querySelectorAll('.organ .map-over text'),
        (t) => [t.textContent, t.getAttribute('x'), t.getAttribute('y')])"""
    before = page.evaluate(names)
    corner = box["x"] + box["width"] - 20, box["y"] + box["height"] - 20
    page.mouse.move(*corner)
    page.mouse.down()
    page.mouse.move(corner[0] - 120, corner[1] - 10, steps=4)
    page.mouse.up()
    page.wait_for_timeout(400)
    after = page.evaluate(names)
    assert [name for name, *_ in after] == [name for name, *_ in before]
    assert {"septal", "temporal", "suprapyramidal", "infrapyramidal", "hilus", "molecular layer"} < {
        n for n, *_ in after
    }
    assert after != before  # turned
    assert page.input_value("#section-at") == "0.5"
    page.evaluate("document.querySelector('#section-at').value = 0.3")
    page.dispatch_event("#section-at", "input")
    until(page, "document.querySelector('#section-text').textContent.length > 0")
    page.wait_for_timeout(400)
    assert page.evaluate(names) != after  # the plane went with the slider


def test_from_where_the_organ_is_seen_stands_in_the_address(visit, with_gl):
    page = visit(with_gl, "/?painter=gl")
    page.click("#view-organ")
    until(page, f"{ON_SCREEN} && location.hash.includes('view=organ')")
    assert "turn=" not in page.url
    page.focus(".organ-canvas")
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "ArrowUp", "+"):
        page.keyboard.press(key)
    until(page, "location.hash.includes('turn=')")
    usual = page.evaluate("fetch('/api/about').then((told) => told.json()).then(({scene}) => scene.camera)")
    turn = re.search(r"turn=([^&]*)", page.url)[1]
    assert turn == f"{usual['yaw'] + 16:.1f},{usual['pitch'] + 6:.1f},1.25"
    page.reload()
    until(page, f"{ON_SCREEN} && location.hash.includes('{turn}')")
    page.focus(".organ-canvas")
    page.keyboard.press("Shift+ArrowRight")
    until(page, f"location.hash.includes('turn={usual['yaw'] + 24:.1f},{usual['pitch'] + 6:.1f},1.25')")
    page.keyboard.press("0")
    until(page, "!location.hash.includes('turn=')")


@pytest.mark.parametrize("width", [390])
def test_the_organ_fits_a_phone(visit, with_gl, width):
    page = visit(with_gl, "/?painter=gl", viewport={"width": width, "height": 844}, device_scale_factor=2)
    page.click("#view-organ")
    until(page, ON_SCREEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".organ-canvas").bounding_box()["width"] > 0.8 * width


def test_a_film_plays_until_there_is_an_animal(with_gl, served):
    """Frames of the life are held back: meanwhile the film moves and says that it is one; then the life is there."""
    context = with_gl.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([cookie_for(served[1])])
    page, held, surface = context.new_page(), [], []
    page.route("**/frame?*", lambda route: held.append(route))
    page.route("**/organ", lambda route: surface.append(route))
    page.goto(f"{served[1]}/?painter=gl")
    until(page, "document.documentElement.dataset.film === 'yes' && !!document.querySelector('[data-painted]')")
    said = page.text_content(".prelude")
    assert "A film, recorded before" in said
    assert "Your two lives, A and B: Preparing the animal" in said
    until(page, f"document.querySelector('.prelude').textContent !== {json.dumps(said)}")  # another day of it
    while not held:
        page.wait_for_timeout(30)
    page.unroute("**/frame?*")
    for route in held:
        route.continue_()
    until(page, PAINTED)
    _its_last_picture_stays_until_there_is_another(page, surface)
    assert "simulated now" in page.text_content(".prelude")
    assert page.evaluate("document.documentElement.dataset.film") is None
    cells = sum(
        served[0].session(re.search(r"/sessions/([^/]+)/", held[0].request.url)[1]).lives[0].model.world.counts()
    )
    assert page.text_content("#legend tfoot td.n").replace(",", "") == str(cells)
    context.close()


def _its_last_picture_stays_until_there_is_another(page, surface):
    """A canvas of another size is black: until there is an organ to paint, that of the film stays as it is, pale."""
    while not surface:
        page.wait_for_timeout(30)
    sizes = "[document.querySelector('.organ-canvas').width, document.querySelector('.organ-stage').clientWidth]"
    page.wait_for_timeout(300)
    canvas, stage = page.evaluate(sizes)
    assert canvas < 0.8 * stage  # two lives leave the organ more room than the film had
    assert page.locator(".organ-wait").is_visible()
    page.unroute("**/organ")  # lets the last that is held go
    until(page, f"{sizes}.join() === '{stage},{stage}'")
    assert not page.locator(".organ-wait").is_visible()
    box = page.locator(".organ-stage").bounding_box()
    assert box["y"] + box["height"] < 900


def test_the_microscope_shows_the_section_at_the_plane(visit, driver):
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=NO_GL)
    page = visit(browser)
    page.click("#view-microscope")
    taken = "Number(document.querySelector('.microscope-stage').dataset.section || 0)"
    until(page, f"{taken} > 0")
    assert page.evaluate(taken) == 3  # of five, at the middle
    page.fill(".microscope-section", "1")
    page.press(".microscope-section", "Enter")
    until(page, f"{taken} === 1")
    until(page, "document.querySelector('#section-text').textContent === '0.03 mm'")
    page.evaluate(
        """() => { const at = document.querySelector("#section-at"); at.value = "1";
        at.dispatchEvent(new Event("input")); }"""
    )
    until(page, f"{taken} === 5")
    bright = page.evaluate(
        """() => { const canvas = document.querySelector(".microscope-canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let n = 0; for (let i = 0; i < data.length; i += 4) n += Math.max(data[i], data[i + 1], data[i + 2]) > 128;
        return n / (data.length / 4); }"""
    )
    assert 0.03 < bright < 0.9
    assert page.get_attribute(".microscope-files a", "href").endswith("section.ome.tiff")
    absent = "Array.from(document.querySelectorAll('.microscope-channels .absent'), (n) => n.title)"
    assert "BrdU has not been given to this animal yet" in page.evaluate(absent)
    page.click("#inject")
    page.click("#step")
    until(page, f"!{absent}.some((text) => text.startsWith('BrdU'))")
