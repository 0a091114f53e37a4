"""Twins of a study, what is read from them, and the whole way from a file to a score card."""

import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from neurogen_abm import cli
from neurogen_abm.activity.generator import greatest_distance_km_d
from neurogen_abm.activity.schedule import build_schedule
from neurogen_abm.errors import InputError
from neurogen_abm.experiments.studies.likelihood import FLOOR
from neurogen_abm.experiments.studies.observations import Observations
from neurogen_abm.experiments.studies.scoring import score
from neurogen_abm.experiments.studies.study import card, plan, plan_under, plans_of, replay
from neurogen_abm.experiments.studies.variation import traits
from neurogen_abm.report.figures.studies import courses
from neurogen_abm.spec.study.arms import compose
from neurogen_abm.spec.study.study import Variation, load_study
from neurogen_abm.spec.study.terms import terms

HEAD = """\
reference: {citation: "Nobody 1999", doi: null}
base: mouse_sedentary
changes: {duration: 6 d, tissue: {septotemporal: 300 um, transverse: 300 um}}
arms:
  control: {}
  runner: {activity: [{kind: wheel, distance: 6 km/d}]}
animals: 2
variation: {stem_cells: 0.2, responder: 0.3, distance: 0.4}
labels: [{agent: BrdU, dose: 200 mg/kg, at: 1 d}]
assays:
  - {name: labelled, count: BrdU+, at: [2 d, 6 d]}
  - {name: cycling, count: Ki67+, at: 6 d}
expectations:
"""
COMMON = "arm: runner, tier: A, role: test, source: made up"


def written(*expectations: str) -> str:
    return HEAD + "".join(f"  - {{{entry}, {COMMON}}}\n" for entry in expectations)


def study_of(tmp_path: Path, *expectations: str):
    (tmp_path / "made.yaml").write_text(written(*expectations))
    return load_study(tmp_path / "made.yaml")


MANY = (
    "name: a ratio, kind: ratio, read: labelled, at: 6 d, over: control, value: 2.0",
    "name: no difference, kind: null, read: labelled, at: 6 d, over: control",
    "name: a bound, kind: bound, read: cycling, at: 6 d, over: control, gt: 1.0",
    "name: a number, kind: absolute, read: cycling, at: 6 d, value: 3000, standard_error: 900",
    "name: a share, kind: absolute, read: labelled, per: cycling, at: 6 d, low: 0.0, high: 90.0",
    "name: a later share, kind: absolute, read: labelled, at: 6 d, per: labelled, per_at: 2 d, low: 0.01, high: 90.0",
    "name: a day, kind: timing, event: peak, read: labelled, low: 2 d, high: 6 d",
    "name: an order, kind: ordering, read: labelled, at: 6 d, items: [{arm: control}, {arm: runner}]",
    "name: a correlation, kind: correlation, read: births, at: 6 d, against: distance_km",
    "name: a course, kind: shape, form: rising, read: births, times: [0 d, 3 d, 6 d]",
    "name: what was born, kind: ratio, read: births, gained_over: [3 d, 6 d], over: {gained_over: [0 d, 3 d]}, low: 0",
    "name: a mean, kind: bound, read: bdnf_plasma_pg_ml, mean_over: [0 d, 6 d], over: control, gt: 1.0",
    "name: never, kind: bound, read: births, at: 6 d, over: control, gt: 1000",
)


def test_an_animal_has_its_traits_in_every_arm(tmp_path):
    made = plan(study_of(tmp_path, MANY[0]))
    for own, other in zip(made.jobs["control"], made.jobs["runner"], strict=True):
        assert own.resolved.scenario.seed == other.resolved.scenario.seed
        for path in ("lineage.stem.initial_count", "physiology.circulation.release_gain"):
            assert own.resolved.value(path, own.resolved.parameters[path].unit) == other.resolved.value(
                path, other.resolved.parameters[path].unit
            )
    seeds = [job.resolved.scenario.seed for job in made.jobs["runner"]]
    assert seeds == [1, 2]
    distances = {job.resolved.scenario.activity[0].distance_km_d for job in made.jobs["runner"]}
    assert len(distances) == 2
    assert 6.0 not in distances


def test_more_animals_change_none_of_those_there_are(tmp_path):
    study = study_of(tmp_path, MANY[0])
    few, many = plan(study, pairs=2), plan(study, pairs=5)
    assert [job.key for job in few.jobs["runner"]] == [job.key for job in many.jobs["runner"]][:2]


def test_traits_have_the_variation_asked_for():
    drawn = np.array([traits(1, animal, Variation(stem_cells=0.2, distance=0.5)) for animal in range(3000)])
    assert drawn.mean(axis=0) == pytest.approx([1, 1, 1], abs=0.03)
    assert drawn.std(axis=0) == pytest.approx([0.2, 0.0, 0.5], abs=0.03)
    assert traits(1, 3, Variation()) == (1.0, 1.0, 1.0)


def test_the_best_runners_run_as_far_as_they_can_and_nobody_is_left_out(tmp_path):
    """Those drawn beyond what a rat can run would fail, with their pairs: the study would lose its best runners."""
    text = written(MANY[0]).replace("mouse_sedentary", "rat_sedentary").replace("6 km/d", "5 km/d")
    (tmp_path / "rats.yaml").write_text(text.replace("animals: 2", "animals: 40"))
    study = load_study(tmp_path / "rats.yaml")
    made = plan(study)
    most = greatest_distance_km_d(compose(study)["runner"].resolved.value)
    drawn = [5.0 * traits(1, number, study.variation).distance for number in range(40)]
    ran = [job.resolved.scenario.activity[0].distance_km_d for job in made.jobs["runner"]]
    assert ran == pytest.approx([min(distance, most) for distance in drawn])
    beyond = sum(distance > most for distance in drawn)
    assert beyond > 3
    for job in made.jobs["runner"]:
        build_schedule(job.resolved.scenario, job.resolved.value)  # refuses nobody
    told = (
        f"{beyond} of 40 animals were drawn to run farther than a rat can; they run {most:.3g} km/d, the most it can."
    )
    assert made.notes == (f"runner: {told}",)
    assert plan(study, pairs=1).notes == ()


def test_a_recorded_runner_differs_where_its_wheel_is_the_usual_one(tmp_path):
    recorded = "{kind: recording, file: mouse_wheel_minutes.csv, repeat: true}"
    (tmp_path / "recorded.yaml").write_text(written(MANY[0]).replace("{kind: wheel, distance: 6 km/d}", recorded))
    study = load_study(tmp_path / "recorded.yaml")
    wheels = [job.resolved.scenario.activity[0].metres_per_count for job in plan(study).jobs["runner"]]
    assert wheels == pytest.approx([0.35 * traits(1, number, study.variation).distance for number in range(2)])


def test_the_responder_reaches_every_route_of_the_pathway(tmp_path):
    study = study_of(tmp_path, MANY[0])
    for pathway, paths in {"activity": ["activity_gain"], "combined": ["induced_gain", "activity_gain"]}.items():
        arm, animal = compose(study, pathway)["runner"], plan(study, pathway).jobs["runner"][0].resolved
        factor = animal.value("physiology.circulation.release_gain", "1") / arm.resolved.value(
            "physiology.circulation.release_gain", "1"
        )
        for name in paths:
            path = f"pathways.{pathway}.{name}"
            assert animal.value(path, "1") == pytest.approx(factor * arm.resolved.value(path, "1"))


def observations_of(study, **arms: list[list[float]]) -> Observations:
    """Return readings of assays made up for it: arm -> animal -> number of labelled cells at 2 d and 6 d."""
    composed = compose(study)
    jobs = {arm: [f"{arm}{n}" for n in range(len(rows))] for arm, rows in arms.items()}
    times = np.array([48.0, 144.0])
    labelled = {f"{arm}{n}": (times, np.array(row)) for arm, rows in arms.items() for n, row in enumerate(rows)}
    return Observations(composed, jobs, {}, {"labelled": labelled}, dict.fromkeys(arms, 0.25))


def test_a_mean_over_a_span_is_that_of_the_intervals_within_it(tmp_path):
    """The row at its start stands for the time before it; the rows are of one day and of three."""
    entry = "name: x, kind: absolute, read: bdnf_plasma_pg_ml, mean_over: [1 d, 5 d], value: 2"
    study = study_of(tmp_path, entry)
    found = np.array([24.0, 48.0, 120.0, 144.0]), np.array([100.0, 1.0, 2.0, 100.0])
    seen = Observations(compose(study), {"runner": ["a"]}, {"bdnf_plasma_pg_ml": {"a": found}}, {}, {"runner": 0.25})
    assert score(study, study.expectations[0], seen).simulated.value == pytest.approx((1 * 1 + 3 * 2) / 4)


@pytest.mark.parametrize(
    ("entry", "simulated", "verdict"),
    [
        (MANY[0], 2.0, "pass"),
        (MANY[1], 2.0, "fail"),
        ("name: x, kind: ratio, read: labelled, at: 6 d, over: {at: 2 d}, value: 0.5", 0.5, "pass"),
        (
            "name: x, kind: ratio, read: labelled, at: 6 d, per: labelled, per_at: 2 d, over: control, value: 1.0",
            1.0,
            "pass",
        ),
        ("name: x, kind: bound, read: labelled, at: 6 d, over: control, gt: 1.5", 2.0, "pass"),
        ("name: x, kind: bound, read: labelled, at: 6 d, over: control, lt: 1.5", 2.0, "fail"),
        ("name: x, kind: absolute, read: labelled, at: 6 d, value: 440", 440.0, "pass"),  # a quarter of the sheet
        ("name: x, kind: timing, event: peak, read: labelled, value: 2 d", 2.0, "pass"),
        ("name: x, kind: timing, event: first_below, level: 0.6, read: labelled, high: 3 d", 6.0, "fail"),
        ("name: x, kind: ordering, read: labelled, at: 6 d, items: [{arm: control}, {arm: runner}]", 2.0, "pass"),
        (
            "name: x, kind: ordering, read: labelled, at: 6 d, order: falling, items: [{arm: control}, {arm: runner}]",
            0.5,
            "fail",
        ),
        ("name: x, kind: shape, form: falling, read: labelled", 0.0, "pass"),
        ("name: x, kind: shape, form: rising, read: labelled", 1.0, "fail"),
    ],
)
def test_scores_of_made_up_animals(tmp_path, entry, simulated, verdict):
    study = study_of(tmp_path, entry)
    made = observations_of(study, control=[[100, 50], [120, 60]], runner=[[200, 100], [240, 120]])
    found = score(study, study.expectations[0], made)
    assert found.simulated.value == pytest.approx(simulated)
    assert found.by_span == verdict
    assert (found.likelihood is None) == ("kind: shape" in entry)


def test_animals_of_two_tissues_go_together_by_what_a_whole_gyrus_has(tmp_path):
    """Counts of patches are scaled by area before arms are taken together: r is 1, not that of a mixture."""
    entry = "name: x, kind: correlation, read: labelled, at: 6 d, against: distance_km, arms: [control, runner]"
    (tmp_path / "made.yaml").write_text(written(entry).replace("arm: runner, tier", "tier"))
    study = load_study(tmp_path / "made.yaml")
    made = observations_of(study, control=[[0, 40], [0, 50], [0, 60]], runner=[[0, 20], [0, 25], [0, 35]])
    distance = {"control": (4.0, 5.0, 6.0), "runner": (4.0, 5.0, 7.0)}
    run_km = {
        f"{arm}{n}": (np.array([144.0]), np.array([km])) for arm, row in distance.items() for n, km in enumerate(row)
    }
    made = replace(made, series={"distance_km": run_km}, areas={"control": 1.0, "runner": 0.5})
    assert score(study, study.expectations[0], made).simulated.value == pytest.approx(1.0)


def test_clones_are_a_count_of_the_tissue_and_cells_of_a_clone_are_not(tmp_path):
    clones = "labels: [{agent: tamoxifen, share: 50 %, at: 0 d}]\nassays:\n  - {name: n, measure: clones, at: 6 d}\n"
    clones += "  - {name: size, measure: clone_size, at: 6 d}\nexpectations:\n"
    entries = [f"name: {read}, kind: absolute, read: {read}, at: 6 d, value: 1.0, {COMMON}" for read in ("n", "size")]
    head = HEAD.split("labels:")[0] + clones
    (tmp_path / "made.yaml").write_text(head + "".join(f"  - {{{entry}}}\n" for entry in entries))
    study = load_study(tmp_path / "made.yaml")
    arms = compose(study)
    made = Observations(arms, {}, {}, {}, dict.fromkeys(arms, 0.25))
    scales = [made.scale(term.top) for entry in study.expectations for term in terms(entry, tuple(arms))]
    assert scales == [4.0, 1.0]


def test_an_animal_that_failed_leaves_its_pair_out(tmp_path):
    study = study_of(tmp_path, MANY[0])
    made = observations_of(study, control=[[100, 50], [120, 60]], runner=[[200, 100], [240, 120]])
    del made.assays["labelled"]["runner1"]
    found = score(study, study.expectations[0], made).simulated
    assert (found.value, found.n) == (2.0, 1)


def test_a_pathway_without_a_part_for_the_study_is_said_so(tmp_path):
    text = written(MANY[0]).replace("control: {}", "control: {knock_outs: [{signal: igf1}]}")
    (tmp_path / "made.yaml").write_text(text)
    study = load_study(tmp_path / "made.yaml")
    assert plan_under(study, "induced", 1).jobs
    assert "does not use igf1" in plan_under(study, "activity", 1).why_not
    with pytest.raises(InputError, match="igf1"):
        plan(study, "activity")


LEFT = "{finding: swimmers like control, reason: Swimming is not modelled.}"


def test_a_study_of_which_nothing_is_replayed_runs_no_animal(tmp_path):
    text = written().replace("expectations:\n", "expectations: []\n") + f"not_replayed: [{LEFT}]\n"
    (tmp_path / "made.yaml").write_text(text)
    made = plan(load_study(tmp_path / "made.yaml"))
    assert not made.jobs
    assert "No finding" in made.why_not
    with pytest.raises(InputError, match="nothing to replay"):
        plans_of([tmp_path / "made.yaml"])


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Replay every kind of expectation through the command line, twice; return folder, codes, words and files."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "made.yaml").write_text(written(*MANY) + f"not_replayed: [{LEFT}]\n")
    said = []
    for strict in ([], ["--strict"]):
        arguments = ["study", str(folder / "made.yaml"), "--workers", "0", "--out", str(folder / "out"), *strict]
        with pytest.MonkeyPatch.context() as patch:
            lines: list[str] = []
            patch.setattr("typer.echo", lambda text="", err=False, nl=True, lines=lines: lines.append(str(text)))
            with pytest.raises(SystemExit) as left:
                cli.main(arguments)
        said.append((left.value.code, "\n".join(lines), set((folder / "out" / "animals").rglob("*.parquet"))))
    return folder / "out", said


def test_a_study_is_replayed_by_the_command_line(told):
    folder, ((code, said, _), _) = told
    assert code == 0, said
    table = pd.read_parquet(folder / "score_card.parquet")
    assert list(table["expectation"]) == [entry.split(",")[0].removeprefix("name: ") for entry in MANY]
    assert set(table["verdict"]) <= {"pass", "near", "fail"}
    assert table.loc[table["expectation"] == "a mean", "verdict"].item() in ("pass", "near")
    for name in table["expectation"]:
        assert name in said
        assert name in (folder / "score_card.md").read_text()
        assert name in (folder / "score_card.html").read_text()
    assert "over best constant" in said
    scores = table.set_index("expectation")["log_score"]
    assert scores.drop("a course").between(FLOOR, 20).all()
    assert math.isnan(scores["a course"])
    ratios = table.set_index("expectation")["null_best_constant"].notna()
    assert list(ratios[ratios].index) == ["a ratio", "no difference", "a bound", "what was born", "a mean", "never"]
    for shown in (said, (folder / "score_card.md").read_text(), (folder / "score_card.html").read_text()):
        assert "13 findings replayed, 1 not replayed." in shown
        assert "swimmers like control" in shown
        assert "Swimming is not modelled." in shown


def test_strict_makes_failures_count_and_nothing_runs_twice(told):
    folder, ((_, _, first), (code, said, second)) = told
    failed = int((pd.read_parquet(folder / "score_card.parquet")["verdict"] == "fail").sum())
    assert failed
    assert code == 7
    assert f"{failed} of {len(MANY)} expectations failed" in said
    assert first == second != set()


def test_the_same_directory_gives_the_same_card(told):
    folder, _ = told
    source = folder.parent / "made.yaml"
    before = pd.read_parquet(folder / "score_card.parquet")
    again = card(replay(plans_of([source]), folder / "animals", workers=0))
    pd.testing.assert_frame_equal(again.astype(object).fillna(""), before.astype(object).fillna(""), check_dtype=False)


def test_a_study_that_cannot_be_leaves_nothing_behind(tmp_path, capsys):
    (tmp_path / "made.yaml").write_text(
        written("name: x, kind: ratio, read: labelled, at: 5 d, over: control, value: 2")
    )
    with pytest.raises(SystemExit) as left:
        cli.main(["study", str(tmp_path / "made.yaml"), "--out", str(tmp_path / "out")])
    assert left.value.code == 2
    assert "is not made at 5 d" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_schema_of_a_study_is_printed(capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["schema", "--study"])
    assert left.value.code == 0
    assert json.loads(capsys.readouterr().out)["title"] == "neurogen_abm study"


def test_markup_in_a_study_stays_text_on_its_card():
    from neurogen_abm.report.pages.html import fill_text

    bad = "<img src=x onerror=alert(1)> [here](javascript:alert(1)) ![x](http://example.org/x.png) a|b `c` **d**"
    shown = r"&lt;img src=x onerror=alert(1)> \[here\](javascript:alert(1)) !\[x\](http://example.org/x.png) a\|b"
    shown += r" \`c\` \*\*d\*\*"
    study = SimpleNamespace(name="made", title=bad, paper=bad, assumed=[bad, "# big"])
    plan = SimpleNamespace(study=study, pathway="circulating", why_not=bad, notes=())
    frame = pd.DataFrame({bad: [bad]})
    parts = dict.fromkeys(("totals", "gains", "inside", "by_span", "misses"), frame)
    parts |= {"studies": [study], "tables": {"made": frame}}
    lists = {"plans": [plan], "lacking": [plan], "left": frame, "said": ""}
    text = fill_text("score_card.md.jinja", {"heading": "", **lists, **parts})
    assert text.count(shown) == 18
    for raw in ("<img", "[here](", "![x](", "**d**", "\n- # big"):
        assert raw not in text


def test_names_above_a_course_leave_room_for_it(tmp_path):
    """Published values share one mark, and the figure of many arms is higher by their names."""
    values = (f"name: finding {k}, kind: ratio, read: labelled, at: {k} d, over: control, value: {k}" for k in (2, 6))
    arms = "".join(f"  arm_{k}: {{}}\n" for k in range(4))
    (tmp_path / "made.yaml").write_text(written(*values).replace("animals: 2", f"{arms}animals: 1"))
    (whole,) = replay([plan(load_study(tmp_path / "made.yaml"))], tmp_path / "out", workers=0)
    figure = dict(courses(whole))["labelled"]
    stars = [trace for trace in figure.data if trace.name == "published"]
    assert [list(trace.x) for trace in stars] == [[2.0, 6.0]]
    assert [list(trace.text) for trace in stars] == [["finding 2", "finding 6"]]
    names = [trace.name for trace in figure.data if trace.name]
    assert len(names) == 7
    assert figure.layout.height - 24 * len(names) >= 250
