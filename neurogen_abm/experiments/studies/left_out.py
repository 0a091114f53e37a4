"""Leave one paper out: findings predicted by a model fitted to all other papers, as the fit of a posterior wrote them.

A table belongs to the studies as they were; a study that has changed since drops out of it, and the card says so. It
records the numbers that were held in the fit, too: where one is another today, the card says which.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from io import BytesIO

import pandas as pd

from neurogen_abm.experiments.studies.gains import gains
from neurogen_abm.experiments.studies.planning import StudyPlan
from neurogen_abm.spec.catalogue_files import root_folder
from neurogen_abm.spec.posterior import differing
from neurogen_abm.spec.scenario.resolve import ResolvedScenario, before_overrides, of_strain
from neurogen_abm.storage import parquet_file

FOLDER, SUFFIX = "left_out", ".parquet"
_FITTED_TO_ALL = ("over best constant", "over regression")
# Columns by which a finding is known to be the same as when it was predicted.
_SAME = ["study", "pathway", "mechanisms", "expectation", "kind", "role"]
# The column with what a table was made under.
_RECORD = "catalogue"


def gains_left_out(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean gain per finding over models without biology, both fitted without the paper, as `gains` does."""
    return gains(table).drop(columns=list(_FITTED_TO_ALL))


def coverage(table: pd.DataFrame) -> pd.DataFrame:
    """Return how often bands held what a paper left out reports, by pathway and role.

    Columns: numbers, inside 80 %, inside 95 % of them; tests (raised, lowered, no difference), those in the fewest
    outcomes of together 80 %, and the mean probability of the outcome that was found.
    """
    rows = []
    for pathway, part in table.groupby("pathway", sort=False):
        groups = {"all": part} | {f"role {role}": group for role, group in part.groupby("role", sort=False)}
        rows += [{"pathway": pathway, "findings": name, **_held(group)} for name, group in groups.items()]
    return pd.DataFrame(rows)


def _held(group: pd.DataFrame) -> Mapping[str, object]:
    numbers, tests = group[group["inside80"].notna()], group[group["among80"].notna()]
    return {
        "numbers": len(numbers),
        "inside 80 %": _share(numbers["inside80"]),
        "inside 95 %": _share(numbers["inside95"]),
        "tests": len(tests),
        "among 80 %": _share(tests["among80"]),
        "probability of what was found": _mean(tests["probability"]),
    }


def _share(held: pd.Series) -> str:
    return f"{int(held.astype(bool).sum())} ({100 * held.astype(bool).mean():.0f} %)" if len(held) else ""


def _mean(values: pd.Series) -> str:
    return f"{values.mean():.2f}" if len(values) else ""


def shipped(species: Iterable[str]) -> pd.DataFrame:
    """Return the tables that come with the package for some species, one after the other; empty where there is none."""
    files = [file for name in sorted(set(species)) for file in _files(root_folder() / name / FOLDER)]
    tables = [parquet_file.frame(parquet_file.read(BytesIO(file.read_bytes()))) for file in files]
    return pd.concat(map(_with_rules, tables), ignore_index=True) if tables else pd.DataFrame()


def _files(folder: Traversable) -> list[Traversable]:
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted((file for file in files if file.name.endswith(SUFFIX)), key=lambda file: file.name)


def _with_rules(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table that says which mechanisms were on; those that say nothing were made with none."""
    return table if "mechanisms" in table else table.assign(mechanisms="")


def of_card(card: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table whose findings a score card has too, as they were: same rules, kind, role, number."""
    if not len(table) or not len(card):
        return table.iloc[:0]
    own = card[[*_SAME, "published"]].rename(columns={"published": "published_now"})
    both = _with_rules(table).merge(own, "inner", _SAME)
    same = both["published"].isna() & both["published_now"].isna()
    same |= (both["published"] - both["published_now"]).abs() <= 1e-9 * both["published"].abs().clip(lower=1e-300)
    return both[same].drop(columns="published_now")


def otherwise(card: pd.DataFrame, table: pd.DataFrame) -> int:
    """Return how many findings of a table are of studies that a card has under the same rules, and are others there."""
    whose = ["study", "pathway", "mechanisms"]
    return len(_with_rules(table).merge(card[whose].drop_duplicates(), "inner", whose)) - len(of_card(card, table))


def recorded(table: pd.DataFrame, held: Mapping[str, object], units: Mapping[str, str]) -> pd.DataFrame:
    """Return a table that says under which numbers it was made: those that animals of the fit read and that were held.

    ``held``: path -> value, without what was free; ``units``: path -> unit. Written in every row, the same in each.
    """
    text = json.dumps({path: [held[path], units[path]] for path in sorted(held)}, sort_keys=True)
    return table.assign(**{_RECORD: text})


def changed(table: pd.DataFrame, plans: Sequence[StudyPlan]) -> dict[str, list[str]]:
    """Return by pathway, in words, which numbers a table was made under and the animals of a card have otherwise.

    Numbers that a scenario or a strain sets itself are its own, and those that are new since are not compared. A
    pathway whose table says nothing of its numbers has that sentence instead; one under which nothing differs is left
    out.
    """
    found: dict[str, list[str]] = {}
    for pathway, part in table.groupby("pathway", sort=False):
        record = part[_RECORD] if _RECORD in part else pd.Series([None])
        texts = list(record.dropna().unique())
        said = ["it does not say under which numbers it was made"] if record.isna().any() else []
        studies = set(part["study"])
        for arm in _catalogues(plan for plan in plans if plan.pathway == pathway and plan.study.name in studies):
            for text in texts:
                made = json.loads(text)
                held, units = ({path: pair[k] for path, pair in made.items()} for k in (0, 1))
                said += differing(held, units, before_overrides(arm).parameters, of_strain(arm))
        if said:
            found[str(pathway)] = list(dict.fromkeys(said))
    return found


def _catalogues(plans: Iterable[StudyPlan]) -> Iterator[ResolvedScenario]:
    """Yield a scenario for each catalogue and strain that the arms of some studies have."""
    once: dict[tuple[str, str | None, frozenset[str]], ResolvedScenario] = {}
    for plan in plans:
        for arm in plan.arms.values():
            scenario = arm.scenario
            key = (arm.resolved.catalogue_digest, scenario.strain, frozenset(scenario.parameters))
            once.setdefault(key, arm.resolved)
    yield from once.values()
