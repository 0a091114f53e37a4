"""Whole animals: against plain Mesa and careful numpy, a year, a human, and what recording costs."""

import copy
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numba

from benchmarks.animals import STEM_20_000, crowd, patch, runner
from benchmarks.numpy_gyrus import NumpyGyrus
from benchmarks.rows import Pair, Row, best, in_turns, row_of_pair, row_of_ratio, seconds, seconds_of_thread
from benchmarks.sizes import ROOT, Size
from neurogen_abm.lowering import lower
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.scenario.scenario import ResolvedScenario, prepare


def against_reference(size: Size) -> list[Row]:
    """Engine against the model as plain Mesa agents: the same patch in turns, the same cells at the end."""
    sys.path.insert(0, str(ROOT / "tests/reference"))
    from reference_model import ReferenceModel
    from test_engine_equals_reference import assert_same_tissue

    rows, turn = [], 24 * size.turn_days
    for *patch_um, days in size.patches:
        seldom = {"cadence": "1 d"}  # the reference writes nothing down
        model = NeurogenesisModel(runner(f"{days} d", tissue=patch(*patch_um), outputs=seldom))
        reference = ReferenceModel(lower(model.spec))
        _steps(_copy(model), 24)  # all that happens in a day is compiled, and in cache
        cell_steps = 0
        pair = Pair([], [])
        for _ in range(days // size.turn_days):
            cell_steps += turn * model.world.population.n
            pair.a.append(seconds_of_thread(lambda model=model: _steps(model, turn)))
            pair.b.append(seconds_of_thread(lambda reference=reference: _steps(reference, turn)))
        assert_same_tissue(model.world, reference)
        slow = cell_steps / sum(pair.b)
        name = f"engine against plain-Mesa reference, {patch_um[0] / 1e3:g} x {patch_um[1] / 1e3:g} mm"
        against = f"reference, {slow / 1e6:.3g} M cell-steps/s"
        note = f"{model.world.population.n} cells at the end, all the same; {days} days"
        rest = {"target": ">= 300 times", "met": pair.ratio >= 300.0, "note": note}
        rows.append(row_of_pair(name, cell_steps / sum(pair.a) / 1e6, "M cell-steps/s", pair, against, **rest))
    return rows


def end_to_end(size: Size) -> list[Row]:
    """A running animal of 20,000 stem cells on one thread, everything included, against careful numpy."""
    rows = []
    numba.set_num_threads(1)
    for name, age in (("from the first stem cells on", "30 d"), ("with their progeny", "8 wk")):
        scenario = runner(f"{size.end_to_end_days} d", age=age, tissue=size.tissue, parameters=STEM_20_000)
        model = NeurogenesisModel(scenario)
        numpy_gyrus = NumpyGyrus(model.world)
        for live in _days(*copy.deepcopy((model, numpy_gyrus)), [0, 0], size.turn_days):
            live()  # all that happens is compiled, and in cache
        done, twin, turns = [0, 0], copy.deepcopy(model), size.end_to_end_days // size.turn_days
        pair = in_turns(*_days(model, numpy_gyrus, done, size.turn_days), turns)
        assert abs(numpy_gyrus.n / model.world.population.n - 1.0) < 0.2, "numpy has left the model"
        speed, base = done[0] / sum(pair.a), done[1] / sum(pair.b)
        pair = Pair(pair.a, [b * done[0] / done[1] for b in pair.b])  # numpy's animal is another one, as large
        note = f"{model.world.population.n} cells after {size.end_to_end_days} days"
        against = f"careful numpy, {base / 1e6:.3g} M cell-steps/s"
        rest = {"target": ">= 200 M/s", "met": speed >= 2e8, "note": note}
        what = f"end to end, 20,000 stem cells {name}"
        rows.append(row_of_pair(what, speed / 1e6, "M cell-steps/s", pair, against, **rest))
        rows.append(_in_spans(what, twin, size.turn_days, pair))
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    return rows


def _in_spans(name: str, model: NeurogenesisModel, days: int, step_by_step: Pair) -> Row:
    """The same days of the same animal as a run lives them, a day in one call; what is between steps is lived once."""
    cell_steps = 0

    def live() -> None:
        nonlocal cell_steps
        for _ in range(days):
            cell_steps += model.world.population.n * len(model.advance(24))

    times = [seconds_of_thread(live) for _ in step_by_step.a]
    speed = cell_steps / sum(times)
    rest = {"target": ">= 200 M/s", "met": speed >= 2e8}
    pair = Pair(times, step_by_step.a)
    return row_of_pair(f"{name}, in spans", speed / 1e6, "M cell-steps/s", pair, "the same step by step", **rest)


def _days(
    model: NeurogenesisModel, gyrus: NumpyGyrus, done: list[int], days: int
) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return some days of each; the gyrus in numpy is given what the muscle of the model did, and both count cells."""
    heard: list[tuple[float, float]] = []

    def ours() -> None:
        heard.clear()
        for _ in range(24 * days):
            done[0] += model.world.population.n
            model.step()
            m = model.muscle
            heard.append(m.physiology.pathway.folds(m.niche_fold, m.exerkine_rise, m.hippocampal_activity))

    def theirs() -> None:
        for folds in heard:
            done[1] += gyrus.n
            gyrus.step(*folds)

    return ours, theirs


def a_year(size: Size) -> list[Row]:
    """One year of a running mouse from a name to its tables, against the same cell-steps in the bare kernel."""
    made: list[NeurogenesisModel] = []
    building = seconds_of_thread(
        lambda: made.append(NeurogenesisModel(runner(f"{size.year_days} d", tissue=size.tissue)))
    )
    model, cell_steps = made[0], 0
    cells = crowd(model.world, model.world.population.n)
    cells.spend()
    bare = best([seconds_of_thread(cells.spend) for _ in range(50)]) / cells.n

    def live() -> None:
        nonlocal cell_steps
        while model.running:
            cell_steps += model.world.population.n * len(model.advance(24))

    running = seconds_of_thread(live)
    tables = seconds_of_thread(lambda: (model.series_frame(), model.cells_frame(), model.map_frame()))
    total, kernel_time = building + running + tables, cell_steps * bare
    name = "one year" if size.year_days == 365 else f"{size.year_days} days"
    return [
        row_of_ratio(
            f"{name}, mouse gyrus, 1 h steps",
            total,
            "s",
            total / kernel_time,
            f"deciding alone, {kernel_time:.2f} s",
            target="<= 2 s",
            met=total <= 2.0,
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
    per_cell = running / steps / model.world.population.n
    cells = crowd(model.world, model.world.population.n)
    cells.spend()
    bare = best([seconds_of_thread(cells.spend) for _ in range(20)]) / cells.n
    return [
        row_of_ratio(
            f"human gyrus, {model.world.n_developmental / 1e6:.1f} M granule cells in the background",
            1e3 * running / steps,
            "ms per step",
            per_cell / bare,
            f"deciding alone, {1e3 * bare * cells.n:.2f} ms",
            note=f"{model.world.population.n} cells tracked; {history} steps of history: {building:.0f} s",
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
    muscle, world = model.muscle, model.world
    alone = seconds_of_thread(
        lambda: [model.recorder.begin(world, *muscle.shows([muscle.now], [0.0], [0.0])) for _ in range(200)]
    )
    alone /= 200
    step = best(pair.b) / (24 * days)
    return [
        row_of_pair(
            "all but the gyrus in a step", min(face), "us per step", pair, "a step of the gyrus alone", note=note
        ),
        row_of_ratio("recording one row of the series", alone * 1e6, "us", alone / step, "a whole step"),
    ]


def animals(size: Size) -> list[Row]:
    """Small animals such as sweeps live, from the scenario to the tables: in spans, and step by step."""
    rows, full = [], size.year_days == 365
    tissue, days = (patch(900.0, 600.0), 28) if full else (size.tissue, 1)
    for age, most_s in (("8 wk", 0.10), ("12 mo", 0.35)):
        scenario = prepare(runner(f"{days} d", age=age, tissue=tissue))
        _whole_life(scenario, NeurogenesisModel.run_model)  # compiled, and in cache
        spans, steps = (partial(_whole_life, scenario, live) for live in (NeurogenesisModel.run_model, _step_by_step))
        pair = in_turns(spans, steps, size.repeats)
        name = f"animals of {age} on {'900 x 600 um' if full else 'a patch'}, {days} d, one core"
        target = {"target": f">= {1.0 / most_s:.3g} animals/s", "met": best(pair.a) <= most_s} if full else {}
        rows.append(row_of_pair(name, 1.0 / best(pair.a), "animals/s", pair, "the same step by step", **target))
    return rows


def _whole_life(scenario: ResolvedScenario, live: Callable[[NeurogenesisModel], None]) -> None:
    model = NeurogenesisModel(scenario)
    live(model)
    assert not model.running
    model.series_frame(), model.cells_frame(), model.map_frame()


def _step_by_step(model: NeurogenesisModel) -> None:
    while model.running:
        model.step()


def _copy(model: NeurogenesisModel) -> NeurogenesisModel:
    return copy.deepcopy(model)


def _steps(model: Any, n: int) -> None:
    for _ in range(n):
        model.step()
