"""One small run, saved once; each test that harms it takes a copy."""

import shutil
from pathlib import Path

import pytest

from neurogen_abm import Result, run
from tests.conftest import patch_scenario

WHEEL = {"kind": "wheel", "distance": "6 km/d"}


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A mouse that runs for two days, on a patch of tissue."""
    scenario = patch_scenario((200.0, 200.0), duration="2 d", activity=[WHEEL])
    return run(scenario).save(tmp_path_factory.mktemp("runs") / "animal")


@pytest.fixture
def copy(saved: Result, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved.directory, tmp_path / "animal"))


def flip(file: Path, place: int, bit: int = 0) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 1 << bit
    file.write_bytes(bytes(data))
