"""What moderate and intense running and disuse make of new neurons and of BDNF: the tables of docs/messengers.md.

Like the blockades worked out without a gyrus and so free of chance: muscle and blood of one animal, hour by hour, and
what they make of the rates of cells (`blockades.yields`).

    python benchmarks/intensity.py              # prints the three tables as Markdown
"""

import json
from functools import cache
from typing import Any, NamedTuple

from benchmarks.blockades import Body, Yield, lowered, yields

SPEEDS = {"rat": (15, 25), "mouse": (25, 40)}  # moderate and intense, m/min
PATHWAYS = ("circulating", "measured_barrier", "induced", "activity", "combined", "messengers")
DISUSE = {"unloading": "mouse", "immobilisation": "mouse", "bed_rest": "human"}
AGE = {"mouse": "8 wk", "rat": "8 wk", "human": "25 yr"}
_HORMONE = "corticosterone"


class Bout(NamedTuple):
    """What one bout does within the hours after its beginning, over rest."""

    message: float  # messenger RNA of BDNF in the hippocampus, highest
    hormone: float  # corticosterone, highest hourly mean


def treadmill(speed_m_min: float, minutes: float) -> dict[str, Any]:
    """Return a daily session."""
    return {"kind": "treadmill", "speed": f"{speed_m_min} m/min", "session": f"{minutes} min", "clock": "10:00"}


def daily(species: str, activity: list[dict[str, Any]], **changes: Any) -> Yield:
    """Return what four weeks of an activity leave, over the sedentary twin, as ratios."""
    common = {"species": species, "age": AGE[species], "clock": {"start": "09:00"}, **changes}
    lived, rest = yields(lowered(activity=activity, **common)), _resting(species, json.dumps(changes, sort_keys=True))
    return Yield(*(now / before for now, before in zip(lived, rest, strict=True)))


@cache
def _resting(species: str, changes: str) -> Yield:
    return yields(lowered(species=species, age=AGE[species], clock={"start": "09:00"}, **json.loads(changes)))


def bout(species: str, speed_m_min: float, minutes: float = 30) -> Bout:
    """Return what the first bout of an animal does, as Soya 2007 had rats run it."""
    activity = [treadmill(speed_m_min, minutes)]
    body = Body(lowered(species=species, age=AGE[species], clock={"start": "09:00"}, activity=activity, duration="1 d"))
    message, hormone = [], []
    for _ in range(12):
        body.live_an_hour()
        message.append(body.muscle.hippocampal_messenger)
        hormone.append(1.0 + body.muscle.rise_of(_HORMONE))
    return Bout(max(message), max(hormone))


def disuse(kind: str, pathway: str) -> Yield:
    """Return what four weeks of disuse leave of a body with its everyday activity, as ratios."""
    return daily(DISUSE[kind], [{"kind": kind}], pathway=pathway)


def main() -> None:
    """Print the tables."""
    print("| | speed | surviving neurons | proliferation | BDNF in the niche | BDNF of the hippocampus |")
    print("|---|---|---|---|---|---|")
    for species, speeds in SPEEDS.items():
        for speed in speeds:
            found = daily(species, [treadmill(speed, 60)])
            cells = " | ".join(_change(getattr(found, key)) for key in ("neurons", "proliferation", "bdnf", "protein"))
            print(f"| {species} | {speed} m/min | {cells} |")
    print("\n| | speed | messenger RNA, highest | corticosterone, highest |\n|---|---|---|---|")
    for species, speeds in SPEEDS.items():
        for speed in speeds:
            once = bout(species, speed)
            print(f"| {species} | {speed} m/min | {_change(once.message)} | {once.hormone:.2f} |")
    print(f"\n| pathway | {' | '.join(f'{kind}, {species}' for kind, species in DISUSE.items())} |\n|---|---|---|---|")
    for pathway in PATHWAYS:
        cells = " | ".join(
            f"{_change(found.neurons)} / {_change(found.protein, 2)}" for found in (disuse(k, pathway) for k in DISUSE)
        )
        print(f"| `{pathway}` | {cells} |")


def _change(ratio: float, digits: int = 1) -> str:
    return f"{100.0 * (ratio - 1.0):+.{digits}f} %"


if __name__ == "__main__":
    main()
