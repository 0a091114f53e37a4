"""The image of a section: a run lived again up to a day, a section of it, and what a camera counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm import memory, units
from neurogen_abm.arguments import NUMBER, PLACE, TEXT, WHOLE, Kind, check
from neurogen_abm.biology.cell_cycle import Phases
from neurogen_abm.errors import InputError, argument, told
from neurogen_abm.lowering.histology import lower_phases
from neurogen_abm.microscope.bodies import bodies_of, cells_of
from neurogen_abm.microscope.channels import checked_channels, colours, compartment
from neurogen_abm.microscope.exposure import counted, seen
from neurogen_abm.microscope.files import write_images
from neurogen_abm.microscope.optics import Instrument, lower_instrument, usual_pixel_um
from neurogen_abm.microscope.slide import Cut, Frame, Slide, cut_of, frame_of, positions_of, slide_of
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.numerals import plain
from neurogen_abm.run import Progress, Result
from neurogen_abm.scene.lived import live_again, loaded
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

if TYPE_CHECKING:
    import pandas as pd

USUAL = ("DAPI", "NeuN", "DCX")
PROJECTION, STACK = "max", "all"
_RUN = Kind(
    "a directory of a run, a Result or a NeurogenesisModel",
    lambda value: isinstance(value, Result | NeurogenesisModel) or PLACE.fits(value),
)
_NAMES = Kind(
    "a list of names",
    lambda value: isinstance(value, Sequence) and not isinstance(value, str) and all(map(TEXT.fits, value)),
)
# Of a pixel while its picture is made: light and its haze, in single precision; photons and noise besides the counts.
_BYTES_MADE, _BYTES_KEPT = 24, 2


class Setting(NamedTuple):
    """What is asked of the microscope, checked: frame in pixels, planes as depths in um, whether they are projected."""

    cut: Cut
    frame: Frame
    instrument: Instrument
    pixel_um: float
    size_px: tuple[int, int]
    planes_um: NDArray[np.float64]
    projected: bool
    seed: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Planes, height and width of a channel."""
        return (1 if self.projected else len(self.planes_um), *self.size_px)


@dataclass(eq=False)
class SectionImage:
    """A section as the microscope shows it, and the truth beside it.

    Attributes
    ----------
    data
        Counts of the camera, uint16, shape (channels, planes, height, width); one plane for a projection.
    channels
        Their names.
    colours
        Their colours in a merge, ``#rrggbb``.
    pixel_um
        Edge of a pixel.
    planes_um
        Depths of the planes of focus below the upper surface of the section.
    projected
        Whether ``data`` holds the maximum over the planes.
    positions
        One row for each cell of the section; see docs/microscope.md.
    about
        Section, thickness, day, seed and scenario, as plain data.

    Examples
    --------
    >>> import neurogen_abm
    >>> patch = {"septotemporal": "120 um", "transverse": "300 um"}
    >>> model = neurogen_abm.NeurogenesisModel("mouse_sedentary", tissue=patch)
    >>> picture = neurogen_abm.image(model, 2, ["DAPI", "DCX"])
    >>> picture.data.dtype.name, picture.channels, picture.about["sections"]
    ('uint16', ('DAPI', 'DCX'), 3)
    """

    data: NDArray[np.uint16]
    channels: tuple[str, ...]
    colours: tuple[str, ...]
    pixel_um: float
    planes_um: NDArray[np.float64]
    projected: bool
    positions: "pd.DataFrame"
    about: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return one line: pixels fill the notebook."""
        _, planes, height, width = self.data.shape
        size = f"{width} x {height} pixels of {plain(self.pixel_um)} um, {planes} plane{'s' * (planes > 1)}"
        where = f"section {self.about['section']} of {self.about['sections']}"
        return f"<SectionImage {', '.join(self.channels)}: {where}, {size}, {len(self.positions)} cells>"

    def save(self, directory: Path | str, *, force: bool = False) -> Path:
        """Write OME-TIFF, PNG panels and the table of positions into a directory, whole or not at all.

        Raises
        ------
        InputError
            The directory exists and ``force`` is not given, or holds something else.
        EnvironmentFault
            The disk is full, or the package tifffile or Pillow is not installed.
        """
        return write_images([self], directory, force=force)


def image(
    run: Result | NeurogenesisModel | Path | str,
    section: int,
    channels: Sequence[str] = USUAL,
    *,
    day: float | None = None,
    pixel: str | None = None,
    planes: str = PROJECTION,
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> SectionImage:
    """Return a section of an animal as a fluorescence microscope would show it.

    Parameters
    ----------
    run
        The directory of a run or a result, which is lived again up to the day; or a model, as it is now.
    section
        Which, from 1 at the septal end, of those into which the assays of the scenario cut the tissue (40 um without
        `sampling`).
    channels
        DAPI, stains (NeuN, DCX, Ki67, GFAP, ...) and labels that were given (BrdU, EdU, ...).
    day
        Of the run; by default its end.
    pixel
        Edge of a pixel, such as ``"0.5 um"``.
    planes
        ``"max"``, the maximum projection of all planes of focus; ``"all"`` of them; or one depth, such as ``"20 um"``.
    seed
        Of the noise; by default that of the run.
    progress
        As in :func:`neurogen_abm.run`.

    Raises
    ------
    InputError
        There is no such section, day or channel, or the run lived again is not what was written; nothing was written.
    EnvironmentFault
        The image would not fit into memory.
    IntegrityError
        A file of the run is damaged.

    Examples
    --------
    >>> image("runs/mouse_pulse_chase-seed1", 12, ["DAPI", "NeuN", "BrdU"]).save("section12")  # doctest: +SKIP
    """
    check(run=(run, _RUN), section=(section, WHOLE), channels=(channels, _NAMES), planes=(planes, TEXT))
    check(day=(day, NUMBER.or_none), pixel=(pixel, TEXT.or_none), seed=(seed, WHOLE.or_none))
    if isinstance(run, NeurogenesisModel):
        if day is not None and abs(day - run.day) > 1e-6:
            what, cure = f"This model is at day {plain(run.day)}.", "Leave `day` out, or step the model to that day."
            raise InputError(what, where=argument("day"), code="wrong-day", cure=cure, seen=day)
        return taken(run, setting_of(run.spec, section, pixel, planes, seed, len(channels)), channels)
    result = run if isinstance(run, Result) else loaded(run)
    until_h = end_of(result.resolved, day)
    checked_channels(channels, result.resolved.catalogue, given_by(result.resolved, until_h))
    setting = setting_of(result.resolved, section, pixel, planes, seed, len(channels))
    return taken(live_again(result, progress=progress, until_h=until_h), setting, channels)


def end_of(resolved: ResolvedScenario, day: float | None) -> float:
    """Return the time of a day of a run, h; by default its end. An InputError says that the run has no such day."""
    duration_h = resolved.scenario.duration_h
    if day is None:
        return duration_h
    if not 0.0 <= 24.0 * day <= duration_h:
        what = f"The run has no day {plain(day)}: it lasts {plain(duration_h / 24)} days."
        cure = f"Choose 0 to {plain(duration_h / 24)}."
        raise InputError(what, where=argument("day"), code="no-day", cure=cure, seen=day)
    step_h = resolved.scenario.step_h
    if abs(24.0 * day / step_h - round(24.0 * day / step_h)) > 1e-6:
        what = f"Day {plain(day)} lies within a step of the run, of {units.tidy(step_h, 'h')}."
        cure = f"Choose day {plain(round(24.0 * day / step_h) * step_h / 24)}."
        raise InputError(what, where=argument("day"), code="no-day", cure=cure, seen=day)
    return 24.0 * day


def given_by(resolved: ResolvedScenario, time_h: float) -> tuple[str, ...]:
    """Return the labels that the animal of a scenario has been given by a time of the run."""
    return tuple(dict.fromkeys(label.agent for label in resolved.scenario.labels if label.times_h[0] <= time_h))


def setting_of(
    resolved: ResolvedScenario, section: int, pixel: str | None, planes: str, seed: int | None, n_channels: int
) -> Setting:
    """Check what is asked of the microscope; an EnvironmentFault says that the image would not fit into memory."""
    cut, instrument = cut_of(resolved, section), lower_instrument(resolved.value)
    frame = frame_of(resolved, cut, instrument.margin)
    pixel_um = usual_pixel_um(resolved.value) if pixel is None else _length("pixel", pixel, 0.02, 20.0)
    size_px = (int(np.ceil(frame.height_um / pixel_um)), int(np.ceil(frame.width_um / pixel_um)))
    depths, projected = _planes(planes, cut.thickness_um, instrument.plane_step)
    chosen = resolved.scenario.seed if seed is None else int(seed)
    if chosen < 0:
        what, cure = "The seed of the noise is below 0.", "Choose 0 or more."
        raise InputError(what, where=argument("seed"), code="bad-seed", cure=cure, seen=chosen)
    setting = Setting(cut, frame, instrument, pixel_um, size_px, depths, projected, chosen)
    cure = told(
        'Ask for larger pixels (pixel="1 um"), a projection, or fewer channels.',
        'Ask for larger pixels (--pixel "1 um"), a projection, or fewer channels.',
    )
    memory.require(int(np.prod(setting.shape)) * (_BYTES_MADE + _BYTES_KEPT * n_channels), cure)
    return setting


def _length(name: str, text: str, least: float, most: float) -> float:
    try:
        return units.quantity(text, "um", least=least, most=most)
    except units.UnitError as fault:
        raise fault.become(InputError, argument(name)) from fault


def _planes(planes: str, thickness_um: float, step_um: float) -> tuple[NDArray[np.float64], bool]:
    """Return depths of focus, and whether they are projected."""
    count = max(1, round(thickness_um / step_um))
    depths = (np.arange(count) + 0.5) * thickness_um / count
    if planes in (PROJECTION, STACK):
        return depths, planes == PROJECTION
    try:
        depth = units.quantity(planes, "um", least=0.0, most=thickness_um)
    except units.UnitError as fault:
        cure = f"Write max, all, or a depth from 0 to {plain(thickness_um)} um."
        raise InputError(fault.what, where=argument("planes"), code="bad-planes", cure=cure, seen=planes) from fault
    return np.array([depth]), False


class Mounted(NamedTuple):
    """A section ready for the microscope: all that is needed of the animal, which may live on.

    ``lies_in`` says of each channel in which part of a cell it lies; ``s_end_h`` when S phase ends; ``minute`` of the
    run, which the noise depends on.
    """

    setting: Setting
    channels: tuple[str, ...]
    slide: Slide
    lies_in: tuple[str, ...]
    s_end_h: float
    minute: int
    about: dict[str, Any]


def mounted(model: NeurogenesisModel, setting: Setting, channels: Sequence[str]) -> Mounted:
    """Return a section of a living model, ready to be looked at; the model is not changed and is needed no more."""
    catalogue = model.spec.catalogue
    names = checked_channels(channels, catalogue, tuple(model.histology.labels.injected))
    cycle: Phases = lower_phases(model.spec.value)
    return Mounted(
        setting,
        names,
        slide_of(model, setting.cut, names),
        tuple(compartment(channel, catalogue) for channel in names),
        cycle.s_end_h,
        round(60.0 * model.world.time_h),
        _about(model, setting, names),
    )


def exposed(section: Mounted) -> SectionImage:
    """Return the image of a section that was mounted."""
    setting, slide = section.setting, section.slide
    sizes, optics, camera = setting.instrument.sizes, setting.instrument.optics, setting.instrument.camera
    cells = cells_of(slide, setting.frame, sizes)
    data = np.empty((len(section.channels), *setting.shape), np.uint16)
    for number, (channel, lies_in) in enumerate(zip(section.channels, section.lies_in, strict=True)):
        bodies = bodies_of(channel, lies_in, slide, cells, sizes, section.s_end_h)
        light = seen(bodies, optics, sizes, setting.planes_um, setting.pixel_um, setting.shape)
        key = (setting.seed, setting.cut.section, section.minute, *channel.encode())
        data[number] = counted(light, camera, key)
    return SectionImage(
        data,
        section.channels,
        colours(section.channels),
        setting.pixel_um,
        setting.planes_um,
        setting.projected,
        positions_of(slide, setting.frame),
        section.about,
    )


def taken(model: NeurogenesisModel, setting: Setting, channels: Sequence[str]) -> SectionImage:
    """Return the image of a section of a living model, under a checked setting."""
    return exposed(mounted(model, setting, channels))


def _about(model: NeurogenesisModel, setting: Setting, channels: tuple[str, ...]) -> dict[str, Any]:
    scenario = model.spec.scenario
    return {
        "scenario": scenario.name,
        "scenario_digest": model.spec.digest,
        "species": scenario.species,
        "seed": scenario.seed,
        "seed_of_noise": setting.seed,
        "day": round(model.day, 6),
        "section": setting.cut.section,
        "sections": setting.cut.sections,
        "thickness_um": round(setting.cut.thickness_um, 6),
        "pixel_um": setting.pixel_um,
        "planes_um": [round(float(depth), 6) for depth in setting.planes_um],
        "projected": setting.projected,
        "channels": list(channels),
    }
