"""Second reading of shared/network.yaml: what abstracts and the code of others' models say, and what is only chosen.

No record of the evidence holds these; the place that was read is named as it is found: a paper by its number in PubMed
Central, a model by its number in ModelDB.
"""

from second_reading import TWO_DIGITS, Reading, Span

READINGS = [
    Reading("network.entorhinal.cells", 400, "1", "ModelDB 206397", "external input, 400 cells"),
    Reading("network.entorhinal.active_share", 0.1, "1", "ModelDB 206372", "d_input = 0.10"),
    Reading("network.mature.afferents", 0.2 * 400, "1", "ModelDB 206397", "input to 20 % of granule cells, of 400"),
    Reading("network.young.from_age", 28, "d", "PMC4329739", "immature (four-week-old)"),
    Reading("network.young.until_age", 56, "d", "PMC4131194", "old (>8 weeks) lose these capabilities"),
    Reading("network.learning.plastic_until", 1.5 * 30.4, "d", "PMC2040308", "until 1.5 months", TWO_DIGITS),
    Reading("network.spiking.entorhinal_rate", 45, "1/s", "ModelDB 206397", "rate = 45*Hz"),
    Reading("network.spiking.presentation", 1, "s", "ModelDB 206397", "simtime = 1000*ms"),
    Reading("network.spiking.membrane_time", 0.08e3 / 2.57, "ms", "ModelDB 206397", "0.08 nF, 2.57 nS", TWO_DIGITS),
    Reading("network.spiking.refractory", 20, "ms", "ModelDB 206397", "granule, refractory = 20 * ms"),
    Reading("network.spiking.inhibition_time", 6.8, "ms", "ModelDB 206397", "GABA decay 6.8 * ms"),
]
WITHIN = [Span("network.mature.active_share", 0.0, 0.05, "1", "PMC4843000", "less than 5 % of granule cells")]
WITHOUT_FIGURE: dict[str, str] = {}
