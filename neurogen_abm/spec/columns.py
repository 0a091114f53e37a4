"""The columns of a series: what each is called, its unit, and whether it adds up since the start of the run."""

from typing import NamedTuple


class Column(NamedTuple):
    """One column: its label in words, its unit, and whether its growth over a span of time means something."""

    label: str
    unit: str
    adds_up: bool = False

    @property
    def title(self) -> str:
        """The label as it stands at the beginning of a line."""
        return self.label[:1].upper() + self.label[1:]


TIMES = {
    "time_h": Column("time since the start", "h"),
    "day": Column("day", "d"),
    "age_d": Column("age", "d"),
    "clock_h": Column("time of day", "h"),
}
# Not scaled by the area of a patch.
LEVELS = {
    "intensity": Column("activity", "share of the reserve"),
    "distance_km": Column("distance run", "km", adds_up=True),
    "distance_km_d": Column("distance run a day", "km/d"),
    "fitness": Column("fitness", "fold"),
    "muscle_mass": Column("muscle mass", "fold"),
    "drive": Column("drive to move", "fold"),
    "bdnf_plasma_pg_ml": Column("BDNF in plasma", "pg/mL"),
    "bdnf_serum_pg_ml": Column("BDNF in serum", "pg/mL"),
    "bdnf_niche_pg_ml": Column("BDNF in the niche", "pg/mL"),
    "bdnf_niche_low_pg_ml": Column("BDNF in the niche, 5th percentile", "pg/mL"),
    "bdnf_niche_high_pg_ml": Column("BDNF in the niche, 95th percentile", "pg/mL"),
    "habituation": Column("habituation", "share"),
}
COUNTS = {
    "n_dormant": Column("dormant stem cells", "cells"),
    "n_resting": Column("resting stem cells", "cells"),
    "n_active": Column("active stem cells", "cells"),
    "n_type_2a": Column("type-2a progenitors", "cells"),
    "n_type_2b": Column("type-2b progenitors", "cells"),
    "n_type_3": Column("type-3 neuroblasts", "cells"),
    "n_immature_early": Column("early immature neurons", "cells"),
    "n_immature_late": Column("late immature neurons", "cells"),
    "n_maturing": Column("maturing neurons", "cells"),
    "n_mature": Column("mature adult-born neurons", "cells"),
    "n_astrocyte": Column("astrocytes", "cells"),
    "n_apoptotic": Column("apoptotic bodies", "cells"),
    "n_ki67": Column("Ki67-positive cells", "cells"),
    "n_dcx": Column("DCX-positive cells", "cells"),
    "n_neun": Column("NeuN-positive cells", "cells"),
    "n_calretinin": Column("calretinin-positive cells", "cells"),
    "n_calbindin": Column("calbindin-positive cells", "cells"),
    "births": Column("cells born", "cells", adds_up=True),
    "stem_divisions": Column("divisions of stem cells", "divisions", adds_up=True),
    "progenitor_divisions": Column("divisions of progenitors", "divisions", adds_up=True),
    "deaths": Column("cells that died", "cells", adds_up=True),
    "cleared": Column("bodies cleared", "cells", adds_up=True),
    "integrated": Column("neurons integrated", "cells", adds_up=True),
    "deaths_immature_early": Column("deaths, early immature", "cells", adds_up=True),
    "deaths_immature_late": Column("deaths, late immature", "cells", adds_up=True),
    "deaths_maturing": Column("deaths, maturing", "cells", adds_up=True),
    "waited": Column("divisions put off for want of room", "divisions", adds_up=True),
    "granule_background": Column("granule cells born in development", "cells"),
    "new_neurons": Column("new neurons alive", "cells", adds_up=True),
}
# What an experiment can read; a series has the times besides, in front.
READ_OUTS = COUNTS | LEVELS
SERIES = TIMES | LEVELS | COUNTS
