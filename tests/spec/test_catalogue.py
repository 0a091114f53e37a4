"""The catalogue refuses a number without its papers, and says what signals do in English."""

import copy
import doctest
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from neurogen_abm.biology.states import STATES
from neurogen_abm.spec import catalogue, parameter
from neurogen_abm.spec.catalogue import Catalogue, CatalogueError, load_catalogue, species_names
from neurogen_abm.spec.parameter import Parameter
from neurogen_abm.spec.yaml.writer import write


def number(value: Any, unit: str = "1", **more: Any) -> dict[str, Any]:
    plain = {"source": "fit2020", "place": "table 1", "status": "measured", "grade": "B", "range": None}
    return {"value": value, "unit": unit, **plain, **more}


EFFECT: dict[str, Any] = {
    "target": "late_survival",
    "states": ["immature_late", "maturing"],
    "towards": number(0.4),
    "half_max": number(45, "pg/mL"),
    "hill": number(1),
    "habituation": {"depth": number(0.5), "time": number(21, "d")},
}
FILES: dict[str, dict[str, Any]] = {
    "references.yaml": {"fit2020": {"citation": "A. Fitter 2020", "doi": None, "doi_status": "none"}},
    "vole/anatomy.yaml": {"strains": ["wild"], "sheet": {"pitch": number(10, "um"), "axes": ["u", "v"]}},
    "vole/lineage.yaml": {
        "markers": {"stain": {"states": ["immature_late"]}},
        "stay": {"mean": number([1, 2.5], "d", range=[0, 5]), "window": ["none", "late_survival"]},
    },
    "vole/signals/bdnf.yaml": {"label": "BDNF", "field": True, "effects": {"late": EFFECT}},
    "vole/pathways/direct.yaml": {
        "label": "direct",
        "status": "A choice.",
        "weights": {"circulating": 1, "induced": 0, "activity": 0},
        "barrier_gain": number(3.5),
        "induced_gain": number(0),
        "activity_gain": number(0),
    },
}


def build(root: Path, files: dict[str, dict[str, Any]]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(write(data), encoding="utf-8")
    return root


@pytest.fixture
def vole(tmp_path: Path) -> Catalogue:
    return load_catalogue("vole", build(tmp_path, FILES))


def test_numbers_are_flat_and_structure_is_nested(vole: Catalogue) -> None:
    assert list(vole.parameters) == [
        "anatomy.sheet.pitch",
        "lineage.stay.mean",
        "signals.bdnf.effects.late.towards",
        "signals.bdnf.effects.late.half_max",
        "signals.bdnf.effects.late.hill",
        "signals.bdnf.effects.late.habituation.depth",
        "signals.bdnf.effects.late.habituation.time",
        "pathways.direct.barrier_gain",
        "pathways.direct.induced_gain",
        "pathways.direct.activity_gain",
    ]
    assert vole.structure["anatomy"] == {"strains": ["wild"], "sheet": {"axes": ["u", "v"]}}
    assert vole.structure["lineage"]["stay"] == {"window": ["none", "late_survival"]}
    assert vole.pathways["direct"]["weights"] == {"circulating": 1, "induced": 0, "activity": 0}
    assert vole.strains == ("wild",)


def test_values_convert_as_numbers_and_as_tables(vole: Catalogue) -> None:
    assert vole.value("anatomy.sheet.pitch", "mm") == 0.01
    np.testing.assert_array_equal(vole.value("lineage.stay.mean", "h"), [24.0, 60.0])
    with pytest.raises(CatalogueError, match=r"Did you mean lineage\.stay\.mean\?"):
        vole.value("lineage.stay.meen", "h")


def test_an_effect_is_an_english_sentence(vole: Catalogue) -> None:
    assert vole.effects[0].sentence() == (
        "BDNF lowers the death hazard on days 7-21 of late immature granule cells and "
        "maturing granule cells towards 0.4 times base, "
        "half-max 45 pg/mL, Hill 1, habituating by 50% with a time of 21 d [measured; grade B]"
    )


def test_exchanged_numbers_reach_the_effects(vole: Catalogue) -> None:
    path = "signals.bdnf.effects.late.towards"
    changed = vole.with_parameters({path: Parameter.model_validate(number(2.0))})
    assert "raises" in changed.effects[0].sentence()
    assert vole.effects[0].towards.value == 0.4


def test_digest_follows_every_byte(tmp_path: Path) -> None:
    first = load_catalogue("vole", build(tmp_path, FILES)).digest
    assert load_catalogue("vole", tmp_path).digest == first
    file = tmp_path / "vole" / "anatomy.yaml"
    file.write_bytes(file.read_bytes() + b"# a comment\n")
    assert load_catalogue("vole", tmp_path).digest != first


def _break(path: str, value: Any) -> dict[str, dict[str, Any]]:
    """Return the files with one entry exchanged; ``path`` is file, then keys, split at blanks."""
    files = copy.deepcopy(FILES)
    file, *keys = path.split()
    here: Any = files[file]
    for key in keys[:-1]:
        here = here[int(key)] if isinstance(here, list) else here[key]
    here[keys[-1]] = value
    return files


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("vole/anatomy.yaml sheet pitch", number(10, "um", source=None), "without a source is assumed"),
        ("vole/anatomy.yaml sheet pitch", number(10, "um", source="fit202"), "Did you mean fit2020"),
        ("vole/anatomy.yaml sheet pitch", number(10, "um", range=[11, 12]), "outside its range"),
        ("vole/anatomy.yaml sheet pitch", number(10, "um", range=[12, 8]), "backwards"),
        ("vole/anatomy.yaml sheet pitch", number(10, "parsec"), "not known"),
        ("vole/anatomy.yaml sheet pitch", number(10, "um", grade="E"), "grade"),
        ("vole/anatomy.yaml sheet pitch", number(10, "um", status="guessed"), "status"),
        ("vole/anatomy.yaml sheet pitch", number(10, "um", place=""), "place"),
        ("vole/anatomy.yaml sheet pitch", number("10 um", "um"), "neither a number nor a list"),
        ("vole/anatomy.yaml sheet pitch", number(True, "um"), "neither a number nor a list"),
        ("vole/anatomy.yaml sheet pitch", number([], "um"), "empty list"),
        ("vole/anatomy.yaml sheet pitch", number([1.0, [2.0, None]], "um"), "neither a number nor a list"),
        ("vole/anatomy.yaml sheet pitch", {"value": 10, "unit": "um"}, "`source` is missing"),
        ("vole/anatomy.yaml sheet pitch", number(10, "um", cited="x"), "not a key of the parameter"),
        ("vole/signals/bdnf.yaml effects late target", "late_survivl", "Did you mean late_survival"),
        ("vole/signals/bdnf.yaml effects late states", ["matring"], "Did you mean maturing"),
        ("vole/signals/bdnf.yaml effects late hill", number(1, source="nobody1900"), "not in references.yaml"),
        ("vole/signals/bdnf.yaml effects late hil", number(1), "hil"),
        ("vole/signals/bdnf.yaml effects", [EFFECT, EFFECT], "Effects are mappings with a name each"),
        ("vole/signals/bdnf.yaml effects late half_max", number(45, "min"), "pg/mL"),
        ("vole/signals/bdnf.yaml lable", "BDNF", "Did you mean label"),
        ("vole/pathways/direct.yaml weights", {"circulating": 1}, "`weights.induced` is missing"),
        ("vole/pathways/direct.yaml weights circulating", 0.5, "add up to 0.5"),
        ("vole/pathways/direct.yaml barrier_gain", {"unit": "1"}, "has no `value`"),
    ],
)
def test_broken_rules_name_file_and_line(tmp_path: Path, path: str, value: Any, words: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue("vole", build(tmp_path, _break(path, value)))
    text = str(caught.value)
    assert words in text
    assert text.startswith(f"catalogue/{path.split()[0]}:"), text


def test_unknown_species_offers_the_nearest() -> None:
    with pytest.raises(CatalogueError, match="Did you mean mouse"):
        load_catalogue("moose")


@pytest.mark.parametrize("species", species_names())
def test_every_installed_species_loads_and_reads_aloud(species: str) -> None:
    found = load_catalogue(species)
    assert load_catalogue(species) is found
    assert len(found.parameters) > 30
    assert found.pathways.keys() >= {"circulating", "measured_barrier", "induced", "activity", "combined"}
    for effect in found.effects:
        assert effect.sentence().startswith(effect.signal_label)
    cited = {parameter.source for parameter in found.parameters.values()} - {None, "calibration"}
    assert cited <= set(found.references)


def test_mouse_knows_the_states_the_tables_count() -> None:
    counted = (
        "dormant resting active type_2a type_2b type_3 immature_early immature_late maturing mature astrocyte apoptotic"
    )
    assert list(STATES) == counted.split()


@pytest.mark.parametrize("module", [catalogue, parameter])
def test_examples_in_docstrings_hold(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_ten_thousand_conversions_are_quick() -> None:
    import time

    mouse = load_catalogue("mouse")
    mouse.value("lineage.clearance.time", "h")
    began = time.process_time()
    for _ in range(10_000):
        mouse.value("lineage.clearance.time", "d")
    assert time.process_time() - began < 2.0
