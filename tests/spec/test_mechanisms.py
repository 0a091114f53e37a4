"""Mechanisms: named rival rules, laid over the catalogue where they are on, and nowhere else."""

import pickle
import re

import pytest

from neurogen_abm.citations import citations
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.compare import _arms
from neurogen_abm.experiments.execution.job import Job
from neurogen_abm.experiments.studies.study import plan
from neurogen_abm.explanation import explanation, validation
from neurogen_abm.lowering import sketch
from neurogen_abm.provenance import _mechanisms as mechanisms_on
from neurogen_abm.run import scenario_citations
from neurogen_abm.spec.catalogue import load_catalogue, species_names
from neurogen_abm.spec.mechanisms import Mechanism, refuse_rivals
from neurogen_abm.spec.scenario.resolve import ResolvedScenario
from neurogen_abm.spec.scenario.scenario import prepare, with_mechanisms
from neurogen_abm.spec.study.study import load_study
from neurogen_abm.spec.yaml.reader import parse

NAME = "loss_of_gain"
STANDARD = ("gaba_tone", "loss_of_gain")
OTHER = "maturation_over_weeks"
LOSS = "signals.bdnf.effects.activation.habituation.loss"
PATCH = {"tissue": {"septotemporal": "400 um", "transverse": "300 um"}, "duration": "3 d"}
NUMBER = "{value: 2, unit: '1', source: null, place: test, status: assumed, grade: D, range: [1, 9]}"


def on(*names: str, **changes: object) -> ResolvedScenario:
    return prepare("mouse_generated_running", changes={**PATCH, "mechanisms": list(names), **changes})


IDLE = (
    f"{{signals: {{lactate: {{effects: {{new: {{target: maturation, states: [maturing], hill: {NUMBER}, "
    f"half_max: {NUMBER}, towards: {NUMBER}}}}}}}}}}}"
)


@pytest.fixture
def own(tmp_path):
    """Write mechanisms of a user's own beside a scenario; return the scenario's file."""

    def written(**files: str):
        folder = tmp_path / "mine" / "mechanisms"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text)
        scenario = tmp_path / "one.yaml"
        scenario.write_text(f"duration: 2 d\ncatalogue: mine/\nmechanisms: [{', '.join(files)}]\n")
        return scenario

    return written


def mechanism(changes: str, **more: str) -> str:
    extra = "".join(f"{key}: {value}\n" for key, value in more.items())
    return f"label: a rule\nsays: it does\nstatus: made up\ngrade: D\nevidence: []\n{extra}changes: {changes}\n"


class TestOff:
    @pytest.mark.parametrize("species", species_names())
    def test_a_catalogue_has_none_on_unless_asked_and_none_of_their_numbers_is_there(self, species):
        found = load_catalogue(species)
        assert found.on == ()
        assert found.mechanisms
        known = {path for rule in found.mechanisms.values() for path in rule.numbers}
        assert LOSS in known
        assert LOSS not in found.parameters

    def test_a_list_of_none_turns_the_standard_ones_off_and_says_so(self):
        off = on()
        assert off.scenario.mechanisms == ()
        assert off.parameters == load_catalogue("mouse").parameters
        assert off.digest != prepare("mouse_generated_running", changes=PATCH).digest
        assert "\nmechanisms: []\n" in off.to_yaml()
        for name in STANDARD:
            assert f"Mechanism {name} ({off.catalogue.mechanisms[name].label}), standard in the mouse, is off." in (
                validation(off)
            )
        assert not {f"mechanism {name}" for name in STANDARD} & {
            user for entry in scenario_citations(off) for user in entry.used_by
        }

    def test_a_record_of_before_some_were_standard_was_made_with_none_and_still_fits(self):
        off = on()
        older = off.to_yaml().replace("\nmechanisms: []\n", "\n")
        again = ResolvedScenario.from_yaml(older)
        assert again.scenario.mechanisms == ()
        assert (again.digest, again.identity) == (off.digest, off.identity)
        assert prepare(again, seed=2).scenario.mechanisms == ()
        assert parse(older, "one.yaml").data["resolved"]["digest"] == off.digest

    def test_a_file_of_a_mechanism_that_is_off_changes_no_digest(self, own):
        other = own(
            mine=mechanism(f"{{lineage: {{clearance: {{time: {NUMBER.replace(chr(39) + '1', chr(39) + 'h')}}}}}}}")
        )
        found = prepare(other, changes={"mechanisms": []})
        assert found.parameters == load_catalogue("mouse").parameters

    def test_its_number_without_it_is_unknown(self):
        with pytest.raises(InputError, match="not a known parameter"):
            on(**{LOSS: 3})


class TestStandard:
    def test_the_mouse_has_two_that_its_findings_speak_for_and_no_other_species_has_any(self):
        found = {species: load_catalogue(species).standard for species in species_names()}
        assert found == {"human": (), "mouse": STANDARD, "rat": ()}

    def test_a_scenario_that_says_nothing_has_those_of_its_species(self):
        usual = prepare("mouse_generated_running", changes=PATCH)
        assert usual.scenario.mechanisms == usual.catalogue.on == STANDARD
        assert usual.digest == on(*STANDARD).digest == on("standard").digest
        assert ResolvedScenario.from_yaml(usual.to_yaml()).scenario.mechanisms == STANDARD
        assert prepare("rat_wheel_running").scenario.mechanisms == ()
        assert validation(usual).count(", standard in the mouse.\n") == len(STANDARD)

    def test_the_word_adds_to_them_and_a_name_alone_means_itself(self):
        assert on("standard", OTHER).scenario.mechanisms == (*STANDARD, OTHER)
        assert on(OTHER).scenario.mechanisms == (OTHER,)
        assert load_catalogue("mouse", mechanisms=["standard"]) is load_catalogue("mouse", mechanisms=STANDARD)

    def test_they_change_with_the_species_where_they_were_on(self):
        to_rat = {"species": "rat", "strain": None, "age": "10 wk"}
        to_mouse = {"species": "mouse", "strain": None}
        rat = prepare(prepare("mouse_sedentary"), changes=to_rat)
        assert rat.scenario.mechanisms == ()
        assert prepare(rat, changes=to_mouse).scenario.mechanisms == STANDARD
        assert prepare(prepare("mouse_sedentary", changes={"mechanisms": []}), changes=to_rat).scenario.mechanisms == ()

    def test_one_of_which_a_run_reads_nothing_is_let_be(self, own):
        idle = mechanism(IDLE, standard="[mouse]")
        assert sketch(prepare(own(idle=idle))).used

    @pytest.mark.parametrize(
        ("name", "species", "code"), [("mine", "mose", "unknown-species"), ("standard", "mouse", "bad-name")]
    )
    def test_a_file_that_is_standard_in_no_species_or_called_so_is_refused(self, own, name, species, code):
        with pytest.raises(InputError) as fault:
            prepare(own(**{name: mechanism("{lineage: {clearance: {time: 3}}}", standard=f"[{species}]")}))
        assert fault.value.code == code

    def test_what_a_users_own_catalogue_says_is_not_overruled_unasked(self, own):
        file = own()
        file.write_text("duration: 2 d\ncatalogue: mine/\n")
        signals = file.parent / "mine" / "signals"
        signals.mkdir()
        number = NUMBER.replace("'1'", "d").replace("value: 2", "value: 5")
        (signals / "bdnf.yaml").write_text(f"effects: {{activation: {{habituation: {{time: {number}}}}}}}\n")
        with pytest.raises(InputError, match="your own catalogue and the mechanism loss_of_gain change") as fault:
            prepare(file)
        assert fault.value.code == "rival-mechanisms"
        assert "`mechanisms: [gaba_tone]` in the scenario keeps the other" in fault.value.cure
        assert prepare(file, changes={"mechanisms": ["gaba_tone"]}).value(LOSS.replace("loss", "time"), "d") == 5
        assert "take the number out of your catalogue, and give it under `parameters`" in fault.value.cure
        (signals / "bdnf.yaml").write_text("effects: {activation: {hill: {note: mine}}}\n")
        assert prepare(file, changes={LOSS.replace("loss", "time"): "5 d"}).catalogue.on == STANDARD

    def test_a_file_of_a_users_own_is_laid_over_the_shipped_one_of_its_name(self, own):
        """One that was written before some were standard, and says nothing of it, is standard as the shipped one is."""
        loss = f"{{signals: {{bdnf: {{effects: {{activation: {{habituation: {{loss: {NUMBER}}}}}}}}}}}}}"
        file = own(loss_of_gain=mechanism(loss))
        file.write_text("duration: 2 d\ncatalogue: mine/\n")
        mine = prepare(file)
        assert mine.scenario.mechanisms == mine.catalogue.standard == STANDARD
        assert mine.value(LOSS, "1") == 2
        assert "a rule), standard in the mouse.\n" in validation(mine)
        (file.parent / "mine" / "mechanisms" / "loss_of_gain.yaml").write_text(mechanism(loss, standard="[]"))
        assert prepare(file).scenario.mechanisms == ("gaba_tone",)


class TestOn:
    @pytest.mark.parametrize("species", species_names())
    def test_each_comes_with_numbers_within_their_ranges_and_with_sources_that_are_known(self, species):
        for name, rule in load_catalogue(species).mechanisms.items():
            found = load_catalogue(species, mechanisms=[name])
            assert set(rule.numbers) <= found.parameters.keys()
            assert set(rule.evidence) <= found.references.keys()
            assert found.digest != load_catalogue(species).digest
            assert rule.says in rule.sentence

    def test_the_resolved_scenario_writes_it_out_and_reads_it_back(self):
        written = on(NAME)
        again = ResolvedScenario.from_yaml(written.to_yaml())
        assert again.scenario.mechanisms == (NAME,)
        assert again.digest == written.digest != on().digest
        assert again.effects == written.effects
        assert again.parameters == written.parameters

    def test_it_may_be_replaced_by_the_scenario_as_any_number(self):
        assert on(NAME, **{LOSS: 3}).value(LOSS, "1") == 3.0

    def test_it_can_be_switched_off_again(self):
        assert prepare(on(NAME), changes={"mechanisms": []}).digest == on().digest

    def test_it_is_said_and_cited(self):
        found = on(NAME)
        short, claim = f"Mechanism {NAME} (", found.catalogue.mechanisms[NAME].says
        assert short in validation(found)
        assert claim not in validation(found)  # which is about the scenario; grounds stand where they are asked for
        heading, *parts = re.split(r"\n\n(?=\w)", explanation(found))
        assert short in heading
        assert [part.split("\n")[0] for part in parts] == ["What signals do to cells", "On which grounds", "Parameters"]
        assert claim in parts[1]
        keys = load_catalogue("mouse").mechanisms[NAME].evidence
        cited = {entry.key: entry.used_by for entry in scenario_citations(on(NAME))}
        assert keys
        assert all(f"mechanism {NAME}" in cited[key] for key in keys)
        assert not list(citations({}, load_catalogue("mouse").references, ()))

    def test_the_provenance_of_a_run_says_what_was_on_and_is_as_it_was_where_nothing_was(self):
        rule = load_catalogue("mouse").mechanisms[NAME]
        assert mechanisms_on(prepare("rat_wheel_running")) == {}
        assert mechanisms_on(on()) == {"standard_mechanisms_off": list(STANDARD)}
        assert mechanisms_on(on(NAME)) == {
            "mechanisms": {NAME: {"says": rule.says, "grade": rule.grade, "evidence": rule.evidence}},
            "standard_mechanisms_off": ["gaba_tone"],
        }

    def test_a_worker_gets_the_same_animal(self):
        job = Job.of(on(NAME))
        again = pickle.loads(pickle.dumps(job))
        assert again.resolved.parameters == job.resolved.parameters
        assert again.resolved.effects == job.resolved.effects
        assert again.resolved.digest == job.resolved.digest

    def test_a_study_takes_it_in_every_arm_that_names_none(self):
        study = load_study("clark2010")
        plain = plan(study, pairs=1)
        with_it = plan(study, pairs=1, mechanisms=[OTHER])
        assert plain.mechanisms == STANDARD
        assert with_it.mechanisms == (*STANDARD, OTHER)
        first = next(iter(study.arms))
        own = study.model_copy(update={"arms": {**study.arms, first: {**study.arms[first], "mechanisms": []}}})
        mixed = plan(own, pairs=1, mechanisms=[OTHER]).arms
        assert {name: arm.scenario.mechanisms for name, arm in mixed.items()} == {
            name: () if name == first else (*STANDARD, OTHER) for name in study.arms
        }


class TestRefused:
    def test_a_name_that_is_nearly_one(self):
        with pytest.raises(InputError) as fault:
            on("los_of_gain")
        assert fault.value.code == "unknown-mechanism"
        assert fault.value.cure == f"Did you mean {NAME}?"
        with pytest.raises(InputError, match="not a known mechanism") as fault:
            with_mechanisms(on(), ["los_of_gain"])
        assert fault.value.where == "mechanisms"

    def test_a_name_twice(self):
        with pytest.raises(InputError, match="named twice"):
            on(NAME, NAME)

    def test_one_of_which_the_run_reads_nothing(self, own):
        idle = mechanism(IDLE)
        with pytest.raises(InputError, match="reads none of the numbers of the mechanism idle") as fault:
            sketch(prepare(own(idle=idle)))
        assert fault.value.code == "idle-mechanism"
        carried = prepare(own(idle=idle.replace("grade: D\nevidence", "grade: D\ncarries: [lactate]\nevidence")))
        assert "signals.lactate.effects.new.towards" in sketch(carried).used

    def test_two_that_change_the_same_thing(self, own):
        one, other = (
            mechanism(f"{{lineage: {{neuron: {{maturing_stay: {NUMBER.replace('value: 2', f'value: {n}')}}}}}}}")
            for n in (2, 3)
        )
        with pytest.raises(InputError, match=r"one and other both change lineage\.neuron\.maturing_stay") as fault:
            prepare(own(one=one.replace("'1'", "d"), other=other.replace("'1'", "d")))
        assert fault.value.code == "rival-mechanisms"
        assert "Keep one of one and other" in fault.value.cure

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ("{signls: {bdnf: {label: x}}}", 'has no "signls"'),
            ("{signals: {bdnf: 3}}", "A mapping is wanted"),
            ("{lineage: {neuron: {maturing_stay: 3}}}", "is a mapping here"),
            (f"{{lineage: {{neuron: {{maturing_stay: {NUMBER}}}}}}}", "a time in d is wanted"),
            ("{}", "is empty"),
        ],
    )
    def test_a_file_that_does_not_fit_the_catalogue(self, own, changes, message):
        with pytest.raises(InputError, match=message):
            prepare(own(mine=mechanism(changes)))

    def test_a_source_nobody_knows(self, own):
        text = mechanism(f"{{lineage: {{neuron: {{maturing_stay: {NUMBER}}}}}}}").replace("[]", "[nobody1900]", 1)
        with pytest.raises(InputError, match='"nobody1900" is not in references'):
            prepare(own(mine=text))


@pytest.mark.parametrize("deep", [True, False])
def test_a_part_of_what_another_changes_is_a_rival(deep):
    def made(changes):
        return Mechanism(label="a", says="b", status="c", grade="D", evidence=[], changes=changes)

    whole, part = {"signals": {"bdnf": {"label": "x"}}}, {"signals": {"bdnf": {"label": {"value": 1}}}}
    if deep:
        with pytest.raises(InputError):
            refuse_rivals({"one": made(whole), "other": made(part)})
    else:
        refuse_rivals({"one": made(whole), "other": made(whole)})


def test_the_command_line_names_its_option(neurogen):
    told = neurogen("study", "clark2010", "--mechanism", "los_of_gain")
    assert told.code == 2
    assert "--mechanism" in told.err
    assert f"Did you mean {NAME}?" in told.err


def test_a_comparison_has_it_in_every_arm():
    arms = _arms(["mouse_sedentary", "mouse_generated_running"], PATCH, [OTHER])
    assert {arm.scenario.mechanisms for arm in arms.values()} == {(*STANDARD, OTHER)}
