"""The examples in docstrings do what they show."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "module", ["suggest", "sweep", "calibration", "scenario.load", "scenario.scenario", "study.study"]
)
def test_examples(module: str) -> None:
    outcome = doctest.testmod(import_module(f"neurogen_abm.spec.{module}"))
    assert outcome.attempted > 0
    assert outcome.failed == 0
