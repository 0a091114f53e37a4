"""Faults that were found later, and the runs that have them: decided from what a run says of itself."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import Field, field_validator

from neurogen_abm.spec.parameter import Plain
from neurogen_abm.spec.yaml.reader import parse
from neurogen_abm.units import alike

if TYPE_CHECKING:
    from neurogen_abm.run import Result

FILE = Path(__file__).parent / "errata.yaml"


class Erratum(Plain):
    """One fault: what is wrong, what to do, and the conditions that runs with it meet, all of them."""

    id: str = Field(pattern=r"E[1-9][0-9]*")  # it never changes, and is never used again
    what: str = Field(min_length=1)
    cure: str = Field(min_length=1)
    species: list[str] = Field(default_factory=list)
    pathway: list[str] = Field(default_factory=list)
    activity: list[str] = Field(default_factory=list)  # kinds of blocks of the schedule
    versions: str = ""  # of neurogen_abm, as pip writes them: ">=0.2,<0.3.1"
    catalogues: list[str] = Field(default_factory=list)  # digests, or their beginnings
    read: list[str] = Field(default_factory=list)
    not_read: list[str] = Field(default_factory=list)
    numbers: dict[str, str] = Field(default_factory=dict)

    @field_validator("versions")
    @classmethod
    def _known_form(cls, text: str) -> str:
        try:
            SpecifierSet(text)
        except InvalidSpecifier as fault:
            raise ValueError(f'"{text}" names no versions') from fault
        return text

    def affects(self, run: "Result") -> bool:
        """Return whether a run meets every condition."""
        scenario, told = run.resolved.scenario, run.provenance
        used = set(told["used_parameters"])
        catalogue, version = told["catalogue_digest"], told["software"]["neurogen_abm"]
        numbers = run.resolved.parameters
        return all(
            (
                not self.species or scenario.species in self.species,
                not self.pathway or scenario.pathway in self.pathway,
                not self.activity or any(block.kind in self.activity for block in scenario.activity),
                not self.versions or SpecifierSet(self.versions, prereleases=True).contains(version),
                not self.catalogues or any(catalogue.startswith(digest) for digest in self.catalogues),
                used.issuperset(self.read),
                used.isdisjoint(self.not_read),
                all(
                    path in numbers and alike(numbers[path].value_text) == alike(value)
                    for path, value in self.numbers.items()
                ),
            )
        )


@cache
def listed(file: Path = FILE) -> tuple[Erratum, ...]:
    """Return the errata that are known."""
    entries: Any = parse(file.read_bytes(), file.name).data
    return tuple(Erratum.model_validate(entry) for entry in entries)


def of(run: "Result") -> list[Erratum]:
    """Return the errata that a run has."""
    return [erratum for erratum in listed() if erratum.affects(run)]
