"""Lives before the run that animals share: to the last bit as lived anew, and shared only where they are one."""

from typing import Any

import numpy as np
import pytest

from neurogen_abm.kept import Kept, fingerprint, read_only, shared
from neurogen_abm.lowering import histories, lower
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.run import TABLES, Result, prepare, run

BASE = "mouse_generated_running"
PATCH = {"septotemporal": "200 um", "transverse": "200 um"}
RUNNER: dict[str, Any] = {"tissue": PATCH, "duration": "2 d", "seed": 5, "pathway": "combined"}
# What comes later than the past, and what the past does not read.
LATER: dict[str, dict[str, Any]] = {
    "distance": {"activity[0].distance": "1 km/d"},
    "no activity": {"activity": []},
    "infusion": {"infusions": [{"signal": "bdnf", "route": "niche", "level": "60 pg/mL", "start": "1 d"}]},
    "neutralised later": {"knock_outs": [{"signal": "bdnf", "start": "1 d"}]},
    "labels": {
        "labels": [{"agent": "BrdU", "dose": "150 mg/kg", "at": "0 d"}],
        "assays": [{"name": "a", "count": "BrdU+", "at": "2 d"}],
    },
    "a clock that the blood of a mouse does not follow": {"clock": {"start": "13:00"}},
    "a number of running": {"physiology.wheel.day_to_day_cv": 0.3},
}
# What the past is made of.
PAST: dict[str, dict[str, Any]] = {
    "seed": {"seed": 6},
    "age": {"age": "10 wk"},
    "strain": {"strain": "DBA/2"},
    "tissue": {"tissue": {"septotemporal": "200 um", "transverse": "220 um"}},
    "a number of cells": {"lineage.clearance.time": "1.3 h"},
    "a number of blood": {"physiology.circulation.circadian_amplitude_female": 0.3},
    "mechanism": {"mechanisms": ["deepening_quiescence"]},
    "step": {"step": "30 min"},
    "missing for life": {"knock_outs": [{"signal": "bdnf"}]},
    "without a receptor": {"knock_outs": [{"receptor": "bdnf"}]},
}


def alike(one: Result, other: Result) -> bool:
    return all(getattr(one, name).equals(getattr(other, name)) for name in TABLES)


@pytest.mark.parametrize("changes", LATER.values(), ids=LATER)
def test_a_shared_past_changes_no_bit(changes):
    alone = run(BASE, overrides=RUNNER | changes)
    with shared() as kept:
        run(BASE, overrides=RUNNER)
        twin = run(BASE, overrides=RUNNER | changes)
        assert (len(kept), kept.found) == (1, 1)
    assert alike(twin, alone)


@pytest.mark.parametrize("changes", PAST.values(), ids=PAST)
def test_animals_of_another_past_share_none(changes):
    one, other = (lower(prepare(BASE, overrides=RUNNER | change)) for change in ({}, changes))
    minutes = [round(60 * whole.parameters.dt_h) for whole in (one, other)]
    keys = {histories.fingerprint_of(whole, m) for whole, m in zip((one, other), minutes, strict=True)}
    assert len(keys) == 2


def test_a_past_that_was_read_again_is_of_its_own_animal():
    """Kept are bytes: an animal that lives on changes neither those that follow it nor those before."""
    resolved = prepare(BASE, overrides=RUNNER)
    with shared() as kept:
        first, second = NeurogenesisModel(resolved), NeurogenesisModel(resolved)
        before = second.cells_frame()
        for _ in range(24):
            first.step()
        third = NeurogenesisModel(resolved)
        assert kept.found == 2
    assert second.cells_frame().equals(before)
    assert third.cells_frame().equals(before)
    assert not first.cells_frame().equals(before)
    for one, other in zip(second.world.tissue.geometry, third.world.tissue.geometry, strict=True):
        assert not np.shares_memory(one, other)


def test_nothing_is_kept_beyond_its_bound_nor_after_the_end():
    with shared(Kept(most_bytes=1000)) as kept:
        NeurogenesisModel(BASE, **RUNNER)
        assert len(kept) == kept.bytes == 0
    with shared() as kept:
        NeurogenesisModel(BASE, **RUNNER)
        assert kept.bytes > 0
    assert len(kept) == kept.bytes == 0


def test_twins_share_a_tissue_that_neither_can_change():
    one, other = (lower(prepare(BASE, overrides=RUNNER | {"duration": days})) for days in ("2 d", "3 d"))
    assert one.grid.capillary is other.grid.capillary
    with pytest.raises(ValueError, match="read-only"):
        one.grid.capillary[0, 0, 0] = 1.0
    for part in (*one.classes, one.grid.ring_u):
        assert part.flags.writeable  # another type to compiled code
    one.classes.site_class[:] = 0
    assert other.classes.site_class.any()
    assert lower(prepare(BASE, overrides=RUNNER)).classes.site_class.any()


def test_what_is_kept_longest_unused_goes_first():
    kept = Kept[str](most_bytes=10)
    for key in "ab":
        kept.keep(key, key, 5)
    kept.get("a")
    kept.keep("c", "c", 4)
    assert [kept.get(key) for key in "abc"] == ["a", None, "c"]
    assert kept.bytes == 9
    kept.keep("c", "d", 5)
    assert (kept.get("c"), kept.bytes) == ("d", 10)


def test_a_fingerprint_tells_every_bit_kind_and_shape():
    zeros = np.zeros((2, 3))
    values = [0, 0.0, -0.0, False, None, "", "0", (), [], ((),), zeros, zeros.T, zeros.astype(np.float32), {"a": 0}]
    values += [1.0, np.nextafter(1.0, 2.0), np.inf, np.nan, zeros + np.nextafter(0.0, 1.0), (1, (2, 3)), ((1, 2), 3)]
    assert len({fingerprint(value) for value in values}) == len(values)
    assert fingerprint(np.nan, zeros.T) == fingerprint(np.nan, np.zeros((3, 2)))
    with pytest.raises(TypeError, match="no fingerprint of a set"):
        fingerprint({1})


def test_read_only_arrays_are_refused_to_writers():
    array = np.zeros(2)
    read_only(array)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0
