"""Rival models: their numbers, how they are counted, and how they stand on a score card."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neurogen_abm
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.studies.against_rivals import free_numbers, ours, pairwise, totals
from neurogen_abm.experiments.studies.observations import Observations
from neurogen_abm.experiments.studies.rivals import observed, rival_plans, unspoken
from neurogen_abm.experiments.studies.study import plans_of
from neurogen_abm.report.pages.score_card import as_markdown, as_text, write_page
from neurogen_abm.rivals.arm import Lived
from neurogen_abm.rivals.models import AGENTS, MODELS, RIVALS, chosen, rival
from neurogen_abm.spec.catalogue import load_catalogue
from neurogen_abm.spec.scenario.scenario import prepare

STUDY = {
    "schema": 1,
    "name": "small",
    "reference": {"citation": "Nobody 2000", "doi": None},
    "species": "mouse",
    "base": "mouse_sedentary",
    "changes": {"age": "8 wk", "duration": "21 d", "tissue": {"septotemporal": "300 um", "transverse": "200 um"}},
    "arms": {"control": {}, "runner": {"activity": [{"kind": "wheel", "distance": "5 km/d"}]}},
    "animals": 2,
    "labels": [{"agent": "BrdU", "dose": "150 mg/kg", "at": "0 d"}],
    "assays": [
        {"name": "new", "count": "BrdU+", "at": ["2 h", "7 d", "21 d"]},
        {"name": "cycling", "count": "Ki67+", "at": ["7 d", "21 d"]},
        {"name": "protein", "measure": "bdnf_hippocampus", "at": "7 d"},
    ],
    "expectations": [
        {"name": "more cells", "kind": "ratio", "read": "cycling", "arm": "runner", "at": "7 d", "over": "control",
         "value": 1.5, "tier": "A", "role": "calibration", "source": "abstract"},
        {"name": "labelled cells are lost", "kind": "ratio", "read": "new", "arm": "control", "at": "21 d",
         "over": {"at": "7 d"}, "value": 0.5, "tier": "A", "role": "test", "source": "abstract"},
        {"name": "more BDNF", "kind": "bound", "gt": 1, "read": "protein", "arm": "runner", "at": "7 d",
         "over": "control", "tier": "B", "role": "test", "source": "abstract"},
        {"name": "with distance", "kind": "correlation", "read": "cycling", "arm": "runner", "at": "7 d",
         "against": "distance_km", "sign": "positive", "tier": "B", "role": "test", "source": "abstract"},
    ],
}  # fmt: skip


def lived(name: str, **changes: object) -> Lived:
    """Return the small study's control arm, changed, under a rival."""
    base = {key: STUDY[key] for key in ("labels", "assays")} | dict(STUDY["changes"]) | changes  # type: ignore[call-overload]
    return Lived(rival(name).lineage(), prepare("mouse_sedentary", None, base), {"n_ki67": [168.0]})


@pytest.mark.parametrize("name", RIVALS)
def test_every_number_has_a_source_or_is_chosen(name: str) -> None:
    known, model = load_catalogue("mouse").references, rival(name)
    assert set(model.papers) <= set(known)
    for path, parameter in model.parameters.items():
        assert parameter.source is None or parameter.source in {*known, "calibration"}, path
    assert 5 <= len(model.free) <= 12


def test_published_numbers_are_those_that_were_read() -> None:
    """Second reading: b 0.48216 at t = 0, 0.48991 at 117.13 d; 17.5 h in 01-estimate_params.jl; svz_bast_tap, young."""
    value = {path: parameter.value for path, parameter in rival("stem_cell_ode").parameters.items()}
    assert value["stem.renewal"] == pytest.approx(0.48216, abs=1e-4)
    settling = math.log((1 - 2 * 0.4821605) / (1 - 2 * 0.4899055)) / 117.13
    assert value["stem.renewal_settling"] == pytest.approx(settling, rel=0.01)
    assert value["stem.cycle"] == pytest.approx(17.5 / math.log(2), rel=0.001)
    assert value["progenitor.two_progenitors"] == 0.259
    assert value["progenitor.one_progenitor"] == 0.26


def test_the_published_solution_is_found_again() -> None:
    """1,986 stem cells of which 47.4 % are active at t = 0 fall to 512 and 41.8 % on day 118."""
    published = {"stem.activation": 0.84256, "stem.deepening": 0.0019162}
    lineage = rival("stem_cell_ode").lineage(published)
    quiescent, active = 1986.3065 * (1 - 0.474127), 1986.3065 * 0.474127
    step_h = 0.5
    for n in range(round(118.0 * 24 / step_h)):
        age_h = (n + 0.5) * step_h
        left = quiescent * lineage.leaving(age_h) * step_h
        divided = active / lineage.chain.compartments[0].stay_h * step_h
        quiescent += lineage.renewal(age_h) * divided - left
        active += left - divided
    assert quiescent + active == pytest.approx(513.0, rel=0.02)
    assert active / (quiescent + active) == pytest.approx(0.4184, rel=0.02)


@pytest.mark.parametrize("name", RIVALS)
def test_label_rises_with_division_and_falls_with_death(name: str) -> None:
    counts = dict(lived(name).assays["new"])
    assert 0.0 < counts[2.0] < counts[168.0]
    assert counts[504.0] < counts[168.0]


def test_label_is_taken_up_by_the_share_in_s_phase() -> None:
    """Exponential cycles of mean T: of all that divide, exp(-a / T) - exp(-b / T) are a to b hours before mitosis."""
    found = lived("ziebell2018")
    eyes, run = found._eyes, found._run
    takes = eyes.takes_up("BrdU", 1.0, stem=False, before_h=0.0)
    first, last = eyes.uptake.s_end_h, eyes.uptake.s_end_h + eyes.uptake.s_phase_h
    stays = [part.stay_h for part in run.lineage.chain.compartments]
    assert takes == pytest.approx([0.0, *(math.exp(-first / stay) - math.exp(-last / stay) for stay in stays)])


def test_ki67_is_between_those_in_synthesis_and_all_that_cycle() -> None:
    found = lived("bellman_harris")
    (_, cycling), run = found.series["n_ki67"][0], found._run
    assert 0.4 * run.all.cycling.sum() < cycling < 1.2 * run.all.cycling.sum()
    assert dict(found.assays["cycling"])[168.0] == pytest.approx(cycling)


def test_a_patch_holds_its_share_of_a_gyrus() -> None:
    small, large = (
        lived("ziebell2018", tissue={"septotemporal": f"{n} um", "transverse": "200 um"}) for n in (300, 600)
    )
    assert dict(large.assays["cycling"])[168.0] == pytest.approx(2 * dict(small.assays["cycling"])[168.0], rel=0.02)


def test_unknown_model_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="not a known model") as refused:
        neurogen_abm.study("vanpraag1999_nn", models=["ziebel2018"])
    assert "ziebell2018" in str(refused.value.cure)
    assert chosen(["all"]) == MODELS
    assert chosen([]) == (AGENTS,)


def test_study_of_bdnf_alone_is_refused() -> None:
    with pytest.raises(InputError, match="It has no bdnf") as refused:
        neurogen_abm.study("soya2007_bout", models=["bellman_harris"])
    assert refused.value.code == "no-jobs"


def test_a_posterior_of_rivals_alone_is_refused() -> None:
    with pytest.raises(InputError, match="which was not asked for") as refused:
        neurogen_abm.study("vanpraag1999_nn", models=["ziebell2018"], posterior=4)
    assert "agents" in str(refused.value.cure)


def test_what_has_no_word_is_not_spoken() -> None:
    reasons = {}
    for source in ("sairanen2005", "kobilo2011", "snyder2009_species", "schmolesky2013_serum"):
        (entry,) = plans_of([source], None, 1)
        reasons[source] = {unspoken(expectation, entry.arms) for expectation in entry.study.expectations}
    assert reasons["sairanen2005"] == {"It has no signal to knock out."}
    assert {"", "It has no enrichment."} == reasons["kobilo2011"]
    assert "It knows no species and strains apart." in reasons["snyder2009_species"]
    assert reasons["schmolesky2013_serum"] == {"It is no model of the human."}


def test_rivals_alone_make_a_card(tmp_path: Path) -> None:
    found = neurogen_abm.study(STUDY, models=list(RIVALS))
    card = found.card
    assert set(card["model"]) == set(RIVALS)
    assert card.groupby("model")["verdict"].apply(lambda part: (part == "not spoken").sum()).tolist() == [2, 2, 2]
    spoken = card[card["verdict"] != "not spoken"]
    assert spoken["log_score"].notna().all()
    assert (spoken["animals"] == 1).all()
    assert card.loc[card["expectation"] == "more BDNF", "not_spoken"].str.contains("bdnf").all()
    assert (spoken.loc[spoken["expectation"] == "more cells", "simulated"] > 1.0).all()
    assert "speaks on 2 of 4 findings" in as_text(card, found.plans)
    assert "## Rival models" in as_markdown(card, found.plans)
    assert write_page(tmp_path / "card.html", card, found.rivals, found.plans).stat().st_size > 10_000


def made(scores: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Return a card with log scores by model and finding; NaN is not spoken."""
    return pd.DataFrame(
        {
            "model": model, "pathway": model, "study": name[0], "expectation": name, "role": "test", "assay": "ki67",
            "verdict": "not spoken" if math.isnan(score) else "pass" if score > -1 else "fail",
            "log_score": score, "null_no_effect": -3.0,
        }
        for model, own in scores.items()
        for name, score in own.items()
    )  # fmt: skip


def test_gains_are_of_findings_that_both_speak_on() -> None:
    card = made(
        {
            AGENTS: {"a1": 0.0, "a2": -1.5, "b1": -1.0, "b2": -9.0},
            "ziebell2018": {"a1": -1.0, "a2": -1.5, "b1": -3.0, "b2": math.nan},
        }
    )
    row = pairwise(card).set_index("findings").loc["all"]
    assert (row["n"], row["papers"], row["gain"], row["total"]) == (3, 2, 1.0, 3.0)
    # Papers say +1 (0.5 a finding) and +2: residuals -1 and 1, so that the error is sqrt(2 * 2) / 3.
    assert row["error"] == pytest.approx(2.0 / 3.0)
    assert len(ours(card)) == 4


def test_totals_say_what_each_free_number_buys() -> None:
    row = totals(made({"bellman_harris": {"a1": -0.5, "a2": math.nan}}), ()).iloc[0]
    free = len(rival("bellman_harris").free)
    assert (row["findings"], row["spoken"], row["pass"], row["free_numbers"]) == (2, 1, 1, free)
    assert row["gained_per_free"] == pytest.approx(2.5 / free)


def test_free_numbers_of_ours_are_those_that_were_calibrated() -> None:
    plans = plans_of([STUDY], None, 1)
    found = free_numbers(plans, AGENTS, plans[0].pathway)
    calibrated = [p for p in load_catalogue("mouse").parameters.values() if p.status == "calibrated"]
    assert 10 < found <= sum(np.size(parameter.value) for parameter in calibrated)


def test_rivals_are_planned_once_whatever_the_pathways() -> None:
    plans = plans_of([STUDY], "all", 1)
    assert len(plans) > 2
    assert [entry.pathway for entry in rival_plans(plans, RIVALS)] == list(RIVALS)


def test_observations_hold_one_animal_for_each_arm() -> None:
    (entry,) = plans_of([STUDY], None, 1)
    found = observed(entry.arms, entry.study.expectations[:1], rival("ziebell2018").lineage())
    assert isinstance(found, Observations)
    assert {name: len(jobs) for name, jobs in found.jobs.items()} == {"control": 1, "runner": 1}
