"""Files as people make them: what is written in them by habit or mistake is read rightly, told, or refused."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from neurogen_abm.activity.recordings.description import recording
from neurogen_abm.activity.recordings.register import read_file, read_recording
from neurogen_abm.activity.recordings.series import RecordingError

HOURS = [(datetime(2024, 3, 1, 19) + timedelta(hours=hour), 500 if hour % 24 < 12 else 0) for hour in range(72)]
COLUMNS = {"time": "start", "wheel": "wheel_counts"}


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a file of the same three nights, each row as a given form says."""

    def write(
        form: str = "{0:%Y-%m-%dT%H:%M},{1}", header: str = "start,wheel_counts", encoding: str = "utf-8"
    ) -> Path:
        rows = [form.format(time, count, number) for number, (time, count) in enumerate(HOURS)]
        path = tmp_path / "own.csv"
        path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
        return path

    return write


class TestReadAlike:
    @pytest.mark.parametrize(
        ("form", "header", "encoding"),
        [
            ("{0:%d.%m.%Y %H:%M};{1},0", "start;wheel_counts", "utf-8"),
            ("{0:%m/%d/%Y %I:%M %p},{1}", "start,wheel_counts", "utf-8"),
            ("{0:%Y-%m-%d %H:%M}\t{1}", "start\twheel_counts", "utf-16"),
        ],
        ids=["German Excel", "American Excel", "Unicode text"],
    )
    def test_what_spreadsheets_write_with_columns(self, written, form, header, encoding):
        series = read_recording(written(form, header, encoding), columns=COLUMNS)
        assert series.start == HOURS[0][0]
        assert series.values.tolist() == [count for _, count in HOURS]

    def test_a_column_of_names_that_is_empty_names_nobody(self, written):
        found = read_file(written("{0:%Y-%m-%dT%H:%M},{1},", "start,wheel_counts,mouse"))
        assert ([*found.tracks], found.named_by) == ([None], None)


class TestTold:
    def test_a_measure_that_is_not_read(self, written):
        notes = read_file(written("{0:%Y-%m-%dT%H:%M},{1},1.5", "start,wheel_counts,met")).notes
        assert "Its column `met` is not read." in notes

    def test_names_that_may_be_one(self, written, tmp_path):
        rows = [f"{name},{time:%Y-%m-%dT%H:%M},{count}" for name in ("M1", "m1 ") for time, count in HOURS]
        (tmp_path / "two.csv").write_text("\n".join(["mouse,start,wheel_counts", *rows, ""]))
        assert any(
            "M1 and m1 are taken for different animals" in note for note in read_file(tmp_path / "two.csv").notes
        )

    def test_a_mark_of_what_was_not_measured(self, tmp_path):
        rows = [f"{time:%Y-%m-%dT%H:%M},{9999 if k % 9 == 0 else count}" for k, (time, count) in enumerate(HOURS)]
        (tmp_path / "own.csv").write_text("\n".join(["start,wheel_counts", *rows, ""]))
        notes = read_recording(tmp_path / "own.csv").notes
        assert any("9999 counts stand in 8 samples" in note for note in notes)
        busy = [f"{time:%Y-%m-%dT%H:%M},{9999 - 700 * (k % 9)}" for k, (time, _) in enumerate(HOURS)]
        (tmp_path / "own.csv").write_text("\n".join(["start,wheel_counts", *busy, ""]))
        assert read_recording(tmp_path / "own.csv").notes == ()

    def test_no_activity_at_all(self, written, schedule, tmp_path):
        written("{0:%Y-%m-%dT%H:%M},0")
        block = {"kind": "recording", "file": "own.csv"}
        (replayed,) = schedule(block, clock_start_min=None, day=None, days=2, base_dir=tmp_path).replayed
        assert replayed.warnings == ("There is no activity in it at all: did the device record?",)

    def test_mostly_gaps(self, schedule, tmp_path):
        rows = [f"{time:%Y-%m-%dT%H:%M},{count if k < 20 else ''}" for k, (time, count) in enumerate(HOURS)]
        (tmp_path / "own.csv").write_text("\n".join(["start,wheel_counts", *rows, ""]))
        block = {"kind": "recording", "file": "own.csv", "gap": "zero"}
        (replayed,) = schedule(block, clock_start_min=None, day=None, days=2, base_dir=tmp_path).replayed
        assert "More than half of what is replayed was not measured" in replayed.warnings[0]


class TestRefused:
    @pytest.mark.parametrize("columns", [None, COLUMNS], ids=["own names", "columns"])
    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ("9{0:%y-%m-%dT%H:%M},{1}", "is not a date"),
            ("18{0:%y-%m-%dT%H:%M},{1}", "of the year 1824; nobody was recorded before 1900"),
            ("99{0:%y-%m-%dT%H:%M},{1}", "of the year 9924"),
            ("{0:%Y-%m-%dT%H:%M},1_00", '"1_00", which is not a number'),
            ("{0:%Y-%m-%dT%H:%M},{1}%", "is not a number"),
            ("4535{2}.5,{1}", "is not a date"),
        ],
        ids=["three digits", "year 1824", "year 9924", "underscore", "per cent", "serial dates"],
    )
    def test_a_slip(self, written, form, words, columns):
        with pytest.raises(RecordingError, match=words) as refused:
            read_recording(written(form), columns=columns)
        assert refused.value.where == "own.csv:2"
        assert refused.value.cure

    @pytest.mark.parametrize("columns", [None, COLUMNS | {"animal": "mouse"}], ids=["own names", "columns"])
    def test_a_row_that_is_nobodys(self, tmp_path, columns):
        rows = [f"{'M1' if k != 7 else ' '},{time:%Y-%m-%dT%H:%M},{count}" for k, (time, count) in enumerate(HOURS)]
        (tmp_path / "own.csv").write_text("\n".join(["mouse,start,wheel_counts", *rows, ""]))
        with pytest.raises(RecordingError, match="Row 9 does not say whose it is") as refused:
            read_file(tmp_path / "own.csv", columns)
        assert refused.value.where == "own.csv:9"

    def test_bytes_in_the_header(self, tmp_path):
        (tmp_path / "own.csv").write_bytes(b"PK\x03\x04" + bytes(300))
        with pytest.raises(RecordingError, match="not text"):
            read_recording(tmp_path / "own.csv")

    def test_nothing_measured(self, written, schedule, tmp_path):
        path = written("{0:%Y-%m-%dT%H:%M},NaN")
        assert "Nothing in it was measured" in recording(path).faults[0]
        block = {"kind": "recording", "file": "own.csv", "gap": "zero"}
        with pytest.raises(RecordingError, match="Nothing in it was measured"):
            schedule(block, clock_start_min=None, day=None, days=2, base_dir=tmp_path)

    def test_zeros_are_no_mets_times_ten(self, written):
        (fault,) = recording(written("{0:%Y-%m-%dT%H:%M},0", "start,met")).faults
        assert "counts of activity" in fault
        assert "Divide" not in fault
