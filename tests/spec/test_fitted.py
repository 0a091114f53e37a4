"""What a posterior leaves of a number is told with it, and its grade is no better than that."""

import numpy as np
import pytest

from neurogen_abm.experiments.calibration.free_parameters import FreeParameter, natural_scale
from neurogen_abm.explanation import explanation
from neurogen_abm.spec.catalogue import load_catalogue, species_names
from neurogen_abm.spec.fitted import fitted
from neurogen_abm.spec.posterior import shipped
from neurogen_abm.spec.scenario.scenario import prepare

ACTIVATION = "signals.bdnf.effects.activation"
OF_FITS = [
    (species, pathway, path)
    for species in species_names()
    for catalogue in [load_catalogue(species, mechanisms=["standard"])]
    for pathway in catalogue.pathways
    for path in fitted(species, pathway, catalogue.on)
]


def test_the_interval_is_that_of_the_draws():
    found = fitted("mouse", "circulating", {"loss_of_gain", "gaba_tone"})[f"{ACTIVATION}.towards"]
    draws = shipped("mouse", "circulating", ["gaba_tone", "loss_of_gain"]).draws[f"{ACTIVATION}.towards"]
    assert np.mean(draws < found.low) == pytest.approx(0.025, abs=1.01 / len(draws))
    assert np.mean(draws > found.high) == pytest.approx(0.025, abs=1.01 / len(draws))
    assert np.mean(draws < found.median) == pytest.approx(0.5, abs=1.01 / len(draws))


def test_no_posterior_says_nothing():
    assert fitted("rat", "circulating", ()) == {}


def test_it_is_told_of_the_rules_that_are_on_and_a_value_outside_is_called_that():
    lost = explanation(prepare("mouse_wheel_running"), f"{ACTIVATION}.habituation.loss")
    assert "95 % 3.52 to 47.1, of 400 draws" in lost
    assert "this value lies outside" in lost
    assert "95 % 30.6 to 42.5 pg/mL" in explanation(prepare("mouse_wheel_running"), f"{ACTIVATION}.half_max")
    inside = explanation(prepare("mouse_wheel_running"), f"{ACTIVATION}.towards")
    plain = explanation(prepare("mouse_wheel_running", changes={"mechanisms": []}), f"{ACTIVATION}.towards")
    assert "outside" not in inside
    assert "fitted" in inside
    assert inside.replace("fitted", "") != plain.replace("fitted", "")  # another posterior
    assert "fitted" not in explanation(prepare("mouse_wheel_running"), "lineage.clearance.time")


@pytest.mark.parametrize(("species", "pathway", "path"), OF_FITS)
def test_a_size_that_findings_hardly_narrow_is_graded_as_unknown(species, pathway, path):
    parameter = load_catalogue(species, mechanisms=["standard"]).parameters[path]
    found, (low, high) = fitted(species, pathway, load_catalogue(species).standard)[path], parameter.range
    free = FreeParameter(path, (path,), low, high, low, scale=natural_scale(low, high))
    left = (free.position(found.high) - free.position(found.low)) / 0.95
    assert left <= 0.75 or parameter.grade == "D", f"{left:.0%} of the range is left"
