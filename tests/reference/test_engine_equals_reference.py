"""The engine gives what plain Mesa agents give: every cell, every hour, every bit."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from reference_cell import NeuralCell
from reference_model import ReferenceModel

from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.engine import commit, timers
from neurogen_abm.engine.world import World
from neurogen_abm.lowering import lower
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.yaml.writer import write

FOLDER = Path(__file__).parent
RUN = {"kind": "wheel", "distance": "7 km/d"}
# Between them: every route to the niche, drive answering to it, both ends of age, steps of one, two and six hours
# (longer than a body takes to be cleared, so that a cell may be born, die and be gone in one), a layer that loses cells
# of development, stem cells without a receptor, an infusion, cells that die waiting for a free site, mechanisms of
# ageing, and habituation by a running mean beside the loss of gain that is standard.
LIVES: dict[str, dict[str, Any]] = {
    "running": {"activity": [RUN], "pathway": "combined", "feedback": True},
    "ageing": {
        "age": "8 mo",
        "step": "2 h",
        "activity": [RUN | {"start": "10 d"}],
        "parameters": {"anatomy.developmental_cell_death": "0.001 1/d"},
        "mechanisms": ["deepening_quiescence", "falling_bdnf"],  # and without those that are standard
    },
    "knock_out": {
        "activity": [RUN],
        "pathway": "activity",
        "knock_outs": [{"source": "plasma", "signal": "bdnf"}, {"receptor": "bdnf", "states": ["dormant", "resting"]}],
        "infusions": [{"signal": "bdnf", "route": "niche", "level": "25 pg/mL", "start": "20 d", "end": "27 d"}],
    },
    "no_plasma": {
        "step": "6 h",
        "activity": [RUN],
        "pathway": "combined",
        "knock_outs": [{"source": "plasma", "signal": "bdnf"}, {"signal": "irisin"}],
    },
    # Messengers with effects of their own and their mean, the brake under force, one infused, some neutralised.
    "messengers": {
        "activity": [RUN, {"kind": "treadmill", "speed": "35 m/min", "session": "60 min", "clock": "10:00"}],
        "pathway": "messengers",
        "combiner": -4,
        "knock_outs": [
            {"signal": "igf1", "share": "90 %", "start": "10 d", "end": "30 d"},
            {"signal": "vegf", "share": "50 %"},
            {"signal": "bdnf", "source": "niche", "share": "20 %", "start": "40 d"},
        ],
        "infusions": [{"signal": "lactate", "route": "systemic", "rate": "20 mg/h", "start": "20 d", "end": "27 d"}],
    },
    "crowded": {
        "activity": [RUN],
        "parameters": {
            "lineage.stem.initial_count": "20000 cells",
            "anatomy.granule_cells": {"value": "535000 cells", "why": "a layer that is nearly full"},
            "lineage.migration.reach": "1",
        },
    },
}
EVENTS = ("births", "stem_divisions", "progenitor_divisions", "deaths", "cleared", "integrated", "consumed", "waited")
# Name of a tally -> index in the engine's. The reference keeps those of events, and has those of cells counted.
TALLIES = {name: getattr(commit, name.upper()) for name in (*EVENTS, "new_neurons")}
for code, state in enumerate(STATES):
    TALLIES |= {f"deaths_{state}": commit.DEATHS_BY_STATE + code, f"in_{state}": commit.IN_STATE + code}
LIFE = ("mother", "founder", "generation", "birth_state", "birth_h", "site", "divisions")
# Two threads wait for each other at every step, which is dear on a busy machine.
ENGINES = ("as it is", "rows in another order every day, and threads every fourth")

Books = dict[int, tuple[Any, ...]]


def bits(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row whose floats equal only others of the same bits, NaN included."""
    return tuple(value.hex() if isinstance(value, float) else value for value in row)


def rows(table: Any, n: int, names: tuple[str, ...]) -> Books:
    """Return columns of a table of the engine as rows by id."""
    columns = [getattr(table, name)[:n].tolist() for name in names]
    found = {cell: bits(tuple(row)) for cell, *row in zip(table.id[:n].tolist(), *columns, strict=True)}
    assert len(found) == n
    return found


def books_of_engine(world: World, meets_chance: list[bool]) -> tuple[Books, Books]:
    """Return what `ReferenceModel.books` returns; a reserve counts only where chance may spend it."""
    names = (*LIFE, "state", "from_state", "since_h", "entry", "clock_h", "reserve")
    hot = rows(world.population.cells, world.population.n, names)
    state = names.index("state")
    hot = {cell: row if meets_chance[row[state]] else (*row[:-1], None) for cell, row in hot.items()}
    return hot, rows(world.population.ended, world.population.n_ended, (*LIFE, "end_h", "cleared_h", "state", "cause"))


def tally_of_reference(reference: ReferenceModel) -> dict[str, int]:
    cells = reference.agents_by_type[NeuralCell]
    now = Counter(f"in_{STATES[cell.state]}" for cell in cells)
    now["new_neurons"] = sum(lineage.IMMATURE_EARLY <= c.state <= lineage.MATURE and c.birth_h >= 0.0 for c in cells)
    return dict.fromkeys(TALLIES, 0) | reference.tally | now


def tally_of(world: World) -> dict[str, int]:
    return {name: int(world.tally[index]) for name, index in TALLIES.items()}


def assert_same_tissue(world: World, reference: ReferenceModel) -> None:
    """Compare cell by cell, then all that cells share."""
    assert world.steps == reference.lived
    for found, expected in zip(
        books_of_engine(world, reference.meets_chance), map(as_bits, reference.books()), strict=True
    ):
        assert found.keys() == expected.keys()
        assert {cell: (row, expected[cell]) for cell, row in found.items() if row != expected[cell]} == {}
    assert bits(tuple(world.level.tolist())) == bits(tuple(reference.level))
    assert bits(tuple(world.habituation.tolist())) == bits(tuple(reference.habituation))
    zone, layer = ([places[c] for c in reference.columns] for places in (reference.zone, reference.layer))
    assert world.tissue.occupancy.occupied.tolist() == [len(place.agents) for place in zone]
    capacity = world.parameters.column_capacity
    assert world.developmental.tolist() == [capacity - place.capacity for place in layer]
    assert world.tissue.occupancy.load.tolist() == [capacity - place.capacity + len(place.agents) for place in layer]
    assert world.n_developmental == reference.n_developmental - reference.n_shed


def as_bits(books: Books) -> Books:
    return {cell: bits(row) for cell, row in books.items()}


def live_beside(model: NeurogenesisModel, engines: tuple[str, ...], monkeypatch: Any) -> ReferenceModel:
    """Live the reference once and the model once an engine, compare daily tallies and, at both ends, every cell."""
    settings = model.spec.scenario
    day = round(24.0 / settings.step_h)
    reference = ReferenceModel(lower(model.spec), settings.feedback)
    assert_same_tissue(model.world, reference)
    tallies = []
    for step in range(model.n_steps):
        reference.step()
        if step % day == day - 1:
            tallies.append(tally_of_reference(reference))
    for engine in engines:
        twin, chance = copy.deepcopy(model), np.random.default_rng(7)
        for number, expected in enumerate(tallies):
            in_threads = engine.endswith("threads every fourth") and number % 4 == 0
            monkeypatch.setattr(timers, "PARALLEL_FROM", 0 if in_threads else 1 << 60)
            if engine.startswith("rows"):
                twin.world.permute(chance.permutation(twin.world.population.n))
            for _ in range(day):
                twin.step()
            assert tally_of(twin.world) == expected, f"{engine}, day {number}"
        twin.world.check()
        assert_same_tissue(twin.world, reference)
        assert twin.muscle.drive == reference.muscle.drive
    return reference


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    before = numba.get_num_threads()
    numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]
    yield
    numba.set_num_threads(before)


@pytest.mark.parametrize(
    ("life", "seed"),
    [("running", 1), ("ageing", 2), ("knock_out", 3), ("no_plasma", 4), ("messengers", 5), ("crowded", 2**63 - 5)],
)
def test_six_weeks_of_a_small_patch(patch, monkeypatch, life, seed):
    sides_um = (200.0, 150.0) if life == "knock_out" else (160.0, 120.0)  # in which too little happens on less room
    model = NeurogenesisModel(patch(sides_um, duration="42 d", seed=seed, **LIVES[life]))
    reference = live_beside(model, ENGINES, monkeypatch)
    # The comparison means something only if much has happened.
    tally = tally_of_reference(reference)
    assert min(tally[name] for name in ("births", "deaths", "integrated", "in_mature", "waited")) > 0
    assert (reference.n_shed > 0) == (life == "ageing")


@pytest.mark.parametrize("life", ["ageing", "crowded"])
def test_days_of_a_tiny_patch_whether_compiled_or_not(patch, monkeypatch, life):
    # So few cells that they can live without a compiler too, which NUMBA_DISABLE_JIT=1 asks for: a bug in a kernel is
    # then found in seconds.
    settings = LIVES[life] | {"age": "5 wk", "duration": "6 d", "activity": [RUN]}
    if life == "ageing":  # many cells of development are lost within days
        fast = {"value": "0.05 1/d", "why": "half of them are gone in a fortnight"}
        settings |= {"parameters": {"anatomy.developmental_cell_death": fast}}
    model = NeurogenesisModel(patch((120.0, 120.0), seed=5, **settings))
    tally = tally_of_reference(live_beside(model, ("as it is", "rows in another order every day"), monkeypatch))
    assert min(tally[name] for name in ("births", "deaths", "integrated", "cleared")) > 0


def test_a_messenger_with_an_effect_of_its_own(patch, monkeypatch, tmp_path):
    plain = {"unit": "1", "source": None, "place": "test", "status": "assumed", "grade": "D", "range": None}
    numbers = {key: {"value": value} | plain for key, value in (("towards", 0.2), ("half_max", 1.5), ("hill", 2))}
    effect = {"target": "late_survival", "states": ["immature_early", "immature_late"]} | numbers
    salt = {"label": "salt", "grade": "D", "size": {"value": 2} | plain, "tau": {"value": 30} | plain | {"unit": "min"}}
    (tmp_path / "signals").mkdir()
    (tmp_path / "signals" / "salt.yaml").write_text(write(salt | {"effects": {"protection": effect}}))
    changes = {
        "activity": [RUN],
        "catalogue": str(tmp_path),
        "knock_outs": [{"receptor": "salt", "states": ["immature_early"]}],
    }
    model = NeurogenesisModel(patch((200.0, 150.0), duration="15 d", seed=5, **changes))
    live_beside(model, ENGINES[:1], monkeypatch)
    assert (model.world.effects.messenger == 0).sum() == 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("life", LIVES)
def test_ninety_days_of_a_larger_patch(patch, monkeypatch, life, seed):
    model = NeurogenesisModel(patch((500.0, 400.0), duration="90 d", seed=seed, **LIVES[life]))
    live_beside(model, ENGINES, monkeypatch)


@pytest.mark.slow
def test_a_fortnight_of_the_whole_gyrus_in_two_threads(patch, monkeypatch):
    # Enough rows for two chunks, so that two threads work side by side.
    changes = {"tissue": "whole", "age": "5 wk", "parameters": {"lineage.stem.initial_count": "20000 cells"}}
    model = NeurogenesisModel(patch(duration="14 d", activity=[RUN], **changes))
    live_beside(model, ENGINES, monkeypatch)
    assert model.world.population.n > timers.THREAD_CHUNK


def test_the_reference_shares_no_kernel_and_is_short_enough_to_read():
    files = sorted(FOLDER.glob("reference_*.py"))
    assert len(files) == 2
    assert sum(len(file.read_text().splitlines()) for file in files) < 400
    imported = set()
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text()))):
        if isinstance(node, ast.ImportFrom):
            imported |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
    assert {name for name in imported if name.startswith("neurogen_abm.")} == {
        *("neurogen_abm.rng", "neurogen_abm.agents.MuscleAgent", "neurogen_abm.lowering.Lowered"),
        *("neurogen_abm.biology.lineage", "neurogen_abm.biology.hazards"),
        *("neurogen_abm.biology.states.STATES", "neurogen_abm.engine.parameters.FIELD"),
    }
