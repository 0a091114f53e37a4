"""From a command to the first step: imports, and compilation with an empty cache."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.animals import patch, runner
from benchmarks.rows import Pair, Row, best, in_turns, row_of_pair, seconds
from benchmarks.sizes import ROOT, SMALL, Size
from neurogen_abm.spec.yaml.writer import write


def installed(bytecode: str) -> dict[str, str]:
    """Return the environment of a Python that has bytecode of every module, as one has that was installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": bytecode}


def _python(*words: str, environment: dict[str, str]) -> Callable[[], None]:
    def call() -> None:
        command = [sys.executable, *words]
        subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    return call


def starting(size: Size) -> list[Row]:
    """Import time against Mesa's own, the first run with an empty cache of compiled kernels, and a command after it."""
    with tempfile.TemporaryDirectory() as bytecode:
        environment = installed(bytecode)
        return [*_imports(size, environment), _compiling(size, environment), _second_start(size, environment)]


def _imports(size: Size, environment: dict[str, str]) -> list[Row]:
    bare, mesa, model, package = (
        _python("-c", code, environment=environment)
        for code in ("pass", "import mesa", "import neurogen_abm.model", "import neurogen_abm")
    )
    model()  # its bytecode is there
    imports = in_turns(mesa, model, size.repeats, seconds)
    light = in_turns(bare, package, size.repeats, seconds)
    alone = best(light.b) - best(light.a)
    return [
        row_of_pair("import of the model", best(imports.b), "s", imports, f"import mesa, {best(imports.a):.2f} s"),
        row_of_pair(
            "import neurogen_abm, over Python alone",
            alone,
            "s",
            light,
            f"Python alone, {best(light.a):.2f} s",
            target="< 0.1 s",
            met=alone < 0.1,
        ),
    ]


def _compiling(size: Size, environment: dict[str, str]) -> Row:
    first = f"import neurogen_abm.model as m; m.NeurogenesisModel({runner('1 d', tissue=patch(200.0, 200.0))!r}).step()"
    times = []
    for _ in range(1 if size == SMALL else 2):
        with tempfile.TemporaryDirectory() as folder:
            call = _python("-c", first, environment=environment | {"NUMBA_CACHE_DIR": folder})
            cold = seconds(call)
            times.append((seconds(call), cold))
    pair = Pair([t[0] for t in times], [t[1] for t in times])
    cost = min(b - a for a, b in times)
    against = f"a later start, {best(pair.a):.2f} s"
    return row_of_pair("compiling all kernels, once", cost, "s", pair, against, target="<= 20 s", met=cost <= 20.0)


def _second_start(size: Size, environment: dict[str, str]) -> Row:
    """A day of a patch from the command line, its tables written, where all is compiled and in cache."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "day.yaml"
        file.write_text(write(runner("1 d", tissue=patch(600.0, 400.0))))
        words = "-m", "neurogen_abm", "run", str(file), "--no-report", "--force", "--out", f"{folder}/day"
        day, bare = (_python(*given, environment=environment) for given in (words, ("-c", "import neurogen_abm.model")))
        day()  # compiled, and in cache
        pair = in_turns(bare, day, size.repeats, seconds)
    least = best(pair.b)
    against = f"import of the model, {best(pair.a):.2f} s"
    name = "neurogen run of a day, tables written, second start"
    return row_of_pair(name, least, "s", pair, against, target="<= 2.5 s", met=least <= 2.5)
