"""What each file of the catalogue must say: the entries of a signal, an effect, a pathway and a reference."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from pydantic import Field, ValidationError, model_validator

from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.errors import InputError
from neurogen_abm.numerals import plain
from neurogen_abm.spec.bounds import check_order, check_shares, check_value
from neurogen_abm.spec.catalogue_files import FILES, CatalogueError, Part, is_parameter
from neurogen_abm.spec.parameter import Grade, Parameter, Plain, shape
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.yaml.reader import KeyPath
from neurogen_abm.units import convert

Target: TypeAlias = Literal[
    "activation", "amplification", "early_survival", "late_survival", "maturation", "integration"
]
Limb: TypeAlias = Literal["both", "above", "below"]
State: TypeAlias = Literal[*BY_NAME]  # type: ignore[valid-type]
Form = TypeVar("Form", bound=Plain)
GUIDE = "docs/catalogue.md shows an example."

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class FieldSignal(Plain):
    """A signal with a concentration of its own in the tissue."""

    label: str = Field(min_length=1)
    field: Literal[True]


class PublishedRise(Plain):
    """A rise that was measured, to be shown beside what is simulated."""

    rise: float
    sd: float | None = None
    after: str = Field(min_length=1)
    species: str = Field(min_length=1)
    source: str = Field(min_length=1)


class Messenger(Plain):
    """A signal that is known by how far its blood level rises above rest."""

    label: str = Field(min_length=1)
    field: Literal[False] = False
    exerkine: bool
    drive: Literal["intensity", "dose", "stress", "enrichment"]
    averaged: bool = True
    step: str = ""
    crossing: str = ""
    blocked: str = ""
    grade: Grade
    evidence: list[str]
    published: list[PublishedRise] = Field(default_factory=list)
    stress: dict[str, Any] = Field(default_factory=dict)
    production: dict[str, Any] = Field(default_factory=dict)
    kinetics: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _stress_is_said(self) -> "Messenger":
        if (self.drive == "stress") != bool(self.stress):
            raise ValueError("`drive: stress` and the numbers under `stress` belong together")
        return self


class EffectForm(Plain):
    """Which rate of which states an effect changes."""

    target: Target
    states: list[State] = Field(min_length=1)
    limb: Limb = "both"
    through_others: bool = False
    habituation: dict[str, Any] = Field(default_factory=dict)
    integration: dict[str, Any] = Field(default_factory=dict)


class Habituating(Plain):
    """A response that fades with habit."""

    habituation: dict[str, Any]


class Weights(Plain):
    """How much each route counts in a pathway; together 1."""

    circulating: float = Field(ge=0)
    induced: float = Field(ge=0)
    activity: float = Field(ge=0)

    @model_validator(mode="after")
    def _shares(self) -> "Weights":
        total = self.circulating + self.induced + self.activity
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the weights add up to {plain(total)}, not to 1")
        return self


class PathwayForm(Plain):
    """A hypothesis on how activity raises the signal in the niche."""

    label: str = Field(min_length=1)
    status: str = Field(min_length=1)
    weights: Weights
    carries: list[str] = Field(default_factory=list)
    averages: bool = False


class Reference(Plain):
    """A source that numbers may name."""

    citation: str = Field(min_length=1)
    doi: str | None = None
    doi_status: Literal["read", "recalled", "none"] = "none"
    identifier: str = ""
    note: str = ""


class Kind(NamedTuple):
    """What a thing of the catalogue consists of: a form, and parameters with a unit each must convert to."""

    noun: str
    form: type[Plain]
    numbers: Mapping[str, str]
    optional: Mapping[str, str] = {}


FIELD_SIGNAL = Kind("signal with a field", FieldSignal, {}, {"half_gene": "1"})
MESSENGER = Kind(
    "messenger",
    Messenger,
    {"size": "1", "tau": "min", "threshold": "1", "exponent": "1", "weight": "1"},
    {"fall": "min", "half_gene": "1"},
)
PATHWAY = Kind("pathway", PathwayForm, dict.fromkeys(("barrier_gain", "induced_gain", "activity_gain"), "1"))
FIELD_EFFECT = Kind("effect", EffectForm, {"towards": "1", "half_max": "pg/mL", "hill": "1"})
MESSENGER_EFFECT = Kind("effect", EffectForm, {"towards": "1", "half_max": "1", "hill": "1"})
HABITUATION = Kind("habituation", Plain, {"depth": "1", "time": "d"}, {"loss": "1"})
INTEGRATION = Kind("integration over time", Plain, {"time": "d"})
# The dose beyond which running is excessive is in the unit of the species: km/d, or minutes of full intensity a day.
STRESS = Kind("response to stress", Habituating, {"forced": "1", "novelty": "1", "excess": "1", "excess_dose": ""})
PRODUCTION = Kind("effect on BDNF made in the niche", Plain, {"towards": "1", "half_max": "1", "hill": "1"})
KINETICS = Kind("fate of what is infused", Plain, {"rest": "ng/mL", "volume": "mL", "half_life": "min"})
_PARTS = {"stress": STRESS, "production": PRODUCTION, "kinetics": KINETICS}


def formed(form: type[Form], data: Any, part: Part, path: KeyPath, noun: str, others: Iterable[str] = ()) -> Form:
    """Return an entry as its form; a CatalogueError says what it lacks or breaks; ``others`` are more keys of it."""
    try:
        return form.model_validate(data)
    except ValidationError as fault:
        raise _refusal(fault, part, path, noun, [*form.model_fields, *others]) from None


def _refusal(fault: ValidationError, part: Part, path: KeyPath, noun: str, known: Iterable[str]) -> CatalogueError:
    """Return the first fault of a form with its place and its cure."""
    first = fault.errors(include_url=False)[0]
    loc = first["loc"]
    place, key = (*path, *loc), ".".join(map(str, loc))
    if first["type"] == "extra_forbidden":
        what = f'"{str(loc[-1])[:60]}" is not a key of the {noun}.'
        return CatalogueError(what, where=part.where(place), code="unknown-key", cure=offer(str(loc[-1]), known))
    if first["type"] == "missing":
        what = f"`{key}` is missing; the {noun} needs it."
        return CatalogueError(what, where=part.where(place[:-1]), code="missing-key", cure=GUIDE)
    if first["type"] == "literal_error":
        seen = first["input"]
        names = re.findall(r"'([^']+)'", first["ctx"]["expected"])
        what, cure = f'"{seen}" is not known here.', offer(str(seen), names) if names else "Write true or false."
        return CatalogueError(what, where=part.where(place), code="unknown-name", cure=cure, seen=seen)
    if first["type"] in ("too_short", "string_too_short"):
        return CatalogueError(f"`{key}` is empty.", where=part.where(place), code="empty", cure=GUIDE)
    what = first["msg"].removeprefix("Value error, ")
    what = f"{what[0].upper()}{what[1:]}{'' if what.endswith(('.', '?')) else '.'}"
    return CatalogueError(what, where=part.where(place), cure=GUIDE)


def check(kind: Kind, part: Part, path: KeyPath = ()) -> None:
    """Refuse an entry that is not all of its kind, before its numbers are used.

    ``path`` is () for the file as a whole, without its effects. A CatalogueError says which key is unknown, missing or
    of the wrong type, or which parameter is missing or in a unit that does not fit.
    """
    data: Any = part.data
    for step in path:
        data = data[step]
    for key in kind.numbers:
        if key not in data:
            what, cure = f"`{key}` is missing; the {kind.noun} needs it.", f"Give it as a parameter; {GUIDE}"
            raise CatalogueError(what, where=part.where(path), code="missing-key", cure=cure)
    numbers = {**kind.numbers, **{key: unit for key, unit in kind.optional.items() if key in data}}
    for key, unit in numbers.items():
        _check_number(data[key], unit, part, (*path, key))
    rest = {key: entry for key, entry in data.items() if key not in numbers and (path or key != "effects")}
    formed(kind.form, rest, part, path, kind.noun, {**kind.numbers, **kind.optional})


def check_parts(part: Part) -> None:
    """Refuse the parts of a messenger that only some have, where they are not all of their kind; errors as `check`."""
    for key, kind in _PARTS.items():
        if part.data.get(key):
            check(kind, part, (key,))
            if "habituation" in part.data[key]:
                check(HABITUATION, part, (key, "habituation"))


def _check_number(data: Any, unit: str, part: Part, path: KeyPath) -> None:
    if not is_parameter(data):
        cure = "Give value, unit, source, place, status, grade and range."
        raise CatalogueError(f"`{path[-1]}` has no `value`.", where=part.where(path), code="missing-key", cure=cure)
    found = formed(Parameter, data, part, path, "parameter")
    if not unit:
        return
    if unit == "1" and path[-1] == "half_max" and found.unit != "1":
        what = f"The level of a messenger is known as a fold over rest only, not in {found.unit}."
        cure = 'Give the level over rest at half effect, like 1.5, with unit: "1".'
        raise CatalogueError(what, where=part.where((*path, "unit")), code="unit", cure=cure)
    try:
        convert(1.0, found.unit, unit)
    except InputError as fault:
        place, cure = part.where((*path, "unit")), f"Give it in {unit}, or in a unit of the same kind."
        raise CatalogueError(fault.what, where=place, code="unit", cure=cure) from None


def check_effects(part: Part, field: bool) -> None:
    """Refuse an effect whose rate or state is unknown, or whose numbers are not all there; errors as in `check`."""
    effects = part.data.get("effects", {})
    cure = "Write `effects: {my_effect: {target: ..., states: [...], towards: ..., half_max: ..., hill: ...}}`."
    if not isinstance(effects, dict):
        raise CatalogueError("Effects are mappings with a name each.", where=part.where(("effects",)), cure=cure)
    for name in effects:
        path: KeyPath = ("effects", name)
        if not _NAME.fullmatch(name) or not isinstance(effects[name], dict):
            raise CatalogueError("An effect is a mapping with a plain name.", where=part.where(path), cure=cure)
        check(FIELD_EFFECT if field else MESSENGER_EFFECT, part, path)
        if effects[name].get("habituation"):
            check(HABITUATION, part, (*path, "habituation"))
        if effects[name].get("integration"):
            check(INTEGRATION, part, (*path, "integration"))


def check_own_set(shipped: Mapping[str, Any], own: Mapping[str, Any], part: Part, path: KeyPath = ()) -> None:
    """Refuse what a user's partial parameter set may not say: it changes parameters that exist, nothing else.

    ``own`` is what ``part``, a file of the user, says at ``path``.
    """
    for key, entry in own.items():
        here = (*path, key)
        if key not in shipped:
            what = f'The catalogue of the species has no "{key[:60]}" here.'
            raise CatalogueError(what, where=part.where(here), code="unknown-key", cure=offer(key, shipped))
        old = shipped[key]
        if is_parameter(old):
            if not isinstance(entry, dict):
                cure = "Write `{value: ..., unit: ..., source: ..., place: ..., status: ..., grade: ..., range: ...}`."
                bare = "a bare value does not say where it comes from" if entry is not None else "the model reads it"
                what = f"`{key}` is a parameter, and {bare}."
                raise CatalogueError(what, where=part.where(here), code="wrong-type", cure=cure)
        elif isinstance(old, dict) and isinstance(entry, dict) and not is_parameter(entry):
            check_own_set(old, entry, part, here)
        elif entry != old:
            what = f"`{key}` is not a parameter, and a catalogue of your own changes parameters only."
            cure = "Remove it; new signals and pathways go into signals/ and pathways/."
            raise CatalogueError(what, where=part.where(here), code="not-a-parameter", cure=cure)


def check_own_numbers(
    parameters: Mapping[str, Parameter], shipped: Mapping[str, Parameter], places: Mapping[str, str]
) -> None:
    """Refuse numbers of a user's own catalogue of another unit or shape than the shipped ones, or impossible."""
    for path, new in parameters.items():
        old = shipped.get(path)
        if new == old:
            continue
        try:
            if old is not None and path.startswith(FILES):
                convert(1.0, new.unit, old.unit)
                if shape(new.value) != shape(old.value):
                    size = " x ".join(map(str, shape(old.value)))
                    what = f"The catalogue holds {f'a table of {size} numbers' if size else 'one number'} here."
                    raise CatalogueError(what, code="wrong-shape", cure="Give as many numbers.")
            check_value(path, new.unit, new.value)
            check_order(path, parameters)
            check_shares(path, parameters)
        except InputError as fault:
            raise fault.become(CatalogueError, places[path]) from None


def checked_references(shipped: Mapping[str, Any], own: Part) -> dict[str, Any]:
    """Return the references of the package and those of a user's own catalogue, whose keys must be new."""
    for key, entry in own.data.items():
        if key in shipped and shipped[key] != entry:
            what, cure = f'The key "{key[:60]}" is that of another source already.', "Choose another key."
            raise CatalogueError(what, where=own.where((key,)), code="key-taken", cure=cure)
        formed(Reference, entry, own, (key,), "reference")
    return {**shipped, **own.data}
