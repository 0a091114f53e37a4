"""Whatever is handed to a public function, an error names the argument; nothing ends in a bare TypeError."""

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

import neurogen_abm
from neurogen_abm import InputError, NeurogenesisModel, Result
from neurogen_abm.arguments import FLAG, NUMBER, PLACE, SPAN, TEXTS, WHOLE, check
from neurogen_abm.errors import argument, telling_of_options, told
from neurogen_abm.experiments.calibration.calibrate import calibrate
from neurogen_abm.experiments.execution.runner import Execution, Workers
from neurogen_abm.experiments.studies.study import plan, plans_of, replay
from neurogen_abm.explanation import explanation
from neurogen_abm.spec.calibration import load_calibration
from neurogen_abm.spec.catalogue import load_catalogue, species_names
from neurogen_abm.spec.study.study import load_study
from neurogen_abm.spec.sweep import load_sweep

WRONG = [None, 5, "x", object(), [], math.nan, -1, True, b"", {}]
SMALL = {
    "name": "small",
    "duration": "1 h",
    "age": "60 d",
    "tissue": {"septotemporal": "100 um", "transverse": "100 um"},
    "parameters": {"lineage.stem.longest_history": {"value": "1 d", "why": "quick"}},
}
OTHER = SMALL | {"name": "other", "feedback": True}
SWEEP = {"name": "few", "scenario": SMALL, "axes": {"age": ["60 d"]}}


@pytest.fixture(scope="module")
def model() -> NeurogenesisModel:
    return NeurogenesisModel(SMALL)


@pytest.fixture(scope="module")
def result() -> Result:
    return neurogen_abm.run(SMALL)


class Reached(Exception):
    """The arguments passed; what would be done with them is no concern here."""


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Stop where animals would be run, and keep what is written inside a folder of the test."""
    monkeypatch.chdir(tmp_path)

    def reached(*_: object, **__: object) -> None:
        raise Reached

    for module in (
        "experiments.compare",
        "experiments.sweep.sweep",
        "experiments.studies.study",
        "experiments.design.pool",
    ):
        monkeypatch.setattr(f"neurogen_abm.{module}.perform", reached)
    monkeypatch.setattr("neurogen_abm.experiments.execution.workers.Workers._connected", reached)
    monkeypatch.setattr("neurogen_abm.experiments.calibration.objective.Objective.find_insensitive_arms", reached)
    monkeypatch.setattr("neurogen_abm.lowering.histories.begun", reached)


def functions() -> Iterator[tuple[str, Callable[..., Any], list[Any], dict[str, Any]]]:
    """Yield name, function, arguments that are right, and the keywords to try with wrong values beside them."""
    runs = dict.fromkeys(("workers", "scheduler", "progress", "retry_failed"))
    yield "run", neurogen_abm.run, [SMALL], dict.fromkeys(("scenario", "seed", "overrides", "progress"))
    yield "NeurogenesisModel", NeurogenesisModel, [SMALL], dict.fromkeys(("scenario", "seed", "rng", "on_history"))
    yield "load_scenario", neurogen_abm.load_scenario, [SMALL], dict.fromkeys(("source", "changes", "folder"))
    small = neurogen_abm.load_scenario(SMALL)
    yield "resolve", neurogen_abm.resolve, [small], dict.fromkeys(("scenario", "catalogue", "base_dir"))
    yield "load_catalogue", load_catalogue, ["mouse"], dict.fromkeys(("species", "root", "own"))
    yield "species_names", species_names, [], dict.fromkeys(("root",))
    own = ("pairs", "until_halfwidth", "read_out", "most_pairs", "overrides", "out")
    yield "compare", neurogen_abm.compare, [SMALL, OTHER], dict.fromkeys(own) | runs
    yield "sweep", neurogen_abm.sweep, [SWEEP], dict.fromkeys(("source", "out")) | runs
    morris = SWEEP | {"axes": {"age": {"from": "60 d", "to": "90 d"}}, "design": {"kind": "morris", "points": 2}}
    yield "sensitivity", neurogen_abm.sensitivity, [morris], dict.fromkeys(("source", "out")) | runs
    yield "Execution", Execution, [], dict.fromkeys(("folder",)) | runs
    yield "Workers", Workers, [], dict.fromkeys(("workers", "scheduler"))
    study = load_study("clark2010")
    yield "plan", plan, [study], dict.fromkeys(("study", "pathway", "pairs"))
    yield "plans_of", plans_of, [["clark2010"]], dict.fromkeys(("sources", "pathway", "pairs"))
    yield "study", neurogen_abm.study, ["clark2010"], dict.fromkeys(("pathway", "pairs", "out")) | runs
    planned = dict.fromkeys(("study", "pathway", "readings", "fewest", "most", "pool", "posterior", "out"))
    yield "design", neurogen_abm.design, ["running_next"], planned | runs
    yield "recording", neurogen_abm.recording, ["mouse_wheel_minutes"], dict.fromkeys(("file", "animal", "species"))
    yield "replay", replay, [[], "out"], dict.fromkeys(("plans", "folder")) | runs
    for load in (load_sweep, load_study, load_calibration):
        yield load.__name__, load, [{}], dict.fromkeys(("source",))
    yield "load_calibration changes", load_calibration, ["mouse"], dict.fromkeys(("changes",))
    yield "explanation", explanation, [neurogen_abm.resolve(small)], dict.fromkeys(("path",))


CASES = [
    pytest.param(call, right, keyword, id=f"{name}-{keyword}")
    for name, call, right, keywords in functions()
    for keyword in keywords
]


def misuse(call: Callable[..., Any], keyword: str, wrong: object, right: list[Any], place: int | None) -> None:
    """Call with one wrong value; only an InputError, or no error at all, will do."""
    positional = list(right)
    named = {keyword: wrong}
    if place is not None:
        positional[place] = named.pop(keyword)
    with suppress(InputError, Reached):
        call(*positional, **named)


@pytest.mark.parametrize(("call", "right", "keyword"), CASES)
def test_a_wrong_value_is_refused_by_name(call: Callable[..., Any], right: list[Any], keyword: str) -> None:
    first = ("scenario", "source", "species", "study", "sources", "plans", "file")
    place = 0 if keyword in first else 1 if keyword == "folder" and len(right) > 1 else None
    for wrong in WRONG:
        if keyword == "scheduler" and wrong == "x":
            continue  # an address where nobody answers is a fault of the environment
        misuse(call, keyword, wrong, right, place)


def test_calibrate_refuses_wrong_values(tmp_path: Any) -> None:
    fit = {
        "name": "one",
        "studies": ["clark2010"],
        "pairs": 1,
        "parameters": ["signals.bdnf.effects.activation.towards"],
    }
    for keyword in ("source", "folder", "workers", "scheduler", "progress", "tell"):
        for wrong in [value for value in WRONG if not (keyword == "scheduler" and value == "x")]:
            given = {"source": fit, "folder": tmp_path / "fit", keyword: wrong}
            with suppress(InputError, Reached):
                calibrate(given.pop("source"), given.pop("folder"), **given)


def test_methods_refuse_wrong_values(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    model, result = NeurogenesisModel(SMALL), neurogen_abm.run(SMALL)
    histology, catalogue = model.histology, model.spec.catalogue
    calls = [
        model.live_on,
        model.cell,
        histology.inject,
        lambda wrong: histology.inject("BrdU", wrong),
        lambda wrong: histology.inject("retrovirus", share=wrong),
        histology.count,
        lambda wrong: histology.count("Ki67+", age_h=wrong),
        lambda wrong: histology.count("Ki67+", since_h=wrong),
        lambda wrong: histology.count("Ki67+", sampling=wrong),
        histology.cells,
        lambda wrong: result.save(wrong),
        lambda wrong: result.save("here", force=wrong),
        Result.load,
        catalogue.parameter,
        lambda wrong: catalogue.value(wrong, "h"),
        lambda wrong: catalogue.value("lineage.clearance.time", wrong),
        lambda wrong: model.spec.value("lineage.clearance.time", wrong),
    ]
    for number, call in enumerate(calls):
        for wrong in WRONG:
            try:
                call(wrong)
            except InputError:
                pass
            except Exception as fault:
                raise AssertionError(f"call {number} with {wrong!r}") from fault


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: neurogen_abm.compare(SMALL, OTHER, pairs="2"), '^pairs: "2" is not a whole number'),
        (lambda: neurogen_abm.compare(SMALL, OTHER, read_out=None), "^read_out: None is not text"),
        (lambda: neurogen_abm.compare(SMALL, OTHER, pairs=1), "^pairs: With 1 pair of"),
        (lambda: neurogen_abm.sweep(SWEEP, workers="2"), '^workers: "2" is not a number of processes'),
        (lambda: neurogen_abm.sweep(SWEEP, progress=5), "^progress: 5 is not a function, or None"),
        (lambda: neurogen_abm.run(SMALL, progress=5), "^progress: 5 is not a function, or None"),
        (lambda: neurogen_abm.run(SMALL, overrides={"duration": "7"}), '^overrides duration: "7" has no unit'),
        (lambda: neurogen_abm.run(SMALL, overrides=[]), "^overrides: A list is not a mapping whose keys are text"),
    ],
)
def test_a_caller_in_python_is_told_of_arguments(call: Callable[[], object], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        call()
    assert "--" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_who_typed_a_command_is_told_of_options() -> None:
    with telling_of_options():
        assert argument("overrides") == "--set"
        assert argument("until_halfwidth") == "--until-halfwidth"
        assert told("force=True", "--force") == "--force"
        with pytest.raises(InputError, match=r"^--pairs: With 1 pair of"):
            neurogen_abm.compare(SMALL, OTHER, pairs=1)
    assert argument("overrides") == "overrides"


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (WHOLE, [0, -3, 2**70], [True, 1.0, "1", None]),
        (NUMBER, [0, 1.5], [True, math.inf, "1", None, 1j]),
        (FLAG, [True, False], [0, 1, None, "yes"]),
        (PLACE, ["a", "a/b"], ["", "a\0b", b"a", None, 5]),
        (SPAN, [(0, 1), [1.5, 2]], ["ab", (1,), (1, None), None]),
        (TEXTS, [["a"], ()], ["a", [1], None]),
    ],
)
def test_what_an_argument_may_be(kind: Any, right: list[Any], wrong: list[Any]) -> None:
    for value in right:
        check(it=(value, kind))
    check(it=(None, kind.or_none))
    for value in wrong:
        with pytest.raises(InputError, match=r"^it: "):
            check(it=(value, kind))
