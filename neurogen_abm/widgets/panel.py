"""The panel of twins as a widget: every read-out of a comparison over time, in each arm and as an effect."""

from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets as t

from neurogen_abm.arguments import TEXT, check, instance
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.compare import Comparison
from neurogen_abm.experiments.statistics import mean_of
from neurogen_abm.notebook import as_html
from neurogen_abm.report.figures.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION
from neurogen_abm.report.figures.responses import label_and_unit
from neurogen_abm.report.pages.compare import effect_in_words
from neurogen_abm.spec.suggest import offer
from neurogen_abm.widgets.esm import module
from neurogen_abm.words import spoken

_CONTROL, _OTHERS = GREY, (BLUE, VERMILLION, GREEN, PURPLE, ORANGE)


class TwinsPanel(anywidget.AnyWidget):
    """Twins over time: mean of each arm with the 95 % interval of the mean, and below it the effect with its interval.

    Attributes
    ----------
    read_out : str
        What is shown, a column of the series or an assay of the comparison.
    day : float or None
        Where the cursor stands, which both pictures share.
    curves : dict
        Read-out -> what is drawn of it: ``days``; of each of the ``arms`` ``mean``, ``low`` and ``high``; of each of
        the ``effects`` the same as a share of the control; and ``words``.
    """

    _esm = module("twins_widget.js")

    about = t.Dict().tag(sync=True)
    curves = t.Dict().tag(sync=True)
    read_out = t.Unicode().tag(sync=True)
    day = t.Float(None, allow_none=True).tag(sync=True)

    def __init__(self, comparison: Comparison, read_out: str) -> None:
        self._comparison = comparison
        names = list(dict.fromkeys(comparison.effects["read_out"]))
        words = [dict(zip(("label", "unit"), label_and_unit(name), strict=True)) | {"key": name} for name in names]
        colours = [_CONTROL, *(_OTHERS[k % len(_OTHERS)] for k in range(len(comparison.arms) - 1))]
        super().__init__(
            about={
                "arms": list(map(spoken, comparison.arms)),
                "colours": colours,
                "read_outs": words,
                "patch": comparison.patch,
            },
            curves={name: _curves(comparison, name) for name in names},
            read_out=read_out,
        )

    @t.validate("read_out")
    def _valid(self, proposal: Any) -> Any:
        value = proposal["value"]
        if value not in self.curves:
            what = f'"{value[:40]}" is not compared.'
            raise InputError(what, where="read_out", code="unknown-choice", cure=offer(value, self.curves), seen=value)
        return value

    def words(self) -> list[str]:
        """Return the effect on the read-out that is shown, at the end, in sentences."""
        return list(self.curves[self.read_out]["words"])

    def __repr__(self) -> str:
        """Return one line."""
        return f"<TwinsPanel of {' and '.join(self._comparison.arms)}: {label_and_unit(self.read_out)[0]}>"

    def _repr_mimebundle_(self, **more: Any) -> Any:
        """Return the widget, and for those who show none the effects at the end."""
        found = super()._repr_mimebundle_(**more)
        if found is None:
            return None
        data, about = found
        shown = ["arm", "read_out", "control", "treated", "relative", "relative_low", "relative_high"]
        return {
            **data,
            "text/html": as_html(" ".join([repr(self), *self.words()]), self._comparison.final[shown]),
        }, about


def twins_panel(comparison: Any, read_out: str | None) -> TwinsPanel:
    """Return the panel of a comparison; see `neurogen_abm.widgets.twins`."""
    check(comparison=(comparison, instance(Comparison)), read_out=(read_out, TEXT.or_none))
    return TwinsPanel(comparison, comparison.read_out if read_out is None else read_out)


def _curves(found: Comparison, read_out: str) -> dict[str, Any]:
    rows = found.effects[found.effects["read_out"] == read_out].sort_values("day")
    days = np.unique(rows["day"].to_numpy(float))
    control, *others = found.arms
    by_arm = {arm: rows[rows["arm"] == arm].set_index("day").reindex(days) for arm in others}
    means = {control: by_arm[others[0]]["control"], **{arm: own["treated"] for arm, own in by_arm.items()}}
    return {
        "days": days.tolist(),
        "arms": [{"mean": _plain(means[arm]), **_band(found, arm, read_out, days)} for arm in found.arms],
        "effects": [
            {"mean": _plain(own["relative"]), "low": _plain(own["relative_low"]), "high": _plain(own["relative_high"])}
            for own in by_arm.values()
        ],
        "words": effect_in_words(found, read_out),
    }


def _band(found: Comparison, arm: str, read_out: str, days: np.ndarray) -> dict[str, list[float | None]]:
    """Return the 95 % interval of the mean of an arm; none of an assay, of which single animals are not kept."""
    if read_out not in found.series:
        return {"low": [None] * len(days), "high": [None] * len(days)}
    own = found.series[found.series["arm"] == arm]
    values = own.pivot_table(index="seed", columns="day", values=read_out, dropna=False).reindex(columns=days)
    interval = mean_of(values.to_numpy(float))
    return {"low": _plain(interval.low), "high": _plain(interval.high)}


def _plain(values: "pd.Series[float] | np.ndarray") -> list[float | None]:
    """Return numbers as JSON has them: what is missing is None."""
    return [float(value) if np.isfinite(value) else None for value in np.asarray(values, float)]
