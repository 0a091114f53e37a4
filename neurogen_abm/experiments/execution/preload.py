"""What the fork server imports, and does, before it forks workers (`fork_server`)."""

import gc
import os
import signal
from contextlib import suppress

import distributed.protocol.numpy  # noqa: F401 - what every worker imports
from numba import config

import neurogen_abm.experiments.execution.job  # noqa: F401 - the same
from neurogen_abm import jit, kernel_cache
from neurogen_abm.experiments.execution import fork_server
from neurogen_abm.run import run
from neurogen_abm.sources import software

# A day of an animal that needs every kernel that most runs need.
_ANIMAL = {
    "name": "preload",
    "duration": "1 d",
    "tissue": {"septotemporal": "200 um", "transverse": "200 um"},
    "activity": [{"kind": "wheel", "distance": "1 km/d"}],
}


def load_kernels() -> None:
    """Load compiled kernels by living a tiny animal; nothing where they would have to be compiled first."""
    if jit.kernels_are_kept():
        run(_ANIMAL)


software()  # of the source as it was loaded here; a driver that had another refuses what its workers do
os.environ.update(fork_server.ONE_THREAD_OF_NUMBA)
config.reload_config()
# Variables that led here are not those of workers: they get the driver's own.
for _name in ("PYTHONPATH", "PYTHONSAFEPATH"):
    os.environ.pop(_name, None)
kernel_cache.said()  # by the driver, where there is something to say
with suppress(Exception):  # whatever is wrong is met again by the first run, which says so where it is read
    load_kernels()
# What is here for good is not looked through again, so that its memory stays shared by all workers.
gc.collect()
gc.freeze()
# Ctrl-C was held back until here; one that came is the driver's, and dropped.
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
signal.signal(signal.SIGINT, signal.default_int_handler)
fork_server.end_workers_with_this_process()
