"""The errors of the package: what went wrong, where, and the cure, in one short paragraph.

Every error a person can cause, or meet, derives from :class:`NeurogenError`. A module that raises a more specific error
subclasses one of the four kinds below, so that the exit code of the command line follows from the type alone.
"""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ClassVar, TypeVar

Kind = TypeVar("Kind", bound="NeurogenError")

# Who is told of an error: whoever typed a command knows options, whoever called a function knows arguments.
_typed: ContextVar[bool] = ContextVar("typed", default=False)
# Options that are not called as the argument is.
_OPTIONS = {
    "a": "A",
    "b": "B",
    "overrides": "--set",
    "readings": "--reading",
    "most_pairs": "--most",
    "mechanisms": "--mechanism",
    "models": "--model",
}


@contextmanager
def telling_of_options() -> Iterator[None]:
    """Call arguments by the names of their options in every error made meanwhile, as the command line does."""
    token = _typed.set(True)
    try:
        yield
    finally:
        _typed.reset(token)


def told(called: str, typed: str) -> str:
    """Return the words for whom it concerns: a caller in Python, or a person who typed a command.

    >>> told("Give another `out`.", "Give another --out.")
    'Give another `out`.'
    """
    return typed if _typed.get() else called


def argument(name: str) -> str:
    """Return what the reader of an error calls an argument.

    >>> with telling_of_options():
    ...     argument("until_halfwidth")
    '--until-halfwidth'
    >>> argument("until_halfwidth")
    'until_halfwidth'
    """
    return told(name, _OPTIONS.get(name, f"--{name.replace('_', '-')}"))


def typed(place: Path | str) -> str:
    """Return a place as it is typed in a shell, so that a command with it can be pasted.

    Examples
    --------
    >>> typed("runs/runner"), typed("my runs/runner")
    ('runs/runner', "'my runs/runner'")
    """
    return shlex.quote(str(place))


class NeurogenError(Exception):
    """Something a person can understand and cure.

    Parameters
    ----------
    what
        The fault, as a full sentence.
    where
        The place as far as it is known: ``file:line:column dotted.key``.
    cure
        What to do about it, as a full sentence.
    code
        A stable name of the fault, e.g. ``unknown-key``; the class gives the default.
    seen
        The offending value, as it was met.
    """

    exit_code: ClassVar[int] = 1
    default_code: ClassVar[str] = "fault"

    def __init__(
        self, what: str, *, where: str = "", cure: str = "", code: str | None = None, seen: object = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.cure = cure
        self.code = code or self.default_code
        self.seen = seen

    def __str__(self) -> str:
        """Return one paragraph: where, what, cure; control characters are shown, not obeyed."""
        sentence = " ".join(part for part in (self.what, self.cure) if part)
        paragraph = f"{self.where}: {sentence}" if self.where else sentence
        return "".join(c if c.isprintable() else " " if c in "\n\t\r" else repr(c)[1:-1] for c in paragraph)

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling, so that a worker process can hand its error back whole."""
        return (_rebuild, (type(self), self.__dict__.copy()))

    def become(self, kind: type[Kind], where: str, what: str = "") -> Kind:
        """Return the same fault as an error of another kind, at the place where a person can cure it."""
        return kind(what or self.what, where=where, cure=self.cure, code=self.code, seen=self.seen)

    def as_dict(self) -> dict[str, Any]:
        """Return the error as plain data for JSON: code, exit code, what, where, cure, and the value seen."""
        seen = self.seen
        plain = seen is None or isinstance(seen, str | bool | int)
        words = {"what": self.what, "where": self.where, "cure": self.cure}
        return {"code": self.code, "exit_code": self.exit_code, **words, "seen": seen if plain else repr(seen)[:200]}


def _rebuild(kind: type[NeurogenError], state: dict[str, Any]) -> NeurogenError:
    """Make the error again in another process, whatever the constructor of its class asks for."""
    error = kind.__new__(kind)
    Exception.__init__(error, state["what"])
    error.__dict__.update(state)
    return error


class InputError(NeurogenError):
    """What a person wrote or handed over cannot be used; nothing has been written (exit code 2)."""

    exit_code = 2
    default_code = "bad-input"


class Faults(InputError):
    """Several faults found at once: each an error of its own, with its place and its cure.

    Parameters
    ----------
    faults
        Two or more, in the order in which a person would meet them.
    """

    default_code = "several-faults"

    def __init__(self, faults: Sequence[NeurogenError]) -> None:
        super().__init__(f"{len(faults)} faults were found.", cure="Mend them; nothing has run.")
        self.faults = tuple(faults)

    def __str__(self) -> str:
        """Return a line for each fault."""
        return "\n".join(map(str, self.faults))


class EnvironmentFault(NeurogenError):
    """The machine is at fault: a full disk, a folder that cannot be written, too little memory (exit code 3)."""

    exit_code = 3
    default_code = "environment"


class IntegrityError(NeurogenError):
    """Stored data are damaged or are not what they claim to be (exit code 4)."""

    exit_code = 4
    default_code = "integrity"


class ModelFault(NeurogenError):
    """The model or its numerics left their domain: an explosion of cells, a value that is not finite (exit code 5)."""

    exit_code = 5
    default_code = "model"
