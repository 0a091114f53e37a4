"""Who follows the tutorial meets what it says: every command and line of Python of it is run at night, in order."""

import contextlib
import io
import itertools
import re
import shlex
from pathlib import Path

import pytest
import typer

from neurogen_abm.cli import app, main
from neurogen_abm.commands.options import overrides
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve, scenario_names

DOCS = Path(__file__).parent.parent / "docs"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
ROOTS = ("lineage", "signals", "physiology", "pathways", "anatomy", "histology")
PAGES = sorted([*DOCS.glob("*.md"), DOCS.parent / "README.md"])


def commands(text: str) -> list[list[str]]:
    """Return the words of every `neurogen` line in blocks of no other language, without comments."""
    blocks = [block for kind, block in BLOCK.findall(text) if kind in ("", "bash", "console", "sh")]
    said = [line.removeprefix("$ ").strip() for block in blocks for line in block.replace("\\\n", "").splitlines()]
    split = [shlex.split(line, comments=True)[1:] for line in said if line.startswith("neurogen ")]
    return [words[: words.index(">")] if ">" in words else words for words in split]


@pytest.mark.slow
def test_every_step_of_the_tutorial_works(tmp_path, monkeypatch, capsys):
    text = (DOCS / "tutorial.md").read_text()
    monkeypatch.chdir(tmp_path)
    for name, body in re.findall(r"^```yaml\n# (\w+\.yaml)\n(.*?)^```", text, re.M | re.S):
        Path(name).write_text(body)
    told = commands(text)
    assert len(told) >= 7
    for words in told:
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 0, (words, capsys.readouterr().err)
    for page in re.findall(r"`(runs/[\w/]+\.html)`", text):
        assert Path(page).is_file(), page
    said = io.StringIO()
    for kind, block in BLOCK.findall(text):
        if kind == "python":
            with contextlib.redirect_stdout(said):
                exec(block, {})
    births, young = map(int, re.fullmatch(r"(\d+) cells were born; (\d+) rows .*\n", said.getvalue()).groups())
    assert births > 0
    assert young > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_is_understood(page):
    """Commands and options are there; what is in capitals stands for a name, and nothing is run."""
    group = typer.main.get_command(app)
    wrong = []
    for words in commands(page.read_text()):
        flags = [word for word in words if word not in ("--debug",)]
        try:
            known = group.commands[flags[0]]
            known.make_context(flags[0], flags[1:])
        except KeyError:
            wrong += [] if flags[0].startswith("--") else [(words, "no such command")]
        except Exception as fault:  # noqa: BLE001 - some versions of typer bring a click of their own, with its errors
            wrong.append((words, str(fault)))
    assert wrong == []


def test_a_number_that_a_page_changes_may_be_changed():
    """What `--set` gives a parameter is tried out: a value that is refused would stop the reader."""
    tried = 0
    for page in PAGES:
        for words in commands(page.read_text()):
            entries = [following for word, following in itertools.pairwise(words) if word == "--set"]
            numbers = [
                entry for entry in entries if entry.startswith(("lineage.", "signals.", "physiology.", "pathways."))
            ]
            if numbers:
                name = words[1] if words[1] in scenario_names() else "mouse_wheel_running"
                resolve(load_scenario(name, overrides(numbers)))
                tried += len(numbers)
    assert tried >= 1
