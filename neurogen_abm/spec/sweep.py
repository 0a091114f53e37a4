"""Sweeps as a person writes them: a scenario, what changes from point to point, how many animals each, what is kept."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from neurogen_abm import units
from neurogen_abm.numerals import written
from neurogen_abm.spec.cohort import CohortFile
from neurogen_abm.spec.fields import CrossFieldError, FieldError, Short, Title
from neurogen_abm.spec.parameter import Plain
from neurogen_abm.spec.shipped import FileModel, ShippedFiles
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.validation import FileForm

MOST_POINTS = 1_000_000
# Each takes some 10 kB of the driver while it waits: a gigabyte. Sweeps of 200 and fits of 10,000 are usual.
MOST_ANIMALS = 100_000
MOST_TIMES = 20_000
END = "end"
# What a laboratory would report; recorded in every series.
READ_OUTS = ("new_neurons", "n_ki67", "n_dcx", "distance_km_d", "bdnf_plasma_pg_ml", "bdnf_niche_pg_ml")


Names = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]


class Axis(Plain):
    """What one entry of the scenario becomes: a list of values, or a range between two quantities of one kind."""

    values: tuple[Any, ...] | None = Field(None, strict=False, description="The values, as the scenario takes them.")
    labels: tuple[str, ...] | None = Field(None, strict=False, description="What figures call the values.")
    low: Any = Field(None, alias="from", description="The lower end, e.g. 8 wk.")
    high: Any = Field(None, alias="to", description="The upper end.")
    points: int | None = Field(None, ge=2, le=10_000, description="How many values of a range a grid takes.")
    scale: Literal["linear", "log"] = Field("linear", description="How a range is divided.")
    label: Title = Field("", description="What figures call the axis; its path by default.")

    @model_validator(mode="after")
    def _one_way(self) -> "Axis":
        if (self.values is None) == (self.low is None and self.high is None):
            what = "An axis needs either `values` or a range."
            cure = "Write a list, or {from: 8 wk, to: 78 wk, points: 5}."
            raise FieldError(what, code="one-of-two", cure=cure)
        if self.values is not None:
            self._check_list(self.values)
        else:
            self._check_range()
        return self

    def _check_list(self, values: tuple[Any, ...]) -> None:
        if not values:
            raise FieldError("The axis is empty.", code="empty-axis", cure="Give at least one value.")
        if self.points is not None or self.scale != "linear":
            what = "`points` and `scale` belong to a range."
            raise FieldError(what, code="bad-pair", cure="Leave them out, or give `from` and `to`.")
        if self.labels is not None and len(self.labels) != len(values):
            what = f"There are {len(values)} values and {len(self.labels)} labels."
            raise FieldError(what, code="wrong-shape", cure="Give one label for each value.")
        self._check_once(values)

    def _check_once(self, values: tuple[Any, ...]) -> None:
        """Refuse a value that is there already, as a quantity and not as text, or a label that is."""
        seen: dict[Any, Any] = {}
        for value in values:
            meant = units.alike(value)
            if meant in seen:
                one, other = units.shown(seen[meant]), units.shown(value)
                what = f"A value appears twice on the axis{'' if one == other else f': {one} is {other}'}."
                raise FieldError(what, code="twice", cure="Remove one.")
            seen[meant] = value
        if self.labels is not None and len(set(self.labels)) < len(self.labels):
            what = "Two values of the axis have one label, so that tables could not tell them apart."
            raise FieldError(what, code="twice", cure="Give each a label of its own.")

    def _check_range(self) -> None:
        if self.low is None or self.high is None or self.labels is not None:
            what = "A range needs a `from` and a `to`, and takes no labels."
            raise FieldError(what, code="bad-pair", cure="Write {from: 8 wk, to: 78 wk, points: 5}.")
        low, high, _ = self._ends
        if not low < high:
            what = "The range ends (`to`) no higher than it begins (`from`)."
            raise FieldError(what, code="start-after-end", cure="Swap the two.")
        if self.scale == "log" and low <= 0:
            what = "A logarithmic range must begin above zero."
            raise FieldError(what, code="out-of-range", cure="Raise `from`, or use scale: linear.")

    @property
    def _ends(self) -> tuple[float, float, str]:
        """The ends of a range as numbers, in the unit of the lower."""
        (low, unit), (high, other) = units.split(self.low, "1"), units.split(self.high, "1")
        return low, units.convert(high, other, unit), unit

    @property
    def size(self) -> int | None:
        """How many values a grid takes; None for a range that does not say."""
        return len(self.values) if self.values is not None else self.points

    def at(self, share: float) -> Any:
        """Return the value at a share of the axis, 0 to 1: of a list the value whose turn it is, of a range any."""
        if self.values is not None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        low, high, unit = self._ends
        if self.scale == "log":
            number = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
        else:
            number = low + share * (high - low)
        number = float(f"{number:.10g}")
        whole = isinstance(self.low, int) and isinstance(self.high, int) and number == int(number)
        if isinstance(self.low, str):
            return f"{written(number, 10)} {unit}"
        return int(number) if whole else number

    def level(self, index: int) -> Any:
        """Return the value of a grid at ``index``."""
        if self.values is not None:
            return self.values[index]
        return self.at(index / ((self.points or 2) - 1))


class Design(Plain):
    """Which points of the space the axes span are run."""

    kind: Literal["grid", "random", "latin_hypercube", "sobol", "morris"] = Field("grid", description="How to choose.")
    points: int | None = Field(
        None, ge=1, le=MOST_POINTS, description="How many points; of sobol base samples, of morris trajectories."
    )
    seed: int = Field(1, ge=0, lt=2**32, description="Seed of the choice.")
    levels: int = Field(4, ge=2, le=100, description="Morris: levels of each axis.")

    @model_validator(mode="after")
    def _points_fit(self) -> "Design":
        if (self.kind == "grid") != (self.points is None):
            if self.kind == "grid":
                what = "A grid runs every combination of the axes, so `points` has no meaning."
                raise FieldError(what, code="bad-pair", cure="Leave `points` out.")
            cure = f"Write {{kind: {self.kind}, points: 64}}."
            raise FieldError(f"The design {self.kind} needs `points`.", code="bad-pair", cure=cure)
        return self


def _time(text: object) -> object:
    if text != END:
        units.quantity(text, "h", least=0)
    return text


class Kept(Plain):
    """What is kept of every run."""

    series: Literal["all"] | Names = Field(READ_OUTS, description="Columns of the series, or all.")
    at: tuple[Annotated[str, BeforeValidator(_time)], ...] = Field(
        (), strict=False, description="Times of the series, e.g. [7 d, end]."
    )
    every: Annotated[str, BeforeValidator(_time)] = Field("1 d", description="Time between kept rows, without `at`.")
    tables: tuple[Literal["series", "assays", "summary", "cells", "map"], ...] = Field(
        ("series", "assays", "summary"), strict=False, min_length=1, description="Tables that are kept."
    )

    def times_h(self, duration_h: float) -> tuple[float, ...]:
        """Return the kept times of a run of some length, hours."""
        if self.at:
            return tuple(sorted({duration_h if t == END else units.quantity(t, "h") for t in self.at}))
        every_h = units.quantity(self.every, "h", above=0)
        if duration_h / every_h > MOST_TIMES:
            what = f"A run of {units.tidy(duration_h, 'h')} has more than {MOST_TIMES:,} times every {self.every}."
            raise FieldError(what, code="too-many-times", cure="Lengthen `every`.")
        return (*(n * every_h for n in range(math.ceil(duration_h / every_h - 1e-9))), duration_h)


def _seeds(value: object) -> object:
    if isinstance(value, int) and value > MOST_ANIMALS:
        what = f"{value:,} animals at a point are more than the {MOST_ANIMALS:,} that can be planned."
        raise FieldError(what, code="too-many-animals", cure="Write fewer, like seeds: 8.", seen=value)
    return tuple(range(1, value + 1)) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else value


def _different(seeds: tuple[int, ...]) -> tuple[int, ...]:
    if not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0:
        what = "Seeds must be different whole numbers, 0 or above, and at least one."
        raise FieldError(what, code="bad-seeds", cure="Write how many, like 8, or list them, like [1, 2, 3].")
    return seeds


Seeds = Annotated[tuple[int, ...], Field(strict=False)]


class Sweep(FileModel):
    """Many animals: a scenario, the axes along which it changes, replicates, and what is kept."""

    look_for: Annotated[str, Field(max_length=1000)] = Field("", description="What to look for in the figures.")
    scenario: str | dict[str, Any] = Field(description="A shipped scenario, a file beside this one, or a mapping.")
    changes: dict[str, Any] = Field(
        default_factory=dict, alias="set", description="Entries of the scenario changed at every point, by path."
    )
    cohort: CohortFile | None = Field(
        None, description="A table with a row for each animal, beside this file: each is run at every point."
    )
    axes: dict[str, Annotated[Axis, Short("values", list)]] = Field(
        default_factory=dict, description="Dotted path of the scenario -> what it becomes; none are needed of a cohort."
    )
    together: tuple[Names, ...] = Field(
        (), strict=False, description="Groups of axes that change in step, first with first."
    )
    design: Annotated[Design, Short("kind")] = Field(
        default_factory=lambda: Design(), description="Which points are run."
    )
    seeds: Annotated[Seeds, BeforeValidator(_seeds), AfterValidator(_different)] = Field(
        (1,), description="Animals per point: how many, or their seeds; the same at every point."
    )
    keep: Kept = Field(default_factory=lambda: Kept(), description="What is kept of every run.")

    @model_validator(mode="after")
    def _fits_together(self) -> "Sweep":
        if self.cohort is not None:
            self._check_cohort()
        elif not self.axes:
            cure = "Give at least one path and its values, or a cohort."
            if "axes" not in self.model_fields_set:
                raise CrossFieldError("`axes` is missing.", ("axes",), code="missing-key", cure=cure)
            raise CrossFieldError("The sweep has no axes.", ("axes",), code="empty-axis", cure=cure)
        if "seed" in self.axes:
            what, cure = "`seed` cannot be an axis.", "Write `seeds: 8`."
            raise CrossFieldError(what, ("axes", "seed"), code="bad-axis", cure=cure)
        self._check_groups()
        return self

    def _check_cohort(self) -> None:
        if self.design.kind != "grid":
            what = "The animals of a cohort are run at every point of a grid; other designs choose points by chance."
            raise CrossFieldError(what, ("cohort",), code="bad-pair", cure="Leave out `design`, or the cohort.")
        if self.seeds != tuple(range(self.seeds[0], self.seeds[0] + len(self.seeds))):
            what = "Every animal of a cohort has seeds of its own, which count on from animal to animal."
            raise CrossFieldError(what, ("seeds",), code="bad-seeds", cure="Say how many each has, like seeds: 8.")

    def _check_groups(self) -> None:
        named = [name for group in self.together for name in group]
        for path in named:
            if path not in self.axes:
                what = f"`together` names {path[:60]}, which is not among the axes."
                raise CrossFieldError(what, ("together",), code="bad-axis", cure=offer(path, self.axes))
        if len(set(named)) < len(named):
            cure = "Keep it in one group."
            raise CrossFieldError("`together` names an axis twice.", ("together",), code="twice", cure=cure)
        for path, axis in self.axes.items():
            if self.design.kind == "grid" and axis.size is None:
                what = f"A grid needs to know how many values of {path} to take."
                raise CrossFieldError(what, ("axes", path), code="missing-key", cure="Add `points` to the range.")
        for group in self.together:
            sizes = {self.axes[name].size for name in group}
            if len(sizes) > 1:
                what = f"Axes that change together ({', '.join(group)}) have different numbers of values."
                cure = "Give each as many values as the other."
                raise CrossFieldError(what, ("together",), code="wrong-shape", cure=cure)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The axes as dimensions: those that change together are one, in the order of the file."""
        of = {name: group for group in self.together for name in group}
        return tuple(dict.fromkeys(of.get(path, (path,)) for path in self.axes))


FORM = FileForm(Sweep, {"axes": Axis, "design": Design, "keep": Kept})
SWEEPS = ShippedFiles("sweep", "sweeps", "sweeps", "unknown-sweep", FORM)


def load_sweep(source: str | Path | Mapping[str, Any] | Sweep) -> Sweep:
    """Read a sweep and check everything that can be checked without its scenario.

    ``source`` and errors as in `load_scenario`.

    Examples
    --------
    >>> load_sweep({"name": "doses", "scenario": "mouse_wheel_running", "axes": {"age": ["8 wk"]}, "seeds": 4}).seeds
    (1, 2, 3, 4)
    """
    return Sweep.read_from(SWEEPS, source)
