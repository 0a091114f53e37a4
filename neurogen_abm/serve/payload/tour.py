"""Five guided stops: what to ask, where to look, and the lives in which to look. A stop is a plan and steps of text.

Everything a stop shows is the address of a state of the page: the share code of its plan, and how to look at it. The
texts name no figures; those are read from the page, where they follow from the life that is lived there.
"""

from typing import Any, Final, NamedTuple

from neurogen_abm.serve.session.library import Library
from neurogen_abm.serve.session.plan import ArmPlan, InjectEvent, SessionPlan


class Step(NamedTuple):
    """A text, and what the page shows with it: a day, a view, what colours cells, how BDNF is shown."""

    say: str
    day: float
    view: str = "sheet"
    by: str = "group"
    bdnf: str = "veil"


class Stop(NamedTuple):
    """One stop: key for the address, title, the question, the plan of both lives, its steps, and panels of a slide."""

    key: str
    title: str
    question: str
    plan: SessionPlan
    steps: tuple[Step, ...]
    panels: tuple[str, str] = ("bdnf", "survival")


_REST: Final[dict[str, Any]] = {"activity": []}
_PULSE_DAY: Final = 3
_PULSE: Final = InjectEvent(kind="inject", step=24 * _PULSE_DAY, agent="BrdU", dose="150 mg/kg")


def _pair(scenario: str, b: dict[str, Any], *events: InjectEvent) -> SessionPlan:
    """Return the plan of an animal and its twin, which differs by ``b``; the same happens to both."""
    arms = [ArmPlan(events=list(events)), ArmPlan(changes=b, events=list(events))]
    return SessionPlan(scenario=scenario, seed=1, arms=arms)


STOPS: Final = (
    Stop(
        "first-night",
        "The first night",
        "What reaches the brain when a mouse runs for the first time?",
        _pair("mouse_wheel_running", _REST),
        (
            Step(
                "Two mice of eight weeks: the same seed, so the same cells in the same places. Each dot is a cell that "
                "is simulated by itself. The left one, A, gets a wheel; its twin B does not.",
                0.0,
            ),
            Step(
                "A day later. A has run, B has not. What you see now is BDNF: it reaches the niche along the "
                "capillaries, and there is more of it in A. Read both levels in the panel BDNF.",
                1.0,
                bdnf="field",
            ),
            Step(
                "The same day, as cells. More cells divide in the runner already; new neurons take longer. Point at a "
                "panel, or use the arrow keys on it: one cursor reads the same moment in all of them.",
                1.0,
            ),
        ),
    ),
    Stop(
        "first-week",
        "The first week",
        "Which comes first: more cells that divide, or more new neurons?",
        _pair("mouse_wheel_running", _REST),
        (
            Step(
                "Three days of running, in a section of 40 µm. Dividing cells stand along the hilus. The sentence "
                "with per cent says how many more there are in the runner than in its twin.",
                3.0,
                "section",
            ),
            Step(
                "A week. The map of differences, B minus A, is orange where the twin at rest has fewer cells. The "
                "panel Since the start counts the new neurons that live, and the young ones that died.",
                7.0,
            ),
            Step(
                "Four weeks. Most of the rise of dividing cells is gone, and the neurons that were added stay. The "
                "gain is mostly history: it was made in the first weeks.",
                28.0,
            ),
        ),
    ),
    Stop(
        "label-them",
        "Label them",
        "What becomes of the cells that divided on one day?",
        _pair("mouse_wheel_running", _REST, _PULSE),
        (
            Step(
                "On day 3 both mice got BrdU. It enters cells that copy their DNA, and marks them and their "
                "daughters. Lit on the map: every cell in which a laboratory would find it.",
                3.25,
                by="stain:BrdU",
                bdnf="none",
            ),
            Step(
                "Four days after the injection. Labelled cells have divided, so there are more of them. The panel "
                "Labelled cells has the curve; its dotted line is the injection.",
                7.0,
                by="stain:BrdU",
                bdnf="none",
            ),
            Step(
                "Four weeks after the injection. Many of the labelled cells have died; most that are left are "
                "neurons. Who counts only now sees those that stayed, and cannot tell births from survival.",
                31.0,
                by="stain:BrdU",
                bdnf="none",
            ),
        ),
        ("labelled", "survival"),
    ),
    Stop(
        "without-bdnf",
        "Take BDNF away",
        "Does a mouse that runs need BDNF for the effect?",
        _pair("mouse_wheel_running", {"knock_outs": [{"signal": "bdnf"}]}),
        (
            Step(
                "Both mice run. B has never had BDNF: it was taken away from birth. More of its cells divide, for the "
                "interneurons that hold them back need BDNF; more die young, so that B has fewer young neurons. "
                "Compare the columns A and B beside the map.",
                0.0,
            ),
            Step(
                "A week of running. There is BDNF under the cells of A alone. B runs as far: see the panel Activity, "
                "where both lines lie on each other.",
                7.0,
                bdnf="field",
            ),
            Step(
                "Four weeks. The sentence with per cent is now what BDNF does in a runner, not what running does. The "
                "model holds that young neurons need it to survive; that is what you see.",
                28.0,
            ),
        ),
        ("activity", "survival"),
    ),
    Stop(
        "old-age",
        "Old age",
        "Is a first wheel at eighteen months too late?",
        _pair("mouse_aged_runner", _REST),
        (
            Step(
                "Eighteen months old. The same organ, and far fewer cells that divide or are young neurons. Look at "
                "the counts, and remember those of the young mouse.",
                0.0,
            ),
            Step(
                "A week with its first wheel, in a section. In per cent the old runner gains; there are few cells to "
                "gain from. Which of the two numbers would you put into a headline?",
                7.0,
                "section",
            ),
            Step(
                "Four weeks. In new neurons the gain is a small part of that of the young mouse at the second stop. "
                "Too late? That depends on what is asked: a share, or a number of cells.",
                28.0,
            ),
        ),
    ),
)


def tour(library: Library) -> list[dict[str, Any]]:
    """Return the stops as the page takes them; those whose scenario this server does not offer are left out."""
    return [
        {
            "key": stop.key,
            "title": stop.title,
            "question": stop.question,
            "scenario": stop.plan.scenario,
            "code": stop.plan.code(),
            "steps": [step._asdict() for step in stop.steps],
            "panels": stop.panels,
        }
        for stop in STOPS
        if stop.plan.scenario in library.sources
    ]
