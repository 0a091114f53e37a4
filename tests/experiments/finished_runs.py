"""A few runs that cost nothing, performed in a directory, and what they say."""

from pathlib import Path
from typing import Any

import cheap

from neurogen_abm.experiments.execution.runner import Execution, Outcome, perform

FEW = 8


def tables(outcome: Outcome) -> bytes:
    """Return every table of an outcome as bytes, to be compared to the last bit."""
    return b"".join(outcome.table(name).to_parquet() for name in ("series", "assays"))


def again(folder: Path, work: Any = cheap.draws, *, progress: Any = None) -> Outcome:
    """Perform them, or what of them is not done."""
    return perform(cheap.jobs(FEW), Execution(folder, workers=0, progress=progress), work=work)
