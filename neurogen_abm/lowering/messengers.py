"""Lowering of messengers in blood: release, kinetics, what is given and taken away, and how they are combined."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.activity.run_clock import run_clock
from neurogen_abm.biology.exerkines import NONE, Exerkines, exerkines
from neurogen_abm.biology.release import infusion_fold
from neurogen_abm.biology.stress import Stress, stress
from neurogen_abm.lowering.parameter_reader import ParameterReader
from neurogen_abm.spec.scenario.activity import Enrichment
from neurogen_abm.spec.scenario.given import COMBINERS
from neurogen_abm.spec.scenario.interventions import half_gene
from neurogen_abm.spec.scenario.messengers import carried, combined, in_blood
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

Floats = NDArray[np.float64]

_PG_PER_NG = 1000.0
_MINUTES_PER_HOUR = 60.0


class Spell(NamedTuple):
    """What is given or taken away, from an hour of the run to another."""

    start_h: float
    end_h: float
    amount: float  # folds of the resting level, pg/mL in the niche, or the share that is taken away


class Production(NamedTuple):
    """What a messenger does to BDNF made in the niche, by its level in blood."""

    messenger: int  # its place among the messengers
    towards: float
    half_max_fold: float
    hill: float


class FieldLeft(NamedTuple):
    """Shares that are left of BDNF made in the niche, of that in plasma, and of movement-locked activity."""

    niche: float
    plasma: float
    activity: float


WHOLE = FieldLeft(1.0, 1.0, 1.0)
_ACTIVITY = "hippocampal_activity"


class Given:
    """What infusions and neutralisation do to signals over the hours of a run.

    Parameters
    ----------
    scenario
    signal
        The signal with a field.
    names
        The messengers in blood, in the order of the physiology.
    rises
        Messenger -> its infusions, whose amounts are rises over the level at rest.

    Attributes
    ----------
    spells : tuple of Spell
        All of it.
    """

    def __init__(
        self, scenario: Scenario, signal: str, names: Sequence[str], rises: dict[str, tuple[Spell, ...]] | None = None
    ) -> None:
        self._infused = [(rises or {}).get(name, ()) for name in names]
        self._taken = [_taken(scenario, name, ("plasma", None)) for name in names]
        self._niche, self._plasma = (_taken(scenario, signal, (source, None), False) for source in ("niche", "plasma"))
        self._activity = _taken(scenario, _ACTIVITY, (None,), False)
        self._changes_field = bool(self._niche or self._plasma or self._activity)
        self._changes = any(self._taken) or any(self._infused)
        parts = [*self._infused, *self._taken, self._niche, self._plasma, self._activity]
        self.spells = tuple(spell for part in parts for spell in part)

    def left(self, time_h: float) -> Floats:
        """Return the share that is left of each messenger at a time, shape (messengers,); -inf is before the run."""
        return np.array([_left(spells, time_h) for spells in self._taken], np.float64)

    def field_left(self, time_h: float) -> FieldLeft:
        """Return the shares that neutralisation leaves of the field signal at a time."""
        if not self._changes_field:
            return WHOLE
        return FieldLeft(*(_left(spells, time_h) for spells in (self._niche, self._plasma, self._activity)))

    def at(self, messengers: Exerkines, time_h: float) -> Exerkines:
        """Return the messengers as they are at a time."""
        if not self._changes:
            return messengers
        infused = np.array([total(spells, time_h) for spells in self._infused], np.float64)
        return messengers._replace(
            left=self.left(time_h), infused=infused if messengers.infused.size else messengers.infused
        )


def with_half_genes(scenario: Scenario, read: ParameterReader) -> Scenario:
    """Return a scenario in which half a gene is written as the share of its product that is missing for life."""
    outs = tuple(
        out
        if out.gene is None
        else out.model_copy(update={"gene": None, "share": 1.0 - float(read(half_gene(str(out.signal)), "1"))})
        for out in scenario.knock_outs
    )
    return scenario.model_copy(update={"knock_outs": outs})


def _taken(
    scenario: Scenario, signal: str, sources: tuple[str | None, ...], lifelong: bool = True
) -> tuple[Spell, ...]:
    """Return when which share of a signal is taken away from one of ``sources``; ``lifelong``: for life as well."""
    outs = [k for k in scenario.knock_outs if k.signal == signal and k.source in sources]
    return tuple(
        Spell(
            -math.inf if k.start_h is None else k.start_h,
            math.inf if k.end_h is None else k.end_h,
            k.taken,
        )
        for k in outs
        if lifelong or not k.is_for_life
    )


def _left(spells: Sequence[Spell], time_h: float) -> float:
    """Return what several that each take a share leave together."""
    return math.prod((1.0 - s.amount for s in spells if s.start_h <= time_h < s.end_h), start=1.0)


def total(spells: Sequence[Spell], time_h: float) -> float:
    """Return what infusions add together at a time: always a float, as an int would compile the blood again."""
    return sum((s.amount for s in spells if s.start_h <= time_h < s.end_h), start=0.0)


def next_edge(spells: Iterable[Spell], time_h: float) -> float:
    """Return the first hour after a time at which any of some spells begins or ends; inf where none does."""
    return min((hour for s in spells for hour in (s.start_h, s.end_h) if hour > time_h), default=math.inf)


def infusions(
    scenario: Scenario, route: str, signal: str, rise: Callable[[float], float] | None = None
) -> tuple[Spell, ...]:
    """Return the infusions of a signal on a route; ``rise`` of a rate in pg/min, where they are given at a rate."""
    spells = []
    for infusion in scenario.infusions:
        if infusion.route != route or infusion.signal != signal:
            continue
        if infusion.rate_ng_h is not None and rise is not None:  # systemic: the form asks for a rate, else for a level
            amount = rise(infusion.rate_ng_h * _PG_PER_NG / _MINUTES_PER_HOUR)
        else:
            assert infusion.level_pg_ml is not None
            amount = infusion.level_pg_ml
        end_h = math.inf if infusion.end_h is None else infusion.end_h
        spells.append(Spell(infusion.start_h, end_h, float(amount)))
    return tuple(spells)


def messenger_names(resolved: ResolvedScenario) -> tuple[str, ...]:
    """Return the messengers in the blood of a run, in the order of the physiology."""
    return in_blood(resolved.scenario, resolved.catalogue)


def _is_gone(scenario: Scenario, messenger: str) -> bool:
    """Say whether a messenger cannot rise: knocked out for life, or kept out of the blood it travels in."""
    outs = [k for k in scenario.knock_outs if k.signal == messenger and k.is_for_life]
    return any(k.kind == "signal" or k.source == "plasma" for k in outs)


def lower_messengers(resolved: ResolvedScenario, read: ParameterReader, names: tuple[str, ...]) -> Exerkines:
    """Return the messengers of a run in the form of the blood equations."""
    scenario, signals = resolved.scenario, resolved.catalogue.signals
    counted = combined(scenario, resolved.catalogue)
    table = {key: [read(f"signals.{n}.{key}", "1") for n in names] for key in ("threshold", "exponent")}
    tau = [read(f"signals.{n}.tau", "min") for n in names]
    falls = [f"signals.{n}.fall" for n in names]
    around = [n for n in names if signals[n]["drive"] == "enrichment"]
    given = [*around, *(n for n in names if any(i.signal == n for i in scenario.infusions))]
    stressed = [number for number, n in enumerate(names) if signals[n]["drive"] == "stress"]
    return exerkines(
        [0.0 if _is_gone(scenario, n) or n in around else read(f"signals.{n}.size", "1") for n in names],
        tau,
        by_dose=[1.0 if signals[n]["drive"] == "dose" else 0.0 for n in names],
        weight=[read(f"signals.{n}.weight", "1") if n in counted else 0.0 for n in names],
        tau_off_min=[
            read(path, "min") if path in resolved.parameters else rising
            for path, rising in zip(falls, tau, strict=True)
        ],
        clearance_min=[
            rising if n in around else _clearance_min(read, n) if n in given else 1.0
            for n, rising in zip(names, tau, strict=True)
        ]
        if given
        else None,
        stressed=stressed[0] if stressed else NONE,
        **table,
    )


def _clearance_min(read: ParameterReader, name: str) -> float:
    """Return the time constant at which an infused messenger leaves blood, min."""
    return float(read(f"signals.{name}.kinetics.half_life", "min")) / math.log(2.0)


def infused_rises(
    resolved: ResolvedScenario, read: ParameterReader, names: tuple[str, ...]
) -> dict[str, tuple[Spell, ...]]:
    """Return the infusions of the messengers as rises over rest: rate / (volume x clearance x level at rest).

    What an enriched cage does is a rise as well, while the animal lives in it.
    """
    found = {
        name: surroundings(resolved, read, name)
        for name in names
        if resolved.catalogue.signals[name]["drive"] == "enrichment"
    }
    for name in names:
        if any(infusion.signal == name for infusion in resolved.scenario.infusions):
            path = f"signals.{name}.kinetics"
            volume_ml, rest_pg_ml = read(f"{path}.volume", "mL"), read(f"{path}.rest", "pg/mL")
            rate_per_min = 1.0 / _clearance_min(read, name)
            found[name] = infusions(resolved.scenario, "systemic", name, _rise(volume_ml, rate_per_min, rest_pg_ml))
    return found


def surroundings(resolved: ResolvedScenario, read: ParameterReader, name: str) -> tuple[Spell, ...]:
    """Return when an animal lives in an enriched cage, each time with the rise of what stands for it."""
    size = float(read(f"signals.{name}.size", "1"))
    clock = run_clock(resolved.scenario, resolved.base_dir)
    blocks = [block for block in resolved.scenario.activity if isinstance(block, Enrichment)]
    return tuple(
        Spell(start_h, end_h, size)
        for start_h, end_h in together(
            span for block in blocks for span in _days_of(block, clock.start_min, clock.weekday, resolved)
        )
    )


def _days_of(
    block: Enrichment, start_min: int, weekday: int, resolved: ResolvedScenario
) -> Iterator[tuple[float, float]]:
    """Yield from when to when a block lasts, day by day where it is not every day (hours of the run)."""
    end_h = resolved.scenario.duration_h if block.end_h is None else block.end_h
    first_h = -start_min / _MINUTES_PER_HOUR  # midnight before the run starts
    for day in range(math.floor((end_h - first_h) / 24) + 1):
        start, end = max(block.start_h, first_h + 24 * day), min(end_h, first_h + 24 * (day + 1))
        if start < end and (weekday + day) % 7 in block.weekdays:
            yield start, end


def together(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return spans of time in order, those that touch or overlap as one: a cage is enriched or it is not.

    >>> together([(24.0, 48.0), (0.0, 24.0), (72.0, 80.0)])
    [(0.0, 48.0), (72.0, 80.0)]
    """
    found: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _rise(volume_ml: float, clearance_per_min: float, rest_pg_ml: float) -> Callable[[float], float]:
    return lambda rate_pg_min: float(infusion_fold(rate_pg_min, volume_ml, clearance_per_min, rest_pg_ml))


def rise_of_field(read: ParameterReader, clearance_per_min: float) -> Callable[[float], float]:
    """Return what makes a rate of infusion of the field signal, pg/min, a rise over resting plasma.

    Volume and level are read only where something is infused, so that they are not cited elsewhere.
    """

    def rise(rate_pg_min: float) -> float:
        c = "physiology.circulation"
        volume_ml, rest_pg_ml = read(f"{c}.distribution_volume", "mL"), read(f"{c}.plasma_rest", "pg/mL")
        return float(infusion_fold(rate_pg_min, volume_ml, clearance_per_min, rest_pg_ml))

    return rise


def lower_production(
    resolved: ResolvedScenario, read: ParameterReader, names: tuple[str, ...]
) -> tuple[Production, ...]:
    """Return what the messengers that a run carries do to BDNF made in the niche."""
    carriers = carried(resolved.scenario, resolved.catalogue)
    return tuple(
        Production(
            number, *(float(read(f"signals.{n}.production.{key}", "1")) for key in ("towards", "half_max", "hill"))
        )
        for number, n in enumerate(names)
        if n in carriers and "production" in resolved.catalogue.signals[n]
    )


def combiner_exponent(resolved: ResolvedScenario, read: ParameterReader) -> float:
    """Return the exponent of the power mean over messengers: the scenario's, or else the catalogue's."""
    chosen = resolved.scenario.combiner
    if chosen is None:
        return float(read("physiology.exerkines.combiner_exponent", "1"))
    return COMBINERS[chosen] if isinstance(chosen, str) else chosen


def stress_axis(resolved: ResolvedScenario, read: ParameterReader, dose_unit: str) -> Stress | None:
    """Return how the stress hormone of a run answers; None where it carries none."""
    signals = resolved.catalogue.signals
    name = next((n for n in messenger_names(resolved) if signals[n]["drive"] == "stress"), None)
    if name is None:
        return None
    path = f"signals.{name}"
    return stress(
        threshold=read(f"{path}.threshold", "1"),
        exponent=read(f"{path}.exponent", "1"),
        forced=read(f"{path}.stress.forced", "1"),
        novelty=read(f"{path}.stress.novelty", "1"),
        excess=read(f"{path}.stress.excess", "1"),
        excess_dose=read(f"{path}.stress.excess_dose", dose_unit),
        depth=read(f"{path}.stress.habituation.depth", "1"),
        habit_min=read(f"{path}.stress.habituation.time", "min"),
    )
