"""Runs that travel together: how many, in which order, and that one that fails costs no other."""

import math
import pickle
from itertools import groupby, islice
from unittest.mock import Mock

import cheap
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.experiments.execution import workers
from neurogen_abm.experiments.execution.runner import Execution, Job, perform
from neurogen_abm.experiments.execution.workers import Task, attempt, batch_size, by_group
from neurogen_abm.run import prepare
from neurogen_abm.sources import software

GROUPS = st.lists(st.text("abc", min_size=1, max_size=1), max_size=60)


def tasks(groups):
    return [Task(str(number), b"", group) for number, group in enumerate(groups)]


@given(GROUPS)
def test_groups_stay_together_in_the_order_of_their_first_runs(groups):
    ordered = by_group(tasks(groups))
    assert [group for group, _ in groupby(ordered, key=lambda task: task.group)] == list(dict.fromkeys(groups))
    for group in set(groups):
        numbers = [int(task.key) for task in ordered if task.group == group]
        assert numbers == sorted(numbers)
    assert sorted(task.key for task in ordered) == sorted(str(number) for number in range(len(groups)))


def test_groups_that_begin_alike_are_neighbours():
    """Animals of one tissue follow one another, whatever their past."""
    waiting = [("seed 1", "old"), ("seed 2", "old"), ("seed 1", "young"), ("seed 2", "young"), ("seed 1", "old")]
    assert [int(task.key) for task in by_group(tasks(waiting))] == [0, 4, 2, 1, 3]


@given(GROUPS, st.integers(1, 8), st.one_of(st.none(), st.floats(0.0, 1e4)))
def test_every_run_is_in_one_batch_and_workers_end_almost_together(groups, threads, mean_s):
    waiting, sizes = by_group(tasks(groups)), []
    while waiting:
        size = batch_size(waiting, threads, mean_s)
        twins = sum(task.group == waiting[0].group for task in waiting)
        take_s = math.inf if mean_s is None else twins * mean_s
        if take_s < 0.99:
            assert size >= twins  # they are not parted for less than a second
        part = 1 if mean_s is None else int(min(1.0 / max(mean_s, 1e-6), twins))
        assert 1 <= size <= max(1, len(waiting) // (2 * threads), part)
        if mean_s is not None and mean_s > 20.0:
            assert size == 1
        sizes.append(size)
        waiting = waiting[size:]
    assert sum(sizes) == len(groups)
    if mean_s is not None and mean_s > 1.0:
        assert all(size == 1 for size in sizes[-(2 * threads) :])


@pytest.mark.parametrize(
    ("groups", "threads", "mean_s", "size"),
    [
        ("aaaaabbbbb" * 20, 2, None, 5),  # nobody knows how long they take: twins alone
        ("a" * 200, 2, None, 8),  # and not too many
        ("aaaaabbbbbccccc" + "d" * 185, 2, 0.1, 15),  # two seconds of them
        ("a" * 200, 2, 1.0, 20),  # twins longer
        ("ab" * 100, 2, 5.0, 1),
        ("aaaaa", 2, 0.1, 5),  # parted, some would live their past anew
        ("aaaaa", 2, 1.0, 1),  # which is soon done where they take long: the last ones are spread
        ("aaabbb", 2, 0.1, 3),
        ("a" * 30, 2, 0.1, 10),  # parts of a second, at the least
    ],
)
def test_how_many_travel_together(groups, threads, mean_s, size):
    assert batch_size(tasks(groups), threads, mean_s) == size


def test_animals_of_one_past_are_of_one_group():
    base = {"tissue": {"septotemporal": "200 um", "transverse": "200 um"}, "duration": "1 d"}
    twins = [{}, {"activity[0].distance": "2 km/d"}, {"duration": "2 d"}]
    others = [{"age": "9 wk"}, {"seed": 2}, {"lineage.clearance.time": "1.3 h"}]
    of = [Job.of(prepare("mouse_generated_running", overrides=base | changes)).past for changes in (*twins, *others)]
    assert len(set(of[:3])) == 1
    assert len(set(of)) == 4
    assert len({tissue for tissue, _ in of}) == 2


def test_a_run_that_fails_in_a_batch_fails_alone():
    jobs = cheap.jobs(6)

    replies = attempt(cheap.one_in_five_fails, [pickle.dumps(job) for job in jobs], software())
    assert [reply.error is None for reply in replies] == [True] * 4 + [False, True]


@pytest.mark.slow
def test_memory_of_workers_is_flat_over_small_animals(tmp_path):
    """Each of the animals has another tissue, another past and other days of running; what is kept has its bounds."""

    base = prepare("mouse_generated_running", overrides={"tissue": cheap.ANIMAL["tissue"], "duration": "2 d"})
    held, process = {}, psutil.Process()

    def look(status):
        held[status.done] = process.memory_info().rss / 1e6

    jobs = (Job.of(prepare(base, seed)) for seed in range(1, 1501))
    assert perform(jobs, Execution(tmp_path / "runs", workers=0, progress=look)).complete
    # Tissues, days and pasts that are kept reach their bounds of 64, 24 and 128 MiB within these.
    assert held[1500] - held[1000] < 30.0, held


class Deserted:
    """A scheduler whose workers have all gone: what is submitted waits."""

    status = "running"

    def nthreads(self) -> dict[str, int]:
        return {}

    def submit(self, *_: object, **__: object) -> Mock:
        return Mock()


@pytest.mark.parametrize("is_local", [True, False])
def test_a_sweep_without_a_worker_of_this_machine_says_so_and_one_on_a_cluster_waits(monkeypatch, is_local):
    """Elsewhere others may be on their way; here none would come, and a driver would wait for good."""
    for name, seconds in {"_TICK_S": 0.01, "_COUNT_EVERY_S": 0.01, "_BACK_WITHIN_S": 0.1}.items():
        monkeypatch.setattr(workers, name, seconds)
    replies = workers._Submitted(Deserted(), cheap.draws, tasks("ab"), is_local).replies(False)
    waited = islice(replies, 40)
    if is_local:
        with pytest.raises(EnvironmentFault, match="no other one could start") as fault:
            list(waited)
        assert "what is finished is kept" in fault.value.cure
    else:
        assert list(waited) == [None] * 40
    replies.close()
