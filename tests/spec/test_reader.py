"""The reader takes plain YAML 1.2 and nothing that unfolds, names types, or is larger than a person writes."""

import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm.errors import NeurogenError
from neurogen_abm.spec.names import composed
from neurogen_abm.spec.yaml.reader import DEPTH_LIMIT, SIZE_LIMIT, YamlError, dotted, parse, place_of, read_file
from neurogen_abm.spec.yaml.writer import write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E5", 100000.0),
        ("010", 10),
        ("0x1F", 31),
        ("0o17", 15),
        ("-7", -7),
        (".5", 0.5),
        ("5.", 5.0),
        ("no", "no"),
        ("on", "on"),
        ("07:00", "07:00"),
        ("12:30:00", "12:30:00"),
        ("1,5", "1,5"),
        ("1_000", "1_000"),
        ("2009-10-16", "2009-10-16"),
        ("True", True),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ("28 d", "28 d"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    """Where PyYAML reads 12:30:00 as 45000 and `no` as false."""
    read = parse(f"a: {text}\n").data["a"]
    assert read == value
    assert type(read) is type(value)


def test_places_are_those_of_the_keys() -> None:
    document = parse("a: 1\nb:\n  - c: 2\n    d: 3\n  - 4\n")
    assert document.data == {"a": 1, "b": [{"c": 2, "d": 3}, 4]}
    assert document.places[("a",)] == (1, 1)
    assert document.places[("b", 0, "d")] == (4, 5)
    assert document.places[("b", 1)] == (5, 5)
    assert dotted(("b", 0, "d")) == "b[0].d"
    assert place_of("f.yaml", document.places, (), ("b", 0, "missing")) == "f.yaml:3:5 b[0].missing"


def test_size_is_capped_before_reading_it_all(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    for size, fine in ((SIZE_LIMIT - 1, True), (SIZE_LIMIT, True), (SIZE_LIMIT + 1, False), (20_000_000, False)):
        file.write_bytes(b"a: 1\n" + b"# comment\n" * ((size - 5) // 10) + b"#" * ((size - 5) % 10))
        assert file.stat().st_size == size
        if fine:
            assert read_file(file).data == {"a": 1}
        else:
            with pytest.raises(YamlError) as caught:
                read_file(file)
            assert caught.value.code == "too-large"


@pytest.mark.parametrize("style", ["flow", "block"])
def test_depth_is_capped(style: str) -> None:
    def nested(depth: int) -> str:
        return (
            "a: " + "[" * depth + "]" * depth
            if style == "flow"
            else "a:\n" + "".join("  " * n + "-\n" for n in range(1, depth + 1))
        )

    assert parse(nested(DEPTH_LIMIT - 1)).data["a"] is not None
    with pytest.raises(YamlError) as caught:
        parse(nested(DEPTH_LIMIT + 1))
    assert caught.value.code == "too-deep"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: " + "[" * 5000, "too-deep"),
        ("a: [" + "1, " * 51_000 + "]", "too-many-entries"),
        ("a: '" + "x" * 30_000 + "'", "too-long"),
        ("a: &x 1", "yaml-alias"),
        ("<<: 1", "yaml-merge"),
        ("a: !!binary x", "yaml-tag"),
        ("a: ! x", "yaml-tag"),
        ("%TAG ! tag:x,2000:\n---\na: 1", "yaml-directive"),
        ("a: 1\n...\n---\nb: 1", "many-documents"),
        ("? {a: 1}\n: 2", "bad-key"),
        ("a: 1\nb: 2\na: 3", "duplicate-key"),
        ("a: \ud800", "control-character"),
    ],
)
def test_refusals(text: str, code: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text, "f.yaml")
    assert caught.value.code == code
    assert caught.value.where.startswith("f.yaml:")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("a: 1".encode("utf-16"), "not-utf8"),
        (b"a: \xff", "not-utf8"),
        (b"a: \xc0\x80", "not-utf8"),
        (b"", "empty-file"),
    ],
)
def test_bytes_that_are_no_text(raw: bytes, code: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(raw, "f.yaml")
    assert caught.value.code == code


def test_bomb_of_aliases_is_refused_at_its_first_token() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join(f'*a{n - 1}' for _ in range(9))}]" for n in range(1, 12)]
    began = time.process_time()
    with pytest.raises(YamlError) as caught:
        parse("\n".join(layers))
    assert caught.value.code == "yaml-alias"
    assert time.process_time() - began < 0.5


def test_folder_and_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match="cannot be read"):
        read_file(tmp_path)
    with pytest.raises(YamlError, match="no such file"):
        read_file(tmp_path / "nowhere.yaml")
    with pytest.raises(YamlError, match="cannot be read"):
        read_file(Path("a\0b.yaml"))


def test_random_damage_never_escapes_the_error_contract() -> None:
    """Mutate a real scenario byte by byte: it reads, or it is refused; nothing else is raised."""
    seed_file = Path(__file__).parents[1] / "cases" / "valid" / "all_blocks.yaml"
    original, chance = seed_file.read_bytes(), random.Random(3)
    refused = 0
    for _ in range(400):
        raw = bytearray(original)
        for _ in range(chance.randint(1, 4)):
            i = chance.randrange(len(raw))
            raw[i : i + chance.randint(0, 2)] = bytes(
                chance.choices(b"{}[]&*!<>:-'\"\n\t #,|0x%\xff", k=chance.randint(0, 2))
            )
        error = _refusal(bytes(raw))
        refused += error is not None
        assert error is None or (error.exit_code == 2 and error.cure), str(error)
    assert refused > 200


def _refusal(raw: bytes) -> NeurogenError | None:
    from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

    try:
        data = parse(raw, "f.yaml").data
        if isinstance(data, dict):
            resolve(load_scenario({"name": "x", **data}))
    except NeurogenError as error:
        return error
    return None


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=30).map(composed),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_ .:-#{é1", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(st.text("abcxyz_", min_size=1, max_size=8), plain, min_size=1, max_size=5))
def test_what_is_written_reads_back(data: dict[str, Any]) -> None:
    """Text comes back with letters and their accents in one, as `composed` makes it."""
    assert parse(write(data)).data == data


def test_only_plain_data_is_written() -> None:
    with pytest.raises(TypeError, match="set"):
        write({"a": {1, 2}})
