"""Every entry of a scenario times every bad value: it is refused in words, or it is fine; nothing else happens."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neurogen_abm.errors import NeurogenError
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve
from neurogen_abm.spec.yaml.reader import parse

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
