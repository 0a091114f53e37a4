"""Lowering of the dentate gyrus as a network: what patterns are shown, how cells answer, what they learn."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from neurogen_abm.errors import InputError
from neurogen_abm.lowering.parameter_reader import Value
from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.histology import NETWORK_MEASURES
from neurogen_abm.spec.scenario.models import Scenario


class Young(NamedTuple):
    """An integrated cell at the age `from_h` and younger, as a multiple of a mature one; alike from `until_h`."""

    from_h: float
    until_h: float
    afferents: float
    firing_threshold: float
    inhibition: float
    recruitment: float


class Plasticity(NamedTuple):
    """How far one pattern changes a contact of an active cell: at the age `Young.from_h`, and from `until_h` on."""

    until_h: float
    rate_young: float
    rate_mature: float


class Network(NamedTuple):
    """Everything the network needs beside the cells of the animal.

    ``column_share`` is the part of the columns of the tissue whose cells are read, and ``usual_cells`` how many granule
    cells they hold at the beginning: interneurons are as many as serve so many cells, and are not added with new ones.
    """

    n_entorhinal: int
    entorhinal_share: float
    afferents: int
    weight_variation: float
    active_share: float
    feedback_share: float
    young: Young
    plasticity: Plasticity
    n_patterns: int
    similarities: tuple[float, ...]
    column_share: float
    usual_cells: float


class Spiking(NamedTuple):
    """Times (ms) and rates (spikes per ms) of the layer with spikes."""

    entorhinal_rate: float
    presentation: float
    membrane_time: float
    refractory: float
    inhibition_time: float
    granule_rate: float


def lower_spiking(read: Value) -> Spiking:
    """Lower what the layer needs to answer with spikes."""
    units = {"entorhinal_rate": "1/ms", "granule_rate": "1/ms"}
    return Spiking(**{name: read(f"network.spiking.{name}", units.get(name, "ms")) for name in Spiking._fields})


def lower_network(read: Value, read_learning: Value, n_granule: int) -> Network:
    """Lower the network of a layer of ``n_granule`` cells; ``read_learning`` looks up what only learning needs.

    Raises
    ------
    InputError
        Too few cells would fire to correlate them, or the numbers do not fit together.
    """
    young = Young(
        read("network.young.from_age", "h"),
        read("network.young.until_age", "h"),
        *(
            read(f"network.young.{name}", "1")
            for name in ("afferents", "firing_threshold", "inhibition", "recruitment")
        ),
    )
    plasticity = Plasticity(
        read_learning("network.learning.plastic_until", "h"),
        *(read_learning(f"network.learning.{name}", "1") for name in ("rate_young", "rate_mature")),
    )
    _check_ages(young, plasticity)
    share = read("network.mature.active_share", "1")
    most = read("network.test.most_cells", "1")
    _check_cells(min(n_granule, most) * share, share, read("network.test.least_active", "1"))
    network = Network(
        n_entorhinal=int(read("network.entorhinal.cells", "1")),
        entorhinal_share=read("network.entorhinal.active_share", "1"),
        afferents=int(read("network.mature.afferents", "1")),
        weight_variation=read("network.mature.weight_variation", "1"),
        active_share=share,
        feedback_share=read("network.mature.feedback_share", "1"),
        young=young,
        plasticity=plasticity,
        n_patterns=int(read("network.test.patterns", "1")),
        similarities=tuple(float(value) for value in read("network.test.similarities", "1")),
        column_share=min(1.0, most / max(n_granule, 1)),
        usual_cells=min(n_granule, most),
    )
    _check_patterns(network)
    return network


def asks_for_network(scenario: Scenario) -> bool:
    """Say whether an assay of the scenario reads the network."""
    return any(assay.measure in NETWORK_MEASURES for assay in scenario.assays)


def _check_ages(young: Young, plasticity: Plasticity) -> None:
    for path, until_h in (("young.until_age", young.until_h), ("learning.plastic_until", plasticity.until_h)):
        if until_h <= young.from_h:
            raise InputError(
                f"An age of {plain(until_h / 24)} d is not above network.young.from_age, {plain(young.from_h / 24)} d.",
                where=f"parameters.network.{path}",
                cure="Give a higher age, or lower network.young.from_age.",
                code="out-of-order",
            )


def _check_cells(expected: float, share: float, least: float) -> None:
    if expected < least:
        raise InputError(
            f"About {plain(expected, 2)} granule cells would fire for a pattern; fewer than {plain(least)} say little.",
            where="assays",
            cure=f"Take a larger piece of tissue (`tissue`), one of {plain(math.ceil(least / share))} granule cells.",
            code="too-few-cells",
        )


def _check_patterns(network: Network) -> None:
    firing = round(network.entorhinal_share * network.n_entorhinal)
    if not 2 <= firing <= network.n_entorhinal // 2:
        raise InputError(
            f"A pattern would be {firing} of {network.n_entorhinal} entorhinal cells.",
            where="parameters.network.entorhinal.active_share",
            cure="Let at least two of them fire, and at most half.",
            code="out-of-range",
        )
    if not _rising(network.similarities):
        raise InputError(
            "The similarities of the patterns do not rise.",
            where="parameters.network.test.similarities",
            cure="Write each once, the lowest first, such as [0, 0.5, 0.9].",
            code="out-of-order",
        )


def _rising(values: Sequence[float]) -> bool:
    return all(later > earlier for earlier, later in pairwise(values))
