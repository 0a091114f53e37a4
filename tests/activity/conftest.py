"""Shared by the tests of activity: physiology of each species, and schedules from blocks written as a person does."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from neurogen_abm.activity.schedule import Schedule, build_schedule
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.scenario.activity import read_blocks


def catalogue_value(species: str) -> Callable[[str, str], Any]:
    """Return value(path, unit) of a species, as a resolved scenario gives it."""
    parameters = load_catalogue(species).parameters
    return lambda path, unit: parameters[path].to(unit)


@pytest.fixture(scope="session")
def value_of() -> Callable[[str], Callable[[str, str], Any]]:
    """Return a function that gives value(path, unit) of a species."""
    return catalogue_value


@pytest.fixture(scope="session")
def mouse_value() -> Callable[[str, str], Any]:
    """Return value(path, unit) of the mouse."""
    return catalogue_value("mouse")


@pytest.fixture(scope="session")
def schedule() -> Callable[..., Schedule]:
    """Return a function that builds a schedule from plain blocks; the run starts on Monday at 07:00."""

    def build(
        *blocks: Any,
        days: float = 7.0,
        species: str = "mouse",
        clock_start_min: int | None = 420,
        day: str | None = "mon",
        seed: int = 1,
        base_dir: Path | None = None,
        age_years: float = 0.2,
    ) -> Schedule:
        activity = [read_blocks([block])[0] if isinstance(block, dict) else block for block in blocks]
        clock = SimpleNamespace(start_min=clock_start_min, day=day, lights_on_min=420, lights_off_min=1140)
        scenario = SimpleNamespace(activity=activity, duration_h=days * 24.0, clock=clock, seed=seed, species=species)
        scenario.age_h = age_years * 8766.0
        scenario.folder_of = lambda entry, folder: folder
        return build_schedule(scenario, catalogue_value(species), base_dir)

    return build
