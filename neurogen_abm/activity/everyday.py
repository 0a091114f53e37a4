"""Everyday activity and what takes it away, a cast, suspension by the tail, bed, a chair; and an enriched cage."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from neurogen_abm.activity.run_context import ActivityError, RunContext

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.activity import BedRest, Enrichment, Immobilisation, Sitting, Still, Unloading

    Quiet: TypeAlias = Immobilisation | Unloading | BedRest | Sitting

# Kinds that only some species know, and what stands for them in others.
ONLY_PEOPLE = {"bed_rest": "`immobilisation` or `unloading`", "sitting": "`rest`"}
ONLY_ANIMALS = {"unloading": "`bed_rest`"}


def check_surroundings(block: "Enrichment", run: RunContext, quiet: "Iterable[Still]") -> None:
    """Refuse an enriched cage that the animal could not explore, and any for people; an ActivityError says so."""
    if run.species == "human":
        what = "`enrichment` is for animals: what an enriched cage does was measured in rodents."
        raise ActivityError(what, where=f"{run.where}.kind", cure="Leave the block out.", seen=block.kind)
    first, last = run.window(block)
    for other in quiet:
        begin, end = run.window(other)
        if begin < last and first < end:
            what = f"An animal under `{getattr(other, 'kind', 'rest')}` cannot explore an enriched cage."
            raise ActivityError(what, where=run.where, cure="Let one block end before the other starts.")


def everyday_left(block: "Quiet", run: RunContext) -> float:
    """Return the share of everyday activity that a block leaves.

    An ActivityError refuses what the species does not know.
    """
    unknown = ONLY_ANIMALS if run.species == "human" else ONLY_PEOPLE
    if block.kind in unknown:
        whom = "animals" if run.species == "human" else "people"
        what = f"`{block.kind}` is for {whom}, not for a {run.species}."
        raise ActivityError(what, where=f"{run.where}.kind", cure=f"Use {unknown[block.kind]}.", seen=block.kind)
    if block.everyday is not None:
        return block.everyday
    return float(run.value(f"physiology.everyday.{block.kind}", "1"))


def unloading(block: "Quiet", run: RunContext) -> float:
    """Return the share of the disuse of a cast that a block means for muscle."""
    if block.kind == "sitting":
        return 0.0
    return 1.0 if block.kind == "immobilisation" else float(run.value(f"physiology.muscle.{block.kind}_disuse", "1"))
