"""A run directory is whole or absent, notices damage, and never costs anybody an older result."""

import errno
import json
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from neurogen_abm.errors import EnvironmentFault, InputError, IntegrityError
from neurogen_abm.storage import atomic, run_directory
from tests.experiments.power import failing


def text(content: str) -> run_directory.Writer:
    return lambda path: path.write_text(content) and None


FILES = {"scenario.yaml": text("name: a\n"), "series.parquet": text("columns"), "cells.parquet": text("rows")}


def everything_in(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.iterdir())


def verified(folder: Path) -> dict:
    """Read a run directory as a sceptic: every file must be there and be what was written."""
    provenance = run_directory.read_provenance(folder)
    for name in provenance["files"]:
        run_directory.checked(folder, name, provenance)
    return provenance


def test_a_run_directory_holds_what_was_written_and_nothing_beside_it(tmp_path):
    place = run_directory.write_directory(tmp_path / "runs" / "one", FILES, {"seed": 7})
    assert everything_in(tmp_path / "runs") == ["one"]
    assert everything_in(place) == ["cells.parquet", "provenance.json", "scenario.yaml", "series.parquet"]
    provenance = verified(place)
    assert provenance["seed"] == 7
    assert provenance["files"]["scenario.yaml"]["bytes"] == 8


def test_an_existing_directory_is_refused_without_force_and_replaced_with_it(tmp_path):
    place = run_directory.write_directory(tmp_path / "one", FILES, {"seed": 1})
    with pytest.raises(InputError, match=r"exists and is not overwritten\..*force=True") as refusal:
        run_directory.write_directory(place, FILES, {"seed": 2})
    assert refusal.value.exit_code == 2
    assert verified(place)["seed"] == 1
    run_directory.write_directory(place, FILES, {"seed": 3}, force=True)
    assert verified(place)["seed"] == 3
    assert everything_in(tmp_path) == ["one"]


@pytest.mark.parametrize("exchange", [True, False])
def test_what_people_keep_in_a_directory_outlives_its_replacement(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(atomic, "_exchanged", lambda one, other: False)
    place = run_directory.write_directory(tmp_path / "one", {**FILES, "mine.csv": text("old copy")}, {"seed": 1})
    (place / "notes.txt").write_text("mine")
    (place / "figures" / "empty").mkdir(parents=True)
    (place / "figures" / "one.png").write_bytes(b"png")
    (place / "extra.parquet").write_text("mine too")
    (place / "link").symlink_to("notes.txt")
    new = {**FILES, "extra.parquet": text("of the program")}
    run_directory.write_directory(place, new, {"seed": 2}, force=True)
    assert verified(place)["seed"] == 2
    assert (place / "notes.txt").read_text() == (place / "link").read_text() == "mine"
    assert (place / "figures" / "one.png").read_bytes() == b"png"
    assert (place / "figures" / "empty").is_dir()
    assert (place / "extra.parquet").read_text() == "of the program"
    assert (place / "extra.parquet.kept").read_text() == "mine too"
    assert not (place / "mine.csv").exists()  # the program's own copy of an older run
    assert everything_in(tmp_path) == ["one"]


def test_a_page_of_somebodys_own_is_kept_when_the_report_is_written(tmp_path):
    place = run_directory.write_directory(tmp_path / "one", FILES, {})
    (place / "report.html").write_text("mine")
    for _ in range(2):
        run_directory.add_file(place, "report.html", text("<p>"))
    assert (place / "report.html.kept").read_text() == "mine"
    assert set(everything_in(place)) == {*FILES, "provenance.json", "report.html", "report.html.kept"}


def test_a_run_does_not_replace_a_fit(tmp_path):
    run_directory.write_directory(tmp_path / "fit", FILES, {"calibration": "a"})
    with pytest.raises(InputError, match=r"holds a fit; a run does not replace it"):
        run_directory.write_directory(tmp_path / "fit", FILES, {"seed": 1}, force=True)
    assert verified(tmp_path / "fit")["calibration"] == "a"


@pytest.mark.parametrize("name", ["a" * 260, "b/" * 2500 + "b", "ü" * 130])
def test_a_name_too_long_is_a_slip_of_the_writer(tmp_path, name):
    with pytest.raises(InputError, match=r"longer than the disk can hold\. Choose a shorter one") as refusal:
        run_directory.write_directory(tmp_path / name, FILES, {})
    assert refusal.value.exit_code == 2
    assert len(str(refusal.value)) < 300
    with pytest.raises(InputError), run_directory.new_file(tmp_path / name):
        pass
    assert everything_in(tmp_path) == []


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_is_no_name_for_a_file(tmp_path, monkeypatch, force):
    monkeypatch.chdir(tmp_path)
    for name in (".", "..", str(tmp_path)):
        with (
            pytest.raises(InputError, match=r"a folder, and a file is to be written\. Give the name"),
            run_directory.new_file(name, force=force),
        ):
            pass
    assert everything_in(tmp_path) == []


def test_without_an_atomic_exchange_the_replacement_still_works(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "_exchanged", lambda one, other: False)
    place = run_directory.write_directory(tmp_path / "one", FILES, {"seed": 1})
    run_directory.write_directory(place, FILES, {"seed": 2}, force=True)
    assert verified(place)["seed"] == 2
    assert everything_in(tmp_path) == ["one"]


def test_force_never_replaces_what_is_not_a_run_directory(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("three years")
    with pytest.raises(InputError, match="not a run directory"):
        run_directory.write_directory(tmp_path / "thesis", FILES, {}, force=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "three years"


@pytest.mark.parametrize("target", ["a_file/run", "/proc/run"])
def test_a_place_that_cannot_be_written_is_a_fault_of_the_environment(tmp_path, target):
    (tmp_path / "a_file").write_text("")
    with pytest.raises(EnvironmentFault, match="hoose another place") as refusal:
        run_directory.write_directory(tmp_path / target, FILES, {})
    assert refusal.value.exit_code == 3
    assert everything_in(tmp_path) == ["a_file"]


def test_a_disk_too_small_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(EnvironmentFault, match="bytes of disk"):
        run_directory.write_directory(tmp_path / "one", FILES, {}, needed_bytes=2**62)
    assert everything_in(tmp_path) == []


# Six synchronisations: three files, the provenance, the directory; the sixth is of the parent, after the move.
@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("old", [False, True])
def test_whichever_write_fails_the_old_state_stays(tmp_path, monkeypatch, nth, code, old):
    place = tmp_path / "one"
    if old:
        run_directory.write_directory(place, FILES, {"seed": 1})
    with monkeypatch.context() as patch:
        failing(patch, "fsync", nth, code)
        with pytest.raises(EnvironmentFault, match="disk is full" if code == errno.ENOSPC else "cannot be written"):
            run_directory.write_directory(place, FILES, {"seed": 2}, force=old)
    assert everything_in(tmp_path) == (["one"] if old else [])
    if old:
        assert verified(place)["seed"] == 1


def test_a_writer_that_breaks_leaves_nothing(tmp_path):
    def broken(path: Path) -> None:
        path.write_text("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_directory.write_directory(tmp_path / "one", {**FILES, "map.parquet": broken}, {})
    assert everything_in(tmp_path) == []


def test_of_eight_runs_that_want_one_name_exactly_one_gets_it(tmp_path):
    def attempt(seed: int) -> int | None:
        try:
            run_directory.write_directory(tmp_path / "one", FILES, {"seed": seed})
        except InputError:
            return None
        return seed

    with ThreadPoolExecutor(8) as pool:
        winners = [seed for seed in pool.map(attempt, range(8)) if seed is not None]
    assert len(winners) == 1
    assert verified(tmp_path / "one")["seed"] == winners[0]
    assert everything_in(tmp_path) == ["one"]


def test_any_flipped_bit_is_noticed(tmp_path):
    place = run_directory.write_directory(tmp_path / "one", FILES, {"seed": 1})
    draw = random.Random(20)
    for name in (*FILES, run_directory.PROVENANCE):
        good = (place / name).read_bytes()
        for _ in range(60):
            bad = bytearray(good)
            bad[draw.randrange(len(bad))] ^= 1 << draw.randrange(8)
            (place / name).write_bytes(bad)
            with pytest.raises(IntegrityError, match="damaged") as fault:
                verified(place)
            assert name in fault.value.where
            assert fault.value.exit_code == 4
        (place / name).write_bytes(good)
    verified(place)


def test_a_missing_file_a_foreign_folder_and_a_later_format_each_say_so(tmp_path):
    place = run_directory.write_directory(tmp_path / "one", FILES, {})
    (place / "cells.parquet").unlink()
    with pytest.raises(IntegrityError, match="missing"):
        verified(place)
    with pytest.raises(InputError, match="not a run directory"):
        run_directory.read_provenance(tmp_path)
    content = run_directory.read_provenance(place) | {"format": 99}
    run_directory._sealed(content)(place / run_directory.PROVENANCE)
    with pytest.raises(InputError, match="format 99"):
        run_directory.read_provenance(place)


def test_a_provenance_that_names_files_elsewhere_is_damaged(tmp_path):
    place = run_directory.write_directory(tmp_path / "one", FILES, {})
    content = run_directory.read_provenance(place)
    content["files"]["../secret"] = {"bytes": 0, "sha256": ""}
    run_directory._sealed(content)(place / run_directory.PROVENANCE)
    with pytest.raises(IntegrityError):
        run_directory.read_provenance(place)


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"format": 1, "files": {}, "seal": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"format": 1, "files": [], "seal": "x"}',
        '{"format": 1, "files": {"a": 5}, "seal": "x"}',
        "[1, 2]",
        "5",
        "",
        "\ud800",
    ],
)
def test_a_provenance_of_any_nonsense_is_damaged_and_named(tmp_path, content):
    place = run_directory.write_directory(tmp_path / "one", FILES, {})
    (place / run_directory.PROVENANCE).write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(IntegrityError, match=r"one/provenance\.json: This file is missing, damaged") as caught:
        run_directory.read_provenance(place)
    assert caught.value.exit_code == 4


def test_a_sealed_provenance_of_another_form_is_damaged(tmp_path):
    place = run_directory.write_directory(tmp_path / "one", FILES, {})
    content = run_directory.read_provenance(place)
    for files in ([], {"a": 5}, {"a": {"bytes": 1}}, 7):
        run_directory._sealed(content | {"files": files})(place / run_directory.PROVENANCE)
        with pytest.raises(IntegrityError):
            run_directory.read_provenance(place)


def test_a_table_whose_description_is_nonsense_is_damaged(tmp_path):
    table = pa.table({"a": [1]})
    for said in (b"[" * 100_000, b"5", b"{}", b"\xff"):
        parquet.write_table(table.replace_schema_metadata({b"pandas": said}), tmp_path / "a.parquet")
        with pytest.raises(IntegrityError, match=r"a\.parquet"):
            run_directory.read_table(tmp_path / "a.parquet")


def test_a_file_added_later_is_recorded_and_leaves_the_rest_alone(tmp_path):
    place = run_directory.write_directory(tmp_path / "one", FILES, {"seed": 4})
    (place / "my_notes.txt").write_text("mine")
    for page in ("<p>one</p>", "<p>two</p>"):
        run_directory.add_file(place, "report.html", text(page))
        assert set(verified(place)["files"]) == {*FILES, "report.html"}
        assert (place / "report.html").read_text() == page
    assert (place / "my_notes.txt").read_text() == "mine"
    assert verified(place)["seed"] == 4


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("old", [(), ("<p>old</p>",)], ids=["first page", "page over another"])
def test_whichever_write_of_a_report_fails_the_run_and_the_page_that_was_there_stay(tmp_path, monkeypatch, code, old):
    """Two files and the folder are synchronised. Until the page has its name all is as it was, and then it is there."""
    place = run_directory.write_directory(tmp_path / "one", FILES, {"seed": 3})
    for page in old:
        run_directory.add_file(place, "report.html", text(page))
    before = {name: (place / name).read_bytes() for name in everything_in(place)}
    for name, n, unnoticed in (("fsync", 3, 2), ("replace", 2, 1)):
        for nth in range(1, n + 1):
            with monkeypatch.context() as patch:
                failed = failing(patch, name, nth, code)
                with pytest.raises(EnvironmentFault):
                    run_directory.add_file(place, "report.html", text("<p>new</p>"))
            assert failed
            if nth <= unnoticed:
                assert {name: (place / name).read_bytes() for name in everything_in(place)} == before
                verified(place)
            assert run_directory.read_provenance(place)["seed"] == 3
            assert everything_in(place) == sorted({*before, "report.html"} if nth > unnoticed else before)
            for name_of in FILES:
                run_directory.checked(place, name_of, run_directory.read_provenance(place))
            run_directory.add_file(place, "report.html", text("<p>new</p>"))
            assert (place / "report.html").read_text() == "<p>new</p>"
            verified(place)
            before = {name: (place / name).read_bytes() for name in everything_in(place)}


@settings(deadline=None, max_examples=30)
@given(
    numbers=st.lists(st.floats(allow_infinity=False), max_size=50),
    names=st.lists(st.sampled_from(["resting", "type_2a", "mature"]), min_size=50, max_size=50),
)
def test_a_table_comes_back_bit_for_bit(tmp_path_factory, numbers, names):
    frame = pd.DataFrame(
        {
            "hours": np.array(numbers, dtype=float),
            "ids": np.arange(len(numbers), dtype=np.uint64) + np.uint64(2**63),
            "state": pd.Categorical(names[: len(numbers)], categories=["resting", "type_2a", "mature"]),
        }
    )
    path = tmp_path_factory.mktemp("table") / "t.parquet"
    run_directory.write_table(frame, path)
    back = run_directory.read_table(path)
    assert list(back.columns) == list(frame.columns)
    assert back["hours"].to_numpy().tobytes() == frame["hours"].to_numpy().tobytes()
    assert back["ids"].tolist() == frame["ids"].tolist()
    assert back["state"].tolist() == frame["state"].tolist()


def test_a_damaged_page_is_noticed_even_without_the_hash(tmp_path):
    path = tmp_path / "t.parquet"
    run_directory.write_table(pd.DataFrame({"x": np.random.default_rng(1).normal(size=20_000)}), path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match="damaged"):
        run_directory.read_table(path)


WRITER = """
import sys
from pathlib import Path
from neurogen_abm.storage import run_directory
print("ready", flush=True)
for seed in range(10**9):
    files = {f"{i}.txt": lambda path: path.write_text(str(seed) * 5000) for i in range(3)}
    run_directory.write_directory(sys.argv[1], files, {"seed": seed}, force=True)
"""


def kill_at_random_moments(folder: Path, kills: int, seed: int) -> None:
    draw, target = random.Random(seed), folder / "one"
    for _ in range(kills):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(10 ** draw.uniform(-3.5, -1))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        if target.exists():
            found = verified(target)
            assert (target / "0.txt").read_text() == str(found["seed"]) * 5000
    assert target.exists()


def test_killed_at_any_moment_the_directory_is_whole(tmp_path):
    kill_at_random_moments(tmp_path, kills=12, seed=1)


@pytest.mark.slow
def test_killed_at_many_moments_the_directory_is_whole(tmp_path):
    kill_at_random_moments(tmp_path, kills=500, seed=2)


def test_the_provenance_reads_as_json_without_this_package(tmp_path):
    place = run_directory.write_directory(tmp_path / "one", FILES, {"title": "Läufer"})
    assert json.loads((place / "provenance.json").read_text())["title"] == "Läufer"
