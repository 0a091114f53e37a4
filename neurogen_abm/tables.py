"""The tables of a run, column by column: type, unit, meaning. What records, reads, draws or explains them asks here.

Columns that count one state each follow from the table of states. `docs/run_directory.md` shows the same to people.
"""

import re
from typing import Final, NamedTuple

from neurogen_abm.biology.states import LINEAGE


class Column(NamedTuple):
    """One column."""

    label: str  # in words, as figures and pages call it
    unit: str = ""  # empty for names, ids and places in a list
    dtype: str = "float64"  # as pandas names it
    meaning: str = ""  # for people who read the table; empty where the label says it all
    adds_up: bool = False  # since the start of the run, so that its growth over a span of time means something
    since_before: bool = False  # a mean since the row before, not what was there at the time of the row

    @property
    def title(self) -> str:
        """The label as it stands at the beginning of a line."""
        return self.label[:1].upper() + self.label[1:]

    @property
    def is_count(self) -> bool:
        """Whether it counts what lies in the simulated tissue, so that a patch holds less than the whole gyrus."""
        return self.unit in ("cells", "divisions")

    @property
    def follows_day(self) -> bool:
        """Whether it is a level, which rises and falls with the hour: animals are compared by its mean over a day."""
        return self.unit in ("pg/mL", "fold", "share", "share of the reserve")


def _cells(label: str, meaning: str = "") -> Column:
    return Column(label, "cells", "int64", meaning)


def _total(label: str, meaning: str = "", unit: str = "cells") -> Column:
    return Column(label, unit, "int64", meaning, adds_up=True)


def _mean_level(label: str, unit: str, meaning: str) -> Column:
    return Column(label, unit, meaning=meaning, since_before=True)


def _plural(label: str) -> str:
    return re.sub("y$", "ie", label) + "s"


TIMES: Final = ("time_h", "day", "age_d", "clock_h")
SERIES: Final[dict[str, Column]] = {
    "time_h": Column("time since the start", "h"),
    "day": Column("day", "d", meaning="time since the start"),
    "age_d": Column("age", "d", meaning="age of the animal"),
    "clock_h": Column("time of day", "h"),
    "intensity": Column(
        "activity", "share of the reserve", meaning="activity, mean since the row before", since_before=True
    ),
    "distance_km": Column("distance run", "km", meaning="distance run since the start", adds_up=True),
    "distance_km_d": Column("distance run per day", "km/d", meaning="distance run in the last 24 h"),
    "fitness": Column("fitness", "fold", meaning="aerobic capacity over that of a sedentary young adult"),
    "muscle_mass": Column("muscle mass", "fold", meaning="muscle mass over that of a young adult"),
    "strength": Column("strength", "fold", meaning="muscle strength over that of a young adult"),
    "distance_asked_km": Column(
        "distance asked for", "km", meaning="distance that the schedule asked for since the start", adds_up=True
    ),
    "short_min": Column(
        "time below what was asked",
        "min",
        meaning="minutes since the start in which the body could not do what was asked",
        adds_up=True,
    ),
    "drive": Column("drive to move", "fold", meaning="drive to move over the usual one"),
    "bdnf_plasma_pg_ml": _mean_level("BDNF in plasma", "pg/mL", "BDNF in plasma, mean since the row before"),
    "bdnf_serum_pg_ml": Column(
        "BDNF in serum", "pg/mL", meaning="what a serum assay would read, platelets included; drives nothing"
    ),
    "bdnf_hippocampus": Column(
        "BDNF of the hippocampus", "fold", meaning="BDNF protein of homogenised hippocampus over rest; drives nothing"
    ),
    "bdnf_mrna_hippocampus": Column(
        "Bdnf mRNA of the hippocampus", "fold", meaning="messenger RNA of BDNF there, over rest; drives nothing"
    ),
    "dopamine": Column("dopamine", "share", meaning="slow rise of dopamine over rest; missing unless it is followed"),
    "mood": Column("mood", "index", meaning="mood, -1 to 1, 0 is usual; a hypothesis, missing unless asked for"),
    "anxiety": Column(
        "anxiety", "index", meaning="anxiety-like behaviour, 0 to 1; a hypothesis, missing unless asked for"
    ),
    "fatigue": Column("fatigue", "index", meaning="fatigue, 0 rested to 1; a hypothesis, missing unless asked for"),
    "depression": Column(
        "depression", "SD", meaning="depression-like behaviour over usual; a hypothesis, missing unless asked for"
    ),
    "stress": Column(
        "lasting stress",
        "index",
        meaning="corticosterone above rest as it is felt; a hypothesis, missing unless asked for",
    ),
    "bdnf_niche_pg_ml": _mean_level(
        "BDNF in the niche", "pg/mL", "BDNF in the niche, mean over the tissue and since the row before"
    ),
    "bdnf_niche_low_pg_ml": _mean_level(
        "BDNF in the niche, 5th percentile", "pg/mL", "5th percentile over the sites of the same mean"
    ),
    "bdnf_niche_high_pg_ml": _mean_level(
        "BDNF in the niche, 95th percentile", "pg/mL", "95th percentile over the sites of the same mean"
    ),
    "habituation": Column(
        "habituation", "share", meaning="how far the most habituated effect has faded: 0 not at all, 1 wholly"
    ),
    **{f"n_{state.name}": _cells(_plural(state.label)) for state in LINEAGE},
    "n_ki67": _cells("Ki67-positive cells"),
    "n_dcx": _cells("DCX-positive cells"),
    "n_neun": _cells("NeuN-positive cells"),
    "n_calretinin": _cells("calretinin-positive cells"),
    "n_calbindin": _cells("calbindin-positive cells"),
    "births": _total("cells born", "cells born since the start"),
    "stem_divisions": _total("divisions of stem cells", "divisions of stem cells since the start", "divisions"),
    "progenitor_divisions": _total("divisions of progenitors", "divisions of progenitors since the start", "divisions"),
    "deaths": _total("cells that died", "cells that died since the start"),
    "cleared": _total("bodies cleared", "apoptotic bodies removed since the start"),
    "integrated": _total("neurons integrated", "neurons that integrated since the start"),
    **{
        f"deaths_{state.name}": _total(f"deaths, {state.short_label}", f"deaths of {_plural(state.label)}")
        for state in LINEAGE
        if state.hazard == "death"
    },
    "waited": _total("divisions waiting for a free site", "divisions put off, no site nearby being free", "divisions"),
    "granule_background": _cells("granule cells born in development"),
    "new_neurons": _total("new neurons alive", "neurons born since the start and alive"),
}
# What an experiment can read.
READ_OUTS: Final = {name: column for name, column in SERIES.items() if name not in TIMES}

CELLS: Final[dict[str, Column]] = {
    "id": Column("cell", dtype="int64", meaning="id of the cell; it follows from the mother's, so twin runs agree"),
    "mother": Column("mother", dtype="int64", meaning="id of the mother, 0 for a founder"),
    "founder": Column(
        "founder", dtype="int64", meaning="id of the cell, mostly a stem cell, with which the clone began"
    ),
    "generation": Column("generation", dtype="uint8", meaning="divisions since the stem cell"),
    "birth_state": Column("state at birth", dtype="category"),
    "state": Column("state", dtype="category", meaning="state now, or the last one while alive"),
    "birth_h": Column("birth", "h", meaning="time of the division that made it, negative before the start"),
    "end_h": Column("end", "h", meaning="time at which its life under this id ended; missing while the cell lives"),
    "cause": Column("cause", dtype="category", meaning="`alive`, or how its life under this id ended"),
    "cleared_h": Column("clearance", "h", meaning="time at which the body was removed; missing where it was not"),
    "u_um": Column("septotemporal place", "um", "float32", "place along the long axis of the sheet"),
    "v_um": Column("transverse place", "um", "float32", "place across the sheet"),
    "layer": Column("layer", dtype="uint8", meaning="0 is the subgranular zone"),
    "divisions": Column("divisions", dtype="uint16", meaning="divisions of this cell under this id"),
}
MAP: Final[dict[str, Column]] = {
    "u_um": Column("septotemporal place", "um", "float32", "place of the column along the long axis of the sheet"),
    "v_um": Column("transverse place", "um", "float32", "place of the column across the sheet"),
    "capillary": Column("capillary", dtype="float32", meaning="capillary in its subgranular site, in site pitches"),
    "bdnf_rest_pg_ml": Column("BDNF at rest", "pg/mL", "float32", "BDNF in its subgranular site at rest"),
    "bdnf_mean_pg_ml": Column("BDNF", "pg/mL", "float32", "BDNF there, mean over the run"),
    "field_class": Column("class of sites", dtype="uint8", meaning="class of the site in `fields.parquet`"),
    "granule_cells": Column("granule cells", "cells", "uint8", "granule cells in the column"),
}
# `<n>` stands for 0, 1, 2, ...
FIELDS: Final[dict[str, Column]] = {
    "time_h": Column("time since the start", "h"),
    "class_<n>": Column(
        "BDNF of a class of sites", "pg/mL", "float32", "BDNF in the sites of this class of `map.parquet`"
    ),
}
ASSAYS: Final[dict[str, Column]] = {
    "name": Column("assay", dtype="str", meaning="name of the assay"),
    "time_h": Column("time since the start", "h"),
    "day": Column("day", "d", meaning="time since the start"),
    "count": Column("count", "as `unit`", meaning="true number in the simulated tissue, or the value of the measure"),
    "unit": Column("unit", dtype="str", meaning="`cells`, `clones`, `share`, `d`, `h`, `fold` or `pg/mL`"),
    "n": Column("sample size", dtype="int64", meaning="clones or cells on which the value rests"),
    "estimate": Column("estimate", "as `unit`", meaning="what the sections say; missing without `sampling`"),
    "coefficient_of_error": Column("coefficient of error", "share", meaning="of the estimate; missing without a cell"),
    "counted": Column("cells counted", "cells", meaning="cells seen in the sections; missing without `sampling`"),
    "sections": Column("sections", "sections", meaning="sections counted; missing without `sampling`"),
}
MESSENGERS: Final[dict[str, Column]] = {
    "time_h": Column("time since the start", "h"),
    "day": Column("day", "d", meaning="time since the start"),
    "name": Column("messenger", dtype="str", meaning="name of the messenger in the catalogue"),
    "level": _mean_level("level in blood", "fold", "its level in blood over that at rest, mean since the row before"),
}
PATTERNS: Final[dict[str, Column]] = {
    "time_h": Column("time since the start", "h"),
    "day": Column("day", "d", meaning="time since the start"),
    "silence": Column("silenced", dtype="str", meaning="whose cells were silenced, or `none`"),
    "learning": Column("learned", dtype="str", meaning="rule by which the patterns had been learned, or `none`"),
    "similarity": Column("correlation of the patterns", meaning="correlation of two entorhinal patterns"),
    "correlation": Column(
        "correlation of the answers", meaning="that of the answers of the granule cells; missing where none fires"
    ),
}
TABLES: Final = {
    "series": SERIES,
    "cells": CELLS,
    "map": MAP,
    "fields": FIELDS,
    "assays": ASSAYS,
    "messengers": MESSENGERS,
    "patterns": PATTERNS,
}
