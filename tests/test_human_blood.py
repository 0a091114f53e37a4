"""Blood, fitness and hippocampus of people beside what was published: what the page about people says is so."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from neurogen_abm.biology import plasma, release
from tests.test_body import NO_RHYTHM, Body

PAGE = (Path(__file__).parent.parent / "docs" / "human.md").read_text()
ROW = re.compile(r"^\| (\w+) \| .*? \| (-?[\d.]+) to (-?[\d.]+) \| (-?[\d.]+) \| (inside|\*\*missed\*\*) \|$", re.M)
TABLE = {name: (float(low), float(high), value, verdict) for name, low, high, value, verdict in ROW.findall(PAGE)}
WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]


class Person(Body):
    niche_rise = 0.0


def bouts(intensity: float, work: float, n: int = 1, rest: float = 0.0, **keys: Any) -> list[dict[str, Any]]:
    block = {"kind": "interval", "bouts": n, "work": f"{work} min", "rest": f"{rest} min", "intensity": intensity}
    return [{**block, "clock": "10:00", **keys}]


def person(activity: list[dict[str, Any]], days: float = 1, **changes: Any) -> Person:
    base = {"name": "person", "species": "human", "sex": "male", "age": "25 yr", "clock": {"start": "10:00"}}
    settings = {"duration": f"{days} d", "activity": activity, "parameters": NO_RHYTHM, "step": "1 h"} | changes
    return Person({**base, "duration": f"{days} d"}, **settings)


def levels(one: Person) -> dict[str, float]:
    """Return plasma and serum now, pg/mL."""
    p, state = one.physiology, one.muscle.state
    blood = float(state[plasma.PLASMA]) * p.plasma_rest_pg_ml
    serum = release.serum_pg_ml(
        blood, float(state[plasma.PLATELETS]), p.platelets_per_ul, p.cargo_pg_per_1000, p.serum_rise
    )
    return {"plasma": blood, "serum": serum}


@cache
def session(name: str, minutes: float, sex: str = "male") -> dict[str, float]:
    """Return the rise of plasma and serum over rest after so many minutes of a session, percent."""
    sessions = {
        "light": bouts(0.25, 90),
        "moderate": bouts(0.65, 30),
        "vigorous": bouts(0.8, 40),
        "brisk": bouts(0.6, 40),
        "low": bouts(0.4, 30),
        "graded": [b for i in range(7) for b in bouts((i + 1) / 7, 2, clock=f"10:{2 * i:02d}")],
        "maximal": bouts(1.0, 6),
        "intervals": bouts(1.0, 40 / 60, 6, 100 / 60),
        "sprints": bouts(2.0, 0.5, 4, 4.5),
        "forearm": bouts(0.1, 10),
    }
    one = person(sessions[name], sex=sex, step="1 min")
    rest = levels(one)
    one.live(minutes / 1440)
    return {kind: 100.0 * (level / rest[kind] - 1.0) for kind, level in levels(one).items()}


@cache
def trained(kind: str) -> dict[str, float]:
    """Return the rise of plasma, serum and fitness at rest after twelve weeks, percent."""
    strength = {"kind": "resistance", "session": "40 min", "intensity": 0.7, "clock": "18:00", "days": ["tue", "fri"]}
    blocks = bouts(0.6, 30, clock="18:00", days=WORKDAYS) if kind == "walking" else [strength]
    one = person(blocks, days=85)
    rest = levels(one)
    one.live(84)
    found = {name: 100.0 * (level / rest[name] - 1.0) for name, level in levels(one).items()}
    return found | {"fitness": 100.0 * (one.muscle.fitness - 1.0)}


SIMULATED = {
    "light_plasma": lambda: session("light", 90)["plasma"],
    "light_serum": lambda: session("light", 90)["serum"],
    "moderate_serum": lambda: session("moderate", 30)["serum"],
    "vigorous_40_serum": lambda: session("vigorous", 40)["serum"],
    "vigorous_20_serum": lambda: session("vigorous", 20)["serum"],
    "moderate_40_serum": lambda: session("brisk", 40)["serum"],
    "meta_serum": lambda: session("brisk", 20)["serum"],
    "graded_serum": lambda: session("graded", 14)["serum"],
    "maximal_plasma": lambda: session("maximal", 6)["plasma"],
    "intervals_plasma": lambda: session("intervals", 13)["plasma"],
    "sprints_plasma": lambda: session("sprints", 16)["plasma"],
    "forearm_serum": lambda: session("forearm", 10)["serum"],
    "low_serum": lambda: session("low", 30)["serum"],
    "recovered_plasma": lambda: session("maximal", 66)["plasma"],
    "recovered_serum": lambda: session("vigorous", 100)["serum"],
    "women_plasma": lambda: session("moderate", 30, "female")["plasma"],
    "trained_rest_plasma": lambda: trained("walking")["plasma"],
    "trained_rest_serum": lambda: trained("walking")["serum"],
    "resistance_rest_plasma": lambda: trained("strength")["plasma"],
    "trained_fitness": lambda: trained("walking")["fitness"],
}


def test_the_page_shows_every_case_and_no_other() -> None:
    assert set(TABLE) == set(SIMULATED)


@pytest.mark.parametrize("name", SIMULATED)
def test_a_number_on_the_page_is_what_is_simulated(name: str) -> None:
    assert float(TABLE[name][2]) == pytest.approx(SIMULATED[name](), abs=0.055)


@pytest.mark.parametrize("name", TABLE)
def test_a_verdict_follows_from_the_published_range(name: str) -> None:
    low, high, value, verdict = TABLE[name]
    assert (verdict == "inside") is (low <= float(value) <= high)


def test_women_s_serum_rises_as_men_s() -> None:
    his, hers = (session("moderate", 30, sex)["serum"] for sex in ("male", "female"))
    assert hers == pytest.approx(his, rel=0.02)


def test_bed_rest_is_what_the_page_says() -> None:
    """Fitness, muscle, strength and hippocampal BDNF over the day before, percent: bed, and training after it."""
    one = Person("human_bed_rest")
    read = ("fitness", "muscle_mass", "strength", "hippocampal_protein")
    before, after = _read(one, 14, read), [_read(one, days, read) for days in (21, 28, 28)]
    for number, name in enumerate(("fitness", "muscle", "strength", "BDNF of the hippocampus")):
        row = re.search(rf"^\| {name} \| ([-+][\d.]+) % \| ([-+][\d.]+) % \| ([-+][\d.]+) % \|", PAGE, re.M)
        assert row is not None
        now = [100.0 * (day[number] / before[number] - 1.0) for day in after]
        assert now == pytest.approx([float(cell) for cell in row.groups()], abs=0.055)


def _read(one: Person, days: float, names: tuple[str, ...]) -> list[float]:
    muscle = one.live(days)
    return [float(getattr(muscle, name)) for name in names]


class TestVolume:
    @staticmethod
    def change(age: str, activity: list[dict[str, Any]]) -> float:
        """Return the change of the volume in a year, percent."""
        return 100.0 * (person(activity, 366, age=age, step="6 h").live(365.25).volume - 1.0)

    @pytest.mark.parametrize(("age", "published"), [("40 yr", -0.38), ("60 yr", -0.98), ("75 yr", -1.12)])
    def test_a_sedentary_year_is_that_of_its_band(self, age, published):
        assert self.change(age, []) == pytest.approx(published, abs=0.01)

    def test_a_year_of_walking_is_what_the_page_says(self):
        walks = bouts(0.65, 40, days=["mon", "wed", "fri"])
        control, walkers = self.change("67 yr", []), self.change("67 yr", walks)
        row = re.search(r"^\| here \| (-?[\d.]+) \| (-?[\d.]+) \| ([\d.]+) \|$", PAGE, re.M)
        assert row is not None
        assert [float(cell) for cell in row.groups()] == pytest.approx(
            [control, walkers, walkers - control], abs=0.0055
        )

    def test_a_month_is_its_part_of_a_year(self):
        one = person([], 40, age="72 yr")
        assert one.live(36).volume == pytest.approx(1.0 - 0.0112 * 36 / 365.25, abs=4e-5)
