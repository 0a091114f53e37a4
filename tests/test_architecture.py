"""The shape of the code: what is installed, how long a module may be, and that the checks are all there."""

import ast
import re
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib import resources
from pathlib import Path

import pytest

import neurogen_abm

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "neurogen_abm"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_every_package_is_installed():
    found = {".".join(file.parent.relative_to(ROOT).parts) for file in PACKAGE.rglob("__init__.py")}
    assert found | {"neurogen_abm.scenarios"} == set(PROJECT["tool"]["setuptools"]["packages"])


def test_every_data_file_is_installed():
    setuptools = PROJECT["tool"]["setuptools"]
    installed = {
        file
        for package, patterns in setuptools["package-data"].items()
        for pattern in patterns
        for file in (ROOT / Path(setuptools["package-dir"].get(package, package.replace(".", "/")))).glob(pattern)
    }
    data = {file for file in PACKAGE.rglob("*") if file.is_file() and file.suffix not in {".py", ".pyc"}}
    data |= set((ROOT / "scenarios").rglob("*.yaml"))
    assert sorted(map(str, data - installed)) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_a_module_is_one_concept(module):
    text = module.read_text()
    assert len(text.splitlines()) <= 450
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    assert [f"{f.name} ({_length(f)} lines)" for f in functions if _length(f) > 40] == []


def _length(function: ast.FunctionDef) -> int:
    """Count the lines of a function without its docstring; a table that is one statement counts as ten at most."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    simple = (ast.Return, ast.Assign, ast.Expr)
    spans = [statement.end_lineno - statement.lineno + 1 for statement in body]
    return sum(min(n, 10) if isinstance(part, simple) else n for n, part in zip(spans, body, strict=True))


def test_no_module_imports_itself_in_the_end():
    """Imports inside functions count too: they hide a cycle, they do not break it."""
    names = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in MODULES}
    graph = {}
    for name, file in names.items():
        found = {target for node in _imports(ast.parse(file.read_text())) for target in _targets(node, names)}
        graph[name] = found - {name}
    cycle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as fault:
        cycle = fault.args[1]
    assert cycle == []


def _imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield every import of a module, but those for type checkers only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from _imports(ast.Module(node.orelse, []))
        else:
            yield from _imports(node)


def _targets(node: ast.Import | ast.ImportFrom, names: dict[str, Path]) -> Iterator[str]:
    """Yield the modules of the package that an import loads."""
    if isinstance(node, ast.Import):
        yield from (part.name for part in node.names if part.name in names)
        return
    assert node.level == 0, "imports name the whole path"
    for part in node.names:
        whole = f"{node.module}.{part.name}"
        yield from (name for name in (whole if whole in names else node.module,) if name in names)


def test_every_dependency_says_why():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    dependencies = [line for line in lines if line.startswith('    "') and line.split("#")[0].rstrip().endswith('",')]
    wanted = [line for line in dependencies if ">=" in line]
    assert wanted
    assert [line for line in wanted if "#" not in line] == []


def test_the_version_is_said_once_and_told_alike():
    assert f"version: {neurogen_abm.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"## {neurogen_abm.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_package_says_that_it_has_types():
    assert (resources.files("neurogen_abm") / "py.typed").is_file()


def test_what_lasts_is_written_in_one_place():
    """Only `storage/atomic.py` moves files into place and asks the disk to keep them."""
    names = {"fsync", "replace", "rename", "renameat2", "mkstemp", "link"}
    found = {
        module.relative_to(PACKAGE).as_posix()
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id in ("os", "tempfile", "shutil")
    }
    assert found == {"storage/atomic.py"}


def test_nothing_waits_by_the_clock_on_the_wall():
    """It may jump, by a time server or after sleep: it dates what is kept; durations have clocks of their own.

    `sources` and `version` date when files were read, to see an edit after that.
    """
    wall = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today")}
    found = {
        (module.relative_to(PACKAGE).as_posix(), f"{ast.unparse(node.value).rpartition('.')[2]}.{node.attr}")
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Attribute) and (ast.unparse(node.value).rpartition(".")[2], node.attr) in wall
    }
    dated = ["resumption.py", "run.py", "serve/session/life.py", "storage/ledger.py", "trust/branches.py"]
    assert found == {(name, "datetime.now") for name in dated} | {
        ("sources.py", "time.time_ns"),
        ("version.py", "time.time_ns"),
    }


def test_only_the_command_line_speaks_of_options():
    """Elsewhere an error names an option only as the second of `told`, beside what a caller in Python is told."""
    found = []
    for module in MODULES:
        name = module.relative_to(PACKAGE).as_posix()
        if name.startswith("commands/") or name in ("cli.py", "errors.py"):
            continue
        tree = ast.parse(module.read_text())
        # What reads the text of an option, and is called for nothing else, may speak of it.
        passed = {id(part) for node in ast.walk(tree) if _speaks_of_options(node) for part in ast.walk(node)}
        found += [
            f"{name}:{node.lineno} {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"(^|[\s(`])--[a-z]", node.value)
            and id(node) not in passed
        ]
    assert found == []


def _speaks_of_options(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "told"
    return isinstance(node, ast.FunctionDef) and node.name in ("setting", "_tissue")
