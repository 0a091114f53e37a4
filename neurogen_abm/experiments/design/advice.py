"""What a design says in words: where to look, with how many animals, and what every number rests on."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from neurogen_abm.errors import told
from neurogen_abm.experiments.design.design import LITTER, Design
from neurogen_abm.experiments.design.disagreement import STRONG
from neurogen_abm.experiments.design.pool import POINT, UNDER_A_DRAW
from neurogen_abm.experiments.design.power import FARTHEST, spread_of
from neurogen_abm.experiments.design.questions import Question
from neurogen_abm.experiments.design.spread import described
from neurogen_abm.numerals import plain

_ROWS = 14  # of the table in a terminal
_FEW_CELLS = 20.0  # counted in an animal, below which a count is mostly luck
_NEXT_TO_NONE = 0.001
_MORE = 1.05  # times the spread of raw data, from which that of the simulated animals is said
_HELP = "lengthen the experiment, change more between the arms, or plan on another reading"


def best_of(design: Design) -> pd.DataFrame:
    """Return the rows of `Design.readings` with an effect to find, those that need fewest animals first."""
    table = design.readings
    rows = table[(table["finding"] != "none") & table["n_80"].map(math.isfinite)]
    return rows.sort_values(["n_80", "animal_days_80"], kind="stable")


def primary(design: Design) -> "pd.Series | None":
    """Return the row of `Design.readings` to plan on: fewest animals, under the pathway that needs most.

    With several pathways a reading counts only where each of them has an effect to find. None where all need more
    animals of a group than answers are given for: nobody should ask for them.
    """
    rows = best_of(design)
    asked = rows.groupby(["arm", "over", "reading", "day"], sort=False)
    most = asked.tail(1)  # of a reading, the pathway that needs most: rows come in the order of animals
    most = most[asked["pathway"].transform("nunique").loc[most.index] == design.readings["pathway"].nunique()]
    most = most[most["n_80"] <= design.plan.span.most]
    return None if most.empty else most.iloc[0]


def question_of(design: Design, row: "pd.Series") -> Question:
    """Return the question that a row of `Design.readings` tells of."""
    return design.questions[int(row.name)]  # type: ignore[call-overload]


def sentences(design: Design) -> list[str]:
    """Return the advice, one statement a line."""
    found = [_opening(design), *_failed(design)]
    for pathway in design.plan.arms:
        found += _under(design, pathway)
    if len(design.plan.arms) > 1:
        found += list(_between(design))
    return [*found, *_usual()]


def _opening(design: Design) -> str:
    plan = design.plan
    animals = sum(job.point["draw"] == POINT for job in plan.jobs) // (len(plan.study.arms) * len(plan.arms))
    arms, pathways = ", ".join(plan.study.arms), " and ".join(plan.arms)
    noun = "pathway" if len(plan.arms) == 1 else "pathways"
    return f"{plan.study.name}: {arms}; {animals} simulated animals of each, {noun} {pathways}."


def _failed(design: Design) -> list[str]:
    n = len(design.failed)
    return [f"{n} of the simulated animals failed and are left out, each with its twins."] if n else []


def _under(design: Design, pathway: str) -> Iterator[str]:
    """Yield the advice under one pathway."""
    rows = best_of(design)
    rows = rows[rows["pathway"] == pathway]
    several = f" ({pathway})" if len(design.plan.arms) > 1 else ""
    if rows.empty or rows["n_80"].iloc[0] > design.plan.span.most:
        yield _nothing(design, rows, several)
        yield from _doubtful(design)
        return
    first = rows.iloc[0]
    one = question_of(design, first)
    yield _where(design, first, one, several)
    yield _planned(design, first)
    if len(design.plan.arms) > 1:
        return
    yield from _days(rows, first)
    yield _twins(first)
    yield from _sections(design, first)
    yield _litters(design, first)
    yield from _doubtful(design)


def _nothing(design: Design, rows: pd.DataFrame, several: str) -> str:
    """Return that no number of animals in question finds an effect, and what to do."""
    nearest = ""
    if len(rows):
        first = rows.iloc[0]
        nearest = f" The nearest is {first['reading']} on day {_day(first['day'])}, which needs {_n(first['n_80'])}."
    return (
        f"There is no effect to find{several}: in no reading do the arms differ by what {design.plan.span.most} "
        f"animals a group find in 80 of 100 experiments.{nearest} Do not run it as it is planned; {_HELP}."
    )


def _where(design: Design, row: "pd.Series", one: Question, several: str) -> str:
    verb = "raises" if one.effect == "raised" else "lowers"
    span = f"{_ratio(row['ratio_low'])} to {_ratio(row['ratio_high'])}"
    return (
        f"Look at {row['reading']} on day {_day(row['day'])} of the run{several}: {row['arm']} {verb} it to "
        f"{_ratio(row['ratio'])} times {row['over']} ({span} over the simulated twins). {_n(row['n_80'])} animals a "
        f"group find that in 80 of 100 experiments, {_n(row['n_90'])} in 90. The plain t-test calculation says "
        f"{_n(row['n_80_plain'])} and {_n(row['n_90_plain'])}."
    )


def _planned(design: Design, row: "pd.Series") -> str:
    n = (row["planned_arm"], row["planned_over"])
    animals = f"{plain(n[0])} animals a group" if n[0] == n[1] else f"{plain(n[0])} and {plain(n[1])} animals"
    chance, sure = _percent(row["planned_power"]), _percent(row["planned_assurance"])
    least = _ratio(row["detectable"])
    return (
        f"With the planned {animals} the power is {chance}, and {sure} on average over what the simulation does not "
        f"know. They find a ratio of {least} or more in 80 of 100 experiments, whatever the model says."
    )


def _days(rows: pd.DataFrame, first: "pd.Series") -> Iterator[str]:
    own = rows[(rows["reading"] == first["reading"]) & (rows["arm"] == first["arm"]) & (rows["over"] == first["over"])]
    others = own[own["day"] != first["day"]].sort_values("day")
    if len(others):
        said = ", ".join(f"day {_day(row['day'])} {_n(row['n_80'])}" for row in others.to_dict("records"))
        yield (
            f"On other days {first['reading']} needs more animals a group, or as many for longer: {said}. Each day "
            f"you look costs its own animals, for they are killed: {_n(2 * first['n_80'])} on day "
            f"{_day(first['day'])}."
        )


def _twins(row: "pd.Series") -> str:
    return (
        f"In the computer {_n(row['n_80_twins'])} pairs of twins, alike in all but the treatment, would do. No real "
        "laboratory has such twins: do not plan on them."
    )


def _sections(design: Design, row: "pd.Series") -> Iterator[str]:
    table = design.sections
    keys = ["pathway", "arm", "over", "reading", "day"]
    own = table[(table[keys] == row[keys]).all(axis=1)] if len(table) else table
    if own.empty:
        yield "The study says no `sampling`, so that every cell is counted; write one to set sections against animals."
        return
    now = own[own["is_planned"]].iloc[0]
    enough = own[own["n_80"] <= now["n_80"]].sort_values("every").iloc[-1]
    share = _percent(now["share_counting"])
    yield (
        f"Sections: counting one in {now['every']} ({plain(now['sections'], 2)} an animal) makes {share} of the "
        f"variance of {row['reading']}; the rest is animals."
    )
    if enough["every"] > now["every"]:
        yield (
            f"One section in {enough['every']} would need no more animals: {plain(enough['sections_in_all'], 3)} "
            f"sections in place of {plain(now['sections_in_all'], 3)}."
        )
    finer = own[own["n_80"] < now["n_80"]].sort_values("every")
    if len(finer):
        more = finer.iloc[-1]
        yield (
            f"One in {more['every']} would save {_n(now['n_80'] - more['n_80'])} animals a group, for "
            f"{plain(more['sections_in_all'] - now['sections_in_all'], 3)} more sections in all."
        )
    else:
        yield "More sections would save no animal: spend on animals, not on sections."


def _litters(design: Design, row: "pd.Series") -> str:
    table = design.litters
    keys = ["pathway", "arm", "over", "reading", "day"]
    four = table[(table[keys] == row[keys]).all(axis=1) & (table["per_litter"] == 4)].iloc[0]
    share = _percent(design.litter_share)
    return (
        f"Litters: if litters explain {share} of how animals differ, {plain(row['planned_over'])} animals of a group "
        f"that come four from a litter are worth {plain(four['worth'], 2)}. Take one animal of each litter into each "
        f"group, and compare within litters: then {_n(four['n_80_split'])} litters do."
    )


def _doubtful(design: Design) -> Iterator[str]:
    """Yield what cannot be planned on: no effect, few cells, no ratio."""
    table = design.readings
    none = table[(table["finding"] == "none") & (table["why_not"] == "")]
    if len(none):
        said = "; ".join(
            f"{row['reading']} on day {_day(row['day'])} ({_pair(row)})" for row in none.to_dict("records")[:6]
        )
        more = f", and {len(none) - 6} more" if len(none) > 6 else ""
        yield f"No effect to find: {said}{more}. There is nothing to power a test for; {_HELP}."
    for row in table[table["why_not"] != ""].to_dict("records")[:6]:
        yield f"Nothing can be planned on {row['reading']} on day {_day(row['day'])} ({_pair(row)}). {row['why_not']}"
    few = table[(table["counted_over"] < _FEW_CELLS) & (table["why_not"] == "")]
    for row in few.drop_duplicates(["reading"]).to_dict("records")[:6]:
        yield (
            f"In {row['reading']} only about {plain(row['counted_over'], 2)} are counted in an animal of "
            f"{row['over']} on day {_day(row['day'])}: count more sections, for such numbers are mostly luck."
        )


def _between(design: Design) -> Iterator[str]:
    """Yield where pathways disagree most."""
    for (a, b), part in design.pathways.groupby(["pathway_a", "pathway_b"], sort=False):
        last = part[part["n"] == design.plan.span.most].iloc[0]
        where = f"{last['reading']} on day {_day(last['day'])} ({_pair(last)})"
        said = f"{_ratio(last['ratio_a'])} under {a}, {_ratio(last['ratio_b'])} under {b}"
        if math.isfinite(last["n_80"]):
            yield (
                f"{a} and {b} disagree most in {where}: {said}. {_n(last['n_80'])} animals a group tell them apart (a "
                f"Bayes factor of {plain(STRONG)}) in 80 of 100 experiments."
            )
        else:
            yield (
                f"No experiment of this design tells {a} and {b} apart with {FARTHEST} animals a group. They disagree "
                f"most in {where}: {said}. Change the design (another dose, time or reading), or simulate more "
                f"animals ({told('pool', '--pool')}), for the predictions themselves are known only so well."
            )


def _usual() -> list[str]:
    return [
        "Before you begin, say which reading and day is the primary one; the others are then exploratory, and each "
        "further test at 5 % adds its own false alarms."
    ]


def table_lines(design: Design) -> list[str]:
    """Return the one table: readings by the animals they need, or by how well they tell pathways apart."""
    if len(design.plan.arms) > 1 and len(design.pathways):
        return _of_pathways(design)
    rows = pd.concat([best_of(design), design.readings[design.readings["finding"] == "none"]])
    head = ("reading", "day", "arms", "ratio", "n 80 %", "n 90 %", "plain", "power as planned")
    body = [
        (
            row["reading"],
            _day(row["day"]),
            _pair(row),
            _ratio(row["ratio"]),
            _n(row["n_80"]) if row["finding"] != "none" else "no effect",
            _n(row["n_90"]) if row["finding"] != "none" else "",
            _n(row["n_80_plain"]) if row["finding"] != "none" else "",
            _percent(row["planned_power"]) if row["finding"] != "none" else "",
        )
        for row in rows.to_dict("records")
    ]
    return _aligned(head, body)


def _of_pathways(design: Design) -> list[str]:
    n = min(max(design.plan.planned.values()), design.plan.span.most)
    n = max(n, design.plan.span.fewest)
    rows = design.pathways[design.pathways["n"] == n]
    head = ("reading", "day", "arms", "pathways", "ratios", f"apart with {n}", "told apart", "n 80 %")
    body = [
        (
            row["reading"],
            _day(row["day"]),
            _pair(row),
            f"{row['pathway_a']} / {row['pathway_b']}",
            f"{_ratio(row['ratio_a'])} / {_ratio(row['ratio_b'])}",
            f"{plain(row['apart'], 2)} s.e.",
            _percent(row["told_apart"]),
            _n(row["n_80"]),
        )
        for row in rows.to_dict("records")
    ]
    return _aligned(head, body)


def _aligned(head: tuple[str, ...], body: Sequence[tuple[Any, ...]]) -> list[str]:
    shown = [head, *body[:_ROWS]]
    widths = [max(len(row[i]) for row in shown) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
    more = len(body) - _ROWS
    return [*lines, f"and {more} more, in the tables"] if more > 0 else lines


def basis(design: Design) -> list[str]:
    """Return what the numbers rest on, each with its grade."""
    kinds: dict[str, str] = {}
    for one in design.questions:
        kinds.setdefault(one.reading, described(one.spread))
    litter = design.plan.any_arm.resolved.parameters[LITTER]
    found = [
        "Effects are the model's, not measured ones; docs/evidence_report_card.md says how well it scores.",
        *_drawn(design),
        *(f"{reading}: {said}." for reading, said in kinds.items()),
        *_wider(design),
        f"Litters: {LITTER}, {litter.text()}; {litter.place}.",
        *_cut(design),
    ]
    return found + [f"Assumed: {text}" for text in design.plan.study.assumed]


def _wider(design: Design) -> Iterator[str]:
    """Yield in which readings the simulated animals differ by more than raw data, on the day they do so most."""
    widest: dict[str, tuple[float, Question]] = {}
    for one in design.questions:
        cv = float(spread_of(one.groups[1].total))
        if cv > max(_MORE * one.spread.cv, widest.get(one.reading, (0.0, one))[0]):
            widest[one.reading] = cv, one
    for reading, (cv, one) in widest.items():
        what = f"the simulated animals of {one.over} differ by more, {_percent(cv)} on day {_day(one.day)}"
        patch = (
            " A small patch of tissue scatters more than a gyrus: simulate more of it." if one.seen[1].area < 1 else ""
        )
        yield f"{reading}: {what}, and so they are planned with.{patch}"


def _cut(design: Design) -> Iterator[str]:
    """Yield by how much more than single cells the sections of the simulated animals scatter."""
    excess = {one.reading: one.seen[1].excess for one in design.questions if one.seen[1].seen < 1.0}
    if excess:
        said = ", ".join(f"{reading} {plain(times, 2)}" for reading, times in excess.items())
        yield (
            "Sections: single cells seen or missed, times what the sections of the simulated animals scatter beyond "
            f"that, for cells lie in groups: {said}."
        )


def _drawn(design: Design) -> list[str]:
    """Return what is known of the parameters of the model, in words."""
    if design.plan.drawn is None:
        return [
            "The parameters of the model are taken for known: the average power is over few simulated animals alone."
        ]
    return [
        f"Parameters: {design.plan.drawn.n} draws of a posterior, {UNDER_A_DRAW} animals of each arm under each; "
        "effects are those of the catalogue, and as wide as the draws make them."
    ]


def _pair(row: "Mapping[Any, Any] | pd.Series[Any]") -> str:
    return f"{row['arm']} over {row['over']}"


def _n(value: float) -> str:
    """Return a number of animals."""
    return plain(value) if math.isfinite(value) else f"more than {FARTHEST}"


def _ratio(value: float) -> str:
    return plain(value, 3) if math.isfinite(value) else "-"


def _percent(share: float) -> str:
    if not math.isfinite(share):
        return "-"
    return f"{plain(100 * share, 2)} %" if share >= _NEXT_TO_NONE else f"less than {plain(100 * _NEXT_TO_NONE)} %"


def _day(day: float) -> str:
    return plain(day, 4)
