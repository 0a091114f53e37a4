"""Second reading of what strains and mechanisms of ageing say, from the abstracts and from single stem cells."""

import math

import numpy as np
import pytest

from neurogen_abm.spec.catalogue import load_catalogue

# rgl_redivide_km: share of stem cells not divided again so many days after a division; 65 intervals.
SILENT = {5: 0.66, 10: 0.57, 20: 0.39, 30: 0.31, 60: 0.29}


def _silent(called: float, deepening: float, woken: float) -> dict[int, float]:
    """Return what two depths of quiescence make of it, from day 5 on, by steps of a hundredth of a day."""
    rest, deep, found = SILENT[5], 0.0, {}
    for step in range(1, 5501):
        sunk = deepening * rest
        rest, deep = rest - 0.01 * (called + deepening) * rest, deep + 0.01 * (sunk - woken * deep)
        if (day := 5 + step / 100) in SILENT:
            found[int(day)] = rest + deep
    return found


def _distance(found: dict[int, float]) -> float:
    return float(np.sqrt(np.mean([(found[day] - SILENT[day]) ** 2 for day in found])))


def test_two_depths_leave_as_many_silent_as_were_seen_and_one_does_not() -> None:
    """rgl_redivide_km: "fits stay active, shallow rest, deep rest"; three tenths are silent to 60 d."""
    deep = load_catalogue("mouse", mechanisms=["deepening_quiescence"])
    rates = [deep.value(f"lineage.stem.{name}", "1/d") for name in ("resting_activation_floor", "deepening")]
    with_depth = _silent(*rates, deep.value("lineage.stem.dormant_activation_floor", "1/d"))
    assert _distance(with_depth) < 0.04
    assert with_depth[60] == pytest.approx(SILENT[60], abs=0.06)  # one standard error of 65 intervals
    shallow = load_catalogue("mouse").value("lineage.stem.resting_activation_floor", "1/d")
    assert _silent(shallow, 0.0, 0.0)[60] < 0.12
    assert min(_distance(_silent(rate, 0.0, 0.0)) for rate in np.arange(0.01, 0.08, 0.001)) > 0.06


def test_ageing_of_the_young_with_depth_lies_in_the_ranges_of_lineage_md() -> None:
    """lineage.md 2.2: dormant cells start at 0.01-0.03 a day, resting ones at 0.02-0.10."""
    value = load_catalogue("mouse", mechanisms=["deepening_quiescence"]).value
    for rate, low, high in (("dormant", 0.01, 0.03), ("resting", 0.02, 0.10)):
        start = sum(float(value(f"lineage.stem.{rate}_activation_{part}", "1/d")) for part in ("floor", "rise"))
        assert low <= start <= high


def test_bdnf_of_old_rats_is_half_of_that_of_the_young() -> None:
    """shetty2004, abstract: 45-52 % less in middle-aged and aged hippocampi."""
    value = load_catalogue("mouse", mechanisms=["falling_bdnf"]).value
    assert 0.48 <= value("physiology.niche.aged_share", "1") <= 0.55


def test_what_falling_bdnf_adds_to_death_at_12_months_is_taken_out_of_what_was_measured_then() -> None:
    value = load_catalogue("mouse", mechanisms=["falling_bdnf"]).value
    share, since_d = value("physiology.niche.aged_share", "1"), 365 - value("physiology.niche.waning_age", "d")
    left = share + (1.0 - share) * math.exp(-since_d / value("physiology.niche.waning_time", "d"))
    bdnf = "signals.bdnf.effects.late_survival"
    k, hill = (
        value(f"{bdnf}.half_max", "pg/mL") / value("physiology.niche.rest_level", "pg/mL"),
        value(f"{bdnf}.hill", "1"),
    )
    now, rest = (fold**hill / (fold**hill + k**hill) for fold in (left, 1.0))
    more = value(f"{bdnf}.towards", "1") ** ((now - rest) / (1.0 - rest))
    assert value("lineage.neuron.death_scale_aged", "1") == pytest.approx(1.0 / more, rel=0.02)


@pytest.mark.parametrize(
    ("species", "strain", "path", "unit", "read"),
    [
        # kempermann1997_pnas: 0.16 % of 280,000 against 0.36 % of 239,000 new neurons, times 19,800.
        ("mouse", "129/SvJ", "lineage.stem.initial_count", "cells", 19_800 * (0.0016 * 280_000) / (0.0036 * 239_000)),
        # jung2010: DBA/2J runners 1.6 (0.4) km a day; hoffmann1987: a maximum of 6-7 km per 24 h.
        ("mouse", "DBA/2", "physiology.wheel.default_distance", "km/d", 1.6),
        ("rat", "SHR", "physiology.wheel.default_distance", "km/d", 6.5),
    ],
)
def test_numbers_of_strains(species: str, strain: str, path: str, unit: str, read: float) -> None:
    assert load_catalogue(species, strain=strain).value(path, unit) == pytest.approx(read, rel=0.01)


def test_a_cross_stands_between_its_parents() -> None:
    counts = [
        load_catalogue("mouse", strain=name).value("lineage.stem.initial_count", "cells")
        for name in ("C57BL/6", "129/SvJ", "C57BL/6 x 129")
    ]
    assert counts[2] == pytest.approx(sum(counts[:2]) / 2)


def test_bdnf_at_saturation_wakes_dormant_cells_as_often_as_resting_ones() -> None:
    """At two months, by the rates of the catalogue and of deepening quiescence."""
    own = load_catalogue("mouse", mechanisms=["activity_undoes_depth"])
    dormant, resting = (own.value(f"signals.bdnf.effects.{name}.towards", "1") for name in ("awakening", "activation"))
    ratios = []
    for mechanisms in ((), ("deepening_quiescence",)):
        value = load_catalogue("mouse", mechanisms=mechanisms).value
        fade = math.exp(-30 / value("lineage.stem.activation_decline", "d"))
        floor, rise = (
            [value(f"lineage.stem.{depth}_activation_{part}", "1/d") for depth in ("resting", "dormant")]
            for part in ("floor", "rise")
        )
        ratios.append((floor[0] + rise[0] * fade) / (floor[1] + rise[1] * fade))
    assert min(ratios) < dormant / resting < max(ratios)
    states = {e.name: e.states for e in own.effects if e.signal == "bdnf" and e.target == "activation"}
    assert states == {"activation": ("resting",), "awakening": ("dormant",)}
