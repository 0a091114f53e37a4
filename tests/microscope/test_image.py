"""A section as a microscope would show it: what can be counted in it is what the assays count."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image
from scipy import ndimage

import neurogen_abm
from neurogen_abm.assays.specimen import living
from neurogen_abm.errors import EnvironmentFault, InputError
from neurogen_abm.memory import MemoryShortage
from neurogen_abm.microscope.bodies import variates
from neurogen_abm.microscope.image import SectionImage
from neurogen_abm.microscope.slide import Cut, cut_of, frame_of, slide_of
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.run import Result, prepare
from neurogen_abm.scene.geometry import curve_of

CHANNELS = ["DAPI", "BrdU", "Ki67", "DCX"]


@pytest.fixture(scope="module")
def scenario(patch: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Describe a mouse of eight months, whose dividing cells are few enough to be told apart."""
    labels = [{"agent": "BrdU", "dose": "150 mg/kg", "from": "0 d", "until": "3 d", "every": "1 d"}]
    assays = [{"name": "labelled", "count": "BrdU+", "at": "4 d"}]
    sampling = {"section": "40 um", "every": 1}
    return patch((160.0, 500.0), age="8 mo", labels=labels, assays=assays, sampling=sampling)


@pytest.fixture(scope="module")
def result(scenario: dict[str, Any]) -> Result:
    return neurogen_abm.run(scenario)


@pytest.fixture(scope="module")
def model(scenario: dict[str, Any]) -> NeurogenesisModel:
    animal = NeurogenesisModel(scenario)
    animal.run_model()
    return animal


@pytest.fixture(scope="module")
def stacks(model: NeurogenesisModel) -> list[SectionImage]:
    return [neurogen_abm.image(model, number, CHANNELS, pixel="1 um", planes="all") for number in (1, 2, 3, 4)]


class Pipeline(NamedTuple):
    """Settings of a simple spot count, um, by the size of what is counted: nuclei of some 7, somata of some 10."""

    opening: float
    smoothing: float
    apart: float
    threshold: float  # over the median of what is bright


NUCLEI, SOMATA = Pipeline(2.0, 1.6, 4.0, 0.3), Pipeline(3.0, 2.0, 5.0, 0.4)


def spots(stack: np.ndarray, spacing: tuple[float, float, float], how: Pipeline) -> int:
    """Count spots as laboratories do: thin things opened away, smoothing, threshold, local maxima."""
    thick = ndimage.grey_opening(stack, tuple(max(1, round(how.opening / step)) for step in spacing))
    smooth = ndimage.gaussian_filter(thick.astype(np.float32), [how.smoothing / step for step in spacing])
    smooth -= float(np.median(stack))
    bright = smooth[smooth > 0.5 * smooth.max()]
    size = tuple(round(how.apart / step) | 1 for step in spacing)
    peaks = (smooth == ndimage.maximum_filter(smooth, size)) & (smooth > how.threshold * np.median(bright))
    return int(ndimage.label(peaks, np.ones((3, 3, 3)))[1])


@pytest.mark.parametrize(("channel", "how"), [("BrdU", NUCLEI), ("Ki67", NUCLEI), ("DCX", SOMATA)])
def test_an_automatic_count_finds_the_truth(stacks: list[SectionImage], channel: str, how: Pipeline) -> None:
    found = truth = 0
    for shown in stacks:
        step = float(shown.planes_um[1] - shown.planes_um[0])
        found += spots(shown.data[shown.channels.index(channel)], (step, shown.pixel_um, shown.pixel_um), how)
        truth += int(shown.positions[channel].sum())
    assert truth >= 10
    assert abs(found - truth) <= 0.1 * truth


@pytest.mark.parametrize("count", ["BrdU", "Ki67", "DCX"])
def test_positions_are_the_cells_that_the_assays_count(
    model: NeurogenesisModel, stacks: list[SectionImage], count: str
) -> None:
    rows = pd.concat([shown.positions for shown in stacks])
    counted = set(rows.loc[(rows[count] == 1) & (rows["born"] == "adult"), "id"])
    assert counted == set(model.histology.cells(f"{count}+").tolist())


def test_a_section_holds_what_the_assay_counts_in_that_section(model: NeurogenesisModel) -> None:
    """Every second section of 20 um is counted, the first or the second first, by lot."""
    reading = model.histology.count("BrdU+", sampling={"section": "20 um", "every": 2})
    assert reading.estimate is not None
    per = [int(slide_of(model, Cut(n, 8, 20.0), ("BrdU",)).positive["BrdU"].sum()) for n in range(1, 9)]
    assert sum(per) == int(model.histology.positive("BrdU", living(model.world)).sum())
    assert reading.estimate.counted in (sum(per[0::2]), sum(per[1::2]))


def test_every_cell_is_stained_by_dapi_and_lies_where_the_image_is_bright(stacks: list[SectionImage]) -> None:
    shown = stacks[1]
    assert (shown.positions["DAPI"] == 1).all()
    assert {"adult", "development"} == set(shown.positions["born"])
    flat = shown.data[0].max(axis=0)
    at = (shown.positions[["y_um", "x_um"]].to_numpy() / shown.pixel_um).astype(int)
    ground = np.median(flat)
    assert np.median(flat[at[:, 0], at[:, 1]]) > 5 * ground
    assert ((shown.positions["z_um"] >= 0) & (shown.positions["z_um"] <= 40)).all()


def test_dividing_cells_lie_at_the_inner_border(stacks: list[SectionImage]) -> None:
    rows = pd.concat([shown.positions for shown in stacks])
    assert rows.loc[rows["Ki67"] == 1, "from_hilus_um"].max() < 0.25 * rows["from_hilus_um"].max()


def test_the_same_seed_gives_the_same_image_and_another_only_other_noise(model: NeurogenesisModel) -> None:
    one, again, other = (neurogen_abm.image(model, 2, ["BrdU"], pixel="2 um", seed=seed) for seed in (7, 7, 8))
    assert (one.data == again.data).all()
    assert (one.data != other.data).any()
    assert one.positions.equals(other.positions)


def test_a_projection_is_the_maximum_of_its_planes_but_for_noise(model: NeurogenesisModel) -> None:
    flat = neurogen_abm.image(model, 2, ["DAPI"], pixel="2 um")
    stack = neurogen_abm.image(model, 2, ["DAPI"], pixel="2 um", planes="all")
    assert flat.data.shape[1] == 1
    assert stack.data.shape[1] == len(stack.planes_um) == 20
    agreement = np.corrcoef(flat.data[0, 0].ravel(), stack.data[0].max(axis=0).ravel())[0, 1]
    assert agreement > 0.97


def test_deeper_cells_are_dimmer_and_blurred(model: NeurogenesisModel) -> None:
    shown = neurogen_abm.image(model, 2, ["DAPI"], planes="all", pixel="1 um")
    per_plane = shown.data[0].reshape(len(shown.planes_um), -1)
    top, bottom = (np.percentile(per_plane[plane], 99.5) for plane in (2, -3))
    assert bottom < 0.95 * top


def test_two_cells_never_share_their_variates() -> None:
    ids = np.array([1, 2, 3, -1, -2])
    drawn = np.concatenate([variates(ids, which).ravel() for which in (1, 2, 3, 16, 64)])
    assert len(np.unique(drawn)) == drawn.size
    assert ((drawn > 0) & (drawn < 1)).all()


def test_ome_metadata_are_read_back(stacks: list[SectionImage], tmp_path: Path) -> None:
    shown = stacks[1]
    shown.save(tmp_path / "out")
    with tifffile.TiffFile(tmp_path / "out" / "section-002.ome.tiff") as file:
        assert file.is_ome
        assert file.series[0].axes == "CZYX"
        pixels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
        assert (file.asarray() == shown.data).all()
    assert pixels["PhysicalSizeX"] == pixels["PhysicalSizeY"] == 1.0
    assert pixels["PhysicalSizeXUnit"] == "µm"
    assert pixels["PhysicalSizeZ"] == 2.0
    assert pixels["Type"] == "uint16"
    assert [channel["Name"] for channel in pixels["Channel"]] == CHANNELS
    written = pd.read_csv(tmp_path / "out" / "section-002-positions.csv")
    pd.testing.assert_frame_equal(written, shown.positions, check_dtype=False)
    merge = Image.open(tmp_path / "out" / "section-002-merge.png")
    assert merge.size == shown.data.shape[:1:-1]
    with pytest.raises(InputError, match="not overwritten"):
        shown.save(tmp_path / "out")


def test_the_same_image_gives_the_same_bytes(model: NeurogenesisModel, tmp_path: Path) -> None:
    shown = neurogen_abm.image(model, 1, ["DAPI", "DCX"], pixel="4 um")
    files = [shown.save(tmp_path / name) for name in ("one", "two")]
    for name in json.loads((files[0] / "provenance.json").read_text())["files"]:
        assert (files[0] / name).read_bytes() == (files[1] / name).read_bytes(), name


def test_a_run_lived_again_is_the_run(result: Result, model: NeurogenesisModel) -> None:
    shown = neurogen_abm.image(result, 2, CHANNELS, pixel="2 um")
    now = neurogen_abm.image(model, 2, CHANNELS, pixel="2 um")
    assert (shown.data == now.data).all()
    assert shown.positions.equals(now.positions)
    changed = result.series.copy()
    changed.loc[changed.index[-1], "n_active"] += 1
    other = Result(**{**vars(result), "series": changed})
    with pytest.raises(InputError, match="Lived again, this run gives other numbers"):
        neurogen_abm.image(other, 2, CHANNELS)


BAD = {
    "section": ({"section": 5}, "There is no section 5: this gyrus is cut into 4. Choose 1 to 4"),
    "none": ({"section": 0}, "There is no section 0"),
    "channel": ({"channels": ["DAPI", "NeuM"]}, 'Nothing is stained by "NeuM". Did you mean NeuN'),
    "label": ({"channels": ["EdU"]}, "EdU was not given .* look for BrdU"),
    "twice": ({"channels": ["DCX", "dcx"]}, "DCX is named twice"),
    "nothing": ({"channels": []}, "1 to 8 channels"),
    "day": ({"day": 9.0}, "no day 9: it lasts 4 days"),
    "step": ({"day": 0.51}, "lies within a step .* Choose day 0.5"),
    "pixel": ({"pixel": "0.5"}, "pixel"),
    "planes": ({"planes": "60 um"}, "Write max, all, or a depth from 0 to 40 um"),
    "seed": ({"seed": -1}, "below 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_seen_is_refused_before_anything_is_lived(
    result: Result, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurogen_abm.microscope.image.live_again", lambda *_: pytest.fail("it was lived"))
    changes, words = BAD[case]
    with pytest.raises(InputError, match=words):
        neurogen_abm.image(result, **({"section": 2} | changes))


def test_a_label_that_comes_later_is_not_seen(result: Result, patch: Callable[..., dict[str, Any]]) -> None:
    labels = [{"agent": "BrdU", "dose": "150 mg/kg", "at": "2 d"}]
    late = neurogen_abm.run(patch((160.0, 120.0), labels=labels, duration="3 d"))
    with pytest.raises(InputError, match="BrdU was not given to this animal by then"):
        neurogen_abm.image(late, 1, ["BrdU"], day=1.0)


def test_an_image_that_does_not_fit_is_refused(
    model: NeurogenesisModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("neurogen_abm.memory.available_bytes", lambda: 2**28)
    with pytest.raises(MemoryShortage, match="larger pixels"):
        neurogen_abm.image(model, 1, ["DAPI"], pixel="0.05 um")
    monkeypatch.undo()
    shown = neurogen_abm.image(model, 1, ["DAPI"], pixel="4 um")
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(EnvironmentFault, match="1,000 are free"):
        shown.save(tmp_path / "full")
    assert not list(tmp_path.iterdir())


def test_the_command_writes_all_or_nothing(result: Result, neurogen: Callable[..., Any], tmp_path: Path) -> None:
    result.save(tmp_path / "run")
    told = neurogen("image", "run", "--section", "9", "--channels", "DAPI")
    assert told.code == 2
    assert "There is no section 9" in told.err
    told = neurogen("image", "run", "--section", "2", "--channels", "DAPI,BrdU", "--pixel", "thin")
    assert told.code == 2
    assert "--pixel" in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    told = neurogen("image", "run", "--section", "2", "--section", "3", "--channels", "DAPI,BrdU", "--pixel", "2 um")
    assert told.code == 0, told.err
    names = sorted(path.name for path in (tmp_path / "run-image").iterdir())
    assert names[0] == "provenance.json"
    ends = ("-BrdU.png", "-DAPI.png", "-merge.png", "-positions.csv", ".ome.tiff")
    assert names[1:] == [f"section-{number:03d}{end}" for number in (2, 3) for end in ends]
    again = neurogen("image", "run", "--section", "2")
    assert again.code == 2
    assert "not overwritten" in again.err
    images = neurogen("image", "run-image", "--section", "2")
    assert images.code == 2
    assert "not of a single run" in images.err


def test_a_section_has_the_shape_of_its_level(model: NeurogenesisModel) -> None:
    whole = prepare("mouse_sedentary")
    septal, middle = (frame_of(whole, cut_of(whole, number), 50.0) for number in (2, 50))
    assert septal.width_um / septal.height_um != pytest.approx(middle.width_um / middle.height_um, rel=0.02)
    second = cut_of(model.spec, 2)
    there = curve_of(model, 1.5 * second.thickness_um)
    np.testing.assert_allclose(frame_of(model.spec, second, 50.0).curve.table(), there.table(), rtol=1e-5)
