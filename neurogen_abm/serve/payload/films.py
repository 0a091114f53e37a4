"""Animations of a life: it is lived again from its plan, in the background, and painted on the way."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imageio.v2 as imageio
import numpy as np
from PIL import Image

from neurogen_abm.serve.payload.pictures import sheet_picture
from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.serve.session.cache import AnimalCache
from neurogen_abm.serve.session.library import Library
from neurogen_abm.serve.session.life import Life, life_of
from neurogen_abm.serve.session.plan import SessionPlan

MAX_FRAMES = 120
_PER_SECOND = 8
_WIDEST = 800


def frames_of(
    library: Library,
    cache: AnimalCache,
    plan: SessionPlan,
    from_day: float,
    to_day: float,
    given_up: Callable[[], bool],
) -> Iterator[Image.Image]:
    """Yield pictures of the lives of a plan from one day to another, at most 120, evenly spaced.

    Raises
    ------
    Refusal
        The server is shutting down.
    """
    lives = [life_of(library, cache, plan.scenario, plan.seed, arm.model_copy(deep=True)) for arm in plan.arms]
    step_h = lives[0].step_h
    first, last = round(from_day * 24.0 / step_h), round(to_day * 24.0 / step_h)
    every = max(1, -(-(last - first) // (MAX_FRAMES - 1)), round(min(6.0, 24.0 * to_day) / step_h))
    title = lives[0].model.spec.scenario.title or plan.scenario
    for step in range(first, last + 1, every):
        if given_up():
            raise Refusal("The server is shutting down.", status=503, code="ending", cure="Start it again.")
        _live_to(lives, step)
        yield sheet_picture(lives, title, _WIDEST)


def _live_to(lives: list[Life], step: int) -> None:
    steps = min(step - lives[0].step, *(life.model.steps_left for life in lives))
    for life in lives:
        life.advance(max(0, steps))
    for life in lives:
        life.catch_up()
        life.note_turnover()


def film(pictures: Iterator[Image.Image], ending: str) -> bytes:
    """Return an animated GIF or an MP4.

    Parameters
    ----------
    pictures
        All of one size.
    ending
        ``gif`` or ``mp4``.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"film.{ending}"
        options: Any = (
            {"mode": "I", "duration": 1000 / _PER_SECOND, "loop": 0}
            if ending == "gif"
            else {"format": "FFMPEG", "mode": "I", "fps": _PER_SECOND, "codec": "libx264", "macro_block_size": 2}
        )
        writer: Any
        with imageio.get_writer(path, **options) as writer:
            for picture in pictures:
                shown = picture.quantize(64, dither=Image.Dither.NONE).convert("RGB") if ending == "gif" else picture
                writer.append_data(np.asarray(shown))
        return path.read_bytes()
