"""Every entry of a scenario times every bad value: it is refused in words, or it is fine; nothing else happens."""

import copy
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from neurogen_abm.errors import InputError, NeurogenError
from neurogen_abm.spec.scenario.scenario import ResolvedScenario, load_scenario, prepare, resolve
from neurogen_abm.spec.sweep import load_sweep
from neurogen_abm.spec.yaml.reader import parse
from neurogen_abm.spec.yaml.writer import write

VALID = Path(__file__).parents[1] / "cases" / "valid"
BAD: list[Any] = [
    None, True, 0, -1, 3.5, float("nan"), float("inf"), 10**400, 2**63, "", "x", "28 d", "-3 d", "nan d", "5 um",
    "1e400 d", "1e300 d", "1e-300 d", "0 h", "5 m**9", "../x", "07:00", "\x00", "a" * 30_000, "*", "[", [], {}, [1],
    [None], [[]], [{}], ["wheel"], {"a": 1}, {"": 1}, {"kind": "wheel"}, {"kind": 3}, {"kind": []}, {"value": None},
    {"value": []}, {"value": "3 h", "unit": "0 h"}, {"septotemporal": 1}, {"signal": []}, b"x", ("a",),
]  # fmt: skip


def entries(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*path, key)
        yield from entries(value, (*path, key))


@pytest.mark.parametrize("name", ["all_blocks", "knock_outs", "infusions", "overrides", "human_none", "longest_step"])
def test_refused_in_words_or_fine(name: str) -> None:
    base = {"name": "x", **parse((VALID / f"{name}.yaml").read_bytes()).data}
    refused = total = 0
    for path in list(entries(base)):
        for bad in BAD:
            data = copy.deepcopy(base)
            here: Any = data
            for key in path[:-1]:
                here = here[key]
            here[path[-1]] = bad
            error = _refusal(data)
            total, refused = total + 1, refused + (error is not None)
            if error is not None:
                assert error.exit_code == 2
                assert error.cure, str(error)
                assert len(str(error)) < 700
                assert str(error).isprintable()
    assert refused / total > 0.75


def _refusal(data: dict[str, Any]) -> NeurogenError | None:
    try:
        resolve(load_scenario(data))
    except NeurogenError as error:
        return error
    return None


@pytest.mark.parametrize("change", [{"title": "\ud800"}, {"\udfff": 1}, {"activity": [{"kind": "a\ud800"}]}])
def test_half_a_character_is_refused(change: dict[str, Any]) -> None:
    for call in (lambda: load_scenario(PLAIN | change), lambda: load_scenario(PLAIN, change)):
        with pytest.raises(InputError, match="holds half of a character"):
            call()


def test_data_nested_without_end_is_refused() -> None:
    deep: dict[str, Any] = {}
    deep["parameters"] = deep
    for call in (
        lambda: load_scenario(deep),
        lambda: load_scenario(PLAIN, {"activity": deep}),
        lambda: load_sweep(deep),
    ):
        with pytest.raises(InputError, match="nested more than 32 deep"):
            call()


@pytest.mark.parametrize("nonsense", [None, 5, "x", [], {}, True, {"a": 1}])
@pytest.mark.parametrize("key", ["parameters", "catalogue_files", "digest", "catalogue_digest", "parameters_digest"])
def test_a_record_of_nonsense_is_refused_in_words(key: str, nonsense: object) -> None:
    data = parse(prepare("mouse_sedentary").to_yaml()).data
    data["resolved"][key] = nonsense
    if key == "catalogue_files":
        data |= {"catalogue": "own"}
        data["resolved"][key] = {"lineage.yaml": nonsense}
    for call in (lambda: resolve(load_scenario(data)), lambda: ResolvedScenario.from_yaml(write(data))):
        with suppress(NeurogenError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()


PLAIN = {"name": "plain", "duration": "1 d"}


@pytest.mark.parametrize("text", ["1", "1.0", "+1"])
def test_a_bare_one_is_no_share(text: str) -> None:
    """All, or one in a hundred?"""
    for value in (text, 1):
        block = {"kind": "resistance", "session": "30 min", "intensity": value, "clock": "10:00"}
        with pytest.raises(InputError, match="1 could be all, or one in a hundred"):
            load_scenario(PLAIN, {"activity": [block]})


def test_a_number_of_thousands_of_digits_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="more than 30 digits"):
        load_scenario({**PLAIN, "seed": 10**5000})
