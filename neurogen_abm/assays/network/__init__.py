"""The dentate gyrus as a network: entorhinal patterns go through a layer made of this animal's granule cells.

A read-out: nothing here changes a cell. `layer` says which cells there are, `wiring` which entorhinal cells each hears,
`patterns` what is shown, `activity` who fires, `learning` what experience changes, and `separation` reads the answers.
"""

from neurogen_abm.assays.network.activity import Traits, active, traits_of
from neurogen_abm.assays.network.layer import Layer, granule_layer, layer_of
from neurogen_abm.assays.network.learning import RULES, learned
from neurogen_abm.assays.network.patterns import Patterns, correlations, entorhinal_patterns
from neurogen_abm.assays.network.separation import Curve, separation_curve
from neurogen_abm.assays.network.wiring import Contacts, contacts, drive

__all__ = [
    "RULES",
    "Contacts",
    "Curve",
    "Layer",
    "Patterns",
    "Traits",
    "active",
    "contacts",
    "correlations",
    "drive",
    "entorhinal_patterns",
    "granule_layer",
    "layer_of",
    "learned",
    "separation_curve",
    "traits_of",
]
