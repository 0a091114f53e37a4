"""Words of the page: controls, presets, and what terms mean."""

from typing import Any

_EVENT = "An event in the life of the animal: it holds from this moment on."
_BIRTH = "A trait of the animal: it holds from birth, so its life is simulated again at reset."

CONTROLS = [
    {"key": key, "applies": applies, "why": why}
    for key, applies, why in (
        ("activity", "now", _EVENT),
        ("knock_outs", "now", f"{_EVENT} As an inducible knock-out; at reset it is one from birth."),
        ("pathway", "reset", "A hypothesis holds for the whole life, which is simulated again."),
        ("age", "reset", _BIRTH),
        ("sex", "reset", _BIRTH),
        ("feedback", "reset", _BIRTH),
        ("tissue", "reset", "The tissue and its life before the run are simulated again."),
        ("duration", "now", "A longer life goes on; a shorter one may not end before this moment."),
    )
]

_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
_EVENING = {"clock": "19:30"}
_ANIMALS, _PEOPLE = ("mouse", "rat"), ("human",)
# Those with species are offered for these alone.
PRESETS: list[dict[str, Any]] = [
    {"key": key, "label": label, "species": species, "changes": {"activity": [block] if block else []}}
    for key, label, species, block in (
        ("sedentary", "Sedentary", None, None),
        ("wheel_3", "Wheel, 3 km per day", _ANIMALS, {"kind": "wheel", "distance": "3 km/d"}),
        ("wheel_7", "Wheel, 7 km per day", _ANIMALS, {"kind": "wheel", "distance": "7 km/d"}),
        (
            "treadmill",
            "Treadmill, one hour on weekdays",
            None,
            {"kind": "treadmill", "speed": "12 m/min", "session": "60 min", **_EVENING, "days": _WEEKDAYS},
        ),
        (
            "intervals",
            "Intervals on weekdays",
            None,
            {"kind": "interval", "bouts": 10, "work": "4 min", "rest": "2 min", "intensity": 0.8, **_EVENING}
            | {"days": _WEEKDAYS},
        ),
        (
            "resistance",
            "Resistance training",
            None,
            {"kind": "resistance", "session": "30 min", "intensity": 0.7, **_EVENING, "days": ["mon", "wed", "fri"]},
        ),
        (
            "stimulation",
            "Muscle stimulated by a current",
            _ANIMALS,
            {"kind": "stimulation", "session": "30 min", "intensity": 0.5, **_EVENING},
        ),
        ("unloading", "Hind limbs unloaded", _ANIMALS, {"kind": "unloading"}),
        ("immobilisation", "Held still", _ANIMALS, {"kind": "immobilisation"}),
        ("sitting", "Sitting all day", _PEOPLE, {"kind": "sitting"}),
        ("bed_rest", "In bed", _PEOPLE, {"kind": "bed_rest"}),
    )
]

GLOSSARY = (
    ("dentate gyrus", "The part of the hippocampus where granule cells sit and where new ones are made in adult life."),
    ("subgranular zone", "The thin layer between hilus and granule cell layer; stem cells and progenitors live there."),
    ("granule cell layer", "The layer of densely packed granule cells, the neurons of the dentate gyrus."),
    ("hilus", "The inside of the C that the gyrus forms in a section."),
    ("molecular layer", "The layer outside the granule cell layer, where the dendrites of granule cells reach."),
    ("blades and crest", "The two arms of the C (above: suprapyramidal, below: infrapyramidal), and its bend."),
    ("stem cell, dormant and resting", "A quiescent stem cell: dormant before its first division, resting after it."),
    ("progenitor (type 2a, 2b)", "A daughter that divides fast for some days; most of the amplification happens here."),
    ("neuroblast (type 3)", "A late progenitor that is set to become a neuron."),
    ("immature neuron", "A young neuron of the first weeks. Most die; input and growth factors let some survive."),
    ("integration", "A young neuron forms synapses in the network; whether it succeeds decides whether it survives."),
    ("apoptosis", "The orderly death of a cell; its body is cleared within hours."),
    ("BDNF", "Brain-derived neurotrophic factor, a protein that helps young neurons to survive and mature."),
    ("niche", "The surroundings of the stem cells: capillaries, support cells, signals."),
    ("plasma and niche BDNF", "What circulates in blood, and what cells in the subgranular zone meet; they differ."),
    ("exerkine", "A messenger that working muscle or liver gives to the blood."),
    ("pathway", "The hypothesis of how exercise reaches the niche. They disagree; the page shows what each implies."),
    (
        "fitness",
        "Aerobic capacity over that of a sedentary young adult; it grows with training, fades without, falls with age.",
    ),
    ("strength", "Muscle strength over that of a young adult; it falls with disuse and age, faster than mass."),
    (
        "arm of the feedback",
        "One way from the brain back to running, such as mood or fatigue. Each is a hypothesis; none acts by itself.",
    ),
    ("hazard", "The rate at which an event happens to one cell, per unit of time, e.g. 0.05 per day."),
    ("knock-out", "A signal, its source or its receptor taken away."),
    ("seed", "The number that fixes all stochastic variation. Twins of one seed differ only by what you changed."),
    ("Ki67, DCX, NeuN, calretinin, calbindin", "Stains: proteins that cells show at certain stages."),
    ("BrdU, EdU", "Agents that mark the cells that copy their DNA; marked cells can be counted later."),
    ("grade of evidence", "A replicated, causal; B one laboratory or species; C mixed or calibrated; D no data."),
)
