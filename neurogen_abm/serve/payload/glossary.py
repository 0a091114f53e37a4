"""Words of the page: controls, presets, and what terms mean."""

from typing import Any

_EVENT = "An event in the life of the animal: it holds from this moment on."
_BIRTH = "It says who the animal is and holds from birth: its life is built again at reset."

# key, label, applies, why
CONTROLS: tuple[tuple[str, str, str, str], ...] = (
    ("activity", "Exercise", "now", _EVENT),
    ("knock_outs", "Knock-outs", "now", f"{_EVENT} As an inducible knock-out; at reset it is one from birth."),
    ("infusions", "Infusions", "now", _EVENT),
    ("pathway", "Pathway", "reset", "A hypothesis is no event: it holds for the whole life, which is built again."),
    ("age", "Age at the start", "reset", _BIRTH),
    ("sex", "Sex", "reset", _BIRTH),
    ("strain", "Strain", "reset", _BIRTH),
    ("feedback", "Motivation acts back on activity", "reset", _BIRTH),
    ("neurogenesis", "Adult neurogenesis (human)", "reset", _BIRTH),
    ("tissue", "Tissue", "reset", "The tissue and its life before the run are built again."),
    ("duration", "Length of the run", "now", "A longer life goes on; a shorter one may not end before this moment."),
    ("step", "Time step", "reset", "The life is computed again in other steps."),
)


def _wheel(distance: str) -> dict[str, Any]:
    return {"activity": [{"kind": "wheel", "distance": distance}]}


PRESETS: list[dict[str, Any]] = [
    {"key": "sedentary", "label": "Sedentary", "changes": {"activity": []}},
    {
        "key": "wheel_3",
        "label": "Wheel, 3 km a day",
        "changes": _wheel("3 km/d"),
    },
    {
        "key": "wheel_7",
        "label": "Wheel, 7 km a day",
        "changes": _wheel("7 km/d"),
    },
    {
        "key": "treadmill",
        "label": "Treadmill, an hour on weekdays",
        "changes": {
            "activity": [
                {
                    "kind": "treadmill",
                    "speed": "12 m/min",
                    "session": "60 min",
                    "clock": "19:30",
                    "days": ["mon", "tue", "wed", "thu", "fri"],
                }
            ]
        },
    },
    {
        "key": "intervals",
        "label": "Intervals on weekdays",
        "changes": {
            "activity": [
                {
                    "kind": "interval",
                    "bouts": 10,
                    "work": "4 min",
                    "rest": "2 min",
                    "intensity": 0.8,
                    "clock": "19:30",
                    "days": ["mon", "tue", "wed", "thu", "fri"],
                }
            ]
        },
    },
    {
        "key": "resistance",
        "label": "Resistance training",
        "changes": {
            "activity": [
                {
                    "kind": "resistance",
                    "session": "30 min",
                    "intensity": 0.7,
                    "clock": "19:30",
                    "days": ["mon", "wed", "fri"],
                }
            ]
        },
    },
]

GLOSSARY = (
    (
        "dentate gyrus",
        "The part of the hippocampus where granule cells sit, where new ones are made in adult life.",
    ),
    ("subgranular zone", "The thin layer between hilus and granule cell layer; stem cells and progenitors live there."),
    ("granule cell layer", "The layer of densely packed granule cells, the neurons of the dentate gyrus."),
    ("hilus", "The inside of the C that the gyrus forms in a section."),
    ("molecular layer", "The layer outside the granule cell layer, where the dendrites of granule cells reach."),
    ("blades and crest", "The two arms of the C (above: suprapyramidal, below: infrapyramidal), and its bend."),
    (
        "stem cell, dormant and resting",
        "A stem cell at rest: never yet divided, or divided before.",
    ),
    ("progenitor (type 2a, 2b)", "A daughter that divides fast for some days; most of the amplification happens here."),
    ("neuroblast (type 3)", "A late progenitor that is set to become a neuron."),
    ("immature neuron", "A young neuron of the first weeks. Most die; those that are heard and fed survive."),
    ("integration", "A young neuron finds partners in the network, which decides whether it stays."),
    ("apoptosis", "The orderly death of a cell; its body is cleared within hours."),
    ("BDNF", "Brain-derived neurotrophic factor, a protein that helps young neurons to survive and mature."),
    ("niche", "The surroundings of the stem cells: capillaries, support cells, signals."),
    ("plasma and niche BDNF", "What circulates in blood, and what cells in the subgranular zone meet; they differ."),
    ("exerkine", "A messenger that working muscle or liver gives to the blood."),
    ("pathway", "Which hypothesis lets exercise reach the niche. They disagree; the page shows what each would mean."),
    ("fitness", "Aerobic fitness over that of a sedentary animal; it grows with training and fades without."),
    ("hazard", "The chance of an event per unit of time for one cell, e.g. 0.05 per day."),
    ("knock-out", "A signal, its source or its receptor taken away."),
    (
        "seed",
        "The luck of an animal. Twins of one seed differ only by what you changed.",
    ),
    (
        "Ki67, DCX, NeuN, calretinin, calbindin",
        "Stains: proteins that cells show at certain stages.",
    ),
    (
        "BrdU, EdU",
        "Agents that mark the cells that copy their DNA; the marked can be counted later.",
    ),
    (
        "grade of evidence",
        "A replicated, causal; B one laboratory or species; C mixed or calibrated; D no data.",
    ),
)
