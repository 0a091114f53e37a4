"""The examination finds what was harmed, says the cure, and changes nothing."""

import os
import shutil
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from neurogen_abm import Checkpoints, InputError, capsule, doctor, jit, run
from neurogen_abm.checkpoints import NAMES, UnfinishedError
from neurogen_abm.run import TABLES
from neurogen_abm.storage import atomic
from neurogen_abm.trust import errata, installation, results
from neurogen_abm.trust.findings import FAULT, FINE, NOTE, WARNING
from tests.conftest import patch_scenario
from tests.trust.conftest import flip


def found_at(place: Path) -> list:
    return list(results.examined(place))


def content(folder: Path) -> dict[str, tuple]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file): (file.stat().st_mtime_ns, atomic.fingerprint(file)) for file in files}


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> Path:
    """What an older version left: a run, sweeps, one that was stopped, a study and a comparison."""
    folder = tmp_path_factory.mktemp("old")
    with zipfile.ZipFile(Path(__file__).parent.parent / "cases" / "version_0_1_0.zip") as packed:
        packed.extractall(folder)
    return folder


def test_a_run_and_its_capsule_are_healthy(saved, tmp_path, neurogen):
    file = capsule(saved.directory, tmp_path / "a.zip")
    told = neurogen("doctor", str(saved.directory), str(file))
    assert told.code == 0
    assert f"{saved.directory}: A run; all 8 files are as they were written.\n" in told.out
    assert "A capsule of patch, seed 1; every file in it is as it was written." in told.out
    assert doctor(saved.directory).healthy


@pytest.mark.parametrize("name", ["provenance.json", "scenario.yaml", *(f"{name}.parquet" for name in TABLES)])
def test_a_flipped_bit_in_any_file_of_a_run_is_noticed(copy, name):
    size = (copy / name).stat().st_size
    for place in (1, size // 2, size - 2):
        flip(copy / name, place, 3)
        (finding,) = [finding for finding in found_at(copy) if finding.level == FAULT]
        assert finding.where.endswith(name)
        assert finding.cure
        flip(copy / name, place, 3)
    assert [finding.level for finding in found_at(copy)] == [FINE]


def test_a_missing_file_and_a_damaged_capsule_are_faults(copy, tmp_path, neurogen):
    file = capsule(copy)
    flip(file, 500)
    (copy / "map.parquet").unlink()
    told = neurogen("doctor", str(tmp_path))
    assert told.code == 4
    assert "map.parquet: fault: This file is missing" in told.out
    assert [finding.level for finding in found_at(file)] == [FAULT]


def test_capsules_in_a_folder_are_examined_by_whatever_name(copy, tmp_path):
    file, own_name = capsule(copy), capsule(copy, tmp_path / "to_share.zip")
    (tmp_path / "of_another_program.zip").write_bytes(b"PK\5\6" + bytes(18))
    assert [finding.where for finding in found_at(tmp_path)] == [str(copy), str(file), str(own_name)]
    flip(own_name, 500)
    file.write_bytes(file.read_bytes()[:-200])  # its seal is gone, and its name tells what it is
    assert {f.where for f in found_at(tmp_path) if f.level == FAULT} == {str(file), str(own_name)}


def test_links_are_followed_and_each_place_is_examined_once(saved, tmp_path):
    (tmp_path / "linked").symlink_to(saved.directory)
    (tmp_path / "again").symlink_to(tmp_path)
    assert [(f.where, f.level) for f in found_at(tmp_path)] == [(str(tmp_path / "linked"), FINE)]


def test_a_folder_that_cannot_be_read_is_a_fault(saved, tmp_path, monkeypatch):
    shutil.copytree(saved.directory, tmp_path / "closed" / "animal")
    scandir = os.scandir

    def refused(place):
        if Path(place).name == "closed":
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refused)
    (found,) = found_at(tmp_path)
    assert (found.where, found.level) == (str(tmp_path / "closed"), FAULT)
    assert "cannot be read: Permission denied" in found.what


def test_many_directories_below_one_are_examined_and_nothing_is_changed(old):
    before = content(old)
    said = found_at(old)
    assert content(old) == before
    by_others = {Path(finding.where).name for finding in said if finding.what.startswith("They were made with")}
    assert by_others == {"compare", "stopped", "animals", "sweep"}
    assert not any("goes on with them" in finding.cure for finding in said)  # they start again
    said = [finding for finding in said if not finding.what.startswith("They were made with")]
    found = {(Path(finding.where).name, finding.level): finding.what for finding in said}
    assert (
        found[("compare", FINE)] == 'Runs of "compare rest runner": 4 done, 0 waiting, 0 failed; all 3 files are whole.'
    )
    assert found[("stopped", NOTE)] == '2 runs of "sweep stopped" wait.'
    assert ("animals", FINE) in found
    assert {name for name, _ in found} == {"compare", "run", "stopped", "animals", "sweep"}


def test_tables_of_many_animals_are_held_against_the_ledger(old, tmp_path):
    place = Path(shutil.copytree(old / "compare", tmp_path / "compare"))
    tiles = next((place / "results" / "tiles").iterdir())
    tiles.rename(tiles.with_name("000009-0123456789abcdef.parquet"))
    flip(next((place / "results" / "series").iterdir()), 100)
    found = found_at(place)
    assert sum(finding.level == FAULT for finding in found) == 2
    assert any("1 file is not in the ledger" in finding.what for finding in found)


def test_the_old_run_has_the_erratum_that_it_has_and_a_run_of_today_has_none(old, saved):
    (said,) = [finding for finding in found_at(old / "run") if finding.level == WARNING]
    assert said.what.startswith("It has erratum E1. Mice and rats began")
    assert errata.of(saved) == []


def test_every_condition_of_an_erratum_counts(saved):
    def affects(**conditions) -> bool:
        return errata.Erratum(id="E99", what="A fault.", cure="Run it again.", **conditions).affects(saved)

    used, version = saved.provenance["used_parameters"][0], saved.provenance["software"]["neurogen_abm"]
    number = {"lineage.clearance.time": saved.resolved.parameters["lineage.clearance.time"].value_text}
    yes = {
        "species": ["mouse"],
        "pathway": ["circulating"],
        "activity": ["wheel"],
        "versions": f"<={version}",
        "catalogues": [saved.resolved.catalogue_digest[:12]],
        "read": [used],
        "not_read": ["no.such"],
        "numbers": number,
    }
    no = {
        "species": ["rat"],
        "pathway": ["direct"],
        "activity": ["treadmill"],
        "versions": f">{version}",
        "catalogues": ["0" * 12],
        "read": ["no.such"],
        "not_read": [used],
        "numbers": {"lineage.clearance.time": "9 h"},
    }
    assert affects(**yes)
    for key, value in no.items():
        assert not affects(**{**yes, key: value}), key
    assert affects(numbers={path: value.replace("1.4 h", "84 min") for path, value in number.items()})


def test_the_listed_errata_name_what_there_is():
    listed = errata.listed()
    assert [entry.id for entry in listed] == [f"E{number}" for number in range(1, len(listed) + 1)]
    for entry in listed:
        assert entry.what.endswith(".")
        assert entry.cure.endswith(".")
        assert entry.read or entry.not_read or entry.numbers or entry.versions or entry.catalogues


def test_an_unfinished_run_is_told_with_the_command_that_goes_on(tmp_path, neurogen, monkeypatch):
    asked = iter([False] * 2 + [True])
    wish = Checkpoints(tmp_path / "a.unfinished", "6 h", None, stop=lambda: next(asked))
    with pytest.raises(UnfinishedError):
        run(patch_scenario((200.0, 200.0), duration="1 d"), checkpoints=wish)
    told = neurogen("doctor", str(tmp_path))
    assert told.code == 0
    assert "note: An unfinished run, kept on day 0." in told.out
    assert f"`neurogen resume {tmp_path / 'a'}` goes on" in told.out
    assert any("kept on day 0" in finding.what for finding in found_at(tmp_path / "a"))  # as every command calls it
    with monkeypatch.context() as patch:
        patch.setattr("neurogen_abm.resumption.made_with", lambda: {"neurogen_abm": "9.9"})
        (said,) = [finding for finding in found_at(tmp_path) if "kept on day" in finding.what]
        assert "here 9.9" in said.what
        assert "other_version=True" in said.cure
    scenario = tmp_path / "a.unfinished" / "scenario.yaml"
    written = scenario.read_text()
    scenario.write_text(written.replace("duration: 1 d", "duration: 2 d"))
    (said,) = found_at(tmp_path)  # and nothing says that it goes on
    assert said.where == str(scenario)
    scenario.write_text(written)
    kept = [tmp_path / "a.unfinished" / name for name in NAMES if (tmp_path / "a.unfinished" / name).exists()]
    for file in kept:
        flip(file, -50)
    assert any("without a whole checkpoint" in finding.what for finding in found_at(tmp_path))


def test_what_killed_processes_left_is_told_apart_from_what_is_being_written(copy):
    mine = f".b.{atomic.scratch.mark()}.partial"
    (copy.parent / mine).mkdir()
    (copy.parent / mine.replace(str(os.getpid()), "99999999")).mkdir()
    said = sorted(finding.what for finding in found_at(copy.parent) if finding.level == NOTE)
    assert said == ["A process that ended has left this; it is no result.", f"Process {os.getpid()} is writing this."]


def test_a_place_without_results_is_said(tmp_path):
    assert [finding.level for finding in found_at(tmp_path / "nothing")] == [FAULT]
    assert [finding.level for finding in found_at(tmp_path)] == [NOTE]
    with pytest.raises(InputError, match="not a path"):
        doctor(3)


def test_an_installation_with_other_versions_is_told(monkeypatch):
    assert {finding.level for finding in installation.examined()} <= {FINE, NOTE}
    known = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0.1" if name == "numpy" else known(name))
    monkeypatch.setattr(installation.platform, "python_version", lambda: "3.9.1")
    said = [finding.what for finding in installation.examined() if finding.level == FAULT]
    assert said[0].startswith("Python 3.9.1 is not supported")
    assert said[1].startswith("numpy 0.1 is installed, and >=2.1")


def test_where_no_kernels_can_be_kept_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(jit, "_CACHE", jit.Place(None, "/x: Read-only file system"))
    (finding,) = [finding for finding in installation.examined() if finding.where == "kernels"]
    assert (finding.level, "NUMBA_CACHE_DIR" in finding.cure) == (WARNING, True)
    assert "/x: Read-only file system" in finding.what
    for name in ("0" * 16, "1" * 16, "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"a-1.py{sys.version_info.major}{sys.version_info.minor}.nbi").write_bytes(b"x" * 10**6)
    monkeypatch.setattr(jit, "_CACHE", jit.Place(tmp_path / ("0" * 16)))
    jit.note_life()
    said = [finding.what for finding in installation.examined() if finding.where == "kernels"]
    assert said == [
        f"{tmp_path / ('0' * 16)} (1 MB), can be written; compiled.",
        "Beside it, 1 folder of other versions (1 MB).",
    ]
    monkeypatch.setattr(jit, "_CACHE", jit.Place(tmp_path / ("0" * 16), "Permission denied"))
    (finding,) = [finding for finding in installation.examined() if finding.where == "kernels"]
    assert "can only be read" in finding.what
