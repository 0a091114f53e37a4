"""A disk that can lose its power: it records what is written below a folder, and replays what a cut may leave.

The model is that of POSIX, which promises less than most file systems keep. Content is on disk once its file was
synchronised, a name once its folder was; of names made, moved and removed since then any may be on disk and any not,
in any order, but a move within a folder is whole. SQLite writes beside Python, so that a transaction is recorded as
one step: its content, the names of the folder (SQLite synchronises the folder with its journal), and whether the end
of the journal was waited for. Where it was not, the journal may come back and undo the transaction.
"""

import copy
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from neurogen_abm.storage import atomic, ledger

EXTRA = 3


class Change(NamedTuple):
    """One entry of a folder made, replaced or removed (``node`` None)."""

    folder: int
    name: str
    node: int | None


class State:
    """What is on disk for certain, and the changes that may be."""

    def __init__(self) -> None:
        self.folders: dict[int, dict[str, int]] = {0: {}}
        self.contents: dict[int, list[bytes]] = {}  # what a file may hold; the last is the newest
        self.pending: list[list[Change]] = []

    def left_by_a_cut(self, luck: random.Random, place: Path) -> Path:
        """Write down one of the states that a cut now may leave."""
        folders = copy.deepcopy(self.folders)
        for step in self.pending:
            if luck.random() < 0.5:
                for change in step:
                    _apply(folders, change)
        self._write(folders, 0, place, luck)
        return place

    def _write(self, folders: dict[int, dict[str, int]], node: int, place: Path, luck: random.Random) -> None:
        place.mkdir()
        for name, inner in folders[node].items():
            if inner in folders:
                self._write(folders, inner, place / name, luck)
            else:
                (place / name).write_bytes(luck.choice(self.contents[inner]))


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
        self.states.append(copy.deepcopy(self.state))

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
            self.state.contents[self._known(path)] = [path.read_bytes()]
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
