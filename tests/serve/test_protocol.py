"""The page of the protocol and the server say the same: requests, commands, keys of what is answered, arrays."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pages import WHEEL, opened, unpack

from neurogen_abm.serve.http import requests
from neurogen_abm.serve.http.app import Routes

PAGE = (Path(__file__).parent.parent.parent / "docs" / "serve_protocol.md").read_text()
SHOWN = {"dormant", "gap", "set", "quiet"}  # values of the examples, and keys that stand for others of their kind


def section(title):
    """Return what stands below a heading."""
    return re.search(rf"^### {re.escape(title)}\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S)[1]


def words(block):
    """Return what stands between double quotes in the first example of a section."""
    return set(re.findall(r'"(\w+)"', re.search(r"^```(?:text|json)\n(.*?)^```", block, re.M | re.S)[1])) - SHOWN


def rows(text, first):
    """Return the rows of the table with this first cell of its heading."""
    table = re.search(rf"^\| {re.escape(first)}.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.M)[1]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines()]


def keys(data, *without):
    """Return every key of nested data, none from below those ``without``."""
    if isinstance(data, list):
        return set().union(*(keys(one, *without) for one in data))
    if not isinstance(data, dict):
        return set()
    return set(data) | keys([value for key, value in data.items() if key not in without], *without)


def test_the_page_lists_the_requests_that_are_answered():
    told = {
        (method, re.sub(r"{\w+}", "{}", path))
        for request, _ in rows(PAGE, "request")
        for method, path in re.findall(r"`(GET|POST|DELETE) ([^`?]+)", request)
    }
    routes = [route for route in Routes(None, 0).table() if route.path.startswith("/api")]
    answered = {
        (method, re.sub(r"{[\w:]+}", "{}", route.path)) for route in routes for method in route.methods - {"HEAD"}
    }
    assert told == answered


def test_the_page_lists_the_commands_with_all_that_they_take():
    told = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows(section("Commands"), "`do`")}
    forms = {get_args(form.model_fields["do"].annotation)[0]: form for form in get_args(get_args(requests.Command)[0])}
    assert set(told) == set(forms)
    for do, form in forms.items():
        assert set(form.model_fields) - {"do"} <= told[do], do


def test_a_frame_and_a_past_day_have_the_keys_and_arrays_that_the_page_lists(run):
    async def story(client):
        page = await opened(client, changes={"duration": "200 d"})
        at_rest = page.header
        born = (await page.get("arms/0/cell", u_um=150, v_um=150)).json()
        await page.command({"do": "follow", "arm": 0, "id": born["id"]}, {"do": "set", "changes": {"activity": WHEEL}})
        await page.command({"do": "run_to", "day": 200})
        answer = await page.get("frame", after=page.seq, rows="0,0", by="clone")
        past = unpack((await page.get("past", day=0, by="clone")).content)[0]
        return at_rest, born, unpack(answer.content), past

    at_rest, cell, (header, arrays), past = run(story)
    assert header["progress"] is not None
    assert header["done"]
    assert header["events"]
    assert header["arms"][0]["followed"] is not None
    frame = section("`GET …/frame?after=N&rows=A,B`")
    assert keys([at_rest, header], "counts") == words(frame)
    assert {name for name, _ in arrays} == set(re.findall(r"`(\w+)`", " ".join(row[0] for row in rows(frame, "array"))))
    told = re.search(r"Header: `(.*?)`", section("`GET …/past?day=D&by=group`"))[1]
    assert keys(past, "counts", "arrays") - {"arrays"} == set(re.findall(r'"(\w+)"', told))
    assert keys(cell, "children") - words(section("`GET …/arms/{k}/cell`")) == set()


@pytest.mark.parametrize(
    ("path", "title", "without"),
    [
        ("about", "`GET /api/about`", ["grounds", "colours", "families", "species", "value", "changes"]),
        ("/experiment", "`GET …/experiment`", []),
        ("/effect", "`GET …/effect`", []),
        ("", "Description of a session", ["settings", "changes", "pending", "stains"]),
    ],
)
def test_an_answer_has_no_key_that_the_page_does_not_tell(run, path, title, without):
    async def story(client):
        page = await opened(client, changes={"activity": []})
        await page.command({"do": "inject", "agent": "BrdU"}, {"do": "fork", "changes": {"activity": WHEEL}})
        await page.run_to(1.0)
        return (
            await client.get("/api/about")
            if path == "about"
            else await client.get(f"/api/sessions/{page.number}{path}")
        ).json()

    text = section(title)
    told = words(text) | set(re.findall(r'["`](\w+)["`]', text))
    assert keys(run(story), *without) - told == set()


def test_blocks_that_stand_still_have_the_arrays_that_the_page_tells(run):
    async def story(client):
        page = await opened(client)
        names = {"tissue": {}, "section": {"u_um": 150}, "still": {}, "organ": {}}
        return {name: unpack((await page.get(f"arms/0/{name}", **query)).content)[1] for name, query in names.items()}

    titles = {"tissue": "tissue` and `…/section", "still": "still", "organ": "organ"}
    for name, arrays in run(story).items():
        text = section(f"`GET …/arms/{{k}}/{titles.get(name, titles['tissue'])}`")
        assert {array for array, _ in arrays} - set(re.findall(r"`(\w+)`", text)) == set(), name
