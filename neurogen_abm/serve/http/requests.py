"""The forms of what a page asks for: sessions, previews, commands."""

import re
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from neurogen_abm.serve.refusals import from_form
from neurogen_abm.serve.session.plan import LONGEST_CODE, Changes, Form

Arm = Annotated[int, Field(ge=0, le=1)]
FormT = TypeVar("FormT", bound=Form)


def _digits(value: Any) -> Any:
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,19}", value) else value


# As text too: browsers round numbers from 2^53 on.
Seed = Annotated[int, BeforeValidator(_digits), Field(ge=0, lt=2**63)]
CellId = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]


class Twin(Form):
    """The second life of a session."""

    changes: Changes = Field(default_factory=dict)


class Preview(Form):
    """A scenario to be checked, and its dose to be told."""

    scenario: str | None = Field(None, max_length=64)
    seed: Seed | None = None
    changes: Changes = Field(default_factory=dict)


class NewSession(Preview):
    """What a session is to begin with."""

    compare: Twin | None = None
    day: float | None = Field(None, ge=0, le=40_000)
    share: str | None = Field(None, max_length=LONGEST_CODE)


class Play(Form):
    """Let each frame advance by ``speed_h`` hours."""

    do: Literal["play"]
    speed_h: float = Field(1.0, ge=1, le=24)


class Pause(Form):
    """Stop advancing."""

    do: Literal["pause"]


class Step(Form):
    """Pause, and advance by some model steps once."""

    do: Literal["step"]
    steps: int = Field(1, ge=1, le=24)


class RunTo(Form):
    """Advance to a day."""

    do: Literal["run_to"]
    day: float = Field(ge=0, le=40_000)


class Rewind(Form):
    """Live again up to a day that has passed, and stand there."""

    do: Literal["rewind"]
    day: float = Field(ge=0, le=40_000)


class GoTo(Form):
    """Stand on a day: advance to it, or live again up to it where it has passed."""

    do: Literal["go_to"]
    day: float = Field(ge=0, le=40_000)


class Reset(Form):
    """Build the animals again."""

    do: Literal["reset"]
    scenario: str | None = Field(None, max_length=64)
    seed: Seed | None = None
    changes: Changes | None = None


class Set(Form):
    """Change something, now or at the next reset."""

    do: Literal["set"]
    arm: Arm = 0
    changes: Changes
    when: Literal["now", "reset"] = "now"


class Compare(Form):
    """Build a second animal of the same seed, or drop it."""

    do: Literal["compare"]
    on: bool
    changes: Changes = Field(default_factory=dict)


class Fork(Form):
    """Let a second life begin as this animal at this moment."""

    do: Literal["fork"]
    changes: Changes = Field(default_factory=dict)


class Inject(Form):
    """Give a label: the dose of a thymidine analogue, or the share that a virus or tamoxifen reaches."""

    do: Literal["inject"]
    agent: str = Field("BrdU", max_length=40)
    dose: str = Field("50 mg/kg", max_length=40)
    arm: Arm | None = None


class Follow(Form):
    """Send the place of one cell with every frame."""

    do: Literal["follow"]
    arm: Arm = 0
    id: CellId | None = None


Command: TypeAlias = Annotated[
    Play | Pause | Step | RunTo | Rewind | GoTo | Reset | Set | Compare | Fork | Inject | Follow,
    Field(discriminator="do"),
]


class Batch(Form):
    """Commands, to be carried out in this order."""

    commands: Annotated[list[Command], Field(min_length=1, max_length=20)]


def parse(form: type[FormT], data: Any) -> FormT:
    """Return a request as its form.

    Raises
    ------
    Refusal
        It does not fit.
    """
    try:
        return form.model_validate(data)
    except ValidationError as fault:
        raise from_form(fault, "The request") from None
