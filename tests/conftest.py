"""What tests share: small animals on a patch that keeps every density, and the command line in an empty folder."""

import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel

# The same examples every time, and no time limit on the first of them, which may compile a kernel.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

Scenario = dict[str, Any]
RUNNING = {"kind": "wheel", "distance": "7 km/d"}

# Under `nohup` SIGHUP is ignored, and by all that tests start. Answered by nothing it ends no tests either, and what
# they start begins as in a terminal.
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


def patch_scenario(size_um: tuple[float, float] = (600.0, 400.0), **changes: Any) -> Scenario:
    """Return a sedentary young mouse with a patch of tissue of the given sides, with changes of top-level keys."""
    u, v = size_um
    return {
        "schema": 1,
        "name": "patch",
        "species": "mouse",
        "sex": "female",
        "age": "8 wk",
        "duration": "4 d",
        "step": "1 h",
        "seed": 1,
        "tissue": {"septotemporal": f"{u:g} um", "transverse": f"{v:g} um"},
        "clock": {"start": "07:00", "lights_on": "07:00", "lights_off": "19:00"},
        "pathway": "circulating",
    } | changes


@cache
def _lived(size_um: tuple[float, float], items: tuple[tuple[str, Any], ...], running: bool) -> "NeurogenesisModel":
    from neurogen_abm.model import NeurogenesisModel  # compiles; most tests need none of it

    changes = dict(items) | ({"activity": [RUNNING]} if running else {})
    model = NeurogenesisModel(patch_scenario(size_um, **changes))
    model.run_model()
    return model


@pytest.fixture(scope="session")
def patch() -> Callable[..., Scenario]:
    """Return a function that describes an animal with a patch of tissue."""
    return patch_scenario


@pytest.fixture(scope="session")
def lived() -> Callable[..., "NeurogenesisModel"]:
    """Return a function that gives an animal at the end of its run; each is lived once a session: do not step it."""

    def live(
        size_um: tuple[float, float] = (600.0, 400.0), *, running: bool = False, **changes: Any
    ) -> "NeurogenesisModel":
        return _lived(size_um, tuple(sorted(changes.items())), running)

    return live


class Told(NamedTuple):
    """What one call of the command line left."""

    code: int
    out: str
    err: str


@pytest.fixture
def neurogen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Told]:
    """Return a function that calls the command line in an empty folder, in this process."""
    from neurogen_abm import cli

    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Told:
        with pytest.raises(SystemExit) as leaving:
            cli.main(list(words))
        caught = capsys.readouterr()
        return Told(leaving.value.code, caught.out, caught.err)

    return call
