"""An error is one short paragraph for people and plain data for programs."""

import json
import pickle
import re
from pathlib import Path

import pytest

from neurogen_abm import errors
from neurogen_abm.errors import EnvironmentFault, InputError, IntegrityError, ModelFault, NeurogenError
from neurogen_abm.units import UnitError


def test_says_where_what_and_cure() -> None:
    error = InputError(
        "The key is not known.", where="a.yaml:3:1 duratoin", cure="Did you mean duration?", code="unknown-key"
    )
    assert str(error) == "a.yaml:3:1 duratoin: The key is not known. Did you mean duration?"
    assert str(InputError("No file.")) == "No file."


def test_is_one_paragraph_whatever_it_quotes() -> None:
    text = str(InputError('"a\nb\x1b[31m" is no name.'))
    assert "\n" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("kind", "code"), [(InputError, 2), (EnvironmentFault, 3), (IntegrityError, 4), (ModelFault, 5), (UnitError, 2)]
)
def test_exit_code_follows_from_the_kind(kind: type[NeurogenError], code: int) -> None:
    assert kind("x").exit_code == code


def test_becomes_json() -> None:
    data = InputError("x", seen={"a": float("nan")}).as_dict()
    assert json.loads(json.dumps(data))["seen"] == "{'a': nan}"
    assert set(data) == {"code", "exit_code", "what", "where", "cure", "seen"}


def test_survives_the_way_back_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(UnitError("x", where="here", cure="do", code="c", seen=3)))
    assert type(error) is UnitError
    assert error.as_dict() == UnitError("x", where="here", cure="do", code="c", seen=3).as_dict()


def test_an_argument_is_told_as_the_option_that_a_command_has():
    """But for those that no command takes."""
    package = Path(errors.__file__).parent
    text = "".join(file.read_text() for file in package.rglob("*.py"))
    commands = "".join(file.read_text() for file in (package / "commands").glob("*.py"))
    options = set(re.findall(r'"(--[a-z-]+)"', commands))
    python_only = {"catalogue", "days", "name", "source"}
    with errors.telling_of_options():
        told = {name: errors.argument(name) for name in re.findall(r'\bargument\("([a-z_]+)"', text)}
    assert len(told) > 20
    assert {name for name, option in told.items() if option not in options} == python_only
