"""From a command to the first step: imports, and compilation with an empty cache."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

from benchmarks.animals import patch, runner
from benchmarks.rows import Pair, Row, best, in_turns, row_of_pair, seconds
from benchmarks.sizes import ROOT, SMALL, Size


def _python(code: str, **environment: str) -> Callable[[], None]:
    def call() -> None:
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env={**os.environ, **environment})

    return call


def starting(size: Size) -> list[Row]:
    """Import time against Mesa's own, and the first run with an empty cache of compiled kernels against the second."""
    imports = in_turns(_python("import mesa"), _python("import neurogen_abm.model"), size.repeats, seconds)
    first = f"import neurogen_abm.model as m; m.NeurogenesisModel({runner('1 d', tissue=patch(200.0, 200.0))!r}).step()"
    times = []
    for _ in range(1 if size == SMALL else 2):
        with tempfile.TemporaryDirectory() as folder:
            cold = seconds(_python(first, NUMBA_CACHE_DIR=folder))
            times.append((seconds(_python(first, NUMBA_CACHE_DIR=folder)), cold))
    compiling = Pair([t[0] for t in times], [t[1] for t in times])
    cost = min(b - a for a, b in times)
    return [
        row_of_pair("import of the model", best(imports.b), "s", imports, f"import mesa, {best(imports.a):.2f} s"),
        row_of_pair("compiling all kernels, once", cost, "s", compiling, f"a later start, {best(compiling.a):.2f} s"),
    ]
