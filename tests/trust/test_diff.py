"""What differs is said as quantities, with grade and source, and with what was filled in."""

import pandas as pd
import pytest

from neurogen_abm import InputError, IntegrityError, capsule, compare, diff, run
from neurogen_abm.report.pages.compare import write_compare_page
from tests.conftest import patch_scenario
from tests.trust.conftest import WHEEL, flip

ANIMAL = patch_scenario((200.0, 200.0), duration="2 d", activity=[WHEEL])


def test_two_ways_of_writing_one_scenario_do_not_differ():
    other = {**ANIMAL, "duration": "48 h", "title": "Another title", "activity": [{**WHEEL, "distance": "6000 m/d"}]}
    found = diff(ANIMAL, other)
    assert (len(found.entries), len(found.numbers)) == (0, 0)
    assert found.sentences()[-1] == "The scenarios do not differ."


def test_entries_differ_with_what_was_filled_in_for_one():
    other = {key: part for key, part in ANIMAL.items() if key not in ("pathway", "sex", "seed")}
    found = diff(ANIMAL | {"sex": "male", "seed": 3, "duration": "4 d"}, other)
    rows = found.entries.set_index("entry")
    assert list(rows.loc["sex"]) == ["male", "female", "filled in for B"]
    assert list(rows.loc["duration"]) == ["4 d", "2 d", ""]
    assert list(rows.loc["seed"]) == ["3", "1", "filled in for B"]
    assert "activity[0].end: 4 d in A, 2 d in B (filled in for A and filled in for B)." in found.sentences()
    assert "pathway" not in rows.index


def test_numbers_differ_with_unit_status_source_and_grade():
    one, other = (ANIMAL | {"parameters": {"lineage.clearance.time": time}} for time in ("84 min", "1.3 h"))
    assert len(diff(ANIMAL, one).numbers) == 0
    found = diff(ANIMAL, other)
    (row,) = found.numbers.to_dict("records")
    assert row["parameter"] == "lineage.clearance.time"
    assert row["B"] == "1.3 h [assumed; no source; grade D]"
    assert row["A"].startswith("1.4 h [")
    assert "grade" in row["A"]
    species = diff(ANIMAL, ANIMAL | {"species": "rat"})
    assert species.remarks[0].startswith(
        "Counts of cells cannot be set side by side: species is mouse in A and rat in B"
    )
    assert len(species.numbers) > 10


def test_two_runs_differ_in_their_outcomes_too(saved, tmp_path, neurogen):
    other = run(ANIMAL | {"seed": 2}).save(tmp_path / "other")
    file = capsule(saved.directory, tmp_path / "a.zip")
    found = diff(file, other)
    rows = found.outcomes.set_index("read_out")
    ends = [result.summary()["end"] for result in (saved, other)]
    assert list(rows["A"]) == pytest.approx(list(ends[0]))
    assert list(rows["B"]) == pytest.approx(list(ends[1]))
    first = ends[0].iloc[2]
    assert rows["change"].iloc[2] == pytest.approx((ends[1].iloc[2] - first) / first)
    told = neurogen("diff", str(file), str(tmp_path / "other"))
    assert told.code == 0
    assert "series differs from here on. Row 0 (" in told.out
    assert "one animal each" in told.out
    assert "seed: 1 in A, 2 in B." in told.out


def test_a_run_and_its_capsule_do_not_differ(saved, tmp_path):
    found = diff(saved.directory, capsule(saved.directory, tmp_path / "a.zip"))
    assert found.remarks == ("Tables that are identical: series, cells, map.",)
    assert (found.outcomes["change"].fillna(0.0) == 0.0).all()
    assert len(found.entries) == len(found.numbers) == 0
    assert len(diff(saved, ANIMAL).outcomes) == 0


def test_what_cannot_be_read_is_refused(copy, tmp_path):
    flip(copy / "series.parquet", 100)
    with pytest.raises(IntegrityError, match=r"series\.parquet"):
        diff(copy, ANIMAL)
    with pytest.raises(InputError, match="no_such"):
        diff("no_such", ANIMAL)
    with pytest.raises(InputError, match="a: 3 is not a scenario, a run or a capsule"):
        diff(3, ANIMAL)


def test_a_comparison_shows_the_same_numbers(tmp_path):
    one, other = ANIMAL | {"name": "one"}, ANIMAL | {"name": "two", "parameters": {"lineage.clearance.time": "1.3 h"}}
    found = compare(one, other, pairs=2, workers=0)
    expected = diff(one, other).numbers.set_axis(["parameter", "one", "two"], axis=1)
    pd.testing.assert_frame_equal(found.numbers, expected)
    page = write_compare_page(found, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Numbers that differ, with status, source and grade" in page
    assert expected["two"].iloc[0] in page
