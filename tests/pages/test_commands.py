"""Who follows a page meets what it says: at night every command and every block of Python of every page is run.

`page_world` is the folder in which this is done. Commands are typed as they stand; each page has a folder of its own,
and what a page shows as a file is written there first.
"""

import contextlib
import io
import re
import shutil
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path

import pytest
from page_blocks import PAGES, ROOT, SHELL, blocks, commands, commands_in_text, commands_of, name
from page_world import pages_files, readers_files, shipped

from neurogen_abm.cli import main
from neurogen_abm.errors import EnvironmentFault
from neurogen_abm.experiments.execution.workers import Workers
from neurogen_abm.spec.shipped import ShippedFiles

# What cannot be typed here and come to an end, beside the test that drives it in another way.
DRIVEN_ELSEWHERE = {
    r"^serve\b": "tests/serve/test_process.py::test_the_command_serves_this_machine_only_and_ends_quietly",
    r"^resume (?!.*--branch)": "tests/test_resume.py::test_a_signal_keeps_the_animal_and_the_command_it_names_goes_on",
    r"^sweep .*--scheduler": (
        "tests/experiments/test_kills.py::test_a_real_scheduler_with_real_workers_gives_the_same_bytes"
    ),
}
# Pages whose Python is no program of a reader's, or is run by a test of its own.
PYTHON_ELSEWHERE = {
    "docs/one_step.md": "tests/test_docs.py::test_the_code_of_a_step_is_that_of_the_package",
    "docs/mesa.md": "tests/test_mesa.py::test_its_examples_run",
    "docs/tutorial.md": "tests/test_tutorial.py::test_every_step_of_the_tutorial_works",
    "docs/widgets.md": "tests/widgets/test_widgets.py::test_a_click_gives_the_cell_back",
}
RUN = "runs/mouse_wheel_running-seed1"
EXTRAS = ("anndata", "anywidget", "brian2")


def driven_elsewhere(words: list[str]) -> str | None:
    """Return the test that drives a command in another way."""
    told = " ".join(words)
    return next((test for pattern, test in DRIVEN_ELSEWHERE.items() if re.search(pattern, told)), None)


def in_text() -> dict[str, list[list[str]]]:
    """Return for each page the commands in its text that say more than a name, and that no page has said before."""
    said = {tuple(words) for page in PAGES for words in commands(page.read_text())}
    found: dict[str, list[list[str]]] = {}
    for page in PAGES:
        for words in commands_in_text(page.read_text()):
            if len(words) > 1 and tuple(words) not in said:
                said.add(tuple(words))
                found.setdefault(name(page), []).append(words)
    return found


IN_TEXT = in_text()
WITH_CODE = [
    page
    for page in PAGES
    if any(block.language in (*SHELL, "python") for block in blocks(page.read_text())) or name(page) in IN_TEXT
]


@pytest.fixture(scope="module")
def small_files(tmp_path_factory):
    """The shipped files, cut down, in the place of the true ones."""
    folder = shipped(tmp_path_factory.mktemp("shipped") / "scenarios")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ShippedFiles, "place", lambda self: folder / self.folder if self.folder else folder)
        # Tables do not depend on how many share the work, and for runs this short a worker costs more than it does.
        patch.setattr(Workers, "__init__", partialmethod(alone, Workers.__init__))
        yield folder


@pytest.fixture(scope="module")
def readers_folder(tmp_path_factory, small_files):
    """What a reader has: files, a finished run of the first scenario that README tells of, and a branch of it."""
    folder = tmp_path_factory.mktemp("reader")
    readers_files(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        typed(["run", "mouse_wheel_running", "--keep-checkpoint"])
        typed(["resume", RUN, "--branch", "runs/stopped_running", "--set", "activity=[]", "--set", "duration=60 d"])
    return folder


def alone(self: Workers, begin: Callable[..., None], workers: int | None = None, scheduler: str | None = None) -> None:
    """Begin without any worker process, however many are asked for."""
    begin(self, 0, scheduler)


def typed(words: list[str]) -> None:
    """Type a command, which must succeed where the extra that it needs is installed.

    A run that lies there already was made for other pages, and gives way.
    """
    if words[0] == "run" and "--out" not in words:
        shutil.rmtree(Path("runs") / f"{Path(words[1]).stem}-seed1", ignore_errors=True)
    if "--branch" in words:
        shutil.rmtree(words[words.index("--branch") + 1], ignore_errors=True)
    said = io.StringIO()
    with pytest.raises(SystemExit) as left, contextlib.redirect_stderr(said):
        main(words)
    without_extra = left.value.code == 3 and "is not installed. Install it: pip install" in said.getvalue()
    assert left.value.code == 0 or without_extra, (words, said.getvalue())


def run_python(text: str, names: dict[str, object]) -> None:
    """Run a block of Python as a reader would, unless an extra that it uses is not installed."""
    try:
        exec(compile(text.replace("/data/", f"{Path.cwd()}/"), "block", "exec"), names)
    except (ModuleNotFoundError, EnvironmentFault) as fault:
        if getattr(fault, "name", None) not in EXTRAS and " is not installed. Install it: pip" not in str(fault):
            raise


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_CODE, ids=name)
def test_what_a_page_says_can_be_typed(page, readers_folder, tmp_path, monkeypatch):
    folder, text = tmp_path / "reader", page.read_text()
    shutil.copytree(readers_folder, folder)
    monkeypatch.chdir(folder)
    pages_files(folder, text)
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(text):
        if block.language in SHELL:
            for words in commands_of(block.text):
                if driven_elsewhere(words) is None:
                    typed(words)
        elif block.language == "python" and name(page) not in PYTHON_ELSEWHERE:
            run_python(block.text, names)
    for words in IN_TEXT.get(name(page), []):
        if driven_elsewhere(words) is None:
            typed(words)


def test_what_is_driven_elsewhere_is_little_and_the_test_is_there():
    told = [words for page in PAGES for words in commands(page.read_text())]
    passed_over = [words for words in told if driven_elsewhere(words)]
    assert len(told) > 100
    assert len(passed_over) < 10
    for test in {**DRIVEN_ELSEWHERE, **PYTHON_ELSEWHERE}.values():
        file, _, function = test.partition("::")
        assert f"def {function}(" in (ROOT / file).read_text()
