"""Every file in tests/cases/invalid is refused with the code, line, key path and cure that its first line demands."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from neurogen_abm.errors import InputError
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

FOLDER = Path(__file__).parents[1] / "cases" / "invalid"


class Expectation(NamedTuple):
    code: str
    line: str
    key: str
    words: list[str]


def expectation(file: Path) -> Expectation:
    first = file.read_bytes().split(b"\n", 1)[0].decode()
    assert first.startswith("# expect: "), f"{file.name} does not say what to expect"
    code, line, key, words = (part.strip() for part in first.removeprefix("# expect: ").split(" | "))
    return Expectation(code, line, key, [word.strip() for word in words.split(";")])


CASES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_refused_with_place_and_cure(file: Path) -> None:
    expected = expectation(file)
    with pytest.raises(InputError) as caught:
        resolve(load_scenario(file))
    error = caught.value
    text = str(error)
    place, *key = error.where.removeprefix(f"{file}").split(" ", 1)
    assert error.code == expected.code, text
    assert error.exit_code == 2
    assert error.where.startswith(str(file)), text
    assert (re.match(r":(\d+):\d+$", place) or ["", "-"])[1] == expected.line, text
    assert (key[0] if key else "-") == expected.key, text
    missing = [word for word in expected.words if word not in text]
    assert not missing, f"{missing} not in: {text}"
    assert error.cure, f"no cure in: {text}"
    assert "\n" not in text
    assert len(text) < 600, f"not a short paragraph: {text}"


def test_there_is_a_file_for_many_faults() -> None:
    assert len(CASES) >= 150
    assert len({expectation(file).code for file in CASES}) >= 40


def test_the_error_is_plain_data_for_json() -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(FOLDER / "unknown_key.yaml")
    data = caught.value.as_dict()
    assert data["code"] == "unknown-key"
    assert data["exit_code"] == 2
    assert data["cure"] == "Did you mean duration?"
