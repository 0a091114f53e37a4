"""What a session is made of, small enough to stand in a link: scenario, seed, what was changed, and when.

A plan is all that is needed to live the same lives again, to the last bit: events carry their step.
"""

import base64
import binascii
import json
import zlib
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from neurogen_abm.serve.plain_json import plain_json
from neurogen_abm.serve.refusals import Refusal, from_form
from neurogen_abm.serve.session.library import MAX_STEPS

VERSION = 1
# What a link holds: characters of a code, which fits into the body that brings it back, and of the text packed in it.
LONGEST_CODE = 4000
_LONGEST_TEXT = 65_536
MAX_CHANGES = 40
MAX_EVENTS = 200

Step: TypeAlias = Annotated[int, Field(ge=0, le=MAX_STEPS)]
Changes: TypeAlias = Annotated[dict[str, Any], Field(max_length=MAX_CHANGES)]


class Form(BaseModel):
    """The base of every form of a request: strict and closed."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class SetEvent(Form):
    """Circumstances that changed at a step."""

    kind: Literal["set"]
    step: Step
    changes: Changes


class InjectEvent(Form):
    """A birth-dating agent given at a step."""

    kind: Literal["inject"]
    step: Step
    agent: str = Field(max_length=40)
    dose: str = Field(max_length=40)


Event: TypeAlias = Annotated[SetEvent | InjectEvent, Field(discriminator="kind")]


class ArmPlan(Form):
    """One life: what differs from the scenario from the start, and what happened on the way."""

    changes: Changes = Field(default_factory=dict)
    events: Annotated[list[Event], Field(max_length=MAX_EVENTS)] = Field(default_factory=list)
    forked_step: Step | None = None

    @property
    def fits(self) -> bool:
        """Whether it is short enough for a link."""
        changes = (self.changes, *(event.changes for event in self.events if isinstance(event, SetEvent)))
        return len(self.events) <= MAX_EVENTS and max(map(len, changes)) <= MAX_CHANGES

    def before(self, step: int) -> "ArmPlan":
        """Return the plan as it was before a step: what happened at it or later has not happened."""
        return self.model_copy(update={"events": [event for event in self.events if event.step < step]})

    def changes_by(self, step: int) -> dict[str, Any]:
        """Return all that differs from the scenario at a step, events of that step included."""
        found = dict(self.changes)
        for event in self.events:
            if isinstance(event, SetEvent) and event.step <= step:
                found |= event.changes
        return found


class SessionPlan(Form):
    """One session: a scenario by name, the seed of all its animals, and one or two lives to a day."""

    scenario: str = Field(max_length=64)
    seed: int = Field(ge=0, lt=2**63)
    arms: Annotated[list[ArmPlan], Field(min_length=1, max_length=2)]
    day: float = Field(0.0, ge=0.0, le=40_000.0)

    def code(self) -> str | None:
        """Return the plan as text for a link, which `plan_from_code` reads; None of more than a link holds."""
        text = json.dumps(self.model_dump(exclude_defaults=True), separators=(",", ":"), ensure_ascii=False)
        packed = zlib.compress(text.encode(), 9)
        code = f"{VERSION}.{base64.urlsafe_b64encode(packed).rstrip(b'=').decode()}"
        fits = len(code) <= LONGEST_CODE and len(text) < _LONGEST_TEXT and all(arm.fits for arm in self.arms)
        return code if fits else None


def plan_from_code(code: str) -> SessionPlan:
    """Return the plan that a code holds; its form is checked here, its values when it is lived.

    Raises
    ------
    Refusal
        It is not a code, of another version, or damaged.
    """
    version, dot, body = code.partition(".")
    if not dot or version != str(VERSION):
        newer = version.isdecimal() and int(version[:6]) > VERSION
        what = f"The link is of a later version than {VERSION}." if newer else "This is not a share code."
        cure = "Install the version of neurogen_abm that made it." if newer else "Copy the whole link."
        raise Refusal(what, where="share", code="bad-share", cure=cure)
    try:
        packed = base64.urlsafe_b64decode(body.encode("ascii") + b"=" * (-len(body) % 4))
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(packed, _LONGEST_TEXT)
        data = plain_json(text) if unpacking.eof and not unpacking.unused_data else None
    except (ValueError, binascii.Error, zlib.error):
        data = None
    if not isinstance(data, dict):
        raise Refusal("The link is damaged.", where="share", code="bad-share", cure="Copy the whole link.")
    try:
        return SessionPlan.model_validate(data)
    except ValidationError as fault:
        raise from_form(fault, "The link") from None
