"""The parts of the model in the order in which a step takes them: what each does, by which laws and numbers."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final, NamedTuple


class Submodel(NamedTuple):
    """One part of the model."""

    key: str  # of `laws.LAWS`
    title: str
    does: str
    numbers: tuple[str, ...]  # patterns of the paths of its parameters; of two that fit the longer one counts
    code: tuple[str, ...]  # modules, below `neurogen_abm`
    pages: tuple[str, ...]  # of docs, where more is said


SUBMODELS: Final = (
    Submodel(
        "activity",
        "Activity",
        "Every minute of a run has an intensity (share of the metabolic reserve), a distance, and the part of both "
        "that is imposed. They come from programmes, from generated wheel running, or from a recording that is "
        "replayed. What is beyond the capacity of the body is done as far as the body can.",
        (
            "physiology.wheel.*",
            "physiology.recording.*",
            "physiology.everyday.*",
            "physiology.intensity.*",
            "physiology.endurance.*",
        ),
        ("activity.schedule", "activity.generator", "activity.intensity", "activity.capacity"),
        ("recordings.md", "muscle.md"),
    ),
    Submodel(
        "blood",
        "Blood: BDNF and other messengers",
        "Movement releases BDNF and other messengers into blood, minute by minute. Levels are folds of the level at "
        "rest.",
        ("physiology.circulation.*", "physiology.adaptation.*", "physiology.exerkines.*", "signals.*"),
        ("biology.release", "biology.plasma", "biology.exerkines", "biology.stress"),
        ("messengers.md", "human.md"),
    ),
    Submodel(
        "muscle",
        "Muscle and age of the body",
        "Once a day fitness, muscle mass and strength answer to the training and the disuse of the last days, and to "
        "age.",
        ("physiology.muscle.*",),
        ("biology.muscle", "biology.ageing", "biology.capacity"),
        ("muscle.md",),
    ),
    Submodel(
        "drive",
        "Drive to move, and mood",
        "With `feedback` named arms act back from brain and body to the drive to run in a wheel. All arms are "
        "hypotheses and off by default.",
        ("physiology.motivation.*", "physiology.mood.*"),
        ("biology.motivation", "biology.mood"),
        ("circle.md",),
    ),
    Submodel(
        "niche",
        "BDNF of the niche",
        "The niche holds a resting level made of two parts: made in the tissue, and arrived from blood through "
        "capillaries. The pathway of a scenario says what raises which part.",
        (
            "physiology.niche.*",
            "physiology.barrier.*",
            "physiology.hippocampal_activity.*",
            "pathways.*",
            "signals.hippocampal_activity.*",
            "anatomy.capillary_*",
        ),
        ("biology.niche", "engine.field"),
        ("model.md", "messengers.md"),
    ),
    Submodel(
        "effects",
        "From signals to rates",
        "An effect multiplies the base rate of some states. It depends on the level of a signal over its level at rest "
        "at the site of the cell, and may fade while the level lasts.",
        ("signals.*.effects.*", "signals.*.every_effect.*"),
        ("biology.hazards", "engine.rates"),
        ("mechanisms.md", "messengers.md"),
    ),
    Submodel(
        "stem",
        "Stem cells, and ageing of the lineage",
        "A dormant or resting stem cell is activated at a hazard that falls with age. An active one divides, and each "
        "division renews it, doubles it, consumes it, or makes an astrocyte.",
        ("lineage.stem.*", "lineage.ageing.*", "lineage.neurogenesis.*"),
        ("biology.lineage", "biology.hazards", "engine.timers"),
        ("ageing.md", "calibration.md"),
    ),
    Submodel(
        "progenitor",
        "Progenitors",
        "A progenitor divides at the end of its cycle. Each daughter divides on with a probability that falls with the "
        "generation, and becomes a neuron otherwise. Without a free site nearby the division waits.",
        ("lineage.progenitor.*",),
        ("biology.lineage", "engine.commit"),
        ("calibration.md",),
    ),
    Submodel(
        "neuron",
        "Young neurons: survival, stages, boutons",
        "A neuron draws one exponential variate for its life and spends it at a hazard by age; stages take gamma "
        "times. Neurons that integrate share boutons with those of their block.",
        ("lineage.neuron.*", "lineage.integration.*"),
        ("biology.hazards", "engine.timers", "engine.commit"),
        ("model.md",),
    ),
    Submodel(
        "migration",
        "Places, migration, and the sheet",
        "Cells lie on an unrolled sheet of sites in layers. Young cells step along the subgranular zone, drawn to "
        "capillaries, and enter the layer above. Granule cells born in development are a count in each column.",
        ("lineage.migration.*", "anatomy.*"),
        ("engine.grid", "engine.migration", "engine.sites"),
        ("organ.md",),
    ),
    Submodel(
        "clearance",
        "Death and clearance",
        "A cell that dies leaves a body, which is cleared after a fixed time.",
        ("lineage.clearance.*",),
        ("engine.commit",),
        ("model.md",),
    ),
    Submodel(
        "assays",
        "What a laboratory would see",
        "Stains, labels, sections and counts read the cells and change none. Homogenates, volumes and pictures are "
        "made from the same cells.",
        ("histology.*", "lineage.marker_timing.*", "physiology.hippocampus.*", "physiology.volume.*"),
        ("assays.measures", "assays.sampling", "biology.cell_cycle", "biology.hippocampus"),
        ("assays.md", "hippocampal_bdnf.md", "microscope.md"),
    ),
    Submodel(
        "network",
        "The gyrus as a network",
        "Patterns of entorhinal activity pass through the granule cells of the animal; how far the answers to similar "
        "patterns differ is read out.",
        ("network.*",),
        ("assays.network",),
        ("network.md",),
    ),
    Submodel(
        "memory",
        "Memory and forgetting",
        "A memory is held by the terminals of the granule cells that were active when it was learned; neurons that "
        "form terminals later take places from older ones.",
        ("memory.*",),
        ("biology.forgetting", "assays.memory"),
        ("memory.md",),
    ),
)


def submodel_of(path: str) -> Submodel:
    """Return the part of the model that a parameter belongs to; a LookupError where none says that it does.

    >>> submodel_of("signals.bdnf.effects.activation.towards").key, submodel_of("signals.lactate.tau").key
    ('effects', 'blood')
    """
    fits = [(len(pattern), part) for part in SUBMODELS for pattern in part.numbers if fnmatchcase(path, pattern)]
    if not fits:
        raise LookupError(f"No submodel of describe/submodels.py has the parameter {path}.")
    return max(fits, key=lambda fit: fit[0])[1]


def grouped(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return the paths of every submodel by its key, in the order of the submodels; none: no entry."""
    found: dict[str, list[str]] = {part.key: [] for part in SUBMODELS}
    for path in paths:
        found[submodel_of(path).key].append(path)
    return {key: paths for key, paths in found.items() if paths}
