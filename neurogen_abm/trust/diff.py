"""Two scenarios, runs or capsules side by side, in words: what was asked for, which numbers, and what came of it."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from neurogen_abm.arguments import MAPPING, PLACE, Kind, check
from neurogen_abm.assays.table import as_read_outs
from neurogen_abm.checkpoints import target_of
from neurogen_abm.experiments import differences, effects
from neurogen_abm.notebook import as_html
from neurogen_abm.numerals import plain
from neurogen_abm.provenance import recording_digests
from neurogen_abm.run import TABLES, Result
from neurogen_abm.spec.scenario.comparable import difference
from neurogen_abm.spec.scenario.load import load_scenario, scenario_names
from neurogen_abm.spec.scenario.models import Scenario
from neurogen_abm.spec.scenario.resolve import CatalogueChangedWarning, ResolvedScenario, catalogue_like, resolve
from neurogen_abm.storage.places import PROVENANCE
from neurogen_abm.trust import tables
from neurogen_abm.trust.capsule import opened

if TYPE_CHECKING:
    from typing import TypeAlias

    Source: TypeAlias = str | Path | Mapping[str, Any] | Scenario | Result

_ONE, _OTHER = "A", "B"
_SOURCE: Final = Kind(
    "a scenario, a run or a capsule",
    lambda value: isinstance(value, Scenario | Result) or PLACE.fits(value) or MAPPING.fits(value),
)
_ZIP: Final = b"PK\3\4"
_COUNTED: Final = ("cells", "clones")
_OUTCOMES: Final = ("read_out", "day", "unit", _ONE, _OTHER, "change")


@dataclass(frozen=True, eq=False)
class Difference:
    """What differs between A and B.

    Attributes
    ----------
    names
        What A and B are, in words.
    entries
        One row per entry of the scenarios that differs, as quantities and not as texts; ``filled`` says of which of
        the two it was not written down but filled in.
    numbers
        One row per parameter that differs, each with value, unit, status, source and grade.
    outcomes
        One row per read-out at the end of both runs, and per assay that asks the same in both, as reported on the last
        ``day`` on which both did (missing: at the end), with the change from A to B as a share of A, which counts of
        cells have only where they can be set side by side; no rows where one is a scenario.
    remarks
        Sentences about versions, catalogue, recordings, tables, and whether counts can be set side by side at all.
    """

    names: tuple[str, str]
    entries: pd.DataFrame
    numbers: pd.DataFrame
    outcomes: pd.DataFrame
    remarks: tuple[str, ...]

    def __repr__(self) -> str:
        """Return one line."""
        return f"<Difference: {len(self.entries)} entries, {len(self.numbers)} numbers>"

    def _repr_html_(self) -> str:
        """Return the entries for a notebook."""
        return as_html(repr(self), self.entries)

    def sentences(self) -> list[str]:
        """Return all of it, a line each."""
        said = [f"{letter} is {name}." for letter, name in zip((_ONE, _OTHER), self.names, strict=True)]
        said += self.remarks
        if not len(self.entries) and not len(self.numbers):
            said.append("No entry and no number differs." if self.remarks else "The scenarios do not differ.")
        said += _of_entries(self.entries)
        said += [
            f"{row['parameter']}: {row[_ONE]} in A, {row[_OTHER]} in B." for row in self.numbers.to_dict("records")
        ]
        if len(self.outcomes):
            said.append(
                "These are one animal each, so that what follows holds chance; twins tell (`neurogen compare`)."
            )
        for row in self.outcomes.to_dict("records"):
            change = "" if row["change"] != row["change"] else f" ({100 * row['change']:+.1f} %)"
            values = f"{plain(row[_ONE], 4)} in A, {plain(row[_OTHER], 4)} in B{change}"
            if row[_ONE] == row[_OTHER]:
                values = f"{plain(row[_ONE], 4)} in both"
            when = "at the end" if row["day"] != row["day"] else f"on day {plain(row['day'])}"
            said.append(f"{row['read_out']} {when}, {row['unit']}: {values}.")
        return said


def _of_entries(entries: pd.DataFrame) -> list[str]:
    """Return a line for each entry; for a block that only one of the two has, or writes in another form, one for all.

    A block is what stands under one key, such as the tissue, or one activity of several.
    """
    said = []
    blocks = entries.groupby(entries["entry"].str.split(".", n=1).str[0], sort=False)
    for head, block in blocks:
        rows = block.to_dict("records")
        if len(rows) > 1 and all(not (row[_ONE] and row[_OTHER]) for row in rows):
            sides = (_block(str(head), rows, letter) for letter in (_ONE, _OTHER))
            filled = [_below(row["entry"], str(head)) for row in rows if row["filled"]]
            more = f" (filled in: {', '.join(filled)})" if filled else ""
            said.append(f"{head}: {' in A; '.join(sides)} in B{more}.")
            continue
        for row in rows:
            filled_in = f" ({row['filled']})" if row["filled"] else ""
            said.append(f"{row['entry']}: {row[_ONE] or 'none'} in A, {row[_OTHER] or 'none'} in B{filled_in}.")
    return said


def _block(head: str, rows: list[dict[Any, Any]], letter: str) -> str:
    parts = [f"{_below(row['entry'], head)} {row[letter]}".strip() for row in rows if row[letter]]
    return ", ".join(parts) or "none"


def _below(entry: str, head: str) -> str:
    return entry[len(head) + 1 :]


class _Side(NamedTuple):
    """A scenario, what its file says where that is known, and the run that it is of, if any."""

    name: str
    resolved: ResolvedScenario
    written: frozenset[str] | None
    run: Result | None


def diff(a: "Source", b: "Source") -> Difference:
    """Say what differs between two scenarios, runs or capsules, in any combination.

    Parameters
    ----------
    a, b
        The name of a shipped scenario, a file, a mapping of the same form; the directory of a run, a capsule, or a
        result.

    Raises
    ------
    InputError
        One is none of these, or cannot be used.
    IntegrityError
        A file of a run or of a capsule is damaged.

    Examples
    --------
    >>> found = diff("mouse_sedentary", "mouse_generated_running")
    >>> found.sentences()[0]
    'A is the scenario mouse_sedentary.'
    """
    check(a=(a, _SOURCE), b=(b, _SOURCE))
    with warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore", CatalogueChangedWarning)  # said among the remarks
        one, other = _side(a, stack), _side(b, stack)
        arms = {_ONE: one.resolved, _OTHER: other.resolved}
        outcomes = pd.DataFrame(_outcomes(one, other), columns=list(_OUTCOMES))
        return Difference(
            (one.name, other.name),
            _entries(one, other),
            differences.numbers(arms),
            outcomes,
            tuple(_remarks(one, other)),
        )


def _side(source: "Source", stack: ExitStack) -> _Side:
    """Return one of the two, read; what a capsule was unpacked to goes with the stack."""
    if isinstance(source, str | Path) and (_is_folder(source) or _is_archive(Path(source))):
        result = stack.enter_context(opened(Path(source)))
        return _of_run(f"the run {source}", result)
    if isinstance(source, Result):
        return _of_run(f"the run of {source.resolved.scenario.name}", source)
    scenario = load_scenario(source)
    said = scenario.model_dump(by_alias=True, exclude_unset=True)
    written = frozenset([*dict(differences.flat(said)), *(["seed"] if "seed" in said else [])])
    return _Side(f"the scenario {scenario.name}", resolve(scenario), written, None)


def _of_run(words: str, result: Result) -> _Side:
    version = result.provenance["software"]["neurogen_abm"]
    name = f"{words} (seed {result.resolved.scenario.seed}, made by version {version})"
    return _Side(name, result.resolved, None, result)


def _is_folder(source: str | Path) -> bool:
    """Return whether a folder is meant; one without a run, by the name of a shipped scenario, is not, as for a run."""
    place = Path(source)
    return (place / PROVENANCE).is_file() or (place.is_dir() and source not in scenario_names())


def _is_archive(place: Path) -> bool:
    if not place.is_file():
        return False
    with place.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def _entries(one: _Side, other: _Side) -> pd.DataFrame:
    """Return the entries that differ, and which of them was filled in; numbers have a table of their own."""
    found = differences.settings({_ONE: one.resolved, _OTHER: other.resolved})
    found = found[~found["entry"].str.startswith("parameters.")]
    seeds = one.resolved.scenario.seed, other.resolved.scenario.seed
    if seeds[0] != seeds[1]:
        found = pd.concat([found, pd.DataFrame([["seed", *map(str, seeds)]], columns=found.columns)])
    open_ = {_ONE: _filled(one), _OTHER: _filled(other)}
    filled = [
        " and ".join(f"filled in for {name}" for name, entries in open_.items() if entry in entries)
        for entry in found["entry"]
    ]
    return found.assign(filled=filled).reset_index(drop=True)


def _filled(side: _Side) -> frozenset[str]:
    """Return the entries that were not written down, where that is known."""
    if side.written is None:
        return frozenset()
    return frozenset([*dict(differences.flat(side.resolved.entries())), "seed"]) - side.written


def _remarks(one: _Side, other: _Side) -> Iterator[str]:
    if (apart := difference(one.resolved.scenario, other.resolved.scenario)) is not None:
        words = f"{apart.entry} is {apart.one} in A and {apart.other} in B"
        yield f"Counts of cells cannot be set side by side: {words}. {apart.cure}"
    yield from _catalogues({_ONE: one.resolved, _OTHER: other.resolved})
    recordings = _recordings(one), _recordings(other)
    for name in sorted(recordings[0].keys() & recordings[1].keys()):
        if recordings[0][name] != recordings[1][name]:
            yield f"The recording {name} has another content in A than in B."
    for letter, run in ((_ONE, one.run), (_OTHER, other.run)):
        if run is not None and (branched := run.provenance.get("branched")):
            day, name = plain(branched[-1]["day"]), target_of(Path(branched[-1]["run"])).name
            yield f"{letter} is a branch: until day {day} it is the life of {name}, whatever its own scenario says."
    if one.run is not None and other.run is not None:
        yield from _of_runs(one.run, other.run)


def _catalogues(arms: Mapping[str, ResolvedScenario]) -> Iterator[str]:
    """Yield what differs in the files that numbers come from; mechanisms and strains are entries of their own."""
    digests = {letter: arm.catalogue_digest for letter, arm in arms.items()}
    if len(set(digests.values())) > 1:
        for letter, arm in arms.items():
            if catalogue_like(arm.scenario, arm.catalogue).digest != digests[letter]:
                yield f"{letter} was made with another catalogue than the one installed ({digests[letter][:12]})."
    own = {letter: arm.catalogue.own for letter, arm in arms.items()}
    files = {letter: dict(found.files) if found is not None else {} for letter, found in own.items()}
    names = sorted(files[_ONE].keys() | files[_OTHER].keys())
    for letter, name in ((_ONE, "B"), (_OTHER, "A")):
        if files[letter] and not files[name]:
            yield f"{letter} has a catalogue of its own ({', '.join(files[letter])}), {name} has none."
    differing = [name for name in names if files[_ONE].get(name) != files[_OTHER].get(name)]
    if files[_ONE] and files[_OTHER] and differing:
        yield f"Their own catalogues differ in {', '.join(differing)}."


def _recordings(side: _Side) -> Mapping[str, str]:
    kept: Mapping[str, str] = side.run.provenance.get("recordings", {}) if side.run is not None else {}
    return kept if side.run is not None else recording_digests(side.resolved)


def _of_runs(one: Result, other: Result) -> Iterator[str]:
    """Yield what differs in how two runs were made, and which of their tables are the same."""
    days = [plain(run.resolved.scenario.duration_h / 24) for run in (one, other)]
    if days[0] != days[1]:
        yield f"A ends on day {days[0]} and B on day {days[1]}: what is said of their ends is of different days."
    for key in ("software", "machine"):
        then, now = one.provenance.get(key, {}), other.provenance.get(key, {})
        unlike = [name for name in then.keys() & now.keys() if then[name] != now[name]]
        for name in sorted(unlike):
            yield f"{name}: {then[name]} in A, {now[name]} in B."
    arms = {_ONE: one.resolved, _OTHER: other.resolved}
    for name in sorted(set(one.assays["name"].astype(str)) & set(other.assays["name"].astype(str))):
        yield from filter(None, [effects.otherwise(name, arms)])
    rows = [tables.compared(name, getattr(one, name), getattr(other, name), 0.0, (_ONE, _OTHER)) for name in TABLES]
    same = [row["table"] for row in rows if row["verdict"] == tables.IDENTICAL and row["rows"]]
    if same:
        yield f"Tables that are identical: {', '.join(same)}."
    for row in rows:
        if row["verdict"] != tables.IDENTICAL:
            yield f"{row['table']} differs from here on. {row['says']}"


def _outcomes(one: _Side, other: _Side) -> list[tuple[str, float, str, float, float, float]]:
    """Return the read-outs of both runs at their end, and what assays that ask the same found when both last did."""
    if one.run is None or other.run is None:
        return []
    rows = []
    first, second = one.run.summary(), other.run.summary()
    for name in first.index.intersection(second.index):
        rows.append(_row(str(name), str(first.loc[name, "unit"]), first.loc[name, "end"], second.loc[name, "end"]))
    arms = {_ONE: one.resolved, _OTHER: other.resolved}
    for row in _last_of_both(one.run.assays, other.run.assays).to_dict("records"):
        if effects.otherwise(row["name"], arms) is None:
            rows.append(_row(row["name"], row["unit_x"], row["value_x"], row["value_y"], row["day_x"]))
    if difference(one.resolved.scenario, other.resolved.scenario) is None:
        return rows
    return [(*row[:-1], float("nan") if row[2] in _COUNTED else row[-1]) for row in rows]


def _last_of_both(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return what two tables of assays report, by name, at the last time at which both do."""
    both = as_read_outs(one).merge(as_read_outs(other), on=["name", "time_h"])
    return both.sort_values("time_h", kind="stable").drop_duplicates("name", keep="last")


def _row(
    name: str, unit: str, first: Any, second: Any, day: float = float("nan")
) -> tuple[str, float, str, float, float, float]:
    first, second = float(first), float(second)
    return name, float(day), unit, first, second, (second - first) / first if first else float("nan")
