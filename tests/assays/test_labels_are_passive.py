"""Labels and assays change nothing: the animal lives the same life with and without them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurogen_abm import run

PATCH = {
    "name": "patch",
    "duration": "3 d",
    "age": "6 wk",
    "tissue": {"septotemporal": "300 um", "transverse": "300 um"},
    "outputs": {"cadence": "1 d"},
}
STAINS = ("Ki67", "DCX", "NeuN", "pHH3", "PCNA", "GFAP", "TUNEL")
times = st.lists(st.integers(0, 72), min_size=1, max_size=4, unique=True).map(lambda ts: [f"{t} h" for t in sorted(ts)])
analogues = st.fixed_dictionaries(
    {
        "agent": st.sampled_from(["BrdU", "EdU", "CldU", "IdU"]),
        "dose": st.integers(10, 400).map(lambda d: f"{d} mg/kg"),
        "at": times,
    }
)
marks = st.fixed_dictionaries(
    {"agent": st.sampled_from(["retrovirus", "tamoxifen"]), "share": st.floats(0.01, 1.0), "at": times}
)
counts = st.builds(
    lambda stain, sign, at: {"count": f"{stain}{sign}", "at": at}, st.sampled_from(STAINS), st.sampled_from("+-"), times
)


@pytest.fixture(scope="module")
def plain() -> dict[str, pd.DataFrame]:
    result = run(PATCH)
    return {name: getattr(result, name) for name in ("cells", "series", "map")}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labels=st.lists(analogues | marks, max_size=4), assays=st.lists(counts, min_size=1, max_size=5))
def test_the_register_is_the_same_with_any_labels_and_assays(plain, labels, assays) -> None:
    named = [assay | {"name": f"a{i}"} for i, assay in enumerate(assays)]
    looked = run(PATCH | {"labels": labels, "assays": named})
    for name, table in plain.items():
        pd.testing.assert_frame_equal(getattr(looked, name), table, check_exact=True)
    assert len(looked.assays) == sum(len(assay["at"]) for assay in assays)
    assert np.isfinite(looked.assays["count"]).all()
