"""What is believed about a species, and who said so: the data files of ``neurogen_abm/catalogue``.

Any mapping that has the key ``value`` is a :class:`Parameter`; its dotted path names it everywhere
(``lineage.stem.initial_count``, ``signals.bdnf.effects.activation.half_max``). Every other leaf is structure.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from pydantic import ValidationError

from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.errors import InputError
from neurogen_abm.spec.parameter import Parameter, Plain
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.yaml.reader import Document, KeyPath, parse, where

Target: TypeAlias = Literal[
    "activation", "amplification", "early_survival", "late_survival", "maturation", "integration"
]
FILES = ("anatomy", "lineage", "physiology", "histology")
FOLDERS = ("signals", "pathways")
# Our own fits cite themselves; docs/calibration.md says how each was made.
OWN_SOURCES = frozenset({"calibration"})


class CatalogueError(InputError):
    """A data file of the catalogue breaks its own rules, or a species is not in it."""

    default_code = "catalogue"


class Habituation(Plain):
    """How an effect fades while the signal stays high: ``depth`` (0 none, 1 whole) after ``time``."""

    depth: Parameter
    time: Parameter


_VERBS: dict[str, tuple[str, str]] = {
    "activation": ("the activation hazard", "of"),
    "amplification": ("the odds of one more division", "of"),
    "early_survival": ("the death hazard on days 1-4", "of"),
    "late_survival": ("the death hazard on days 7-21", "of"),
    "maturation": ("the pace of maturation", "of"),
    "integration": ("the pool of boutons", "open to"),
}


class Effect(Plain):
    """What one signal does to one rate: times ``towards ** s``, ``s`` how far it has moved its receptors from rest."""

    name: str
    target: Target
    states: tuple[str, ...]
    towards: Parameter
    half_max: Parameter
    hill: Parameter
    habituation: Habituation | None
    signal: str
    signal_label: str
    state_labels: tuple[str, ...]

    @property
    def path(self) -> str:
        """The dotted path under which the numbers of the effect are found."""
        return f"signals.{self.signal}.effects.{self.name}"

    def parameters(self) -> dict[str, Parameter]:
        """Return the numbers of the effect by dotted path."""
        found = {f"{self.path}.{key}": getattr(self, key) for key in ("towards", "half_max", "hill")}
        if self.habituation is not None:
            found[f"{self.path}.habituation.depth"] = self.habituation.depth
            found[f"{self.path}.habituation.time"] = self.habituation.time
        return found

    def with_parameters(self, parameters: Mapping[str, Parameter]) -> "Effect":
        """Return the same effect with its numbers taken from ``parameters``."""
        change: dict[str, Any] = {key: parameters[f"{self.path}.{key}"] for key in ("towards", "half_max", "hill")}
        if self.habituation is not None:
            depth, time = (parameters[f"{self.path}.habituation.{key}"] for key in ("depth", "time"))
            change["habituation"] = Habituation(depth=depth, time=time)
        return self.model_copy(update=change)

    def sentence(self) -> str:
        """Return the effect in English, with the status and the grade of its size."""
        noun, link = _VERBS[self.target]
        labels = [f"{label}s" for label in self.state_labels]
        who = labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
        towards = float(self.towards.value)
        verb = "raises" if towards > 1 else "lowers" if towards < 1 else "leaves"
        text = (
            f"{self.signal_label} {verb} {noun} {link} {who} towards {towards:g} of base, "
            f"half-max {self.half_max.value:g} {self.half_max.unit}, Hill {self.hill.value:g}"
        )
        if self.habituation is not None and self.habituation.depth.value > 0:
            depth, time = self.habituation.depth, self.habituation.time
            text += f", habituating by {depth.value:.0%} with a time of {time.value:g} {time.unit}"
        return f"{text} [{self.towards.status}; grade {self.towards.grade}]"


@dataclass(frozen=True)
class Catalogue:
    """The numbers and the structure of one species.

    Attributes
    ----------
    species
        ``mouse``, ``rat`` or ``human``.
    parameters
        Dotted path -> :class:`Parameter`, in the order of the files.
    structure
        File (``anatomy``, ``lineage``, ``physiology``, ``signals``, ``pathways``) -> what is not a number.
    references
        Key -> citation, for every source that may be named.
    effects
        What signals do to rates.
    digest
        SHA-256 of the files the catalogue was read from.
    places
        Dotted path -> ``file:line:column``, for errors.
    """

    species: str
    parameters: Mapping[str, Parameter]
    structure: Mapping[str, Any]
    effects: tuple[Effect, ...]
    references: Mapping[str, Mapping[str, Any]]
    digest: str
    places: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def markers(self) -> Mapping[str, Mapping[str, Any]]:
        """Stain -> which states it shows."""
        return self._section("lineage", "markers")

    @property
    def signals(self) -> Mapping[str, Mapping[str, Any]]:
        """Messenger -> its label and other structure."""
        return self.structure.get("signals", {})  # type: ignore[no-any-return]

    @property
    def pathways(self) -> Mapping[str, Mapping[str, Any]]:
        """Pathway hypothesis -> label, status sentence and other structure."""
        return self.structure.get("pathways", {})  # type: ignore[no-any-return]

    @property
    def strains(self) -> tuple[str, ...]:
        """Strains the anatomy names; the first is the default."""
        return tuple(self.structure.get("anatomy", {}).get("strains", ()))

    def parameter(self, path: str) -> Parameter:
        """Return one parameter.

        Raises
        ------
        CatalogueError
            There is none of that path; the nearest ones are offered.
        """
        if path not in self.parameters:
            what, cure = f'No parameter is called "{path[:80]}".', offer(path, self.parameters)
            raise CatalogueError(what, code="unknown-parameter", cure=cure, seen=path)
        return self.parameters[path]

    def value(self, path: str, unit: str) -> Any:
        """Return the value of a parameter in ``unit``: a float, or an array for a table."""
        return self.parameter(path).to(unit)

    def with_parameters(self, changes: Mapping[str, Parameter]) -> "Catalogue":
        """Return the catalogue with some parameters exchanged, in the effects as well."""
        parameters = {**self.parameters, **changes}
        effects = tuple(effect.with_parameters(parameters) for effect in self.effects)
        return replace(self, parameters=parameters, effects=effects)

    def _section(self, file: str, key: str) -> Mapping[str, Mapping[str, Any]]:
        return self.structure.get(file, {}).get(key, {})  # type: ignore[no-any-return]


def _root(root: Path | None) -> Traversable:
    return root if root is not None else resources.files("neurogen_abm") / "catalogue"


def species_names(root: Path | None = None) -> list[str]:
    """Return the species that have a lineage in the catalogue."""
    return list(_species(root) if root is None else _species.__wrapped__(root))


@cache
def _species(root: Path | None) -> tuple[str, ...]:
    folders = [folder for folder in _root(root).iterdir() if folder.is_dir()]
    return tuple(sorted(folder.name for folder in folders if (folder / "lineage.yaml").is_file()))


def load_catalogue(species: str, root: Path | None = None) -> Catalogue:
    """Read the catalogue of one species; repeated calls return the same object.

    Parameters
    ----------
    species
        A name of :func:`species_names`.
    root
        Another folder of the layout of ``neurogen_abm/catalogue``, for tests.

    Raises
    ------
    CatalogueError
        The species is unknown, or a file breaks a rule; file, line and path are named.
    """
    names = species_names(root)
    if species not in names:
        what = f'The species "{str(species)[:40]}" is not in the catalogue.'
        raise CatalogueError(what, code="unknown-species", cure=offer(str(species), names), seen=species)
    return _load(species, root) if root is None else _load.__wrapped__(species, root)


@lru_cache(maxsize=8)
def _load(species: str, root: Path | None) -> Catalogue:
    files = _files(_root(root), species)
    digest = hashlib.sha256()
    builder = _Builder(species)
    for name, file in files:
        raw = file.read_bytes()
        digest.update(name.encode() + b"\0" + str(len(raw)).encode() + b"\0" + raw)
        builder.add(name, parse(raw, f"catalogue/{name}"))
    return builder.catalogue(digest.hexdigest())


def _files(root: Traversable, species: str) -> list[tuple[str, Traversable]]:
    """Return (name, file) of everything a species reads, in a fixed order."""
    found: list[tuple[str, Traversable]] = []
    if (root / "references.yaml").is_file():
        found.append(("references.yaml", root / "references.yaml"))
    folder = root / species
    present = [name for name in FILES if (folder / f"{name}.yaml").is_file()]
    found += [(f"{species}/{name}.yaml", folder / f"{name}.yaml") for name in present]
    for group in FOLDERS:
        if (folder / group).is_dir():
            entries = sorted((entry for entry in (folder / group).iterdir()), key=lambda entry: entry.name)
            found += [(f"{species}/{group}/{entry.name}", entry) for entry in entries if entry.name.endswith(".yaml")]
    return found


class _Builder:
    """Gathers the files of one species and checks them against one another."""

    def __init__(self, species: str) -> None:
        self.species = species
        self.parameters: dict[str, Parameter] = {}
        self.structure: dict[str, Any] = {}
        self.references: dict[str, Any] = {}
        self.effects: list[tuple[str, dict[str, Any], str]] = []
        self.places: dict[str, str] = {}

    def add(self, name: str, document: Document) -> None:
        """Take in one file."""
        if not isinstance(document.data, dict):
            raise CatalogueError("A mapping is wanted at the top.", where=f"catalogue/{name}")
        if name == "references.yaml":
            self.references = document.data
            return
        *group, stem = name.removesuffix(".yaml").split("/")[1:]
        prefix = (*group, stem)
        data = dict(document.data)
        self.keep_effects(data.pop("effects", []), stem, name, document)
        structure = self.walk(data, prefix, len(prefix), name, document)
        if group:
            self.structure.setdefault(group[0], {})[stem] = structure
        else:
            self.structure[stem] = structure

    def walk(self, data: Any, path: KeyPath, depth: int, name: str, document: Document) -> Any:
        """Return the structure of ``data``; numbers on the way become parameters."""
        if not isinstance(data, dict):
            return data
        spot = where(f"catalogue/{name}", document.places, path[depth:])
        if "value" in data:
            self.keep(".".join(str(part) for part in path), self.parameter(data, spot), spot)
            return None
        found = {key: self.walk(part, (*path, key), depth, name, document) for key, part in data.items()}
        return {k: part for k, part in found.items() if not _is_parameter(data[k])}

    def keep(self, path: str, parameter: Parameter, spot: str) -> None:
        """Take in one parameter and the place where it stands."""
        self.parameters[path] = parameter
        self.places[path] = spot

    def parameter(self, data: Any, spot: str) -> Parameter:
        """Return the parameter that ``data`` describes.

        Raises
        ------
        CatalogueError
            It lacks a field or breaks a rule.
        """
        try:
            return Parameter.model_validate(data)
        except ValidationError as fault:
            first = fault.errors(include_url=False, include_input=False)[0]
            key = ".".join(str(part) for part in first["loc"])
            what = f"{key + ': ' if key else ''}{first['msg'].removeprefix('Value error, ')}."
            raise CatalogueError(what, where=spot, cure="spec/parameter.py lists the fields.") from fault

    def keep_effects(self, effects: Any, signal: str, name: str, document: Document) -> None:
        """Take in the sentences of one signal; they are built when every state is known."""
        for index, effect in enumerate(effects or []):
            self.effects.append((signal, effect, where(f"catalogue/{name}", document.places, ("effects", index))))

    def catalogue(self, digest: str) -> Catalogue:
        """Return the finished catalogue, or raise the first fault."""
        effects = tuple(self.effect(*entry) for entry in self.effects)
        for effect in effects:
            for path, parameter in effect.parameters().items():
                self.keep(path, parameter, self.places[effect.path])
        for path, parameter in self.parameters.items():
            source = parameter.source
            if source is not None and source not in self.references and source not in OWN_SOURCES:
                what, cure = f'The source "{source}" is not in references.yaml.', offer(source, self.references)
                raise CatalogueError(what, where=self.places[path], code="unknown-source", cure=cure)
        return Catalogue(
            species=self.species,
            parameters=self.parameters,
            structure=self.structure,
            effects=effects,
            references=self.references,
            digest=digest,
            places=self.places,
        )

    def effect(self, signal: str, data: dict[str, Any], spot: str) -> Effect:
        """Return one sentence with its labels, checked against targets and states."""
        for name, known in ((data.get("target"), get_args(Target)), *((s, BY_NAME) for s in data.get("states", ()))):
            if name not in known:
                what = f'"{name}" is neither a state nor a target.'
                raise CatalogueError(what, where=spot, cure=offer(str(name), known))
        habituation = data.get("habituation")
        numbers = {key: self.parameter(data.get(key, {}), f"{spot} {key}") for key in ("towards", "half_max", "hill")}
        fade = {key: self.parameter(habituation[key], f"{spot} {key}") for key in ("depth", "time") if habituation}
        unknown = set(data) - {"name", "target", "states", "habituation", *numbers}
        if unknown or not isinstance(data.get("name"), str):
            raise CatalogueError(f"An effect has a name and no {sorted(unknown)}.", where=spot)
        effect = Effect(
            name=data["name"],
            target=data["target"],
            states=tuple(data["states"]),
            habituation=Habituation(**fade) if fade else None,
            signal=signal,
            signal_label=str(self.structure.get("signals", {}).get(signal, {}).get("label", signal)),
            state_labels=tuple(BY_NAME[state].label for state in data["states"]),
            **numbers,
        )
        if effect.path in self.places:
            raise CatalogueError(f'Two effects of {signal} are called "{effect.name}".', where=spot)
        self.places[effect.path] = spot
        return effect


def _is_parameter(data: Any) -> bool:
    return isinstance(data, dict) and "value" in data
