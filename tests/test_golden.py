"""Short lives whose outcome is written down: any change of output shows here first."""

import numbers
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden"
REFRESH = runpy.run_path(str(FOLDER / "refresh.py"))


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_life_ends_as_it_did(file: Path) -> None:
    content = REFRESH["read"](file)
    found, expected = REFRESH["summary"](content["scenario"]), content["summary"]
    changed = {
        name: (expected.get(name), found.get(name))
        for name in {**expected, **found}
        if not _same(expected.get(name), found.get(name))
    }
    assert changed == {}, (
        "The output of the model has changed (expected, found). If that is meant, announce it in CHANGELOG.md and run "
        "`python tests/golden/refresh.py`; if not, this is a defect."
    )


def _same(expected: object, found: object) -> bool:
    """Counts are the same number; measures the same to what another machine's `exp` may change; missing is missing."""
    if isinstance(expected, float) and isinstance(found, numbers.Real):
        return float(found) == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)
    return expected == found
