"""Recordings: what is read, and every fault named with its place and its cure."""

import re
import shlex
import unicodedata
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from neurogen_abm.activity.recordings.recording_file import naming
from neurogen_abm.activity.recordings.register import (
    find_recording,
    read_recording,
    recording_digest,
    shipped_recordings,
)
from neurogen_abm.activity.recordings.series import RecordingError
from neurogen_abm.cli import main

WHEEL = "start,wheel_counts\n"
TWO_MICE = (
    "mouse,start,wheel_counts\nA,2009-10-16T17:00,1\nA,2009-10-16T18:00,2\nB,2009-10-16T17:00,3\nB,2009-10-16T18:00,4\n"
)
GOOD = WHEEL + "2009-10-16T17:00:00,5\n2009-10-16T18:00:00,10\n2009-10-16T19:00:00,0\n"


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a recording and returns its path."""

    def write(text: str | bytes, name: str = "mouse.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


class TestShipped:
    def test_three_recordings_come_with_their_credits(self):
        assert shipped_recordings() == ["human_met_minutes.csv", "mouse_wheel_hourly.csv", "mouse_wheel_minutes.csv"]
        credits_text = (find_recording("mouse_wheel_hourly.csv").parent / "CREDITS.md").read_text()
        for name in shipped_recordings():
            assert name in credits_text

    def test_four_mice_of_89_days(self):
        for animal, total in (("F20404F", 1880982), ("F20407M", 2119941), ("F20408M", 1987453), ("F20409M", 711078)):
            mouse = read_recording(find_recording("mouse_wheel_hourly.csv"), animal)
            assert (mouse.quantity, mouse.animal, mouse.interval_min, mouse.values.size) == (
                "wheel_counts",
                animal,
                60,
                2138,
            )
            assert mouse.values.sum() == total
            assert mouse.start == datetime(2009, 10, 15, 17)
            assert mouse.gaps == ()

    def test_hours_and_minutes_of_one_mouse_agree(self):
        hours = read_recording(find_recording("mouse_wheel_hourly"), "F20404F")
        minutes = read_recording(find_recording("mouse_wheel_minutes"))
        offset = int((minutes.start - hours.start).total_seconds() // 3600)
        by_hour = minutes.values.reshape(-1, 60).sum(axis=1)
        np.testing.assert_array_equal(by_hour, hours.values[offset : offset + by_hour.size])

    def test_the_human_recording_has_sixty_two_empty_minutes(self):
        person = read_recording(find_recording("human_met_minutes.csv"))
        assert (person.quantity, person.animal, person.interval_min) == ("met", None, 1)
        assert sum(gap.samples for gap in person.gaps) == 62 == np.isnan(person.values).sum()

    def test_digest_names_the_bytes(self, written):
        assert recording_digest(written("a")) == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"


class TestReading:
    def test_values_and_times(self, written):
        recording = read_recording(written(GOOD))
        assert recording.values.tolist() == [5.0, 10.0, 0.0]
        assert recording.minutes == 180
        assert recording.time(2) == datetime(2009, 10, 16, 19)

    @pytest.mark.parametrize(
        "text",
        [
            GOOD.replace("\n", "\r\n"),
            "\ufeff" + GOOD,
            "\n" + GOOD.replace("\n", "\n\n"),
            GOOD.replace("T", " "),
            GOOD.replace(":00,", ","),
        ],
        ids=["windows line ends", "byte order mark", "blank lines", "space in times", "no seconds"],
    )
    def test_harmless_differences_of_form_read_the_same(self, written, text):
        recording = read_recording(written(text))
        assert recording.values.tolist() == [5.0, 10.0, 0.0]
        assert recording.interval_min == 60

    def test_missing_rows_and_empty_cells_are_gaps(self, written):
        text = (
            WHEEL
            + "2009-10-16T17:00,5\n2009-10-16T18:00,\n2009-10-16T19:00,NaN\n2009-10-16T20:00,1\n2009-10-16T23:00,2\n"
        )
        recording = read_recording(written(text))
        assert [(gap.first, gap.samples, gap.row) for gap in recording.gaps] == [(1, 2, 3), (4, 2, 6)]
        np.testing.assert_array_equal(recording.values, [5, np.nan, np.nan, 1, np.nan, np.nan, 2])

    def test_animals_may_stand_one_after_the_other(self, written):
        assert read_recording(written(TWO_MICE), "B").values.tolist() == [3.0, 4.0]


def rows(*lines: str) -> str:
    return WHEEL + "".join(f"{line}\n" for line in lines)


FAULTS = {
    "empty": ("", "empty-recording", None, ["empty"]),
    "only spaces": ("  \n\n", "empty-recording", None, ["empty"]),
    "header only": (WHEEL, "empty-recording", None, ["no samples"]),
    "one sample": (rows("2009-10-16T17:00,1"), "empty-recording", None, ["1 sample;", "two"]),
    "not text": (b"PK\x03\x04\xff\xfe\x00", "unreadable-recording", None, ["UTF-8", "CSV"]),
    "latin-1": ((WHEEL + "# M\xe4use").encode("latin-1"), "unreadable-recording", None, ["UTF-8"]),
    "unknown columns": (
        "when,what\n2009-10-16T17:00,1\n",
        "unknown-format",
        1,
        ["when, what", "start, wheel_counts", "start, met", 'columns: {time: "when", wheel: "COUNTS"}'],
    ),
    "semicolons": (
        "start;wheel_counts\n2009-10-16T17:00;1,5\n",
        "bad-recording",
        1,
        ["semicolons", "commas", "columns:"],
    ),
    "tabs": ("start\twheel_counts\n2009-10-16T17:00\t1\n", "bad-recording", 1, ["tabs"]),
    "decimal comma": (rows("2009-10-16T17:00,1,5"), "broken-row", 2, ["Row 2", "3 cells", "with a point"]),
    "quoted decimal comma": (
        rows("2009-10-16T17:00,1", '2009-10-16T18:00,"1,5"'),
        "decimal-comma",
        3,
        ["Row 3", '"1,5"', "1.5"],
    ),
    "short row": (rows("2009-10-16T17:00,1", "2009-10-16T18:00"), "broken-row", 3, ["Row 3", "1 cells"]),
    "open quote": (rows("2009-10-16T17:00,1", '2009-10-16T18:00,"2'), "broken-row", 3, ["Row 3"]),
    "word": (
        rows("2009-10-16T17:00,1", "2009-10-16T18:00,many"),
        "bad-recording",
        3,
        ["Row 3", '"many"', "not a number"],
    ),
    "negative": (
        rows("2009-10-16T17:00,1", "2009-10-16T18:00,-999"),
        "bad-recording",
        3,
        ["Row 3", "-999", "zero or more"],
    ),
    "infinite": (rows("2009-10-16T17:00,inf"), "bad-recording", 2, ["Row 2", "inf", "finite"]),
    "overflow": (rows("2009-10-16T17:00,1e400"), "bad-recording", 2, ["Row 2", "1e400", "finite"]),
    "bad time": (rows("16/10/2009 17:00,1"), "bad-time", 2, ["Row 2", '"16/10/2009 17:00"', "2009-10-16T17:00:00"]),
    "no such day": (rows("2009-02-30T17:00,1"), "bad-time", 2, ["Row 2", "2009-02-30"]),
    "some zones": (rows("2009-10-16T17:00+02:00,1", "2009-10-16T18:00,1"), "bad-time", 3, ["Row 3", "zone"]),
    "column twice": (
        "start,wheel_counts,wheel_counts\n2009-10-16T17:00,1,2\n",
        "column-twice",
        1,
        ['"wheel_counts"', "2 times", "columns 2, 3"],
    ),
    "duplicate": (
        rows("2009-10-24T02:00,1", "2009-10-24T03:00,1", "2009-10-24T03:00,2"),
        "duplicate-time",
        4,
        ["Rows 3 and 4", "2009-10-24 03:00"],
    ),
    "unsorted": (
        rows("2009-10-16T17:00,1", "2009-10-16T19:00,1", "2009-10-16T18:00,2"),
        "unsorted-times",
        4,
        ["row 3", "row 4", "19:00", "18:00", "Sort"],
    ),
    "uneven": (
        rows("2009-10-16T17:00,1", "2009-10-16T18:00,1", "2009-10-16T19:00,1", "2009-10-16T19:25,2"),
        "uneven-recording",
        5,
        ["60 min", "row 4", "row 5"],
    ),
    "too coarse": (rows("2009-10-16T12:00,1", "2009-10-18T12:00,1"), "uneven-recording", None, ["2880 min", "one day"]),
    "half minutes": (rows("2009-10-16T12:00:00,1", "2009-10-16T12:07:30,1"), "uneven-recording", None, ["7.5 min"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_recording_is_refused_with_its_place_and_cure(written, fault):
    text, code, row, words = FAULTS[fault]
    with pytest.raises(RecordingError) as caught:
        read_recording(written(text))
    error = caught.value
    assert error.code == code
    assert error.exit_code == 2
    assert error.where == ("mouse.csv" if row is None else f"mouse.csv:{row}")
    assert error.cure
    for word in words:
        assert word in str(error)


class TestWhichAnimal:
    def test_several_animals_ask_for_a_choice(self, written):
        with pytest.raises(RecordingError, match=r"holds 2 animals\. Choose one with `animal`: A, B"):
            read_recording(written(TWO_MICE))

    def test_an_unknown_animal_lists_those_there_are(self, written):
        with pytest.raises(RecordingError, match=r'no animal "C"\. Choose one of: A, B'):
            read_recording(written(TWO_MICE), "C")

    def test_a_file_without_animals_refuses_a_choice(self, written):
        with pytest.raises(RecordingError, match="does not name its animals"):
            read_recording(written(GOOD), "A")


class TestFinding:
    def test_a_file_beside_the_scenario_comes_first(self, written, tmp_path):
        path = written(GOOD, "mouse_wheel_minutes.csv")
        assert find_recording("mouse_wheel_minutes.csv", tmp_path) == path.resolve()

    def test_a_missing_file_offers_the_nearest_names(self, tmp_path):
        with pytest.raises(RecordingError, match=r"Did you mean mouse_wheel_hourly\.csv") as caught:
            find_recording("mouse_wheel_hourl.csv", tmp_path, "activity[0].file")
        assert caught.value.where == "activity[0].file"
        with pytest.raises(RecordingError, match=r"Shipped: human_met_minutes\.csv"):
            find_recording("zzz", tmp_path)
        with pytest.raises(RecordingError, match="write the scenario to a file beside it"):
            find_recording("zzz", None)

    def test_names_do_not_lead_out_of_the_folder(self, tmp_path):
        (tmp_path / "runs").mkdir()
        (tmp_path / "runs-evil").mkdir()
        (tmp_path / "runs-evil" / "a.csv").write_text(GOOD)
        for name in ("../runs-evil/a.csv", "/etc/hostname"):
            with pytest.raises(RecordingError, match="leads out of the folder"):
                find_recording(name, tmp_path / "runs")

    def test_a_link_in_the_folder_is_followed(self, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "a.csv").write_text(GOOD)
        (tmp_path / "scenarios").mkdir()
        (tmp_path / "scenarios" / "mine.csv").symlink_to(tmp_path / "data" / "a.csv")
        (tmp_path / "scenarios" / "data").symlink_to(tmp_path / "data")
        for name in ("mine.csv", "data/a.csv"):
            assert find_recording(name, tmp_path / "scenarios").read_text() == GOOD

    def test_letters_and_accents_apart_are_the_same_name(self, tmp_path):
        apart, together = (unicodedata.normalize(form, "Zoë") for form in ("NFD", "NFC"))
        for there, asked in ((apart, together), (together, apart)):
            (tmp_path / there).mkdir()
            (tmp_path / there / f"{there}.csv").write_text(TWO_MICE.replace("B,", f"{there},"))
            path = find_recording(f"{asked}/{asked}.csv", tmp_path)
            assert read_recording(path, asked).values.size == read_recording(path, there).values.size > 0
            path.unlink()
            path.parent.rmdir()

    def test_a_folder_and_a_missing_path_cannot_be_read(self, tmp_path):
        for path in (tmp_path, tmp_path / "none.csv"):
            with pytest.raises(RecordingError, match="cannot be read"):
                read_recording(path)


@pytest.mark.parametrize(
    "text",
    [
        "Date,Time,Wheel 1\n" + "".join(f"03/14/2025,{hour:02}:00,{hour % 7}\n" for hour in range(24)),
        "Timestamp;Revolutions\n" + "".join(f"14.03.2025 {hour:02}:00;{hour % 7}\n" for hour in range(24)),
        "when,turns\n" + "".join(f"2025-03-14T{hour:02}:00,{hour % 7}\n" for hour in range(24)),
        "Date,Time,Light,Counts\n" + "".join(f"2025-03-14,{hour:02}:00,99,{hour % 7}\n" for hour in range(24)),
        "sample,Timestamp (s),Cage 1 turns\n"
        + "".join(f"{hour},2025-03-14T{hour:02}:00,{hour % 7}\n" for hour in range(24)),
    ],
    ids=["date and time apart", "semicolons", "names of one's own", "light before counts", "numbers of samples"],
)
def test_who_follows_the_cure_of_an_unknown_table_gets_it_read(text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text(text)
    with pytest.raises(SystemExit) as left:
        main(["recording", "mine.csv"])
    assert left.value.code == 2
    options = shlex.split(re.search(r"or (--column .*) of `neurogen recording`", capsys.readouterr().err)[1])
    with pytest.raises(SystemExit) as left:
        main(["recording", "mine.csv", *options])
    assert left.value.code == 0
    assert "Fri 2025-03-14 00:00" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("header", "offered"),
    [
        ("Date,Time,Light,Counts", "Counts"),
        ("sample,Timestamp (s),Cage 1 turns", "Cage 1 turns"),
        ("Date,Time,Wheel temperature,WheelCounts", "WheelCounts"),
        ("time,animal_id,wheel_revs", "wheel_revs"),
        ("no,when,wheel no,Rotations", "Rotations"),
        ("Start,Animal,Running wheel [rev]", "Running wheel [rev]"),
        ("Time,Light counts,Index", None),
        ("Time,Step count", None),
        ("Time,Wheel speed", None),
        ("Time,Wheel distance (m)", None),
        ("Time,Cage number,Previous,Country", None),
        ("when,what", None),
    ],
)
def test_only_a_column_that_is_called_like_counts_is_offered_as_counts(header, offered):
    said = naming(header.split(","))
    assert f'wheel: "{offered or "COUNTS"}"' in said
    assert ("with your own names for COUNTS" in said) == (offered is None)


def test_a_placeholder_that_is_typed_as_it_stands_is_refused(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("Time,Light\n" + "".join(f"2025-03-14T{hour:02}:00,99\n" for hour in range(24)))
    with pytest.raises(RecordingError, match=r'"Time", wheel: "COUNTS".*, with your own names for COUNTS'):
        read_recording(path)
    with pytest.raises(RecordingError, match='There is no column "COUNTS"'):
        read_recording(path, columns={"time": "Time", "wheel": "COUNTS"})
