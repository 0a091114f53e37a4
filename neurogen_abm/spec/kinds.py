"""Which of the files that a person writes one is: a scenario, a sweep, a study or a fit."""

from pathlib import Path
from typing import Literal

from neurogen_abm.spec.calibration import CALIBRATIONS
from neurogen_abm.spec.scenario.load import SCENARIOS
from neurogen_abm.spec.shipped import ShippedFiles
from neurogen_abm.spec.study.study import STUDIES
from neurogen_abm.spec.sweep import SWEEPS
from neurogen_abm.spec.validation import keys_of
from neurogen_abm.spec.yaml.reader import read_file

Kind = Literal["scenario", "sweep", "study", "fit"]
# Where a file could be of two kinds, the first is taken.
_KINDS: dict[Kind, ShippedFiles] = {"scenario": SCENARIOS, "sweep": SWEEPS, "study": STUDIES, "fit": CALIBRATIONS}


def kind_of(source: str) -> Kind:
    """Return what a shipped name, or a file, is: of a file the kind that knows most of its keys.

    A file that cannot be read is an InputError; an unknown name passes for that of a scenario, whose reader says so.

    >>> kind_of("distance_by_age"), kind_of("clark2010"), kind_of("mouse_sedentary")
    ('sweep', 'study', 'scenario')
    """
    for kind, files in _KINDS.items():
        if source in files.names():
            return kind
    if not Path(source).suffix and not Path(source).is_file():
        return "scenario"
    data = read_file(Path(source), source).data
    keys = set(data) if isinstance(data, dict) else set()
    known = {kind: len(keys & set(keys_of(files.form.top))) for kind, files in _KINDS.items()}
    return max(_KINDS, key=lambda kind: known[kind])
