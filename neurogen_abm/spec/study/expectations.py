"""What a published experiment found, as data: a read-out of the simulated animals, and what it should be.

A **term** says what is read: an assay or a column of the series, in one arm, at a time or over a span, by itself or
over something else. An **expectation** says what the paper reports about a term; ``kind`` names the way of saying it.
How a verdict follows is a rule of the scorer (:mod:`neurogen_abm.experiments.studies.verdicts`), never of a study.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from neurogen_abm import units
from neurogen_abm.numerals import plain
from neurogen_abm.spec.fields import FieldError, Hours, In, Short, Title, by_kind
from neurogen_abm.spec.parameter import Plain

Names = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=64)], ...],
    Field(strict=False, min_length=1, max_length=12),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
Times = Annotated[tuple[Hours, ...], Field(strict=False, min_length=1, max_length=200)]
TimeSpan = Annotated[tuple[Hours, Hours], Field(strict=False)]


def _of_percent(value: object) -> object:
    return units.percentage(value) if isinstance(value, str) and "%" in value else value


_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"%\s*$"}]}
# A number that is often a share: 0.6, or "60 %".
Number = Annotated[float, BeforeValidator(_of_percent), WithJsonSchema(_SCHEMA)]
Event = Literal["peak", "first_above", "last_above", "first_below"]


class ReadBase(Plain):
    """What is read, in which arm, and when; several names under ``read`` or ``per`` are added up."""

    read: Names | None = Field(None, description="An assay of the study, or a column of the series; several add up.")
    per: Names | None = Field(None, description="What it is a share of: another assay or column, in the same animal.")
    per_at_h: Hours | None = Field(
        None, alias="per_at", description="When `per` is read; at the time of `read` by default."
    )
    arm: str | None = Field(None, description="The arm; may be left out where there is one.")
    at_h: Hours | None = Field(None, alias="at", description="When, from the start of the run, e.g. 28 d.")
    mean_over: TimeSpan | None = Field(None, description="Average from one time until another: [0 d, 7 d].")
    gained_over: TimeSpan | None = Field(None, description="What a running total gains from one time until another.")

    @model_validator(mode="after")
    def _one_time(self) -> "ReadBase":
        times = {"at": self.at_h, "mean_over": self.mean_over, "gained_over": self.gained_over}
        given = [key for key, time in times.items() if time is not None]
        if len(given) > 1:
            what = f"`{given[0]}` and `{given[1]}` both say when to read."
            raise FieldError(what, code="bad-pair", cure="Keep one of at, mean_over and gained_over.")
        for key, span in (("mean_over", self.mean_over), ("gained_over", self.gained_over)):
            if span is not None and span[1] <= span[0]:
                what = f"`{key}` ends ({plain(span[1] / 24)} d) no later than it starts ({plain(span[0] / 24)} d)."
                raise FieldError(what, code="start-after-end", cure="Write [from, until].")
        return self


class Over(ReadBase):
    """The denominator of a ratio; what it does not say is as in the numerator."""

    @model_validator(mode="after")
    def _differs(self) -> "Over":
        if not self.model_fields_set:
            raise FieldError("`over` is empty.", code="too-short", cure="Name an arm, a time or another assay.")
        return self


OverField = Annotated[Over | None, Short("arm")]


class ReadOut(ReadBase):
    """One number read from every animal of an arm."""

    @model_validator(mode="after")
    def _share_of_something(self) -> "ReadOut":
        if self.per_at_h is not None and self.per is None:
            raise FieldError("`per_at` needs a `per`.", code="bad-pair", cure="Say what it is a share of: per: NAME.")
        return self


class ExpectationTerm(ReadOut):
    """A reading, by itself or over another one."""

    over: OverField = Field(None, description="The denominator: an arm, or {arm, read, per, at}.")


class Item(ExpectationTerm):
    """One item of an ordering: a term, or the day of an event."""

    event: Event | None = Field(None, description="The day of an event instead of a number; `times` say when it looks.")
    times: Times | None = Field(None, description="The times to search; all times of the assay by default.")


class Course(Plain):
    """What is read at several times."""

    read: Names = Field(description="An assay of the study, or a column of the series.")
    per: Names | None = Field(None, description="What it is a share of.")
    arm: str | None = Field(None, description="The arm; may be left out where there is one.")
    over: OverField = Field(None, description="The denominator: an arm, or {arm, read, per}.")
    times: Times | None = Field(None, description="The times to search; all times of the assay by default.")


class Source(Plain):
    """Where a finding stands."""

    place: str = Field(min_length=1, max_length=300, description="Where in the paper, e.g. abstract; Fig. 2c.")
    reference: str | None = Field(None, min_length=1, description="Another paper than that of the study.")


class Measured(Plain):
    """How well the paper knew what it counted; what it does not say is as the catalogue has it (histology.counting)."""

    animals: Annotated[int, Field(ge=2, le=10_000)] | None = Field(
        None, description="Animals in each group of the paper; of litters, how many litters."
    )
    spread: Annotated[float, In("1", above=0, most=3, percent=True)] | None = Field(
        None, description="Coefficient of variation of the count between the animals of a group, e.g. 25 %."
    )
    over_animals: Annotated[int, Field(ge=2, le=10_000)] | None = Field(
        None, description="Animals in the group that it is set over, where they are not as many."
    )
    over_spread: Annotated[float, In("1", above=0, most=3, percent=True)] | None = Field(
        None, description="Coefficient of variation in the group that it is set over, where it is another."
    )

    @model_validator(mode="after")
    def _says_something(self) -> "Measured":
        if self.animals is None and self.spread is None:
            raise FieldError("`measured` is empty.", code="too-short", cure="Write measured: {animals: 8}.")
        return self


class _Expectation(Plain):
    """What every expectation says."""

    name: Title = Field(min_length=1, description="What was found, in a line; no two of a study are the same.")
    tier: Literal["A", "B"] = Field(description="A: the paper gives a number; B: only a direction.")
    role: Literal["calibration", "test"] = Field(description="Whether the model was fitted to it.")
    source: Annotated[Source, Short("place")] = Field(description="Where it stands: text, or {place, reference}.")
    measured: Measured | None = Field(None, description="How well the paper knew it: {animals, spread}.")
    note: str | None = Field(None, max_length=1000, description="Anything a reader should know.")


class _Value(Plain):
    """A published number: a value, an accepted span, or both; and its standard error where it is known."""

    value: Number | None = Field(None, description="The published value.")
    low: Number | None = Field(None, description="Lower end of what was published.")
    high: Number | None = Field(None, description="Upper end of what was published.")
    standard_error: Annotated[Number, Field(gt=0)] | None = Field(
        None, description="Standard error of the published value."
    )

    @model_validator(mode="after")
    def _says_something(self) -> "_Value":
        if self.value is None and self.low is None and self.high is None:
            raise FieldError("No number was published here.", code="one-of-two", cure="Give `value`, or `low`, `high`.")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise FieldError("`low` is not below `high`.", code="bad-pair", cure="Swap the two.")
        ends = (self.low if self.low is not None else self.value, self.high if self.high is not None else self.value)
        if self.value is not None and not ends[0] <= self.value <= ends[1]:  # type: ignore[operator]
            raise FieldError("`value` lies outside `low` and `high`.", code="bad-pair", cure="Check the three.")
        if self.standard_error is not None and self.value is None:
            raise FieldError("A `standard_error` needs a `value`.", code="bad-pair", cure="Give the value.")
        return self


class Ratio(_Expectation, ExpectationTerm, _Value):
    """A ratio of two readings, as published: ``value``, ``low``, ``high``, ``standard_error``."""

    kind: Literal["ratio"]

    @model_validator(mode="after")
    def _positive(self) -> "Ratio":
        if self.value is not None and self.value <= 0:
            what = f"A ratio of two counts is positive, and its `value` is {plain(self.value)}."
            raise FieldError(what, code="out-of-range", cure="Give `high` where none were found.", seen=self.value)
        return self


class Bound(_Expectation, ExpectationTerm):
    """A reading, or a ratio, that lies above or below a bound."""

    kind: Literal["bound"]
    gt: Number | None = Field(None, description="It lies above this.")
    lt: Number | None = Field(None, description="It lies below this.")

    @model_validator(mode="after")
    def _bounded(self) -> "Bound":
        if (self.gt is None) == (self.lt is None):
            raise FieldError("A bound needs either `gt` or `lt`.", code="one-of-two", cure="Write gt: 1.0, or lt: 1.0.")
        return self


class Null(_Expectation, ExpectationTerm):
    """No difference was found: the ratio lies in the band of equivalence."""

    # YAML reads a plain null as nothing, which is taken for the word.
    kind: Annotated[Literal["null"], WithJsonSchema({"enum": ["null", None]})]


class Absolute(_Expectation, ReadOut, _Value):
    """A number by itself; counts of a patch are scaled to the whole gyrus of one hemisphere."""

    kind: Literal["absolute"]


class Timing(_Expectation, Course):
    """The day of an event, in the average over an arm or in the ratio of two arms."""

    kind: Literal["timing"]
    event: Event = Field(description="What happens on that day.")
    level: Annotated[Number, Field(gt=0)] | None = Field(
        None, description="Above or below what: 1.25 (0.8) of a ratio, 0.05 of the largest value by default."
    )
    value_h: Hours | None = Field(None, alias="value", description="The published day, e.g. 3 d.")
    low_h: Hours | None = Field(None, alias="low", description="Not before this day.")
    high_h: Hours | None = Field(None, alias="high", description="Not after this day.")

    @model_validator(mode="after")
    def _level_is_met(self) -> "Timing":
        if self.over is None and self.level is not None and self.level >= 1:
            what = f"`level` is a share of the largest value here, and {plain(self.level)} of it is never passed."
            cure = f'Write "{plain(self.level)} %", or add the `over` of a ratio.'
            raise FieldError(what, code="out-of-range", cure=cure, seen=self.level)
        return self

    @model_validator(mode="after")
    def _day(self) -> "Timing":
        low, high = self.low_h, self.high_h
        if self.value_h is None and low is None and high is None:
            raise FieldError("No day was published here.", code="one-of-two", cure="Give `value`, or `low`, `high`.")
        if low is not None and high is not None and low > high:
            raise FieldError("`low` is not below `high`.", code="bad-pair", cure="Swap the two.")
        return self


class Ordering(_Expectation, Item):
    """Numbers, or days of events, that come in an order; what an item does not say, the expectation says for all."""

    kind: Literal["ordering"]
    order: Literal["rising", "falling"] = Field("rising", description="How they go, in the order written.")
    items: Annotated[tuple[Item, ...], Field(strict=False, min_length=2, max_length=20)] = Field(
        description="What is compared."
    )

    @model_validator(mode="after")
    def _alike(self) -> "Ordering":
        if len({(item.event or self.event) is None for item in self.items}) > 1:
            cure = "Give every item an `event`, or none."
            raise FieldError("Days of events and numbers cannot be put in one order.", code="bad-pair", cure=cure)
        return self


class Correlation(_Expectation, ReadOut):
    """Two readings that go together from animal to animal."""

    kind: Literal["correlation"]
    arms: Names | None = Field(None, description="Several arms taken together, instead of one `arm`.")
    against: Names = Field(description="The other reading, e.g. distance_km, at the same time.")
    sign: Literal["positive", "negative"] = Field("positive", description="How they go together.")

    @model_validator(mode="after")
    def _whose(self) -> "Correlation":
        if self.arms is not None and self.arm is not None:
            raise FieldError("Both `arm` and `arms` are given.", code="bad-pair", cure="Keep one of them.")
        return self


class Shape(_Expectation, Course):
    """The course of a reading over time."""

    kind: Literal["shape"]
    form: Literal["exponential", "power", "rising", "falling"] = Field(
        description="Exponential in time, a power of age, or never falling (rising)."
    )
    gained: bool = Field(False, description="Read what a running total gains from one time to the next.")


Expectation: TypeAlias = Annotated[
    Ratio | Bound | Null | Absolute | Timing | Ordering | Correlation | Shape, Field(discriminator="kind")
]
BY_KIND: dict[str, type[Plain]] = by_kind(Expectation)


def plain_kind(data: Any) -> Any:
    """Return an expectation in which ``kind: null``, which YAML reads as nothing, says "null"."""
    return {**data, "kind": "null"} if isinstance(data, dict) and "kind" in data and data["kind"] is None else data
