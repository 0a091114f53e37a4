"""The rows of a cohort become the animals of the arms of a study: of that of their group, or twins in every arm."""

import numpy as np
import pandas as pd
import pytest

import neurogen_abm
from neurogen_abm import InputError
from neurogen_abm.experiments.calibration.objective import objective
from neurogen_abm.experiments.execution.runner import Execution
from neurogen_abm.experiments.studies.study import plan
from neurogen_abm.spec.calibration import load_calibration
from neurogen_abm.spec.study.study import load_study
from neurogen_abm.spec.yaml.writer import write

HOURS = pd.date_range("2024-03-01 07:00", periods=48, freq="h")
NIGHT = (HOURS.hour < 7) | (HOURS.hour >= 19)
SMALL = {
    "duration": "1 d",
    "tissue": {"septotemporal": "150 um", "transverse": "100 um"},
    "lineage.stem.longest_history": {"value": "1 d", "why": "quick"},
}
MORE = {"name": "further", "kind": "bound", "read": "distance_km", "arm": "ran", "at": "1 d", "over": "still", "gt": 1}
MORE |= {"tier": "B", "role": "calibration", "source": "mine"}
TABLE = """animal,group,file,distance,age,n
M01,ran,wheels.csv,,8 wk,
M02,ran,wheels.csv,,9 wk,2
M03,still,wheels.csv,,10 wk,3
"""


def study_of(folder, table=TABLE, **more):
    counts = {n: np.where(NIGHT, per_hour, 0) for n, per_hour in ((1, 100), (2, 200), (3, 50))}
    parts = [pd.DataFrame({"mouse": f"M0{n}", "start": HOURS, "wheel_counts": counts[n]}) for n in counts]
    pd.concat(parts).to_csv(folder / "wheels.csv", index=False)
    (folder / "mice.csv").write_text(table)
    data = {
        "schema": 1,
        "reference": {"citation": "Mine, 2024", "doi": None},
        "base": "mouse_sedentary",
        "changes": SMALL,
        "cohort": "mice.csv",
        "arms": {"still": {}, "ran": {}},
        "expectations": [MORE],
        **more,
    }
    (folder / "mine.yaml").write_text(write(data))
    return folder / "mine.yaml"


def test_each_group_is_an_arm(tmp_path):
    found = neurogen_abm.study(study_of(tmp_path), out=tmp_path / "out", workers=0)
    (replay,) = found.replays
    assert [job.point["named"] for job in replay.plan.jobs["ran"]] == ["M01", "M02", "M02"]
    assert [job.resolved.scenario.age_h / 168 for job in replay.plan.jobs["ran"]] == pytest.approx([8, 9, 9])
    assert [job.resolved.scenario.seed for job in replay.plan.jobs["ran"]] == [1, 2, 3]
    assert [job.resolved.scenario.seed for job in replay.plan.jobs["still"]] == [1, 2, 3]
    assert found.card["simulated"].iloc[0] == pytest.approx((100 + 200 + 200) / 3 / 50, rel=1e-3)
    assert len(list((tmp_path / "out" / "recordings").iterdir())) == 3


def test_without_groups_every_arm_holds_every_animal_and_has_the_last_word(tmp_path):
    """The sedentary twin of each recorded mouse: of its age and seed, without its wheel."""
    table = "animal,file,age\nM01,wheels.csv,8 wk\nM02,wheels.csv,9 wk\n"
    planned = plan(load_study(study_of(tmp_path, table, arms={"still": {"activity": []}, "ran": {}})))
    ran, still = ([job.resolved.scenario for job in planned.jobs[arm]] for arm in ("ran", "still"))
    assert [one.age_h for one in ran] == [one.age_h for one in still]
    assert [one.seed for one in ran] == [one.seed for one in still] == [1, 2]
    assert [len(one.activity) for one in ran] == [1, 1]
    assert [len(one.activity) for one in still] == [0, 0]


def test_an_arm_without_rows_has_the_animals_that_are_said(tmp_path):
    table = "\n".join(TABLE.splitlines()[:3]) + "\n"
    planned = plan(load_study(study_of(tmp_path, table, animals=3)))
    assert {name: len(jobs) for name, jobs in planned.jobs.items()} == {"still": 3, "ran": 3}
    assert {name: len(jobs) for name, jobs in plan(load_study(tmp_path / "mine.yaml"), pairs=2).jobs.items()} == {
        "still": 2,
        "ran": 2,
    }


def test_animals_differ_by_their_traits_too(tmp_path):
    planned = plan(load_study(study_of(tmp_path, variation={"distance": 0.3})))
    per_count = [job.resolved.scenario.activity[0].metres_per_count for job in planned.jobs["ran"]]
    assert len(set(per_count)) == 3


@pytest.mark.parametrize(
    ("table", "more", "says"),
    [
        (TABLE.replace("M02,ran", "M02,rann"), {}, r'Row 3 \(M02\): Its group "rann" is no arm.*Did you mean ran'),
        (TABLE.replace("9 wk", "9"), {}, r'Row 3 \(M02\): .*"9" has no unit'),
        (TABLE, {"arms": {"still": {}, "ran": {"age": "8 wk"}}}, "Both the table and the arm ran say `age`"),
        (TABLE, {"animals": 3}, "how many animals each arm has, and so does `animals`"),
        (TABLE.replace("wk,3", "wk,4"), {}, r"unlike size \(still 4, ran 3 animals\).*`n` of some rows"),
        (TABLE, {"cohort": "other.csv"}, "cohort: There is no table"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(tmp_path, table, more, says):
    with pytest.raises(InputError, match=says):
        neurogen_abm.study(study_of(tmp_path, table, **more), out=tmp_path / "out", workers=0)
    assert not (tmp_path / "out").exists()


def test_a_fit_takes_no_study_with_a_cohort(tmp_path):
    fit = load_calibration({"name": "fit", "studies": [str(study_of(tmp_path))]})
    with pytest.raises(InputError, match="has a cohort"):
        objective(fit, Execution(tmp_path / "out"))


def test_a_study_takes_tables_of_pandas(tmp_path):
    table = pd.DataFrame({"start": HOURS, "wheel_counts": np.where(NIGHT, 100, 0)})
    own = {
        "name": "mine",
        "reference": {"citation": "Mine, 2024", "doi": None},
        "base": "mouse_sedentary",
        "changes": SMALL,
        "arms": {"still": {}, "ran": {"activity": [{"kind": "recording", "file": table}]}},
        "expectations": [MORE],
    }
    assert len(plan(load_study(own), pairs=1).jobs["ran"]) == 1
    cohort = pd.DataFrame({"animal": ["a", "b"], "group": ["ran", "still"], "distance": ["5 km/d", "1 km/d"]})
    found = plan(load_study(own | {"cohort": cohort, "arms": {"still": {}, "ran": {}}}))
    assert {name: len(jobs) for name, jobs in found.jobs.items()} == {"still": 1, "ran": 1}
