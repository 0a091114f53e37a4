"""Labels and assays change nothing: the animal lives the same life with and without them."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogen_abm import run

PATCH = {
    "name": "patch",
    "duration": "2 d",
    "age": "6 wk",
    "tissue": {"septotemporal": "300 um", "transverse": "300 um"},
    "outputs": {"cadence": "1 d"},
}
STAINS = ("Ki67", "DCX", "NeuN", "pHH3", "PCNA", "GFAP", "TUNEL")
times = st.lists(st.integers(0, 24).map(lambda n: 2 * n), min_size=1, max_size=4, unique=True).map(
    lambda ts: [f"{t} h" for t in sorted(ts)]
)
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


animals = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**63 - 1),
        "age": st.sampled_from(["5 wk", "8 wk"]),
        "step": st.sampled_from(["30 min", "1 h", "2 h"]),
        "activity": st.sampled_from([[], [{"kind": "wheel", "distance": "7 km/d"}]]),
    }
)
sections = st.none() | st.fixed_dictionaries(
    {"section": st.just("20 um"), "every": st.integers(1, 5), "observer_miss": st.floats(0.0, 0.5)}
)


@settings(max_examples=12)
@given(
    animal=animals,
    labels=st.lists(analogues | marks, max_size=4),
    assays=st.lists(counts, min_size=1, max_size=5),
    sampling=sections,
)
def test_the_register_is_the_same_with_any_labels_and_assays(animal, labels, assays, sampling) -> None:
    named = [assay | {"name": f"a{i}"} for i, assay in enumerate(assays)]
    cut = {"sampling": sampling} if sampling else {}
    plain = run(PATCH | animal)
    looked = run(PATCH | animal | cut | {"labels": labels, "assays": named})
    for name in ("cells", "series", "map"):
        pd.testing.assert_frame_equal(getattr(looked, name), getattr(plain, name), check_exact=True)
    assert len(looked.assays) == sum(len(assay["at"]) for assay in assays)
    assert np.isfinite(looked.assays["count"]).all()
