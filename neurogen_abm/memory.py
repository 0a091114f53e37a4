"""How much memory this process may still take: by the machine, the container or the shell, whichever allows least."""

from pathlib import Path

from neurogen_abm.errors import EnvironmentFault

# Left to the rest of the machine; a run that takes the last byte makes everything else swap.
_RESERVE = 128 * 1024**2
# cgroup v1 says "no limit" with a number near 2**63.
_UNLIMITED = 2**60


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

    Raises
    ------
    MemoryShortage
        When ``predicted`` plus a reserve of 128 MiB exceeds what is available.
    """
    free = available_bytes() if available is None else available
    if free is None or predicted + _RESERVE <= free:
        return
    raise MemoryShortage(
        f"This run needs about {readable(predicted)} of memory and {readable(free)} is available.",
        cure=cure,
        seen=predicted,
    )


def readable(size: int) -> str:
    """Write a number of bytes for people: ``512 MiB``, ``1.4 GiB``."""
    figure = float(size)
    for unit in ("B", "KiB", "MiB"):
        if figure < 1000:
            return f"{figure:.0f} {unit}"
        figure /= 1024
    return f"{figure:.1f} GiB" if figure < 1000 else f"{figure / 1024:.3g} TiB"


def _machine_bytes(root: Path) -> int | None:
    for line in _lines(root / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


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
    cache = next(
        (int(line.split()[1]) for line in _lines(folder / "memory.stat") if line.startswith(f"{cache_name} ")), 0
    )
    return limit - usage + cache


def _shell_bytes(root: Path) -> int | None:
    try:
        import resource
    except ImportError:
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    for line in _lines(root / "proc/self/status"):
        if line.startswith("VmSize:"):
            return limit - int(line.split()[1]) * 1024
    return limit


def _number(file: Path) -> int | None:
    text = next(iter(_lines(file)), "").strip()
    return int(text) if text.isdigit() else None


def _lines(file: Path) -> list[str]:
    """Return the lines of a file of the kernel; none where this system has no such file."""
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
