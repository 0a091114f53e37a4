"""What `neurogen recording` and `neurogen_abm.recording` say of a file, and that the block they write can be run."""

from datetime import datetime, timedelta

import numpy as np
import pytest
import yaml
from PIL import Image

import neurogen_abm
from neurogen_abm.activity.recordings.actogram import laid_out
from neurogen_abm.activity.recordings.lights import Lights, recorded_lights
from neurogen_abm.activity.recordings.register import find_recording, read_recording
from neurogen_abm.report.figures.actogram_png import DARK
from neurogen_abm.report.pages.recording import write_recording
from neurogen_abm.run import prepare

BAD_INPUT = 2


def written(tmp_path, values, start="2024-03-01T19:00", step=60, columns="start,wheel_counts", more=""):
    begin = datetime.fromisoformat(start)
    rows = [f"{begin + timedelta(minutes=step * k):%Y-%m-%dT%H:%M},{value}{more}" for k, value in enumerate(values)]
    path = tmp_path / "own.csv"
    path.write_text("\n".join([columns, *rows]) + "\n")
    return path


class TestShipped:
    def test_four_mice(self):
        found = neurogen_abm.recording("mouse_wheel_hourly", "F20407M")
        assert [animal.name for animal in found.animals] == ["F20404F", "F20407M", "F20408M", "F20409M"]
        assert found.species == "mouse"
        assert found.chosen.km_per_day == pytest.approx(2119941 * 0.35e-3 / (2138 / 24))
        assert found.lights[:2] == (6 * 60, 18 * 60)  # by the column of light
        assert found.faults == ()
        assert repr(found) == "<Recording mouse_wheel_hourly.csv: wheel counts, CSV, 4 animals, 89.1 d>"

    def test_a_person(self):
        found = neurogen_abm.recording("human_met_minutes")
        assert (found.species, found.chosen.km_per_day) == ("human", None)
        assert found.chosen.median_met == pytest.approx(1.563, abs=0.01)
        assert (found.chosen.missing_min, found.chosen.longest_gap_min) == (62, 61)

    def test_what_a_mouse_does_in_the_dark(self):
        """The share by its own column of light is that by the clock, where the lights kept to one."""
        mouse = read_recording(find_recording("mouse_wheel_minutes"))
        lights = recorded_lights(mouse, "mouse")
        assert lights is not None
        by_clock = float(mouse.values[lights.dark(mouse)].sum() / mouse.values.sum())
        assert neurogen_abm.recording("mouse_wheel_minutes").chosen.dark_share == pytest.approx(by_clock, abs=0.01)
        assert by_clock > 0.95


class TestActogram:
    def test_every_value_has_its_place(self):
        mouse = read_recording(find_recording("mouse_wheel_hourly"), "F20404F")
        laid = laid_out(mouse, Lights(360, 1080, "").dark(mouse))
        assert laid.values.shape == (90, 24)
        assert np.isnan(laid.values[0, :17]).all()
        assert laid.values[0, 18] * 60 == pytest.approx(mouse.values[1])
        assert np.nansum(laid.values) * 60 == pytest.approx(mouse.values.sum())
        assert laid.dark[1].tolist() == [True] * 6 + [False] * 12 + [True] * 6
        np.testing.assert_array_equal(laid.twice.values[3], np.r_[laid.values[3], laid.values[4]])

    def test_the_picture_shows_nights_gaps_and_days(self, tmp_path):
        values = ([400] * 12 + [0] * 12) * 2
        values[13:16] = [""] * 3
        drawn = neurogen_abm.recording(written(tmp_path, values)).picture(plain_text=True).splitlines()
        assert len(drawn) == 4  # the clock and three days
        assert drawn[2] == "2024-03-02 " + "#" * 7 + " ???" + " " * 8 + "#" * 12
        assert set(drawn[1][11:30]) == {" "}  # nothing was recorded before 19:00


class TestBlock:
    @pytest.mark.parametrize("name", ["mouse_wheel_hourly", "mouse_wheel_minutes", "human_met_minutes"])
    def test_it_is_a_scenario_with_a_species_and_a_duration(self, name):
        found = neurogen_abm.recording(name)
        age = {} if found.species == "mouse" else {"age": "40 yr"}
        patch = {"septotemporal": "300 um", "transverse": "300 um"}
        rest = {"schema": 1, "name": "mine", "species": found.species, "duration": "5 d", "tissue": patch, **age}
        model = neurogen_abm.NeurogenesisModel(prepare(rest | yaml.safe_load(found.block())))
        (replayed,) = model.muscle.schedule.replayed
        assert (replayed.begins, replayed.before_min) == (found.chosen.series.start, 0)
        assert replayed.warnings == ()

    def test_lights_that_no_file_says_are_said_to_be_assumed(self, tmp_path):
        file, words = written(tmp_path, [400, 300] * 12), "lights_on and lights_off are assumed"
        assert words in neurogen_abm.recording(file).block()
        assert words not in neurogen_abm.recording(file, lights_on="06:00", lights_off="18:00").block()

    def test_long_gaps_are_no_activity(self, tmp_path):
        found = neurogen_abm.recording(written(tmp_path, [400, 300, *[""] * 5, 200, *[100, 200] * 12]))
        assert yaml.safe_load(found.block())["activity"][0]["gap"] == "zero"


class TestCommand:
    def test_it_says_draws_and_writes_a_page(self, neurogen, tmp_path):
        code, out, _ = neurogen("recording", "mouse_wheel_minutes", "--html", "wheel.html")
        assert code == 0
        for words in ("wheel counts, CSV", "1 min", "10.8", "98.8 %", "2009-10-30", "by its column of light"):
            assert words in out
        page = (tmp_path / "wheel.html").read_text()
        assert "Actogram" in page
        assert "2009-10-16" in page
        assert neurogen("recording", "mouse_wheel_minutes", "--html", "wheel.html").code == BAD_INPUT  # it is there

    def test_it_writes_a_picture_with_a_row_a_day(self, neurogen, tmp_path):
        code, out, _ = neurogen("recording", "mouse_wheel_minutes", "--png", "wheel.png")
        assert code == 0
        assert "wheel.png" in out
        picture = np.asarray(Image.open(tmp_path / "wheel.png").convert("RGB"))
        dark = (picture == tuple(bytes.fromhex(DARK[1:]))).all(axis=2).any(axis=1)
        rows = np.flatnonzero(np.diff(dark.astype(int)) == 1).size
        assert rows == 15  # days of the recording, those of the neighbours beside them
        assert neurogen("recording", "mouse_wheel_minutes", "--png", "wheel.png").code == BAD_INPUT  # it is there

    @pytest.mark.parametrize(
        ("first", "step", "kind"),
        [
            (45_213.75, 1 / 1440, "2023-10-14 18:00"),
            (1_697_306_400, 60, "seconds"),
            (1_697_306_400_000, 60_000, "milli"),
        ],
    )
    def test_times_that_are_numbers_are_recognised(self, neurogen, tmp_path, first, step, kind):
        rows = [f"{first + k * step},{10 * (k % 5)}" for k in range(200)]
        (tmp_path / "excel.csv").write_text("\n".join(["start,wheel_counts", *rows]))
        code, _, err = neurogen("recording", "excel.csv")
        assert code == BAD_INPUT
        assert "2023-10-14 18:00" in err
        assert kind in err

    def test_what_would_be_refused_is_shown_and_refused(self, neurogen, tmp_path):
        file = written(tmp_path, np.cumsum(([400] * 12 + [0] * 12) * 3))
        code, out, err = neurogen("recording", str(file))
        assert code == BAD_INPUT
        assert "2024-03-01" in out
        assert "running total" in err
        assert neurogen("recording", str(file), "--block").out == ""

    def test_validate_says_the_same(self, neurogen, tmp_path):
        written(tmp_path, ([400] * 12 + [0] * 12) * 3)
        block = neurogen("recording", "own.csv", "--block").out
        (tmp_path / "mine.yaml").write_text(f"schema: 1\nduration: 2 d\n{block}")
        code, out, err = neurogen("validate", "mine.yaml")
        assert code == 0, err
        assert "1.68 km a day; 100 % of it in the dark" in out
        assert "1.68" in neurogen("recording", "own.csv").out

    def test_it_writes_a_scenario_and_its_twin_at_rest(self, neurogen, tmp_path):
        written(tmp_path, ([400] * 12 + [0] * 12) * 3)
        code, out, err = neurogen("recording", "own.csv", "--scenario", "m.yaml", "--age", "9 wk")
        assert (code, out.split()) == (0, ["m.yaml", "m_sedentary.yaml"]), err
        runner, twin = (yaml.safe_load((tmp_path / name).read_text()) for name in out.split())
        assert runner.pop("activity")[0]["file"] == "own.csv"
        assert runner == twin
        assert (twin["age"], twin["duration"]) == ("9 wk", "3 d")
        assert neurogen("validate", "m.yaml").code == neurogen("validate", "m_sedentary.yaml").code == 0

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ((), "needs the age"),
            (("--age", "9"), "has no unit"),
            (("--age", "9 km"), "is a length"),
            (("--age", "9 wk", "--scenario", "elsewhere/m.yaml"), "Write it beside the file"),
        ],
    )
    def test_a_scenario_that_cannot_be_is_not_written(self, neurogen, tmp_path, more, words):
        written(tmp_path, ([400] * 12 + [0] * 12) * 3)
        code, _, err = neurogen("recording", "own.csv", "--scenario", "m.yaml", *more)
        assert code == BAD_INPUT
        assert words in err
        assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]

    def test_an_unknown_animal_or_species(self, neurogen):
        assert "F20404F" in neurogen("recording", "mouse_wheel_hourly", "--animal", "F20404").err
        assert neurogen("recording", "mouse_wheel_hourly", "--species", "hamster").code == BAD_INPUT
        assert "no recording" in neurogen("recording", "nothing.csv").err


def test_a_page_escapes_what_a_file_says(tmp_path):
    file = written(tmp_path, [1, 5, 2, 7] * 12, columns="start,wheel_counts,animal", more=",<script>alert(1)</script>")
    page = write_recording(neurogen_abm.recording(file), tmp_path / "page.html").read_text()
    assert "<script>alert" not in page
