"""The organ map of an animal as a widget: what the painters are told, and the cell that was clicked on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import anywidget
import numpy as np
import pandas as pd
import traitlets as t

from neurogen_abm.arguments import check, instance
from neurogen_abm.biology.states import STATES
from neurogen_abm.errors import InputError, argument
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.notebook import as_html
from neurogen_abm.numerals import plain
from neurogen_abm.run import Result
from neurogen_abm.scene.palette import FAMILY_TITLES, GROUNDS, state_label
from neurogen_abm.scene.scene import scene
from neurogen_abm.serve.payload.payloads import grid_payload, section_block, tissue_block
from neurogen_abm.spec.scenario import sentences
from neurogen_abm.spec.suggest import offer
from neurogen_abm.widgets.esm import module
from neurogen_abm.widgets.moments import Moment, moment_at_end, moment_now, moments_lived_again, places_of

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "view": ("sheet", "section"),
    "overlay": ("veil", "field", "none"),
    "ground": tuple(sorted(GROUNDS)),
    "painter": ("auto", "gl", "plain"),
}


@dataclass(frozen=True)
class Cell:
    """A cell at the moment at which it was clicked on.

    Attributes
    ----------
    id : int
    state : str
        Its name in the tables, e.g. ``immature_early``.
    label : str
        The same as people say it.
    day : float
        Day of the moment.
    age_d : float
        Days since the division that made it.
    born_day : float
        Day of that division; negative before the run began.
    clone : int
        Id of the cell, mostly a stem cell, with which its clone began.
    clone_size : int
        Cells of that clone that are there at the moment.
    bdnf_pg_ml : float
        BDNF at its site; of a result see ``OrganMap.moments``, which says of when.
    u_um, v_um, out_um : float
        Where its soma lies: along the gyrus, across it, outwards from the border of the hilus.
    """

    id: int
    state: str
    label: str
    day: float
    age_d: float
    born_day: float
    clone: int
    clone_size: int
    bdnf_pg_ml: float
    u_um: float
    v_um: float
    out_um: float

    def words(self) -> str:
        """Return it as a sentence."""
        born = f"born on day {plain(self.born_day, 3)}" if self.born_day >= 0 else "born before the run"
        others = f"{self.clone_size} cell{'s' if self.clone_size != 1 else ''} there"
        return (
            f"Cell {self.id}: {self.label}, {plain(self.age_d, 3)} days old, {born}; clone {self.clone} ({others}); "
            f"BDNF {plain(self.bdnf_pg_ml, 3)} pg/mL."
        )


class OrganMap(anywidget.AnyWidget):
    """The unrolled gyrus of an animal and its sections, cell by cell, painted by the scripts of the live page.

    Attributes
    ----------
    cell : Cell or None
        The cell that was clicked on last; None where a click met none.
    moments : list of dict
        What each moment holds: ``day``, ``counts`` by state, ``n_cells``, ``n_developmental`` and ``niche_pg_ml``.
    moment : int
        Which of them is shown.
    view, by, overlay, ground : str
        As `map_of` has them.
    """

    _esm = module("organ_widget.js")

    about = t.Dict().tag(sync=True)
    tissue = t.Bytes().tag(sync=True)
    frames = t.List(t.Bytes()).tag(sync=True)
    moments = t.List(t.Dict()).tag(sync=True)
    section = t.Bytes().tag(sync=True)
    section_um = t.Float().tag(sync=True)
    moment = t.Int(0).tag(sync=True)
    view = t.Unicode("sheet").tag(sync=True)
    by = t.Unicode("group").tag(sync=True)
    overlay = t.Unicode("veil").tag(sync=True)
    ground = t.Unicode("dark").tag(sync=True)
    painter = t.Unicode("auto").tag(sync=True)
    picked = t.List(t.Int()).tag(sync=True)
    said = t.Unicode("").tag(sync=True)
    cell = t.Any(None)

    def __init__(self, name: str, moments: Sequence[Moment], look: Mapping[str, Any]) -> None:
        first = moments[0]
        self._name, self._held = name, list(moments)
        grid = grid_payload(first.life)
        super().__init__(
            about={
                "scene": scene(),
                "families": FAMILY_TITLES,
                "grid": grid,
                "limits": first.limits,
                "stains": first.stains,
                "title": name,
                "patch": sentences.patch(first.spec),
            },
            tissue=tissue_block(first.life),
            frames=[one.frame() for one in moments],
            moments=[one.facts() for one in moments],
            moment=len(moments) - 1,
            section_um=((grid["n_u"] - 1) // 2 + 0.5) * grid["pitch_um"],
        )
        self._cut()
        for key, value in look.items():
            setattr(self, key, value)
        self.observe(self._cut, ["section_um", "moment"])
        self.observe(self._pick, "picked")

    def add(self, model: NeurogenesisModel) -> None:
        """Add the present moment of the model that is shown, and show it.

        Raises
        ------
        InputError
            It is another animal, or this moment of it is there already.
        """
        check(model=(model, instance(NeurogenesisModel)))
        last = self._held[-1]
        if model.spec.scenario.seed != last.spec.scenario.seed or model.world.grid is not last.world.grid:
            what = "This is not the animal that is shown."
            raise InputError(what, where=argument("model"), code="another-animal", cure="Make a map of its own.")
        if model.day <= last.day:
            what = f"The map has day {plain(last.day)} already, and the model is at day {plain(model.day)}."
            raise InputError(what, where=argument("model"), code="no-later", cure="Let it live on first.")
        one = moment_now(model)
        self._held.append(one)
        with self.hold_sync():
            self.frames, self.moments = [*self.frames, one.frame()], [*self.moments, one.facts()]
            self.about = {**self.about, "stains": one.stains}
            self.moment = len(self._held) - 1

    def counts(self) -> pd.DataFrame:
        """Return cells by state, one row per state, one column per moment."""
        columns = {f"day {plain(one['day'], 4)}": [one["counts"][name] for name in STATES] for one in self.moments}
        return pd.DataFrame(columns, index=pd.Index([state_label(name) for name in STATES], name="state"))

    @t.validate(*_CHOICES, "by", "moment", "section_um")
    def _valid(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if name == "moment" and not 0 <= value < len(self._held):
            what = f"There is no moment {value}; there are {len(self._held)}, counted from 0."
            raise InputError(what, where=name, code="no-such-moment", cure="Choose one of them.", seen=value)
        if name == "section_um" and not 0 <= value <= self.length_um:
            what = f"A section at {plain(value)} um lies outside the gyrus, which is {plain(self.length_um)} um long."
            raise InputError(what, where=name, code="out-of-range", cure="Choose a place within it.", seen=value)
        known = self._ways() if name == "by" else _CHOICES.get(name)
        if known is not None and value not in known:
            what = f'"{value[:40]}" is no choice of {name}.'
            raise InputError(what, where=name, code="unknown-choice", cure=offer(value, known), seen=value)
        return value

    @property
    def length_um(self) -> float:
        """Length of the gyrus, um."""
        grid = self.about["grid"]
        return float(grid["n_u"] * grid["pitch_um"])

    def _ways(self) -> list[str]:
        usual = [way["key"] for way in self.about["scene"]["colourings"] if way["key"] != "stain"]
        return [*usual, *(f"stain:{name}" for name in self.about["stains"])]

    def _cut(self, _: Any = None) -> None:
        """Give the front end what stands still in the section it asks for."""
        self.section = section_block(self._held[self.moment].life, self.section_um)

    def _pick(self, change: Any) -> None:
        """Take up a click: moment and row of the frame, or nothing."""
        chosen = change["new"]
        at, row = chosen if len(chosen) == 2 else (-1, -1)
        there = 0 <= at < len(self._held) and 0 <= row < len(self._held[at].alive.id)
        self.cell = _card(self._held[at], row) if there else None
        self.said = self.cell.words() if self.cell is not None else ""

    def __repr__(self) -> str:
        """Return one line."""
        n = len(self._held)
        shown = self.moments[self.moment]
        when = f"day {plain(shown['day'], 4)}" + (f", one of {n} moments" if n > 1 else "")
        return f"<OrganMap of {self._name}: {shown['n_cells']} cells on {when}>"

    def _repr_mimebundle_(self, **more: Any) -> Any:
        """Return the widget, and for those who show none its counts as a table."""
        found = super()._repr_mimebundle_(**more)
        if found is None:
            return None
        data, about = found
        return {**data, "text/html": as_html(repr(self), self.counts().reset_index())}, about


def organ_map(source: Any, days: Sequence[float] | None, look: Mapping[str, Any]) -> OrganMap:
    """Return the map of a result or a model; see `neurogen_abm.widgets.map_of`."""
    if unknown := sorted(set(look) - {*_CHOICES, "by"}):
        cure = offer(unknown[0], [*_CHOICES, "by"])
        raise InputError(f'The map has no choice "{unknown[0]}".', where=unknown[0], code="unknown-choice", cure=cure)
    if isinstance(source, NeurogenesisModel):
        if days is not None:
            what = "A model is shown as it is now."
            cure = f"Leave out {argument('days')}; further moments are added by `add`."
            raise InputError(what, where=argument("days"), code="bad-pair", cure=cure)
        moments = [moment_now(source)]
    else:
        check(source=(source, instance(Result)))
        moments = [moment_at_end(source)] if days is None else moments_lived_again(source, days)
    scenario = moments[0].spec.scenario
    return OrganMap(f"{scenario.name}, seed {scenario.seed}", moments, look)


def _card(moment: Moment, row: int) -> Cell:
    alive, lies = moment.alive, places_of(moment)
    state = STATES[alive.state[row]]
    born_day = float(alive.birth_h[row]) / 24
    return Cell(
        id=int(alive.id[row]),
        state=state,
        label=state_label(state),
        day=moment.day,
        age_d=moment.day - born_day,
        born_day=born_day,
        clone=int(alive.founder[row]),
        clone_size=int(np.count_nonzero(alive.founder == alive.founder[row])),
        bdnf_pg_ml=float(moment.level[moment.world.classes.site_class[alive.site[row]]]),
        **{name: float(value[row]) for name, value in lies._asdict().items()},
    )
