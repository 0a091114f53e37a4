"""Names as people read them."""


def spoken(name: str) -> str:
    """Return a name that a person gave, such as that of an arm or an assay, as words.

    Examples
    --------
    >>> spoken("mouse_wheel_running")
    'mouse wheel running'
    """
    return name.replace("_", " ")


def several(number: int, one: str) -> str:
    """Return how many there are of what has a regular plural.

    Examples
    --------
    >>> several(1, "pair"), several(3, "pair")
    ('1 pair', '3 pairs')
    """
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def shortened(text: str, most: int) -> str:
    """Return a text that has room beside a figure or a mark: its end is left out.

    Examples
    --------
    >>> shortened("wheel 7 km/d; no knock-out", 14)
    'wheel 7 km/d;…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"
