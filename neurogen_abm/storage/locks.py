"""Open files held for one process: the kernel lets them go when it ends, however it ends."""

from typing import IO, Any

from neurogen_abm.errors import EnvironmentFault

try:
    import fcntl
except ImportError:  # on Windows, which cannot synchronise a folder either
    _IS_SUPPORTED = False
else:
    _IS_SUPPORTED = True


def require_system() -> None:
    """Refuse, with an EnvironmentFault, a system on which results could not be kept safe.

    Importing the package does not refuse it: whoever types a command could then be told by a traceback only.
    """
    if _IS_SUPPORTED:
        return
    what = "neurogen_abm runs on Linux and macOS, and not on Windows itself, where it could not keep results safe."
    cure = "Install it inside WSL (https://learn.microsoft.com/windows/wsl/install), which is Linux under Windows."
    raise EnvironmentFault(what, cure=cure, code="system")


def hold(file: IO[Any], *, shared: bool = False) -> None:
    """Hold an open file, alone or with others that share it, until it is closed; an OSError where somebody else does.

    BlockingIOError is the usual one; some file systems of networks say PermissionError.
    """
    require_system()
    fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
