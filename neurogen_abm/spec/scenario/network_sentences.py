"""The answers of granule cells to patterns in sentences: what is shown, who is silenced, what was learned before."""

from typing import Final

from neurogen_abm.numerals import plain
from neurogen_abm.spec.scenario.histology import NETWORK_MEASURES
from neurogen_abm.spec.scenario.resolve import ResolvedScenario

_RULES: Final = {
    "hebbian": "a cell that fires moves its contacts towards the pattern (competitive Hebbian learning)",
    "bcm": "contacts in use strengthen where the cell is driven more than usual and weaken where less (BCM)",
}


def networks(resolved: ResolvedScenario) -> list[str]:
    """Return as sentences which patterns the granule cells are shown, and what is done to them before; else nothing."""
    asked = [assay for assay in resolved.scenario.assays if assay.measure in NETWORK_MEASURES]
    if not asked:
        return []
    similar = resolved.value("network.test.similarities", "1")
    first, last = (plain(float(end)) for end in (min(similar), max(similar)))
    number = plain(float(resolved.value("network.test.patterns", "1")))
    said = [
        f"The granule cells are shown {number} patterns of the entorhinal cortex, and likes of each that correlate "
        f"with it by {first} to {last}; what is read is how alike the answers are. It changes no cell."
    ]
    if silenced := [assay.name for assay in asked if assay.silence]:
        until = plain(float(resolved.value("network.young.until_age", "wk")))
        said.append(
            f"Young neurons silenced ({', '.join(silenced)}): neurons that have integrated and are younger than "
            f"{until} weeks neither fire nor recruit inhibition while the patterns are shown."
        )
    for rule in dict.fromkeys(assay.learning for assay in asked if assay.learning):
        names = ", ".join(assay.name for assay in asked if assay.learning == rule)
        said.append(f"Learned first ({names}): every pattern is met once before the test, and {_RULES[rule]}.")
    recruited = resolved.parameters["network.young.recruitment"]
    said.append(
        f"Whether young neurons help to tell patterns apart hangs on how much inhibition they recruit: "
        f"{plain(float(recruited.value))} times that of a mature one (network.young.recruitment, {recruited.status}, "
        f"grade {recruited.grade})."
    )
    return said
