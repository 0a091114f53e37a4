"""Descriptions are those of the code: formulas give what functions give, every number is told, pages are fresh."""

import doctest
import inspect
import math
import re
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest

import neurogen_abm.describe as package
from neurogen_abm.biology.states import LINEAGE
from neurogen_abm.describe import pages
from neurogen_abm.describe.equations import function_of
from neurogen_abm.describe.laws import LAWS, MOTIONS, readable
from neurogen_abm.describe.methods import methods
from neurogen_abm.describe.prose import SCHEDULE
from neurogen_abm.describe.submodels import SUBMODELS, grouped
from neurogen_abm.engine import span, step
from neurogen_abm.model import NeurogenesisModel
from neurogen_abm.run import prepare, sketched
from neurogen_abm.spec.catalogue import load_catalogue, species_names

ROOT = Path(__file__).parent.parent.parent
EVERY_LAW = [law for laws in LAWS.values() for law in laws]
WORDS = {name: getattr(math, name) for name in ("exp", "log", "cos", "tanh", "pi")} | {
    "min": min,
    "max": max,
    "abs": abs,
}


def arguments(function, rng: np.random.Generator) -> dict[str, object]:
    """Return random arguments: numbers from 0.05 to 2.5, whole ones where they are asked for, and tuples of numbers."""
    hints, made = get_type_hints(function), {}
    for name in inspect.signature(function).parameters:
        if hasattr(hints[name], "_fields"):
            made[name] = hints[name](*rng.uniform(0.05, 2.5, len(hints[name]._fields)))
        else:
            made[name] = int(rng.integers(0, 5000)) if hints[name] is int else float(rng.uniform(0.05, 2.5))
    return made


@pytest.mark.parametrize("law", EVERY_LAW, ids=lambda law: law.function)
def test_a_formula_gives_what_the_function_gives(law):
    function, rng = function_of(law), np.random.default_rng(11)
    for _ in range(300):
        given = arguments(function, rng)
        try:
            value = function(**given)
        except (ValueError, ZeroDivisionError):
            continue
        formula = eval(law.formula, {"__builtins__": {}}, WORDS | given)
        if isinstance(formula, complex) or isinstance(value, complex):  # a root of a negative number: out of its domain
            continue
        assert float(value) == pytest.approx(formula, rel=1e-9, abs=1e-12), given


@pytest.mark.parametrize("law", EVERY_LAW, ids=lambda law: law.function)
def test_symbols_of_a_law_are_arguments_and_numbers_of_the_catalogue(law):
    known = set(inspect.signature(function_of(law)).parameters)
    assert set(law.where) <= known
    catalogue = load_catalogue("mouse").parameters
    assert [path for path in law.where.values() if path not in catalogue] == []


def test_a_law_of_change_names_a_test_that_is_there():
    for motion in (motion for motions in MOTIONS.values() for motion in motions):
        file, _, name = motion.test.partition("::")
        assert re.search(rf"^ *def {name}\(", (ROOT / file).read_text(), re.M), motion.test
        function_of(motion)
    assert set(LAWS) | set(MOTIONS) <= {part.key for part in SUBMODELS}


@pytest.mark.parametrize("species", species_names())
def test_every_number_belongs_to_one_part_of_the_model(species):
    base = load_catalogue(species)
    paths = dict.fromkeys([*base.parameters, *(path for m in base.mechanisms.values() for path in m.numbers)])
    groups = grouped(paths)
    assert sorted(path for group in groups.values() for path in group) == sorted(paths)
    assert set(groups) == {part.key for part in SUBMODELS}


def test_modules_and_pages_of_a_part_are_there():
    for part in SUBMODELS:
        for module in part.code:
            import_module(f"neurogen_abm.{module}")
        assert [page for page in part.pages if not (ROOT / "docs" / page).is_file()] == []


def test_the_schedule_is_that_of_the_code():
    """Functions are there, and stand in the source in the order that is told."""
    body = "".join(inspect.getsource(f) for f in (NeurogenesisModel._live, NeurogenesisModel._note))
    compiled = step.live, step.act, span.live_through
    inner = "".join(inspect.getsource(getattr(f, "py_func", f)) for f in compiled)
    calls = {
        "agents.muscle.MuscleAgent.work": (body, "muscle.work("),
        "engine.world.World.advance": (body, "world.advance("),
        "assays.histology.Histology.attend": (body, "self.histology.attend("),
        "assays.recorder.Recorder.record": (body, "self.recorder.record("),
    }
    places: dict[str, list[int]] = {body: [], inner: []}
    for function, _ in SCHEDULE:
        found = import_module("neurogen_abm")
        for word in function.split("."):
            found = getattr(found, word) if hasattr(found, word) else import_module(f"{found.__name__}.{word}")
        module, name = function.split(".")[-2:]
        imported = f"{module}.{name}(" if f"{module}.{name}(" in inner else f" {name}("
        text, call = calls.get(function, (inner, imported))
        assert call in text, function
        places[text].append(text.index(call))
    assert all(order == sorted(order) for order in places.values())


@pytest.mark.parametrize("page", sorted(pages.PAGES))
def test_a_page_made_from_the_code_is_fresh(page):
    """Stale? `make pages` writes them anew."""
    assert (ROOT / "docs" / page).read_text() == pages.PAGES[page]() + "\n"


def test_the_odd_form_has_its_seven_elements_and_every_state_and_number():
    text = (ROOT / "docs" / "odd.md").read_text()
    headings = re.findall(r"^## (\d)\. (.+)$", text, re.M)
    assert [int(number) for number, _ in headings] == list(range(1, 8))
    assert [state.name for state in LINEAGE if f"| `{state.name}` |" not in text] == []
    assert [path for path in load_catalogue("mouse").parameters if f"| `{path}` |" not in text] == []


def test_no_number_of_a_mechanism_or_a_strain_is_said_to_be_read_by_every_run():
    laid = (ROOT / "docs" / "parameters.md").read_text().partition("## Mechanisms and strains")[2]
    assert "mechanism loss_of_gain" in laid
    assert "every run" not in laid


def test_a_methods_section_tells_every_number_that_the_run_reads_as_the_scenario_has_it():
    patch = {"septotemporal": "800 um", "transverse": "400 um"}
    changes = {"tissue": patch, "parameters": {"lineage.clearance.time": {"value": "1.3 h", "why": "test"}}}
    resolved = prepare("mouse_pulse_chase", overrides=changes)
    text = methods(resolved)
    assert "| `lineage.clearance.time` | 1.3 h |" in text
    assert "in place of the catalogue: `lineage.clearance.time`" in text
    assert [path for path in sketched(resolved).used if f"| `{path}` |" not in text] == []
    for assay in resolved.scenario.assays:
        assert f"`{assay.name}`" in text


def test_cases_are_told_in_words():
    assert readable("(a if b >= c else d) * x") == "[a where b ≥ c, otherwise d] · x"


def test_examples():
    modules = [
        import_module(f"{package.__name__}.{name}") for name in ("fields", "laws", "markdown", "passports", "submodels")
    ]
    outcomes = [doctest.testmod(module) for module in modules]
    assert sum(outcome.attempted for outcome in outcomes) >= 6
    assert [outcome for outcome in outcomes if outcome.failed] == []


@pytest.mark.parametrize(
    "words",
    [
        ["describe"],
        ["describe", "--odd", "--methods"],
        ["describe", "--methods"],
        ["describe", "mouse_sedentary", "--parameters"],
        ["describe", "mouse_sedentary", "--odd", "--species", "rat"],
        ["describe", "--odd", "--species", "cat"],
        ["describe", "--odd", "--set", "duration=3 d"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_described_is_refused_with_a_cure(words, capsys):
    from neurogen_abm.cli import main

    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    what, _, cure = capsys.readouterr().err.strip().partition(". ")
    assert what.startswith("neurogen: ")
    assert cure.endswith((".", "?"))


def test_the_command_prints_what_the_functions_return(capsys):
    from neurogen_abm.cli import main

    with pytest.raises(SystemExit) as left:
        main(["describe", "rat_sedentary", "--odd", "--set", "lineage.clearance.time=1.3 h"])
    assert left.value.code == 0
    assert "| `lineage.clearance.time` | 1.3 h |" in capsys.readouterr().out
