"""Posteriors on disk: written whole or not at all; `neurogen_abm.spec.posterior` reads them."""

from functools import partial
from pathlib import Path

from neurogen_abm.arguments import PLACE, check
from neurogen_abm.spec.posterior import Posterior, as_bytes
from neurogen_abm.storage import atomic


def write(posterior: Posterior, path: Path | str) -> Path:
    """Write a posterior as a Parquet file, in place of one that is there, and return the file.

    An EnvironmentFault says that the disk is full, or that the place cannot be written.
    """
    check(path=(path, PLACE))
    content = as_bytes(posterior)
    with atomic.machine_faults(Path(path), f"and {atomic.elsewhere()}."):
        atomic.make_folder(Path(path).parent)
        return atomic.write_file(path, partial(Path.write_bytes, data=content))
