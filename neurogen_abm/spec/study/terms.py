"""The terms of expectations with nothing left open: which read-out, of which arm, when, and over what."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from neurogen_abm.spec.study.expectations import (
    Correlation,
    Course,
    Expectation,
    Item,
    Null,
    Ordering,
    Over,
    Ratio,
    ReadBase,
    ReadOut,
)
from neurogen_abm.spec.yaml.reader import KeyPath

How: TypeAlias = Literal["at", "mean_over", "gained_over", "course"]
When: TypeAlias = tuple[How, tuple[float, ...]]


class Quantity(NamedTuple):
    """One number an animal, or its course over ``times_h``.

    ``how``: ``at`` the only time; ``mean_over`` or ``gained_over`` the two times; ``course`` at each of them (all times
    of the assay where there are none). ``per`` is read alike, or at ``per_at_h``.
    """

    arm: str
    read: tuple[str, ...]
    per: tuple[str, ...]
    how: How
    times_h: tuple[float, ...]
    path: KeyPath  # where it is written, for errors
    per_at_h: float | None = None

    @property
    def shared(self) -> "Quantity":
        """What it is a share of, as a quantity of its own."""
        own = self._replace(read=self.per, per=(), per_at_h=None)
        return own if self.per_at_h is None else own._replace(how="at", times_h=(self.per_at_h,))


class Whole(NamedTuple):
    """A quantity, or the ratio of two."""

    top: Quantity
    bottom: Quantity | None

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Both, or the only one."""
        return (self.top,) if self.bottom is None else (self.top, self.bottom)


class Unsaid(Exception):
    """A term leaves open what it must say; ``path`` is where, ``key`` what."""

    def __init__(self, path: KeyPath, key: str) -> None:
        super().__init__(key)
        self.path, self.key = path, key


def _moment(reading: ReadBase, fallback: When | None = None) -> When | None:
    if reading.at_h is not None:
        return "at", (reading.at_h,)
    if reading.mean_over is not None:
        return "mean_over", reading.mean_over
    return ("gained_over", reading.gained_over) if reading.gained_over is not None else fallback


def _bottom(over: Over | None, top: Quantity, path: KeyPath) -> Quantity | None:
    if over is None:
        return None
    how, times_h = _moment(over, (top.how, top.times_h)) or (top.how, top.times_h)
    per_at_h = top.per_at_h if over.per_at_h is None else over.per_at_h
    read, per = over.read or top.read, over.per or top.per
    return Quantity(over.arm or top.arm, read, per, how, times_h, (*path, "over"), per_at_h)


def whole(reading: ReadOut | Course, only_arm: str | None, path: KeyPath, inherit: Ordering | None = None) -> Whole:
    """Return the term of a reading, written at ``path``, with everything filled in.

    ``only_arm`` is the arm where there is one; ``inherit`` the ordering it is an item of, for what it leaves open.
    """
    arm = reading.arm or (inherit.arm if inherit else None) or only_arm
    read = reading.read or (inherit.read if inherit else None)
    per = reading.per or (inherit.per if inherit else None) or ()
    over = getattr(reading, "over", None) or (inherit.over if inherit else None)
    for key, given in (("arm", arm), ("read", read)):
        if not given:
            raise Unsaid(path, key)
    how, times_h = _when(reading, path, inherit)
    per_at_h = getattr(reading, "per_at_h", None)
    per_at_h = inherit.per_at_h if per_at_h is None and inherit is not None else per_at_h
    top = Quantity(str(arm), read or (), per, how, times_h, path, per_at_h)
    return Whole(top, _bottom(over, top, path))


def _when(reading: ReadOut | Course, path: KeyPath, inherit: Ordering | None) -> When:
    if isinstance(reading, Course):
        return "course", reading.times or ()
    if isinstance(reading, Item) and event_of(reading, inherit) is not None:
        return "course", reading.times or (inherit.times if inherit else None) or ()
    moment = _moment(reading, _moment(inherit) if inherit else None)
    if moment is None:
        raise Unsaid(path, "at")
    return moment


def without_shared(expectation: Ordering, written: Sequence[Whole]) -> list[Whole]:
    """Return the items of an order without the group that all are set over, where it is the same one.

    That group moves none of them past another, and its error is that of all alike. The day of an event needs it.
    """
    events = any(event_of(item, expectation) for item in expectation.items)
    below = {None if term.bottom is None else term.bottom._replace(path=()) for term in written}
    return list(written) if events or len(below) > 1 else [term._replace(bottom=None) for term in written]


def event_of(reading: object, inherit: Ordering | None) -> str | None:
    """Return the event whose day an item of an ordering is, or None where it is a number."""
    if not isinstance(reading, Item):
        return None
    return reading.event or (inherit.event if inherit else None)


def terms(expectation: Expectation, arms: tuple[str, ...], path: KeyPath = ()) -> Iterator[Whole]:
    """Yield the terms of an expectation, in the order written; a correlation yields pairs, arm by arm.

    ``path`` is where the expectation is written, for errors.
    """
    only = arms[0] if len(arms) == 1 else None
    if isinstance(expectation, Ordering):
        for number, item in enumerate(expectation.items):
            yield whole(item, only, (*path, "items", number), expectation)
        return
    if isinstance(expectation, Correlation):
        for arm in expectation.arms or (expectation.arm or only,):
            top = whole(expectation.model_copy(update={"arm": arm, "arms": None}), only, path).top
            yield Whole(top, None)
            yield Whole(top._replace(read=expectation.against, per=(), path=(*path, "against")), None)
        return
    term = whole(expectation, only, path)
    if isinstance(expectation, Ratio | Null) and term.bottom is None:
        raise Unsaid(path, "over")
    yield term
