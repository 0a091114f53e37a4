"""What a colour can mean: group of states, state, clone, day of birth, BDNF at the cell, or a stain."""

from colorsys import hls_to_rgb
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.places import within_site
from neurogen_abm.biology.states import LINEAGE, STATES
from neurogen_abm.engine.population import Present
from neurogen_abm.errors import InputError
from neurogen_abm.scene.palette import GROUNDS, MARKERS, ROLES, channels, group_of
from neurogen_abm.spec.scenario.check_assays import agent_of, stains_of
from neurogen_abm.spec.suggest import offer

GROUP, STATE, CLONE, BIRTH, BDNF, STAIN = "group", "state", "clone", "birth", "bdnf", "stain"
BEFORE: Final = 255  # value of a cell born before the run began
_CLONE_COLOURS: Final = 24
_AGES: Final = {
    "paper": [[0, "#00224e"], [0.5, "#7d7c78"], [1, "#d89a00"]],
    "dark": [[0, "#3b6de0"], [0.5, "#b6b1a0"], [1, "#ffea46"]],
}
_POSITIVE: Final = {"paper": "#b0107a", "dark": "#39ff88"}


class Colouring(NamedTuple):
    """A way to colour cells: its name, words, whether the state or a value of 0 to 255 chooses, colours by ground."""

    key: str
    label: str
    by: str
    colours: dict[str, list[str]]
    low: str = ""
    high: str = ""


def colourings() -> list[Colouring]:
    """Return every way to colour cells, the usual one first."""
    grounds = tuple(GROUNDS)
    return [
        Colouring(GROUP, "six groups", "state", {g: [getattr(group_of(s), g) for s in STATES] for g in grounds}),
        Colouring(
            STATE, "twelve states", "state", {g: [getattr(ROLES[s.colour], g) for s in LINEAGE] for g in grounds}
        ),
        Colouring(CLONE, "clone", "value", {g: _hues(g) for g in grounds}),
        Colouring(
            BIRTH, "day of birth", "value", {g: _births(g) for g in grounds}, "first day", "last day; grey: before"
        ),
        Colouring(BDNF, "BDNF at the cell", "value", {g: _steps(GROUNDS[g]["bdnf"], 256) for g in grounds}),
        Colouring(
            STAIN, "stain", "value", {g: [GROUNDS[g]["edge"], _POSITIVE[g]] for g in grounds}, "negative", "positive"
        ),
    ]


def check_colouring(by: str, model: Any) -> None:
    """Refuse a colouring that there is not: ``group``, ``state``, ``clone``, ``birth``, ``bdnf``, ``stain:NAME``."""
    kind, _, name = by.partition(":")
    names = {colouring.key for colouring in colourings()}
    if kind not in names or bool(name) != (kind == STAIN):
        cure = offer(kind, sorted(names - {STAIN} | {"stain:NAME"}))
        raise InputError(f'"{by[:40]}" colours nothing.', where="by", code="unknown-colouring", cure=cure, seen=by)
    known = stains_of(model.spec.catalogue)
    if name and name.lower() not in known and agent_of(name) is None:
        what, cure = f'"{name[:40]}" is not a known stain or label.', offer(name, known)
        raise InputError(what, where="by", code="unknown-stain", cure=cure, seen=by)


def stains_offered(model: Any) -> dict[str, str]:
    """Return the stains of a species, and the labels that were given: name -> as people write it."""
    names = [*stains_of(model.spec.catalogue).values(), *sorted(model.histology.labels.injected)]
    return {name: MARKERS.get(name.lower(), (name,))[0] for name in names}


def values(model: Any, alive: Present, by: str, limits: tuple[float, float]) -> NDArray[np.uint8]:
    """Return what colours cells, 0 to 255 each; zero where the state does.

    Parameters
    ----------
    model
        The animal; it is not changed.
    alive
        Its cells, as `Population.living` gives them.
    by
        As `check_colouring` admits.
    limits
        Levels of BDNF at the ends of the scale, pg/mL.
    """
    kind, _, name = by.partition(":")
    if kind == CLONE:
        return np.asarray(within_site(alive.founder)[1] * _CLONE_COLOURS).astype(np.uint8)
    if kind == BIRTH:
        share = alive.birth_h / model.spec.scenario.duration_h
        return np.where(share < 0, BEFORE, np.clip(254 * share, 0, 254)).astype(np.uint8)
    if kind == BDNF:
        level = model.world.level[model.world.classes.site_class[alive.site]]
        share = np.clip((level - limits[0]) / (limits[1] - limits[0]), 0, 1)
        return np.asarray(np.rint(255 * share)).astype(np.uint8)
    if kind == STAIN:
        label = agent_of(name)
        if label is not None and label not in model.histology.labels.injected:
            return np.zeros(len(alive.id), np.uint8)
        return np.isin(alive.id, model.histology.cells(f"{name}+")).astype(np.uint8)
    return np.zeros(len(alive.id), np.uint8)


def colour_of(by: str, ground: str, state: NDArray[np.int64], value: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return red, green and blue of cells, shape (cells, 3)."""
    chosen = next(colouring for colouring in colourings() if colouring.key == by.partition(":")[0])
    table = np.array([channels(colour) for colour in chosen.colours[ground]], np.uint8)
    return table[state if chosen.by == "state" else value]


def _steps(stops: list[list[Any]], n: int) -> list[str]:
    """Return ``n`` colours along a scale of [place, colour]."""
    at = np.linspace(0, 1, n)
    place = [float(stop) for stop, _ in stops]
    parts = np.array([channels(str(colour)) for _, colour in stops], float)
    rgb = np.stack([np.interp(at, place, parts[:, k]) for k in range(3)], axis=1)
    return ["#" + "".join(f"{round(c):02x}" for c in row) for row in rgb.tolist()]


def _births(ground: str) -> list[str]:
    return [*_steps(_AGES[ground], BEFORE), GROUNDS[ground]["edge"]]


def _hues(ground: str) -> list[str]:
    """Return colours for clones: hues a golden angle apart, in three lightnesses. Many clones share a colour."""
    lightness = (0.3, 0.42, 0.54) if ground == "paper" else (0.5, 0.64, 0.78)
    found = []
    for k in range(_CLONE_COLOURS):
        rgb = hls_to_rgb(k * 0.61803398875 % 1.0, lightness[k % 3], 0.75)
        found.append("#" + "".join(f"{round(255 * c):02x}" for c in rgb))
    return found
