"""Plain data as YAML that :mod:`neurogen_abm.spec.yaml.reader` reads back as the same data."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from neurogen_abm.spec.yaml.reader import resolve_scalar

_PLAIN = re.compile(r"[A-Za-z0-9_.+/-](?:[A-Za-z0-9_.+/%µ() -]*[A-Za-z0-9_.+/%µ()-])?")


def write(data: Mapping[str, Any]) -> str:
    """Return ``data`` (mappings, lists, text, numbers, true, false, None) as a YAML document.

    Anything else is a TypeError.
    """
    return "".join(f"{line}\n" for line in _mapping(data, ""))


def _mapping(data: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        yield from _entry(f"{indent}{_scalar(key)}:", value, indent)


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield head
        yield from _mapping(value, f"{indent}  ")
    elif isinstance(value, list | tuple) and value and any(isinstance(part, Mapping | list | tuple) for part in value):
        yield head
        for part in value:
            yield from _item(part, f"{indent}  ")
    else:
        yield f"{head} {_flow(value)}"


def _item(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        lines = list(_mapping(value, f"{indent}  "))
        yield f"{indent}- {lines[0].removeprefix(indent + '  ')}"
        yield from lines[1:]
    else:
        yield f"{indent}- {_flow(value)}"


def _flow(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_flow(part) for part in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_scalar(key)}: {_flow(part)}' for key, part in value.items())}}}"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is not plain data")
    plain = _PLAIN.fullmatch(value) and not value.startswith(("-", ".", "+")) and resolve_scalar(value) == value
    return value if plain else f'"{"".join(_escaped(letter) for letter in value)}"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
