"""Fits as data: which published experiments are the targets, which parameters are free, and how they are fitted.

One committed file repeats a fit. Only parameters whose status is calibrated are free, within their ranges, unless the
file says otherwise.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from neurogen_abm.arguments import MAPPING, check
from neurogen_abm.spec.fields import FieldError, Short, Title, as_id, no_name_twice
from neurogen_abm.spec.mechanisms import STANDARD
from neurogen_abm.spec.parameter import Plain, Status
from neurogen_abm.spec.scenario.models import Patch, Tissue
from neurogen_abm.spec.shipped import FileModel, ShippedFiles
from neurogen_abm.spec.tissue import tissue_asked
from neurogen_abm.spec.validation import FileForm
from neurogen_abm.spec.yaml.reader import read_file

__all__ = ["Calibration", "Sought", "asked", "calibration_names", "load_calibration"]

Method = Literal["least-squares", "optuna", "abc", "posterior"]
Amount = Annotated[str | int | float | None, Field(description="A quantity like 40 pg/mL.")]


class Sought(Plain):
    """A free parameter, or some: by dotted path, in which ``*`` stands for any part of a name."""

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
            what = "An entry needs either a `path` or a `tie`."
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

    trials: int = Field(200, ge=1, le=100_000, description="Points to try.")
    sampler: Literal["tpe", "cmaes", "gp"] = Field("tpe", description="How the next point is chosen.")
    batch: int = Field(4, ge=1, le=256, description="Points asked for at once.")
    seed: int = Field(1, ge=0, lt=2**32, description="Seed of the choice.")


class AbcSearch(Plain):
    """How ABC-SMC samples the posterior."""

    population: int = Field(100, ge=10, le=100_000, description="Accepted points of a generation.")
    generations: int = Field(6, ge=1, le=50, description="Generations at most.")
    least_distance: float = Field(0.0, ge=0, description="The sampling ends when the accepted distance falls below.")
    seed: int = Field(1, ge=0, lt=2**32, description="Seed of the proposals.")


class PosteriorSearch(Plain):
    """How the posterior is sampled: points that are simulated, an emulator between them, a sample on the emulator."""

    points: int = Field(48, ge=8, le=10_000, description="Points simulated over the whole ranges.")
    refined: int = Field(24, ge=0, le=10_000, description="Points simulated where the first sample lies.")
    checks: int = Field(8, ge=2, le=1000, description="Draws that are simulated to check the emulator.")
    draws: int = Field(400, ge=200, le=100_000, description="Draws that are kept.")
    steps: int = Field(1000, ge=100, le=1_000_000, description="Steps of each walker of the sampler that are kept.")
    seed: int = Field(1, ge=0, lt=2**32, description="Seed of points and draws.")


class Calibration(FileModel):
    """A fit: targets, free parameters, method."""

    studies: Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=200)] = Field(
        description="Studies whose expectations of role calibration are the targets: shipped names, or files; all: "
        "every shipped one of the species that can be fitted to."
    )
    parameters: Annotated[tuple[Annotated[Sought, Short("path")], ...], Field(strict=False, max_length=200)] = Field(
        (), description="The free parameters; every calibrated one that the studies read, by default."
    )
    allow: Annotated[tuple[Status, ...], Field(strict=False)] = Field(
        (), description="Statuses besides calibrated that may be free, e.g. [assumed]."
    )
    species: str = Field("mouse", description="Whose studies are meant by studies: [all].")
    weights: dict[str, Annotated[float, Field(ge=0, le=1000)]] = Field(
        default_factory=dict, description="What the square of a residual counts: by tier (A, B) or name of a study."
    )
    linear_beyond: Annotated[float, Field(gt=0)] | None = Field(
        2.0, description="Beyond so many tolerances the square of a residual grows linearly; null: it stays a square."
    )
    pathway: str | None = Field(None, description="The hypothesis in every arm, in place of the study's own.")
    mechanisms: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(no_name_twice)] = Field(
        (STANDARD,),
        description="Rules that are on, and no others, in every arm that names none itself; as in a scenario.",
    )
    tissue: Tissue | None = Field(None, description="The tissue in every arm, in place of the study's own.")
    pairs: int | None = Field(None, ge=1, le=1000, description="Animals in every arm, in place of the study's own.")
    method: Method = Field("least-squares", description="How the numbers are found.")
    least_squares: LeastSquares = Field(default_factory=lambda: LeastSquares(), description="Settings of its search.")
    optuna: OptunaSearch = Field(default_factory=lambda: OptunaSearch(), description="Settings of its search.")
    abc: AbcSearch = Field(default_factory=lambda: AbcSearch(), description="Settings of its sampling.")
    posterior: PosteriorSearch = Field(
        default_factory=lambda: PosteriorSearch(), description="Settings of its design and its sampling."
    )


FORM = FileForm(
    Calibration,
    {
        "parameters": Sought,
        "tissue": Patch,
        "least_squares": LeastSquares,
        "optuna": OptunaSearch,
        "abc": AbcSearch,
        "posterior": PosteriorSearch,
    },
)
CALIBRATIONS = ShippedFiles("fit", "calibrations", "calibration", "unknown-calibration", FORM)


def calibration_names() -> list[str]:
    """Return the names of the fits that come with the package."""
    return CALIBRATIONS.names()


def load_calibration(
    source: str | Path | Mapping[str, Any] | Calibration, changes: Mapping[str, Any] | None = None
) -> Calibration:
    """Read a fit and check everything that can be checked without its studies.

    ``source`` and errors as in `load_scenario`; ``changes`` are keys that replace those of a source not loaded yet.

    Examples
    --------
    >>> load_calibration({"name": "mine", "studies": ["vanpraag1999_nn"]}).studies
    ('vanpraag1999_nn',)
    """
    check(changes=(changes, MAPPING.or_none))
    return Calibration.read_from(CALIBRATIONS, source, changes)


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
        Free parameters, in place of what the file says.
    tissue
        ``whole``, or a patch like ``1000 um x 850 um``.
    changes
        Further keys; those that are None or empty are left as they are.
    """
    new = {key: list(part) if isinstance(part, tuple | list) else part for key, part in changes.items() if part}
    if sought := [{"path": path} for path in parameters] + [{"tie": path} for path in ties]:
        new["parameters"] = sought
    if tissue is not None:
        new["tissue"] = tissue_asked(tissue)
    if len(names) == 1 and _is_fit(names[0]):
        return load_calibration(names[0], new)
    own = (as_id(Path(names[0]).stem[:50]) if len(names) == 1 else "") or "studies"
    return load_calibration({"name": f"fit-{own}", "studies": list(names)}, new)


def _is_fit(name: str) -> bool:
    """Return whether a name means a fit rather than a study."""
    if not Path(name).suffix:
        return name in calibration_names()
    data = read_file(Path(name), name).data
    return isinstance(data, dict) and "studies" in data
