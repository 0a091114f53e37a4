"""Packages that only some methods need; they are looked for when they are used."""

import warnings
from importlib import import_module
from typing import Any

from neurogen_abm.errors import EnvironmentFault


def optional(module: str, package: str, install: str) -> Any:
    """Return a module of an optional package, or say how to install it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module(module)
    except ImportError as fault:
        cure = f"Install it: pip install {install}."
        raise EnvironmentFault(f"{package} is not installed.", cure=cure, code="missing-package") from fault
