"""Every file in tests/cases/sweeps/invalid is refused before anything runs, with place, fault and cure."""

import re
from pathlib import Path

import pytest

from neurogen_abm.errors import InputError
from neurogen_abm.experiments.sweep.sweep import sweep

CASES = sorted((Path(__file__).parents[1] / "cases" / "sweeps" / "invalid").glob("*.yaml"))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_refused_with_place_and_cure(file, tmp_path):
    first = file.read_text().split("\n", 1)[0]
    assert first.startswith("# expect: "), f"{file.name} does not say what to expect"
    code, line, key, words = (part.strip() for part in first.removeprefix("# expect: ").split(" | "))
    with pytest.raises(InputError) as caught:
        sweep(file, tmp_path / "out", workers=0)
    error, text = caught.value, str(caught.value)
    place, *where = error.where.removeprefix(str(file)).split(" ", 1)
    assert error.code == code, text
    assert error.where.startswith(str(file)), text
    assert (re.match(r":(\d+):\d+$", place) or ["", "-"])[1] == line, text
    assert (where[0] if where else "-") == key, text
    missing = [word.strip() for word in words.split(";") if word.strip() not in text]
    assert not missing, f"{missing} not in: {text}"
    assert error.cure, f"no cure in: {text}"
    assert len(text) < 600
    assert "\n" not in text
    assert not (tmp_path / "out").exists()


def test_there_is_a_file_for_many_faults():
    assert len(CASES) >= 30
