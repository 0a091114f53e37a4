"""BDNF has one receptor: half-maximum and steepness are one number each, which all its effects share."""

from pathlib import Path

import pytest

import neurogen_abm
from neurogen_abm.spec.catalogue import load_catalogue

FILES = sorted((Path(neurogen_abm.__file__).parent / "catalogue").glob("*/signals/bdnf.yaml"))


@pytest.mark.parametrize("key", ["half_max", "hill"])
@pytest.mark.parametrize("species", ["mouse", "rat", "human"])
def test_all_effects_share_one_number(species: str, key: str) -> None:
    catalogue = load_catalogue(species)
    paths = [path for path in catalogue.parameters if path.startswith("signals.bdnf.effects.") and path.endswith(key)]
    held = [catalogue.parameter(path) for path in paths]
    assert len(held) == 6
    assert all(parameter == held[0] for parameter in held)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parts[-3])
def test_no_effect_states_one_of_its_own(file: Path) -> None:
    text = file.read_text()
    assert text.count("half_max:") <= 1
    assert text.count("hill:") <= 1
    assert "every_effect:" in text or "half_max:" not in text
