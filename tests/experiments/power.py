"""A disk that can fail, or lose its power: it records what is written below a folder, and replays what a cut may leave.

The model is that of POSIX, which promises less than most file systems keep. Content is on disk once its file was
synchronised, and before that all of it, nothing, a beginning, or some sectors. A name is on disk once its folder was;
of names made, moved and removed since then any may be on disk and any not, in any order, but a move within a folder is
whole. SQLite writes beside Python, so that a transaction is recorded as one step: its content, the names of the folder
(SQLite synchronises the folder with its journal), and whether the end of the journal was waited for. Where it was not,
the journal may come back and undo the transaction.
"""

import itertools
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from neurogen_abm.storage import atomic, ledger

EXTRA = 3
SECTOR = 512  # bytes that a disk writes whole or not at all


class Change(NamedTuple):
    """One entry of a folder made, replaced or removed (``node`` None)."""

    folder: int
    name: str
    node: int | None


# What lies below a folder by its path: content, or None where it is a folder. A folder comes before what it holds.
Tree = dict[str, bytes | None]


class State:
    """What is on disk for certain, and the changes that may be."""

    def __init__(self) -> None:
        self.folders: dict[int, dict[str, int]] = {0: {}}
        self.contents: dict[int, list[bytes]] = {}  # what a file may hold; the last is the newest
        self.pending: list[list[Change]] = []
        self.coming: dict[int, bytes] = {}  # what a new file is to hold; known when it was synchronised

    def copied(self) -> "State":
        """Return this state, which does not change any more."""
        found = State()
        found.folders = {node: dict(entries) for node, entries in self.folders.items()}
        found.contents = {node: list(contents) for node, contents in self.contents.items()}
        found.pending, found.coming = [list(step) for step in self.pending], self.coming
        return found

    def left_by_a_cut(self, luck: random.Random) -> Tree:
        """Return one of the states that a cut now may leave."""
        folders = {node: dict(entries) for node, entries in self.folders.items()}
        for step in self.pending:
            if luck.random() < 0.5:
                for change in step:
                    _apply(folders, change)
        return dict(self._entries(folders, 0, "", luck))

    def _entries(
        self, folders: dict[int, dict[str, int]], node: int, place: str, luck: random.Random
    ) -> Iterator[tuple[str, bytes | None]]:
        for name, inner in folders[node].items():
            if inner in folders:
                yield f"{place}{name}", None
                yield from self._entries(folders, inner, f"{place}{name}/", luck)
            else:
                yield f"{place}{name}", self._content(inner, luck)

    def _content(self, node: int, luck: random.Random) -> bytes:
        """Return what a file may hold: of what was not synchronised all, nothing, a beginning, or some sectors."""
        data = self.coming.get(node, b"") if self.contents[node] == [b""] else b""
        match luck.randrange(4) if data else 0:
            case 1:
                return data
            case 2:
                return data[: luck.randrange(len(data))]
            case 3:
                sectors = [data[at : at + SECTOR] for at in range(0, len(data), SECTOR)]
                return b"".join(luck.choice((sector, bytes(len(sector)))) for sector in sectors)
        return luck.choice(self.contents[node])


def _apply(folders: dict[int, dict[str, int]], change: Change) -> None:
    if change.node is None:
        folders[change.folder].pop(change.name, None)
    else:
        folders[change.folder][change.name] = change.node


class Disk:
    """Records what happens below ``root``; ``states`` are the states after every step."""

    def __init__(self, root: Path) -> None:
        self.root, self.state, self.states = root, State(), list[State]()
        self.live: dict[Path, int] = {root: 0}
        self.count = 0
        for path in sorted(root.rglob("*")):  # what was there before is on disk
            self.state.folders[self.live[path.parent]][path.name] = self._node(path)

    def _node(self, path: Path) -> int:
        self.count += 1
        self.live[path] = self.count
        if path.is_dir():
            self.state.folders[self.count] = {}
        else:
            self.state.contents[self.count] = [path.read_bytes()] if path.exists() else [b""]
        return self.count

    def _known(self, path: Path) -> int:
        """Return the node of a path; one that was not met before has just been made, and is not on disk."""
        if path not in self.live:
            node = self._node(path)
            if node in self.state.contents:
                self.state.contents[node] = [b""]
            self.state.pending.append([Change(self.live[path.parent], path.name, node)])
        return self.live[path]

    def _step(self) -> None:
        self.states.append(self.state.copied())

    def made(self, path: Path) -> None:
        self._known(path)
        self._step()

    def removed(self, path: Path) -> None:
        self._forget(path)
        self.state.pending.append([Change(self.live[path.parent], path.name, None)])
        self._step()

    def moved(self, path: Path, place: Path) -> None:
        node, old, new = self._known(path), self.live[path.parent], self.live[place.parent]
        self._forget(place)
        for inner in [inner for inner in self.live if inner.is_relative_to(path)]:
            self.live[place / inner.relative_to(path)] = self.live.pop(inner)
        self.state.pending.append([Change(new, place.name, node), Change(old, path.name, None)])
        self._step()

    def linked(self, path: Path, place: Path) -> None:
        self.live[place] = self._known(path)
        self.state.pending.append([Change(self.live[place.parent], place.name, self.live[place])])
        self._step()

    def exchanged(self, one: Path, other: Path) -> None:
        first = {path: node for path, node in self.live.items() if path.is_relative_to(one)}
        second = {path: node for path, node in self.live.items() if path.is_relative_to(other)}
        a, b = self.live[one], self.live[other]
        for path in (*first, *second):
            del self.live[path]
        self.live |= {other / path.relative_to(one): node for path, node in first.items()}
        self.live |= {one / path.relative_to(other): node for path, node in second.items()}
        parent = self.live[one.parent]
        self.state.pending.append([Change(parent, one.name, b), Change(parent, other.name, a)])
        self._step()

    def synchronised(self, path: Path) -> None:
        if path.is_dir():
            self._on_disk(self._known(path))
        else:
            content = path.read_bytes()
            if path not in self.live:
                self.state.coming[self._known(path)] = content
                self._step()  # it is written, and that is not waited for yet
            self.state.contents[self.live[path]] = [content]
        self._step()

    def committed(self, path: Path, level: int) -> None:
        """Record a transaction of SQLite."""
        node, content = self._known(path), path.read_bytes()
        before = self.state.contents[node][-1]
        if content == before:
            return
        self._on_disk(self.live[path.parent])
        self.state.contents[node] = [content] if level >= EXTRA else [before, content]
        self._step()

    def _on_disk(self, folder: int) -> None:
        """Take the changes of a folder for certain."""
        for step in self.state.pending:
            for change in [change for change in step if change.folder == folder]:
                _apply(self.state.folders, change)
                step.remove(change)
        self.state.pending = [step for step in self.state.pending if step]

    def _forget(self, path: Path) -> None:
        for inner in [inner for inner in self.live if inner.is_relative_to(path)]:
            del self.live[inner]


def failing(patch: pytest.MonkeyPatch, name: str, nth: int, code: int, of: Any = os) -> list[int]:
    """Let the nth call of a function, of `os` mostly, fail, and all after it; return the numbers of those that did."""
    real, calls, failed = getattr(of, name), itertools.count(1), list[int]()

    def call(*arguments: Any, **options: Any) -> Any:
        if (number := next(calls)) >= nth:
            failed.append(number)
            raise OSError(code, os.strerror(code))
        return real(*arguments, **options)

    patch.setattr(of, name, call)
    return failed


class Replay:
    """What cuts leave of what was recorded, and what is found there; each state is looked at once.

    ``look`` is given a folder with that state below it, and returns what it finds.
    """

    def __init__(self, disk: Disk, place: Path, look: Callable[[Path], Any]) -> None:
        self.disk, self.place, self.look = disk, place, look
        self.found: dict[frozenset[tuple[str, bytes | None]], Any] = {}

    def cuts(self, n: int, *, at_the_end: bool = False, seed: int = 1) -> Iterator[tuple[int, Any]]:
        """Yield of ``n`` cuts after how many steps each came, and what was found; on the way, or after the last."""
        luck = random.Random(seed)
        for _ in range(n):
            step = len(self.disk.states) if at_the_end else luck.randint(1, len(self.disk.states))
            tree = self.disk.states[step - 1].left_by_a_cut(luck)
            state = frozenset(tree.items())
            if state not in self.found:
                self.found[state] = self._looked(tree)
            yield step, self.found[state]

    def _looked(self, tree: Tree) -> Any:
        self.place.mkdir()
        for name, content in tree.items():
            if content is None:
                (self.place / name).mkdir()
            else:
                (self.place / name).write_bytes(content)
        try:
            return self.look(self.place)
        finally:
            shutil.rmtree(self.place)


@contextmanager
def recorded(root: Path) -> Iterator[Disk]:
    """Record what is written below a folder."""
    disk = Disk(root)

    def inside(path: Any) -> Path | None:
        place = Path(os.path.abspath(path)) if isinstance(path, str | os.PathLike) else None
        return place if place is not None and (place == root or place.parent in disk.live) else None

    with pytest.MonkeyPatch.context() as patch:

        def watch(name: str, note: Any) -> None:
            real = getattr(os, name)

            def call(*arguments: Any, **options: Any) -> Any:
                found = real(*arguments, **options)
                places = [inside(argument) for argument in arguments[:2]]
                if places and places[0] is not None:
                    note(*(place for place in places if place is not None))
                return found

            patch.setattr(os, name, call)

        watch("mkdir", disk.made)
        watch("rename", disk.moved)
        watch("replace", disk.moved)
        watch("unlink", disk.removed)
        watch("link", disk.linked)
        sync, exchange, transaction = os.fsync, atomic._exchanged, ledger.Ledger._transaction

        def fsync(descriptor: int) -> None:
            sync(descriptor)
            if (place := inside(os.readlink(f"/proc/self/fd/{descriptor}"))) is not None:
                disk.synchronised(place)

        def exchanged(one: Path, other: Path) -> bool:
            done = exchange(one, other)
            if done:
                disk.exchanged(one, other)
            return done

        @contextmanager
        def committed(self: ledger.Ledger) -> Iterator[None]:
            with transaction(self):
                yield
            disk.committed(self.path, self._base.execute("PRAGMA synchronous").fetchone()[0])

        patch.setattr(os, "fsync", fsync)
        patch.setattr(atomic, "_exchanged", exchanged)
        patch.setattr(ledger.Ledger, "_transaction", committed)
        yield disk
