"""A table with a row for each animal becomes the animals of a sweep; what is wrong with it is said at once."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neurogen_abm
from neurogen_abm import InputError
from neurogen_abm.activity.recordings import register
from neurogen_abm.commands.validate import _of_sweep
from neurogen_abm.experiments import cohorts
from neurogen_abm.experiments.sweep.sweep import checked, sweep
from neurogen_abm.report.pages.sweep import write_sweep_page
from neurogen_abm.spec.cohort import read_cohort
from neurogen_abm.spec.sweep import load_sweep

SMALL = {
    "duration": "1 d",
    "tissue": {"septotemporal": "150 um", "transverse": "100 um"},
    "lineage.stem.longest_history": {"value": "1 d", "why": "quick"},
}
KEEP = {"series": ["distance_km", "new_neurons"], "at": ["end"], "tables": ["series"]}
HOURS = pd.date_range("2024-03-01 07:00", periods=48, freq="h")


def counts(per_hour):
    return np.where((HOURS.hour < 7) | (HOURS.hour >= 19), per_hour, 0)


MICE = {"M01": 100, "M02": 200, "M03": 300}
WHEELS = pd.concat(
    [pd.DataFrame({"mouse": name, "start": HOURS, "wheel_counts": counts(n)}) for name, n in MICE.items()]
)


@pytest.fixture
def folder(tmp_path):
    WHEELS.to_csv(tmp_path / "wheels.csv", index=False)
    pd.DataFrame({"start": HOURS, "wheel_counts": counts(400)}).to_csv(tmp_path / "alone.csv", index=False)
    return tmp_path


def written(folder, table, **more):
    """Return the file of a sweep beside the table of a cohort."""
    from neurogen_abm.spec.yaml.writer import write

    (folder / "mice.csv").write_text(table)
    plan = {"schema": 1, "scenario": "mouse_sedentary", "cohort": "mice.csv", "set": SMALL, "keep": KEEP, **more}
    (folder / "mine.yaml").write_text(write(plan))
    return folder / "mine.yaml"


TABLE = """animal,file,in_file,distance,age,sex,group,n,note on surgery
M01,wheels.csv,,,8 wk,male,ran,,
second,wheels.csv,M02,,9 wk,female,ran,,late
alone,alone.csv,,,8 wk,male,ran,,
still,,,0 km/d,10 wk,female,rested,2,
"""


def test_each_row_is_an_animal_with_its_own_activity_age_and_sex(folder):
    found = sweep(written(folder, TABLE), folder / "out", workers=0)
    assert found.outcome.complete
    assert list(found.points["animal"]) == ["M01", "second", "alone", "still"]
    assert list(found.points["group"]) == ["ran", "ran", "ran", "rested"]
    metres = found.series.set_index(["animal", "seed"])["distance_km"] * 1000
    assert list(metres) == pytest.approx([12 * n * 0.35 for n in (100, 200, 400, 0, 0)], rel=0.01)
    assert list(metres.index) == [("M01", 1), ("second", 2), ("alone", 3), ("still", 4), ("still", 5)]
    page = write_sweep_page(found, folder / "page.html").read_text()
    assert "4 animals" in page
    assert "rested" in page
    resolved = [job.resolved.scenario for job in checked(load_sweep(folder / "mine.yaml"))]
    assert [one.age_h / 168 for one in resolved] == pytest.approx([8, 9, 8, 10, 10])
    assert [one.sex for one in resolved] == ["male", "female", "male", "female", "female"]


def test_an_animal_of_a_cohort_is_that_of_a_scenario_of_its_own(folder):
    """Taken out of a file of many it lives to the last bit as one that names the file and the animal."""
    found = sweep(written(folder, TABLE, keep=KEEP | {"series": "all"}), folder / "out", workers=0).series
    block = {"kind": "recording", "file": folder / "wheels.csv", "animal": "M02"}
    own = neurogen_abm.run("mouse_sedentary", 2, SMALL | {"activity": [block], "age": "9 wk", "sex": "female"})
    kept = found[found["animal"] == "second"]
    counted = [name for name in own.series if name.startswith("n_") or name in ("births", "deaths", "distance_km")]
    assert len(counted) > 10
    assert (kept[counted].iloc[-1].to_numpy() == own.series[counted].iloc[-1].to_numpy()).all()


def test_a_file_of_many_animals_is_read_once_and_workers_get_their_own_animals(folder, monkeypatch):
    read = Counter[str]()
    plain = register._plain

    def counted(path):
        read[path.name] += 1
        return plain(path)

    monkeypatch.setattr(register, "_plain", counted)
    register._read.cache_clear()
    register._series.cache_clear()
    axes = {"lineage.clearance.time": ["1.2 h", "1.3 h"]}
    found = sweep(written(folder, TABLE, axes=axes, seeds=2), folder / "out", workers=0)
    assert len(found.outcome.runs) == 16
    assert read["wheels.csv"] == 1
    beside = sorted(file.name for file in (folder / "out" / "recordings").iterdir())
    assert [name.split("-")[0] for name in beside] == ["M01", "second"]
    largest = max(file.stat().st_size for file in (folder / "out" / "recordings").iterdir())
    assert largest < (folder / "wheels.csv").stat().st_size
    (folder / "wheels.csv").unlink()  # no run may need it any more
    (kept,) = {job.resolved.scenario.activity[0].file for job in _jobs_of(found) if job.point["animal"] == "M01"}
    assert kept == beside[0]


def _jobs_of(found):
    WHEELS.to_csv(Path(found.outcome.folder).parent / "wheels.csv", index=False)
    return checked(found.plan)


def test_a_cohort_goes_on_and_a_new_animal_alone_is_run(folder):
    first = sweep(written(folder, TABLE), folder / "out", workers=0)
    plan = written(folder, TABLE + "fifth,wheels.csv,M03,,8 wk,male,ran,,\n")
    ran = []
    again = sweep(plan, folder / "out", workers=0, progress=ran.append)
    assert ran[0].found == 5
    assert ran[-1].total == 6
    merged = again.series[again.series["animal"] != "fifth"].drop(columns="point").reset_index(drop=True)
    assert merged.equals(first.series.drop(columns="point"))


def test_points_of_an_axis_are_lived_by_every_animal_with_the_same_seed(folder):
    axes = {"lineage.clearance.time": ["1.2 h", "1.3 h"]}
    runs = sweep(written(folder, TABLE, axes=axes), folder / "out", workers=0).outcome.runs
    assert runs.groupby("animal")["seed"].unique().map(list).to_dict() == {
        "M01": [1],
        "second": [2],
        "alone": [3],
        "still": [4, 5],
    }


def test_a_cohort_may_be_a_table_of_pandas(folder, monkeypatch):
    monkeypatch.chdir(folder)
    files = [folder / "wheels.csv", "wheels.csv", "mouse_wheel_minutes"]
    table = pd.DataFrame({"animal": ["M01", "M02", "kept"], "file": files, "age (wk)": [8, 9, 8]})
    plan = {"name": "mine", "scenario": "mouse_sedentary", "cohort": table, "set": SMALL | {"clock.start": "19:00"}}
    jobs = checked(load_sweep(plan))
    assert [job.point["animal"] for job in jobs] == ["M01", "M02", "kept"]
    assert [job.resolved.scenario.age_h / 168 for job in jobs] == pytest.approx([8, 9, 8])


def test_settings_of_the_scenario_s_recording_stay(folder):
    block = {"kind": "recording", "file": "alone.csv", "metres_per_count": "0.5 m", "start": "2 h"}
    table = "animal,file\nM01,wheels.csv\nalone,alone.csv\n"
    jobs = checked(load_sweep(written(folder, table, set=SMALL | {"activity": [block]})))
    blocks = [job.resolved.scenario.activity[0] for job in jobs]
    assert [one.metres_per_count for one in blocks] == [0.5, 0.5]
    assert [one.start_h for one in blocks] == [2, 2]


BAD = """animal,file,in_file,distance,age,n
M01,wheels.csv,,,8,
M02,nowhere.csv,,,8 wk,
M4,wheels.csv,,,8 wk,
alone,alone.csv,,5 km/d,8 wk,
none,,,,8 wk,
far,,,900 km/d,8 wk,
M01,wheels.csv,,,8 wk,
many,,,1 km/d,8 wk,lots
fine,alone.csv,,,8 wk,
,alone.csv,,,8 wk,
odd,alone.csv,,,8 wk
"""


def test_all_bad_rows_are_told_at_once_with_reason_and_cure(folder):
    with pytest.raises(InputError) as caught:
        sweep(written(folder, BAD), folder / "out", workers=0)
    text = str(caught.value)
    assert text.startswith("mice.csv: 10 rows of the cohort cannot be used.")
    for row, reason, cure in (
        (2, '"8" has no unit', "Write it with its unit"),
        (3, 'no recording "nowhere.csv"', "Did you mean wheels.csv"),
        (4, 'no animal "M4"', "M01"),
        (5, "both a recording and a distance", "Leave one empty"),
        (6, "nothing of how the animal ran", "0 km/d"),
        (7, "900 km/d", ""),
        (8, "Row 2 has the same name", "name of its own"),
        (9, '"lots"', "Write a number"),
        (11, "names no animal", "Fill in"),
        (12, "5 cells, the header 6", "Complete it"),
    ):
        assert f"Row {row} (" in text, row
        part = text.split(f"Row {row} (", 1)[1].split(" Row ", 1)[0] if row != 8 else text
        assert reason in part, (row, part)
        assert cure in part, (row, part)
    assert "Row 10 (" not in text
    assert caught.value.exit_code == 2
    assert not (folder / "out").exists()


def test_no_two_animals_of_a_cohort_share_a_seed(folder):
    """A row may ask for more animals than is usual, or for fewer."""
    written(folder, "animal,distance,n\na,1 km/d,5\nb,2 km/d,\nc,0 km/d,1\nd,1 km/d,\n")
    rows = read_cohort(folder / "mice.csv").rows
    seeds = {row.animal: list(these) for row, these in cohorts.numbered(rows, 2, 10)}
    assert seeds == {"a": [10, 11, 12, 13, 14], "b": [15, 16], "c": [17], "d": [18, 19]}


def test_a_cure_of_a_row_is_worded_for_a_table(folder):
    (folder / "short.csv").write_text("start,wheel_counts\n" + "".join(f"2024-05-06T{h:02d}:00,9\n" for h in range(24)))
    plan = written(folder, "animal,file,metres_per_count\na,short.csv,0.35 m\n", set=SMALL | {"duration": "2 d"})
    with pytest.raises(InputError) as caught:
        sweep(plan, folder / "out", workers=0)
    assert "Set `true` in the column `repeat`, or let the run end earlier (`duration`)." in str(caught.value)
    block = "Use `gap: zero`, or write `species: human` into the block."
    assert cohorts._in_a_table(block) == "Use `zero` in the column `gap`, or write `human` in the column `species`."


def test_animals_that_start_at_different_hours_are_refused(folder):
    late = pd.DataFrame({"start": HOURS + pd.Timedelta("2h"), "wheel_counts": counts(100)})
    late.to_csv(folder / "late.csv", index=False)
    table = "animal,file\nalone,alone.csv\nlate,late.csv\n"
    with pytest.raises(InputError, match=r"Row 3 \(late\).*starts at 07:00.*09:00.*`set: .clock.start"):
        checked(load_sweep(written(folder, table, scenario={"species": "mouse", "age": "8 wk"})))
    assert len(checked(load_sweep(written(folder, table, scenario="mouse_sedentary")))) == 2  # which says its start


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("animal,aeg\nM1,8 wk\n", 'mice.csv:1: The column "aeg" is not known. Did you mean age'),
        ("animal,weight\nM1,25 g\n", 'The column "weight" is not known.*begins with `note`'),
        ("name\nM1\n", "is not known"),
        ("age\n8 wk\n", "no column `animal`"),
        ("animal,age,Age\nM1,8 wk,9 wk\n", "`age` is there twice"),
        ("animal\n", "no rows"),
        ("", "is empty"),
        ('animal\n"M1\n', "cannot be parsed"),
    ],
)
def test_what_is_no_table_of_animals_is_refused(folder, table, says):
    with pytest.raises(InputError, match=says):
        checked(load_sweep(written(folder, table)))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"cohort": "../mice.csv"}, "cohort: .*outside the folder"),
        ({"cohort": "none.csv"}, 'cohort: There is no table "none.csv"'),
        ({"axes": {"age": ["8 wk", "9 wk"]}}, "Both the cohort and an axis say `age`"),
        ({"seeds": [1, 5]}, "seeds of its own"),
        ({"design": {"kind": "random", "points": 2}}, "every point of a grid"),
    ],
)
def test_what_contradicts_a_cohort_is_refused(folder, more, says):
    with pytest.raises(InputError, match=says):
        checked(load_sweep(written(folder, TABLE, **more)))


@pytest.mark.parametrize("mark", [";", "\t"])
def test_spreadsheets_of_other_countries_are_read(folder, mark):
    jobs = checked(load_sweep(written(folder, "\ufeff" + TABLE.replace(",", mark))))
    assert len(jobs) == 5


def test_validate_counts_the_animals(folder):
    assert "4 animals of the cohort, 5 runs" in _of_sweep(str(written(folder, TABLE)))


def test_what_the_page_on_cohorts_shows_can_be_run(folder):
    page = (Path(__file__).parents[2] / "docs" / "cohort.md").read_text()
    table = page.split("```\n", 1)[1].split("```", 1)[0]
    plan = page.split("```yaml\n", 1)[1].split("```", 1)[0]
    long = pd.date_range("2024-03-01 07:00", periods=24 * 30, freq="h")
    nights = np.where((long.hour < 7) | (long.hour >= 19), 300, 0)
    one = pd.DataFrame({"start": long, "wheel_counts": nights})
    one.to_csv(folder / "m03_alone.csv", index=False)
    pd.concat([one.assign(mouse=name) for name in ("M01", "M02")]).to_csv(folder / "wheels.csv", index=False)
    (folder / "my_mice.csv").write_text(table)
    (folder / "my_mice.yaml").write_text(plan)
    jobs = checked(load_sweep(folder / "my_mice.yaml"))
    assert [job.point["group"] for job in jobs] == ["runner"] * 12 + ["sedentary"] * 4
