"""What the page is told once: scenarios, palette, controls, columns of the series, words and limits."""

from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import plotly

from neurogen_abm.assays.recorder import NAMES
from neurogen_abm.biology.states import STATES
from neurogen_abm.report.figures.palette import family_of, state_colour, state_label
from neurogen_abm.serve.http.guard import MAX_BODY
from neurogen_abm.serve.payload.glossary import CONTROLS, GLOSSARY, PRESETS
from neurogen_abm.serve.session import library as limits
from neurogen_abm.serve.session.library import Library
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.columns import SERIES
from neurogen_abm.version import __version__

PROTOCOL = 1
MAX_SESSIONS = 100


class Export(NamedTuple):
    """A file that can be taken away: what it is, its media type, and the modules that making it needs."""

    label: str
    media_type: str
    needs: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """The modules it needs that are not installed."""
        return [name for name in self.needs if find_spec(name) is None]


EXPORTS = {
    "series.csv": Export("series, as text", "text/csv; charset=utf-8"),
    "series.parquet": Export("series", "application/vnd.apache.parquet"),
    "cells.parquet": Export("every cell that lived", "application/vnd.apache.parquet"),
    "scenario.yaml": Export("the scenario with every number", "application/yaml"),
    "report.html": Export("report", "text/html; charset=utf-8"),
    "map.png": Export("map of this moment", "image/png", ("PIL",)),
    "section.png": Export("section of this moment", "image/png", ("PIL",)),
    "animation.gif": Export("animation", "image/gif", ("PIL", "imageio")),
    "animation.mp4": Export("film", "video/mp4", ("PIL", "imageio", "imageio_ffmpeg")),
}


def plotly_js() -> str:
    """Return the path under which plotly.js is served: it carries the version, so that it may be kept for good."""
    return f"/static/plotly-{plotly.__version__}.min.js"


def about(library: Library) -> dict[str, Any]:
    """Return what never changes while a server runs."""
    return {
        "protocol": PROTOCOL,
        "version": __version__,
        "plotly_js": plotly_js(),
        "default_scenario": library.first,
        "scenarios": [_scenario(library, name) for name in library.sources],
        "states": states(),
        "columns": [{"name": name, "label": SERIES[name].label, "unit": SERIES[name].unit} for name in NAMES],
        "controls": [dict(zip(("key", "label", "applies", "why"), control, strict=True)) for control in CONTROLS],
        "presets": PRESETS,
        "species": {name: _species(name) for name in sorted({_species_of(library, n) for n in library.sources})},
        "glossary": [{"term": term, "text": text} for term, text in GLOSSARY],
        "limits": {
            "body_bytes": MAX_BODY,
            "sessions": MAX_SESSIONS,
            "columns": limits.MAX_COLUMNS,
            "steps": limits.MAX_STEPS,
            "blocks": limits.MAX_BLOCKS,
        },
        "exports": [{"file": file, "label": e.label, "available": not e.missing} for file, e in EXPORTS.items()],
    }


def states() -> list[dict[str, Any]]:
    """Return code, name, label, colour and family of every state."""
    return [
        {
            "code": code,
            "name": name,
            "label": state_label(name),
            "colour": state_colour(name),
            "family": family_of(name),
        }
        for code, name in enumerate(STATES)
    ]


def _scenario(library: Library, name: str) -> dict[str, Any]:
    scenario = library.prepare(name).scenario
    return {
        "name": name,
        "title": scenario.title,
        "description": scenario.description,
        "look_for": scenario.look_for,
        "species": scenario.species,
        "duration_d": scenario.duration_h / 24.0,
        "age_d": scenario.age_h / 24.0,
        "pathway": scenario.pathway,
        "seed": scenario.seed,
    }


def _species_of(library: Library, name: str) -> str:
    return library.prepare(name).scenario.species


@cache
def _species(name: str) -> dict[str, Any]:
    catalogue = load_catalogue(name)
    pathways = [
        {"name": key, "label": entry["label"], "status": entry["status"]} for key, entry in catalogue.pathways.items()
    ]
    heard = {effect.signal for effect in catalogue.effects}
    outs: list[dict[str, Any]] = []
    for signal in sorted(heard):
        label = str(catalogue.signals[signal]["label"])
        outs += [
            {"label": f"{label}, everywhere", "value": {"signal": signal}},
            {"label": f"{label} in blood", "value": {"signal": signal, "source": "plasma"}},
            {"label": f"{label} made in the niche", "value": {"signal": signal, "source": "niche"}},
            {"label": f"receptor for {label} on every cell", "value": {"receptor": signal}},
        ]
    outs += [
        {"label": str(entry["label"]), "value": {"signal": key}, "pathways": ["induced", "combined"]}
        for key, entry in catalogue.signals.items()
        if entry.get("exerkine")
    ]
    signals = [{"name": key, "label": str(entry["label"])} for key, entry in catalogue.signals.items()]
    return {"pathways": pathways, "signals": signals, "knock_outs": outs, "strains": list(catalogue.strains)}
