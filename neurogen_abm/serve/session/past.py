"""The days that a life has lived, as pictures: to look back at them changes nothing, and takes no living again."""

import zlib
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurogen_abm.scene.cells import keys
from neurogen_abm.scene.colourings import BIRTH, CLONE, values

if TYPE_CHECKING:
    from neurogen_abm.model import NeurogenesisModel

HOURS: Final = 24  # from one picture to the next, until they take too much
MAX_BYTES: Final = 64 * 2**20


class Picture(NamedTuple):
    """One moment: keys of cells (`scene.cells.keys`) in order, packed; clone and birth of the same; levels, counts."""

    step: int
    day: float
    packed: bytes
    colours: bytes
    level: NDArray[np.float32]
    counts: list[int]
    n_developmental: int
    niche_pg_ml: float

    @property
    def keys(self) -> NDArray[np.uint64]:
        """Keys of all cells, in order of their columns."""
        planes = np.frombuffer(zlib.decompress(self.packed), np.uint8).reshape(8, -1)
        return np.ascontiguousarray(planes.T).view("<u8").ravel()

    def value(self, by: str) -> NDArray[np.uint8]:
        """Return what colours the cells, by `CLONE` or `BIRTH`, in the order of the keys."""
        both = np.frombuffer(zlib.decompress(self.colours), np.uint8).reshape(2, -1)
        return both[(CLONE, BIRTH).index(by)]

    @property
    def n_bytes(self) -> int:
        """Bytes that it takes."""
        return len(self.packed) + len(self.colours) + self.level.nbytes


class Past:
    """Pictures of one life, a day apart; where they take too much, every second one goes and the others are kept."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []
        self.n_bytes = 0
        self._every_h = HOURS

    def note(self, model: "NeurogenesisModel", step: int) -> None:
        """Keep this moment where a picture is due."""
        hours = float(model.world.time_h)
        if round(hours, 6) % self._every_h or (self.pictures and self.pictures[-1].step >= step):
            return
        self.pictures.append(_taken(model, step))
        self.n_bytes += self.pictures[-1].n_bytes
        while self.n_bytes > MAX_BYTES and len(self.pictures) > 2:
            self._every_h *= 2
            self.pictures = [picture for picture in self.pictures if not round(24 * picture.day, 6) % self._every_h]
            self.n_bytes = sum(picture.n_bytes for picture in self.pictures)

    def at(self, day: float) -> Picture | None:
        """Return the last picture that is not later than a day; None where nothing has been lived yet."""
        found = bisect_right([picture.day for picture in self.pictures], day + 1e-9)
        return self.pictures[max(0, found - 1)] if self.pictures else None

    def after(self, day: float) -> float | None:
        """Return the day of the next picture after a day; None where there is none."""
        return next((picture.day for picture in self.pictures if picture.day > day + 1e-9), None)

    def copy(self) -> "Past":
        """Return the same past for an animal that branches off."""
        other = Past()
        other.pictures, other.n_bytes, other._every_h = list(self.pictures), self.n_bytes, self._every_h
        return other


def _taken(model: "NeurogenesisModel", step: int) -> Picture:
    world = model.world
    alive = world.population.living()
    own = keys(alive.id, alive.site, alive.state, world.grid.n_columns)
    order = np.argsort(own)
    colours = np.stack([values(model, alive, by, (0.0, 1.0))[order] for by in (CLONE, BIRTH)])
    return Picture(
        step=step,
        day=float(world.time_h) / 24.0,
        # Bytes of one place stand together: those of columns and states are alike, only places in sites are not.
        packed=zlib.compress(own[order].astype("<u8").view(np.uint8).reshape(-1, 8).T.tobytes(), 1),
        colours=zlib.compress(colours.tobytes(), 1),
        level=world.level.astype(np.float32),
        counts=world.counts().tolist(),
        n_developmental=int(world.n_developmental),
        niche_pg_ml=float(world.level @ world.classes.weight),
    )
