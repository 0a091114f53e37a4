"""Checkpoints of a run on its way: when they are taken, where they lie, and which of them a run goes on from.

They lie in a folder beside the directory of the run, with the scenario and its recordings, two in rotation: the older
one is replaced, so that whatever happens meanwhile the other one is whole.
"""

import datetime
import math
import platform
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neurogen_abm import sources, units
from neurogen_abm.arguments import CALLABLE, FLAG, MAPPING, PLACE, TEXT, check
from neurogen_abm.errors import EnvironmentFault, InputError, IntegrityError, NeurogenError, told, typed
from neurogen_abm.numerals import plain
from neurogen_abm.provenance import software
from neurogen_abm.state import State, flat, nested, part
from neurogen_abm.storage import atomic, checkpoint, ledger, run_directory
from neurogen_abm.storage.checkpoint import Content
from neurogen_abm.storage.places import PROVENANCE

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario

UNFINISHED: Final = ".unfinished"  # behind the name of a run, the folder of what it is made of until it is finished
KEPT: Final = "checkpoint"  # in the directory of a finished run, the animal at its end
NAMES: Final = ("checkpoint-1", "checkpoint-2")
WALL_TIME: Final = "2 min"
# Of the time of a run that is spent on checkpoints at most; one that would exceed it waits.
SHARE = 0.04


class CheckpointWarning(UserWarning):
    """A checkpoint cannot be written, or not be used; what that means for the run."""


class UnfinishedError(NeurogenError):
    """A run was stopped on its way; a checkpoint of it is kept."""

    exit_code = 130
    default_code = "interrupted"


@dataclass(frozen=True)
class Checkpoints:
    """Where a run keeps checkpoints, and how often.

    Parameters
    ----------
    folder
        A folder of their own. It is made with the first of them.
    every
        Time of the animal's life between two, such as ``"1 d"``; by default only the clock on the wall counts.
    wall_time
        Time between two by the clock on the wall; None: never. By both rules they wait where writing them would take
        more than a twenty-fifth of the time of the run.
    at_end
        Whether the animal is kept at the end of its run as well, from where `resume` lets it live on.
    force
        Whether an unfinished run that lies in the folder is replaced.
    stop
        Asked after every day of the life, or as often as ``every`` says; once it says True, a checkpoint is written and
        `run` raises `UnfinishedError`.
    beside
        File name -> what writes it: what the directory of the finished run is to hold beside its own files, such as
        bands. It lies in the folder until then.

    Raises
    ------
    InputError
        A time is none.

    Examples
    --------
    >>> Checkpoints("long_life", every="30 d").every_min
    43200.0
    """

    folder: str | Path
    every: str | None = None
    wall_time: str | None = WALL_TIME
    at_end: bool = True
    force: bool = False
    stop: Callable[[], bool] | None = None
    beside: Mapping[str, atomic.Writer] | None = None

    def __post_init__(self) -> None:
        """Refuse what is no time, before anything has run."""
        check(folder=(self.folder, PLACE), every=(self.every, TEXT.or_none), wall_time=(self.wall_time, TEXT.or_none))
        check(at_end=(self.at_end, FLAG), force=(self.force, FLAG), stop=(self.stop, CALLABLE.or_none))
        check(beside=(self.beside, MAPPING.or_none))
        _ = self.every_min, self.wall_s

    @property
    def every_min(self) -> float | None:
        """Minutes of life between two."""
        return None if self.every is None else _time(self.every, "min", told("every", "--checkpoint-every"))

    @property
    def wall_s(self) -> float | None:
        """Seconds by the clock on the wall between two."""
        return (
            None if self.wall_time is None else _time(self.wall_time, "s", told("wall_time", "--checkpoint-wall-time"))
        )


def _time(text: str, unit: str, where: str) -> float:
    try:
        return units.quantity(text, unit, above=0.0)
    except InputError as fault:
        raise fault.become(InputError, where) from fault


@dataclass(frozen=True)
class Origin:
    """Where a run comes from beside its scenario: what its provenance and its checkpoints say of it.

    Attributes
    ----------
    digests, recordings
        File name -> SHA-256 of every recording, and content of one's own.
    began
        When it was started first.
    spent_s
        Seconds that it ran before.
    story
        ``branched``: from which run, and on which day; ``resumed``: on which days.
    """

    digests: Mapping[str, str]
    recordings: Mapping[str, bytes]
    began: datetime.datetime
    spent_s: float = 0.0
    story: Mapping[str, Any] | None = None


def made_with() -> dict[str, str]:
    """Return what must be the same for a life to go on to the same bits: code, libraries of arithmetic, processor."""
    versions = {name: version for name, version in software().items() if name in ("numpy", "numba", "llvmlite")}
    return {"neurogen_abm": sources.software(), "processor": platform.machine(), **versions}


class Keeper:
    """Keeps the checkpoints of one run; a context, which holds the folder against other processes.

    Parameters
    ----------
    wish
        Where, and how often.
    resolved
        The scenario of the run.
    origin
        Where it comes from.
    goes_on
        Name of the checkpoint from which the run goes on in the folder; None where it begins.
    """

    def __init__(
        self, wish: Checkpoints, resolved: "ResolvedScenario", origin: Origin, goes_on: str | None = None
    ) -> None:
        self._wish, self._resolved, self._origin = wish, resolved, origin
        self.folder = Path(wish.folder)
        self._exists = self._tried = goes_on is not None
        self._next = NAMES[1] if goes_on == NAMES[0] else NAMES[0]
        self._held = ExitStack()
        self._last_day: float | None = None
        self._began = self._last_s = time.monotonic()
        self._writing_s = self._cost_s = 0.0
        self._last_min = 0

    def check(self) -> None:
        """Say why this run cannot keep anything in its folder, if it cannot."""
        if not self._exists:
            check_free(self.folder, force=self._wish.force)

    def __enter__(self) -> "Keeper":
        """Hold the folder; where another run is to be replaced, it is this one's now, or `resume` would take that."""
        self.check()
        if self._exists:
            cure = "Wait until it has ended; or stop it, and this command goes on where it was."
            self._held.enter_context(ledger.locked(self.folder, cure))
        elif self._wish.force and self._is_of_another():
            self._make_folder()
        return self

    def _is_of_another(self) -> bool:
        """Whether a run that has checkpoints lies in the folder, or one of another scenario that has none yet."""
        if any(candidates(self.folder)):
            return True
        try:
            there = run_directory.read_provenance(self.folder) if self.folder.is_dir() else {}
        except NeurogenError:
            return True
        return bool(there) and there.get("scenario_digest") != self._resolved.digest

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def begins_at(self, model: "NeurogenesisModel") -> None:
        """Count from this moment of a life on."""
        self._last_min = model.muscle.minute
        self._last_day = model.day if self._exists else None

    @property
    def sees_h(self) -> float:
        """How often the animal is to be seen, hours of its life: once a day, or as often as checkpoints are wanted."""
        every_min = self._wish.every_min
        return 24.0 if every_min is None else min(24.0, every_min / 60.0)

    def after_steps(self, model: "NeurogenesisModel") -> None:
        """Write a checkpoint where one is due.

        Raises
        ------
        UnfinishedError
            Somebody asked to stop; the checkpoint is written.
        EnvironmentFault
            The disk is full or cannot be written, and an earlier checkpoint is there to go on from.
        """
        stop = self._wish.stop is not None and self._wish.stop()
        if stop or self._is_due(model):
            self._write(model, must=stop)
        if stop:
            what = f"Interrupted on day {plain(model.day)} of {plain(self._resolved.scenario.duration_h / 24)}."
            raise UnfinishedError(what, where=str(self.folder), cure=how_to_go_on(self.folder))

    def at_end(self, model: "NeurogenesisModel") -> None:
        """Keep the animal at the end of its run, if that was asked for."""
        if self._wish.at_end:
            self._write(model, must=True)

    def _is_due(self, model: "NeurogenesisModel") -> bool:
        now, wish = time.monotonic(), self._wish
        due = wish.wall_s is not None and now - self._last_s >= wish.wall_s
        if wish.every_min is not None:
            due |= model.muscle.minute // wish.every_min > self._last_min // wish.every_min
        return due and self._writing_s + self._cost_s <= SHARE * (now - self._began)

    def _write(self, model: "NeurogenesisModel", *, must: bool) -> None:
        begun = time.monotonic()
        data = checkpoint.packed(content_of(model, self._about(model)))
        try:
            self._make_folder()
            place = self.folder / self._next
            with atomic.machine_faults(place, self._cure()):
                run_directory.require_space(place, len(data), what="A checkpoint needs", cure=self._cure())
                atomic.write_file(place, partial(Path.write_bytes, data=data))
        except EnvironmentFault as fault:
            if must or self._last_day is not None:
                raise
            _warn(f"No checkpoint was written, and the run goes on without: {fault}")
        else:
            self._next = NAMES[1] if self._next == NAMES[0] else NAMES[0]
            self._last_day = model.day
        self._last_s = time.monotonic()
        self._cost_s = self._last_s - begun
        self._writing_s += self._cost_s
        self._last_min = model.muscle.minute

    def _cure(self) -> str:
        if self._last_day is None or not any(candidates(self.folder)):  # somebody may have removed them
            return f"or {atomic.elsewhere()}; nothing was kept."
        return f"first; the checkpoint of day {plain(self._last_day)} is kept: {how_to_go_on(self.folder)}"

    def _make_folder(self) -> None:
        """Make the folder of an unfinished run, if this is the first of its checkpoints."""
        if self._exists:
            return
        resolved, origin = self._resolved, self._origin
        writers: dict[str, atomic.Writer] = {
            "scenario.yaml": partial(Path.write_text, data=resolved.to_yaml(), encoding="utf-8")
        }
        writers |= {name: partial(Path.write_bytes, data=content) for name, content in origin.recordings.items()}
        writers |= self._wish.beside or {}
        needed = run_directory.LEAST_BYTES + sum(map(len, origin.recordings.values()))
        note = {
            "unfinished": made_with(),
            "scenario": resolved.scenario.name,
            "seed": resolved.scenario.seed,
            "scenario_digest": resolved.digest,
            "catalogue_digest": resolved.catalogue_digest,
            "recordings": dict(origin.digests),
            **{key: told for key, told in (origin.story or {}).items() if key == "branched"},
        }
        # A folder of which only the last name did not reach the disk is there already, and is this run's own.
        force, self._tried = self._wish.force or self._tried, True
        if force:
            atomic.forget(self.folder / name for name in NAMES)
        run_directory.write_directory(self.folder, writers, note, force=force, needed_bytes=needed)
        self._exists = True
        self._held.enter_context(ledger.locked(self.folder))

    def _about(self, model: "NeurogenesisModel") -> dict[str, Any]:
        return {
            "made_with": made_with(),
            "scenario_digest": self._resolved.digest,
            "seed": self._resolved.scenario.seed,
            "minute": model.muscle.minute,
            "began": self._origin.began.isoformat(timespec="seconds"),
            "spent_s": self._origin.spent_s + time.monotonic() - self._began,
            "story": dict(self._origin.story or {}),
        }


def folder_of(target: Path) -> Path:
    """Return where a run keeps its checkpoints until its directory is written."""
    place = with_name(target)
    return place.parent / f"{place.name}{UNFINISHED}"


def target_of(folder: Path) -> Path:
    """Return the directory that a run is to have whose checkpoints lie in a folder."""
    place = with_name(folder)
    return place.parent / place.name.removesuffix(UNFINISHED)


def with_name(place: Path) -> Path:
    """Return a path by the name that it has in its folder, which `.` and `..` do not say."""
    return place if place.name not in ("", "..") else place.resolve()


def how_to_go_on(folder: Path) -> str:
    """Return the sentence that says how a run goes on whose checkpoints lie in a folder."""
    return told(
        f'`neurogen_abm.resume("{folder}")` goes on from there.',
        f"`neurogen resume {typed(target_of(folder))}` goes on.",
    )


def how_to_start_anew(folder: Path) -> str:
    """Return the sentence that says how a run starts anew in place of what is kept of it in a folder."""
    file, target = folder / "scenario.yaml", target_of(folder)
    called = f'`neurogen_abm.run("{file}")` starts it anew.'
    if target == with_name(folder):  # one that Python chose, which names no directory of a run
        return told(called, f"`neurogen run {typed(file)}` starts it anew.")
    return told(called, f"`neurogen run {typed(file)} --out {typed(target)} --force` starts it anew.")


def check_free(folder: Path, *, force: bool) -> None:
    """Refuse to begin a run whose checkpoints would lie on those of another one, unless that is to be replaced."""
    require_known(folder)
    if folder.exists() and not force and (folder / PROVENANCE).exists():
        what = "An unfinished run lies here."
        cure = f"{how_to_go_on(folder)} {told('force=True', '--force')} starts anew in its place."
        raise InputError(what, where=str(folder), cure=cure, code="unfinished-run")
    run_directory.check_target(folder, force=force, kind=run_directory.UNFINISHED)
    if folder.exists():
        with ledger.locked(folder):  # another process may be at it
            pass


def require_known(folder: Path) -> None:
    """Refuse, with an IntegrityError, checkpoints of which nothing says what else belongs to them."""
    if any(candidates(folder)) and not (folder / PROVENANCE).is_file():
        what = "Checkpoints lie here, and no provenance.json says of which run they are."
        cure = "Put it back; or move this folder away, and run the scenario.yaml that lies in it."
        raise IntegrityError(what, where=str(folder), cure=cure, code="damaged-checkpoint")


def remove(folder: Path) -> None:
    """Remove what a run needed until it was finished; what people have put beside it stays."""
    try:
        files = run_directory.read_provenance(folder)["files"] if folder.is_dir() else {}
    except NeurogenError:
        files = {}
    if not folder.is_dir():
        return
    with atomic.machine_faults(folder, "and remove it by hand; the run itself is complete."):
        own = (*NAMES, *files, ledger.LOCK, PROVENANCE)
        atomic.forget(folder / name for name in own)
        inner = {above for name in files for above in (folder / name).parents if folder in above.parents}
        for emptied in (*sorted(inner, reverse=True), folder):
            if emptied.is_dir() and not any(emptied.iterdir()):
                emptied.rmdir()


def as_checkpoints(given: "Checkpoints | str | Path | None") -> Checkpoints | None:
    """Return the wish of a caller, who may name the folder alone."""
    return given if given is None or isinstance(given, Checkpoints) else Checkpoints(given)


def going_on(wish: Checkpoints, folder: Path) -> Checkpoints:
    """Return a wish for the checkpoints of a run that goes on in its folder."""
    return replace(wish, folder=folder, force=False)


def _warn(words: str) -> None:
    import warnings

    warnings.warn(words, CheckpointWarning, stacklevel=3)


def candidates(folder: Path) -> list[Path]:
    """Return the checkpoints that lie in a folder, the one of the latest moment of the life first.

    File times say nothing: a copy or a restored backup has others. One that cannot be read stands before all, so that
    whoever goes through them meets what is wrong with it before another is used.
    """
    found = [folder / name for name in (*NAMES, KEPT) if (folder / name).is_file()]
    return sorted(found, key=_moment, reverse=True)


def _moment(file: Path) -> tuple[float, float]:
    """Return the minute of the life at which a checkpoint was taken, and the seconds of running until then."""
    try:
        about = checkpoint.about(file)
    except NeurogenError:
        return math.inf, math.inf
    minute, spent_s = about.get("minute"), about.get("spent_s")
    if not isinstance(minute, int | float) or not isinstance(spent_s, int | float):
        return math.inf, math.inf
    return minute, spent_s


def content_of(model: "NeurogenesisModel", about: dict[str, Any]) -> Content:
    """Return what a checkpoint of an animal holds."""
    from neurogen_abm.engine import pedigree  # compiles, which a command that reads none need not wait for

    state = model.as_state()
    population = state["world"]["population"]
    population["ended"] = pedigree.brief(population["ended"])
    return Content(about, *flat(state))


def state_in(content: Content) -> State:
    """Return the state of which `content_of` was made; a MisfitError says that it holds none."""
    from neurogen_abm.engine import pedigree  # as above

    state = nested(content.arrays, content.plain)
    population = part(part(state, "world"), "population")
    population["ended"] = pedigree.full(part(population, "ended"))
    return state
