"""A laboratory's counts beside a study: how the table is read, and what its columns are called.

One row stands for what was counted in one animal. A long table has a row for each assay (`assay`, `count`); a wide one
has a column for each, named under ``assays``.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from neurogen_abm.spec.fields import FieldError, In, RecordingName, Short
from neurogen_abm.spec.parameter import Plain
from neurogen_abm.spec.study.expectations import OverField, Source

Name = Annotated[str, Field(min_length=1, max_length=100)]


class CountColumns(Plain):
    """What the columns of the table are called, where they are not called so."""

    animal: Name = Field("animal", description="Which animal; may be missing.")
    group: Name = Field("group", description="The group, by the name of its arm; may be missing where there is one.")
    day: Name = Field("day", description="Day on which the animal was killed, or sampled.")
    assay: Name = Field("assay", description="The assay of the study that was made (long tables).")
    count: Name = Field("count", description="What was counted (long tables).")
    sections: Name = Field("sections", description="Sections counted, by which the count is divided; may be missing.")


class Counts(Plain):
    """A table of counts, one row an animal, from which findings follow: a ratio for every group and day."""

    file: RecordingName = Field(description="The table, beside the study: comma, semicolon or tab between columns.")
    columns: CountColumns = Field(
        default_factory=lambda: CountColumns(), description="What its columns are called: {day: day_of_running}."
    )
    assays: dict[Name, Name] | None = Field(
        None, description="Of a wide table: assay of the study -> the column that holds its counts."
    )
    groups: dict[Name, Name] = Field(
        default_factory=dict, description="Arm -> what the table calls it, where it is not called so."
    )
    ignore: Annotated[tuple[Name, ...], Field(strict=False)] = Field(
        (), description="Columns that are not read; any other is refused."
    )
    day_zero_h: Annotated[float, In("h")] | None = Field(
        None,
        alias="day_zero",
        description="When day 0 of the table is in the run, its start by default; of ages, minus that at the start.",
    )
    days: Annotated[tuple[float | int, ...], Field(strict=False, min_length=1)] | None = Field(
        None, description="Days of the table that are read; all by default."
    )
    over: OverField = Field(
        None, description="The denominator of ratios: an arm (the first by default), or {at: 30 d} of the same arm."
    )
    scale: Literal["relative", "gyrus"] = Field(
        "relative", description="`gyrus`: counts are of a whole gyrus, and compared as they are, besides as ratios."
    )
    role: Literal["calibration", "test"] = Field("test", description="Whether the model was fitted to them.")
    source: Annotated[Source, Short("place")] | None = Field(
        None, description="Where they stand; the table by default."
    )

    @model_validator(mode="after")
    def _one_denominator(self) -> "Counts":
        over = self.over
        if over is None:
            return self
        if over.model_fields_set - {"arm", "at_h"} or len(over.model_fields_set) != 1:
            what, cure = "`over` of counts names an arm or a time, and nothing else.", "Write over: control."
            raise FieldError(what, code="bad-pair", cure=cure)
        return self
