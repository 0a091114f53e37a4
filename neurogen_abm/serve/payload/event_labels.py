"""What happened, in words: marks on the time panels."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from neurogen_abm.serve.session.life import Life
from neurogen_abm.serve.session.plan import InjectEvent

_LONGEST = 160


def events_of(lives: Iterable[Life]) -> list[dict[str, Any]]:
    """Return every mark of some lives: when, which life, what."""
    found = []
    for arm, life in enumerate(lives):
        own: list[tuple[int, str, str]] = [(event.step, event.kind, _told(event)) for event in life.plan.events]
        if life.plan.forked_step is not None:
            own.append((life.plan.forked_step, "fork", "the second life begins here"))
        for step, kind, text in sorted(own, key=itemgetter(0)):
            found.append({"day": step * life.step_h / 24.0, "arm": arm, "kind": kind, "text": text})
    return found


def _told(event: Any) -> str:
    if isinstance(event, InjectEvent):
        return f"{event.agent}, {event.dose}"
    return described(event.changes)


def described(changes: Mapping[str, Any]) -> str:
    """Return changes as a short phrase."""
    parts = [_PHRASES.get(key, _other)(key, value) for key, value in changes.items()]
    text = "; ".join(parts) or "as in the scenario"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _activity(_: str, blocks: Any) -> str:
    if not isinstance(blocks, list) or not blocks:
        return "no exercise"
    return " + ".join(_block(block) for block in blocks if isinstance(block, Mapping))


def _block(block: Mapping[str, Any]) -> str:
    figures = [str(block[key]) for key in ("distance", "speed", "session", "intensity", "file") if key in block]
    return " ".join([str(block.get("kind", "activity")), *figures])


def _knock_outs(_: str, outs: Any) -> str:
    if not isinstance(outs, list) or not outs:
        return "no knock-out"
    named = [
        str(out.get("signal") or f"receptor for {out.get('receptor')}") for out in outs if isinstance(out, Mapping)
    ]
    return f"knocked out: {', '.join(named)}"


def _infusions(_: str, given: Any) -> str:
    if not isinstance(given, list) or not given:
        return "no infusion"
    named = [
        f"{part.get('signal')} {part.get('rate') or part.get('level')}" for part in given if isinstance(part, dict)
    ]
    return f"infused: {', '.join(named)}"


def _other(key: str, value: Any) -> str:
    return f"{key} {value}"


_PHRASES = {"activity": _activity, "knock_outs": _knock_outs, "infusions": _infusions}
