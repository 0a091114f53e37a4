"""Files of devices in a run: what they become, workouts on their days, and what a run keeps of them."""

import json
import re

import look_alikes
import numpy as np
import pytest
from look_alikes import crlf, minutes

import neurogen_abm
from neurogen_abm.activity.recordings.register import kept_content, read_recording, recording_digest
from neurogen_abm.activity.run_context import ActivityError
from neurogen_abm.cli import main
from neurogen_abm.errors import InputError
from neurogen_abm.provenance import recordings_of
from neurogen_abm.spec.scenario.scenario import load_scenario, prepare


@pytest.fixture
def replayed(schedule, tmp_path):
    """Return a function that replays a file of bytes and returns the schedule."""

    def replay(
        content: bytes, species: str = "human", length: float = 1 / 24, clock: int = 0, age: float = 40.0, **said
    ):
        (tmp_path / "file").write_bytes(content)
        entry = {"kind": "recording", "file": "file", **said}
        return schedule(entry, species=species, days=length, clock_start_min=clock, base_dir=tmp_path, age_years=age)

    return replay


def actigraph(counts: list[float], start: str = "00:00:00") -> bytes:
    """Return an ActiGraph file of minutes."""
    content = look_alikes.actigraph_csv().content.decode().replace("00:00:15", "00:01:00").replace("09:00:00", start)
    head = content.split("\r\n")[:10]
    return crlf(*head, *(f"{count},0,0" for count in counts))


class TestConversions:
    """By hand: METmax is 40/3.5; intensity is (MET - 1)/(METmax - 1)."""

    @staticmethod
    def intensity(met: float) -> float:
        return (met - 1.0) / (40.0 / 3.5 - 1.0)

    def test_counts_of_an_actigraph(self, replayed):
        run = replayed(actigraph([0.0, 99.0, 1952.0, 5725.0] + [0.0] * 56))
        met = [1.0, 1.0, 1.439008 + 0.000795 * 1952, 1.439008 + 0.000795 * 5725]
        assert met[2:] == pytest.approx([2.99, 5.99], abs=0.005)  # the authors' cut-points of 3 and 6 METs
        np.testing.assert_allclose(run.intensity[:4], [self.intensity(m) for m in met])
        assert not run.distance_m.any()

    def test_a_device_at_the_wrist_is_refused(self, replayed):
        content = actigraph([0.0] * 60).replace(b"Filter Normal", b"Filter Normal Multiple Incline Limb: Wrist")
        with pytest.raises(ActivityError, match="at the wrist, which no published equation"):
            replayed(content)

    def test_acceleration_of_the_accelerometer_tool(self, replayed):
        times = minutes("2024-03-01T00:00", 60, "%Y-%m-%d %H:%M:%S.000000+0100 [Europe/London]")
        rows = [f"{time},{mg}" for time, mg in zip(times, [20.0, 45.8, 100.0] + [0.0] * 57, strict=True)]
        run = replayed(crlf("time,acc", *rows))
        met = [1.0, 1.0, (7.49 + 0.0323 * 100.0) / 3.5]
        np.testing.assert_allclose(run.intensity[:3], [self.intensity(m) for m in met])

    def test_heart_rates_are_shares_of_the_reserve(self, replayed):
        """At forty years 180 beats at most, 65 at rest: 122.5 is half of the reserve."""
        times = minutes("2024-03-01T00:00", 60, "%m/%d/%y %H:%M:%S")
        beats = [65, 122.5, 180, 50] + [65] * 56
        records = [{"dateTime": t, "value": {"bpm": b}} for t, b in zip(times, beats, strict=True)]
        run = replayed(json.dumps(records, indent=1).encode(), age=40.0)
        np.testing.assert_allclose(run.intensity[:4], [0.0, 0.5, 1.0, 0.0])

    @pytest.mark.parametrize("made", ["awd", "motionwatch", "actiware", "acttrust", "geneactiv", "omgui"])
    def test_counts_in_the_unit_of_a_maker_are_refused(self, replayed, made):
        with pytest.raises(ActivityError, match="no published equation") as caught:
            replayed(getattr(look_alikes, made)().content)
        assert caught.value.cure

    def test_equations_of_people_are_for_people(self, replayed):
        with pytest.raises(ActivityError, match="equations are those of people"):
            replayed(actigraph([0.0] * 60), species="mouse")


class TestWorkouts:
    """90 s at 200 m/min from 08:00 on Wednesday 1 May 2024."""

    def test_a_workout_takes_place_every_day_at_its_hour(self, replayed):
        run = replayed(look_alikes.fit().content, length=3, clock=420, repeat=True)
        by_day = run.distance_m.reshape(3, -1)
        assert np.flatnonzero(by_day[0]).tolist() == [60, 61]
        np.testing.assert_array_equal(by_day[0], by_day[2])
        np.testing.assert_allclose(by_day.sum(axis=1), 300.0)

    def test_on_days_of_the_week(self, replayed):
        """The run starts on a Monday, as the scenario says."""
        run = replayed(look_alikes.fit().content, length=14, clock=420, repeat=True, days=["mon", "thu"])
        assert np.flatnonzero(run.distance_m.reshape(14, -1).any(axis=1)).tolist() == [0, 3, 7, 10]

    def test_speeds_become_effort(self, replayed):
        """200 m/min is run: 3.5 + 0.2 x 200 = 43.5 mL/kg/min, 12.4 METs, more than the person has."""
        run = replayed(look_alikes.tcx().content, length=1, clock=360, repeat=True)
        assert run.intensity[0] == pytest.approx((43.5 / 3.5 - 1.0) / (40.0 / 3.5 - 1.0))

    def test_without_repeat_it_is_too_short(self, replayed):
        with pytest.raises(InputError, match="repeat: true"):
            replayed(look_alikes.fit().content, length=3, clock=480)


RUN = """\
schema: 1
species: human
age: 40 yr
duration: 2 d
clock: {start: "07:00"}
tissue: {septotemporal: 0.3 mm, transverse: 0.3 mm}
activity:
  - {kind: recording, file: FILE, repeat: true}
"""
PLACES = re.compile(rb"48[.]7\d|9[.]1234|trkpt|Latitude", re.IGNORECASE)
SEMICIRCLES = [round(degrees * 2**31 / 180).to_bytes(4, "little") for degrees in (48.7654321, 9.1234567)]


class TestPlaces:
    @pytest.mark.parametrize("made", ["gpx", "tcx", "fit"])
    def test_a_run_keeps_no_place(self, tmp_path, made):
        known = getattr(look_alikes, made)()
        assert PLACES.search(known.content) or all(place in known.content for place in SEMICIRCLES)
        (tmp_path / known.name).write_bytes(known.content)
        (tmp_path / "run.yaml").write_text(RUN.replace("FILE", known.name))
        digests, own = recordings_of(prepare(tmp_path / "run.yaml"))
        kept = own[known.name]
        assert PLACES.search(kept) is None
        assert not any(place in kept for place in SEMICIRCLES)
        assert digests[known.name] == recording_digest(tmp_path / known.name)

    @pytest.mark.parametrize("made", ["gpx", "tcx", "fit", "apple_health"])
    def test_what_is_kept_is_the_same_recording(self, tmp_path, made):
        known = getattr(look_alikes, made)()
        (tmp_path / "one").write_bytes(known.content)
        (tmp_path / "two").write_bytes(kept_content(tmp_path / "one"))
        assert recording_digest(tmp_path / "one") == recording_digest(tmp_path / "two")
        assert kept_content(tmp_path / "two") == (tmp_path / "two").read_bytes()
        first, second = (read_recording(tmp_path / name) for name in ("one", "two"))
        np.testing.assert_array_equal(first.values, second.values)
        assert first._replace(name="", values=0) == second._replace(name="", values=0)

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore:activity.*in the dark|activity.*into the dark")
    def test_nothing_in_the_folder_of_a_run_says_where_it_was(self, tmp_path):
        (tmp_path / "run.gpx").write_bytes(look_alikes.gpx().content)
        (tmp_path / "run.yaml").write_text(RUN.replace("FILE", "run.gpx"))
        neurogen_abm.run(tmp_path / "run.yaml").save(tmp_path / "out")
        files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
        assert any(path.name == "run.gpx" for path in files)
        assert [path.name for path in files if PLACES.search(path.read_bytes())] == []


class TestScenario:
    @pytest.mark.parametrize(
        ("block", "words"),
        [
            ("columns: {time: when}", "no column of activity"),
            ("columns: {time: when, wheel: a, met: b}", "2 columns of activity"),
            ("columns: {wheel: turns}", "names no column of times"),
            ("columns: {time: when, wheel: When}", "twice"),
            ("columns: {time: when, weel: turns}", "wheel"),
            ("zone: Europe/Atlantis", "is no time zone"),
            ("zone: '+25:00'", "is no time zone"),
            ("zone: ../../etc/passwd", "is no time zone"),
        ],
    )
    def test_what_cannot_be_said(self, tmp_path, block, words):
        (tmp_path / "a.yaml").write_text(RUN.replace("file: FILE", f"file: a.csv, {block}"))
        with pytest.raises(InputError, match=words):
            load_scenario(tmp_path / "a.yaml")

    def test_what_is_not_said_is_not_written(self, tmp_path):
        (tmp_path / "a.yaml").write_text(RUN.replace("FILE", "a.csv"))
        assert "columns" not in load_scenario(tmp_path / "a.yaml").model_dump_json(by_alias=True)

    def test_columns_and_zone_reach_the_reader(self, replayed):
        content = crlf("when;m", *(f"2024-03-01T{n // 60:02d}:{n % 60:02d}:00Z;{10 * (n < 5)}" for n in range(120)))
        said = {"columns": {"time": "when", "distance": "m"}, "zone": "+01:00"}
        run = replayed(content, clock=60, **said)
        assert run.distance_m[:6].tolist() == [10.0] * 5 + [0.0]


def test_validate_names_the_format_and_the_device(tmp_path, capsys):
    (tmp_path / "run.fit").write_bytes(look_alikes.fit().content)
    (tmp_path / "run.yaml").write_text(RUN.replace("FILE", "run.fit"))
    with pytest.raises(SystemExit) as left:
        main(["validate", str(tmp_path / "run.yaml")])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "Garmin FIT" in said
    assert "on each of `days`" in said
