"""What is wrong with a study, in words: the grammar of its file for :mod:`neurogen_abm.spec.validation`."""

from typing import Any

from pydantic import BaseModel

from neurogen_abm.spec.study.expectations import FORMS, Item, Over, Source
from neurogen_abm.spec.validation import Grammar, ScenarioError, keys_of
from neurogen_abm.spec.yaml.reader import KeyPath


class StudyError(ScenarioError):
    """A study cannot be used as it is written."""

    default_code = "bad-study"


def _path(error: Any, data: Any) -> KeyPath:
    """Return the path of an error in the data: pydantic's own, without the names of the branches it took."""
    loc = list(error["loc"])
    if loc[:1] == ["expectations"] and len(loc) > 2:
        del loc[2]  # the kind
    elif loc[:1] == ["reference"] and len(loc) > 1:
        del loc[1]
    found: list[str | int] = []
    here = data
    for part in loc:
        known = (isinstance(here, dict) and part in here) or (
            isinstance(here, list) and isinstance(part, int) and 0 <= part < len(here)
        )
        if not known and not (part == loc[-1] and error["type"] in ("missing", "extra_forbidden")):
            break
        found.append(part)
        here = here[part] if known else None
    if error["type"].startswith("union_tag"):
        found.append("kind")
    return (*found, *getattr(error.get("ctx", {}).get("error"), "path", ()))


def _form(path: KeyPath, data: Any) -> type[BaseModel] | None:
    """Return the form that holds the entry at ``path``."""
    from neurogen_abm.spec.study.study import Reference, Study, Variation

    if len(path) == 1:
        return Study
    if path[0] in ("variation", "reference"):
        return Variation if path[0] == "variation" else Reference
    if path[0] == "expectations" and len(path) >= 3 and isinstance(path[1], int):
        inner: dict[str, type[BaseModel]] = {"over": Over, "source": Source, "items": Item}
        nested = next((inner[str(part)] for part in reversed(path[2:-1]) if part in inner), None)
        kind = data["expectations"][path[1]].get("kind")
        return nested or FORMS.get("null" if kind is None else str(kind))
    return None


def _homes(key: str) -> list[str]:
    from neurogen_abm.spec.study.study import Study

    homes = [f"to an expectation of kind {kind}" for kind, form in FORMS.items() if key in keys_of(form)]
    return homes + (["at the top of the file"] if key in keys_of(Study) else [])


STUDY = Grammar(_path, _form, _homes, ("expectation", FORMS), StudyError)
