"""Descriptions for the page: a session, the tissue, one cell and its family, the evidence behind a life."""

from typing import Any

import numpy as np

from neurogen_abm.agents import CellGoneError
from neurogen_abm.assays.places import places_at
from neurogen_abm.biology import lineage
from neurogen_abm.biology.states import STATES
from neurogen_abm.scene.cells import keys, still_cells, unpacked
from neurogen_abm.scene.colourings import stains_offered
from neurogen_abm.scene.geometry import THICKNESS_UM, curve_of, in_section, middle_of
from neurogen_abm.scene.organ import organ_of, outline_around
from neurogen_abm.scene.palette import state_label
from neurogen_abm.serve.payload.frames import Living, bdnf_limits, pack
from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.serve.session.library import settings_of
from neurogen_abm.serve.session.life import Life
from neurogen_abm.serve.session.session import Session
from neurogen_abm.spec.scenario.sentences import rules

# How far from a click a cell may be, sites.
_REACH = 3
_LARGEST_FAMILY = 400
_TEXTS = ("title", "description", "look_for", "schema", "name", "seed", "parameters", "outputs")


def session_payload(session: Session, number: str) -> dict[str, Any]:
    """Return what a page needs to know of a session besides its frames."""
    resolved = session.library.prepare(session.scenario, session.seed).scenario
    arms = [_arm_payload(session, arm, life) for arm, life in enumerate(session.lives)]
    return {
        "id": number,
        "scenario": session.scenario,
        "title": resolved.title or resolved.name,
        "description": resolved.description,
        "look_for": resolved.look_for,
        "seed": str(session.seed),
        "lives": len(session.plan.arms),  # those that are still being made, too
        "arms": arms,
        "limits": {"bdnf_pg_ml": bdnf_limits(session.lives)} if session.lives else {},
        "rules": rules(session.lives[0].model.spec) if session.lives else [],
    }


def _arm_payload(session: Session, arm: int, life: Life) -> dict[str, Any]:
    model, spec = life.model, life.model.spec
    settings = {key: value for key, value in settings_of(spec).items() if key not in _TEXTS}
    return {
        "settings": settings,
        "changes": life.plan.changes_by(life.step),
        "pending": session.pending[arm],
        "grid": grid_payload(life),
        "duration_d": spec.scenario.duration_h / 24.0,
        "stains": stains_offered(model),
    }


def grid_payload(life: Living) -> dict[str, Any]:
    """Return the lattice of an animal as painters want it."""
    model, spec = life.model, life.model.spec
    grid = {key: getattr(model.world.grid, key) for key in ("n_u", "n_v", "pitch_um")}
    grid |= {"n_layers": model.world.parameters.n_layers, "whole": isinstance(spec.scenario.tissue, str)}
    return grid | {"crest_fraction": float(spec.value("anatomy.crest_fraction", "1"))}


def tissue_block(life: Living) -> bytes:
    """Return the static layers of the map: class and capillary of every site of the subgranular zone, and the C."""
    layers = _static_layers(life, (0, ...), float(life.model.world.grid.capillary[0].max()))
    grid = life.model.world.grid
    outline = outline_around(life.model.spec, (grid.n_u * grid.pitch_um, grid.n_v * grid.pitch_um), 3)
    return pack({}, [*layers, ("curve", 0, curve_of(life.model).table()), ("outline", 0, outline.astype(np.float32))])


def section_block(life: Living, u_um: float, thickness_um: float = THICKNESS_UM) -> bytes:
    """Return what stands still in a section at a place: layers of sites, and granule cells of development.

    ``still`` has the places of their somata, shape (cells, 2): along the sheet and outwards of the hilus, um; ``curve``
    the C at this level.
    """
    grid = life.model.world.grid
    middle = middle_of(u_um, grid.n_u, grid.pitch_um)
    layers = _static_layers(life, (..., int(middle // grid.pitch_um)), float(grid.capillary.max()))
    _, _, places = still_cells(life.model.world)
    near = in_section(places.u_um, middle, thickness_um)
    still = np.stack([places.v_um[near], places.out_um[near]], axis=1).astype(np.float32)
    return pack({"u_um": middle}, [*layers, ("still", 0, still), ("curve", 0, curve_of(life.model, middle).table())])


def organ_block(life: Living) -> bytes:
    """Return the surface on which the organ in space lies: `scene.organ.Organ`, and how it distorts areas."""
    found = organ_of(life.model)
    header = {name: getattr(found, name) for name in ("length_um", "width_um", "first_um", "distortion")}
    return pack(header, [("table", 0, found.table.astype(np.float32))])


def still_block(life: Living, every: int = 1) -> bytes:
    """Return every granule cell born in development that is there, or one in so many, packed as cells of a frame."""
    world = life.model.world
    cell, site, _ = still_cells(world)
    packed = keys(cell, site, np.zeros(len(cell), np.uint8), world.grid.n_columns)
    packed.sort()
    cells = unpacked(packed[::every])
    return pack({}, [(name, 0, cells[name]) for name in ("gap", "kind", "place")])


def _static_layers(life: Living, where: Any, most: float) -> list[tuple[str, int, Any]]:
    """Return class of site, and capillary as a share of the most there is, 0 to 255."""
    world = life.model.world
    grid = world.grid
    site_class = world.classes.site_class.reshape(-1, grid.n_v, grid.n_u)[where]
    capillary = np.rint(255.0 * grid.capillary[where] / (most or 1.0)).astype(np.uint8)
    return [("site_class", 0, site_class), ("capillary", 0, capillary)]


def cell_near(life: Life, u_um: float, v_um: float, out_um: float | None) -> int:
    """Return the id of the cell whose soma lies nearest to a place; of the sheet where no depth is given.

    Raises
    ------
    Refusal
        There is none within three sites.
    """
    world = life.model.world
    alive = world.population.living()
    places = places_at(alive.id, alive.site, world.grid)
    depth = 0.0 if out_um is None else places.out_um - out_um
    far = np.sqrt((places.u_um - u_um) ** 2 + (places.v_um - v_um) ** 2 + depth**2)
    if not (far <= _REACH * world.grid.pitch_um).any():
        raise Refusal("There is no cell here.", status=404, code="no-cell", cure="Click nearer to one.")
    return int(alive.id[np.lexsort((-alive.birth_h, far))[0]])


def cell_payload(life: Life, number: int) -> dict[str, Any]:
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
        "mother": str(cell.mother_id) if cell.mother_id else None,
        "founder": str(cell.founder_id),
        "divisions": cell.divisions,
        **place._asdict(),
        **_soma(life, number, cell.site),
        "bdnf_pg_ml": cell.bdnf_pg_ml,
        "bdnf_rest_pg_ml": rest,
        "hazards": [{"event": event, "per_day": 24.0 * rate} for event, rate in cell.hazards().items()],
        "words": [line for line in lines if not line.startswith("  ")],
        "sources": [line.strip() for line in lines if line.startswith("  ")],
        **family,
    }


def _soma(life: Life, number: int, site: int) -> dict[str, float]:
    """Return where the soma of a cell lies, in place of the middle of its site."""
    lies = places_at([number], np.array([site]), life.model.world.grid)
    return {name: float(values[0]) for name, values in lies._asdict().items()}


def _family(life: Life, number: int) -> dict[str, Any]:
    """Return the clone of a cell as a tree from its stem cell on, oldest first."""
    cells = life.model.world.population
    table: list[dict[str, Any]] = []
    row = cells.row_of(number)
    if row is None:
        return {"tree": None, "tree_truncated": False}
    founder = int(cells.cells.founder[row] if row >= 0 else cells.ended.founder[~row])
    for columns in (cells.changing, cells.registered):
        own = np.flatnonzero(columns.founder == founder)
        table += [_member(columns, int(member)) for member in own]
    table.sort(key=lambda member: (member["birth_day"], int(member["id"])))
    shown = {member["id"]: member for member in table[:_LARGEST_FAMILY]}
    root = None
    for member in shown.values():
        mother = shown.get(member["mother"] or "")
        if mother is not None and mother is not member:
            mother["children"].append(member)
        elif member["mother"] is None:
            root = member
    return {"tree": root, "tree_truncated": len(table) > _LARGEST_FAMILY}


def _member(columns: Any, row: int) -> dict[str, Any]:
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
        "cause": cause,
        "children": [],
    }


def evidence_payload(life: Life) -> dict[str, Any]:
    """Return the parameters behind a life with source, status and grade."""
    # Figures and statistics of reports take a second, for which no page shall wait that nobody asks for this.
    from neurogen_abm.report.figures.evidence import GRADES, parameter_table

    model, spec = life.model, life.model.spec
    used = {path: spec.parameters[path] for path in sorted(model.used_parameters)}
    rows = parameter_table(used).to_dict("records")
    keys = {row["source"] for row in rows if row["source"] in spec.references}
    references = {key: str(spec.references[key]["citation"]) for key in sorted(keys)}
    pathway = spec.catalogue.pathways[spec.scenario.pathway]
    return {
        "parameters": rows,
        "references": references,
        "grades": GRADES,
        "pathway": {"label": pathway["label"], "status": pathway["status"]},
    }
