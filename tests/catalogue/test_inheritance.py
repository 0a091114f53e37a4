"""What species share is said once: the rules by which one layer of the catalogue lies over another."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurogen_abm.spec.catalogue import CatalogueError, load_catalogue, species_names
from neurogen_abm.spec.catalogue_files import FOLDERS, Layer, Part, merged, over, root_folder
from neurogen_abm.spec.yaml.reader import parse
from neurogen_abm.spec.yaml.writer import write

FIELDS = ("unit", "source", "place", "status", "grade", "range", "note")


def parameter(value: float, **more: Any) -> dict[str, Any]:
    plain = {"unit": "1", "source": None, "place": "here", "status": "assumed", "grade": "D", "range": None}
    return {"value": value, **plain, **more}


def layer(title: str, **files: dict[str, Any]) -> Layer:
    named = {f"{name.replace('__', '/')}.yaml": write(data).encode() for name, data in files.items()}
    return Layer(f"catalogue/{title}", named)


def both(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    """Return what two layers say together."""
    return over(Part(low, {}), Part(high, {})).data


NAMES = st.sampled_from(["a", "b", "c", "d"])
PARAMETERS = st.builds(parameter, st.floats(-9, 9), note=st.sampled_from(["", "x"]))
# A name means the same kind of thing in every layer: a and b hold numbers, c a list, d more of the same.
TREES = st.recursive(
    st.fixed_dictionaries({}, optional={"a": PARAMETERS, "b": PARAMETERS, "c": st.lists(st.integers(), max_size=2)}),
    lambda inner: st.fixed_dictionaries({}, optional={"a": PARAMETERS, "d": inner}),
    max_leaves=4,
)


@given(TREES, TREES, TREES)
def test_layers_may_be_joined_in_any_grouping(one: Any, two: Any, three: Any) -> None:
    assert both(both(one, two), three) == both(one, both(two, three))


@given(TREES)
def test_nothing_changes_nothing(tree: Any) -> None:
    assert both(tree, {}) == tree
    assert both({}, tree) == tree
    assert both(tree, tree) == tree


@given(PARAMETERS, PARAMETERS)
def test_a_value_replaces_the_parameter_whole(low: Any, high: Any) -> None:
    """A number never inherits the source of another."""
    assert both({"a": {**low, "source": "them1999", "note": "theirs"}}, {"a": high})["a"] == high


@given(PARAMETERS, st.sampled_from(FIELDS))
def test_single_fields_change_without_a_value(low: Any, field: str) -> None:
    """Null is a value of a field, such as a range that is not known."""
    assert both({"a": low}, {"a": {field: None}})["a"] == {**low, field: None}


def test_null_takes_a_key_away_and_lists_are_replaced() -> None:
    low = {"a": parameter(1), "c": [1, 2, 3], "d": {"a": parameter(2)}}
    assert both(low, {"a": None, "c": [9]}) == {"c": [9], "d": {"a": parameter(2)}}
    assert both(low, {"d": {"e": {"f": None}}})["d"] == {"a": parameter(2), "e": {}}


def test_a_mapping_stays_a_mapping() -> None:
    low = layer("shared", lineage={"stem": {"count": parameter(1)}})
    with pytest.raises(CatalogueError, match=r"^catalogue/rat/lineage\.yaml:1:1 stem: `stem` is a mapping here"):
        merged([low, layer("rat", lineage={"stem": 3})])


def test_messengers_begin_with_what_all_have_and_fields_do_not() -> None:
    common = {"drive": "intensity", "threshold": parameter(0)}
    shared = layer(
        "shared", signals=common, signals__salt={"label": "salt"}, signals__bdnf={"label": "B", "field": True}
    )
    own = layer("rat", signals={"threshold": {"note": "of rats"}}, signals__salt={"drive": "dose"})
    found = merged([shared, own])
    assert found["signals/salt.yaml"].data == {
        "drive": "dose",
        "threshold": parameter(0, note="of rats"),
        "label": "salt",
    }
    assert found["signals/bdnf.yaml"].data == {"label": "B", "field": True}
    assert list(found) == ["signals/bdnf.yaml", "signals/salt.yaml"]


def test_a_place_is_where_the_value_stands() -> None:
    low = layer("shared", lineage={"a": parameter(1), "d": {"a": parameter(2), "b": parameter(3)}})
    high = layer("rat", lineage={"d": {"b": parameter(4)}, "a": {"note": "of rats"}})
    part = merged([low, high])["lineage.yaml"]
    assert part.where(("a",)) == "catalogue/shared/lineage.yaml:2:3 a"
    assert part.where(("d", "a")) == "catalogue/shared/lineage.yaml:11:5 d.a"
    assert part.where(("d", "b")) == "catalogue/rat/lineage.yaml:3:5 d.b"
    assert part.where(("a", "note")) == "catalogue/rat/lineage.yaml:11:3 a.note"


@pytest.mark.parametrize("species", species_names())
def test_errors_name_the_file_in_which_a_number_stands(species: str) -> None:
    """Every place of every parameter, inherited or not, is a line that reads `value:`."""
    lines = {}
    for path, place in load_catalogue(species).places.items():
        name, line, column = place.split(" ")[0].rsplit(":", 2)
        file = Path(str(root_folder())) / name.removeprefix("catalogue/")
        text = lines.setdefault(file, file.read_text().split("\n"))[int(line) - 1]
        assert text[int(column) - 1 :].startswith("value:"), (path, place, text)


@pytest.mark.parametrize("species", species_names())
def test_a_species_says_only_what_differs(species: str) -> None:
    """A parameter that a species restates is not the one it would inherit."""
    root = Path(str(root_folder()))
    for file in (root / species).rglob("*.yaml"):
        shared = root / "shared" / file.relative_to(root / species)
        if shared.is_file():
            below = parse(shared.read_bytes()).data
            assert not list(_repeated(below, parse(file.read_bytes()).data, file.name)), file


def _repeated(low: Any, high: Any, path: str) -> Any:
    for key, entry in high.items():
        if isinstance(entry, dict) and "value" not in entry:
            yield from _repeated(low.get(key) or {}, entry, f"{path}.{key}")
        elif entry is not None and low.get(key) == entry:
            yield f"{path}.{key}"


def test_a_new_species_needs_little(tmp_path: Path) -> None:
    """What is shared is enough for most of it: a folder with the sheet and a few numbers is a species."""
    root = Path(str(root_folder()))
    for file in (*(root / "shared").rglob("*.yaml"), root / "references.yaml", root / "rat" / "anatomy.yaml"):
        name = file.relative_to(root).as_posix().replace("rat/", "gerbil/")
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(file.read_bytes())
    for group in FOLDERS:
        (tmp_path / "gerbil" / group).mkdir()
    status = "status: a guess.\n"
    for name in ("activity", "circulating", "induced", "measured_barrier"):
        (tmp_path / "gerbil" / "pathways" / f"{name}.yaml").write_text(status)
    (tmp_path / "gerbil" / "lineage.yaml").write_text("stem: {active_pause: {note: of gerbils}}\n")
    gerbil = load_catalogue("gerbil", tmp_path)
    mouse = load_catalogue("mouse")
    assert gerbil.parameter("lineage.stem.active_pause").note == "of gerbils"
    assert len(gerbil.parameters) > 0.6 * len(mouse.parameters)
    assert [effect.path for effect in gerbil.effects] == [effect.path for effect in mouse.effects]
    assert {p.status for path, p in gerbil.parameters.items() if path.startswith("signals.bdnf")} == {"assumed"}
