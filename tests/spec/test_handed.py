"""A table of pandas, a path or an absolute path is a recording, and is kept like one in a file beside the scenario."""

import doctest
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neurogen_abm
from neurogen_abm import InputError, Result
from neurogen_abm.provenance import recordings_of
from neurogen_abm.spec import handed
from neurogen_abm.spec.scenario.load import load_scenario
from neurogen_abm.spec.scenario.scenario import prepare

SMALL = {
    "name": "small",
    "duration": "1 d",
    "age": "60 d",
    "tissue": {"septotemporal": "150 um", "transverse": "100 um"},
    "parameters": {"lineage.stem.longest_history": {"value": "1 d", "why": "quick"}},
}
HOURS = pd.date_range("2024-03-01", periods=48, freq="h")
COUNTS = np.where((HOURS.hour < 7) | (HOURS.hour >= 19), 300, 0)
TABLE = pd.DataFrame({"start": HOURS, "wheel_counts": COUNTS})


def replaying(file, **block):
    return SMALL | {"activity": [{"kind": "recording", "file": file, **block}]}


@pytest.fixture
def mouse(tmp_path):
    file = tmp_path / "mouse.csv"
    TABLE.to_csv(file, index=False)
    return file


def metres(scenario):
    return neurogen_abm.NeurogenesisModel(scenario).muscle.schedule.distance_m


def test_a_table_a_path_and_a_file_are_one_activity(mouse):
    beside = mouse.with_name("mouse.yaml")
    beside.write_text(prepare(replaying(mouse)).scenario.to_yaml())
    ways = [beside, replaying(TABLE), replaying(TABLE.set_index("start")), replaying(mouse), replaying(str(mouse))]
    first, *others = map(metres, ways)
    assert first.sum() == pytest.approx(12 * 300 * 0.35, rel=0.01)
    assert all((first == other).all() for other in others)


def test_a_relative_path_counts_from_where_one_is(mouse, monkeypatch):
    monkeypatch.chdir(mouse.parent)
    assert prepare(replaying(Path("mouse.csv"))).recordings_from(0) == mouse.parent


def test_provenance_keeps_content_and_digest_of_a_table(tmp_path):
    result = neurogen_abm.run(replaying(TABLE))
    ((name, content),) = result.recordings.items()
    assert content.decode() == TABLE.to_csv(index=False)
    assert result.provenance["recordings"] == {name: hashlib.sha256(content).hexdigest()}
    kept = Result.load(result.save(tmp_path / "run").directory)
    handed._folder.cache_clear()  # as in another process, to whom the table is nothing
    again = neurogen_abm.run(kept.resolved)
    assert again.series.equals(result.series)
    assert kept.recordings == result.recordings


def test_other_content_is_another_activity():
    one, other = (prepare(replaying(table)) for table in (TABLE, TABLE.assign(wheel_counts=COUNTS + 1)))
    assert one.digest != other.digest
    assert prepare(replaying(TABLE.copy())).digest == one.digest


def test_a_change_may_hand_over_a_recording(mouse):
    blocks = replaying(mouse)["activity"]
    for changes in ({"activity": blocks}, {"activity": [{"kind": "recording", "file": str(mouse)}]}):
        assert recordings_of(prepare("mouse_sedentary", None, changes))[1] == {"mouse.csv": mouse.read_bytes()}
    other = prepare(prepare(replaying(TABLE)), None, {"activity[0].file": mouse})
    assert list(recordings_of(other)[0]) == ["mouse.csv"]
    assert list(recordings_of(prepare(other, 7))[0]) == ["mouse.csv"]


def test_a_sweep_takes_tables():
    axes = {"activity": {"values": [replaying(TABLE)["activity"], []], "labels": ["ran", "rested"]}}
    base = SMALL | {"clock": {"start": "00:00"}}
    plan = {"name": "s", "scenario": base, "axes": axes, "keep": {"series": ["distance_km"], "at": ["end"]}}
    found = neurogen_abm.sweep(plan, workers=0)
    assert list(found.series["distance_km"]) == pytest.approx([1.26, 0], rel=0.01)


def test_a_worker_finds_a_table(tmp_path):
    """Jobs travel to other processes of the machine by name and folder."""
    import pickle

    from neurogen_abm.experiments.execution.job import Job

    job = pickle.loads(pickle.dumps(Job.of(prepare(replaying(TABLE)))))
    assert recordings_of(job.resolved)[0] == recordings_of(prepare(replaying(TABLE)))[0]


def test_a_file_may_not_lead_anywhere_else(mouse, tmp_path):
    """Who sends a scenario does not say what of the reader's disk it takes."""
    scenario = tmp_path / "sent" / "scenario.yaml"
    scenario.parent.mkdir()
    scenario.write_text(prepare(replaying(mouse)).scenario.to_yaml().replace("mouse.csv", f'"{mouse}"'))
    with pytest.raises(InputError, match="outside the folder"):
        load_scenario(scenario)
    sweep = tmp_path / "sent" / "sweep.yaml"
    sweep.write_text(
        "schema: 1\nscenario: mouse_sedentary\naxes: {age: [8 wk]}\n"
        f'set: {{activity: [{{kind: recording, file: "{mouse}"}}]}}\n'
    )
    with pytest.raises(InputError, match="outside the folder"):
        neurogen_abm.sweep(sweep, workers=0)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (Path("/nowhere/mouse.csv"), r"^activity\[0\].file: There is no file /nowhere/mouse.csv"),
        ("/nowhere/mouse.csv", r"^activity\[0\].file: There is no file /nowhere/mouse.csv"),
        (5, "5 is not text"),
        (TABLE.rename(columns={"start": "when"}), "belong to no known format"),
        (TABLE.rename(index=str), "index of the table has no name.*reset_index"),
        (TABLE.set_index("start", drop=False), 'has a column "start" and an index.*Drop one'),
        (TABLE.iloc[:0], "no samples"),
    ],
)
def test_what_cannot_be_a_recording_is_refused(file, says):
    with pytest.raises(InputError, match=says):
        neurogen_abm.run(replaying(file))


def test_rows_that_were_picked_keep_their_counting_index_out():
    assert handed.as_file(TABLE[TABLE["wheel_counts"] > 0]).read_text().startswith("start,wheel_counts\n")


def test_a_table_is_described_as_a_file_is(mouse):
    one, other = neurogen_abm.recording(TABLE), neurogen_abm.recording(mouse)
    assert one.table() == other.table()
    assert "<table>" in one._repr_html_()


def test_examples():
    assert doctest.testmod(handed).failed == 0
