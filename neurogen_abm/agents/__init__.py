"""The agents a Mesa user meets: the muscle, which is real and steps, and the cells, which are views made on demand."""

from neurogen_abm.agents.cell import CellAgent, CellViews
from neurogen_abm.agents.cell_lookup import CellGoneError
from neurogen_abm.agents.muscle import MuscleAgent

__all__ = ["CellAgent", "CellGoneError", "CellViews", "MuscleAgent"]
