"""What a laboratory does to the animal to see its cells: labels injected, cells counted, sections taken.

None of it acts on a cell. Names that the catalogue decides (stains, states) are checked by `check_assays`.
"""

import re
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    WithJsonSchema,
    WrapSerializer,
    model_validator,
)

from neurogen_abm.biology.states import FAMILIES
from neurogen_abm.spec.fields import FieldError, Hours, Id, In
from neurogen_abm.spec.parameter import Grown, Plain
from neurogen_abm.spec.suggest import offer
from neurogen_abm.units import shown, tidy

# Molar masses, g/mol, from the formulas C9H11BrN2O5, C11H12N2O5, C9H11ClN2O5 and C9H11IN2O5.
ANALOGUES = {"BrdU": 307.10, "EdU": 252.23, "CldU": 262.65, "IdU": 354.10}
VIRUS, TAMOXIFEN = "retrovirus", "tamoxifen"
AGENTS = (*ANALOGUES, VIRUS, TAMOXIFEN)
# Those that look at blood or at the whole hippocampus, whatever cells there are.
VOLUME = "hippocampal_volume"
BODY_MEASURES = ("bdnf_plasma", "bdnf_serum", "bdnf_hippocampus", "bdnf_mrna_hippocampus", VOLUME)
# Read-outs that do not count cells; each is a function of `assays` of the same name.
MEASURES = (
    "clones", "clone_active_share", "clone_first_division", "clone_size", "clone_peak", "clone_cells_recorded",
    "clone_neurons", "clone_progenitors", "clone_astrocytes", "clone_stem_share", "cycle_length", "age_at_death",
    *BODY_MEASURES,
    "pattern_separation", "pattern_discrimination", "mature_active_share", "young_active_share",
    "retrieval", "freezing",
)  # fmt: skip
# Of these, the measures of something learned before.
OF_MEMORY = ("retrieval", "freezing")
# Of these, the answers of the layer to entorhinal patterns, and what may be asked of them.
NETWORK_MEASURES = ("pattern_separation", "pattern_discrimination", "mature_active_share", "young_active_share")
SILENCED = ("young",)
LEARNING_RULES = ("hebbian", "bcm")
# Groups of states that a count may name: the families of the states, dead cells apart.
GROUPS = tuple(family for family in FAMILIES if family != "dead")
DIED, GRANULE = "died", "granule"
MOST_TIMES = 20_000

Share = Annotated[float, In("1", above=0, most=1, percent=True)]


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _short(value: Any, handler: Any) -> Any:
    """Write a single time as itself, more as a list."""
    written = handler(value)
    return written[0] if isinstance(written, list | tuple) and len(written) == 1 else written


def _rising(times: tuple[float, ...]) -> tuple[float, ...]:
    if any(later <= earlier for earlier, later in pairwise(times)):
        what = "The times are not in rising order."
        raise FieldError(what, cure="Write each time once, the earliest first.", code="bad-times")
    return times


_TIME_SCHEMA = {"type": "string", "examples": ["28 d"]}
Times = Annotated[
    tuple[Hours, ...],
    Field(strict=False, min_length=1, max_length=MOST_TIMES),
    AfterValidator(_rising),
    BeforeValidator(_as_list),
    WrapSerializer(_short),
    WithJsonSchema({"anyOf": [_TIME_SCHEMA, {"type": "array", "items": _TIME_SCHEMA, "minItems": 1}]}),
]


class Repeated(Grown):
    """Something done at times of the run: ``at`` them, or ``from`` one ``until`` another, both included."""

    at_h: Times | None = Field(None, alias="at", description="When: one time of the run, or a list of times.")
    from_h: Hours | None = Field(None, alias="from", description="In place of `at`: the first of repeated times.")
    until_h: Hours | None = Field(None, alias="until", description="The last time that is allowed.")
    every_h: Annotated[float, In("h", above=0)] | None = Field(
        None, alias="every", description="Time between two, e.g. 1 d."
    )

    @model_validator(mode="after")
    def _when(self) -> "Repeated":
        row = (self.from_h, self.until_h, self.every_h)
        if (self.at_h is None) == (None in row) or (self.at_h is not None and any(part is not None for part in row)):
            cure = "Write `at: 3 d`, `at: [1 d, 28 d]`, or `from: 0 d`, `until: 11 d` and `every: 1 d` together."
            raise FieldError("It must be said in exactly one way when this happens.", code="bad-times", cure=cure)
        if self.from_h is not None and self.until_h is not None and self.every_h is not None:
            if self.until_h < self.from_h:
                what = f"`until` ({tidy(self.until_h, 'h')}) is before `from` ({tidy(self.from_h, 'h')})."
                raise FieldError(what, code="start-after-end", cure="Swap the two.")
            if (self.until_h - self.from_h) / self.every_h >= MOST_TIMES:
                what = f"This gives more than {MOST_TIMES:,} times."
                raise FieldError(what, code="bad-times", cure="Lengthen `every`.")
        return self

    @property
    def times_h(self) -> tuple[float, ...]:
        """All the times, hours since the start of the run."""
        if self.at_h is not None:
            return self.at_h
        assert self.from_h is not None and self.every_h is not None  # noqa: PT018
        return tuple(self.from_h + i * self.every_h for i in range(self.n_times))

    @property
    def n_times(self) -> int:
        """How many times there are, without making them."""
        if self.at_h is not None:
            return len(self.at_h)
        assert self.from_h is not None and self.until_h is not None and self.every_h is not None  # noqa: PT018
        return int((self.until_h - self.from_h) / self.every_h + 1e-9) + 1

    @property
    def last_key(self) -> str:
        """The key in which the last of the times stands."""
        return "at" if self.at_h is not None else "until"


def _agent(name: str) -> str:
    if name not in AGENTS:
        what, cure = f'"{name[:40]}" is not a known label.', offer(name, AGENTS)
        raise FieldError(what, code="unknown-agent", cure=cure, seen=name)
    return name


Agent = Annotated[str, AfterValidator(_agent), Field(json_schema_extra={"enum": list(AGENTS)})]


class Injection(Repeated):
    """A birth-dating label given to the animal: a thymidine analogue by its dose, virus or tamoxifen by its reach."""

    agent: Agent = Field(description="BrdU, EdU, CldU, IdU, retrovirus or tamoxifen.")
    dose_mg_kg: Annotated[float, In("mg/kg", above=0, most=2000)] | None = Field(
        None, alias="dose", description="Analogues: dose of each injection, e.g. 150 mg/kg."
    )
    share: Share | None = Field(
        None, description="Retrovirus: share of dividing cells infected; tamoxifen: share of stem cells that recombine."
    )

    @model_validator(mode="after")
    def _fits_agent(self) -> "Injection":
        check_amount(self.agent, self.dose_mg_kg, self.share)
        return self


def check_amount(agent: str, dose_mg_kg: float | None, share: float | None) -> None:
    """Refuse a dose of what is given by share, and the other way round."""
    analogue = agent in ANALOGUES
    wanted, other, example = ("dose", "share", "dose: 150 mg/kg") if analogue else ("share", "dose", "share: 2 %")
    given = {"dose": dose_mg_kg, "share": share}
    if given[wanted] is None or given[other] is not None:
        what = f"{agent} needs a `{wanted}` and takes no `{other}`."
        raise FieldError(what, code="bad-pair", cure=f"Write {example}.")


class CountTerm(NamedTuple):
    """One condition of a count: a label or stain that shows (``sign`` +) or not (-), or a state without a sign."""

    name: str
    sign: Literal["+", "-", ""]


def terms_of(count: str) -> tuple[CountTerm, ...]:
    """Return the conditions of a count such as ``BrdU+ NeuN-``, all of which a cell must meet."""
    cure = "Write labels and stains with + or -, states without, and spaces between: BrdU+ NeuN+, or type_2a Ki67+."
    terms = []
    for word in count.split():
        found = re.fullmatch(r"([A-Za-z][A-Za-z0-9_]*)([+-]?)", word)
        if found is None:
            what = f'"{word[:40]}" cannot be read as a condition of a count.'
            raise FieldError(what, code="bad-count", cure=cure, seen=count)
        terms.append(CountTerm(found[1], found[2]))  # type: ignore[arg-type]
    if not terms or len(terms) > 12:
        what = f"{shown(count)} has {len(terms)} conditions; 1 to 12 are allowed."
        raise FieldError(what, code="bad-count", cure=cure, seen=count)
    if GRANULE in [term.name for term in terms] and len(terms) > 1:
        what = "`granule` counts all granule cells, also those born in development, and stands alone."
        raise FieldError(
            what, code="bad-count", cure="Write `granule` alone, or use `neuron` in its place.", seen=count
        )
    return tuple(terms)


def _count(text: str) -> str:
    terms_of(text)
    return " ".join(text.split())


def _measure(name: str) -> str:
    if name not in MEASURES:
        what = f'"{name[:40]}" is not a known measure.'
        raise FieldError(what, code="unknown-measure", cure=offer(name, MEASURES), seen=name)
    return name


def _silenced(name: str) -> str:
    if name not in SILENCED:
        what = f'"{name[:40]}" cannot be silenced.'
        raise FieldError(what, code="unknown-name", cure="Write `silence: young`, or leave it out.", seen=name)
    return name


def _rule(name: str) -> str:
    if name not in LEARNING_RULES:
        what = f'"{name[:40]}" is not a known rule of learning.'
        raise FieldError(what, code="unknown-name", cure=offer(name, LEARNING_RULES), seen=name)
    return name


def _window(value: object) -> object:
    if isinstance(value, list | tuple) and len(value) != 2:
        what = "An age window needs two ends, the youngest and the oldest age."
        raise FieldError(what, code="bad-window", cure="Write [1 d, 4 d].", seen=value)
    return value


def _within_the_run(learned_h: float) -> float:
    if learned_h < 0:
        what = "What is learned before the run began is not in the animal: its cells of then are not known."
        cure = "Give a time of the run, 0 d or later, or begin with a younger animal (`age`)."
        raise FieldError(what, code="before-the-run", cure=cure, seen=tidy(learned_h, "h"))
    return learned_h


_NETWORK_KEYS = ("silence", "learning")


class Assay(Repeated):
    """One thing that is counted or measured, at one or more times."""

    gained: ClassVar[tuple[str, ...]] = (*_NETWORK_KEYS, "learned_h")

    name: Id = Field(description="What the row of the table is called.")
    count: Annotated[str, Field(max_length=200), AfterValidator(_count)] | None = Field(
        None, description="Cells that meet all conditions, e.g. BrdU+ NeuN+."
    )
    measure: Annotated[str, AfterValidator(_measure), Field(json_schema_extra={"enum": list(MEASURES)})] | None = Field(
        None,
        description="In place of `count`: a measure of clones, of the cycle, of blood or of the whole hippocampus, "
        "of the network, or of a memory.",
    )
    learned_h: Annotated[float, In("h"), AfterValidator(_within_the_run)] | None = Field(
        None, alias="learned", description="With `retrieval` or `freezing`: when that was learned which is tested."
    )
    silence: Annotated[str, AfterValidator(_silenced), Field(json_schema_extra={"enum": list(SILENCED)})] | None = (
        Field(None, description="Measures of the network: `young`, cells that neither fire nor recruit inhibition.")
    )
    learning: Annotated[str, AfterValidator(_rule), Field(json_schema_extra={"enum": list(LEARNING_RULES)})] | None = (
        Field(None, description="Measures of the network: the rule by which the patterns were learned, hebbian or bcm.")
    )
    age_h: Annotated[tuple[Hours, Hours], Field(strict=False), BeforeValidator(_window)] | None = Field(
        None, alias="age", description="Only cells of this age since their last division, e.g. [1 d, 4 d]."
    )
    since_h: Hours | None = Field(
        None, alias="since", description="Only cells born since this time of the run; with `died`, only deaths since."
    )

    @model_validator(mode="after")
    def _one_question(self) -> "Assay":
        if (self.count is None) == (self.measure is None):
            what, cure = "An assay needs either a `count` or a `measure`.", "Write `count: BrdU+ NeuN+`."
            raise FieldError(what, code="one-of-two", cure=cure)
        if self.age_h is not None and self.age_h[0] >= self.age_h[1]:
            what = "The age window does not end after it starts."
            raise FieldError(what, code="bad-window", cure="Write [1 d, 4 d].")
        alone = self.measure is not None or self.count == GRANULE
        if alone and (self.age_h is not None or (self.since_h is not None and self.count == GRANULE)):
            what = f"`{self.measure or GRANULE}` cannot be limited to a window of ages or births."
            raise FieldError(what, code="bad-pair", cure="Leave `age` and `since` out.")
        return self

    @model_validator(mode="after")
    def _learned(self) -> "Assay":
        remembered = self.measure in OF_MEMORY
        if remembered != (self.learned_h is not None):
            if remembered:
                what = f"`{self.measure}` needs to know when that was learned which is tested."
                raise FieldError(what, code="bad-pair", cure="Write `learned: 0 d`, a time of the run.")
            what = f"`learned` belongs to the measures of a memory, {' and '.join(OF_MEMORY)}."
            raise FieldError(what, code="bad-pair", cure="Leave it out, or write `measure: freezing`.")
        if remembered and self.since_h is not None:
            what = f"`{self.measure}` is of what was learned at one moment, and takes no `since`."
            raise FieldError(what, code="bad-pair", cure="Write `learned` alone.")
        return self

    @model_validator(mode="after")
    def _of_network(self) -> "Assay":
        of_network = self.measure in NETWORK_MEASURES
        asked = [key for key in _NETWORK_KEYS if getattr(self, key) is not None]
        if asked and not of_network:
            what = f"`{asked[0]}` belongs to the measures of the network, such as pattern_separation."
            raise FieldError(what, code="bad-pair", cure="Leave it out, or write `measure: pattern_separation`.")
        if of_network and self.since_h is not None:
            what = f"`{self.measure}` is of the cells there are, whenever they were born, and takes no `since`."
            raise FieldError(what, code="bad-pair", cure="Leave `since` out.")
        return self

    @property
    def terms(self) -> tuple[CountTerm, ...]:
        """The conditions of the count; none of a measure."""
        return terms_of(self.count) if self.count is not None else ()


class Sampling(Plain):
    """How sections are taken and cells counted in them; without it every cell is counted."""

    section_um: Annotated[float, In("um", least=1, most=1000)] = Field(
        alias="section", description="Thickness of a section, e.g. 40 um."
    )
    every: int = Field(ge=1, le=100, description="One section of so many is counted.")
    hemispheres: int = Field(1, ge=1, le=2, description="How many hemispheres are counted and added.")
    frame_area: Share = Field(
        "100 %",  # type: ignore[assignment]
        description="Share of the area of a section that the counting frames cover.",
    )
    frame_height: Share = Field(
        "100 %",  # type: ignore[assignment]
        description="Share of the thickness of a section that the frames reach through.",
    )
    observer_miss: Annotated[float, In("1", least=0, most=0.99, percent=True)] = Field(
        "0 %",  # type: ignore[assignment]
        description="Share of the cells in the frames that the observer overlooks.",
    )
