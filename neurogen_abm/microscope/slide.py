"""A section on the slide: the cells that the assays count in it, where they lie, and which stains show."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurogen_abm.assays.places import developmental_sites, places_at
from neurogen_abm.assays.specimen import Specimen, living
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.errors import InputError, argument
from neurogen_abm.microscope.channels import DAPI
from neurogen_abm.microscope.optics import usual_section_um
from neurogen_abm.scene.geometry import Curve, c_curve
from neurogen_abm.scene.organ import organ_around
from neurogen_abm.spec.scenario.histology import ANALOGUES
from neurogen_abm.spec.scenario.resolve import ResolvedScenario


class Cut(NamedTuple):
    """How a gyrus is cut: into so many sections, of which one is looked at; counted from 1, the septal end first."""

    section: int
    sections: int
    thickness_um: float


class Frame(NamedTuple):
    """The ground of a picture: curve of the sheet, upper left corner and sizes; how thick the granule cell layer is."""

    curve: Curve
    left_um: float
    top_um: float
    width_um: float
    height_um: float
    layer_um: float

    def at(self, v_um: Any, out_um: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return x to the right and y downwards of places across the sheet and outwards, um from the corner."""
        x, y = self.curve.at(v_um, out_um)
        return x - self.left_um, self.top_um - y

    def outwards(self, v_um: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the direction outwards at places across the sheet, in x and y downwards, shape (places, 2)."""
        along = np.linspace(0.0, self.curve.length_um, len(self.curve.heading))
        heading = np.interp(v_um, along, self.curve.heading)
        return np.stack([np.sin(heading), np.cos(heading)], axis=1)


class Slide(NamedTuple):
    """The cells of a section, one entry each; lengths in um.

    ``depth`` is that below the upper surface of the section; ``positive`` says by channel which cells a count of it
    would count; ``strength`` how much of a label they hold, 1 of a full one.
    """

    cut: Cut
    id: NDArray[np.int64]
    state: NDArray[np.uint8]
    clock_h: NDArray[np.float64]
    developmental: NDArray[np.bool_]
    u_um: NDArray[np.float64]
    v_um: NDArray[np.float64]
    out_um: NDArray[np.float64]
    depth_um: NDArray[np.float64]
    positive: dict[str, NDArray[np.bool_]]
    strength: dict[str, NDArray[np.float64]]


def cut_of(resolved: ResolvedScenario, section: int) -> Cut:
    """Return how the gyrus of a scenario is cut: as its sampling says, or else as is usual.

    Raises
    ------
    InputError
        There is no such section.
    """
    sampling, sheet_um = resolved.scenario.sampling, resolved.sides_um[0]
    wanted = sampling.section_um if sampling is not None else usual_section_um(resolved.value)
    sections = max(1, round(sheet_um / wanted))
    if not 1 <= section <= sections:
        what = f"There is no section {section}: this gyrus is cut into {sections}."
        cure = f"Choose 1 to {sections}; 1 is the septal end."
        raise InputError(what, where=argument("section"), code="no-section", cure=cure, seen=section)
    return Cut(section, sections, sheet_um / sections)


def section_at(resolved: ResolvedScenario, u_um: float) -> int:
    """Return which section of `cut_of` holds the sites at a place along the sheet, um; beyond its ends the last one."""
    pitch_um = float(resolved.value("anatomy.site_pitch", "um"))
    n_u = max(1, round(resolved.sides_um[0] / pitch_um))
    column = np.array([min(max(int(u_um // pitch_um), 0), n_u - 1)])
    return 1 + int(_section(column, n_u, cut_of(resolved, 1).sections)[0])


def frame_of(resolved: ResolvedScenario, cut: Cut, margin_um: float) -> Frame:
    """Return the ground around the granule cell layer in a section of a scenario."""
    pitch_um = float(resolved.value("anatomy.site_pitch", "um"))
    length_um = round(resolved.sides_um[1] / pitch_um) * pitch_um
    level = organ_around(resolved, resolved.sides_um).level((cut.section - 0.5) * cut.thickness_um)
    curve = c_curve(length_um, float(resolved.value("anatomy.crest_fraction", "1")), level)
    layer_um = round(resolved.value("anatomy.granule_layers", "1")) * pitch_um
    along = np.linspace(0.0, length_um, 400)
    x, y = curve.at(np.tile(along, 2), np.repeat([0.0, pitch_um + layer_um], len(along)))
    left, top = float(x.min()) - margin_um, float(y.max()) + margin_um
    width, height = float(x.max()) + margin_um - left, top - float(y.min()) + margin_um
    return Frame(curve, left, top, width, height, layer_um)


def slide_of(model: Any, cut: Cut, channels: tuple[str, ...]) -> Slide:
    """Return the cells of a section of a living model; a cell lies in the section of the middle of its site.

    Parameters
    ----------
    model
        A `NeurogenesisModel`.
    cut
        Which section.
    channels
        What is stained, as `checked_channels` returns it.
    """
    world, grid = model.world, model.world.grid
    alive, specimen = world.population.living(), living(world)
    here = np.flatnonzero(_section(specimen.column, grid.n_u, cut.sections) == cut.section - 1)
    cell, site = developmental_sites(world.developmental, world.parameters.n_layers)
    old = np.flatnonzero(_section(site % grid.n_columns, grid.n_u, cut.sections) == cut.section - 1)
    ids = np.concatenate([specimen.id[here], cell[old]])
    places = places_at(ids, np.concatenate([alive.site[here].astype(np.int64), site[old]]), grid)
    born = _as_specimen(cell[old], site[old] % grid.n_columns)
    positive, strength = {}, {}
    for channel in channels:
        seen = model.histology.positive(channel, specimen)[here] if channel != DAPI else np.ones(len(here), np.bool_)
        also = model.histology.positive(channel, born) if channel != DAPI else np.ones(len(old), np.bool_)
        positive[channel] = np.concatenate([seen, also])
        if channel in ANALOGUES:
            strength[channel] = model.histology.labels.content(channel, ids)
    return Slide(
        cut,
        ids,
        np.concatenate([specimen.state[here], born.state]),
        np.concatenate([specimen.clock_h[here], born.clock_h]),
        np.repeat([False, True], [len(here), len(old)]),
        places.u_um,
        places.v_um,
        places.out_um,
        places.u_um - (cut.section - 1) * cut.thickness_um,
        positive,
        strength,
    )


def _section(column: NDArray[np.int64], n_u: int, sections: int) -> NDArray[np.int64]:
    """Return the section of each column, from 0, as the sampling of assays cuts it."""
    place = (column % n_u + 0.5) / n_u
    return np.minimum((place * sections).astype(np.int64), sections - 1)


def _as_specimen(cell: NDArray[np.int64], column: NDArray[np.int64]) -> Specimen:
    """Return granule cells born in development as a laboratory gets them: mature, born long ago."""
    old = np.full(len(cell), np.inf)
    state = np.full(len(cell), lineage.MATURE, np.uint8)
    return Specimen(cell, state, -old, old, np.full(len(cell), np.nan), column)


def positions_of(slide: Slide, frame: Frame) -> pd.DataFrame:
    """Return the truth beside an image: one row a cell, with its place in the image and every channel it shows in.

    ``x_um`` and ``y_um`` count to the right and downwards from the upper left corner of the image, ``z_um`` from the
    upper surface of the section.
    """
    x, y = frame.at(slide.v_um, slide.out_um)
    table = {
        "id": slide.id,
        "x_um": x.round(3),
        "y_um": y.round(3),
        "z_um": slide.depth_um.round(3),
        "state": np.array(STATES)[slide.state],
        "born": np.where(slide.developmental, "development", "adult"),
        "along_um": slide.u_um.round(3),
        "across_um": slide.v_um.round(3),
        "from_hilus_um": slide.out_um.round(3),
    }
    return pd.DataFrame(table | {name: shows.astype(np.int8) for name, shows in slide.positive.items()})
