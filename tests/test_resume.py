"""Runs that are stopped, killed, or meet a full disk go on to the same tables; whatever cannot go on says why."""

import datetime
import errno
import io
import multiprocessing
import os
import pty
import random
import shutil
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from neurogen_abm import (
    Checkpoints,
    InputError,
    IntegrityError,
    NeurogenesisModel,
    Result,
    checkpoints,
    doctor,
    resume,
    run,
    scenario_names,
)
from neurogen_abm.checkpoints import NAMES, CheckpointWarning, Keeper, Origin, UnfinishedError, folder_of
from neurogen_abm.commands import progress, signals
from neurogen_abm.commands.exit_codes import report_fault
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.report.pages.run import render
from neurogen_abm.run import TABLES
from neurogen_abm.scene.lived import live_again
from neurogen_abm.spec.scenario.scenario import prepare
from neurogen_abm.storage import atomic, checkpoint, run_directory
from neurogen_abm.storage.checkpoint import Content
from neurogen_abm.trust.findings import FAULT
from tests.conftest import patch_scenario
from tests.experiments.power import Replay, failing, recorded

RUNNER = patch_scenario((300.0, 300.0), duration="2 d", activity=[{"kind": "wheel", "distance": "6 km/d"}])
HOURLY = {"every": "1 h", "wall_time": None}
NOW_AND_THEN = {"every": "6 h", "wall_time": None}


@pytest.fixture(scope="module")
def whole() -> Result:
    return run(RUNNER)


@pytest.fixture(autouse=True, scope="module")
def unpaced() -> Iterator[None]:
    """Checkpoints of a run of a tenth of a second may take all of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "SHARE", 1e9)
        yield


def same(found: Result, expected: Result) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name), check_exact=True, obj=name)


def stopped(folder: Path, times: int, scenario: Any = RUNNER, every: str | None = "6 h") -> Path:
    """Leave a run after it was seen so many times, every some hours or days, with its checkpoints in a folder."""
    asked = iter([False] * (times - 1) + [True])
    with pytest.raises(UnfinishedError, match="Interrupted on day") as left:
        run(scenario, checkpoints=Checkpoints(folder, every=every, wall_time=None, stop=lambda: next(asked)))
    assert left.value.exit_code == 130
    assert f'resume("{folder}")' in left.value.cure
    return folder


@pytest.fixture(scope="module")
def stopped_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stopped(tmp_path_factory.mktemp("stopped") / "a.unfinished", 5)


@pytest.fixture
def left(stopped_once: Path, tmp_path: Path) -> Path:
    """A run that was stopped after 30 of its 48 h, with checkpoints of that hour and of hour 24."""
    return Path(shutil.copytree(stopped_once, tmp_path / "a.unfinished"))


def flip(file: Path, place: int = -100) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(bytes(data))


def newest(folder: Path) -> Path:
    return checkpoints.candidates(folder)[0]


def test_a_run_that_was_stopped_goes_on_to_the_same_tables(left, whole):
    found = resume(left)
    same(found, whole)
    assert [entry["day"] for entry in found.provenance["resumed"]] == [1.25]
    same(resume(left), whole)  # the animal at its end was kept


def test_checkpoints_change_nothing_and_a_run_without_any_writes_nothing(tmp_path, whole, monkeypatch):
    same(run(RUNNER, checkpoints=Checkpoints(tmp_path / "b", **NOW_AND_THEN)), whole)
    assert all((tmp_path / "b" / name).is_file() for name in NAMES)
    run(RUNNER, checkpoints=Checkpoints(tmp_path / "c", at_end=False))
    assert not (tmp_path / "c").exists()


def test_a_run_can_be_stopped_over_and_over(tmp_path, whole):
    folder = stopped(tmp_path / "a", 5, every="1 h")
    for _ in range(3):
        asked = iter([False] * 8 + [True])
        with pytest.raises(UnfinishedError):
            resume(folder, checkpoints=Checkpoints(folder, stop=lambda asked=asked: next(asked), **HOURLY))
    found = resume(folder)
    same(found, whole)
    assert [entry["day"] * 24 for entry in found.provenance["resumed"]] == [5, 14, 23, 32]


def test_the_checkpoint_before_takes_the_place_of_a_damaged_one(left, whole):
    flip(newest(left))
    with pytest.warns(CheckpointWarning, match="damaged.* of day 1: what was lived after that is lived again"):
        same(resume(left), whole)


def test_the_later_moment_of_the_life_counts_and_not_the_time_of_the_file(left, whole):
    """A copy, a restored backup or a wrong clock gives files other times."""
    older, newer = sorted(NAMES, key=lambda name: checkpoint.about(left / name)["minute"])
    os.utime(left / newer, (1.0, 1.0))
    os.utime(left / older, (2e9, 2e9))
    found = resume(left)
    same(found, whole)
    assert [entry["day"] for entry in found.provenance["resumed"]] == [1.25]


def test_a_checkpoint_whose_header_is_damaged_is_spoken_of_though_its_moment_is_not_known(left, whole):
    flip(left / NAMES[0], 30)
    flip(left / NAMES[0], 31)
    with pytest.warns(CheckpointWarning, match=r"header is not what was written.* The other one is used, of day"):
        same(resume(left), whole)


def test_where_both_are_damaged_nothing_is_made_up(left):
    for name in NAMES:
        flip(left / name)
    with pytest.raises(IntegrityError, match="Neither checkpoint can be used") as fault:
        resume(left)
    assert "scenario.yaml" in fault.value.cure


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_again(left, whole):
    for name in NAMES:
        (left / name).unlink()
    with pytest.warns(CheckpointWarning, match="from its beginning"):
        same(resume(left), whole)


def test_checkpoints_of_another_animal_are_not_taken(left, tmp_path, whole):
    other = stopped(tmp_path / "b", 7, RUNNER | {"seed": 2})
    shutil.copy(newest(other), newest(left))
    with pytest.warns(CheckpointWarning, match="another scenario, or of another animal"):
        same(resume(left), whole)


def rewritten(file: Path, **about: Any) -> None:
    content = checkpoint.read(file)
    file.write_bytes(checkpoint.packed(Content(content.about | about, content.arrays, content.plain)))


def test_what_another_version_began_is_refused_unless_it_is_meant(left, whole, monkeypatch):
    then = checkpoints.made_with() | {"neurogen_abm": "9.9.9+0123"}
    monkeypatch.setattr("neurogen_abm.resumption.made_with", lambda: then)
    with pytest.raises(InputError, match=r"here 9\.9\.9") as refusal:
        resume(left)
    assert "other_version=True" in refusal.value.cure
    assert str(left / "scenario.yaml") in refusal.value.cure
    found = resume(left, other_version=True)
    same(found, whole)
    assert found.provenance["begun_with"] == checkpoints.made_with()


def test_another_catalogue_is_refused_unless_it_is_meant(left, whole, monkeypatch):
    """Whoever means it goes on by the numbers with which the run began; no branch does."""
    from neurogen_abm.spec.scenario import resolve

    real = resolve.load_catalogue
    monkeypatch.setattr(resolve, "load_catalogue", lambda *a, **k: resolve.replace(real(*a, **k), digest="0" * 64))
    with pytest.raises(InputError, match="another catalogue") as refusal:
        resume(left)
    assert "other_version=True" in refusal.value.cure
    with pytest.raises(InputError, match="another catalogue"):
        resume(left, {"activity": []}, other_version=True)
    found = resume(left, other_version=True)
    same(found, whole)
    assert found.provenance["begun_with"]["catalogue"] == whole.provenance["catalogue_digest"]


def test_a_scenario_that_was_edited_is_refused(left):
    file = left / "scenario.yaml"
    file.write_text(file.read_text().replace("6 km/d", "9 km/d"))
    with pytest.raises(IntegrityError, match="not the one that was written") as refusal:
        resume(left)
    assert "Put it back as it was" in refusal.value.cure  # what was edited would not give the same tables
    assert [fault.cure for fault in doctor(left).findings if fault.level == FAULT] == [refusal.value.cure]


def test_a_later_format_is_refused_by_its_number(left, monkeypatch):
    monkeypatch.setattr(checkpoint, "FORMAT", 1)
    monkeypatch.setattr(checkpoint, "_KNOWN", {1})
    with pytest.raises(InputError, match="format 2; this version of neurogen_abm reads format 1"):
        resume(left)


@pytest.mark.parametrize("change", [lambda plain: plain.pop("world/steps"), lambda plain: plain.update(used=7)])
def test_a_checkpoint_whose_digests_fit_and_that_holds_no_animal_is_refused(left, change):
    for name in NAMES:
        content = checkpoint.read(left / name)
        change(content.plain)
        (left / name).write_bytes(checkpoint.packed(content))
    with pytest.raises(IntegrityError, match="Neither checkpoint"):
        resume(left)


def test_a_branch_lives_as_its_changes_say_and_leaves_the_run_alone(left, whole):
    before = {file.name: file.read_bytes() for file in left.iterdir()}
    still = resume(left, {"activity": [], "duration": "3 d"})
    assert {file.name: file.read_bytes() for file in left.iterdir()} == before
    assert still.series["day"].iloc[-1] == 3.0
    shared = still.series["time_h"] <= 30
    pd.testing.assert_frame_equal(still.series[shared], whole.series[: shared.sum()], check_exact=True)
    assert still.series["distance_km"].iloc[-1] == still.series["distance_km"][30]
    (branched,) = still.provenance["branched"]
    assert (branched["run"], branched["day"]) == ("a", 1.25)
    assert branched["scenario_digest"] == whole.resolved.digest != still.resolved.digest
    assert " · until day 1.25 the life of a<" in render(still)


def test_a_branch_can_be_stopped_and_branched_again(left, tmp_path):
    """The beginning under the first scenario is no longer in the scenario of the branch."""
    unbroken = resume(left, {"activity": [], "duration": "3 d"})
    asked = iter([False] * 10 + [True])
    wish = Checkpoints(tmp_path / "b", stop=lambda: next(asked), **HOURLY)
    with pytest.raises(UnfinishedError):
        resume(left, {"activity": [], "duration": "3 d"}, checkpoints=wish)
    found = resume(tmp_path / "b")
    same(found, unbroken)
    assert [entry["day"] for entry in found.provenance["branched"]] == [1.25]
    again = resume(tmp_path / "b", {"duration": "4 d"})
    assert len(again.provenance["branched"]) == 2


def test_a_branch_goes_on_though_it_reads_no_more_what_was_set_for_the_time_before(tmp_path):
    """A number of running stands in the scenario of a branch that does not run; it decided what lies behind."""
    left = stopped(tmp_path / "a", 1, RUNNER | {"parameters": {"physiology.wheel.day_to_day_cv": 0.3}})
    asked = iter([False, True])
    changes = {"activity": []}
    with pytest.raises(UnfinishedError):
        resume(left, changes, checkpoints=Checkpoints(tmp_path / "b", stop=lambda: next(asked), **NOW_AND_THEN))
    same(resume(tmp_path / "b"), resume(left, changes))


def test_a_branch_without_a_checkpoint_is_never_lived_from_the_beginning_of_its_scenario(left, tmp_path):
    """That would be a life that never ran, under the name of one that stopped running."""
    wish = Checkpoints(tmp_path / "b", stop=lambda: True, **NOW_AND_THEN)
    with pytest.raises(UnfinishedError):
        resume(left, {"activity": []}, checkpoints=wish)
    newest(tmp_path / "b").unlink()
    with pytest.raises(InputError, match="No checkpoint of this branch") as refusal:
        resume(tmp_path / "b")
    assert "branch again from a, as on day 1.25" in refusal.value.cure


def test_checkpoints_without_a_provenance_are_named_by_every_command(neurogen, file, left, tmp_path):
    (left / "provenance.json").unlink()
    said = "no provenance.json says of which run they are"
    for words in (("resume", "a"), ("run", file, "--out", "a"), ("run", file, "--out", "a", "--force")):
        told = neurogen(*words, "--no-report")
        assert (told.code, said in told.err) == (4, True), words
    assert said in neurogen("doctor", "a.unfinished").out
    left.rename(tmp_path / "aside")  # as the cure says
    assert neurogen("run", "aside/scenario.yaml", "--out", "a", "--no-report").code == 0


@pytest.mark.parametrize("n_left", [1, 2])
def test_the_command_that_starts_a_run_without_a_whole_checkpoint_anew_is_told_and_does(neurogen, left, whole, n_left):
    for file in checkpoints.candidates(left)[n_left:]:
        file.unlink()
    for file in checkpoints.candidates(left):
        flip(file)
    told = neurogen("resume", "a")
    assert told.code == 4
    command = "neurogen run a.unfinished/scenario.yaml --out a --force"
    assert f"`{command}` starts it anew." in told.err
    assert f"`{command}` starts it anew." in neurogen("doctor", "a.unfinished").out
    assert neurogen(*command.split()[1:], "--no-report").code == 0
    same(Result.load("a"), whole)


def test_what_people_put_beside_checkpoints_stays_when_the_run_is_finished(neurogen, left):
    (left / "mine").mkdir()
    assert neurogen("resume", "a", "--no-report").code == 0
    assert [place.name for place in left.iterdir()] == ["mine"]


@pytest.mark.parametrize("finished", [False, True])
def test_a_branch_never_replaces_the_run_it_comes_from(neurogen, left, finished):
    if finished:
        assert neurogen("resume", "a", "--keep-checkpoint", "--no-report").code == 0
    place = Path("a") if finished else left
    before = {file.name: file.read_bytes() for file in place.iterdir()}
    told = neurogen("resume", "a", "--branch", "a", "--set", "duration=3 d", "--force")
    assert (told.code, "would replace it here" in told.err) == (2, True)
    with pytest.raises(InputError, match="would replace it here"):
        resume("a", {"duration": "3 d"}, checkpoints=Checkpoints(place, force=True))
    assert {file.name: file.read_bytes() for file in place.iterdir()} == before


def test_a_branch_is_not_lived_again_from_its_scenario_alone(left):
    branch = resume(left, {"activity": []})
    with pytest.raises(InputError, match=r"Until day 1\.25 this is the life of a:"):
        live_again(branch)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sex": "male"}, "`sex` cannot change within a life"),
        ({"seed": 3}, "`seed` cannot change within a life"),
        ({"step": "30 min"}, "`step` cannot change within a life"),
        ({"sex": "male", "age": "9 wk"}, "`sex`, `age` cannot change within a life"),
        ({"duration": "1 d"}, "ends before this moment"),
        ({"labels": [{"agent": "BrdU", "dose": "50 mg/kg", "at": "40 h"}]}, "`labels` cannot change within a life"),
    ],
)
def test_a_branch_stays_the_same_animal(left, changes, words):
    with pytest.raises(InputError, match=words):
        resume(left, changes)


def test_a_run_never_begins_over_an_unfinished_one(left, whole):
    with pytest.raises(InputError, match="An unfinished run lies here") as refusal:
        run(RUNNER, checkpoints=Checkpoints(left, **HOURLY))
    assert "resume(" in refusal.value.cure
    (left / "notes.txt").write_text("mine")
    same(run(RUNNER, checkpoints=Checkpoints(left, force=True, **HOURLY)), whole)
    assert (left / "notes.txt").read_text() == "mine"
    checkpoints.remove(left)
    assert [file.name for file in left.iterdir()] == ["notes.txt"]


def test_what_replaces_an_unfinished_run_is_never_taken_for_it(left):
    """Killed before its first checkpoint it leaves nothing of the other, which under its name would go on."""

    def killed(at):
        if at.phase == "running":
            raise ZeroDivisionError

    (left / "notes.txt").write_text("mine")
    with pytest.raises(ZeroDivisionError):
        run(RUNNER | {"seed": 2}, progress=killed, checkpoints=Checkpoints(left, force=True))
    with pytest.warns(CheckpointWarning, match="lived from its beginning"):
        assert resume(left).provenance["seed"] == 2
    assert (left / "notes.txt").read_text() == "mine"


def test_two_never_go_on_with_one_run_at_once(left):
    def again(_):
        with pytest.raises(EnvironmentFault, match="Another driver works in this directory") as refusal:
            resume(left)
        assert "another place" not in refusal.value.cure  # which would not help
        assert "A run that a process lives at this moment." in [fault.what for fault in doctor(left).findings]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        resume(left, progress=again)


def test_there_must_be_something_to_go_on_with(tmp_path, whole):
    with pytest.raises(InputError, match="no unfinished run here"):
        resume(tmp_path)
    saved = whole.save(tmp_path / "done").directory
    with pytest.raises(InputError, match="was not kept"):
        resume(saved)
    (tmp_path / "ledger.sqlite").touch()
    with pytest.raises(InputError, match="no unfinished run here") as refusal:
        resume(tmp_path)
    assert "the command that made them" in refusal.value.cure


@pytest.mark.parametrize("text", ["soon", "3 km", "-1 d", "0 d"])
def test_a_time_that_is_none_is_refused_before_anything_runs(tmp_path, text):
    with pytest.raises(InputError, match="every"):
        Checkpoints(tmp_path / "a", every=text)


def test_checkpoints_wait_where_they_would_slow_the_run(tmp_path, monkeypatch):
    written: list[int] = []
    monkeypatch.setattr(checkpoints, "SHARE", 0.04)
    monkeypatch.setattr(atomic, "write_file", lambda place, write: (time.sleep(0.5), written.append(1)))
    run(RUNNER, checkpoints=Checkpoints(tmp_path / "a", every="1 h", at_end=False))
    assert written == [1]


# Disks that are full, and those that lose power


@pytest.fixture(scope="module")
def animal() -> NeurogenesisModel:
    model = NeurogenesisModel(RUNNER)
    for _ in range(12):
        model.step()
    return model


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize(("name", "n"), [("fsync", 10), ("replace", 3), ("mkdir", 1), ("rename", 1)])
def test_whichever_write_fails_what_was_kept_stays_whole(tmp_path, monkeypatch, animal, name, n, code):
    """Of the folder and two checkpoints; the first that fails without any before only warns."""
    origin = Origin({}, {}, datetime.datetime.now(datetime.UTC))
    for nth in range(1, n + 1):
        folder, kept, stopped_by = tmp_path / str(nth), 0, None
        with monkeypatch.context() as patch, warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            with Keeper(Checkpoints(folder, **NOW_AND_THEN), animal.spec, origin) as keeper:
                failed = failing(patch, name, nth, code)
                try:
                    for _ in range(3):
                        keeper._write(animal, must=False)
                        kept = len(checkpoints.candidates(folder))
                except EnvironmentFault as fault:
                    stopped_by = fault
        assert failed, nth
        found = [checkpoint.read(file) for file in checkpoints.candidates(folder)]
        if stopped_by is None:
            assert len(found) <= 1  # a whole one, if only its name may not yet be on disk
            assert "goes on without" in str(said[0].message)
        else:
            assert stopped_by.exit_code == 3
            assert "the checkpoint of day 0.5 is kept" in stopped_by.cure
            assert len(found) >= kept >= 1


def test_a_disk_that_fills_up_stops_the_run_and_it_goes_on_once_there_is_room(tmp_path, monkeypatch, whole):
    folder = tmp_path / "a"
    with monkeypatch.context() as patch:
        failing(patch, "fsync", 9, errno.ENOSPC)
        with pytest.raises(EnvironmentFault, match="disk is full") as fault:
            run(RUNNER, checkpoints=Checkpoints(folder, **NOW_AND_THEN))
    assert "the checkpoint of day" in fault.value.cure
    same(resume(folder), whole)


def test_who_removes_the_checkpoints_on_the_way_is_not_told_that_they_are_kept(tmp_path):
    def gone(at: Any) -> None:
        if at.phase == "running" and at.step == 24:
            shutil.rmtree(tmp_path / "b")

    with pytest.raises(EnvironmentFault, match="cannot be written") as left:
        run(RUNNER, progress=gone, checkpoints=Checkpoints(tmp_path / "b", **NOW_AND_THEN))
    assert left.value.cure.endswith("nothing was kept.")


def test_a_full_disk_says_what_is_needed_and_free(left, monkeypatch):
    monkeypatch.setattr(run_directory.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1234))
    with pytest.raises(EnvironmentFault, match=r"needs up to [\d,]+ bytes of disk and 1,234 are free") as fault:
        resume(left, checkpoints=Checkpoints(left, **HOURLY))
    assert "the checkpoint of day 1.25 is kept" in fault.value.cure


def minutes_kept(left: Path) -> int:
    """Return the last minute of a life of which a whole checkpoint is left, every one of them whole; 0 without one."""
    folder = left / "runs" / "a"
    kept = checkpoints.candidates(folder) if folder.exists() else []
    if kept:
        run_directory.checked(folder, "scenario.yaml", run_directory.read_provenance(folder))
    return max((checkpoint.read(file).about["minute"] for file in kept), default=0)


@pytest.mark.parametrize("n", [120, pytest.param(20_000, marks=pytest.mark.slow)])
def test_whenever_the_power_goes_the_run_goes_on(tmp_path, n):
    """After the first checkpoint is written there is always a whole one, and never a torn one under its name."""
    root, ends = tmp_path / "disk", list[int]()
    root.mkdir()
    real = atomic.write_file
    with recorded(root) as disk, pytest.MonkeyPatch.context() as patch:

        def noted(place: Path, write: Any) -> Path:
            found = real(place, write)
            ends.append(len(disk.states))
            return found

        patch.setattr(atomic, "write_file", noted)
        stopped(root / "runs" / "a", 6, every="1 h")
    assert len(ends) == 6
    for step, minutes in Replay(disk, tmp_path / "left", minutes_kept).cuts(n):
        assert minutes >= 60 * sum(end <= step for end in ends)


def kept_alive(folder: Path) -> None:
    """Go on with a run, or begin it; a process of its own, to be killed."""
    checkpoints.SHARE = 1e9
    wish = Checkpoints(folder, **HOURLY)
    warnings.simplefilter("ignore", CheckpointWarning)
    resume(folder, checkpoints=wish) if folder.exists() else run(RUNNER, checkpoints=wish)


def killed_until_done(folder: Path, kills: int, luck: random.Random) -> int:
    """Kill a run at random instants until it ends, or was killed so often; return how often."""
    fork = multiprocessing.get_context("fork")  # the model is loaded and compiled already
    for killed in range(kills):
        process = fork.Process(target=kept_alive, args=(folder,))
        process.start()
        process.join(10 ** luck.uniform(-2.0, 0.3))
        if process.exitcode is not None:
            assert process.exitcode == 0
            return killed
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    return kills


def test_a_run_that_is_killed_at_random_goes_on_to_the_same_tables(tmp_path, whole):
    folder = tmp_path / "a"
    assert killed_until_done(folder, 5, random.Random(3)) >= 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckpointWarning)
        same(resume(folder) if folder.exists() else run(RUNNER), whole)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_thirty_kills_lose_nothing(tmp_path, whole, seed):
    """Three hundred kills together."""
    luck, killed, number = random.Random(seed), 0, 0
    while killed < 30:
        folder, number = tmp_path / str(number), number + 1
        killed += killed_until_done(folder, 30 - killed, luck)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CheckpointWarning)
            same(resume(folder) if folder.exists() else run(RUNNER), whole)


@pytest.mark.slow
def test_a_year_of_a_whole_gyrus_takes_less_than_ten_megabytes(tmp_path):
    """It was 18.6 MB when every cell that ever lived was written with its id and that of its mother."""
    year = prepare("mouse_sedentary", changes={"duration": "365 d", "outputs": {"cadence": "24 h"}})
    model = NeurogenesisModel(year)
    model.run_model()
    assert model.world.population.n_ended > 500_000
    assert len(checkpoint.packed(checkpoints.content_of(model, {}))) < 10e6


QUICK = ("mouse_pulse_chase", "human_bed_rest", "mouse_vicious_circle")
SIZE = {"septotemporal": "1200 um", "transverse": "300 um"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in scenario_names()]
)
def test_every_shipped_scenario_goes_on_to_the_same_tables(tmp_path, name):
    resolved = prepare(name, changes={"tissue": SIZE})
    stopped(tmp_path / "a", round(resolved.scenario.duration_h / 48), resolved, every=None)
    same(resume(tmp_path / "a"), run(resolved))


# The command line


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "scenarios").mkdir()
    place = tmp_path / "scenarios" / "patch.yaml"
    place.write_text(prepare(RUNNER).to_yaml())
    return str(place)


def signalled(patch: pytest.MonkeyPatch, number: int, times: int = 1) -> None:
    """Let a signal reach this process at the end of the first day of a run."""
    after_steps = Keeper.after_steps

    def noisy(self: Keeper, model: NeurogenesisModel) -> None:
        if model.muscle.minute == 24 * 60:
            for _ in range(times):
                os.kill(os.getpid(), number)
        after_steps(self, model)

    patch.setattr(Keeper, "after_steps", noisy)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_keeps_the_animal_and_the_command_it_names_goes_on(
    neurogen, file, tmp_path, monkeypatch, whole, number
):
    with monkeypatch.context() as patch:
        signalled(patch, number)
        told = neurogen("run", file, "--no-report")
    assert (told.code, told.out) == (130, "")
    assert "day 1 of 2" in told.err
    assert "`neurogen resume runs/patch-seed1`" in told.err
    assert [folder.name for folder in (tmp_path / "runs").iterdir()] == ["patch-seed1.unfinished"]
    again = neurogen("run", file, "--no-report")
    assert again.code == 2
    assert "`neurogen resume runs/patch-seed1`" in again.err
    report = neurogen("report", "runs/patch-seed1.unfinished")
    assert report.code == 2
    assert "not finished" in report.err
    told = neurogen("resume", "runs/patch-seed1", "--no-report")
    assert (told.code, told.err) == (0, "")
    same(Result.load("runs/patch-seed1"), whole)
    assert [folder.name for folder in (tmp_path / "runs").iterdir()] == ["patch-seed1"]
    over = neurogen("resume", "runs/patch-seed1")
    assert over.code == 2
    assert "--keep-checkpoint" in over.err


def test_a_second_signal_leaves_at_once_and_what_was_kept_stays(neurogen, file, monkeypatch, whole):
    def left(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr("neurogen_abm.commands.progress.os._exit", left)
    often = ("--checkpoint-every", "12 h", "--checkpoint-wall-time", "never")
    with monkeypatch.context() as patch:
        signalled(patch, signal.SIGINT, 2)
        said: list[bytes] = []
        patch.setattr(os, "write", lambda _, words: said.append(words))
        patch.setattr(progress, "ONE_WISH_S", 0.0)
        assert neurogen("run", file, "--no-report", *often).code == 130
    assert "the last checkpoint is kept: `neurogen resume runs/patch-seed1` goes on." in said[1].decode()
    assert neurogen("resume", "runs/patch-seed1", "--no-report").code == 0
    found = Result.load("runs/patch-seed1")
    same(found, whole)
    assert [entry["day"] for entry in found.provenance["resumed"]] == [0.5]


def test_a_signal_that_arrives_twice_is_one_wish(neurogen, file, monkeypatch):
    """`timeout`, a shell that closes, and programs that pass on a Ctrl-C send two; the animal is kept all the same."""
    monkeypatch.setattr("neurogen_abm.commands.progress.os._exit", pytest.fail)
    signalled(monkeypatch, signal.SIGHUP, 2)
    assert neurogen("run", file, "--no-report").code == 130
    assert len(checkpoints.candidates(Path("runs/patch-seed1.unfinished"))) == 1


def test_a_run_that_is_stopped_after_its_terminal_has_gone_is_kept(neurogen, file, monkeypatch, whole):
    """So is one whose reader, such as `tee`, was ended by the same Ctrl-C."""
    readable, gone = os.pipe()
    os.close(readable)
    kept = os.dup(2)
    os.dup2(gone, 2)
    try:
        with monkeypatch.context() as patch:
            signalled(patch, signal.SIGINT)
            assert neurogen("run", file, "--no-report").code == 130
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(gone)
    assert neurogen("resume", "runs/patch-seed1", "--no-report").code == 0
    same(Result.load("runs/patch-seed1"), whole)


def test_progress_on_a_terminal_that_has_gone_is_no_fault_of_the_machine():
    """A sweep that is drawing its bar would end with the code of a broken disk."""
    here, terminal = pty.openpty()
    kept = os.dup(2)
    os.dup2(terminal, 2)
    os.close(terminal)
    try:
        os.close(here)
        with pytest.raises(OSError, match="Input/output error"):
            os.write(2, b"gone")
        with pytest.raises(KeyboardInterrupt), signals.answered(signal.default_int_handler):
            signal.raise_signal(signal.SIGHUP)
        assert os.write(2, b"10 of 200 animals") > 0
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def test_a_terminal_that_closes_ends_a_server_as_sigterm_does():
    heard: list[int] = []
    with signals.answered(signal.default_int_handler), signals.ending_as_asked():
        before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))  # as the server of a page
        signal.raise_signal(signal.SIGHUP)
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


def test_a_run_that_was_started_not_to_end_with_its_terminal_does_not(neurogen, file, monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        signalled(monkeypatch, signal.SIGHUP)
        assert neurogen("run", file, "--no-report").code == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_error_that_nobody_can_be_told_still_has_its_code(monkeypatch):
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    kept = os.dup(2)
    try:
        monkeypatch.setattr(sys, "stderr", Gone())
        assert report_fault(InputError("No.")) == 2
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def test_a_finished_run_whose_animal_was_kept_has_branches(neurogen, file, tmp_path, whole):
    assert neurogen("run", file, "--no-report", "--keep-checkpoint").code == 0
    branch = ("resume", "runs/patch-seed1", "--branch", "runs/longer", "--no-report")
    told = neurogen(*branch, "--set", "duration=3 d")
    assert (told.code, told.err) == (0, "")
    assert "until day 2 this is the life of runs/patch-seed1" in told.out
    longer = run(RUNNER | {"duration": "3 d"})
    pd.testing.assert_frame_equal(Result.load("runs/longer").series, longer.series, check_exact=True)
    assert not list((tmp_path / "runs").glob("*.unfinished"))
    # Its scenario alone does not tell what came before, and says so wherever it is read as one.
    for reads in (("validate",), ("describe", "--methods")):
        told = neurogen(*reads, "runs/longer/scenario.yaml")
        assert told.code == 0
        assert "that of a branch, until day 2 the life of patch-seed1, which it does not tell" in told.err
    assert "branch" not in neurogen("validate", "runs/patch-seed1/scenario.yaml").err
    assert neurogen(*branch, "--set", "duration=3 d").code == 2  # it is there
    other = neurogen("resume", "runs/patch-seed1", "--branch", "runs/other", "--set", "sex=male")
    assert other.code == 2
    assert "`sex` cannot change within a life" in other.err
    assert not (tmp_path / "runs" / "other").exists()


def test_a_branch_that_was_interrupted_says_of_which_run_it_is_when_it_goes_on(neurogen, left, monkeypatch):
    with monkeypatch.context() as patch:
        after_steps = Keeper.after_steps
        patch.setattr(Keeper, "after_steps", lambda self, model: (os.kill(os.getpid(), 15), after_steps(self, model)))
        assert neurogen("resume", "a", "--branch", "b", "--set", "activity=[]", "--set", "duration=4 d").code == 130
    told = neurogen("resume", "b", "--no-report")
    assert (told.code, told.err) == (0, "")
    assert "until day 1.25 this is the life of a." in told.out


@pytest.mark.parametrize("words", [("--branch", "b"), ("--set", "duration=3 d")])
def test_a_branch_needs_a_place_and_a_change(neurogen, words):
    told = neurogen("resume", "a", *words)
    assert told.code == 2
    assert "--branch and --set belong together" in told.err


def test_tables_that_cannot_be_written_leave_the_checkpoint(neurogen, file, monkeypatch, whole):
    def full(*_: object, **__: object) -> None:
        raise EnvironmentFault("The disk is full.", where="runs", cure="Free some space.", code="disk-full")

    with monkeypatch.context() as patch:
        patch.setattr(Result, "save", full)
        told = neurogen("run", file, "--no-report", "--checkpoint-every", "12 h")
    assert told.code == 3
    assert "Free some space. The last checkpoint is kept: `neurogen resume runs/patch-seed1` goes on." in told.err
    assert neurogen("resume", "runs/patch-seed1", "--no-report").code == 0
    same(Result.load("runs/patch-seed1"), whole)


def test_a_disk_without_room_for_the_tables_is_refused_before_anything_is_lived(neurogen, file, left, monkeypatch):
    lived: list[NeurogenesisModel] = []
    monkeypatch.setattr(NeurogenesisModel, "__init__", lambda self, *_, **__: lived.append(self))
    monkeypatch.setattr(NeurogenesisModel, "restored", lambda *_: lived.append(_))
    monkeypatch.setattr(run_directory.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    for words in (("run", file, "--out", "r"), ("resume", "a")):
        told = neurogen(*words)
        assert told.code == 3
        assert "1,048,576 bytes of disk and 1,000 are free" in told.err
    assert lived == []


def test_the_folder_lies_beside_the_directory_of_the_run(tmp_path, monkeypatch):
    assert folder_of(Path("runs/a")) == Path("runs/a.unfinished")
    (tmp_path / "runs" / "a").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "runs" / "a")
    assert folder_of(Path()) == tmp_path / "runs" / "a.unfinished"
    assert folder_of(Path("..")) == tmp_path / "runs.unfinished"
    for here in (".", "..", "/"):
        with pytest.raises(InputError, match="no unfinished run here"):
            resume(here)


def test_a_run_goes_on_from_within_its_folder(left, whole, monkeypatch):
    monkeypatch.chdir(left)
    same(resume("."), whole)
