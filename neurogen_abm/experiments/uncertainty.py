"""What is not known, what animals differ in and what chance does, for every read-out at every time, as a table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from neurogen_abm.errors import IntegrityError
from neurogen_abm.experiments import variance
from neurogen_abm.experiments.draws import Lived, left_out, of_arm
from neurogen_abm.experiments.statistics import Array
from neurogen_abm.notebook import as_html
from neurogen_abm.numerals import plain
from neurogen_abm.spec.posterior import Posterior
from neurogen_abm.spec.scenario.scenario import ResolvedScenario
from neurogen_abm.storage import atomic, ledger, parquet_file
from neurogen_abm.storage.csv_text import as_csv

PARTS = ("parameters", "animals", "chance")
WORDS = {"parameters": "what is not known", "animals": "animals", "chance": "chance"}
_BANDS = ("parameters", "animals", "all")
VALUE, RELATIVE = "value", "relative"
NAME, _RECORD = "bands", b"neurogen_abm.bands"
FILES = (f"{NAME}.parquet", f"{NAME}.csv")


@dataclass(frozen=True)
class Uncertainty:
    """What the draws of a posterior make of the read-outs of one scenario or several.

    Attributes
    ----------
    table
        One row per ``arm``, ``read_out``, ``day`` and ``of``: the ``value`` of an animal, or its ``relative`` effect
        (a share of the control). ``mean``; ``parameters_10``, ``_50``, ``_90``, the band of what is not known;
        ``animals_10`` ... with what animals differ in; ``all_10`` ... with what chance does, so that an animal of any
        draw is between its ends in four of five cases. ``variance_parameters``, ``variance_animals``,
        ``variance_chance`` with ``_error``; ``share_...`` of their sum.
    fits
        Arm -> name of the fit whose posterior it was drawn from.
    draws, animals
        How many draws there are, and how many animals lived under each.
    said
        What is the user's own and not drawn, and what is left out, in sentences.
    """

    table: pd.DataFrame
    fits: Mapping[str, str]
    draws: int
    animals: int
    said: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return one line, not the table."""
        fits = ", ".join(dict.fromkeys(self.fits.values()))
        return f"<Uncertainty of {', '.join(self.fits)}: {self.draws} draws of {fits}, {self.animals} animals each>"

    def _repr_html_(self) -> str:
        """Return what is known at the end as a table for a notebook."""
        shares = [f"share_{part}" for part in PARTS]
        table = self.final[["arm", "read_out", "of", "mean", "all_10", "all_90", *shares]]
        return as_html(repr(self), table.round(dict.fromkeys(shares, 3)))

    @property
    def final(self) -> pd.DataFrame:
        """The table at the end of the run."""
        return self.table[self.table["day"] == self.table["day"].max()].reset_index(drop=True)

    def of(self, read_out: str, arm: str | None = None, of: str = VALUE) -> pd.DataFrame:
        """Return the rows of a read-out, by day; of the first arm where none is named."""
        arm = arm if arm is not None else next(iter(self.fits))
        rows = self.table[(self.table["read_out"] == read_out) & (self.table["arm"] == arm) & (self.table["of"] == of)]
        return rows.sort_values("day", ignore_index=True)

    def files(self) -> dict[str, atomic.Writer]:
        """Return how its files are written, by name: the table with who it is of, and the same as text."""
        text = as_csv(self.table)
        return {
            f"{NAME}.parquet": self._write_table,
            f"{NAME}.csv": lambda path: path.write_text(text, encoding="utf-8"),
        }

    def write(self, folder: Path) -> list[Path]:
        """Write ``bands.parquet`` and ``bands.csv`` into a directory, each whole or not at all."""
        with atomic.machine_faults(folder, ledger.CURE):
            return [atomic.write_file(folder / name, write) for name, write in self.files().items()]

    def _write_table(self, path: Path) -> None:
        record = {"fits": dict(self.fits), "draws": self.draws, "animals": self.animals, "said": list(self.said)}
        table = pa.Table.from_pandas(self.table, preserve_index=False)
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), _RECORD: json.dumps(record).encode()})
        parquet.write_table(table, path, compression="zstd", write_page_checksum=True)

    @classmethod
    def read(cls, path: Path) -> "Uncertainty":
        """Read a ``bands.parquet``; an IntegrityError says that it is damaged, or none."""
        try:
            table = parquet_file.read(path)
            record = json.loads(table.schema.metadata[_RECORD])
            kept = {key: record[key] for key in ("fits", "draws", "animals")}
            return cls(parquet_file.frame(table), **kept, said=tuple(record["said"]))
        except (pa.ArrowException, OSError, ValueError, LookupError, TypeError) as fault:
            what, cure = "The bands are damaged, or not what was written.", "Run the same command again."
            raise IntegrityError(what, where=str(path), cure=cure) from fault


def found_in(
    lived: Lived, arms: Mapping[str, ResolvedScenario], posteriors: Mapping[str, Posterior], *, traits: bool = True
) -> Uncertainty:
    """Return what the lives of animals show, arm by arm; the first arm is the control of the others.

    ``traits`` says whether animals are others or one animal that lives again and again.
    """
    parts, control = [], None
    for arm in arms:
        columns, first, again = of_arm(lived.readings, arm)
        parts.append(rows_of(arm, VALUE, columns, first, again if traits else None))
        if control is None:
            control = columns, first, again
            continue
        shared = columns.intersection(control[0], sort=False)
        at, base_at = columns.get_indexer(shared), control[0].get_indexer(shared)
        one, one_again, other, other_again = (
            control[1][..., base_at],
            control[2][..., base_at],
            first[..., at],
            again[..., at],
        )
        effect = variance.effect_of_each(one, other)
        second = variance.effect_beside(one, other, one_again, other_again) if traits else None
        parts.append(rows_of(arm, RELATIVE, shared, effect, second))
    said = [f"{name}: {sentence}" for name, arm in arms.items() for sentence in posteriors[name].sentences(arm)]
    said = [sentence.partition(": ")[2] for sentence in said] if len(arms) == 1 else said
    animals = int(lived.readings["animal"].nunique())
    fits = {name: posterior.fit for name, posterior in posteriors.items()}
    table = pd.concat(parts, ignore_index=True)
    return Uncertainty(table, fits, len(lived.draws), animals, (*said, *left_out(lived.failed)))


def rows_of(arm: str, of: str, columns: pd.MultiIndex, first: Array, again: Array | None) -> pd.DataFrame:
    """Return the rows of the table for one arm, from the values of its lives, shape (draws, animals, read-outs)."""
    split = variance.split(first, again)
    bands = variance.bands(first, split)
    table = columns.to_frame(index=False)
    table["read_out"] = table["read_out"].astype(str)
    found: dict[str, Any] = {"mean": first.mean(axis=(0, 1))}
    if again is None:  # one animal, whose lives differ by chance alone
        bands = bands._replace(animals=np.full_like(bands.animals, np.nan))
    for name, quantiles in zip(_BANDS, bands, strict=True):
        ends = zip(variance.QUANTILES, quantiles, strict=True)
        found |= {f"{name}_{round(100 * q)}": values for q, values in ends}
    for name, share in zip(PARTS, split.shares(), strict=True):
        found |= {f"variance_{name}": getattr(split, name), f"variance_{name}_error": getattr(split, f"{name}_error")}
        found |= {f"share_{name}": share}
    rows = table.assign(**found)
    rows.insert(0, "of", of)
    rows.insert(0, "arm", arm)
    return rows[np.isfinite(rows["mean"])]


def in_words(row: Mapping[Any, Any]) -> str:
    """Return where the variance of a row of the table comes from, in words."""
    if not np.nansum([row[f"share_{part}"] for part in PARTS]) > 0:
        return "Nothing varies."
    said = {"parameters": "is not known (parameters)", "animals": "is what animals differ in", "chance": "is chance"}
    shares = [
        f"{plain(100 * row[f'share_{part}'], 2)} % {text}" for part, text in said.items() if row[f"share_{part}"] >= 0
    ]
    return f"Of the variance {_listed(shares)}."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])}, and {words[-1]}"
