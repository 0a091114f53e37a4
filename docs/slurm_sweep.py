"""Run a sweep on a SLURM cluster: python slurm_sweep.py SWEEP [JOBS] [further arguments of sbatch].

Needs dask-jobqueue beside neurogen_abm (pip install dask-jobqueue), and a folder that all nodes see; start it there, on
the login node, in tmux or as a small job of its own. Killed or timed out, it goes on where it stopped.
"""

import sys

from dask_jobqueue import SLURMCluster

from neurogen_abm import sweep


def main() -> None:
    name, n_jobs, *directives = [*sys.argv[1:], "10"] if len(sys.argv) < 3 else sys.argv[1:]
    with SLURMCluster(
        cores=8,  # of one job ...
        processes=8,  # ... each a worker of its own: a run uses one core
        memory="16GB",
        walltime="04:00:00",
        python=sys.executable,  # the same environment on the nodes as here
        job_extra_directives=directives,  # e.g. --partition=short
        worker_extra_args=["--lifetime", "230m", "--lifetime-stagger", "5m"],  # leave before SLURM ends the job
    ) as cluster:
        cluster.scale(jobs=int(n_jobs))
        found = sweep(
            name, f"runs/{name.removesuffix('.yaml')}-sweep", scheduler=cluster.scheduler_address, progress=tell
        )
    print(found.outcome.runs["state"].value_counts().to_string())


def tell(status) -> None:
    left = "" if status.left_s is None else f", {status.left_s / 60:.0f} min left"
    print(f"{status.done} of {status.total} done, {status.failed} failed{left}", flush=True)


if __name__ == "__main__":
    main()
