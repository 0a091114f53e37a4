"""Lineages as Newick trees: every branch is a stretch of a life, in days; every division is a node.

A cell that divides and lives on, as stem cells do, goes on as a branch of its own beside each daughter. So a leaf is
the end of a cell, or where it stood when the run ended, and an inner node with a name is a cell that ended in division.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from neurogen_abm.numerals import written

if TYPE_CHECKING:
    import pandas as pd

    from neurogen_abm.run import Result

# Ends that leave nothing of the mother beside her daughters.
_DIVIDED = ("division", "consumption")
_SLACK_H = 1e-6


class Life(NamedTuple):
    """One cell of the register."""

    id: int
    mother: int
    founder: int
    birth_h: float
    end_h: float
    state: str
    cause: str


def write_newick(result: "Result", place: Path) -> None:
    """Write the lineages of a run, one tree a line."""
    end_h = float(result.series["time_h"].iloc[-1])
    with place.open("w", encoding="ascii") as file:
        file.writelines(f"{tree}\n" for tree in trees(result.cells, end_h))


def trees(cells: "pd.DataFrame", end_h: float) -> Iterator[str]:
    """Yield a rooted Newick tree for each cell of the register whose mother is not in it.

    A clone of which several cells lived when the register began has as many trees; all say their clone. Leaves and
    nodes are named ``cell`` and the id, with state and end of the cell as remarks (``[&state=...]``, as BEAST and
    FigTree write them). The first branch is the life of the root until it first divides.

    >>> import pandas as pd
    >>> life = {"id": [1, 2, 3], "mother": [0, 1, 1], "founder": 1, "birth_h": [0.0, 24.0, 24.0]}
    >>> life |= {"end_h": [24.0, 36.0, None], "state": "type_3", "cause": ["division", "apoptosis", "alive"]}
    >>> list(trees(pd.DataFrame(life), 48.0))[0].replace("[&state=type_3,cause=", "[")
    '[&R] [&clone=1] (cell2[apoptosis]:0.5,cell3[alive]:1)cell1[division]:1;'
    """
    names = ("id", "mother", "founder", "birth_h", "end_h", "state", "cause")
    columns = [cells[name].fillna(end_h) if name == "end_h" else cells[name] for name in names]
    lives = {life.id: life for life in (Life(*values) for values in zip(*(c.tolist() for c in columns), strict=True))}
    daughters: dict[int, list[Life]] = {}
    for life in lives.values():
        daughters.setdefault(life.mother, []).append(life)
    for life in lives.values():
        if life.mother not in lives:
            yield f"[&R] [&clone={life.founder}] {_tree(life, daughters)};"


def _tree(root: Life, daughters: Mapping[int, Sequence[Life]]) -> str:
    """Return the tree of a cell; deep lineages need no deep stack."""
    order, waiting = [], [root]
    while waiting:
        life = waiting.pop()
        order.append(life)
        waiting += daughters.get(life.id, ())
    text: dict[int, str] = {}
    for life in reversed(order):
        own = sorted(daughters.get(life.id, ()), key=lambda one: (one.birth_h, one.id))
        text[life.id] = _life(life, own, text)
        for one in own:
            del text[one.id]
    return text[root.id]


def _life(life: Life, own: Sequence[Life], text: Mapping[int, str]) -> str:
    """Return a life from its birth: a node at each division, and the cell, or what was left of it, at the end."""
    litters = [[text[one.id] for one in litter] for _, litter in groupby(own, key=lambda one: one.birth_h)]
    times = [time_h for time_h, _ in groupby(one.birth_h for one in own)]
    label = f"cell{life.id}[&state={life.state},cause={life.cause}]"
    node, at_h = label, life.end_h
    if times and life.cause in _DIVIDED and times[-1] >= life.end_h - _SLACK_H:
        node = f"({','.join(litters.pop())}){label}"
        times.pop()
    for time_h, litter in zip(reversed(times), reversed(litters), strict=True):
        node = f"({node}:{_days(at_h - time_h)},{','.join(litter)})"
        at_h = time_h
    return f"{node}:{_days(at_h - life.birth_h)}"


def _days(hours: float) -> str:
    return written(max(hours, 0.0) / 24, 9)
