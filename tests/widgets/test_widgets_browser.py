"""The widgets' scripts in a real browser, with a model that answers as a notebook's does."""

import base64

import numpy as np
import pytest
from browsers import CHROMIUM, SOFTWARE_GL, until

import neurogen_abm
from neurogen_abm.biology.states import STATES
from neurogen_abm.scene.geometry import in_section
from neurogen_abm.scene.palette import channels
from neurogen_abm.widgets import map_of, twins
from neurogen_abm.widgets.moments import places_of

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[test]'")
pytest.importorskip("anywidget", reason="anywidget is not installed: pip install '.[widget]'")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

PATCH = {"tissue": {"septotemporal": "400 um", "transverse": "300 um"}, "duration": "2 d"}
CANVAS = "document.querySelector('#here').shadowRoot.querySelector('.map-canvas')"
# A model as anywidget hands it to a script: get, set, save_changes, on, off; bytes are DataViews.
SHOW = """async ({ script, state }) => {
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const revived = (value) => {
    if (Array.isArray(value)) return value.map(revived);
    return value?.bytes !== undefined ? bytes(value.bytes) : value;
  };
  const heard = new Map();
  const ring = (name) => heard.get(`change:${name}`)?.forEach((act) => act());
  window.state = Object.fromEntries(Object.entries(state).map(([name, value]) => [name, revived(value)]));
  window.saved = [];
  window.tell = (name, value) => { window.state[name] = revived(value); ring(name); };
  const model = {
    get: (name) => window.state[name],
    set: (name, value) => { window.state[name] = value; window.saved.push([name, value]); ring(name); },
    save_changes: () => undefined,
    on: (name, act) => heard.set(name, [...(heard.get(name) ?? []), act]),
    off: (name, act) => heard.set(name, (heard.get(name) ?? []).filter((one) => one !== act)),
  };
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { default: { render } } = await import(address);
  window.end = render({ model, el: document.querySelector("#here") });
  window.heard = () => Array.from(heard.values()).flat().length;
}"""


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=SOFTWARE_GL)
        yield found
        found.close()


@pytest.fixture
def show(browser):
    faults = []
    context = browser.new_context(viewport={"width": 1100, "height": 800})

    def shown(widget):
        page = context.new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: faults.append(asked.url) if asked.url.startswith("http") else None)
        page.set_content("<!DOCTYPE html><div id='here' style='width: 1000px'></div>")
        page.evaluate(SHOW, {"script": widget._esm, "state": state_of(widget)})
        return page

    yield shown
    context.close()
    # Chromium warns that reading pixels back is slow, which only the tests do.
    assert [fault for fault in faults if "ReadPixels" not in fault and "readback" not in fault] == []


def state_of(widget):
    own = [name for name in widget.keys if not name.startswith("_") and name not in ("layout", "comm", "tooltip")]
    return {name: sent(getattr(widget, name)) for name in own}


def sent(value):
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return [sent(one) for one in value] if isinstance(value, list | tuple) else value


@pytest.fixture(scope="module")
def result():
    return neurogen_abm.run("mouse_wheel_running", overrides=PATCH)


def test_the_map_shows_every_cell_and_gives_back_the_one_that_is_clicked(show, result):
    widget = map_of(result, view="section", overlay="none", painter="gl")
    page = show(widget)
    until(page, f"{CANVAS}.count().held > 0")
    (held,) = widget._held
    places = places_of(held)
    own = held.alive.state[in_section(places.u_um, widget.section_um)]
    seen = page.evaluate(f"{CANVAS}.count()")
    assert seen["held"] == len(own) > 50
    assert seen["seen"] >= 0.98 * len(own)
    assert (np.array(seen["states"]) <= np.bincount(own, minlength=len(STATES))).all()

    page.evaluate("window.tell('view', 'sheet')")
    page.wait_for_timeout(200)
    assert page.evaluate(f"{CANVAS}.count().held") == len(held.alive.id) == widget.moments[0]["n_cells"]
    # The cell that is most alone on the sheet, so that a click means no other.
    at = np.stack([places.u_um, places.v_um])
    far = np.hypot(*(at[:, :, None] - at[:, None, :]))
    np.fill_diagonal(far, np.inf)
    row = int(far.min(axis=0).argmax())
    box = page.locator(".map-canvas").bounding_box()
    scale = min(box["width"] / 400, box["height"] / 300)
    x, y = (
        box[side] + box[size] / 2 + (um - middle) * scale
        for side, size, um, middle in (("x", "width", at[0, row], 200), ("y", "height", at[1, row], 150))
    )
    page.mouse.click(x, y)
    widget.picked = page.evaluate("window.state.picked")
    assert widget.cell.id == held.alive.id[row]
    page.evaluate("(said) => window.tell('said', said)", widget.said)
    assert str(held.alive.id[row]) in page.text_content(".widget-said")


def test_the_legend_counts_what_the_model_counts(show, result):
    widget = map_of(result, painter="plain")
    page = show(widget)
    counts, families = widget.moments[0]["counts"], widget.about["families"]
    states = [state for family in families for state in widget.about["scene"]["states"] if state["family"] == family]
    wanted = [f"{counts[state['name']]:,}" for state in states]
    assert page.locator("#legend tbody td.n:not(.b)").all_text_contents() == wanted


def test_moments_colours_and_sections_are_chosen_in_the_widget(show, result):
    widget = map_of(result, days=[0, 2], painter="plain")
    page = show(widget)
    until(page, "!!document.querySelector('#here').shadowRoot.querySelector('[data-painted]')")
    sums = set()
    for by in ("group", "state", "clone", "birth", "stain:dcx"):
        page.locator("select[data-trait=by]").select_option(by)
        page.wait_for_timeout(120)
        sums.add(page.evaluate(f"{CANVAS}.pixels().reduce((h, x) => (Math.imul(h, 31) + x) >>> 0, 0)"))
    assert len(sums) == 5
    page.locator("select[data-trait=by]").select_option("clone")
    page.wait_for_timeout(120)
    seen = set(page.evaluate(f"Array.from(new Set({CANVAS}.pixels()), (x) => x & 0xffffff)"))
    clones = next(way["colours"]["dark"] for way in widget.about["scene"]["colourings"] if way["key"] == "clone")
    values = set(widget._held[1].values["clone"].tolist())
    wanted = {red | green << 8 | blue << 16 for red, green, blue in map(channels, (clones[k] for k in values))}
    assert len(wanted) > 12
    assert wanted <= seen
    day = page.locator(".map-bar output").first
    assert day.text_content() == "day 2"
    page.evaluate("window.tell('moment', 0)")
    assert day.text_content() == "day 0"
    page.locator("select[data-trait=view]").select_option("section")
    page.locator("input[aria-label^='Place']").fill("0.25")
    until(page, "window.saved.at(-1)[0] === 'section_um'")
    name, asked = page.evaluate("window.saved.at(-1)")
    assert (name, asked) == ("section_um", 95.0)
    widget.section_um = asked
    page.evaluate("(section) => window.tell('section', section)", sent(widget.section))
    assert "0.10 mm" in page.text_content(".map-bar")
    page.evaluate("window.end()")
    assert page.evaluate("window.heard()") == 0


def test_twins_share_one_cursor_and_say_the_effect(show):
    assays = {"assays": [{"name": "dividing", "count": "Ki67+", "at": "1 d"}]}
    arms = ("mouse_sedentary", "mouse_wheel_running")
    found = neurogen_abm.compare(*arms, pairs=2, overrides=PATCH | assays, workers=0)
    panel = twins(found)
    page = show(panel)
    assert page.locator(".line[data-panel=arms]").count() == 2
    assert page.locator(".line[data-panel=effects]").count() == 1
    assert page.text_content(".twins-words") == " ".join(panel.words())
    page.locator(".twins svg").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("window.state.day") == 1.0
    line = page.locator(".cursor")
    assert "-0" not in page.locator(".twins svg text").all_text_contents()
    assert float(line.get_attribute("y2")) - float(line.get_attribute("y1")) > 300  # through both pictures
    assert "Day 1" in page.text_content(".twins-read")
    page.locator("select[data-trait=read_out]").select_option("n_dcx")
    assert page.evaluate("window.state.read_out") == "n_dcx"
    panel.read_out = "n_dcx"
    assert page.text_content(".twins-words") == " ".join(panel.words())
    page.locator("select[data-trait=read_out]").select_option("dividing")
    assert page.locator(".point[data-panel=arms]").count() == 2  # of one day there is no line
    assert page.locator(".point[data-panel=effects]").count() == 1
