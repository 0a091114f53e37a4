"""Run a sweep on a SLURM cluster: python slurm_sweep.py SWEEP [JOBS] [further arguments of sbatch].

Needs dask-jobqueue beside neurogen_abm (pip install dask-jobqueue), and a folder that all nodes see; start it there, on
the login node, in tmux or as a small job of its own. Killed or timed out, it goes on where it stopped.
"""

import shutil
import sys

from neurogen_abm import sweep

try:
    from dask_jobqueue import SLURMCluster
except ImportError as fault:
    sys.exit(f"slurm_sweep.py: {fault}. Say: {sys.executable} -m pip install dask-jobqueue")


def main() -> None:
    if len(sys.argv) < 2 or (len(sys.argv) > 2 and not sys.argv[2].isdigit()):
        sys.exit("Usage: python slurm_sweep.py SWEEP [JOBS] [further arguments of sbatch]")
    if shutil.which("sbatch") is None:
        sys.exit("slurm_sweep.py: there is no sbatch here; start it on a machine that submits jobs to SLURM.")
    name, n_jobs, directives = sys.argv[1], int((sys.argv[2:] or ["10"])[0]), sys.argv[3:]
    with SLURMCluster(
        cores=8,  # of one job ...
        processes=8,  # ... each a worker of its own: a run uses one core
        memory="16GB",
        walltime="04:00:00",
        python=sys.executable,  # the same environment on the nodes as here
        job_extra_directives=directives,  # e.g. --partition=short
        job_script_prologue=["export DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False"],  # costs a worker 1 to 2 %
        worker_extra_args=["--lifetime", "230m", "--lifetime-stagger", "5m"],  # leave before SLURM ends the job
    ) as cluster:
        cluster.scale(jobs=n_jobs)
        found = sweep(
            name, f"runs/{name.removesuffix('.yaml')}-sweep", scheduler=cluster.scheduler_address, progress=tell
        )
    print(found.outcome.runs["state"].value_counts().to_string())


def tell(status) -> None:
    left = "" if status.left_s is None else f", {status.left_s / 60:.0f} min left"
    print(f"{status.done} of {status.total} done, {status.failed} failed{left}", flush=True)


if __name__ == "__main__":
    main()
