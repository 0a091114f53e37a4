"""The list of seeded bugs can be planted as it stands: every place is there once, and tests that are named exist."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.mutation.bugs import ROOT, Bug, parses, read

BUGS = read()
AREAS = {"biology", "engine", "histology", "statistics", "evidence", "schedules", "pharmacology", "trust"}


def test_there_are_sixty_at_least_of_every_kind():
    assert len(BUGS) >= 60
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    assert Counter(bug.area for bug in BUGS).keys() == AREAS


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_can_be_planted(bug):
    text = (ROOT / bug.file).read_text(encoding="utf-8")
    planted = bug.planted(text)
    assert planted != text
    assert parses(bug.file, planted)
    assert [test for test in bug.tests if not _exists(test)] == []


def _exists(test: str) -> bool:
    path, *names = re.sub(r"\[.*\]$", "", test).split("::")
    place = Path(ROOT / path)
    return place.exists() and all(re.search(rf"(def|class) {name}\b", place.read_text()) for name in names)


def test_a_place_that_has_moved_is_told():
    bug = Bug("twice", "engine", "a.py", "", "x = 1", "x = 2", ())
    for text in ("y = 1", "x = 1\nx = 1"):
        with pytest.raises(ValueError, match=r"occurs [02] times"):
            bug.planted(text)
    assert not parses("a.py", "def f(:")
