"""Two runs in one film: whether they can be played side by side, and what a person must know who sees them."""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from neurogen_abm.activity.run_clock import run_clock
from neurogen_abm.errors import InputError, argument, told
from neurogen_abm.experiments.differences import settings
from neurogen_abm.film.page import Stage
from neurogen_abm.numerals import plain
from neurogen_abm.run import Result
from neurogen_abm.scene.film import INTERVALS_H, Reel, intervals, recorded_every_h
from neurogen_abm.spec.scenario.comparable import difference
from neurogen_abm.spec.scenario.scenario import Scenario
from neurogen_abm.units import tidy

if TYPE_CHECKING:
    import pandas as pd

_TOLD: Final = 4  # entries that differ, of which a film tells; of the main ones it tells one of each form
# The main ones: what an animal does, what it lacks and is given, and by which rules it lives.
_MAIN: Final = (
    r"activity\[\d+\]\.kind",
    r"activity\[\d+\]\.(distance|file)",
    r"knock_outs\[\d+\]\.(signal|receptor)",
    r"infusions\[\d+\]\.signal",
    r"pathway",
    r"mechanisms",
    r"(knock_outs|infusions)\[\d+\]\..*",  # when and how much: after all others of these
)
_SAME_TIME_H: Final = 1e-6
_COARSE: Final = 4  # times the shortest interval: a usual one that is longer is not the first that is tried


def require_alike(one: Result, other: Result) -> None:
    """Refuse two runs that have no common sheet or no common time, before any is lived again.

    An InputError says what differs: species, tissue, how long they are, the hour at which they begin; or that both are
    one and the same animal.
    """
    first, second = one.resolved, other.resolved
    apart = difference(first.scenario, second.scenario)
    if apart is not None and apart.entry in ("species", "tissue"):
        what = f"The two runs have no common sheet ({apart.entry}: {apart.one}, and {apart.other})."
        raise _refusal(what, apart.cure)
    long_h = [resolved.scenario.duration_h for resolved in (first, second)]
    if abs(long_h[0] - long_h[1]) > _SAME_TIME_H:
        said = [tidy(duration_h, "h") for duration_h in long_h]
        same = told(f'overrides={{"duration": "{said[0]}"}}', f"--set duration='{said[0]}'")
        what = f"The runs are not equally long: {said[0]} and {said[1]}."
        raise _refusal(what, f"Run the second{_folder(other)} again, with {same}.")
    starts = [run_clock(resolved.scenario, resolved.base_dir).start_min for resolved in (first, second)]
    if starts[0] != starts[1]:
        hours = [f"{start // 60:02d}:{start % 60:02d}" for start in starts]
        same = told(f'overrides={{"clock.start": "{hours[0]}"}}', f"--set clock.start={hours[0]}")
        what = f"The runs begin at {hours[0]} and at {hours[1]}: their days differ."
        raise _refusal(what, f"Run the second{_folder(other)} again, with {same}.")
    if first.identity == second.identity:
        raise _refusal("Both are the same animal, living the same life.", "Give the run of another scenario or seed.")


def require_one_sheet(stages: Sequence[Stage]) -> None:
    """Refuse lattices that differ although species and tissue do not, as where numbers of the anatomy were replaced."""
    sizes = [tuple(stage.grid[key] for key in ("n_u", "n_v", "n_layers", "pitch_um")) for stage in stages]
    if len(set(sizes)) > 1:
        said = ["{} x {} x {} sites of {} um".format(*map(plain, size)) for size in sizes]
        what = f"The two runs have no common sheet ({said[0]}, and {said[1]})."
        raise _refusal(what, "Give both the same numbers of `anatomy`.")


def common_intervals(scenarios: Sequence[Scenario], longest: int) -> list[float]:
    """Return the times between moments, h, that all series have and that make at most ``longest`` moments.

    Where the usual ones have none in common, or long ones only, it is the first time at which all were recorded, and
    multiples of it; an InputError refuses runs that end before it.
    """
    found = [intervals(scenario, longest) for scenario in scenarios]
    common = [h for h in found[0] if all(h in other for other in found)]
    if len(scenarios) == 1:
        return common
    first_h = math.lcm(*(round(60 * recorded_every_h(scenario)) for scenario in scenarios)) / 60
    duration_h = scenarios[0].duration_h
    shortest = first_h * max(1, math.ceil(duration_h / first_h / longest))
    if common and common[0] <= _COARSE * max(shortest, INTERVALS_H[0]):
        return common
    if first_h > duration_h + _SAME_TIME_H:
        raise _never_together(scenarios[0], first_h)
    most_h = min(common, default=duration_h / 2)
    return sorted({shortest, *(h for h in (shortest * 2**k for k in range(10)) if h <= most_h), *common})


def _never_together(scenario: Scenario, first_h: float) -> InputError:
    """Return the refusal of runs that end before they were recorded at the same time."""
    what = f"The two runs were recorded at times that have nothing in common before {plain(first_h)} h"
    what += f", and last {plain(scenario.duration_h)} h."
    cadence = tidy(recorded_every_h(scenario), "h")
    return _refusal(what, f"Run the second again with the `outputs: {{cadence: {cadence}}}` of the first.")


def names(results: Sequence[Result]) -> list[str]:
    """Return what the lives are called: as their scenarios, with seed or directory where these tell them apart."""
    scenarios = [result.resolved.scenario for result in results]
    titles = [scenario.title or scenario.name for scenario in scenarios]
    for tells in ([""] * len(titles), [f", seed {s.seed}" for s in scenarios], [_folder(result) for result in results]):
        found = [title + more for title, more in zip(titles, tells, strict=True)]
        if len(set(found)) == len(found):
            return found
    return titles


def _folder(result: Result) -> str:
    return "" if result.directory is None else f" ({result.directory.absolute().name})"


def sentences(results: Sequence[Result], reels: Sequence[Reel]) -> list[str]:
    """Say how far two animals can be compared, whether they are twins, and what differs; nothing of one."""
    if len(results) == 1:
        return []
    seeds = [result.resolved.scenario.seed for result in results]
    if seeds[0] != seeds[1]:
        said = f"A has seed {seeds[0]} and B seed {seeds[1]}: two animals that differ by chance as well."
    elif reels[1].begins_as(reels[0]):
        said = f"A and B are twins (seed {seeds[0]}): they begin as the same cells in the same places. "
        said += "One pair says nothing of other animals."
    else:
        said = f"A and B have one seed ({seeds[0]}), but begin with other cells: what came before the run differs, too."
    return [said, *_differing(results)]


def _differing(results: Sequence[Result]) -> list[str]:
    """Say in a sentence what the scenarios differ in, if anything."""
    rows, n_main = _main_first(settings({"AB"[k]: result.resolved for k, result in enumerate(results)}))
    n = max(_TOLD, n_main)
    each = [f"{row['entry']}: {row['A'] or 'none'} in A, {row['B'] or 'none'} in B" for row in rows[:n]]
    more = f"; and {len(rows) - n} entries more, which `neurogen diff` lists" if len(rows) > n else ""
    return [f"What differs: {'; '.join(each)}{more}."] if each else []


def _main_first(differing: "pd.DataFrame") -> tuple[list[dict[Any, Any]], int]:
    """Return entries that differ, the first of each form of `_MAIN` before others; and how many these are."""
    main: dict[int, list[dict[Any, Any]]] = {}
    for row in differing.to_dict("records"):
        fits = (k for k, form in enumerate(_MAIN) if re.fullmatch(form, row["entry"]))
        main.setdefault(next(fits, len(_MAIN)), []).append(row)
    others = main.pop(len(_MAIN), [])
    of_given = main.pop(len(_MAIN) - 1, [])
    forms = [main[k] for k in sorted(main)]
    rest = [row for rows in forms for row in rows[1:]]
    return [*(rows[0] for rows in forms), *rest, *of_given, *others], len(forms)


def _refusal(what: str, cure: str) -> InputError:
    return InputError(what, where=argument("beside"), cure=cure, code="not-alike")
