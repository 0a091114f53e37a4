"""Whom to cite for a run: the sources of its parameters and recordings, as text and as BibTeX."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from neurogen_abm.spec.parameter import Parameter

# A DOI recalled from memory is printed only with its warning, and never into a bibliography.
_RECALLED = "recalled"
_BIBTEX_SPECIAL = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"} | {"~": r"\textasciitilde{}", "^": r"\^{}", "\\": ""})


# Who made the shipped recordings: a key, and the words of activity/recordings/data/CREDITS.md.
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
    """One source, and the parameters and recordings that a run took from it."""

    key: str
    text: str
    doi: str | None
    doi_status: str
    note: str
    used_by: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Its text, with a full stop."""
        return self.text if self.text.endswith(".") else f"{self.text}."


def citations(
    parameters: "Mapping[str, Parameter]",
    references: Mapping[str, Mapping[str, Any]],
    used: Iterable[str],
    recordings: Iterable[str] = (),
    mechanisms: Mapping[str, Iterable[str]] | None = None,
) -> list[Citation]:
    """Return the sources behind the parameters and recordings a run used, in the order of their keys.

    Parameters
    ----------
    parameters
        Dotted path -> parameter, of a resolved scenario.
    references
        Key -> reference, of the catalogue.
    used
        The paths that the run read. Parameters without a source, and our own calibrations, have no citation.
    recordings
        File names; whoever brings a recording that does not come with the package credits it.
    mechanisms
        Those that were on, and a strain with numbers of its own, in words; and the keys of their evidence.

    Examples
    --------
    >>> [citation.key for citation in citations({}, {}, (), ["mouse_wheel_hourly.csv"])]
    ['corty_actogrammr']
    """
    from neurogen_abm.spec.catalogue import OWN_SOURCES

    users: dict[str, list[str]] = defaultdict(list)
    for path in sorted(used):
        source = parameters[path].source
        if source is not None and source not in OWN_SOURCES:
            users[source].append(path)
    for name, keys in (mechanisms or {}).items():
        for key in keys:
            users[key].append(name)
    known = dict(references)
    for name in sorted(recordings):
        if name in _RECORDED_BY:
            key, credit = _RECORDED_BY[name]
            known.setdefault(key, {"citation": credit})
            users[key].append(name)
    return [_citation(key, known[key], tuple(users[key])) for key in sorted(users)]


def as_text(citation: Citation) -> str:
    """Return one line for a list of references."""
    link = ""
    if citation.doi:
        warning = " (DOI from memory, check it)" if citation.doi_status == _RECALLED else ""
        link = f" https://doi.org/{citation.doi}{warning}"
    note = f" {citation.note}" if citation.note else ""
    return f"{citation.sentence}{link}{note}"


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
