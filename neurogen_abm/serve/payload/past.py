"""A day that has been lived, in the form of a frame: docs/serve_protocol.md describes it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.biology.states import STATES
from neurogen_abm.scene.cells import unpacked
from neurogen_abm.scene.colourings import BDNF, BIRTH, CLONE, GROUP, STATE
from neurogen_abm.serve.payload.frames import bdnf_limits, pack
from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.serve.session.life import Life
from neurogen_abm.serve.session.past import Picture


def past_block(lives: Sequence[Life], day: float, by: str = GROUP) -> bytes:
    """Return the cells of all lives on a day, as `arm_arrays` returns those of now; nothing is lived.

    Raises
    ------
    Refusal
        The animal is not ready, or cells of the past cannot be coloured by what is asked for.
    """
    pictures = [life.past.at(day) for life in lives]
    if not pictures or None in pictures:
        raise Refusal("The animal is not ready yet.", status=409, code="no-arm", cure="Ask for a frame first.")
    if by not in (GROUP, STATE, CLONE, BIRTH, BDNF):
        what, cure = (
            "Stains and labels are seen at the present moment only.",
            "Go back to now, or colour otherwise.",
        )
        raise Refusal(what, status=409, code="no-past", where="by", cure=cure)
    limits = bdnf_limits(lives)
    arms, arrays = [], []
    for arm, (life, picture) in enumerate(zip(lives, pictures, strict=True)):
        assert picture is not None
        keys = picture.keys
        cells = unpacked(keys)
        own = [("gap", cells["gap"]), ("kind", cells["kind"]), ("place", cells["place"]), ("level", picture.level)]
        own += [] if by in (GROUP, STATE) else [("value", _values(life, picture, keys, by, limits))]
        arrays += [(name, arm, array) for name, array in own]
        arms.append(_header(picture))
    following = lives[0].past.after(arms[0]["day"])
    return pack({"past": True, "day": arms[0]["day"], "next": following, "arms": arms}, arrays)


def _header(picture: Picture) -> dict[str, Any]:
    return {
        "day": picture.day,
        "counts": dict(zip(STATES, picture.counts, strict=True)),
        "n_cells": sum(picture.counts),
        "n_developmental": picture.n_developmental,
        "niche_pg_ml": picture.niche_pg_ml,
    }


def _values(
    life: Life, picture: Picture, keys: NDArray[np.uint64], by: str, limits: tuple[float, float]
) -> NDArray[np.uint8]:
    """Return what colours the cells of a picture, 0 to 255."""
    if by != BDNF:
        return picture.value(by)
    world = life.model.world
    column, layer = (keys >> np.uint64(40)).astype(np.int64), ((keys >> np.uint64(36)) & np.uint64(15)).astype(np.int64)
    level = picture.level[world.classes.site_class[layer * world.grid.n_columns + column]]
    return np.rint(255 * np.clip((level - limits[0]) / (limits[1] - limits[0]), 0, 1)).astype(np.uint8)
