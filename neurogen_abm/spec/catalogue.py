"""The parameters of a species with their sources: the data files of ``neurogen_abm/catalogue``.

Any mapping that has the key ``value`` is a :class:`Parameter`; its dotted path names it everywhere
(``lineage.stem.initial_count``, ``signals.bdnf.effects.activation.half_max``). Every other leaf is structure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from neurogen_abm.arguments import TEXT, check, instance
from neurogen_abm.biology.states import BY_NAME
from neurogen_abm.numerals import plain
from neurogen_abm.spec import catalogue_forms as forms
from neurogen_abm.spec.catalogue_files import (
    FILES,
    MECHANISMS,
    REFERENCES,
    SHARED,
    STRAINS,
    CatalogueError,
    Layer,
    OwnFiles,
    Part,
    digest_of,
    is_laid_over,
    is_parameter,
    merged,
    over,
    parts_in,
    read_part,
    root_folder,
    shipped_layers,
)
from neurogen_abm.spec.catalogue_forms import Limb, Target
from neurogen_abm.spec.catalogue_kept import kept_reader
from neurogen_abm.spec.mechanisms import Mechanism, laid, meant, mechanisms_of, refuse_own, standard_of
from neurogen_abm.spec.parameter import Parameter, Plain
from neurogen_abm.spec.strains import Strain, file_of, names_of, refuse_overlap, strain_of
from neurogen_abm.spec.suggest import offer
from neurogen_abm.spec.yaml.reader import KeyPath

# Our own fits cite themselves; docs/calibration.md says how each was made.
OWN_SOURCES = frozenset({"calibration"})


class Habituation(Plain):
    """How an effect fades while the signal stays high: ``depth`` (0 none, 1 whole) after ``time``.

    With a ``loss`` it is the gain of the effect that is lost, as many times faster than it comes back.
    """

    depth: Parameter
    time: Parameter
    loss: Parameter | None = None


_VERBS: dict[str, tuple[str, str]] = {
    "activation": ("the activation hazard", "of"),
    "amplification": ("the odds of one more division", "of"),
    "early_survival": ("the death hazard on days 1-4", "of"),
    "late_survival": ("the death hazard on days 7-21", "of"),
    "maturation": ("the pace of maturation", "of"),
    "integration": ("the pool of boutons", "open to"),
}


# Of the level of the signal on which an effect depends: the subject, and where `towards` is reached.
_LIMBS = {
    "both": ("{}", ""),
    "above": ("{} above its level at rest", ""),
    "below": ("A lack of {}", " where there is none"),
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
    integration_time: Parameter | None = None
    limb: Limb = "both"
    through_others: bool = False
    signal: str
    signal_label: str
    state_labels: tuple[str, ...]

    @property
    def path(self) -> str:
        """The dotted path under which the numbers of the effect are found."""
        return f"signals.{self.signal}.effects.{self.name}"

    def with_parameters(self, parameters: Mapping[str, Parameter]) -> "Effect":
        """Return the same effect with its numbers taken from ``parameters``."""
        return self.model_copy(update=_numbers(self.path, parameters))

    def sentence(self) -> str:
        """Return the effect in English, with the status and the grade of its size."""
        noun, link = _VERBS[self.target]
        labels = [f"{label}s" for label in self.state_labels]
        who = labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
        towards = float(self.towards.value)
        verb = "raises" if towards > 1 else "lowers" if towards < 1 else "leaves"
        level = "times rest" if self.half_max.unit == "1" else self.half_max.unit
        subject, reached = _LIMBS[self.limb]
        through = " through other cells" * self.through_others
        text = (
            f"{subject.format(self.signal_label)} {verb} {noun} {link} {who}{through} "
            f"towards {plain(towards)} times base{reached}, half-max {plain(self.half_max.value)} {level}, "
            f"Hill {plain(self.hill.value)}"
        )
        if self.integration_time is not None:
            text += f", following its mean over {self.integration_time.value_text}"
        if self.habituation is not None and self.habituation.depth.value > 0:
            depth, time = self.habituation.depth, self.habituation.time
            text += f", habituating by {depth.value:.0%} with a time of {plain(time.value)} {time.unit}"
            if (loss := self.habituation.loss) is not None:
                text += f", its gain lost up to {plain(loss.value)} times faster than it comes back"
        return f"{text} [{self.towards.status}; grade {self.towards.grade}]"


def _numbers(path: str, parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the numbers of the effect at a path."""
    numbers: dict[str, Any] = {key: parameters[f"{path}.{key}"] for key in ("towards", "half_max", "hill")}
    fading = {key: parameters.get(f"{path}.habituation.{key}") for key in Habituation.model_fields}
    there = fading["depth"] is not None and fading["time"] is not None
    numbers["integration_time"] = parameters.get(f"{path}.integration.time")
    return numbers | {"habituation": Habituation.model_validate(fading) if there else None}


@dataclass(frozen=True)
class Catalogue:
    """The numbers and the structure of one species."""

    species: str  # ``mouse``, ``rat`` or ``human``
    parameters: Mapping[str, Parameter]  # by dotted path, in the order of the files
    structure: Mapping[
        str, Any
    ]  # by file (``anatomy``, ``lineage``, ..., ``signals``, ``pathways``): what is no number
    effects: tuple[Effect, ...]  # what signals do to rates
    references: Mapping[str, Mapping[str, Any]]  # key -> citation, for every source that may be named
    digest: str  # SHA-256 of the files it was read from, a user's own among them
    own: OwnFiles | None = None  # the files of a user's own catalogue
    places: Mapping[str, str] = field(default_factory=dict, repr=False)  # path -> ``file:line:column``, for errors
    mechanisms: Mapping[str, Mechanism] = field(default_factory=dict)  # all there are to choose from
    on: tuple[str, ...] = ()  # names of the mechanisms that are laid over it, in alphabetical order
    own_strains: Mapping[str, Strain] = field(default_factory=dict)  # those with numbers of their own, by file
    strain: str | None = None  # which of these is laid over it

    def __repr__(self) -> str:
        """Say whose numbers these are; they fill pages."""
        own = f", with {self.own.name}" if self.own is not None else ""
        return f"<Catalogue of the {self.species}{own}: {len(self.parameters)} parameters, digest {self.digest[:12]}>"

    @property
    def markers(self) -> Mapping[str, Mapping[str, Any]]:
        """Stain -> which states it shows."""
        return self.structure.get("lineage", {}).get("markers", {})  # type: ignore[no-any-return]

    @property
    def signals(self) -> Mapping[str, Mapping[str, Any]]:
        """Messenger -> its label and other structure."""
        return self.structure.get("signals", {})  # type: ignore[no-any-return]

    @property
    def pathways(self) -> Mapping[str, Mapping[str, Any]]:
        """Pathway hypothesis -> label, status sentence and other structure."""
        return self.structure.get("pathways", {})  # type: ignore[no-any-return]

    @property
    def standard(self) -> tuple[str, ...]:
        """The mechanisms that are on where a scenario names none, in alphabetical order."""
        return standard_of(self.species, self.mechanisms)

    @property
    def strains(self) -> tuple[str, ...]:
        """Every strain that a scenario may name; the first is the default."""
        return names_of(self.structure.get("anatomy", {}).get("strains", ()), self.own_strains)

    def parameter(self, path: str) -> Parameter:
        """Return one parameter. A CatalogueError offers the nearest where there is none of that path."""
        check(path=(path, TEXT))
        if path not in self.parameters:
            what, cure = f'There is no parameter "{path[:80]}".', offer(path, self.parameters)
            raise CatalogueError(what, code="unknown-parameter", cure=cure, seen=path)
        return self.parameters[path]

    def value(self, path: str, unit: str) -> Any:
        """Return the value of a parameter in ``unit``: a float, or an array for a table.

        >>> load_catalogue("mouse").value("lineage.marker_timing.dcx_duration", "wk")
        3.0
        """
        check(unit=(unit, TEXT))
        return self.parameter(path).to(unit)

    def with_parameters(self, changes: Mapping[str, Parameter]) -> "Catalogue":
        """Return the catalogue with some parameters exchanged, in the effects as well."""
        parameters = {**self.parameters, **changes}
        effects = tuple(effect.with_parameters(parameters) for effect in self.effects)
        return replace(self, parameters=parameters, effects=effects)


def species_names(root: Path | None = None) -> list[str]:
    """Return the species that have a folder in the catalogue.

    >>> species_names()
    ['human', 'mouse', 'rat']
    """
    check(root=(root, instance(Path).or_none))
    return list(_species(root) if root is None else _species.__wrapped__(root))


@cache
def _species(root: Path | None) -> tuple[str, ...]:
    folders = [folder for folder in root_folder(root).iterdir() if folder.is_dir() and folder.name != SHARED]
    return tuple(sorted(folder.name for folder in folders if (folder / "lineage.yaml").is_file()))


def load_catalogue(
    species: str,
    root: Path | None = None,
    own: OwnFiles | None = None,
    mechanisms: Iterable[str] = (),
    strain: str | None = None,
) -> Catalogue:
    """Read the catalogue of one species; repeated calls return the same object.

    Parameters
    ----------
    species
        A name of :func:`species_names`.
    root
        Another folder of the layout of ``neurogen_abm/catalogue``, for tests.
    own
        A user's own files, laid over those of the species (``catalogue`` in a scenario).
    mechanisms
        Names of the mechanisms that are laid over it, in any order; ``standard`` stands for those of the species.
    strain
        A strain as a scenario names it; what its file says is laid over the numbers of the species, below mechanisms.

    Raises
    ------
    CatalogueError
        The species, a mechanism or the strain is unknown, two of these change the same thing, or a file breaks a rule;
        file, line and path are named.

    Examples
    --------
    >>> mouse = load_catalogue("mouse")
    >>> mouse.parameter("signals.lactate.tau").text()
    '20 min [assumed; grade D]'
    >>> mouse.effects[0].target
    'activation'
    """
    check(own=(own, instance(OwnFiles).or_none))
    names = species_names(root)
    if species not in names:
        what = f'The species "{str(species)[:40]}" is not in the catalogue.'
        raise CatalogueError(what, code="unknown-species", cure=offer(str(species), names), seen=species)
    chosen = tuple(sorted(set(mechanisms)))
    load = _load if root is None else _load.__wrapped__
    return load(species, root, own, chosen, strain)


@lru_cache(maxsize=64)
def _load(
    species: str,
    root: Path | None,
    own: OwnFiles | None = None,
    chosen: tuple[str, ...] = (),
    strain: str | None = None,
) -> Catalogue:
    layers, file = shipped_layers(species, root), root_folder(root) / REFERENCES
    cited = file.read_bytes() if file.is_file() else b""
    files = [(f"{layer.title}/{name}", raw) for layer in layers for name, raw in layer.files.items()]
    read = read_part if root else kept_reader(species, {f"catalogue/{REFERENCES}": cited, **dict(files)})
    references: Mapping[str, Any] = read(cited, f"catalogue/{REFERENCES}").data if cited else {}
    every_run = [(place, raw) for place, raw in files if not is_laid_over(place.split("/", 2)[2])]
    digest = digest_of([(REFERENCES, cited), *every_run])
    if own is not None:
        references = _checked_own(own, merged(layers, read), references)
        mine = {name: read_part(text.encode(), f"{own.name}/{name}") for name, text in own.files}
        layers = [*layers, Layer(own.name, {name: text.encode() for name, text in own.files})]
        digest = digest_of([("shipped", digest.encode()), ("own", own.digest.encode())])
    below, rules, kinds = merged(layers, read), parts_in(MECHANISMS, layers, read), parts_in(STRAINS, layers, read)
    known = mechanisms_of(rules, references, {*species_names(root), *species_names()})
    if (named := chosen) != (chosen := meant(named, species, known)):
        return (_load if root is None else _load.__wrapped__)(species, root, own, chosen, strain)
    own_strains = {name: strain_of(part, references) for name, part in kinds.items()}
    kind = file_of(
        strain, below["anatomy.yaml"].data.get("strains", ()) if "anatomy.yaml" in below else (), own_strains
    )
    if own is not None:
        refuse_own(mine, {name: known[name] for name in chosen})
    if kind is not None:
        refuse_overlap(own_strains[kind], {name: known[name] for name in chosen})
    on_top = [*([kinds[kind]] if kind is not None else []), *(rules[name] for name in chosen)]
    builder = _Builder(references, merged(layers, read, map(laid, on_top)) if on_top else below)
    if own is not None or on_top:
        shipped = _load(species, None) if root is None else _load.__wrapped__(species, root)
        forms.check_own_numbers(builder.parameters, shipped.parameters, builder.places)
    if on_top:
        on = {f"{MECHANISMS}/{name}.yaml" for name in chosen} | {f"{STRAINS}/{kind}.yaml"}
        digest = digest_of([("below", digest.encode()), *(f for f in files if f[0].split("/", 2)[2] in on)])
    made = builder.catalogue(species, digest, [rules[name] for name in chosen])
    return replace(made, own=own, mechanisms=known, on=chosen, own_strains=own_strains, strain=kind)


def _checked_own(own: OwnFiles, below: Mapping[str, Part], references: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse a user's own files that say what they may not; return the references with theirs."""
    parts = {name: read_part(text.encode(), f"{own.name}/{name}") for name, text in own.files}
    for name in parts.keys() & {f"{name}.yaml" for name in FILES}:
        forms.check_own_set(below.get(name, Part({}, {})).data, parts[name].data, parts[name])
    return forms.checked_references(references, parts[REFERENCES]) if REFERENCES in parts else references


class _Builder:
    """Gathers the files of one species: numbers become parameters, the rest is structure."""

    def __init__(self, references: Mapping[str, Any], parts: Mapping[str, Part]) -> None:
        self.references = references
        self.parameters: dict[str, Parameter] = {}
        self.structure: dict[str, Any] = {}
        self.effects: list[Effect] = []
        self.places: dict[str, str] = {}
        self._parts = parts
        _refuse_second_field(parts)
        for name, part in parts.items():
            self.add(name, part)

    def catalogue(self, species: str, digest: str, mechanisms: Iterable[Part] = ()) -> Catalogue:
        """Return what was gathered; ``mechanisms`` are the files of those that are on."""
        pathways = (part for name, part in self._parts.items() if name.startswith("pathways/"))
        for part in (*pathways, *mechanisms):
            self.check_carried(part)
        parts = self.parameters, self.structure, tuple(self.effects), self.references
        return Catalogue(species, *parts, digest, places=self.places)

    def add(self, name: str, part: Part) -> None:
        """Take in one file."""
        *group, stem = name.removesuffix(".yaml").split("/")
        path = (*group, stem)
        if group == ["signals"]:
            part = _with_common(part)
            self.check_signal(part)
        elif group:
            forms.check(forms.PATHWAY, part)
        structure = self.walk(part.data, path, len(path), part)
        if not group:
            self.structure[stem] = structure
            return
        for key, effect in structure.pop("effects", {}).items():
            self.effects.append(
                Effect(
                    name=key,
                    target=effect["target"],
                    states=tuple(effect["states"]),
                    limb=effect.get("limb", "both"),
                    through_others=effect.get("through_others", False),
                    signal=stem,
                    signal_label=str(structure["label"]),
                    state_labels=tuple(BY_NAME[state].label for state in effect["states"]),
                    **_numbers(f"signals.{stem}.effects.{key}", self.parameters),
                )
            )
        self.structure.setdefault(group[0], {})[stem] = structure

    def check_signal(self, part: Part) -> None:
        """Check one signal and its effects."""
        field = part.data.get("field") is True
        forms.check(forms.FIELD_SIGNAL if field else forms.MESSENGER, part)
        for index, key in enumerate(part.data.get("evidence", ())):
            self.check_source(key, part.where(("evidence", index)))
        forms.check_effects(part, field)
        if not field:
            forms.check_parts(part)
            for index, row in enumerate(part.data.get("published", ())):
                self.check_source(row["source"], part.where(("published", index, "source")))

    def check_carried(self, part: Part) -> None:
        """Check that a pathway, or a mechanism, carries messengers that there are."""
        messengers = [name for name, entry in self.structure.get("signals", {}).items() if not entry["field"]]
        for index, name in enumerate(part.data.get("carries", ())):
            if name not in messengers:
                what = f'There is no messenger "{str(name)[:60]}" to carry.'
                place = part.where(("carries", index))
                raise CatalogueError(what, where=place, code="unknown-signal", cure=offer(str(name), messengers))

    def check_source(self, key: str | None, place: str) -> None:
        """Refuse a source that nobody can look up."""
        if key is not None and key not in self.references and key not in OWN_SOURCES:
            what, cure = f'The source "{key[:80]}" is not in references.yaml.', offer(key, self.references)
            raise CatalogueError(what, where=place, code="unknown-source", cure=cure)

    def walk(self, data: Any, path: KeyPath, depth: int, part: Part) -> Any:
        """Return the structure of ``data``; numbers on the way become parameters."""
        if is_parameter(data):
            dotted_path, place = ".".join(map(str, path)), part.where(path[depth:])
            self.parameters[dotted_path] = forms.formed(Parameter, data, part, path[depth:], "parameter")
            self.places[dotted_path] = place
            self.check_source(data["source"], place)
            return None
        if not isinstance(data, dict):
            return data
        found = {key: self.walk(entry, (*path, key), depth, part) for key, entry in data.items()}
        return {key: entry for key, entry in found.items() if not is_parameter(data[key])}


def _refuse_second_field(parts: Mapping[str, Part]) -> None:
    """Refuse a second signal with a field: the tissue has one."""
    fields = [name for name, part in parts.items() if name.startswith("signals/") and part.data.get("field") is True]
    if len(fields) > 1:
        first, second = sorted(fields, key=lambda name: (name != "signals/bdnf.yaml", name))[:2]
        what = f"Two signals have `field: true`, {first} and {second}; the tissue has one field."
        cure = "Write `field: false` here: the effects then follow the level in blood, as a fold over rest."
        raise CatalogueError(what, where=parts[second].where(("field",)), code="second-field", cure=cure)


def _with_common(part: Part) -> Part:
    """Return a signal with what is said of `every_effect` laid under each of its effects."""
    data = dict(part.data)
    common, effects = data.pop("every_effect", None), data.get("effects")
    if not isinstance(effects, dict) or not isinstance(common, dict):
        return Part(data, part.spots)
    low = {path[1:]: spot for path, spot in part.spots.items() if path[:1] == ("every_effect",)}
    data["effects"], spots = {}, dict(part.spots)
    for name, effect in effects.items():
        high = {path[2:]: spot for path, spot in part.spots.items() if path[:2] == ("effects", name)}
        both = over(Part(common, low), Part(effect, high)) if isinstance(effect, dict) else Part(effect, high)
        data["effects"][name] = both.data
        spots |= {("effects", name, *path): spot for path, spot in both.spots.items()}
    return Part(data, spots)
