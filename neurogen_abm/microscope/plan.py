"""Several sections of one run: all that can be refused is refused before the run is lived again, which takes long."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from neurogen_abm.errors import InputError, argument
from neurogen_abm.microscope.channels import checked_channels
from neurogen_abm.microscope.files import needed_bytes, require_libraries
from neurogen_abm.microscope.image import SectionImage, Setting, end_of, given_by, setting_of, taken
from neurogen_abm.run import Progress, Result
from neurogen_abm.scene.lived import live_again
from neurogen_abm.storage import run_directory

MOST: int = 60


class Wanted(NamedTuple):
    """What a person asks for, as it was written; see `neurogen_abm.image`."""

    sections: tuple[int, ...]
    channels: tuple[str, ...]
    day: float | None = None
    pixel: str | None = None
    planes: str = "max"
    seed: int | None = None


class Plan(NamedTuple):
    """What has been checked: channels, time of the run in h, and a setting for every section."""

    channels: tuple[str, ...]
    until_h: float
    settings: tuple[Setting, ...]


def planned(result: Result, wanted: Wanted, target: Path, *, force: bool = False) -> Plan:
    """Check everything that is asked for; nothing is simulated or written.

    Raises
    ------
    InputError
        There is no such section, day or channel, or the directory cannot be written there.
    EnvironmentFault
        Memory or disk is too small, or a package is missing.
    """
    require_libraries()
    run_directory.check_target(target, force=force, kind=run_directory.IMAGES)
    if len(set(wanted.sections)) < len(wanted.sections) or len(wanted.sections) > MOST:
        what, cure = "A section is named twice, or there are too many.", f"Name each once, {MOST} at most."
        raise InputError(what, where=argument("section"), code="bad-sections", cure=cure)
    until_h = end_of(result.resolved, wanted.day)
    given = given_by(result.resolved, until_h)
    channels = checked_channels(wanted.channels, result.resolved.catalogue, given)
    asked = wanted.pixel, wanted.planes, wanted.seed, len(channels) * len(wanted.sections)
    settings = tuple(setting_of(result.resolved, section, *asked) for section in wanted.sections)
    needed = sum(needed_bytes((len(channels), *setting.shape)) for setting in settings)
    run_directory.require_space(target, needed, what="The images need", less="ask for larger pixels, or a projection")
    return Plan(channels, until_h, settings)


def images(result: Result, plan: Plan, progress: Callable[[Progress], None] | None = None) -> list[SectionImage]:
    """Return the image of every section of a plan, of the run lived again once."""
    model = live_again(result, progress=progress, until_h=plan.until_h)
    return [taken(model, setting, plan.channels) for setting in plan.settings]
