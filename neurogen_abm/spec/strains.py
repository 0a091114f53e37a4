"""Strains: what animals of another strain have otherwise than those whose numbers the catalogue of the species holds.

A file ``strains/NAME.yaml`` names the strain as scenarios write it, and says what it changes, in the layout of the
catalogue and on which grounds. The strains that the anatomy lists live by the numbers of the catalogue as they are.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from neurogen_abm.spec.catalogue_files import CatalogueError, Part
from neurogen_abm.spec.mechanisms import Mechanism, checked_changes, ends, left_out, overlap
from neurogen_abm.spec.parameter import Grade, Plain
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.yaml.reader import dotted


class Strain(Plain):
    """What a strain has otherwise, and on which grounds."""

    label: str = Field(min_length=1)
    names: list[str] = Field(min_length=1)  # as scenarios may write it
    status: str = Field(min_length=1)
    grade: Grade
    evidence: list[str]
    note: str = ""
    changes: dict[str, Any] = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """Its name, which numbers are its own, and how they stand."""
        own = ", ".join(".".join(map(str, path)) for path, _ in ends(self.changes))
        return f"Strain {self.label}: {own} of its own [grade {self.grade}; {self.status.rstrip('.')}]."


def strain_of(part: Part, references: Iterable[str]) -> Strain:
    """Return a file as its form; errors as of a mechanism."""
    return checked_changes(Strain, "strain", part, references)


def names_of(listed: Iterable[str], strains: Mapping[str, Strain]) -> tuple[str, ...]:
    """Return every strain a scenario may name: those the anatomy lists first, then those of the files."""
    return tuple(dict.fromkeys([*listed, *(name for strain in strains.values() for name in strain.names)]))


def file_of(name: str | None, listed: Iterable[str], strains: Mapping[str, Strain]) -> str | None:
    """Return the file that says what a strain has otherwise; None for those the anatomy lists, and where none is named.

    A CatalogueError offers the nearest where there is no such strain.
    """
    if name is None:
        return None
    found = next((file for file, strain in strains.items() if name in strain.names), None)
    if found is None and name not in listed:
        what, cure = f'"{name[:80]}" is not a known strain.', offer(name, names_of(listed, strains))
        raise CatalogueError(what, code="unknown-strain", cure=cure, seen=name)
    return found


def refuse_overlap(strain: Strain, chosen: Mapping[str, Mechanism]) -> None:
    """Refuse a mechanism that changes a number of the strain: which of them holds would be a matter of order."""
    for name, mechanism in chosen.items():
        if (path := overlap(strain.changes, mechanism.changes)) is not None:
            what = f"Both the strain {strain.label} and the mechanism {name} change {dotted(path)}."
            cure = f"{left_out(name, chosen)} A number under `parameters` then replaces that of the strain."
            raise CatalogueError(what, code="rival-mechanisms", cure=cure, seen=name)
