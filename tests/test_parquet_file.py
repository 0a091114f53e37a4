"""Tables are read in the thread that asks, and a lack of memory is not taken for damage."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from neurogen_abm.spec import posterior
from neurogen_abm.spec.catalogue_files import root_folder
from neurogen_abm.storage import checkpoint, parquet_file, run_directory


def test_a_table_is_read_without_a_thread_of_arrow_which_may_not_start_where_memory_is_short(tmp_path, monkeypatch):
    file, told, plain = tmp_path / "dose=4.parquet", [], parquet.ParquetFile.read
    run_directory.write_table(pd.DataFrame({"day": [0.0, 1.0], "n": [3, 4]}), file)
    monkeypatch.setattr(parquet, "read_table", None)  # its scanner waits for threads, whatever it is told
    monkeypatch.setattr(parquet.ParquetFile, "read", lambda self, **how: told.append(how) or plain(self, **how))
    assert run_directory.read_table(file).to_dict("list") == {"day": [0.0, 1.0], "n": [3, 4]}
    assert parquet_file.read(file, ["n"]).column_names == ["n"]
    assert [how["use_threads"] for how in told] == [False, False]


@pytest.mark.parametrize(
    "fault",
    [
        pa.ArrowMemoryError("malloc of size 64 failed"),
        pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable"),
    ],
)
def test_memory_that_runs_out_on_the_way_is_not_told_as_damage(fault, tmp_path, monkeypatch):
    file = tmp_path / "series.parquet"
    run_directory.write_table(pd.DataFrame({"n": [3]}), file)

    def run_out(*_, **__):
        raise fault

    monkeypatch.setattr(parquet.ParquetFile, "read", run_out)
    with pytest.raises(MemoryError, match=r"[Ff]ailed"):
        run_directory.read_table(file)


def test_what_memory_does_not_suffice_to_unpack_is_not_damaged(monkeypatch):
    def run_out(*_, **__):
        raise pa.ArrowMemoryError("malloc failed")

    whole = checkpoint.packed(checkpoint.Content({}, {"cells": np.zeros(4096)}, {}))
    file = next((root_folder() / "mouse" / "posteriors").iterdir())
    monkeypatch.setattr(parquet.ParquetFile, "read", run_out)
    monkeypatch.setattr(pa, "Codec", lambda name: SimpleNamespace(decompress=run_out))
    with pytest.raises(MemoryError):
        checkpoint.unpacked(whole, "here")
    with pytest.raises(MemoryError):
        posterior.read(file)
