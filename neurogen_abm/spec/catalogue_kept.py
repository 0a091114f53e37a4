"""The shipped catalogue as it was parsed before: two hundred thousand characters of YAML take a third of a second.

What was parsed is kept under the digest of the files and of the source that reads them, so that an edit of either is
read anew.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import ruamel.yaml

from neurogen_abm import cache, sources
from neurogen_abm.spec import catalogue_files, names
from neurogen_abm.spec.catalogue_files import Part, digest_of, read_part
from neurogen_abm.spec.yaml import reader

Reader = Callable[[bytes, str], Part]
_READERS = (catalogue_files, names, reader)


def kept_reader(species: str, files: Mapping[str, bytes]) -> Reader:
    """Return how to read the shipped files of a species, by place; any other file is parsed."""
    key = _key(files)
    text = cache.kept(_name(species), key)
    if text is None:
        parts = {place: read_part(raw, place) for place, raw in files.items()}
        cache.keep(_name(species), key, _as_text(parts))
    else:
        parts = _from_text(text)

    def read(raw: bytes, place: str) -> Part:
        return parts[place] if files.get(place) == raw else read_part(raw, place)

    return read


def _name(species: str) -> str:
    return f"catalogue-{species}.json"


def _key(files: Mapping[str, bytes]) -> str:
    """Return the digest of files and of what reads them."""
    code = sources.digest(Path(str(module.__file__)) for module in _READERS)
    return digest_of([(f"{code} {ruamel.yaml.__version__}", b""), *files.items()])


def _as_text(parts: Mapping[str, Part]) -> str:
    return json.dumps({place: [part.data, [*part.spots], [*part.spots.values()]] for place, part in parts.items()})


def _from_text(text: str) -> dict[str, Part]:
    """Return parts that were written by `_as_text`: JSON knows all that plain YAML knows, and every bit of a number."""
    return {
        place: Part(data, dict(zip(map(tuple, paths), spots, strict=True)))
        for place, (data, paths, spots) in json.loads(text).items()
    }
