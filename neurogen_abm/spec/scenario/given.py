"""What is taken away of signals, what is given of them, and how those that act on the same are combined."""

import math
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from neurogen_abm.spec.fields import FieldError, Hours, In
from neurogen_abm.spec.parameter import Grown
from neurogen_abm.spec.scenario.activity import Timed
from neurogen_abm.units import shown, tidy

# Exponent of the power mean over messengers: its limits have names.
COMBINERS = {"additive": 1.0, "geometric": 0.0, "weakest_link": -math.inf}


def _combiner(value: object) -> object:
    """Let the name of a combiner or a finite exponent pass."""
    if isinstance(value, str) and value in COMBINERS:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    cure = f"Write {', '.join(COMBINERS)}, or the exponent of the power mean, like -4."
    raise FieldError(f"{shown(value)} is no way to combine messengers.", code="bad-value", cure=cure, seen=value)


Combiner = Annotated[
    str | float,
    BeforeValidator(_combiner),
    WithJsonSchema({"anyOf": [{"enum": list(COMBINERS)}, {"type": "number"}]}),
]


class KnockOut(Grown):
    """A signal, its receptor on some states, or its source in one place, taken away.

    Without a `start` it is knocked out, all of the animal's life; with one it is neutralised from then on.
    """

    gained: ClassVar[tuple[str, ...]] = ("share", "gene", "start_h", "end_h")

    signal: str | None = Field(None, description="The signal that is missing, everywhere or from its `source`.")
    source: Literal["plasma", "niche"] | None = Field(None, description="Where the signal is missing.")
    receptor: str | None = Field(
        None, description="The signal to which some states no longer respond: its receptor is knocked out."
    )
    states: tuple[str, ...] | None = Field(
        None, strict=False, min_length=1, description="Which states; all by default."
    )
    share: Annotated[float, In("1", above=0, most=1, percent=True)] | None = Field(
        None, description="How much of the signal is taken away, e.g. 90 %; all of it by default."
    )
    gene: Literal["half"] | None = Field(
        None, description="`half`: one of its two genes is missing for life, as in mutants called +/-."
    )
    start_h: Hours | None = Field(
        None,
        alias="start",
        description="When the signal begins to be neutralised, e.g. 7 d; without it, it is missing for life.",
    )
    end_h: Hours | None = Field(None, alias="end", description="When it is there again; by default, it never is.")

    @model_validator(mode="after")
    def _half_a_gene(self) -> "KnockOut":
        others = {"receptor": self.receptor, "source": self.source, "share": self.share}
        others |= {"start": self.start_h, "end": self.end_h}
        if self.gene is not None and (more := [key for key, value in others.items() if value is not None]):
            what = f"Half a gene is missing everywhere and for life, and takes no `{more[0]}`."
            cure = "Write {signal: bdnf, gene: half}, or {signal: bdnf, share: 50 %} with what was measured."
            raise FieldError(what, code="bad-pair", cure=cure)
        return self

    @model_validator(mode="after")
    def _spell(self) -> "KnockOut":
        if self.receptor is not None and (self.share, self.start_h, self.end_h) != (None, None, None):
            what = "A receptor is knocked out for life and altogether."
            raise FieldError(
                what, code="bad-pair", cure="Write {signal: igf1, share: 90 %, start: 7 d}, or no `share`."
            )
        if self.end_h is not None and self.start_h is None:
            what = "`end` belongs to a signal that is neutralised from a `start` on."
            raise FieldError(what, code="bad-pair", cure="Give a `start`, like 0 d, or leave out the `end`.")
        if self.end_h is not None and self.start_h is not None and self.end_h <= self.start_h:
            what = f"`end` ({tidy(self.end_h, 'h')}) is not after `start` ({tidy(self.start_h, 'h')})."
            raise FieldError(what, code="start-after-end", cure="Give a later `end`, or leave it out.")
        return self

    @model_validator(mode="after")
    def _one_target(self) -> "KnockOut":
        if (self.signal is None) == (self.receptor is None):
            what = "A knock-out needs either a `signal` or a `receptor`."
            raise FieldError(
                what, code="one-of-two", cure="Write {signal: bdnf}, or {receptor: bdnf, states: [resting]}."
            )
        if self.states is not None and self.receptor is None:
            what = "`states` belongs to a knock-out of a `receptor`."
            raise FieldError(what, code="bad-pair", cure="Write {receptor: bdnf, states: [resting]}.")
        if self.source is not None and self.signal is None:
            what = "`source` belongs to a knock-out of a `signal`."
            raise FieldError(what, code="bad-pair", cure="Write {source: plasma, signal: bdnf}.")
        return self

    @property
    def kind(self) -> Literal["signal", "source", "receptor"]:
        """What is taken away."""
        return "receptor" if self.receptor is not None else "source" if self.source is not None else "signal"

    @property
    def is_for_life(self) -> bool:
        """Whether the signal is missing all of the animal's life, and altogether."""
        return self.start_h is None and self.taken == 1.0 and self.gene is None

    @property
    def taken(self) -> float:
        """Share of the signal that is taken away, but for half a gene, of which the catalogue says what it leaves."""
        return 1.0 if self.share is None else self.share


class Infusion(Timed):
    """A signal given from outside: into the blood at a rate, or held at a level in the niche."""

    signal: str = Field(description="The signal, e.g. bdnf.")
    route: Literal["systemic", "niche"] = Field(description="Into the blood, or into the niche.")
    rate_ng_h: Annotated[float, In("ng/h", least=0)] | None = Field(
        None, alias="rate", description="Systemic: mass per time, e.g. 10 ng/h."
    )
    level_pg_ml: Annotated[float, In("pg/mL", least=0)] | None = Field(
        None, alias="level", description="Niche: level added everywhere, e.g. 60 pg/mL."
    )

    @model_validator(mode="after")
    def _route_has_dose(self) -> "Infusion":
        wanted, other = ("rate", "level") if self.route == "systemic" else ("level", "rate")
        doses = {"rate": self.rate_ng_h, "level": self.level_pg_ml}
        if doses[wanted] is None or doses[other] is not None:
            example = "rate: 10 ng/h" if wanted == "rate" else "level: 60 pg/mL"
            what = f"An infusion with `route: {self.route}` needs a `{wanted}` and takes no `{other}`."
            raise FieldError(what, code="bad-pair", cure=f"Write {example}.")
        return self
