"""Descriptions for the page: a session, the tissue, one cell and its family, the evidence behind a life."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.agents import CellGoneError
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.report.figures.evidence import GRADES, parameter_table
from neurogen_abm.report.figures.palette import state_label
from neurogen_abm.report.figures.section import c_shape
from neurogen_abm.serve.payload.frames import pack
from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.serve.session.library import settings_of
from neurogen_abm.serve.session.life import Life
from neurogen_abm.serve.session.session import Session
from neurogen_abm.spec.scenario.sentences import interventions, rules

# How far from a click a cell may be, sites.
_REACH = 3
_LARGEST_FAMILY = 400
# Outlines of the drawing beside the layers that are modelled, um from the border of the hilus; not measured.
_HILUS_UM, _MOLECULAR_UM = -40.0, 60.0
_TEXTS = ("title", "description", "look_for", "schema", "name", "seed", "parameters", "outputs")


def session_card(session: Session, number: str) -> dict[str, Any]:
    """Return what a page needs to know of a session besides its frames."""
    resolved = session.library.prepare(session.scenario, session.seed).scenario
    arms = [_arm_card(session, arm, life) for arm, life in enumerate(session.lives)]
    return {
        "id": number,
        "scenario": session.scenario,
        "title": resolved.title,
        "description": resolved.description,
        "look_for": resolved.look_for,
        "species": resolved.species,
        "seed": str(session.seed),
        "seq": session.seq,
        "revision": session.revision,
        "phase": session.phase,
        "arms": arms,
        "limits": _limits(session.lives),
        "rules": rules(session.lives[0].model.spec) if session.lives else [],
    }


def _arm_card(session: Session, arm: int, life: Life) -> dict[str, Any]:
    model, spec = life.model, life.model.spec
    settings = {key: value for key, value in settings_of(spec).items() if key not in _TEXTS}
    grid = model.world.grid
    return {
        "settings": settings,
        "changes": life.plan.changes_by(life.step),
        "pending": session.pending[arm],
        "pathway_label": spec.catalogue.pathways[spec.scenario.pathway]["label"],
        "pathway_status": spec.catalogue.pathways[spec.scenario.pathway]["status"],
        "interventions": interventions(spec),
        "forked_day": None if life.plan.forked_step is None else life.plan.forked_step * life.step_h / 24.0,
        "grid": {
            "n_u": grid.n_u,
            "n_v": grid.n_v,
            "n_layers": model.world.parameters.n_layers,
            "pitch_um": grid.pitch_um,
            "whole": isinstance(spec.scenario.tissue, str),
            "area_fraction": model.area_fraction,
        },
        "n_steps": model.n_steps,
        "step_h": life.step_h,
        "duration_d": spec.scenario.duration_h / 24.0,
        "start_clock_h": spec.scenario.clock.start_min / 60.0,
        "lights_on_h": spec.scenario.clock.lights_on_min / 60.0,
        "lights_off_h": spec.scenario.clock.lights_off_min / 60.0,
    }


def _limits(lives: list[Life]) -> dict[str, Any]:
    if not lives:
        return {}
    load = max(int(life.model.world.parameters.column_capacity) for life in lives)
    return {"bdnf_pg_ml": list(bdnf_limits(lives)), "granule_load": [0, load]}


def bdnf_limits(lives: list[Life]) -> tuple[float, float]:
    """Return fixed limits of colour, pg/mL, the same for all lives: rest is in the lower half, twice that on top."""
    rest = max(_most_at_rest(life) for life in lives)
    step = 10.0 if rest < 100 else 50.0
    return 0.0, float(np.ceil(2.0 * rest / step) * step)


def _most_at_rest(life: Life) -> float:
    """Return the level below which 98 of 100 subgranular sites lie at rest, pg/mL."""
    world = life.model.world
    share = np.cumsum(world.classes.weight)
    return float(world.rest_level[min(int(np.searchsorted(share, 0.98 * share[-1])), len(share) - 1)])


def tissue_block(life: Life) -> bytes:
    """Return the static layers of the map and the outline of a section."""
    world = life.model.world
    grid, n_layers = world.grid, world.parameters.n_layers
    shape = (grid.n_v, grid.n_u)
    capillary = grid.capillary[0]
    most = float(capillary.max()) or 1.0
    names = ["hilus", *(f"below layer {layer}" for layer in range(n_layers)), "top", "molecular layer"]
    x, y = section_lines(life)
    rows = [{"name": name, "outwards_um": um} for name, um in zip(names, _outwards(life), strict=True)]
    header = {"v": 1, "rows": rows, "capillary_most": most}
    site_class = world.classes.site_class[: grid.n_columns].reshape(shape)
    return pack(
        header,
        [
            ("site_class", 0, site_class),
            ("capillary", 0, np.rint(255.0 * capillary / most).astype(np.uint8)),
            ("load", 0, world.tissue.occupancy.load.reshape(shape)),
            ("c_x", 0, x),
            ("c_y", 0, y),
        ],
    )


def _outwards(life: Life) -> tuple[float, ...]:
    """Return how far the lines of a section lie outwards from the border of the hilus, um."""
    pitch_um, n_layers = life.model.world.grid.pitch_um, life.model.world.parameters.n_layers
    layers = [layer * pitch_um for layer in range(n_layers + 1)]
    return (_HILUS_UM, *layers, layers[-1] + _MOLECULAR_UM)


def section_lines(life: Life) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the lines of a section, um, shape (lines, columns across): hilus, borders of layers, molecular layer."""
    grid = life.model.world.grid
    crest_fraction = float(life.model.spec.value("anatomy.crest_fraction", "1"))
    return _lines(grid.n_v, grid.pitch_um, _outwards(life), crest_fraction)


@lru_cache(8)
def _lines(
    n_v: int, pitch_um: float, outwards: tuple[float, ...], crest_fraction: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return lines along the C at distances from the border of the hilus, um; y upwards, as a section is drawn."""
    along = np.tile((np.arange(n_v) + 0.5) * pitch_um, (len(outwards), 1))
    x, y = c_shape(n_v * pitch_um, along, np.repeat(np.array(outwards)[:, None], n_v, axis=1), crest_fraction)
    return x.astype(np.float32), y.astype(np.float32)


def section_block(life: Life, u_um: float) -> bytes:
    """Return the static layers of a transverse section at a septotemporal place."""
    world = life.model.world
    grid = world.grid
    u = min(max(int(u_um // grid.pitch_um), 0), grid.n_u - 1)
    capillary = grid.capillary[:, :, u]
    most = float(grid.capillary.max()) or 1.0
    site_class = world.classes.site_class.reshape(-1, grid.n_v, grid.n_u)[:, :, u]
    header = {"v": 1, "u": u, "u_um": (u + 0.5) * grid.pitch_um}
    return pack(
        header,
        [("site_class", 0, site_class), ("capillary", 0, np.rint(255.0 * capillary / most).astype(np.uint8))],
    )


def cell_near(life: Life, u_um: float, v_um: float, layer: int | None) -> int:
    """Return the id of the cell nearest to a place, the later born of two.

    Raises
    ------
    Refusal
        There is none within three sites.
    """
    grid, alive = life.model.world.grid, life.model.world.population.living()
    depth, column = np.divmod(alive.site, grid.n_columns)
    v, u = np.divmod(column, grid.n_u)
    far = np.hypot(u + 0.5 - u_um / grid.pitch_um, v + 0.5 - v_um / grid.pitch_um)
    fits = far <= _REACH
    if layer is not None:
        fits &= depth == layer
    rows = np.flatnonzero(fits)
    if not len(rows):
        raise Refusal("There is no cell here.", status=404, code="no-cell", cure="Click nearer to one.")
    return int(alive.id[rows[np.lexsort((-alive.birth_h[rows], far[rows]))[0]]])


def cell_card(life: Life, number: int) -> dict[str, Any]:
    """Return what is known of one cell, in figures and in words, and its family.

    Raises
    ------
    Refusal
        This animal never had such a cell.
    """
    model = life.model
    family = _family(life, number)
    try:
        cell = model.cell(number)
    except CellGoneError as gone:
        if gone.code == "unknown-cell":
            raise Refusal(gone.what, status=404, code=gone.code) from None
        return {"id": str(number), "gone": True, "fate": gone.what, **family}
    place, lines = cell.place, cell.explain().splitlines()
    rest = float(model.world.rest_level[model.world.tissue.geometry.site_class[cell.site]])
    return {
        "id": str(number),
        "gone": False,
        "fate": None,
        "state": cell.state,
        "label": cell.label,
        "age_d": cell.age_h / 24.0,
        "born_day": cell.birth_h / 24.0,
        "mother": str(cell.mother_id) if cell.mother_id else None,
        "founder": str(cell.founder_id),
        "divisions": cell.divisions,
        "generation": cell.generation,
        **place._asdict(),
        "bdnf_pg_ml": cell.bdnf_pg_ml,
        "bdnf_rest_pg_ml": rest,
        "hazards": [{"event": event, "per_day": 24.0 * rate} for event, rate in cell.hazards().items()],
        "words": [line for line in lines if not line.startswith("  ")],
        "sources": [line.strip() for line in lines if line.startswith("  ")],
        **family,
    }


def _family(life: Life, number: int) -> dict[str, Any]:
    """Return the clone of a cell as a tree from its stem cell on, oldest first."""
    world, cells = life.model.world, life.model.world.population
    table: list[dict[str, Any]] = []
    row = cells.row_of(number)
    if row is None:
        return {"tree": None, "tree_truncated": False}
    founder = int(cells.cells.founder[row] if row >= 0 else cells.ended.founder[~row])
    for columns in (cells.changing, cells.registered):
        own = np.flatnonzero(columns.founder == founder)
        table += [_member(columns, int(member), world.time_h) for member in own]
    table.sort(key=lambda member: (member["birth_day"], int(member["id"])))
    shown = {member["id"]: member for member in table[:_LARGEST_FAMILY]}
    root = None
    for member in shown.values():
        mother = shown.get(member["mother"] or "")
        if mother is not None and mother is not member:
            mother["children"].append(member)
        elif member["mother"] is None:
            root = member
    return {"tree": root, "tree_truncated": len(table) > _LARGEST_FAMILY, "clone_size": len(table)}


def _member(columns: Any, row: int, now_h: float) -> dict[str, Any]:
    ended = hasattr(columns, "cause")
    cause = lineage.CAUSES[columns.cause[row]] if ended else "alive"
    state = STATES[columns.state[row]]
    mother = int(columns.mother[row])
    gone = ended and cause != "alive"
    return {
        "id": str(int(columns.id[row])),
        "mother": str(mother) if mother else None,
        "state": state,
        "label": state_label(state),
        "birth_day": float(columns.birth_h[row]) / 24.0,
        "end_day": float(columns.end_h[row]) / 24.0 if gone else None,
        "now_day": now_h / 24.0,
        "cause": cause,
        "children": [],
    }


def evidence_card(life: Life) -> dict[str, Any]:
    """Return the numbers behind a life with source, status and grade, and what is assumed."""
    model, spec = life.model, life.model.spec
    used = {path: spec.parameters[path] for path in sorted(model.used_parameters)}
    rows = parameter_table(used).to_dict("records")
    keys = {row["source"] for row in rows if row["source"] in spec.references}
    references = {key: str(spec.references[key]["citation"]) for key in sorted(keys)}
    pathway = spec.catalogue.pathways[spec.scenario.pathway]
    assumed = [row["path"] for row in rows if row["status"] == "assumed"]
    return {
        "parameters": rows,
        "references": references,
        "assumed": assumed,
        "grades": GRADES,
        "rules": rules(spec),
        "pathway": {"name": spec.scenario.pathway, "label": pathway["label"], "status": pathway["status"]},
    }
