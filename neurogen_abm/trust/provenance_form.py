"""What the provenance of a run must say, whoever wrote it: a capsule may come from anybody."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, FiniteFloat, NonNegativeFloat, PositiveFloat, ValidationError

from neurogen_abm.errors import IntegrityError
from neurogen_abm.storage.places import PROVENANCE


class _Branch(BaseModel):
    """From which run a branch came, and when."""

    run: str
    day: FiniteFloat
    scenario_digest: str


class _Form(BaseModel):
    """What is read of a provenance; anything else may stand there too."""

    seed: int
    software: dict[str, str]
    used_parameters: list[str]
    began: datetime.datetime
    wall_time_s: NonNegativeFloat
    area_fraction: PositiveFloat
    scenario_digest: str
    catalogue_digest: str
    recordings: dict[str, str] = {}
    machine: dict[str, str] = {}
    code: str = ""
    branched: list[_Branch] = []
    resumed: list[dict[str, Any]] = []


def require_form(provenance: Mapping[str, Any], folder: Path) -> None:
    """Refuse a provenance that lacks what is read of it, or says something that cannot be; an IntegrityError."""
    try:
        form = _Form.model_validate(provenance)
    except ValidationError as fault:
        key = ".".join(map(str, fault.errors()[0]["loc"]))
    else:
        if "neurogen_abm" in form.software:
            return
        key = "software.neurogen_abm"
    what = f"The provenance of this run says nothing of `{key}`, or what cannot be."
    cure = "Take the run from where it was made."
    raise IntegrityError(what, where=str(folder / PROVENANCE), cure=cure, code="odd-provenance")
