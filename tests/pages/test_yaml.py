"""Every block of YAML in the documentation is read, with all checks, by what reads such a file."""

import shutil

import pytest
from page_blocks import PAGES, ROOT, Block, blocks, name
from page_world import Data, file_of, readers_files, tables, write

from neurogen_abm.commands.validate import validate_command
from neurogen_abm.spec.study.study import Study, load_study
from neurogen_abm.spec.yaml.reader import parse

MOUSE = {"schema": 1, "species": "mouse", "age": "8 wk", "duration": "60 d"}
FOUND = [
    pytest.param(page, block, id=f"{name(page)}-{n}")
    for page in PAGES
    for n, block in enumerate(block for block in blocks(page.read_text()) if block.language == "yaml")
]
STUDIES = ROOT / "scenarios" / "studies"


def completed(data: Data) -> Data:
    """Return a part of a file as a whole one: the rest of a scenario is a young mouse, of a study a shipped one."""
    if "counts" in data and "arms" not in data:
        return parse((STUDIES / "akers2014_course.yaml").read_text()).data | data
    return data if "scenario" in data or "studies" in data or "arms" in data else MOUSE | data


def place_in_a_catalogue(block: Block) -> str | None:
    """Return where a block belongs that is a file of a catalogue of one's own."""
    if block.text.startswith("label:"):
        return "my_lines/strains/my_line.yaml"
    written = file_of(block.text) or ""
    return written if "/" in written else None


def scenario_with(place: str) -> Data:
    """Return a scenario that uses a file of a catalogue."""
    top, _, rest = place.partition("/")
    kind, _, name = rest.removesuffix(".yaml").rpartition("/")
    used: Data = {"strains": {"strain": "my line"}, "mechanisms": {"mechanisms": ["standard", name]}}.get(kind, {})
    return MOUSE | {"catalogue": f"{top}/"} | used


def study_with(items: list[Data]) -> Study:
    """Return a study that has these findings, and the arms and assays that they name."""
    arms = {word for item in items for word in _arms(item)}
    times = sorted({f"{day} d" for day in (0, 1, 3, 7, 14, 28, 32)}, key=lambda time: int(time.split()[0]))
    reads = {item["read"] for item in items}
    return load_study(
        {
            "name": "with_these",
            "reference": {"citation": "nobody", "doi": None},
            "base": "mouse_sedentary",
            "changes": {"duration": "32 d"},
            "arms": {arm: {} for arm in sorted(arms)},
            "assays": [{"name": read, "count": "BrdU+", "at": times} for read in sorted(reads)],
            "labels": [{"agent": "BrdU", "dose": "50 mg/kg", "at": "0 d"}],
            "expectations": items,
        }
    )


def _arms(item: Data) -> set[str]:
    inner = [arm for part in item.get("items", []) for arm in _arms(part)]
    return {value for key, value in item.items() if key in ("arm", "over")} | set(inner)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of a reader's that blocks name."""
    made = tmp_path_factory.mktemp("reader")
    readers_files(made)
    shutil.copytree(STUDIES / "data", made / "data")
    for page in PAGES:
        tables(made, page.read_text())
    return made


@pytest.mark.parametrize(("page", "block"), FOUND)
def test_a_block_is_read(page, block, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    data = parse(block.text).data
    if isinstance(data, list):
        assert len(study_with(data).expectations) == len(data)
        return
    for other in blocks(page.read_text()):
        if other.language == "yaml" and (place := place_in_a_catalogue(other)):
            write(folder / place, parse(other.text).data)
    place = place_in_a_catalogue(block)
    written = "with_it.yaml" if place else file_of(block.text) or "read.yaml"
    write(folder / written, scenario_with(place) if place else completed(data))
    validate_command(written)
    assert "valid" in capsys.readouterr().out


def test_no_page_is_passed_over():
    assert len(FOUND) >= 37
