"""What a fit may move: calibrated numbers that its studies read, within what is plausible, each once."""

import pytest

from neurogen_abm.experiments.calibration.free_parameters import free_parameters
from neurogen_abm.spec.calibration import asked, load_calibration
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.validation import ScenarioError

PARAMETERS = load_catalogue("mouse").parameters
TOWARDS = "signals.bdnf.effects.activation.towards"


def sought(*entries, read=PARAMETERS, **more):
    fit = load_calibration({"name": "fit", "studies": ["any"], "parameters": list(entries), **more})
    return free_parameters(fit, PARAMETERS, read)


def test_a_path_a_pattern_and_a_tie():
    (one,) = sought(TOWARDS)
    assert (one.name, one.paths, one.unit, one.scale) == (TOWARDS, (TOWARDS,), "1", "log")
    assert (one.low, one.high) == PARAMETERS[TOWARDS].range
    assert one.start == PARAMETERS[TOWARDS].value
    each = sought("signals.bdnf.effects.*.hill")
    assert len(each) > 3
    assert all(len(unknown.paths) == 1 for unknown in each)
    (tied,) = sought(
        {"tie": "signals.bdnf.effects.*.half_max", "name": "half_max", "start": "40 pg/mL", "high": "60 pg/mL"}
    )
    assert tied.paths == tuple(path.replace(".hill", ".half_max") for path in (u.name for u in each))
    assert (tied.name, tied.start, tied.high, tied.unit) == ("half_max", 40.0, 60.0, "pg/mL")


def test_by_default_what_is_calibrated_and_read():
    read = {TOWARDS, "lineage.clearance.time", "pathways.circulating.barrier_gain"}
    assert [u.name for u in sought(read=read)] == sorted(read - {"lineage.clearance.time"})


def test_a_number_that_may_be_zero_is_searched_as_it_is():
    (depth,) = sought("signals.bdnf.effects.activation.habituation.depth")
    assert (depth.low, depth.scale) == (0.0, "linear")


@pytest.mark.parametrize(
    ("entries", "more", "code", "said"),
    [
        (["signals.bdnf.effects.activation.toward"], {}, "unknown-parameter", "towards"),
        (["lineage.clearance.time"], {}, "not-calibrated", "allow: "),
        (["signals.bdnf.effects.maturation.towards"], {}, "not-calibrated", "assumed"),
        (["lineage.*.nothing"], {}, "unknown-parameter", "No calibrated parameter"),
        ([TOWARDS, "signals.bdnf.effects.activation.*"], {}, "sought-twice", "Name it once"),
        ([{"path": TOWARDS, "high": 1e4}], {}, "out-of-range", "plausible"),
        ([{"path": TOWARDS, "start": "3 km"}], {}, "wrong-unit", "a plain number"),
        ([{"path": "physiology.adaptation.gain"}], {}, "no-range", "Give `low` and `high`"),
        ([{"tie": "signals.bdnf.effects.activation.h*"}], {}, "mixed-units", "cannot share"),
    ],
)
def test_what_may_not_be_sought_is_refused_with_its_place(entries, more, code, said):
    with pytest.raises(ScenarioError) as fault:
        sought(*entries, **more)
    assert fault.value.code == code
    assert said in str(fault.value)
    assert "parameters" in fault.value.where


def test_what_somebody_chose_moves_only_on_purpose():
    path = "signals.bdnf.effects.maturation.towards"
    assert PARAMETERS[path].status == "assumed"
    assert sought(path, allow=["assumed"])[0].paths == (path,)


def test_a_number_that_no_study_reads_cannot_be_fitted_to_them():
    with pytest.raises(ScenarioError, match="No arm of the studies reads"):
        sought(TOWARDS, read={"lineage.clearance.time"})


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("studies: [a]\nparametres: [x]\n", ":2:1", "Did you mean parameters?"),
        ("studies: []\n", ":1:1", "empty"),
        ("name: x\n", "", "studies"),
        ("studies: [a]\nmethod: least_squares\n", ":2:1", "least-squares"),
        ("studies: [a]\nleast_squares: {stap: 0.1}\n", ":2:17", "Did you mean step?"),
        ("studies: [a]\nleast_squares: {step: 2}\n", ":2:17", "at most"),
        ("studies: [a]\nparameters:\n  - {path: a, tie: b}\n", ":3:5", "either a `path` or a `tie`"),
        ("studies: [a]\nweights: {A: -1}\n", ":2:11", "at least"),
        ("studies: [a]\npairs: 0\n", ":2:1", "at least"),
        ("- 1\n", "", "mapping"),
    ],
)
def test_a_file_is_read_strictly(tmp_path, text, line, said):
    file = tmp_path / "fit.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as fault:
        load_calibration(file)
    assert f"fit.yaml{line}" in fault.value.where
    assert said in str(fault.value)


def test_the_command_line_asks_for_a_fit_or_for_studies(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("studies: [a]\npairs: 8\nparameters: [x.y]\n")
    fit = asked([str(file)], pairs=2, ties=["a.*.b"], tissue="1000 um x 850 um", method=None)
    assert (fit.name, fit.pairs, fit.base_dir) == ("mine", 2, tmp_path)
    assert [entry.pattern for entry in fit.parameters] == ["a.*.b"]
    assert (fit.tissue.septotemporal_um, fit.tissue.transverse_um) == (1000.0, 850.0)
    studies = asked(["one", "two"], parameters=["x"], allow=("assumed",))
    assert (studies.studies, studies.allow, studies.base_dir) == (("one", "two"), ("assumed",), None)
    with pytest.raises(ScenarioError, match="not a tissue"):
        asked(["one", "two"], tissue="3 by 4")


def test_an_unknown_fit_offers_those_there_are():
    with pytest.raises(ScenarioError, match="no shipped fit named"):
        load_calibration("moose")


def test_the_shipped_fits_are_read():
    from neurogen_abm.spec.calibration import calibration_names

    for name in calibration_names():
        assert load_calibration(name).title
