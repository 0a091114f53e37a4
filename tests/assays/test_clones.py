"""Clones: each measure against the register, walked clone by clone; and against an animal in which all is known."""

import numpy as np
import pandas as pd
import pytest

from neurogen_abm.model import NeurogenesisModel

STEM = ("dormant", "resting", "active")
BEGUN_H = 48.0  # when stem cells recombine


class Walked:
    """The clones of an animal, cell by cell from the register: founders and all who descend from them."""

    def __init__(self, register: pd.DataFrame, founders: list[int]) -> None:
        self.cells = register.set_index("id")
        daughters = register.groupby("mother")["id"].apply(list).to_dict()
        self.clones = []
        for founder in founders:
            members, front = [founder], [founder]
            while front:
                front = [d for cell in front for d in daughters.get(cell, []) if self.cells.loc[d, "birth_h"] > BEGUN_H]
                members += front
            self.clones.append(members)
        self.divided = [members for members in self.clones if len(members) > 1]

    def alive(self, members: list[int], time_h: float = np.inf) -> list[int]:
        rows = self.cells.loc[members]
        begin_h, end_h = rows["birth_h"].clip(lower=BEGUN_H), rows["end_h"].fillna(np.inf)
        return list(rows.index[(begin_h <= time_h) & ((end_h > time_h) | (end_h == np.inf))])

    def peak(self, members: list[int]) -> int:
        times = [BEGUN_H, *self.cells.loc[members, "birth_h"]]
        return max(len(self.alive(members, time_h)) for time_h in times if time_h >= BEGUN_H)


@pytest.fixture(scope="module")
def animal(patch) -> NeurogenesisModel:
    model = recombined(patch((800.0, 500.0), duration="21 d", outputs={"cadence": "1 d"}))
    while model.running:
        model.step()
    return model


def recombined(spec) -> NeurogenesisModel:
    """Return an animal on its third day, half of its stem cells just recombined."""
    model = NeurogenesisModel(spec)
    while model.world.time_h < BEGUN_H:
        model.step()
    model.histology.inject("tamoxifen", share=0.5)
    return model


@pytest.fixture(scope="module")
def walked(animal: NeurogenesisModel) -> Walked:
    return Walked(animal.cells_frame(), recombined(animal.spec).histology.cells("tamoxifen+").tolist())


def taken(animal: NeurogenesisModel, name: str, since_h: float = 0.0) -> tuple[float, int]:
    from neurogen_abm.assays.measures import MEASURES, Sight

    return MEASURES[name].take(Sight(animal.world, animal.histology.labels, since_h))


def test_clones_and_their_share(animal, walked) -> None:
    assert taken(animal, "clones") == (len(walked.divided), len(walked.clones))
    assert len(walked.divided) > 10
    assert taken(animal, "clone_active_share")[0] == pytest.approx(len(walked.divided) / len(walked.clones))


def test_sizes(animal, walked) -> None:
    alive = [walked.alive(members) for members in walked.divided]
    assert taken(animal, "clone_size")[0] == pytest.approx(np.mean([len(cells) for cells in alive]))
    assert taken(animal, "clone_peak")[0] == pytest.approx(np.mean([walked.peak(m) for m in walked.divided]))
    assert taken(animal, "clone_cells_recorded")[0] == pytest.approx(np.mean([len(m) for m in walked.divided]))


def test_composition(animal, walked) -> None:
    state = walked.cells["state"].astype(str)
    alive = [state.loc[walked.alive(members)] for members in walked.divided]
    kinds = {
        "clone_neurons": ("immature_early", "immature_late", "maturing", "mature"),
        "clone_progenitors": ("type_2a", "type_2b", "type_3"),
        "clone_astrocytes": ("astrocyte",),
    }
    for name, states in kinds.items():
        assert taken(animal, name)[0] == pytest.approx(np.mean([cells.isin(states).sum() for cells in alive])), name
    parts = sum(taken(animal, name)[0] for name in kinds)
    stem = np.mean([cells.isin(STEM).sum() for cells in alive])
    assert parts + stem == pytest.approx(taken(animal, "clone_size")[0])
    assert taken(animal, "clone_stem_share")[0] == pytest.approx(np.mean([cells.isin(STEM).any() for cells in alive]))


def test_first_division(animal, walked) -> None:
    born_h = [[t for t in walked.cells.loc[members, "birth_h"] if t > BEGUN_H] for members in walked.divided]
    first = [(min(times) - BEGUN_H) / 24.0 for times in born_h]
    assert taken(animal, "clone_first_division")[0] == pytest.approx(np.median(first))


@pytest.mark.parametrize("since_h", [0.0, 300.0])
def test_the_cycle_and_the_age_at_death(animal, since_h) -> None:
    register = animal.cells_frame()
    divided = register[(register["cause"] == "division") & (register["end_h"] >= since_h)]
    value, n = taken(animal, "cycle_length", since_h)
    assert (value, n) == (pytest.approx((divided["end_h"] - divided["birth_h"]).median()), len(divided))
    assert value > 14.0
    dead = register[(register["cause"] == "apoptosis") & (register["end_h"] >= since_h)]
    value, n = taken(animal, "age_at_death", since_h)
    assert (value, n) == (pytest.approx((dead["end_h"] - dead["birth_h"]).median() / 24.0), len(dead))


def test_without_clones_there_is_nothing_to_measure(lived) -> None:
    model = lived()
    for name in ("clone_size", "clone_peak", "clone_first_division", "clone_stem_share"):
        value, n = taken(model, name)
        assert np.isnan(value), name
        assert n == 0
    assert taken(model, "clones") == (0.0, 0)
