"""Values that cannot be what they are taken for are refused, with what they look like; real recordings are not."""

from datetime import datetime

import numpy as np
import pytest

from neurogen_abm.activity.recordings.plausibility import doubts_of, limits_of
from neurogen_abm.activity.recordings.register import find_recording, read_file, read_recording
from neurogen_abm.activity.recordings.series import RecordedSeries

RNG = np.random.Generator(np.random.Philox(7))
NIGHTS = np.tile(np.r_[np.zeros(12), RNG.integers(100, 2000, 12)], 7).astype(float)  # a mouse, hour by hour
DAYS = np.tile(np.r_[np.full(8, 0.95), np.full(14, 1.6), [4.0, 6.5]], 7)  # a person


def series(values, quantity="wheel_counts", interval=60, named_by=None) -> RecordedSeries:
    return RecordedSeries(
        "own.csv", quantity, None, datetime(2024, 3, 1), interval, np.array(values, float), (), named_by=named_by
    )


@pytest.fixture(scope="session")
def found(value_of):
    """Return a function that gives the codes and the words of what is doubted."""

    def doubt(source, species="mouse", metres=0.35, said=None):
        doubts = doubts_of(source, limits_of(value_of(species), species), metres, said)
        return [doubt.code for doubt in doubts], " ".join(f"{doubt.what} {doubt.cure}" for doubt in doubts)

    return doubt


class TestBelieved:
    @pytest.mark.parametrize("name", ["mouse_wheel_hourly", "mouse_wheel_minutes"])
    def test_real_mice(self, found, name):
        path = find_recording(name)
        for animal in read_file(path).tracks:
            assert found(read_recording(path, animal)) == ([], "")

    def test_a_real_person(self, found):
        assert found(read_recording(find_recording("human_met_minutes")), "human") == ([], "")

    def test_nights_of_a_mouse_and_days_of_a_person(self, found):
        assert found(series(NIGHTS))[0] == []
        assert found(series(DAYS, "met"), "human")[0] == []

    def test_a_workout_of_an_hour_has_no_rest(self, found):
        assert found(series(np.full(60, 9.0), "met", 1), "human")[0] == []

    def test_days_that_become_longer_are_no_counter(self, found):
        assert found(series([2000, 3500, 4800, 5600, 6100, 6300, 6400], interval=1440), metres=1.0)[0] == []


class TestRefused:
    def test_a_counter_that_never_falls(self, found):
        codes, words = found(series(np.cumsum(NIGHTS)))
        assert codes == ["running-total"]
        assert "never fall" in words

    def test_a_counter_set_back_every_day(self, found):
        daily = np.cumsum(NIGHTS.reshape(7, 24)[:, ::-1], axis=1)
        assert found(series(daily.ravel()))[0] == ["running-total"]

    def test_days_of_a_counter(self, found):
        assert found(series(np.cumsum([5100, 5300, 4900, 5200, 5000, 5150]), interval=1440))[0] == ["running-total"]

    def test_too_far(self, found):
        codes, words = found(series(NIGHTS * 16))  # parts of a turn taken for turns
        assert codes == ["too-far"]
        assert "40 km" in words
        assert "metres_per_count" in words

    def test_too_fast(self, found):
        codes, words = found(series([0, 0, 1e5, 0] * 5, interval=1))
        assert codes == ["too-far"]
        assert "m/min" in words

    def test_mets_times_ten(self, found):
        codes, words = found(series(DAYS * 10, "met"), "human")
        assert codes == ["not-mets"]
        assert "times ten" in words

    def test_a_high_rest_without_a_peak(self, found):
        codes, words = found(series(np.full(48, 3.5), "met"), "human")
        assert codes == ["not-mets"]
        assert "at rest they are 1" in words

    @pytest.mark.parametrize("counts", [[0.0, 0, 0, 150, 900, 2400] * 40, [0.0, 0, 0, 0, 2, 3] * 40])
    def test_counts_taken_for_mets(self, found, counts):
        codes, words = found(series(counts, "met", 1), "human")
        assert codes == ["not-mets"]
        assert "counts of activity" in words

    def test_mets_of_a_person_in_a_mouse(self, found):
        codes, words = found(series(DAYS, "met"))
        assert codes == ["other-species"]
        assert "person" in words
        assert found(series(DAYS, "met"), said="mouse")[0] == []

    def test_a_rat_in_a_mouse(self, found):
        assert found(series(NIGHTS, named_by="rat"))[0] == ["other-species"]
        assert found(series(NIGHTS, named_by="rat"), "rat")[0] == []

    def test_every_reason_at_once(self, found):
        codes, _ = found(series(NIGHTS * 1000, named_by="rat"))
        assert codes == ["other-species", "too-far"]
