"""A film of a run holds, at every moment, the cells that the model had; a page of it decodes to the same counts."""

import base64
import gzip
import json
import re
import shutil
import weakref
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from pages import unpack

from neurogen_abm import NeurogenesisModel, replay, run
from neurogen_abm.biology.states import STATES
from neurogen_abm.errors import InputError, IntegrityError
from neurogen_abm.film import pair, shipped
from neurogen_abm.film import replay as replay_module
from neurogen_abm.film.page import FORMAT
from neurogen_abm.film.pair import common_intervals, require_alike
from neurogen_abm.film.replay import film_page
from neurogen_abm.memory import MemoryShortage
from neurogen_abm.run import Result, prepare
from neurogen_abm.scene import lived
from neurogen_abm.scene.cells import drawn_cells, keys, unpacked
from neurogen_abm.scene.film import Reel, intervals
from neurogen_abm.scene.lived import live_again
from neurogen_abm.scene.scene import scene
from neurogen_abm.serve import script
from neurogen_abm.serve.payload.payloads import organ_block, section_block, tissue_block
from neurogen_abm.storage import run_directory

WHEEL = {"kind": "wheel", "distance": "6 km/d", "start": "2 d", "end": "5 d"}
INFUSION = {"signal": "bdnf", "route": "systemic", "rate": "10 ng/h"}
KNOCK_OUT = {"signal": "bdnf", "source": "niche"}
BRDU = {"agent": "BrdU", "dose": "150 mg/kg", "at": "3 d"}


@pytest.fixture(scope="module")
def saved(tmp_path_factory, patch) -> Result:
    """A runner of nine days who rests at the end, and is given BrdU, in a directory of its own."""
    scenario = patch((300.0, 200.0), duration="9 d", activity=[WHEEL], labels=[BRDU], title="A short <b>run</b>")
    return run(scenario).save(tmp_path_factory.mktemp("replay") / "animal")


@pytest.fixture(scope="module")
def page(saved) -> str:
    return film_page([saved])


def counts_of(series, time_h):
    row = series.loc[np.isclose(series["time_h"], time_h)].iloc[0]
    return [int(row[f"n_{name}"]) for name in STATES]


@pytest.mark.parametrize("every_h", [1.0, 6.0, 24.0])
def test_a_film_holds_the_cells_that_the_model_had(saved, every_h):
    reels: list[Reel] = []
    seen = []

    def see(model):
        if not reels:
            reels.append(Reel(model, every_h))
        if reels[0].take(model):
            cells = drawn_cells(model.world)
            u, v, layer = ((at // model.world.grid.pitch_um).astype(int) for at in cells.places)
            column, kind = v * model.world.grid.n_u + u, layer * 16 + cells.state
            seen.append(sorted(zip(column.tolist(), kind.tolist(), strict=True)))

    live_again(saved, see)
    moments = list(reels[0].moments())
    assert [moment.time_h for moment in moments] == list(np.arange(0.0, 216.1, every_h))
    for moment, cells in zip(moments, seen, strict=True):
        assert moment.counts.tolist() == counts_of(saved.series, moment.time_h)
        assert sorted(zip(moment.column.tolist(), moment.kind.tolist(), strict=True)) == cells
    assert len({slot for moment in moments for slot in moment.slot.tolist()}) == reels[0].n_slots > 700


def numbers(planes):
    return np.ascontiguousarray(planes.T).view("<i4").ravel().astype(np.int64)


def decoded(page: str, arm: int = 0):
    """Read a page as docs/replay.md says: header, arrays of a life, and its counts by state at every moment."""
    packed = re.search(r'id="packed-film">([^<]+)<', page)[1]
    header, all_arrays = unpack(gzip.decompress(base64.b64decode(packed)))
    arrays = {name: array for (name, whose), array in all_arrays.items() if whose == arm}
    known = header["arms"][arm]["begins_as"]
    went, changed = numbers(arrays["went"]), numbers(arrays["changed"])
    first = all_arrays["kind", known][: all_arrays["sizes", known][0, 0]] if known is not None else []
    kind = {slot: int(code) for slot, code in enumerate([*first, *arrays["kind"]])}
    n, at, there, found = 0, {"went": 0, "changed": 0}, set(), []
    for came, gone, other, _ in arrays["sizes"].tolist():
        there |= set(range(n, n + came))
        n += came
        there -= set(np.cumsum(went[at["went"] : at["went"] + gone]).tolist())
        rows = slice(at["changed"], at["changed"] + other)
        for slot, code in zip(np.cumsum(changed[rows]).tolist(), arrays["kinds"][rows].tolist(), strict=True):
            kind[slot] ^= code
        at = {"went": at["went"] + gone, "changed": at["changed"] + other}
        found.append(np.bincount([kind[slot] & 15 for slot in there], minlength=len(STATES)).tolist())
    return header, arrays, found


def test_a_page_decodes_to_the_counts_of_the_series(saved, page):
    header, arrays, counts = decoded(page)
    assert len(counts) == 217
    for time_h, count in zip(arrays["times_h"], counts, strict=True):
        assert count == counts_of(saved.series, time_h)
    assert header["format"] == FORMAT
    assert len(arrays["developmental"]) == 217


def test_what_stands_still_is_that_of_the_protocol_to_a_part_of_a_um(saved, page):
    """Organ, sections and levels are unpacked again as film.js does it."""
    header, arrays, _ = decoded(page)
    model = prepared(saved)
    middle = header["sections_um"][3]
    sent = {"organ": organ_block(model), "section3": section_block(model, middle), "tissue": tissue_block(model)}
    errors = {"table": [1 / 16] * 3 + [1 / 2048] * 3, "curve": [1 / 128, 1 / 128, 1 / 16384], "still": [1 / 8, 1 / 8]}
    for block, bytes_ in sent.items():
        for (name, _), true in unpack(bytes_)[1].items():
            how = header["arms"][0]["blocks"][block]["arrays"][name]
            found = arrays[f"{block}/{name}"]
            if "parts" in how:
                found = numbers(found).reshape(-1, len(how["parts"]))
                for _ in range(how["order"]):
                    found = np.cumsum(found, axis=0)
                found, true = found / how["parts"], true.reshape(-1, len(how["parts"]))
                if name == "still":
                    true = true[np.lexsort(true.T[::-1])]
                assert (abs(found - true) <= np.array(errors[name]) + 1e-4).all()
            else:
                assert np.array_equal(found.reshape(how["shape"]), true)
    level = arrays["local"][0] + arrays["vascular"][0] * arrays["pattern"]
    assert level == pytest.approx(model.model.world.level, rel=1e-6)


def test_places_are_held_to_a_sixteenth_of_a_site(saved, page):
    _, arrays, _ = decoded(page)
    world = prepared(saved).model.world
    alive = world.population.living()
    packed = np.sort(keys(alive.id, alive.site, alive.state, world.grid.n_columns))
    true = unpacked(packed)["place"].ravel()
    held = arrays["place"][: len(true) // 2]
    found = np.stack([held & 15, held >> 4], axis=1).ravel() * 16 + 8
    assert abs(found - true[: len(found)].astype(int)).max() <= 8


class Prepared(NamedTuple):
    model: NeurogenesisModel


def prepared(result) -> Prepared:
    return Prepared(NeurogenesisModel(result.resolved))


@pytest.fixture(scope="module")
def twin(patch) -> Result:
    """The same animal without its wheel."""
    return run(patch((300.0, 200.0), duration="9 d", labels=[BRDU], title="At rest"))


def test_two_lives_in_one_film_count_as_both_runs(saved, twin, tmp_path):
    page = replay(saved, tmp_path / "both.html", beside=twin).read_text()
    for arm, result in enumerate((saved, twin)):
        header, arrays, counts = decoded(page, arm)
        assert counts == [counts_of(result.series, 1.0 * k) for k in range(217)]
    assert header["arms"][1]["begins_as"] == 0  # twins: the cells of the first moment are there once
    assert header["arms"][1]["blocks"] == {}
    assert arrays["sizes"][0, 0] > 0
    assert [arm["name"] for arm in header["arms"]] == ["A short <b>run</b>", "At rest"]
    assert {mark["text"] for mark in header["bookmarks"]} >= {"BrdU given", "A: running starts"}
    assert "A and B are twins (seed 1)" in page
    assert "What differs: activity[0]" in page


def test_two_animals_of_different_seeds_are_said_to_be_so(saved, patch):
    own = {"activity": [WHEEL], "labels": [BRDU], "title": saved.resolved.scenario.title}
    other = run(patch((300.0, 200.0), duration="9 d", seed=2, **own))
    page = film_page([saved, other], 72.0)
    assert "A has seed 1 and B seed 2: two animals that differ by chance as well." in page
    header, _, counts = decoded(page, 1)
    assert header["arms"][1]["begins_as"] is None
    assert counts == [counts_of(other.series, 72.0 * k) for k in range(4)]
    assert "A short &lt;b&gt;run&lt;/b&gt;, seed 2" in page


@pytest.mark.parametrize(
    ("change", "said", "cure"),
    [
        (
            {"tissue": {"septotemporal_um": 200.0, "transverse_um": 200.0}},
            "no common sheet (tissue: 300",
            "Give both one",
        ),
        ({"species": "rat"}, "no common sheet (species: mouse, and rat)", "animals of one species"),
        (
            {"duration_h": 48.0},
            "not equally long: 9 d and 2 d",
            'Run the second (animal) again, with overrides={"duration": "9 d"}',
        ),
        ({"duration_h": 216.0004}, "not equally long: 9 d and 216.0004 h", 'overrides={"duration": "9 d"}'),
        (
            {"clock": {"start_min": 720.0}},
            "The runs begin at 07:00 and at 12:00",
            'Run the second (animal) again, with overrides={"clock.start": "07:00"}',
        ),
        ({}, "Both are the same animal", "another scenario or seed"),
    ],
)
def test_lives_without_a_common_sheet_or_time_are_refused_before_any_is_lived(
    saved, tmp_path, monkeypatch, change, said, cure
):
    monkeypatch.setattr(replay_module, "live_again", lambda *_: pytest.fail("lived"))
    scenario = saved.resolved.scenario
    for name, value in change.items():
        part = getattr(scenario, name)
        new = part.model_copy(update=value) if isinstance(value, dict) else value
        scenario = scenario.model_copy(update={name: new})
    other = replace(saved, resolved=replace(saved.resolved, scenario=scenario))
    with pytest.raises(InputError) as told:
        replay(saved, tmp_path / "film.html", beside=other)
    assert told.value.where == "beside"
    assert said in told.value.what
    assert cure in told.value.cure
    assert not list(tmp_path.iterdir())


def test_the_second_run_can_be_made_as_long_as_the_first(patch):
    """Days to six digits would not be a whole number of steps."""
    resolved = [prepare(patch((300.0, 200.0), duration=duration)) for duration in ("241 h", "240 h")]
    with pytest.raises(InputError, match="not equally long: 241 h and 10 d") as told:
        require_alike(*(Result(*[None] * 4, one, {}) for one in resolved))
    (again,) = re.findall('"duration": "([^"]+)"', told.value.cure)
    assert told.value.cure == f'Run the second again, with overrides={{"duration": "{again}"}}.'
    assert prepare(resolved[1], overrides={"duration": again}).scenario.duration_h == 241.0


def test_runs_recorded_at_unlike_times_meet_at_the_multiples_of_both(patch):
    each = [
        run(patch((300.0, 200.0), duration="72 h", outputs={"cadence": cadence}, title=cadence))
        for cadence in ("5 h", "7 h")
    ]
    text = film_page(each)
    for arm, result in enumerate(each):
        _, arrays, counts = decoded(text, arm)
        times = arrays["times_h"].tolist()
        assert times == [0.0, 35.0, 70.0, 72.0]
        assert counts == [counts_of(result.series, time_h) for time_h in times]
    assert "One moment every 35 h" in text


def test_times_of_two_runs_are_those_of_both():
    def times(*cadences, duration="28 d", most=1000, **finer):
        ran = [
            prepare("mouse_sedentary", overrides={"duration": duration, "outputs.cadence": h} | finer) for h in cadences
        ]
        return common_intervals([one.scenario for one in ran], most)

    assert times("1 h", "7 h") == [7.0, 14.0, 28.0, 56.0, 112.0, 168.0, 336.0]
    assert times("1 h", "7 h", most=50) == [14.0, 28.0, 56.0, 112.0, 168.0, 336.0]
    assert times("1 h", "7 h", duration="80 h") == [7.0, 14.0, 28.0]
    assert times("10 min", "10 min", duration="2 d", step="10 min")[0] == 1.0
    assert times("5 h", "7 h", duration="40 h") == [35.0]
    assert times("1 h", "6 h")[0] == 6.0
    with pytest.raises(InputError, match="nothing in common before 35 h, and last 34 h") as told:
        times("5 h", "7 h", duration="34 h")
    assert told.value.cure == "Run the second again with the `outputs: {cadence: 5 h}` of the first."


def test_what_the_animals_do_is_told_before_clocks_and_numbers():
    wheel = {"kind": "recording", "file": "mouse_wheel_hourly.csv", "animal": "F20404F", "metres_per_count": "0.35 m"}
    changes = {"activity": [wheel], "clock.lights_on": "06:00", "clock.lights_off": "18:00"}
    rest = prepare("mouse_sedentary")
    other = prepare("mouse_sedentary", overrides=changes)
    (said,) = pair._differing([Result(*[None] * 4, one, {}) for one in (rest, other)])
    assert said.startswith("What differs: activity[0].kind: none in A, recording in B; activity[0].file: none in A, ")
    both = prepare(other, overrides={"pathway": "combined", "infusions": [INFUSION], "knock_outs": [KNOCK_OUT]})
    (said,) = pair._differing([Result(*[None] * 4, one, {}) for one in (rest, both)])
    told = re.findall(r"(?:: |; )([\w.\[\]]+): ", said)
    what = ["activity[0].kind", "activity[0].file", "knock_outs[0].signal", "infusions[0].signal", "pathway"]
    assert told == what
    assert re.search(r"; and \d+ entries more, which `neurogen diff` lists\.$", said)


def test_a_branch_is_refused_before_either_is_lived(saved, tmp_path, monkeypatch):
    monkeypatch.setattr(replay_module, "live_again", lambda *_, **__: pytest.fail("lived"))
    scenario = saved.resolved.scenario.model_copy(update={"seed": 2})
    branch = replace(
        saved,
        resolved=replace(saved.resolved, scenario=scenario),
        provenance=saved.provenance | {"branched": [{"run": "old", "day": 2.0}]},
        directory=tmp_path / "branch",
    )
    with pytest.raises(InputError, match="Until day 2 this is the life of old") as told:
        replay(saved, tmp_path / "film.html", beside=branch)
    assert told.value.where == str(tmp_path / "branch")
    assert not list(tmp_path.iterdir())


def test_memory_is_asked_for_both_before_either_is_lived(saved, twin, tmp_path, monkeypatch):
    monkeypatch.setattr(replay_module, "live_again", lambda *_, **__: pytest.fail("lived"))
    asked = []

    def refuse(resolved):
        asked.append(resolved)
        if resolved is twin.resolved:
            raise MemoryShortage("too little")

    monkeypatch.setattr(lived, "require_memory", refuse)
    with pytest.raises(MemoryShortage):
        replay(saved, tmp_path / "film.html", beside=twin)
    assert asked == [saved.resolved, twin.resolved]


def test_the_first_animal_is_gone_when_the_second_lives(saved, twin, monkeypatch):
    """Memory is asked for one."""
    known, there = [], []

    def spied(*args, **how):
        there.append([model() is not None for model in known])
        model = live_again(*args, **how)
        known.append(weakref.ref(model))
        return model

    monkeypatch.setattr(replay_module, "live_again", spied)
    film_page([saved, twin], 72.0)
    assert there == [[], [False]]


def test_a_directory_of_many_animals_names_the_way_to_a_film(tmp_path):
    (tmp_path / "ledger.sqlite").touch()
    with pytest.raises(InputError, match="tables of many animals") as told:
        replay(tmp_path, tmp_path / "film.html")
    assert "beside=other" in told.value.cure


def test_bookmarks_say_what_happened_and_when(saved, page):
    marks = {mark["text"]: mark["day"] for mark in decoded(page)[0]["bookmarks"]}
    assert 2.0 < marks.pop("running starts") < 3.0
    assert 4.0 < marks.pop("running ends") <= 5.1
    assert marks.pop("BrdU given") == 3.0
    assert marks == {}  # no neuron born in nine days is in the network yet


def test_a_page_stands_alone_and_is_strict(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert "default-src &#39;none&#39;" in policy
    assert "unsafe" not in policy
    assert len(re.findall("sha256-", policy)) == 2
    assert not re.search(r'\b(src|href)="(?!#icon|data:,)', page)
    assert "A short &lt;b&gt;run&lt;/b&gt;" in page
    assert len(page) < 1_000_000
    shown = set(re.findall(r'\sid="([\w-]+)"', page))  # the maps of the live page, without what only a life has
    assert {"maps", "map-grid", "view-organ"} <= shown
    assert not shown & {"stop", "look-for", "effect", "asked", "tour"}
    assert not re.search(r"\b(from|import)\s+[\"']\./", page)


def test_the_same_run_gives_the_same_page(saved, page):
    assert film_page([saved]) == page


def test_a_film_that_does_not_fit_is_thinned_and_says_so(saved, page):
    smaller = film_page([saved], largest=len(page) - 100)
    assert len(smaller) < len(page) - 100
    assert "Moments every 1 h would not have fitted" in smaller
    assert 5 < len(decoded(smaller)[2]) < 217
    with pytest.raises(InputError, match="too large for a film on one page, even with one moment in") as told:
        film_page([saved], largest=1_000)
    assert "patch of tissue" in told.value.cure


def test_the_interval_is_one_that_the_run_was_recorded_with(saved, tmp_path):
    found = replay(saved, tmp_path / "a.html", every="1 d")
    assert len(decoded(found.read_text())[2]) == 10
    for every, cure in (("90 min", "Choose 2 h"), ("7 parsec", "Did you mean"), ("20 d", "Choose 216 h"), ("0 h", "")):
        with pytest.raises(InputError) as told:
            replay(saved, tmp_path / "b.html", every=every)
        assert told.value.where == "every"
        assert cure in told.value.cure
    assert [file.name for file in tmp_path.iterdir()] == ["a.html"]


def test_the_last_moment_is_the_end_of_the_run(patch):
    short = run(patch((300.0, 200.0), duration="30 h"))
    counts = decoded(film_page([short], 24.0))[2]
    assert len(counts) == 3
    assert counts[-1] == counts_of(short.series, 30.0)


def test_intervals_are_multiples_of_the_cadence(patch):
    scenario = prepare(patch(duration="400 d", outputs={"cadence": "6 h"})).scenario
    assert intervals(scenario, 1000) == [12.0, 24.0, 48.0, 96.0, 168.0, 336.0, 672.0]
    assert intervals(scenario, 10) == [960.0]


def test_what_exists_is_kept_and_nothing_is_lived_for_it(saved, tmp_path, monkeypatch):
    file = tmp_path / "film.html"
    file.write_text("mine")
    monkeypatch.setattr(replay_module, "live_again", lambda *_: pytest.fail("lived"))
    with pytest.raises(InputError, match="exists and is not overwritten"):
        replay(saved, file)
    with pytest.raises(InputError, match="part of the results"):
        replay(saved, saved.directory / "series.parquet", force=True)
    assert file.read_text() == "mine"


def test_damaged_newer_and_foreign_runs_are_refused(saved, tmp_path, monkeypatch):
    damaged = tmp_path / "damaged"
    shutil.copytree(saved.directory, damaged)
    content = bytearray((damaged / "series.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (damaged / "series.parquet").write_bytes(content)
    with pytest.raises(IntegrityError, match="damaged"):
        replay(damaged)
    with pytest.raises(InputError, match="not a run directory"):
        replay(tmp_path)
    monkeypatch.setattr(run_directory, "FORMAT", 2)
    with pytest.raises(InputError, match="has format 1; this version of neurogen_abm reads format 2"):
        replay(saved.directory, tmp_path / "film.html")
    assert [file.name for file in tmp_path.iterdir()] == ["damaged"]


def test_a_run_that_comes_out_otherwise_names_both_versions(saved, tmp_path):
    series = saved.series.copy()
    series.loc[100, "births"] += 1
    other = replace(saved, series=series, provenance=saved.provenance | {"software": {"neurogen_abm": "0.0.9"}})
    with pytest.raises(InputError, match=r"other numbers: neurogen_abm 0\.0\.9 with catalogue \w{12} made it") as told:
        replay(other, tmp_path / "film.html")
    assert told.value.code == "other-version"
    assert not list(tmp_path.iterdir())


def test_scripts_are_put_into_one_without_a_second_copy():
    whole = script.bundled("replay.js")
    assert not re.search(r"^\s*(import|export)\b", whole, re.M)
    order = re.findall(r"^const \$(\w+) = ", whole, re.M)
    assert order[-1] == "replay"
    assert order.index("scene") < order.index("gl_painter") < order.index("map") < order.index("panels")
    assert len(order) == len(set(order))


def test_a_form_of_export_that_is_not_known_is_refused(monkeypatch):
    monkeypatch.setattr(script, "static_text", lambda name: "export default 3;\n")
    with pytest.raises(ValueError, match="export default 3"):
        script.bundled.__wrapped__("any.js")


def test_the_command_writes_beside_the_run(saved, neurogen, tmp_path):
    told = neurogen("replay", str(saved.directory), "--every", "3 d")
    film = saved.directory.with_name("animal-replay.html")
    assert (told.code, told.out) == (0, f"Film    {film} ({film.stat().st_size / 1e6:.1f} MB)\n")
    again = neurogen("replay", str(saved.directory))
    assert again.code == 2
    assert "--force" in again.err
    wrong = neurogen("replay", str(saved.directory), "--every", "90 min", "--out", "b.html")
    assert wrong.code == 2
    assert wrong.err.startswith("neurogen: --every: A film needs a whole number of times 1 h")
    assert not (tmp_path / "b.html").exists()


def test_scripts_go_in_without_comments_and_mean_the_same():
    text = "/** why\n * and how */\n  const a = 'x // y'; /* kept */\n// gone\n\tb /* not\n  a comment line */ ();\n"
    assert script.lean(text) == "const a = 'x // y'; /* kept */\nb /* not\na comment line */ ();\n"


def test_the_film_that_comes_with_the_page_is_one_of_this_version():
    """It is small, plays two weeks, and its scene is that of today: after a change of it the film is made anew."""
    place = shipped.PLACE
    assert place.stat().st_size <= shipped.LARGEST_BYTES
    header, arrays = unpack(gzip.decompress(place.read_bytes()))
    assert header["format"] == FORMAT
    today = json.loads(json.dumps(scene()))
    assert {key: header["scene"][key] for key in today if key != "colourings"} == {
        key: today[key] for key in today if key != "colourings"
    }
    assert arrays["times_h", 0][-1] == shipped.UNTIL_H
    sizes = arrays["sizes", 0]
    assert (sizes[:, 0].sum() - sizes[:, 1].sum()) > 50_000  # a whole gyrus
    assert len(arrays["came", 0].T) == sizes[:, 0].sum()
