"""`neurogen study --check`: all that is wrong is told at once with its place, and nothing runs or is written."""

import re
import time

import pandas as pd
import pytest

from neurogen_abm import cli
from neurogen_abm.commands import progress
from neurogen_abm.errors import Faults, InputError
from neurogen_abm.experiments.execution.execution import RunsProgress
from neurogen_abm.experiments.studies import forecast as forecasts
from neurogen_abm.experiments.studies.forecast import forecast, likely_seconds, require_memory
from neurogen_abm.experiments.studies.planning import looked_through, plan, plans_of
from neurogen_abm.memory import MemoryShortage
from neurogen_abm.report.pages.score_card import _heading
from neurogen_abm.spec.study.study import load_study
from neurogen_abm.spec.yaml.reader import parse

GOOD = """\
reference: {citation: "Nobody 1999", doi: null}
base: mouse_sedentary
changes: {duration: 6 d, tissue: {septotemporal: 300 um, transverse: 300 um}}
arms:
  control: {}
  runner: {activity: [{kind: wheel, distance: 6 km/d}]}
animals: {control: 3, runner: 2}
variation: {distance: 0.4}
assays:
  - {name: cycling, count: Ki67+, at: [2 d, 6 d]}
expectations:
  - {name: more cells, kind: bound, RUN, gt: 1, ROLE}
"""
FAULTY = GOOD.replace("distance: 6 km/d", "distance: 90 km/d").replace(
    "expectations:\n",
    """\
expectations:
  - {name: a day too late, kind: null, read: cycling, arm: control, at: 9 d, over: {at: 2 d}, ROLE}
  - {name: no such count, kind: null, read: cyclin, arm: control, at: 6 d, over: {at: 2 d}, ROLE}
  - {name: no such arm, kind: null, read: cycling, arm: swimmer, at: 6 d, over: control, ROLE}
""",
)
FORMLESS = """\
reference: {citation: "Nobody 1999", doi: null}
base: mouse_sedentary
arms: {control: {}, runner: {activity: [{kind: wheel, distance: 6 km/d}]}}
assays: [{name: cycling, count: Ki67+, at: 6 d}]
expectations:
  - {name: one, kind: ratio, RUN, value: 2, standard_error: 0, tier: A, SAID}
  - {name: two, kind: "null", RUN, tier: B, source: s}
  - {name: three, kind: "null", RUN, measured: {animals: 1}, tier: B, SAID}
  - {name: four, kind: ratio, RUN, value: 0, tier: A, SAID}
"""
CONTRARY = GOOD + ('  - {name: as many cells, kind: "null", RUN, ROLE}\n')


def written(text: str) -> str:
    """Return a study with what its findings share written out."""
    shared = {"RUN": "read: cycling, arm: runner, at: 6 d, over: control", "SAID": "role: test, source: made up"}
    text = text.replace("ROLE", "tier: B, SAID")
    for short, long in shared.items():
        text = text.replace(short, long)
    return text


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """Work in a folder with four studies."""
    for name, text in {"good": GOOD, "faulty": FAULTY, "formless": FORMLESS, "contrary": CONTRARY}.items():
        (tmp_path / f"{name}.yaml").write_text(written(text))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_everything_that_is_wrong_is_told_at_once_with_place_and_cure(beside):
    plans, faults = looked_through(["good.yaml", "faulty.yaml", "contrary.yaml", "formless.yaml"])
    assert [entry.study.name for entry in plans] == ["good"]
    said = {re.match(r"(\w+)\.yaml", fault.where)[1]: [] for fault in faults}
    for fault in faults:
        assert fault.cure, fault
        said[fault.where.split(".")[0]].append(fault)
    assert {name: len(found) for name, found in said.items()} == {"faulty": 4, "contrary": 1, "formless": 4}
    words = " ".join(str(fault) for fault in faults)
    for part in ("90 km/d is more", "not made at 9 d", '"cyclin" is neither', '"swimmer" is not an arm', "`role`"):
        assert part in words, part
    for part in ("exclude each other", "0 is not above 0", "1 is below 2", "positive"):
        assert part in words, part


def test_a_study_that_would_run_meets_the_same_checks(beside):
    with pytest.raises(Faults) as found:
        plans_of(["faulty.yaml"])
    assert len(found.value.faults) == 4
    assert found.value.exit_code == 2
    assert str(found.value).count("\n") == 3
    with pytest.raises(InputError, match="exclude each other"):
        plans_of(["contrary.yaml"])


def test_the_command_tells_all_of_them_and_writes_nothing(beside, capsys):
    before = sorted(beside.iterdir())
    assert done(["study", "--check", "faulty.yaml", "formless.yaml"]) == 2
    told = capsys.readouterr()
    assert told.err.count("neurogen: ") == 9
    assert told.err.rstrip().endswith("neurogen: 8 faults were found. Mend them; nothing has run.")
    assert done(["study", "good.yaml", "--check", "--out", "here"]) == 0
    told = capsys.readouterr()
    assert "good [circulating]: animals by arm: control 3, runner 2; 10 readings; findings: 1 test." in told.out
    assert "Nothing is wrong. 2 arms, 5 animals, 10 readings" in told.out
    assert sorted(beside.iterdir()) == before


def test_a_check_of_rivals_says_on_what_they_speak_and_counts_no_animal(beside, capsys):
    assert done(["study", "good.yaml", "--check", "--model", "ziebell2018"]) == 0
    told = capsys.readouterr().out
    assert "good [ziebell2018]: speaks on 1 of 1 findings." in told
    assert "animals" not in told
    assert done(["study", "good.yaml", "--check", "--model", "agents", "--model", "ziebell2018"]) == 0
    told = capsys.readouterr().out
    assert "speaks on 1 of 1" in told
    assert "2 arms, 5 animals" in told
    assert done(["study", "good.yaml", "--check", "--model", "ziebell2018", "--posterior", "4"]) == 2
    assert "A posterior holds numbers of `agents` alone" in capsys.readouterr().err


def done(arguments: list[str]) -> int:
    """Return how the command line ends."""
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    return int(end.value.code or 0)


def test_what_would_run_is_added_up_and_what_does_not_fit_is_refused(beside, monkeypatch):
    one, two = (forecast(plans_of(names)) for names in (["good.yaml"], ["good.yaml", "clark2010"]))
    assert (one.arms, one.animals, one.readings) == (2, 5, 10)
    assert two.animals > one.animals
    assert two.seconds > one.seconds > 0
    assert likely_seconds(two, 1) > likely_seconds(two, 2)
    require_memory(one, 1)
    monkeypatch.setattr(forecasts.memory, "available_bytes", lambda: 2**28)
    with pytest.raises(MemoryShortage):
        require_memory(one, 1)


def test_another_tissue_is_every_arms_and_the_plan_says_so(beside):
    (beside / "own.yaml").write_text(written(GOOD).replace("control: {}", "control: {tissue: whole}"))
    made = plan(load_study("own.yaml"), tissue="200 um x 250 um")
    assert {job.resolved.sides_um for jobs in made.jobs.values() for job in jobs} == {(200.0, 250.0)}
    assert made.notes == ("On another tissue than the study says: 200 um x 250 um.",)
    with pytest.raises(InputError, match="is not a tissue"):
        plans_of(["own.yaml"], tissue="a third")
    with pytest.raises(InputError, match="tissue"):
        plans_of(["own.yaml"], tissue="2 um x 250 um")


def test_the_whole_series_is_kept_where_that_is_asked_for(beside):
    read, whole = (plan(load_study("good.yaml"), whole_series=all_) for all_ in (False, True))
    assert {job.keep.tables for job in read.jobs["runner"]} == {("assays",)}
    assert {(job.keep.tables, job.keep.columns) for job in whole.jobs["runner"]} == {(("series", "assays"), ())}
    assert read.jobs["runner"][0].key != whole.jobs["runner"][0].key


def test_where_it_is_piped_progress_is_a_line_a_minute(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(progress, "SECONDS_A_LINE", 0.05)
    with progress.progress_of_animals(tmp_path) as show:
        told(capsys, "neurogen: starting workers, compiling the model")
        show(RunsProgress(total=16, done=3, failed=1, found=2, per_s=0.05, left_s=240.0, dashboard=None))
        told(capsys, "neurogen: 4 of 16 animals, 3.0 per minute, 4 min left, 1 failed, 2 already done")
    capsys.readouterr()
    time.sleep(0.12)
    assert capsys.readouterr().err == ""


def test_a_run_that_does_not_end_is_seen(monkeypatch):
    """In words once none has finished for ten times what is usual, and for a minute; another that finishes ends it."""
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    silence, far = progress._Silence(), {"total": 16, "failed": 0, "found": 0, "left_s": 1.0, "dashboard": None}
    silence.note(RunsProgress(done=0, per_s=None, **far))
    now = 1e4
    assert silence.words() == ""  # compiling, perhaps: nobody knows what is usual
    silence.note(RunsProgress(done=3, per_s=0.05, **far))
    now += 199
    silence.note(RunsProgress(done=3, per_s=0.05, **far))
    assert silence.words() == ""
    now += 401
    assert silence.words() == "none has finished for 10 min, usually 3.0 per minute"
    silence.note(RunsProgress(done=4, per_s=0.05, **far))
    assert silence.words() == ""


def told(capsys, line):
    """Wait until a line is told; no other comes after it."""
    lines, patience = [], time.monotonic() + 60
    while line not in lines:
        assert time.monotonic() < patience, lines
        time.sleep(0.01)
        lines += capsys.readouterr().err.splitlines()
    assert lines[-1] == line


def test_what_is_over_within_a_minute_says_nothing(capsys, tmp_path):
    with progress.progress_of_animals(tmp_path) as show:
        show(RunsProgress(total=1, done=1, failed=0, found=0, per_s=None, left_s=None, dashboard=None))
    assert capsys.readouterr().err == ""


LATE, BOTH = "late_trophic_dependence", "gaba_tone, loss_of_gain"
ALONE = "Arm {} lives by " + LATE + " alone, without gaba_tone and loss_of_gain, which {}"
ADDS = f"; write mechanisms: [standard, {LATE}] to add to them."


def arms_with(own, *, control="{}"):
    """Return the plan of the good study with a third arm, the mechanisms of which are written out."""
    runner = "  runner: {activity: [{kind: wheel, distance: 6 km/d}]}"
    third = runner.replace("runner:", "third:").replace("]}", f"], {own}}}").replace("], }", "]}")
    text = GOOD.replace(runner, f"{runner}\n{third}").replace("control: {}", f"control: {control}")
    data = parse(written(text.replace("runner: 2}", "runner: 2, third: 1}")), "odd.yaml").data
    return plan(load_study(data | {"name": "odd"}))


@pytest.mark.parametrize(
    ("own", "control", "said"),
    [
        ("mechanisms: []", "{}", "Arm third lives by no mechanism, without gaba_tone and loss_of_gain, which the o"),
        (f"mechanisms: [standard, {LATE}]", "{}", f"Arm third lives by {LATE} as well, which the others have not."),
        (f"mechanisms: [{LATE}]", "{}", ALONE.format("third", "the others have") + ADDS),
        (f"mechanisms: [{LATE}]", f"{{mechanisms: [{LATE}]}}", ALONE.format("control", "runner has") + ADDS),
        ("mechanisms: [gaba_tone]", "{}", "Arm third lives by gaba_tone alone, without loss_of_gain, which the others"),
    ],
)
def test_an_arm_that_lives_by_other_mechanisms_is_said(own, control, said):
    """As a list of mechanisms is those and no other, also where every other arm has the standard ones."""
    found = arms_with(own, control=control)
    assert found.notes[0].startswith(said)
    assert len(found.notes) == 1 + (control != "{}")
    assert found.mixed


def test_arms_that_live_by_the_same_mechanisms_are_not_told_apart():
    for own in ("", f"mechanisms: [{BOTH}]"):
        found = arms_with(own)
        assert found.notes == ()
        assert found.rules == BOTH
    mixed = arms_with(f"mechanisms: [{LATE}]")
    assert mixed.rules == f"{BOTH} in control, runner; {LATE} in third"
    card = pd.DataFrame({"study": ["odd"], "expectation": ["e"], "pathway": ["circulating"], "animals": [1]})
    assert f"mechanisms on in some arms: gaba_tone, {LATE}, loss_of_gain)" in _heading(card, [mixed])
    assert f"mechanisms on: {BOTH})" in _heading(card, [arms_with("")])


def test_a_check_says_which_arm_lives_by_other_mechanisms(beside, neurogen):
    (beside / "good.yaml").write_text(written(GOOD).replace("control: {}", f"control: {{mechanisms: [{LATE}]}}"))
    told = neurogen("study", "good.yaml", "--check")
    assert ALONE.format("control", "runner has") + ADDS in told.out
