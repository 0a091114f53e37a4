"""Who looks after a worker process of this machine, and starts another in its place when it dies (Dask's nanny)."""

from typing import Any

from distributed import Nanny

from neurogen_abm.experiments.execution import fork_server


class Keeper(Nanny):
    """A nanny that lets workers begin as `fork_server` says, also where the fork server has died meanwhile.

    `multiprocessing` starts another by itself, but with the variables of that moment, and with what Dask would preload.
    """

    async def instantiate(self) -> Any:
        """Start the worker process."""
        fork_server.launch()
        return await super().instantiate()
