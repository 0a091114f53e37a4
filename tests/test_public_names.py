"""The names people import are a promise; this list changes on purpose or not at all."""

import ast
import inspect
import subprocess
import sys
from typing import Any

import pytest

import neurogen_abm
from neurogen_abm.experiments.calibration.calibrate import Calibrated
from neurogen_abm.experiments.execution.runner import Execution
from neurogen_abm.experiments.studies.study import plan
from neurogen_abm.spec.calibration import load_calibration
from neurogen_abm.spec.study.study import load_study

NAMES = [
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


def test_the_public_names_are_these():
    assert sorted(neurogen_abm.__all__) == NAMES
    assert set(NAMES) <= set(dir(neurogen_abm))


def test_every_public_name_can_be_imported():
    for name in NAMES:
        assert getattr(neurogen_abm, name) is not None
    assert callable(neurogen_abm.run)


@pytest.mark.parametrize("name", [name for name in NAMES if inspect.isfunction(getattr(neurogen_abm, name))])
def test_no_public_function_passes_over_what_it_is_given(name):
    (function,) = ast.parse(inspect.getsource(getattr(neurogen_abm, name))).body
    assert isinstance(function, ast.FunctionDef)
    read = {node.id for part in function.body for node in ast.walk(part) if isinstance(node, ast.Name)}
    assert {entry.arg for entry in (*function.args.args, *function.args.kwonlyargs)} <= read


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


PATCH = {"tissue": {"septotemporal": "300 um", "transverse": "300 um"}, "duration": "1 d", "age": "60 d"}

STUDY = {
    "name": "two_days",
    "reference": {"citation": "An experiment of one's own, 2024", "doi": None},
    "base": "mouse_generated_running",
    "changes": PATCH,
    "arms": {"still": {"activity": []}, "runner": {}},
    "animals": 2,
    "expectations": [
        {
            "name": "raised", "kind": "bound", "read": "births", "arm": "runner", "at": "1 d", "over": "still", "gt": 1,
            "tier": "B", "role": "test", "source": "mine",
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def objects(tmp_path_factory: Any) -> dict[str, object]:
    """One of each of the objects that people meet."""
    folder = tmp_path_factory.mktemp("objects")
    title = {"title": "A long title. " * 14, "description": "Sentences. " * 400}
    resolved = neurogen_abm.resolve(neurogen_abm.load_scenario("mouse_generated_running", PATCH | title))
    axes = {"activity[0].distance": ["2 km/d"], "lineage.clearance.time": ["1.2 h", "1.3 h"]}
    swept = neurogen_abm.sweep(
        {"name": "r", "scenario": "mouse_generated_running", "set": PATCH, "axes": axes}, workers=0
    )
    study = load_study("clark2010")
    planned = plan(study, pairs=1)
    fit = load_calibration("mouse")
    tables = dict.fromkeys(("estimates", "card", "trials"), swept.series)
    scored = neurogen_abm.study(STUDY, workers=0)
    return {
        "scenario": resolved.scenario,
        "resolved": resolved,
        "catalogue": resolved.catalogue,
        "model": neurogen_abm.NeurogenesisModel(resolved),
        "result": neurogen_abm.run(resolved),
        "comparison": neurogen_abm.compare(
            "mouse_sedentary", "mouse_generated_running", pairs=2, overrides=PATCH, workers=0
        ),
        "sweep": swept,
        "studies": scored,
        "outcome": swept.outcome,
        "plan of a sweep": swept.plan,
        "study": study,
        "plan of a study": planned,
        "arm": next(iter(planned.arms.values())),
        "job": planned.jobs["runner"][0],
        "fit": fit,
        "calibrated": Calibrated(fit, tables, ("A sentence.",) * 50, {}),
        "execution": Execution(folder),
        "progress": neurogen_abm.Progress("running", 1, 2, 0.5, 10),
    }


def test_what_an_object_says_of_itself_fits_a_few_lines(objects: dict[str, object]) -> None:
    for name, thing in objects.items():
        for text in (repr(thing), str(thing)):
            assert len(text) <= 500, f"{name}: {len(text)} characters"
            assert text.count("\n") < 10, name


TABLES = ("result", "comparison", "sweep", "studies", "outcome", "calibrated")


@pytest.mark.parametrize("name", TABLES)
def test_a_notebook_shows_a_table_that_can_be_read(objects: dict[str, object], name: str) -> None:
    text = objects[name]._repr_html_()  # type: ignore[attr-defined]
    assert text.startswith(f"<p>&lt;{type(objects[name]).__name__}")
    assert 2 <= text.count("<tr") <= 21
    assert len(text) < 20_000
    assert "e-0" not in text
    assert "<Result" not in text


def test_a_study_is_called_as_a_comparison_is(objects: dict[str, object]) -> None:
    found = objects["studies"]
    assert list(found.card["expectation"]) == ["raised"]  # type: ignore[attr-defined]
    assert found.failed.empty  # type: ignore[attr-defined]
    assert len(found.replays[0].plan.jobs["runner"]) == 2  # type: ignore[attr-defined]
