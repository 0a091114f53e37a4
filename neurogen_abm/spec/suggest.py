"""The names nearest to a misspelt one, as error messages offer them."""

import difflib
from collections.abc import Iterable
from functools import lru_cache


def nearest(word: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Return up to ``count`` of ``names`` that ``word`` may stand for, best first; none where nothing is near.

    Case, hyphens and blanks do not count. Where no name is spelt alike, one of which ``word`` is a part, or that is a
    part of ``word`` (``duration_h`` for ``duration``), is near.

    >>> nearest("duratoin", ["duration", "species", "distance"])
    ['duration']
    """
    return list(_nearest(word[:80], tuple(names), count))


@lru_cache(maxsize=1024)  # every animal of an experiment asks for the same ones
def _nearest(word: str, names: tuple[str, ...], count: int) -> tuple[str, ...]:
    plain = _plain(word)
    known = {name: _plain(name) for name in names}
    matcher = difflib.SequenceMatcher(None, "", plain)
    # A third of the letters may differ, one at least; what is clearly worse than the best is not offered beside it.
    least = 1 - max(1, len(plain) // 3) / max(2, len(plain)) - 1e-9
    alike = {name: share for name, other in known.items() if (share := _alike(matcher, other, least)) >= least}
    least = max(least, max(alike.values(), default=0.0) - 0.1)
    near = sorted((-share, name) for name, share in alike.items() if share >= least)
    if not near:
        near = [
            (abs(len(other) - len(plain)), name)
            for name, other in known.items()
            if (len(plain) >= 4 and plain in other) or (2 * len(other) >= len(plain) and other in plain)
        ]
    return tuple(name for _, name in sorted(near)[:count])


def _alike(matcher: difflib.SequenceMatcher[str], other: str, least: float) -> float:
    """Return how alike a name is to the word of the matcher, or some number below ``least`` where it is less alike."""
    matcher.set_seq1(other)
    for bound in (matcher.real_quick_ratio(), matcher.quick_ratio()):  # much quicker, and never below the ratio
        if bound < least:
            return bound
    return matcher.ratio()


def offer(word: str, names: Iterable[str]) -> str:
    """Return the cure for an unknown name: the nearest ones, or else all of them where they are few."""
    names = sorted(names)
    if near := nearest(word, names):
        return f"Did you mean {' or '.join(near)}?"
    if not names:
        return "There are none to choose from."
    return f"Choose from {', '.join(names[:16])}{', ...' if len(names) > 16 else ''}."


def _plain(name: str) -> str:
    """Return the name without the marks that people mix up."""
    return name.lower().replace("-", "_").replace(" ", "_")
