"""Colours: six groups of states for everybody, twelve states for experts, the grounds below them; one table for all.

The six are at least 20 apart (CIEDE2000) on each ground, to the usual eye and to one without red or green cones. Of the
twelve, the hues are those of Okabe and Ito (Color Universal Design, 2008), which people with any common colour vision
can tell apart. Quiescent cells are grey, the two oldest neurons are a shade of green and black: lightness, not hue,
orders them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from neurogen_abm.biology.states import BY_NAME, FAMILIES, LINEAGE, STATES, State

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8C8C8C"
PALE_GREY = "#C4C4C4"
# From less to more, white between.
DIVERGING = [[0, VERMILLION], [0.5, "#f7f7f7"], [1, BLUE]]
OKABE_ITO = (BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE)

INK = "#1f2933"
"""Text."""
SOFT_INK = "#5b6770"
"""Axis lines, and text that stands back."""


class Role(NamedTuple):
    """A colour of the table of states: on paper, on a dark ground, and how much of what lies below it hides on each."""

    paper: str
    dark: str
    hides_on_paper: float = 1.0
    hides_on_dark: float = 1.0


ROLES = {
    "black": Role(BLACK, "#ffffff", 0.7, 0.75),
    "orange": Role(ORANGE, "#ffb52e"),
    "sky": Role(SKY, "#9ad8ff"),
    "green": Role(GREEN, "#25d9a4", 0.4, 0.36),
    "yellow": Role(YELLOW, "#f4ea6a"),
    "blue": Role(BLUE, "#4aa8ff"),
    "vermillion": Role(VERMILLION, "#ff7a33"),
    "purple": Role(PURPLE, "#ff9fd0", 0.45, 0.42),
    "grey": Role(GREY, "#7f8da3", 0.5, 0.38),
    "pale grey": Role(PALE_GREY, "#4a5668", 0.4, 0.35),
    "dark green": Role("#00573F", "#8ff0cf", 0.6, 0.5),
    "brown": Role("#5C4B3A", "#b08d6a"),
}
"""Colour of each role that the table of states names; lasting cells let the tissue through, so that dividing and dying
cells stand out."""

STATE_COLOURS = {state.name: ROLES[state.colour].paper for state in LINEAGE}

FAMILY_TITLES = {
    "stem": "Stem cells",
    "progenitor": "Dividing progenitors and neuroblasts",
    "neuron": "Adult-born granule cells",
    "other": "Astrocytes and dying cells",
}
"""Cells that are read together. A state of no family of its own belongs to ``other``."""
STATE_FAMILIES = {title: FAMILIES.get(title, ()) for title in FAMILY_TITLES}
STATE_FAMILIES["other"] = tuple(state.name for state in LINEAGE if state.family not in STATE_FAMILIES)

QUIESCENT = tuple(state.name for state in LINEAGE if state.hazard == "activation")
DIVIDING = tuple(state.name for state in LINEAGE if state.timer_end.endswith("_division"))


class Group(NamedTuple):
    """States that are drawn in one colour: words, the colour on paper and on a dark ground."""

    key: str
    label: str
    paper: str
    dark: str


GROUPS = (
    Group("quiet", "stem cells at rest", "#adaeaf", "#51555e"),
    Group("dividing", "dividing cells", "#f68f06", "#ffb526"),
    Group("young", "young neurons", "#89238e", "#b87b9c"),
    Group("grown", "maturing and mature neurons", "#207861", "#077039"),
    Group("glia", "astrocytes", "#469efb", "#2ce2fc"),
    Group("dying", "dying cells", "#671301", "#f5d8cf"),
)
"""Found by search for the largest of the smallest differences; `tests/scene` measures them."""


def group_of(state: str) -> Group:
    """Return the group of a state; it follows from what the table of states says of it.

    A neuron is young until it has integrated.

    >>> group_of("immature_late").label
    'young neurons'
    """
    named = {group.key: group for group in GROUPS}
    row = BY_NAME[state]
    if state in QUIESCENT:
        return named["quiet"]
    if state in DIVIDING:
        return named["dividing"]
    if row.family == "neuron":
        return named["young" if row.timer_end in ("enter_layer", "integrate") else "grown"]
    return named["dying" if row.family == "dead" else "glia"]


_HAZY = ("quiet", "grown")  # groups
IS_HAZE = np.array([group_of(state.name).key in _HAZY for state in LINEAGE])
"""Of every state code: whether its cells last and are many, so that a picture in space shows them as a haze."""


def _paint_order(state: State) -> tuple[int, int]:
    place = LINEAGE.index(state)
    if state.name in QUIESCENT:
        return 0, place
    if state.settles:
        return 1, place
    return 3 if state.family == "dead" else 2, -place


PAINT_ORDER = tuple(state.name for state in sorted(LINEAGE, key=_paint_order))
"""Where several cells share a pixel, the last in this list is seen: brief states over lasting ones."""
BDNF_SCALE = [[0, "#f7fbff"], [0.3, "#fde3a7"], [0.6, ORANGE], [0.85, VERMILLION], [1, "#6b2a00"]]

GROUNDS: dict[str, dict[str, Any]] = {
    "paper": {
        "ink": INK, "soft": "#55616b", "page": "#ffffff", "tissue": "#f5f6f9", "capillary": "#dfe5ee",
        "vessel": "#266fa3", "hilus": "#fbfaf7", "zone": "#dfe7f1", "layer": "#f0eef4",
        "molecular": "#f5f8f4", "granule": "#cbc3da",
        "edge": "#aab4bf", "rim": INK, "birth": BLUE, "death": INK, "bdnf": BDNF_SCALE,
        "veil": [[0, "#fafcfe"], [0.3, "#fdf3dc"], [0.6, "#f8e0b0"], [0.85, "#f2c9a4"], [1, "#d9a888"]],
    },
    "dark": {
        "ink": "#e8edf4", "soft": "#a9b4c2", "page": "#0b111c", "tissue": "#0e1522", "capillary": "#1d2a40",
        "vessel": "#044f7c", "hilus": "#0b111c", "zone": "#18253a", "layer": "#141c2b", "molecular": "#0f1824",
        "granule": "#2a3750", "edge": "#33435c", "rim": "#05080e", "birth": "#9ad8ff", "death": "#ffd0b0",
        "bdnf": [[0, "#0b111c"], [0.3, "#43254a"], [0.6, "#a5403f"], [0.85, "#f0913a"], [1, "#fff3c4"]],
        "veil": [[0, "#0b111c"], [0.3, "#1d1a33"], [0.6, "#3d2140"], [0.85, "#5e2b42"], [1, "#84423f"]],
    },
}  # fmt: skip
"""What each ground is made of; ``bdnf`` runs from the low to the high limit, ``veil`` is its quiet form under cells."""

MARKERS = {
    "ki67": ("Ki67", BLUE),
    "dcx": ("DCX", GREEN),
    "neun": ("NeuN", BLACK),
    "calretinin": ("calretinin", PURPLE),
    "calbindin": ("calbindin", VERMILLION),
}
"""Stains whose positive cells the series counts: label and colour."""


def state_colour(state: str) -> str:
    """Colour of a state; a state that the table does not hold gets a hue by its name, the same every time."""
    if state in STATE_COLOURS:
        return STATE_COLOURS[state]
    return OKABE_ITO[sum(state.encode()) % len(OKABE_ITO)]


def state_label(state: str) -> str:
    """Short name of a state, as written beside its line."""
    return BY_NAME[state].short_label if state in BY_NAME else state.replace("_", " ")


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of ``#rrggbb``, 0 to 255 each."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def faded(colour: str, opacity: float) -> str:
    """Return the colour seen through: with opacity 0 it is invisible, with 1 it covers what is below."""
    return f"rgba({','.join(map(str, channels(colour)))},{opacity})"


def contrast_on_white(colour: str) -> float:
    """Contrast ratio of a colour against white, 1 to 21 (WCAG 2.2, relative luminance)."""
    shares = [channel / 255 for channel in channels(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


def readable(colour: str, ratio: float = 4.5) -> str:
    """Darken a colour until text in it can be read on white.

    Parameters
    ----------
    colour : str
        ``#rrggbb``.
    ratio : float
        Contrast wanted; 4.5 is the WCAG 2.2 minimum for text.
    """
    for step in range(21):
        shade = "#" + "".join(f"{round(c * (1 - step / 20)):02x}" for c in channels(colour))
        if contrast_on_white(shade) >= ratio:
            return shade
    return BLACK


def family_of(state: str) -> str:
    """Family of a state: stem, progenitor, neuron or other."""
    return next((family for family, members in STATE_FAMILIES.items() if state in members), "other")


def ordered(states: Iterable[str]) -> list[str]:
    """States in the order of the lineage; unknown ones last, by name."""
    present = set(states)
    return [s for s in STATES if s in present] + sorted(present.difference(STATES))
