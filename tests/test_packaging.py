"""What is shipped beside the code says the same as the code: citation, metadata, lock file, container."""

import ast
import importlib.util
import json
import re
import runpy
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from ruamel.yaml import YAML

import neurogen_abm
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.storage import locks
from neurogen_abm.storage.atomic import write_text
from neurogen_abm.trust import installation
from neurogen_abm.trust.findings import FINE, NOTE

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


def test_the_page_of_a_package_index_links_only_to_addresses_and_keeps_the_words():
    readme = (ROOT / "README.md").read_text()
    page = runpy.run_path(str(ROOT / "setup.py"))["index_page"](readme + "[a paper](https://doi.org/10.1000/1)\n")
    assert re.findall(r"\]\(([^)]*)\)", page) == ["https://doi.org/10.1000/1"]
    words = re.sub(r"^!.*\n", "", readme, flags=re.M)
    assert re.findall(r"\w+", re.sub(r"\]\([^)]*\)", "", words)) == re.findall(r"\w+", page.partition("[a paper]")[0])
    assert "readme" in PROJECT["dynamic"]


def of_extras(*extras: str) -> list[Requirement]:
    """Return what the package itself and some extras ask for; an extra may name others of ours."""
    asked, todo = [Requirement(text) for text in PROJECT["dependencies"]], list(extras)
    for extra in todo:
        for requirement in map(Requirement, PROJECT["optional-dependencies"][extra]):
            if requirement.name == PROJECT["name"]:
                todo += requirement.extras
            else:
                asked.append(requirement)
    return asked


class Pin(NamedTuple):
    """A line of a lock file: a package, its version where the marker holds, its digests, and whether we ask for it."""

    requirement: Requirement
    digests: frozenset[str]
    is_ours: bool


def pins_of(lock: str) -> list[Pin]:
    text = (ROOT / lock).read_text()
    return [
        Pin(
            Requirement(entry.splitlines()[0].rstrip(" \\")),
            frozenset(re.findall(r"--hash=(sha256:[0-9a-f]{64})", entry)),
            "neurogen-abm (pyproject.toml)" in entry,
        )
        for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.M)[1:]
    ]


def installed_from(pins: list[Pin], system: dict[str, str]) -> set[tuple[str, str, frozenset[str]]]:
    """Return name, version and digests of what a system gets."""
    return {
        (name_of(pin.requirement.name), next(iter(pin.requirement.specifier)).version, pin.digests)
        for pin in pins
        if pin.requirement.marker is None or pin.requirement.marker.evaluate(system)
    }


def extras_of(lock: str) -> list[str]:
    """Return the extras that `make lock` pins in a file, as the Makefile says them."""
    recipe = (ROOT / "Makefile").read_text()
    line = re.search(rf"^\t@\$\(COMPILE\) (.+) -o {re.escape(lock)}$", recipe, flags=re.M)[1]
    return re.findall(
        r"--extra (\w+)", line.replace("$(RUNNING)", re.search(r"^RUNNING := (.+)$", recipe, flags=re.M)[1])
    )


def systems() -> list[dict[str, str]]:
    """Return every supported Python on every supported system, as markers see them."""
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups()
    return [
        {**default_environment(), "python_version": f"3.{n}", "python_full_version": f"3.{n}.0", "sys_platform": system}
        for n in range(int(low), int(high))
        for system in ("linux", "darwin")
    ]


LOCKS = ["requirements-lock.txt", "requirements-run-lock.txt"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_pins_with_digests_what_the_project_asks_for_today_and_nothing_it_no_longer_asks_for(lock):
    """On every Python and system, in a version that the project allows. One that is red here wants `make lock`."""
    pins, asked = pins_of(lock), of_extras(*extras_of(lock))
    assert [
        str(pin.requirement)
        for pin in pins
        if not (pin.digests and re.match(r"==[^*]+$", str(pin.requirement.specifier)))
    ] == []
    assert {name_of(pin.requirement.name) for pin in pins if pin.is_ours} == {name_of(need.name) for need in asked}
    for system in systems():
        installed = {name: version for name, version, _ in installed_from(pins, system)}
        needed = [need for need in asked if need.marker is None or need.marker.evaluate(system)]
        assert [
            str(need) for need in needed if not need.specifier.contains(installed.get(name_of(need.name), "0"))
        ] == [], system


def test_what_runs_alone_is_a_part_of_what_it_is_developed_with_in_the_same_versions():
    development, running = map(pins_of, LOCKS)
    assert set(extras_of("requirements-run-lock.txt")) < set(PROJECT["optional-dependencies"])
    for system in systems():
        whole, part = installed_from(development, system), installed_from(running, system)
        assert part - whole == set(), system
        assert len(part) < len(whole) / 2
        assert {"pytest", "sphinx", "mypy", "playwright"} & {name for name, *_ in part} == set()


def test_the_workflow_tries_every_supported_python_through_targets_that_are_there():
    jobs = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]
    tried = jobs["test"]["strategy"]["matrix"]["python"]
    assert tried == sorted({system["python_version"] for system in systems()})
    targets = set(re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), flags=re.M)[1].split())
    steps = [step["run"].split() for job in jobs.values() for step in job["steps"] if "run" in step]
    assert {(make, target in targets) for make, target, *_ in steps} == {("make", True)}
    assert {target for _, target, *_ in steps} >= {"test", "docs", "nightly", "dist"}


# Distributions whose module has another name, and modules that a dependency brings along by its own contract.
MODULES = {"pillow": "pil", "ruamel-yaml": "ruamel"}
BROUGHT = {
    "pydantic_core": "pydantic",
    "llvmlite": "numba",
    "markupsafe": "jinja2",
    "traitlets": "anywidget",
    "h5py": "pynwb",
}
# Asked for without being imported: a kernel is started by its name; ImageIO finds its encoder; SolaraViz
# draws with ipyvuetify.
UNSEEN = {"ipykernel", "nbclient", "nbformat", "imageio-ffmpeg", "ipyvuetify"}
OF_DEVELOPMENT = {"test", "dev", "docs"}


def modules_of_the_package() -> set[str]:
    """Return every module from elsewhere that the package imports, also those that only an extra brings."""
    found = set()
    for path in (ROOT / "neurogen_abm").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("optional", "import_module"):
                found |= set(re.findall(r"^f?'(\w+)", ast.unparse(node.args[0])))
    return {name.split(".")[0].lower() for name in found} - sys.stdlib_module_names - {"neurogen_abm"}


def test_every_dependency_is_used_and_everything_used_is_a_dependency():
    users = [extra for extra in PROJECT["optional-dependencies"] if extra not in OF_DEVELOPMENT]
    asked = {name_of(need.name) for need in of_extras(*users)}
    module_of = {name: MODULES.get(name, name.replace("-", "_")) for name in asked}
    used = modules_of_the_package()
    assert {name for name, module in module_of.items() if module not in used} == UNSEEN
    known = set(module_of.values())
    assert {module for module in used if module not in known and BROUGHT.get(module) not in known} == set()


def test_the_container_uses_files_and_a_python_that_are_there():
    text = (ROOT / "Containerfile").read_text()
    major, minor = map(int, re.search(r"python:(\d+)\.(\d+)-slim AS build", text).groups())
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups()
    assert major == 3
    assert int(low) <= minor < int(high)
    assert re.findall(r"-r (\S+)", text) == ["requirements-run-lock.txt"]
    assert (ROOT / "requirements-run-lock.txt").is_file()


def test_an_extra_that_asks_for_the_extra_of_another_package_is_there_only_with_what_that_one_brings(monkeypatch):
    """`mesa[viz]` is not installed where Mesa is and Solara is not; before, the doctor said that it is."""
    versions = {"mesa": "3.3.1", "solara": None}
    monkeypatch.setattr(installation, "_version", versions.get)
    monkeypatch.setattr(
        installation.metadata, "requires", lambda name: ["numpy", 'solara; extra == "viz"', 'ruff; extra == "dev"']
    )
    asked = [Requirement('mesa[viz]<4,>=3.3; extra == "viz"')]
    (told,) = installation._extras(["viz"], asked)
    assert (told.level, "(solara)" in told.what) == (NOTE, True)
    versions["solara"] = "1.50"
    (told,) = installation._extras(["viz"], asked)
    assert told.level == FINE


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
