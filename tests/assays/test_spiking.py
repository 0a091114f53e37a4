"""The layer with spikes: without Brian2 it says how to get it; with it the cells answer much as the thresholds do."""

import sys

import numpy as np
import pytest

from neurogen_abm.assays.network import active, contacts, correlations, drive, entorhinal_patterns, layer_of, traits_of
from neurogen_abm.assays.network.spiking import spike_counts
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.lowering.network import lower_network, lower_spiking
from neurogen_abm.spec.catalogue import load_catalogue

VALUE = load_catalogue("mouse").value


def test_without_brian2_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "brian2", None)
    network = lower_network(VALUE, VALUE, 1000)
    layer = layer_of(np.arange(5), np.full(5, np.inf), network)
    with pytest.raises(EnvironmentFault, match="Brian2") as caught:
        spike_counts(layer, network, lower_spiking(VALUE), 1, entorhinal_patterns(network).firing[0, :1])
    assert "neurogen_abm[network]" in caught.value.cure


def test_spikes_agree_with_thresholds_and_the_silenced_are_silent() -> None:
    network, spiking = lower_network(VALUE, VALUE, 2000), lower_spiking(VALUE)
    layer = layer_of(np.arange(2000), np.concatenate([np.full(200, 28 * 24.0), np.full(1800, np.inf)]), network)
    shown = entorhinal_patterns(network).firing[0, :2]
    try:
        spikes = spike_counts(layer, network, spiking, 1, shown)
    except EnvironmentFault as fault:
        pytest.skip(str(fault))
    traits = traits_of(layer, network)
    thresholds = active(drive(contacts(layer.id, traits.afferents, network, 1), shown, network), traits, network)
    assert (correlations(spikes > 0, thresholds) > 0.4).all()
    assert 0.005 < (spikes[~layer.young] > 0).mean() < 0.05
    np.testing.assert_array_equal(spikes, spike_counts(layer, network, spiking, 1, shown))
    silenced = spike_counts(layer, network, spiking, 1, shown, layer.young)
    assert not silenced[layer.young].any()
    assert (silenced[~layer.young] > 0).sum() > (spikes[~layer.young] > 0).sum()
