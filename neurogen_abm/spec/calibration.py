"""Fits as data: which published experiments are the targets, which numbers are sought, and how.

One committed file repeats a fit. Only numbers whose status is calibrated are sought, within their ranges, unless the
file says otherwise.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from neurogen_abm.spec import faults
from neurogen_abm.spec.faults import Grammar, ScenarioError
from neurogen_abm.spec.fields import FieldError, Id, Title
from neurogen_abm.spec.forms import Tissue
from neurogen_abm.spec.nearest import offer
from neurogen_abm.spec.parameter import Plain, Status
from neurogen_abm.spec.reader import Document, KeyPath, Place, parse, read_file, where
from neurogen_abm.spec.scenario import json_like, shipped_folder

__all__ = ["Calibration", "Sought", "asked", "calibration_names", "load_calibration"]

Method = Literal["least-squares", "optuna", "abc"]
Amount = Annotated[str | int | float | None, Field(description="A quantity like 40 pg/mL.")]


class Sought(Plain):
    """A number, or some, to be found: by dotted path, in which ``*`` stands for any part of a name."""

    path: str | None = Field(None, description="A parameter; with *, each that fits by itself.")
    tie: str | None = Field(None, description="Parameters that share one value, like signals.bdnf.effects.*.hill.")
    name: Title | None = Field(None, description="What tables call it; the path by default.")
    start: Amount = Field(None, description="Where the search starts; the catalogue's value by default.")
    low: Amount = Field(None, description="A narrower range than the catalogue's, lower end.")
    high: Amount = Field(None, description="A narrower range than the catalogue's, upper end.")
    scale: Literal["linear", "log", "logit"] | None = Field(
        None, description="On which scale it is searched; log for what is above zero, by default."
    )

    @model_validator(mode="after")
    def _one_target(self) -> "Sought":
        if (self.path is None) == (self.tie is None):
            what = "An entry names either a `path` or a `tie`."
            raise FieldError(what, code="one-of-two", cure="Write {path: a.b}, or {tie: a.*.b} for one shared value.")
        return self

    @property
    def pattern(self) -> str:
        """The path as written."""
        return self.path if self.path is not None else str(self.tie)


class LeastSquares(Plain):
    """How far and how carefully least squares search; lengths are shares of a range on its scale."""

    step: float = Field(0.06, ge=0.005, le=0.5, description="Width of finite differences.")
    box: float = Field(0.15, ge=0.01, le=0.5, description="How far the first step may go in any direction.")
    iterations: int = Field(8, ge=1, le=100, description="Steps at most.")
    enough: float = Field(0.01, gt=0, le=0.5, description="The search ends below this promised gain.")
    renew: int = Field(2, ge=1, le=20, description="Accepted steps between two simulated Jacobians.")


class OptunaSearch(Plain):
    """How Optuna searches."""

    trials: int = Field(200, ge=1, le=100_000, description="Points looked at.")
    sampler: Literal["tpe", "cmaes", "gp"] = Field("tpe", description="How the next point is chosen.")
    batch: int = Field(4, ge=1, le=256, description="Points asked for at once.")
    seed: int = Field(1, ge=0, lt=2**32, description="Seed of the choice.")


class AbcSearch(Plain):
    """How ABC-SMC samples the posterior."""

    population: int = Field(100, ge=10, le=100_000, description="Accepted points of a generation.")
    generations: int = Field(6, ge=1, le=50, description="Generations at most.")
    least_distance: float = Field(0.0, ge=0, description="The sampling ends when the accepted distance falls below.")
    seed: int = Field(1, ge=0, lt=2**32, description="Seed of the proposals.")


def _long_sought(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


class Calibration(Plain):
    """A fit: targets, numbers sought, method."""

    format: Literal[1] = Field(1, alias="schema", description="Version of this format.")
    name: Id = Field(description="Short name; becomes the folder of the results.")
    title: Title = Field("", description="One line that says what is fitted to what.")
    description: Annotated[str, Field(max_length=5000)] = Field("", description="Background, in sentences.")
    studies: Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=200)] = Field(
        description="Studies whose expectations of role calibration are the targets: shipped names, or files."
    )
    parameters: Annotated[
        tuple[Annotated[Sought, BeforeValidator(_long_sought)], ...], Field(strict=False, max_length=200)
    ] = Field((), description="What is sought; every calibrated number that the studies read, by default.")
    allow: Annotated[tuple[Status, ...], Field(strict=False)] = Field(
        (), description="Statuses besides calibrated that may be sought, e.g. [assumed]."
    )
    weights: dict[str, Annotated[float, Field(ge=0, le=1000)]] = Field(
        default_factory=dict, description="What the square of a residual counts: by tier (A, B) or name of a study."
    )
    linear_beyond: Annotated[float, Field(gt=0)] | None = Field(
        2.0, description="Beyond so many tolerances the square of a residual grows linearly; null: it stays a square."
    )
    pathway: str | None = Field(None, description="The hypothesis in every arm, in place of the study's own.")
    tissue: Tissue | None = Field(None, description="The tissue in every arm, in place of the study's own.")
    pairs: int | None = Field(None, ge=1, le=1000, description="Animals in every arm, in place of the study's own.")
    method: Method = Field("least-squares", description="How the numbers are found.")
    least_squares: LeastSquares = Field(default_factory=lambda: LeastSquares(), description="Settings of its search.")
    optuna: OptunaSearch = Field(default_factory=lambda: OptunaSearch(), description="Settings of its search.")
    abc: AbcSearch = Field(default_factory=lambda: AbcSearch(), description="Settings of its sampling.")

    _name: str = PrivateAttr("")
    _places: dict[KeyPath, Place] = PrivateAttr(default_factory=dict)
    _folder: Path | None = PrivateAttr(None)

    @property
    def folder(self) -> Path | None:
        """The folder from which studies are named; None where the fit came from no file."""
        return self._folder

    def where(self, path: KeyPath) -> str:
        """Return ``file:line:column dotted.key`` of an entry, for errors."""
        return where(self._name, self._places, path)


def calibration_names() -> list[str]:
    """Return the names of the fits that come with the package."""
    folder = shipped_folder() / "calibrations"
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def load_calibration(
    source: str | Path | Mapping[str, Any] | Calibration, changes: Mapping[str, Any] | None = None
) -> Calibration:
    """Read a fit and check everything that can be checked without its studies.

    Parameters
    ----------
    source
        The name of a shipped fit, the path of a YAML file, or the same as plain data.
    changes
        Keys that replace those of a source that is not loaded yet.

    Raises
    ------
    ScenarioError
        It breaks a rule; file, line, key and cure are named.
    YamlError
        The file is not plain YAML or cannot be read.
    """
    if isinstance(source, Calibration):
        return source
    document, name, folder = _document(source)
    if not isinstance(document.data, dict):
        cure = "Write `key: value`; see docs/calibration.md."
        raise ScenarioError("A fit is a mapping of keys.", where=name, code="not-a-mapping", cure=cure)
    data = {**document.data, **(changes or {})}
    if "name" not in data and not isinstance(source, Mapping):
        data["name"] = re.sub(r"[^A-Za-z0-9._-]", "_", Path(source).stem)[:64]
    try:
        calibration = Calibration.model_validate(data)
    except ValidationError as fault:
        raise faults.from_validation(fault, data, name, document.places, grammar=_GRAMMAR) from None
    calibration._name, calibration._places, calibration._folder = name, document.places, folder
    return calibration


def asked(
    names: Sequence[str],
    *,
    parameters: Sequence[str] = (),
    ties: Sequence[str] = (),
    tissue: str | None = None,
    **changes: Any,
) -> Calibration:
    """Return the fit that a command line asks for.

    Parameters
    ----------
    names
        One fit, shipped or by file; or studies to be fitted to.
    parameters, ties
        What is sought, in place of what the file says.
    tissue
        ``whole``, or a patch like ``1000 um x 850 um``.
    changes
        Further keys; those that are None or empty are left as they are.

    Raises
    ------
    ScenarioError
        As in `load_calibration`.
    """
    new = {key: list(part) if isinstance(part, tuple | list) else part for key, part in changes.items() if part}
    if sought := [{"path": path} for path in parameters] + [{"tie": path} for path in ties]:
        new["parameters"] = sought
    if tissue is not None:
        new["tissue"] = _tissue(tissue)
    if len(names) == 1 and _is_fit(names[0]):
        return load_calibration(names[0], new)
    own = re.sub(r"[^A-Za-z0-9._-]", "_", Path(names[0]).stem)[:50] if len(names) == 1 else "studies"
    return load_calibration({"name": f"fit-{own}", "studies": list(names)}, new)


def _tissue(text: str) -> object:
    parts = [part.strip() for part in re.split(r"\s+x\s+", text.strip())]
    if len(parts) == 2:
        return {"septotemporal": parts[0], "transverse": parts[1]}
    if text.strip() != "whole":
        cure = "Write --tissue whole, or --tissue '1000 um x 850 um'."
        raise ScenarioError(f'"{text[:40]}" is no tissue.', where="--tissue", code="bad-choice", cure=cure, seen=text)
    return "whole"


def _is_fit(name: str) -> bool:
    """Return whether a name means a fit rather than a study."""
    if not Path(name).suffix:
        return name in calibration_names()
    data = read_file(Path(name), name).data
    return isinstance(data, dict) and "studies" in data


def _document(source: str | Path | Mapping[str, Any]) -> tuple[Document, str, Path | None]:
    """Return the data of a source, what errors call it, and the folder its studies are named from."""
    if isinstance(source, Mapping):
        return Document(json_like(source), {}), "", None
    if isinstance(source, str) and re.fullmatch(r"[A-Za-z0-9_-]+", source) and not Path(source).is_file():
        if source not in calibration_names():
            cure = f"{offer(source, calibration_names())} A file is named with its ending, .yaml."
            what = f'No fit called "{source[:80]}" comes with the package.'
            raise ScenarioError(what, code="unknown-calibration", cure=cure)
        file = shipped_folder() / "calibrations" / f"{source}.yaml"
        folder = Path(str(file)).parent if isinstance(file, Path) else None
        return parse(file.read_bytes(), f"{source}.yaml"), f"{source}.yaml", folder
    return read_file(Path(source), str(source)), str(source), Path(source).absolute().parent


_FORMS: dict[str, type[BaseModel]] = {
    "parameters": Sought,
    "least_squares": LeastSquares,
    "optuna": OptunaSearch,
    "abc": AbcSearch,
}


def _path(error: Any, data: Any) -> KeyPath:
    """Return the path of an error in the data: pydantic's own, as far as the data go."""
    found: list[str | int] = []
    here = data
    for part in error["loc"]:
        known = (isinstance(here, dict) and part in here) or (isinstance(here, list) and part in range(len(here)))
        if not known and not (isinstance(here, dict) and error["type"] in ("missing", "extra_forbidden")):
            continue
        found.append(part)
        here = here[part] if known else None
    return tuple(found)


def _form(path: KeyPath, data: Any) -> type[BaseModel] | None:
    return Calibration if len(path) == 1 else _FORMS.get(str(path[0]))


def _homes(key: str) -> list[str]:
    homes = {f"under {name}": form for name, form in _FORMS.items()} | {"at the top of the file": Calibration}
    return [home for home, form in homes.items() if key in {f.alias or n for n, f in form.model_fields.items()}]


_GRAMMAR = Grammar(_path, _form, _homes, lambda _: ("method", ("least-squares", "optuna", "abc")))
