"""What the page is told once: scenarios, states, controls, columns of the series, words."""

from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

from neurogen_abm.assays.recorder import NAMES
from neurogen_abm.numerals import plain
from neurogen_abm.scene.palette import FAMILY_TITLES
from neurogen_abm.scene.scene import scene
from neurogen_abm.serve.payload.effect import exercises
from neurogen_abm.serve.payload.glossary import CONTROLS, GLOSSARY, PRESETS
from neurogen_abm.serve.payload.states import differences, lines
from neurogen_abm.serve.payload.tour import tour
from neurogen_abm.serve.session.library import Library
from neurogen_abm.spec.catalogue import Catalogue, load_catalogue
from neurogen_abm.spec.scenario.feedback import ARMS, USUAL, arm_label
from neurogen_abm.spec.scenario.scenario import Scenario
from neurogen_abm.tables import READ_OUTS

# What a time panel can show: levels, states of the body, rates; cells have panels of their own.
OFFERED = {name: column for name, column in READ_OUTS.items() if not column.is_count}


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
    "scenario.yaml": Export("the scenario with every parameter", "application/yaml"),
    "report.html": Export("report", "text/html; charset=utf-8"),
    "map.png": Export("map of this moment", "image/png", ("PIL",)),
    "section.png": Export("section of this moment", "image/png", ("PIL",)),
    "organ.png": Export("organ of this moment", "image/png", ("PIL",)),
    "animation.gif": Export("animation", "image/gif", ("PIL", "imageio")),
    "animation.mp4": Export("film", "video/mp4", ("PIL", "imageio", "imageio_ffmpeg")),
}


CURE = "pip install 'neurogen_abm[movie]'"


def twin_of(scenario: Scenario) -> dict[str, Any] | None:
    """Return what the twin of an animal differs in, rest in place of exercise; None of an animal that is at rest."""
    return {"activity": []} if exercises(scenario.activity) else None


def about(library: Library) -> dict[str, Any]:
    """Return what never changes while a server runs."""
    scenarios = {name: library.prepare(name).scenario for name in library.sources}
    species = {scenario.species for scenario in scenarios.values()}
    return {
        "default_scenario": library.first,
        "scenarios": [
            {"name": name, "title": scenario.title or name, "twin": twin_of(scenario), "species": scenario.species}
            for name, scenario in scenarios.items()
        ],
        "scene": scene(),
        "families": FAMILY_TITLES,
        "lines": lines(),
        "differences": differences(),
        "columns": NAMES,
        "read_outs": [{"column": name, "label": column.title, "unit": column.unit} for name, column in OFFERED.items()],
        "controls": CONTROLS,
        "presets": PRESETS,
        "species": {name: _species(name) for name in sorted(species)},
        "glossary": [{"term": term, "text": text} for term, text in GLOSSARY],
        "exports": [
            {"file": file, "label": e.label, "available": not e.missing, "cure": CURE if e.missing else ""}
            for file, e in EXPORTS.items()
        ],
        "tour": tour(library),
    }


@cache
def _species(name: str) -> dict[str, Any]:
    catalogue = load_catalogue(name)
    pathways = [
        {"name": key, "label": entry["label"], "status": entry["status"]} for key, entry in catalogue.pathways.items()
    ]
    acting = {effect.signal for effect in catalogue.effects if catalogue.signals[effect.signal]["field"]}
    outs: list[dict[str, Any]] = []
    for signal in sorted(acting):
        label = str(catalogue.signals[signal]["label"])
        outs += [
            {"label": f"{label}, everywhere", "value": {"signal": signal}},
            {"label": f"{label} in blood", "value": {"signal": signal, "source": "plasma"}},
            {"label": f"{label} made in the niche", "value": {"signal": signal, "source": "niche"}},
            {"label": f"receptor for {label} on every cell", "value": {"receptor": signal}},
        ]
    changed = {effect.signal for effect in catalogue.effects} - acting
    outs += [
        {"label": str(entry["label"]), "value": {"signal": key}, "pathways": readers}
        for key, entry in catalogue.signals.items()
        if (
            readers := [
                name
                for name, pathway in catalogue.pathways.items()
                if (entry.get("exerkine") and pathway["weights"]["induced"])
                or (key in pathway["carries"] and key in changed)
            ]
        )
    ]
    return {"pathways": pathways, "knock_outs": outs, "arms": _arms(catalogue)}


def _arms(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return what can act from the brain back on running, how strongly, and whether `feedback: true` means it."""
    return [
        {
            "name": name,
            "label": arm_label(name),
            "says": arm.says,
            "stands": arm.stands,
            "strength": plain(float(catalogue.parameters[arm.gain].value)),
            "grade": catalogue.parameters[arm.gain].grade,
            "usual": name in USUAL,
        }
        for name, arm in ARMS.items()
    ]
