"""What happened, in words: marks on the time panels."""

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any

from neurogen_abm.serve.session.life import Life
from neurogen_abm.serve.session.plan import InjectEvent, SetEvent
from neurogen_abm.words import shortened

_LONGEST = 160


def events_of(lives: Iterable[Life]) -> list[dict[str, Any]]:
    """Return every mark of some lives: when, which life, what."""
    found = []
    for arm, life in enumerate(lives):
        own: list[tuple[int, str, str]] = [(event.step, event.kind, _label(event)) for event in life.plan.events]
        if life.plan.forked_step is not None:
            own.append((life.plan.forked_step, "fork", "the second life begins here"))
        for step, kind, text in sorted(own, key=itemgetter(0)):
            found.append({"day": step * life.step_h / 24.0, "arm": arm, "kind": kind, "text": text})
    return found


def _label(event: SetEvent | InjectEvent) -> str:
    if isinstance(event, InjectEvent):
        return f"{event.agent}, {event.dose}"
    return described(event.changes)


def described(changes: Mapping[str, Any]) -> str:
    """Return changes, which have been checked, as a short phrase.

    Examples
    --------
    >>> described({"activity": [{"kind": "wheel", "distance": "7 km/d"}], "knock_outs": []})
    'wheel 7 km/d; no knock-out'
    """
    parts = [_phrase(key, value) for key, value in changes.items()]
    return shortened("; ".join(parts) or "as in the scenario", _LONGEST)


def _phrase(key: str, value: Any) -> str:
    if key not in _PHRASES:
        return f"{key} {value}"
    nothing, before, between, one = _PHRASES[key]
    return before + between.join(map(one, value)) if value else nothing


def _block(block: Mapping[str, Any]) -> str:
    figures = [str(block[key]) for key in ("distance", "speed", "session", "intensity", "file") if key in block]
    return " ".join([str(block["kind"]).replace("_", " "), *figures])


def _knock_out(out: Mapping[str, Any]) -> str:
    return str(out.get("signal") or f"receptor for {out.get('receptor')}")


def _infusion(part: Mapping[str, Any]) -> str:
    return f"{part['signal']} {part.get('rate') or part.get('level')}"


# What is said where there are none, before them, between two, and of each.
_PHRASES: dict[str, tuple[str, str, str, Callable[[Mapping[str, Any]], str]]] = {
    "activity": ("no exercise", "", " + ", _block),
    "knock_outs": ("no knock-out", "knocked out: ", ", ", _knock_out),
    "infusions": ("no infusion", "infused: ", ", ", _infusion),
}
