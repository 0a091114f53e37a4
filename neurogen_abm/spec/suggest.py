"""The names nearest to a misspelt one: optimal string alignment (Damerau 1964), a slip of the finger being one edit."""

from collections.abc import Iterable


def edits(a: str, b: str, limit: int = 10**9) -> int:
    """Return how many insertions, deletions, substitutions and swaps of neighbours lead from ``a`` to ``b``.

    Counting stops beyond ``limit``; the number returned then is larger than it, and no more is said.
    """
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = above
        if min(row) > limit:
            return limit + 1
    return row[-1]


def nearest(word: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Return up to ``count`` of ``names`` that ``word`` may stand for, best first; none where nothing is near.

    Case, hyphens and blanks count for nothing. A name of which ``word`` is a part, or that is a part of ``word``
    (``duration_h`` for ``duration``), is near as well, after those a few edits away.
    """
    plain = _plain(word[:80])
    found = []
    for name in names:
        other = _plain(name)
        limit = min(4, max(1, min(len(plain), len(other)) // 3))
        if abs(len(other) - len(plain)) <= limit and (distance := edits(plain, other, limit)) <= limit:
            found.append((distance, name))
        elif (len(plain) >= 4 and plain in other) or (2 * len(other) >= len(plain) and other in plain):
            found.append((50 + abs(len(other) - len(plain)), name))
    found.sort()
    close = [name for distance, name in found if distance < 50]
    return (close or [name for _, name in found])[:count]


def offer(word: str, names: Iterable[str]) -> str:
    """Return the cure for an unknown name: the nearest ones, or else all of them where they are few."""
    names = sorted(names)
    near = nearest(word, names)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    if not names:
        return "There are none to choose from."
    shown = ", ".join(names[:16])
    return f"Choose from {shown}{', ...' if len(names) > 16 else ''}."


def _plain(name: str) -> str:
    """Return the name without the marks that people mix up."""
    return name.lower().replace("-", "_").replace(" ", "_")
