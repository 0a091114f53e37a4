"""Who follows the tutorial meets what it says: every command and line of Python of it is run at night, in order."""

import contextlib
import io
import itertools
import re
from pathlib import Path

import pytest
import typer
from page_blocks import DOCS, PAGES, ROOT, blocks, commands, commands_in_text

from neurogen_abm.cli import app, main
from neurogen_abm.commands.options import overrides
from neurogen_abm.spec.scenario.scenario import load_scenario, resolve, scenario_names


@pytest.mark.slow
def test_every_step_of_the_tutorial_works(tmp_path, monkeypatch, capsys):
    text = (DOCS / "tutorial.md").read_text()
    monkeypatch.chdir(tmp_path)
    for name, body in re.findall(r"^```yaml\n# (\w+\.yaml)\n(.*?)^```", text, re.M | re.S):
        Path(name).write_text(body)
    told = commands(text)
    assert len(told) >= 7
    printed = ""
    for words in told:
        with pytest.raises(SystemExit) as left:
            main(words)
        out, err = capsys.readouterr()
        assert left.value.code == 0, (words, err)
        printed += out
    shown = [line for block in blocks(text) if block.language == "text" for line in block.text.splitlines()]
    assert len(shown) >= 6
    assert [line for line in shown if line not in printed.splitlines()] == []
    births, deaths = re.search(r"\(([\d,]+) cells were born, ([\d,]+) died\)", text).groups()
    assert re.search(rf"Cells born +0 +{births} ", printed)
    assert re.search(rf"Cells that died +0 +{deaths} ", printed)
    for page in re.findall(r"`(runs/[\w/]+\.html)`", text):
        assert Path(page).is_file(), page
    said = io.StringIO()
    for block in blocks(text):
        if block.language == "python":
            with contextlib.redirect_stdout(said):
                exec(block.text, {})
    born, young = map(int, re.fullmatch(r"(\d+) cells were born; (\d+) rows .*\n", said.getvalue()).groups())
    assert f"{born:,}" == births
    assert young > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_of_a_page_is_understood(page):
    """Commands and options are there; what is in capitals stands for a name, and nothing is run."""
    group = typer.main.get_command(app)
    wrong = []
    text = page.read_text()
    for words in [*commands(text), *commands_in_text(text)]:
        flags = [word for word in words if word not in ("--debug",)]
        try:
            known = group.commands[flags[0]]
            if len(words) > 1:  # alone it is the name of the command, in a sentence
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
