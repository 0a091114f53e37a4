"""How much memory a run will need, and how much this process may still take: by machine, container and shell."""

import ctypes
import gc
import math
import sys
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING

from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.kept import MOST_BYTES
from neurogen_abm.numerals import plain

if TYPE_CHECKING:
    from neurogen_abm.spec.scenario.models import Scenario
    from neurogen_abm.spec.scenario.resolve import ResolvedScenario

# Left to the rest of the machine; a run that takes the last byte makes everything else swap.
_RESERVE = 128 * 1024**2
# cgroup v1 says "no limit" with a number near 2**63.
_UNLIMITED = 2**60

# Peak resident memory, measured on sheets of 600 to 6.8 million columns and lives of 2 h to 700 d, tables and page
# written (tests/test_run.py): libraries and kernels, the same with those of the page, and what compiling leaves behind.
_BASE_BYTES = 280 * 2**20
_PAGE_BYTES = 375 * 2**20
_COMPILING_BYTES = 270 * 2**20
# Addresses that libraries take before anything is simulated, most of them never touched: measured on two cores.
_LIBRARIES_BYTES = 880 * 2**20
# Solving the field takes this at its peak, in voxels finer than sites; 300 bytes per column stay.
_FIELD_BYTES_PER_VOXEL = 25.5
_FINEST = 8  # voxels per site along an axis; the field refuses more
_BYTES_PER_COLUMN = 300
# The schedule of activity while it is made; from then on, with what the body does of it and what it has covered.
_BYTES_PER_MINUTE_MADE, _BYTES_PER_MINUTE = 134, 92
# A cell's entry in the register, with the room kept for others; the copies from which its table is made and written.
_BYTES_PER_CELL, _BYTES_PER_CELL_IN_TABLE = 200, 230
_BYTES_PER_CELL_AND_LABEL = 40
_BYTES_PER_CELL_OF_A_PAST = 57  # all columns of the register, as they are kept
_BYTES_PER_ROW, _BYTES_PER_ROW_OF_FIELDS, _BYTES_PER_ROW_OF_ASSAYS = 2000, 1400, 700
# Cells that ever live, per stem cell at 30 d: 0.15 born per day, falling with a time constant of 270 d.
_BORN_PER_STEM_AND_DAY = 0.15
_DECLINE_D = 270.0


class MemoryShortage(EnvironmentFault):
    """The run would need more memory than there is; nothing has been allocated."""

    default_code = "memory"


def available_bytes(root: Path = Path("/")) -> int | None:
    """Return the bytes this process may still allocate, or None where the system does not say.

    Reads ``MemAvailable`` of ``/proc/meminfo``, the limits of every control group the process is in (versions 1 and 2,
    page cache counted as free), and the address-space limit of the shell.

    Parameters
    ----------
    root
        Where ``proc`` and ``sys`` are mounted; another folder only in tests.
    """
    figures = [_machine_bytes(root), *_group_bytes(root), _shell_bytes(root)]
    known = [figure for figure in figures if figure is not None]
    return max(min(known), 0) if known else None


def require(predicted: int, cure: str, *, available: int | None = None) -> None:
    """Refuse before allocation a run whose predicted peak does not fit.

    A MemoryShortage says that ``predicted`` plus a reserve of 128 MiB exceeds what is available.
    """
    free = available_bytes() if available is None else available
    if free is None or predicted + _RESERVE <= free:
        return
    what = f"This needs about {readable(predicted)} of memory, but only {readable(free)} is available."
    raise MemoryShortage(what, cure=cure, seen=predicted)


def predicted_bytes(resolved: "ResolvedScenario") -> int:
    """Return the peak memory of a run whose tables and page are written.

    The peak is met while the field is solved, before the first cell, or when tables and page are made, at the end. It
    follows from the size of the tissue, the length of the life, how much of it is written down, and whether this
    process will compile the kernels.
    """
    # Imported here because the command line starts without it.
    from neurogen_abm import jit

    scenario, pitch_um = resolved.scenario, resolved.value("anatomy.site_pitch", "um")
    n_columns = math.prod(resolved.sides_um) / pitch_um**2
    n_layers = 1 + resolved.value("anatomy.granule_layers", "1")
    history_h = _history_h(resolved)
    minutes = 60 * (history_h + scenario.duration_h)
    solving = n_columns * n_layers * _voxels_per_site(resolved, pitch_um) * _FIELD_BYTES_PER_VOXEL
    starting = _BASE_BYTES + solving + minutes * _BYTES_PER_MINUTE_MADE
    ending = _PAGE_BYTES + n_columns * _BYTES_PER_COLUMN + minutes * _BYTES_PER_MINUTE
    ending += _cells_bytes(resolved, history_h) + _rows_bytes(scenario)
    ending += 0 if jit.kernels_are_kept() else _COMPILING_BYTES
    peak: float = max(starting, ending)
    return round(peak)


class OfAProcess:
    """The peak memory of a process that runs many animals, one after the other.

    It is that of the largest, and the lives before the run (`lowering.histories`) that are kept for the twins that
    follow, as many as `kept.MOST_BYTES` holds. What else a process keeps, an animal refers to as well, or is little.
    """

    def __init__(self) -> None:
        self._peak, self._kept, self._pasts = 0, 0.0, set[Hashable]()

    def add(self, past: Hashable, resolved: "ResolvedScenario") -> None:
        """Add an animal; those of one ``past`` have one life before the run."""
        self._peak = max(self._peak, predicted_bytes(resolved))
        if past in self._pasts or self._kept >= MOST_BYTES:
            return
        self._pasts.add(past)
        self._kept += _founders(resolved) * _ever(_history_h(resolved)) * _BYTES_PER_CELL_OF_A_PAST

    @property
    def bytes(self) -> int:
        """Bytes at the peak; 0 of no animal."""
        return self._peak + min(MOST_BYTES, round(self._kept))


def _history_h(resolved: "ResolvedScenario") -> float:
    """Return how long the life before the run is that is lived, hours."""
    return float(min(resolved.scenario.age_h, resolved.value("lineage.stem.longest_history", "h")))


def _founders(resolved: "ResolvedScenario") -> float:
    """Return the stem cells with which the life of an animal begins."""
    share = math.prod(resolved.sides_um) / math.prod(resolved.sheet_um)
    return float(share * resolved.value("lineage.stem.initial_count", "cells"))


def _ever(lived_h: float) -> float:
    """Return how many cells there ever were after a time, per stem cell of its beginning."""
    return 1 + _BORN_PER_STEM_AND_DAY * _DECLINE_D * (1 - math.exp(-lived_h / 24 / _DECLINE_D))


def _cells_bytes(resolved: "ResolvedScenario", history_h: float) -> float:
    """Return what all cells take that ever live, and their labels, in memory and in the table."""
    scenario = resolved.scenario
    founders = _founders(resolved)
    cells = founders * _ever(history_h + scenario.duration_h)
    labels = len({injection.agent for injection in scenario.labels})
    in_table = cells - founders * (_ever(history_h) - 1) if scenario.outputs.cells else 0.0
    taken = cells * (_BYTES_PER_CELL + labels * _BYTES_PER_CELL_AND_LABEL) + in_table * _BYTES_PER_CELL_IN_TABLE
    return float(taken)


def _rows_bytes(scenario: "Scenario") -> float:
    """Return what the rows of the series, of the fields and of the assays take."""
    rows = scenario.duration_h / (scenario.outputs.cadence_h or scenario.step_h)
    each = _BYTES_PER_ROW + (_BYTES_PER_ROW_OF_FIELDS if scenario.outputs.fields else 0)
    readings = sum(len(assay.times_h) for assay in scenario.assays)
    return rows * each + readings * _BYTES_PER_ROW_OF_ASSAYS


def _voxels_per_site(resolved: "ResolvedScenario", pitch_um: float) -> int:
    """Return into how many voxels the field divides a site; 1 where it will refuse to."""
    # Imported here because compiled code takes a second, and the command line starts without it.
    from neurogen_abm.engine.field import decay_length_um, refinement
    from neurogen_abm.lowering.tissue import diffusion_and_decay

    n = refinement(pitch_um, decay_length_um(*diffusion_and_decay(resolved.value)))
    return n**3 if n <= _FINEST else 1


def require_memory(resolved: "ResolvedScenario") -> None:
    """Refuse, before anything is allocated, a run that needs more memory than there is.

    A MemoryShortage says what the machine, the container or the shell allows.
    """
    require(predicted_bytes(resolved), "Simulate a patch (tissue: septotemporal, transverse) or record less often.")


def give_back() -> None:
    """Collect what nothing refers to any more, such as animals, which know their parts and these them; free its memory.

    The C library would keep some of it for every thread; glibc can be told not to.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def readable(size: int) -> str:
    """Write a number of bytes for people: ``512 MiB``, ``1.4 GiB``."""
    figure = float(size)
    for unit in ("B", "KiB", "MiB"):
        if figure < 1000:
            return f"{figure:.0f} {unit}"
        figure /= 1024
    return f"{figure:.1f} GiB" if figure < 1000 else f"{plain(figure / 1024, 3)} TiB"


def _machine_bytes(root: Path) -> int | None:
    kib = _entry(root / "proc/meminfo", "MemAvailable:")
    return None if kib is None else kib * 1024


def _group_bytes(root: Path) -> list[int | None]:
    """Return what is left below the limit of every control group from the process's own to the topmost."""
    figures: list[int | None] = []
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            base, names = root / "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            base = root / "sys/fs/cgroup/memory"
        else:
            continue
        group = Path(path.strip().lstrip("/"))
        # Inside a container the group's path may be named from outside it; then only the mount itself exists.
        figures += [_left_in(base / place, *names) for place in (group, *group.parents)]
    return figures


def _left_in(folder: Path, limit_name: str, usage_name: str, cache_name: str) -> int | None:
    limit, usage = _number(folder / limit_name), _number(folder / usage_name)
    if limit is None or usage is None or limit >= _UNLIMITED:
        return None
    return limit - usage + (_entry(folder / "memory.stat", cache_name) or 0)


def shell_limit_bytes() -> int | None:
    """Return what `ulimit -v` allows this process; None where it is not limited so."""
    try:
        import resource
    except ImportError:
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def require_room_for_libraries() -> None:
    """Refuse a limit of the shell within which libraries cannot be loaded: some would wait for memory for ever.

    Raises
    ------
    EnvironmentFault
        `ulimit -v` allows less than they take.
    """
    limit = shell_limit_bytes()
    if limit is not None and limit < _LIBRARIES_BYTES:
        what = f"`ulimit -v` allows {limit // 2**20} MiB of addresses, and loading the libraries takes up to "
        cure = "Allow more, or lift the limit: ulimit -v unlimited."
        raise EnvironmentFault(f"{what}{_LIBRARIES_BYTES // 2**20} MiB.", cure=cure, code="memory")


def _shell_bytes(root: Path) -> int | None:
    limit = shell_limit_bytes()
    return None if limit is None else limit - (_entry(root / "proc/self/status", "VmSize:") or 0) * 1024


def _number(file: Path) -> int | None:
    text = next(iter(_lines(file)), "").strip()
    return int(text) if text.isdigit() else None


def _entry(file: Path, name: str) -> int | None:
    """Return the number that follows a name at the start of a line."""
    return next((int(line.split()[1]) for line in _lines(file) if line.split()[:1] == [name]), None)


def _lines(file: Path) -> list[str]:
    """Return the lines of a file of the kernel; none where this system has no such file."""
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
