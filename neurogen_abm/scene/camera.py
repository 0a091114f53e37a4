"""Who looks at the organ from where: the turn, the distance and the scale of a picture in space."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

START: Final = {"yaw": -28.0, "pitch": 24.0}  # degrees; how the organ is shown first
TALL: Final = 0.69  # the organ is longer than high: the radius that fits into a picture, in heights of it
FAR: Final = 5.0  # distance of the eye, in radii of the organ: a mild perspective


class Camera(NamedTuple):
    """Turned by ``yaw`` about the upright axis, then tilted by ``pitch`` towards the eye, degrees.

    ``radius_um`` of the organ fits, ``zoom`` times, into a picture of ``width`` x ``height`` pixels.
    """

    radius_um: float
    width: float
    height: float
    yaw: float = START["yaw"]
    pitch: float = START["pitch"]
    zoom: float = 1.0

    @property
    def scale(self) -> float:
        """Pixels per um in the middle of the organ."""
        return self.zoom * min(self.width / 2, self.height * TALL) / self.radius_um

    def seen(self, place: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return pixels to the right and down, shape (places, 2), and depth away from the eye, um."""
        place = np.atleast_2d(np.asarray(place, float))
        yaw, pitch = np.radians(self.yaw), np.radians(self.pitch)
        x = np.cos(yaw) * place[:, 0] - np.sin(yaw) * place[:, 1]
        y = np.sin(yaw) * place[:, 0] + np.cos(yaw) * place[:, 1]
        depth = np.cos(pitch) * y - np.sin(pitch) * place[:, 2]
        up = np.sin(pitch) * y + np.cos(pitch) * place[:, 2]
        near = self.scale * FAR / (FAR + depth / self.radius_um)
        return np.stack([self.width / 2 + near * x, self.height / 2 - near * up], axis=1), depth
