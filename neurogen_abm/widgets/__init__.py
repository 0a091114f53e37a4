"""Widgets for notebooks: the organ map of an animal, and the panel of twins. They need the extra ``widget``."""

from typing import TYPE_CHECKING, Any

from neurogen_abm.optional import optional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neurogen_abm.experiments.compare import Comparison
    from neurogen_abm.model import NeurogenesisModel
    from neurogen_abm.run import Result
    from neurogen_abm.widgets.organ import OrganMap
    from neurogen_abm.widgets.panel import TwinsPanel

__all__ = ["map_of", "twins"]


def map_of(source: "Result | NeurogenesisModel", days: "Sequence[float] | None" = None, **look: Any) -> "OrganMap":
    """Return the organ map of an animal as a widget: the unrolled gyrus and its sections, every cell in its place.

    Parameters
    ----------
    source
        A result, which is shown as its tables have it: at its end. Or a model, which is shown as it is now; more
        moments of it are added by ``widget.add(model)``.
    days
        Days of the run at which a result is shown instead. It holds no cells of other days than its last, so that the
        animal is lived again, which takes as long as the run did and has to give the same numbers.
    **look
        What is chosen at first: ``view`` ("sheet", "section"), ``by`` ("group", "state", "clone", "birth", "bdnf", or
        "stain:NAME" where there are stains), ``overlay`` of BDNF ("veil", "field", "none"), ``ground`` ("dark",
        "paper"), ``painter`` ("auto", "gl", "plain"). Each is an attribute of the widget and may be set later.

    Raises
    ------
    EnvironmentFault
        The extra is not installed.
    InputError
        The source is no result and no model, keeps no cells, or a day is not one of its days.

    Examples
    --------
    >>> import neurogen_abm
    >>> from neurogen_abm.widgets import map_of
    >>> patch = {"septotemporal": "400 um", "transverse": "300 um"}
    >>> result = neurogen_abm.run("mouse_sedentary", overrides={"tissue": patch, "duration": "2 d"})
    >>> seen = map_of(result)  # doctest: +SKIP
    >>> seen.cell  # after a click  # doctest: +SKIP
    """
    _require()
    from neurogen_abm.widgets.organ import organ_map

    return organ_map(source, days, look)


def twins(comparison: "Comparison", read_out: str | None = None) -> "TwinsPanel":
    """Return the panel of a comparison of twins as a widget: both arms over time with bands, and the effect in words.

    Parameters
    ----------
    comparison
        As `compare` returns it.
    read_out
        What is shown first; by default what decided the comparison. ``widget.read_out`` may be set later.

    Raises
    ------
    EnvironmentFault
        The extra is not installed.
    InputError
        It is no comparison, or has no such read-out.
    """
    _require()
    from neurogen_abm.widgets.panel import twins_panel

    return twins_panel(comparison, read_out)


def _require() -> None:
    optional("anywidget", "anywidget, which shows widgets in notebooks,", "'neurogen_abm[widget]'")
