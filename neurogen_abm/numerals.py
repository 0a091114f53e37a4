"""Numbers as people write them: no exponent ever."""

import math
from decimal import Decimal

# Beyond these a reader would count zeros.
_LEAST, _MOST = 1e-9, 1e15


def written(value: float, digits: int | None = None) -> str:
    """Return a finite number in full, or to ``digits``, so that it is read back as it was."""
    return format(Decimal(repr(float(value)) if digits is None else f"{value:.{digits}g}"), "f")


def plain(value: float, digits: int = 6, *, thousands: bool = False) -> str:
    """Return a number for people to read: to ``digits`` significant digits, but what is before the point in full.

    Examples
    --------
    >>> plain(0.00001234, 3), plain(14469.4, 3), plain(14469.4, thousands=True), plain(2.0)
    ('0.0000123', '14469', '14,469.4', '2')
    >>> plain(7.66e-322), plain(-7.66e-322), plain(1e16)
    ('less than 0.000000001', 'more than -0.000000001', 'more than 1,000,000,000,000,000')
    """
    value = float(value)
    if not math.isfinite(value) or value == 0.0:
        return str(value) if value != 0.0 else "0"
    sign, size = "-" if value < 0.0 else "", abs(value)
    if size < _LEAST:
        return f"{'more' if sign else 'less'} than {sign}{_LEAST:.9f}"
    if size > _MOST:
        return f"{'less' if sign else 'more'} than {sign}{_MOST:,.0f}"
    exponent = int(f"{size:.{digits - 1}e}".partition("e")[2])
    decimals = max(digits - 1 - exponent, 0)
    text = f"{size:,.{decimals}f}" if thousands else f"{size:.{decimals}f}"
    return sign + (text.rstrip("0").rstrip(".") if decimals else text)
