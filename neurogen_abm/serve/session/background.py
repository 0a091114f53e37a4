"""Animals being made in the background, with progress, for a page that waits; and the threads that do all the work."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from neurogen_abm.jit import compiling, kernels_are_kept
from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.serve.session.cache import AnimalCache
from neurogen_abm.serve.session.library import Library
from neurogen_abm.serve.session.life import AT_ONCE, Life, life_of
from neurogen_abm.serve.session.plan import ArmPlan

Found = TypeVar("Found")

# Jobs that may wait for a thread; more are told to come back. Of images one is taken at a time.
_LONGEST_QUEUE = 64
_MOST_IMAGES = 4


class Abandoned(Exception):
    """A build that nobody waits for any more."""


class WorkerThreads:
    """Threads of a server: as many frames at a time as processors, two animals being made, one image being taken."""

    def __init__(self) -> None:
        self._frames = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="frame")
        self._builders = ThreadPoolExecutor(2, thread_name_prefix="build")
        self._images = ThreadPoolExecutor(1, thread_name_prefix="image")
        self._waiting = self._imaging = 0
        self.closed = False

    async def run(self, job: Callable[[], Found]) -> Found:
        """Do a short job in a thread.

        Raises
        ------
        Refusal
            Too many jobs wait.
        """
        if self.closed:
            raise Refusal("The server is shutting down.", status=503, code="ending", cure="Start it again.")
        if self._waiting >= _LONGEST_QUEUE:
            raise Refusal("Every worker is busy.", status=503, code="busy", cure="Ask again in a moment.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._frames, job)
        finally:
            self._waiting -= 1

    async def run_long(self, job: Callable[[], Found]) -> Found:
        """Do a long job in a thread of its own kind, so that frames need not wait for it."""
        return await asyncio.get_running_loop().run_in_executor(self._builders, job)

    async def run_image(self, job: Callable[[], Found]) -> Found:
        """Take an image: of all sessions one at a time, so that frames go on.

        Raises
        ------
        Refusal
            Several wait already.
        """
        if self._imaging >= _MOST_IMAGES:
            what, cure = "The microscope is busy with images of other pages.", "Ask again in a moment."
            raise Refusal(what, status=503, code="busy", cure=cure)
        self._imaging += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._images, job)
        finally:
            self._imaging -= 1

    def submit(self, job: Callable[[], Found]) -> "Future[Found]":
        """Begin a long job in a thread."""
        return self._builders.submit(job)

    def close(self) -> None:
        """Let the threads go; jobs that have not begun are dropped, long ones look at ``closed`` and give up."""
        self.closed = True
        self._frames.shutdown(wait=False, cancel_futures=True)
        self._builders.shutdown(wait=False, cancel_futures=True)
        self._images.shutdown(wait=False, cancel_futures=True)


class Build:
    """One or two lives being made.

    Parameters
    ----------
    library, cache, threads
        Where scenarios, animals and threads come from.
    scenario, seed
        Of all lives.
    plans
        One per life.
    joins_at
        Step of the life that these are to stand beside; they live up to it in the background too.
    """

    def __init__(
        self,
        library: Library,
        cache: AnimalCache,
        threads: WorkerThreads,
        *,
        scenario: str,
        seed: int,
        plans: list[ArmPlan],
        joins_at: int | None = None,
    ) -> None:
        self._library, self._cache = library, cache
        self.scenario, self.seed, self.plans, self.joins_at = scenario, seed, plans, joins_at
        self.text, self.done = "waiting for a free worker", 0.0
        self.abandoned = False
        self.future: Future[list[Life]] = threads.submit(self._run)

    def abandon(self) -> None:
        """Stop as soon as possible; nobody waits for it."""
        self.abandoned = True
        self.future.cancel()

    async def wait(self, seconds: float) -> bool:
        """Wait until it is done, at most for some seconds; say whether it is."""
        waiting = asyncio.wrap_future(self.future)
        # Each look makes a future of its own; one that nobody asks for its error would be told to the terminal.
        waiting.add_done_callback(lambda seen: seen.cancelled() or seen.exception())
        await asyncio.wait([waiting], timeout=seconds)
        return self.future.done()

    def _run(self) -> list[Life]:
        lives = []
        for number, plan in enumerate(self.plans):
            self._report("preparing the tissue" if kernels_are_kept() else compiling(), number, 0.0)

            def on_history(lived: int, total: int, number: int = number) -> None:
                self._report(f"growing up: {100 * lived // total} % of its life before the run", number, lived / total)

            life = life_of(self._library, self._cache, self.scenario, self.seed, plan, on_history)
            goal = self.joins_at or 0
            while life.step < min(goal, life.model.n_steps):
                life.advance(min(goal - life.step, AT_ONCE))
                self._report(f"catching up: day {life.model.day:.0f}", number, life.step / goal)
            life.catch_up()
            life.note_turnover()
            lives.append(life)
        return lives

    def _report(self, text: str, number: int, part: float) -> None:
        if self.abandoned:
            raise Abandoned
        which = f"animal {number + 1}: " if len(self.plans) > 1 else ""
        self.text, self.done = f"{which}{text}", (number + part) / len(self.plans)
