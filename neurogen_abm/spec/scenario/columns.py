"""Which columns of a table hold what: how a person explains a file that no reader knows."""

from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from neurogen_abm.spec.fields import FieldError
from neurogen_abm.spec.parameter import Plain

COUNTS = "counts"  # what a device counted, in a file without names of columns
_PLACES = ("time", "clock", "animal", "light")
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Columns(Plain):
    """Names of columns; one of them says how much the animal moved."""

    time: Name | None = Field(None, description="Column of the times, or of the dates beside `clock`.")
    clock: Name | None = Field(None, description="Column of the time of day, where dates stand apart.")
    animal: Name | None = Field(None, description="Column that names the animals.")
    light: Name | None = Field(None, description="Column of the light, 0 in the dark.")
    wheel: Name | None = Field(None, description="Turns of a wheel in the sample; `counts` for those of a device.")
    distance: Name | None = Field(None, description="Metres in the sample.")
    speed: Name | None = Field(None, description="Mean speed (m/min).")
    met: Name | None = Field(None, description="Mean metabolic equivalents.")
    activity: Name | None = Field(None, description="Activity counts; `counts` for those of a device.")
    heart_rate: Name | None = Field(None, description="Mean heart rate (beats/min).")
    active_minutes: Name | None = Field(None, description="Minutes of the sample spent active.")

    @model_validator(mode="after")
    def _one_measure(self) -> "Columns":
        said = self.by_use()
        measures = [use for use in said if use not in _PLACES]
        known = ", ".join(use for use in type(self).model_fields if use not in _PLACES)
        if len(measures) != 1:
            seen = f"{len(measures)} columns of activity" if measures else "no column of activity"
            raise FieldError(f"`columns` names {seen}.", code="one-of-two", cure=f"Name one of: {known}.")
        if self.time is None and (len(said) > 1 or said[measures[0]] != COUNTS):
            what = "`columns` names no column of times."
            cure = f"Name `time`; or say of counts of a device what they are: `columns: {{wheel: {COUNTS}}}`."
            raise FieldError(what, code="no-times", cure=cure)
        names = [name.strip().lower() for name in said.values()]
        twice = next((name for name in said.values() if names.count(name.strip().lower()) > 1), None)
        if twice is not None:
            what = f'`columns` names "{twice}" twice.'
            raise FieldError(what, code="same-column", cure="Name each column once.", seen=twice)
        return self

    def by_use(self) -> dict[str, str]:
        """Return the names that are said, by what they hold."""
        return {use: name for use in type(self).model_fields if (name := getattr(self, use)) is not None}

    @model_serializer(mode="wrap")
    def _said(self, handler: SerializerFunctionWrapHandler) -> Any:
        return {use: name for use, name in handler(self).items() if name is not None}
