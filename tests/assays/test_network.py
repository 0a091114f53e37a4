"""The dentate gyrus as a network: worked by hand, in analytic limits, and as a read-out that changes no cell."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from neurogen_abm import run
from neurogen_abm.assays.network import (
    Contacts,
    Layer,
    Traits,
    active,
    contacts,
    correlations,
    drive,
    entorhinal_patterns,
    layer_of,
    learned,
    separation_curve,
    traits_of,
)
from neurogen_abm.errors import InputError
from neurogen_abm.lowering.network import Network, lower_network
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.scenario.histology import LEARNING_RULES, NETWORK_MEASURES, Assay
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve

CATALOGUE = load_catalogue("mouse")
SEED = 7


def network(n_granule: int = 6000, **changes: Any) -> Network:
    """Return the network of the catalogue, some numbers changed: ``young__recruitment`` for young.recruitment."""
    dotted = {f"network.{path.replace('__', '.')}": value for path, value in changes.items()}
    value = lambda path, unit: dotted.get(path, CATALOGUE.value(path, unit))  # noqa: E731
    return lower_network(value, value, n_granule)


def layer(n_mature: int, n_young: int = 0, age_d: float = 28.0, of: Network | None = None) -> Layer:
    """Return mature cells of development, and young ones of one age."""
    ids = np.concatenate([-1 - np.arange(n_mature), 1000 + np.arange(n_young)])
    age_h = np.concatenate([np.full(n_mature, np.inf), np.full(n_young, 24.0 * age_d)])
    return layer_of(ids, age_h, of or network())


def by_hand(threshold: float, recruitment: list[float] | None = None, received: float = 1.0, n: int = 4) -> Traits:
    """Return traits with which every active cell brings an inhibition of 1 (``plain``, below)."""
    return Traits(
        np.full(n, 1), np.full(n, threshold), np.full(n, received), np.array(recruitment or [1.0] * n), np.zeros(n), 1.0
    )


def plain(n: int = 4) -> Network:
    """Return a network in which each active cell brings an inhibition of 1, where the strength is 1."""
    return network()._replace(usual_cells=n, active_share=1.0 / n)


# Who fires, worked by hand


@pytest.mark.parametrize(
    ("drives", "recruitment", "received", "fires"),
    [
        # Two fire: I = 2; 5 > 1 + 2, 4 > 1 + 2, and 3 is not above 1 + 2.
        ([5.0, 4.0, 3.0, 2.0], None, 1.0, [True, True, False, False]),
        # Of two that bear the same, both fire or none: one would leave I = 2 and 3 > 1 + 2 is false.
        ([5.0, 3.0, 3.0, 0.0], None, 1.0, [True, False, False, False]),
        # The first recruits three times as much, and holds all others back.
        ([5.0, 4.0, 3.0, 2.0], [3.0, 1.0, 1.0, 1.0], 1.0, [True, False, False, False]),
        # Where inhibition does not reach, all that pass the threshold fire.
        ([5.0, 4.0, 3.0, 1.0], None, 0.0, [True, True, True, False]),
        ([0.5, 0.4, 0.0, 0.0], None, 1.0, [False] * 4),
    ],
)
def test_four_cells_worked_by_hand(drives, recruitment, received, fires) -> None:
    traits = by_hand(1.0, recruitment, received)
    assert active(np.array(drives)[:, None], traits, plain())[:, 0].tolist() == fires


def test_a_silenced_cell_frees_others() -> None:
    """Without the first of [5, 4, 3, 2] two others fire: I = 2, and 3 > 1 + 2 is false; so only the second."""
    traits, drives = by_hand(1.0), np.array([[5.0], [4.0], [3.0], [2.0]])
    silenced = np.array([True, False, False, False])
    assert active(drives, traits, plain(), silenced)[:, 0].tolist() == [False, True, False, False]
    assert active(np.array([[5.0], [4.5], [4.0], [2.0]]), traits, plain(), silenced)[:, 0].tolist()[1:3] == [True, True]


def test_three_contacts_worked_by_hand() -> None:
    """Cell 0 hears entorhinal cell 1 twice (0.5 and 1.5) and 3 once (2); a mature cell has 3 x 0.5 contacts driven."""
    wired = Contacts(np.array([[1, 1, 3], [0, 2, 0]], np.int32), np.array([[0.5, 1.5, 2.0], [1.0, 1.0, 0.0]]))
    shown = np.array([[False, True, False, False], [True, True, False, True]])
    found = drive(wired, shown, network()._replace(n_entorhinal=4, afferents=3, entorhinal_share=0.5))
    assert found.tolist() == [[2.0 / 1.5, 4.0 / 1.5], [0.0, 1.0 / 1.5]]


def test_correlation_of_sets_is_that_of_vectors() -> None:
    generator = np.random.default_rng(1)
    one, other = generator.random((50, 8)) < 0.3, generator.random((50, 8)) < 0.5
    wanted = [np.corrcoef(a, b)[0, 1] for a, b in zip(one.T, other.T, strict=True)]
    assert correlations(one, other) == pytest.approx(wanted)
    assert np.isnan(correlations(np.zeros((9, 1), np.bool_), np.ones((9, 1), np.bool_))).all()


@settings(max_examples=60)
@given(st.integers(0, 2**31), st.integers(1, 3000), st.floats(0.0, 3.0))
def test_activity_and_inhibition_agree(seed: int, n: int, recruitment: float) -> None:
    """Who fires bears the inhibition there is; who does not could not bear it with what it would itself add."""
    generator = np.random.default_rng(seed)
    drives, received = generator.lognormal(0.0, 0.6, n), generator.random(n) + 0.01
    traits = Traits(np.ones(n), np.full(n, 0.5), received, np.full(n, recruitment), np.zeros(n), 1.0)
    shown = network()._replace(usual_cells=n, active_share=0.05)
    fires = active(drives[:, None], traits, shown)[:, 0]
    each = recruitment / (n * 0.05)
    inhibition = each * fires.sum()
    bears = (drives - 0.5) / received
    assert (bears[fires] > inhibition * (1 - 1e-9)).all()
    assert (bears[~fires] <= (inhibition + each) * (1 + 1e-9) + 1e-12).all()


# Invariants


def test_one_pattern_twice_is_one_answer_and_unlike_ones_stay_unlike() -> None:
    """Correlation 1 in gives exactly 1 out; of unrelated patterns the answers of 6000 cells correlate by 0.01 or so."""
    curve = separation_curve(layer(5500, 500), network(test__similarities=[0.0, 1.0 - 1e-9]), SEED)
    assert curve.correlation[1] == 1.0
    assert curve.similarity[1] == 1.0
    assert abs(curve.similarity[0]) < 0.01
    assert abs(curve.correlation[0]) < 0.03


@pytest.mark.parametrize("rule", [None, *LEARNING_RULES])
def test_the_order_of_rows_changes_nothing(rule: str | None) -> None:
    shown = network(test__patterns=4)
    cells = layer(2500, 300, 35.0, shown)
    order = np.random.default_rng(2).permutation(len(cells.id))
    again = layer_of(cells.id[order], cells.age_h[order], shown)
    one, other = (separation_curve(some, shown, SEED, learning=rule) for some in (cells, again))
    np.testing.assert_array_equal(one.correlation, other.correlation)
    assert one[2:] == other[2:]


@pytest.mark.parametrize("rule", [None, *LEARNING_RULES])
def test_silencing_nobody_changes_nothing(rule: str | None) -> None:
    shown = network(test__patterns=4)
    cells = layer(2500, of=shown)
    curve, silenced = (separation_curve(cells, shown, SEED, learning=rule, silence=who) for who in (None, "young"))
    np.testing.assert_array_equal(curve.correlation, silenced.correlation)
    assert math.isnan(silenced.young_active)
    assert silenced.n_young == 0


def test_silenced_cells_might_as_well_not_be_there() -> None:
    """Neither firing nor recruiting, they only add silent rows: those who fire are the same."""
    shown = network(test__patterns=4)
    whole, mature = layer(2500, 300, of=shown), layer(2500, of=shown)
    firing = []
    for cells in (whole, mature):
        traits = traits_of(cells, shown)
        excited = drive(contacts(cells.id, traits.afferents, shown, SEED), entorhinal_patterns(shown).firing[0], shown)
        firing.append(active(excited, traits, shown, cells.young))
    assert not firing[0][whole.young].any()
    np.testing.assert_array_equal(firing[0][~whole.young], firing[1])


def test_contacts_go_by_the_cell_and_grow_with_it() -> None:
    """Alone or among others, a cell is wired alike; a young one has the first of its later contacts; seeds differ."""
    shown = network()
    ids = np.array([-5, 3, 2**62 + 1])
    all_of = np.full(3, shown.afferents)
    whole = contacts(ids, all_of, shown, SEED)
    alone = contacts(ids[1:2], all_of[:1], shown, SEED)
    young = contacts(ids, np.array([40, 40, 0]), shown, SEED)
    np.testing.assert_array_equal(whole.source[1:2], alone.source)
    np.testing.assert_array_equal(whole.strength[:2, :40], young.strength[:2, :40])
    assert not young.strength[:2, 40:].any()
    assert not young.strength[2].any()
    assert (contacts(ids, all_of, shown, SEED + 1).source != whole.source).mean() > 0.9
    assert whole.source.min() >= 0
    assert whole.source.max() < shown.n_entorhinal


def test_strengths_have_the_mean_and_spread_of_the_catalogue() -> None:
    """160,000 contacts: the mean to 0.5 % (four standard errors), the coefficient of variation to 2 %."""
    shown = network()
    strength = contacts(np.arange(2000), np.full(2000, shown.afferents), shown, SEED).strength
    assert strength.mean() == pytest.approx(1.0, abs=0.006)
    assert strength.std() == pytest.approx(shown.weight_variation, rel=0.03)


def test_traits_go_from_young_to_mature_in_a_straight_line() -> None:
    shown = network()
    ages_wk = np.array([2.0, 4.0, 6.0, 8.0, 30.0, np.inf])
    cells = layer_of(np.arange(6), ages_wk * 168.0, shown)
    traits, young = traits_of(cells, shown), shown.young
    middle = (1.0 + young.recruitment) / 2
    assert traits.recruitment.tolist() == [young.recruitment, young.recruitment, middle, 1.0, 1.0, 1.0]
    assert traits.afferents.tolist() == [40, 40, 60, 80, 80, 80]
    assert cells.young.tolist() == [True, True, True, False, False, False]
    assert (np.diff(traits.threshold) >= 0).all()
    rates = shown.plasticity
    assert traits.learning_rate[[0, 1, 3]] == pytest.approx([rates.rate_young, rates.rate_young, rates.rate_mature])


# Limits that can be calculated


def test_without_inhibition_the_overlap_is_that_of_two_normal_drives() -> None:
    """Random wiring and many contacts: drives are normal, with the correlation that the shared afferents give them.

    Of 20 pairs and 8000 cells a mean correlation is known to 0.006; 0.03 is five times that.
    """
    numbers = {"entorhinal__cells": 2000, "entorhinal__active_share": 0.4, "mature__afferents": 200}
    limits = {"mature__feedback_share": 0.0, "mature__active_share": 0.05, "test__similarities": [0.3, 0.6, 0.9]}
    shown = network(8000, **numbers, **limits)
    curve = separation_curve(layer(8000, of=shown), shown, SEED)
    p, s, second_moment = shown.entorhinal_share, 0.05, 1.0 + shown.weight_variation**2
    overlap = p**2 + curve.similarity * p * (1.0 - p)
    rho = (second_moment * overlap - p**2) / (second_moment * p - p**2)
    z = norm.ppf(s)
    both = np.array([multivariate_normal.cdf([z, z], cov=[[1.0, r], [r, 1.0]]) for r in rho])
    assert curve.correlation == pytest.approx((both - s * s) / (s * (1.0 - s)), abs=0.03)
    assert curve.mature_active == pytest.approx(s, rel=0.05)


def test_a_mature_layer_is_as_active_as_the_catalogue_says() -> None:
    """20 patterns by 6000 cells: 2 % of them to within 2 % by chance, and as much of the reference layer."""
    curve = separation_curve(layer(6000), network(), SEED)
    assert curve.mature_active == pytest.approx(0.02, rel=0.1)


def test_young_cells_fire_more_and_what_they_recruit_holds_mature_ones_back() -> None:
    shares = []
    for recruitment in (0.0, 1.0, 4.0):
        shown = network(young__recruitment=recruitment)
        curve = separation_curve(layer(5500, 500, 35.0, shown), shown, SEED)
        assert curve.young_active > 1.3 * curve.mature_active
        shares.append(curve.mature_active)
    assert shares[0] > shares[1] > shares[2]


def test_the_sign_turns_with_what_young_cells_are_like() -> None:
    """Where they recruit much and fire little they help; excitable and as richly innervated as others they do not."""
    gains = []
    for changes in ({"young__recruitment": 4.0}, {"young__afferents": 1.0}):
        shown = network(**changes)
        cells = layer(5500, 500, of=shown)
        whole, silenced = (separation_curve(cells, shown, SEED, silence=who) for who in (None, "young"))
        gains.append(whole.separation - silenced.separation)
    assert gains[0] > 0.001
    assert gains[1] < -0.02


# Learning


def test_hebbian_learning_keeps_the_sum_and_moves_only_cells_that_fire() -> None:
    wired = Contacts(np.array([[0, 1, 2, 3], [0, 1, 2, 3]], np.int32), np.array([[1.0, 1.0, 1.0, 1.0], [0.1] * 4]))
    shown = network()._replace(n_entorhinal=4, afferents=4, entorhinal_share=0.5, usual_cells=2, active_share=0.5)
    traits = by_hand(0.5, n=2)._replace(learning_rate=np.array([0.5, 0.5]), strength=0.0)
    after = learned(wired, np.array([[True, True, False, False]]), traits, shown, "hebbian").strength
    assert after[0].tolist() == [1.5, 1.5, 0.5, 0.5]  # halfway to [2, 2, 0, 0]
    assert after[1].tolist() == [0.1] * 4
    assert wired.strength[0].tolist() == [1.0] * 4


def test_bcm_weakens_below_the_threshold_and_strengthens_above() -> None:
    """Drives of 1 and 0.25 (2 and 0.5 of contacts, over 2) against thresholds of 0.5: y is 2 and 0.5."""
    wired = Contacts(np.array([[0, 1, 2], [0, 1, 2]], np.int32), np.array([[1.0, 1.0, 7.0], [0.25, 0.25, 7.0]]))
    shown = network()._replace(n_entorhinal=4, afferents=4, entorhinal_share=0.5, usual_cells=2, active_share=0.5)
    traits = by_hand(0.5, n=2)._replace(learning_rate=np.array([0.1, 0.1]), strength=0.0)
    after = learned(wired, np.array([[True, True, False, False]]), traits, shown, "bcm").strength
    assert after[0] == pytest.approx([1.2, 1.2, 7.0])  # 1 + 0.1 * 2 * (2 - 1)
    assert after[1] == pytest.approx([0.25 * 0.975, 0.25 * 0.975, 7.0])  # 1 + 0.1 * 0.5 * (0.5 - 1)


@pytest.mark.parametrize("rule", LEARNING_RULES)
def test_nobody_learns_at_a_rate_of_zero(rule: str) -> None:
    shown = network(test__patterns=3, learning__rate_young=0.0, learning__rate_mature=0.0)
    cells = layer(2000, 200, of=shown)
    never, once = (separation_curve(cells, shown, SEED, learning=how) for how in (None, rule))
    np.testing.assert_array_equal(never.correlation, once.correlation)


# In an animal


def test_the_network_changes_no_cell_and_reads_as_in_python(patch) -> None:
    quick = {"network.test.patterns": {"value": 4, "why": "quick"}}
    asked = [{"name": measure, "measure": measure, "at": ["0 d", "4 d"]} for measure in NETWORK_MEASURES]
    asked += [{"name": "quiet", "measure": "pattern_separation", "silence": "young", "at": "4 d"}]
    asked += [{"name": "taught", "measure": "pattern_discrimination", "learning": "hebbian", "at": "4 d"}]
    looked, unseen = run(patch(parameters=quick, assays=asked)), run(patch())
    for name in ("cells", "series", "map"):
        pd.testing.assert_frame_equal(getattr(looked, name), getattr(unseen, name), check_exact=True)
    values = looked.assays.set_index(["name", "day"])["count"]
    assert np.isfinite(values).all()
    curves = looked.patterns.assign(lost=looked.patterns["similarity"] - looked.patterns["correlation"])
    lost = curves.groupby(["day", "silence", "learning"])["lost"].mean()
    assert len(lost) == 4  # once for each way and time, whatever number of assays read it
    assert lost[4.0, "none", "none"] == pytest.approx(values["pattern_separation", 4.0])
    assert lost[4.0, "young", "none"] == pytest.approx(values["quiet", 4.0])
    assert unseen.patterns.empty
    assert values["young_active_share", 4.0] > values["mature_active_share", 4.0]
    model = NeurogenesisModel(patch(parameters=quick, assays=asked))
    model.run_model()
    assert model.histology.patterns().separation == values["pattern_separation", 4.0]
    assert model.histology.patterns(silence="young").separation == values["quiet", 4.0]
    assert model.histology.patterns(learning="hebbian").discrimination == values["taught", 4.0]
    assert {"network.young.recruitment", "network.learning.rate_young"} <= set(model.used_parameters)


def test_the_layer_is_the_granule_cells_of_the_animal(lived) -> None:
    model = lived()
    cells, _ = model.histology.layer()
    last = model.series_frame().iloc[-1]
    assert (cells.id < 0).sum() == model.world.n_developmental
    assert (cells.id > 0).sum() == last["n_maturing"] + last["n_mature"]
    assert len(np.unique(cells.id)) == len(cells.id)
    assert np.isinf(cells.age_h[cells.id < 0]).all()
    assert 0 < cells.young.sum() <= last["n_maturing"] + last["n_mature"]


def test_a_large_layer_is_read_in_some_columns_the_same_at_every_time(patch) -> None:
    few = {
        "network.test.most_cells": {"value": 3000, "why": "quick"},
        "network.test.least_active": {"value": 1, "why": "quick"},
    }
    assay = [{"name": "s", "measure": "pattern_separation", "at": "0 d"}]
    model = NeurogenesisModel(patch(parameters=few, assays=assay))
    whole, (early, network_read) = len(NeurogenesisModel(patch()).histology.layer()[0].id), model.histology.layer()
    assert len(early.id) == pytest.approx(3000, rel=0.2)
    assert len(early.id) < 0.4 * whole
    model.run_model()
    later, _ = model.histology.layer()
    assert np.isin(later.id[later.id < 0], early.id).all()
    assert network_read.usual_cells == 3000


# What is refused


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tissue": {"septotemporal": "60 um", "transverse": "60 um"}}, "too-few-cells"),
        ({"parameters": {"network.learning.rate_young": 0.1}}, "unread-parameter"),
        ({"parameters": {"network.young.until_age": {"value": "3 wk", "why": "test"}}}, "out-of-order"),
        ({"parameters": {"network.entorhinal.active_share": {"value": 0.8, "why": "test"}}}, "out-of-range"),
    ],
)
def test_what_does_not_fit_is_refused_before_it_runs(patch, changes, code) -> None:
    asked = [{"name": "s", "measure": "pattern_separation", "at": "1 d"}]
    with pytest.raises(InputError) as caught:
        NeurogenesisModel(patch(assays=asked) | changes)
    assert caught.value.code == code
    assert caught.value.cure


@pytest.mark.parametrize(
    ("assay", "code", "key"),
    [
        ({"measure": "pattern_separation", "silence": "old"}, "unknown-name", "silence"),
        ({"measure": "pattern_separation", "learning": "hebian"}, "unknown-name", "learning"),
        ({"measure": "pattern_separation", "since": "1 d"}, "bad-pair", "assays"),
        ({"measure": "pattern_separation", "age": ["1 d", "2 d"]}, "bad-pair", "assays"),
        ({"measure": "cycle_length", "silence": "young"}, "bad-pair", "assays"),
        ({"count": "neuron", "learning": "bcm"}, "bad-pair", "assays"),
        ({"measure": "pattern_seperation"}, "unknown-measure", "measure"),
    ],
)
def test_options_belong_to_the_network(patch, assay, code, key) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(patch(assays=[{"name": "s", "at": "2 d"} | assay]))
    assert caught.value.code == code
    assert key in caught.value.where
    assert caught.value.cure


def test_who_has_no_young_neurons_has_none_to_silence() -> None:
    human = {"name": "h", "species": "human", "age": "30 yr", "duration": "2 d", "neurogenesis": "none"}
    for assay in ({"measure": "pattern_separation", "silence": "young"}, {"measure": "young_active_share"}):
        with pytest.raises(InputError) as caught:
            resolve(load_scenario(human | {"assays": [{"name": "s", "at": "1 d"} | assay]}))
        assert caught.value.code == "no-such-cells"


def test_an_assay_that_does_not_use_them_is_written_without_the_later_keys() -> None:
    """Digests of scenarios from before the keys stay."""
    assert not {"silence", "learning"} & set(Assay(name="a", count="BrdU+", at="1 d").model_dump(by_alias=True))
    asked = Assay(name="a", measure="pattern_separation", silence="young", at="1 d").model_dump(by_alias=True)
    assert asked["silence"] == "young"
    assert "learning" not in asked


@pytest.mark.parametrize("wrong", [{"silence": "old"}, {"learning": "hebian"}])
def test_python_refuses_what_it_does_not_know(lived, wrong) -> None:
    with pytest.raises(InputError) as caught:
        lived().histology.patterns(**wrong)
    assert caught.value.code == "unknown-name"
