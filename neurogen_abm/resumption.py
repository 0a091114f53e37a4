"""A run that goes on: from the last good checkpoint to its end, or from there into a life that differs."""

import datetime
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from neurogen_abm.arguments import CALLABLE, FLAG, MAPPING, PLACE, check
from neurogen_abm.checkpoints import (
    KEPT,
    Checkpoints,
    CheckpointWarning,
    Keeper,
    Origin,
    candidates,
    folder_of,
    going_on,
    how_to_start_anew,
    made_with,
    require_known,
    state_in,
    target_of,
    with_name,
)
from neurogen_abm.errors import InputError, IntegrityError, NeurogenError, told, typed
from neurogen_abm.memory import available_bytes
from neurogen_abm.numerals import plain
from neurogen_abm.run import CHECKPOINTS, SCENARIO, Progress, Result, at_hand, lived, prepare, run
from neurogen_abm.storage import checkpoint, run_directory
from neurogen_abm.storage.checkpoint import Content
from neurogen_abm.storage.places import LEDGER, PROVENANCE

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel
    from neurogen_abm.spec.scenario.scenario import ResolvedScenario


class Found(NamedTuple):
    """A folder that holds checkpoints, and its provenance; ``finished`` where that is of a finished run."""

    folder: Path
    provenance: Mapping[str, Any]

    @property
    def finished(self) -> bool:
        """Whether the run has been lived to its end."""
        return "unfinished" not in self.provenance

    @property
    def branched(self) -> Sequence[Mapping[str, Any]]:
        """From which runs, and on which days, this life went another way; empty where it never did."""
        return self.provenance.get("branched", [])


class Woken(NamedTuple):
    """An animal that goes on, what its checkpoint says of it, and the name of the checkpoint."""

    animal: "NeurogenesisModel"
    about: Mapping[str, Any]
    name: str


def resume(
    run: str | Path,
    changes: Mapping[str, object] | None = None,
    progress: Callable[[Progress], None] | None = None,
    checkpoints: "Checkpoints | str | Path | None" = None,
    *,
    other_version: bool = False,
) -> Result:
    """Go on with a run that was interrupted, and return its tables: those of a run that never was.

    Parameters
    ----------
    run
        The directory that the run was to have, or the folder of its checkpoints; or a finished run with which the
        animal at its end was kept.
    changes
        Dotted path -> value: what differs from this moment on. The activity, knock-outs, infusions and the duration
        may, as in `NeurogenesisModel.live_on`; what lasted until the end of the run lasts until that of the new one.
    progress
        As of :func:`run`.
    checkpoints
        Where, and how often; by default in the folder of the run, and with changes nowhere.
    other_version
        Go on although another version or another processor has lived the beginning: the bits may differ, and the
        provenance says so.

    Raises
    ------
    InputError
        There is nothing to go on with, the changes would make another animal, or another version began it.
    IntegrityError
        No checkpoint of the run is whole.
    EnvironmentFault, ModelFault
        As of :func:`run`.

    Warns
    -----
    CheckpointWarning
        The last checkpoint cannot be used, and the one before it is.

    Examples
    --------
    >>> resume("runs/mouse_lifespan-seed1")  # doctest: +SKIP
    >>> resume("runs/mouse_lifespan-seed1", {"activity": [], "duration": "800 d"})  # doctest: +SKIP
    """
    check(run=(run, PLACE), changes=(changes, MAPPING.or_none), progress=(progress, CALLABLE.or_none))
    check(checkpoints=(checkpoints, CHECKPOINTS.or_none), other_version=(other_version, FLAG))
    found = find(Path(run))
    if found.finished and not changes:
        what_next = told("""changes={"duration": "60 d"}""", "--branch DIR --set duration='60 d'")
        cure = f"Say what is to come: {what_next}."
        raise InputError("This run is finished.", where=str(run), cure=cure, code="run-over")
    resolved = scenario_of(found, other_version=other_version)
    if (is_other := _is_of_another_catalogue(resolved)) and changes:
        raise _other_catalogue(found, "Its branches live by what it began with; go on with that.")
    wish = checkpoints if checkpoints is None or isinstance(checkpoints, Checkpoints) else Checkpoints(checkpoints)
    if not changes and (wish is None or Path(wish.folder) == found.folder):
        wish = going_on(wish or Checkpoints(found.folder), found.folder)
    if changes and wish is not None:
        require_apart(Path(wish.folder), found)
    if not any(candidates(found.folder)):
        return _anew(resolved, changes, progress, wish, found)
    began = datetime.datetime.now(datetime.UTC)
    woken = wake(found, resolved, other_version=other_version)
    story = _story(woken, found, began, resolved.catalogue_digest if is_other else None, changes=bool(changes))
    if changes:
        resolved = prepare(resolved, overrides=_to_the_end(resolved, changes))
        woken.animal.live_on(resolved)
    digests, recordings = at_hand(resolved)
    first = datetime.datetime.fromisoformat(woken.about["began"])
    origin = Origin(digests, recordings, began if changes else first, float(woken.about["spent_s"]), story)
    stays = wish is not None and not changes and Path(wish.folder) == found.folder
    keeper = None if wish is None else Keeper(wish, resolved, origin, woken.name if stays else None)
    return lived(woken.animal, keeper, origin, time.perf_counter(), progress)


def find(run: Path) -> Found:
    """Return the folder with the checkpoints of a run.

    An InputError says that there is none; an IntegrityError, that nothing says of which run they are.
    """
    run = with_name(run)
    for folder in (folder_of(run), run):
        require_known(folder)
        if not (folder / PROVENANCE).is_file():
            continue
        provenance = run_directory.read_provenance(folder)
        if "unfinished" in provenance or KEPT in provenance["files"]:
            return Found(folder, provenance)
        cure = f"Start it with {told('checkpoints=', '--keep-checkpoint')} to go on from its end."
        raise InputError(
            "This run is finished, and its animal was not kept.", where=str(run), cure=cure, code="run-over"
        )
    cure = "Give the directory of a run that was interrupted; `neurogen run` says it."
    if (run / LEDGER).is_file():
        cure = "Runs of many animals go on when the command that made them is given again."
    raise InputError("There is no unfinished run here.", where=str(run), cure=cure, code="not-a-run")


def require_apart(place: Path, found: Found) -> None:
    """Refuse, with an InputError, a branch that would replace the run from which it comes."""
    if place.resolve() in (found.folder.resolve(), target_of(found.folder).resolve()):
        what, cure = "A branch leaves the run it comes from as it is, and would replace it here.", "Give another place."
        raise InputError(what, where=str(place), cure=cure, code="output-exists")


def scenario_of(found: Found, *, other_version: bool) -> "ResolvedScenario":
    """Return the scenario of a run with checkpoints.

    Raises
    ------
    InputError
        Another version of the package, of the catalogue, or another processor began it.
    IntegrityError
        The scenario, or a recording, is not the one with which it began.
    """
    from neurogen_abm.spec.scenario.resolve import CatalogueChangedWarning

    folder, provenance = found
    if not found.finished and not other_version:
        _require_same(provenance["unfinished"], folder, found)
    file = run_directory.checked(folder, SCENARIO, provenance)
    for name in set(provenance["files"]) & set(provenance["recordings"]):
        run_directory.checked(folder, name, provenance)
    try:
        return _read(file, "error")
    except CatalogueChangedWarning as change:
        if other_version:
            return _read(file, "ignore")
        raise _other_catalogue(found, _other_cure(found)) from change


def _other_catalogue(found: Found, cure: str) -> InputError:
    what = "This run was begun with another catalogue than the one installed."
    return InputError(what, where=str(found.folder), cure=cure, code="other-catalogue")


def _is_of_another_catalogue(resolved: "ResolvedScenario") -> bool:
    from neurogen_abm.spec.scenario.resolve import catalogue_like

    return catalogue_like(resolved.scenario, resolved.catalogue).digest != resolved.catalogue_digest


def _read(file: Path, if_changed: Literal["error", "ignore"]) -> "ResolvedScenario":
    """Return a resolved scenario, with the numbers it was written with whatever catalogue is installed."""
    from neurogen_abm.spec.scenario.resolve import CatalogueChangedWarning, ResolvedScenario

    with warnings.catch_warnings():
        warnings.simplefilter(if_changed, CatalogueChangedWarning)
        return ResolvedScenario.from_yaml(file.read_text(encoding="utf-8"), file.absolute().parent)


def _require_same(then: Mapping[str, str], where: Path, found: Found) -> None:
    """Refuse to go on with what another version, or another processor, has begun."""
    now = made_with()
    differing = [f"{name} {then.get(name, 'unknown')}, here {now[name]}" for name in now if then.get(name) != now[name]]
    if differing:
        what = f"This run was begun with {'; '.join(differing)}: it would not go on to the same bits."
        raise InputError(what, where=str(where), cure=_other_cure(found), code="other-version")


def _other_cure(found: Found) -> str:
    flag = told("other_version=True", "--other-version of `neurogen resume`")
    return f"Go on with what began it, or with {flag}, by the numbers with which it began; or: {how_again(found)}"


def how_again(found: Found) -> str:
    """Return the sentence that says how the run of a folder is lived from its beginning."""
    if found.branched:
        came = found.branched[-1]
        return f"branch again from {target_of(Path(came['run'])).name}, as on day {plain(came['day'])}."
    if not found.finished:
        return how_to_start_anew(found.folder)
    file = found.folder / SCENARIO
    return told(
        f'`neurogen_abm.run("{file}", checkpoints=...)` lives it again.',
        f"`neurogen run {typed(file)} --keep-checkpoint --out DIR` lives it again.",
    )


def wake(found: Found, resolved: "ResolvedScenario", *, other_version: bool = False) -> Woken:
    """Return the animal of the last good checkpoint.

    Raises
    ------
    IntegrityError
        None is whole, or none is of this run.
    InputError
        They were written by another version.

    Warns
    -----
    CheckpointWarning
        One cannot be used.
    """
    faults: list[tuple[Path, NeurogenError]] = []
    for file in candidates(found.folder):
        try:
            content = checkpoint.read(file, available_bytes())
            _require_own(content, resolved, file)
            if not other_version:
                _require_same(content.about["made_with"], file, found)
            woken = Woken(_animal(content, resolved, file), content.about, file.name)
        except NeurogenError as fault:
            faults.append((file, fault))
            continue
        for damaged, why in faults:
            _say(damaged, why, content.about["minute"])
        return woken
    if (other := next((fault for _, fault in faults if isinstance(fault, InputError)), None)) is not None:
        raise other
    alone, whys = len(faults) == 1, " ".join(dict.fromkeys(fault.what for _, fault in faults))
    what, where = (whys, faults[0][0]) if alone else (f"Neither checkpoint can be used: {whys}", found.folder)
    cure = f"There is no other one: {how_again(found)}"
    raise IntegrityError(what, where=str(where), cure=cure, code="damaged-checkpoint")


def _require_own(content: Content, resolved: "ResolvedScenario", file: Path) -> None:
    """Refuse a checkpoint of another run, or one that does not say of which it is."""
    about = content.about
    known = isinstance(about.get("minute"), int) and isinstance(about.get("spent_s"), int | float)
    known = known and isinstance(about.get("made_with"), dict) and isinstance(about.get("story"), dict)
    if not known or not isinstance(about.get("began"), str):
        raise checkpoint.DamagedCheckpointError(str(file), "it does not say of which animal it is")
    if (about.get("scenario_digest"), about.get("seed")) != (resolved.digest, resolved.scenario.seed):
        what = "This checkpoint is of another scenario, or of another animal."
        cure = "Put back the checkpoint that was written here, or start the run again."
        raise IntegrityError(what, where=str(file), cure=cure, code="other-run")


def _animal(content: Content, resolved: "ResolvedScenario", file: Path) -> "NeurogenesisModel":
    from neurogen_abm.model import NeurogenesisModel  # compiles, which a refusal need not wait for

    try:
        return NeurogenesisModel.restored(resolved, state_in(content))
    except IntegrityError as fault:
        raise checkpoint.DamagedCheckpointError(str(file), fault.what) from fault
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as fault:
        raise checkpoint.DamagedCheckpointError(str(file), "what it holds is no animal") from fault


def _say(damaged: Path, fault: NeurogenError, minute: int) -> None:
    """Say which checkpoint is not used, and from where the life is lived again."""
    day = plain(minute / 1440.0)
    words = f"{fault.what} The other one is used, of day {day}: what was lived after that is lived again."
    warnings.warn(f"{damaged}: {words}", CheckpointWarning, stacklevel=4)


def _story(
    woken: Woken, found: Found, began: datetime.datetime, catalogue: str | None, *, changes: bool
) -> dict[str, Any]:
    """Return what provenance says of how the life was lived; the catalogue where another one is installed."""
    day, at = woken.about["minute"] / 1440.0, began.isoformat(timespec="seconds")
    before = dict(woken.about["story"])
    if changes:
        came = {
            "run": target_of(found.folder).name,
            "scenario_digest": woken.about["scenario_digest"],
            "day": day,
            "at": at,
        }
        before["branched"] = [*before.get("branched", []), came]
    else:
        before["resumed"] = [*before.get("resumed", []), {"day": day, "at": at}]
    then, now = dict(woken.about["made_with"]), made_with()
    if catalogue is not None:
        then["catalogue"] = catalogue
    if then != now:
        before["begun_with"] = then
    return before


def _to_the_end(resolved: "ResolvedScenario", changes: Mapping[str, object]) -> dict[str, object]:
    """Let what lasts until the end of the run last until the end of a run of another duration, unless changes say."""
    more: dict[str, object] = {}
    for key in ("activity", "infusions") if "duration" in changes else ():
        if any(path.split(".")[0].split("[")[0] == key for path in changes):
            continue
        for number, entry in enumerate(getattr(resolved.scenario, key)):
            if getattr(entry, "end_h", None) == resolved.scenario.duration_h:
                more[f"{key}[{number}].end"] = changes["duration"]
    return more | dict(changes)


def _anew(
    resolved: "ResolvedScenario",
    changes: Mapping[str, object] | None,
    progress: Callable[[Progress], None] | None,
    wish: Checkpoints | None,
    found: Found,
) -> Result:
    """Live a run from its beginning that was killed before its first checkpoint was whole."""
    if found.branched:  # its scenario says nothing of what came before
        what, cure = "No checkpoint of this branch is there.", f"Its life cannot go on: {how_again(found)}"
        raise InputError(what, where=str(found.folder), cure=cure, code="no-checkpoint")
    if changes:
        cure = "Resume the run first, or start another one with the changes."
        raise InputError(
            "No checkpoint of this run is there.", where=str(found.folder), cure=cure, code="no-checkpoint"
        )
    said = f"{found.folder}: no checkpoint was finished; the run is lived from its beginning."
    warnings.warn(said, CheckpointWarning, stacklevel=3)
    wish = None if wish is None else replace(wish, force=True)
    return run(resolved, progress=progress, checkpoints=wish)
