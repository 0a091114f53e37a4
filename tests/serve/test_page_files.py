"""The files of the live page as they are served: the report's colours, nothing foreign, nothing inline."""

import json
import re
from importlib import resources

import pytest

from neurogen_abm.report.figures.palette import STATE_COLOURS
from neurogen_abm.report.figures.sheet import BDNF_SCALE, DRAWN_FIRST
from neurogen_abm.report.figures.style import FONT

STATIC = resources.files("neurogen_abm.serve") / "static"
FILES = sorted(entry.name for entry in STATIC.iterdir() if entry.is_file())


def read(name):
    return (STATIC / name).read_text(encoding="utf-8")


def test_cells_and_bdnf_have_the_colours_of_the_report():
    palette = read("palette.js")
    paper = re.search(r"const ON_PAPER = \{(.*?)\};", palette, re.S).group(1)
    assert dict(re.findall(r'(\w+): "(#\w+)"', paper)) == STATE_COLOURS
    dark = re.search(r"const ON_DARK = \{(.*?)\};", palette, re.S).group(1)
    assert [name for name, _ in re.findall(r'(\w+): "(#\w+)"', dark)] == list(STATE_COLOURS)
    order = re.search(r"DRAWN_FIRST = (\[.*?\])", palette, re.S).group(1)
    assert tuple(json.loads(order)) == DRAWN_FIRST
    scale = re.search(r"paper: \{.*?bdnf: (\[\[.*?\]\])", palette, re.S).group(1)
    assert json.loads(scale) == BDNF_SCALE


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
    assert re.findall(r"<script([^>]*)>(.*?)</script>", page, re.S) == [(' type="module" src="/static/main.js"', "")]
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


def test_charts_cannot_send_data_away():
    assert re.search(r"showSendToCloud: false.*?plotlyServerURL: \"\"", read("charts.js"), re.S)
