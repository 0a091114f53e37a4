"""Many animals: what two workers are worth, what the machine lets two processes do, what a run costs besides itself."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from benchmarks.animals import patch, runner
from benchmarks.measures.starting import installed
from benchmarks.rows import Pair, Row, best, row_of_pair, row_of_ratio, seconds, seconds_of_thread
from benchmarks.sizes import FULL, ROOT, Size
from neurogen_abm.experiments.execution.runner import Execution, Job, Keep, Workers, perform, simulate
from neurogen_abm.experiments.studies import planning
from neurogen_abm.experiments.studies.study import replay
from neurogen_abm.experiments.sweep import designs
from neurogen_abm.experiments.sweep.sweep import sweep as run_sweep
from neurogen_abm.run import run
from neurogen_abm.spec.scenario.scenario import prepare
from neurogen_abm.spec.study.study import load_study, study_names
from neurogen_abm.spec.sweep import Sweep, load_sweep
from neurogen_abm.spec.yaml.writer import write

_CARD_TISSUE = "1000 um x 850 um"
# A day of a small patch: it loads every kernel, and is what the measurement is tried with.
_SHORT = {
    "schema": 1,
    "name": "short",
    "scenario": runner("1 d", tissue=patch(300.0, 300.0)),
    "axes": {"age": {"values": ["8 wk", "9 wk"]}},
    "seeds": 2,
    "keep": {"series": "all"},
}


def sweep(size: Size) -> list[Row]:
    """Two workers against one process and a loop, two plain processes against one, and runs that do nothing."""
    rows = two_workers(load_sweep("distance_by_age" if size == FULL else _SHORT))
    return [*rows, command(size), ceiling(size), *overhead(size)]


def many(size: Size) -> list[Row]:
    """The report card of all studies, and a posterior of a thousand animals, each on two workers from their start."""
    return [report_card(size), posterior(size)]


def report_card(size: Size) -> Row:
    """Every shipped study with eight animals an arm, on patches of tissue, against the time of its runs alone."""
    names, pairs = (study_names(), 8) if size == FULL else (["clark2010"], 1)
    plans = [planning.plan(load_study(name), pairs=pairs, tissue=_CARD_TISSUE) for name in names]
    with tempfile.TemporaryDirectory() as folder:
        clock = time.perf_counter()
        found = replay(plans, Path(folder) / "animals", workers=2)
        whole = time.perf_counter() - clock
    n = sum(len(one.plan.jobs[arm]) for one in found for arm in one.plan.jobs)
    name = f"report card, {len(found)} studies, {pairs} animals an arm"
    against = f"{n} animals, {whole / n:.2f} s each; per worker and animal"
    return row_of_ratio(name, whole, "s", 2 * whole / n, against, target="<= 75 s", met=whole <= 75.0)


def posterior(size: Size) -> Row:
    """Runner and sedentary twin under many draws of the shipped posterior."""
    draws, seeds = (124, 4) if size == FULL else (2, 2)
    asked = {
        "schema": 1,
        "name": "posterior",
        "scenario": runner("28 d" if size == FULL else "1 d", tissue=patch(900.0, 600.0)),
        "axes": {"activity[0].distance": {"values": ["0 km/d", "6 km/d"]}},
        "seeds": seeds,
        "keep": {"series": ["new_neurons"], "every": "1 d"},
    }
    with tempfile.TemporaryDirectory() as folder:
        clock = time.perf_counter()
        found = run_sweep(asked, Path(folder) / "posterior", workers=2, posterior=draws)
        whole = time.perf_counter() - clock
    assert found.outcome.complete
    n = len(found.outcome.runs)
    against = f"{n / whole:.1f} animals per second; per worker and animal"
    return row_of_ratio(f"posterior of {n} animals, 28 d, 900 x 600 um", whole, "s", 2 * whole / n, against)


@dataclass(frozen=True)
class Course:
    """How long a sweep on two workers took, s: until they had loaded their kernels, the runs, until they had gone."""

    start: float
    runs: float
    stop: float
    busy: float  # share of the runs' time in which a worker was at work
    processor: float  # time of driver and workers together during the runs
    again: float  # until other workers of the same program were there


def two_workers(plan: Sweep) -> list[Row]:
    """A sweep on two workers between the halves of the loop over `run` that a person would write.

    Efficiency is over the same sweep in one process, which shares pasts between twins as the workers do.
    """
    lives = [(point, seed) for point in designs.points(plan) for seed in plan.seeds]
    middle = len(lives) // 2
    _loop(plan, lives[:1])  # compiled, and in cache
    before = _timed_loop(plan, lives[:middle])
    here = _timed(lambda: _in_this_process(plan))
    course = _course(plan)
    after = _timed_loop(plan, lives[middle:])
    loop = before[0] + after[0]
    serial, spent = here
    name = f"sweep of {len(lives)} runs, 2 workers"
    against = f"the same sweep in one process, {serial:.1f} s; parallel efficiency"
    whole = course.start + course.runs + course.stop
    warm, cold, kept = serial / (2 * course.runs), serial / (2 * whole), spent / course.processor
    busy = f"workers busy {100 * course.busy:.1f} %"
    parts = f"start with loading of kernels {course.start:.1f} s, end {course.stop:.1f} s; "
    parts += f"workers started later by the same program {course.again:.1f} s"
    of_loop = f"that of the sweep in one process, {spent:.1f} s; share not lost"
    alone = f"a loop over run, {loop:.1f} s; how many times faster"
    return [
        row_of_ratio(f"sweep of {len(lives)} runs in one process", serial, "s", loop / serial, alone),
        row_of_ratio(name, course.runs, "s", warm, against, target=">= 0.9", met=warm >= 0.9, note=busy),
        row_of_ratio(
            f"{name}, their start and end included",
            whole,
            "s",
            cold,
            against,
            target=">= 0.95",
            met=cold >= 0.95,
            note=parts,
        ),
        row_of_ratio(f"{name}, processor time of all", course.processor, "s", kept, of_loop, note="driver included"),
    ]


def command(size: Size) -> Row:
    """The sweep as a person types it: imports, plan, two workers, tables."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "short.yaml"
        file.write_text(write(_SHORT))
        name = "distance_by_age" if size == FULL else str(file)
        words = "sweep", name, "--workers", "2", "--no-report", "--out", f"{folder}/runs"
        environment = installed(f"{folder}/bytecode")
        short = [sys.executable, "-m", "neurogen_abm", "sweep", str(file), "--no-report", "--workers"]
        times = []
        for number, workers in enumerate(("2", "2", "0")):  # the first finds no bytecode
            once = [*short, workers, "--out", f"{folder}/{number}"]
            times.append(seconds(partial(_quietly, once, environment)))
        whole = seconds(partial(_quietly, [sys.executable, "-m", "neurogen_abm", *words], environment))
    against = f"one of four runs, {times[1]:.1f} s; how many times longer"
    note = f"of the four runs in one process {times[2]:.1f} s"
    name = "neurogen sweep of 200 runs, 2 workers, from the command to its end"
    return row_of_ratio(name, whole, "s", whole / times[1], against, target="<= 10 s", met=whole <= 10.0, note=note)


def _quietly(words: list[str], environment: dict[str, str]) -> None:
    subprocess.run(words, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _timed_loop(plan: Sweep, lives: list[tuple[dict[str, Any], int]]) -> tuple[float, float]:
    """Return wall and processor time of the loop, s."""
    return _timed(lambda: _loop(plan, lives))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor time of one call, s."""
    spent = time.process_time()
    wall = seconds(work)
    return wall, time.process_time() - spent


def _in_this_process(plan: Sweep) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert run_sweep(plan, Path(folder) / "here", workers=0).outcome.complete


def _loop(plan: Sweep, lives: list[tuple[dict[str, Any], int]]) -> None:
    for point, seed in lives:
        run(plan.scenario, seed, {**plan.changes, **point})


def _course(plan: Sweep) -> Course:
    with tempfile.TemporaryDirectory() as folder:
        clock = time.perf_counter()
        with Workers(2) as workers:
            warm = run_sweep(_SHORT, Path(folder) / "warm", workers=workers)
            assert warm.outcome.runs["worker"].nunique() == 2, "a worker has not loaded its kernels"
            spent, began = _processor_s(psutil.Process()), time.perf_counter()
            found = run_sweep(plan, Path(folder) / "sweep", workers=workers)
            spent, ended = _processor_s(psutil.Process()) - spent, time.perf_counter()
        assert found.outcome.complete
        busy = found.outcome.runs["seconds"].sum() / (2 * (ended - began))
        stopped = time.perf_counter()
        with Workers(2):
            again = time.perf_counter() - stopped
        return Course(began - clock, ended - began, stopped - ended, busy, spent, again)


_PLAIN = """
import sys, time
from neurogen_abm.run import run
days, n = sys.argv[1], int(sys.argv[2])
def lives():
    for seed in range(n):
        tissue = {"septotemporal": "900 um", "transverse": "600 um"}
        run("mouse_generated_running", seed, {"duration": days, "tissue": tissue})
lives()
for _ in sys.stdin:
    clock = time.perf_counter()
    lives()
    print(time.perf_counter() - clock, flush=True)
"""


def ceiling(size: Size) -> Row:
    """Two plain processes with the same runs, at once and one alone: what no scheduler can better on this machine."""
    words = [sys.executable, "-c", _PLAIN, *(("28 d", "30") if size == FULL else ("1 d", "1"))]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, bufsize=1) for _ in range(2)]
    times = []
    try:
        for _ in range(size.repeats):
            alone = _times(processes[:1])
            times.append((max(_times(processes)), alone[0]))
    finally:
        for process in processes:
            process.communicate()
    pair = Pair([both for both, _ in times], [alone for _, alone in times])
    return row_of_pair(
        "two plain processes at once", best(pair.a), "s", pair, f"one of them alone, {best(pair.b):.1f} s; efficiency"
    )


def _times(processes: list["subprocess.Popen[str]"]) -> list[float]:
    """Let processes begin their runs together, and return how long each took, s."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [float(process.stdout.readline()) for process in processes if process.stdout is not None]


def nothing(job: Job) -> dict[str, pd.DataFrame]:
    """Return two rows without living: what is left of a sweep is its overhead."""
    return {"series": pd.DataFrame({"time_h": [0.0, 1.0], "seed": job.resolved.scenario.seed})}


def overhead(size: Size) -> list[Row]:
    """What a run of many costs besides itself: jobs that do nothing, against a week of a small patch."""
    base = prepare(runner("7 d", tissue=patch(300.0, 300.0), outputs={"cells": False}))
    n, n_apart = (200, 20_000) if size == FULL else (4, 4)
    jobs = [Job.of(prepare(base, seed), Keep()) for seed in range(1, n + 1)]
    simulate(jobs[0])  # compiled, and in cache
    here, runs = [], []
    for _ in range(size.repeats):
        with tempfile.TemporaryDirectory() as folder:
            here.append(
                seconds_of_thread(lambda: perform(jobs, Execution(Path(folder) / "sweep", workers=0), work=nothing)) / n
            )
        runs.append(seconds_of_thread(lambda: simulate(jobs[0])))
    pair = Pair(runs, here)
    against = f"a week of 300 x 300 um, {best(runs):.2f} s"
    some = (Job.of(prepare(base, seed), Keep()) for seed in range(1, n_apart + 1))
    apart, wall, grown = _apart(some, n_apart)
    note = f"{n_apart} runs; processor time of driver and workers together, {1e3 * wall:.1f} ms by the wall; "
    note += f"memory of driver and workers grew by {grown:.0f} MB"
    return [
        row_of_pair("overhead of one run of a sweep", 1e3 * best(here), "ms", pair, against, note=f"{n} runs"),
        row_of_ratio(
            "overhead of one run, 2 workers",
            1e3 * apart,
            "ms",
            apart / best(runs),
            against,
            target="< 20 ms",
            met=apart < 0.020,
            note=note,
        ),
    ]


def _apart(jobs: Any, n: int) -> tuple[float, float, float]:
    """Return processor and wall time of runs that do nothing on two workers, s a run, and how memory grew, MB."""
    driver = psutil.Process()
    with tempfile.TemporaryDirectory() as folder, Workers(2) as workers:
        few = [Job.of(prepare(runner("7 d"), seed), Keep()) for seed in range(1, 21)]
        perform(few, Execution(Path(folder) / "warm", workers=workers), work=nothing)
        spent, clock, held = _processor_s(driver), time.perf_counter(), _memory_mb(driver)
        perform(jobs, Execution(Path(folder) / "sweep", workers=workers), work=nothing)
        times = (_processor_s(driver) - spent) / n, (time.perf_counter() - clock) / n
        return *times, _memory_mb(driver) - held


def _processor_s(driver: psutil.Process) -> float:
    """Return the processor time of a process and its children so far, s."""
    times = [process.cpu_times() for process in (driver, *driver.children(recursive=True))]
    return sum(t.user + t.system for t in times)


def _memory_mb(driver: psutil.Process) -> float:
    """Return the resident memory of a process and its children, MB."""
    return sum(process.memory_info().rss for process in (driver, *driver.children(recursive=True))) / 1e6
