"""The machine under the figures: what it is, and how fast its memory is at this moment."""

import os
import platform
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def describe() -> dict[str, Any]:
    """Return processor, caches, memory and versions, as far as this system says."""
    import mesa

    import neurogen_abm

    lines = _lines(Path("/proc/cpuinfo"))
    names = {line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")}
    memory = next((line.split()[1] for line in _lines(Path("/proc/meminfo")) if line.startswith("MemTotal")), "")
    caches = Path("/sys/devices/system/cpu/cpu0/cache")
    return {
        "processor": ", ".join(sorted(names)) or platform.processor(),
        "family_model": " ".join(_field(lines, name) for name in ("cpu family", "model")),
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory) / 2**20, 1) if memory else None,
        "caches": {
            f"L{_text(place / 'level')} {_text(place / 'type').lower()}": _text(place / "size")
            for place in sorted(caches.glob("index*"))
        },
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "mesa": mesa.__version__,
        "neurogen_abm": neurogen_abm.__version__,
        "load_before": round(os.getloadavg()[0], 2),
    }


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []


def _text(file: Path) -> str:
    return next(iter(_lines(file)), "").strip()


def _field(lines: list[str], name: str) -> str:
    return next((line.split(":", 1)[1].strip() for line in lines if line.split(":")[0].strip() == name), "")


@numba.njit(parallel=True)
def _triad(a: Doubles, b: Doubles, c: Doubles) -> None:
    for i in numba.prange(len(a)):
        a[i] = b[i] + 3.0 * c[i]


def triad_bytes_per_s(threads: int, size: int = 20_000_000, repeats: int = 5) -> float:
    """Return the bandwidth of the memory by the STREAM triad, bytes/s: three arrays of doubles, the best run."""
    from benchmarks.rows import best, seconds

    a, b, c = np.zeros(size), np.ones(size), np.ones(size)
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        _triad(a, b, c)
        return 24.0 * size / best([seconds(lambda: _triad(a, b, c)) for _ in range(repeats)])
    finally:
        numba.set_num_threads(before)
