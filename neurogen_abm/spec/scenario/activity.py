"""The blocks of an activity programme, as a person writes them.

Blocks add up. While a block of `STOPPING` lasts, every other block has no effect.
Times count from the start of the run, whose first day `clock.day` names; ``start`` is included, ``end`` is not.
"""

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    Field,
    TypeAdapter,
    model_validator,
)

from neurogen_abm.numerals import plain
from neurogen_abm.spec.fields import Clock, FieldError, Hours, In, RecordingName, by_kind
from neurogen_abm.spec.parameter import Grown
from neurogen_abm.spec.scenario.columns import Columns
from neurogen_abm.units import tidy

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _once(days: tuple[Day, ...]) -> tuple[Day, ...]:
    if len(set(days)) != len(days):
        raise FieldError("A day is named twice.", cure="Name each day once.", seen=days)
    return days


Days = Annotated[tuple[Day, ...], Field(strict=False, min_length=1), AfterValidator(_once)]
Minutes = Annotated[float, In("min", above=0, most=1440)]
Speed = Annotated[float, In("m/min", least=0, most=700)]
Intensity = Annotated[float, In("1", least=0, most=2)]
Share = Annotated[float, In("1", least=0, most=1, percent=True)]


class Timed(Grown):
    """What lasts from ``start`` to ``end``; without an end it lasts as long as the run."""

    start_h: Hours = Field("0 d", alias="start", description="When it starts, from the start of the run.")  # type: ignore[assignment]
    end_h: Hours | None = Field(None, alias="end", description="When it ends; the end of the run by default.")

    @model_validator(mode="after")
    def _forwards(self) -> "Timed":
        if self.end_h is not None and self.end_h <= self.start_h:
            what = f"`end` ({tidy(self.end_h, 'h')}) is not after `start` ({tidy(self.start_h, 'h')})."
            raise FieldError(what, code="start-after-end", cure="Give a later `end`, or leave it out.")
        return self


class Exercise(Timed):
    """A block that moves the animal."""

    gained: ClassVar[tuple[str, ...]] = ("forced",)

    days: Days = Field(DAYS, description="Days of the week on which it takes place; every day by default.")
    overload_pct_wk: Annotated[float, In("%/wk", least=0, most=100)] = Field(
        "0 %/wk",  # type: ignore[assignment]
        alias="overload",
        description="How much the load grows per week (progressive overload).",
    )
    forced: bool | None = Field(
        None, description="Whether it is imposed, which stresses; by default sessions of animals are, all else is not."
    )

    @property
    def weekdays(self) -> frozenset[int]:
        """The days as numbers, Monday 0."""
        return frozenset(DAYS.index(day) for day in self.days)


class Wheel(Exercise):
    """Free access to a running wheel; bouts are generated so that a full day reaches ``distance`` on average."""

    gained: ClassVar[tuple[str, ...]] = (*Exercise.gained, "load")

    kind: Literal["wheel"]
    distance_km_d: Annotated[float, In("km/d", least=0, most=100)] = Field(
        alias="distance", description="Mean distance per day, e.g. 7 km/d."
    )
    load: Share = Field(
        0.0, description="Force that brakes the wheel, over body weight, e.g. 30 %: a metre costs more."
    )


class Treadmill(Exercise):
    """A daily session at one speed."""

    gained: ClassVar[tuple[str, ...]] = (*Exercise.gained, "slope")

    kind: Literal["treadmill"]
    speed_m_min: Speed = Field(alias="speed", description="Speed of the belt, e.g. 12 m/min.")
    session_min: Minutes = Field(alias="session", description="Length of a session, e.g. 60 min.")
    clock_min: Clock = Field(alias="clock", description='Time of day at which it starts, e.g. "10:00".')
    slope: Share = Field(0.0, description="Rise of the belt, e.g. 10 %: a metre costs more.")


class Interval(Exercise):
    """Bouts of work at high intensity with rests between them."""

    kind: Literal["interval"]
    bouts: int = Field(ge=1, le=200, description="Bouts of work in a session.")
    work_min: Minutes = Field(alias="work", description="Length of a bout, e.g. 4 min.")
    rest_min: Annotated[float, In("min", least=0, most=1440)] = Field(
        alias="rest", description="Rest between two bouts."
    )
    intensity: Intensity = Field(
        description="Share of the aerobic reserve during work: 0 rest, 1 maximal, sprints to 2."
    )
    clock_min: Clock = Field(alias="clock", description='Time of day at which it starts, e.g. "10:00".')

    @property
    def session_min(self) -> float:
        """Length of a session, from the first bout to the end of the last, in minutes."""
        return self.bouts * self.work_min + (self.bouts - 1) * self.rest_min

    @model_validator(mode="after")
    def _within_a_day(self) -> "Interval":
        if self.session_min > 1440:
            what = (
                f"`bouts`, `work` and `rest` make a session of {plain(self.session_min / 60, 3)} h, longer than a day."
            )
            raise FieldError(what, code="session-too-long", cure="Give fewer or shorter bouts.")
        return self


class Resistance(Exercise):
    """A session against a load: builds muscle, moves blood levels little."""

    kind: Literal["resistance"]
    session_min: Minutes = Field(alias="session", description="Length of a session, e.g. 30 min.")
    intensity: Annotated[float, In("1", least=0, most=1, percent=True)] = Field(
        description="Load as a share of the maximum, 0 to 1."
    )
    clock_min: Clock = Field(alias="clock", description='Time of day at which it starts, e.g. "10:00".')


class Walking(Exercise):
    """A session of walking at a speed, or at an intensity."""

    kind: Literal["walking"]
    session_min: Minutes = Field(alias="session", description="Length of a session, e.g. 30 min.")
    speed_m_min: Speed | None = Field(None, alias="speed", description="Speed, e.g. 5 km/h; or else an intensity.")
    intensity: Annotated[float, In("1", least=0, most=1)] | None = Field(
        None, description="Share of the aerobic reserve, 0 to 1; or else a speed."
    )
    clock_min: Clock = Field(alias="clock", description='Time of day at which it starts, e.g. "10:00".')

    @model_validator(mode="after")
    def _one_pace(self) -> "Walking":
        if (self.speed_m_min is None) == (self.intensity is None):
            fault = "neither `speed` nor `intensity`" if self.speed_m_min is None else "both `speed` and `intensity`"
            raise FieldError(f"Walking has {fault}.", code="one-of-two", cure="Give one of `speed` and `intensity`.")
        return self


class Stimulation(Exercise):
    """A current through a nerve works the muscle of an animal that does not move itself."""

    kind: Literal["stimulation"]
    session_min: Minutes = Field(alias="session", description="Length of a session, e.g. 20 min.")
    intensity: Annotated[float, In("1", least=0, most=1)] = Field(
        description="What muscle does, as a share of the aerobic reserve, 0 to 1; the hippocampus has no part in it."
    )
    clock_min: Clock = Field(alias="clock", description='Time of day at which it starts, e.g. "10:00".')


class Rest(Timed):
    """No exercise while it lasts; the animal moves about its cage."""

    kind: Literal["rest"]


class Still(Timed):
    """A block that takes everyday activity away, or part of it."""

    gained: ClassVar[tuple[str, ...]] = ("everyday",)

    everyday: Share | None = Field(
        None, description="Share of everyday activity that is left, 0 to 1; by default what the catalogue says."
    )


class Immobilisation(Still):
    """No movement while it lasts; muscle wastes."""

    kind: Literal["immobilisation"]


class Unloading(Still):
    """Animals only: the hind limbs bear no weight; muscle wastes, and the animal moves less."""

    kind: Literal["unloading"]


class BedRest(Still):
    """People only: in bed; muscle wastes, more slowly than in a cast, and little everyday activity is left."""

    kind: Literal["bed_rest"]


class Sitting(Still):
    """People only: days spent sitting, with less everyday activity than usual; exercise goes on."""

    kind: Literal["sitting"]


class Detraining(Timed):
    """The wheel or the training is taken away; fitness falls back."""

    kind: Literal["detraining"]


class Enrichment(Timed):
    """Animals only: a cage that is rich in objects and company; nothing of it is exercise, which has its own blocks."""

    kind: Literal["enrichment"]
    days: Days = Field(DAYS, description="Days of the week spent in it, midnight to midnight; every day by default.")

    @property
    def weekdays(self) -> frozenset[int]:
        """The days as numbers, Monday 0."""
        return frozenset(DAYS.index(day) for day in self.days)


def _date_time(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", text, re.ASCII):
        cure = 'Write it like "2009-10-16T17:00".'
        raise FieldError(f'"{text[:30]}" is not a date and time.', code="bad-date", cure=cure, seen=text)
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        cure = "Check month, day, hour and minute."
        raise FieldError(f'"{text}" is not a date in the calendar.', code="bad-date", cure=cure, seen=text) from None


def _zone(text: str) -> str:
    if re.fullmatch(r"[+-]\d\d:\d\d", text, re.ASCII) and -14 <= int(text[:3]) <= 14 and int(text[4:]) < 60:
        return text
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        cure = "Name a place, like Europe/Berlin, or an offset from UTC, like +01:00."
        raise FieldError(f'"{text[:40]}" is no time zone.', code="bad-zone", cure=cure, seen=text) from None
    return text


class RecordingBlock(Exercise):
    """A measured recording of activity, replayed: how far, how fast or how hard in each sample."""

    gained: ClassVar[tuple[str, ...]] = (*Exercise.gained, "species", "columns", "zone")

    kind: Literal["recording"]
    file: RecordingName = Field(description="A shipped recording, or a file named from the folder of the scenario.")
    animal: str | None = Field(
        None, min_length=1, max_length=64, description="Which animal, where a file holds several."
    )
    species: Literal["mouse", "rat", "human"] | None = Field(
        None, description="Whose activity it is, where that is in doubt: METs are taken for those of a person."
    )
    metres_per_count: Annotated[float, In("m", above=0, most=10)] | None = Field(
        None, description="Distance of one count of the wheel, e.g. 0.35 m."
    )
    gap: Literal["refuse", "hold", "zero"] = Field(
        "refuse", description="What stands for missing samples: an error, the last value, or no activity."
    )
    repeat: bool = Field(
        False,
        description="Whether whole days repeat to the end of the run, or a workout on each of `days`.",
    )
    from_time: Annotated[str, AfterValidator(_date_time)] | None = Field(
        None, alias="from", description="First sample to replay; by default the first at the clock time of the start."
    )
    columns: Columns | None = Field(
        None, description="What the columns of a table hold, where no reader knows the file; or what was counted."
    )
    zone: Annotated[str, AfterValidator(_zone), Field(max_length=64)] | None = Field(
        None, description="Zone of the clock on the wall, where the times of the file are in UTC."
    )


Block: TypeAlias = Annotated[
    Wheel
    | Treadmill
    | Interval
    | Resistance
    | Walking
    | Stimulation
    | Rest
    | Immobilisation
    | Unloading
    | BedRest
    | Sitting
    | Detraining
    | Enrichment
    | RecordingBlock,
    Field(discriminator="kind"),
]
BLOCKS: dict[str, type[Timed]] = by_kind(Block)
CHOSEN = ("wheel",)  # kinds in which the animal moves as much as it likes; all others are set, or recorded
SESSIONS = ("treadmill", "interval", "resistance", "walking")  # kinds that a person or an experimenter sets
LIMITED = ("treadmill", "interval", "walking")  # kinds of which a body may do less than is asked
QUIET = ("immobilisation", "unloading", "bed_rest", "sitting")  # kinds that take everyday activity away
SURROUNDINGS = "enrichment"  # the kind that changes the cage and moves nobody
# Kinds during which no other block acts.
STOPPING = ("rest", "immobilisation", "unloading", "bed_rest", "detraining")
_adapter: TypeAdapter[tuple[Any, ...]] = TypeAdapter(Annotated[tuple[Block, ...], Field(strict=False)])


def read_blocks(data: list[dict[str, Any]]) -> tuple[Any, ...]:
    """Return the blocks of a programme from plain data; pydantic's own error if they do not fit (see scenario.py)."""
    return _adapter.validate_python(data)
