"""What the pages of the documentation ask a reader to type or to write: commands, Python and YAML."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
SHELL = ("", "bash", "console", "sh")
# What stands for a name of the reader's, in lines of text; in blocks such a name has an ending, like FILE.csv.
STANDS_FOR = {
    "RUN": "runs/mouse_wheel_running-seed1",
    "CAPSULE": "runs/mouse_wheel_running-seed1",
    "DIR": "runs/mouse_wheel_running-seed1",
    "PATH": "lineage.clearance.time",
    "NAME": "mouse_wheel_running",
    "SCENARIO": "mouse_wheel_running",
    "A": "mouse_sedentary",
    "B": "mouse_generated_running",
    "STUDY": "clark2010",
    "SWEEP": "distance_by_age",
    "FIT": "mouse",
    "FILE": "mouse_wheel_minutes",
    "FORMAT": "newick",
    "AGAIN": "runs/again",
    "N": "2",
}
# A name may stand for another thing beside another command.
OF_COMMAND = {
    ("sensitivity", "SWEEP"): "which_numbers_matter",
    ("study", "FILE"): "clark2010",
    ("doctor", "PATH"): "runs",
    ("doctor", "DIR"): "runs/distance_by_age-sweep",
}


class Block(NamedTuple):
    """A block of code of a page: its language, its text, and where it begins."""

    language: str
    text: str
    at: int


def name(page: Path) -> str:
    """Return what tests call a page."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[Block]:
    """Return the blocks of code of a page, in their order."""
    return [Block(found[1], found[2], found.start()) for found in BLOCK.finditer(text)]


def commands_of(block: str) -> Iterator[list[str]]:
    """Yield the words after `neurogen` of each command of a block, without comments and without where output goes."""
    for line in block.replace("\\\n", "").splitlines():
        said = line.strip().removeprefix("$ ")
        if said.startswith("neurogen "):
            words = shlex.split(said, comments=True)[1:]
            yield words[: words.index(">")] if ">" in words else words


def commands(text: str) -> list[list[str]]:
    """Return the words of every `neurogen` line in blocks of no other language."""
    return [words for block in blocks(text) if block.language in SHELL for words in commands_of(block.text)]


def commands_in_text(text: str) -> list[list[str]]:
    """Return the commands that stand between backticks in the text of a page, capitals replaced by a name."""
    said = [re.sub(r"\s+", " ", one) for one in re.findall(r"`(neurogen [^`]+)`", BLOCK.sub("", text))]
    told = [words for one in said for words in commands_of(re.sub(r"[\[\]]|\.\.\.", "", one))]
    return [[words[0], *(_named(words[0], word) for word in words[1:])] for words in told if words]


def _named(command: str, word: str) -> str:
    def name(found: re.Match[str]) -> str:
        return OF_COMMAND.get((command, found[0]), STANDS_FOR[found[0]])

    return re.sub(r"^[A-Z]+(?=/|$)", name, word)
