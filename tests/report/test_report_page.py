import base64
import gzip
import hashlib
import html
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pandas as pd
import pytest
from made_runs import MadeRun, make_empty_run, make_run, resolved_of

from neurogen_abm.report.figures import evidence
from neurogen_abm.report.figures.plots import plots
from neurogen_abm.report.pages.run import performed, render, write_report

HOSTILE = "</title></script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}"


class Page(HTMLParser):
    """Gathers what a browser would load, run or follow."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.loaded, self.links, self.ids, self.scripts, self.images = [], [], [], [], []
        self.handlers, self.policy, self.tags = [], "", []
        self._script = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append(tag)
        self.handlers += [name for name in found if name.startswith("on")]
        if found.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = found["content"]
        if tag == "a":
            self.links.append(found["href"])
        else:
            self.loaded += [found[k] for k in ("src", "href", "data", "poster", "action", "srcset") if k in found]
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "script":
            self._script = found.get("type", "text/javascript")
            self.scripts.append([self._script, ""])

    def handle_data(self, data):
        if self._script is not None:
            self.scripts[-1][1] += data

    def handle_endtag(self, tag):
        if tag == "script":
            self._script = None


@pytest.fixture(scope="module")
def text(running):
    return render(running)


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_the_page_loads_nothing(page):
    assert page.loaded == ["data:,"]  # an empty icon, so that browsers ask for none
    assert not {"iframe", "object", "embed", "form", "base"} & set(page.tags)
    assert page.handlers == []


def test_links_lead_to_sections_of_the_page_or_to_sources(page):
    inner = [link[1:] for link in page.links if link.startswith("#")]
    assert inner
    assert set(inner) <= set(page.ids)
    assert all(link.startswith(("#", "https://doi.org/10.")) for link in page.links)


def test_styles_name_no_address(text):
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert styles
    assert not any("url(" in style or "@import" in style for style in styles)


def test_only_the_two_scripts_of_the_page_may_run(page):
    packed = [gzip.decompress(base64.b64decode(body)).decode() for kind, body in page.scripts if kind == "text/plain"]
    runnable = packed + [body for kind, body in page.scripts if kind == "text/javascript"]
    allowed = re.findall(r"'sha256-([^']+)'", page.policy)
    assert [base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in runnable] == allowed
    assert len(allowed) == 2
    rules = dict(rule.strip().split(" ", 1) for rule in page.policy.split(";"))
    assert rules["default-src"] == rules["connect-src"] == "'none'"
    assert "unsafe" not in rules["script-src"]
    assert not re.search(r"https?:", page.policy)


def test_figures_may_not_be_sent_anywhere(text):
    config = re.search(r'id="plot-config">(.*?)</script>', text).group(1)
    assert '"displaylogo": false' in config
    assert '"showSendToCloud": false' in config
    assert '"plotlyServerURL": ""' in config


def test_every_figure_has_its_data(page):
    plots = [i for i in page.ids if i.startswith("plot-") and i != "plot-config"]
    assert len(plots) >= 14
    assert {i.replace("plot-", "data-", 1) for i in plots} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_the_page_stays_below_one_and_a_half_megabytes(text):
    assert len(text.encode()) < 1.5e6


def test_a_hostile_title_is_text_and_nothing_else(running):
    # The spec refuses most of this; a report must hold even when a run directory was made by other hands
    scenario = running.resolved.scenario.model_copy(
        update={"title": HOSTILE, "description": HOSTILE, "look_for": HOSTILE}
    )
    resolved = type(running.resolved)(scenario, running.resolved.catalogue, running.resolved.digest)
    made = MadeRun(running.series, running.cells, running.map, resolved, {"note": HOSTILE, HOSTILE: 1})
    shown = Page(render(made))
    assert "img" not in shown.tags
    assert shown.handlers == []
    assert len([kind for kind, _ in shown.scripts if kind == "text/javascript"]) == 1
    assert html.escape("{{ 7 * 7 }}") in render(made)


def test_a_hostile_state_cannot_leave_its_figure(running):
    series = running.series.assign(**{"n_</script><b>": 1, "deaths_<img src=x>": running.series["deaths"]})
    shown = Page(render(MadeRun(series, running.cells, running.map, running.resolved)))
    assert "img" not in shown.tags
    assert len([kind for kind, _ in shown.scripts if kind == "text/javascript"]) == 1


def test_a_run_without_cells_or_activity_is_reported(tmp_path):
    path = write_report(make_empty_run(), tmp_path / "report.html")
    text = path.read_text(encoding="utf-8")
    assert "No neuron was born in this run." in text
    assert "No cell of the lineage is in the subgranular zone" in text


def test_a_sedentary_animal_says_so():
    assert "no activity in this run" in render(make_run(days=3, per_day=5, run=0))


def test_a_run_that_kept_no_register_is_reported(running):
    made = MadeRun(running.series, pd.DataFrame(), pd.DataFrame(), running.resolved)
    assert "kept no register" in render(made)


def test_the_default_pathway_names_its_factor(running):
    gain = running.resolved.value("pathways.circulating.barrier_gain", "1")
    assert gain == 2357
    assert "2,357 times too small" in render(running)


def test_the_measured_barrier_says_why_nothing_is_expected(running):
    made = MadeRun(running.series, running.cells, running.map, resolved_of("measured_barrier"))
    text = render(made)
    # 1.5e-3 mL/g/min x 10.58 pg/mL / (0.20 x (101 ln 2 / 10 min + 0.005 / min)) = 0.0113 pg/mL of 30 pg/mL
    assert "blood supplies 0.038 % of the niche" in html.unescape(text)
    assert "No effect of running is expected" in text


def test_where_nothing_is_fitted_no_factor_is_named(running):
    measured = {"pathways.circulating.barrier_gain": {"value": "1", "why": "as measured"}}
    human = resolved_of(species="human", age="40 yr", neurogenesis="low", parameters=measured)
    text = render(MadeRun(running.series, running.cells, running.map, human))
    assert "nothing is fitted" in text
    assert "40 years old" in text
    assert "times too small" not in text


def test_a_gain_that_was_not_fitted_is_called_assumed(running):
    human = resolved_of(species="human", age="40 yr", neurogenesis="low")
    text = render(MadeRun(running.series, running.cells, running.map, human))
    assert "a barrier gain that is assumed" in text.replace("an effective barrier", "a barrier")
    assert "94.3 times too small" in text


def test_a_sedentary_run_has_no_rise():
    run = make_run(days=3, per_day=5, run=0)
    assert "neither plasma nor niche BDNF rose" in render(run)


@pytest.mark.parametrize("pathway", ["circulating", "measured_barrier", "induced", "activity", "combined"])
def test_every_pathway_is_named_with_its_status(running, pathway):
    resolved = resolved_of(pathway)
    card = evidence.pathway_card(resolved, running.series)
    assert card["name"] == pathway
    assert card["status"] == " ".join(resolved.catalogue.pathways[pathway]["status"].split())


def test_the_pathway_stands_on_the_page_with_its_status(running):
    card, text = evidence.pathway_card(running.resolved, running.series), html.unescape(render(running))
    assert re.fullmatch(r"Mechanisms that act: gaba_tone \(.+\), loss_of_gain \(.+\)\.", card["mechanisms"])
    assert card["mechanisms"] in text
    assert card["label"] in text
    assert card["status"] in text


def test_only_the_numbers_a_run_used_are_listed(running):
    used = ["anatomy.site_pitch", "physiology.barrier.permeability"]
    made = MadeRun(running.series, running.cells, running.map, running.resolved, {"used_parameters": used})
    text = render(made)
    assert "2 parameters, of which 1 are assumed" in text
    assert "anatomy.granule_cells_published" not in text.split("The scenario, with every default")[0]


def test_an_existing_page_survives_a_failed_one(running, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def fails(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fails)
    with pytest.raises(OSError, match="disk full"):
        write_report(running, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_writing_twice_gives_the_same_page(running, tmp_path):
    pages = [write_report(running, tmp_path / f"{k}.html").read_bytes() for k in range(2)]
    assert pages[0] == pages[1]


def test_a_recording_may_have_had_other_light_and_the_page_says_so(running):
    recorded = resolved_of(
        activity=[
            {"kind": "recording", "file": "mouse_wheel_hourly.csv", "animal": "F20404F", "metres_per_count": "0.35 m"}
        ]
    )
    made = MadeRun(running.series, running.cells, running.map, recorded)
    captions = [plots(run)["activity"][0].caption for run in (made, running)]
    assert ["the room may have been lit otherwise" in caption for caption in captions] == [True, False]


def test_births_less_deaths_are_explained_where_they_are_drawn(running):
    turnover = next(plot for group in plots(running).values() for plot in group if plot.key == "turnover")
    assert "Births minus deaths is not the gain of neurons" in turnover.caption


def test_what_the_body_could_not_do_is_said():
    rows = pd.DataFrame({"distance_km": [0.0, 9.5], "distance_asked_km": [0.0, 12.0], "short_min": [0.0, 240.0]})
    (said,) = performed(SimpleNamespace(series=rows))
    assert "9.5 km of 12 km" in said
    assert "240 min" in said
    assert performed(SimpleNamespace(series=rows.iloc[:1])) == []
