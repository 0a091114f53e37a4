"""The names people import are a promise; this list changes on purpose or not at all."""

import subprocess
import sys

import neurogen_abm

NAMES = [
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
    "compare",
    "load_catalogue",
    "load_scenario",
    "resolve",
    "run",
    "scenario_names",
    "sensitivity",
    "species_names",
    "sweep",
]


def test_the_public_names_are_these():
    assert sorted(neurogen_abm.__all__) == NAMES
    assert set(NAMES) <= set(dir(neurogen_abm))


def test_every_public_name_can_be_imported():
    for name in NAMES:
        assert getattr(neurogen_abm, name) is not None
    assert callable(neurogen_abm.run)


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(neurogen_abm, "magic")


def imported_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_the_command_line_starts_without_what_takes_long():
    loaded = imported_by("import neurogen_abm.cli")
    assert not loaded & {"numba", "mesa", "pandas", "pydantic", "pint", "plotly", "pyarrow", "ruamel", "rich"}


def test_a_run_needs_no_plots():
    loaded = imported_by("from neurogen_abm import NeurogenesisModel, Result, run, load_scenario")
    assert "plotly" not in loaded
