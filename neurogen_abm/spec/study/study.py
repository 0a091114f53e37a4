"""Published experiments as data: arms of animals, what is counted in them, and what the paper found.

A study is written in the same strict YAML as a scenario. Each arm is the base scenario with changes, so that whatever
a scenario can say an arm can say; animals of the same number are twins across the
arms: they share their random numbers.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Discriminator, Field, PrivateAttr, Tag, model_validator

from neurogen_abm.errors import InputError
from neurogen_abm.spec.cohort import CohortFile
from neurogen_abm.spec.fields import CrossFieldError, FieldError, In, Short, Title
from neurogen_abm.spec.parameter import Plain
from neurogen_abm.spec.shipped import FileModel, ShippedFiles
from neurogen_abm.spec.study.count_table import Count, CountTable, read_counts
from neurogen_abm.spec.study.counted import findings, groups_of
from neurogen_abm.spec.study.counts import CountColumns, Counts
from neurogen_abm.spec.study.expectations import BY_KIND, Expectation, Item, Measured, Over, Source, plain_kind
from neurogen_abm.spec.validation import FileForm, ScenarioError
from neurogen_abm.spec.yaml.reader import KeyPath

__all__ = ["NotReplayed", "Reference", "Study", "StudyError", "Variation", "load_study", "study_names"]

ARM_PATTERN = r"[A-Za-z][A-Za-z0-9_]{0,31}"


class StudyError(ScenarioError):
    """A study cannot be used as it is written."""

    default_code = "bad-study"


def _arms(arms: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    for name in arms:
        if not re.fullmatch(ARM_PATTERN, name):
            cure = "Use letters, digits and underscores, 32 at most, starting with a letter."
            raise FieldError(f'"{name[:60]}" cannot be the name of an arm.', code="bad-name", cure=cure, seen=name)
    return arms


class Variation(Plain):
    """How much animals differ: coefficients of variation; a trait is drawn once per animal, the same in all arms."""

    stem_cells: Annotated[float, In("1", least=0, most=1, percent=True)] = Field(
        0.0, description="Number of stem cells at the start."
    )
    responder: Annotated[float, In("1", least=0, most=1, percent=True)] = Field(
        0.0, description="How strongly the signals of exercise rise: release into blood, and production in the niche."
    )
    distance: Annotated[float, In("1", least=0, most=1, percent=True)] = Field(
        0.0, description="Distance run per day, in arms that run."
    )


# What the shipped studies take, where animals run and a paper does not say more: a choice. Sedentary adult mice counted
# one by one (Akers et al. 2014) differ by 19 % in DCX-positive cells (14 to 30 %) and by 25 % in Ki67-positive ones
# (20 to 32 %), counting noise included.
USUAL_VARIATION = Variation(stem_cells=0.15, responder=0.2, distance=0.3)


class Reference(Plain):
    """The paper, written out; ``doi: null`` says that none is known."""

    citation: str = Field(min_length=4, max_length=500, description="Authors, year, journal.")
    doi: str | None = Field(description="The DOI, like 10.1038/6368; null where none is known.")
    pmc: str | None = Field(None, description="PubMed Central, like PMC3504529.")
    note: str | None = Field(None, max_length=500)

    @model_validator(mode="after")
    def _doi(self) -> "Reference":
        if self.doi is not None and not re.fullmatch(r"10\.\d{4,9}/\S+", self.doi):
            what = f'"{self.doi[:60]}" is not a DOI.'
            raise FieldError(what, code="bad-doi", cure="Write it like 10.1038/6368, or doi: null.", seen=self.doi)
        return self


class NotReplayed(Plain):
    """A finding of the paper that no expectation reads, and why not."""

    finding: Title = Field(min_length=1, description="What was found, in a line; no two of a study are the same.")
    reason: str = Field(min_length=1, max_length=1000, description="Why it is not replayed, in a sentence.")


def _animals(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | dict):
        what = "`animals` must be a number, or one for each arm."
        raise FieldError(what, code="wrong-type", cure="Write animals: 8.")
    for count in value.values() if isinstance(value, dict) else [value]:
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 1000:
            what = "An arm must have 1 to 1000 animals."
            raise FieldError(what, code="out-of-range", cure="Write animals: 8.", seen=count)
    return value


class Study(FileModel):
    """A published experiment: its arms, its assays, and what was found."""

    reference: Annotated[
        Annotated[str, Tag("key")] | Annotated[Reference, Tag("paper")],
        Discriminator(lambda value: "paper" if isinstance(value, Reference | dict) else "key"),
    ] = Field(description="A key of the catalogue's references, or {citation, doi}.")
    species: str | None = Field(None, description="The species of every arm; that of the base by default.")
    base: str | dict[str, Any] = Field(
        description="The scenario all arms start from: a shipped name, a file, a mapping."
    )
    changes: dict[str, Any] = Field(
        default_factory=dict, description="Changes of the base in every arm: keys of a scenario, or dotted paths."
    )
    arms: Annotated[
        dict[str, Annotated[dict[str, Any], BeforeValidator(lambda arm: {} if arm is None else arm)]],
        Field(min_length=1, max_length=40),
        AfterValidator(_arms),
    ] = Field(description="Name -> changes of the base in this arm; none: {}.")
    animals: Annotated[int | dict[str, int], BeforeValidator(_animals)] = Field(
        8, description="Animals in each arm, or a number for each: {control: 8, runner: 6}."
    )
    cohort: CohortFile | None = Field(
        None,
        description="A table with a row for each animal, beside this file: those of the arm of its group.",
    )
    seed: int = Field(1, ge=0, lt=2**62, description="Seed of the first animal; the next ones count on.")
    variation: Variation = Field(default_factory=lambda: Variation(), description="How much animals differ.")
    measured: Measured | None = Field(
        None, description="How well the paper knew what it counted, where a finding does not say: {animals, spread}."
    )
    labels: list[Any] | None = Field(None, description="Injections of every arm, as in a scenario.")
    assays: list[Any] | None = Field(None, description="What is counted in every arm, as in a scenario.")
    sampling: dict[str, Any] | None = Field(None, description="How counts are estimated, as in a scenario.")
    assumed: tuple[Annotated[str, Field(min_length=1, max_length=1000)], ...] = Field(
        (), strict=False, max_length=50, description="What was assumed where the paper does not say, in sentences."
    )
    expectations: Annotated[
        tuple[Annotated[Expectation, BeforeValidator(plain_kind)], ...],
        Field(strict=False, max_length=100),
    ] = Field((), description="What was found.")
    counts: Annotated[Counts, Short("file")] | None = Field(
        None, description="A table of your own counts, one row an animal, from which more findings follow."
    )
    not_replayed: Annotated[tuple[NotReplayed, ...], Field(strict=False, max_length=100)] = Field(
        (), description="What was found and is not replayed, each with the reason."
    )

    _counted: CountTable | None = PrivateAttr(None)

    @property
    def counted(self) -> tuple[Count, ...]:
        """What the table of `counts` holds."""
        return () if self._counted is None else self._counted.counts

    @property
    def counted_how(self) -> str:
        """A sentence on what was understood of the table of `counts`; empty where there is none."""
        return self._counted.told(self.counts.file) if self._counted is not None and self.counts is not None else ""

    @property
    def paper(self) -> str:
        """The paper as one names it: its citation, or its key among the references."""
        return self.reference if isinstance(self.reference, str) else self.reference.citation

    def place_within(self, prefix: KeyPath, key: str) -> KeyPath | None:
        """Return the path of the entry that a message about a scenario calls ``key``, below ``prefix``, or its parent.

        An arm writes a change as a nested entry or as one dotted key; both are found.
        """
        names = {_plain_key(path[len(prefix) :]): path for path in self._places if path[: len(prefix)] == prefix}
        short = key.removeprefix("parameters.")
        while short:
            if short in names:
                return names[short]
            short = re.sub(r"(\.[^.\[\]]+|\[\d+\])$|^[^.\[\]]+$", "", short)
        return None

    def n_animals(self, arm: str) -> int:
        """Return how many animals an arm has."""
        return self.animals if isinstance(self.animals, int) else self.animals[arm]

    @model_validator(mode="after")
    def _fits_together(self) -> "Study":
        if isinstance(self.animals, dict) and set(self.animals) != set(self.arms):
            odd = sorted(set(self.animals) ^ set(self.arms))[0]
            what = f'`animals` and `arms` must name the same arms; "{odd}" is in one of them only.'
            cure = "Give one number for all, or one for each arm."
            raise CrossFieldError(what, ("animals",), code="unknown-arm", cure=cure)
        if not self.expectations and not self.not_replayed and self.counts is None:
            what = "The study says nothing about what was found."
            cure = "Write one entry at least under `expectations`, or why there is none under `not_replayed`."
            raise CrossFieldError(what, ("expectations",), code="too-short", cure=cure)
        found = [(("expectations", i, "name"), entry.name) for i, entry in enumerate(self.expectations)]
        found += [(("not_replayed", i, "finding"), entry.finding) for i, entry in enumerate(self.not_replayed)]
        names: set[str] = set()
        for path, name in found:
            if name in names:
                what = f'Two findings are called "{name}".'
                raise CrossFieldError(what, path, code="duplicate-name", cure="Give each a name of its own.")
            names.add(name)
        return self


_NESTED: dict[str, type[BaseModel]] = {
    "variation": Variation,
    "reference": Reference,
    "over": Over,
    "measured": Measured,
    "source": Source,
    "items": Item,
    "not_replayed": NotReplayed,
    "counts": Counts,
    "columns": CountColumns,
}
FORM = FileForm(Study, _NESTED, "expectations", BY_KIND, "expectation", StudyError)
STUDIES = ShippedFiles("study", "studies", "studies", "unknown-study", FORM)


def _plain_key(path: KeyPath) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
    return re.sub(r"\.(\d+)(?=[.\[]|$)", r"[\1]", text).removeprefix("parameters.")


def study_names() -> list[str]:
    """Return the names of the studies that come with the package."""
    return STUDIES.names()


def load_study(source: str | Path | Mapping[str, Any] | Study) -> Study:
    """Read a study and check its form; `neurogen_abm.spec.study.arms.compose` checks the rest, arm by arm.

    ``source`` and errors as in `load_scenario`.

    Examples
    --------
    >>> list(load_study("vanpraag1999_nn").arms)[:2]
    ['control', 'runner']
    """
    study = Study.read_from(STUDIES, source)
    return study if study.counts is None or study.counted else _with_counts(study, study.counts)


def _with_counts(study: Study, counts: Counts) -> Study:
    """Return a study with the findings that follow from its table of counts; a StudyError says what is wrong there."""
    arms = tuple(study.arms)
    try:
        table = read_counts(counts, arms, study.base_dir)
        found = findings(counts, groups_of(counts, table.counts), arms)
    except InputError as fault:
        raise fault.become(StudyError, study.where(("counts",))) from None
    if twice := {entry.name for entry in study.expectations} & {entry.name for entry in found}:
        what = f'A finding of the table of counts is called "{min(twice)}", as one under `expectations` is.'
        cure = "Take it out of `expectations`, or give it another name."
        raise StudyError(what, where=study.where(("counts",)), code="duplicate-name", cure=cure)
    whole = study.model_copy(update={"expectations": (*study.expectations, *found)})
    whole._counted = table
    return whole


@contextmanager
def told_at(study: Study, name: str, animal: str = "") -> Iterator[None]:
    """Tell what is wrong with the scenario of an arm, or of one of its animals, at the arm in the study."""
    try:
        yield
    except InputError as fault:
        what = f"In the arm {name},{animal}: {fault.what}" if animal else f"In the arm {name}: {fault.what}"
        raise fault.become(StudyError, study.where(("arms", name)), what) from None
