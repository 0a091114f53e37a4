"""What is shipped beside the code says the same as the code: citation, metadata, lock file, container."""

import importlib.util
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import neurogen_abm
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.storage import locks
from neurogen_abm.storage.atomic import write_text

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERSION = re.search(r'__version__ = "(.+)"', (ROOT / "neurogen_abm" / "version.py").read_text())[1]
CITATION = YAML(typ="safe").load(ROOT / "CITATION.cff")
METADATA = json.loads((ROOT / "codemeta.json").read_text())


def name_of(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def test_citation_and_metadata_say_what_the_project_says():
    assert CITATION["version"] == METADATA["version"] == VERSION
    assert METADATA["name"] == PROJECT["name"]
    assert METADATA["description"] == PROJECT["description"]
    assert CITATION["license"] == PROJECT["license"] == METADATA["license"].rpartition("/")[2]
    assert METADATA["keywords"] == CITATION["keywords"] == PROJECT["keywords"]
    assert METADATA["programmingLanguage"]["version"] == PROJECT["requires-python"]
    told = [name_of(author["name"]) for author in METADATA["author"]]
    assert told == [name_of(author["name"]) for author in CITATION["authors"]]


def test_metadata_name_every_dependency_with_its_bound():
    told = [part["name"] + part["version"] for part in METADATA["softwareRequirements"]]
    assert told == PROJECT["dependencies"]


def test_citation_has_what_its_format_demands_and_its_dates_are_dates():
    assert {"cff-version", "message", "title", "authors"} <= set(CITATION)
    assert re.fullmatch(r"1\.2\.\d", CITATION["cff-version"])
    assert METADATA["@context"] == "https://w3id.org/codemeta/3.0"
    assert (ROOT / METADATA["readme"]).is_file()
    assert (ROOT / METADATA["softwareHelp"]).is_file()


def test_the_lock_file_pins_every_dependency_of_development_with_its_digests():
    text = (ROOT / "requirements-lock.txt").read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.M)[1:]
    pinned = {name_of(entry): entry for entry in entries}
    assert [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    extras = PROJECT["optional-dependencies"]
    wanted, todo = set(map(name_of, PROJECT["dependencies"])), ["dev"]
    while todo:
        for requirement in extras[todo.pop()]:
            inner = re.match(rf"{PROJECT['name']}\[(.+)\]", requirement)
            if inner:
                todo += inner[1].split(",")
            else:
                wanted.add(name_of(requirement))
    assert wanted - set(pinned) == set()


def test_the_container_uses_files_and_a_python_that_are_there():
    text = (ROOT / "Containerfile").read_text()
    major, minor = map(int, re.search(r"python:(\d+)\.(\d+)-slim AS build", text).groups())
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups()
    assert major == 3
    assert int(low) <= minor < int(high)
    assert (ROOT / re.search(r"-r (\S+)", text)[1]).is_file()


def test_systems_on_which_it_runs_are_said_and_windows_is_refused_in_words(monkeypatch):
    """What holds a folder for one process is not there: its module can be imported, and says so when it is asked."""
    systems = [name for name in PROJECT["classifiers"] if name.startswith("Operating System")]
    assert systems == ["Operating System :: POSIX :: Linux", "Operating System :: MacOS"]
    assert "on Windows, inside" in (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    found = importlib.util.spec_from_file_location("without_fcntl", locks.__file__)
    there = importlib.util.module_from_spec(found)
    found.loader.exec_module(there)
    with pytest.raises(EnvironmentFault, match="Linux and macOS, and not on Windows") as refused:
        there.require_system()
    assert "WSL" in refused.value.cure


def test_python_on_windows_is_refused_before_anything_is_lived_or_written(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "_IS_SUPPORTED", False)
    for asked in (
        lambda: neurogen_abm.run("mouse_wheel_running"),
        lambda: neurogen_abm.compare("mouse_virtuous_circle", "mouse_virtuous_circle_open", out=tmp_path / "pair"),
        lambda: write_text(tmp_path / "a.txt", "a"),
    ):
        with pytest.raises(EnvironmentFault, match="not on Windows"):
            asked()
    assert list(tmp_path.iterdir()) == []
