"""What it costs to keep an animal on its way."""

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.animals import runner
from benchmarks.rows import Row, in_turns, row_of_pair, row_of_ratio, seconds
from benchmarks.sizes import Size
from neurogen_abm import checkpoints
from neurogen_abm.checkpoints import Checkpoints
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.run import run
from neurogen_abm.spec.scenario.scenario import prepare
from neurogen_abm.storage import atomic, checkpoint

_TIMES = 5


def keeping(size: Size) -> list[Row]:
    """One checkpoint of a whole gyrus at the end of a year, and a year with a checkpoint a day against one without."""
    with tempfile.TemporaryDirectory() as folder:
        return [_one(size, Path(folder)), _a_day(size, Path(folder))]


def _one(size: Size, folder: Path) -> Row:
    model = NeurogenesisModel(runner(f"{size.year_days} d", tissue=size.tissue))
    living = seconds(lambda: _live(model))
    written: list[bytes] = []

    def keep() -> None:
        written.append(checkpoint.packed(checkpoints.content_of(model, {})))
        atomic.write_file(folder / "one", partial(Path.write_bytes, data=written[-1]))

    taken = min(seconds(keep) for _ in range(_TIMES))
    megabytes = len(written[-1]) / 1e6
    return row_of_ratio(
        f"checkpoint of a mouse gyrus after {size.year_days} days",
        taken,
        "s",
        taken / (living / size.year_days),
        "a day of its life",
        target="<= 1 s, 10 MB",
        met=taken <= 1.0 and megabytes <= 10.0,
        note=f"{megabytes:.1f} MB, with its way to the disk; {model.world.population.n_ended:,} cells settled or gone",
    )


def _live(model: NeurogenesisModel) -> None:
    while model.running:
        model.advance(24)


def _a_day(size: Size, folder: Path) -> Row:
    resolved = prepare(runner(f"{size.year_days} d", tissue=size.tissue))
    place, seen = folder / "life", set[int]()

    def looks() -> bool:
        seen.update(file.stat().st_mtime_ns for name in checkpoints.NAMES if (file := place / name).exists())
        return False

    def kept(**wish: Callable[[], bool]) -> None:
        run(resolved, checkpoints=Checkpoints(place, every="1 d", wall_time=None, at_end=False, **wish))
        shutil.rmtree(place, ignore_errors=True)

    kept(stop=looks)  # all is compiled, and in cache
    pair = in_turns(lambda: run(resolved), kept, size.repeats, seconds)
    return row_of_pair(
        f"{size.year_days} days, a checkpoint a day asked for",
        min(pair.b),
        "s",
        pair,
        "without",
        target="<= 1.05",
        met=pair.ratio <= 1.05,
        note=f"{len(seen)} of {size.year_days} were written: they may take a twenty-fifth of the time of a run",
    )
