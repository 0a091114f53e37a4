"""Whom to cite for a run: the sources of the numbers it used, as text and as BibTeX."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from neurogen_abm.spec.parameter import Parameter

# A DOI recalled from memory is printed only with its warning, and never into a bibliography.
_RECALLED = "recalled"
_BIBTEX_SPECIAL = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"} | {"~": r"\textasciitilde{}", "^": r"\^{}", "\\": ""})


# Whose the shipped recordings are: a key, and the words of activity/recordings/data/CREDITS.md.
_ACTOGRAMMR = (
    "corty_actogrammr",
    "ClockLab recordings among the test data of the R package actogrammr 0.2.3 by R. Corty (GPL-3)",
)
_RECORDED_BY = {
    "mouse_wheel_hourly.csv": _ACTOGRAMMR,
    "mouse_wheel_minutes.csv": _ACTOGRAMMR,
    "human_met_minutes.csv": (
        "pyactigraphy_recording",
        "Output of the `accelerometer` tool for its public demonstration recording, among the test data of "
        "pyActigraphy 1.2.2 (GPL-3)",
    ),
}


class Citation(NamedTuple):
    """One source, and the numbers and recordings a run took from it."""

    key: str
    text: str
    doi: str | None
    doi_status: str
    note: str
    used_by: tuple[str, ...]


def citations(
    parameters: "Mapping[str, Parameter]", references: Mapping[str, Mapping[str, Any]], used: Iterable[str]
) -> list[Citation]:
    """Return the sources behind the parameters a run used, in the order of their keys.

    Parameters
    ----------
    parameters
        Dotted path -> parameter, of a resolved scenario.
    references
        Key -> reference, of the catalogue.
    used
        The paths that the run read. Numbers without a source, and our own calibrations, cite nobody.
    """
    from neurogen_abm.spec.catalogue import OWN_SOURCES

    users: dict[str, list[str]] = defaultdict(list)
    for path in sorted(used):
        source = parameters[path].source
        if source is not None and source not in OWN_SOURCES:
            users[source].append(path)
    return [_citation(key, references[key], tuple(users[key])) for key in sorted(users)]


def with_recordings(
    found: list[Citation], recordings: Iterable[str], references: Mapping[str, Mapping[str, Any]]
) -> list[Citation]:
    """Return the citations with those whose recordings were replayed, in the order of their keys.

    Parameters
    ----------
    found
        From `citations`.
    recordings
        File names; a recording that does not come with the package is its user's to credit.
    references
        Key -> reference, of the catalogue, whose words are taken where it has the key.
    """
    by_key = {citation.key: citation for citation in found}
    for name in sorted(recordings):
        if name in _RECORDED_BY:
            key, credit = _RECORDED_BY[name]
            known = by_key.get(key) or _citation(key, references.get(key, {"citation": credit}), ())
            by_key[key] = known._replace(used_by=(*known.used_by, name))
    return [by_key[key] for key in sorted(by_key)]


def as_text(citation: Citation) -> str:
    """Return one line for a list of references."""
    link = ""
    if citation.doi:
        warning = " (DOI from memory, check it)" if citation.doi_status == _RECALLED else ""
        link = f" https://doi.org/{citation.doi}{warning}"
    note = f" {citation.note}" if citation.note else ""
    return f"{citation.text}{'' if citation.text.endswith('.') else '.'}{link}{note}"


def as_bibtex(citation: Citation) -> str:
    """Return a BibTeX entry that claims no more than what was read."""
    fields = {"note": citation.text.translate(_BIBTEX_SPECIAL)}
    if citation.doi and citation.doi_status != _RECALLED:
        fields["doi"] = citation.doi
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{citation.key},\n{body}\n}}"


def _citation(key: str, reference: Mapping[str, Any], used_by: tuple[str, ...]) -> Citation:
    text, note = str(reference["citation"]), str(reference.get("note") or "")
    return Citation(key, text, reference.get("doi") or None, str(reference.get("doi_status", "none")), note, used_by)
