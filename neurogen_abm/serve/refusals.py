"""What the server says no to: an error with the status of its answer."""

from typing import Any

from pydantic import ValidationError

from neurogen_abm.errors import EnvironmentFault, InputError, NeurogenError


class Refusal(InputError):
    """A request that is not carried out.

    Parameters
    ----------
    status
        Status of the answer, 400 to 503.
    extra
        Further entries of the answer, e.g. the share code of a session that was evicted.

    Others as in :class:`NeurogenError`.
    """

    def __init__(self, what: str, *, status: int = 400, extra: dict[str, Any] | None = None, **parts: Any) -> None:
        super().__init__(what, **parts)
        self.status = status
        self.extra = extra or {}


def status_of(fault: NeurogenError) -> int:
    """Return the status that answers a fault: the request's own, the machine's, or the request could not be used."""
    if isinstance(fault, Refusal):
        return fault.status
    return 503 if isinstance(fault, EnvironmentFault) else 400


def body_of(fault: NeurogenError) -> dict[str, Any]:
    """Return the answer to a request that was refused."""
    extra = fault.extra if isinstance(fault, Refusal) else {}
    return {"error": fault.as_dict() | extra}


def from_form(fault: ValidationError, what: str) -> Refusal:
    """Return the first thing that is wrong with a request, in words."""
    first = fault.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    seen = first.get("input")
    return Refusal(
        f"{what} cannot be used: {first['msg'][:200]}.",
        where=place[:120],
        code="bad-request",
        cure="See docs/serve_protocol.md.",
        seen=seen if isinstance(seen, str | int | bool) else None,
    )
