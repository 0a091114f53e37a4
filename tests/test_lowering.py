"""From a scenario to the engine's numbers: units, switches, knock-outs, and combinations that cannot be."""

import math

import numpy as np
import pytest

from neurogen_abm.biology import hazards, lineage
from neurogen_abm.engine.field import decay_length_um
from neurogen_abm.errors import InputError
from neurogen_abm.lowering import Lowered, lower, tissue
from neurogen_abm.run import lowered, sketched
from neurogen_abm.spec.scenario.scenario import load_scenario, prepare, resolve


@pytest.fixture(scope="module")
def lowered_of(patch):
    """Return a function that lowers a small animal with changes."""

    def build(**changes) -> Lowered:
        return lower(resolve(load_scenario(patch((300.0, 300.0), **changes))))

    return build


def test_rates_are_per_hour_and_times_in_hours(lowered_of):
    low = lowered_of()
    read = resolve(load_scenario("mouse_sedentary")).value
    p = low.parameters
    assert p.dt_h == 1.0
    assert p.dormant_floor == pytest.approx(read("lineage.stem.dormant_activation_floor", "1/d") / 24.0)
    assert p.cycle_minimum_h == pytest.approx(24.0 * read("lineage.progenitor.cycle_minimum", "d"))
    assert p.death_edges_h[-1] == pytest.approx(24.0 * read("lineage.neuron.death_age", "d")[-1])
    # Variation c of a gamma time is 1/sqrt(shape).
    assert 1.0 / math.sqrt(p.stay_shape) == pytest.approx(read("lineage.neuron.stay_variation", "1"))


def test_the_step_of_a_scenario_is_the_step_of_the_engine(lowered_of):
    assert lowered_of(step="30 min").parameters.dt_h == 0.5


def test_history_is_a_whole_number_of_steps_from_the_first_age_on(lowered_of):
    for step in ("30 min", "1 h", "6 h"):
        low = lowered_of(step=step, age="57 d")
        assert low.start.time_h % low.parameters.dt_h == 0.0
        assert low.start.age_h - low.start.time_h == pytest.approx(57 * 24.0)
        assert 0.0 <= low.start.age_h - low.parameters.initial_age_h < low.parameters.dt_h


def test_every_effect_has_a_channel_of_its_target_and_state(lowered_of):
    low = lowered_of()
    channel = low.parameters.channel
    assert channel[hazards.ACTIVATION, lineage.DORMANT] > 0
    assert channel[hazards.LATE_SURVIVAL, lineage.IMMATURE_LATE] > 0
    assert channel[hazards.ACTIVATION, lineage.MATURE] == 0
    used = np.unique(channel[channel > 0])
    np.testing.assert_array_equal(used, np.arange(1, len(used) + 1))
    assert set(low.effects.channel.tolist()) == set(used.tolist())


def test_a_receptor_knock_out_silences_the_states_it_names(lowered_of):
    some = lowered_of(knock_outs=[{"receptor": "bdnf", "states": ["dormant"]}])
    missing = some.effects.channel[some.effects.knocked_out == 1]
    assert missing.tolist() == [some.parameters.channel[hazards.ACTIVATION, lineage.DORMANT]]
    assert lowered_of(knock_outs=[{"receptor": "bdnf"}]).effects.knocked_out.all()
    assert not lowered_of().effects.knocked_out.any()


@pytest.mark.parametrize(
    ("knock_out", "plasma", "niche"),
    [
        ({"source": "plasma", "signal": "bdnf"}, 0.0, 1.0),
        ({"source": "niche", "signal": "bdnf"}, 1.0, 0.0),
        ({"signal": "bdnf"}, 0.0, 0.0),
    ],
)
def test_a_source_knock_out_takes_that_source_away(lowered_of, knock_out, plasma, niche):
    pathway = lowered_of(knock_outs=[knock_out]).physiology.pathway
    assert (pathway.plasma_present, pathway.niche_present) == (plasma, niche)
    local, vascular = pathway.folds(2.0 * pathway.plasma_present, 0.0, 0.0)
    assert (local > 0.0) == bool(niche)
    assert (vascular > 0.0) == bool(plasma)


def test_resting_sources_add_up_to_the_resting_level(lowered_of):
    for pathway in ("circulating", "measured_barrier", "induced", "activity", "combined"):
        niche = lowered_of(pathway=pathway).niche
        assert niche.local + niche.vascular == pytest.approx(30.0)
        assert niche.local >= 0.0
        assert niche.vascular > 0.0


def test_the_published_barrier_brings_less_than_a_thousandth_of_the_resting_level(lowered_of):
    # PS P0 / (alpha ((1 + bound) k_deg + k_bulk)), typed from the evidence: 0.0113 pg/mL of 30.
    expected = 1.5e-3 * 10.58 / (0.20 * (101.0 * math.log(2.0) / 10.0 + 0.005))
    assert lowered_of(pathway="measured_barrier").niche.vascular == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("bound", ["3", "100", "1000"])
def test_the_field_and_its_supply_obey_one_law(bound):
    """Level, reach and time of a niche fed by blood are those of one equation, whatever is bound.

    (1 + bound) dF/dt = D lap F + PS P / alpha - ((1 + bound) k_deg + k_bulk) F, solved here for the free level F.
    """
    value = prepare("mouse_sedentary", None, {"physiology.niche.binding_ratio": bound}).value
    all_of_it, free = 1.0 + float(bound), value("physiology.niche.diffusion_free", "um**2/s")
    lost = all_of_it * math.log(2.0) / 600.0 + 0.005 / 60.0  # of what is there to one part free, 1/s
    diffusion, decay = tissue.diffusion_and_decay(value)
    assert decay_length_um(diffusion, decay) == pytest.approx(math.sqrt(free / lost))
    assert decay == pytest.approx(lost / all_of_it)
    assert tissue.measured_influx_pg_ml(value) == pytest.approx(1.5e-3 / 60.0 * 10.58 / (0.20 * lost))


def test_blood_as_the_niche_sees_it_lags_by_the_same_decay(lowered_of):
    k = lowered_of().physiology.kinetics
    decay = 60.0 * tissue.decay_per_s(resolve(load_scenario("mouse_sedentary")).value)
    assert k.niche_from_niche == pytest.approx(math.exp(-decay), rel=1e-9)


def test_a_barrier_gain_that_brings_more_than_there_is_is_refused(lowered_of):
    with pytest.raises(InputError, match=r"above the resting level of 30 pg/mL.*at most 2648\.7"):
        lowered_of(parameters={"pathways.circulating.barrier_gain": {"value": "2700", "why": "to be refused"}})


def test_a_patch_larger_than_the_gyrus_is_refused(patch):
    scenario = resolve(load_scenario(patch((5000.0, 400.0))))
    with pytest.raises(InputError, match=r"5000 um does not fit a gyrus of 4000 um"):
        lower(scenario)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lineage.stem.initial_count", "100000 cells"),  # stem cells for 900 sites
        ("anatomy.granule_cells", "1e6 cells"),  # 14.7 granule cells a column for 8 layers
        ("anatomy.granule_cells", "3e7 cells"),  # 441 a column, more than its counter holds
    ],
)
def test_more_cells_than_the_tissue_has_sites_for_are_refused(lowered_of, path, value):
    with pytest.raises(InputError, match="sites"):
        lowered_of(parameters={path: {"value": value, "why": "to be refused"}}).world()


def test_a_route_counts_by_its_weight(lowered_of):
    """Equal thirds of induced (gain 1.5) and activity (1.0) make 1 + 0.5 S + h/3; a third of plasma's rise arrives."""
    gains = {"pathways.combined.induced_gain": "1.5", "pathways.combined.activity_gain": "1"}
    pathway = lowered_of(pathway="combined", parameters=gains).physiology.pathway
    assert pathway.folds(1.0, 1.0, 0.0) == pytest.approx((1.5, 1.0))
    assert pathway.folds(1.0, 0.0, 1.0) == pytest.approx((4.0 / 3.0, 1.0))
    assert pathway.folds(4.0, 0.0, 0.0) == pytest.approx((1.0, 2.0))


def test_infusions_become_spells_of_the_run(lowered_of):
    infusions = [
        {"signal": "bdnf", "route": "niche", "level": "0.06 ng/mL", "start": "12 h", "end": "1 d"},
        {"signal": "bdnf", "route": "systemic", "rate": "0.01 ug/h", "start": "2 d"},
    ]
    body = lowered_of(infusions=infusions).physiology
    assert [body.infused_niche(h) for h in (11.0, 12.0, 23.9, 24.0)] == pytest.approx([0.0, 60.0, 60.0, 0.0])
    assert body.infused_plasma(47.0) == 0.0
    assert body.infused_plasma(48.0) > 0.0


def test_a_pathway_without_weight_for_messengers_reads_none(lowered_of):
    assert len(lowered_of().physiology.exerkines.weight) == 0
    assert len(lowered_of(pathway="induced").physiology.exerkines.weight) > 0


def _human(setting: str) -> Lowered:
    human = {
        "schema": 1,
        "name": "human",
        "species": "human",
        "sex": "female",
        "age": "30 yr",
        "duration": "1 d",
        "tissue": {"septotemporal": "2000 um", "transverse": "1000 um"},
        "pathway": "circulating",
        "neurogenesis": setting,
    }
    return lower(resolve(load_scenario(human)))


def test_the_human_switch_sets_how_many_stem_cells_there_are():
    none, low, high = (_human(setting).start for setting in ("none", "low", "high"))
    assert none.n_granule == low.n_granule == high.n_granule
    assert none.n_stem == 0
    assert high.n_stem > 100
    # 70 new neurons a day, and 700.
    assert low.n_stem == pytest.approx(high.n_stem / 10.0, abs=1.0)


@pytest.mark.parametrize(("setting", "stretch"), [("low", 6.5), ("high", 1.0)])
def test_human_neurons_mature_and_show_their_markers_as_much_later_as_the_setting_says(setting, stretch):
    human, mouse = _human(setting), lower(resolve(load_scenario("mouse_sedentary")))
    # Doublecortin for 21 d in a rodent: 136.5 d at the low setting.
    lost_h = {"dcx": 21.0 * 24.0}
    for name, age_h in lost_h.items():
        shown = human.markers.shown[human.markers.names.index(name), lineage.IMMATURE_LATE]
        edges = human.markers.edges_h
        assert edges[shown == 0][0] == pytest.approx(stretch * age_h)
        assert shown[edges < stretch * age_h].all()
    np.testing.assert_allclose(human.markers.edges_h, stretch * mouse.markers.edges_h)
    np.testing.assert_array_equal(human.markers.shown, mouse.markers.shown)
    np.testing.assert_allclose(human.parameters.stay_h, stretch * mouse.parameters.stay_h)


def test_a_number_that_the_run_does_not_read_cannot_be_overridden(lowered_of):
    with pytest.raises(InputError, match=r"does not read pathways\.induced\.induced_gain"):
        lowered_of(parameters={"pathways.induced.induced_gain": "2"})
    assert lowered_of(pathway="induced", parameters={"pathways.induced.induced_gain": "2"})


@pytest.mark.parametrize("scenario", ["mouse_sedentary", "human_daily_life"])
def test_a_sketch_knows_what_the_whole_would(scenario):
    """A check lays out no tissue and loads no kernel; what it says of a run is that of the whole."""
    resolved = prepare(scenario)
    whole, sketch = lowered(resolved), sketched(resolved)
    assert sketch.used == whole.used
    assert sketch.area_fraction == whole.area_fraction
    np.testing.assert_array_equal(sketch.schedule.intensity, whole.schedule.intensity)
    np.testing.assert_allclose(sketch.start, whole.start, rtol=1e-12)
    assert sketch.spacings_um == whole.spacings_um
