"""A folder beside a scenario adds signals, pathways and numbers; it is digested, kept with the run, and checked."""

import copy
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from neurogen_abm.errors import InputError, IntegrityError
from neurogen_abm.experiments.calibration.objective import objective
from neurogen_abm.experiments.execution.execution import Execution
from neurogen_abm.experiments.execution.job import Job
from neurogen_abm.experiments.studies.study import plans_of
from neurogen_abm.experiments.sweep.sweep import sweep
from neurogen_abm.run import Result, prepare, run
from neurogen_abm.spec.calibration import load_calibration
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.scenario.scenario import (
    CatalogueChangedWarning,
    ResolvedScenario,
    load_scenario,
    resolve,
)
from neurogen_abm.spec.yaml.writer import write

SHORT = {"duration": "1 d", "tissue": {"septotemporal": "300 um", "transverse": "300 um"}, "catalogue": "own/"}


def number(value: Any, unit: str = "1", **more: Any) -> dict[str, Any]:
    plain = {"source": None, "place": "illustration", "status": "assumed", "grade": "D", "range": None}
    return {"value": value, "unit": unit, **plain, **more}


EFFECT = {
    "target": "late_survival",
    "states": ["immature_late"],
    "towards": number(0.5),
    "half_max": number(1.5),
    "hill": number(1),
}
CITED = {"source": "me2026", "status": "measured", "grade": "B"}
FILES: dict[str, Any] = {
    "signals/salt.yaml": {
        "label": "salt",
        "grade": "D",
        "evidence": ["me2026"],
        "exerkine": True,
        "weight": number(1),
        "size": number(1.0),
        "tau": number(2, "h"),
        "effects": {"late": EFFECT},
    },
    "pathways/both.yaml": {
        "label": "both",
        "status": "A choice.",
        "weights": {"circulating": 0.5, "induced": 0.5, "activity": 0},
    },
    "lineage.yaml": {"clearance": {"time": number(2, "h", **CITED)}, "stem": {"active_pause": {"note": "mine"}}},
    "references.yaml": {"me2026": {"citation": "Me 2026", "doi": None, "doi_status": "none"}},
}


def build(folder: Path, files: dict[str, Any] = FILES) -> Path:
    """Write a scenario and its catalogue; return the scenario."""
    for name, data in files.items():
        (folder / "own" / name).parent.mkdir(parents=True, exist_ok=True)
        text = data if isinstance(data, bytes) else write(data).encode()
        (folder / "own" / name).write_bytes(text)
    (folder / "salty.yaml").write_text(write(SHORT), encoding="utf-8")
    return folder / "salty.yaml"


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the files with one entry exchanged; ``path`` is file, then keys, split at blanks."""
    files = copy.deepcopy(FILES)
    file, *keys = path.split()
    here = files if not keys else files.setdefault(file, {})
    for key in keys[:-1]:
        here = here.setdefault(key, {})
    here[keys[-1] if keys else file] = value
    return files


def test_it_adds_and_changes_and_the_package_stays_as_it_is(tmp_path: Path) -> None:
    own, shipped = prepare(build(tmp_path)), load_catalogue("mouse", mechanisms=["standard"])
    assert set(own.parameters) - set(shipped.parameters) == {
        *(f"signals.salt.{key}" for key in ("size", "tau", "threshold", "exponent", "weight")),
        *(f"signals.salt.effects.late.{key}" for key in ("towards", "half_max", "hill")),
        *(f"pathways.both.{route}_gain" for route in ("barrier", "induced", "activity")),
    }
    assert own.value("lineage.clearance.time", "h") == 2
    assert own.parameters["lineage.stem.active_pause"].note == "mine"
    assert own.parameters["lineage.stem.active_pause"].value == shipped.parameters["lineage.stem.active_pause"].value
    assert [effect.path for effect in own.effects][-1] == "signals.salt.effects.late"
    assert own.references["me2026"]["citation"] == "Me 2026"
    assert load_catalogue("mouse", mechanisms=["standard"]) == shipped
    assert "salt" not in shipped.signals
    assert own.catalogue.places["signals.salt.size"] == "own/signals/salt.yaml:14:3 size"
    assert own.catalogue.places["lineage.stem.active_pause"].startswith("catalogue/mouse/lineage.yaml:")


def test_the_folder_serves_any_species(tmp_path: Path) -> None:
    rat = prepare(build(tmp_path), overrides={"species": "rat", "age": "10 wk"})
    assert rat.value("signals.salt.tau", "min") == 120
    again = prepare(rat, overrides={"species": "mouse", "strain": None})
    assert again.value("signals.salt.tau", "min") == 120


def test_every_byte_counts_and_the_place_does_not(tmp_path: Path) -> None:
    first = prepare(build(tmp_path / "one"))
    assert prepare(build(tmp_path / "two")).digest == first.digest
    moved = prepare({**SHORT, "name": "salty", "catalogue": str(tmp_path / "two" / "own")})
    assert (moved.digest, moved.catalogue_digest) == (first.digest, first.catalogue_digest)
    file = tmp_path / "two" / "own" / "pathways" / "both.yaml"
    file.write_bytes(file.read_bytes() + b"# a comment\n")
    other = prepare(tmp_path / "two" / "salty.yaml")
    assert other.catalogue_digest != first.catalogue_digest
    assert other.digest != first.digest
    assert Job.of(other).key != Job.of(first).key


def test_without_a_folder_digests_are_as_before() -> None:
    plain = prepare("mouse_sedentary")
    assert plain.catalogue.own is None
    assert "catalogue:" not in plain.to_yaml()


def test_a_run_directory_holds_all_of_it(tmp_path: Path) -> None:
    scenario = build(tmp_path)
    first = run(scenario).save(tmp_path / "run")
    (tmp_path / "own").rename(tmp_path / "gone")
    loaded = Result.load(tmp_path / "run")
    assert loaded.resolved.digest == first.resolved.digest
    assert loaded.resolved.effects == first.resolved.effects
    for again in (run(loaded.resolved), run(tmp_path / "run" / "scenario.yaml")):
        pd.testing.assert_frame_equal(again.series, first.series)
        pd.testing.assert_frame_equal(again.cells, first.cells)
        assert again.resolved.digest == first.resolved.digest
    with pytest.raises(InputError, match="no such folder"):
        prepare(loaded.resolved, overrides={"catalogue": "own/"})
    longer = prepare(load_scenario(loaded.resolved.scenario, {"duration": "2 d"}))
    assert longer.value("lineage.clearance.time", "h") == 2


def test_a_run_keeps_texts_as_they_are(tmp_path: Path) -> None:
    """Line ends of Windows, a byte order mark, tabs in comments and letters of all kinds come back byte for byte."""
    text = '\ufeff# \u00b5\u2192\u6f22 "quoted" \\ and\ta tab\r\nstem: {active_pause: {note: \u00e4}}\r\n\r\n# end'
    resolved = prepare(build(tmp_path, {**FILES, "lineage.yaml": text.encode()}))
    back = ResolvedScenario.from_yaml(resolved.to_yaml())
    assert dict(back.catalogue.own.files)["lineage.yaml"] == text
    assert back.digest == resolved.digest
    assert back.parameters == resolved.parameters


def test_an_edited_record_is_found_out(tmp_path: Path) -> None:
    text = prepare(build(tmp_path)).to_yaml()
    assert ResolvedScenario.from_yaml(text).catalogue.own is not None
    with pytest.raises(IntegrityError, match="edited"), pytest.warns(CatalogueChangedWarning):
        ResolvedScenario.from_yaml(text.replace("states: [immature_late]", "states: [immature_early]"))


def test_workers_need_no_folder(tmp_path: Path) -> None:
    """A job carries the whole catalogue, as a worker has only the installed one."""
    scenario = build(tmp_path)
    plan = {
        "name": "salts",
        "scenario": str(scenario),
        "set": {"pathway": "both"},
        "axes": {"signals.salt.size": [0.5, 2.0]},
        "keep": {"tables": ["series"]},
    }
    found = sweep(plan, tmp_path / "sweep", workers=1)
    alone = sweep(plan, tmp_path / "alone", workers=0)
    assert found.outcome.complete
    pd.testing.assert_frame_equal(found.series, alone.series)
    one = run(scenario, 1, {"pathway": "both", "signals.salt.size": 0.5}).series
    assert list(found.series.query("point == 0")["n_dcx"]) == list(one["n_dcx"].iloc[[0, -1]])


BIG = b"label: big # " + b"x" * 200_000
WRONG: list[tuple[str, Any, str, str]] = [
    ("signals/salt.yaml lable", "salt", "signals/salt.yaml:", "Did you mean label"),
    ("signals/salt.yaml tau", number(2, "hh"), "signals/salt.yaml:", "not known"),
    ("signals/salt.yaml tau", number(2, "pg/mL"), "signals/salt.yaml:", "Give it in min"),
    ("signals/salt.yaml tau", number(0, "h"), "signals/salt.yaml:", "cannot be zero"),
    ("signals/salt.yaml tau", None, "signals/salt.yaml:", "`tau` is missing"),
    ("signals/salt.yaml tau", 2, "signals/salt.yaml:", "`tau` has no `value`"),
    ("signals/salt.yaml tau", {"value": 2, "unit": "h"}, "signals/salt.yaml:", "`source` is missing"),
    ("signals/salt.yaml tau source", "me2062", "signals/salt.yaml:", "Did you mean me2026"),
    ("signals/salt.yaml tau status", "measured", "signals/salt.yaml:", "without a source is assumed"),
    ("signals/salt.yaml tau citation", "x", "signals/salt.yaml:", "not a key of the parameter"),
    ("signals/salt.yaml grade", "E", "signals/salt.yaml:", "Choose from A, B, C, D"),
    ("signals/salt.yaml drive", "intensty", "signals/salt.yaml:", "Did you mean intensity"),
    ("signals/salt.yaml evidence", ["you1999"], "signals/salt.yaml:", "not in references.yaml"),
    ("signals/salt.yaml field", True, "signals/salt.yaml:", "Two signals have `field: true`"),
    ("signals/alga.yaml", {"label": "alga", "field": True}, "signals/alga.yaml:", "Write `field: false` here"),
    ("signals/foam.yaml", {"label": "foam", "field": True}, "signals/foam.yaml:", "Write `field: false` here"),
    ("signals/salt.yaml effects late target", "late_survivl", "signals/salt.yaml:", "Did you mean late_survival"),
    ("signals/salt.yaml effects late states", ["imature_late"], "signals/salt.yaml:", "Did you mean immature_late"),
    ("signals/salt.yaml effects late states", [], "signals/salt.yaml:", "`states` is empty"),
    ("signals/salt.yaml effects late half_max", number(40, "pg/mL"), "signals/salt.yaml:", "level over rest"),
    ("signals/salt.yaml effects late half_max", number(0), "signals/salt.yaml:", "cannot be zero"),
    ("signals/salt.yaml effects late hill", None, "signals/salt.yaml:", "`hill` is missing"),
    ("signals/salt.yaml effects late habituation", {"depth": number(0.5)}, "signals/salt.yaml:", "`time` is missing"),
    ("signals/salt.yaml effects", ["late"], "signals/salt.yaml:", "Effects are mappings with a name each"),
    ("signals/bdnf.yaml", {"effects": {"activation": {"hill": number(0)}}}, "signals/bdnf.yaml:", "cannot be zero"),
    ("pathways/both.yaml weights", None, "pathways/both.yaml:", "`weights` is missing"),
    ("pathways/both.yaml weights induced", 0.2, "pathways/both.yaml:", "add up to 0.7"),
    ("pathways/both.yaml weights muscle", 0.2, "pathways/both.yaml:", "not a key of the pathway"),
    ("pathways/both.yaml", b"[1]", "pathways/both.yaml", "mapping of keys"),
    ("lineage.yaml stem initial_cont", number(1, "cells"), "lineage.yaml:", "Did you mean initial_count"),
    ("lineage.yaml clearance time", number(2, "cells"), "lineage.yaml:", "cells"),
    ("lineage.yaml clearance time", number([1, 2], "h"), "lineage.yaml:", "Give as many numbers"),
    ("lineage.yaml clearance time", 2, "lineage.yaml:", "does not say where it comes from"),
    ("lineage.yaml clearance time", None, "lineage.yaml:", "the model reads it"),
    ("lineage.yaml markers tbr2 states", ["mature"], "lineage.yaml:", "changes parameters only"),
    ("lineage.yaml stem symmetric_young", number(0.9), "lineage.yaml:", "Lower one of the three"),
    ("references.yaml wu2023", {"citation": "Someone else"}, "references.yaml:", "Choose another key"),
    ("references.yaml me2026", {"doi": None}, "references.yaml:", "`citation` is missing"),
    ("lineage.yaml", b"stem: {a: 1, a: 2}\n", "lineage.yaml:1:", "appears twice"),
    ("lineage.yaml", b"", "lineage.yaml", "Write at least one entry"),
    ("lineage.yaml", b"stem: \xff\n", "lineage.yaml:1:7", "not UTF-8"),
    ("lineage.yaml", b"stem: &a {}\n", "lineage.yaml:1:", "not read here"),
    ("signals/big.yaml", BIG, "signals/big.yaml", "150 kB"),
    ("lineag.yaml", b"a: 1\n", "lineag.yaml", "Did you mean lineage.yaml"),
    ("lineage.yml", b"a: 1\n", "lineage.yml", "Did you mean lineage.yaml"),
    ("signal/a.yaml", b"a: 1\n", "signal", "Did you mean signals"),
    ("signals/Salt.yaml", b"a: 1\n", "signals/Salt.yaml", "small letters"),
    ("signals/deep/a.yaml", b"a: 1\n", "signals/deep", "small letters"),
]


@pytest.mark.parametrize(("path", "value", "place", "words"), WRONG, ids=[f"{row[0]}-{row[3]}" for row in WRONG])
def test_wrong_files_are_refused_with_place_and_cure(
    tmp_path: Path, path: str, value: Any, place: str, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        prepare(build(tmp_path, changed(path, value)))
    error, text = caught.value, str(caught.value)
    assert text.startswith(f"own/{place}"), text
    assert words in text
    assert error.cure, text
    assert error.exit_code == 2
    if place.endswith(":"):
        assert re.match(r"own/[a-z/_]+\.yaml:\d+:\d+[ :]", text), text
    assert len(text) < 500


def test_a_folder_that_is_not_there_is_named_at_the_scenario(tmp_path: Path) -> None:
    scenario = build(tmp_path)
    (tmp_path / "own").rename(tmp_path / "owm")
    with pytest.raises(InputError, match=r"salty\.yaml:\d+:\d+ catalogue: There is no such folder\. Did you mean owm"):
        prepare(scenario)
    (tmp_path / "own").mkdir()
    with pytest.raises(InputError, match=r"salty\.yaml:\d+:\d+ catalogue: The folder holds no file"):
        prepare(scenario)
    with pytest.raises(InputError, match=r"catalogue: The catalogue cannot be read \(File name too long\)"):
        prepare({**SHORT, "name": "salty", "catalogue": f"/{'a' * 400}"})
    with pytest.raises(InputError, match="absolute path"):
        prepare({**SHORT, "name": "salty"})


def test_hidden_files_and_a_readme_are_passed_over(tmp_path: Path) -> None:
    scenario = build(tmp_path)
    before = prepare(scenario).digest
    (tmp_path / "own" / "README.md").write_text("What this is.")
    (tmp_path / "own" / ".DS_Store").write_bytes(b"\0")
    assert prepare(scenario).digest == before


@pytest.mark.parametrize("name", ["", "lineage.yaml", "signals/salt.yaml"])
def test_links_are_followed(tmp_path: Path, name: str) -> None:
    """A run keeps what it read, wherever that lay."""
    scenario = build(tmp_path)
    before = prepare(scenario).digest
    if name:
        (tmp_path / "own" / name).rename(tmp_path / "elsewhere.yaml")
        (tmp_path / "own" / name).symlink_to(tmp_path / "elsewhere.yaml")
    else:
        (tmp_path / "own").rename(tmp_path / "there")
        (tmp_path / "own").symlink_to(tmp_path / "there")
    assert prepare(scenario).digest == before


def test_resolving_another_scenario_does_not_read_the_folder(tmp_path: Path) -> None:
    """Only the scenario that names it pays for it."""
    scenario = load_scenario(build(tmp_path))
    (tmp_path / "own").rename(tmp_path / "gone")
    with pytest.raises(InputError):
        resolve(scenario)
    assert resolve(load_scenario(scenario, {"catalogue": None})).catalogue.own is None


def test_a_study_and_a_fit_see_it(tmp_path: Path) -> None:
    build(tmp_path)
    read = {"kind": "ratio", "tier": "A", "role": "calibration", "source": "made up", "read": "births", "at": "1 d"}
    study = {
        "reference": {"citation": "made up for this test", "doi": None},
        "base": "salty.yaml",
        "arms": {"rest": {}, "runner": {"activity": [{"kind": "wheel", "distance": "6 km/d"}]}},
        "expectations": [{"name": "more", **read, "arm": "runner", "over": "rest", "value": 1.5}],
    }
    (tmp_path / "salt_study.yaml").write_text(write(study), encoding="utf-8")
    plans = plans_of([tmp_path / "salt_study.yaml"], "all", pairs=1)
    assert {plan.pathway for plan in plans} == {*load_catalogue("mouse").pathways, "both"}
    wanted = {"path": "signals.salt.tau", "low": "1 h", "high": "3 h"}
    fit = {"name": "salt", "studies": [str(tmp_path / "salt_study.yaml")], "parameters": [wanted], "allow": ["assumed"]}
    found = objective(load_calibration(fit), Execution(tmp_path / "none"))
    assert [(free.name, free.start, free.unit) for free in found.free] == [("signals.salt.tau", 2.0, "h")]
