"""What is measured, one function a question; each returns the rows of the table that answer it.

A figure that depends on the machine stands beside another taken in the same minutes, so that the ratio carries over.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pandas as pd

from benchmarks.animals import STEM_20_000, Crowd, crowd, patch, runner, young_world
from benchmarks.machine import triad_bytes_per_s
from benchmarks.numpy_gyrus import NumpyGyrus
from benchmarks.rows import Pair, Row, best, in_turns, seconds, seconds_of_thread
from neurogen_abm.biology import fates
from neurogen_abm.engine import field
from neurogen_abm.engine.cells import SCHEMA
from neurogen_abm.engine.program import fill_factors
from neurogen_abm.experiments.jobs import Job, Keep, perform, simulate
from neurogen_abm.lowering import lower
from neurogen_abm.lowering.lineage import diffusion_and_decay
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.scenario import prepare

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Size:
    """How much of everything is done: the full measurement, or a small one that shows that it works."""

    repeats: int
    patch_um: tuple[float, float]
    patch_days: int
    end_to_end_days: int
    rows: tuple[int, ...]  # cells of the bare kernel
    year_days: int
    human: dict[str, Any]
    triad: int
    tissue: Any = "whole"


FULL = Size(5, (1000.0, 1000.0), 10, 20, (60_000, 2_000_000, 20_000_000), 365, {"tissue": "whole"}, 20_000_000)
SMALL = Size(2, (200.0, 150.0), 2, 1, (2_000, 4_000), 2, {"duration": "1 d"}, 100_000, patch(300.0, 300.0))


def _ratio_row(name: str, value: float, unit: str, pair: Pair, against: str, **rest: Any) -> Row:
    return Row(name, value, unit, pair.ratio, against, pair.ratios[0], pair.ratios[-1], **rest)


def _row(name: str, value: float, unit: str, ratio: float, against: str, **rest: Any) -> Row:
    """Return a row of a ratio taken once."""
    return Row(name, value, unit, ratio, against, ratio, ratio, **rest)


def against_reference(size: Size) -> list[Row]:
    """Engine against the model as plain Mesa agents: the same patch day by day in turns, the same cells at the end."""
    sys.path.insert(0, str(ROOT / "tests/reference"))
    from reference_model import ReferenceModel
    from test_engine_equals_reference import assert_same_tissue

    model = NeurogenesisModel(runner(f"{size.patch_days} d", tissue=patch(*size.patch_um)))
    reference = ReferenceModel(lower(model.spec))
    copied = _copy(model)
    copied.step()  # compiled, and in cache
    cell_steps = 0
    times = []
    for _ in range(size.patch_days):
        cell_steps += 24 * model.world.n
        times.append((seconds_of_thread(lambda: _steps(model, 24)), seconds_of_thread(lambda: _steps(reference, 24))))
    assert_same_tissue(model.world, reference)
    pair = Pair([t[0] for t in times], [t[1] for t in times])
    total = sum(pair.b) / sum(pair.a)
    speed = cell_steps / sum(pair.a)
    slow = cell_steps / sum(pair.b)
    return [
        Row(
            "engine against plain-Mesa reference",
            speed / 1e6,
            "M cell-steps/s",
            total,
            f"reference, {slow / 1e6:.3g} M cell-steps/s",
            pair.ratios[0],
            pair.ratios[-1],
            ">= 300 times",
            total >= 300.0,
            f"{model.world.n} cells at the end, all the same; {size.patch_days} days of {size.patch_um} um",
        )
    ]


def _copy(model: NeurogenesisModel) -> NeurogenesisModel:
    import copy

    return copy.deepcopy(model)


def _steps(model: Any, n: int) -> None:
    for _ in range(n):
        model.step()


def end_to_end(size: Size) -> list[Row]:
    """A running animal of 20,000 stem cells on one thread, everything included, against careful numpy."""
    rows = []
    numba.set_num_threads(1)
    for name, age in (("from the first stem cells on", "30 d"), ("with their progeny", "8 wk")):
        scenario = runner(f"{size.end_to_end_days} d", age=age, tissue=size.tissue, parameters=STEM_20_000)
        model = NeurogenesisModel(scenario)
        numpy_gyrus = NumpyGyrus(model.world)
        done = [0, 0]
        pair = in_turns(*_twelve_hours(model, numpy_gyrus, done), 2 * size.end_to_end_days)
        assert abs(numpy_gyrus.n / model.world.n - 1.0) < 0.2, "numpy has left the model"
        speed, base = done[0] / sum(pair.a), done[1] / sum(pair.b)
        pair = Pair(pair.a, [b * done[0] / done[1] for b in pair.b])  # numpy's animal is another one, as large
        note = f"{model.world.n} cells after {size.end_to_end_days} days"
        against = f"careful numpy, {base / 1e6:.3g} M cell-steps/s"
        rest = {"target": ">= 100 M/s", "met": speed >= 1e8, "note": note}
        what = f"end to end, 20,000 stem cells {name}"
        rows.append(_ratio_row(what, speed / 1e6, "M cell-steps/s", pair, against, **rest))
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    return rows


def _twelve_hours(
    model: NeurogenesisModel, gyrus: NumpyGyrus, done: list[int]
) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return half a day of each; the gyrus in numpy is given what the muscle of the model did, and both count cells."""
    heard: list[tuple[float, float]] = []

    def ours() -> None:
        heard.clear()
        for _ in range(12):
            done[0] += model.world.n
            model.step()
            m = model.muscle
            heard.append(m.physiology.pathway.folds(m.niche_fold, m.exerkine_rise, m.hippocampal_activity))

    def theirs() -> None:
        for folds in heard:
            done[1] += gyrus.n
            gyrus.step(*folds)

    return ours, theirs


def bytes_touched(crowd: Crowd) -> float:
    """Return the bytes that deciding must touch, mean of the rows: what is written counts twice, read and written back.

    State, site, class of the site and event of every cell; a reserve or a clock; a neuron's reserve, clock and birth.
    The tables they are looked up in stay in cache.
    """
    width = {name: np.dtype(column.dtype).itemsize for name, column in SCHEMA.items()}
    every = width["state"] + width["site"] + 1 + 2 * 1
    one = 2 * width["reserve"]
    state = crowd.cells.state
    neuron = (state >= fates.IMMATURE_EARLY) & (state <= fates.MATURING)
    birth = neuron | (state == fates.TYPE_3)
    return float(every + one + one * neuron.mean() + width["birth_h"] * birth.mean())


def kernel(size: Size) -> list[Row]:
    """The bare kernel at several sizes, on one thread and two, against the bandwidth of the memory."""
    world = young_world()
    rows, alone = [], {}
    for n in size.rows:
        cells = crowd(world, n)
        for threads in (1, 2)[: numba.config.NUMBA_NUM_THREADS]:
            numba.set_num_threads(threads)
            row, speed = _kernel_row(cells, threads, size)
            numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
            if threads == 1:
                alone[n], target, met = speed, ">= 400 M/s", speed >= 4e8
            else:
                gain, wanted = _gain(cells, size), 1.6 if n >= 1_000_000 else 0.95
                target, met = f"{'>= 1.6' if wanted > 1 else '>= 1'} times one thread: {gain:.2f}", gain >= wanted
            rows.append(replace(row, target=target, met=met))
    return [*rows, _exponent(alone)]


def _kernel_row(cells: Crowd, threads: int, size: Size) -> tuple[Row, float]:
    """Return a row without its verdict, and the best speed, cell-steps/s."""
    parallel, clock = (False, seconds_of_thread) if threads == 1 else (None, seconds)
    touched, n_calls = bytes_touched(cells), max(1, 4_000_000 // cells.n)
    speeds, shares = [], []
    cells.decide(parallel)
    for _ in range(size.repeats):
        bandwidth = triad_bytes_per_s(threads, size.triad, 3)
        speeds.append(cells.n * n_calls / clock(lambda: [cells.decide(parallel) for _ in range(n_calls)]))
        shares.append(speeds[-1] * touched / bandwidth)
    note = f"{touched:.1f} bytes a cell-step; triad {bandwidth / 1e9:.1f} GB/s"
    name = f"kernel, {cells.n:.0e} cells, {threads} thread{'s' * (threads > 1)}"
    speed, share = max(speeds), statistics.median(shares)
    row = Row(name, speed / 1e6, "M cell-steps/s", share, "triad bandwidth", min(shares), max(shares), note=note)
    return row, speed


def _gain(cells: Crowd, size: Size) -> float:
    """Return how many times faster the kernel is where two threads may work than on one, by the wall, in turns."""
    n_calls = max(1, 4_000_000 // cells.n)

    def calls(parallel: bool | None) -> Callable[[], None]:
        def call() -> None:
            for _ in range(n_calls):
                cells.decide(parallel)

        return call

    numba.set_num_threads(2)
    pair = in_turns(calls(None), calls(False), size.repeats, seconds)
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    return pair.ratio


def _exponent(speed: dict[int, float]) -> Row:
    """Fit time = constant x cells^exponent to the one-thread figures."""
    sizes = np.log(list(speed))
    slope = float(np.polyfit(sizes, sizes - np.log(list(speed.values())), 1)[0])
    name = f"exponent of cost in cells, {min(speed):.0e} to {max(speed):.0e}"
    spread = max(speed.values()) / min(speed.values())
    return _row(name, slope, "", spread, "fastest size over slowest", target="1, linear", met=abs(slope - 1.0) < 0.05)


def the_field(size: Size) -> list[Row]:
    """The field of a run (a pattern times a level), and the full solution of every voxel, which it stands for."""
    model = NeurogenesisModel(runner("1 d", tissue=size.tissue))
    world, value = model.world, model.spec.value
    diffusion, decay = diffusion_and_decay(value)
    fine = field.refinement(world.grid.pitch_um, field.decay_length_um(diffusion, decay))
    source = np.repeat(np.repeat(np.repeat(world.grid.capillary.astype(float), fine, 0), fine, 1), fine, 2)
    now = source.copy()
    voxels = source.size

    def level() -> None:
        for _ in range(200):
            fold = (world.niche.local + world.niche.vascular * 1.2 * world.classes.pattern) / world.rest_level
            habituation = world.habituation.copy()
            fill_factors(world.effects, fold, world.classes.weight, habituation, 1.0, world.tissue.factors)

    def solve() -> None:
        field.advance(now, source, 3600.0, world.grid.pitch_um / fine, diffusion, decay)

    level()
    pair = in_turns(level, solve, size.repeats)
    bandwidth = triad_bytes_per_s(1, size.triad, 3)
    run_ns, full_ns = best(pair.a) / 200 / voxels * 1e9, best(pair.b) / voxels * 1e9
    bound_ns = 16.0 / bandwidth * 1e9
    pair = Pair([a / 200 for a in pair.a], pair.b)
    return [
        _ratio_row(
            "field of a run, with its effects on rates",
            run_ns,
            "ns a voxel and step",
            pair,
            "full solution, times dearer",
            target="<= 5 ns",
            met=run_ns <= 5.0,
            note=f"{best(pair.a) * 1e6:.0f} us a step for {voxels} voxels: 64 classes of sites instead",
        ),
        _row(
            "full solution (cosine transform)",
            full_ns,
            "ns a voxel and step",
            full_ns / bound_ns,
            f"reading and writing each voxel once, {bound_ns:.2g} ns",
            note="not part of a run; tests hold the run's field against it",
        ),
    ]


def a_year(size: Size) -> list[Row]:
    """One year of a running mouse from a name to its tables, against the same cell-steps in the bare kernel."""
    made: list[NeurogenesisModel] = []
    building = seconds_of_thread(
        lambda: made.append(NeurogenesisModel(runner(f"{size.year_days} d", tissue=size.tissue)))
    )
    model, cell_steps = made[0], 0
    cells = crowd(model.world, model.world.n)
    cells.decide()
    bare = best([seconds_of_thread(cells.decide) for _ in range(50)]) / cells.n

    def live() -> None:
        nonlocal cell_steps
        while model.running:
            cell_steps += model.world.n
            model.step()

    running = seconds_of_thread(live)
    tables = seconds_of_thread(lambda: (model.series_frame(), model.cells_frame(), model.map_frame()))
    total, kernel_time = building + running + tables, cell_steps * bare
    name = "one year" if size.year_days == 365 else f"{size.year_days} days"
    return [
        _row(
            f"{name}, mouse gyrus, 1 h steps",
            total,
            "s",
            total / kernel_time,
            f"deciding alone, {kernel_time:.2f} s",
            target="<= 10 s, aim 5",
            met=total <= 10.0,
            note=f"lowering and history {building:.1f} s, run {running:.1f} s, tables {tables:.1f} s; "
            f"{cell_steps / 1e6:.0f} M cell-steps",
        )
    ]


def human(size: Size) -> list[Row]:
    """A human gyrus, 15 million granule cells of development as its background: one week after its history."""
    made: list[NeurogenesisModel] = []
    keys = {"duration": "7 d"} | size.human
    building = seconds(lambda: made.append(NeurogenesisModel("human_daily_life", **keys)))
    model = made[0]
    steps = model.n_steps
    history = model.world.steps
    running = seconds_of_thread(lambda: _steps(model, steps))
    per_cell = running / steps / model.world.n
    cells = crowd(model.world, model.world.n)
    cells.decide()
    bare = best([seconds_of_thread(cells.decide) for _ in range(20)]) / cells.n
    return [
        _row(
            f"human gyrus, {model.world.n_developmental / 1e6:.1f} M granule cells in the background",
            1e3 * running / steps,
            "ms a step",
            per_cell / bare,
            f"deciding alone, {1e3 * bare * cells.n:.2f} ms",
            note=f"{model.world.n} cells tracked; sheet, field and {history} steps of history took {building:.0f} s",
        )
    ]


def recording(size: Size) -> list[Row]:
    """A recorded step against the same step of the gyrus alone."""
    model = NeurogenesisModel(runner("40 d", tissue=size.tissue))
    twin = _copy(model)
    days = 1 if size.year_days < 365 else 4

    def gyrus() -> None:
        for _ in range(24 * days):
            twin.world.step()

    pair = in_turns(gyrus, lambda: _steps(model, 24 * days), size.repeats)
    face = [(b - a) / (24 * days) * 1e6 for a, b in zip(pair.a, pair.b, strict=True)]
    note = "muscle, blood, series every step, Mesa; the recorder alone in the next row"
    alone = seconds_of_thread(lambda: [model._record() for _ in range(200)]) / 200
    step = best(pair.b) / (24 * days)
    return [
        _ratio_row("all but the gyrus in a step", min(face), "us a step", pair, "a step of the gyrus alone", note=note),
        _row("recording one row of the series", alone * 1e6, "us", alone / step, "a whole step"),
    ]


def _python(code: str, **environment: str) -> Callable[[], None]:
    def call() -> None:
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env={**os.environ, **environment})

    return call


def starting(size: Size) -> list[Row]:
    """Import time against Mesa's own, and the first run with an empty cache of compiled kernels against the second."""
    imports = in_turns(_python("import mesa"), _python("import neurogen_abm.model"), size.repeats, seconds)
    first = f"import neurogen_abm.model as m; m.NeurogenesisModel({runner('1 d', tissue=patch(200.0, 200.0))!r}).step()"
    times = []
    for _ in range(1 if size is SMALL else 2):
        with tempfile.TemporaryDirectory() as folder:
            cold = seconds(_python(first, NUMBA_CACHE_DIR=folder))
            times.append((seconds(_python(first, NUMBA_CACHE_DIR=folder)), cold))
    compiling = Pair([t[0] for t in times], [t[1] for t in times])
    cost = min(b - a for a, b in times)
    return [
        _ratio_row("import of the model", best(imports.b), "s", imports, f"import mesa, {best(imports.a):.2f} s"),
        _ratio_row("compiling all kernels, once", cost, "s", compiling, f"a later start, {best(compiling.a):.2f} s"),
    ]


def memory(size: Size) -> list[Row]:
    """Bytes a tracked cell takes in the engine's columns, its place in the agenda included."""
    world = NeurogenesisModel(runner("1 d", tissue=size.tissue)).world
    columns = sum(column.nbytes for column in world.cells) / len(world.cells.id)
    agenda = sum(column.nbytes for column in world.agenda) / len(world.cells.id)
    total = columns + agenda
    room = len(world.cells.id) / world.n
    return [
        _row(
            "memory of a tracked cell",
            total,
            "bytes",
            total / 64.0,
            "64 bytes",
            target="< 64 bytes",
            met=total < 64.0,
            note=f"{columns:.0f} in its columns, {agenda:.1f} in the agenda; {room:.2f} rows allocated a cell now",
        )
    ]


def nothing(job: Job) -> dict[str, pd.DataFrame]:
    """Return two rows without living: what is left of a sweep is its overhead."""
    return {"series": pd.DataFrame({"time_h": [0.0, 1.0], "seed": job.resolved.scenario.seed})}


def sweep(size: Size) -> list[Row]:
    """What a run of many costs besides itself: jobs that do nothing, against a week of a small patch."""
    base = prepare(runner("7 d", tissue=patch(300.0, 300.0), outputs={"cells": False}))
    n = 200 if size is FULL else 4
    jobs = [Job.of(prepare(base, seed), Keep()) for seed in range(1, n + 1)]
    simulate(jobs[0])  # compiled, and in cache
    overheads, runs = [], []
    for _ in range(size.repeats):
        with tempfile.TemporaryDirectory() as folder:
            overheads.append(
                seconds_of_thread(lambda: perform(jobs, Path(folder) / "sweep", workers=0, task=nothing)) / n
            )
        runs.append(seconds_of_thread(lambda: simulate(jobs[0])))
    pair = Pair(runs, overheads)
    against = f"a week of 300 x 300 um, {best(runs):.2f} s"
    return [_ratio_row("overhead of one run of a sweep", 1e3 * best(overheads), "ms", pair, against, note=f"{n} runs")]


MEASURES: dict[str, Callable[[Size], list[Row]]] = {
    "reference": against_reference,
    "end_to_end": end_to_end,
    "kernel": kernel,
    "field": the_field,
    "year": a_year,
    "human": human,
    "recording": recording,
    "start": starting,
    "memory": memory,
    "sweep": sweep,
}
