"""Clocks, gaps, lights and accounts of recordings in the cases that only an unlucky file shows."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from neurogen_abm.activity.recordings.account import Replayed, lasting, warn_of
from neurogen_abm.activity.recordings.lights import Lights, lit, recorded_lights
from neurogen_abm.activity.recordings.plausibility import doubts_of, limits_of
from neurogen_abm.activity.recordings.recording import Recording, Track
from neurogen_abm.activity.recordings.series import RecordedSeries, RecordingError, even_series


def even(starts, values=None, quantity="wheel_counts", **more) -> RecordedSeries:
    epoch = more.pop("epoch_s", None)
    values = np.arange(1.0, len(starts) + 1) if values is None else np.array(values, float)
    track = Track(np.arange(2, 2 + len(starts)), np.array(starts, dtype="datetime64[us]"), values, **more)
    return even_series(Recording("own.csv", "a table", quantity, {None: track}, epoch_s=epoch), None)


def hours(first: str, *after: float) -> list[datetime]:
    return [datetime.fromisoformat(first) + timedelta(hours=hour) for hour in after]


def series(values, interval=60, quantity="wheel_counts", light=None, start=datetime(2024, 3, 1)) -> RecordedSeries:
    shone = None if light is None else np.array(light, float)
    return RecordedSeries("own.csv", quantity, None, start, interval, np.array(values, float), (), shone)


class TestClocks:
    @pytest.mark.parametrize("night", ["2024-03-09T23:00", "2024-03-30T23:00", "2024-10-05T23:00"])
    def test_forward_in_america_europe_and_australia(self, night):
        assert even(hours(night, 0, 1, 2, 4, 5)).gaps == ()

    @pytest.mark.parametrize("night", ["2024-11-02T23:00", "2024-10-26T23:00", "2024-04-06T23:00"])
    def test_back_in_america_europe_and_australia(self, night):
        assert even(hours(night, 0, 1, 2, 2, 3)).values.size == 5

    @pytest.mark.parametrize("night", ["2024-10-12T23:00", "2024-11-09T23:00"])
    def test_no_clock_is_set_back_on_other_sundays(self, night):
        with pytest.raises(RecordingError, match="same time"):
            even(hours(night, 0, 1, 2, 2, 3))

    def test_a_change_of_zone_is_said(self):
        wall, offsets = hours("2024-10-27T01:00", 0, 1, 1, 2), np.array([120.0, 120, 60, 60])
        assert any("set back by 60 min" in note for note in even(wall, offsets_min=offsets).notes)

    def test_a_sample_a_fifth_of_an_interval_late_is_refused(self):
        with pytest.raises(RecordingError, match="not a multiple"):
            even(hours("2024-05-01T00:00", 0, 1, 2, 3, 4.2, 5))

    def test_seconds_of_the_first_time_are_no_minutes(self):
        assert even(hours("2024-05-01T00:00:40", 0, 1, 2)).start == datetime(2024, 5, 1)

    def test_a_time_far_from_the_others_is_refused_before_anything_is_made_of_it(self):
        with pytest.raises(RecordingError, match="at most 10,000,000"):
            even([*hours("2024-05-01T00:00", 0, 1 / 60, 2 / 60), datetime(2099, 1, 1)])


class TestSamples:
    def test_light_stays_with_its_sample_behind_a_gap(self):
        found = even(hours("2024-05-01T00:00", 0, 1, 3), light=np.array([0.0, 1.0, 2.0]))
        np.testing.assert_array_equal(found.light, [0.0, 1.0, np.nan, 2.0])

    def test_light_of_seconds_is_a_mean(self):
        starts = [datetime(2024, 5, 1) + timedelta(seconds=30 * k) for k in range(4)]
        np.testing.assert_allclose(even(starts, light=np.array([4.0, 2.0, 6.0, 6.0])).light, [3.0, 6.0])

    def test_an_event_that_reaches_into_the_next_counts_until_it_begins(self):
        """A device's clock may be wrong by a tenth; what it counted is not counted twice."""
        starts = hours("2024-05-01T00:00", 0, 10 / 60)
        found = even(starts, [600.0, 10.0], seconds=np.array([630.0, 600.0]))
        np.testing.assert_allclose(found.values, [60.0] * 10 + [1.0] * 10)


class TestPlausible:
    @pytest.fixture
    def codes(self, value_of):
        def doubt(source, metres=0.35, said=None, species="mouse"):
            return [doubt.code for doubt in doubts_of(source, limits_of(value_of(species), species), metres, said)]

        return doubt

    def test_counts_that_rise_and_fall_a_little_are_no_counter(self, codes):
        """A counter begins anew near zero; falls by half, or as many as rises, are activity."""
        assert codes(series(np.tile(np.linspace(50.0, 100.0, 12), 4))) == []
        assert codes(series(np.tile([5.0, 800.0], 30))) == []

    def test_speeds_of_an_hour_make_the_distance_of_an_hour(self, codes):
        assert codes(series([40.0] * 24, quantity="speed_m_min"), 1.0) == ["too-far"]
        assert codes(series([20.0] * 24, quantity="speed_m_min"), 1.0) == []

    def test_the_farthest_day_counts_whichever_it_is(self, codes):
        values = np.zeros(24 * 9)
        values[24 * 5 : 24 * 6] = 6000.0
        assert codes(series(values)) == ["too-far"]

    def test_whoever_the_block_names_must_be_the_species_of_the_run(self, codes):
        mets = series([1.0, 2.0] * 20, quantity="met")
        assert codes(mets, 0.0, "mouse") == []
        assert codes(mets, 0.0, "human") == ["other-species"]
        assert codes(mets._replace(named_by="mouse"), 0.0) == []


class TestLights:
    def test_a_person_has_no_switch(self):
        assert lit(series([1.0] * 24, light=[0.0] * 12 + [100.0] * 12), "human") is None

    def test_a_room_that_is_never_lit_is_dark(self):
        assert not lit(series([1.0] * 24, light=[0.0] * 24), "mouse").any()

    def test_lights_without_a_rhythm_keep_to_no_clock(self):
        """Days of twelve hours that begin later and later: in the mean of a week there is one, in none of its days."""
        light = [(hour - 3 * (hour // 24)) % 24 < 12 for hour in range(24 * 7)]
        assert recorded_lights(series([1.0] * len(light), light=light), "mouse") is None

    def test_less_than_a_day_says_nothing(self):
        assert recorded_lights(series([1.0] * 20, light=[0.0] * 8 + [1.0] * 12), "mouse") is None

    def test_the_minute_at_which_lights_go_on_is_light(self):
        dark = Lights(420, 1140, "a clock").dark(series([1.0] * 24))
        assert (dark[419], dark[420], dark[1139], dark[1140]) == (True, False, False, True)


ACCOUNT = Replayed(
    where="activity[0]", file="own.csv", format="a table", device=None, animal="M1", quantity="wheel_counts",
    interval_min=60, begins=datetime(2024, 3, 1, 19), recorded_min=5760, used_min=2880, before_min=720, run_min=8640,
    gaps=2, missing_min=180, longest_gap_min=120, filled_min=540, gap="hold", km_per_day=2.1, median_met=None,
    dark_share=0.9, notes=("A note.",), warnings=("A warning.",),
)  # fmt: skip


class TestAccount:
    def test_every_figure_is_said(self):
        said = ACCOUNT.sentences()
        assert (
            said[1]
            == "Replayed: 2 d of 4 d recorded, repeated 3 times; left out: 12 h before that and 36 h after that."
        )
        assert "Not measured: 3 h in 2 gaps, the longest of 2 h; filled with the last value" in said[2]
        assert said[2].endswith("540 min or 6.2 % of what is replayed.")  # of the run, repetitions included
        assert said[3] == "Activity: 2.1 km a day; 90 % of it in the dark."
        assert said[4:] == ["A note.", "Warning: A warning."]

    def test_the_provenance_holds_it(self):
        kept = ACCOUNT.as_dict()
        assert (kept["after_min"], kept["begins"]) == (2160, "2024-03-01T19:00:00")
        assert kept["said"] == ACCOUNT.sentences()

    def test_warnings_reach_who_runs_it(self):
        with pytest.warns(UserWarning, match=r"activity\[0\]: A warning\."):
            warn_of([ACCOUNT])

    def test_two_days_are_two_days(self):
        assert [lasting(minutes) for minutes in (2879, 2880, 1440, 1500)] == ["48 h", "2 d", "1 d", "25 h"]
