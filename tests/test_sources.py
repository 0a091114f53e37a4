"""Every source file that decides a kept table is part of the job keys: after an edit, no old table passes as new.

Which files decide is found here without the list of the package: by following imports from the module that runs a job,
those within functions included.
"""

import ast
import os
import shutil
import time
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

from neurogen_abm import provenance, sources
from neurogen_abm.spec.catalogue import load_catalogue, species_names
from neurogen_abm.spec.yaml.reader import parse

PACKAGE = Path(sources.__file__).parent
JOB = PACKAGE / "experiments" / "execution" / "job.py"
ROOT = PACKAGE.name


def module_of(name: str) -> Path | None:
    """Return the file of a dotted name within the package."""
    place = PACKAGE.parent.joinpath(*name.split("."))
    found = [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
    return found[0] if found else None


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imported_names(node: ast.AST) -> list[str]:
    """Return every dotted name that is imported while a program runs, wherever the import stands."""
    if is_type_checking(node):
        return []
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert not node.level, "imports are written in full"
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        return [name if module_of(name) else node.module for name in names]
    return [name for child in ast.iter_child_nodes(node) for name in imported_names(child)]


@cache
def imports(file: Path) -> frozenset[Path]:
    """Return the files of the package that a file imports; the packages they lie in are imported but not asked for."""
    names = [name for name in imported_names(ast.parse(file.read_text())) if name.split(".")[0] == ROOT]
    return frozenset(found for name in names if (found := module_of(name)) is not None)


def reached(start: Path) -> set[Path]:
    """Return a file and every file that is imported from it on."""
    known, ahead = {start}, [start]
    while ahead:
        new = imports(ahead.pop()) - known
        known |= new
        ahead += new
    return known


DECIDING = sorted(file.relative_to(PACKAGE).as_posix() for file in reached(JOB))


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("sources") / ROOT
    return shutil.copytree(PACKAGE, place, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture(scope="module")
def before(copy) -> str:
    return key(copy)


def key(package: Path) -> str:
    return sources.digest(sources.deciding(package), package)


def of_kernels(package: Path) -> str:
    return sources.digest(sources.in_kernels(package), package)


def after_an_edit(package: Path, name: str, digest=key) -> str:
    """Return a digest of the package with one file edited."""
    file = package / name
    before = file.read_bytes()
    file.write_bytes(before + b"# edited\n")
    try:
        return digest(package)
    finally:
        file.write_bytes(before)


def test_the_files_that_decide_are_found():
    assert len(DECIDING) > 80
    assert {"run.py", "model.py", "experiments/execution/job.py", "experiments/execution/density_map.py"} <= set(
        DECIDING
    )
    assert {"storage/dataset.py", "biology/hazards.py", "engine/step.py", "spec/catalogue.py"} & set(DECIDING)
    assert not [name for name in DECIDING if name.startswith(("report/", "serve/", "commands/"))]


def test_a_copy_has_the_same_digest(copy):
    assert key(copy) == key(PACKAGE)
    assert sources.software().endswith(f"+{key(PACKAGE)[:12]}")


def test_files_that_were_changed_after_they_were_loaded_are_known(copy):
    files = sources.deciding(copy)
    last = max(file.stat().st_ctime_ns for file in files)
    assert not sources.changed_since(last, files)
    file = copy / "biology" / "hazards.py"
    content, dates = file.read_bytes(), file.stat()
    file.write_bytes(content + b"# edited\n")
    os.utime(file, ns=(dates.st_atime_ns, dates.st_mtime_ns))  # as copies and archives keep it
    assert sources.changed_since(last, files)
    file.unlink()
    assert sources.changed_since(time.time_ns(), files)
    file.write_bytes(content)


def test_a_date_to_come_is_no_change_and_what_changes_in_such_a_file_is_known(copy):
    """Else a sweep would refuse its workers, and a run its checkpoints, for as long as the clock says so."""
    files, file = sources.deciding(copy), copy / "biology" / "hazards.py"
    content, to_come = file.read_bytes(), time.time_ns() + 10**15
    os.utime(file, ns=(to_come, to_come))
    last = max(file.stat().st_ctime_ns for file in files)
    assert not sources.changed_since(last, files)
    time.sleep(0.02)  # the clock of files is coarse
    file.write_bytes(content)
    os.utime(file, ns=(to_come, to_come))
    assert sources.changed_since(last, files)


def test_a_run_of_files_that_were_changed_meanwhile_does_not_pass_for_one_of_theirs(monkeypatch):
    """Neither in its provenance nor among the keys of kept tables; what two processes run then is not the same."""
    before = sources.software()
    assert sources.of_this_run() == before
    versions = set()
    for loaded_ns in (1, 2):
        monkeypatch.setattr(sources, "LOADED_NS", loaded_ns)
        assert sources.of_this_run() == sources.software.__wrapped__()
        versions.add(sources.of_this_run())
    assert len(versions | {before}) == 3
    assert all(version.startswith(f"{before}-changed-while-loaded-") for version in versions)


def test_a_library_that_was_replaced_on_disk_is_told_by_what_is_loaded(monkeypatch):
    import numpy as np

    monkeypatch.setattr(np, "__version__", "0.0.7")
    assert provenance.software.__wrapped__()["numpy"] == "0.0.7"
    for name, version in provenance.software.__wrapped__().items():
        assert version == ("0.0.7" if name == "numpy" else metadata.version(name))


@pytest.mark.parametrize("name", DECIDING)
def test_an_edit_of_any_file_that_decides_changes_the_key(copy, before, name):
    assert after_an_edit(copy, name) != before


def test_an_edit_of_any_number_of_the_catalogue_changes_the_key(copy):
    """Every file that a species reads counts, those that all species share among them."""
    before = {species: load_catalogue(species, copy / "catalogue").digest for species in species_names()}
    seen = set()
    for file in sorted((copy / "catalogue").rglob("*.yaml")):
        folder = file.relative_to(copy / "catalogue").parts[0]
        species = folder if folder in before else "rat"
        content = file.read_bytes()
        on = {}
        if file.parent.name == "mechanisms":
            on = {"mechanisms": [file.stem]}
        elif file.parent.name == "strains":
            on = {"strain": parse(content.decode()).data["names"][0]}
        with_it = load_catalogue(species, copy / "catalogue", **on).digest if on else before[species]
        file.write_bytes(content + b"# edited\n")
        assert load_catalogue(species, copy / "catalogue", **on).digest not in (before[species], with_it), file
        if on:  # off: nothing
            assert load_catalogue(species, copy / "catalogue").digest == before[species], file
        file.write_bytes(content)
        seen.add(folder)
    assert {"mouse", "rat", "human", "shared", "references.yaml"} <= seen


@pytest.mark.parametrize(
    "name", ["experiments/studies/scoring.py", "experiments/calibration/residual.py", "engine/step.py"]
)
def test_what_a_search_saw_is_of_the_source_that_scored_it(copy, name):
    def judged(package):
        return sources.digest(sources.judges(package), package)

    assert after_an_edit(copy, name, judged) != judged(copy)
    assert after_an_edit(copy, "report/pages/run.py", judged) == judged(copy)


def test_an_edit_of_what_shows_or_plans_changes_no_key(copy, before):
    folders = (
        "report",
        "serve",
        "commands",
        "describe",
        "experiments/studies",
        "experiments/calibration",
        "experiments/sweep",
    )
    files = [file.relative_to(copy).as_posix() for folder in folders for file in sorted((copy / folder).rglob("*.py"))]
    assert len(files) > 40
    assert [name for name in (*files, "cli.py", "explanation.py") if after_an_edit(copy, name) != before] == []


def test_a_new_file_counts_until_somebody_says_that_it_does_not(copy, before):
    (copy / "assays" / "new.py").write_text("")
    assert key(copy) != before
    (copy / "assays" / "new.py").unlink()
    (copy / "report" / "new.py").write_text("")
    assert key(copy) == before
    (copy / "report" / "new.py").unlink()


def test_kernels_follow_what_is_inlined_into_them_and_nothing_else(copy):
    kernels = of_kernels(copy)
    inlined = {file.relative_to(copy).as_posix() for file in sources.in_kernels(copy)}
    compiled = {file for file in PACKAGE.rglob("*.py") if "@compiled" in file.read_text() and file.name != "jit.py"}
    needed = {other.relative_to(PACKAGE).as_posix() for file in compiled for other in imports(file) & compiled}
    assert len(needed) > 4
    assert needed <= inlined
    for name in sorted(inlined):
        assert after_an_edit(copy, name, of_kernels) != kernels, name
    assert after_an_edit(copy, "spec/catalogue.py", of_kernels) == kernels


def test_no_module_imports_itself_by_a_detour():
    """Not even within functions; imports for types alone do not count."""
    known = {file: imports(file) for file in PACKAGE.rglob("*.py")}
    rooms = ("storage", "experiments", "run.py", "jit.py", "sources.py", "version.py")
    mine = [file for file in known if file.relative_to(PACKAGE).parts[0] in rooms]
    assert [str(file) for file in mine if any(file in reached(other) for other in known[file])] == []
