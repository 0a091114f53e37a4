"""Shared by the tests of readers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from neurogen_abm.activity.recordings.formats.source import Source


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Source]:
    """Return a function that writes bytes to a file of a name that says nothing, and returns it as a source."""

    def write(content: bytes, name: str = "recording") -> Source:
        path = tmp_path / name
        path.write_bytes(content)
        return Source(path)

    return write
