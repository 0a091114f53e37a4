"""Every number of the catalogue with its passport: value, unit, range, status, grade, source, and where it is used."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from neurogen_abm.describe.markdown import code, table
from neurogen_abm.describe.submodels import SUBMODELS, grouped
from neurogen_abm.numerals import plain
from neurogen_abm.spec.catalogue import OWN_SOURCES, load_catalogue, species_names
from neurogen_abm.spec.catalogue_files import is_parameter
from neurogen_abm.spec.fitted import fitted
from neurogen_abm.spec.mechanisms import STANDARD, ends
from neurogen_abm.spec.parameter import Parameter, leaves

_LONGEST_LIST: Final = 8
HEAD: Final = ("parameter", "value", "range", "status, grade", "source, and place in it")


class Passport(NamedTuple):
    """A number as some animals have it."""

    path: str
    parameter: Parameter
    animals: tuple[str, ...]  # species, or the mechanism or strain that says so


def value(parameter: Parameter) -> str:
    """Return a value with its unit; of a long table the first numbers, and how many there are.

    >>> from neurogen_abm.spec.catalogue import load_catalogue
    >>> value(load_catalogue("mouse").parameter("lineage.clearance.time"))
    '1.4 h'
    """
    numbers = [plain(number) for number in leaves(parameter.value)]
    unit = "" if parameter.unit == "1" else f" {parameter.unit}"
    if not isinstance(parameter.value, list):
        return f"{numbers[0]}{unit}"
    rest = f", … ({len(numbers)} numbers)" if len(numbers) > _LONGEST_LIST else ""
    return f"{', '.join(numbers[:_LONGEST_LIST])}{rest}{unit}"


def row(path: str, parameter: Parameter) -> list[str]:
    """Return the cells of a number, under `HEAD`."""
    low_high = "" if parameter.range is None else f"{plain(parameter.range[0])} to {plain(parameter.range[1])}"
    source = parameter.source or "none"
    return [
        f"`{path}`",
        value(parameter),
        low_high,
        f"{parameter.status}, {parameter.grade}",
        f"{source}: {parameter.place}",
    ]


def passports() -> list[Passport]:
    """Return the numbers of all species in the order of the catalogue: one entry for those who share a number.

    They are those of animals whose scenario names no mechanism.
    """
    catalogues = {species: load_catalogue(species, mechanisms=[STANDARD]) for species in species_names()}
    paths = dict.fromkeys(path for catalogue in catalogues.values() for path in catalogue.parameters)
    found = []
    for path in paths:
        kinds: list[tuple[Parameter, list[str]]] = []
        for species, catalogue in catalogues.items():
            if (parameter := catalogue.parameters.get(path)) is not None:
                same = next((animals for known, animals in kinds if known == parameter), None)
                if same is None:
                    kinds.append((parameter, [species]))
                else:
                    same.append(species)
        found += [Passport(path, parameter, tuple(animals)) for parameter, animals in kinds]
    return found


def laid_over() -> list[Passport]:
    """Return the numbers that mechanisms and strains bring, each beside the name of who brings it."""
    found: dict[tuple[str, str, str], Passport] = {}  # a rule of all species is told once
    for species in species_names():
        base = load_catalogue(species)
        laid = {f"mechanism {name}": entry.changes for name, entry in base.mechanisms.items()}
        laid |= {f"strain {entry.label}": entry.changes for entry in base.own_strains.values()}
        for who, changes in laid.items():
            for path, entry in ends(changes):
                if is_parameter(entry):
                    key = who, ".".join(map(str, path)), str(entry)
                    animals = (*found[key].animals[:-1], species, who) if key in found else (species, who)
                    found[key] = Passport(key[1], Parameter.model_validate(entry), animals)
    return list(found.values())


def page(read: Mapping[str, frozenset[str]]) -> str:
    """Return all passports as a page: a table for each part of the model.

    Parameters
    ----------
    read
        Species -> the paths that a run of its usual scenario reads.
    """
    numbers, extra = passports(), laid_over()
    by_path: dict[str, list[Passport]] = {}
    for passport in numbers:
        by_path.setdefault(passport.path, []).append(passport)
    parts = grouped(by_path)
    sections = [
        f"## {part.title}\n\nUsed in {code(f'neurogen_abm/{_file(name)}' for name in part.code)}.\n\n"
        + _table([passport for path in parts[part.key] for passport in by_path[path]], read)
        for part in SUBMODELS
        if part.key in parts
    ]
    usual = [f"in the {name} {', '.join(on)}" for name in species_names() if (on := load_catalogue(name).standard)]
    said = f" Standard, and in the tables above, are {'; '.join(usual)}." if usual else ""
    laid = f"## Mechanisms and strains\n\nNumbers that hold where one of them is on.{said}\n\n{_table(extra, {})}"
    left = f"## What findings leave open\n\n{_left_open()}"
    cited = f"## Sources\n\n{sources(numbers + extra)}"
    return "\n\n".join([*sections, laid, left, cited])


def _left_open() -> str:
    """Return the numbers that are free in the shipped posterior of a species' standard rules, beside their values."""
    rows = []
    for species in species_names():
        catalogue = load_catalogue(species, mechanisms=[STANDARD])
        for pathway in catalogue.pathways:
            for path, fit in fitted(species, pathway, catalogue.on).items():
                parameter = catalogue.parameters[path]
                ends = f"{plain(fit.low, 3)} to {plain(fit.high, 3)}"
                outside = "" if fit.low <= parameter.value <= fit.high else ", outside"
                cells = [f"`{path}`", f"{value(parameter)}{outside}", plain(fit.median, 3), ends]
                rows.append([*cells, parameter.grade, f"{species}, {pathway}", f"`{fit.fit}`"])
    head = ("parameter", "value", "median", "95 %", "grade", "animals, pathway", "fit")
    said = "Intervals of the posteriors that come with the package, by the standard rules of a species"
    said += " ([calibration](calibration.md#what-is-shipped))."
    return f"{said}\n\n{table(head, rows)}"


def _file(module: str) -> str:
    """Return the path of a module or of a package, below `neurogen_abm`."""
    return f"{module.replace('.', '/')}/" if module == "assays.network" else f"{module.replace('.', '/')}.py"


def _table(entries: Iterable[Passport], read: Mapping[str, frozenset[str]]) -> str:
    head = (*HEAD, "animals", "read by")
    return table(head, ([*row(p.path, p.parameter), ", ".join(p.animals), _read_by(p, read)] for p in entries))


def _read_by(passport: Passport, read: Mapping[str, frozenset[str]]) -> str:
    usual = [species for species in passport.animals if passport.path in read.get(species, ())]
    return "every run" if usual else "runs that ask for it"


def sources(entries: Sequence[Passport]) -> str:
    """Return the references that numbers name, as a table; those that a mechanism or strain brings among them."""
    references: dict[str, Mapping[str, Any]] = {}
    for species in species_names():
        references |= load_catalogue(species).references
    keys = sorted({entry.parameter.source for entry in entries if entry.parameter.source is not None})
    return cited(keys, references)


def cited(keys: Iterable[str], references: Mapping[str, Mapping[str, Any]]) -> str:
    """Return references as a table: key, citation, DOI; one recalled from memory says so."""
    rows = []
    for key in keys:
        entry = references.get(key, {"citation": "This project's own calibration"} if key in OWN_SOURCES else {})
        doi, recalled = entry.get("doi") or "", entry.get("doi_status") == "recalled"
        link = f"[{doi}](https://doi.org/{doi}){' (from memory)' if recalled else ''}" if doi else ""
        rows.append([key, f"{entry['citation']} {entry.get('note') or ''}".strip(), link])
    return table(("key", "citation", "DOI"), rows)
