"""What of the description stands in no table: purpose, scales, schedule, design concepts, beginning, input."""

from typing import Final

PURPOSE: Final = (
    "To say, cell by cell and at full scale, what follows for adult hippocampal neurogenesis from what muscle does: "
    "from a turn of the wheel, through blood and capillaries, to stem cells, newborn neurons and what a laboratory "
    "would count of them. It is made for three uses: to set rival hypotheses (pathways, mechanisms) beside published "
    "experiments, to plan experiments, and to teach. It is no instrument of medicine."
)
PATTERNS: Final = (
    "The model is held against published experiments, replayed with their animals, days, labels and sections, and "
    "scored. A part of them served to fit the calibrated numbers: `docs/calibration.md` says which. "
    "`docs/evidence_report_card.md` says what is reproduced and what is missed:"
)
SCALES: Final = (
    "One dentate gyrus of one animal, on an unrolled sheet of sites in layers, whole or a patch that keeps densities. "
    "Places are micrometres along and across the sheet; a site holds one soma. Cells and niche advance in steps of an "
    "hour (whole minutes that divide a day, six hours at most), blood and activity in minutes, muscle, mood and the "
    "drive to move in days. A run lasts hours to a lifetime.\n\n"
    "Entities are the animal (activity, blood, muscle, mind), the niche (a field of BDNF over sites), and the cells: "
    "stem cells, progenitors, young and mature granule cells, astrocytes, bodies of dead cells. Granule cells born in "
    "development are a count for each column of sites."
)
# In the order in which a step takes them; the function, below `neurogen_abm`, and what it does.
SCHEDULE: Final = (
    (
        "agents.muscle.MuscleAgent.work",
        "Once a day fitness, muscle mass, strength and drive answer to the last days; then activity of each minute "
        "becomes levels in blood, whose means over the step go on",
    ),
    ("engine.world.World.advance", "The niche takes what the tissue makes and what blood brings, both over rest"),
    ("engine.rates.sense", "Levels by class of sites become factors on the rates of each state"),
    (
        "engine.timers.spend",
        "Every cell spends its reserve at its hazard and its timer at its pace; who runs out is due; nothing is "
        "changed",
    ),
    ("engine.timers.decide", "Of every cell that is due, which event comes first, and when within the step"),
    ("engine.sites.propose", "Events that need a site ask for one; tickets decide between two that want the same"),
    ("engine.migration.propose", "Young cells that hop ask for a site beside them"),
    ("engine.migration.move", "Those that have one move"),
    ("engine.commit.commit", "All events are written: activation, division, entry into the layer, death, clearance"),
    ("engine.sites.release", "Claims that were not used are taken back"),
    ("engine.span.take_away", "Granule cells born in development die, at a rate and from columns drawn by the seed"),
    ("assays.histology.Histology.attend", "Labels are given and assays read, where the scenario asks for them"),
    ("assays.recorder.Recorder.record", "Totals and means for the series"),
)
CONCEPTS: Final = {
    "Basic principles": "Multi-stage lineage with hazards and timers (competing risks); receptors that answer to a "
    "level over its level at rest (Weber's law, assumed); quasi-steady diffusion from capillaries; release-limited "
    "kinetics of blood. Which route from muscle to niche is at work is a choice of the scenario, its pathway, never of "
    "the code.",
    "Emergence": "Numbers of cells of each state, age structure, clones, waiting for sites, survival under rivalry, "
    "the response to running and its fading follow from the lives of cells. What is imposed: base rates by age, the "
    "size of each effect, the map of capillaries.",
    "Adaptation": "Cells adapt: an effect may fade (habituation, loss of gain), and levels are read over those at "
    "rest. The body adapts to training and disuse. No cell chooses.",
    "Objectives": "None: no entity seeks a goal.",
    "Learning": "None in cells. A memory may be laid down in the network and is read out; it acts on nothing.",
    "Prediction": "None.",
    "Sensing": "A cell reads the field of BDNF at its site, the levels of other messengers in blood (alike "
    "everywhere), the age of the animal, and how many neurons share the boutons of its block.",
    "Interaction": "By places: two cells cannot hold one site, and a division without a free site waits. By boutons: "
    "neurons that integrate raise one another's hazard. Through the body: with `feedback`, what new neurons change "
    "acts on the drive to move.",
    "Stochasticity": "Reserves (exponential), stays in a state (a minimum and a gamma variate), modes of division, "
    "sites, hops, depth, capillaries and the first cells. Every variate is addressed by seed, cell, entry and purpose "
    "with Philox4x32-10, so that neither the order of cells nor the number of threads changes a result, and two "
    "scenarios run with one seed are twins.",
    "Collectives": "Clones (all that descend from one cell of the beginning) and blocks of columns that share boutons.",
    "Observation": "Series, the register of all cells, maps, and assays that count as a laboratory would: labels, "
    "stains, sections, with the error of sampling. None of it changes a cell.",
}
INITIALISATION: Final = (
    "An animal begins as one of its age. Its history starts at `lineage.stem.initial_age` in rodents, with the stem "
    "cells of that age and the progenitors and neurons that these have made, each drawn from its birth on by the rules "
    "of any cell. From there it lives through its youth at rest, up to the age at which the run starts. A person's "
    "history starts a year before the run. Capillaries are drawn from the seed. Runs of one seed begin alike."
)
INPUT: Final = (
    "A scenario (YAML, checked against `neurogen_abm/spec/scenario.schema.json`) and, where it replays one, a "
    "recording of activity: wheel counts, accelerometry, heart rate, GPS tracks. Nothing else changes with time from "
    "outside."
)
