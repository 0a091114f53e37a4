"""Lowering of a memory: which cells hold it, what wears it, and what an animal does that recalls it."""

from typing import NamedTuple

from neurogen_abm.biology.forgetting import Floats, grown
from neurogen_abm.errors import InputError
from neurogen_abm.lowering.parameter_reader import Value
from neurogen_abm.numerals import plain


class MemoryNumbers(NamedTuple):
    """Numbers of the file memory.yaml, named as there; of network.yaml the share that is active, and who is young."""

    active_share: float
    young_excitability: float
    young_from_h: float
    young_until_h: float
    number: int
    first_h: float
    all_h: float
    wear: float
    completion_half: float
    completion_steepness: float
    freezing_baseline: float
    freezing_ceiling: float
    freezing_spread: float

    def chance(self, age_h: Floats) -> Floats:
        """Return how likely an integrated neuron of an age is to hold what is learned; an infinite age is mature."""
        young = 1.0 - grown(age_h, self.young_from_h, self.young_until_h)
        return self.active_share * (1.0 + (self.young_excitability - 1.0) * young)

    def grown(self, age_h: Floats) -> Floats:
        """Return the share of its terminals that a neuron of an age has formed."""
        return grown(age_h, self.first_h, self.all_h)


def lower_memory(read: Value) -> MemoryNumbers:
    """Read the numbers of a memory.

    Raises
    ------
    InputError
        Young neurons would be like mature ones before they are young.
    """
    numbers = MemoryNumbers(
        active_share=read("network.mature.active_share", "1"),
        young_excitability=read("memory.trace.young_excitability", "1"),
        young_from_h=read("network.young.from_age", "h"),
        young_until_h=read("network.young.until_age", "h"),
        number=round(read("memory.terminals.number", "1")),
        first_h=read("memory.terminals.first", "h"),
        all_h=read("memory.terminals.all", "h"),
        wear=read("memory.terminals.wear", "1"),
        completion_half=read("memory.recall.completion_half", "1"),
        completion_steepness=read("memory.recall.completion_steepness", "1"),
        freezing_baseline=read("memory.recall.freezing_baseline", "1"),
        freezing_ceiling=read("memory.recall.freezing_ceiling", "1"),
        freezing_spread=read("memory.recall.freezing_spread", "1"),
    )
    if numbers.young_until_h <= numbers.young_from_h:
        days = plain(numbers.young_until_h / 24), plain(numbers.young_from_h / 24)
        raise InputError(
            f"An age of {days[0]} d is not above network.young.from_age, {days[1]} d.",
            where="parameters.network.young.until_age",
            cure="Give a higher age, or lower network.young.from_age.",
            code="out-of-order",
        )
    return numbers
