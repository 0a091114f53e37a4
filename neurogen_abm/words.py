"""Names as people read them."""


def spoken(name: str) -> str:
    """Return a name that a person gave, such as that of an arm or an assay, as words.

    Examples
    --------
    >>> spoken("mouse_wheel_running")
    'mouse wheel running'
    """
    return name.replace("_", " ")
