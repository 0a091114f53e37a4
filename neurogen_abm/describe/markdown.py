"""Tables and lists of Markdown, read alike in a repository, on a site and in a terminal."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Return a table; a bar in a cell is written so that it ends none.

    >>> print(table(["a", "b"], [["1", "x|y"]]))
    | a | b |
    |---|---|
    | 1 | x\|y |
    """
    lines = [head, ["---"] * len(head), *rows]
    first, rule, *rest = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join(
        [f"| {' | '.join(first)} |", f"|{'|'.join(rule)}|", *(f"| {' | '.join(cells)} |" for cells in rest)]
    )


def listed(items: Iterable[str]) -> str:
    """Return a list of points."""
    return "\n".join(f"- {item}" for item in items)


def code(words: Iterable[str]) -> str:
    """Return words as code, with commas."""
    return ", ".join(f"`{word}`" for word in words)
