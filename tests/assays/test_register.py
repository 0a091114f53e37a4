"""Which cells the register lists: those that lived in the run, and all before them that they come from."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.assays.recorder import _with_ancestors


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=40))
def test_every_mother_of_a_listed_cell_is_listed_and_no_other_cell(cells):
    """Each cell but founders, whose mother is 0, has the mother that is drawn for it, where that is an older one."""
    ids = np.arange(1, len(cells) + 1) * 2**40
    mothers = np.array([mother * 2**40 if mother < k else 0 for k, (mother, _) in enumerate(cells, 1)], np.int64)
    lived = np.array([here for _, here in cells], bool)
    wanted = set(ids[lived].tolist())
    for cell, mother in zip(ids[::-1].tolist(), mothers[::-1].tolist(), strict=True):
        if cell in wanted:
            wanted.add(mother)
    found = _with_ancestors(ids, mothers, lived)
    assert set(ids[found].tolist()) == wanted - {0}
    assert (lived == np.array([here for _, here in cells], bool)).all()
