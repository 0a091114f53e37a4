"""Plant seeded bugs one after the other, and say how many the tests catch.

    python -m tests.mutation                     all of them: a quarter of an hour, or two
    python -m tests.mutation --area statistics   those of an area
    python -m tests.mutation --only NAME NAME    some of them
    python -m tests.mutation --named             the tests named alone: what they miss counts as missed

The checkout is copied, tests that are named are run there without a bug and must pass; then each bug is planted in the
copy, and the tests named for it are run until one fails. What they miss, the whole quick command looks for. Leaves with
1 where less than 95 % is caught. Nothing outside the copy is touched.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from neurogen_abm.sources import in_kernels
from tests.mutation.bugs import ROOT, Bug, read

WANTED = 0.95
_LIMIT_S = 900  # of one call of pytest: what takes longer hangs
_CACHES = {".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", "__pycache__"}
_OUTPUT = {"build", "dist", "runs"}


class Verdict(NamedTuple):
    """What became of a bug: the first test that failed, or why it counts as caught; empty where nothing did."""

    bug: str
    area: str
    by: str
    seconds: float


class Room:
    """A copy of the checkout with caches of its own, in which tests are run."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self._kernels = folder / "checkout", folder / "kernels"
        shutil.copytree(ROOT, self.checkout, ignore=_ignored, dirs_exist_ok=True)
        own = {"PYTHONPATH": str(self.checkout), "NUMBA_CACHE_DIR": str(self._kernels), "XDG_CACHE_HOME": str(folder)}
        self._environment = os.environ | own
        self._red_anyway: set[str] | None = None

    def run(self, *words: str, plain: bool = False, keep_bytecode: bool = False) -> tuple[int, str]:
        """Run pytest, compiled or plain; return its exit code, that of one that hangs being 124, and what it said."""
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", *words]
        # Bytecode of a file with a bug would pass for that without, where both have one size and one second.
        environment = self._environment | ({} if keep_bytecode else {"PYTHONDONTWRITEBYTECODE": "1"})
        environment |= {"NUMBA_DISABLE_JIT": "1"} if plain else {}
        process = subprocess.Popen(
            command, cwd=self.checkout, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            said, _ = process.communicate(timeout=_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the session that was started above, and no other
            return 124, process.communicate()[0]
        return process.returncode, said

    def try_out(self, bug: Bug, *, named_only: bool) -> Verdict:
        """Plant a bug, run what should catch it, and take it out again."""
        place, began, known = self.checkout / bug.file, time.monotonic(), self._kernel_folders()
        text, stamp = place.read_text(encoding="utf-8"), place.stat()
        place.write_text(bug.planted(text), encoding="utf-8")
        try:
            by = self._caught(bug) or ("" if named_only else self._caught_by_all())
        finally:
            place.write_text(text, encoding="utf-8")
            os.utime(place, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # kernels are kept by it
            for folder in self._kernel_folders() - known:
                shutil.rmtree(folder)
        return Verdict(bug.name, bug.area, by, round(time.monotonic() - began, 1))

    def _caught(self, bug: Bug) -> str:
        code, said = self.run("-x", *bug.tests, plain=bug.plain)
        return "" if code == 0 else "it hangs" if code == 124 else next(iter(_red(said)), "the tests do not start")

    def _caught_by_all(self) -> str:
        """Return a test of the whole quick command that fails, and does not fail without the bug."""
        red = _red(self.run("-n", "2")[1])
        return next(iter(sorted(red - self._red_without())), "") if red else ""

    def _red_without(self) -> set[str]:
        """Return the tests that fail in a fresh copy without a bug, as those that ask for a repository may."""
        if self._red_anyway is None:
            with tempfile.TemporaryDirectory(prefix="without-a-bug-") as folder:
                self._red_anyway = _red(Room(Path(folder)).run("-n", "2")[1])
        return self._red_anyway

    def _kernel_folders(self) -> set[Path]:
        return set(self._kernels.glob("*"))


def _ignored(folder: str, names: list[str]) -> set[str]:
    left_out = {name for name in names if name == ".git" or name.startswith(".venv") or name.endswith(".egg-info")}
    return left_out | (_CACHES & set(names)) | (_OUTPUT & set(names) if Path(folder) == ROOT else set())


def _red(said: str) -> set[str]:
    """Return the tests that failed, by what pytest says at its end."""
    return {found.group(1) for found in re.finditer(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)}


def chosen(arguments: argparse.Namespace) -> list[Bug]:
    """Return the bugs that are asked for: first those that leave the kernels alone, which are many and quick."""
    bugs = [b for b in read() if arguments.area in (None, b.area) and (not arguments.only or b.name in arguments.only)]
    kernels = {file.relative_to(ROOT).as_posix() for file in in_kernels(ROOT / "neurogen_abm")}
    return sorted(bugs, key=lambda bug: bug.file in kernels)


def main() -> int:
    """Return 0 where enough is caught, 1 where not, 2 where the tests named fail without a bug."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description="Seeded bugs that tests should catch."
    )
    parser.add_argument("--area", help="bugs of one area")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some bugs, by name")
    parser.add_argument("--named", action="store_true", help="run the tests named alone")
    parser.add_argument("--log", type=Path, help="a file to which each verdict is added as a line of JSON")
    parser.add_argument("--room", type=Path, help="a folder to work in, kept with its kernels for the next time")
    arguments = parser.parse_args()
    bugs = chosen(arguments)
    if not bugs:
        parser.error("no bug is called so")
    if arguments.room is not None:
        arguments.room.mkdir(parents=True, exist_ok=True)
        return _work(Room(arguments.room.resolve()), bugs, arguments)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        return _work(Room(Path(folder)), bugs, arguments)


def _work(room: Room, bugs: list[Bug], arguments: argparse.Namespace) -> int:
    for plain in (False, True):
        named = dict.fromkeys(test for bug in bugs for test in bug.tests if bug.plain is plain)
        code, said = room.run(*named, plain=plain, keep_bytecode=True) if named else (0, "")
        if code != 0:
            print("Without a bug the tests named must pass; these fail:", *sorted(_red(said)), said[-2000:], sep="\n")
            return 2
    verdicts = []
    for bug in bugs:
        verdict = room.try_out(bug, named_only=arguments.named)
        verdicts.append(verdict)
        print(f"{verdict.seconds:7.1f} s  {bug.name:45} {verdict.by or 'MISSED: ' + bug.what}", flush=True)
        if arguments.log is not None:
            with arguments.log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(verdict._asdict()) + "\n")
    caught = sum(bool(verdict.by) for verdict in verdicts)
    print(f"{caught} of {len(bugs)} bugs caught ({100.0 * caught / len(bugs):.1f} %; {100 * WANTED:.0f} % are wanted)")
    return 0 if caught >= WANTED * len(bugs) else 1


if __name__ == "__main__":
    sys.exit(main())
