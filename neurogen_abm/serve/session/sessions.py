"""The sessions of a server: at most a hundred, within a share of memory; the one idle longest makes room."""

import asyncio
import contextlib
import math
import secrets
import threading
import time
from collections import OrderedDict

from neurogen_abm.errors import NeurogenError
from neurogen_abm.jit import kernels_are_kept
from neurogen_abm.memory import available_bytes, give_back
from neurogen_abm.serve.http.requests import NewSession
from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.serve.session.background import Abandoned, WorkerThreads
from neurogen_abm.serve.session.cache import AnimalCache
from neurogen_abm.serve.session.library import Library
from neurogen_abm.serve.session.plan import ArmPlan, SessionPlan, plan_from_code
from neurogen_abm.serve.session.session import Session

MAX_SESSIONS = 100
_REMEMBERED = 500
# A session that no frame was ever asked of has no page.
_UNSEEN_S = 60.0
_TIDY_S = 1.0
_LARGEST_SHARE = 2 * 2**30


class Sessions:
    """Begins, finds and ends sessions.

    Parameters
    ----------
    library
        The scenarios on offer.
    most
        How many sessions there may be.
    most_bytes
        What all lives together may take; by default 2 GiB, or two fifths of what is free now.
    """

    def __init__(self, library: Library, *, most: int = MAX_SESSIONS, most_bytes: int | None = None) -> None:
        self.library, self.most = library, most
        free = available_bytes()
        self.most_bytes = most_bytes or min(_LARGEST_SHARE, math.inf if free is None else 0.4 * free)
        self.cache, self.threads = AnimalCache(), WorkerThreads()
        self._kept: OrderedDict[str, Session] = OrderedDict()
        self._evicted: OrderedDict[str, str | None] = OrderedDict()
        self._left: dict[str, float] = {}
        self._tidying: threading.Timer | None = None
        self._looked_s = 0.0

    def make_ahead(self) -> None:
        """Make the animal that the page opens with before anybody asks, in a thread, and load the kernels it lives by.

        Nothing is done where kernels must be compiled first: the page that waits for them says so.
        """
        if kernels_are_kept():
            self.threads.submit(self._first_animal)

    def _first_animal(self) -> None:
        def unless_closed(_: int, __: int) -> None:
            if self.threads.closed:
                raise Abandoned

        # What is wrong with it is told to the page that opens it.
        with contextlib.suppress(NeurogenError, Abandoned):
            self.cache.animal(self.library.prepare(self.library.first), unless_closed).step()

    def plan_for(self, wanted: NewSession) -> SessionPlan:
        """Return the plan of a session that is asked for, its scenarios checked.

        Raises
        ------
        InputError
            It cannot be lived.
        """
        if wanted.share is not None:
            if beside := wanted.model_dump(exclude_defaults=True).keys() - {"share", "day"}:
                what = "A share code says all but the day of a life."
                raise Refusal(what, where=min(beside), code="bad-share", cure="Give the code alone, or with a day.")
            plan = plan_from_code(wanted.share)
            for arm in plan.arms:
                self.library.prepare(plan.scenario, plan.seed, arm.changes)
                self.library.prepare(plan.scenario, plan.seed, arm.changes_by(2**62))
            return plan if wanted.day is None else plan.model_copy(update={"day": wanted.day})
        name = wanted.scenario or self.library.first
        resolved = self.library.prepare(name, wanted.seed, wanted.changes)
        arms = [ArmPlan(changes=wanted.changes)]
        if wanted.compare is not None:
            arms.append(ArmPlan(changes=wanted.changes | wanted.compare.changes))
            self.library.prepare(name, wanted.seed, arms[1].changes)
        return SessionPlan(scenario=name, seed=resolved.scenario.seed, arms=arms, day=wanted.day or 0.0)

    def begin(self, plan: SessionPlan) -> tuple[str, Session]:
        """Begin a session; the one idle longest ends where there are too many."""
        number = secrets.token_urlsafe(12)
        self.make_room()
        self._kept[number] = Session(plan, self.library, self.cache, self.threads)
        while len(self._kept) > self.most:
            self._evict()
        return number, self._kept[number]

    def session(self, number: str) -> Session:
        """Return a session, which thereby is the last to be evicted.

        Raises
        ------
        Refusal
            It was evicted, or there never was one.
        """
        self._left.pop(number, None)
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        if number in self._evicted:
            what = "This session was closed to make room for others."
            code, cure = self._evicted[number], "Bring it back: the life is simulated again to the same day."
            if code is None:
                cure = "It had more changes than a link holds: begin another."
            raise Refusal(what, status=410, code="evicted", cure=cure, extra={"share": code})
        raise Refusal("There is no such session.", status=404, code="no-session", cure="Reload the page.")

    def end(self, number: str) -> None:
        """End a session for good; one that does not exist is passed over."""
        session = self._kept.pop(number, None)
        if session is not None:
            session.close()
            self._tidy()

    def leave(self, number: str, seconds: float) -> None:
        """Put a session aside in some seconds, unless its page, which was left, comes back and asks something of it."""
        if number not in self._kept:
            return
        due = self._left[number] = time.monotonic() + seconds
        asyncio.get_running_loop().call_later(seconds, self._put_aside, number, due)

    def _put_aside(self, number: str, due: float) -> None:
        if self._left.get(number) == due:
            del self._left[number]
            if number in self._kept:
                self._evict(number)

    def make_room(self) -> None:
        """Evict sessions without a page, and others while all lives together take too much; checked once per second."""
        now = time.monotonic()
        if now - self._looked_s < 1.0:
            return
        self._looked_s = now
        for number in [n for n, s in self._kept.items() if not s.seen and now - s.begun_s > _UNSEEN_S]:
            self._evict(number)
        while len(self._kept) > 1 and sum(s.n_bytes for s in self._kept.values()) > self.most_bytes:
            self._evict()

    def _evict(self, number: str | None = None) -> None:
        """Put a session aside, by default the one idle longest; its code is kept, so that it can be brought back."""
        number = number or next(iter(self._kept))
        session = self._kept.pop(number)
        self._evicted[number] = session.plan.code()
        session.close()
        self._tidy()
        while len(self._evicted) > _REMEMBERED:
            self._evicted.popitem(last=False)

    def _tidy(self) -> None:
        """Give memory back a moment after a session has ended, once for all that end in that moment."""
        if self._tidying is None or not self._tidying.is_alive():
            self._tidying = threading.Timer(_TIDY_S, self._give_back)
            self._tidying.daemon = True
            self._tidying.start()

    def _give_back(self) -> None:
        self._tidying = None  # what ends from now on may be missed by this collection
        give_back()

    def close(self) -> None:
        """End everything."""
        if self._tidying is not None:
            self._tidying.cancel()
        for session in self._kept.values():
            session.close()
        self._kept.clear()
        self.threads.close()

    def __len__(self) -> int:
        return len(self._kept)
