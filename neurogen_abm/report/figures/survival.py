"""Kaplan-Meier survival of newborn neurons (Kaplan and Meier 1958, J Am Stat Assoc 53:457), from their last division.

A cohort is made of cells that had left the cycle when they were born. Cells that still divide are in none: a progenitor
does not die, so that counting it among those at risk until its division, and leaving it out from then on, would make
survival look better than that of any cell. Who is followed to the end of the run is censored there, by nothing but the
date.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from neurogen_abm.biology.states import FAMILIES

CURVE_COLUMNS = ["age_d", "at_risk", "deaths", "survival", "lower", "upper"]


def kaplan_meier(age_d: np.ndarray, died: np.ndarray) -> pd.DataFrame:
    """Estimate the fraction of cells alive against age.

    Parameters
    ----------
    age_d : ndarray of float, shape (n,)
        Age at which each cell left the sample, in days; by death or by censoring.
    died : ndarray of bool, shape (n,)
        True where it died.

    Returns
    -------
    DataFrame
        One row at age 0, one for each age with a death, one at the last age: ``age_d``, ``at_risk`` (just before),
        ``deaths``, ``survival``, ``lower``, ``upper`` (95 %, Greenwood variance on the log(-log) scale).
        No rows but the first when there are no cells.

    Raises
    ------
    ValueError
        When lengths differ or an age is negative or not finite.

    Notes
    -----
    S(t) = product over ages a <= t of (1 - d_a / n_a). Cells born together share one niche and one animal, so the
    interval is that of independent cells and too narrow for animals.
    """
    age = np.asarray(age_d, dtype=float)
    dead = np.asarray(died, dtype=bool)
    if age.shape != dead.shape:
        raise ValueError(f"{age.size} ages but {dead.size} outcomes")
    if not np.all(np.isfinite(age)) or np.any(age < 0):
        raise ValueError("ages must be finite and not negative")
    if age.size == 0:
        return pd.DataFrame([[0.0, 0, 0, 1.0, 1.0, 1.0]], columns=CURVE_COLUMNS)
    times, deaths = np.unique(age[dead], return_counts=True)
    at_risk = age.size - np.searchsorted(np.sort(age), times, side="left")
    survival = np.cumprod(1 - deaths / at_risk)
    lower, upper = _greenwood(survival, deaths, at_risk)
    last = age.max()
    curve = pd.DataFrame(
        {"age_d": times, "at_risk": at_risk, "deaths": deaths, "survival": survival, "lower": lower, "upper": upper}
    )
    first = pd.DataFrame([[0.0, age.size, 0, 1.0, 1.0, 1.0]], columns=CURVE_COLUMNS)
    curve = pd.concat([first, curve], ignore_index=True)
    if last > curve["age_d"].iloc[-1]:
        end = curve.iloc[[-1]].assign(age_d=last, at_risk=int(np.sum(age >= last)), deaths=0)
        curve = pd.concat([curve, end], ignore_index=True)
    return curve


def _greenwood(survival: np.ndarray, deaths: np.ndarray, at_risk: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Limits of 95 % confidence; where nobody is left the limits are 0 and the last upper limit is kept open at 1."""
    left = at_risk - deaths
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(np.where(left > 0, deaths / (at_risk * np.maximum(left, 1)), 0.0))
        spread = 1.96 * np.sqrt(variance) / np.abs(np.log(survival))
        lower = survival ** np.exp(spread)
        upper = survival ** np.exp(-spread)
    inside = (survival > 0) & (survival < 1)
    return np.where(inside, lower, survival), np.where(inside, upper, survival)


def survival_at(curve: pd.DataFrame, age_d: float) -> float:
    """Fraction alive at an age; NaN beyond the last age seen."""
    if age_d > curve["age_d"].iloc[-1]:
        return float("nan")
    row = int(np.searchsorted(curve["age_d"].to_numpy(), age_d, side="right")) - 1
    return float(curve["survival"].iloc[row])


def newborn_neurons(cells: pd.DataFrame, end_h: float) -> pd.DataFrame:
    """Return the neurons born during the run: cells that left the cycle with the division they come from.

    Parameters
    ----------
    cells : DataFrame
        The register (``birth_h``, ``birth_state``, ``end_h``, ``cause``).
    end_h : float
        Time at which the run ended.

    Returns
    -------
    DataFrame
        ``birth_day`` (0 is the first 24 h), ``age_d`` (since the last division; at death or end of the run), ``died``.
    """
    members = cells[(cells["birth_h"] >= 0) & cells["birth_state"].astype(str).isin(FAMILIES["neuron"])]
    born_h, left_h = members["birth_h"].astype(float), members["end_h"].astype(float).fillna(end_h)
    return pd.DataFrame(
        {
            "birth_day": np.floor(born_h / 24).astype(int),
            "age_d": ((left_h - born_h) / 24).clip(lower=0),
            "died": (members["cause"].astype(str) == "apoptosis").to_numpy(),
        }
    )


def cohort_survival(newborn: pd.DataFrame, *, smallest: int = 10, most: int = 40, step_d: float = 0.5) -> pd.DataFrame:
    """Survival of each day's newborn neurons on a common grid of ages.

    Parameters
    ----------
    newborn : DataFrame
        From `newborn_neurons`.
    smallest : int
        Cohorts with fewer cells are left out: a step of more than a tenth says little.
    most : int
        When there are more cohorts than this, evenly spaced ones are shown.
    step_d : float
        Distance of the ages, in days.

    Returns
    -------
    DataFrame
        ``birth_day``, ``age_d``, ``survival``, ``cells`` (size of the cohort).
    """
    sizes = newborn.groupby("birth_day").size()
    days = sizes[sizes >= smallest].index.to_numpy()
    if days.size > most:
        days = days[np.unique(np.linspace(0, days.size - 1, most).round().astype(int))]
    pieces = []
    for day in days:
        cohort = newborn[newborn["birth_day"] == day]
        curve = survival_of(cohort)
        ages = np.arange(0, curve["age_d"].iloc[-1] + 1e-9, step_d)
        row = np.searchsorted(curve["age_d"].to_numpy(), ages, side="right") - 1
        pieces.append(
            pd.DataFrame(
                {"birth_day": day, "age_d": ages, "survival": curve["survival"].to_numpy()[row], "cells": len(cohort)}
            )
        )
    columns = ["birth_day", "age_d", "survival", "cells"]
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns, dtype=float)


def survival_of(newborn: pd.DataFrame) -> pd.DataFrame:
    """Return the curve of all newborn neurons together, by days since their last division, as in `kaplan_meier`."""
    return kaplan_meier(newborn["age_d"].to_numpy(), newborn["died"].to_numpy())
