"""A run as the tables promise it, made without the simulator: a month of wheel running in a small or a whole gyrus."""

import numpy as np
import pandas as pd

from neurogen_abm.assays.messengers import TimeCourse
from neurogen_abm.assays.table import assay_table, pattern_table
from neurogen_abm.citations import citations
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

STATES = [
    "dormant",
    "resting",
    "active",
    "type_2a",
    "type_2b",
    "type_3",
    "immature_early",
    "immature_late",
    "maturing",
    "mature",
    "astrocyte",
    "apoptotic",
]
MARKERS = ["ki67", "dcx", "neun", "calretinin", "calbindin"]
PROGENITORS = ["type_2a", "type_2b", "type_3"]
NEURON_FROM_D = {"immature_early": 0, "immature_late": 7, "maturing": 28, "mature": 56}
# Death hazard per day of a newborn cell, by age from (d), as measured at 12 months x 0.75 (evidence lineage:haz_death)
HAZARD = [
    (1, 0.0),
    (4, 0.107),
    (7, 0.079),
    (10, 0.044),
    (14, 0.035),
    (21, 0.045),
    (28, 0.015),
    (42, 0.0045),
    (1e9, 0.0008),
]


def death_ages(rng, n):
    """Ages at death drawn from the piecewise hazard, by inverting its integral."""
    edges = np.array([0.0, *(e for e, _ in HAZARD)])
    total = np.concatenate([[0.0], np.cumsum(np.diff(edges) * [h for _, h in HAZARD])])
    return np.interp(rng.exponential(size=n), total, edges)


def newborn(rng, first_day, days, per_day, run):
    """Rows of progenitors and neurons born from `first_day` to `days`, generation by generation."""
    rows, next_id = [], 10_000_000
    rates = [
        per_day * (1 + (0.9 * np.exp(-(((d - 4) / 9) ** 2)) if run and d >= 0 else 0)) for d in range(first_day, days)
    ]
    birth = np.concatenate(
        [d + rng.random(rng.poisson(r)) for d, r in zip(range(first_day, days), rates, strict=True)] or [np.array([])]
    )
    mother, generation = np.full(birth.size, 5), 1
    while birth.size and generation < 7:
        divides = rng.random(birth.size) < [0.85, 0.65, 0.45, 0.25, 0.10, 0][generation - 1]
        ids = next_id + np.arange(birth.size)
        next_id += birth.size
        stay = np.where(divides, 0.6 + rng.exponential(0.5, birth.size), np.inf)
        dies = np.where(divides, np.inf, death_ages(rng, birth.size) * (1.25 if run else 1.0))  # neurons alone die
        rows.append(
            pd.DataFrame(
                {
                    "id": ids,
                    "mother": mother,
                    "founder": 5,
                    "generation": generation,
                    "birth_d": birth,
                    "divides_d": birth + stay,
                    "dies_d": birth + dies,
                    "birth_state": np.where(divides, PROGENITORS[min(generation, 3) - 1], "immature_early"),
                }
            )
        )
        mother, birth = np.repeat(ids[divides], 2), np.repeat((birth + stay)[divides], 2)
        generation += 1
    return pd.concat(rows, ignore_index=True)


def register(rng, days, per_day, size, run):
    """The table `cells`."""
    born = newborn(rng, -60, days, per_day, run)
    born = born[born["birth_d"] < days]
    end = born[["divides_d", "dies_d"]].min(axis=1)
    born = born[end > 0]
    end = end[end > 0]
    cause = np.where(end >= days, "alive", np.where(born["divides_d"] < born["dies_d"], "division", "apoptosis"))
    age = days - born["birth_d"]
    ageing = np.select([age < 7, age < 28, age < 56], ["immature_early", "immature_late", "maturing"], "mature")
    still = np.isfinite(born["divides_d"])
    state = np.where(cause == "apoptosis", "apoptotic", np.where(still, born["birth_state"], ageing))
    n_stem = int(20 * per_day)
    stems = pd.DataFrame(
        {
            "id": np.arange(1, n_stem + 1),
            "mother": 0,
            "founder": np.arange(1, n_stem + 1),
            "generation": 0,
            "birth_d": -30.0,
            "birth_state": "dormant",
            "state": rng.choice(["dormant", "resting", "active", "astrocyte"], n_stem, p=[0.75, 0.18, 0.05, 0.02]),
        }
    )
    cells = pd.concat(
        [
            stems.assign(end_d=np.nan, cause="alive"),
            born.assign(end_d=np.where(cause == "alive", np.nan, end), cause=cause, state=state),
        ],
        ignore_index=True,
    )
    n = len(cells)
    cells = cells.assign(
        birth_h=24 * cells["birth_d"],
        end_h=24 * cells["end_d"],
        entered_h=24 * cells["birth_d"],
        u_um=10 * rng.integers(0, size[0] // 10, n) + 5.0,
        v_um=10 * rng.integers(0, size[1] // 10, n) + 5.0,
        layer=np.where(cells["state"].isin(["maturing", "mature", "immature_late"]), rng.integers(1, 4, n), 0),
        divisions=0,
    )
    return cells.drop(columns=["birth_d", "end_d", "divides_d", "dies_d"])


def counted(cells, t):
    """Columns of counts and totals that follow from the register."""

    def alive(rows, start, stop):
        return np.searchsorted(np.sort(start[rows]), t, side="right") - np.searchsorted(
            np.sort(stop[rows]), t, side="right"
        )

    birth, end = cells["birth_h"].to_numpy(), cells["end_h"].fillna(np.inf).to_numpy()
    final = (
        cells["state"]
        .where(cells["state"].isin(["dormant", "resting", "active", "astrocyte"]), cells["birth_state"])
        .to_numpy()
    )
    leaves = (cells["birth_state"] == "immature_early").to_numpy()
    table = {f"n_{s}": alive(final == s, birth, end) for s in [*STATES[:6], "astrocyte"]}
    later = [*[24.0 * d for d in NEURON_FROM_D.values()][1:], np.inf]
    for (state, start), stop in zip(NEURON_FROM_D.items(), later, strict=True):
        table[f"n_{state}"] = alive(
            leaves & (end > birth + 24 * start), birth + 24 * start, np.minimum(end, birth + stop)
        )
    dead = (cells["cause"] == "apoptosis").to_numpy()
    deaths = np.searchsorted(np.sort(end[dead]), t, side="right")
    young = dead & (end - birth < 7 * 24)
    table |= {
        "n_apoptotic": np.diff(deaths, prepend=0),
        "deaths": deaths,
        "deaths_immature_early": np.searchsorted(np.sort(end[young]), t, side="right"),
        "deaths_immature_late": np.searchsorted(np.sort(end[dead & ~young]), t, side="right"),
        "births": np.searchsorted(np.sort(birth[birth >= 0]), t, side="right"),
        "new_neurons": alive(leaves & (birth >= 0), birth, end),
    }
    return table


def series_of(rng, cells, days, run):
    """The table `series`, hourly, from 07:00 with lights off from 19:00 to 07:00."""
    t = np.arange(0, 24 * days + 1, dtype=float)
    clock = (7 + t) % 24
    night = ((clock - 0.5) % 24 >= 19) | ((clock - 0.5) % 24 < 7)
    strength = np.minimum(1.0, 0.3 + t / 24 / 12) * (rng.gamma(2.0, 0.5, t.size)) * np.exp(-((clock - 22) % 24) / 7)
    km = np.where(night & (t > 0), 1.1 * strength, 0.0) * run
    fold = 1 + 0.28 * km / 0.5
    niche = 30 * (1 + 0.8 * (pd.Series(fold).ewm(halflife=1).mean().to_numpy() - 1))
    counts = counted(cells, t)
    young = counts["n_immature_early"] + counts["n_immature_late"]
    markers = {
        "n_ki67": counts["n_active"] + counts["n_type_2a"] + counts["n_type_2b"],
        "n_dcx": counts["n_type_3"] + young,
        "n_neun": counts["n_immature_late"] + counts["n_maturing"] + counts["n_mature"],
        "n_calretinin": young,
        "n_calbindin": counts["n_maturing"] + counts["n_mature"],
        "n_waiting": 0,
    }
    distance = np.cumsum(km)
    return pd.DataFrame(
        {
            "time_h": t,
            "day": t / 24,
            "age_d": 56 + t / 24,
            "clock_h": clock,
            "intensity": np.minimum(km / 1.5, 1),
            "distance_km": distance,
            "distance_km_d": distance - np.interp(t - 24, t, distance),
            "fitness": 1 + 0.25 * run * (1 - np.exp(-t / 24 / 14)),
            "muscle_mass": 1 + 0.03 * run * (1 - np.exp(-t / 24 / 20)),
            "drive": 1.0,
            "bdnf_plasma_pg_ml": 10.5 * fold,
            "bdnf_niche_pg_ml": niche,
            "bdnf_niche_low_pg_ml": 0.9 * niche,
            "bdnf_niche_high_pg_ml": 1.16 * niche,
            "habituation": run * (1 - np.exp(-t / 24 / 8)),
            **counts,
            **markers,
            "stem_divisions": (12 * t).astype(int),
            "progenitor_divisions": counts["births"] // 2,
            "cleared": counts["deaths"],
            "integrated": counts["n_maturing"] // 3,
            "granule_background": 350_000,
        }
    )


def field_of(rng, size):
    """The table `map`: capillaries as lines 40 um apart, BDNF highest on them."""
    u, v = np.meshgrid(np.arange(5, size[0], 10.0), np.arange(5, size[1], 10.0))
    winding = 8 * np.sin(u / 90) + 6 * np.sin(u / 37 + v / 300)
    distance = np.abs((v + winding + 20) % 40 - 20)
    near = np.exp(-distance / 12)
    return pd.DataFrame(
        {
            "u_um": u.ravel(),
            "v_um": v.ravel(),
            "capillary": (distance < 5).astype(np.float32).ravel(),
            "bdnf_mean_pg_ml": (36 * (0.8 + 0.5 * near) + rng.normal(0, 0.2, u.shape)).ravel(),
        }
    )


def resolved_of(pathway="circulating", title="Voluntary wheel running, five weeks", **changes):
    """Resolve a scenario for the mouse against the real catalogue."""
    form = {
        "schema": 1,
        "name": "synthetic",
        "title": title,
        "description": "A made-up run that follows the tables of a real one.",
        "look_for": "A peak of proliferation in the first week.",
        "duration": "35 d",
        "seed": 7,
        "pathway": pathway,
        **changes,
    }
    return resolve(load_scenario(form))


class MadeRun:
    """Has what `write_report` needs of a result."""

    directory = None  # it was never saved

    def __init__(self, series, cells, field, resolved, provenance=None, assays=None):
        self.series, self.cells, self.map, self.resolved = series, cells, field, resolved
        self.assays = assay_table() if assays is None else assays
        self.messengers, self.patterns = TimeCourse(()).frame(), pattern_table()
        self.provenance = provenance or {"version": "0.1.0", "seed": 7, "packages": {"numpy": "2.1.0", "mesa": "3.3.0"}}

    def citations(self):
        return citations(self.resolved.parameters, self.resolved.references, self.resolved.parameters)

    def summary(self):
        last = self.series.iloc[-1]
        return pd.DataFrame(
            {
                "measure": ["cells born", "cells dead", "new neurons alive"],
                "unit": "cells",
                "value": [last["births"], last["deaths"], last["new_neurons"]],
            }
        )


def make_run(days=35, per_day=40, size=(1000, 600), run=1, seed=3, **scenario):
    """A run of `days`; `per_day` first-generation progenitors a day, `run` 0 for a sedentary animal."""
    rng = np.random.default_rng(seed)
    cells = register(rng, days, per_day, size, run)
    return MadeRun(
        series_of(rng, cells, days, run), cells, field_of(rng, size), resolved_of(**scenario), assays=assays_of(days)
    )


def assays_of(days):
    """A count with and without sections, and a measure that found nothing at first."""
    time_h = np.linspace(0, 24 * days, 4)
    seen = {"estimate": 480.0, "coefficient_of_error": 0.1, "counted": 80, "sections": 17}
    rows = [
        {"name": name, "time_h": t, "day": t / 24, "count": count + 10 * i, "unit": unit, "n": 1, **sections}
        for name, unit, count, sections in (
            ("surviving", "cells", 500, seen),
            ("cycling", "cells", 90, {}),
            ("clone_size", "cells", np.nan, {}),
        )
        for i, t in enumerate(time_h)
    ]
    return assay_table(rows)


def make_empty_run():
    """A run of one recorded moment in a gyrus without a lineage: every table has its columns and hardly a row."""
    full = make_run(days=1, per_day=1)
    series = full.series.iloc[[0]].copy()
    series.loc[:, series.columns.str.startswith(("n_", "births", "deaths"))] = 0
    return MadeRun(series, full.cells.iloc[:0], full.map.iloc[:0], full.resolved)
