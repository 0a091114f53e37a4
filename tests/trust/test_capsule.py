"""A capsule holds a run whole, any one bit of it is noticed, and what would harm is not unpacked."""

import errno
import io
import os
import random
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from neurogen_abm import InputError, IntegrityError, Result, capsule, memory
from neurogen_abm.errors import EnvironmentFault, NeurogenError
from neurogen_abm.exports import crate
from neurogen_abm.storage import archive, atomic
from neurogen_abm.trust.capsule import opened
from tests.experiments.power import failing
from tests.trust.conftest import flip


@pytest.fixture(scope="module")
def packed(saved, tmp_path_factory) -> Path:
    return capsule(saved.directory, tmp_path_factory.mktemp("packed") / "animal.zip", licence="CC-BY-4.0")


@pytest.fixture
def file(packed, tmp_path) -> Path:
    return Path(shutil.copy(packed, tmp_path / "animal.zip"))


def unpacked(file: Path, folder: Path) -> list[str]:
    folder.mkdir(exist_ok=True)
    return archive.unpack(file, folder)


def sealed(file: Path, fill: Callable[[zipfile.ZipFile], object]) -> Path:
    """Write an archive of somebody who knows how to seal one."""
    start = f"neurogen capsule, format {archive.FORMAT}, sha256 ".encode()
    with zipfile.ZipFile(file, "w") as made:
        made.comment = start + b"0" * 64
        fill(made)
    data = file.read_bytes()[:-64]
    file.write_bytes(data + archive._digest(file).encode())
    return file


def test_a_capsule_is_a_crate_that_says_what_is_allowed_and_what_each_file_is(packed, saved):
    crates = pytest.importorskip("rocrate.rocrate")
    found = crates.ROCrate(packed)
    assert {entity.id for entity in found.data_entities} == {file.name for file in saved.directory.iterdir()}
    assert found.root_dataset["license"].id == "https://spdx.org/licenses/CC-BY-4.0"
    recorded = Result.load(saved.directory)
    for entity in found.data_entities:
        assert len(entity["sha256"]) == 64
    assert found.dereference("series.parquet")["sha256"] in (recorded.directory / "provenance.json").read_text()
    assert found.dereference("#neurogen_abm")["license"].id == "https://spdx.org/licenses/MIT"
    assert found.root_dataset["citation"]


def test_a_capsule_says_what_went_in_what_came_out_and_when(saved):
    provenance = saved.provenance | {"wall_time_s": 3600.4, "began": "2026-05-06T23:30:00+00:00"}
    files = dict.fromkeys(("mine.csv", "scenario.yaml", "series.parquet"), atomic.Fingerprint(1, "0"))
    for recordings, inputs in (({"mine.csv": "0"}, {"mine.csv", "scenario.yaml"}), ({}, {"scenario.yaml"})):
        run_ = replace(saved, provenance=provenance | {"recordings": recordings})
        graph = crate.description(run_, files)["@graph"]
        (action,) = (entity for entity in graph if entity["@id"] == "#run")
        objects = action["object"] if isinstance(action["object"], list) else [action["object"]]
        assert {part["@id"] for part in objects} == inputs
        assert {part["@id"] for part in action["result"]} == files.keys() - inputs
        assert (action["startTime"], action["endTime"]) == ("2026-05-06T23:30:00+00:00", "2026-05-07T00:30:00+00:00")


def test_an_address_that_was_recalled_and_not_looked_up_is_not_given(saved):
    cited = next(entry for entry in saved.citations() if entry.doi is not None and entry.doi_status == "read")
    assert crate._article(cited)["@id"] == f"https://doi.org/{cited.doi}"
    assert crate._article(cited._replace(doi_status="recalled"))["@id"] == f"#{cited.key}"


def test_a_licence_is_stated_or_said_not_to_be(saved):
    words = {None: "Not stated", "https://a.org/l": "https://a.org/l", "For my group only.": "For my group only."}
    for given, name in words.items():
        graph = crate.description(saved, {"scenario.yaml": atomic.Fingerprint(1, "0")}, given)["@graph"]
        by_id = {entity["@id"]: entity for entity in graph}
        assert by_id[by_id["./"]["license"]["@id"]]["name"] == name


def test_one_run_gives_one_capsule_and_it_holds_the_run(packed, saved, tmp_path):
    assert capsule(saved.directory, tmp_path / "b.zip", licence="CC-BY-4.0").read_bytes() == packed.read_bytes()
    with opened(packed) as found:
        assert found.series.equals(saved.series)
        assert found.resolved.digest == saved.resolved.digest
        folder = found.directory
    assert not folder.exists()


def test_any_flipped_bit_is_noticed(file, tmp_path):
    size = file.stat().st_size
    variates = random.Random(1)
    places = [*range(40), *range(size - 300, size), *(variates.randrange(size) for _ in range(160))]
    for place in places:
        bit = variates.randrange(8)
        flip(file, place, bit)
        with pytest.raises(NeurogenError) as fault:
            unpacked(file, tmp_path / "out")
        assert fault.value.code in ("damaged-capsule", "not-a-capsule", "format-version")
        flip(file, place, bit)
    assert "series.parquet" in unpacked(file, tmp_path / "out")


def test_one_cut_short_or_with_more_behind_it_is_noticed(file, tmp_path):
    data = file.read_bytes()
    for cut in (0, 3, 100, len(data) // 2, len(data) - 65, len(data) - 1):
        file.write_bytes(data[:cut])
        with pytest.raises((IntegrityError, InputError), match=r"This capsule is damaged|This is not a capsule"):
            unpacked(file, tmp_path / "out")
    file.write_bytes(data + b"\n")
    with pytest.raises(IntegrityError, match="damaged"):
        unpacked(file, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_newer_capsule_is_refused_with_what_to_do(file, tmp_path):
    file.write_bytes(file.read_bytes().replace(b"capsule, format 1,", b"capsule, format 2,"))
    with pytest.raises(InputError, match=r"has format 2; this version .* reads format 1\. Install") as fault:
        unpacked(file, tmp_path / "out")
    assert fault.value.code == "format-version"


def _link(made: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    made.writestr(entry, "/etc/passwd")


HARMFUL = {
    "slip": lambda made: made.writestr("../../evil.txt", "x"),
    "absolute": lambda made: made.writestr("/tmp/evil.txt", "x"),
    "within": lambda made: made.writestr("a/../../evil.txt", "x"),
    "drive": lambda made: made.writestr("C:evil.txt", "x"),
    "folder": lambda made: made.writestr("a/", ""),
    "link": _link,
    "twice": lambda made: [made.writestr(name, "x") for name in ("a", "A")],
    "many": lambda made: [made.writestr(str(number), "") for number in range(archive._MOST_ENTRIES + 1)],
    "bomb": lambda made: made.writestr("a", b"\0" * 2**26, zipfile.ZIP_DEFLATED),
}


@pytest.mark.parametrize("name", sorted(HARMFUL))
def test_what_would_harm_is_not_unpacked(tmp_path, name):
    file = sealed(tmp_path / "evil.zip", HARMFUL[name])
    with pytest.raises(InputError, match="This capsule is not unpacked") as fault:
        unpacked(file, tmp_path / "out")
    assert fault.value.code == "harmful-capsule"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["evil.zip", "out"]


def test_files_that_nobody_knows_of_or_that_lack_are_noticed(packed, tmp_path):
    with zipfile.ZipFile(packed) as whole:
        entries = {entry.filename: whole.read(entry) for entry in whole.infolist()}
    for odd in ({**entries, "more.txt": b"x"}, {k: v for k, v in entries.items() if k != "map.parquet"}):
        file = sealed(tmp_path / "odd.zip", lambda made, odd=odd: [made.writestr(*entry) for entry in odd.items()])
        with pytest.raises(IntegrityError, match=r"more\.txt|map\.parquet"), opened(file):
            pass
    few = {key: part for key, part in entries.items() if key != "provenance.json"}
    file = sealed(tmp_path / "few.zip", lambda made: [made.writestr(*entry) for entry in few.items()])
    with pytest.raises(InputError, match="holds no run"), opened(file):
        pass


def test_another_zip_and_another_file_are_told_apart(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("a", "x")
    with pytest.raises(IntegrityError, match="or another program wrote it"), opened(tmp_path / "a.zip"):
        pass
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(InputError, match=r"not a capsule\. Give"), opened(tmp_path / "a.txt"):
        pass


def test_tables_that_would_not_fit_into_memory_are_not_read(packed, monkeypatch):
    from neurogen_abm.trust import capsule as module

    monkeypatch.setattr(module, "available_bytes", lambda: 1000)
    with pytest.raises(EnvironmentFault, match="more than fit into memory"), opened(packed):
        pass
    assert memory.available_bytes() is None or memory.available_bytes() > 1000


def test_a_damaged_run_is_not_packed(copy, tmp_path):
    flip(copy / "series.parquet", 200)
    with pytest.raises(IntegrityError, match=r"series\.parquet"):
        capsule(copy)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["animal"]


def test_whichever_write_fails_there_is_the_old_capsule_or_the_new_one(saved, packed, file, monkeypatch):
    """Each member of the archive, the file, its name, and the folder; the last one after it has its name."""
    new = capsule(saved.directory, file.with_name("new.zip")).read_bytes()
    old = packed.read_bytes()
    assert new != old
    members = len(zipfile.ZipFile(packed).namelist())
    for of, name, n in ((zipfile.ZipFile, "writestr", members), (os, "fsync", 2), (os, "replace", 1)):
        for nth in range(1, n + 1):
            with monkeypatch.context() as patch:
                failed = failing(patch, name, nth, (errno.ENOSPC, errno.EIO)[nth % 2], of)
                with pytest.raises(EnvironmentFault):
                    capsule(saved.directory, file, force=True)
            assert failed
            assert file.read_bytes() == (new if (name, nth) == ("fsync", 2) else old)
            assert sorted(path.name for path in file.parent.iterdir()) == ["animal.zip", "new.zip"]
            shutil.copy(packed, file)


def test_it_is_written_whole_or_not_at_all(copy, tmp_path, monkeypatch, neurogen):
    written = zipfile.ZipFile.writestr
    calls = iter(range(100))

    def full(*args: object, **more: object) -> None:
        if next(calls) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        written(*args, **more)

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    told = neurogen("capsule", str(copy))
    assert told.code == 3
    assert "disk is full" in told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["animal"]
    monkeypatch.undo()
    target = tmp_path / "animal.crate.zip"
    assert capsule(copy) == target
    before = target.read_bytes()
    with pytest.raises(InputError, match="exists and is not overwritten"):
        capsule(copy)
    assert target.read_bytes() == before
    assert capsule(copy, force=True).read_bytes() == before


def test_bytes_of_a_capsule_are_a_zip_for_any_unpacker(packed):
    with zipfile.ZipFile(io.BytesIO(packed.read_bytes())) as whole:
        assert whole.testzip() is None
