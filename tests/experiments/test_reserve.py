"""Neurogenic age: known answers of the law, its ends, and what is refused; a runner and its twin on a patch."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from neurogen_abm import neurogenic_age
from neurogen_abm.cli import app
from neurogen_abm.errors import InputError
from neurogen_abm.experiments import reserve
from neurogen_abm.experiments.reserve import MEASURES, Reserve, age_of

AGE_D = np.arange(60.0, 720.0, 10.0)
PATCH = {"septotemporal": "300 um", "transverse": "200 um"}
MOUSE = {"name": "mouse", "species": "mouse", "age": "8 wk", "tissue": PATCH, "step": "6 h"}


class TestLaw:
    @given(st.floats(65.0, 705.0), st.floats(30.0, 600.0), st.floats(1.0, 1e4))
    def test_an_exponential_decline_gives_the_age_back(self, age, time, start):
        course = start * np.exp(-AGE_D / time)
        value = start * math.exp(-age / time)
        # Between two points the line lies above the curve: at most a step squared over eight times of it, in days.
        assert age_of(value, AGE_D, course) == pytest.approx(age, abs=1.01 * 10.0**2 / (8.0 * time) + 1e-6)

    def test_every_point_of_a_falling_course_has_its_own_age(self):
        course = np.linspace(500.0, 100.0, len(AGE_D))
        assert [age_of(v, AGE_D, course) for v in course] == pytest.approx(list(AGE_D))

    def test_what_was_never_seen_is_outside(self):
        course = np.linspace(500.0, 100.0, len(AGE_D))
        assert age_of(500.1, AGE_D, course) == -math.inf
        assert age_of(99.9, AGE_D, course) == math.inf

    def test_where_nothing_changes_the_middle_is_taken(self):
        course = np.array([9.0, 5.0, 5.0, 5.0, 1.0])
        assert age_of(5.0, np.array([0.0, 1.0, 2.0, 3.0, 4.0]), course) == 2.0

    @given(st.lists(st.floats(0, 100), min_size=5, max_size=40), st.floats(0, 100))
    def test_more_cells_are_never_older(self, counts, value):
        age, course = np.arange(len(counts), dtype=float), np.array(counts)
        assert age_of(value + 1.0, age, course) <= age_of(value, age, course)

    def test_a_dip_is_no_age(self):
        """4 among 10, 9 and 8 is chance: the course falls over 7, 7, 7 to 3, and passes 5 half way between them."""
        assert age_of(5.0, np.arange(6.0), np.array([10.0, 4.0, 9.0, 8.0, 3.0, 2.0])) == pytest.approx(3.5)

    def test_noise_does_not_make_it_old(self):
        """Counts of few cells go up and down; without the falling course the first dip would be the age."""
        rng = np.random.default_rng(4)
        course = rng.poisson(400.0 * np.exp(-AGE_D / 250.0)).astype(float)
        assert age_of(400.0 * math.exp(-300 / 250), AGE_D, course) == pytest.approx(300.0, abs=40.0)


class TestSummary:
    def test_animals_outside_count_at_the_end_and_are_said(self):
        found = reserve._summary(np.array([100.0, 120.0, -math.inf]), 58.0, 400.0)
        assert found[0] == pytest.approx((100.0 + 120.0 + 58.0) / 3)
        assert found[3:] == (3, 1, 0)

    def test_where_all_are_outside_there_is_no_age(self):
        found = reserve._summary(np.array([math.inf, math.inf]), 58.0, 400.0)
        assert math.isnan(found[0])
        assert found[3:] == (2, 0, 2)

    def test_an_interval_ends_where_the_life_ends(self):
        _, low, high, *_ = reserve._summary(np.array([60.0, 390.0]), 58.0, 400.0)
        assert (low, high) == (58.0, 400.0)


class TestAnimals:
    @pytest.fixture(scope="class")
    @staticmethod
    def sedentary() -> Reserve:
        """A sedentary mouse, followed for 120 days, against its own longer life."""
        return neurogenic_age(MOUSE | {"duration": "120 d"}, twins=3, alike=True, workers=0)

    def test_a_sedentary_animal_is_as_old_as_it_is(self, sedentary):
        """Its twin has the same seed, but begins younger; 3 animals, ages of stem cells within a month."""
        ages = sedentary.ages.set_index("measure")
        assert list(ages.index) == list(MEASURES)
        assert sedentary.age_d == 176.0
        assert ages.loc["stem_cells", "age_d"] == pytest.approx(176.0, abs=45.0)
        assert (ages["twins"] == 3).all()

    def test_the_curve_falls_and_says_where_it_was_looked_at(self, sedentary):
        stem = sedentary.curve[sedentary.curve["measure"] == "stem_cells"]["count"].to_numpy()
        assert stem[0] > stem[-1] > 0
        assert sedentary.youngest_d == 30.0 + sedentary.window_d
        assert sedentary.oldest_d > sedentary.age_d

    def test_it_is_said_in_sentences(self, sedentary):
        first, *found, patch = sedentary.sentences()
        assert first == "The animal is 5.78 months old."
        assert [s.split(":")[0] for s in found] == ["Stem cells", "Young neurons (DCX+)", "Newborn neurons a day"]
        assert "3 twins" in found[0]
        assert "patch" in patch

    def test_the_command_says_it(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        small = ["--set", "duration=9 d", "--set", "step=6 h", "--set", "tissue.septotemporal=200 um"]
        small += ["--set", "tissue.transverse=150 um", "--twins", "1", "--workers", "0", "--oldest", "3 mo"]
        done = CliRunner().invoke(app, ["reserve", "mouse_reserve_runner", *small])
        assert done.exit_code == 0, done.output
        assert "The animal is 1.68 months old." in done.output
        page = tmp_path / "runs" / "mouse_reserve_runner-reserve" / "reserve.html"
        assert "The animal is 1.68 months old." in page.read_text()


class TestRefused:
    @pytest.mark.parametrize(
        ("changes", "keys", "says"),
        [
            ({"duration": "12 h"}, {}, "shorter than a day"),
            ({"duration": "30 d"}, {"twins": 0}, "say nothing"),
            ({"duration": "30 d"}, {"oldest": "40 d"}, "too little of a life"),
            ({"duration": "30 d"}, {"oldest": "40"}, "unit"),
            ({"duration": "30 d"}, {"oldest": "9 yr"}, "years old"),
            ({"duration": "30 d"}, {"youngest": "3 d"}, "starts at an age of 30 d"),
        ],
    )
    def test_what_cannot_be_compared(self, changes, keys, says):
        with pytest.raises(InputError, match=says):
            neurogenic_age(MOUSE | changes, workers=0, **keys)
