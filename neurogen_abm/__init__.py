"""Adult hippocampal neurogenesis driven by muscle, simulated cell by cell."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from neurogen_abm.checkpoints import Checkpoints
from neurogen_abm.errors import EnvironmentFault, InputError, IntegrityError, ModelFault, NeurogenError
from neurogen_abm.run import Progress, Result, run
from neurogen_abm.version import __version__

if TYPE_CHECKING:
    from neurogen_abm.activity.recordings.description import recording
    from neurogen_abm.experiments.calibration.calibrate import calibrate
    from neurogen_abm.experiments.compare import compare
    from neurogen_abm.experiments.design.design import design
    from neurogen_abm.experiments.reserve import neurogenic_age
    from neurogen_abm.experiments.studies.result import study
    from neurogen_abm.experiments.sweep.sensitivity import sensitivity
    from neurogen_abm.experiments.sweep.sweep import sweep
    from neurogen_abm.exports.export import export
    from neurogen_abm.film.replay import replay
    from neurogen_abm.microscope.image import image
    from neurogen_abm.model import NeurogenesisModel
    from neurogen_abm.resumption import resume
    from neurogen_abm.spec.catalogue import load_catalogue, species_names
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario, Scenario, load_scenario, resolve, scenario_names
    from neurogen_abm.trust.capsule import capsule
    from neurogen_abm.trust.diff import diff
    from neurogen_abm.trust.doctor import doctor
    from neurogen_abm.trust.verify import verify

__all__ = [
    "Checkpoints",
    "EnvironmentFault",
    "InputError",
    "IntegrityError",
    "ModelFault",
    "NeurogenError",
    "NeurogenesisModel",
    "Progress",
    "ResolvedScenario",
    "Result",
    "Scenario",
    "__version__",
    "bands",
    "calibrate",
    "capsule",
    "compare",
    "design",
    "diff",
    "doctor",
    "export",
    "image",
    "load_catalogue",
    "load_scenario",
    "neurogenic_age",
    "recording",
    "replay",
    "resolve",
    "resume",
    "run",
    "scenario_names",
    "sensitivity",
    "species_names",
    "study",
    "sweep",
    "verify",
]

# Imported when first asked for: numba, Mesa and pydantic take a second, and `neurogen --help` needs none of them.
_HOMES = {
    "NeurogenesisModel": "model",
    "ResolvedScenario": "spec.scenario.scenario",
    "Scenario": "spec.scenario.scenario",
    "bands": "experiments.bands",
    "calibrate": "experiments.calibration.calibrate",
    "capsule": "trust.capsule",
    "compare": "experiments.compare",
    "design": "experiments.design.design",
    "diff": "trust.diff",
    "doctor": "trust.doctor",
    "export": "exports.export",
    "image": "microscope.image",
    "load_catalogue": "spec.catalogue",
    "load_scenario": "spec.scenario.scenario",
    "neurogenic_age": "experiments.reserve",
    "recording": "activity.recordings.description",
    "replay": "film.replay",
    "resolve": "spec.scenario.scenario",
    "resume": "resumption",
    "scenario_names": "spec.scenario.scenario",
    "sensitivity": "experiments.sweep.sensitivity",
    "species_names": "spec.catalogue",
    "study": "experiments.studies.result",
    "sweep": "experiments.sweep.sweep",
    "verify": "trust.verify",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'neurogen_abm' has no attribute {name!r}")
    found = getattr(import_module(f"neurogen_abm.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
