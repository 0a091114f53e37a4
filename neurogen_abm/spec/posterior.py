"""Posteriors: for the parameters that a fit had left free, not one value each but many sets of values, or draws.

A draw is one set of numbers under which the model says what was published, as far as its authors could know; how far
draws differ is what is not known. A posterior belongs to one species, one pathway and one set of mechanisms, and to the
other numbers of the catalogue as they were when it was made: under others its draws would say something else, so they
are refused.
"""

import io
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from neurogen_abm.arguments import PLACE, TEXT, TEXTS, WHOLE, check, instance
from neurogen_abm.errors import InputError, told
from neurogen_abm.numerals import plain
from neurogen_abm.spec.catalogue import load_catalogue, species_names
from neurogen_abm.spec.catalogue_files import root_folder
from neurogen_abm.spec.parameter import Parameter, leaves, shape
from neurogen_abm.spec.scenario.resolve import ResolvedScenario, before_overrides, of_strain, of_user
from neurogen_abm.spec.scenario.scenario import prepare
from neurogen_abm.spec.suggest import offer

FOLDER, SUFFIX, _AND = "posteriors", ".parquet", "+"
FEWEST, MOST = 2, 100_000  # draws
_LARGEST = 64 * 2**20  # bytes of a file
# Of the record: what every version reads, and what has mechanisms, which the first did not know.
_FORMAT, _WITH_MECHANISMS, _RECORD = 1, 2, b"neurogen_abm.posterior"
_KEYS = {"format": int, "species": str, "pathway": str, "fit": str, "catalogue": dict, "units": dict}
# What reading a file may raise that is no Parquet file, or that somebody has changed.
_UNREADABLE = (pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
_ALIKE = 1e-9  # relative: a number that was written and read again


class PosteriorError(InputError):
    """A posterior cannot be read, or does not belong to what it is asked for."""

    default_code = "posterior"


@dataclass(frozen=True)
class Posterior:
    """Draws of the free parameters of one fit.

    Attributes
    ----------
    species, pathway
        Whose numbers they are, and the pathway that every animal of the fit had.
    fit
        Name of the fit that made it.
    draws
        One row per draw, index ``draw`` from 0; one column per dotted path of the catalogue, in the catalogue's unit.
        Draws are in no order: the first few are as good a sample as any.
    catalogue
        Path -> value of the parameters that the animals of the fit read, a number or nested lists, at that time.
    units
        Path -> unit of the columns of ``draws`` and of ``catalogue``; those of the catalogue by default.
    mechanisms
        Names of the mechanisms that were on in every animal of the fit, in alphabetical order; shipped ones only.

    Raises
    ------
    PosteriorError
        The draws are no table of finite numbers, or too few; a column is no parameter of the species; or there is no
        such mechanism.
    """

    species: str
    pathway: str
    fit: str
    draws: pd.DataFrame = field(repr=False)
    catalogue: Mapping[str, Any] = field(repr=False)
    units: Mapping[str, str] = field(default_factory=dict, repr=False)
    mechanisms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names, frame = instance(Mapping), instance(pd.DataFrame)
        check(species=(self.species, TEXT), pathway=(self.pathway, TEXT), fit=(self.fit, TEXT))
        check(draws=(self.draws, frame), catalogue=(self.catalogue, names), units=(self.units, names))
        check(mechanisms=(self.mechanisms, TEXTS))
        object.__setattr__(self, "mechanisms", tuple(sorted(set(self.mechanisms))))
        known = _parameters(self.species, self.mechanisms)
        _check_draws(self.draws, known)
        object.__setattr__(self, "draws", self.draws.rename_axis("draw"))
        if not self.units:
            named = dict.fromkeys((*self.draws.columns, *self.catalogue))
            object.__setattr__(self, "units", {path: known[path].unit for path in named if path in known})
        if bare := [path for path in (*self.free, *self.catalogue) if path not in self.units]:
            what = f"The posterior says no unit of {bare[0]}, which is no parameter of the {self.species}."
            raise PosteriorError(what, code="unknown-parameter", cure=offer(bare[0], known), seen=bare[0])

    def __len__(self) -> int:
        """Return how many draws there are."""
        return len(self.draws)

    @property
    def free(self) -> tuple[str, ...]:
        """The paths of the parameters that are drawn."""
        return tuple(map(str, self.draws.columns))

    def first(self, n: int) -> "Posterior":
        """Return the posterior with its first draws only; a PosteriorError says that there are not as many."""
        check(draws=(n, WHOLE))
        if not FEWEST <= n <= len(self):
            what = f"{n} draws were asked for; the posterior {self.fit} has {len(self)}."
            cure = f"Ask for {FEWEST} to {len(self)}."
            raise PosteriorError(what, code="out-of-range", cure=cure, seen=n)
        return replace(self, draws=self.draws.iloc[:n])

    def changes(self, k: int) -> dict[str, Any]:
        """Return what draw ``k`` says under `parameters` of a scenario: path -> value, unit, and why.

        >>> changes = posterior.changes(3)  # doctest: +SKIP
        >>> neurogen_abm.run("mouse_wheel_running", overrides=changes)  # doctest: +SKIP
        """
        check(draw=(k, WHOLE))
        if not 0 <= k < len(self):
            what = f"There is no draw {k}; the posterior {self.fit} has {len(self)}, counted from 0."
            raise PosteriorError(what, code="out-of-range", cure=f"Take 0 to {len(self) - 1}.", seen=k)
        why = f"draw {k} of the posterior {self.fit}"
        row = zip(self.free, self.draws.iloc[k].to_list(), strict=True)
        return {path: {"value": float(value), "unit": self.units[path], "why": why} for path, value in row}

    def drawn(self, resolved: ResolvedScenario, k: int) -> ResolvedScenario:
        """Return a scenario with the numbers of draw ``k``; what it, its own catalogue or its strain sets stays.

        Raises
        ------
        PosteriorError
            The posterior does not belong to the scenario (see `require_fit`), or the draw is no possible animal.
        """
        check(resolved=(resolved, instance(ResolvedScenario)))
        mine = self.changes(k)
        changes = {f"parameters.{path}": mine[path] for path in self.left_free(resolved)}
        try:
            return prepare(resolved, changes=changes)
        except InputError as fault:
            what = f"Draw {k} of the posterior {self.fit} is no possible animal: {fault.what}"
            raise fault.become(PosteriorError, resolved.scenario.name, what) from None

    def yours(self, resolved: ResolvedScenario) -> tuple[str, ...]:
        """Return the drawn parameters that a scenario or its own catalogue sets, which wins over the draws."""
        mine = of_user(resolved)
        return tuple(path for path in self.free if path in mine)

    def left_free(self, resolved: ResolvedScenario) -> tuple[str, ...]:
        """Return the drawn parameters that neither a scenario nor its own catalogue sets, and its strain has not."""
        own = of_strain(resolved) | of_user(resolved)
        return tuple(path for path in self.free if path not in own)

    def sentences(self, resolved: ResolvedScenario) -> list[str]:
        """Return which numbers of a scenario are its own and not the posterior's, in words; nothing where none is."""
        yours = self.yours(resolved)
        said = [f"{len(yours)} of {len(self.free)} parameters are yours: {_some(yours)}."] if yours else []
        held = [path for path in resolved.scenario.parameters if path in self.catalogue and path not in self.free]
        if held:
            verb = "was" if len(held) == 1 else "were"
            said.append(f"{_some(held)} {verb} held at another value when the posterior was made.")
        if strain := sorted(of_strain(resolved)):
            what = f"The strain {resolved.scenario.strain} has {_some(strain)} of its own"
            said.append(f"{what}; the posterior was made for the species.")
        return said

    def require_fit(self, resolved: ResolvedScenario) -> None:
        """Refuse a scenario of another species, pathway, mechanisms or catalogue, and one that leaves nothing to draw.

        Numbers that the scenario sets itself do not make another catalogue, nor do those of its strain, drawn ones that
        its own catalogue sets, or parameters that are new since.
        """
        check(resolved=(resolved, instance(ResolvedScenario)))
        scenario = resolved.scenario
        for key, own, other in (
            ("species", self.species, scenario.species),
            ("pathway", self.pathway, scenario.pathway),
        ):
            if own != other:
                what = f"The posterior {self.fit} is of the {key} {own}, and {scenario.name} has {other}."
                cure = told(
                    f"Give a number of draws for that of each pathway, or a posterior of the {key} {other}.",
                    f"Leave out --posterior-file, or give one of the {key} {other}.",
                )
                raise PosteriorError(what, where=scenario.where((key,)), code=f"other-{key}", cure=cure, seen=other)
        if set(scenario.mechanisms) != set(self.mechanisms):
            what = f"The posterior {self.fit} was made {_with(self.mechanisms)}; {scenario.name} has "
            what += f"{_some(scenario.mechanisms)}." if scenario.mechanisms else "none."
            cure = f"Write mechanisms: [{', '.join(self.mechanisms)}], or fit with those of {scenario.name}: "
            cure += f"mechanisms: [{', '.join(scenario.mechanisms)}] in the file of a fit."
            where = scenario.where(("mechanisms",))
            raise PosteriorError(what, where=where, code="other-mechanisms", cure=cure, seen=scenario.mechanisms)
        besides = of_strain(resolved).union(self.yours(resolved))
        if differing := list(self._differing(before_overrides(resolved).parameters, besides)):
            more = f", and {len(differing) - 4} more" if len(differing) > 4 else ""
            what = f"The posterior {self.fit} was made under other numbers: {'; '.join(differing[:4])}{more}."
            cure = f"Make it again, with the fit {self.fit} and these numbers, or use the catalogue it was made with."
            raise PosteriorError(what, where=scenario.name, code="other-catalogue", cure=cure)
        if not self.left_free(resolved):
            set_by = f"set by {scenario.name} itself, its own catalogue or its strain"
            what = f"All {len(self.free)} parameters of the posterior {self.fit} are {set_by}."
            raise PosteriorError(what, where=scenario.name, code="no-effect", cure="Leave one of them to the draws.")

    def _differing(self, now: Mapping[str, Parameter], besides: Collection[str]) -> Iterator[str]:
        """Yield, in words, each number that was held in the fit and is another one now, and what has another unit."""
        held = {path: value for path, value in self.catalogue.items() if path not in self.free}
        return differing(held, self.units, now, besides)


def differing(
    held: Mapping[str, Any], units: Mapping[str, str], now: Mapping[str, Parameter], besides: Collection[str] = ()
) -> Iterator[str]:
    """Yield, in words, each number that was held and is another one now, and what has another unit or is gone.

    ``units``: path -> unit of everything that is compared; a path that is not ``held`` has a value that may be any.
    """
    for path, unit in units.items():
        if path in besides:
            continue
        if path not in now:
            yield f"{path} is no parameter any more"
        elif now[path].unit != unit:
            yield f"{path} is in {now[path].unit}, was in {unit}"
        elif path in held and not _alike(held[path], now[path].value):
            yield f"{path} is {_shown(now[path].value)}, was {_shown(held[path])}"


def held(resolved: ResolvedScenario, paths: Iterable[str]) -> dict[str, Any]:
    """Return path -> value, as `Posterior.catalogue` keeps it, of parameters that the animals of a fit read."""
    return {path: resolved.parameters[path].value for path in sorted(paths)}


def shipped(species: str, pathway: str, mechanisms: Sequence[str] = ()) -> Posterior:
    """Return the posterior that comes with the package; a PosteriorError says that there is none, and what there is.

    >>> shipped("mouse", "blood_lactate").draws.shape  # doctest: +SKIP
    (200, 9)
    """
    check(species=(species, TEXT), pathway=(pathway, TEXT), mechanisms=(mechanisms, TEXTS))
    names, wanted = shipped_names(species), file_name(pathway, mechanisms)
    if wanted not in names:
        what = f"No posterior of the {species} comes with the package for the pathway {pathway[:60]} "
        what += f"{_with(tuple(sorted(mechanisms)))}."
        told_names = " or ".join(_in_words(name) for name in names)
        other = f"Choose {told_names}, for which there is one; or give" if names else "Give"
        cure = told(
            f"{other} a posterior of your own, or leave `posterior` out.",
            f"{other} one of your own with --posterior-file, or leave --posterior out.",
        )
        raise PosteriorError(what, code="no-posterior", cure=cure, seen=pathway)
    return _kept(species, wanted)


def _in_words(name: str) -> str:
    """Return of which rules a posterior is, of the name of its file."""
    pathway, *mechanisms = name.split(_AND)
    return f"{pathway} with {', '.join(mechanisms)}" if mechanisms else f"{pathway} with mechanisms: []"


def file_name(pathway: str, mechanisms: Sequence[str] = ()) -> str:
    """Return what the file of a posterior that comes with the package is called, without its suffix.

    >>> file_name("circulating", ("loss_of_gain", "gaba_tone"))
    'circulating+gaba_tone+loss_of_gain'
    """
    return _AND.join([pathway, *sorted(mechanisms)])


@lru_cache(maxsize=32)
def _kept(species: str, name: str) -> Posterior:
    file = f"{name}{SUFFIX}"
    return _parsed((_place(species) / file).read_bytes(), f"catalogue/{species}/{FOLDER}/{file}")


def shipped_names(species: str) -> list[str]:
    """Return for what a posterior of a species comes with the package: pathways with mechanisms, as of `file_name`."""
    _parameters(species)
    folder = _place(species)
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(file.name.removesuffix(SUFFIX) for file in files if file.name.endswith(SUFFIX))


def _place(species: str) -> Traversable:
    return root_folder() / species / FOLDER


def read(path: Path | str) -> Posterior:
    """Read a posterior from a file that `neurogen_abm.storage.posteriors.write` has written.

    Raises
    ------
    PosteriorError
        There is no such file, it is too large, is no posterior, was damaged, or is of a later version.
    """
    check(path=(path, PLACE))
    place = Path(path)
    try:
        if not place.is_file():
            cure = "Give the file of a posterior."
            raise PosteriorError("There is no such file.", where=str(path)[:200], code="no-file", cure=cure)
        with place.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except OSError as fault:
        what = f"The file cannot be read ({fault.strerror or fault})."
        raise PosteriorError(what, where=str(path)[:200], code="unreadable", cure="Check its permissions.") from fault
    if len(raw) > _LARGEST:
        what = f"The file holds more than {_LARGEST // 2**20} MB, which no posterior does."
        raise PosteriorError(what, where=str(path)[:200], code="too-large", cure="Give the file of a posterior.")
    return _parsed(raw, str(path)[:200])


def as_bytes(posterior: Posterior) -> bytes:
    """Return a posterior as the content of a Parquet file; the same posterior gives the same bytes."""
    check(posterior=(posterior, instance(Posterior)))
    record: dict[str, Any] = {"format": _WITH_MECHANISMS if posterior.mechanisms else _FORMAT}
    record |= {key: getattr(posterior, key) for key in ("species", "pathway", "fit")}
    record |= {"catalogue": dict(posterior.catalogue), "units": dict(posterior.units)}
    if posterior.mechanisms:
        record["mechanisms"] = list(posterior.mechanisms)
    table = pa.Table.from_pandas(posterior.draws.astype(np.float64), preserve_index=False)
    table = table.replace_schema_metadata({_RECORD: json.dumps(record, sort_keys=True).encode()})
    sink = io.BytesIO()
    parquet.write_table(table, sink, compression="zstd", write_page_checksum=True)
    return sink.getvalue()


def _parsed(raw: bytes, name: str) -> Posterior:
    """Return the posterior that a file holds; a PosteriorError names the file and says what is wrong with it."""
    cure = "Give a file that a fit has written, whole and unchanged."
    try:
        file = parquet.ParquetFile(io.BytesIO(raw), page_checksum_verification=True)
        text = (file.schema_arrow.metadata or {}).get(_RECORD)
        record = None if text is None else json.loads(text)
        if isinstance(record, dict) and file.metadata.num_rows > MOST:
            what = f"The file holds {file.metadata.num_rows:,} draws; at most {MOST:,} are read."
            raise PosteriorError(what, where=name, code="too-many", cure="Keep a sample of them.")
        draws = None if record is None else file.read(use_threads=False).to_pandas(use_threads=False)
    except MemoryError:  # one of Arrow is among its exceptions, too
        raise
    except _UNREADABLE as fault:
        raise PosteriorError(
            "This is no posterior, or a damaged one.", where=name, code="damaged", cure=cure
        ) from fault
    if draws is None or not isinstance(record, dict):
        what = "This Parquet file is no posterior: it does not say of which fit it is."
        raise PosteriorError(what, where=name, code="no-record", cure=cure)
    if isinstance(record.get("format"), int) and record["format"] > _WITH_MECHANISMS:
        what = f"The posterior is of format {record['format']}; this version reads {_WITH_MECHANISMS} and below."
        raise PosteriorError(what, where=name, code="later-version", cure="Install a later version of the package.")
    for key, kind in _KEYS.items():
        if not isinstance(record.get(key), kind):
            raise PosteriorError(f"The record of the posterior lacks `{key}`.", where=name, code="damaged", cure=cure)
    _check_record(record, name, cure)
    try:
        given = {key: record[key] for key in _KEYS if key != "format"}
        return Posterior(**given, draws=draws, mechanisms=tuple(record.get("mechanisms", ())))
    except InputError as fault:
        raise fault.become(PosteriorError, name) from None


def _check_record(record: Mapping[str, Any], name: str, cure: str) -> None:
    """Refuse a record whose numbers are none, or whose units are not texts."""
    on = record.get("mechanisms", [])
    if not isinstance(on, list) or not all(isinstance(name, str) for name in on):
        what = "The record of the posterior holds no names of mechanisms."
        raise PosteriorError(what, where=name, code="damaged", cure=cure)
    for path, value in record["catalogue"].items():
        try:
            known = all(math.isfinite(number) for number in leaves(value))
        except TypeError:
            known = False
        if not known:
            what = f"The record of the posterior holds no number of {path[:80]}."
            raise PosteriorError(what, where=name, code="damaged", cure=cure)
    if odd := [path for path, unit in record["units"].items() if not isinstance(unit, str)]:
        what = f"The record of the posterior holds no unit of {odd[0][:80]}."
        raise PosteriorError(what, where=name, code="damaged", cure=cure)


def _parameters(species: str, mechanisms: Sequence[str] = ()) -> Mapping[str, Parameter]:
    if species not in species_names():
        what, cure = f'There is no species "{species[:40]}".', offer(species, species_names())
        raise PosteriorError(what, code="unknown-species", cure=cure, seen=species)
    try:
        return load_catalogue(species, mechanisms=mechanisms).parameters
    except InputError as fault:
        if fault.code not in ("unknown-mechanism", "rival-mechanisms"):
            raise
        raise fault.become(PosteriorError, "") from None


def _check_draws(draws: pd.DataFrame, known: Mapping[str, Parameter]) -> None:
    """Refuse draws that are no table of finite numbers, one column for each of some parameters, counted from 0."""
    columns = list(draws.columns)
    if not columns or len(set(columns)) < len(columns):
        what = "A posterior has one column for each parameter that is drawn, and here "
        what += "a column is there twice." if columns else "there is none."
        raise PosteriorError(what, code="bad-columns", cure="Name each parameter once.")
    if not FEWEST <= len(draws) <= MOST:
        what = f"The posterior holds {len(draws):,} draws; {FEWEST} to {MOST:,} make one."
        raise PosteriorError(what, code="out-of-range", cure="Give as many draws as that; 200 are usual.")
    for path in columns:
        if not isinstance(path, str) or path not in known:
            what, cure = f'The posterior draws "{str(path)[:80]}", which is no parameter.', offer(str(path), known)
            raise PosteriorError(what, code="unknown-parameter", cure=cure, seen=str(path)[:80])
        if shape(known[path].value):
            what = f"The posterior draws {path}, which is a table; only single numbers can be drawn."
            raise PosteriorError(what, code="wrong-shape", cure="Leave it out.")
        kind = draws[path].dtype
        if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
            what = f"The draws of {path} are not numbers."
            raise PosteriorError(what, code="wrong-type", cure="Give numbers in the unit of the catalogue.")
        bad = ~np.isfinite(draws[path].to_numpy(np.float64))
        if bad.any():
            what = f"Draw {int(bad.argmax())} of {path} is not a finite number."
            raise PosteriorError(what, code="not-finite", cure="Leave such draws out.")
    if list(draws.index) != list(range(len(draws))):
        what = "The draws are not counted from 0, one after the other."
        raise PosteriorError(what, code="bad-index", cure="Reset the index of the table.")


def _alike(one: Any, other: Any) -> bool:
    if shape(one) != shape(other):
        return False
    return all(math.isclose(a, b, rel_tol=_ALIKE) for a, b in zip(leaves(one), leaves(other), strict=True))


def _shown(value: Any) -> str:
    return str(value)[:60] if isinstance(value, list) else plain(value)


def _with(mechanisms: tuple[str, ...]) -> str:
    return f"with the mechanisms {', '.join(mechanisms)}" if mechanisms else "without mechanisms"


def _some(paths: tuple[str, ...] | list[str]) -> str:
    return ", ".join(paths[:4]) + (f" and {len(paths) - 4} more" if len(paths) > 4 else "")
