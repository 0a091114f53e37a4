"""The table of assays, with every column and its type even where nothing was asked."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from neurogen_abm.tables import ASSAYS

if TYPE_CHECKING:
    import pandas as pd


def assay_table(rows: Iterable[Mapping[str, Any]] = ()) -> "pd.DataFrame":
    """Return rows as the table of assays; its columns are those of `neurogen_abm.tables`."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(ASSAYS)).astype({name: c.dtype for name, c in ASSAYS.items()})
