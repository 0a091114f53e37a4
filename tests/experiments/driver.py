"""A driver to be killed: performs cheap jobs in a directory, given on the command line."""

import sys

import cheap

from neurogen_abm.experiments.execution import runner, runs
from neurogen_abm.experiments.execution.execution import Execution

if __name__ == "__main__":
    folder, n, workers, task = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    runs._FIRST_WAIT_S = 0.03  # many small files, so that there is much to break
    options = {"scheduler": workers} if workers.startswith("tcp") else {"workers": int(workers)}
    runner.perform(cheap.jobs(n), Execution(folder, **options), work=getattr(cheap, task), title="killed")
