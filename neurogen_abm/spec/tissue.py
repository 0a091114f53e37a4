"""The tissue that a command asks for in place of that of a file."""

import re

from neurogen_abm.errors import argument, told
from neurogen_abm.spec.validation import ScenarioError


def tissue_asked(text: str) -> dict[str, str] | str:
    """Return what a scenario would write under `tissue`: ``whole``, or a patch asked for as ``1000 um x 850 um``.

    A ScenarioError says that the text is neither; lengths are checked by the scenario.

    >>> tissue_asked("1000 um x 850 um")
    {'septotemporal': '1000 um', 'transverse': '850 um'}
    """
    parts = [part.strip() for part in re.split(r"\s+x\s+", text.strip())]
    if len(parts) == 2:
        return {"septotemporal": parts[0], "transverse": parts[1]}
    if text.strip() != "whole":
        cure = told("Write whole, or 1000 um x 850 um.", "Write --tissue whole, or --tissue '1000 um x 850 um'.")
        what = f'"{text[:40]}" is not a tissue.'
        raise ScenarioError(what, where=argument("tissue"), code="bad-choice", cure=cure, seen=text)
    return "whole"
