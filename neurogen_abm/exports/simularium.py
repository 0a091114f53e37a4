"""A run as a trajectory for the Simularium viewer: every cell as a sphere in the gyrus, day by day.

The format is that of the Simularium project, version 3 of its trajectories (github.com/simularium/simulariumio,
file_format.md): JSON with ``trajectoryInfo``, ``spatialData`` and ``plotData``. An agent is eleven numbers: kind of
drawing (1000: a sphere), id, type, three of its place, three of its rotation, radius, and how many more follow (none).
The tables of a run do not hold where each cell was each day, so the run is lived again, to the same numbers.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.assays.recorder import NAMES
from neurogen_abm.biology.states import LINEAGE, STATES
from neurogen_abm.scene.film import Moment, Reel, intervals, too_large
from neurogen_abm.scene.geometry import Curve, curve_of
from neurogen_abm.scene.lived import live_again
from neurogen_abm.scene.palette import GROUPS, group_of
from neurogen_abm.scene.shapes import shapes
from neurogen_abm.version import __version__

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel
    from neurogen_abm.run import Result

_VERSION, _SPATIAL, _PLOTS = 3, 1, 1  # of the parts of the format
_SPHERE: Final = 1000.0
_NUMBERS: Final = 11  # of an agent
_PARTS: Final = 256  # of a site, along each axis, in which a film tells places
_MOST_SPHERES: Final = 2_000_000  # over all moments, some 120 MB of text: what a browser still loads
_SHORTEST_H: Final = 24.0
_MOST_MOMENTS: Final = 1000


def write_simularium(result: "Result", place: Path) -> None:
    """Write the cells of a run over time; moments are as many as the viewer can take, at most one a day."""
    usual = intervals(result.resolved.scenario, _MOST_MOMENTS)
    wanted = [h for h in usual if h >= _SHORTEST_H] or usual[-1:]
    reels: list[Reel] = []

    def see(model: "NeurogenesisModel") -> None:
        if not reels:
            reels.extend(Reel(model, h) for h in wanted)
        for reel in reels:
            reel.take(model)

    model = live_again(result, see)
    reel = next((reel for reel in reels if _spheres(reel) <= _MOST_SPHERES), None)
    if reel is None:
        raise too_large("the Simularium viewer", reels[-1].every_h)
    with place.open("w", encoding="utf-8") as file:
        json.dump(trajectory(model, reel), file, separators=(",", ":"), allow_nan=False)


def _spheres(reel: Reel) -> int:
    return sum(len(moment.slot) for moment in reel.moments())


def trajectory(model: "NeurogenesisModel", reel: Reel) -> dict[str, Any]:
    """Return a film in the form of the viewer: places in um about the middle of the gyrus, times in hours.

    Parameters
    ----------
    model
        The animal at the end of the film, for its lattice, title and series.
    reel
        The film, of moments that are equally far apart.
    """
    moments = list(reel.moments())
    curve, grid = curve_of(model), model.world.grid
    x, y = curve.at([0.0, curve.length_um / 2, curve.length_um], 0.0)
    depth = model.world.parameters.n_layers * grid.pitch_um
    size = np.array([np.ptp(curve.x_um) + 2 * depth, np.ptp(curve.y_um) + 2 * depth, grid.n_u * grid.pitch_um])
    middle = np.array([(x.min() + x.max()) / 2, (y.min() + y.max()) / 2, size[2] / 2])
    radius = np.array([shape["radius"] * grid.pitch_um for shape in shapes()])
    frames = [
        {"frameNumber": k, "time": moment.time_h, "data": _agents(moment, curve, grid, middle, radius)}
        for k, moment in enumerate(moments)
    ]
    return {
        "trajectoryInfo": _info(model, reel, size),
        "spatialData": {
            "version": _SPATIAL,
            "msgType": 1,
            "bundleStart": 0,
            "bundleSize": len(frames),
            "bundleData": frames,
        },
        "plotData": {"version": _PLOTS, "data": [_plot(model)]},
    }


def _info(model: "NeurogenesisModel", reel: Reel, size: NDArray[np.float64]) -> dict[str, Any]:
    scenario = model.spec.scenario
    types = {
        str(code): {"name": state.label, "geometry": {"displayType": "SPHERE", "url": "", "color": group.paper}}
        for code, (state, group) in enumerate((state, group_of(state.name)) for state in LINEAGE)
    }
    far = float(1.4 * size.max())
    about = f"neurogen_abm {__version__}, scenario {scenario.name}, seed {scenario.seed}."
    return {
        "version": _VERSION,
        "trajectoryTitle": scenario.title or scenario.name,
        "modelInfo": {"title": "neurogen_abm", "version": __version__, "description": about},
        "timeUnits": {"magnitude": 1.0, "name": "h"},
        "timeStepSize": reel.every_h,
        "totalSteps": len(reel.times_h),
        "spatialUnits": {"magnitude": 1.0, "name": "µm"},
        "size": dict(zip("xyz", size.tolist(), strict=True)),
        "cameraDefault": {
            "position": {"x": 0.0, "y": 0.0, "z": far},
            "lookAtPosition": {"x": 0.0, "y": 0.0, "z": 0.0},
            "upVector": {"x": 0.0, "y": 1.0, "z": 0.0},
            "fovDegrees": 50.0,
        },
        "typeMapping": types,
    }


def _agents(
    moment: Moment, curve: Curve, grid: Any, middle: NDArray[np.float64], radius: NDArray[np.float64]
) -> list[float]:
    """Return the agents of a moment as one list; ids are the numbers of the cells in the film."""
    share = (moment.place + 0.5) / _PARTS
    v, u = np.divmod(moment.column, grid.n_u)
    x, y = curve.at((v + share[:, 1]) * grid.pitch_um, ((moment.kind >> 4) + share[:, 2]) * grid.pitch_um)
    code = moment.kind & 15
    agents = np.zeros((len(moment.slot), _NUMBERS))
    agents[:, 0], agents[:, 1], agents[:, 2] = _SPHERE, moment.slot, code
    agents[:, 3:6] = np.stack([x, y, (u + share[:, 0]) * grid.pitch_um], axis=1) - middle
    agents[:, 9] = radius[code]
    found: list[float] = agents.round(2).ravel().tolist()
    return found


def _plot(model: "NeurogenesisModel") -> dict[str, Any]:
    """Return the counts of the groups over time, which the viewer shows beside the cells."""
    rows = np.array(model.recorder.rows, float)
    times_h = rows[:, NAMES.index("time_h")].tolist()
    lines = []
    for group in GROUPS:
        columns = [NAMES.index(f"n_{name}") for name in STATES if group_of(name) == group]
        count = rows[:, columns].sum(axis=1).tolist()
        lines.append({"name": group.label, "type": "scatter", "x": times_h, "y": count, "mode": "lines"})
    layout = {"title": "Cells", "xaxis": {"title": "time (h)"}, "yaxis": {"title": "cells"}}
    return {"layout": layout, "data": lines}
