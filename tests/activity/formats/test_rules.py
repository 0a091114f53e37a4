"""What readers do with days and months, decimal commas, zones, places, wear, and what a person says of a file."""

import gzip
import json

import look_alikes
import numpy as np
import pytest
from look_alikes import COUNTS, crlf, health, health_record, minutes
from understood import first, read

from neurogen_abm.activity.recordings.formats import registry
from neurogen_abm.activity.recordings.series import RecordingError


def mapped(*rows: str, header: str = "when,turns") -> bytes:
    return crlf(header, *rows)


COLUMNS = {"time": "when", "wheel": "turns"}


class TestDays:
    @pytest.mark.parametrize(
        ("days", "start"),
        [
            (("13/02/2024", "14/02/2024"), "2024-02-13"),
            (("02/13/2024", "02/14/2024"), "2024-02-13"),
            (("03/02/2024", "04/02/2024"), "2024-02-03"),
            (("02/03/2024", "02/04/2024"), "2024-02-03"),
            (("3.2.24", "4.2.24"), "2024-02-03"),
            (("05/05/2024",), "2024-05-05"),
            (("3-Mai-2024", "4-Mai-2024"), "2024-05-03"),
            (("31-déc-2023", "1-janv-2024"), "2023-12-31"),
            (("20240203",), "2024-02-03"),
        ],
    )
    def test_the_days_of_a_file_say_in_which_order_they_are_written(self, source, days, start):
        rows = [f"{day} {hour}:00,1" for day in days for hour in (10, 11)]
        assert first(read(source(mapped(*rows)), columns=COLUMNS)).starts[0] == np.datetime64(f"{start}T10:00")

    def test_a_day_that_may_be_a_month_is_not_guessed(self, source):
        with pytest.raises(RecordingError, match='"03/02/2024" may have the day or the month first') as caught:
            read(source(mapped("03/02/2024 10:00,1", "03/02/2024 11:00,2")), columns=COLUMNS)
        assert caught.value.code == "bad-time"

    def test_days_written_both_ways_are_refused(self, source):
        with pytest.raises(RecordingError, match="others the month first"):
            read(source(mapped("13/02/2024 10:00,1", "02/14/2024 10:00,2")), columns=COLUMNS)

    def test_what_a_program_usually_writes_is_said(self, source):
        content = look_alikes.clocklab_table().content.replace(b"18-Jun-2021", b"05-06-2021")
        recording = read(source(content))
        assert first(recording).starts[0] == np.datetime64("2021-06-05T23:56")
        assert any('"05-06-2021" are read with the day first' in note for note in recording.notes)

    def test_a_header_that_its_dates_contradict_is_refused(self, source):
        content = (
            look_alikes.actigraph_csv().content.replace(b"8/7/2013", b"8/27/2013").replace(b"M/d/yyyy", b"d/M/yyyy")
        )
        with pytest.raises(RecordingError, match="header says that dates have the day first"):
            read(source(content))

    @pytest.mark.parametrize("time", ["25:00", "10:60", "13:00 PM", "noon"])
    def test_no_time_of_day(self, source, time):
        with pytest.raises(RecordingError) as caught:
            read(source(mapped("2024-02-03 10:00,1", f"2024-02-03 {time},2")), columns=COLUMNS)
        assert caught.value.code == "bad-time"
        assert caught.value.where.endswith(":3")

    def test_midnight_and_noon_of_a_twelve_hour_clock(self, source):
        rows = ("4/30/2016 12:00:00 AM,1", "4/30/2016 12:00:00 PM,2")
        starts = first(read(source(mapped(*rows)), columns=COLUMNS)).starts
        assert [str(start)[11:16] for start in starts] == ["00:00", "12:00"]


class TestNumbers:
    def test_decimal_commas(self, source):
        rows = ("2024-02-03 10:00;1,5", "2024-02-03 10:01;1,250", "2024-02-03 10:02;")
        recording = read(source(mapped(*rows, header="when;turns")), columns=COLUMNS)
        np.testing.assert_array_equal(first(recording).values, [1.5, 1.25, np.nan])

    def test_a_comma_before_three_digits_is_not_guessed(self, source):
        with pytest.raises(RecordingError, match="thousands or have a decimal comma"):
            read(source(mapped("2024-02-03 10:00;1,250", header="when;turns")), columns=COLUMNS)

    @pytest.mark.parametrize("text", ["-1", "inf", "1e400", "many", "1,5,2"])
    def test_no_number(self, source, text):
        with pytest.raises(RecordingError) as caught:
            read(source(mapped("2024-02-03 10:00;1", f"2024-02-03 10:01;{text}", header="when;turns")), columns=COLUMNS)
        assert caught.value.where.endswith(":3")


class TestWhatAPersonSays:
    def test_columns_of_any_table(self, source):
        header = "cage\tDate\tTime\tTurns (n)\tLux"
        rows = [f"{cage}\t2024-02-03\t10:0{n}\t{n + cage}\t{n}" for cage in (1, 2) for n in range(2)]
        columns = {"time": "Date", "clock": "time", "wheel": "turns (n)", "animal": "cage", "light": "Lux"}
        recording = read(source(b"written by hand\r\n" + crlf(header, *rows)), columns=columns)
        assert (tuple(recording.tracks), recording.named_by) == (("1", "2"), "cage")
        second = recording.tracks["2"]
        assert second.values.tolist() == [2.0, 3.0]
        assert second.light is not None
        assert second.light.tolist() == [0.0, 1.0]

    def test_a_column_that_is_not_there(self, source):
        with pytest.raises(RecordingError, match=r'no column "tuns".*Did you mean turns') as caught:
            read(source(mapped("2024-02-03 10:00,1")), columns={"time": "when", "wheel": "tuns"})
        assert caught.value.code == "unknown-column"

    def test_a_column_that_is_there_twice(self, source):
        with pytest.raises(RecordingError, match="2 times"):
            read(source(mapped("2024-02-03 10:00,1,2", header="when,turns,turns")), columns=COLUMNS)

    def test_counts_are_what_a_person_says(self, source):
        content = look_alikes.vitalview().content
        assert any("columns: {activity: counts}" in note for note in read(source(content)).notes)
        said = read(source(content), columns={"activity": "counts"})
        assert said.quantity == "activity_counts"
        assert not any("`columns:" in note for note in said.notes)

    def test_what_holds_no_counts_is_not_called_counts(self, source):
        with pytest.raises(RecordingError, match="holds no counts"):
            read(source(look_alikes.fitabase().content), columns={"wheel": "counts"})

    def test_the_wheel_of_calr_is_metres_or_turns_by_words_only(self, source):
        times = minutes("2020-03-14T18:00", 2, "%Y-%m-%d %H:%M:%S")
        content = crlf("subject.id,Date.Time,ee,wheel", *(f"m1,{time},0.4,{n}" for n, time in enumerate(times)))
        with pytest.raises(RecordingError, match=r"metres or turns.*distance: wheel"):
            read(source(content))
        columns = {"time": "Date.Time", "animal": "subject.id", "distance": "wheel"}
        assert read(source(content), columns=columns).quantity == "distance_m"


class TestZones:
    def test_utc_is_said_and_moved_to_the_wall(self, source):
        content = look_alikes.wraq_wifi().content
        plain = read(source(content))
        assert registry.UTC in plain.notes
        moved = read(source(content), zone="Asia/Tokyo")
        assert registry.UTC not in moved.notes
        assert first(moved).starts[0] == np.datetime64("2021-04-28T23:59:42")
        assert first(moved).offsets_min[0] == 540
        assert first(read(source(content), zone="+09:00")).starts[0] == first(moved).starts[0]

    def test_summer_time_of_a_zone(self, source):
        rows = ("2024-03-31T00:30:00Z,1", "2024-03-31T01:30:00Z,2")
        track = first(read(source(mapped(*rows)), columns=COLUMNS, zone="Europe/Berlin"))
        assert [str(start)[11:16] for start in track.starts] == ["01:30", "03:30"]
        assert track.offsets_min.tolist() == [60.0, 120.0]

    def test_a_clock_on_the_wall_needs_no_zone(self, source):
        with pytest.raises(RecordingError, match="clock on the wall already"):
            read(source(look_alikes.awd().content), zone="Europe/Berlin")

    def test_the_zone_of_some_times_only(self, source):
        with pytest.raises(RecordingError, match="Row 3"):
            read(source(mapped("2024-03-31T00:30:00Z,1", "2024-03-31T01:30:00,2")), columns=COLUMNS)

    def test_the_watch_knows_its_zone(self, source):
        assert first(read(source(look_alikes.fit().content))).offsets_min.tolist() == [120.0] * 3


class TestDevices:
    def test_what_is_not_worn_is_not_measured(self, source):
        content = look_alikes.activpal().content.replace(b",60.0,1,", b",60.0,4,")
        recording = read(source(content))
        np.testing.assert_allclose(first(recording).values, [1.25, np.nan, 4.0])
        assert any("1 events in which the device was not worn" in note for note in recording.notes)

    def test_an_excel_time_that_excel_has_spoilt(self, source):
        content = look_alikes.activpal().content.replace(b"43428.3750000000", b"24/11/2018 09:00")
        with pytest.raises(RecordingError, match="not a number"):
            read(source(content))

    def test_metres_of_a_workout_add_up(self, source):
        for made, metres in ((look_alikes.tcx, 300.0), (look_alikes.fit, 300.0), (look_alikes.gpx, 333.585)):
            track = first(read(source(made().content)))
            assert track.values.sum() == pytest.approx(metres, rel=1e-5)

    def test_cycling_is_known_by_the_heart(self, source):
        for content in (look_alikes.fit(sport=2).content, look_alikes.tcx(sport="Biking").content):
            recording = read(source(content))
            assert recording.quantity == "heart_rate"
            assert first(recording).values.tolist() == [140.0, 141.0, 142.0]

    def test_cycling_without_a_heart_says_nothing(self, source):
        content = look_alikes.tcx(sport="Biking").content.replace(b"HeartRateBpm", b"Cadence")
        with pytest.raises(RecordingError, match=r"Biking.*neither a distance on foot nor heart rates"):
            read(source(content))

    def test_several_workouts_in_a_file(self, source):
        text = look_alikes.tcx().content.decode()
        begin, end = text.index("<Activity "), text.index("</Activities>")
        with pytest.raises(RecordingError, match="2 workouts"):
            read(source((text[:end] + text[begin:end] + text[end:]).encode()))

    def test_pauses_of_a_ring(self, source):
        assert any("1 minutes" in note for note in read(source(look_alikes.oura().content)).notes)

    def test_calories_and_steps_are_refused(self, source):
        content = json.dumps([{"dateTime": "06/24/95 16:00:00", "value": "1.48"}], indent=1).encode()
        with pytest.raises(RecordingError, match="do not say how hard"):
            read(source(content))

    def test_the_watch_or_the_phone_not_both(self, source):
        recording = read(source(look_alikes.apple_health().content))
        assert first(recording).values.sum() == 1500.0
        assert any("Records of other sources are left out" in note for note in recording.notes)

    def test_physical_effort_comes_before_distance(self, source):
        effort = health_record(
            "PhysicalEffort", "Watch", "kcal/hr·kg", "2024-05-01 07:00:00", "2024-05-01 07:01:00", 4.2
        )
        walk = health_record("DistanceWalkingRunning", "Watch", "km", "2024-05-01 07:00:00", "2024-05-01 07:10:00", 1.0)
        recording = read(source(health(walk, effort)))
        assert (recording.quantity, first(recording).values.tolist()) == ("met", [4.2])

    def test_an_unknown_unit_is_refused(self, source):
        walk = health_record("DistanceWalkingRunning", "Watch", "ft", "2024-05-01 07:00:00", "2024-05-01 07:10:00", 1.0)
        with pytest.raises(RecordingError, match="ft is no value"):
            read(source(health(walk)))

    def test_a_raw_file_of_geneactiv(self, source):
        lines = look_alikes.geneactiv().content.decode().splitlines()
        raw = [",".join(line.split(",")[:7]) if n >= 100 else line for n, line in enumerate(lines)]
        with pytest.raises(RecordingError, match=r"raw accelerations.*Compress it to epochs"):
            read(source(crlf(*raw)))

    def test_hours_missing_from_a_binary(self, source):
        known = look_alikes.clocklab_binary()
        track = first(read(source(known.content)))
        assert track.light is not None
        assert (track.light[0], track.light[60]) == (0.0, 60.0)
        with pytest.raises(RecordingError, match="holds 348 bytes"):
            read(source(known.content[:300]))

    def test_utf_16(self, source):
        content = look_alikes.actiware("de").content.decode().encode("utf-16")
        assert first(read(source(content))).values.tolist() == list(COUNTS)

    def test_gzip_of_any_text(self, source):
        assert first(read(source(gzip.compress(look_alikes.fitabase().content)))).values[0] == 1.0


def test_every_reader_has_a_look_alike():
    known = {made().reader for made in look_alikes.MADE} | {"without_places"}  # test_replayed.py has that one
    assert known == {reader.__name__.rpartition(".")[2] for reader in registry.READERS}
