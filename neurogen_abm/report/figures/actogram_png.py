"""The actogram of a recording as a PNG: bars over light and dark, a row a day, each day drawn twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurogen_abm.activity.recordings.actogram import Laid, laid_out
from neurogen_abm.activity.recordings.description import RecordedAnimal
from neurogen_abm.activity.recordings.recording import UNITS
from neurogen_abm.numerals import plain
from neurogen_abm.optional import optional
from neurogen_abm.report.figures.palette import INK, SOFT_INK

LIGHT, DARK, MISSING = "#fffbe6", "#d5d9de", "#f3c6c0"
_SLOT_PX, _ROW_PX, _GAP_PX = 4, 28, 3
_LEFT, _TOP, _FOOT, _RIGHT = 120, 64, 64, 24
_MOST_SLOTS = 144  # a day, ten minutes each
MOST_DAYS = 366


def actogram_png(animal: RecordedAnimal) -> Any:
    """Return the double-plotted actogram of an animal as a picture of Pillow; at most ``MOST_DAYS`` days of it.

    Bars reach from the lower edge of their row; the highest stands for the 99th percentile of activity. An
    EnvironmentFault says how to install Pillow.
    """
    image, draws, fonts = (
        optional(f"PIL.{part}", "Pillow", "'.[movie]'") for part in ("Image", "ImageDraw", "ImageFont")
    )
    series = animal.series
    slots = min(_MOST_SLOTS, max(24, 1440 // series.interval_min))
    laid = laid_out(series, animal.dark, slots if 1440 % slots == 0 else 24).twice
    rest = 1.0 if series.quantity == "met" else 0.0
    n_days, n_slots = min(len(laid.days), MOST_DAYS), laid.values.shape[1]
    width = _SLOT_PX * n_slots * (2 * _MOST_SLOTS // n_slots)
    picture = image.new("RGB", (_LEFT + width + _RIGHT, _TOP + n_days * _ROW_PX + _FOOT), "#ffffff")
    pen, font = draws.Draw(picture), fonts.load_default(15)
    effort = np.nan_to_num(laid.values - rest)
    top = float(np.percentile(effort[effort > 0.0], 99)) if (effort > 0.0).any() else 1.0
    for day in range(n_days):
        _row(pen, laid, day, effort[day] / top, width / n_slots)
        y = _TOP + day * _ROW_PX + _ROW_PX / 2
        pen.text((_LEFT - 12, y), laid.days[day], fill=INK, font=font, anchor="rm")
    bottom = _TOP + n_days * _ROW_PX
    for hour in range(0, 49, 6):
        x = _LEFT + width * hour / 48
        pen.line((x, bottom, x, bottom + 6), fill=INK)
        pen.text((x, bottom + 10), str(hour % 24), fill=INK, font=font, anchor="ma")
    title = f"Actogram{f' of {animal.name}' if animal.name else ''}"
    pen.text((_LEFT, 14), title, fill=INK, font=fonts.load_default(20))
    unit = UNITS[series.quantity] + (" per min" if series.is_total else "")
    above = f" over {plain(rest)}" if rest else ""
    said = f"full height: {plain(top, 3)} {unit}{above}; grey: lights off; rose: not measured; hours of the clock"
    more = len(laid.days) - n_days
    said += f"; {more} more days are not drawn" if more else ""
    pen.text((_LEFT, bottom + 36), said, fill=SOFT_INK, font=font)
    return picture


def _row(pen: Any, laid: Laid, day: int, heights: Any, slot_px: float) -> None:
    """Draw one day: the ground of each slot, and its bar."""
    y, base = _TOP + day * _ROW_PX, _TOP + (day + 1) * _ROW_PX - _GAP_PX
    for slot, height in enumerate(heights):
        x = _LEFT + slot * slot_px
        missing, known = laid.missing[day, slot], np.isfinite(laid.values[day, slot])
        if missing or known:
            ground = MISSING if missing else DARK if laid.dark[day, slot] else LIGHT
            pen.rectangle((x, y, x + slot_px - 1, base), fill=ground)
        if height > 0.0 and not missing:
            bar = max(1, round(min(height, 1.0) * (_ROW_PX - _GAP_PX)))
            pen.rectangle((x, base - bar + 1, x + slot_px - 1, base), fill=INK)
