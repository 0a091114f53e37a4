"""Posteriors as files: what is written comes back, and what does not belong is refused by name."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from neurogen_abm.errors import InputError
from neurogen_abm.explanation import explanation
from neurogen_abm.run import prepare
from neurogen_abm.spec.posterior import Posterior, PosteriorError, as_bytes, held, read, shipped, shipped_names
from neurogen_abm.storage.posteriors import write

ACTIVATION = "signals.bdnf.effects.activation.towards"
COUNT = "lineage.stem.initial_count"
CLEARANCE = "lineage.clearance.time"
LOSS = "signals.bdnf.effects.activation.habituation.loss"
TONE = "signals.bdnf.effects.disinhibited_activation.towards"
RECORD = b"neurogen_abm.posterior"


def made(n=4, **changes):
    """Return a posterior that nobody has fitted, for tests."""
    sedentary = prepare("mouse_sedentary")
    middle = sedentary.parameters[CLEARANCE].value
    draws = pd.DataFrame({CLEARANCE: middle * np.linspace(0.9, 1.1, n), ACTIVATION: np.linspace(1.5, 2.5, n)})
    given = {"species": "mouse", "pathway": sedentary.scenario.pathway, "fit": "made-up", "draws": draws}
    given["mechanisms"] = sedentary.scenario.mechanisms
    return Posterior(**given | {"catalogue": held(sedentary, (COUNT, ACTIVATION))} | changes)


def faulty(call, *args):
    with pytest.raises(PosteriorError) as caught:
        call(*args)
    assert caught.value.cure
    return caught.value


def test_what_is_written_comes_back(tmp_path):
    one = made()
    file = write(one, tmp_path / "deep" / "mine.parquet")
    other = read(file)
    pd.testing.assert_frame_equal(other.draws, one.draws)
    assert (other.species, other.pathway, other.fit) == (one.species, one.pathway, one.fit)
    assert other.catalogue == dict(one.catalogue)
    assert other.units == dict(one.units)
    assert as_bytes(other) == as_bytes(one)
    assert len(other) == 4


def test_a_draw_sets_the_numbers_of_a_scenario_and_what_is_set_by_hand_wins():
    one = made()
    animal = one.drawn(prepare("mouse_wheel_running"), 3)
    assert animal.value(ACTIVATION, "1") == 2.5
    assert animal.parameters[CLEARANCE].value == one.draws[CLEARANCE][3]
    assert "draw 3 of the posterior made-up" in animal.parameters[CLEARANCE].note
    mine = prepare("mouse_wheel_running", overrides={ACTIVATION: "1.9", COUNT: "9000 cells"})
    assert one.drawn(mine, 3).value(ACTIVATION, "1") == 1.9
    one.require_fit(mine)
    first, second = one.sentences(mine)
    assert first == f"1 of 2 parameters are yours: {ACTIVATION}."
    assert COUNT in second
    assert one.sentences(prepare("mouse_sedentary")) == []


def test_draws_do_not_depend_on_how_many_are_asked_for():
    one = made(9)
    assert one.first(3).changes(2) == one.changes(2)
    assert "10" in faulty(one.first, 10).what
    assert faulty(one.first, 1).code == "out-of-range"
    assert faulty(one.changes, 9).code == "out-of-range"


def test_a_strain_is_no_other_catalogue_and_is_said():
    one, dba = made(), prepare("mouse_sedentary", overrides={"strain": "DBA/2"})
    assert dba.parameters[COUNT].value != one.catalogue[COUNT]
    one.require_fit(dba)
    assert one.drawn(dba, 1).parameters[COUNT].value == dba.parameters[COUNT].value
    assert COUNT in one.sentences(dba)[0]
    assert "DBA/2" in one.sentences(dba)[0]


def test_a_posterior_belongs_to_its_mechanisms(tmp_path):
    """It draws their numbers, is taken by scenarios with exactly these, and says to others what to write."""
    names = ("loss_of_gain", "gaba_tone")
    both = prepare("mouse_wheel_running", overrides={"mechanisms": list(names)})
    draws = pd.DataFrame({LOSS: [3.0, 5.0], ACTIVATION: [2.0, 3.0]})
    one = made(draws=draws, mechanisms=names, catalogue=held(both, (COUNT, TONE)))
    other = read(write(one, tmp_path / "mine.parquet"))
    assert other.mechanisms == ("gaba_tone", "loss_of_gain")
    assert as_bytes(other) == as_bytes(one)
    assert other.first(2).mechanisms == other.mechanisms
    assert other.drawn(both, 1).value(LOSS, "1") == 5.0
    other.require_fit(both)
    for mine in ([], ["loss_of_gain"], ["loss_of_gain", "gaba_tone", "deepening_quiescence"]):
        fault = faulty(other.require_fit, prepare("mouse_wheel_running", overrides={"mechanisms": mine}))
        assert fault.code == "other-mechanisms"
        assert "mechanisms: [gaba_tone, loss_of_gain]" in fault.cure
    assert faulty(lambda: made(mechanisms=("loss_of_gian",))).code == "unknown-mechanism"
    assert (
        faulty(lambda: made(draws=draws, mechanisms=())).code == "unknown-parameter"
    )  # a number of a mechanism that is off
    without = json.loads(parquet.read_schema(pa.BufferReader(as_bytes(made(mechanisms=())))).metadata[RECORD])
    assert without["format"] == 1  # what earlier versions read too
    assert "mechanisms" not in without
    assert json.loads(parquet.read_schema(pa.BufferReader(as_bytes(one))).metadata[RECORD])["format"] == 2


def test_shipped_posteriors_are_found_by_their_rules():
    fault = faulty(shipped, "mouse", "circulating", ("maturation_over_weeks",))
    assert fault.code == "no-posterior"
    assert "with the mechanisms maturation_over_weeks" in fault.what
    for name in shipped_names("mouse"):
        pathway, *mechanisms = name.split("+")
        one = shipped("mouse", pathway, mechanisms[::-1])
        assert (one.pathway, list(one.mechanisms)) == (pathway, mechanisms)
        one.require_fit(prepare("mouse_wheel_running", overrides={"pathway": pathway, "mechanisms": mechanisms}))


def test_a_name_is_no_scenario():
    for call in (made().drawn, made().require_fit):
        with pytest.raises(InputError, match="not a ResolvedScenario"):
            call("mouse_sedentary", *[1][: call.__name__ == "drawn"])


def test_what_a_strain_has_of_its_own_is_not_drawn():
    dba = prepare("mouse_sedentary", overrides={"strain": "DBA/2", "mechanisms": []})
    one = Posterior("mouse", "circulating", "made-up", pd.DataFrame({COUNT: [1e4, 2e4], CLEARANCE: [1.2, 1.4]}), {})
    assert one.left_free(dba) == (CLEARANCE,)
    drawn = one.drawn(dba, 1)
    assert drawn.parameters[COUNT].value == dba.parameters[COUNT].value
    assert drawn.parameters[CLEARANCE].value == 1.4
    nothing = Posterior("mouse", "circulating", "made-up", pd.DataFrame({COUNT: [1e4, 2e4]}), {})
    assert "its strain" in faulty(nothing.require_fit, dba).what


def test_other_species_pathway_and_catalogue_are_refused():
    one = made()
    assert (
        faulty(one.require_fit, prepare("mouse_sedentary", overrides={"pathway": "activity"})).code == "other-pathway"
    )
    rat = prepare("mouse_sedentary", overrides={"species": "rat", "strain": None, "age": "8 wk"})
    assert faulty(one.require_fit, rat).code == "other-species"
    older = made(catalogue={COUNT: 123.0, CLEARANCE: 1.0, ACTIVATION: 9.0})
    fault = faulty(older.require_fit, prepare("mouse_sedentary"))
    assert fault.code == "other-catalogue"
    assert f"{COUNT} is" in fault.what
    assert "was 123" in fault.what
    assert CLEARANCE not in fault.what  # it is drawn, so that its value in the catalogue does not matter
    gone = made(catalogue={"lineage.gone": 1.0}, units={**made().units, "lineage.gone": "1"})
    assert "lineage.gone is no parameter any more" in faulty(gone.require_fit, prepare("mouse_sedentary")).what
    another = made(units={**made().units, CLEARANCE: "wk"})
    assert f"{CLEARANCE} is in" in faulty(another.require_fit, prepare("mouse_sedentary")).what
    switched = prepare("mouse_sedentary", overrides={"mechanisms": ["loss_of_gain"]})
    assert faulty(one.require_fit, switched).code == "other-mechanisms"
    both = prepare("mouse_sedentary", overrides={ACTIVATION: "1.9", CLEARANCE: "1.4 h"})
    assert faulty(one.require_fit, both).code == "no-effect"


def test_what_the_package_does_not_ship_is_refused_with_what_it_does():
    fault = faulty(shipped, "mouse", "no_such_pathway")
    assert fault.code == "no-posterior"
    assert faulty(shipped, "unicorn", "activity").code == "unknown-species"


@pytest.mark.parametrize(
    ("draws", "code"),
    [
        (pd.DataFrame({ACTIVATION: [1.0]}), "out-of-range"),
        (pd.DataFrame(index=range(3)), "bad-columns"),
        (pd.DataFrame(np.ones((3, 2)), columns=[ACTIVATION, ACTIVATION]), "bad-columns"),
        (pd.DataFrame({"no.such": [1.0, 2.0]}), "unknown-parameter"),
        (pd.DataFrame({ACTIVATION: [1.0, np.nan]}), "not-finite"),
        (pd.DataFrame({ACTIVATION: [1.0, np.inf]}), "not-finite"),
        (pd.DataFrame({ACTIVATION: ["one", "two"]}), "wrong-type"),
        (pd.DataFrame({ACTIVATION: [True, False]}), "wrong-type"),
        (pd.DataFrame({ACTIVATION: [1.0, 2.0]}, index=[5, 6]), "bad-index"),
        (pd.DataFrame({"physiology.wheel.hourly_share": [1.0, 2.0]}), "wrong-shape"),
    ],
)
def test_draws_that_are_none_are_refused(draws, code):
    with pytest.raises(PosteriorError) as caught:
        made(draws=draws)
    assert caught.value.code == code


def rewritten(tmp_path, metadata=None, frame=None, **changes):
    """Write a posterior with another record, as somebody might who edits it."""
    record = json.loads(parquet.read_schema(pa.BufferReader(as_bytes(made()))).metadata[RECORD]) | changes
    record = {key: part for key, part in record.items() if part != "gone"}
    table = pa.Table.from_pandas(made().draws if frame is None else frame, preserve_index=False)
    file = tmp_path / "edited.parquet"
    parquet.write_table(
        table.replace_schema_metadata({RECORD: json.dumps(record)} if metadata is None else metadata), file
    )
    return file


def test_hostile_files_are_refused_by_name(tmp_path):
    assert faulty(read, tmp_path / "none.parquet").code == "no-file"
    (tmp_path / "noise.parquet").write_bytes(b"PAR1" + bytes(200))
    fault = faulty(read, tmp_path / "noise.parquet")
    assert fault.code == "damaged"
    assert "noise.parquet" in fault.where
    whole = bytearray(as_bytes(made(400)))
    (tmp_path / "half.parquet").write_bytes(whole[: len(whole) // 2])
    assert faulty(read, tmp_path / "half.parquet").code == "damaged"
    whole[200] ^= 255
    (tmp_path / "flipped.parquet").write_bytes(whole)
    assert faulty(read, tmp_path / "flipped.parquet").code == "damaged"
    assert faulty(read, rewritten(tmp_path, metadata={"else": "1"})).code == "no-record"
    assert faulty(read, rewritten(tmp_path, metadata={RECORD: "{"})).code == "damaged"
    assert faulty(read, rewritten(tmp_path, metadata={RECORD: "[1]"})).code == "no-record"
    assert faulty(read, rewritten(tmp_path, format=3)).code == "later-version"
    for key in ("format", "species", "fit", "units"):
        assert faulty(read, rewritten(tmp_path, **{key: "gone"})).code == "damaged"
    assert faulty(read, rewritten(tmp_path, catalogue={COUNT: "many"})).code == "damaged"
    assert faulty(read, rewritten(tmp_path, catalogue={COUNT: None})).code == "damaged"
    assert faulty(read, rewritten(tmp_path, units={ACTIVATION: 3, CLEARANCE: "h"})).code == "damaged"
    assert faulty(read, rewritten(tmp_path, units={ACTIVATION: "1"})).code == "unknown-parameter"
    assert faulty(read, rewritten(tmp_path, mechanisms="loss_of_gain")).code == "damaged"
    assert faulty(read, rewritten(tmp_path, mechanisms=["loss_of_gian"])).code == "unknown-mechanism"
    assert faulty(read, rewritten(tmp_path, species="unicorn")).code == "unknown-species"
    assert faulty(read, rewritten(tmp_path, frame=pd.DataFrame({"x": [1.0, 2.0]}))).code == "unknown-parameter"
    assert "edited.parquet" in faulty(read, rewritten(tmp_path, species="unicorn")).where
    assert faulty(read, tmp_path).code == "no-file"


@pytest.fixture
def own(tmp_path):
    """Return how to write a scenario that runs, with a catalogue of its own that changes activation by BDNF."""

    def written(**changes):
        held = "unit: '1', source: null, place: illustration, status: assumed, grade: D, range: null"
        (tmp_path / "own" / "signals").mkdir(parents=True, exist_ok=True)
        said = f"effects: {{activation: {{towards: {{value: 2, {held}}}, hill: {{note: mine}}}}}}\n"
        (tmp_path / "own" / "signals" / "bdnf.yaml").write_text(said)
        return prepare("mouse_wheel_running", overrides={"catalogue": str(tmp_path / "own"), **changes})

    return written


def test_a_number_of_the_users_own_catalogue_is_left_as_it_is_and_said(own):
    one, mine = made(), own()
    assert one.yours(mine) == (ACTIVATION,)
    assert one.left_free(mine) == (CLEARANCE,)
    one.require_fit(mine)
    drawn = one.drawn(mine, 3)
    assert drawn.value(ACTIVATION, "1") == mine.value(ACTIVATION, "1") == 2.0
    assert drawn.parameters[CLEARANCE].value == one.draws[CLEARANCE][3]
    assert one.sentences(mine) == [f"1 of 2 parameters are yours: {ACTIVATION}."]
    alone = Posterior("mouse", "circulating", "made-up", one.draws[[ACTIVATION]], {}, mechanisms=one.mechanisms)
    assert "its own catalogue" in faulty(alone.require_fit, mine).what


def test_a_note_of_the_users_own_makes_no_other_number(own):
    hill = "signals.bdnf.effects.activation.hill"
    one = made(draws=pd.DataFrame({hill: [1.0, 1.5], ACTIVATION: [1.5, 2.5]}))
    assert one.left_free(own()) == (hill,)


def test_of_a_mechanism_that_is_changed_only_the_numbers_changed_are_the_users(own, tmp_path):
    (tmp_path / "own" / "mechanisms").mkdir(parents=True)
    loss = "value: 7, unit: '1', source: null, place: test, status: assumed, grade: D, range: null"
    said = f"changes: {{signals: {{bdnf: {{effects: {{activation: {{habituation: {{loss: {{{loss}}}}}}}}}}}}}}}\n"
    (tmp_path / "own" / "mechanisms" / "loss_of_gain.yaml").write_text(said)
    recovery = LOSS.replace("loss", "time")
    one = made(draws=pd.DataFrame({LOSS: [3.0, 5.0], recovery: [50.0, 60.0]}))
    assert one.yours(own()) == (LOSS,)
    assert one.left_free(own()) == (recovery,)


def test_only_a_number_as_shipped_is_said_to_be_fitted(own):
    for changes in ({"overrides": {ACTIVATION: 3}}, {}):
        mine = prepare("mouse_wheel_running", **changes) if changes else own()
        assert "fitted" not in explanation(mine, ACTIVATION)
    assert "fitted" in explanation(prepare("mouse_wheel_running"), ACTIVATION)
