"""What twins differ in, as tables: effects with intervals, animals needed, maps, and entries of the scenarios.

Only what every arm has is compared; what is left out is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from neurogen_abm.assays.table import ASSAY, as_read_outs
from neurogen_abm.experiments import statistics
from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.comparable import seen_how
from neurogen_abm.tables import SERIES
from neurogen_abm.units import alike
from neurogen_abm.words import spoken

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario

_ROUNDING = 1e-12
_WHEN = ("name", "at", "from", "until", "every")


def readings(
    series: pd.DataFrame, assays: pd.DataFrame, columns: Sequence[str], keys: Sequence[str] = ("arm", "seed")
) -> pd.DataFrame:
    """Return one row per animal (by its ``keys``), day and read-out: columns of the series, then assays as reported."""
    kept = [*keys, "day", "read_out", "value"]
    long = series.melt([*keys, "day"], list(columns), "read_out", "value")
    if len(assays):
        long = pd.concat([long, as_read_outs(assays)], ignore_index=True)
    long["read_out"] = pd.Categorical(long["read_out"], list(dict.fromkeys(long["read_out"])), ordered=True)
    return long[kept].dropna(subset=["value"])


class LeftOut(NamedTuple):
    """What cannot be compared: read-outs at all times, with the reason, and read-outs on some days."""

    whole: Mapping[str, str]
    days: Mapping[str, tuple[float, ...]]

    def sentences(self) -> tuple[str, ...]:
        """Return it in words; read-outs that lack the same days share a sentence."""
        by_days: dict[tuple[float, ...], list[str]] = {}
        for name, days in self.days.items():
            by_days.setdefault(days, []).append(name)
        return (*self.whole.values(), *(_on_days(names, days) for days, names in by_days.items()))

    def without(self, found: pd.DataFrame) -> pd.DataFrame:
        """Return the readings that every arm has."""
        at = zip(found["read_out"].astype(str), found["day"], strict=True)
        kept = [name not in self.whole and day not in self.days.get(name, ()) for name, day in at]
        return found[np.array(kept, dtype=bool)]


def left_out(found: pd.DataFrame, arms: "Mapping[str, ResolvedScenario]") -> LeftOut:
    """Return what not every arm has, or has otherwise."""
    groups = found.groupby(["read_out", "arm"], observed=True, sort=False)
    days = {(str(name), str(arm)): set(part["day"]) for (name, arm), part in groups}
    whole: dict[str, str] = {}
    some: dict[str, tuple[float, ...]] = {}
    for name in map(str, found["read_out"].cat.categories):
        own = {arm: days.get((name, arm), set()) for arm in arms}
        has, lacks = ([arm for arm in arms if bool(own[arm]) is there] for there in (True, False))
        if (why := otherwise(name, arms)) is not None:
            whole[name] = why
        elif lacks:
            where = f"{_all(lacks)} {_have(lacks)} no value of it" + (f", {_all(has)} {_have(has)}" if has else "")
            whole[name] = f"{_label(name)} is left out: {where}."
        elif missing := set.union(*own.values()) - set.intersection(*own.values()):
            some[name] = tuple(sorted(missing))
    return LeftOut(whole, some)


def _label(read_out: str) -> str:
    return SERIES[read_out].title if read_out in SERIES else spoken(read_out)


def _all(arms: Sequence[str]) -> str:
    return " and ".join(arms)


def _have(arms: Sequence[str]) -> str:
    return "has" if len(arms) == 1 else "have"


def _on_days(names: Sequence[str], days: Sequence[float]) -> str:
    said = ", ".join(plain(day, 4) for day in days[:6]) + (f" and {len(days) - 6} more" if len(days) > 6 else "")
    what = ", ".join(map(_label, names[:4])) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    when = f"day {said}" if len(days) == 1 else f"days {said}"
    return f"{what} {_are(names)} left out on {when}: not every arm has a value then."


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def otherwise(read_out: str, arms: "Mapping[str, ResolvedScenario]") -> str | None:
    """Return why an assay is another one in another arm under the same name; None where it is not."""
    name = read_out.removesuffix(ASSAY)
    asked: dict[Any, str] = {}
    looked: dict[Any, str] = {}
    for arm, resolved in arms.items():
        for assay in resolved.scenario.assays:
            if assay.name == name and read_out not in SERIES:
                data = assay.model_dump(by_alias=True)
                question = alike({key: part for key, part in data.items() if key not in _WHEN})
                asked.setdefault(question, arm)
                looked.setdefault(seen_how(resolved.scenario, assay.count is not None), arm)
    if len(asked) > 1:
        return f"{_label(read_out)} is left out: it is not the same question in {_all(list(asked.values()))}."
    if len(looked) > 1:
        where = _all(list(looked.values()))
        return (
            f"{_label(read_out)} is left out: sections and observer (`sampling`) do not show as much of it in {where}."
        )
    return None


def effects(found: pd.DataFrame, arms: Sequence[str], pilot: int | None) -> pd.DataFrame:
    """Return the table of effects: every read-out at every time."""
    parts = []
    for arm, shared, one, other in _pairs(found, arms):
        plain, share = statistics.difference(one, other, pilot), statistics.relative(one, other, pilot)
        own = {"control": statistics.mean_of(one, pilot), "treated": statistics.mean_of(other, pilot)}
        ends = {f"{name}_{end}": getattr(at, end) for name, at in own.items() for end in ("low", "high")}
        parts.append(
            shared.to_frame(index=False).assign(
                arm=arm, control=one.mean(axis=0), treated=other.mean(axis=0),
                difference=plain.mean, low=plain.low, high=plain.high,
                relative=share.mean, relative_low=share.low, relative_high=share.high,
                pairs=len(one), **ends,
            )
        )  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    table["read_out"] = table["read_out"].astype(str)
    return table[["arm", *(column for column in table if column != "arm")]]


def animals(found: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """Return how many animals an arm needs, by read-out at its last time, and how much those of the control differ."""
    last = found[found["day"] == found.groupby("read_out", observed=True)["day"].transform("max")]
    parts = []
    for arm, shared, one, other in _pairs(last, arms):
        need = statistics.animals_needed(one, other)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = one.std(axis=0, ddof=1) / one.mean(axis=0)
        names = shared.get_level_values("read_out").astype(str)
        columns = {"control_cv": spread, "twins": need.twins, "independent": need.independent, "gain": need.gain}
        parts.append(pd.DataFrame({"arm": arm, "read_out": names, **columns}))
    return pd.concat(parts, ignore_index=True)


def _pairs(
    found: pd.DataFrame, arms: Sequence[str]
) -> Iterator[tuple[str, pd.MultiIndex, statistics.Array, statistics.Array]]:
    """Yield arm, read-outs with days, and the values of control and twins, one row per seed."""
    table = found.pivot_table(index="seed", columns=["arm", "read_out", "day"], values="value", observed=True)
    control = table[arms[0]]
    for arm in arms[1:]:
        shared = control.columns[control.columns.isin(table[arm].columns)]
        one, other = control[shared].to_numpy(float), table[arm][shared].to_numpy(float)
        # A day's mean of records taken more often is rounded otherwise: no difference between twins.
        yield arm, shared, one, np.where(np.isclose(other, one, rtol=_ROUNDING, atol=0.0), one, other)


def maps(tiles: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """Return mean differences by tile; no rows for an arm whose sheet is divided otherwise."""
    means = tiles.groupby(["arm", "u_um", "v_um"], sort=True)[["new_neurons", "bdnf_mean_pg_ml"]].mean()
    parts = [pd.DataFrame(columns=["arm", "u_um", "v_um", "new_neurons", "bdnf_mean_pg_ml"])]
    for arm in arms[1:]:
        one, other = means.loc[arms[0]], means.loc[arm]
        if one.index.equals(other.index):
            parts.append((other - one).reset_index().assign(arm=arm))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
