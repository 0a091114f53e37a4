"""Names of files and in files: which become names of folders, which are the same, and from where they are found."""

import os
import unicodedata
from pathlib import Path

import pytest

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.studies.study import plan
from neurogen_abm.experiments.sweep.sweep import checked
from neurogen_abm.provenance import recordings_of
from neurogen_abm.spec.fields import as_id
from neurogen_abm.spec.names import as_spelt, composed
from neurogen_abm.spec.scenario.scenario import load_scenario, prepare
from neurogen_abm.spec.study.study import load_study
from neurogen_abm.spec.sweep import load_sweep

BODY = "duration: 1 d\ntissue: {septotemporal: 300 um, transverse: 300 um}\n"
HOURS = "".join(f"2024-03-{1 + h // 24:02d}T{h % 24:02d}:00,{{n}}\n" for h in range(48))
APART, TOGETHER = (unicodedata.normalize(form, "Zoë") for form in ("NFD", "NFC"))


def recording(place: Path, n: int = 300) -> Path:
    """Write two days of a wheel."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("start,wheel_counts\n" + HOURS.format(n=n))
    return place


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("my mouse.yaml", "my_mouse"),
        (".hidden.yaml", "hidden"),
        ("CON.yaml", "CON_"),
        ("nul.week.yaml", "nul_.week"),
        ("a..yaml", "a"),
        ("-x-.yaml", "x-"),
        ("Läufer, Woche 2.yaml", "Laufer__Woche_2"),
        (f"{'a' * 80}.yaml", "a" * 64),
        ("7 km.yaml", "7_km"),
        ("мышь 3.yaml", "3"),
        ("mice (copy).yaml", "mice__copy_"),
    ],
)
def test_a_name_is_made_of_that_of_the_file(tmp_path: Path, file: str, name: str) -> None:
    (tmp_path / file).write_text(BODY)
    assert load_scenario(tmp_path / file).name == name


@pytest.mark.parametrize("file", ["мышь.yaml", "鼠.yaml", "___.yaml", "....yaml"])
def test_a_name_is_asked_for_where_none_can_be_made(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text(BODY)
    with pytest.raises(InputError, match="has no `name`, and none can be made") as caught:
        load_scenario(tmp_path / file)
    assert caught.value.code == "no-name"
    assert caught.value.where.endswith(file)
    (tmp_path / file).write_text(f"name: mouse\n{BODY}")
    assert load_scenario(tmp_path / file).name == "mouse"


def test_every_name_that_is_made_can_be_used() -> None:
    for text in (*map(chr, range(32, 1200)), "COM1", "lpt9.x", ".", "..", "con.", "Ⅷ", "é" * 70, "aux" * 40):
        if made := as_id(f"{text}"):
            assert load_scenario({"name": made, "duration": "1 d"}).name == made


def test_accents_apart_and_composed_are_one_text(tmp_path: Path) -> None:
    assert APART != TOGETHER
    assert composed(APART) == TOGETHER
    for text in (APART, TOGETHER):
        (tmp_path / "a.yaml").write_text(f"title: {text}\n{BODY}")
        assert load_scenario(tmp_path / "a.yaml").title == TOGETHER
        assert load_scenario({"name": "a", "duration": "1 d", "title": text}).title == TOGETHER
        assert load_scenario({"name": "a", "duration": "1 d"}, {"title": text}).title == TOGETHER


@pytest.mark.parametrize(("there", "asked"), [(APART, TOGETHER), (TOGETHER, APART)])
def test_files_are_found_however_their_accents_are_stored(tmp_path: Path, there: str, asked: str) -> None:
    (tmp_path / there).mkdir()
    recording(tmp_path / there / f"{there}.csv")
    block = f"activity: [{{kind: recording, file: {asked}.csv, metres_per_count: 0.3 m}}]\n"
    (tmp_path / there / f"{there}.yaml").write_text(f"name: z\n{BODY}{block}")
    assert as_spelt(tmp_path / asked) == tmp_path / there
    found = prepare(tmp_path / asked / f"{asked}.yaml")
    assert list(recordings_of(found)[1]) == [f"{TOGETHER}.csv"]


SWEEP = """\
name: own
scenario: {base}
set:
  duration: 1 d
  tissue: {{septotemporal: 300 um, transverse: 300 um}}
  activity: [{{kind: recording, file: {file}, metres_per_count: 0.3 m}}]
axes: {{age: [8 wk, 10 wk]}}
seeds: 2
"""


def test_a_recording_beside_a_sweep_of_a_shipped_scenario_is_found(tmp_path: Path) -> None:
    recording(tmp_path / "mouse.csv")
    (tmp_path / "sweep.yaml").write_text(SWEEP.format(base="mouse_sedentary", file="mouse.csv"))
    jobs = checked(load_sweep(tmp_path / "sweep.yaml"))
    assert len(jobs) == 4
    assert all(list(recordings_of(job.resolved)[1]) == ["mouse.csv"] for job in jobs)


def test_what_a_file_names_is_found_from_that_file(tmp_path: Path) -> None:
    """The scenario lies elsewhere and has a recording of the same name: the sweep means its own."""
    there, here = recording(tmp_path / "base" / "mouse.csv", 100), recording(tmp_path / "sweeps" / "mouse.csv", 200)
    block = "activity: [{kind: recording, file: mouse.csv, metres_per_count: 0.3 m}]\n"
    (tmp_path / "base" / "runner.yaml").write_text(BODY + block)
    (tmp_path / "sweeps" / "s.yaml").write_text(SWEEP.format(base="../base/runner.yaml", file="mouse.csv"))
    own = prepare(tmp_path / "base" / "runner.yaml")
    assert recordings_of(own)[1]["mouse.csv"] == there.read_bytes()
    swept = checked(load_sweep(tmp_path / "sweeps" / "s.yaml"))[0].resolved
    assert recordings_of(swept)[1]["mouse.csv"] == here.read_bytes()
    assert recordings_of(prepare(swept, 7, {"age": "9 wk"}))[1]["mouse.csv"] == here.read_bytes()
    assert recordings_of(prepare(swept, 7, {"activity": [dict(b) for b in (RECORDED,)]}))[1] == {
        "mouse.csv": there.read_bytes()
    }


RECORDED = {"kind": "recording", "file": "mouse.csv", "metres_per_count": "0.3 m"}


def test_two_recordings_of_one_name_in_one_run_are_refused(tmp_path: Path) -> None:
    recording(tmp_path / "base" / "mouse.csv", 100)
    recording(tmp_path / "sweeps" / "mouse.csv", 200)
    block = "{kind: recording, file: mouse.csv, metres_per_count: 0.3 m, start: 0 d}"
    (tmp_path / "base" / "runner.yaml").write_text(f"{BODY}activity: [{block}, {block}]\n")
    scenario = load_scenario(
        tmp_path / "base" / "runner.yaml", {"activity[1].file": "mouse.csv"}, folder=tmp_path / "sweeps"
    )
    with pytest.raises(InputError, match=r"^activity\[1\]\.file: Two different recordings of this run"):
        recordings_of(prepare(scenario))


def test_a_recording_beside_a_study_is_found(tmp_path: Path) -> None:
    recording(tmp_path / "mouse.csv")
    arm = "activity: [{kind: recording, file: mouse.csv, metres_per_count: 0.3 m}]"
    (tmp_path / "own.yaml").write_text(
        "reference: {citation: made up, doi: null}\nbase: mouse_sedentary\n"
        "changes: {duration: 1 d, tissue: {septotemporal: 300 um, transverse: 300 um}}\n"
        f"arms: {{control: {{}}, runner: {{{arm}}}}}\nanimals: 2\n"
        "expectations: [{name: more, kind: bound, tier: B, role: test, source: made up, read: births, at: 1 d, "
        "arm: runner, over: control, gt: 1}]\n"
    )
    jobs = plan(load_study(tmp_path / "own.yaml")).jobs["runner"]
    assert list(recordings_of(jobs[0].resolved)[1]) == ["mouse.csv"]


def test_a_catalogue_beside_a_sweep_is_found(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "lineage.yaml").write_text("stem: {active_pause: {note: mine}}\n")
    (tmp_path / "s.yaml").write_text(
        "name: s\nscenario: mouse_sedentary\nset: {catalogue: own, duration: 1 d, "
        "tissue: {septotemporal: 300 um, transverse: 300 um}}\naxes: {age: [8 wk]}\n"
    )
    found = checked(load_sweep(tmp_path / "s.yaml"))[0].resolved
    assert found.parameters["lineage.stem.active_pause"].note == "mine"


def test_a_link_to_a_scenario_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.yaml").write_text(BODY)
    os.symlink(tmp_path / "real" / "a.yaml", tmp_path / "mine.yaml")
    assert load_scenario(tmp_path / "mine.yaml").name == "mine"
