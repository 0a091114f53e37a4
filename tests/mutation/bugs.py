"""The list of seeded bugs: read, and planted in a copy of the checkout."""

import ast
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

LIST = Path(__file__).with_name("bugs.yaml")
ROOT = LIST.parents[2]


class Bug(NamedTuple):
    """A change of one place of a file, and the tests that should catch it, as pytest takes them."""

    name: str
    area: str
    file: str
    what: str
    old: str
    new: str
    tests: tuple[str, ...]
    plain: bool = False  # the tests are run without a compiler

    def planted(self, text: str) -> str:
        """Return the text of the file with the bug; a ValueError says that its place is not the only one, or gone."""
        if (found := text.count(self.old)) != 1:
            raise ValueError(f"{self.name}: what it changes occurs {found} times in {self.file}, not once.")
        return text.replace(self.old, self.new)


def read(file: Path = LIST) -> list[Bug]:
    """Return the bugs of a list."""
    return [Bug(**(entry | {"tests": tuple(entry["tests"])})) for entry in YAML(typ="safe", pure=True).load(file)]


def parses(file: str, text: str) -> bool:
    """Say whether a text can be the content of a file: Python or YAML by its ending."""
    try:
        ast.parse(text) if file.endswith(".py") else YAML(typ="safe", pure=True).load(text)
    except (SyntaxError, ValueError):
        return False
    return True
