"""Cell agents: views of rows, made when asked for, that never show another cell's data."""

from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import mesa
import numpy as np
from mesa.agent import AgentSet

from neurogen_abm.agents import cell_explain, cell_lookup
from neurogen_abm.agents.cell_explain import Place
from neurogen_abm.agents.cell_lookup import CellGoneError
from neurogen_abm.biology.states import BY_NAME, STATES
from neurogen_abm.engine.population import MEANINGS
from neurogen_abm.engine.rates import RatesAtAge
from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel


def _column(name: str) -> property:
    """Return the property that reads a column of the cell now; its text comes from the schema."""

    def read(self: "CellAgent") -> Any:
        return cell_lookup.value_at(self.model.world, self.model.views.row_of(self), name)

    meaning, unit = MEANINGS[name]
    return property(read, doc=f"{meaning.capitalize()}{f' ({unit})' if unit else ''}.")


def _state(name: str) -> property:
    """Return the property that reads a column of state codes as the state's name."""

    def read(self: "CellAgent") -> str:
        code = int(cell_lookup.value_at(self.model.world, self.model.views.row_of(self), name))
        return STATES[code]

    return property(read, doc=f"{MEANINGS[name][0].capitalize()}, by name.")


class CellAgent(mesa.Agent):
    """One cell as Mesa shows an agent: a view by id of columns that the engine owns and steps.

    Views are made by `NeurogenesisModel.cell`, ``.cells`` and ``.agents``; making one registers nothing. Everything
    is read at the moment of asking. Times are hours since the start of the run. A mature neuron or an astrocyte, to
    which nothing more happens, has no reserve, clock or time of entry any more: NaN.

    Attributes
    ----------
    unique_id : int
        Id of the cell; it never changes and is never used again.

    Raises
    ------
    CellGoneError
        A `LookupError`, from all but `unique_id`, `gone`, `fate` and kin, once the cell is gone.
    """

    # Mesa's own constructor would register the view as an agent that the model has to keep.
    def __init__(self, model: "NeurogenesisModel", cell: int) -> None:
        self.model, self.unique_id = model, cell
        self.row = 0  # where it was last seen; never trusted unseen

    mother_id, founder_id = _column("mother"), _column("founder")
    birth_h, since_h = _column("birth_h"), _column("since_h")
    reserve, clock_h = _column("reserve"), _column("clock_h")
    site, entry, divisions, generation = (_column(name) for name in ("site", "entry", "divisions", "generation"))
    state, from_state, birth_state = (_state(name) for name in ("state", "from_state", "birth_state"))

    def __repr__(self) -> str:
        return f"<CellAgent {self.unique_id}: {self.fate or self.label}>"

    def remove(self) -> None:
        """Refuse: cells end by the rules of the model only."""
        what = "A view cannot remove its cell; cells end by the rules of the model."
        raise InputError(what, where=f"cell {self.unique_id}", cure="Change a hazard of the scenario instead.")

    @property
    def gone(self) -> bool:
        """Whether the cell has divided for good, or died and been cleared."""
        return cell_lookup.is_gone(self.model.world, self.model.views.find(self))

    @property
    def fate(self) -> str | None:
        """What became of a cell that is gone, in words; None while it is there."""
        return cell_lookup.fate(self.model.world, self.row) if self.gone else None

    @property
    def label(self) -> str:
        """State in words, e.g. ``type-2a progenitor``."""
        return BY_NAME[self.state].label

    @property
    def age_h(self) -> float:
        """Hours since the division that made the cell; for a stem cell of the beginning, since its history began."""
        return float(self.model.world.time_h - self.birth_h)

    @property
    def place(self) -> Place:
        """Where it sits: (u_um, v_um, layer, zone)."""
        return cell_explain.place_of(self.model.world, self.site)

    @property
    def pos(self) -> tuple[float, float]:
        """Where it sits along the sheet, um, as Mesa asks for it."""
        return self.place[:2]

    @property
    def bdnf_pg_ml(self) -> float:
        """BDNF at its site, mean of the last step, pg/mL."""
        return cell_explain.level_pg_ml(self.model.world, self.site)

    @property
    def mother(self) -> "CellAgent | None":
        """Its mother, gone or not; None for a founder."""
        mother = cell_lookup.value_at(self.model.world, self.model.views.find(self), "mother")
        return self.model.views.view(mother) if mother else None

    @property
    def daughters(self) -> "list[CellAgent]":
        """Its daughters by birth, gone or not."""
        return [self.model.views.view(cell) for cell in cell_lookup.daughters(self.model.world, self.unique_id)]

    @property
    def clone(self) -> AgentSet:
        """Every living cell of its clone, itself included."""
        world, row = self.model.world, self.model.views.find(self)
        kin = world.population.clone_of(cell_lookup.value_at(world, row, "founder"))
        return AgentSet([self.model.views.view(cell) for cell in kin.tolist()], random=self.model.random)

    def hazards(self) -> dict[str, float]:
        """Return what may happen to it at random now, event -> hazard per hour; empty where only its timer counts."""
        row = self.model.views.row_of(self)
        found = cell_explain.hazard_of(self.model.world, row, self.model.views.rates()) if row >= 0 else None
        return {} if found is None else {found.event: found.per_h}

    def explain(self) -> str:
        """Return what it is and what may happen to it now, in words, with the numbers behind and their sources."""
        row, place = self.model.views.row_of(self), self.place
        born = f"on day {plain(self.birth_h / 24.0, 3)} of the run" if self.birth_h >= 0.0 else "before the run"
        head = (
            f"Cell {self.unique_id}: {self.label}, {plain(self.age_h / 24.0, 3)} d old, born {born}, "
            f"in the {place.zone} at {plain(place.u_um)}, {plain(place.v_um)} um; clone of cell {self.founder_id}."
        )
        if row < 0:
            return f"{head}\nIt is settled: nothing more happens to it in this model."
        return f"{head}\n{cell_explain.explanation_of(self.model.world, row, self.model.spec)}"


class CellViews:
    """Finds cells by id and hands out one view per cell.

    Rows move whenever cells leave or are put in order, so a row is only believed after its id has been compared. The
    model keeps the views of cells there are, as Mesa keeps agents, and lets go of them when the cell is gone: sets of
    views shrink then, as sets of Mesa's agents do.
    """

    # From as many views on, one pass over all rows is cheaper than a search for each.
    _MANY = 64

    def __init__(self, model: "NeurogenesisModel") -> None:
        self._model = model
        self._held: dict[int, CellAgent] = {}
        self._gone: WeakValueDictionary[int, CellAgent] = WeakValueDictionary()
        self._ended_seen = 0
        self._rates: tuple[int, RatesAtAge] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_gone": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _gone=WeakValueDictionary())

    def __len__(self) -> int:
        return len(self._held)

    def let_go(self) -> None:
        """Forget the views of cells that have ended since last asked."""
        world, population = self._model.world, self._model.world.population
        first = min(self._ended_seen, population.n_ended) if self._held else population.n_ended
        self._ended_seen = population.n_ended
        for row in range(first, population.n_ended):
            view = self._held.get(int(population.ended.id[row]))
            if view is not None:
                view.row = ~row
                if cell_lookup.is_gone(world, ~row):
                    self._gone[view.unique_id] = self._held.pop(view.unique_id)

    def all(self) -> list[CellAgent]:
        """Return a view of every cell there is, by id."""
        self.let_go()
        alive = self._model.world.population.living()
        order = np.argsort(alive.id, kind="stable")
        found = []
        for cell, row in zip(alive.id[order].tolist(), alive.row[order].tolist(), strict=True):
            view = self._held.get(cell)
            if view is None:
                view = self._held[cell] = CellAgent(self._model, cell)
            view.row = row
            found.append(view)
        return found

    def view(self, cell: int) -> CellAgent:
        """Return the view of a cell by id, gone or not.

        Raises
        ------
        CellGoneError
            There never was such a cell.
        """
        self.let_go()
        known = self._held.get(cell) or self._gone.get(cell)
        if known is not None:
            return known
        view = CellAgent(self._model, cell)
        view.row = cell_lookup.search(self._model.world, cell)
        if cell_lookup.is_gone(self._model.world, view.row):
            self._gone[cell] = view
        else:
            self._held[cell] = view
        return view

    def find(self, view: CellAgent) -> int:
        """Return the row of a view's cell, gone or not."""
        world, cell = self._model.world, view.unique_id
        if not cell_lookup.is_at(world, cell, view.row):
            self.let_go()
            if len(self._held) >= self._MANY and cell in self._held:
                self.all()
            if not cell_lookup.is_at(world, cell, view.row):
                view.row = cell_lookup.search(world, cell)
        return view.row

    def row_of(self, view: CellAgent) -> int:
        """Return the row of a cell that is there.

        Raises
        ------
        CellGoneError
            It is gone; what became of it is said.
        """
        row = self.find(view)
        if cell_lookup.is_gone(self._model.world, row):
            what = f"Cell {view.unique_id} is gone: it {cell_lookup.fate(self._model.world, row)}."
            cure = "Its `mother`, `daughters` and `clone` still answer."
            raise CellGoneError(what, where="CellAgent", cure=cure, seen=view.unique_id)
        return row

    def rates(self) -> RatesAtAge:
        """Return the rates that hold for the whole tissue now, worked out once per step."""
        steps = self._model.world.steps
        if self._rates is None or self._rates[0] != steps:
            self._rates = (steps, cell_explain.rates_of(self._model.world))
        return self._rates[1]
