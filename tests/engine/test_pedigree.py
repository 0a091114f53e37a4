"""A register said briefly is the same register, to the last bit; what is none is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.engine import pedigree
from neurogen_abm.rng import daughter_id
from neurogen_abm.state import MisfitError, copied
from neurogen_abm.storage.checkpoint import Content, packed


@pytest.fixture(scope="module")
def register(lived) -> dict[str, Any]:
    """Columns of all cells that ended in a patch, history of the animal included."""
    return copied(lived(running=True).world.population.registered)


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, column in expected.items():
        assert found[name].dtype == column.dtype, name
        assert found[name].tobytes() == column.tobytes(), name


def test_the_register_of_an_animal_comes_back_in_half_the_room(register):
    brief = pedigree.brief(register)
    same(pedigree.full(brief), register)
    assert len(register["id"]) > 3000
    assert len(packed(Content({}, brief, {}))) < 0.55 * len(packed(Content({}, register, {})))


def test_nearly_all_ids_follow_from_those_of_mothers(register):
    """Founders have no mother, and their ids count from 1."""
    brief = pedigree.brief(register)
    assert set(brief["ids"]) == set(register["id"][register["mother"] == 0])
    one = int(np.flatnonzero(brief["child"] == 2)[0])
    assert register["id"][one] == daughter_id(register["mother"][one], 0, 1)


def test_a_register_that_is_whole_is_left_as_it_is(register):
    assert pedigree.full(register) is register


def made(mothers: list[int], births: list[float], ends: list[float]) -> dict[str, Any]:
    """Return a register whose cells have any mothers, times and founders."""
    n = len(mothers)
    return {
        "id": np.arange(1, n + 1, dtype=np.int64) * 10**15,
        "mother": np.array(mothers, np.int64) * 10**15,
        "founder": np.array(mothers, np.int32) % 3,
        "birth_h": np.array(births, np.float64),
        "end_h": np.array(ends, np.float64),
        "divisions": np.array(mothers, np.uint16),
    }


TIMES = st.sampled_from([0.0, -0.0, 1.5, float("nan"), -1e300])


@settings(max_examples=40)
@given(st.data())
def test_any_register_comes_back(data):
    """Mothers in it or elsewhere, later rows or earlier ones, ids that follow no rule, times of every kind."""
    n = data.draw(st.integers(0, 12))
    order = data.draw(st.permutations(range(1, n + 1)))
    older: dict[int, int] = {}
    for k, cell in enumerate(order):
        older[cell] = data.draw(st.sampled_from([0, 99, *order[:k]]))
    births, ends = (data.draw(st.lists(TIMES, min_size=n, max_size=n)) for _ in range(2))
    register = made([older[cell] for cell in range(1, n + 1)], births, ends)
    same(pedigree.full(pedigree.brief(register)), register)


def test_every_division_of_a_stem_cell_is_known_by_its_number():
    divisions, stem = 20, 7
    ids = np.array([daughter_id(stem, k, 1) for k in range(divisions)] + [stem], np.int64)
    register = made([0] * len(ids), [0.0] * len(ids), [1.0] * len(ids))
    register |= {"id": ids, "mother": np.array([stem] * divisions + [0], np.int64)}
    register["divisions"] = np.array([0] * divisions + [divisions], np.uint16)
    brief = pedigree.brief(register)
    assert list(brief["ids"]) == [stem]
    assert list(brief["child"]) == [2 * (k + 1) for k in range(divisions)] + [0]
    same(pedigree.full(brief), register)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("mother_before", lambda column: np.full_like(column, -1)),  # one has the row after the last as her mother
        ("mother_before", lambda column: column[:-1]),
        ("mother_before", lambda column: column.astype(np.int64)),
        ("mothers", lambda column: column[:-1]),
        ("child", lambda column: column.astype(np.uint8)),
        ("ids", lambda column: np.append(column, 1)),
        ("clone_of", np.ones_like),
        ("born_with", np.ones_like),
        ("births_h", lambda column: column[1:]),
        ("founders", lambda column: column.astype(np.float64)),
        ("end_h", None),
    ],
)
def test_what_is_no_register_is_refused(register, name, change):
    brief = pedigree.brief(register)
    if change is None:
        del brief[name]
    else:
        brief[name] = change(brief[name])
    with pytest.raises(MisfitError):
        pedigree.full(brief)


def test_cells_that_are_each_others_mothers_are_refused():
    brief = pedigree.brief(made([0, 1], [0.0, 1.0], [1.0, 2.0]))
    brief |= {"mother_before": np.array([-1, 1], np.int32), "mothers": brief["mothers"][:0]}
    with pytest.raises(MisfitError):
        pedigree.full(brief)
