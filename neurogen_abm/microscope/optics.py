"""The numbers of the microscope, from the catalogue: sizes of cells, stains, optics and camera."""

from collections.abc import Callable
from typing import Any, NamedTuple

from neurogen_abm.biology.states import FAMILIES

Value = Callable[[str, str], Any]
_PATH = "histology.microscope"


class Sizes(NamedTuple):
    """Shapes of cells, um: length and width of nuclei by family of states, cytoplasm, processes; spreads are shares."""

    nucleus: dict[str, tuple[float, float]]
    size_spread: float
    tilt: float
    cytoplasm: float
    process_width: float
    process_brightness: float
    process_wobble: float
    process_short: float
    process_pieces: int
    process_scatter: float
    astrocyte_arms: int
    progenitor_arms: int
    edge_softness: float
    dot_reach: float
    nucleus_cover: float
    foci: int
    focus_width: float
    between_foci: float
    unstained: float
    chromocentres: int
    chromocentre_width: float
    chromocentre_excess: float
    brightness_spread: float
    faintest_label: float


class Optics(NamedTuple):
    """What the objective does: blurs of a point in um, how they grow with depth, and light from out of focus."""

    lateral_blur: float
    axial_blur: float
    blur_gain: float
    scatter_length: float
    haze: float
    haze_reach: float


class Camera(NamedTuple):
    """Photons of a usual cell and of the ground, and what the camera makes of them."""

    photons: float
    background: float
    read_noise: float
    gain: float
    offset: float


class Instrument(NamedTuple):
    """Everything a picture needs that the catalogue says; lengths in um."""

    sizes: Sizes
    optics: Optics
    camera: Camera
    plane_step: float
    margin: float


def lower_instrument(value: Value) -> Instrument:
    """Return the numbers of the microscope; ``value`` looks up a parameter by path and unit."""

    def number(name: str, unit: str = "um") -> float:
        return float(value(f"{_PATH}.{name}", unit))

    def share(name: str) -> float:
        return number(name, "1")

    widths = ("cytoplasm", "process_width", "process_short", "focus_width", "chromocentre_width")
    counts = ("astrocyte_arms", "progenitor_arms", "process_pieces", "foci", "chromocentres")
    nucleus = {family: (number(f"nucleus.{family}.length"), number(f"nucleus.{family}.width")) for family in FAMILIES}
    numbers: dict[str, Any] = {
        name: number(name) if name in widths else round(share(name)) if name in counts else share(name)
        for name in Sizes._fields
        if name != "nucleus"
    }
    lengths = ("lateral_blur", "axial_blur", "scatter_length", "haze_reach")
    optics = Optics(*(number(name) if name in lengths else share(name) for name in Optics._fields))
    camera = Camera(*(share(name) for name in Camera._fields))
    return Instrument(Sizes(nucleus, **numbers), optics, camera, number("plane_step"), number("margin"))


def usual_section_um(value: Value) -> float:
    """Return the thickness of a section where the scenario has no sampling."""
    return float(value(f"{_PATH}.section", "um"))


def usual_pixel_um(value: Value) -> float:
    """Return the edge of a pixel where none is asked for."""
    return float(value(f"{_PATH}.pixel", "um"))
