"""Channels: what may be stained, in which part of a cell a stain lies, and which colour it is shown in."""

from collections.abc import Sequence
from typing import Final

from neurogen_abm.errors import InputError, argument
from neurogen_abm.spec.catalogue import Catalogue
from neurogen_abm.spec.scenario.check_assays import agent_of, stains_of
from neurogen_abm.spec.scenario.histology import AGENTS
from neurogen_abm.spec.suggest import offer

DAPI: Final = "DAPI"
NUCLEUS, SOMA, CYTOPLASM, FOCI = "nucleus", "soma", "cytoplasm", "foci"
# How the field writes the names that the catalogue keeps in small letters.
_USUAL: Final = {
    "neun": "NeuN", "ki67": "Ki67", "gfap": "GFAP", "dcx": "DCX", "tbr2": "Tbr2", "pcna": "PCNA", "phh3": "pHH3",
    "tunel": "TUNEL",
}  # fmt: skip
# Of the merge: DAPI is blue, the others in the order in which they are asked for; green and magenta are told apart by
# people with any common colour vision.
_COLOURS: Final = ("#00ff40", "#ff30ff", "#ffd000", "#00e0ff", "#ff5030", "#ffffff")
_BLUE: Final = "#4060ff"
MOST: Final = 8


def known_channels(catalogue: Catalogue) -> dict[str, str]:
    """Return every channel a species has, as it is written: small letters -> name."""
    names = [DAPI, *AGENTS, *(_USUAL.get(name.lower(), name) for name in stains_of(catalogue).values())]
    return {name.lower(): name for name in names}


def checked_channels(asked: Sequence[str], catalogue: Catalogue, injected: Sequence[str]) -> tuple[str, ...]:
    """Return the channels that are asked for, as they are written.

    Parameters
    ----------
    asked
        Names, in any letters.
    catalogue
        Of the species.
    injected
        The labels that the animal has been given by then.

    Raises
    ------
    InputError
        There are none or too many, one is named twice, nothing is called so, or a label was never given.
    """
    where, known = argument("channels"), known_channels(catalogue)
    if not 1 <= len(asked) <= MOST:
        what = f"An image has 1 to {MOST} channels, and {len(asked)} are asked for."
        raise InputError(what, where=where, code="bad-channels", cure="Name a few, such as DAPI,NeuN,BrdU.")
    found: list[str] = []
    for name in asked:
        channel = known.get(name.strip().lower())
        if channel is None:
            what = f'Nothing is stained by "{name[:40]}".'
            raise InputError(what, where=where, code="unknown-stain", cure=offer(name, known.values()), seen=name)
        if channel in found:
            raise InputError(f"{channel} is named twice.", where=where, code="bad-channels", cure="Name it once.")
        agent = agent_of(channel)
        if agent is not None and agent not in injected:
            what = f"{agent} was not given to this animal by then, so that nothing would be seen."
            given = f", or look for {' or '.join(injected)}" if injected else ""
            cure = f"Run it with {agent} under `labels`{given}."
            raise InputError(what, where=where, code="label-not-injected", cure=cure, seen=name)
        found.append(channel)
    return tuple(found)


def compartment(channel: str, catalogue: Catalogue) -> str:
    """Return where in a cell a channel lies: nucleus, soma, cytoplasm or foci."""
    said = catalogue.structure.get("histology", {}).get("microscope", {}).get("compartments", {})
    return str(said.get(channel.lower(), NUCLEUS))


def colours(channels: Sequence[str]) -> tuple[str, ...]:
    """Return the colour of each channel, ``#rrggbb``."""
    others = [name for name in channels if name != DAPI]
    return tuple(_BLUE if name == DAPI else _COLOURS[others.index(name) % len(_COLOURS)] for name in channels)
