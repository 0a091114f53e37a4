"""A laboratory's table of counts: what follows from it, and that every fault of it is told with its row."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.errors import InputError
from neurogen_abm.spec.study.arms import compose
from neurogen_abm.spec.study.count_table import Count, read_counts
from neurogen_abm.spec.study.counted import findings, groups_of
from neurogen_abm.spec.study.counts import Counts
from neurogen_abm.spec.study.study import Study, load_study

STUDY = """\
reference: {citation: "Nobody 1999", doi: null}
base: mouse_sedentary
changes: {duration: 6 d, tissue: {septotemporal: 300 um, transverse: 300 um}}
arms:
  control: {}
  runner: {activity: [{kind: wheel, distance: 6 km/d}]}
assays:
  - {name: cycling, count: Ki67+, at: [2 d, 6 d]}
  - {name: young, count: DCX+, at: 6 d}
expectations: []
counts: COUNTS
"""
LONG = """\
animal,group,day,assay,count
c1,control,6,cycling,100
c2,control,6,cycling,120
c3,control,6,cycling,140
r1,runner,6,cycling,200
r2,runner,6,cycling,280
"""


def study_of(folder: Path, table: str, counts: str = "mine.csv") -> Study:
    (folder / "mine.csv").write_text(table)
    (folder / "made.yaml").write_text(STUDY.replace("COUNTS", counts))
    return load_study(folder / "made.yaml")


def refused(folder: Path, table: str, counts: str = "mine.csv") -> str:
    with pytest.raises(InputError) as caught:
        compose(study_of(folder, table, counts))
    assert "counts" in caught.value.where
    assert caught.value.cure
    return str(caught.value)


def test_a_ratio_with_its_error_follows_from_single_animals(tmp_path):
    """By hand: 240 over 120; spreads 1/6 of three and sqrt(2)/6 of two animals, standard errors added up."""
    study = study_of(tmp_path, LONG)
    (found,) = study.expectations
    spreads = 20 / 120, math.sqrt(2) * 40 / 240
    assert found.value == pytest.approx(2.0)
    assert found.standard_error == pytest.approx(2 * math.sqrt(spreads[0] ** 2 / 3 + spreads[1] ** 2 / 2), rel=1e-5)
    assert (found.measured.animals, found.measured.over_animals) == (2, 3)
    assert (found.measured.spread, found.measured.over_spread) == pytest.approx((spreads[1], spreads[0]), rel=1e-5)
    assert (found.arm, found.over.arm, found.at_h, found.role) == ("runner", "control", 144.0, "test")
    assert compose(study)


def test_a_wide_table_says_the_same(tmp_path):
    wide = (
        "id;grp;dpr;ki67;dcx;sex\nc1;sed;4;100;;m\nc2;sed;4;120;;f\nc3;sed;4;140;;f\nr1;run;4;200;;m\nr2;run;4;280;;m\n"
    )
    counts = """
  file: mine.csv
  columns: {animal: id, group: grp, day: dpr}
  assays: {cycling: ki67, young: dcx}
  groups: {control: sed, runner: run}
  ignore: [sex]
  day_zero: 2 d
"""
    (tmp_path / "wide").mkdir()
    wide_findings = study_of(tmp_path / "wide", wide, counts).expectations
    (found,), (long,) = wide_findings, study_of(tmp_path, LONG).expectations
    assert found.name == "runner, cycling, day 4, over control"
    assert found.model_copy(update={"name": long.name}) == long


def test_counts_are_per_section_where_sections_differ(tmp_path):
    head, *rows = LONG.splitlines()
    table = "\n".join([f"{head},sections", *(f"{row},{n}" for row, n in zip(rows, (1, 2, 1, 4, 4), strict=True))])
    (found,) = study_of(tmp_path, table).expectations
    assert found.value == pytest.approx((200 / 4 + 280 / 4) / 2 / ((100 + 60 + 140) / 3), rel=1e-5)


def test_what_was_understood_is_told(tmp_path, neurogen):
    table = LONG + "c4,control,2,cycling,60\nc5,control,2,cycling,80\n"
    assert study_of(tmp_path, table, "{file: mine.csv, days: [6]}").counted_how == (
        "mine.csv: 5 counts, 2 groups of 2 to 3 animals; 2 rows of other days are not read."
    )
    assert neurogen("validate", str(tmp_path / "made.yaml")).out.endswith("other days are not read.\n")
    told = neurogen("validate", "akers2014_course").out
    assert "72 counts, 12 groups of 4 to 8 animals; 16 rows" in told


def test_over_a_day_of_the_same_arm_and_of_whole_gyri(tmp_path):
    table = LONG + "c4,control,2,cycling,60\nc5,control,2,cycling,80\n"
    found = study_of(tmp_path, table, "{file: mine.csv, over: {at: 2 d}, scale: gyrus}").expectations
    ratio, *numbers = found
    assert (ratio.arm, ratio.over.arm, ratio.over.at_h) == ("control", None, 48.0)
    assert ratio.value == pytest.approx(120 / 70, rel=1e-5)
    assert [(entry.kind, entry.value) for entry in numbers] == [("absolute", 120), ("absolute", 240), ("absolute", 70)]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            LONG.replace("200", "2oo").replace("r2,runner", "r2,runer"),
            ['row 5: "2oo" is no number', "row 6", "Did you mean runner?"],
        ),
        (LONG.replace("120", "-120").replace("140", ""), ["row 3: -120 cannot be", "row 4: nothing is no number"]),
        (LONG.replace("c2", "c1"), ['row 3: animal "c1" was counted for cycling in row 2']),
        (LONG.replace("r1,runner,6", "r1,runner,six"), ['row 5: "six" is no number (day)']),
        (LONG.replace("count", "cuont", 1), ['no column "count"', "Did you mean cuont?", '"cuont" is not read']),
        (LONG.replace("animal,", "sectoins,", 1), ['"sectoins" is not read: did you mean sections?']),
        (LONG.replace("r2,runner,6", "r2,runner,2"), ["runner, cycling, day 6 has one animal", "day 2 has one animal"]),
        (LONG.replace("c2,control,6,cycling,120", "c2,control,6,cycling"), ["row 3 has 4 fields, the header 5"]),
        (LONG.replace("6,cycling", "5,cycling"), ["row 2: day 5 is 5 d of the run, when cycling is not made"]),
        (LONG.replace("cycling", "cyclin"), ['row 2: "cyclin" is no assay of the arm control: Did you mean cycling?']),
        (LONG.replace("200", "0").replace("280", "0"), ["runner, cycling, day 6 has no count above 0"]),
        (LONG.replace("200", "1,5"), ["row 5 has 6 fields"]),
        (LONG.replace("200", '"1,5"'), ["write a decimal point"]),
        (LONG.replace("day,assay", "day,day"), ['two columns are called "day"', 'no column "assay"']),
        (LONG.splitlines()[0], ["no rows below its header"]),
        (LONG.replace("200", "inf"), ["row 5: inf cannot be a count"]),
        (LONG.replace("200", '"200'), ["cannot be read"]),
    ],
)  # fmt: skip
def test_every_fault_is_told_at_once_with_its_row(tmp_path, table, words):
    told = refused(tmp_path, table)
    assert not [word for word in words if word not in told], told


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ("other.csv", "cannot be read"),
        ("../mine.csv", "outside the folder"),
        ("{file: mine.csv, days: [3]}", "no row holds a count of a day that is read"),
        ("{file: mine.csv, over: {at: 2 d}}", "no two of its groups make a ratio"),
        ("{file: mine.csv, over: {read: cycling}}", "names an arm or a time"),
        ("{file: mine.csv, groups: {runnr: x}}", "Did you mean runner?"),
        ("{file: mine.csv, ignore: [sex]}", '`ignore` names "sex"'),
    ],
)
def test_what_the_study_says_of_the_table_is_checked(tmp_path, counts, words):
    assert words in refused(tmp_path, LONG, counts)


def test_many_faults_are_counted_and_the_first_told(tmp_path):
    rows = "".join(f"a{n},control,6,cycling,x\n" for n in range(50))
    told = refused(tmp_path, LONG.splitlines()[0] + "\n" + rows)
    assert "have 50 faults" in told
    assert "and 38 more" in told


def test_a_finding_of_the_table_does_not_stand_twice(tmp_path):
    own = "{name: 'runner, cycling, day 6, over control', kind: ratio, read: cycling, at: 6 d, arm: runner, "
    own += "over: control, value: 2, tier: A, role: test, source: here}"
    (tmp_path / "mine.csv").write_text(LONG)
    (tmp_path / "made.yaml").write_text(STUDY.replace("COUNTS", "mine.csv").replace("[]", f"[{own}]"))
    with pytest.raises(InputError, match="Take it out"):
        load_study(tmp_path / "made.yaml")


def test_an_object_is_not_given_its_findings_twice(tmp_path):
    study = study_of(tmp_path, LONG)
    assert load_study(study) is study


@given(
    st.lists(st.floats(1.0, 1e4), min_size=2, max_size=9, unique=True),
    st.lists(st.floats(1.0, 1e4), min_size=2, max_size=9, unique=True),
    st.floats(1e-3, 1e3),
)
@settings(max_examples=60)
def test_the_unit_of_a_table_does_not_matter(top, below, unit):
    def said(scale: float):
        counted = [("runner", value) for value in top] + [("control", value) for value in below]
        rows = [Count(n, "", arm, "cycling", 6.0, 144.0, value * scale) for n, (arm, value) in enumerate(counted)]
        counts = Counts(file="x.csv")
        return findings(counts, groups_of(counts, rows), ("control", "runner"))[0]

    first, other = said(1.0), said(unit)
    assert (first.value, first.standard_error) == pytest.approx((other.value, other.standard_error), rel=1e-4)


def test_a_table_larger_than_any_laboratory_has_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("neurogen_abm.spec.study.count_table._LARGEST", 100)
    (tmp_path / "mine.csv").write_text(LONG)
    with pytest.raises(InputError, match="larger than"):
        read_counts(Counts(file="mine.csv"), ("control", "runner"), tmp_path)
