"""JSON from outside, of a request or of a link: bounded, finite numbers, whole text; anything else is told in words."""

import json
import math
from typing import Any

# Enough for everything the forms hold; what nests deeper would exhaust the stack of whatever reads it next.
_DEEPEST = 20
_MOST_DIGITS = 30


def plain_json(text: bytes) -> Any:
    """Return what JSON says.

    Raises
    ------
    ValueError
        It is not JSON in UTF-8, or holds what nothing here can take: a number that is not finite or has more than 30
        digits, half a character (a surrogate without its other half), or more than 20 levels.
    """
    try:
        found = json.loads(text.decode("utf-8"), parse_constant=_finite, parse_float=_finite, parse_int=_whole)
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    if _depth(found) > _DEEPEST:
        raise ValueError("it nests too deeply")
    try:
        # Escapes can spell halves of characters, which no file and no answer could hold.
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a character (a lone surrogate)") from None
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:20]} is not finite")
    return value


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a number has {len(text)} digits")
    return int(text)


def _depth(data: Any) -> int:
    depth, level = 0, [data]
    while level and depth <= _DEEPEST:
        depth += 1
        inner = [list(part.values()) if isinstance(part, dict) else part for part in level]
        level = [entry for part in inner if isinstance(part, list) for entry in part]
    return depth
