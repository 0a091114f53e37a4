"""The scenarios on offer, by name, and what a page may change of them."""

import math
import re
from collections.abc import Mapping
from typing import Any

from neurogen_abm.activity.recordings.register import shipped_recordings
from neurogen_abm.memory import predicted_bytes
from neurogen_abm.serve.refusals import Refusal
from neurogen_abm.spec.scenario.scenario import ResolvedScenario, Scenario, load_scenario, prepare, scenario_names
from neurogen_abm.spec.suggest import offer

# What an event in a life can change; a longer `duration` only lets it go on.
NOW = ("activity", "knock_outs", "infusions")
RESET = ("pathway", "age", "sex", "strain", "feedback", "neurogenesis", "tissue", "duration", "step")
_PARAMETER = re.compile(r"(anatomy|lineage|physiology|signals|pathways)(\.[a-z0-9_]{1,60}){1,6}")

# What one animal may cost: enough for a whole gyrus of mouse or rat, hour by hour through a long life.
MAX_COLUMNS = 400_000
MAX_STEPS = 30_000
MAX_LAYERS = 15
MAX_BLOCKS = 60
MAX_PREDICTED_BYTES = 3 * 2**29


class Library:
    """Scenarios by name: those that are shipped, and one that was given when the server started.

    Parameters
    ----------
    source
        Name or file of the scenario that the page opens with.

    Raises
    ------
    InputError
        It cannot be used.
    """

    def __init__(self, source: str = "mouse_wheel_running") -> None:
        self.sources: dict[str, str | Scenario] = {name: name for name in scenario_names()}
        self.first = source
        if source not in self.sources:
            own = load_scenario(source)
            self.first = own.name
            self.sources[own.name] = own
        self.prepare(self.first)

    def prepare(self, name: str, seed: int | None = None, changes: Mapping[str, Any] | None = None) -> ResolvedScenario:
        """Return a scenario by name with changes, checked exactly as a file would be, and small enough for the page.

        Raises
        ------
        InputError
            No scenario has that name, a change is not allowed, or it asks for more than the page may take.
        """
        if name not in self.sources:
            cure = offer(name[:64], list(self.sources))
            what = f'There is no scenario named "{name[:64]}" on this server.'
            raise Refusal(what, where="scenario", code="unknown-scenario", cure=cure)
        source = self.sources[name]
        wanted = dict(changes or {})
        for key in wanted:
            if key not in NOW + RESET and not _PARAMETER.fullmatch(key):
                what = f'"{key[:60]}" cannot be changed from the page.'
                raise Refusal(what, where="changes", code="unknown-change", cure=offer(key[:60], NOW + RESET))
        blocks = wanted.get("activity", ())
        if isinstance(blocks, list) and len(blocks) > MAX_BLOCKS:
            what = f"{len(blocks)} blocks of activity are more than the page can take ({MAX_BLOCKS})."
            raise Refusal(what, where="activity", code="too-long", cure="Write a scenario file and start from it.")
        _refuse_files(source, blocks)
        resolved = prepare(source, seed, wanted)
        _refuse_large(resolved)
        return resolved


def _refuse_files(source: str | Scenario, blocks: Any) -> None:
    """Refuse recordings that are neither shipped nor named by the scenario itself: no paths from the page."""
    if not isinstance(blocks, list):
        return
    named = [block.get("file") for block in blocks if isinstance(block, Mapping) and "file" in block]
    if not named:
        return
    own = load_scenario(source) if isinstance(source, str) else source
    known = {block.file for block in own.activity if block.kind == "recording"} | set(shipped_recordings())
    for file in named:
        if not isinstance(file, str) or file not in known:
            what = "The page may not replay this recording."
            cure = f"Choose one of: {', '.join(sorted(known))}; your own goes into a scenario file."
            raise Refusal(what, where="activity.file", code="unknown-recording", cure=cure)


def _refuse_large(resolved: ResolvedScenario) -> None:
    """Refuse what one session may not take: sites, layers, steps, memory."""
    scenario, pitch_um = resolved.scenario, resolved.value("anatomy.site_pitch", "um")
    asked = {
        "tissue": (math.prod(resolved.sides_um) / pitch_um**2, MAX_COLUMNS, "sites of the sheet"),
        "duration": (scenario.duration_h / scenario.step_h, MAX_STEPS, "steps"),
        "anatomy.granule_layers": (resolved.value("anatomy.granule_layers", "1"), MAX_LAYERS, "granule cell layers"),
    }
    for key, (wanted, most, noun) in asked.items():
        if wanted > most:
            what = f"{wanted:,.0f} {noun} are more than the page can take ({most:,})."
            raise Refusal(what, where=key, code="too-large", cure=f"Change `{key}`, or use `neurogen run`.")
    if predicted_bytes(resolved) > MAX_PREDICTED_BYTES:
        what = "This animal needs more memory than the page gives to one."
        raise Refusal(what, where="tissue", code="too-large", cure="Simulate a patch, or use `neurogen run`.")


def settings_of(resolved: ResolvedScenario) -> dict[str, Any]:
    """Return what a scenario says, every default filled in, as plain data with units."""
    return resolved.scenario.model_dump(by_alias=True, mode="json")


def require_now(changes: Mapping[str, Any]) -> None:
    """Refuse changes that no event in a life can make.

    Raises
    ------
    Refusal
        One of them holds from birth.
    """
    for key in changes:
        if key not in NOW and key != "duration":
            what = f'"{key[:60]}" holds from birth; it cannot change during the life of the animal.'
            raise Refusal(what, where="changes", code="at-reset", cure="Change it at reset.")
