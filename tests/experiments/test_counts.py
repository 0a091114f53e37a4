"""Counts of a laboratory are scored by the likelihood of their own animals, drawn, and written as findings."""

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from neurogen_abm import cli
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.studies.evidence import finding
from neurogen_abm.experiments.studies.from_counts import counted_groups, findings_yaml, write_findings
from neurogen_abm.experiments.studies.observations import Observations
from neurogen_abm.experiments.studies.scoring import score
from neurogen_abm.report.figures.counts import counted
from neurogen_abm.spec.study.arms import compose
from neurogen_abm.spec.study.study import load_study

STUDY = """\
reference: {citation: "Nobody 1999", doi: null}
base: mouse_sedentary
changes: {duration: 6 d, tissue: {septotemporal: 300 um, transverse: 300 um}}
arms:
  control: {}
  runner: {activity: [{kind: wheel, distance: 6 km/d}]}
assays:
  - {name: cycling, count: Ki67+, at: [2 d, 6 d]}
expectations: []
counts: mine.csv
"""
CONTROL, RUNNER = (100.0, 120.0, 140.0, 90.0), (200.0, 280.0, 230.0)


@pytest.fixture
def study(tmp_path):
    rows = [f"control,6,cycling,{value}" for value in CONTROL] + [f"runner,6,cycling,{value}" for value in RUNNER]
    (tmp_path / "mine.csv").write_text("\n".join(["group,day,assay,count", *rows]) + "\n")
    (tmp_path / "made.yaml").write_text(STUDY)
    return load_study(tmp_path / "made.yaml")


def observed(study, control: float, runner: float) -> Observations:
    """Return animals of which those of an arm all have the same count, at 2 d and 6 d."""
    jobs = {arm: [f"{arm}{n}" for n in range(3)] for arm in ("control", "runner")}
    values = {"control": control, "runner": runner}
    cycling = {
        job: (np.array([48.0, 144.0]), np.array([control, values[arm]])) for arm, own in jobs.items() for job in own
    }
    return Observations(compose(study), jobs, {}, {"cycling": cycling}, dict.fromkeys(jobs, 0.25))


def test_the_error_is_that_of_the_animals_and_the_freedom_that_of_welch(study):
    (entry,) = study.expectations
    found = finding(study, entry, compose(study))
    assert found is not None
    errors = [stats.sem(values) / np.mean(values) for values in (RUNNER, CONTROL)]
    assert found.precision.error == pytest.approx(math.hypot(*errors), rel=1e-4)
    # On the logarithm a standard error is the relative one, so that SciPy's test of scaled samples has Welch's freedom.
    scaled = [np.array(values) / np.mean(values) for values in (RUNNER, CONTROL)]
    assert found.precision.freedom == pytest.approx(stats.ttest_ind(*scaled, equal_var=False).df, rel=1e-4)


def test_the_score_is_students_density_at_the_ratio_counted(study):
    (entry,) = study.expectations
    number = finding(study, entry, compose(study))
    counted_ratio = math.log(np.mean(RUNNER) / np.mean(CONTROL))
    for said in (1.0, 1.6, 2.1):
        found = score(study, entry, observed(study, 50.0, 50.0 * said))
        expected = stats.t.logpdf(counted_ratio, number.precision.freedom, math.log(said), number.precision.error)
        assert found.likelihood.log_score == pytest.approx(expected, abs=1e-4)
    assert found.verdict == "pass"
    assert score(study, entry, observed(study, 50.0, 10.0)).verdict == "fail"


def test_findings_written_down_score_as_the_table_does(study, tmp_path):
    lines = findings_yaml(study)
    assert "# control, cycling, day 6: n = 4, 112.5 +- 11.1, 19.7 %" in lines
    (tmp_path / "alone.yaml").write_text(STUDY.replace("expectations: []\ncounts: mine.csv\n", "") + lines)
    alone = load_study(tmp_path / "alone.yaml")
    assert alone.counts is None
    assert alone.expectations == study.expectations
    (own,), (other,) = (
        [score(one, entry, observed(one, 50.0, 80.0)) for entry in one.expectations] for one in (study, alone)
    )
    assert own.likelihood == other.likelihood


def test_a_file_of_findings_is_not_overwritten_unless_asked(study, tmp_path):
    target = tmp_path / "found.yaml"
    write_findings(tmp_path / "made.yaml", target)
    target.write_text("mine")
    with pytest.raises(InputError, match="not overwritten"):
        write_findings(tmp_path / "made.yaml", target)
    assert target.read_text() == "mine"
    write_findings(tmp_path / "made.yaml", target, force=True)
    assert target.read_text() == findings_yaml(study)


def test_a_study_without_counts_has_no_such_findings():
    with pytest.raises(InputError, match="has no `counts`"):
        findings_yaml("clark2010")


def test_the_command_writes_findings_and_runs_nothing(study, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        cli.main(["study", "made.yaml", "--findings", "found.yaml"])
    assert (left.value.code, capsys.readouterr().out) == (0, "found.yaml\n")
    assert sorted(path.name for path in Path().iterdir()) == ["found.yaml", "made.yaml", "mine.csv"]
    with pytest.raises(SystemExit) as left:
        cli.main(["study", "made.yaml", "clark2010", "--findings", "other.yaml"])
    assert left.value.code == 2


def test_points_are_scaled_by_the_group_below_and_keep_the_ratio(study):
    replay = SimpleNamespace(plan=SimpleNamespace(study=study), observations=observed(study, 50.0, 80.0))
    ((name, figure, words),) = counted(replay)
    points = {trace.name: list(trace.y) for trace in figure.data if trace.mode == "markers"}
    scale = 50.0 * 4 / np.mean(CONTROL)  # a quarter of the sheet is simulated
    assert name == "cycling"
    assert "control" in words
    assert points["control, counted"] == pytest.approx([value * scale for value in CONTROL])
    assert points["runner, counted"] == pytest.approx([value * scale for value in RUNNER])
    assert [trace.fill for trace in figure.data].count("toself") == 2


def test_the_animals_of_akers_2014_by_hand():
    """Means and standard deviations of the table, worked out from its lines."""
    groups = {(group.arm, group.assay, group.day): group for group in counted_groups("akers2014_course")}
    assert len(groups) == 12
    rows = Path(__file__).parents[2].joinpath("scenarios/studies/data/akers2014/course_of_running.csv").read_text()
    own = [line.split(",") for line in rows.splitlines()[1:]]
    for (arm, assay, day), group in groups.items():
        called = {"runner": "running"}.get(arm, arm)
        column = {"ki67": 2, "dcx": 3}[assay]
        values = [float(cells[column]) for cells in own if cells[:2] == [called, f"{day:.0f}"] and cells[column]]
        assert (group.n, group.mean) == (len(values), pytest.approx(np.mean(values)))
        assert group.spread == pytest.approx(stats.variation(values, ddof=1))
    day_7 = next(entry for entry in load_study("akers2014_course").expectations if "ki67, day 7" in entry.name)
    assert (day_7.value, day_7.standard_error) == pytest.approx((2.085, 0.264), abs=1e-3)
