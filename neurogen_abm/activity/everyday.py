"""Everyday activity, and what takes it away: a cast, suspension by the tail, bed, a chair."""

from typing import TYPE_CHECKING, TypeAlias

from neurogen_abm.activity.run_context import ActivityError, RunContext

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.activity import BedRest, Immobilisation, Sitting, Unloading

    Quiet: TypeAlias = Immobilisation | Unloading | BedRest | Sitting

# Kinds that only some species know, and what stands for them in others.
ONLY_PEOPLE = {"bed_rest": "`immobilisation` or `unloading`", "sitting": "`rest`"}
ONLY_ANIMALS = {"unloading": "`bed_rest`"}


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
