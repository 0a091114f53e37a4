"""Mechanisms: named rival rules of biology, laid over the catalogue where a scenario asks for them.

A file ``mechanisms/NAME.yaml`` says what it claims, on which grounds, and what it changes or adds: numbers and parts of
effects, in the layout of the catalogue. On are those that a scenario names; where it has no list of them, those that
are standard in its species. One that is off touches nothing, no digest either.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any, TypeVar

from pydantic import Field

from neurogen_abm.spec.catalogue_files import FILES, FOLDERS, CatalogueError, Part, is_parameter
from neurogen_abm.spec.catalogue_forms import formed
from neurogen_abm.spec.parameter import Grade, Plain
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.yaml.reader import KeyPath, dotted

_CHANGES = "changes"
STANDARD = "standard"  # among names of mechanisms: all that are standard in the species
Form = TypeVar("Form", bound=Plain)


class Mechanism(Plain):
    """What a mechanism says, and on which grounds."""

    label: str = Field(min_length=1)
    says: str = Field(min_length=1)
    status: str = Field(min_length=1)
    grade: Grade
    evidence: list[str]
    note: str = ""
    standard: list[str] = Field(default_factory=list)  # species in which it is on where a scenario names no mechanism
    carries: list[str] = Field(default_factory=list)
    changes: dict[str, Any] = Field(min_length=1)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The dotted paths of the parameters that it gives a value, in order."""
        return tuple(".".join(map(str, path)) for path, entry in ends(self.changes) if is_parameter(entry))

    @property
    def sentence(self) -> str:
        """What it says, with how it stands and the grade of its evidence."""
        return f"{self.says.rstrip('.')} [grade {self.grade}; {self.status.rstrip('.')}]"


def mechanisms_of(parts: Mapping[str, Part], references: Iterable[str], species: Iterable[str]) -> dict[str, Mechanism]:
    """Return files as mechanisms by name; errors as of `checked_changes`, and where one is standard in no species."""
    found = {name: checked_changes(Mechanism, "mechanism", part, references) for name, part in parts.items()}
    for name, rule in found.items():
        if name == STANDARD:
            what, place = f'"{STANDARD}" means all standard mechanisms, and cannot name one.', parts[name].where(())
            raise CatalogueError(what, where=place, code="bad-name", cure="Rename the file.")
        for number, kind in enumerate(rule.standard):
            if kind not in species:
                what, place = f'"{kind[:40]}" is no species of the catalogue.', parts[name].where((STANDARD, number))
                raise CatalogueError(what, where=place, code="unknown-species", cure=offer(kind, species), seen=kind)
    return found


def standard_of(species: str, known: Mapping[str, Mechanism]) -> tuple[str, ...]:
    """Return the mechanisms that are on where a scenario of the species names none, in alphabetical order."""
    return tuple(sorted(name for name, rule in known.items() if species in rule.standard))


def meant(names: Iterable[str], species: str, known: Mapping[str, Mechanism]) -> tuple[str, ...]:
    """Return the mechanisms that are meant, each once, in alphabetical order: ``standard`` stands for several.

    A CatalogueError says which there is not, and which two change the same thing.
    """
    wide = [standard_of(species, known) if name == STANDARD else (name,) for name in names]
    chosen = tuple(sorted({name for some in wide for name in some}))
    for name in chosen:
        if name not in known:
            what, cure = f'"{name[:80]}" is not a known mechanism of the {species}.', offer(name, [*known, STANDARD])
            raise CatalogueError(what, code="unknown-mechanism", cure=cure, seen=name)
    refuse_rivals({name: known[name] for name in chosen})
    return chosen


def refuse_own(own: Mapping[str, Part], chosen: Mapping[str, Mechanism]) -> None:
    """Refuse a mechanism of the package that changes what a user's own files say: which holds would be a guess."""
    said: dict[str, Any] = {}
    for file, part in own.items():
        head, _, name = file.removesuffix(".yaml").rpartition("/")
        if head in FOLDERS:
            said.setdefault(head, {})[name] = part.data
        elif not head and name in FILES:
            said[name] = part.data
    for rule, mechanism in chosen.items():
        if f"mechanisms/{rule}.yaml" not in own and (path := overlap(said, mechanism.changes)) is not None:
            what = f"Both your own catalogue and the mechanism {rule} change {dotted(path)}."
            cure = f"{left_out(rule, chosen)} Or take the number out of your catalogue, and give it under `parameters` "
            cure += "of the scenario."
            raise CatalogueError(what, code="rival-mechanisms", cure=cure, seen=rule)


def left_out(rule: str, chosen: Iterable[str]) -> str:
    """Return how to leave one mechanism out of those that are on, also where a scenario names none of them.

    >>> left_out("gaba_tone", ["gaba_tone", "loss_of_gain"])
    'Leave gaba_tone out: `mechanisms: [loss_of_gain]` in the scenario keeps the other, `mechanisms: []` none.'
    """
    others = [name for name in chosen if name != rule]
    if not others:
        return f"Leave {rule} out: `mechanisms: []` in the scenario."
    kept = "the other" if len(others) == 1 else "the others"
    return f"Leave {rule} out: `mechanisms: [{', '.join(others)}]` in the scenario keeps {kept}, `mechanisms: []` none."


def checked_changes(form: type[Form], noun: str, part: Part, references: Iterable[str]) -> Form:
    """Return a file that changes parts of the catalogue as its form, which has `evidence` and `changes`.

    A CatalogueError says what it lacks, or names of the catalogue that is none.
    """
    found = formed(form, part.data, part, (), noun)
    for index, key in enumerate(part.data["evidence"]):
        if key not in references:
            what, cure = f'The source "{key[:80]}" is not in references.yaml.', offer(key, references)
            raise CatalogueError(what, where=part.where(("evidence", index)), code="unknown-source", cure=cure)
    for head, entry in part.data[_CHANGES].items():
        if head not in (*FILES, *FOLDERS):
            what, cure = f'The catalogue has no "{head[:60]}".', offer(head, (*FILES, *FOLDERS))
            raise CatalogueError(what, where=part.where((_CHANGES, head)), code="unknown-key", cure=cure)
        inside = entry.items() if head in FOLDERS and isinstance(entry, dict) else [(None, entry)]
        for name, body in inside:
            if not isinstance(body, dict):
                path = (_CHANGES, head) if name is None else (_CHANGES, head, name)
                cure = "Write it as it stands in the catalogue, like `changes: {signals: {bdnf: {effects: ...}}}`."
                raise CatalogueError("A mapping is wanted here.", where=part.where(path), code="wrong-type", cure=cure)
    return found


def laid(part: Part) -> dict[str, Part]:
    """Return what a mechanism or a strain changes by file of the catalogue, as a layer that is laid over it."""
    found = {}
    for head, entry in part.data[_CHANGES].items():
        for name, body in entry.items() if head in FOLDERS else [(None, entry)]:
            path: KeyPath = (_CHANGES, head) if name is None else (_CHANGES, head, name)
            spots = {spot[len(path) :]: place for spot, place in part.spots.items() if spot[: len(path)] == path}
            found[f"{head}.yaml" if name is None else f"{head}/{name}.yaml"] = Part(body, spots)
    return found


def refuse_rivals(chosen: Mapping[str, Mechanism]) -> None:
    """Refuse mechanisms that change the same thing in different ways: which of them wins would be a matter of order."""
    for one, other in combinations(chosen, 2):
        if (path := overlap(chosen[one].changes, chosen[other].changes)) is not None:
            what = f"The mechanisms {one} and {other} both change {dotted(path)}."
            cure = f"Keep one of {one} and {other}, and give the other an arm or a run of its own."
            raise CatalogueError(what, code="rival-mechanisms", cure=cure, seen=other)


def overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> KeyPath | None:
    """Return the first entry that two sets of changes change in different ways, None where there is none."""
    theirs = list(ends(other))
    for path, entry in ends(one):
        for rival, their in theirs:
            shared = min(len(path), len(rival))
            if path[:shared] == rival[:shared] and (len(path) != len(rival) or entry != their):
                return path[:shared]
    return None


def ends(data: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every parameter and every other entry that is no mapping, with its path."""
    for key, entry in data.items():
        if isinstance(entry, dict) and not is_parameter(entry):
            yield from ends(entry, (*path, key))
        else:
            yield (*path, key), entry
