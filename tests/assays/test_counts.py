"""Counts agree with the series, with one another, and with the register."""

import copy
import pickle
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from neurogen_abm import run
from neurogen_abm.assays.counts import Microscope
from neurogen_abm.assays.measures import MEASURES
from neurogen_abm.assays.specimen import Specimen
from neurogen_abm.biology import lineage
from neurogen_abm.biology.cell_cycle import CycleStain
from neurogen_abm.biology.states import STATES
from neurogen_abm.errors import InputError
from neurogen_abm.lowering import Markers
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.run import Result
from neurogen_abm.spec.scenario import histology as forms
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve
from neurogen_abm.tables import ASSAYS

ALL_STAINS = ("ki67", "gfap", "nestin", "tbr2", "dcx", "calretinin", "neun", "calbindin", "pcna", "phh3", "tunel")


def test_stains_are_those_of_the_series(lived) -> None:
    model = lived()
    last = model.series_frame().iloc[-1]
    for stain in ("Ki67", "DCX", "NeuN", "calretinin", "calbindin"):
        assert model.histology.count(f"{stain}+").count == last[f"n_{stain.lower()}"] > 0, stain


def test_levels_of_the_series_are_those_of_the_tissue(lived) -> None:
    """A row an hour: its mean is the level of the step; 5 and 95 in 100 sites lie at or below the two percentiles."""
    model = lived(running=True)
    last, world = model.series_frame().iloc[-1], model.world
    for end, share in (("low", 0.05), ("high", 0.95)):
        level = last[f"bdnf_niche_{end}_pg_ml"]
        assert (
            world.classes.weight[world.level < level].sum() < share <= world.classes.weight[world.level <= level].sum()
        )
    effects = world.effects
    faded = [  # of an effect that loses gain, the share lost
        1.0 - left if loss > 0.0 else np.log(left) / np.log(towards)
        for left, towards, loss in zip(world.habituation, effects.towards, effects.gain_loss, strict=True)
        if towards != 1.0
    ]
    assert last["habituation"] == pytest.approx(max(faded))
    assert max(faded) > 0.0


def test_states_are_those_of_the_series(lived) -> None:
    model = lived()
    last = model.series_frame().iloc[-1]
    for state in STATES:
        assert model.histology.count(state).count == last[f"n_{state}"], state
    assert model.histology.count("apoptotic").count == model.histology.count("TUNEL+").count
    groups = [model.histology.count(group).count for group in forms.GROUPS]
    assert sum(groups) == model.n_cells - last["n_apoptotic"]


def test_granule_cells_are_those_of_development_and_the_neurons(lived) -> None:
    model = lived()
    neurons = model.histology.count("neuron").count
    assert model.histology.count("granule").count == model.world.n_developmental + neurons


def test_granule_cells_of_development_are_looked_at_one_by_one(lived) -> None:
    """Half of them seen, each by itself: the estimate has the variance of their number; a false alarm in 150,000."""
    found = lived().histology.count("granule", sampling={"section": "20 um", "every": 1, "frame_area": "50 %"})
    assert abs(found.estimate.estimate - found.count) < 4.5 * found.count**0.5


def test_a_condition_and_its_opposite_share_out_the_cells(lived) -> None:
    model = lived()
    for stain in ALL_STAINS:
        both = [model.histology.count(f"progenitor {stain}{sign}").count for sign in "+-"]
        assert sum(both) == model.histology.count("progenitor TUNEL-").count, stain
    young = model.histology.count("neuron DCX+ Calretinin-").count
    assert young == model.histology.count("neuron DCX+").count - model.histology.count("neuron DCX+ calretinin+").count


def test_windows_of_age_share_out_the_cells(lived) -> None:
    model = lived()
    edges = (0.0, 24.0, 96.0, 500.0, 1e6)
    windows = [model.histology.count("neuron", age_h=pair).count for pair in pairwise(edges)]
    assert sum(windows) == model.histology.count("neuron").count
    since = model.histology.count("neuron", since_h=0.0).count
    assert since == model.series_frame()["new_neurons"].iloc[-1] > 0


def test_deaths_are_those_of_the_books(lived) -> None:
    model = lived()
    deaths = model.series_frame()["deaths"].iloc[-1]
    assert model.histology.count("died").count == deaths > 0
    by_state = {s: model.histology.count(f"died {s}").count for s in ("immature_early", "immature_late", "maturing")}
    assert sum(by_state.values()) == deaths
    register = model.cells_frame()
    dead = register[register["cause"] == "apoptosis"]
    age_d = (dead["end_h"] - dead["birth_h"])[dead["end_h"] >= 0.0] / 24.0
    counted = model.histology.count("died", age_h=(24.0, 96.0)).count
    assert counted == ((age_d >= 1.0) & (age_d < 4.0)).sum() > 0
    assert model.histology.count("died", since_h=48.0).count == (dead["end_h"] >= 48.0).sum()


def made(ages_h: list[float], states: list[int], birth_h: list[float]) -> Specimen:
    """Return a specimen written by hand."""
    n = len(ages_h)
    clocks, columns = np.full(n, 50.0), np.zeros(n, np.int64)
    return Specimen(
        np.arange(1, n + 1), np.array(states, np.uint8), np.array(birth_h), np.array(ages_h), clocks, columns
    )


def seen(specimen: Specimen, count: str, **limits: Any) -> list[int]:
    """Return the ids that a count holds, with a stain that shows from the age of 24 h on."""
    markers = Markers(("NeuN",), np.array([0.0, 24.0]), np.array([[[0, 1]] * len(STATES)]))
    stains = {"tunel": CycleStain(1 << lineage.APOPTOTIC, np.inf, waiting=True, lingers_in=0, lingers_h=0.0)}
    groups = {name: np.array([code]) for code, name in enumerate(STATES)}
    look = Microscope(SimpleNamespace(), markers, stains, groups)  # type: ignore[arg-type]
    return specimen.id[look.meets(specimen, forms.terms_of(count), **limits)].tolist()


def test_ends_of_windows_by_hand() -> None:
    """An age counts from the first end on, without the second; a birth at `since` counts; an edge is of its bin."""
    four = made([12.0, 24.0, 36.0, 48.0], [lineage.MATURING] * 4, [36.0, 24.0, 12.0, 0.0])
    assert seen(four, "maturing", age_h=(24.0, 48.0)) == [2, 3]
    assert seen(four, "maturing", since_h=24.0) == [1, 2]
    assert seen(four, "NeuN+") == [2, 3, 4]
    assert seen(four, "NeuN-") == [1]


def test_bodies_count_only_where_they_are_asked_for() -> None:
    both = made([30.0, 30.0], [lineage.MATURING, lineage.APOPTOTIC], [0.0, 0.0])
    assert seen(both, "TUNEL+") == seen(both, "apoptotic") == [2]
    assert seen(both, "TUNEL-") == seen(both, "NeuN+") == [1]


def test_cells_in_mitosis_are_the_share_of_the_cycle_it_lasts(lived) -> None:
    """Mitosis lasts 1 h of a cycle of 31 h at least: a few in a hundred cycling cells, all with a clock below 1 h."""
    model = lived((1500.0, 1000.0), duration="2 h")
    found = model.histology.cells("pHH3+")
    row = {int(cell): i for i, cell in enumerate(model.world.population.cells.id[: model.world.population.n])}
    clocks = [float(model.world.population.cells.clock_h[row[int(cell)]]) for cell in found]
    assert 0 < len(found) < 0.08 * model.histology.count("Ki67+").count
    assert 0.0 < min(clocks) < max(clocks) <= 1.0


def test_pcna_outlasts_ki67(lived) -> None:
    model = lived()
    assert model.histology.count("Ki67+ PCNA-").count == 0
    tail = model.histology.cells("neuron PCNA+ Ki67-")
    assert list(tail) == list(model.histology.cells("neuron", age_h=(12.0, 24.0)))


def test_a_progenitor_that_pauses_is_negative_for_ki67(patch) -> None:
    """From 12.25 h before its division (S phase begins) and until 12 h after it a cell is positive, in a pause not."""
    model = NeurogenesisModel(patch(duration="4 d", parameters={"lineage.progenitor.cycle_pause_young": "2 d"}))
    model.run_model()
    cells = model.world.population.cells
    row = {int(cell): i for i, cell in enumerate(cells.id[: model.world.population.n])}

    def clocks_and_ages(count: str) -> np.ndarray:
        rows = [row[int(cell)] for cell in model.histology.cells(count)]
        return np.array([cells.clock_h[rows], model.world.time_h - cells.birth_h[rows]])

    (clock_h, age_h), (left_h, since_h) = (clocks_and_ages(f"progenitor Ki67{sign}") for sign in "+-")
    assert len(clock_h) > 10
    assert len(left_h) > 10
    assert ((clock_h <= 12.25) | (age_h < 12.0)).all()
    assert ((left_h > 12.25) & (since_h >= 12.0)).all()


def test_ids_lead_to_the_cells(lived) -> None:
    model = lived()
    found = model.histology.cells("type_2a PCNA+")
    assert len(found) == model.histology.count("type_2a").count > 0
    assert {model.cell(int(cell)).state for cell in found} == {"type_2a"}


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda h: h.count("BrdU+"), "label-not-injected"),
        (lambda h: h.count("NuN+"), "unknown-stain"),
        (lambda h: h.count(""), "bad-count"),
        (lambda h: h.cells("granule"), "bad-count"),
        (lambda h: h.inject("BrdUU", "50 mg/kg"), "unknown-agent"),
        (lambda h: h.inject("BrdU"), "bad-pair"),
        (lambda h: h.inject("BrdU", "50 mg"), "wrong-unit"),
        (lambda h: h.inject("tamoxifen", "50 mg/kg"), "bad-pair"),
        (lambda h: h.count("Ki67+", sampling={"section": "40 um", "every": 6}), "too-few-sections"),
        (lambda h: h.count("Ki67+", sampling={"section": "40 mg", "every": 1}), "wrong-unit"),
        (lambda h: h.count("Ki67+", sampling={"every": 1}), "bad-sampling"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_cure(lived, ask: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        ask(lived().histology)
    assert caught.value.code == code
    assert caught.value.cure


def test_a_copy_goes_on_alone(patch) -> None:
    model = NeurogenesisModel(patch(duration="4 d"))
    model.histology.inject("BrdU", "150 mg/kg")
    for _ in range(24):
        model.step()
    twins = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for animal in (model, *twins):
        for _ in range(48):
            animal.step()
    found = [list(animal.histology.cells("BrdU+")) for animal in (model, *twins)]
    assert found[0] == found[1] == found[2] != []
    twins[0].histology.inject("EdU", "150 mg/kg")
    assert list(model.histology.labels.injected) == list(twins[1].histology.labels.injected) == ["BrdU"]


LABELLED = {
    "labels": [{"agent": "BrdU", "dose": "150 mg/kg", "at": ["0 h", "24 h"]}],
    "assays": [
        {"name": "one", "count": "BrdU+ DCX-", "at": ["0 h", "1 d", "2 d"]},
        {"name": "two", "measure": "cycle_length", "at": "2 d"},
    ],
}


def test_the_table_and_its_way_to_disk(patch, tmp_path) -> None:
    result = run(patch((400.0, 300.0), duration="2 d", **LABELLED, sampling={"section": "20 um", "every": 2}))
    table = result.assays
    assert list(table.columns) == list(ASSAYS)
    assert table["name"].tolist() == ["one", "one", "one", "two"]
    assert table["time_h"].tolist() == [0.0, 24.0, 48.0, 48.0]
    assert table["unit"].tolist() == ["cells"] * 3 + ["h"]
    assert table["estimate"].isna().tolist() == [False, False, False, True]
    assert table["sections"].iloc[0] == 10
    assert "histology.label.saturating_dose" in result.provenance["used_parameters"]
    assert "histology.virus.window" not in result.provenance["used_parameters"]
    loaded = Result.load(result.save(tmp_path / "run").directory)
    assert loaded.assays.equals(table)
    model = NeurogenesisModel(result.resolved)
    model.run_model()
    assert model.assays_frame().equals(table)


def test_live_and_planned_are_the_same(patch) -> None:
    planned = run(patch((400.0, 300.0), duration="2 d", **LABELLED)).assays
    model = NeurogenesisModel(patch((400.0, 300.0), duration="2 d"))
    model.histology.inject("BrdU", "150 mg/kg")
    found = [model.histology.count("BrdU+ DCX-").count]
    for day in range(2):
        for _ in range(24):
            model.step()
        if day == 0:
            model.histology.inject("BrdU", "150 mg/kg")
        found.append(model.histology.count("BrdU+ DCX-").count)
    assert found == planned["count"].tolist()[:3]
    assert "histology.label.saturating_dose" in model.used_parameters


def test_a_run_directory_of_before_there_were_assays_loads(patch, tmp_path) -> None:
    """Its table is missing; its scenario, which has no such keys, still has the digest it was written with."""
    from neurogen_abm.storage import run_directory

    result = run(patch((300.0, 300.0), duration="1 d"))
    saved = result.save(tmp_path / "new").directory
    provenance = run_directory.read_provenance(saved)
    files = {
        name: lambda path, name=name: path.write_bytes((saved / name).read_bytes())
        for name in provenance["files"]
        if name != "assays.parquet"
    }
    own = {key: value for key, value in provenance.items() if key not in ("format", "files")}
    old = run_directory.write_directory(tmp_path / "old", files, own)
    assert "\nlabels:" not in (old / "scenario.yaml").read_text()
    loaded = Result.load(old)
    assert loaded.assays.empty
    assert list(loaded.assays.columns) == list(ASSAYS)
    assert loaded.series.equals(result.series)


def test_resolved_labels_read_back_to_the_same_digest(patch) -> None:
    resolved = resolve(load_scenario(patch(**LABELLED)))
    again = ResolvedScenario.from_yaml(resolved.to_yaml())
    assert again.digest == resolved.digest
    assert again.scenario == resolved.scenario
    assert resolved.digest != resolve(load_scenario(patch())).digest


def test_a_number_of_labels_is_refused_where_nothing_is_injected(patch) -> None:
    change = {"histology.label.saturating_dose": "200 mg/kg"}
    with pytest.raises(InputError, match="does not read"):
        NeurogenesisModel(patch((300.0, 300.0), parameters=change))
    NeurogenesisModel(patch((300.0, 300.0), parameters=change, labels=LABELLED["labels"]))


def test_phases_longer_than_the_cycle_are_refused(patch) -> None:
    changes = {"histology.cycle.s_phase": "12 h"}
    with pytest.raises(InputError) as caught:
        NeurogenesisModel(patch((300.0, 300.0), parameters=changes, labels=LABELLED["labels"]))
    assert caught.value.code == "bad-phases"


def test_every_measure_can_be_named_and_every_name_is_a_measure() -> None:
    assert tuple(MEASURES) == forms.MEASURES
    assert all(measure.take.__doc__ for measure in MEASURES.values())


def test_words_of_a_count_do_not_collide() -> None:
    """No name means two things, capitals aside."""
    catalogue = resolve(load_scenario("mouse_sedentary")).catalogue
    extra = catalogue.structure["histology"]["stains"]
    words = [*forms.AGENTS, *catalogue.markers, *extra, *STATES, *forms.GROUPS, forms.DIED, forms.GRANULE]
    assert len({word.lower() for word in words}) == len(words)
    assert {name.lower() for name in (*catalogue.markers, *extra)} == set(ALL_STAINS)
