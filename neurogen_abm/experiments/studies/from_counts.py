"""Findings that follow from a laboratory's table of counts, as lines of a study that need the table no more."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from neurogen_abm.arguments import FLAG, PLACE, check
from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain
from neurogen_abm.spec.study.arms import compose
from neurogen_abm.spec.study.counted import Group, as_data, findings, groups_of
from neurogen_abm.spec.study.study import Study, load_study
from neurogen_abm.spec.yaml.writer import write
from neurogen_abm.storage.atomic import write_text
from neurogen_abm.storage.run_directory import new_file


def counted_groups(study: str | Path | dict[str, Any] | Study) -> list[Group]:
    """Return the groups of the table of a study: n, mean and spread of each arm, assay and day.

    An InputError says that the study has no counts, or what is wrong with them.

    Examples
    --------
    >>> [group.n for group in counted_groups("akers2014_age")]
    [4, 4]
    """
    return _groups(load_study(study))


def _groups(study: Study) -> list[Group]:
    if study.counts is None:
        what, cure = f"The study {study.name} has no `counts`.", "Name a table of counts in it (docs/counts.md)."
        raise InputError(what, code="no-counts", cure=cure)
    compose(study)
    return groups_of(study.counts, study.counted)


def findings_yaml(study: str | Path | dict[str, Any] | Study) -> str:
    """Return what follows from the table of a study as its ``expectations`` in YAML, the groups as remarks above.

    A study with these lines in place of its table is scored alike.
    """
    whole = load_study(study)
    groups = _groups(whole)
    assert whole.counts is not None
    found = findings(whole.counts, groups, tuple(whole.arms))
    remarks = "".join(f"# {line}\n" for line in _remarks(whole.counts.file, groups))
    return remarks + write({"expectations": [dict(as_data(entry)) for entry in found]})


def _remarks(file: str, groups: Sequence[Group]) -> Iterator[str]:
    """Yield a line for each group."""
    yield f"From {file}: each group with its animals, mean, standard error, and coefficient of variation."
    for group in groups:
        error, spread = plain(group.mean * group.error, 3), plain(100 * group.spread, 3)
        yield f"{group.label}: n = {group.n}, {plain(group.mean, 4)} +- {error}, {spread} %"


def write_findings(study: str | Path, target: str | Path, *, force: bool = False) -> Path:
    """Write `findings_yaml` to a file, whole or not at all; an existing one is replaced only with ``force``."""
    check(target=(target, PLACE), force=(force, FLAG))
    text = findings_yaml(study)
    with new_file(target, force=force) as place:
        return write_text(place, text)
