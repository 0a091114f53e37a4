"""A session: one life or two side by side, a queue of commands, and time that passes only when a frame is asked for."""

import asyncio
import threading
import time
from collections import deque
from typing import Any, NamedTuple

from neurogen_abm.errors import NeurogenError
from neurogen_abm.numerals import plain
from neurogen_abm.scene.colourings import GROUP, check_colouring
from neurogen_abm.serve.http import requests
from neurogen_abm.serve.payload.event_labels import events_of
from neurogen_abm.serve.payload.frames import arm_arrays, arm_header, bdnf_limits, pack
from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.serve.session.background import Abandoned, Build, WorkerThreads
from neurogen_abm.serve.session.cache import AnimalCache
from neurogen_abm.serve.session.library import Library
from neurogen_abm.serve.session.life import AT_ONCE, Life
from neurogen_abm.serve.session.plan import ArmPlan, SessionPlan

# Work of one frame while a run goes to a day, seconds: short enough to answer `pause`.
_SLICE_S = 0.15
# How long the answer to a page waits for an animal that is being made, seconds.
_PATIENCE_S = 0.25
MAX_QUEUE = 100
_REMEMBERED = 200


class Done(NamedTuple):
    """How a command went, and the frame that tells."""

    seq: int
    report: dict[str, Any]


class Session:
    """The state of one page. `turn` and what it calls run in a worker thread, one at a time, under `lock`."""

    def __init__(self, plan: SessionPlan, library: Library, cache: AnimalCache, threads: WorkerThreads) -> None:
        self.library, self.cache, self.threads = library, cache, threads
        self.scenario, self.seed = plan.scenario, plan.seed
        self.lock, self._taking = asyncio.Lock(), threading.Lock()
        self.lives: list[Life] = []
        self.pending: list[dict[str, Any]] = [{}, {}]
        self.begun_s, self.seen = time.monotonic(), False
        self.queue: deque[tuple[int, requests.Command]] = deque()
        self.seq, self.revision, self._series_seq = 0, 1, 0
        self.playing, self.speed_h, self._steps = False, 1.0, 0
        self._goal: tuple[int, int] | None = None
        self._done: deque[Done] = deque(maxlen=_REMEMBERED)
        self._last_id = self._happened = 0
        self.error: NeurogenError | None = None
        self._plans = plan.arms
        self._day = plan.day
        self._build: Build | None = None
        self._build_command: tuple[int, str] | None = None
        self._begin(plan.scenario, plan.seed, plan.arms)

    # What is asked of it

    def queue_commands(self, commands: list[requests.Command]) -> list[int]:
        """Queue commands; nothing is queued when one cannot be carried out.

        Raises
        ------
        InputError
            A command cannot be carried out, or too many wait.
        """
        for command in commands:
            self._check(command)
        with self._taking:
            if len(self.queue) + len(commands) > MAX_QUEUE:
                raise Refusal("Too many commands wait.", status=409, code="queue-full", cure="Ask for a frame first.")
            ids = list(range(self._last_id + 1, self._last_id + 1 + len(commands)))
            self._last_id = ids[-1]
            self.queue.extend(zip(ids, commands, strict=True))
        if any(isinstance(command, requests.Reset) for command in commands):
            self.close()
        return ids

    async def frame(self, after: int, rows: list[int], by: str = GROUP) -> bytes | None:
        """Return the next frame for a page that painted frame ``after``; None when there is nothing new.

        Raises
        ------
        InputError
            Nothing of the name ``by`` colours cells.
        """
        self.seen = True
        async with self.lock:
            fresh = False
            if self._build is not None and await self._build.wait(_PATIENCE_S):
                await self.threads.run(self._finish_build)
                fresh = True
            behind = after < self.seq
            return await self.threads.run(lambda: self._next(behind, fresh, after, rows, by))

    def _next(self, behind: bool, fresh: bool, after: int, rows: list[int], by: str) -> bytes | None:
        for life in self.lives:
            check_colouring(by, life.model)
        if fresh or not behind or self._build is not None:
            moved = self._turn() or fresh
            self.seq += moved
            if not moved:
                return None
        return self._packed(after, rows, by)

    @property
    def phase(self) -> str:
        """``preparing``, ``living``, ``over`` or ``failed``."""
        if self._build is not None:
            return "preparing"
        if self.error is not None or not self.lives:
            return "failed"
        return "over" if any(life.over for life in self.lives) else "living"

    @property
    def plan(self) -> SessionPlan:
        """All that is needed to live this again, up to this day."""
        arms = [life.plan for life in self.lives] or self._plans
        day = self.lives[0].model.day if self.lives else self._day
        return SessionPlan(scenario=self.scenario, seed=self.seed, arms=arms, day=day)

    @property
    def again(self) -> dict[str, str] | None:
        """The codes that live this again, with the day and without; None of more changes than fit into a link."""
        plan = self.plan
        code, life = plan.code(), plan.model_copy(update={"day": 0.0}).code()
        return {"code": code, "life": life} if code and life else None

    @property
    def n_bytes(self) -> int:
        """Bytes that its lives take."""
        return sum(life.n_bytes for life in self.lives)

    def life(self, arm: int) -> Life:
        """Return one of its lives.

        Raises
        ------
        Refusal
            There is none, or not yet.
        """
        if not 0 <= arm < len(self.lives):
            what, cure = "The animal is not ready yet.", "Ask for a frame first."
            if self.lives:
                what, cure = f"This session has no animal {arm + 1}.", "Compare or fork first."
            raise Refusal(what, status=404 if self.lives else 409, code="no-arm", cure=cure)
        return self.lives[arm]

    def close(self) -> None:
        """Stop making animals; a frame that is under way is still answered, then nobody holds the lives any more."""
        build = self._build
        if build is not None:
            build.abandon()

    # Commands: each is carried out by the method of its name

    def _check(self, command: requests.Command) -> None:
        """Refuse what cannot be done as things stand; commands that wait may still change that."""
        if isinstance(command, requests.Reset) and (command.scenario or command.seed is not None or command.changes):
            name = command.scenario or self.scenario
            self.library.prepare(name, self.seed if command.seed is None else command.seed, command.changes)
        elif self.queue or self._build is not None or not self.lives:
            return
        elif isinstance(command, requests.Set) and command.arm < len(self.lives):
            self._check_set(command)
        elif isinstance(command, requests.Fork) and command.changes:
            self._check_set(requests.Set(do="set", changes=command.changes))
        elif isinstance(command, requests.Compare) and command.on:
            self.library.prepare(self.scenario, self.seed, self._twin_plan(command.changes).changes)

    def _check_set(self, command: requests.Set) -> None:
        life = self.life(command.arm)
        if command.when == "now":
            life.check_now(command.changes)
        else:
            life.resolved_with(self.pending[command.arm] | command.changes)

    def _turn(self) -> bool:
        """Carry out what waits and let time pass; say whether there is something new to paint."""
        moved = self._build is not None
        while self.queue and self._build is None:
            moved = True
            number, command = self.queue.popleft()
            self._carry_out(number, command)
        if self._build is None and self.lives and self.error is None:
            moved |= self._advance()
        return moved

    def _carry_out(self, number: int, command: requests.Command) -> None:
        try:
            getattr(self, command.do)(command)  # the form of a command admits no other names
        except NeurogenError as fault:
            self._note_done(number, command.do, fault)
            return
        self.revision += not isinstance(command, requests.Play | requests.Pause | requests.Step | requests.Follow)
        if self._build is None:
            self._note_done(number, command.do, None)
        else:
            self._build_command = (number, command.do)

    def _note_done(self, number: int, do: str, fault: NeurogenError | None) -> None:
        error = None if fault is None else fault.as_dict()
        self._done.append(Done(self.seq + 1, {"id": number, "do": do, "ok": fault is None, "error": error}))

    def play(self, command: requests.Play) -> None:
        """Let frames advance."""
        self.life(0)
        self.playing, self.speed_h, self._goal = True, command.speed_h, None

    def pause(self, _: requests.Pause) -> None:
        """Let frames stand still."""
        self.playing, self._goal, self._steps = False, None, 0

    def step(self, command: requests.Step) -> None:
        """Advance by some steps once."""
        self.life(0)
        self.playing, self._goal = False, None
        self._steps += command.steps

    def run_to(self, command: requests.RunTo | requests.GoTo) -> None:
        """Advance to a day."""
        now = self.life(0).step
        goal = round(command.day * 24.0 / self.lives[0].step_h)
        if goal < now:
            what = "That day has passed."
            raise Refusal(what, code="passed", where="day", cure="Reset, then run to it.", seen=command.day)
        self.playing, self._steps = False, 0
        self._goal = (now, goal) if goal > now else None

    def rewind(self, command: requests.Rewind | requests.GoTo) -> None:
        """Make the animals again and live them up to a day that has passed; a fork after that day is gone."""
        first = self.life(0)
        step = round(command.day * 24.0 / first.step_h)
        if step > first.step:
            what = "That day has not been lived yet."
            raise Refusal(what, code="not-lived", where="day", cure="Run to it.", seen=command.day)
        plans = [life.plan.before(step) for life in self.lives if (life.plan.forked_step or 0) <= step]
        self.pause(requests.Pause(do="pause"))
        self._begin(self.scenario, self.seed, plans)
        self._day = step * first.step_h / 24.0

    def go_to(self, command: requests.GoTo) -> None:
        """Advance to a day, or rewind to it; which of them is decided when what was asked before has happened."""
        passed = round(command.day * 24.0 / self.life(0).step_h) < self.lives[0].step
        (self.rewind if passed else self.run_to)(command)

    def reset(self, command: requests.Reset) -> None:
        """Make the animals again, with the settings of this moment and those that waited for it."""
        same = command.scenario in (None, self.scenario)
        plans = []
        for arm, life in enumerate(self.lives if same else self.lives[:1]):
            kept = life.plan.changes_by(life.step) if same else {}
            plans.append(ArmPlan(changes=kept | (self.pending[arm] if same else {})))
        plans = plans or ([ArmPlan(changes=p.changes) for p in self._plans] if same else [ArmPlan()])
        if command.changes is not None:
            plans[0] = ArmPlan(changes=command.changes)
        self.pause(requests.Pause(do="pause"))
        seed = self.seed if command.seed is None else command.seed
        self._begin(command.scenario or self.scenario, seed, plans)

    def set(self, command: requests.Set) -> None:
        """Change something now, or note it for the next reset."""
        life = self.life(command.arm)
        self._check_set(command)
        if command.when == "now":
            life.set_now(command.changes)
        else:
            self.pending[command.arm] |= command.changes

    def compare(self, command: requests.Compare) -> None:
        """Add a second animal of the same seed, or drop it."""
        first = self.life(0)
        self.lives, self.pending[1] = self.lives[:1], {}
        if command.on:
            plan = self._twin_plan(command.changes)
            self.library.prepare(self.scenario, self.seed, plan.changes)
            self._begin(self.scenario, self.seed, [plan], to_step=first.step)

    def fork(self, command: requests.Fork) -> None:
        """Let a second life begin here."""
        twin = self.life(0).fork()
        if command.changes:
            twin.set_now(command.changes)
        self.lives, self.pending[1] = [self.lives[0], twin], dict(self.pending[0])

    def inject(self, command: requests.Inject) -> None:
        """Give a birth-dating agent to one animal or both."""
        for life in self.lives if command.arm is None else [self.life(command.arm)]:
            life.inject(command.agent, command.dose)

    def follow(self, command: requests.Follow) -> None:
        """Follow a cell, or none."""
        life = self.life(command.arm)
        if command.id is not None:
            life.model.cell(int(command.id))
        life.followed = None if command.id is None else int(command.id)

    # Making and moving

    def _twin_plan(self, changes: dict[str, Any]) -> ArmPlan:
        first = self.life(0)
        now = first.plan.changes_by(first.step)
        kept = {"duration": now["duration"]} if "duration" in now else {}
        return ArmPlan(changes=first.plan.changes | kept | changes)

    def _begin(self, scenario: str, seed: int, plans: list[ArmPlan], to_step: int | None = None) -> None:
        stock = (self.library, self.cache, self.threads)
        self._build = Build(*stock, scenario=scenario, seed=seed, plans=plans, joins_at=to_step)

    def _finish_build(self) -> None:
        """Take the animals that are ready, or say why there are none."""
        build, self._build = self._build, None
        if build is None:
            return
        self.revision += 1
        fault = Abandoned() if build.future.cancelled() else build.future.exception()
        if fault is None:
            self._settle(build)
        elif not isinstance(fault, NeurogenError | Abandoned):
            raise fault
        elif isinstance(fault, NeurogenError) and not self.lives:
            self.error = _bare(fault)
        if self._build_command is not None:
            gone = Refusal("A later command replaced this one.", code="replaced")
            self._note_done(*self._build_command, gone if isinstance(fault, Abandoned) else fault)
            self._build_command = None

    def _settle(self, build: Build) -> None:
        made = build.future.result()
        if build.joins_at is not None:
            self.lives = [*self.lives[:1], *made]
            return
        self.scenario, self.seed, self.lives = build.scenario, build.seed, made
        self.pending, self.error = [{}, {}], None
        self._series_seq = self.seq + 1
        if self._day:
            self._goal = (0, round(self._day * 24.0 / made[0].step_h))
            self._day = 0.0

    def _advance(self) -> bool:
        """Let time pass, for both lives together; say whether it did."""
        step_h = self.lives[0].step_h
        if self._goal is not None:
            steps, until = self._goal[1] - self.lives[0].step, time.monotonic() + _SLICE_S
        else:
            steps = self._steps or (max(1, round(self.speed_h / step_h)) if self.playing else 0)
            until = float("inf")
        self._steps = 0
        moved = False
        try:
            while steps > 0 and not any(life.over for life in self.lives) and time.monotonic() < until:
                together = min(steps, AT_ONCE, *(life.model.steps_left for life in self.lives))
                for life in self.lives:
                    life.advance(together)
                moved, steps = True, steps - together
        except NeurogenError as fault:
            self.error, self.playing, self._goal = _bare(fault), False, None
            return True
        if self.phase == "over":
            moved |= self.playing or self._goal is not None
            self.playing, self._goal = False, None
        if self._goal is not None and self.lives[0].step >= self._goal[1]:
            self._goal = None
        if moved:
            self._look_around()
        return moved

    def _look_around(self) -> None:
        """Let happen what is planned for this moment, which the page is told of, and note what was born and died."""
        for life in self.lives:
            life.catch_up()
            life.note_turnover()
        happened = sum(life.happened for life in self.lives)
        self.revision += happened != self._happened
        self._happened = happened

    # What is told

    def _packed(self, after: int, rows: list[int], by: str) -> bytes:
        lives = [] if self._build is not None else self.lives
        held = [0, 0] if after < self._series_seq else [*rows, 0, 0]
        starts = [min(held[arm], len(life.model.recorder.rows)) for arm, life in enumerate(lives)]
        limits = bdnf_limits(lives) if lives else (0.0, 1.0)
        arrays = [array for arm, life in enumerate(lives) for array in arm_arrays(life, arm, starts[arm], by, limits)]
        return pack(self._header(after, lives, starts), arrays)

    def _header(self, after: int, lives: list[Life], starts: list[int]) -> dict[str, Any]:
        first = self.lives[0] if self.lives else None
        return {
            "seq": self.seq,
            "series_seq": self._series_seq,
            "revision": self.revision,
            "phase": self.phase,
            "playing": self.playing,
            "day": first.model.day if first else 0.0,
            "step": first.step if first else 0,
            "again": self.again,
            "progress": self._progress(),
            "done": [done.report for done in self._done if done.seq > after],
            "events": events_of(self.lives),
            "error": None if self.error is None else self.error.as_dict(),
            "arms": [arm_header(life, start) for life, start in zip(lives, starts, strict=True)],
        }

    def _progress(self) -> dict[str, Any] | None:
        if self._build is not None:
            return {"text": self._build.text, "done": self._build.done, "to_day": None, "cancellable": False}
        if self._goal is None or not self.lives:
            return None
        start, goal = self._goal
        life = self.lives[0]
        done = (life.step - start) / (goal - start)
        to_day = goal * life.step_h / 24.0
        text = f"day {life.model.day:.1f} of {plain(to_day)}"
        return {"text": text, "done": done, "to_day": to_day, "cancellable": True}


def _bare(fault: NeurogenError) -> NeurogenError:
    """Return a fault to be kept, without its traceback, which would keep the animal it arose in."""
    return fault.with_traceback(None)
