"""The files of the live page as they are served: the report's colours, nothing foreign, nothing inline."""

import re
from importlib import resources

import pytest

from neurogen_abm.biology.states import STATES
from neurogen_abm.report.figures.palette import BDNF_SCALE, FAMILY_TITLES, STATE_COLOURS
from neurogen_abm.report.figures.style import FONT
from neurogen_abm.scene.scene import scene, states
from neurogen_abm.serve.payload.about import about
from neurogen_abm.serve.payload.glossary import PRESETS
from neurogen_abm.serve.session.dose import dose_of
from neurogen_abm.serve.session.library import Library
from neurogen_abm.spec.scenario.feedback import ARMS, USUAL

STATIC = resources.files("neurogen_abm.serve") / "static"
FILES = sorted(entry.name for entry in STATIC.iterdir() if entry.is_file() and not entry.name.endswith(".film"))


def read(name):
    return (STATIC / name).read_text(encoding="utf-8")


def test_cells_and_bdnf_have_the_colours_of_the_report():
    told = about(Library("mouse_sedentary"))["scene"]
    assert told == scene()
    (twelve,) = [way["colours"]["paper"] for way in told["colourings"] if way["key"] == "state"]
    assert dict(zip(STATES, twelve, strict=True)) == STATE_COLOURS
    assert told["grounds"]["paper"]["bdnf"] == BDNF_SCALE


def test_a_scenario_without_a_title_is_offered_by_its_name(tmp_path):
    """The list of scenarios showed an empty line for it."""
    (tmp_path / "mine.yaml").write_text("species: mouse\nage: 8 wk\nduration: 3 d\n")
    told = {entry["name"]: entry["title"] for entry in about(Library(str(tmp_path / "mine.yaml")))["scenarios"]}
    assert told["mine"] == "mine"
    assert told["mouse_sedentary"] != "mouse_sedentary"
    assert all(told.values())


def test_every_state_has_its_place_in_the_legend_and_fits_into_a_frame():
    assert {state["family"] for state in states()} <= set(FAMILY_TITLES)
    assert len(STATES) <= 16  # a cell is one byte of a frame: four bits of state, four of layer


def test_every_preset_can_be_lived_by_the_species_for_which_it_is_offered():
    library = Library("mouse_sedentary")
    for scenario, species in (("mouse_sedentary", "mouse"), ("rat_sedentary", "rat"), ("human_daily_life", "human")):
        offered = [preset for preset in PRESETS if preset["species"] is None or species in preset["species"]]
        assert len(offered) >= 6
        for preset in offered:
            assert dose_of(library.prepare(scenario, 1, preset["changes"]))["km_per_day"] >= 0.0


def test_what_the_page_can_show_and_switch_is_what_the_model_has():
    told = about(Library("mouse_sedentary"))
    offered = {entry["column"] for entry in told["read_outs"]}
    assert {"fitness", "strength", "mood", "stress", "bdnf_hippocampus", "short_min"} <= offered <= set(told["columns"])
    assert not [name for name in offered if name.startswith(("n_", "deaths"))]
    arms = told["species"]["mouse"]["arms"]
    assert [arm["name"] for arm in arms] == list(ARMS)
    assert tuple(arm["name"] for arm in arms if arm["usual"]) == USUAL
    assert {arm["name"]: arm["strength"] for arm in arms}["neurogenesis"] == "0"


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_no_state_of_a_cell_is_named_in_a_script(name):
    # "active" is a word of its own beside minutes of exercise.
    text = re.sub(r"\bactive min(ute)?s?\b", "", read(name))
    assert [state for state in STATES if re.search(rf"\b(n_|deaths_)?{state}\b", text)] == []


def test_scripts_hold_no_table_of_colours():
    """Colours come with the scene; what is left is chrome: axes, outlines, the map of differences."""
    for name in (
        "scene.js",
        "tissue.js",
        "sheet.js",
        "section.js",
        "gl_painter.js",
        "shaders.js",
        "map.js",
        "organ.js",
        "organ_card.js",
        "organ_painter.js",
        "organ_shaders.js",
        "legend.js",
    ):
        assert set(re.findall(r"#[0-9a-fA-F]{6}", read(name))) <= {"#000000"}, name


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_a_script_is_one_concept(name):
    assert len(read(name).splitlines()) <= 450


def test_text_is_set_as_in_the_report():
    assert FONT.replace("'", '"') in read("page.css")


@pytest.mark.parametrize("name", FILES)
def test_nothing_foreign_is_asked_and_nothing_is_made_from_text(name):
    text = read(name)
    addresses = set(re.findall(r"(?:https?:)?//[a-z0-9][\w.-]+\.[a-z]{2,}[\w./#-]*", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", text)


def test_no_script_stands_in_the_page():
    page = read("index.html")
    assert re.findall(r"<script([^>]*)>(.*?)</script>", page, re.S) == [(' defer src="/static/page.js"', "")]
    assert not re.search(r"\son\w+=|javascript:|\sstyle=", page)


def test_modules_import_only_modules_that_are_there():
    for name in FILES:
        if name.endswith(".js"):
            assert set(re.findall(r'^(?:import|export) .*? from "\./([^"]+)"', read(name), re.M)) <= set(FILES)


def test_every_element_that_the_modules_ask_for_is_in_the_page():
    there = set(re.findall(r'\sid="([\w-]+)"', read("index.html")))
    made = {"follow", "inject"}  # by the modules themselves
    asked = {found for name in FILES if name.endswith(".js") for found in re.findall(r'byId\("([\w-]+)"\)', read(name))}
    assert asked - made <= there


def test_scripts_speak_with_their_own_server_alone():
    """Requests are made in one module, by paths without a host."""
    asking = [
        name for name in FILES if name.endswith(".js") and re.search(r"\bfetch\(|XMLHttpRequest|sendBeacon", read(name))
    ]
    assert asking == ["server.js"]
