"""The states of a cell: one table, from which everything that names a state follows.

A row says what the rules need (which timer runs, what happens when it ends, which hazard it meets) and what
people see (labels, colour). Rows stand in the order of the lineage; the place in the table is the code of the state in
the arrays, and rows of one family stand together. To add a state, add a row, and its numbers to the catalogue.
"""

from typing import Final, Literal, NamedTuple, TypeAlias

Family: TypeAlias = Literal["stem", "progenitor", "neuron", "glia", "dead"]
TimerEnd: TypeAlias = Literal[
    "none", "stem_division", "progenitor_division", "enter_layer", "integrate", "mature", "clearance"
]
Hazard: TypeAlias = Literal["none", "activation", "death"]


class State(NamedTuple):
    """One state.

    Attributes
    ----------
    name
        As scenarios, tables and the catalogue write it.
    label, short_label
        In words, for one cell; and beside a line of a figure.
    family
        Cells that are read together; progenitors are those that count generations.
    timer_end
        What happens when the timer of the state ends; ``none`` where no timer runs.
    hazard
        What may happen to the cell at random: a quiescent stem cell may be activated, a young neuron may die.
    successor
        The state that follows when the timer of a neuron ends, empty for others.
    stay
        Catalogue path of the mean stay of a neuron in the state, empty for others.
    migrates
        Whether the cell steps along the subgranular zone while it is young enough.
    competes
        Whether the cell counts among those that share boutons.
    settles
        Whether nothing more happens to the cell: it leaves the rows that are stepped.
    colour
        Role in the palette.
    """

    name: str
    label: str
    short_label: str
    family: Family
    colour: str
    timer_end: TimerEnd = "none"
    hazard: Hazard = "none"
    successor: str = ""
    stay: str = ""
    migrates: bool = False
    competes: bool = False
    settles: bool = False


LINEAGE: Final[tuple[State, ...]] = (
    State("dormant", "dormant stem cell", "dormant", "stem", "pale grey", hazard="activation"),
    State("resting", "resting stem cell", "resting", "stem", "grey", hazard="activation"),
    State("active", "active stem cell", "active", "stem", "blue", timer_end="stem_division"),
    State("type_2a", "type-2a progenitor", "type 2a", "progenitor", "sky", timer_end="progenitor_division"),
    State("type_2b", "type-2b progenitor", "type 2b", "progenitor", "orange", timer_end="progenitor_division"),
    State(
        "type_3", "type-3 neuroblast", "type 3", "progenitor", "vermillion",
        timer_end="progenitor_division", migrates=True,
    ),
    State(
        "immature_early", "early immature granule cell", "early immature", "neuron", "purple",
        timer_end="enter_layer", hazard="death", successor="immature_late", stay="lineage.neuron.early_stay",
        migrates=True,
    ),
    State(
        "immature_late", "late immature granule cell", "late immature", "neuron", "green",
        timer_end="integrate", hazard="death", successor="maturing", stay="lineage.neuron.late_stay", competes=True,
    ),
    State(
        "maturing", "maturing granule cell", "maturing", "neuron", "dark green",
        timer_end="mature", hazard="death", successor="mature", stay="lineage.neuron.maturing_stay", competes=True,
    ),
    State("mature", "mature adult-born granule cell", "mature", "neuron", "black", settles=True),
    State("astrocyte", "astrocyte", "astrocytes", "glia", "yellow", settles=True),
    State("apoptotic", "apoptotic body", "apoptotic", "dead", "brown", timer_end="clearance"),
)  # fmt: skip
STATES: Final = tuple(state.name for state in LINEAGE)
BY_NAME: Final = {state.name: state for state in LINEAGE}
FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    family: tuple(state.name for state in LINEAGE if state.family == family)
    for family in dict.fromkeys(state.family for state in LINEAGE)
}
