"""The pages that people read point at what is there: links, paths, code and the length of the first reading."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from neurogen_abm.cli import app

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "neurogen_abm"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
FIRST_READING = [
    "docs/model.md",
    "tests/reference/reference_cell.py",
    "tests/reference/reference_model.py",
    "docs/one_step.md",
    "scenarios/mouse_wheel_running.yaml",
]
# Packages whose modules are named with dots; `report`, `assays` and `activity` are also files or keys.
FOLDERS = ["agents", "biology", "engine", "experiments", "lowering", "spec", "storage"]
# A path between backticks: folders, or a file with one of these endings. `<species>` and `*` stand for any name.
PATH = re.compile(r"`((?:[\w<>*.-]+/)+(?:[\w<>*-]+\.(?:py|yaml|js|html|css|json|csv|md))?|[\w/<>*-]+\.(?:py|js))`")
# Files that a user has, or that a program writes: no part of the repository.
ELSEWHERE = re.compile(
    r"^(runs|results|earlier|my_signals|animals|DIR|CON)/|^(app|slurm_sweep)\.py$|benchmarks/results/latest\.json"
)


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def headings(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    found = re.findall(r"^#+ +(.+)$", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_link_leads_to_a_file_and_a_heading(page):
    text = page.read_text()
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    broken = []
    for link in links:
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in headings(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_path_in_backticks_is_there(page):
    """Paths count from the repository or, as in the map of the code, from a folder of the package."""
    missing = []
    for path in PATH.findall(page.read_text()):
        pattern = re.sub(r"<\w+>|\b[A-Z]{2,}\b", "*", path).rstrip("/")
        if not ELSEWHERE.search(path) and not any(ROOT.glob(pattern)) and not any(PACKAGE.glob(f"**/{pattern}")):
            missing.append(path)
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_module_and_what_is_named_in_it_are_there(page):
    missing = []
    for dotted in re.findall(rf"`(?:neurogen_abm\.)?((?:{'|'.join(FOLDERS)})\.[\w.]+)[`(]", page.read_text()):
        parts = dotted.split(".")
        known = {i: PACKAGE.joinpath(*parts[:i]).with_suffix(".py") for i in range(len(parts), 0, -1)}
        deepest = next((i for i, file in known.items() if file.is_file()), None)
        rest = parts[deepest:] if deepest else parts
        text = known[deepest].read_text() if deepest else ""
        folder = PACKAGE.joinpath(*parts).is_dir()
        if not folder and not all(re.search(rf"(?:def|class) {word}\b|^ *{word}\b *[:=]", text, re.M) for word in rest):
            missing.append(dotted)
    assert missing == []


def test_a_test_that_a_page_names_is_there():
    named = [found for page in PAGES for found in re.findall(r"`(tests/[\w/]+\.py)::(?:\w+::)*(\w+)", page.read_text())]
    assert len(named) > 30
    assert [name for file, name in named if f"def {name}(" not in (ROOT / file).read_text()] == []


def test_the_code_of_a_step_is_that_of_the_package():
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "one_step.md").read_text(), re.M | re.S)
    source = [file.read_text() for file in PACKAGE.rglob("*.py")]
    assert len(blocks) >= 5
    assert [block for block in blocks if not any(block in text for text in source)] == []


def test_the_first_reading_is_under_a_thousand_lines():
    assert sum(len((ROOT / path).read_text().splitlines()) for path in FIRST_READING) < 1000


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/index.md"])
def test_a_newcomer_is_sent_to_the_first_reading_in_its_order(page):
    text = (ROOT / page).read_text()
    places = [text.find(Path(path).name) for path in FIRST_READING]
    assert min(places) >= 0
    assert places == sorted(places)


def test_a_target_of_make_and_a_module_that_a_page_names_are_there():
    told = {page: page.read_text() for page in PAGES}
    targets = set(re.findall(r"^([\w.-]+):", (ROOT / "Makefile").read_text(), re.M))
    made = [
        (name(page), target)
        for page, text in told.items()
        for target in re.findall(r"(?:`|^)make (\w[\w-]*)", text, re.M)
    ]
    assert len(made) > 10
    assert [(page, target) for page, target in made if target not in targets] == []
    run = {(name(page), module) for page, text in told.items() for module in re.findall(r"python -m ([\w.]+)", text)}
    ours = [(page, module) for page, module in run if module.startswith(("neurogen_abm", "benchmarks", "tests"))]
    assert len(ours) > 3
    places = {module: ROOT / module.replace(".", "/") for _, module in ours}
    missing = [(page, m) for page, m in ours if not places[m].with_suffix(".py").is_file() and not places[m].is_dir()]
    assert missing == []
    scripts = {(name(page), file) for page, text in told.items() for file in re.findall(r"python ([\w/]+\.py)", text)}
    assert [(page, file) for page, file in scripts if "/" in file and not (ROOT / file).is_file()] == []


def test_the_first_page_lists_every_command_and_pages_name_options_that_there_are():
    commands = get_command(app).commands
    listed = re.findall(r"^\| `neurogen (\w+)", (ROOT / "docs" / "index.md").read_text(), re.M)
    assert sorted(listed) == sorted(commands)
    known = {
        name: {"--help", *(option for asked in command.params for option in asked.opts + asked.secondary_opts)}
        for name, command in commands.items()
    }
    told = [
        (name(page), command, option)
        for page in PAGES
        for command, rest in re.findall(r"neurogen (\w+)([^`\n|#]*)", page.read_text())
        for option in re.findall(r"(?<!\w)--[\w-]+", rest)
        if command in known
    ]
    assert len(told) > 100
    assert [one for one in told if one[2] not in known[one[1]]] == []


def test_the_page_of_mechanisms_names_all_that_ship():
    shipped = {file.stem for file in PACKAGE.glob("catalogue/*/mechanisms/*.yaml")}
    assert len(shipped) > 5
    table = (ROOT / "docs" / "mechanisms.md").read_text().partition("## Those that come")[2].partition("\n## ")[0]
    assert {one for one in shipped if f"`{one}`" not in table} == set()
