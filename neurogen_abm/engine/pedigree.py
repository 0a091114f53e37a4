"""The register of an animal said briefly: what a cell has from its mother is not written a second time.

Ids are the words of a random function of mother, division and sister (`rng.daughter_id`), and no packer finds a rule in
them; times of birth and founders stand in the row of the mother. A year of a whole gyrus takes less than half the room.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import jit, rng
from neurogen_abm.state import MisfitError, State, array, part

# The columns that are said briefly, and by which arrays.
_FULL: Final = ("id", "mother", "birth_h", "founder")
_BRIEF: Final = ("mother_before", "mothers", "child", "ids", "born_with", "births_h", "clone_of", "founders")

_daughter_id: Any = jit.plain(rng.daughter_id)  # as plain Python it takes arrays


def brief(register: State) -> State:
    """Return the columns of a register (`population.Register`) without what follows from the mother of each cell.

    The state that is returned holds, row by row: ``mother_before``, how many rows before its own the mother stands
    (0: not in the register; then ``mothers`` has her id); ``child``, 1 + 2 x division + sister where the id follows
    from that of the mother (0: ``ids`` has it); ``born_with``, whether the cell was born when the mother ended (else
    ``births_h``); ``clone_of``, whether her founder is its own (else ``founders``). `full` is the way back.
    """
    ids, mothers, births_h, founders = (register[name] for name in _FULL)
    rows = np.arange(len(ids))
    found, row = _rows_of(mothers, ids)
    child = _children(ids, mothers, int(register["divisions"].max(initial=0)))
    # By their bits: 0 and -0, of which nothing here makes the second, are not the same.
    born_with = found & (births_h.view(np.int64) == register["end_h"].view(np.int64)[row])
    clone_of = found & (founders == founders[row])
    said = {
        "mother_before": np.where(found, rows - row, 0).astype(np.int32),
        "mothers": mothers[~found],
        "child": child,
        "ids": ids[child == 0],
        "born_with": born_with,
        "births_h": births_h[~born_with],
        "clone_of": clone_of,
        "founders": founders[~clone_of],
    }
    return {name: column for name, column in register.items() if name not in _FULL} | said


def full(register: State) -> State:
    """Return the columns of a register of which `brief` made these; one that has all of them is returned as it is.

    Raises
    ------
    MisfitError
        It is none: a column is missing or too short, or a cell would be her own mother.
    """
    if "id" in register:
        return register
    before = array(part(register, "mother_before"), "mother_before", np.int32)
    n = len(before)
    child = array(part(register, "child"), "child", np.uint16, (n,))
    found, row = before != 0, np.arange(n) - before
    if n and not (row.min() >= 0 and row.max() < n):
        raise MisfitError("mother_before")
    mothers = _own(register, "mothers", np.int64, ~found)
    ids = _own(register, "ids", np.int64, child == 0)
    founders = _own(register, "founders", np.int32, ~_flags(register, "clone_of", found))
    births_h = _own(register, "births_h", np.float64, ~_flags(register, "born_with", found))
    end_h = array(part(register, "end_h"), "end_h", np.float64, (n,))
    inherits, with_her = register["clone_of"], register["born_with"]
    births_h[with_her] = end_h[row[with_her]]
    for rows in _mothers_first(found, row):
        of_known = rows[found[rows]]
        mothers[of_known] = ids[row[of_known]]
        of_clone = rows[inherits[rows]]
        founders[of_clone] = founders[row[of_clone]]
        for code in np.unique(child[rows[child[rows] > 0]]):
            born = rows[child[rows] == code]
            ids[born] = _daughter_id(mothers[born], *divmod(int(code) - 1, 2))
    said = {"id": ids, "mother": mothers, "birth_h": births_h, "founder": founders}
    return {name: column for name, column in register.items() if name not in _BRIEF} | said


def _rows_of(wanted: NDArray[np.int64], ids: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which of the wanted ids there are in another row than their own, and their rows."""
    order, by_wanted = np.argsort(ids), np.argsort(wanted)
    at = np.empty(len(wanted), np.int64)
    at[by_wanted] = np.searchsorted(ids[order], wanted[by_wanted])  # both in order: no look-up is far from the last
    row = order[np.minimum(at, len(ids) - 1)] if len(ids) else at
    found = (ids[row] == wanted) & (row != np.arange(len(wanted)))
    return found, np.where(found, row, 0)


def _children(ids: NDArray[np.int64], mothers: NDArray[np.int64], most_divisions: int) -> NDArray[np.uint16]:
    """Return 1 + 2 x division + sister of each cell, 0 where her id does not follow from that of her mother."""
    child = np.zeros(len(ids), np.uint16)
    left = np.flatnonzero(mothers != 0)
    for code in range(1, 2 * min(most_divisions, 255) + 3):
        if not len(left):
            break
        hit = _daughter_id(mothers[left], *divmod(code - 1, 2)) == ids[left]
        child[left[hit]] = code
        left = left[~hit]
    return child


def _own(register: State, name: str, dtype: type[np.generic], rows: NDArray[np.bool_]) -> NDArray[np.generic]:
    """Return a column with the values that are said in these rows, zero elsewhere."""
    column = np.zeros(len(rows), dtype)
    column[rows] = array(part(register, name), name, dtype, (int(rows.sum()),))
    return column


def _flags(register: State, name: str, found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which cells have something from their mother; a MisfitError where one has none in the register."""
    flags = array(part(register, name), name, np.bool_, found.shape)
    if (flags & ~found).any():
        raise MisfitError(name)
    return flags


def _mothers_first(found: NDArray[np.bool_], row: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return all rows in groups, those of mothers before those of daughters."""
    groups, known, left = [np.flatnonzero(~found)], ~found, np.flatnonzero(found)
    while len(left):
        now = known[row[left]]
        if not now.any():
            raise MisfitError("mother_before")
        groups.append(left[now])
        known[left[now]] = True
        left = left[~now]
    return groups
