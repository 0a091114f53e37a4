"""What differs is said as quantities, with grade and source, and with what was filled in."""

from dataclasses import replace

import pandas as pd
import pytest

from neurogen_abm import InputError, IntegrityError, Result, capsule, compare, diff, run
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


def test_a_block_that_one_has_or_writes_otherwise_is_one_sentence():
    rest = {key: part for key, part in ANIMAL.items() if key != "activity"} | {"tissue": "whole"}
    said = diff(ANIMAL, rest).sentences()
    running = "start 0 h, end 2 d, days mon, tue, wed, thu, fri, sat, sun, overload 0 %/wk, kind wheel, distance 6 km/d"
    assert f"activity[0]: {running} in A; none in B (filled in: start, end, days, overload)." in said
    assert "tissue: septotemporal 200 um, transverse 200 um in A; whole in B." in said
    assert not any(sentence.startswith(("activity[0].", "tissue.")) for sentence in said)


def test_catalogues_differ_where_their_files_do_and_not_where_mechanisms_or_strains_do(saved, tmp_path):
    for changes in ({"mechanisms": []}, {"strain": "DBA/2"}):
        found = diff(ANIMAL, ANIMAL | changes)
        assert found.remarks == ()
        assert list(changes) == list(found.entries["entry"])
    own = tmp_path / "mine" / "pathways"
    own.mkdir(parents=True)
    made = "label: {}\nstatus: a guess\nweights: {{circulating: 0.5, induced: 0.5, activity: 0}}\n"
    (own / "half.yaml").write_text(made.format("half"))
    one = ANIMAL | {"catalogue": str(tmp_path / "mine"), "pathway": "half"}
    assert diff(one, ANIMAL).remarks == ("A has a catalogue of its own (pathways/half.yaml), B has none.",)
    before = run(one).save(tmp_path / "before").directory
    (own / "half.yaml").write_text(made.format("one half"))
    assert diff(before, one).remarks == ("Their own catalogues differ in pathways/half.yaml.",)
    resolved = replace(saved.resolved, catalogue=replace(saved.resolved.catalogue, digest="ab" * 32))
    (remark,) = diff(replace(saved, resolved=resolved), ANIMAL).remarks
    assert remark == "A was made with another catalogue than the one installed (abababababab)."


def test_runs_that_end_on_other_days_or_are_branches_or_have_other_tissue_are_told(saved, tmp_path):
    other = run(ANIMAL | {"duration": "1 d", "tissue": {"septotemporal": "300 um", "transverse": "200 um"}})
    came = {"run": "animal.unfinished", "scenario_digest": "", "day": 0.5, "at": ""}
    found = diff(saved, replace(other, provenance=other.provenance | {"branched": [came]}))
    assert "A ends on day 2 and B on day 1: what is said of their ends is of different days." in found.remarks
    assert "B is a branch: until day 0.5 it is the life of animal, whatever its own scenario says." in found.remarks
    assert found.remarks[0].startswith("Counts of cells cannot be set side by side")
    counts = found.outcomes["unit"] == "cells"
    assert found.outcomes["change"][counts].isna().all()
    assert found.outcomes["change"][~counts].notna().any()


def test_assays_are_set_side_by_side_where_they_ask_the_same_at_one_time(saved):
    def animal(count: str, days: list[int], **more) -> Result:
        asked = [{"name": "dividing", "count": count, "at": [f"{day} d" for day in days]}]
        return run(ANIMAL | {"assays": asked} | more)

    one, other = animal("Ki67+", [1, 2]), animal("Ki67+", [1], seed=2)
    (row,) = diff(one, other).outcomes.dropna(subset=["day"]).to_dict("records")
    both = [float(result.assays["count"].iloc[0]) for result in (one, other)]
    assert (row["read_out"], row["day"], row["A"], row["B"]) == ("dividing", 1.0, *both)
    assert any(said.startswith("dividing on day 1, cells: ") for said in diff(one, other).sentences())
    assert diff(one, animal("Ki67+", [1, 2], seed=2)).outcomes["day"].dropna().tolist() == [2.0]
    sections = {"section": "40 um", "every": 1, "frame_area": "50 %"}
    seen = animal("Ki67+", [1], sampling=sections)
    (row,) = diff(seen, replace(seen, provenance=seen.provenance)).outcomes.dropna(subset=["day"]).to_dict("records")
    assert row["A"] == seen.assays["estimate"].iloc[0] != seen.assays["count"].iloc[0]
    asked_otherwise = diff(one, animal("DCX+", [1, 2]))
    assert asked_otherwise.outcomes["day"].isna().all()
    assert "dividing is left out: it is not the same question in A and B." in asked_otherwise.remarks


def test_another_recording_of_the_same_name_is_told(tmp_path):
    for name, count in (("one", 5), ("two", 6)):
        (tmp_path / name).mkdir()
        minutes = "".join(f"2024-05-06T{m // 60:02d}:{m % 60:02d}:00,{count}\n" for m in range(120))
        (tmp_path / name / "mine.csv").write_text("start,wheel_counts\n" + minutes)
        block = "{kind: recording, file: mine.csv, metres_per_count: 0.35 m, end: 2 h}"
        text = f"schema: 1\nname: a\nspecies: mouse\nage: 8 wk\nduration: 1 d\nactivity: [{block}]\n"
        (tmp_path / name / "a.yaml").write_text(text)
    found = diff(tmp_path / "one" / "a.yaml", tmp_path / "two" / "a.yaml")
    assert found.remarks == ("The recording mine.csv has another content in A than in B.",)
    assert found.sentences()[-1] == "No entry and no number differs."


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


def test_a_folder_that_is_called_as_a_shipped_scenario_does_not_hide_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mouse_sedentary").mkdir()
    assert diff("mouse_sedentary", ANIMAL).names[0] == "the scenario mouse_sedentary"


def test_what_cannot_be_read_is_refused(copy, tmp_path):
    flip(copy / "series.parquet", 100)
    with pytest.raises(IntegrityError, match=r"series\.parquet"):
        diff(copy, ANIMAL)
    with pytest.raises(InputError, match="no_such"):
        diff("no_such", ANIMAL)
    with pytest.raises(InputError, match=r"no provenance\.json"):
        diff(tmp_path, ANIMAL)
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
