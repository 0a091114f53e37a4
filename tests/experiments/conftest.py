"""Finished runs that cost nothing, made once: tests that harm them take a copy."""

import shutil
from pathlib import Path

import cheap
import pytest
from finished_runs import again, tables

from neurogen_abm.experiments.execution.runner import Execution, perform


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of two batches of finished runs."""
    folder = tmp_path_factory.mktemp("finished")
    perform(cheap.jobs(5), Execution(folder, workers=0), work=cheap.draws)
    again(folder)
    return folder


@pytest.fixture(scope="session")
def peace(finished: Path) -> bytes:
    """What all of them say, where nothing was harmed."""
    return tables(again(finished))


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))
