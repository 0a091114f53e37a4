"""A directory is of one plan: what an earlier form of it left lies aside, and nothing else is written there."""

import shutil
import warnings
from pathlib import Path

import cheap
import pandas as pd
import pytest

from neurogen_abm.errors import EnvironmentFault, InputError
from neurogen_abm.experiments.execution import runs, workers
from neurogen_abm.experiments.execution.runner import Execution, Purpose, perform
from neurogen_abm.experiments.execution.runs import OldRunsWarning
from neurogen_abm.experiments.sweep import sweep as sweeps
from neurogen_abm.storage import ledger, run_directory


def draw(folder: Path, jobs=None, *, purpose=Purpose.ALONE, **options):
    options = {"work": cheap.draws, "purpose": purpose, **options}
    return perform(cheap.jobs(6) if jobs is None else jobs, Execution(folder, workers=0), **options)


def interrupted(_):
    raise KeyboardInterrupt


def held(folder: Path, area: str = "results") -> set[str]:
    """Return which jobs a person finds who reads the folder."""
    place = folder / area / "series"
    return set(pd.read_parquet(place)["job"]) if place.is_dir() and any(place.iterdir()) else set()


def keys(jobs) -> set[str]:
    return {job.key for job in jobs}


@pytest.mark.filterwarnings("ignore::neurogen_abm.experiments.execution.runs.OldRunsWarning")
def test_the_folder_holds_the_runs_of_the_plan_and_the_others_lie_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "_FIRST_WAIT_S", 0.0)
    old, new = cheap.jobs(6), cheap.jobs(4, age="9 wk")
    first = draw(tmp_path, old)
    for page in ("runs.csv", "report.html"):
        (tmp_path / page).write_text("of six")
    both = [*old[:2], *new]
    draw(tmp_path, both)
    assert held(tmp_path) == keys(both)
    assert held(tmp_path, "earlier") == keys(old[2:])
    assert not (tmp_path / "report.html").exists()
    assert (tmp_path / "earlier" / "runs.csv").read_text() == "of six"
    # Back to what it was: nothing is run again, and the tables are the same.
    back = draw(tmp_path, old, work=cheap.kills_its_worker)
    assert held(tmp_path) == keys(old)
    assert held(tmp_path, "earlier") == keys(new)
    for name in ("series", "assays"):
        pd.testing.assert_frame_equal(back.table(name), first.table(name))
    assert not (tmp_path / "orphans").exists()


def test_a_store_of_several_plans_keeps_all_of_them(tmp_path):
    draw(tmp_path, cheap.jobs(4), purpose=Purpose.STORE)
    draw(tmp_path, cheap.jobs(2), purpose=Purpose.STORE)
    assert held(tmp_path) == keys(cheap.jobs(4))


def test_a_crash_between_new_files_and_the_ledger_costs_nothing(tmp_path, monkeypatch):
    peace = draw(tmp_path).table("series")
    with monkeypatch.context() as patch:
        patch.setattr(ledger.Ledger, "divide", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            draw(tmp_path, cheap.jobs(3))
    again = draw(tmp_path, work=cheap.kills_its_worker)
    pd.testing.assert_frame_equal(again.table("series"), peace)
    assert held(tmp_path) == keys(cheap.jobs(6))


def test_a_sweep_whose_scenario_was_changed_is_read_from_its_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sweeps, "perform", lambda *a, **o: perform(*a, **o, work=cheap.draws))
    plan = {
        "name": "stale",
        "scenario": "mouse_generated_running",
        "set": {"duration": "2 d", "tissue": {"septotemporal": "300 um", "transverse": "300 um"}},
        "axes": {"activity[0].distance": ["2 km/d", "6 km/d"]},
        "seeds": 2,
    }
    sweeps.sweep(plan, tmp_path / "runs", workers=0)
    older = {**plan, "set": {**plan["set"], "age": "20 wk"}}
    with pytest.warns(OldRunsWarning, match=r"4 of the runs asked for were finished before under other settings"):
        found = sweeps.sweep(older, tmp_path / "runs", workers=0)
    assert held(tmp_path / "runs") == set(found.series["job"])
    assert len(found.series) == len(pd.read_parquet(tmp_path / "runs" / "results" / "series"))


def test_runs_of_another_version_are_told_until_none_waits(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(runs, "software", lambda: "0.0.9+0123456789ab")
        draw(tmp_path, title="sweep a")
    new = cheap.jobs(6, age="9 wk")
    told = pytest.warns(OldRunsWarning, match=r"holds 6 finished runs of another version of the model \(0\.0\.9")
    with told, pytest.raises(KeyboardInterrupt):
        draw(tmp_path, new, title="sweep a", work=interrupted)
    with pytest.warns(OldRunsWarning, match=r"holds 6 finished runs of another version of the model \(0\.0\.9"):
        draw(tmp_path, new, title="sweep a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(tmp_path, new, title="sweep a")


def test_a_fit_says_nothing_of_the_same_animals_with_other_numbers(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(tmp_path, purpose=Purpose.SEARCH)
        draw(tmp_path, cheap.jobs(6, age="9 wk"), purpose=Purpose.SEARCH)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory) -> dict[str, Path]:
    """A directory of every kind of results."""
    top, text = tmp_path_factory.mktemp("kinds"), {"a.txt": lambda path: path.write_text("a")}
    run_directory.write_directory(top / "run", text, {"seed": 1})
    run_directory.write_directory(top / "sensitivity" / "indices", text, {"sweep": "a"})
    run_directory.write_directory(top / "fit" / "fit", text, {"calibration": "a"})
    for place, title in (("sweep", "sweep a"), ("sensitivity/runs", "sweep a"), ("fit/animals", "fit a")):
        draw(top / place, cheap.jobs(1), title=title)
    draw(top / "study" / "animals", cheap.jobs(1), title="studies")
    return {folder.name: folder for folder in top.iterdir()}


# Where each command keeps its runs below the directory it is given, and the title.
RUNS_OF = {
    "sweep": ("", "sweep a"),
    "compare": ("", "compare a b"),
    "study": ("animals", "studies"),
    "design": ("animals", "design a"),
    "sensitivity": ("runs", "sweep a"),
    "fit": ("animals", "fit a"),
    "another fit": ("animals", "fit b"),
}


@pytest.mark.parametrize("there", ["run", "sweep", "study", "sensitivity", "fit"])
@pytest.mark.parametrize("comes", RUNS_OF)
def test_no_kind_is_written_into_the_directory_of_another(kinds, tmp_path, there, comes):
    if comes == there:
        return
    place, (inner, title) = shutil.copytree(kinds[there], tmp_path / there), RUNS_OF[comes]
    before = sorted(file.relative_to(place) for file in place.rglob("*"))
    with pytest.raises(InputError) as refusal:
        draw(place / inner, cheap.jobs(1), title=title)
    assert refusal.value.code in ("other-results", "other-sweep", "output-not-a-sweep")
    assert sorted(file.relative_to(place) for file in place.rglob("*")) == before


@pytest.mark.parametrize("inner", ["", "x", "results/series/x"])
@pytest.mark.parametrize("there", ["sweep", "study", "sensitivity/indices", "fit/fit"])
def test_a_run_replaces_nothing_of_another_kind_and_is_not_written_inside(kinds, there, inner):
    if there == "study" and inner:
        return
    place = kinds[there.split("/")[0]].joinpath(*there.split("/")[1:]) / inner
    with pytest.raises(InputError) as refusal:
        run_directory.check_target(place, force=True)
    assert refusal.value.code in ("other-results", "output-not-a-run")


def test_a_page_elsewhere_replaces_nothing_of_a_sweep(kinds):
    with (
        pytest.raises(InputError, match="part of the results"),
        run_directory.new_file(kinds["sweep"] / "ledger.sqlite", force=True),
    ):
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "tcp://nowhere.invalid:1"])
def test_a_scheduler_that_does_not_answer_leaves_no_directory(tmp_path, monkeypatch, address):
    monkeypatch.setattr(workers, "_CONNECT_S", 0.5)
    with pytest.raises(EnvironmentFault, match="No Dask scheduler answers"):
        perform(cheap.jobs(1), Execution(tmp_path / "a" / "b", scheduler=address), work=cheap.draws)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_of_other_things_stays_untouched(tmp_path):
    (tmp_path / "thesis.tex").write_text("three years")
    with pytest.raises(InputError, match="holds other things"):
        draw(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]
