"""The forms of a scenario: the experiment that one run replays, as a person writes it.

Quantities are text with a unit in YAML (``duration: 28 d``) and floats with the unit in the name inside
(``duration_h``).
What needs the catalogue of the species (names of strains, pathways, signals, parameters) is checked by ``resolve``.
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    Tag,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from neurogen_abm.numerals import plain
from neurogen_abm.spec.catalogue_files import OwnFiles
from neurogen_abm.spec.fields import Clock, CrossFieldError, FieldError, In, no_name_twice
from neurogen_abm.spec.mechanisms import STANDARD
from neurogen_abm.spec.parameter import Grown, Plain
from neurogen_abm.spec.scenario.activity import BLOCKS, Block, Day
from neurogen_abm.spec.scenario.columns import Columns
from neurogen_abm.spec.scenario.feedback import ARMS, Feedback, chosen_arms
from neurogen_abm.spec.scenario.given import Combiner, Infusion, KnockOut
from neurogen_abm.spec.scenario.histology import MOST_TIMES, Assay, Injection, Sampling
from neurogen_abm.spec.shipped import FileModel
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.validation import FileForm, ScenarioError
from neurogen_abm.spec.yaml.reader import KeyPath
from neurogen_abm.spec.yaml.writer import write
from neurogen_abm.units import shown, tidy

LONGEST_STEP_H = 6.0
USUAL_START_MIN = 420  # 07:00, of a run that follows no recording
_YEAR_H = 8766.0

Length = Annotated[float, In("um", least=50, most=100_000)]


def _allowed_step(step_h: float) -> float:
    minutes = step_h * 60
    text = tidy(step_h, "h") if step_h >= 1 else f"{plain(minutes, 4)} min"
    if step_h > LONGEST_STEP_H:
        what = (
            f"A step of {text} is too long: one step would mix day and night, and several events in the life of a cell."
        )
        raise FieldError(
            what, code="step-too-long", cure=f"Use {plain(LONGEST_STEP_H)} h or less; 1 h is usual.", seen=text
        )
    if abs(minutes - round(minutes)) > 1e-9 or round(minutes) < 1 or 1440 % round(minutes) != 0:
        what = f"A step of {text} does not divide a day into equal parts of whole minutes."
        raise FieldError(
            what, code="step-not-even", cure="Use 5, 10, 15, 20 or 30 min, or 1, 2, 3, 4 or 6 h.", seen=text
        )
    return round(minutes) / 60


class ClockTimes(Grown):
    """The clock of the animal room."""

    gained: ClassVar[tuple[str, ...]] = ("start_min", "day")

    start_min: Clock | None = Field(
        None,
        alias="start",
        description="Time of day at which the run starts; by default that of the first recording, else 07:00.",
    )
    day: Day | None = Field(
        None, description="Day of the week on which it starts; by default that of the first recording, else Monday."
    )
    lights_on_min: Clock = Field("07:00", alias="lights_on", description="When the lights go on.")  # type: ignore[assignment]
    lights_off_min: Clock = Field("19:00", alias="lights_off", description="When the lights go off.")  # type: ignore[assignment]

    @model_validator(mode="after")
    def _day_and_night(self) -> "ClockTimes":
        if self.lights_on_min == self.lights_off_min:
            what = "`lights_on` and `lights_off` are the same time."
            raise FieldError(what, code="no-night", cure="Give two times; constant light is not modelled.")
        return self


class Patch(Plain):
    """A rectangle of the unrolled gyrus; densities are kept, counts are scaled to the whole."""

    septotemporal_um: Length = Field(alias="septotemporal", description="Length along the long axis, e.g. 600 um.")
    transverse_um: Length = Field(alias="transverse", description="Length across, from blade to blade, e.g. 400 um.")


def _tissue_form(value: object) -> str:
    return "patch" if isinstance(value, Patch | dict) else "whole"


Tissue = Annotated[
    Annotated[Literal["whole"], Tag("whole")] | Annotated[Patch, Tag("patch")], Discriminator(_tissue_form)
]


class Outputs(Grown):
    """What is written down."""

    gained: ClassVar[tuple[str, ...]] = ("mood",)

    cadence_h: Annotated[float, In("h", above=0)] | None = Field(
        None, alias="cadence", description="Time between two rows of the series; 1 h, or the step, by default."
    )
    cells: bool = Field(True, description="Whether the register of every cell is kept.")
    fields: bool = Field(False, description="Whether maps of the BDNF field are kept.")
    mood: bool = Field(
        False,
        description="Whether the series says what mood, anxiety, fatigue, depression and stress may be: hypotheses, "
        "which act on nothing unless `feedback` names their arm.",
    )


def _override_value(value: object) -> object:
    """Let text, finite numbers and lists pass; what they mean depends on the parameter they replace."""
    fine = isinstance(value, str | int | float | list) and not isinstance(value, bool)
    if not fine or (isinstance(value, float) and not math.isfinite(value)):
        fault = "not a finite number" if isinstance(value, float) else "not a value for a parameter"
        raise FieldError(f"{shown(value)} is {fault}.", cure='Write a quantity like "1.4 h".', seen=value)
    return value


class Override(Plain):
    """A parameter of the catalogue, replaced for this scenario."""

    value: Annotated[Any, BeforeValidator(_override_value), WithJsonSchema({"type": ["string", "number", "array"]})] = (
        Field(description="The new value: a quantity, or numbers with their unit in `unit`.")
    )
    unit: str | None = None
    why: str | None = Field(None, max_length=500)

    @model_serializer(mode="wrap")
    def _short(self, handler: SerializerFunctionWrapHandler) -> Any:
        full = {key: part for key, part in handler(self).items() if part is not None}
        return full["value"] if set(full) == {"value"} and not isinstance(self.value, list) else full


def _long_override(value: object) -> object:
    return value if isinstance(value, dict | Override) else {"value": value}


def _folder(text: str) -> str:
    if not text.isprintable() or text.startswith("~"):
        raise FieldError("This does not name a folder.", cure="Write a folder beside the scenario, like my_signals/.")
    return text


class Scenario(FileModel):
    """One experiment on one animal: who, how long, which activity, which hypothesis, what is written down.

    >>> from neurogen_abm.spec.scenario.load import load_scenario
    >>> load_scenario({"name": "mine", "age": "8 wk", "duration": "7 d"}).age_h
    1344.0
    """

    look_for: Annotated[str, Field(max_length=1000)] = Field("", description="What a student should look for.")
    species: str = Field("mouse", description="A species of the catalogue: mouse, rat, human.")
    strain: str | None = Field(
        None,
        description="A strain of the species, its first by default; see catalogue/mouse/strains for the others.",
    )
    sex: Literal["female", "male"] = Field(
        "female", description="Sex of the animal: changes how muscle ages, and in the human how much BDNF is released."
    )
    age_h: Annotated[float, In("h", above=0, most=130 * _YEAR_H)] = Field(
        "8 wk",  # type: ignore[assignment]
        alias="age",
        description="Age at the start, e.g. 8 wk.",
    )
    duration_h: Annotated[float, In("h", above=0, most=100 * _YEAR_H)] = Field(
        alias="duration", description="How long the run lasts, e.g. 28 d."
    )
    step_h: Annotated[float, In("h", above=0), AfterValidator(_allowed_step)] = Field(
        "1 h",  # type: ignore[assignment]
        alias="step",
        description="Time step: whole minutes, a divisor of a day, 6 h at most.",
    )
    seed: int = Field(1, ge=0, lt=2**63, description="Seed of the random numbers; the same seed gives the same run.")
    tissue: Tissue = Field("whole", description="The whole gyrus, or a patch of it.")
    clock: ClockTimes = Field(default_factory=lambda: ClockTimes(), description="The clock of the animal room.")
    activity: tuple[Block, ...] = Field(
        (), strict=False, max_length=500, description="Blocks of activity; none: sedentary."
    )
    strict_schedule: bool = Field(
        False, description="Refuse activity that the body cannot do, instead of doing as much of it as it can."
    )
    pathway: str = Field("circulating", description="Which hypothesis drives the field; see catalogue/shared/pathways.")
    catalogue: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_folder)] | None = Field(
        None,
        description="Your own catalogue: a folder, named from that of the scenario, whose files add signals and "
        "pathways and change parameters of the species.",
    )
    mechanisms: Annotated[tuple[str, ...], AfterValidator(no_name_twice)] = Field(
        (STANDARD,),
        strict=False,
        max_length=20,
        description="Rules of biology that are on, by name, and no others: those that are standard in the species by "
        "default, [] for none, [standard, NAME] for one more; see catalogue/shared/mechanisms.",
    )
    knock_outs: tuple[KnockOut, ...] = Field((), strict=False, max_length=100, description="What is taken away.")
    infusions: tuple[Infusion, ...] = Field((), strict=False, max_length=100, description="What is given from outside.")
    combiner: Combiner | None = Field(
        None,
        description="How messengers that act on the same are combined: additive, geometric, weakest_link, or the "
        "exponent of their power mean; that of the catalogue by default.",
    )
    stress: bool = Field(
        False, description="Whether corticosterone acts as a brake where the pathway does not carry it."
    )
    feedback: Feedback = Field(
        False,
        description="What acts back from brain to movement: a list of arms, or each with true or false; true: dopamine "
        "and age. Drive changes wheel running alone; all else is set, or recorded.",
    )
    neurogenesis: Literal["none", "low", "high"] | None = Field(
        None, description="Human only: how much adult neurogenesis there is, which is disputed."
    )
    labels: tuple[Injection, ...] = Field(
        (), strict=False, max_length=100, description="Labels given to the animal, by which cells are recognised later."
    )
    assays: tuple[Assay, ...] = Field(
        (), strict=False, max_length=500, description="What is counted or measured in the tissue, and when."
    )
    sampling: Sampling | None = Field(None, description="How sections are sampled; by default every cell is counted.")
    outputs: Outputs = Field(default_factory=lambda: Outputs(), description="What is written down.")
    parameters: dict[str, Annotated[Override, BeforeValidator(_long_override)]] = Field(
        default_factory=dict, description="Parameters of the catalogue replaced: dotted path to quantity."
    )

    _record: Mapping[str, Any] | None = PrivateAttr(None)
    _own_files: OwnFiles | None = PrivateAttr(None)
    # Path of an entry that another file than the scenario's put here -> the folder of that file.
    _folders: Mapping[KeyPath, Path] = PrivateAttr(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Compare what is said, not from which file it was read."""
        return isinstance(other, Scenario) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms of the feedback that act."""
        return chosen_arms(self.feedback)

    @property
    def follows_mood(self) -> bool:
        """Whether mood and what belongs to it are worked out: to be written down, or because an arm needs them."""
        return self.outputs.mood or any(ARMS[arm].feels for arm in self.arms)

    def folder_of(self, path: KeyPath, own: Path | None) -> Path | None:
        """Return the folder from which the file named at ``path`` is found: that of the file in which the entry stands.

        ``own`` is the folder of what stands in the scenario itself.
        """
        known = (path[:n] for n in range(len(path), 0, -1))
        return next((self._folders[entry] for entry in known if entry in self._folders), own)

    def check_known(self, path: KeyPath, noun: str, name: str, names: Iterable[str]) -> None:
        """Refuse the name of a ``noun`` that the species does not have; the nearest are offered."""
        names = list(names)
        if name not in names:
            what = f'"{name[:80]}" is not a known {noun} of the {self.species}.'
            raise ScenarioError(
                what, where=self.where(path), code=f"unknown-{noun}", cure=offer(name, names), seen=name
            )

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON schema of the file; it knows what a run adds, and that a parameter may be written short."""
        schema = super().json_schema()
        schema["properties"]["resolved"] = {"description": "Written by a run; ignored when read.", "type": "object"}
        schema["properties"]["parameters"]["additionalProperties"] = {
            "anyOf": [{"type": "string"}, {"type": "number"}, {"$ref": "#/$defs/Override"}]
        }
        return schema

    def to_yaml(self) -> str:
        """Return the human form: what was said, without the defaults."""
        return write(self.model_dump(by_alias=True, exclude_unset=True))

    @model_validator(mode="after")
    def _fits_together(self) -> "Scenario":
        self._few_times()
        self._whole_steps()
        self._spans()
        return self

    def _few_times(self) -> None:
        """Check that labels and assays together ask for no more times than one of them may."""
        n = sum(row.n_times for row in (*self.labels, *self.assays))
        if n > MOST_TIMES:
            what = f"Labels and assays ask for {n:,} times together; at most {MOST_TIMES:,} are possible."
            cure = "Lengthen `every`, or leave some out."
            raise CrossFieldError(what, ("assays",), code="too-many-times", cure=cure)

    def _whole_steps(self) -> None:
        """Check that nothing starts, ends or is written within a step: results would depend on the length of steps."""
        times: list[tuple[KeyPath, float | None]] = [
            (("duration",), self.duration_h),
            (("outputs", "cadence"), self.outputs.cadence_h),
        ]
        spans: dict[str, tuple[Infusion | KnockOut, ...]] = {
            "infusions": self.infusions,
            "knock_outs": self.knock_outs,
        }
        for section, rows in spans.items():
            for index, span in enumerate(rows):
                times += [((section, index, "start"), span.start_h), ((section, index, "end"), span.end_h)]
        for section, timed in (("labels", self.labels), ("assays", self.assays)):
            for index, row in enumerate(timed):
                times += [((section, index, "every" if row.at_h is None else "at"), time_h) for time_h in row.times_h]
        times += [(("assays", index, "learned"), assay.learned_h) for index, assay in enumerate(self.assays)]
        for path, time_h in times:
            if time_h is not None and abs(time_h / self.step_h - round(time_h / self.step_h)) > 1e-9:
                key, step = path[-1], tidy(self.step_h, "h")
                what = f"`{key}` ({tidy(time_h, 'h')}) is not a whole number of steps (`step`, {step})."
                raise CrossFieldError(what, path, code="not-whole-steps", cure=f"Change `{key}` or `step`.")

    def _spans(self) -> None:
        run = tidy(self.duration_h, "h")
        for key, rows in (("labels", self.labels), ("assays", self.assays)):
            for index, row in enumerate(rows):
                if row.times_h[-1] > self.duration_h:
                    what = f"The time {tidy(row.times_h[-1], 'h')} lies beyond the run (`duration`, {run})."
                    path, cure = (key, index, row.last_key), "Choose an earlier time, or lengthen `duration`."
                    raise CrossFieldError(what, path, code="beyond-the-run", cure=cure)
        for key, spans in (
            ("activity", self.activity),
            ("infusions", self.infusions),
            ("knock_outs", self.knock_outs),
        ):
            for index, span in enumerate(spans):
                for name, time_h in (("start", span.start_h), ("end", span.end_h)):
                    if time_h is None or time_h < self.duration_h or (name, time_h) == ("end", self.duration_h):
                        continue
                    what = f"`{name}` ({tidy(time_h, 'h')}) lies beyond the run (`duration`, {run})."
                    cure = f"Change `{name}`, or lengthen `duration`."
                    raise CrossFieldError(what, (key, index, name), code="beyond-the-run", cure=cure)


FORM = FileForm(
    Scenario,
    {
        "clock": ClockTimes,
        "outputs": Outputs,
        "tissue": Patch,
        "knock_outs": KnockOut,
        "infusions": Infusion,
        "parameters": Override,
        "labels": Injection,
        "assays": Assay,
        "sampling": Sampling,
        "columns": Columns,
    },
    "activity",
    BLOCKS,
    "activity block",
)
