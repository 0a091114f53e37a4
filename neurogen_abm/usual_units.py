"""What the usual units are in base units, as pint works it out: reading pint takes longer than reading a scenario.

`tests/test_units.py` holds every entry against pint, and demands all units of the catalogue and of the shipped files.
Any other unit that a person may write is left to pint.
"""

# dimension -> (unit -> what one of it is in seconds, metres, grams and moles)
_BY_DIMENSION: dict[str, dict[str, float]] = {
    "1 / [length] ** 2": {"1/mm**2": 1000000.0, "1/um**2": 1000000000000.0001},
    "1 / [length] ** 3": {"1/uL": 1000000000.0},
    "1 / [time]": {
        "mg/kg/d": 1.1574074074074074e-11, "%/yr": 3.1688087814028947e-10, "%/wk": 1.6534391534391535e-08,
        "1/year": 3.168808781402895e-08, "1/yr": 3.168808781402895e-08, "%/d": 1.1574074074074074e-07,
        "1/mo": 3.802570537683474e-07, "1/wk": 1.6534391534391535e-06, "1/d": 1.1574074074074073e-05,
        "1/h": 0.0002777777777777778, "1/min": 0.016666666666666666, "bpm": 0.016666666666666666,
        "count/min": 0.016666666666666666, "counts/min": 0.016666666666666666, "1/s": 1.0,
    },
    "1 / [time] ** 2": {"1/min/year": 5.281347969004825e-10},
    "[length]": {
        "nm": 1e-09, "um": 1e-06, "mm": 0.001, "cm": 0.01, "m": 1.0, "m/count": 1.0, "m/counts": 1.0, "m/rev": 1.0,
        "km": 1000.0,
    },
    "[length] ** 2": {"um**2": 1e-12, "mm**2": 1e-06},
    "[length] ** 2 / [time]": {"um**2/s": 1e-12},
    "[length] ** 3": {"um**3": 9.999999999999999e-19, "mm**3": 1e-09, "uL": 1e-09, "mL": 1e-06, "L": 0.001},
    "[length] ** 3 / [mass] / [time]": {"mL/kg/min": 1.6666666666666667e-11, "mL/g/min": 1.6666666666666667e-08},
    "[length] ** 3 / [time]": {"uL/h": 2.777777777777778e-13},
    "[length] / [time]": {
        "m/d": 1.1574074074074073e-05, "km/wk": 0.0016534391534391536, "km/d": 0.011574074074074073,
        "m/min": 0.016666666666666666, "km/h": 0.2777777777777778, "m/s": 1.0,
    },
    "[mass]": {"kDa": 1.6605390666e-21, "pg": 1e-12, "ng": 1e-09, "ug": 1e-06, "mg": 0.001, "g": 1.0, "kg": 1000.0},
    "[mass] / [length] ** 3": {
        "pg/mL": 1e-06, "ng/L": 1.0000000000000002e-06, "ng/mL": 0.001, "ug/mL": 1.0, "mg/mL": 1000.0,
    },
    "[mass] / [time]": {
        "pg/h": 2.7777777777777775e-16, "ng/d": 1.1574074074074074e-14, "ng/h": 2.777777777777778e-13,
        "ug/d": 1.1574074074074074e-11, "ug/h": 2.7777777777777777e-10, "mg/h": 2.7777777777777776e-07,
    },
    "[substance] / [length] ** 3": {"pM": 1e-09, "nM": 1.0000000000000002e-06, "uM": 0.001, "mM": 1.0},
    "[time]": {
        "ms": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0, "min/count": 60.0,
        "minute": 60.0, "minutes": 60.0, "h": 3600.0, "hour": 3600.0, "hours": 3600.0, "hr": 3600.0, "d": 86400.0,
        "day": 86400.0, "days": 86400.0, "week": 604800.0, "weeks": 604800.0, "wk": 604800.0, "mo": 2629800.0,
        "month": 2629800.0, "months": 2629800.0, "year": 31557600.0, "years": 31557600.0, "yr": 31557600.0,
    },
    "dimensionless": {
        "ng/g": 1e-09, "mg/kg": 1e-06, "min/d": 0.0006944444444444444, "%": 0.01, "1": 1.0, "MET": 1.0,
        "METs": 1.0, "cell": 1.0, "cells": 1.0, "counts": 1.0, "fraction": 1.0,
    },
}  # fmt: skip

USUAL: dict[str, tuple[float, str]] = {
    unit: (scale, dimension) for dimension, units in _BY_DIMENSION.items() for unit, scale in units.items()
}
